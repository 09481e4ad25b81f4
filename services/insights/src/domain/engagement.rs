//! What the engagements tell, as facts.

use std::collections::BTreeMap;

use contract::engagement::v1::{
    AnswersFacts, AttendanceRecorded, CaseFacts, Claim, ConsultationFacts, GatheringFacts, Marks, Outcome,
    ParticipationFacts, Region, Visit, VisitState,
};
use contract::survey::v1::Form;
use prost_types::Timestamp;

use super::facts::{CODES, Row};
use super::held::Held;
use super::schema::{Dim, TableId};

/// Something that the engagements told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A guidance case as it stands.
    Case(Box<CaseFacts>),
    /// A consultation as it stands.
    Consultation(Box<ConsultationFacts>),
    /// A gathering as it stands.
    Gathering(Box<GatheringFacts>),
    /// A company's part in one.
    Participation(Box<ParticipationFacts>),
    /// Answers to a form.
    Answers(Box<AnswersFacts>),
    /// A version of a form.
    Form(Box<Form>),
    /// A claimed fee.
    Claim(Box<Claim>),
    /// An expert at a gathering, by the record's id.
    Attendance(String, Box<AttendanceRecorded>),
    /// Nothing that is counted.
    Nothing,
}

impl Held {
    /// Takes what the engagements told at this place and time (microseconds).
    pub fn take_engagement(&mut self, position: u32, time: i64, told: Told) {
        match told {
            Told::Case(facts) => self.case(position, time, &facts),
            Told::Consultation(facts) => self.consultation(position, time, &facts),
            Told::Gathering(facts) => self.gathering(position, *facts),
            Told::Participation(facts) => self.participation(position, time, &facts),
            Told::Answers(facts) => self.answers(position, time, &facts),
            Told::Form(form) => self.publish(position, *form),
            Told::Claim(claim) => self.claim(position, time, &claim),
            Told::Attendance(id, record) => self.attendance(position, time, &id, &record),
            Told::Nothing => {}
        }
    }

    fn region(&mut self, region: Option<&Region>, position: u32) -> u32 {
        self.code(Dim::Region, region.map_or("", |region| region.code.as_str()), position)
    }

    fn expert(&mut self, name: &str, position: u32) -> u32 {
        self.code(Dim::Expert, name.strip_prefix("experts/").unwrap_or(name), position)
    }

    fn month(&mut self, time: Option<i64>, position: u32) -> u32 {
        let Some(time) = time.map(kit_clock::Timestamp::from_micros) else { return 0 };
        let day = time.japan_day();
        if let Some(month) = self.months.get(&day) {
            return *month;
        }
        // RFC 3339 in Japan: `2024-11-05T…`.
        let text = time.to_string();
        let month = self.code(Dim::Month, text.get(..7).unwrap_or("unknown"), position);
        self.months.insert(day, month);
        month
    }

    fn case(&mut self, position: u32, time: i64, facts: &CaseFacts) {
        let owner = self.code(Dim::Case, &facts.case_id, position);
        let company = facts.company.clone().unwrap_or_default();
        let begin = moment(facts.company_accept_time).max(moment(facts.expert_accept_time));
        let entered = moment(facts.create_time).unwrap_or(time);
        let case = Common {
            case: owner,
            programme: self.code(Dim::Programme, &facts.programme, position),
            region: self.region(facts.region.as_ref(), position),
            theme: self.code(Dim::Theme, &facts.theme, position),
            entered,
        };
        let executed = facts.visits.iter().any(is_held);
        let changed = facts.themes.iter().any(|period| period.theme != facts.theme);
        let codes = [
            case.programme,
            case.region,
            self.code(Dim::Industry, &company.industry, position),
            self.code(Dim::Size, &company.size, position),
            case.theme,
            known(Dim::CaseState, facts.state),
            executed.into(),
            changed.into(),
            self.code(Dim::Ending, &facts.ending_reason, position),
            group(facts.expert_outcome.as_ref()),
            group(facts.company_outcome.as_ref()),
            facts.follow_on.is_some().into(),
            self.expert(&facts.expert, position),
        ];
        self.put(TableId::Cases, owner, position, &[row(&codes, begin.unwrap_or(entered))]);
        self.visits(position, &case, &facts.visits);
        self.outcomes(position, &case, facts);
    }

    fn visits(&mut self, position: u32, case: &Common, visits: &[Visit]) {
        let (mut rows, mut tools) = (Vec::with_capacity(visits.len()), Vec::new());
        for visit in visits {
            let own = moment(visit.start_time).or(moment(visit.planned_start));
            let theme = self.code(Dim::Theme, &visit.theme, position);
            let month = self.month(own, position);
            let state = known(Dim::VisitState, visit.state);
            let time = own.unwrap_or(case.entered);
            rows.push(row(&[case.programme, case.region, theme, state, month, visit.online.into()], time));
            for used in visit.tools.iter().filter(|_| is_held(visit)) {
                let tool = self.code(Dim::Tool, &used.tool, position);
                let codes = [case.programme, case.region, theme, tool, used.supplemented.into(), case.case];
                tools.push(row(&codes, time));
            }
        }
        self.put(TableId::Visits, case.case, position, &rows);
        self.put(TableId::Tools, case.case, position, &tools);
    }

    fn outcomes(&mut self, position: u32, case: &Common, facts: &CaseFacts) {
        let place = [case.programme, case.region, case.theme];
        let mut marks = Vec::new();
        if let Some(said) = &facts.company_outcome {
            let time = moment(said.time).unwrap_or(case.entered);
            for (mark, value) in seven(said.marks.as_ref()).into_iter().enumerate() {
                if (1..=5).contains(&value) {
                    let row = row(&[place[0], place[1], place[2], mark as u32, value as u32], time);
                    marks.push(Row { numbers: [value.into(), 0], ..row });
                }
            }
        }
        self.put(TableId::Marks, case.case, position, &marks);
        let mut judgements = Vec::new();
        // Both sides may tell of the same gain: the greater word counts.
        let mut gains: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for (side, said) in [(1, &facts.company_outcome), (2, &facts.expert_outcome)] {
            let Some(said) = said else { continue };
            let time = moment(said.time).unwrap_or(case.entered);
            for judged in &said.tools {
                let tool = self.code(Dim::Tool, &judged.tool, position);
                for (aspect, value) in [judged.clarity, judged.sufficiency].into_iter().enumerate() {
                    if value > 0 {
                        let row = row(&[place[0], place[1], place[2], tool, side, aspect as u32], time);
                        judgements.push(Row { numbers: [value.into(), 0], ..row });
                    }
                }
            }
            for gain in &said.gains {
                let counted = gains.entry(&gain.code).or_insert((0, time));
                counted.0 = counted.0.max(gain.count.into());
            }
        }
        self.put(TableId::Judgements, case.case, position, &judgements);
        let gained = |(code, (count, time)): (&str, (i64, i64))| {
            let gain = self.code(Dim::Gain, code, position);
            Row { numbers: [count, 0], ..row(&[place[0], place[1], place[2], gain, case.case], time) }
        };
        let gained: Vec<Row> = gains.into_iter().map(gained).collect();
        self.put(TableId::Gains, case.case, position, &gained);
    }

    fn consultation(&mut self, position: u32, time: i64, facts: &ConsultationFacts) {
        let owner = self.owner("consultation", &facts.consultation_id, position);
        let company = facts.company.clone().unwrap_or_default();
        let time = moment(facts.start_time).or(moment(facts.create_time)).unwrap_or(time);
        let state = known(Dim::ConsultationState, facts.state);
        let place = [
            self.code(Dim::Programme, &facts.programme, position),
            self.region(facts.region.as_ref(), position),
            self.code(Dim::Industry, &company.industry, position),
        ];
        let codes = [
            place[0],
            place[1],
            place[2],
            self.code(Dim::Size, &company.size, position),
            state,
            self.code(Dim::NonConversion, &facts.non_conversion_reason, position),
            self.company(&company.company, &facts.consultation_id, position),
            self.expert(&facts.expert, position),
        ];
        self.put(TableId::Consultations, owner, position, &[row(&codes, time)]);
        // It took place: going on, not converted, converted.
        let held = u32::from(state >= 3);
        let mut needs = Vec::new();
        for (kind, codes) in [(0, &facts.declared_needs), (1, &facts.diagnosed_needs)] {
            for (at, code) in codes.iter().enumerate() {
                if !codes[..at].contains(code) {
                    let need = self.code(Dim::Need, code, position);
                    needs.push(row(&[place[0], place[1], place[2], need, kind, held], time));
                }
            }
        }
        self.put(TableId::Needs, owner, position, &needs);
    }

    /// The company's number; one that is not named is nobody else's.
    fn company(&mut self, name: &str, instead: &str, position: u32) -> u32 {
        self.code(Dim::Company, if name.is_empty() { instead } else { name }, position)
    }

    fn gathering(&mut self, position: u32, facts: GatheringFacts) {
        let number = self.code(Dim::Gathering, &facts.gathering_id, position);
        let titles = self.titles.entry(number).or_default();
        titles.push((position, facts.title));
        titles.sort_by_key(|(at, _)| *at);
    }

    fn participation(&mut self, position: u32, time: i64, facts: &ParticipationFacts) {
        let owner = self.owner("participation", &facts.participation_id, position);
        let company = facts.company.clone().unwrap_or_default();
        let codes = [
            self.code(Dim::Programme, &facts.programme, position),
            self.region(facts.region.as_ref(), position),
            self.code(Dim::Industry, &company.industry, position),
            self.code(Dim::Size, &company.size, position),
            known(Dim::GatheringKind, facts.kind),
            known(Dim::ParticipationState, facts.state),
            facts.walk_in.into(),
            self.code(
                Dim::Gathering,
                facts.gathering.strip_prefix("gatherings/").unwrap_or(&facts.gathering),
                position,
            ),
            self.company(&company.company, &facts.participation_id, position),
        ];
        let time = moment(facts.start_time).or(moment(facts.apply_time)).unwrap_or(time);
        let row = Row { numbers: [facts.people.into(), 0], ..row(&codes, time) };
        self.put(TableId::Participations, owner, position, &[row]);
    }

    fn claim(&mut self, position: u32, time: i64, claim: &Claim) {
        let owner = self.owner("claim", &claim.name, position);
        let time = moment(claim.time).unwrap_or(time);
        let codes = [
            self.code(Dim::Programme, &claim.programme, position),
            known(Dim::ClaimKind, claim.kind),
            claim.fee_waived.into(),
            claim.travel_waived.into(),
            self.month(Some(time), position),
            self.expert(&claim.expert, position),
        ];
        let row = Row { numbers: [claim.fee_yen, claim.travel_yen], ..row(&codes, time) };
        self.put(TableId::Claims, owner, position, &[row]);
    }

    fn attendance(&mut self, position: u32, time: i64, id: &str, record: &AttendanceRecorded) {
        let owner = self.owner("attendance", id, position);
        let codes = [known(Dim::ClaimKind, record.kind), self.expert(&record.expert, position)];
        self.put(TableId::Attendances, owner, position, &[row(&codes, time)]);
    }

    fn answers(&mut self, position: u32, time: i64, facts: &AnswersFacts) {
        let owner = self.owner("answers", &facts.answers_id, position);
        if !facts.counts {
            self.put(TableId::Respondents, owner, position, &[]);
            self.put(TableId::Scores, owner, position, &[]);
            return;
        }
        let industry = facts.company.as_ref().map_or("", |company| company.industry.as_str());
        let time = moment(facts.time).unwrap_or(time);
        let place = [
            self.code(Dim::Form, facts.form.strip_prefix("forms/").unwrap_or(&facts.form), position),
            self.code(Dim::Programme, &facts.programme, position),
            self.region(facts.region.as_ref(), position),
            self.code(Dim::Industry, industry, position),
        ];
        let theme = self.code(Dim::Theme, &facts.theme, position);
        let (begin, count) = self.answering.keep(position, &facts.answers);
        let side = known(Dim::Side, facts.side);
        let answered = row(&[place[0], place[1], place[2], place[3], theme, side], time);
        let answered = Row { numbers: [begin as i64, count as i64], ..answered };
        self.put(TableId::Respondents, owner, position, &[answered]);
        let scored = |score: &contract::engagement::v1::FormScore| {
            let code = self.code(Dim::Score, &score.code, position);
            if let Some(label) = &score.label {
                self.scores.entry(code).or_insert_with(|| (label.ja.clone(), label.en.clone()));
            }
            Row { numbers: [score.points, 0], ..row(&[place[0], place[1], place[2], place[3], code], time) }
        };
        let scores: Vec<Row> = facts.scores.iter().map(scored).collect();
        self.put(TableId::Scores, owner, position, &scores);
    }
}

/// What the facts of a case have in common.
struct Common {
    case: u32,
    programme: u32,
    region: u32,
    theme: u32,
    /// When it was entered: what has no time of its own counts by this.
    entered: i64,
}

pub(super) fn row(codes: &[u32], time: i64) -> Row {
    let mut row = Row { time, ..Row::default() };
    row.codes[..codes.len().min(CODES)].copy_from_slice(codes);
    row
}

pub(super) fn moment(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| kit_clock::Timestamp::from_parts(at.seconds, at.nanos).micros())
}

/// The number of an enum's value, which the dictionary has at the same place; 0 for one that is not known.
pub(super) fn known(dim: Dim, value: i32) -> u32 {
    u32::try_from(value).ok().filter(|value| (*value as usize) < dim.known().len()).unwrap_or(0)
}

fn group(said: Option<&Outcome>) -> u32 {
    known(Dim::Outcome, said.map_or(0, |said| said.group))
}

fn is_held(visit: &Visit) -> bool {
    matches!(visit.state(), VisitState::Held | VisitState::Confirmed)
}

fn seven(marks: Option<&Marks>) -> [i32; 7] {
    marks.map_or([0; 7], |marks| {
        [marks.knowledge, marks.clarity, marks.fit, marks.time, marks.manner, marks.eagerness, marks.communication]
    })
}
