//! The book in a file, so that a start need not read whole logs again.
//!
//! ```text
//! "ALSEARCH" | length of the head (u32), the head | for each piece: length (u32), the piece, sealed | 0 (u32)
//! a piece, opened:  kind (1 byte) | what it holds
//! ```
//!
//! Numbers are little-endian. The file holds what a sheet shows of people, so it is sealed piece by piece under a key that
//! serves this one file and lives where the keys of people live: with the key destroyed the file, and every copy of it in
//! some backup, is gone. The seal covers a piece's place, and the last piece says how many there are: a file that was cut,
//! mixed or touched is no file. The head, in the clear, names the key, and the keys of files before it that may not have
//! been destroyed yet; it stays as it is in every format, so that no key is ever forgotten.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::{Arc, LazyLock};

use contract::event::v1::{ParkedEvent, Token};
use kit_log::{Cursor, Key};
use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::book::Book;
use crate::card::Card;
use crate::domain::text::{TextRestore, TextSnapshot};
use crate::domain::{Restore, Schema, Snapshot};
use crate::rated::{Part, Parts, Person, Rated};
use crate::records::Record;
use crate::visible::Positions;

const MAGIC: &[u8; 8] = b"ALSEARCH";
/// Raised with every change of the format, and of what a card or its texts hold of the same events: a kept file would else
/// show until each expert's next change what the program before made of them.
const FORMAT: u32 = 3;
/// The longest head.
const LONGEST_HEAD: u32 = 1 << 20;
/// The longest piece, sealed.
const LONGEST: u32 = 24 << 20;
/// Cards and people are put into pieces of about so many bytes.
const CHUNK: usize = 1 << 20;

/// Why a file is no book.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeptError {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it is something else, or of another version")]
    Foreign,
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl KeptError {
    fn damaged(what: impl ToString) -> Self {
        Self::Damaged(what.to_string())
    }
}

/// What of the book goes into a file, as it stood at one moment.
pub(crate) struct Keeping {
    pub(crate) index: Snapshot,
    pub(crate) texts: TextSnapshot,
    pub(crate) cards: Vec<Arc<Card>>,
    pub(crate) people: Vec<(String, Arc<Person>)>,
    pub(crate) policy: Option<Arc<str>>,
    pub(crate) records: Vec<(String, Arc<Record>)>,
    pub(crate) held_back: Vec<String>,
    pub(crate) parked: Vec<ParkedEvent>,
    pub(crate) positions: Positions,
}

#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    State = 1,
    Index = 2,
    Text = 3,
    People = 4,
    Cards = 5,
    End = 6,
    Parked = 7,
    Records = 8,
}

impl Kind {
    const ALL: [Self; 8] =
        [Self::State, Self::Index, Self::Text, Self::People, Self::Cards, Self::End, Self::Parked, Self::Records];
}

/// What stands before the seals.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct KeptHead {
    /// Of the key the file is sealed under.
    #[prost(string, tag = "1")]
    pub(crate) key_id: String,
    /// Of keys to be destroyed.
    #[prost(string, repeated, tag = "2")]
    pub(crate) former: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptState {
    #[prost(message, repeated, tag = "1")]
    cursors: Vec<Token>,
    #[prost(message, repeated, tag = "2")]
    through_registry: Vec<Token>,
    #[prost(string, repeated, tag = "3")]
    held_back: Vec<String>,
    /// What cards and texts are made of; another one, another file.
    #[prost(bytes = "vec", tag = "4")]
    makings: Vec<u8>,
    /// In force.
    #[prost(string, optional, tag = "5")]
    policy: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptParked {
    #[prost(message, repeated, tag = "1")]
    parked: Vec<ParkedEvent>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptPeople {
    #[prost(message, repeated, tag = "1")]
    people: Vec<KeptPerson>,
    /// Parts of ratings that the pieces before did not have.
    #[prost(bytes = "vec", repeated, tag = "2")]
    parts: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptPerson {
    #[prost(string, tag = "1")]
    respondent: String,
    #[prost(message, optional, tag = "2")]
    rating: Option<KeptRated>,
    #[prost(fixed64, tag = "3")]
    skills: u64,
    #[prost(message, optional, tag = "4")]
    next: Option<KeptRated>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptRated {
    #[prost(string, tag = "1")]
    policy: String,
    #[prost(bool, tag = "2")]
    answered: bool,
    /// By their order in the file.
    #[prost(uint32, repeated, tag = "3")]
    parts: Vec<u32>,
}

/// Numbers parts as they are met.
#[derive(Default)]
struct Numbering {
    numbers: HashMap<*const Part, u32>,
    /// Not written yet.
    new: Vec<Vec<u8>>,
}

impl Numbering {
    fn rated(&mut self, rated: &Rated) -> KeptRated {
        let number = |part: &Arc<Part>| {
            let next = self.numbers.len() as u32;
            *self.numbers.entry(Arc::as_ptr(part)).or_insert_with(|| {
                self.new.push(part.kept());
                next
            })
        };
        let parts = rated.parts().iter().map(number).collect();
        KeptRated { policy: String::from(&**rated.policy()), answered: rated.answered(), parts }
    }
}

/// A person of parts that were read.
fn person(kept: &KeptPerson, read: &[Arc<Part>], parts: &mut Parts) -> Option<Person> {
    let rating = rated(kept.rating.as_ref()?, read, parts)?;
    let next = match &kept.next {
        Some(next) => Some(rated(next, read, parts)?),
        None => None,
    };
    Some(Person { rating, next, skills: kept.skills })
}

/// A rating of parts that were read.
fn rated(kept: &KeptRated, read: &[Arc<Part>], parts: &mut Parts) -> Option<Rated> {
    let of: Option<Box<[_]>> = kept.parts.iter().map(|&number| read.get(number as usize).cloned()).collect();
    Some(Rated::new(parts.policy(&kept.policy), kept.answered, of?))
}

#[derive(Clone, PartialEq, Message)]
struct KeptCards {
    #[prost(message, repeated, tag = "1")]
    cards: Vec<KeptCard>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptCard {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    respondent: String,
    #[prost(bool, tag = "3")]
    listed: bool,
    #[prost(bytes = "vec", tag = "4")]
    hit: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    rest: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptRecords {
    #[prost(message, repeated, tag = "1")]
    records: Vec<KeptRecord>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptRecord {
    #[prost(string, tag = "1")]
    expert: String,
    #[prost(bytes = "vec", tag = "2")]
    record: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptEnd {
    #[prost(uint64, tag = "1")]
    pieces: u64,
}

/// Writes a book under the key that its head names.
pub(crate) fn write(book: &Keeping, head: &KeptHead, key: &Key, to: impl Write) -> Result<(), KeptError> {
    let mut file = Sealing { to, key_id: &head.key_id, key, pieces: 0 };
    file.to.write_all(MAGIC)?;
    let head = head.encode_to_vec();
    file.number(head.len() as u32)?;
    file.to.write_all(&head)?;
    put(book, |kind, holds| file.piece(kind, holds))?;
    let end = KeptEnd { pieces: file.pieces };
    file.piece(Kind::End, &end.encode_to_vec())?;
    file.number(0)?;
    file.to.flush()?;
    Ok(())
}

/// A book in pieces, all but the last.
fn put(book: &Keeping, mut piece: impl FnMut(Kind, &[u8]) -> Result<(), KeptError>) -> Result<(), KeptError> {
    let state = KeptState {
        cursors: tokens(&book.positions.cursors),
        through_registry: tokens(&book.positions.through_registry),
        held_back: book.held_back.clone(),
        makings: MAKINGS.clone(),
        policy: book.policy.as_deref().map(str::to_owned),
    };
    piece(Kind::State, &state.encode_to_vec())?;
    for parked in chunks(book.parked.iter().cloned(), ParkedEvent::encoded_len) {
        piece(Kind::Parked, &KeptParked { parked }.encode_to_vec())?;
    }
    for holds in book.index.pieces() {
        piece(Kind::Index, &holds)?;
    }
    for holds in book.texts.pieces() {
        piece(Kind::Text, &holds)?;
    }
    let numbering = RefCell::new(Numbering::default());
    let person = |(respondent, person): &(String, Arc<Person>)| {
        let mut numbering = numbering.borrow_mut();
        KeptPerson {
            respondent: respondent.clone(),
            rating: Some(numbering.rated(&person.rating)),
            skills: person.skills,
            next: person.next.as_ref().map(|next| numbering.rated(next)),
        }
    };
    for people in chunks(book.people.iter().map(person), KeptPerson::encoded_len) {
        let parts = std::mem::take(&mut numbering.borrow_mut().new);
        piece(Kind::People, &KeptPeople { people, parts }.encode_to_vec())?;
    }
    let card = |card: &Arc<Card>| {
        let (hit, rest) = card.pieces();
        let (id, respondent) = (String::from(&*card.id), String::from(&*card.respondent));
        KeptCard { id, respondent, listed: card.listed, hit: hit.to_vec(), rest: rest.to_vec() }
    };
    for cards in chunks(book.cards.iter().map(card), KeptCard::encoded_len) {
        piece(Kind::Cards, &KeptCards { cards }.encode_to_vec())?;
    }
    let record = |(expert, record): &(String, Arc<Record>)| KeptRecord {
        expert: expert.clone(),
        record: record.as_bytes().to_vec(),
    };
    for records in chunks(book.records.iter().map(record), KeptRecord::encoded_len) {
        piece(Kind::Records, &KeptRecords { records }.encode_to_vec())?;
    }
    Ok(())
}

/// The head of a file.
pub(crate) fn head(from: &mut impl Read) -> Result<KeptHead, KeptError> {
    let mut magic = [0; MAGIC.len()];
    from.read_exact(&mut magic)?;
    if magic != *MAGIC {
        return Err(KeptError::Foreign);
    }
    let length = number(from)?;
    let head = if length <= LONGEST_HEAD { bytes(from, length)? } else { return Err(KeptError::Foreign) };
    KeptHead::decode(&*head).map_err(|_| KeptError::Foreign)
}

/// What cards and texts are made of: this format, the contract and the code lists with their labels. A program with others
/// would have made other cards of the same events.
static MAKINGS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    hash.update(FORMAT.to_le_bytes());
    hash.update(contract::DESCRIPTORS);
    for list in kit_vocabulary::lists() {
        for code in list.codes() {
            for text in [&code.code, &code.ja, &code.en] {
                hash.update(text);
                hash.update([0]);
            }
        }
    }
    hash.finalize().to_vec()
});

/// Reads the book from a file whose [`head`] was read.
pub(crate) fn read(schema: Schema, key_id: &str, key: &Key, from: impl Read) -> Result<Book, KeptError> {
    let mut file = Opening { from, key_id, key, pieces: 0 };
    let (book, said) = take(schema, || file.piece())?;
    if said.pieces + 1 != file.pieces || number(&mut file.from)? != 0 {
        return Err(KeptError::damaged("another number of pieces than it says"));
    }
    Ok(book)
}

/// A book from its pieces, and what the last of them says.
fn take(
    schema: Schema,
    mut piece: impl FnMut() -> Result<(Kind, Vec<u8>), KeptError>,
) -> Result<(Book, KeptEnd), KeptError> {
    let state = match piece()? {
        (Kind::State, state) => KeptState::decode(&*state).map_err(KeptError::damaged)?,
        _ => return Err(KeptError::damaged("it does not begin with its state")),
    };
    if state.makings != *MAKINGS {
        return Err(KeptError::Foreign);
    }
    let mut parked = Vec::new();
    let (mut index, mut texts, mut schema) = (None, None, Some(schema));
    let (mut people, mut cards, mut records) = (Vec::new(), Vec::new(), Vec::new());
    let (mut parts, mut read) = (Parts::default(), Vec::new());
    let end = loop {
        match piece()? {
            (Kind::Index, piece) => match (&mut index, schema.take()) {
                (Some(index), _) => Restore::block(index, &piece).map_err(KeptError::damaged)?,
                (None, Some(schema)) => index = Some(Restore::begin(schema, &piece).map_err(KeptError::damaged)?),
                (None, None) => return Err(KeptError::damaged("two heads of an index")),
            },
            (Kind::Text, piece) => match &mut texts {
                Some(texts) => TextRestore::piece(texts, &piece).map_err(KeptError::damaged)?,
                None => {
                    let slots = index.as_ref().map_or(0, Restore::slots) as u32;
                    texts = Some(TextRestore::begin(&piece, slots).map_err(KeptError::damaged)?);
                }
            },
            (Kind::People, piece) => {
                let told = KeptPeople::decode(&*piece).map_err(KeptError::damaged)?;
                for kept in &told.parts {
                    read.push(parts.part(kept).ok_or_else(|| KeptError::damaged("a part of a rating"))?);
                }
                for kept in told.people {
                    let person = person(&kept, &read, &mut parts).ok_or_else(|| KeptError::damaged("a person"))?;
                    people.push((kept.respondent, person));
                }
            }
            (Kind::Cards, piece) => {
                for card in KeptCards::decode(&*piece).map_err(KeptError::damaged)?.cards {
                    let card = Card::from_pieces(&card.id, &card.respondent, card.listed, card.hit, card.rest);
                    cards.push(card.ok_or_else(|| KeptError::damaged("a card"))?);
                }
            }
            (Kind::End, end) => break KeptEnd::decode(&*end).map_err(KeptError::damaged)?,
            (Kind::Parked, piece) => {
                parked.extend(KeptParked::decode(&*piece).map_err(KeptError::damaged)?.parked);
            }
            (Kind::Records, piece) => {
                for kept in KeptRecords::decode(&*piece).map_err(KeptError::damaged)?.records {
                    let record = Record::from_bytes(kept.record).ok_or_else(|| KeptError::damaged("a record"))?;
                    records.push((kept.expert, record));
                }
            }
            (Kind::State, _) => return Err(KeptError::damaged("two states")),
        }
    };
    let (Some(index), Some(texts)) = (index, texts) else { return Err(KeptError::damaged("an index is missing")) };
    let index = index.finish().map_err(KeptError::damaged)?;
    let texts = texts.finish().map_err(KeptError::damaged)?;
    let mut book = Book::restored(index, texts);
    book.parked = parked;
    book.policy = state.policy.map(|policy| parts.policy(&policy));
    book.parts = parts;
    book.positions.cursors = cursors(state.cursors);
    book.positions.through_registry = cursors(state.through_registry);
    book.put_back(people, cards, state.held_back).map_err(KeptError::damaged)?;
    for (expert, record) in records {
        book.put_record(&expert, record);
    }
    Ok((book, end))
}

type Cursors = std::collections::HashMap<String, Cursor>;

fn tokens(cursors: &Cursors) -> Vec<Token> {
    let token = |(service, at): (&String, &Cursor)| Token {
        service: service.clone(),
        epoch: at.epoch.clone(),
        position: at.position,
    };
    cursors.iter().map(token).collect()
}

fn cursors(tokens: Vec<Token>) -> Cursors {
    tokens.into_iter().map(|t| (t.service, Cursor { epoch: t.epoch, position: t.position })).collect()
}

/// The same in pieces of about [`CHUNK`] bytes.
fn chunks<T>(all: impl Iterator<Item = T>, len: impl Fn(&T) -> usize) -> impl Iterator<Item = Vec<T>> {
    let mut all = all.peekable();
    std::iter::from_fn(move || {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while bytes < CHUNK
            && let Some(one) = all.next()
        {
            bytes += len(&one);
            chunk.push(one);
        }
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// What a file holds of a book, before it is sealed: kind and content of each piece.
#[cfg(feature = "hostile")]
pub(crate) fn pieces(book: &Keeping) -> Result<Vec<(u8, Vec<u8>)>, KeptError> {
    let mut pieces = Vec::new();
    put(book, |kind, holds| {
        pieces.push((kind as u8, holds.to_vec()));
        Ok(())
    })?;
    Ok(pieces)
}

/// The book of such pieces, as if they had been sealed here; what cards are made of is said to be as here.
#[cfg(feature = "hostile")]
pub(crate) fn of_pieces(schema: Schema, pieces: &[(u8, Vec<u8>)]) -> Result<Book, KeptError> {
    let mut left = pieces.iter();
    let next = || {
        let Some((kind, holds)) = left.next() else { return Ok((Kind::End, Vec::new())) };
        let kind = Kind::ALL.into_iter().find(|known| *known as u8 == *kind);
        match (kind.ok_or_else(|| KeptError::damaged("a piece of no kind"))?, KeptState::decode(&**holds)) {
            (Kind::State, Ok(state)) => {
                let state = KeptState { makings: MAKINGS.clone(), ..state };
                Ok((Kind::State, state.encode_to_vec()))
            }
            (kind, _) => Ok((kind, holds.clone())),
        }
    };
    take(schema, next).map(|(book, _)| book)
}

/// A file being written.
struct Sealing<'a, W> {
    to: W,
    key_id: &'a str,
    key: &'a Key,
    pieces: u64,
}

impl<W: Write> Sealing<'_, W> {
    fn piece(&mut self, kind: Kind, holds: &[u8]) -> Result<(), KeptError> {
        let mut clear = Vec::with_capacity(1 + holds.len());
        clear.push(kind as u8);
        clear.extend_from_slice(holds);
        let place = format!("{}/{}", self.key_id, self.pieces);
        let sealed = self.key.seal(&place, &clear).map_err(KeptError::damaged)?;
        let length = u32::try_from(sealed.len()).ok().filter(|length| *length <= LONGEST);
        self.number(length.ok_or_else(|| KeptError::damaged("a piece is too long"))?)?;
        self.to.write_all(&sealed)?;
        self.pieces += 1;
        Ok(())
    }

    fn number(&mut self, number: u32) -> Result<(), KeptError> {
        Ok(self.to.write_all(&number.to_le_bytes())?)
    }
}

/// A file being read.
struct Opening<'a, R> {
    from: R,
    key_id: &'a str,
    key: &'a Key,
    pieces: u64,
}

impl<R: Read> Opening<'_, R> {
    fn piece(&mut self) -> Result<(Kind, Vec<u8>), KeptError> {
        let length = number(&mut self.from)?;
        if length == 0 || length > LONGEST {
            return Err(KeptError::damaged("the length of a piece"));
        }
        let sealed = bytes(&mut self.from, length)?;
        let place = format!("{}/{}", self.key_id, self.pieces);
        let mut clear = self.key.open(&place, &sealed).map_err(KeptError::damaged)?;
        self.pieces += 1;
        let kind = clear.first().and_then(|first| Kind::ALL.into_iter().find(|kind| *kind as u8 == *first));
        clear.drain(..1.min(clear.len()));
        Ok((kind.ok_or_else(|| KeptError::damaged("a piece of no kind"))?, clear))
    }
}

fn number(from: &mut impl Read) -> Result<u32, KeptError> {
    let mut number = [0; 4];
    from.read_exact(&mut number)?;
    Ok(u32::from_le_bytes(number))
}

/// So many bytes; memory is taken only for bytes that are there.
fn bytes(from: &mut impl Read, length: u32) -> Result<Vec<u8>, KeptError> {
    let mut bytes = Vec::new();
    if from.take(length.into()).read_to_end(&mut bytes)? < length as usize {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(bytes)
}
