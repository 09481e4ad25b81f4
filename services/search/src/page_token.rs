//! Page tokens: where the page before ended, for which query, day and policy. Opaque to callers.

use contract::search::v1::SearchExpertsRequest;
use kit_serve::Fault;
use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::domain::{Nearness, SortKey};

/// What a token holds.
#[derive(Clone, PartialEq, Message)]
struct Held {
    #[prost(uint32, tag = "1")]
    strong: u32,
    #[prost(uint32, tag = "2")]
    able: u32,
    #[prost(uint32, tag = "3")]
    points: u32,
    #[prost(uint32, tag = "4")]
    nearness: u32,
    #[prost(fixed64, tag = "5")]
    rotation: u64,
    #[prost(string, tag = "6")]
    id: String,
    #[prost(int64, tag = "7")]
    day: i64,
    #[prost(bytes = "vec", tag = "8")]
    query: Vec<u8>,
    #[prost(uint32, tag = "9")]
    preferred: u32,
    #[prost(string, tag = "10")]
    policy: String,
}

/// Longest token that is looked at.
const LONGEST: usize = 1_024;

/// Where a page ended.
pub(crate) struct Ended {
    pub(crate) key: SortKey,
    /// Of the rotation.
    pub(crate) day: i64,
    /// By which everybody was ordered; empty for none.
    pub(crate) policy: String,
}

/// A token for what follows `key` by this policy.
pub(crate) fn encode(request: &SearchExpertsRequest, day: i64, key: &SortKey, policy: Option<&str>) -> String {
    let held = Held {
        strong: key.strong.into(),
        able: key.able.into(),
        points: key.points.into(),
        nearness: key.nearness as u32,
        rotation: key.rotation,
        id: key.id.clone(),
        day,
        query: query(request),
        preferred: key.preferred.into(),
        policy: policy.unwrap_or_default().to_owned(),
    };
    hex(&held.encode_to_vec())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Where to go on.
pub(crate) fn decode(request: &SearchExpertsRequest) -> Result<Ended, Fault> {
    let wrong = |reason: &str, en: &str, ja: &str| Fault::new("page_token", reason, ja, en);
    let malformed = || wrong("BAD_PAGE_TOKEN", "not a token of this search", "この検索のトークンではありません");
    let bytes = unhex(&request.page_token).ok_or_else(malformed)?;
    let held = Held::decode(bytes.as_slice()).map_err(|_| malformed())?;
    if held.query != query(request) || (request.rotation_day != 0 && request.rotation_day != held.day) {
        let (en, ja) = ("the token belongs to another query", "別の検索条件のトークンです");
        return Err(wrong("PAGE_TOKEN_OF_ANOTHER_QUERY", en, ja));
    }
    let nearness = match held.nearness {
        0 => Nearness::SamePrefecture,
        1 => Nearness::SameRegion,
        _ => Nearness::Far,
    };
    let small = |value: u32| u8::try_from(value).map_err(|_| malformed());
    let key = SortKey {
        strong: small(held.strong)?,
        able: small(held.able)?,
        preferred: small(held.preferred)?,
        points: u16::try_from(held.points).map_err(|_| malformed())?,
        nearness,
        rotation: held.rotation,
        id: held.id,
    };
    Ok(Ended { key, day: held.day, policy: held.policy })
}

/// What makes a query another one: its conditions, place and entry.
fn query(request: &SearchExpertsRequest) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(request.conditions.clone().unwrap_or_default().encode_to_vec());
    hash.update([0]);
    hash.update(&request.place);
    hash.update([0]);
    hash.update(&request.entry);
    hash.finalize()[..12].to_vec()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
