//! The search: what its reader makes of events, its page tokens, and the file it keeps its index in.

use std::collections::BTreeSet;

use contract::engagement::v1::{TrackRecord, TrackRecordChanged};
use contract::event::v1::{Event, Token};
use contract::registry::v1::{ConsentPurpose, ExpertChanged, ExpertPerson, ExpertState, ExpertTerms};
use contract::search::v1::{Conditions, SearchExpertsRequest};
use contract::survey::v1::{AreaRating, Mark, MenuRating, Rating, RatingChanged};
use futures::executor::block_on;
use kit_log::{Cursor, Key, Personal, Received};
use kit_serve::page::{Page, Place};
use prost::{Message, Name};
use search::hostile::{Desk, Piece};

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "0198c0de-0000-7000-8000-000000000001",
    "respondent-1",
    "13",
    "27",
    "onsite",
    "online",
    "themes",
    "listed",
    "survey",
    "registry",
    "engagement",
    "セキュリティ",
    "\u{1}",
    "\u{2}",
    "\u{3}",
    "\u{8}",
];

const TODAY: i64 = 20_124;

fn key() -> Key {
    kit_log::hostile::key([7; 32])
}

/// Events of some experts of whom everything is told.
fn told() -> Vec<(&'static str, Received)> {
    let received = |producer: &str, kind: String, id: String, body: Vec<u8>, personal| Received {
        event: Event {
            producer: producer.to_owned(),
            r#type: kind,
            aggregate_type: "a".to_owned(),
            aggregate_id: id,
            clear: body.into(),
            ..Event::default()
        },
        personal,
    };
    let mut all = Vec::new();
    for at in 0..5_u8 {
        let (expert, respondent) = (format!("0198c0de-0000-7000-8000-00000000000{at}"), format!("respondent-{at}"));
        let mark = |of: &'static str| MenuRating {
            menu: of.to_owned(),
            mark: Mark::Strong.into(),
            points: i32::from(at),
            ..Default::default()
        };
        let area =
            AreaRating { area: "governance".to_owned(), mark: Mark::Able.into(), points: 9, ..Default::default() };
        let menus = kit_vocabulary::menus().codes().iter().take(2).map(|menu| mark(&menu.code)).collect();
        let rating = Rating { respondent_id: respondent.clone(), menus, areas: vec![area], ..Default::default() };
        let rated = RatingChanged {
            rating: Some(rating),
            can_items: kit_vocabulary::skill_items().codes()[..3].iter().map(|code| code.code.clone()).collect(),
            next: None,
        };
        all.push((
            "survey",
            received("survey", RatingChanged::full_name(), respondent.clone(), rated.encode_to_vec(), Personal::None),
        ));
        let terms = ExpertTerms {
            prefectures: vec!["13".to_owned(), "27".to_owned()],
            formats: vec![kit_vocabulary::formats().codes()[0].code.clone()],
            residence: "13".to_owned(),
            themes: vec![kit_vocabulary::themes().codes()[usize::from(at)].code.clone()],
            ..Default::default()
        };
        let changed = ExpertChanged {
            expert_id: expert.clone(),
            respondent_id: respondent,
            terms: Some(terms),
            state: ExpertState::Listed.into(),
            consents: vec![ConsentPurpose::Listing.into()],
            sources: vec![Token { service: "survey".to_owned(), epoch: "e".to_owned(), position: i64::from(at) + 1 }],
            ..Default::default()
        };
        let person = ExpertPerson {
            full_name: "見本".to_owned(),
            registration_number: format!("00000{at}"),
            self_pr: format!("情報セキュリティ規程の策定を{at}社で支援"),
            ..Default::default()
        };
        all.push((
            "registry",
            received(
                "registry",
                ExpertChanged::full_name(),
                expert.clone(),
                changed.encode_to_vec(),
                Personal::Clear(person.encode_to_vec()),
            ),
        ));
        let record = TrackRecord { cases: 3, completed: 2, ..Default::default() };
        let record = TrackRecordChanged { expert_id: expert.clone(), track_record: Some(record) };
        all.push((
            "engagement",
            received("engagement", TrackRecordChanged::full_name(), expert, record.encode_to_vec(), Personal::None),
        ));
    }
    all
}

fn full() -> Desk {
    let desk = Desk::new().expect("what ships with the search holds together");
    for (at, (producer, event)) in told().into_iter().enumerate() {
        let to = Cursor { epoch: "e".to_owned(), position: at as i64 + 1 };
        block_on(desk.apply(producer, &[event], &to)).expect("good events are applied");
    }
    assert_eq!(desk.listed(), 5);
    desk
}

// --- events ----------------------------------------------------------------------------------------------------------

const PRODUCERS: [&str; 3] = ["survey", "registry", "engagement"];

fn kinds() -> [String; 3] {
    [RatingChanged::full_name(), ExpertChanged::full_name(), TrackRecordChanged::full_name()]
}

/// For each event the kind of it, its body, and its personal body; then a search.
pub(super) fn event_seeds() -> Vec<Vec<u8>> {
    let request = SearchExpertsRequest { page_size: 1, ..Default::default() };
    let asked = Conditions { prefectures: vec!["13".to_owned()], text: "規程".to_owned(), ..Default::default() };
    let narrowed = SearchExpertsRequest { conditions: Some(asked), place: "27".to_owned(), ..Default::default() };
    let seed = |request: &SearchExpertsRequest| {
        let mut bytes = parts([request.encode_to_vec()]);
        for (_, received) in told().iter().take(9) {
            let kind = kinds().iter().position(|kind| *kind == received.event.r#type).expect("one of the kinds");
            let personal = match &received.personal {
                Personal::Clear(body) => body.clone(),
                _ => Vec::new(),
            };
            bytes.push(kind as u8);
            bytes.extend(parts([received.event.clear.to_vec(), personal]));
        }
        bytes
    };
    vec![seed(&request), seed(&narrowed)]
}

/// Whatever is told, nobody is shown who should not be, pages hold everybody once, and what is kept comes back as it was.
pub(super) fn events(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let request = bytes.part();
    let desk = Desk::new().expect("what ships with the search holds together");
    let mut position = 0;
    while !bytes.is_empty() && position < 64 {
        position += 1;
        let flags = bytes.byte();
        let kind = usize::from(flags) % 3;
        let (clear, personal) = (bytes.part(), bytes.part());
        let event = Event {
            producer: PRODUCERS[kind].to_owned(),
            r#type: kinds()[kind].clone(),
            position,
            aggregate_type: "expert".to_owned(),
            clear: clear.to_vec().into(),
            ..Event::default()
        };
        let personal = match flags >> 6 {
            0 => Personal::Clear(personal.to_vec()),
            1 => Personal::Erased,
            2 => Personal::None,
            _ => Personal::Shut,
        };
        let to = Cursor { epoch: "e".to_owned(), position };
        let _ = block_on(desk.apply(PRODUCERS[kind], &[Received { event, personal }], &to));
    }
    if let Ok(request) = SearchExpertsRequest::decode(request) {
        walk(&desk, request);
    }
    same_when_kept(&desk);
}

/// Goes through the pages of a search. Everybody is on one of them, once.
fn walk(desk: &Desk, request: SearchExpertsRequest) {
    for token in &request.at_least {
        let _ = desk.shows(token);
    }
    let first = SearchExpertsRequest { page_token: String::new(), ..request.clone() };
    // The token that came with the request may be anything.
    let _ = desk.search(&request, TODAY);
    let mut seen = BTreeSet::new();
    let mut next = first.clone();
    loop {
        let Ok((ids, token)) = desk.search(&next, TODAY) else { return };
        for id in ids {
            assert!(seen.insert(id), "somebody is on two pages");
        }
        if token.is_empty() {
            break;
        }
        assert!(seen.len() <= desk.listed(), "more pages than experts");
        next = SearchExpertsRequest { page_token: token, ..first.clone() };
    }
    let Ok((all, _)) = desk.search(&SearchExpertsRequest { page_size: 100, ..first }, TODAY) else { return };
    assert_eq!(seen, all.into_iter().collect());
}

fn same_when_kept(desk: &Desk) -> Vec<Piece> {
    let sorted = |mut pieces: Vec<Piece>| {
        // Cards, people and records stand in no order.
        pieces.retain(|(kind, _)| [2, 3].contains(kind));
        pieces
    };
    let pieces = desk.keep().expect("what is known can be kept");
    let again = Desk::take_up(&pieces).unwrap_or_else(|error| panic!("what was kept does not read: {error}"));
    assert_eq!(again.listed(), desk.listed());
    let kept = again.keep().expect("what was read can be kept");
    assert!(sorted(kept) == sorted(pieces.clone()), "kept again, the index is another");
    pieces
}

// --- tokens ----------------------------------------------------------------------------------------------------------

/// A request with what its token may look like.
pub(super) fn token_seeds() -> Vec<Vec<u8>> {
    let desk = full();
    let first = SearchExpertsRequest { page_size: 2, ..Default::default() };
    let (_, token) = desk.search(&first, TODAY).expect("a good search");
    let next = SearchExpertsRequest { page_token: token, ..first.clone() };
    let place = Page::of(&first, 1, || ()).token(&3_i64);
    let at_least = vec![Token { service: "survey".to_owned(), epoch: "e".to_owned(), position: 3 }];
    let waiting = SearchExpertsRequest { at_least, rotation_day: 20_000, ..first };
    vec![
        parts([next.encode_to_vec(), place.clone().into_bytes()]),
        parts([waiting.encode_to_vec(), place.into_bytes()]),
    ]
}

/// A token of ours reads as what it was made of; no other makes anything but a refusal.
pub(super) fn tokens(bytes: &[u8]) {
    thread_local!(static DESK: Desk = full());
    let mut bytes = Bytes(bytes);
    let (request, place) = (bytes.part(), bytes.text());
    let Ok(request) = SearchExpertsRequest::decode(request) else { return };
    let asked = SearchExpertsRequest { page_token: place, ..request.clone() };
    goes_on(&asked, -1);
    goes_on(&asked, (-1, -1));
    goes_on(&asked, String::new());
    DESK.with(|desk| walk(desk, request));
}

/// A list is gone on with by the very token that its place is given, or not at all.
fn goes_on<P: Place + PartialEq>(asked: &SearchExpertsRequest, start: P) {
    let mut refused = false;
    let page = Page::of(asked, 1, || refused = true);
    let place = page.after(start.clone());
    assert_eq!(place == start, refused || asked.page_token.is_empty());
    if place != start {
        assert_eq!(page.token(&place), asked.page_token);
    }
}

// --- the kept file ---------------------------------------------------------------------------------------------------

/// The pieces of a kept file, before they are sealed; and one that is no file at all.
pub(super) fn kept_seeds() -> Vec<Vec<u8>> {
    let written = full().write(&key()).expect("a full desk can be written");
    let read = Desk::read(&key(), &written).map(|desk| desk.listed());
    assert_eq!(read, Ok(5), "a whole file, sealed, reads");
    let empty = Desk::new().expect("what ships with the search holds together");
    let whole = |pieces: Vec<Piece>| {
        let mut bytes = vec![0];
        for (kind, holds) in pieces {
            bytes.push(kind);
            bytes.extend((holds.len() as u32).to_le_bytes());
            bytes.extend(holds);
        }
        bytes
    };
    vec![
        whole(empty.keep().expect("nothing can be kept")),
        whole(full().keep().expect("a full desk can be kept")),
        b"\x01ALSEARCH\x09\0\0\0\x0A\x07hostile\0\0\0\0".to_vec(),
        [b"\x01".to_vec(), empty.write(&key()).expect("nothing can be kept")].concat(),
    ]
}

/// A damaged file is refused, or what it makes known can be searched, changed, and kept again as it is.
pub(super) fn kept(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    if bytes.byte() == 1 {
        drop(Desk::read(&key(), bytes.rest()));
        return;
    }
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let kind = bytes.byte();
        let length = u32::from_le_bytes(std::array::from_fn(|_| bytes.byte())) as usize;
        let (holds, rest) = bytes.0.split_at(length.min(bytes.0.len()));
        bytes = Bytes(rest);
        pieces.push((kind, holds.to_vec()));
    }
    let Ok(desk) = Desk::take_up(&pieces) else { return };
    let request = SearchExpertsRequest { page_size: 3, ..Default::default() };
    let text = Conditions { text: "規程".to_owned(), ..Default::default() };
    walk(&desk, SearchExpertsRequest { conditions: Some(text), ..request.clone() });
    walk(&desk, request);
    same_when_kept(&desk);
    desk.exercise();
}
