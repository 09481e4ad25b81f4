//! All the SQL of the register: experts and their steps from state to state; companies are in [`companies`].

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, entered, respondent_id, state, detail, obstacles, facts, person, version, create_time, update_time
             FROM expert ",
            $tail
        )
    };
}

mod body;
mod checks;
mod companies;
mod daily;
mod steps;

use contract::registry::v1::ExpertState;
use kit_clock::Timestamp;
use kit_log::sql::{Row, Session, Step, Value};
use kit_log::{KeyStore, Result, args};
use sha2::{Digest as _, Sha256};

use crate::domain::{Expert, Obstacle};
use body::{Columns, Sealed};

pub(crate) use checks::{checks, keep_known, unchecked};
pub(crate) use companies::{
    CompanyChange, CompanyFilter, Pair, Twin, bring_together, companies_of_number, company, company_history,
    insert_company, keep_apart, list_companies, merged_into, pairs, record_company, save_company, twins,
};
pub(crate) use daily::{Progress, progress, put_progress};
pub(crate) use steps::{history, record, step};

/// The register's own tables.
pub(crate) const STEPS: [Step; 5] = [
    Step { number: 100, about: "experts", sql: include_str!("../migrations/0100_experts.sql") },
    Step { number: 110, about: "companies", sql: include_str!("../migrations/0110_companies.sql") },
    Step { number: 120, about: "standing", sql: include_str!("../migrations/0120_standing.sql") },
    Step { number: 130, about: "merges ahead of entries", sql: include_str!("../migrations/0130_awaited.sql") },
    Step { number: 140, about: "checks that fell away", sql: include_str!("../migrations/0140_checks_lost.sql") },
];

/// Most merges, one upon another.
const MERGES: usize = 1_000;

/// What a list is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// A normalised registration number; empty for all.
    pub(crate) number: String,
    /// A state; unspecified for all.
    pub(crate) state: ExpertState,
    /// An obstacle; none for all.
    pub(crate) obstacle: Option<Obstacle>,
}

/// How many experts are in a state with these obstacles.
pub(crate) struct Count {
    pub(crate) state: ExpertState,
    pub(crate) obstacles: Vec<Obstacle>,
    pub(crate) experts: i64,
}

pub(crate) async fn by_id(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Expert>> {
    let rows = session.rows(select!("WHERE id = $1"), args![id]).await?;
    Ok(experts(rows, keys).await?.pop().map(|(_, expert)| expert))
}

pub(crate) async fn by_number(session: &mut Session, keys: &dyn KeyStore, number: &str) -> Result<Option<Expert>> {
    let rows = session.rows(select!("WHERE number_hash = $1"), args![hash(number)]).await?;
    Ok(experts(rows, keys).await?.pop().map(|(_, expert)| expert))
}

pub(crate) async fn by_respondent(session: &mut Session, keys: &dyn KeyStore, id: &str) -> Result<Option<Expert>> {
    let rows = session.rows(select!("WHERE respondent_id = $1"), args![id]).await?;
    Ok(experts(rows, keys).await?.pop().map(|(_, expert)| expert))
}

/// The id of the entry under which the person of an entry that was merged is found; merges are followed to their end.
pub(crate) async fn found_under(session: &mut Session, keys: &dyn KeyStore, expert: &Expert) -> Result<String> {
    let mut at = expert.clone();
    // No merge leads back to where it began; a bound in place of trust.
    for _ in 0..MERGES {
        match by_respondent(session, keys, &at.merged_into).await? {
            Some(next) if next.is_merged() => at = next,
            Some(next) => return Ok(next.id),
            None => break,
        }
    }
    Ok(String::new())
}

/// Notes that an entry is to point at one that is not there yet, this respondent's; empty for none.
pub(crate) async fn await_entry(session: &mut Session, id: &str, respondent: &str) -> Result<()> {
    session.execute("DELETE FROM awaited WHERE expert_id = $1", args![id]).await?;
    if respondent.is_empty() {
        return Ok(());
    }
    session
        .execute("INSERT INTO awaited (expert_id, merged_into) VALUES ($1, $2)", args![id, respondent])
        .await
        .map(drop)
}

/// The entries that are to point at this respondent's, which are waited for no more.
pub(crate) async fn end_wait(session: &mut Session, keys: &dyn KeyStore, respondent: &str) -> Result<Vec<Expert>> {
    let sql = select!("WHERE id IN (SELECT expert_id FROM awaited WHERE merged_into = $1) ORDER BY entered");
    let rows = session.rows(sql, args![respondent]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    session.execute("DELETE FROM awaited WHERE merged_into = $1", args![respondent]).await?;
    Ok(experts(rows, keys).await?.into_iter().map(|(_, expert)| expert).collect())
}

/// Frees the number of an entry for somebody else's.
pub(crate) async fn release_number(session: &mut Session, id: &str) -> Result<()> {
    session.execute("UPDATE expert SET number_hash = 'lost:' || id WHERE id = $1", args![id]).await.map(drop)
}

/// Whether the number is entered.
pub(crate) async fn knows_number(session: &mut Session, number: &str) -> Result<bool> {
    Ok(session.count("SELECT count(*) FROM expert WHERE number_hash = $1", args![hash(number)]).await? > 0)
}

/// Experts after a place in the order of entry, each with its own place.
pub(crate) async fn list(
    session: &mut Session,
    keys: &dyn KeyStore,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Expert)>> {
    let sql = select!(
        "WHERE entered > $1 AND ($2 = '' OR number_hash = $2) AND ($3 = '' OR state = $3)
           AND ($4 = '' OR obstacles LIKE '% ' || $4 || ' %')
         ORDER BY entered LIMIT $5"
    );
    let number = if filter.number.is_empty() { String::new() } else { hash(&filter.number) };
    let obstacle = filter.obstacle.map_or("", Obstacle::code);
    let rows = session.rows(sql, args![after, number, body::state_name(filter.state), obstacle, limit]).await?;
    experts(rows, keys).await
}

/// Entries that a review looks at, after a place in the order of entry.
pub(crate) async fn reviewable(
    session: &mut Session,
    keys: &dyn KeyStore,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Expert)>> {
    let sql = select!(
        "WHERE entered > $1 AND (state = 'listed' OR (state = 'paused' AND detail <> 'requested'))
         ORDER BY entered LIMIT $2"
    );
    let rows = session.rows(sql, args![after, limit]).await?;
    experts(rows, keys).await
}

/// How many experts there are, by state and obstacles.
pub(crate) async fn counts(session: &mut Session) -> Result<Vec<Count>> {
    let sql = "SELECT state, obstacles, count(*) AS experts FROM expert GROUP BY state, obstacles";
    let count = |row: Row| {
        Ok(Count {
            state: body::state_named(&row.text("state")?)?,
            obstacles: body::obstacles_named(&row.text("obstacles")?)?,
            experts: row.int("experts")?,
        })
    };
    session.rows(sql, &[]).await?.into_iter().map(count).collect()
}

/// Stores an expert that is entered at this position of the log.
pub(crate) async fn insert(session: &mut Session, keys: &dyn KeyStore, expert: &Expert, entered: i64) -> Result<()> {
    let Columns { respondent_id, state, detail, obstacles, facts, person } = body::columns(expert, keys).await?;
    let sql = "INSERT INTO expert (id, entered, number_hash, respondent_id, state, detail, obstacles, facts, person,
                                   version, create_time, update_time)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let number = hash(&expert.profile.person.registration_number);
    let (created, updated) = (expert.create_time.micros(), expert.update_time.micros());
    let id = &expert.id;
    let values: &[Value] = args![
        id,
        entered,
        number,
        respondent_id,
        state,
        detail,
        obstacles,
        facts,
        person,
        expert.version,
        created,
        updated
    ];
    session.execute(sql, values).await.map(drop)
}

/// Stores an expert that is known.
pub(crate) async fn save(session: &mut Session, keys: &dyn KeyStore, expert: &Expert) -> Result<()> {
    let Columns { respondent_id, state, detail, obstacles, facts, person } = body::columns(expert, keys).await?;
    let sql = "UPDATE expert SET respondent_id = $2, state = $3, detail = $4, obstacles = $5, facts = $6, person = $7,
                                 version = $8, update_time = $9 WHERE id = $1";
    let (id, updated) = (&expert.id, expert.update_time.micros());
    let values: &[Value] = args![id, respondent_id, state, detail, obstacles, facts, person, expert.version, updated];
    session.execute(sql, values).await.map(drop)
}

async fn experts(rows: Vec<Row>, keys: &dyn KeyStore) -> Result<Vec<(i64, Expert)>> {
    let sealed = rows.iter().map(Sealed::read).collect::<Result<Vec<_>>>()?;
    let ids: Vec<String> = sealed.iter().map(|row| row.id.clone()).collect();
    let keys = if ids.is_empty() { Default::default() } else { keys.find(&ids).await? };
    sealed.into_iter().map(|row| row.open(&keys)).collect()
}

/// A number as it is searched by.
fn hash(number: &str) -> String {
    digest("activelist/registration-number/", number)
}

/// A text as it is searched by. The prefix keeps the hash from being looked up in tables made for other uses.
fn digest(prefix: &str, text: &str) -> String {
    let digest = Sha256::new().chain_update(prefix).chain_update(text).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A moment as it is stored.
fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}
