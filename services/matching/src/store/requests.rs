//! Requests, decisions about pairs of them, and which company is which.

use std::collections::{BTreeSet, HashMap};

use contract::matching::v1::RequestFacts;
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;

use super::Keys;
use crate::domain::request::twins::ordered;
use crate::domain::request::{Request, state_name};
use crate::names;

/// Most open requests of a programme, most of a company.
const MOST: i64 = 20_000;
/// Most requests that end in one go; the rest in the next.
const DUE: i64 = 200;

/// Which requests are asked for. Empty texts and lists hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestFilter {
    pub(crate) programme: String,
    /// In lower case.
    pub(crate) states: Vec<String>,
    /// Any of these.
    pub(crate) bodies: Vec<String>,
    pub(crate) company: String,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, texts, version FROM request ", $tail)
    };
}

/// A request with its texts, as far as the key is there.
pub(crate) async fn request(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Request>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, request)| request))
}

/// A page of requests in order of entry after a place, each with its own.
pub(crate) async fn list_requests(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &RequestFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Request)>> {
    // Whether a text is among others: they stand between marks that none of them holds.
    let sql = "SELECT id, entered, facts, texts, version FROM request
               WHERE ($1 = '' OR programme = $1)
                 AND ($2 = '' OR replace($2, '/' || state || '/', '') <> $2)
                 AND ($3 = '' OR replace($3, ' ' || body || ' ', '') <> $3)
                 AND ($4 = '' OR company = $4) AND entered > $5
               ORDER BY entered LIMIT $6";
    let RequestFilter { programme, states, bodies, company } = filter;
    let values = args![programme, among(states, '/'), among(bodies, ' '), company, after, limit];
    opened(session.rows(sql, values).await?, keys).await
}

/// Those of a programme that still look for an expert, in order of entry, without their texts: no key is asked for.
pub(crate) async fn open_facts(session: &mut Session, programme: &str) -> Result<Vec<RequestFacts>> {
    let sql = "SELECT id, facts FROM request
               WHERE programme = $1 AND state IN ('open', 'proposed', 'seeking') ORDER BY entered LIMIT $2";
    let rows = session.rows(sql, args![programme, MOST]).await?;
    rows.iter().map(facts).collect()
}

/// As [`open_facts`], of these companies as they were named when the requests were entered, whatever the programme.
pub(crate) async fn open_of_companies(session: &mut Session, companies: &[String]) -> Result<Vec<RequestFacts>> {
    let head = "SELECT id, entered, facts FROM request WHERE state IN ('open', 'proposed', 'seeking') AND company";
    let rows = session.among(head, "", companies).await?;
    let placed = rows.iter().map(|row| Ok((row.int("entered")?, facts(row)?)));
    let mut found = placed.collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by_key(|(entered, _)| *entered);
    Ok(found.into_iter().map(|(_, facts)| facts).collect())
}

/// Those of a company as it was named when they were entered, in order of entry.
pub(crate) async fn requests_of_company(
    session: &mut Session,
    keys: &dyn KeyStore,
    company: &str,
) -> Result<Vec<Request>> {
    let rows = session.rows(select!("WHERE company = $1 ORDER BY entered LIMIT $2"), args![company, MOST]).await?;
    Ok(opened(rows, keys).await?.into_iter().map(|(_, request)| request).collect())
}

/// Ids of open requests whose time has run out, the longest due first; a few at a time.
pub(crate) async fn due_requests(session: &mut Session, now: Timestamp) -> Result<Vec<String>> {
    let sql = "SELECT id FROM request WHERE state IN ('open', 'proposed', 'seeking') AND expires <= $1
               ORDER BY expires, id LIMIT $2";
    session.rows(sql, args![now.micros(), DUE]).await?.iter().map(|row| row.text("id")).collect()
}

/// Stores a new request, with the position at which it was entered.
pub(crate) async fn insert_request(session: &mut Session, keys: &Keys, entered: i64, new: &Request) -> Result<()> {
    let sql = "INSERT INTO request (id, programme, state, company, body, expires, facts, texts, version, entered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mut values = columns(new, keys)?;
    values.push(entered.into());
    session.execute(sql, &values).await.map(drop)
}

/// Stores a request that is known.
pub(crate) async fn save_request(session: &mut Session, keys: &Keys, request: &Request) -> Result<()> {
    let sql = "UPDATE request SET programme = $2, state = $3, company = $4, body = $5, expires = $6, facts = $7,
                   texts = $8, version = $9 WHERE id = $1";
    session.execute(sql, &columns(request, keys)?).await.map(drop)
}

/// Keeps a decision that two requests are different; whether it is new.
pub(crate) async fn keep_requests_apart(session: &mut Session, one: &str, other: &str) -> Result<bool> {
    let (one, other) = ordered(one, other);
    let sql = "INSERT INTO request_apart (one, other) VALUES ($1, $2) ON CONFLICT (one, other) DO NOTHING";
    Ok(session.execute(sql, args![&one, &other]).await? > 0)
}

/// Pairs that somebody decided are different, of these requests.
pub(crate) async fn apart_of(session: &mut Session, ids: &[String]) -> Result<BTreeSet<(String, String)>> {
    let rows = session.among("SELECT one, other FROM request_apart WHERE one", "", ids).await?;
    rows.iter().map(|row| Ok((row.text("one")?, row.text("other")?))).collect()
}

/// What the register told last of a company: the one that it is, or empty, and whether it was erased. Erased it stays so, also
/// when it is told of again since one that it points at was merged.
pub(crate) async fn point_company(session: &mut Session, company: &str, into: &str, erased: bool) -> Result<()> {
    let sql = "INSERT INTO company_pointer (company, merged_into, erased) VALUES ($1, $2, $3)
               ON CONFLICT (company) DO UPDATE SET merged_into = excluded.merged_into,
                   erased = CASE WHEN company_pointer.erased = 1 THEN 1 ELSE excluded.erased END";
    session.execute(sql, args![company, into, erased]).await.map(drop)
}

/// Whether the register told that a company was erased.
pub(crate) async fn is_erased(session: &mut Session, company: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM company_pointer WHERE company = $1 AND erased = 1";
    Ok(session.count(sql, args![company]).await? > 0)
}

/// Companies that are another one, with that one.
pub(crate) async fn merged_companies(session: &mut Session) -> Result<HashMap<String, String>> {
    let rows = session.rows("SELECT company, merged_into FROM company_pointer WHERE merged_into <> ''", &[]).await?;
    rows.iter().map(|row| Ok((row.text("company")?, row.text("merged_into")?))).collect()
}

fn columns(request: &Request, keys: &Keys) -> Result<Vec<Value>> {
    let facts = &request.facts;
    let key = names::key_of(facts.company.as_ref());
    let values: &[Value] = args![
        &facts.request_id,
        &facts.programme,
        state_name(facts.state()),
        request.company(),
        &facts.body,
        request.expires().micros(),
        facts.encode_to_vec(),
        keys.seal(&key, &request.name(), &request.texts.encode_to_vec())?,
        request.version
    ];
    Ok(values.to_vec())
}

fn facts(row: &Row) -> Result<RequestFacts> {
    let place = || row.text("id").map_or_else(|_| "requests/?".to_owned(), |id| names::request(&id));
    RequestFacts::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt(place()))
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Request)>> {
    let known = rows.iter().map(facts).collect::<Result<Vec<_>>>()?;
    let of: BTreeSet<String> = known.iter().map(|facts| names::key_of(facts.company.as_ref())).collect();
    let keys = Keys::find(keys, &of.into_iter().collect::<Vec<_>>()).await?;
    let mut found = Vec::new();
    for (row, facts) in rows.iter().zip(known) {
        let (key, place) = (names::key_of(facts.company.as_ref()), names::request(&facts.request_id));
        let texts = keys.read(&key, &place, &row.bytes("texts")?)?;
        found.push((row.int("entered")?, Request { facts, texts, version: row.int("version")? }));
    }
    Ok(found)
}

/// Texts between marks that none of them holds; empty for none.
pub(super) fn among(texts: &[String], mark: char) -> String {
    if texts.is_empty() {
        return String::new();
    }
    texts.iter().fold(mark.to_string(), |all, text| format!("{all}{text}{mark}"))
}
