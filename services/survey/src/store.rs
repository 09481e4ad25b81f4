//! The survey's tables: all the SQL on them. Functions take the session of a command or of a reader alike.

mod bodies;
mod campaigns;
mod counts;
mod drafts;
mod list;
mod people;
mod ratings;
mod recipients;
mod scoring;

pub(crate) use bodies::{AnswersBody, DraftBody, HolderBody, KnownBody, RecipientBody};
pub(crate) use campaigns::{
    Counted, StoredCampaign, campaign_by_id, campaigns_of_form, campaigns_page, campaigns_that_wait, count_campaign,
    put_campaign,
};
pub(crate) use counts::{skills_after, statistics};
pub(crate) use drafts::{
    StoredDraft, delete_draft, doom_key, doomed_keys, draft_of, drafts_before, key_is_gone, put_draft,
};
pub(crate) use list::{Filter, Listed, Place, page};
pub(crate) use people::{
    Decided, Likeness, Words, bring_together, decided_disputes, decision_of, decisions_of, forget, keep_apart,
    leading_to, newest, note_likeness, pairs, record, release_number, reseal, responses_of, roots, unmarked, waiting,
    waiting_to,
};
pub(crate) use ratings::{
    Rateable, StoredRating, ToCarry, forget_ratings_of_others, put_ratings, rateable, rateable_after, rating,
    ratings_of, set_carried, to_carry, unrated,
};
pub(crate) use recipients::{
    By, Handed, StoredRecipient, delete_recipient, handed_in, put_recipients, recipients_by, recipients_page,
    reminders_page, sealed_parts,
};
pub(crate) use scoring::{
    Activation, Scoring, activation, activations, count_up_to, found_scoring, next_number, pending_activation,
    policies, policy, put_activation, put_policy, scoring, set_scoring,
};

use kit_log::sql::{Row, Session, Step, Value};
use kit_log::{Result, args};

/// The migrations of this service.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step { number: 100, about: "survey", sql: include_str!("../migrations/0100_survey.sql") },
        Step { number: 101, about: "published forms", sql: include_str!("../migrations/0101_published.sql") },
        Step { number: 110, about: "people", sql: include_str!("../migrations/0110_people.sql") },
        Step { number: 120, about: "policies", sql: include_str!("../migrations/0120_policies.sql") },
        Step { number: 130, about: "campaigns and drafts", sql: include_str!("../migrations/0130_campaigns.sql") },
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
    /// The prefecture of residence; empty when not said.
    pub(crate) prefecture: String,
    /// Codes of the qualifications held, with spaces between.
    pub(crate) qualifications: String,
    /// Whether others are told in words, in the personal part of the counting response.
    pub(crate) qualifications_other: bool,
    /// The newest word of an operator for the registration, encoded; empty when none was given.
    pub(crate) vouching: Vec<u8>,
    /// The id of who the person is now; empty when himself or herself.
    pub(crate) merged_into: String,
    /// False once somebody else took the number over.
    pub(crate) held: bool,
    /// How many decisions changed what the person's responses are.
    pub(crate) revision: i64,
    /// The log's position of the first response.
    pub(crate) entered: i64,
}

impl Respondent {
    /// Whether responses count for this one: not for who was merged or has lost the number.
    pub(crate) const fn is_live(&self) -> bool {
        self.held && self.merged_into.is_empty()
    }
}

/// A response, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResponse {
    pub(crate) id: String,
    /// Of its event in the log.
    pub(crate) position: i64,
    /// Whose it is now.
    pub(crate) respondent: String,
    /// Whose number it came under, or whose it was decided to be; `respondent` is who that person is now.
    pub(crate) home: String,
    /// Version.
    pub(crate) form: String,
    /// Microseconds, as the next.
    pub(crate) submit_time: i64,
    pub(crate) receive_time: i64,
    /// The signed-in expert who sent it; empty when none.
    pub(crate) sender: String,
    /// Reason; empty when it is the holder's.
    pub(crate) dispute: String,
    /// True when it was decided that a disputed one never counts.
    pub(crate) decided: bool,
    /// Of an import.
    pub(crate) content_hash: Option<String>,
    /// [`AnswersBody`], encoded.
    pub(crate) clear: Vec<u8>,
    /// `ResponsePersonal`, sealed.
    pub(crate) sealed: Vec<u8>,
}

impl StoredResponse {
    /// Whether it waits for an operator.
    pub(crate) const fn waits(&self) -> bool {
        !self.dispute.is_empty() && !self.decided
    }

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
        prefecture: row.text("prefecture")?,
        qualifications: row.text("qualifications")?,
        qualifications_other: row.int("qualifications_other")? != 0,
        vouching: row.bytes("vouching")?,
        merged_into: row.text("merged_into")?,
        held: row.int("held")? == 1,
        revision: row.int("revision")?,
        entered: row.int("entered")?,
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
        home: row.text("home")?,
        dispute: row.text("dispute")?,
        decided: row.int("decided")? == 1,
        content_hash: row.opt_text("content_hash")?,
        clear: row.bytes("clear")?,
        sealed: row.bytes("sealed")?,
    })
}

/// The people behind these hashed numbers; a number that never answered is missing from the answer.
pub(crate) async fn respondents(session: &mut Session, number_hashes: &[String]) -> Result<Vec<Respondent>> {
    let head =
        "SELECT id, number_hash, holder_subject, holder, submissions, counting, counting_time, skills, prefecture,
                qualifications, qualifications_other, vouching, merged_into, held, revision, entered
                FROM respondent WHERE number_hash";
    session.among(head, "", number_hashes).await?.iter().map(respondent).collect()
}

/// The person behind a hashed number.
pub(crate) async fn respondent_of(session: &mut Session, number_hash: &str) -> Result<Option<Respondent>> {
    Ok(respondents(session, &[number_hash.to_owned()]).await?.into_iter().next())
}

/// The person of this id.
pub(crate) async fn respondent_by_id(session: &mut Session, id: &str) -> Result<Option<Respondent>> {
    Ok(respondents_by_id(session, &[id.to_owned()]).await?.into_iter().next())
}

/// The people of these ids, in no order.
pub(crate) async fn respondents_by_id(session: &mut Session, ids: &[String]) -> Result<Vec<Respondent>> {
    let head =
        "SELECT id, number_hash, holder_subject, holder, submissions, counting, counting_time, skills, prefecture,
                qualifications, qualifications_other, vouching, merged_into, held, revision, entered
               FROM respondent WHERE id";
    session.among(head, "", ids).await?.iter().map(respondent).collect()
}

/// The sealed holders of these people, by their ids.
pub(crate) async fn holders(session: &mut Session, ids: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
    let rows = session.among("SELECT id, holder FROM respondent WHERE id", "", ids).await?;
    rows.iter().map(|row| Ok((row.text("id")?, row.bytes("holder")?))).collect()
}

/// The responses of these ids, in no order.
pub(crate) async fn responses(session: &mut Session, ids: &[String]) -> Result<Vec<StoredResponse>> {
    let head = "SELECT id, position, respondent, home, form, submit_time, receive_time, sender, dispute, decided, content_hash,
                       clear, sealed
                FROM response WHERE id";
    session.among(head, "", ids).await?.iter().map(stored_response).collect()
}

/// The response of this id.
pub(crate) async fn response(session: &mut Session, id: &str) -> Result<Option<StoredResponse>> {
    Ok(responses(session, &[id.to_owned()]).await?.into_iter().next())
}

/// Imported responses with one of these contents, of whichever person.
pub(crate) async fn with_content(session: &mut Session, content_hashes: &[String]) -> Result<Vec<StoredResponse>> {
    let head = "SELECT id, position, respondent, home, form, submit_time, receive_time, sender, dispute, decided, content_hash,
                       clear, sealed
                FROM response WHERE content_hash";
    session.among(head, "", content_hashes).await?.iter().map(stored_response).collect()
}

/// Undisputed responses of a person that were handed in at this moment.
pub(crate) async fn handed_in_at(session: &mut Session, respondent: &str, micros: i64) -> Result<Vec<StoredResponse>> {
    let sql =
        "SELECT id, position, respondent, home, form, submit_time, receive_time, sender, dispute, decided, content_hash,
                clear, sealed
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
            "",
            [].as_slice(),
            &p.prefecture,
            &p.qualifications,
            i64::from(p.qualifications_other),
            p.vouching.as_slice(),
            &p.merged_into,
            p.held,
            p.revision,
            p.entered,
            true,
        ];
        values.to_vec()
    };
    let head = "INSERT INTO respondent (id, number_hash, holder_subject, holder, submissions, counting, counting_time,
                                        skills, policy, rating, prefecture, qualifications, qualifications_other,
                                        vouching, merged_into, held, revision, entered, marked) VALUES";
    let tail = "ON CONFLICT (id) DO UPDATE SET holder_subject = excluded.holder_subject, holder = excluded.holder,
                merged_into = excluded.merged_into, held = excluded.held, revision = excluded.revision, submissions = excluded.submissions,
                counting = excluded.counting, counting_time = excluded.counting_time, skills = excluded.skills,
                prefecture = excluded.prefecture, qualifications = excluded.qualifications,
                qualifications_other = excluded.qualifications_other, vouching = excluded.vouching";
    session.insert(head, tail, people.iter().map(tuple).collect()).await
}

/// Stores new responses; their people must be stored before.
pub(crate) async fn put_responses(session: &mut Session, responses: &[StoredResponse]) -> Result<()> {
    let tuple = |r: &StoredResponse| -> Vec<Value> {
        let values: &[Value] = args![
            &r.id,
            r.position,
            &r.respondent,
            &r.home,
            &r.form,
            r.submit_time,
            r.receive_time,
            &r.sender,
            &r.dispute,
            r.decided,
            r.content_hash.clone(),
            r.clear.as_slice(),
            r.sealed.as_slice(),
        ];
        values.to_vec()
    };
    let head = "INSERT INTO response (id, position, respondent, home, form, submit_time, receive_time, sender, dispute,
                                      decided, content_hash, clear, sealed) VALUES";
    session.insert(head, "", responses.iter().map(tuple).collect()).await
}
