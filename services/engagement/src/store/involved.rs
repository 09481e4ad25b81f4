//! What a company or an expert takes part in here.

use contract::engagement::v1::{CaseFacts, ConsultationFacts, ParticipationFacts};
use kit_log::sql::Session;
use kit_log::{Result, args};

use super::pointers::merged_into;
use super::sealed::decode;

/// Most things of each kind that are looked at; the newest ones.
const MOST: i64 = 200;

/// What somebody takes part in, newest first.
#[derive(Debug, Default)]
pub(crate) struct Involved {
    pub(crate) cases: Vec<CaseFacts>,
    pub(crate) consultations: Vec<ConsultationFacts>,
    /// Each with the body that holds the gathering.
    pub(crate) participations: Vec<(ParticipationFacts, String)>,
}

/// Of a company: `companies/<id>`.
pub(crate) async fn of_company(session: &mut Session, company: &str) -> Result<Involved> {
    let cases = "SELECT facts FROM guidance_case WHERE company = $1 ORDER BY entered DESC LIMIT $2";
    let consultations = "SELECT facts FROM consultation WHERE company = $1 ORDER BY entered DESC LIMIT $2";
    let sql = "SELECT p.facts AS facts, g.body AS body FROM participation p JOIN gathering g ON g.id = p.gathering
               WHERE p.company = $1 ORDER BY p.entered DESC LIMIT $2";
    let mut involved = Involved::default();
    for row in session.rows(cases, args![company, MOST]).await? {
        involved.cases.push(decode(&row.bytes("facts")?, company)?);
    }
    for row in session.rows(consultations, args![company, MOST]).await? {
        involved.consultations.push(decode(&row.bytes("facts")?, company)?);
    }
    for row in session.rows(sql, args![company, MOST]).await? {
        involved.participations.push((decode(&row.bytes("facts")?, company)?, row.text("body")?));
    }
    Ok(involved)
}

/// Of an expert, `experts/<id>`, and of all who were merged into this one.
pub(crate) async fn of_expert(session: &mut Session, expert: &str) -> Result<Involved> {
    let names = merged_into(session, expert).await?;
    let tail = format!("ORDER BY entered DESC LIMIT {MOST}");
    let mut involved = Involved::default();
    for row in session.among("SELECT facts FROM guidance_case WHERE expert", &tail, &names).await? {
        involved.cases.push(decode(&row.bytes("facts")?, expert)?);
    }
    for row in session.among("SELECT facts FROM consultation WHERE expert", &tail, &names).await? {
        involved.consultations.push(decode(&row.bytes("facts")?, expert)?);
    }
    Ok(involved)
}
