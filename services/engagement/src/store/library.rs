//! Entries of the library: facts in the clear, what was written and what is published sealed under keys of their own.

use contract::engagement::v1::{EntryKind, EntryState, LibraryFacts, LibraryTexts};
use kit_log::sql::{Row, Session, Value};
use kit_log::{KeyStore, Result, args};
use prost::Message as _;

use super::sealed::decode;
use crate::domain::library::{Draft, Entry, state_name};
use crate::names;
use kit_log::Keyring as Keys;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, draft, published, version FROM library_entry ", $tail)
    };
}

/// What is asked for; empty for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryFilter {
    pub(crate) kind: EntryKind,
    pub(crate) state: EntryState,
    pub(crate) body: String,
}

pub(crate) async fn entry(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Entry>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, entry)| entry))
}

/// Entries before a place in the order of entry, newest first, each with its own place.
pub(crate) async fn entries(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &EntryFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Entry)>> {
    let sql = select!(
        "WHERE entered < $1 AND ($2 = '' OR kind = $2) AND state = $3 AND ($4 = '' OR body = $4)
         ORDER BY entered DESC LIMIT $5"
    );
    let EntryFilter { kind, state, body } = filter;
    let values: &[Value] = args![before, kind_name(*kind), state_name(*state), body, limit];
    opened(session.rows(sql, values).await?, keys).await
}

/// Stores an entry that is entered at this position of the log.
pub(crate) async fn insert_entry(
    session: &mut Session,
    keys: &dyn KeyStore,
    entry: &Entry,
    entered: i64,
) -> Result<()> {
    let sql = "INSERT INTO library_entry (id, kind, state, body, facts, draft, published, version, entered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let mut values = columns(keys, entry).await?;
    values.push(entered.into());
    session.execute(sql, &values).await.map(drop)
}

/// Stores an entry that is known.
pub(crate) async fn save_entry(session: &mut Session, keys: &dyn KeyStore, entry: &Entry) -> Result<()> {
    let sql = "UPDATE library_entry SET kind = $2, state = $3, body = $4, facts = $5, draft = $6, published = $7, version = $8
               WHERE id = $1";
    session.execute(sql, &columns(keys, entry).await?).await.map(drop)
}

async fn columns(keys: &dyn KeyStore, entry: &Entry) -> Result<Vec<Value>> {
    let facts = &entry.facts;
    let (draft_key, place) = (names::draft_key(facts), names::entry(facts));
    let publication = entry.publication_key();
    let ids: Vec<String> = publication.iter().chain([&draft_key]).cloned().collect();
    let keys = Keys::ensure(keys, &ids).await?;
    let draft = keys.seal(&draft_key, &place, &entry.draft.encode_to_vec())?;
    let published = match (&publication, &entry.published) {
        (Some(key), Some(texts)) => keys.seal(key, &place, &texts.encode_to_vec())?,
        _ => Vec::new(),
    };
    let values: &[Value] = args![
        &facts.entry_id,
        kind_name(facts.kind()),
        state_name(facts.state()),
        &facts.body,
        facts.encode_to_vec(),
        draft,
        published,
        entry.version
    ];
    Ok(values.to_vec())
}

/// Entries with as much of their texts as there are keys for.
async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Entry)>> {
    let mut found = Vec::new();
    for row in &rows {
        let facts: LibraryFacts = decode(&row.bytes("facts")?, &row.text("id")?)?;
        let entry = Entry { facts, draft: Draft::default(), published: None, version: row.int("version")? };
        found.push((row.int("entered")?, entry));
    }
    let ids =
        |entry: &Entry| entry.publication_key().into_iter().chain([names::draft_key(&entry.facts)]).collect::<Vec<_>>();
    let all: Vec<String> = found.iter().flat_map(|(_, entry)| ids(entry)).collect();
    let keys = Keys::find(keys, &all).await?;
    for (row, (_, entry)) in rows.iter().zip(&mut found) {
        let place = names::entry(&entry.facts);
        entry.draft = keys.read(&names::draft_key(&entry.facts), &place, &row.bytes("draft")?)?;
        if let Some(key) = entry.publication_key() {
            let texts = keys.open(&key, &place, &row.bytes("published")?)?;
            entry.published = (!texts.is_empty()).then(|| decode::<LibraryTexts>(&texts, &place)).transpose()?;
        }
    }
    Ok(found)
}

const fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Unspecified => "",
        EntryKind::Story => "story",
        EntryKind::Incident => "incident",
    }
}
