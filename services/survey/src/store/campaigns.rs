//! Campaigns and their figures.

use kit_log::sql::{Row, Session, Value};
use kit_log::{Result, args};

/// A campaign, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredCampaign {
    /// Opaque id, also that of the key of its notes.
    pub(crate) id: String,
    pub(crate) position: i64,
    pub(crate) version: i64,
    /// Id, whichever version.
    pub(crate) form: String,
    /// Days since 1970-01-01 in Japan.
    pub(crate) open_day: i64,
    /// Microseconds, as the next.
    pub(crate) open_time: i64,
    /// The first moment that is not of it.
    pub(crate) end_time: i64,
    /// `Campaign` without notes, encoded.
    pub(crate) facts: Vec<u8>,
    /// Sealed; empty when there are none.
    pub(crate) notes: Vec<u8>,
}

fn campaign(row: &Row) -> Result<StoredCampaign> {
    Ok(StoredCampaign {
        id: row.text("id")?,
        position: row.int("position")?,
        version: row.int("version")?,
        form: row.text("form")?,
        open_day: row.int("open_day")?,
        open_time: row.int("open_time")?,
        end_time: row.int("end_time")?,
        facts: row.bytes("facts")?,
        notes: row.bytes("notes")?,
    })
}

/// The campaign of this id.
pub(crate) async fn campaign_by_id(session: &mut Session, id: &str) -> Result<Option<StoredCampaign>> {
    let sql =
        "SELECT id, position, version, form, open_day, open_time, end_time, facts, notes FROM campaign WHERE id = $1";
    session.row(sql, args![id]).await?.as_ref().map(campaign).transpose()
}

/// All campaigns of a form.
pub(crate) async fn campaigns_of_form(session: &mut Session, form: &str) -> Result<Vec<StoredCampaign>> {
    let sql = "SELECT id, position, version, form, open_day, open_time, end_time, facts, notes FROM campaign
               WHERE form = $1 ORDER BY open_day";
    session.rows(sql, args![form]).await?.iter().map(campaign).collect()
}

/// Campaigns in which somebody on the list has not answered.
pub(crate) async fn campaigns_that_wait(session: &mut Session) -> Result<Vec<StoredCampaign>> {
    let sql = "SELECT id, position, version, form, open_day, open_time, end_time, facts, notes FROM campaign c
               WHERE EXISTS (SELECT 1 FROM recipient r WHERE r.campaign = c.id AND r.answered = 0)";
    session.rows(sql, &[]).await?.iter().map(campaign).collect()
}

/// At most `limit` campaigns after the place, the one that opens last first, each with its place.
pub(crate) async fn campaigns_page(
    session: &mut Session,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, StoredCampaign)>> {
    // One number for day and entry: fewer than 2^40 events fit before it would lie.
    let sql = "SELECT id, position, version, form, open_day, open_time, end_time, facts, notes,
                      open_day * 1099511627776 + position AS place
               FROM campaign WHERE open_day * 1099511627776 + position < $1 ORDER BY place DESC LIMIT $2";
    let rows = session.rows(sql, args![after, limit]).await?;
    rows.iter().map(|row| Ok((row.int("place")?, campaign(row)?))).collect()
}

/// Stores a campaign, a new one or a changed one.
pub(crate) async fn put_campaign(session: &mut Session, c: &StoredCampaign) -> Result<()> {
    let values: &[Value] = args![
        &c.id,
        c.position,
        c.version,
        &c.form,
        c.open_day,
        c.open_time,
        c.end_time,
        c.facts.as_slice(),
        c.notes.as_slice(),
    ];
    let head = "INSERT INTO campaign (id, position, version, form, open_day, open_time, end_time, facts, notes) VALUES";
    let tail = "ON CONFLICT (id) DO UPDATE SET version = excluded.version, form = excluded.form,
                open_day = excluded.open_day, open_time = excluded.open_time, end_time = excluded.end_time,
                facts = excluded.facts, notes = excluded.notes";
    session.insert(head, tail, vec![values.to_vec()]).await
}

/// What a campaign's figures are counted from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// By day since 1970-01-01 in Japan, ascending: responses received, people who had not answered before.
    pub(crate) days: Vec<(i64, i64, i64)>,
    pub(crate) disputed: i64,
    pub(crate) recipients: i64,
    pub(crate) reminded: i64,
    pub(crate) answered: i64,
    pub(crate) drafts: i64,
}

/// Counts one campaign, in one statement so that the counts agree with one another. Who lost the number counts nowhere. `forms` holds the versions of its form between
/// commas, commas at both ends too.
pub(crate) async fn count_campaign(
    session: &mut Session,
    id: &str,
    (open, end): (i64, i64),
    forms: &str,
) -> Result<Counted> {
    let sql = "
        SELECT 'received' AS kind, (submit_time + 32400000000) / 86400000000 AS day, count(*) AS n
        FROM response WHERE submit_time >= $1 AND submit_time < $2 AND dispute = '' AND $3 LIKE '%,' || form || ',%'
              AND respondent IN (SELECT id FROM respondent WHERE held = 1)
        GROUP BY (submit_time + 32400000000) / 86400000000
        UNION ALL
        SELECT 'people', (first + 32400000000) / 86400000000, count(*)
        FROM (SELECT min(submit_time) AS first FROM response
              WHERE submit_time >= $1 AND submit_time < $2 AND dispute = '' AND $3 LIKE '%,' || form || ',%'
                    AND respondent IN (SELECT id FROM respondent WHERE held = 1)
              GROUP BY respondent) AS person
        GROUP BY (first + 32400000000) / 86400000000
        UNION ALL
        SELECT 'disputed', 0, count(*) FROM response
        WHERE submit_time >= $1 AND submit_time < $2 AND dispute <> '' AND decided = 0 AND $3 LIKE '%,' || form || ',%'
        UNION ALL
        SELECT 'recipients', 0, count(*) FROM recipient WHERE campaign = $4
        UNION ALL
        SELECT 'reminded', 0, count(*) FROM recipient WHERE campaign = $4 AND reminders > 0
        UNION ALL
        SELECT 'answered', 0, count(*) FROM recipient WHERE campaign = $4 AND answered = 1
        UNION ALL
        SELECT 'drafts', 0, count(*) FROM draft WHERE $3 LIKE '%,' || form || ',%'
        ORDER BY day";
    let mut counted = Counted::default();
    for row in session.rows(sql, args![open, end, forms, id]).await? {
        let (kind, day, n) = (row.text("kind")?, row.int("day")?, row.int("n")?);
        match kind.as_str() {
            "received" => of_day(&mut counted, day).1 += n,
            "people" => of_day(&mut counted, day).2 += n,
            "disputed" => counted.disputed = n,
            "recipients" => counted.recipients = n,
            "reminded" => counted.reminded = n,
            "answered" => counted.answered = n,
            _ => counted.drafts = n,
        }
    }
    Ok(counted)
}

/// Rows come by day, the two kinds of a day in either order.
fn of_day(counted: &mut Counted, day: i64) -> &mut (i64, i64, i64) {
    let days = &mut counted.days;
    if days.last().is_none_or(|last| last.0 != day) {
        days.push((day, 0, 0));
    }
    let last = days.len() - 1;
    &mut days[last]
}
