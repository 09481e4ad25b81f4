//! Whom a survey was sent to.

use kit_log::sql::{Row, Session, Value};
use kit_log::{Result, args};

/// Somebody a survey was sent to, as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredRecipient {
    /// Opaque id, also that of the key.
    pub(crate) id: String,
    pub(crate) campaign: String,
    /// Of the first event: the order of entry.
    pub(crate) position: i64,
    /// Empty when not known, as the next.
    pub(crate) number_hash: String,
    pub(crate) email_hash: String,
    pub(crate) opted_out: bool,
    pub(crate) answered: bool,
    /// Microseconds, as the next.
    pub(crate) ask_time: Option<i64>,
    pub(crate) remind_time: Option<i64>,
    pub(crate) reminders: i64,
    /// [`super::RecipientBody`], sealed.
    pub(crate) sealed: Vec<u8>,
}

fn recipient(row: &Row) -> Result<StoredRecipient> {
    Ok(StoredRecipient {
        id: row.text("id")?,
        campaign: row.text("campaign")?,
        position: row.int("position")?,
        number_hash: row.text("number_hash")?,
        email_hash: row.text("email_hash")?,
        opted_out: row.int("opted_out")? != 0,
        answered: row.int("answered")? != 0,
        ask_time: row.opt_int("ask_time")?,
        remind_time: row.opt_int("remind_time")?,
        reminders: row.int("reminders")?,
        sealed: row.bytes("sealed")?,
    })
}

/// By which of its columns a recipient is looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Id,
    Number,
    Email,
}

/// The recipients with one of these keys, in order of entry; of all campaigns.
pub(crate) async fn recipients_by(session: &mut Session, by: By, keys: &[String]) -> Result<Vec<StoredRecipient>> {
    let head = match by {
        By::Id => {
            "SELECT id, campaign, position, number_hash, email_hash, opted_out, answered, ask_time, remind_time, reminders,
                    sealed FROM recipient WHERE id"
        }
        By::Number => {
            "SELECT id, campaign, position, number_hash, email_hash, opted_out, answered, ask_time, remind_time, reminders,
                    sealed FROM recipient WHERE number_hash <> '' AND number_hash"
        }
        By::Email => {
            "SELECT id, campaign, position, number_hash, email_hash, opted_out, answered, ask_time, remind_time, reminders,
                    sealed FROM recipient WHERE email_hash <> '' AND email_hash"
        }
    };
    let mut found: Vec<StoredRecipient> =
        session.among(head, "", keys).await?.iter().map(recipient).collect::<Result<_>>()?;
    found.sort_by_key(|one| one.position);
    found.dedup_by_key(|one| one.position);
    Ok(found)
}

/// At most `limit` recipients of a campaign after a place, in order of entry.
pub(crate) async fn recipients_page(
    session: &mut Session,
    campaign: &str,
    unanswered: bool,
    (after, limit): (i64, i64),
) -> Result<Vec<StoredRecipient>> {
    let sql =
        "SELECT id, campaign, position, number_hash, email_hash, opted_out, answered, ask_time, remind_time, reminders,
                      sealed FROM recipient
               WHERE campaign = $1 AND position > $2 AND ($3 = 0 OR answered = 0) ORDER BY position LIMIT $4";
    let rows = session.rows(sql, args![campaign, after, i64::from(unanswered), limit]).await?;
    rows.iter().map(recipient).collect()
}

/// The same of those who were asked, have not answered or opted out, and were not reminded since a moment.
pub(crate) async fn reminders_page(
    session: &mut Session,
    campaign: &str,
    since: i64,
    (after, limit): (i64, i64),
) -> Result<Vec<StoredRecipient>> {
    let sql =
        "SELECT id, campaign, position, number_hash, email_hash, opted_out, answered, ask_time, remind_time, reminders,
                      sealed FROM recipient
               WHERE campaign = $1 AND answered = 0 AND position > $2 AND opted_out = 0 AND ask_time IS NOT NULL
                     AND (remind_time IS NULL OR remind_time < $3)
               ORDER BY position LIMIT $4";
    session.rows(sql, args![campaign, after, since, limit]).await?.iter().map(recipient).collect()
}

/// Stores recipients, new ones and changed ones.
pub(crate) async fn put_recipients(session: &mut Session, recipients: &[StoredRecipient]) -> Result<()> {
    let tuple = |r: &StoredRecipient| -> Vec<Value> {
        let values: &[Value] = args![
            &r.id,
            &r.campaign,
            r.position,
            &r.number_hash,
            &r.email_hash,
            i64::from(r.opted_out),
            i64::from(r.answered),
            r.ask_time,
            r.remind_time,
            r.reminders,
            r.sealed.as_slice(),
        ];
        values.to_vec()
    };
    let head = "INSERT INTO recipient (id, campaign, position, number_hash, email_hash, opted_out, answered, ask_time,
                                       remind_time, reminders, sealed) VALUES";
    let tail = "ON CONFLICT (id) DO UPDATE SET number_hash = excluded.number_hash, email_hash = excluded.email_hash,
                opted_out = excluded.opted_out, answered = excluded.answered, ask_time = excluded.ask_time,
                remind_time = excluded.remind_time, reminders = excluded.reminders, sealed = excluded.sealed";
    session.insert(head, tail, recipients.iter().map(tuple).collect()).await
}

/// Forgets a recipient.
pub(crate) async fn delete_recipient(session: &mut Session, id: &str) -> Result<()> {
    session.execute("DELETE FROM recipient WHERE id = $1", args![id]).await.map(drop)
}

/// A response that is its sender's, by the sender's hashed number.
pub(crate) struct Handed {
    pub(crate) number_hash: String,
    /// Version.
    pub(crate) form: String,
    /// Microseconds.
    pub(crate) submit_time: i64,
}

/// What was handed in under these numbers.
pub(crate) async fn handed_in(session: &mut Session, number_hashes: &[String]) -> Result<Vec<Handed>> {
    // Of somebody who was merged, under the number the response came with.
    let head = "SELECT p.number_hash, r.form, r.submit_time FROM respondent p
                    JOIN response r ON r.respondent IN (p.id, p.merged_into) AND r.home = p.id
                WHERE r.dispute = '' AND p.number_hash";
    let handed = |row: &Row| {
        Ok(Handed {
            number_hash: row.text("number_hash")?,
            form: row.text("form")?,
            submit_time: row.int("submit_time")?,
        })
    };
    session.among(head, "", number_hashes).await?.iter().map(handed).collect()
}

/// A response's sealed part with what opens it.
pub(crate) struct SealedPart {
    pub(crate) id: String,
    pub(crate) position: i64,
    pub(crate) respondent: String,
    pub(crate) sealed: Vec<u8>,
}

/// The sealed parts of up to 500 responses to one of these versions between two moments, in order of arrival.
pub(crate) async fn sealed_parts(
    session: &mut Session,
    (open, end): (i64, i64),
    forms: &str,
    after: i64,
) -> Result<Vec<SealedPart>> {
    let sql = "SELECT id, position, respondent, sealed FROM response
               WHERE submit_time >= $1 AND submit_time < $2 AND dispute = '' AND $3 LIKE '%,' || form || ',%'
                     AND position > $4
               ORDER BY position LIMIT 500";
    let part = |row: &Row| {
        Ok(SealedPart {
            id: row.text("id")?,
            position: row.int("position")?,
            respondent: row.text("respondent")?,
            sealed: row.bytes("sealed")?,
        })
    };
    session.rows(sql, args![open, end, forms, after]).await?.iter().map(part).collect()
}
