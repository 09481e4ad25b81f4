//! Reads the fields of a request into their normal form and collects every fault.

use contract::engagement::v1::{CompanySnapshot, Gain, Marks, Region, Side, ToolJudgement, ToolUse, VisitTexts};
use kit_clock::Timestamp;
use kit_vocabulary::{List, company_industries, company_sizes, prefectures};
use prost_types::Timestamp as WireTime;
use unicode_normalization::UnicodeNormalization;

use super::catalogue::{self, Programme};
use super::fault::{Fault, Reason};
use super::outcome::named;
use super::visit::Span;
use super::{fault, read};

/// Longest id in a name, and longest name of an event or a subject.
const NAME_BYTES: usize = 100;
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

/// Collects the faults of one request.
#[derive(Debug, Default)]
pub struct Check(pub Vec<Fault>);

impl Check {
    /// One more fault.
    pub fn fault(&mut self, field: &str, reason: Reason) {
        self.0.push(Fault::new(field, reason));
    }

    /// A text in its normal form: NFC, without white space at the ends, line feeds only.
    pub fn text(&mut self, field: &str, given: &str, max: usize, lines: bool) -> String {
        let text: String = given.replace("\r\n", "\n").replace('\r', "\n").nfc().collect();
        let text = text.trim().to_owned();
        if let Some(bad) = text.chars().find(|c| is_forbidden(*c, lines)) {
            let point = format!("U+{:04X}", u32::from(bad));
            self.0.push(Fault::new(field, Reason::ControlCharacter).with("value", point));
        }
        if text.chars().count() > max {
            self.0.push(Fault::new(field, Reason::TooLong).with("max", max));
        }
        text
    }

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

    fn needed(&mut self, field: &str, missing: bool) {
        if missing {
            self.fault(field, Reason::Required);
        }
    }

    /// The id in `<prefix>/<id>`.
    pub fn id(&mut self, field: &str, prefix: &'static str, name: &str) -> String {
        let id = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
        let id = id.filter(|id| (1..=NAME_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
        let id = id.filter(|id| !id.contains('/'));
        match id {
            Some(id) => return id.to_owned(),
            None if name.is_empty() => self.fault(field, Reason::Required),
            None => self.0.push(Fault::new(field, Reason::BadName).with("form", format!("{prefix}/<id>"))),
        }
        String::new()
    }

    /// A name `<prefix>/<id>`, or nothing.
    pub fn opt_name(&mut self, field: &str, prefix: &'static str, name: &str) -> String {
        if !name.is_empty() {
            self.id(field, prefix, name);
        }
        name.to_owned()
    }

    /// A name `<prefix>/<id>`.
    pub fn name(&mut self, field: &str, prefix: &'static str, name: &str) -> String {
        self.id(field, prefix, name);
        name.to_owned()
    }

    /// A name of visible ASCII: an event, a subject.
    pub fn ascii(&mut self, field: &str, given: &str, required: bool) -> String {
        if given.len() > NAME_BYTES || !given.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.0.push(Fault::new(field, Reason::BadName).with("form", format!("[!-~]{{1,{NAME_BYTES}}}")));
        }
        self.needed(field, required && given.is_empty());
        given.to_owned()
    }

    /// Makes a retry safe.
    pub fn request_id(&mut self, id: &str) {
        if id.len() > NAME_BYTES || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fault("request_id", Reason::BadRequestId);
        }
    }

    /// A code of a list.
    pub fn code(&mut self, field: &str, list: &List, code: &str, required: bool) -> String {
        self.needed(field, required && code.is_empty());
        if !code.is_empty() && list.get(code).is_none() {
            self.fault(field, Reason::UnknownCode);
        }
        code.to_owned()
    }

    /// Codes of a list, each once.
    pub fn codes(&mut self, field: &str, list: &List, codes: &[String], required: bool) -> Vec<String> {
        self.needed(field, required && codes.is_empty());
        for (at, code) in codes.iter().enumerate() {
            self.code(&format!("{field}[{at}]"), list, code, true);
            self.once(field, at, codes[..at].contains(code));
        }
        codes.to_vec()
    }

    fn once(&mut self, field: &str, at: usize, again: bool) {
        if again {
            self.fault(&format!("{field}[{at}]"), Reason::Repeated);
        }
    }

    fn at_most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.0.push(Fault::new(field, Reason::TooMany).with("max", max));
        }
    }

    /// A number between two.
    pub fn between(&mut self, field: &str, number: i64, (min, max): (i64, i64)) {
        if !(min..=max).contains(&number) {
            self.0.push(Fault::new(field, Reason::OutOfRange).with("min", min).with("max", max));
        }
    }

    /// A programme.
    pub fn programme(&mut self, id: &str) -> Option<&'static Programme> {
        let found = catalogue::programme(id);
        if found.is_none() {
            self.fault("programme", if id.is_empty() { Reason::Required } else { Reason::UnknownCode });
        }
        found
    }

    /// A region, however it is spelt.
    pub fn region(&mut self, given: &str) -> Region {
        catalogue::region_meant(given).unwrap_or_else(|| {
            self.fault("region", if given.trim().is_empty() { Reason::Required } else { Reason::UnknownCode });
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

    /// A value of an enum that has to be stated; `known` is absent when the number means nothing.
    pub fn enum_of<T>(&mut self, field: &str, known: Option<T>, number: i32) {
        match (known, number) {
            (None, _) => self.fault(field, Reason::UnknownCode),
            (Some(_), 0) => self.fault(field, Reason::Required),
            (Some(_), _) => {}
        }
    }

    /// A side, or none.
    pub fn opt_side(&mut self, field: &str, given: i32) -> Side {
        Side::try_from(given).unwrap_or_else(|_| {
            self.fault(field, Reason::UnknownCode);
            Side::Unspecified
        })
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
                self.0.push(Fault::new("end_time", Reason::TooLongAGathering).with("max", GATHERING_HOURS));
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
            self.code(&format!("gains[{at}].code"), &catalogue::reasons().gains, &gain.code, true);
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
        let attendees = self.names("texts.attendees", &given.attendees, 50);
        let deliverables = self.names("texts.deliverables", &given.deliverables, 20);
        let next_steps = self.long("texts.next_steps", &given.next_steps);
        VisitTexts { number: given.number, place, link, attendees, deliverables, next_steps }
    }

    fn names(&mut self, field: &str, given: &[String], max: usize) -> Vec<String> {
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

    /// Nothing is wrong, or every fault.
    ///
    /// # Errors
    /// Every fault.
    pub fn done(self) -> Result<(), Vec<fault::Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// Controls, line and paragraph separators, and the marks by which a text can show other than it reads.
fn is_forbidden(c: char, lines: bool) -> bool {
    match c {
        '\n' => !lines,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && host.contains(char::is_alphanumeric)
        && !text.contains(|c: char| c.is_whitespace() || "<>\"\\`".contains(c))
}
