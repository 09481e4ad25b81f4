//! What came of a campaign, counted when it is asked for.

use std::collections::BTreeMap;

use contract::survey::v1 as api;
use kit_clock::JapanDay;

use super::{Campaign, versions};
use crate::Error;
use crate::domain::campaign::{permille, write_day};
use crate::rpc::Survey;
use crate::store::{self, Counted};

impl Survey {
    pub(super) async fn figures(&self, campaign: &Campaign) -> Result<api::CampaignFigures, Error> {
        let forms = versions(&campaign.facts.form);
        let mut session = self.log.read_session().await?;
        let counted = store::count_campaign(&mut session, &campaign.row.id, campaign.window(), &forms).await?;
        Ok(figures(campaign.facts.asked, &counted))
    }
}

/// `stated`: how many were asked, as far as that is known as a number.
fn figures(stated: i64, counted: &Counted) -> api::CampaignFigures {
    let received = counted.days.iter().map(|(_, received, _)| received).sum();
    let people = counted.days.iter().map(|(_, _, people)| people).sum();
    // Of a number nobody knows who it was; of a list it is known who of it answered.
    let (answered, asked) = if stated > 0 { (people, stated) } else { (counted.answered, counted.recipients) };
    api::CampaignFigures {
        asked,
        recipients: counted.recipients,
        reminded: counted.reminded,
        recipients_answered: counted.answered,
        received,
        people,
        repeats: received - people,
        disputed: counted.disputed,
        drafts: counted.drafts,
        response_rate_permille: permille(answered, asked),
        days: days(counted),
    }
}

/// Every day from the first to the last with anything received.
fn days(counted: &Counted) -> Vec<api::CampaignDay> {
    let by_day: BTreeMap<i64, (i64, i64)> = counted.days.iter().map(|(day, n, new)| (*day, (*n, *new))).collect();
    let (Some((first, _)), Some((last, _))) = (by_day.first_key_value(), by_day.last_key_value()) else {
        return Vec::new();
    };
    let day = |number: i64| {
        let (received, new_people) = by_day.get(&number).copied().unwrap_or_default();
        api::CampaignDay { day: write_day(JapanDay::from_number(number)), received, new_people }
    };
    (*first..=*last).map(day).collect()
}
