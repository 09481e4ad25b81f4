//! Whom a survey was sent to, from a file and on the screen.

use std::collections::BTreeMap;

use contract::survey::v1::{
    AddRecipientsRequest, ContactKind, ListRecipientsRequest, ListRemindersDueRequest, Recipient, RecordContactsRequest,
};
use kit_log::wire_time;
use kit_tables::{Place, Row};
use kit_vocabulary::key;
use serde_json::json;

use super::{SECONDS, go_on, show};
use crate::args::{CampaignContacted, CampaignReminders, Contact, RecipientsAdd, RecipientsList};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure, Placed};
use crate::import::SurveyFile;
use crate::output::{Output, Tone};
use crate::text::{self, Text};

/// The spellings of headings, and of yes and no.
const COLUMNS: &str = include_str!("../../data/recipient_columns.json");
/// Most recipients of a call.
const BATCH: usize = 500;

/// Recipients of a file, each with the place where it stands.
struct File {
    rows: Vec<(String, Recipient)>,
    faults: Vec<Placed>,
}

fn placed(place: String, said: Text, places: &[(&str, &str)]) -> Placed {
    Placed { place, ja: said.get(kit_vocabulary::Lang::Ja, places), en: said.get(kit_vocabulary::Lang::En, places) }
}

fn place_of(place: &Place) -> String {
    let told = place.told();
    format!("{} / {}", told.ja, told.en)
}

impl File {
    fn read(file: &SurveyFile) -> Result<Self, Failure> {
        let spellings: BTreeMap<String, Vec<String>> =
            serde_json::from_str(COLUMNS).map_err(|error| Failure::other(error.to_string(), text::ADVICE_LOG))?;
        let means = |what: &str, given: &str| {
            spellings.get(what).is_some_and(|meant| meant.iter().any(|one| key(one) == key(given)))
        };
        let mut table = file.table()?;
        let mut read = Self { rows: Vec::new(), faults: Vec::new() };
        let fields = ["registration_number", "display_name", "email", "opted_out"];
        let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
        let headings = table.headings().clone();
        read.note(&headings);
        for (at, heading) in headings.cells.iter().enumerate() {
            let place = [("column", heading.as_str())];
            let mut fault = |said| read.faults.push(placed(place_of(&headings.place(at)), said, &place));
            match fields.iter().find(|field| means(field, heading)) {
                None => fault(text::RECIPIENT_COLUMN),
                Some(field) if columns.contains_key(field) => fault(text::RECIPIENT_COLUMN_TWICE),
                Some(field) => drop(columns.insert(field, at)),
            }
        }
        if !columns.contains_key("registration_number") && !columns.contains_key("email") {
            read.faults.push(placed(place_of(&headings.begin()), text::RECIPIENT_NO_COLUMN, &[]));
        }
        let known = read.faults.is_empty();
        while let Some(row) = table.next_row().map_err(|complaint| file.failure(&complaint))? {
            read.note(&row);
            let cell = |field: &str| {
                let cell = columns.get(field).and_then(|at| row.cells.get(*at));
                cell.map_or("", |cell| kit_vocabulary::unguarded(cell.trim())).to_owned()
            };
            let out = cell("opted_out");
            let opted_out = means("yes", &out);
            if !opted_out && !out.is_empty() && !means("no", &out) {
                read.faults.push(placed(place_of(&row.begin()), text::RECIPIENT_NEITHER, &[("given", &out)]));
            }
            let recipient = Recipient {
                registration_number: cell("registration_number"),
                display_name: cell("display_name"),
                email: cell("email"),
                opted_out,
                ..Recipient::default()
            };
            read.rows.push((place_of(&row.begin()), recipient));
        }
        if read.rows.is_empty() && read.faults.is_empty() {
            return Err(file.without_rows());
        }
        // Under headings that say something else no row says what it means.
        if !known {
            read.rows.clear();
        }
        Ok(read)
    }

    /// Takes over what the reader found wrong with a row.
    fn note(&mut self, row: &Row) {
        for found in &row.faults {
            let place = found.column.map_or_else(|| row.begin(), |column| row.place(column));
            let told = found.fault.told();
            self.faults.push(Placed { place: place_of(&place), ja: told.ja, en: told.en });
        }
    }
}

/// Adds the recipients of a file, once the server found no fault in any of them. Each call of 500 is stored or not; who is there
/// already is not doubled, so that a file can be sent again as a whole.
pub(super) async fn add(args: &RecipientsAdd, out: &mut Output) -> Result<Exit, Failure> {
    let file = SurveyFile::open(&args.file, None)?;
    let connection = Connection::to(&args.server)?;
    let File { rows, faults } = File::read(&file)?;
    file.unchanged()?;
    let faulty = |faults: Vec<Placed>| {
        let count = faults.len().to_string();
        let places = [("file", file.name.as_str()), ("count", count.as_str())];
        Failure::input(text::BAD_RECIPIENTS.fill(&places), text::ADVICE_FAULTS).with(faults)
    };
    let request = |batch: &[(String, Recipient)], validate_only: bool| AddRecipientsRequest {
        campaign: args.campaign.clone(),
        recipients: batch.iter().map(|(_, recipient)| recipient.clone()).collect(),
        validate_only,
        ..AddRecipientsRequest::default()
    };
    let mut wrong = faults;
    for batch in rows.chunks(BATCH) {
        let checked = connection.campaigns().add_recipients(within(request(batch, true), SECONDS)).await;
        if let Err(status) = checked {
            let failure = refused(&status);
            if failure.faults.is_empty() {
                return Err(failure);
            }
            let on_line = |fault: Placed| Placed { place: with_line(&fault.place, batch), ..fault };
            wrong.extend(failure.faults.into_iter().map(on_line));
        }
    }
    if !wrong.is_empty() {
        return Err(faulty(wrong));
    }
    let (mut added, mut changed) = (0, 0);
    for batch in rows.chunks(BATCH) {
        let answer = connection.campaigns().add_recipients(within(request(batch, false), SECONDS)).await;
        let answer = answer.map_err(|status| refused(&status))?.into_inner();
        added += answer.added;
        changed += answer.changed;
    }
    if args.json {
        out.line(json!({"added": added, "changed": changed}).to_string());
        return Ok(Exit::Done);
    }
    let places = [("added", &*added.to_string()), ("changed", &*changed.to_string())];
    let line = text::RECIPIENTS_ADDED.get(out.lang(), &places);
    out.line(out.paint(Tone::Good, &line));
    Ok(Exit::Done)
}

/// `recipients[3].email` as the place in the file and the field.
fn with_line(place: &str, batch: &[(String, Recipient)]) -> String {
    let parts = place.strip_prefix("recipients[").and_then(|rest| rest.split_once(']'));
    let row = parts.and_then(|(index, field)| Some((batch.get(index.parse::<usize>().ok()?)?, field)));
    row.map_or_else(|| place.to_owned(), |((row, _), field)| format!("{row}{}", field.replace('.', " ")))
}

pub(super) async fn list(args: &RecipientsList, out: &mut Output) -> Result<Exit, Failure> {
    let request = ListRecipientsRequest {
        campaign: args.campaign.clone(),
        unanswered: args.unanswered,
        page_size: args.page_size,
        page_token: args.page_token.clone(),
    };
    let answer = Connection::to(&args.server)?.campaigns().list_recipients(within(request, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    if args.json {
        let recipients: Vec<_> = answer.recipients.iter().map(show::recipient_json).collect();
        out.line(json!({"recipients": recipients, "next_page_token": answer.next_page_token}).to_string());
    } else {
        shown(&answer.recipients, &answer.next_page_token, out);
    }
    Ok(Exit::Done)
}

pub(super) async fn reminders(args: &CampaignReminders, out: &mut Output) -> Result<Exit, Failure> {
    let request = ListRemindersDueRequest {
        campaign: args.campaign.clone(),
        day: args.day.clone(),
        page_size: args.page_size,
        page_token: args.page_token.clone(),
    };
    let answer = Connection::to(&args.server)?.campaigns().list_reminders_due(within(request, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    if args.json {
        let recipients: Vec<_> = answer.recipients.iter().map(show::recipient_json).collect();
        let (day, token) = (answer.reminder_day, answer.next_page_token);
        out.line(json!({"reminder_day": day, "recipients": recipients, "next_page_token": token}).to_string());
        return Ok(Exit::Done);
    }
    if answer.reminder_day.is_empty() {
        out.line(text::NO_REMINDER_DAY.get(out.lang(), &[]));
        return Ok(Exit::Done);
    }
    out.line(text::REMINDER_DAY.get(out.lang(), &[("day", &answer.reminder_day)]));
    shown(&answer.recipients, &answer.next_page_token, out);
    Ok(Exit::Done)
}

fn shown(recipients: &[Recipient], next: &str, out: &mut Output) {
    if recipients.is_empty() {
        out.line(text::NO_RECIPIENTS.get(out.lang(), &[]));
        return;
    }
    for line in show::recipients(recipients, out.lang()).lines(out.width(), out.pen()) {
        out.line(line);
    }
    go_on(next, out);
}

pub(super) async fn contacted(args: &CampaignContacted, out: &mut Output) -> Result<Exit, Failure> {
    let connection = Connection::to(&args.server)?;
    let recipients = if args.all { everybody(args, &connection).await? } else { args.recipients.clone() };
    let kind = match args.what {
        Contact::Asked => ContactKind::Asked,
        Contact::Reminded => ContactKind::Reminded,
    };
    let mut recorded = 0;
    for batch in recipients.chunks(BATCH) {
        let request = RecordContactsRequest {
            campaign: args.campaign.clone(),
            kind: kind.into(),
            recipients: batch.to_vec(),
            time: args.time.map(wire_time),
            request_id: String::new(),
        };
        let answer = connection.campaigns().record_contacts(within(request, SECONDS)).await;
        recorded += answer.map_err(|status| refused(&status))?.into_inner().recorded;
    }
    if args.json {
        out.line(json!({"recorded": recorded}).to_string());
        return Ok(Exit::Done);
    }
    let line = text::CONTACTS_RECORDED.get(out.lang(), &[("count", &recorded.to_string())]);
    out.line(out.paint(Tone::Good, &line));
    Ok(Exit::Done)
}

/// Whoever was not asked yet, or is to be reminded today. Read to the end before anything is recorded.
async fn everybody(args: &CampaignContacted, of: &Connection) -> Result<Vec<String>, Failure> {
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let (campaign, page_size) = (args.campaign.clone(), 500);
        let (recipients, next) = match args.what {
            Contact::Asked => {
                let request = ListRecipientsRequest { campaign, page_size, page_token, unanswered: false };
                let answer = of.campaigns().list_recipients(within(request, SECONDS)).await;
                let answer = answer.map_err(|status| refused(&status))?.into_inner();
                (answer.recipients, answer.next_page_token)
            }
            Contact::Reminded => {
                let request = ListRemindersDueRequest { campaign, page_size, page_token, day: String::new() };
                let answer = of.campaigns().list_reminders_due(within(request, SECONDS)).await;
                let answer = answer.map_err(|status| refused(&status))?.into_inner();
                (answer.recipients, answer.next_page_token)
            }
        };
        let wanted = |one: &Recipient| args.what == Contact::Reminded || one.ask_time.is_none();
        names.extend(recipients.into_iter().filter(wanted).map(|one| one.name));
        if next.is_empty() {
            return Ok(names);
        }
        page_token = next;
    }
}
