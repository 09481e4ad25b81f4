//! Proposals: facts in the clear, the company's name sealed under the company's key.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use contract::matching::v1::{BatchPlan, ProposalFacts, ProposalState, RequestFacts};
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Value};
use kit_log::{Error, KeyStore, Result, args};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::Keys;
use super::persons::{names_of, persons};
use crate::domain::proposal::{Proposal, state_name};
use crate::names;

/// Most proposals of one request, one expert or one look at the clock.
const MOST: i64 = 1_000;

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, entered, facts, name, spent, told, version FROM proposal ", $tail)
    };
}

/// What a list is asked for. Empty texts hold for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProposalFilter {
    pub(crate) programme: String,
    pub(crate) request: String,
    pub(crate) expert: String,
    /// Of these bodies alone; none for all.
    pub(crate) bodies: Vec<String>,
    /// In these states alone; none for all.
    pub(crate) states: Vec<ProposalState>,
}

pub(crate) async fn proposal(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Proposal>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, proposal)| proposal))
}

/// What does not say who the company is.
pub(crate) async fn proposal_facts(session: &mut Session, id: &str) -> Result<Option<ProposalFacts>> {
    let row = session.row("SELECT id, facts FROM proposal WHERE id = $1", args![id]).await?;
    row.as_ref().map(facts_of).transpose()
}

/// The one of a request that is out.
pub(crate) async fn proposal_out(
    session: &mut Session,
    keys: &dyn KeyStore,
    request: &str,
) -> Result<Option<Proposal>> {
    let sql = select!("WHERE request = $1 AND state IN ('awaiting_expert', 'awaiting_company')");
    let rows = session.rows(sql, args![request]).await?;
    Ok(opened(rows, keys).await?.pop().map(|(_, proposal)| proposal))
}

/// Those that are out to an expert, oldest first.
pub(crate) async fn proposals_out_to(
    session: &mut Session,
    keys: &dyn KeyStore,
    expert: &str,
) -> Result<Vec<Proposal>> {
    let sql = select!(
        "WHERE state IN ('awaiting_expert', 'awaiting_company')
           AND (expert = $1 OR id IN (SELECT proposal FROM proposal_member WHERE expert = $1)) ORDER BY entered LIMIT $2"
    );
    let rows = session.rows(sql, args![expert, MOST]).await?;
    Ok(opened(rows, keys).await?.into_iter().map(|(_, proposal)| proposal).collect())
}

/// Facts of those of a programme that are out, oldest first.
pub(crate) async fn out_in(session: &mut Session, programme: &str) -> Result<Vec<(ProposalFacts, i64)>> {
    let sql = "SELECT id, facts, version FROM proposal
               WHERE programme = $1 AND state IN ('awaiting_expert', 'awaiting_company') ORDER BY entered";
    let rows = session.rows(sql, args![programme]).await?;
    rows.iter().map(|row| Ok((facts_of(row)?, row.int("version")?))).collect()
}

/// The ids of those whose time is over.
pub(crate) async fn lapsed(session: &mut Session, now: Timestamp) -> Result<Vec<String>> {
    let sql = "SELECT id FROM proposal WHERE expires <= $1 ORDER BY expires, entered LIMIT $2";
    session.rows(sql, args![now.micros(), MOST]).await?.iter().map(|row| row.text("id")).collect()
}

/// Ids and experts, with the team, of those whose introduction the search was not told of, oldest first.
pub(crate) async fn untold(session: &mut Session) -> Result<Vec<(String, Vec<String>)>> {
    let sql = "SELECT id, facts FROM proposal WHERE told = 0 ORDER BY entered LIMIT $1";
    let rows = session.rows(sql, args![MOST]).await?;
    let told = |row: &Row| {
        let facts = facts_of(row)?;
        Ok((facts.proposal_id, [vec![facts.expert], facts.team].concat()))
    };
    rows.iter().map(told).collect()
}

/// The search knows of the introduction.
pub(crate) async fn mark_told(session: &mut Session, id: &str) -> Result<()> {
    session.execute("UPDATE proposal SET told = 1 WHERE id = $1", args![id]).await.map(drop)
}

/// Experts to whom a request is not proposed again, under whatever name it was, in order.
pub(crate) async fn spent(session: &mut Session, request: &str) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT expert FROM proposal WHERE request = $1 AND spent = 1 ORDER BY expert";
    let rows = session.rows(sql, args![request]).await?;
    let spent: Result<Vec<String>> = rows.iter().map(|row| row.text("expert")).collect();
    Ok(persons(session).await?.all_led_to(spent?))
}

/// Of the requests of a programme, the experts to whom each is not proposed again, in order.
pub(crate) async fn spent_in(session: &mut Session, programme: &str) -> Result<BTreeMap<String, Vec<String>>> {
    let sql =
        "SELECT DISTINCT request, expert FROM proposal WHERE programme = $1 AND spent = 1 ORDER BY request, expert";
    let mut spent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in session.rows(sql, args![programme]).await? {
        spent.entry(row.text("request")?).or_default().push(row.text("expert")?);
    }
    let persons = persons(session).await?;
    spent.values_mut().for_each(|experts| *experts = persons.all_led_to(std::mem::take(experts)));
    Ok(spent)
}

/// Facts and versions of the requests of a programme that still look for an expert, in order of entry.
pub(crate) async fn open_versions(session: &mut Session, programme: &str) -> Result<Vec<(RequestFacts, i64)>> {
    let sql = "SELECT id, facts, version FROM request
               WHERE programme = $1 AND state IN ('open', 'proposed', 'seeking') ORDER BY entered";
    let rows = session.rows(sql, args![programme]).await?;
    let read = |row: &Row| {
        let facts = RequestFacts::decode(row.bytes("facts")?.as_slice());
        Ok((facts.map_err(|_| Error::Corrupt("a request".to_owned()))?, row.int("version")?))
    };
    rows.iter().map(read).collect()
}

/// Changes with whatever matching itself knows that a batch of a programme follows from.
pub(crate) async fn batch_mark(session: &mut Session, programme: &str) -> Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let texts = [
        "SELECT id AS text, version AS number FROM request
         WHERE programme = $1 AND state IN ('open', 'proposed', 'seeking') ORDER BY id",
        "SELECT id AS text, version AS number FROM proposal WHERE programme = $1 ORDER BY id",
        "SELECT expert AS text, capacity AS number FROM capacity WHERE programme = $1 ORDER BY expert",
        "SELECT id AS text, entered AS number FROM bar WHERE $1 <> '' ORDER BY id",
        "SELECT id || ' ' || expert || ' ' || programme || ' ' || state AS text, CAST(0 AS BIGINT) AS number FROM work
         WHERE $1 <> '' ORDER BY id",
        "SELECT expert AS text, listed AS number FROM expert_standing WHERE $1 <> '' ORDER BY expert",
        "SELECT company || ' ' || merged_into AS text, CAST(0 AS BIGINT) AS number FROM company_pointer WHERE $1 <> ''
         ORDER BY company",
        "SELECT expert || ' ' || merged_into AS text, CAST(0 AS BIGINT) AS number FROM expert_pointer WHERE $1 <> ''
         ORDER BY expert",
    ];
    for sql in texts {
        for row in session.rows(sql, args![programme]).await? {
            hash.update(format!("{} {}\n", row.text("text")?, row.int("number")?));
        }
        hash.update("\n");
    }
    for row in session.rows("SELECT expert, facts FROM record ORDER BY expert", &[]).await? {
        hash.update(row.text("expert")?);
        hash.update(row.bytes("facts")?);
    }
    Ok(hash.finalize().to_vec())
}

/// How many a request has had.
pub(crate) async fn count_of(session: &mut Session, request: &str) -> Result<i64> {
    session.count("SELECT count(*) FROM proposal WHERE request = $1", args![request]).await
}

/// A page of proposals before a place in the order of entry, newest first, each with its own place.
pub(crate) async fn list_proposals(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &ProposalFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Proposal)>> {
    let mut found = Vec::new();
    for expert in names_of(session, &filter.expert).await? {
        let filter = ProposalFilter { expert, ..filter.clone() };
        found.extend(list_by_name(session, keys, &filter, before, limit).await?);
    }
    found.sort_by_key(|(place, _)| Reverse(*place));
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}

/// As [`list_proposals`], to an expert under this one name: so that it can be looked up.
async fn list_by_name(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &ProposalFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, Proposal)>> {
    let sql = select!(
        "WHERE entered < $1 AND ($2 = '' OR programme = $2) AND ($3 = '' OR request = $3) AND ($4 = '' OR expert = $4)
         ORDER BY entered DESC LIMIT $5"
    );
    let ProposalFilter { programme, request, expert, bodies, states } = filter;
    let (mut found, mut before) = (Vec::new(), before);
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    loop {
        let rows = session.rows(sql, args![before, programme, request, expert, limit]).await?;
        let Some(last) = rows.last() else { break };
        before = last.int("entered")?;
        let read = rows.len();
        let fits = |facts: &ProposalFacts| {
            (bodies.is_empty() || bodies.contains(&facts.body))
                && (states.is_empty() || states.contains(&facts.state()))
        };
        found.extend(opened(rows, keys).await?.into_iter().filter(|(_, proposal)| fits(&proposal.facts)));
        if found.len() >= wanted || read < wanted {
            break;
        }
    }
    found.truncate(wanted);
    Ok(found)
}

/// Stores one that is entered at this position of the log.
pub(crate) async fn insert_proposal(
    session: &mut Session,
    keys: &Keys,
    proposal: &Proposal,
    entered: i64,
) -> Result<()> {
    let sql =
        "INSERT INTO proposal (id, request, programme, expert, company, state, standing, spent, expires, told, facts,
                    name, version, entered) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let mut values = columns(keys, proposal)?;
    values.push(entered.into());
    session.execute(sql, &values).await?;
    let facts = &proposal.facts;
    let members = facts.team.iter().map(|expert| args![&facts.proposal_id, expert].to_vec()).collect();
    session.insert("INSERT INTO proposal_member (proposal, expert) VALUES", "", members).await
}

/// Stores one that is known.
pub(crate) async fn save_proposal(session: &mut Session, keys: &Keys, proposal: &Proposal) -> Result<()> {
    let sql = "UPDATE proposal SET request = $2, programme = $3, expert = $4, company = $5, state = $6, standing = $7,
                   spent = $8, expires = $9, told = $10, facts = $11, name = $12, version = $13 WHERE id = $1";
    session.execute(sql, &columns(keys, proposal)?).await.map(drop)
}

/// A batch that was carried out.
pub(crate) async fn insert_batch(session: &mut Session, id: &str, plan: &BatchPlan) -> Result<()> {
    session.execute("INSERT INTO batch (id, plan) VALUES ($1, $2)", args![id, plan.encode_to_vec()]).await.map(drop)
}

pub(crate) async fn batch(session: &mut Session, id: &str) -> Result<Option<BatchPlan>> {
    let row = session.row("SELECT plan FROM batch WHERE id = $1", args![id]).await?;
    let plan = |row: Row| BatchPlan::decode(row.bytes("plan")?.as_slice()).map_err(|_| Error::Corrupt(id.to_owned()));
    row.map(plan).transpose()
}

fn columns(keys: &Keys, proposal: &Proposal) -> Result<Vec<Value>> {
    let facts = &proposal.facts;
    let place = names::proposal(&facts.proposal_id);
    let name = keys.seal(&names::key_of(facts.company.as_ref()), &place, proposal.company_name.as_bytes())?;
    let values: &[Value] = args![
        &facts.proposal_id,
        &facts.request,
        &facts.programme,
        &facts.expert,
        proposal.company(),
        state_name(facts.state()),
        proposal.stands(),
        proposal.spent,
        proposal.expires().map_or(i64::MAX, Timestamp::micros),
        proposal.told,
        facts.encode_to_vec(),
        name,
        proposal.version
    ];
    Ok(values.to_vec())
}

fn facts_of(row: &Row) -> Result<ProposalFacts> {
    let id = row.text("id")?;
    ProposalFacts::decode(row.bytes("facts")?.as_slice()).map_err(|_| Error::Corrupt(names::proposal(&id)))
}

async fn opened(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Proposal)>> {
    let all = rows.iter().map(facts_of).collect::<Result<Vec<_>>>()?;
    let ids: Vec<String> = all.iter().map(|facts| names::key_of(facts.company.as_ref())).collect();
    let keys = Keys::find(keys, &ids).await?;
    let mut found = Vec::new();
    for (row, facts) in rows.iter().zip(all) {
        let place = names::proposal(&facts.proposal_id);
        let name = keys.open(&names::key_of(facts.company.as_ref()), &place, &row.bytes("name")?)?;
        let company_name = String::from_utf8(name).map_err(|_| Error::Corrupt(place))?;
        let (spent, told) = (row.int("spent")? == 1, row.int("told")? == 1);
        found.push((row.int("entered")?, Proposal { facts, company_name, spent, told, version: row.int("version")? }));
    }
    Ok(found)
}
