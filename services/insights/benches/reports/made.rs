//! A log that is made up while it is read: what it says at a place is decided by the place.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use contract::engagement::v1::*;
use contract::event::v1::{Event, GetHeadResponse, ReadResponse, Token};
use kit_clock::Timestamp;
use kit_log::{ReadFrom, Result, Source, wire_time};
use prost::{Message, Name};

/// Steps of a case: begun, planned, three visits held and confirmed, completed, both sides' answers.
const STEPS: usize = 10;
/// Cases that go on beside each other.
const BESIDE: usize = 1_000;
/// When the first case begins, and how long after it the next does, in microseconds.
const BEGIN: i64 = 1_712_000_000_000_000;
const APART: i64 = 90_000_000;
const DAY: i64 = 86_400_000_000;
/// Experts who guide: a table with all of them is not cut.
const EXPERTS: usize = 4_000;
const REGIONS: [&str; 12] = ["01", "04", "11", "13", "14", "nagoya", "27", "26", "28", "34", "40", "kinki"];
const NEEDS: [&str; 8] = [
    "customer_demands",
    "rules",
    "education",
    "strategy",
    "basic_technical",
    "asset_inventory",
    "incident_plan",
    "cloud",
];
const REASONS: [&str; 4] = ["solved", "schedule", "no_visits", "other"];

pub(crate) struct Made {
    pub(crate) cases: usize,
    /// Nanoseconds spent on making events up.
    pub(crate) making: AtomicU64,
}

/// A number that a thing and a question decide.
pub(crate) fn chance(of: usize, question: u64, below: usize) -> usize {
    let mut x = (of as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ question.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) % below as u64) as usize
}

fn moment(micros: i64) -> Option<prost_types::Timestamp> {
    Some(wire_time(Timestamp::from_micros(micros)))
}

fn industry(of: usize) -> String {
    let codes = kit_vocabulary::company_industries().codes();
    codes[chance(of, 3, codes.len())].code.clone()
}

impl Made {
    pub(crate) const fn new(cases: usize) -> Self {
        Self { cases, making: AtomicU64::new(0) }
    }

    pub(crate) const fn consultations(&self) -> usize {
        self.cases * 3 / 2
    }

    /// Consultations come in twos: declared, then reported.
    pub(crate) const fn events(&self) -> usize {
        self.cases * STEPS + self.consultations() * 2
    }

    fn event(&self, position: usize) -> Event {
        let at = position - 1;
        let (kind, id, name, clear, time) = if at < self.cases * STEPS {
            let (block, within) = (at / (BESIDE * STEPS), at % (BESIDE * STEPS));
            let wide = BESIDE.min(self.cases - block * BESIDE);
            let (step, case) = (within / wide, block * BESIDE + within % wide);
            let facts = case_at(case, step);
            let time = BEGIN + case as i64 * APART + step as i64 * DAY;
            let body = CaseChanged { facts: Some(facts), ..CaseChanged::default() };
            ("case", format!("{case:036}"), CaseChanged::full_name(), body.encode_to_vec(), time)
        } else {
            let (one, reported) = ((at - self.cases * STEPS) / 2, at % 2 == 1);
            let facts = consultation(one, reported);
            let body = ConsultationChanged { facts: Some(facts), ..ConsultationChanged::default() };
            let time = BEGIN + one as i64 * APART;
            ("consultation", format!("{one:036}"), ConsultationChanged::full_name(), body.encode_to_vec(), time)
        };
        Event {
            id: format!("{position:036}"),
            producer: "engagement".to_owned(),
            epoch: "made".to_owned(),
            position: position as i64,
            aggregate_type: kind.to_owned(),
            aggregate_id: id,
            r#type: name,
            schema_version: 1,
            time: moment(time),
            clear: clear.into(),
            ..Event::default()
        }
    }
}

/// How a case ends: one of fifty is withdrawn, one of twenty ends early.
pub(crate) fn ending(case: usize) -> CaseState {
    match chance(case, 8, 100) {
        0 | 1 => CaseState::Withdrawn,
        2..=6 => CaseState::EndedEarly,
        _ => CaseState::Completed,
    }
}

/// A case after so many steps.
pub(crate) fn case_at(case: usize, step: usize) -> CaseFacts {
    let begin = BEGIN + case as i64 * APART;
    let theme = format!("T{}", 1 + chance(case, 1, 5));
    let ending = ending(case);
    let most = match ending {
        CaseState::Withdrawn => 0,
        CaseState::EndedEarly => 2,
        _ => 3,
    };
    let visit = |number: usize| {
        let (held, confirmed) = (number <= most && step >= 2 * number, number <= most && step > 2 * number);
        let start = moment(begin + (number as i64 * 14 + chance(case, 9 + number as u64, 10) as i64) * DAY);
        let state = match (confirmed, held) {
            (true, _) => VisitState::Confirmed,
            (_, true) => VisitState::Held,
            _ if number > most && step >= 7 => VisitState::Cancelled,
            _ => VisitState::Planned,
        };
        let tools = vec![ToolUse { tool: "self_check".to_owned(), supplemented: chance(case, 20, 3) > 0 }];
        Visit {
            number: number as i32,
            state: state.into(),
            theme: theme.clone(),
            planned_start: start,
            planned_end: start,
            start_time: start.filter(|_| held),
            end_time: start.filter(|_| held),
            online: chance(case, 21, 4) == 0,
            attendees: 2,
            goals_reached: vec![1, 2],
            tools: if held { tools } else { Vec::new() },
            ..Visit::default()
        }
    };
    let state = match step {
        0 => CaseState::Accepted,
        1 => CaseState::Scheduled,
        7.. => ending,
        _ if most == 0 => CaseState::Scheduled,
        _ => CaseState::Visiting,
    };
    let said = |question: u64| Outcome {
        group: 1 + chance(case, question, 4) as i32,
        time: moment(begin + 70 * DAY),
        ..Outcome::default()
    };
    let marks = |at: u64| 1 + chance(case, at, 5) as i32;
    let marks = Marks {
        knowledge: marks(30),
        clarity: marks(31),
        fit: marks(32),
        time: marks(33),
        manner: marks(34),
        eagerness: marks(35),
        communication: marks(36),
    };
    let answered = most > 0;
    CaseFacts {
        case_id: format!("{case:036}"),
        programme: format!("p{}", chance(case, 0, 4)),
        region: Some(Region { code: REGIONS[chance(case, 2, REGIONS.len())].to_owned(), ..Region::default() }),
        company: Some(CompanySnapshot {
            company: format!("companies/{case:036}"),
            industry: industry(case),
            size: "11_50".to_owned(),
            ..CompanySnapshot::default()
        }),
        expert: format!("experts/{:036}", chance(case, 4, EXPERTS)),
        body: "bodies/one".to_owned(),
        state: state.into(),
        themes: vec![ThemePeriod { theme: theme.clone(), since: moment(begin), actor: "somebody".to_owned() }],
        visits: if step == 0 { Vec::new() } else { (1..=3).map(visit).collect() },
        theme,
        ending_reason: if step >= 7 && most < 3 { "company_busy".to_owned() } else { String::new() },
        company_outcome: (answered && step >= 8).then(|| Outcome { marks: Some(marks), ..said(6) }),
        expert_outcome: (answered && step >= 9).then(|| said(5)),
        company_accept_time: moment(begin),
        expert_accept_time: moment(begin),
        create_time: moment(begin),
        update_time: moment(begin + step as i64 * DAY),
        ..CaseFacts::default()
    }
}

fn consultation(one: usize, reported: bool) -> ConsultationFacts {
    let time = moment(BEGIN + one as i64 * APART);
    let need = |question: u64| NEEDS[chance(one, question, NEEDS.len())].to_owned();
    let state = match chance(one, 40, 10) {
        _ if !reported => ConsultationState::Declared,
        0 => ConsultationState::Absent,
        1..=3 => ConsultationState::NotConverted,
        _ => ConsultationState::Converted,
    };
    let reason = if state == ConsultationState::NotConverted { REASONS[chance(one, 41, 4)] } else { "" };
    ConsultationFacts {
        consultation_id: format!("{one:036}"),
        programme: format!("p{}", chance(one, 0, 4)),
        region: Some(Region { code: REGIONS[chance(one, 2, REGIONS.len())].to_owned(), ..Region::default() }),
        company: Some(CompanySnapshot {
            company: format!("companies/{one:036}"),
            industry: industry(one),
            ..CompanySnapshot::default()
        }),
        expert: format!("experts/{:036}", chance(one, 4, EXPERTS)),
        state: state.into(),
        start_time: time,
        declared_needs: vec![need(42), need(43)],
        diagnosed_needs: if reported { vec![need(44), need(45)] } else { Vec::new() },
        non_conversion_reason: reason.to_owned(),
        create_time: time,
        ..ConsultationFacts::default()
    }
}

#[async_trait]
impl Source for Made {
    async fn head(&self) -> Result<GetHeadResponse> {
        let (service, epoch) = ("engagement".to_owned(), "made".to_owned());
        let head = Some(Token { service, epoch, position: self.events() as i64 });
        Ok(GetHeadResponse { head, consumed: Vec::new() })
    }

    async fn read(&self, from: ReadFrom) -> Result<ReadResponse> {
        let begun = Instant::now();
        let until = self.events() as i64;
        let read_to = (from.after + 1_000).min(until);
        let events = (from.after + 1..=read_to).map(|position| self.event(position as usize)).collect();
        self.making.fetch_add(begun.elapsed().as_nanos() as u64, Ordering::Relaxed);
        Ok(ReadResponse { events, read_to, until, epoch: "made".to_owned() })
    }
}

/// A log that says nothing.
pub(crate) struct Empty(pub(crate) &'static str);

#[async_trait]
impl Source for Empty {
    async fn head(&self) -> Result<GetHeadResponse> {
        let (service, epoch) = (self.0.to_owned(), "made".to_owned());
        Ok(GetHeadResponse { head: Some(Token { service, epoch, position: 0 }), consumed: Vec::new() })
    }

    async fn read(&self, _: ReadFrom) -> Result<ReadResponse> {
        Ok(ReadResponse { events: Vec::new(), read_to: 0, until: 0, epoch: "made".to_owned() })
    }
}
