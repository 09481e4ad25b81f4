//! The timetable to print, to put into a table, or into a calendar.

use std::collections::BTreeMap;

use contract::matching::v1 as wire;
use contract::matching::v1::{EventPlan, PrintFormat, Seat};
use kit_serve::Caller;
use kit_vocabulary::Words;

use super::ask::only;
use super::look::{Sight, sight};
use super::timetable::application_id;
use crate::domain::check::Check;
use crate::domain::event::ConsultationEvent;
use crate::domain::event::application::Application;
use crate::domain::event::seats::{self, Apart, Given};
use crate::domain::fault::Reason as Wrong;
use crate::domain::moment::read;
use crate::domain::refused::Reason;
use crate::domain::timetable::calendar::{Side, Told, calendar};
use crate::domain::timetable::csv;
use crate::domain::timetable::html::{Part as Page, page};
use crate::domain::timetable::sheets::{Guest, Names, Revision, Sheets, WaitingRow, sheets};
use crate::error::Error;
use crate::names;
use crate::rpc::Desk;
use crate::store::{self, Kept};

/// For whom.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Everything, as far as the caller may see it.
    Whole,
    /// `experts/<id>`.
    Expert(String),
    /// An application's id.
    Application(String),
    /// A booth's place.
    Booth(usize),
}

impl Part {
    /// What a name means in this plan.
    fn of(name: &str, plan: &EventPlan) -> Option<Self> {
        if name.is_empty() {
            return Some(Self::Whole);
        }
        if let Some(booth) = name.strip_prefix("booths/") {
            return plan.booths.iter().position(|known| known == booth).map(Self::Booth);
        }
        if let Some(id) = application_id(name) {
            return Some(Self::Application(id.to_owned()));
        }
        plan.experts.iter().any(|present| present.expert == name).then(|| Self::Expert(name.to_owned()))
    }
}

/// Everything that is printed from.
struct Matter {
    event: ConsultationEvent,
    kept: Kept,
    applications: Vec<Application>,
    sight: Sight,
}

impl Desk {
    pub(super) async fn print_event(
        &self,
        caller: &Caller,
        request: &wire::PrintTimetableRequest,
    ) -> Result<wire::PrintTimetableResponse, Error> {
        let mut check = Check::default();
        let id = check.id("event", "consultationEvents", &request.event);
        let format: PrintFormat = check.enum_of("format", request.format);
        check.done()?;
        let matter = self.to_print(caller, &id).await?;
        let plan = matter.event.plan();
        let part = Part::of(&request.part, &plan).ok_or_else(|| only("part", Wrong::NotInTimetable))?;
        let part = matter.seen(part)?;
        if format == PrintFormat::Ics && matches!(part, Part::Whole | Part::Booth(_)) {
            return Err(only("part", Wrong::OnePartOnly));
        }
        let experts: Vec<String> = plan.experts.iter().map(|present| present.expert.clone()).collect();
        let sheets = self.event_sheets(&experts).await?;
        let called = |name: &String| Some((name.clone(), sheets.get(name)?.summary.as_ref()?.full_name.clone()));
        let experts: BTreeMap<String, String> = experts.iter().filter_map(called).collect();
        let body = matter.written(format, &part, experts).ok_or_else(|| only("part", Wrong::NotInTimetable))?;
        let (media_type, ending) = match format {
            PrintFormat::Csv => ("text/csv; charset=utf-8", "csv"),
            PrintFormat::Ics => ("text/calendar; charset=utf-8", "ics"),
            PrintFormat::Html | PrintFormat::Unspecified => ("text/html; charset=utf-8", "html"),
        };
        let file_name = format!("{}.{ending}", matter.file_name(&part));
        Ok(wire::PrintTimetableResponse {
            body: body.into_bytes().into(),
            media_type: media_type.to_owned(),
            file_name,
        })
    }

    async fn to_print(&self, caller: &Caller, id: &str) -> Result<Matter, Error> {
        let mut session = self.log.read_session().await?;
        let event = store::event(&mut session, id).await?.ok_or(Reason::EventNotFound)?;
        let sight = sight(&mut session, caller, &event).await?;
        let kept = store::timetable(&mut session, id).await?.ok_or(Reason::NoTimetable)?;
        let applications = store::applications(&mut session, self.log.keys().as_ref(), id).await?;
        Ok(Matter { event, kept, applications, sight })
    }
}

impl Matter {
    /// The part that the caller is shown: an expert's own for nothing in particular.
    fn seen(&self, part: Part) -> Result<Part, Error> {
        let application = |id: &str| self.applications.iter().find(|one| one.facts.application_id == id);
        let own = match (&self.sight, &part) {
            (Sight::All, Part::Application(id)) if application(id).is_none() => {
                return Err(only("part", Wrong::NotInTimetable));
            }
            (Sight::All, _) | (Sight::Bodies(_), Part::Whole) => true,
            (Sight::Experts(own), Part::Whole) => {
                return Ok(own.first().map_or(Part::Whole, |own| Part::Expert(own.clone())));
            }
            (Sight::Experts(own), Part::Expert(expert)) => own.contains(expert),
            (_, Part::Application(id)) => {
                application(id).is_some_and(|one| self.sight.sees(&one.facts, &self.kept.timetable.seats))
            }
            (Sight::Bodies(_), Part::Expert(_)) | (_, Part::Booth(_)) => false,
        };
        if own { Ok(part) } else { Err(Reason::NotOwn.into()) }
    }

    fn written(&self, format: PrintFormat, part: &Part, experts: BTreeMap<String, String>) -> Option<String> {
        let plan = self.event.plan();
        let timetable = &self.kept.timetable;
        let now = read(timetable.make_time.as_ref());
        let (fit, apart) = (&self.kept.fit, &Apart::new());
        let given = Given { plan: &plan, applications: &self.applications, fit, apart, now };
        let (event, made) = seats::shown(given, &timetable.seats);
        let names = self.names(&plan, experts);
        let number = u32::try_from(timetable.revision).unwrap_or_default();
        let revision = Revision { number, at: now };
        if format == PrintFormat::Ics {
            let before = seats::shown(given, &self.kept.gone).1.seats;
            let event_id = self.event.id();
            let told = Told { event_id, event: &event, seats: &made.seats, before: &before, names: &names, revision };
            let side = match part {
                Part::Expert(expert) => Side::Expert(expert),
                Part::Application(id) => Side::Company(id),
                Part::Whole | Part::Booth(_) => return None,
            };
            return Some(calendar(told, side));
        }
        let mut sheets = sheets(&event, &made, &names, revision);
        sheets.waiting = self.waiting(&names);
        let only_own = match part {
            Part::Application(id) => Some(self.rows_of(|seat| seat.application == names::application(id))),
            Part::Whole if self.sight != Sight::All => Some(self.rows_of(|seat| self.sees(&seat.application))),
            _ => None,
        };
        if let Some(rows) = only_own {
            return shown_rows(sheets, &rows, format);
        }
        match (format, part) {
            (PrintFormat::Csv, Part::Expert(expert)) => csv::expert(&sheets, expert),
            (PrintFormat::Csv, Part::Booth(place)) => csv::booth(&sheets, *place),
            (PrintFormat::Csv, _) => Some(csv::event(&sheets)),
            (_, Part::Expert(expert)) => page(&sheets, Page::Expert(expert)),
            (_, Part::Booth(place)) => page(&sheets, Page::Booth(*place)),
            (_, Part::Whole | Part::Application(_)) => page(&sheets, Page::Everything),
        }
    }

    fn sees(&self, application: &str) -> bool {
        let found = self.applications.iter().find(|one| one.name() == application);
        found.is_some_and(|one| self.sight.sees(&one.facts, &self.kept.timetable.seats))
    }

    /// Round and booth of some seats.
    fn rows_of(&self, wanted: impl Fn(&Seat) -> bool) -> Vec<(usize, String)> {
        let seats = self.kept.timetable.seats.iter().filter(|seat| wanted(seat));
        seats.filter_map(|seat| Some((usize::try_from(seat.round).ok()?, seat.booth.clone()))).collect()
    }

    fn names(&self, plan: &EventPlan, experts: BTreeMap<String, String>) -> Names {
        let guest = |one: &Application| {
            let question = Some(one.texts.question.clone()).filter(|question| !question.is_empty());
            let people = u32::try_from(one.facts.people).unwrap_or_default();
            // Once the company's key is destroyed there is no name; its application says which one it was.
            let name = if one.texts.company_name.is_empty() { one.name() } else { one.texts.company_name.clone() };
            (one.facts.application_id.clone(), Guest { name, people, question })
        };
        let companies = self.applications.iter().map(guest).collect();
        Names { title: plan.title.clone(), venue: plan.venue.clone(), experts, companies }
    }

    fn waiting(&self, names: &Names) -> Vec<WaitingRow> {
        let row = |one: &wire::Waiting| {
            let id = application_id(&one.application).unwrap_or_default();
            let company = names.companies.get(id).map_or_else(|| one.application.clone(), |guest| guest.name.clone());
            WaitingRow { company, why: vec![Words { ja: one.ja.clone(), en: one.en.clone() }] }
        };
        self.kept.timetable.waiting.iter().map(row).collect()
    }

    fn file_name(&self, part: &Part) -> String {
        let plain = |id: &str| {
            let safe = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
            id.chars().map(|letter| if safe(letter) { letter } else { '_' }).collect::<String>()
        };
        let whole = format!("timetable-{}-r{}", plain(self.event.id()), self.kept.timetable.revision);
        match part {
            Part::Whole => whole,
            Part::Expert(expert) => format!("{whole}-expert-{}", plain(expert.trim_start_matches("experts/"))),
            Part::Application(id) => format!("{whole}-application-{}", plain(id)),
            Part::Booth(place) => format!("{whole}-booth-{}", place + 1),
        }
    }
}

/// Some rows of the event alone; nothing when there are none.
fn shown_rows(mut sheets: Sheets, rows: &[(usize, String)], format: PrintFormat) -> Option<String> {
    sheets.event.retain(|row| rows.iter().any(|(round, booth)| *round == row.round && *booth == row.booth));
    if sheets.event.is_empty() {
        return None;
    }
    if format == PrintFormat::Csv { Some(csv::event(&sheets)) } else { page(&sheets, Page::Event) }
}
