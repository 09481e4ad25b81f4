//! Whom a survey was sent to, as rules look at them: each recipient is one situation, and one for each reminder day.

use contract::survey::v1::{Campaign, RecipientChanged};
use kit_clock::{JapanDay, Timestamp};

use super::situation::{RECIPIENT, REMINDER, Situation};

/// What can be said of a recipient after a change of the recipient or the campaign.
pub fn situations(campaign: &Campaign, recipient: &RecipientChanged) -> Vec<Situation> {
    let (Some(open), Some(close)) = (day(&campaign.open_day), day(&campaign.close_day)) else { return Vec::new() };
    let to = recipient_of(&recipient.recipient);
    let title = campaign.title.clone().unwrap_or_default();
    let title_en = if title.en.is_empty() { &title.ja } else { &title.en };
    let say = |situation: Situation| {
        situation
            .value("form", &campaign.form)
            .value("title_ja", &title.ja)
            .value("title_en", title_en)
            .flag("notify", campaign.notify)
            .flag("closed", campaign.close_time.is_some())
            .flag("answered", recipient.answered)
            .flag("silent", recipient.silent)
            .time("close", Some(close))
            .person("recipient", &to)
    };
    let mut all = vec![say(Situation::new(&RECIPIENT, &to)).time("open", Some(open))];
    let days: Vec<Timestamp> = campaign.reminder_days.iter().filter_map(|text| day(text)).collect();
    for (at, reminder) in days.iter().enumerate() {
        // The next reminder says all that this one would.
        let until = days.get(at + 1).map_or(close, |next| day_before(*next));
        let reminds = say(Situation::new(&REMINDER, &to)).time("day", Some(*reminder)).time("until", Some(until));
        all.push(reminds);
    }
    all
}

/// `recipients/<id>`, by which notices know somebody of `campaigns/<id>/recipients/<id>`: the id is that of the person's key.
pub fn recipient_of(name: &str) -> String {
    format!("recipients/{}", name.rsplit('/').next().unwrap_or_default())
}

/// The id of the campaign in `campaigns/<id>` or `campaigns/<id>/recipients/<id>`.
pub fn campaign_of(name: &str) -> &str {
    name.split('/').nth(1).unwrap_or_default()
}

fn day(text: &str) -> Option<Timestamp> {
    format!("{text}T00:00:00+09:00").parse().ok()
}

fn day_before(at: Timestamp) -> Timestamp {
    JapanDay::from_number(at.japan_day().number() - 1).start()
}
