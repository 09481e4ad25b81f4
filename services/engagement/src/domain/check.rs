//! What the engagements alone read of a request, beside what [`kit_vocabulary::Check`] reads for every service.

use contract::engagement::v1::{CompanySnapshot, Gain, Marks, Region, Side, ToolJudgement, ToolUse, VisitTexts};
use kit_clock::Timestamp;
use kit_vocabulary::{company_industries, company_sizes, is_plain, is_web_address, prefectures};
use prost_types::Timestamp as WireTime;

use super::catalogue::{self, Programme};
pub use super::fault::Check;
use super::fault::{Fault, Reason};
use super::outcome::named;
use super::read;
use super::visit::Span;

/// Longest words of who asks.
const WORDS: usize = 500;
/// Longest text of advice, questions, next steps.
const LONG: usize = 2_000;
/// Longest text of a consultation.
const ADVICE: usize = 4_000;
/// Longest gathering.
const GATHERING_HOURS: i64 = 24;
/// Longest name of a company, a person, a document.
const SHORT: usize = 100;

impl Check {
    /// A line of at most 100 characters.
    pub fn line(&mut self, field: &str, given: &str) -> String {
        self.text(field, given, SHORT, false)
    }

    /// A longer text.
    pub fn long(&mut self, field: &str, given: &str) -> String {
        self.text(field, given, LONG, true)
    }

    /// What a company was told.
    pub fn advice(&mut self, given: &str) -> String {
        self.text("advice", given, ADVICE, true)
    }

    /// Why somebody asks.
    pub fn words(&mut self, given: &str, required: bool) -> String {
        let words = self.text("reason", given, WORDS, true);
        self.needed("reason", words.is_empty() && required);
        words
    }

    /// A name of visible ASCII: an event, a subject.
    pub fn ascii(&mut self, field: &str, given: &str, required: bool) -> String {
        if !is_plain(given) {
            self.faults.push(Fault::new(field, Reason::BadName).with("form", "[!-~]{1,100}"));
        }
        self.needed(field, required && given.is_empty());
        given.to_owned()
    }

    /// A programme.
    pub fn programme(&mut self, id: &str) -> Option<&'static Programme> {
        let found = catalogue::programme(id);
        if found.is_none() {
            self.unknown("programme", id);
        }
        found
    }

    /// A region, however it is spelt.
    pub fn region(&mut self, given: &str) -> Region {
        catalogue::region_meant(given).unwrap_or_else(|| {
            self.unknown("region", given.trim());
            Region::default()
        })
    }

    /// A company.
    pub fn company(&mut self, given: Option<CompanySnapshot>) -> CompanySnapshot {
        let company = given.unwrap_or_default();
        self.name("company.company", "companies", &company.company);
        self.code("company.industry", company_industries(), &company.industry, true);
        self.code("company.size", company_sizes(), &company.size, false);
        self.code("company.prefecture", prefectures(), &company.prefecture, false);
        company
    }

    /// A side that has to be stated.
    pub fn side(&mut self, given: i32) -> Side {
        let side = Side::try_from(given).unwrap_or_default();
        self.needed("side", side == Side::Unspecified);
        side
    }

    /// A moment that has come.
    pub fn past(&mut self, field: &str, given: Option<&WireTime>, now: Timestamp) -> Option<WireTime> {
        self.needed(field, given.is_none());
        if given.is_some_and(|time| read(time) > now) {
            self.fault(field, Reason::InTheFuture);
        }
        given.copied()
    }

    /// From when to when.
    pub fn span(&mut self, start: Option<&WireTime>, end: Option<&WireTime>) -> Span {
        self.needed("start_time", start.is_none());
        self.needed("end_time", end.is_none());
        let zero = Timestamp::default();
        Span { start: start.map_or(zero, read), end: end.map_or(zero, read) }
    }

    /// From when to when of a gathering: forwards, and not for longer than a day.
    pub fn gathering_span(&mut self, start: Option<&WireTime>, end: Option<&WireTime>) -> Span {
        let span = self.span(start, end);
        if start.is_some() && end.is_some() {
            if span.end <= span.start {
                self.fault("end_time", Reason::EndsBeforeStart);
            } else if span.end.micros().saturating_sub(span.start.micros()) > GATHERING_HOURS * 3_600_000_000 {
                self.faults.push(Fault::new("end_time", Reason::TooLongAGathering).with("max", GATHERING_HOURS));
            }
        }
        span
    }

    /// A month such as `2025-01`, or nothing.
    pub fn month(&mut self, field: &str, given: &str) -> String {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let real = given.split_once('-').is_some_and(|(year, month)| {
            year.len() == 4 && digits(year) && month.len() == 2 && ("01"..="12").contains(&month) && digits(month)
        });
        if !given.is_empty() && !real {
            self.fault(field, Reason::BadMonth);
        }
        given.to_owned()
    }

    /// Goals reached, in order.
    pub fn goals(&mut self, given: &[i32]) -> Vec<i32> {
        for (at, goal) in given.iter().enumerate() {
            self.between(&format!("goals_reached[{at}]"), i64::from(*goal), (1, 3));
            self.once("goals_reached", at, given[..at].contains(goal));
        }
        let mut goals = given.to_vec();
        goals.sort_unstable();
        goals
    }

    /// Tools used.
    pub fn tools(&mut self, given: &[ToolUse]) {
        for (at, tool) in given.iter().enumerate() {
            self.tool("tools", at, &tool.tool);
            self.once("tools", at, given[..at].iter().any(|before| before.tool == tool.tool));
        }
    }

    fn tool(&mut self, field: &str, at: usize, code: &str) {
        if !catalogue::is_tool(code) {
            self.fault(&format!("{field}[{at}].tool"), Reason::UnknownCode);
        }
    }

    /// How tools were judged.
    pub fn judgements(&mut self, given: &[ToolJudgement]) {
        for (at, tool) in given.iter().enumerate() {
            self.tool("tools", at, &tool.tool);
            self.once("tools", at, given[..at].iter().any(|before| before.tool == tool.tool));
            self.between(&format!("tools[{at}].clarity"), i64::from(tool.clarity), (0, 5));
            self.between(&format!("tools[{at}].sufficiency"), i64::from(tool.sufficiency), (0, 5));
        }
    }

    /// Marks on the expert.
    pub fn marks(&mut self, marks: &Marks) {
        for (name, mark) in named(marks) {
            self.between(&format!("marks.{name}"), i64::from(mark), (0, 5));
        }
    }

    /// What was gained.
    pub fn gains(&mut self, given: &[Gain]) {
        for (at, gain) in given.iter().enumerate() {
            self.code(&format!("gains[{at}].code"), catalogue::reasons().gains, &gain.code, true);
            self.once("gains", at, given[..at].iter().any(|before| before.code == gain.code));
            self.between(&format!("gains[{at}].count"), i64::from(gain.count), (1, 100));
        }
    }

    /// Where a visit was, who attended, what came of it.
    pub fn visit_texts(&mut self, given: Option<VisitTexts>) -> VisitTexts {
        let given = given.unwrap_or_default();
        let place = self.text("texts.place", &given.place, 200, false);
        let link = self.text("texts.link", &given.link, 500, false);
        if !link.is_empty() && !is_web_address(&link) {
            self.fault("texts.link", Reason::BadUrl);
        }
        self.needed("texts.place", place.is_empty() && link.is_empty());
        self.needed("texts.attendees", given.attendees.is_empty());
        let attendees = self.people("texts.attendees", &given.attendees, 50);
        let deliverables = self.people("texts.deliverables", &given.deliverables, 20);
        let next_steps = self.long("texts.next_steps", &given.next_steps);
        VisitTexts { number: given.number, place, link, attendees, deliverables, next_steps }
    }

    fn people(&mut self, field: &str, given: &[String], max: usize) -> Vec<String> {
        self.at_most(field, given.len(), max);
        let mut names = Vec::new();
        for (at, name) in given.iter().enumerate().take(max) {
            let path = format!("{field}[{at}]");
            let name = self.line(&path, name);
            self.needed(&path, name.is_empty());
            names.push(name);
        }
        names
    }

    /// What led to a case.
    pub fn sources(&mut self, given: &[String]) -> Vec<String> {
        self.at_most("sources", given.len(), 10);
        for (at, source) in given.iter().enumerate().take(10) {
            self.ascii(&format!("sources[{at}]"), source, true);
            self.once("sources", at, given[..at].contains(source));
        }
        given.to_vec()
    }
}
