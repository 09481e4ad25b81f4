//! Companies as rows: facts in the clear, details sealed, and hashes by which the same number and name are found.

use std::collections::HashMap;

use contract::registry::v1::{CompanyDetails, CompanyFacts, CompanyStep, DuplicateReason};
use kit_clock::Timestamp;
use kit_log::keys::Key;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args, wire_time};
use prost::Message as _;

use super::{digest, moment};
use crate::domain::Company;
use crate::domain::company::{Portrait, twin};

/// Most steps in a history.
const HISTORY: i64 = 1_000;
/// Most companies that may be the same as one, and most of one number.
const SAME: i64 = 100;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, erased, facts, details, version, create_time, update_time FROM company ", $tail)
    };
}

/// What a list is asked for; empty for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompanyFilter {
    pub(crate) prefecture: String,
    pub(crate) industry: String,
    pub(crate) body: String,
}

/// A company that may be the same as another.
pub(crate) struct Twin {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) reasons: Vec<DuplicateReason>,
}

/// Two companies that may be the same, the one entered first first.
pub(crate) struct Pair {
    pub(crate) first: String,
    pub(crate) later: String,
    /// Places of the later and of the first one in the order of entry.
    pub(crate) place: (i64, i64),
    pub(crate) reasons: Vec<DuplicateReason>,
}

pub(crate) async fn company(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Company>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(companies(rows, keys).await?.pop().map(|(_, company)| company))
}

/// The companies of a normalised number, in order of entry.
pub(crate) async fn companies_of_number(
    session: &mut Session,
    keys: &dyn KeyStore,
    number: &str,
) -> Result<Vec<Company>> {
    let sql = select!("WHERE number_hash = $1 AND merged_into = '' ORDER BY entered LIMIT $2");
    let rows = session.rows(sql, args![number_hash(number), SAME]).await?;
    Ok(companies(rows, keys).await?.into_iter().map(|(_, company)| company).collect())
}

/// Companies after a place in the order of entry, each with its own place.
pub(crate) async fn list_companies(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &CompanyFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Company)>> {
    let sql = select!(
        "WHERE entered > $1 AND ($2 = '' OR prefecture = $2) AND ($3 = '' OR industry = $3) AND ($4 = '' OR body = $4)
         ORDER BY entered LIMIT $5"
    );
    let CompanyFilter { prefecture, industry, body } = filter;
    let rows = session.rows(sql, args![after, prefecture, industry, body, limit]).await?;
    companies(rows, keys).await
}

/// Companies that may be the same as a portrait, but not the one of this id; in order of entry.
pub(crate) async fn twins(session: &mut Session, portrait: &Portrait, id: &str) -> Result<Vec<Twin>> {
    let sql = "SELECT id, body,
                      CAST(CASE WHEN number_hash <> '' AND number_hash = $2 THEN 1 ELSE 0 END AS BIGINT) AS by_number,
                      CAST(CASE WHEN name_hash <> '' AND name_hash = $3 THEN 1 ELSE 0 END AS BIGINT) AS by_name
               FROM company
               WHERE id <> $1 AND merged_into = '' AND ((number_hash <> '' AND number_hash = $2) OR (name_hash <> '' AND name_hash = $3))
               ORDER BY entered LIMIT $4";
    let rows = session.rows(sql, args![id, hash_of_number(portrait), hash_of_name(portrait), SAME]).await?;
    let one = |row: Row| Ok(Twin { id: row.text("id")?, body: row.text("body")?, reasons: reasons(&row)? });
    rows.into_iter().map(one).collect()
}

/// Pairs that may be the same, after a place; of one company, or of one body, where these are not empty.
pub(crate) async fn pairs(
    session: &mut Session,
    company: &str,
    body: &str,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<Pair>> {
    let sql = "SELECT first, later, first_entered, later_entered,
                      CAST(max(number) AS BIGINT) AS by_number, CAST(max(name) AS BIGINT) AS by_name
               FROM (SELECT a.id AS first, b.id AS later, a.entered AS first_entered, b.entered AS later_entered,
                            a.body AS first_body, b.body AS later_body, 1 AS number, 0 AS name
                     FROM company a JOIN company b ON a.number_hash = b.number_hash AND a.entered < b.entered
                     WHERE a.number_hash <> '' AND a.merged_into = '' AND b.merged_into = ''
                     UNION ALL
                     SELECT a.id, b.id, a.entered, b.entered, a.body, b.body, 0, 1
                     FROM company a JOIN company b ON a.name_hash = b.name_hash AND a.entered < b.entered
                     WHERE a.name_hash <> '' AND a.merged_into = '' AND b.merged_into = '') pair
               WHERE NOT EXISTS (SELECT 1 FROM company_apart x WHERE x.first = pair.first AND x.later = pair.later)
                 AND (later_entered > $1 OR (later_entered = $1 AND first_entered > $2))
                 AND ($3 = '' OR first = $3 OR later = $3)
                 AND ($4 = '' OR (first_body = $4 AND later_body = $4))
               GROUP BY first, later, first_entered, later_entered
               ORDER BY later_entered, first_entered LIMIT $5";
    let rows = session.rows(sql, args![after.0, after.1, company, body, limit]).await?;
    let one = |row: Row| {
        let place = (row.int("later_entered")?, row.int("first_entered")?);
        Ok(Pair { first: row.text("first")?, later: row.text("later")?, place, reasons: reasons(&row)? })
    };
    rows.into_iter().map(one).collect()
}

/// The companies that were merged into one, in order of entry.
pub(crate) async fn merged_into(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Vec<Company>> {
    let rows = session.rows(select!("WHERE merged_into = $1 ORDER BY entered"), args![id]).await?;
    Ok(companies(rows, keys).await?.into_iter().map(|(_, company)| company).collect())
}

/// Keeps that somebody decided that two companies are different; false when that was decided before.
pub(crate) async fn keep_apart(session: &mut Session, ids: [&str; 2], at: Timestamp, actor: &str) -> Result<bool> {
    let sql = "INSERT INTO company_apart (first, later, time, actor)
               SELECT a.id, b.id, $3, $4 FROM company a JOIN company b ON a.entered < b.entered
               WHERE a.id IN ($1, $2) AND b.id IN ($1, $2)
               ON CONFLICT DO NOTHING";
    Ok(session.execute(sql, args![ids[0], ids[1], at.micros(), actor]).await? > 0)
}

/// Forgets that decision.
pub(crate) async fn bring_together(session: &mut Session, ids: [&str; 2]) -> Result<()> {
    let sql = "DELETE FROM company_apart WHERE first IN ($1, $2) AND later IN ($1, $2)";
    session.execute(sql, args![ids[0], ids[1]]).await.map(drop)
}

fn reasons(row: &Row) -> Result<Vec<DuplicateReason>> {
    let known = [("by_number", DuplicateReason::CorporateNumber), ("by_name", DuplicateReason::Name)];
    let mut found = Vec::new();
    for (column, reason) in known {
        if row.int(column)? > 0 {
            found.push(reason);
        }
    }
    Ok(found)
}

/// Stores a company that is entered at this position of the log.
pub(crate) async fn insert_company(
    session: &mut Session,
    keys: &dyn KeyStore,
    company: &Company,
    entered: i64,
) -> Result<()> {
    let sql = "INSERT INTO company (id, number_hash, name_hash, prefecture, industry, body, merged_into, erased, facts,
                                    details, version, update_time, entered, create_time)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let mut values = columns(company, keys).await?;
    values.extend([Value::from(entered), Value::from(company.create_time.micros())]);
    session.execute(sql, &values).await.map(drop)
}

/// Stores a company that is known.
pub(crate) async fn save_company(session: &mut Session, keys: &dyn KeyStore, company: &Company) -> Result<()> {
    let sql = "UPDATE company SET number_hash = $2, name_hash = $3, prefecture = $4, industry = $5, body = $6,
                                  merged_into = $7, erased = $8, facts = $9, details = $10, version = $11,
                                  update_time = $12 WHERE id = $1";
    session.execute(sql, &columns(company, keys).await?).await.map(drop)
}

async fn columns(company: &Company, keys: &dyn KeyStore) -> Result<Vec<Value>> {
    let (Portrait { facts, details }, id) = (&company.portrait, company.id());
    let sealed = if company.erased { Vec::new() } else { seal(keys, id, &place(id), &details.encode_to_vec()).await? };
    Ok(args![
        id,
        hash_of_number(&company.portrait),
        hash_of_name(&company.portrait),
        &facts.prefecture,
        &facts.industry,
        &facts.body,
        company.merged_into(),
        company.erased,
        facts.encode_to_vec(),
        sealed,
        company.version,
        company.update_time.micros(),
    ]
    .to_vec())
}

async fn companies(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Company)>> {
    let ids = rows.iter().map(|row| row.text("id")).collect::<Result<Vec<_>>>()?;
    let keys = if ids.is_empty() { HashMap::new() } else { keys.find(&ids).await? };
    rows.iter().zip(&ids).map(|(row, id)| Ok((row.int("entered")?, read(row, id, keys.get(id))?))).collect()
}

/// A company, with its details while there is a key.
fn read(row: &Row, id: &str, key: Option<&Key>) -> Result<Company> {
    let corrupt = |what: &str| Error::Corrupt(format!("{what} of company {id}"));
    let facts = CompanyFacts::decode(row.bytes("facts")?.as_slice()).map_err(|_| corrupt("facts"))?;
    let sealed = row.bytes("details")?;
    let details = match key {
        Some(key) if !sealed.is_empty() => {
            let body = key.open(&place(id), &sealed)?;
            CompanyDetails::decode(body.as_slice()).map_err(|_| corrupt("details"))?
        }
        _ => CompanyDetails::default(),
    };
    Ok(Company {
        portrait: Portrait { facts, details },
        erased: row.int("erased")? == 1,
        version: row.int("version")?,
        create_time: moment(row.int("create_time")?),
        update_time: moment(row.int("update_time")?),
    })
}

/// A change of a company: who, when, what, why.
pub(crate) struct CompanyChange<'a> {
    pub(crate) id: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) actor: &'a str,
    pub(crate) cause: &'static str,
    pub(crate) changed: &'a [&'a str],
    pub(crate) words: &'a str,
}

/// Adds a step to the history. What the person who asked said is sealed under the company's key.
pub(crate) async fn record_company(session: &mut Session, keys: &dyn KeyStore, step: CompanyChange<'_>) -> Result<()> {
    let CompanyChange { id, at, actor, cause, changed, words } = step;
    let sql = "SELECT coalesce(max(seq), 0) FROM company_step WHERE company_id = $1";
    let seq = session.count(sql, args![id]).await? + 1;
    let words = seal(keys, id, &step_place(id, seq), words.as_bytes()).await?;
    let sql = "INSERT INTO company_step (company_id, seq, time, actor, cause, changed, words)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: &[Value] = args![id, seq, at.micros(), actor, cause, changed.join(" "), words];
    session.execute(sql, values).await.map(drop)
}

/// The steps of a company, oldest first.
pub(crate) async fn company_history(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Vec<CompanyStep>> {
    let sql = "SELECT seq, time, actor, cause, changed, words FROM company_step
               WHERE company_id = $1 ORDER BY seq LIMIT $2";
    let rows = session.rows(sql, args![id, HISTORY]).await?;
    let ids = [id.to_owned()];
    let keys = keys.find(&ids).await?;
    let step = |row: &Row| {
        let sealed = row.bytes("words")?;
        let words = match keys.get(id) {
            Some(key) if !sealed.is_empty() => key.open(&step_place(id, row.int("seq")?), &sealed)?,
            _ => Vec::new(),
        };
        Ok(CompanyStep {
            time: Some(wire_time(moment(row.int("time")?))),
            actor: row.text("actor")?,
            cause: row.text("cause")?,
            changed: row.text("changed")?.split_whitespace().map(str::to_owned).collect(),
            reason: String::from_utf8(words).map_err(|_| Error::Corrupt(format!("a reason of company {id}")))?,
        })
    };
    rows.iter().map(step).collect()
}

/// Nothing where there is nothing to seal, or the key is destroyed.
async fn seal(keys: &dyn KeyStore, id: &str, place: &str, body: &[u8]) -> Result<Vec<u8>> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let ids = [id.to_owned()];
    let keys = keys.ensure(&ids).await?;
    keys.get(id).map_or_else(|| Ok(Vec::new()), |key| key.seal(place, body))
}

/// What the seal is bound to, so that one company's body cannot pass for another's.
fn place(id: &str) -> String {
    format!("company/{id}")
}

fn step_place(id: &str, seq: i64) -> String {
    format!("company/{id}/step/{seq}")
}

fn hash_of_number(portrait: &Portrait) -> String {
    let number = &portrait.details.corporate_number;
    if number.is_empty() { String::new() } else { number_hash(number) }
}

/// Without a prefecture a name is too common to tell anything.
fn hash_of_name(portrait: &Portrait) -> String {
    let (name, prefecture) = (&portrait.details.company_name, &portrait.facts.prefecture);
    if name.is_empty() || prefecture.is_empty() {
        return String::new();
    }
    digest("activelist/company-name/", &format!("{prefecture}/{}", twin::name_key(name)))
}

fn number_hash(number: &str) -> String {
    digest("activelist/corporate-number/", number)
}
