//! The last word of the survey about campaigns and their recipients.

use contract::survey::v1::{Campaign, RecipientChanged};
use kit_log::sql::{Row, Session};
use kit_log::{Result, args};
use prost::Message as _;

use super::notices::decode;

/// Keeps what is told of a campaign.
pub(crate) async fn keep_campaign(session: &mut Session, id: &str, facts: &Campaign) -> Result<()> {
    let sql = "INSERT INTO campaign (id, facts) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET facts = excluded.facts";
    session.execute(sql, args![id, facts.encode_to_vec()]).await.map(drop)
}

/// What was told of a campaign.
pub(crate) async fn told_campaign(session: &mut Session, id: &str) -> Result<Option<Campaign>> {
    let row = session.row("SELECT facts FROM campaign WHERE id = $1", args![id]).await?;
    row.map(|row| decode(&row.bytes("facts")?, id)).transpose()
}

/// Keeps what is told of a recipient.
pub(crate) async fn keep_recipient(session: &mut Session, campaign: &str, facts: &RecipientChanged) -> Result<()> {
    let sql = "INSERT INTO campaign_recipient (recipient, campaign, facts) VALUES ($1, $2, $3)
               ON CONFLICT (recipient) DO UPDATE SET facts = excluded.facts";
    session.execute(sql, args![&facts.recipient, campaign, facts.encode_to_vec()]).await.map(drop)
}

/// Up to 500 recipients of a campaign whose names come after this one, by name.
pub(crate) async fn told_recipients(
    session: &mut Session,
    campaign: &str,
    after: &str,
) -> Result<Vec<(String, RecipientChanged)>> {
    let sql = "SELECT recipient, facts FROM campaign_recipient
               WHERE campaign = $1 AND recipient > $2 ORDER BY recipient LIMIT 500";
    let told = |row: &Row| {
        let name = row.text("recipient")?;
        let facts = decode(&row.bytes("facts")?, &name)?;
        Ok((name, facts))
    };
    session.rows(sql, args![campaign, after]).await?.iter().map(told).collect()
}
