//! A campaign on the screen and for programs.

use contract::survey::v1::{Campaign, CampaignFigures, CampaignState, Recipient};
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use crate::failure::one_line;
use crate::labels::{date_of, said};
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Column, Table, paragraph, width};
use crate::text::{self, Text};

/// Cells before what is said of a campaign.
const INDENT: usize = 2;
/// Cells of the longest bar.
const BAR: i64 = 40;

fn state(state: CampaignState) -> (&'static str, Text) {
    match state {
        CampaignState::Planned => ("planned", text::CAMPAIGN_PLANNED),
        CampaignState::Open => ("open", text::CAMPAIGN_OPEN),
        CampaignState::Closed | CampaignState::Unspecified => ("closed", text::CAMPAIGN_CLOSED),
    }
}

fn title(campaign: &Campaign, lang: Lang) -> String {
    let chosen = said(campaign.title.as_ref(), lang);
    one_line(if chosen.is_empty() { said(campaign.title.as_ref(), Lang::Ja) } else { chosen })
}

/// What is known of it, a line each; what is not known is left out.
pub(super) fn campaign(campaign: &Campaign, out: &mut Output) {
    let (lang, room, pen) = (out.lang(), out.width().unwrap_or(USUAL_WIDTH), out.pen());
    let heading = out.paint(Tone::Heading, &title(campaign, lang));
    out.line(format!("{heading}  {}", out.paint(Tone::Faint, &campaign.name)));
    let state = state(campaign.state()).1.get(lang, &[]);
    let days = [("open", &*campaign.open_day), ("close", &*campaign.close_day), ("state", &*state)];
    let closed = match &campaign.close_time {
        Some(time) => format!("{} {}", date_of(Some(time)), campaign.closed_by),
        None => String::new(),
    };
    let notify = if campaign.notify { text::CAMPAIGN_NOTIFIED.get(lang, &[]) } else { String::new() };
    let lines: Vec<(String, String)> = [
        (text::CAMPAIGN_DAYS, text::CAMPAIGN_FROM_TO.get(lang, &days)),
        (text::CAMPAIGN_CLOSED_BY, closed),
        (text::CAMPAIGN_FORM, campaign.form.clone()),
        (text::CAMPAIGN_AUDIENCE, campaign.audience.clone()),
        (text::CAMPAIGN_REMINDERS, campaign.reminder_days.join(&text::COMMA.get(lang, &[]))),
        (text::CAMPAIGN_NOTIFY, notify),
        (text::CAMPAIGN_NOTES, campaign.notes.clone()),
    ]
    .into_iter()
    .filter(|(_, said)| !said.is_empty())
    .map(|(name, said)| (name.get(lang, &[]), one_line(&said)))
    .collect();
    let widest = lines.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, said) in lines {
        let lead = format!("{}{name}{}  ", " ".repeat(INDENT), " ".repeat(widest - width(&name)));
        paragraph(&lead, &[(said, None)], "", room, pen).into_iter().for_each(|line| out.line(line));
    }
}

/// What came of it, and a bar a day.
pub(super) fn figures(figures: &CampaignFigures, out: &mut Output) {
    let lang = out.lang();
    let rate = figures.response_rate_permille.map(rate);
    let counts = [
        (text::CAMPAIGN_ASKED, figures.asked, true),
        (text::CAMPAIGN_RECEIVED, figures.received, true),
        (text::CAMPAIGN_PEOPLE, figures.people, true),
        (text::CAMPAIGN_REPEATS, figures.repeats, true),
        (text::CAMPAIGN_DISPUTED, figures.disputed, figures.disputed > 0),
        (text::CAMPAIGN_DRAFTS, figures.drafts, figures.drafts > 0),
        (text::CAMPAIGN_LISTED, figures.recipients, figures.recipients > 0),
        (text::CAMPAIGN_LISTED_ANSWERED, figures.recipients_answered, figures.recipients > 0),
        (text::CAMPAIGN_REMINDED, figures.reminded, figures.recipients > 0),
    ];
    for (name, count, _) in counts.into_iter().filter(|(.., shown)| *shown) {
        out.line(format!("  {count:>7}  {}", name.get(lang, &[])));
    }
    if let Some(rate) = rate {
        out.line(format!("  {rate:>7}  {}", text::CAMPAIGN_RATE.get(lang, &[])));
    }
    let most = figures.days.iter().map(|day| day.received).max().unwrap_or(0).max(1);
    for day in &figures.days {
        // Whoever came at all is seen.
        let cells = (day.received * BAR + most - 1) / most;
        let bar = "█".repeat(usize::try_from(cells).unwrap_or(0));
        let bar = if bar.is_empty() { bar } else { format!(" {bar}") };
        out.line(format!("  {}{bar} {}", day.day, day.received));
    }
}

/// `27.6 %` from tenths of a percent.
fn rate(permille: i32) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

pub(super) fn table(campaigns: &[Campaign], lang: Lang) -> Table {
    let headings = [text::CAMPAIGN_TITLE, text::CAMPAIGN_DAYS, text::CAMPAIGN_STATE, text::RESOURCE];
    let [name, days, standing, resource] = headings.map(|heading| heading.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(name, 12, 40).rank(0),
        Column::text(days, 23, 23),
        Column::text(standing, 6, 10),
        Column::text(resource, 20, 50),
    ]);
    for campaign in campaigns {
        table.plain([
            title(campaign, lang),
            format!("{} – {}", campaign.open_day, campaign.close_day),
            state(campaign.state()).1.get(lang, &[]),
            campaign.name.clone(),
        ]);
    }
    table
}

pub(super) fn recipients(recipients: &[Recipient], lang: Lang) -> Table {
    let headings =
        [text::RECIPIENT_NUMBER, text::RECIPIENT_NAME, text::RECIPIENT_EMAIL, text::RECIPIENT_STATE, text::RESOURCE];
    let [number, name, email, standing, resource] = headings.map(|heading| heading.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(number, 6, 8),
        Column::text(name, 8, 24).rank(0),
        Column::text(email, 10, 40),
        Column::text(standing, 8, 20),
        Column::text(resource, 20, 100),
    ]);
    for one in recipients {
        table.plain([
            one.registration_number.clone(),
            one_line(&one.display_name),
            one.email.clone(),
            standing_of(one, lang),
            one.name.clone(),
        ]);
    }
    table
}

fn standing_of(one: &Recipient, lang: Lang) -> String {
    if one.answered {
        text::RECIPIENT_ANSWERED.get(lang, &[])
    } else if one.opted_out {
        text::RECIPIENT_OPTED_OUT.get(lang, &[])
    } else if one.reminders > 0 {
        text::RECIPIENT_REMINDED.get(lang, &[("count", &one.reminders.to_string())])
    } else if one.ask_time.is_some() {
        text::RECIPIENT_ASKED.get(lang, &[])
    } else {
        text::RECIPIENT_WAITS.get(lang, &[])
    }
}

/// A campaign for programs.
pub(super) fn campaign_json(campaign: &Campaign) -> Value {
    let title = campaign.title.clone().unwrap_or_default();
    json!({
        "name": campaign.name,
        "title": {"ja": title.ja, "en": title.en},
        "form": campaign.form,
        "open_day": campaign.open_day,
        "close_day": campaign.close_day,
        "reminder_days": campaign.reminder_days,
        "audience": campaign.audience,
        "asked": campaign.asked,
        "notes": campaign.notes,
        "notify": campaign.notify,
        "state": state(campaign.state()).0,
        "closed_by": campaign.closed_by,
    })
}

/// What came of it, for programs.
pub(crate) fn figures_json(figures: &CampaignFigures) -> Value {
    let day = |day: &contract::survey::v1::CampaignDay| json!({"day": day.day, "received": day.received, "new_people": day.new_people});
    json!({
        "asked": figures.asked,
        "recipients": figures.recipients,
        "recipients_answered": figures.recipients_answered,
        "reminded": figures.reminded,
        "received": figures.received,
        "people": figures.people,
        "repeats": figures.repeats,
        "disputed": figures.disputed,
        "drafts": figures.drafts,
        "response_rate_permille": figures.response_rate_permille,
        "days": figures.days.iter().map(day).collect::<Vec<_>>(),
    })
}

/// A recipient for programs.
pub(super) fn recipient_json(one: &Recipient) -> Value {
    json!({
        "name": one.name,
        "registration_number": one.registration_number,
        "display_name": one.display_name,
        "email": one.email,
        "opted_out": one.opted_out,
        "asked": one.ask_time.is_some(),
        "reminders": one.reminders,
        "answered": one.answered,
    })
}

#[cfg(test)]
mod tests {
    use contract::survey::v1::CampaignDay;

    use super::*;

    #[test]
    fn the_figures_show_the_rate_and_a_bar_a_day() {
        let day = |day: &str, received| CampaignDay { day: day.to_owned(), received, new_people: received };
        let days = vec![day("2025-01-05", 80), day("2025-01-06", 0), day("2025-01-07", 1)];
        let shown =
            CampaignFigures { asked: 800, received: 81, response_rate_permille: Some(276), days, ..Default::default() };
        let (mut out, kept) = Output::captured();
        figures(&shown, &mut out);
        let lines = kept.out();
        let bars: Vec<&str> = lines.lines().filter(|line| line.contains("2025-01-")).collect();
        assert_eq!(
            bars,
            [format!("  2025-01-05 {} 80", "█".repeat(40)), "  2025-01-06 0".to_owned(), "  2025-01-07 █ 1".to_owned()]
        );
        assert!(lines.contains("27.6 %") && lines.contains("    800  "), "{lines}");
    }
}
