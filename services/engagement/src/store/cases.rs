//! Guidance cases, their visits, and experts' track records.

use std::collections::HashMap;
use std::convert::identity;

use contract::engagement::v1::{CaseFacts, CaseState, TrackRecord};
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{KeyStore, Result, args};
use prost::Message as _;

use super::pointers::{beginning, merged_into};
use super::sealed::decode;
use crate::domain::case::state_name;
use crate::domain::visit::{Booked, Span, booked};
use crate::domain::{Case, read};
use crate::names;
use kit_log::Keyring as Keys;

/// Most cases of an expert that count for the track record.
const OF_EXPERT: i64 = 10_000;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, due, facts, texts, version FROM guidance_case ", $tail)
    };
}

/// What a list is asked for. Empty texts hold for all; an expert stands for all who were merged into this one, too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) programme: String,
    pub(crate) region: String,
    pub(crate) theme: String,
    pub(crate) expert: String,
    pub(crate) company: String,
    pub(crate) body: String,
    pub(crate) counsellor: String,
    pub(crate) state: CaseState,
    pub(crate) open_only: bool,
    /// Only what was due before this.
    pub(crate) due_before: Option<Timestamp>,
    /// By what is due first, else by entry.
    pub(crate) by_due: bool,
}

/// An imported case: its key in the file's programme, and what its row said.
pub(crate) struct Imported {
    pub(crate) key: String,
    pub(crate) digest: Vec<u8>,
}

pub(crate) async fn by_id(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Case>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, case)| case))
}

/// A page of cases after a place (when due, position of entry), each with its own.
pub(crate) async fn list(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &Filter,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<((i64, i64), Case)>> {
    let mut found = Vec::new();
    for expert in merged_into(session, &filter.expert).await? {
        let filter = Filter { expert, ..filter.clone() };
        found.extend(list_by_name(session, keys, &filter, after, limit).await?);
    }
    Ok(beginning(found, identity, limit))
}

/// As [`list`], of an expert under this one name: so that it can be looked up.
async fn list_by_name(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &Filter,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<((i64, i64), Case)>> {
    let sql = select!(
        "WHERE ($1 = '' OR programme = $1) AND ($2 = '' OR region = $2) AND ($3 = '' OR theme = $3)
           AND ($4 = '' OR expert = $4) AND ($5 = '' OR company = $5) AND ($6 = '' OR body = $6)
           AND ($7 = '' OR counsellor = $7) AND ($8 = '' OR state = $8)
           AND ($9 = 0 OR state IN ('accepted', 'scheduled', 'visiting')) AND due <= $10
           AND (CASE WHEN $11 = 1 THEN due ELSE 0 END > $12
                OR (CASE WHEN $11 = 1 THEN due ELSE 0 END = $12 AND entered > $13))
         ORDER BY CASE WHEN $11 = 1 THEN due ELSE 0 END, entered LIMIT $14"
    );
    let before = filter.due_before.map_or(i64::MAX, Timestamp::micros);
    let Filter { programme, region, theme, expert, company, body, counsellor, .. } = filter;
    let (state, open) = (state_name(filter.state), filter.open_only);
    let values: &[Value] = args![
        programme,
        region,
        theme,
        expert,
        company,
        body,
        counsellor,
        state,
        open,
        before,
        filter.by_due,
        after.0,
        after.1,
        limit
    ];
    let rows = session.rows(sql, values).await?;
    let mut found = opened(rows, keys).await?;
    if !filter.by_due {
        found.iter_mut().for_each(|((due, _), _)| *due = 0);
    }
    Ok(found)
}

/// What the expert has in other cases and shares a moment with `span`.
pub(crate) async fn busy(session: &mut Session, expert: &str, case_id: &str, span: Span) -> Result<Vec<Booked>> {
    let sql = "SELECT held, start_time, end_time FROM visit
               WHERE expert = $1 AND case_id <> $2 AND start_time < $3 AND end_time > $4 LIMIT 100";
    let rows = session.rows(sql, args![expert, case_id, span.end.micros(), span.start.micros()]).await?;
    let time = |row: &Row, column| row.int(column).map(Timestamp::from_micros);
    rows.iter()
        .map(|row| {
            let span = Span { start: time(row, "start_time")?, end: time(row, "end_time")? };
            Ok(Booked { span, held: row.int("held")? == 1 })
        })
        .collect()
}

/// Stores new cases, each with the position at which it was entered.
pub(crate) async fn insert(session: &mut Session, keys: &Keys, new: &[(i64, &Case, Option<Imported>)]) -> Result<()> {
    let mut tuples = Vec::new();
    for (entered, case, imported) in new {
        let mut values = columns(case, keys)?;
        values.insert(1, (*entered).into());
        values.push(imported.as_ref().map(|imported| imported.key.clone()).into());
        values.push(imported.as_ref().map(|imported| imported.digest.clone()).into());
        tuples.push(values);
    }
    let head =
        "INSERT INTO guidance_case (id, entered, state, programme, region, theme, expert, company, body, counsellor,
                    due, facts, texts, version, import_key, import_digest) VALUES";
    session.insert(head, "", tuples).await?;
    for (_, case, _) in new {
        write_visits(session, case).await?;
    }
    Ok(())
}

/// Stores a case that is known.
pub(crate) async fn save(session: &mut Session, keys: &Keys, case: &Case) -> Result<()> {
    let sql = "UPDATE guidance_case SET state = $2, programme = $3, region = $4, theme = $5, expert = $6, company = $7,
                   body = $8, counsellor = $9, due = $10, facts = $11, texts = $12, version = $13 WHERE id = $1";
    session.execute(sql, &columns(case, keys)?).await?;
    session.execute("DELETE FROM visit WHERE case_id = $1", args![&case.facts.case_id]).await?;
    write_visits(session, case).await
}

fn columns(case: &Case, keys: &Keys) -> Result<Vec<Value>> {
    let facts = &case.facts;
    let texts = keys.seal(&names::key_of(facts), &names::case(&facts.case_id), &case.texts.encode_to_vec())?;
    let code = |text: Option<&String>| text.cloned().unwrap_or_default();
    let values: &[Value] = args![
        &facts.case_id,
        state_name(facts.state()),
        &facts.programme,
        code(facts.region.as_ref().map(|region| &region.code)),
        &facts.theme,
        &facts.expert,
        code(facts.company.as_ref().map(|company| &company.company)),
        &facts.body,
        &facts.counsellor,
        facts.due.as_ref().and_then(|due| due.time.as_ref()).map_or(i64::MAX, |time| read(time).micros()),
        facts.encode_to_vec(),
        texts,
        case.version
    ];
    Ok(values.to_vec())
}

async fn write_visits(session: &mut Session, case: &Case) -> Result<()> {
    let (id, expert) = (&case.facts.case_id, &case.facts.expert);
    let tuple = |(number, Booked { span, held }): (i32, Booked)| {
        args![id, number, expert, held, span.start.micros(), span.end.micros()].to_vec()
    };
    let visits = case.facts.visits.iter().filter_map(|visit| Some((visit.number, booked(visit)?)));
    let tuples: Vec<_> = visits.map(tuple).collect();
    session.insert("INSERT INTO visit (case_id, number, expert, held, start_time, end_time) VALUES", "", tuples).await
}

/// The digests of those import keys that are known.
pub(crate) async fn imported(session: &mut Session, keys: &[String]) -> Result<HashMap<String, Vec<u8>>> {
    let head = "SELECT import_key, import_digest FROM guidance_case WHERE import_key";
    let rows = session.among(head, "", keys).await?;
    rows.iter().map(|row| Ok((row.text("import_key")?, row.bytes("import_digest")?))).collect()
}

/// The public facts of all cases of these experts.
pub(crate) async fn all_of_experts(session: &mut Session, experts: &[String]) -> Result<Vec<CaseFacts>> {
    let tail = format!("ORDER BY entered LIMIT {OF_EXPERT}");
    let rows = session.among("SELECT id, facts FROM guidance_case WHERE expert", &tail, experts).await?;
    rows.iter().map(|row| decode(&row.bytes("facts")?, &names::case(&row.text("id")?))).collect()
}

pub(crate) async fn track_record(session: &mut Session, expert: &str) -> Result<Option<TrackRecord>> {
    let row = session.row("SELECT facts FROM track_record WHERE expert = $1", args![expert]).await?;
    row.map(|row| decode(&row.bytes("facts")?, expert)).transpose()
}

pub(crate) async fn save_track_record(session: &mut Session, record: &TrackRecord) -> Result<()> {
    let sql = "INSERT INTO track_record (expert, facts) VALUES ($1, $2)
               ON CONFLICT (expert) DO UPDATE SET facts = excluded.facts";
    session.execute(sql, args![&record.expert, record.encode_to_vec()]).await.map(drop)
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<((i64, i64), Case)>> {
    let mut sealed = Vec::new();
    for row in &rows {
        let id = row.text("id")?;
        let facts: CaseFacts = decode(&row.bytes("facts")?, &names::case(&id))?;
        sealed.push((row, names::case(&id), facts));
    }
    let ids: Vec<String> = sealed.iter().map(|(_, _, facts)| names::key_of(facts)).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for (row, place, facts) in sealed {
        let texts = keys.read(&names::key_of(&facts), &place, &row.bytes("texts")?)?;
        let case = Case { facts, texts, version: row.int("version")? };
        found.push(((row.int("due")?, row.int("entered")?), case));
    }
    Ok(found)
}
