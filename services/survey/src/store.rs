//! The survey's tables: all the SQL on them. Functions take the session of a command or of a reader alike.

mod bodies;
mod counts;
mod list;

pub(crate) use bodies::{AnswersBody, HolderBody};
pub(crate) use counts::{skills_after, statistics};
pub(crate) use list::{Filter, Listed, Place, page};

use kit_log::sql::{Row, Session, Step, Value};
use kit_log::{Result, args};

/// The migrations of this service.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step { number: 100, about: "survey", sql: include_str!("../migrations/0100_survey.sql") },
        Step { number: 101, about: "published forms", sql: include_str!("../migrations/0101_published.sql") },
    ]
}

/// Notes that the log tells of a form's version; false when it has done so before.
pub(crate) async fn publish(session: &mut Session, version: &str) -> Result<bool> {
    let sql = "INSERT INTO published (form) VALUES ($1) ON CONFLICT DO NOTHING";
    Ok(session.execute(sql, args![version]).await? > 0)
}

/// A person, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Respondent {
    /// Opaque id, also that of the person's key.
    pub(crate) id: String,
    pub(crate) number_hash: String,
    /// Empty when nobody was signed in.
    pub(crate) holder_subject: String,
    /// [`HolderBody`], sealed.
    pub(crate) holder: Vec<u8>,
    pub(crate) submissions: i64,
    /// Id of the response that counts.
    pub(crate) counting: String,
    /// When it was handed in, in microseconds.
    pub(crate) counting_time: i64,
    /// 34 bytes, or none where the skill part was left empty.
    pub(crate) skills: Vec<u8>,
    pub(crate) policy: String,
    /// The encoded rating.
    pub(crate) rating: Vec<u8>,
    /// The newest word of an operator for the registration, encoded; empty when none was given.
    pub(crate) vouching: Vec<u8>,
}

/// A response, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResponse {
    pub(crate) id: String,
    /// Of its event in the log.
    pub(crate) position: i64,
    pub(crate) respondent: String,
    /// Version.
    pub(crate) form: String,
    /// Microseconds, as the next.
    pub(crate) submit_time: i64,
    pub(crate) receive_time: i64,
    /// The signed-in expert who sent it; empty when none.
    pub(crate) sender: String,
    /// Reason; empty when it is the holder's.
    pub(crate) dispute: String,
    /// Of an import.
    pub(crate) content_hash: Option<String>,
    /// [`AnswersBody`], encoded.
    pub(crate) clear: Vec<u8>,
    /// `ResponsePersonal`, sealed.
    pub(crate) sealed: Vec<u8>,
}

impl StoredResponse {
    /// The key under which its personal part is sealed: a disputed one is not the holder's, so it has a key of its own.
    pub(crate) fn key_id(&self) -> &str {
        if self.dispute.is_empty() { &self.respondent } else { &self.id }
    }
}

fn respondent(row: &Row) -> Result<Respondent> {
    Ok(Respondent {
        id: row.text("id")?,
        number_hash: row.text("number_hash")?,
        holder_subject: row.text("holder_subject")?,
        holder: row.bytes("holder")?,
        submissions: row.int("submissions")?,
        counting: row.text("counting")?,
        counting_time: row.int("counting_time")?,
        skills: row.bytes("skills")?,
        policy: row.text("policy")?,
        rating: row.bytes("rating")?,
        vouching: row.bytes("vouching")?,
    })
}

fn stored_response(row: &Row) -> Result<StoredResponse> {
    Ok(StoredResponse {
        id: row.text("id")?,
        position: row.int("position")?,
        respondent: row.text("respondent")?,
        form: row.text("form")?,
        submit_time: row.int("submit_time")?,
        receive_time: row.int("receive_time")?,
        sender: row.text("sender")?,
        dispute: row.text("dispute")?,
        content_hash: row.opt_text("content_hash")?,
        clear: row.bytes("clear")?,
        sealed: row.bytes("sealed")?,
    })
}

/// The people behind these hashed numbers; a number that never answered is missing from the answer.
pub(crate) async fn respondents(session: &mut Session, number_hashes: &[String]) -> Result<Vec<Respondent>> {
    let head =
        "SELECT id, number_hash, holder_subject, holder, submissions, counting, counting_time, skills, policy, rating, vouching
                FROM respondent WHERE number_hash";
    session.among(head, "", number_hashes).await?.iter().map(respondent).collect()
}

/// The person behind a hashed number.
pub(crate) async fn respondent_of(session: &mut Session, number_hash: &str) -> Result<Option<Respondent>> {
    Ok(respondents(session, &[number_hash.to_owned()]).await?.into_iter().next())
}

/// The person of this id.
pub(crate) async fn respondent_by_id(session: &mut Session, id: &str) -> Result<Option<Respondent>> {
    let sql =
        "SELECT id, number_hash, holder_subject, holder, submissions, counting, counting_time, skills, policy, rating, vouching
               FROM respondent WHERE id = $1";
    session.row(sql, args![id]).await?.as_ref().map(respondent).transpose()
}

/// Up to 200 people who are rated by another policy than this.
pub(crate) async fn rated_otherwise(session: &mut Session, policy: &str) -> Result<Vec<Respondent>> {
    let sql =
        "SELECT id, number_hash, holder_subject, holder, submissions, counting, counting_time, skills, policy, rating, vouching
               FROM respondent WHERE policy <> $1 ORDER BY policy, id LIMIT 200";
    session.rows(sql, args![policy]).await?.iter().map(respondent).collect()
}

/// The responses of these ids, in no order.
pub(crate) async fn responses(session: &mut Session, ids: &[String]) -> Result<Vec<StoredResponse>> {
    let head =
        "SELECT id, position, respondent, form, submit_time, receive_time, sender, dispute, content_hash, clear, sealed
                FROM response WHERE id";
    session.among(head, "", ids).await?.iter().map(stored_response).collect()
}

/// The response of this id.
pub(crate) async fn response(session: &mut Session, id: &str) -> Result<Option<StoredResponse>> {
    Ok(responses(session, &[id.to_owned()]).await?.into_iter().next())
}

/// Imported responses with one of these contents, of whichever person.
pub(crate) async fn with_content(session: &mut Session, content_hashes: &[String]) -> Result<Vec<StoredResponse>> {
    let head =
        "SELECT id, position, respondent, form, submit_time, receive_time, sender, dispute, content_hash, clear, sealed
                FROM response WHERE content_hash";
    session.among(head, "", content_hashes).await?.iter().map(stored_response).collect()
}

/// Undisputed responses of a person that were handed in at this moment.
pub(crate) async fn handed_in_at(session: &mut Session, respondent: &str, micros: i64) -> Result<Vec<StoredResponse>> {
    let sql =
        "SELECT id, position, respondent, form, submit_time, receive_time, sender, dispute, content_hash, clear, sealed
               FROM response WHERE respondent = $1 AND submit_time = $2 AND dispute = '' ORDER BY position LIMIT 100";
    session.rows(sql, args![respondent, micros]).await?.iter().map(stored_response).collect()
}

/// Stores people, new ones and changed ones.
pub(crate) async fn put_respondents(session: &mut Session, people: &[Respondent]) -> Result<()> {
    let tuple = |p: &Respondent| -> Vec<Value> {
        let values: &[Value] = args![
            &p.id,
            &p.number_hash,
            &p.holder_subject,
            p.holder.as_slice(),
            p.submissions,
            &p.counting,
            p.counting_time,
            p.skills.as_slice(),
            &p.policy,
            p.rating.as_slice(),
            p.vouching.as_slice(),
        ];
        values.to_vec()
    };
    let head = "INSERT INTO respondent (id, number_hash, holder_subject, holder, submissions, counting, counting_time,
                                        skills, policy, rating, vouching) VALUES";
    let tail = "ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, submissions = excluded.submissions,
                counting = excluded.counting, counting_time = excluded.counting_time, skills = excluded.skills,
                policy = excluded.policy, rating = excluded.rating, vouching = excluded.vouching";
    session.insert(head, tail, people.iter().map(tuple).collect()).await
}

/// Stores new responses; their people must be stored before.
pub(crate) async fn put_responses(session: &mut Session, responses: &[StoredResponse]) -> Result<()> {
    let tuple = |r: &StoredResponse| -> Vec<Value> {
        let values: &[Value] = args![
            &r.id,
            r.position,
            &r.respondent,
            &r.form,
            r.submit_time,
            r.receive_time,
            &r.sender,
            &r.dispute,
            r.content_hash.clone(),
            r.clear.as_slice(),
            r.sealed.as_slice(),
        ];
        values.to_vec()
    };
    let head = "INSERT INTO response (id, position, respondent, form, submit_time, receive_time, sender, dispute,
                                      content_hash, clear, sealed) VALUES";
    session.insert(head, "", responses.iter().map(tuple).collect()).await
}
