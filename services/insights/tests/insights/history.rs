//! Random histories: what three services would have told, step by step, as the events of their logs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contract::engagement::v1::*;
use contract::event::v1::{Event, GetHeadResponse, ReadResponse, Token};
use contract::registry::v1::{ExpertChanged, ExpertMerged, ExpertState, ExpertTerms, ListingObstacle};
use contract::survey::v1::{self as survey, Answer, AreaRating, Choices, MenuRating, Rating, SubItemSum, answer};
use kit_log::{Error, ReadFrom, Result, Source, wire_time};
use proptest::prelude::*;
use prost::{Message, Name};
use prost_types::Timestamp;

use crate::stage::at;

pub(crate) const PROGRAMMES: [&str; 2] = ["2024", "2025"];
pub(crate) const REGIONS: [&str; 6] = ["27", "nagoya", "11", "23", "kinki", "01"];
const INDUSTRIES: [&str; 4] = ["manufacturing", "automotive", "construction", "medical_welfare"];
const SIZES: [&str; 3] = ["", "le10", "51_100"];
const THEMES: [&str; 5] = ["T1", "T2", "T3", "T4", "T5"];
const TOOLS: [&str; 3] = ["self_check", "t1_slides", "t2_worksheet"];
const NEEDS: [&str; 4] = ["rules", "education", "asset_inventory", "other"];
const REASONS: [&str; 3] = ["solved", "schedule", "other"];
const ENDINGS: [&str; 3] = ["company_busy", "goal_reached", "other"];
const GAINS: [&str; 2] = ["security_action_1", "staff_trained"];
pub(crate) const AREAS: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];
pub(crate) const MENUS: [&str; 3] = ["M0", "M1", "M7"];
const PREFECTURES: [&str; 4] = ["27", "23", "11", "01"];

/// Whatever a step needs to choose.
pub(crate) type Step = (u8, [u16; 6]);

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((any::<u8>(), any::<[u16; 6]>()), 1..most)
}

/// Three logs and what stands in them.
pub(crate) struct History {
    /// Microseconds.
    now: i64,
    pub(crate) logs: BTreeMap<&'static str, Vec<Event>>,
    cases: Vec<CaseFacts>,
    consultations: Vec<ConsultationFacts>,
    gatherings: Vec<GatheringFacts>,
    participations: Vec<ParticipationFacts>,
    answers: Vec<AnswersFacts>,
    claims: usize,
    published: bool,
    ratings: BTreeMap<usize, Rating>,
    /// How many policies came into force.
    policies: usize,
    experts: BTreeMap<usize, ExpertChanged>,
    /// Whose entry points at whose.
    pointers: BTreeMap<usize, usize>,
    /// Who has each of the numbers that answer the survey.
    holders: [usize; 5],
    /// Who is somebody else by now, and whom.
    merged: BTreeMap<usize, usize>,
    /// People who ever answered.
    people: usize,
}

fn of<'a>(list: &[&'a str], choice: u16) -> &'a str {
    list[usize::from(choice) % list.len()]
}

impl History {
    /// The history that these steps make.
    pub(crate) fn of(steps: &[Step]) -> Self {
        let mut history = Self {
            now: at("2024-10-01T09:00:00+09:00").micros(),
            logs: ["engagement", "survey", "registry"].into_iter().map(|service| (service, Vec::new())).collect(),
            cases: Vec::new(),
            consultations: Vec::new(),
            gatherings: Vec::new(),
            participations: Vec::new(),
            answers: Vec::new(),
            claims: 0,
            published: false,
            ratings: BTreeMap::new(),
            policies: 0,
            experts: BTreeMap::new(),
            pointers: BTreeMap::new(),
            holders: [0, 1, 2, 3, 4],
            merged: BTreeMap::new(),
            people: 5,
        };
        for step in steps {
            history.take(*step);
        }
        history
    }

    fn time(&self) -> Option<Timestamp> {
        Some(wire_time(kit_clock::Timestamp::from_micros(self.now)))
    }

    fn tell<B: Message + Name>(&mut self, service: &'static str, kind: &str, id: &str, body: &B) {
        let time = self.time();
        let log = self.logs.get_mut(service).unwrap();
        let position = log.len() as i64 + 1;
        log.push(Event {
            id: format!("{service}-{position:026}"),
            producer: service.to_owned(),
            epoch: "first".to_owned(),
            position,
            aggregate_type: kind.to_owned(),
            aggregate_id: id.to_owned(),
            aggregate_version: 1,
            r#type: B::full_name(),
            schema_version: 1,
            time,
            clear: body.encode_to_vec().into(),
            ..Event::default()
        });
    }

    fn take(&mut self, (kind, a): Step) {
        // Room to add a little.
        let a = a.map(|choice| choice % 60_000);
        match kind % 26 {
            0 | 1 => self.begin_case(a, Vec::new()),
            2..=9 => self.change_case(kind % 26, a),
            10 | 11 => self.begin_consultation(a),
            12 | 13 => self.change_consultation(a),
            14 => self.gather(a),
            15 | 16 => self.participate(a),
            17 => self.change_participation(a),
            18 => self.claim(a),
            19 => self.attend(a),
            20 | 21 => self.answer(a),
            22 => self.respond(self.counting(a[0]), a),
            23 if a[5] % 4 == 0 => self.switch(a),
            23 => self.rate(self.counting(a[0]), a),
            24 if a[5] % 4 == 0 => self.merge(usize::from(a[0]) % 5, usize::from(a[1]) % 5),
            24 if a[5] % 4 < 3 => self.decide(a),
            24 => self.list(a),
            // Mostly forward; a clock may be put back.
            _ => self.now += (i64::from(a[0] % 40) - 8) * 86_400_000_000,
        }
    }

    fn company(&self, a: [u16; 6]) -> Option<CompanySnapshot> {
        Some(CompanySnapshot {
            company: format!("companies/c{}", a[5] % 7),
            industry: of(&INDUSTRIES, a[4]).to_owned(),
            size: of(&SIZES, a[3]).to_owned(),
            prefecture: String::new(),
        })
    }

    fn region(a: u16) -> Option<Region> {
        Some(Region { code: of(&REGIONS, a).to_owned(), ..Region::default() })
    }

    fn begin_case(&mut self, a: [u16; 6], sources: Vec<String>) {
        let theme = of(&THEMES, a[2]).to_owned();
        let begin =
            Some(wire_time(kit_clock::Timestamp::from_micros(self.now - i64::from(a[0] % 20) * 86_400_000_000)));
        let facts = CaseFacts {
            case_id: format!("case-{}", self.cases.len()),
            programme: of(&PROGRAMMES, a[0]).to_owned(),
            region: Self::region(a[1]),
            company: self.company(a),
            expert: format!("experts/e{}", a[3] % 4),
            state: CaseState::Accepted.into(),
            themes: vec![ThemePeriod { theme: theme.clone(), ..ThemePeriod::default() }],
            theme,
            sources,
            company_accept_time: begin,
            expert_accept_time: if a[5].is_multiple_of(3) { None } else { begin },
            create_time: self.time(),
            ..CaseFacts::default()
        };
        self.cases.push(facts);
        self.tell_case(self.cases.len() - 1);
    }

    fn tell_case(&mut self, at: usize) {
        let facts = self.cases[at].clone();
        self.tell(
            "engagement",
            "case",
            &facts.case_id.clone(),
            &CaseChanged { facts: Some(facts), ..Default::default() },
        );
    }

    fn change_case(&mut self, kind: u8, a: [u16; 6]) {
        if self.cases.is_empty() {
            return;
        }
        // One of the newest, so that some come to an end.
        let at = self.cases.len() - 1 - usize::from(a[0]) % self.cases.len().min(3);
        let now = self.now;
        let then =
            |days: u16| Some(wire_time(kit_clock::Timestamp::from_micros(now + i64::from(days) * 86_400_000_000)));
        let case = &mut self.cases[at];
        let pick = |visits: &[Visit], state: VisitState| visits.iter().position(|visit| visit.state() == state);
        match kind {
            2 => {
                case.theme = of(&THEMES, a[1]).to_owned();
                case.themes.push(ThemePeriod { theme: case.theme.clone(), ..ThemePeriod::default() });
            }
            3 | 4 => {
                let number = case.visits.len() as i32 + 1;
                let planned_start = if a[4].is_multiple_of(5) { None } else { then(a[3] % 90) };
                let (theme, online) = (case.theme.clone(), a[2].is_multiple_of(3));
                let state = VisitState::Planned.into();
                case.visits.push(Visit { number, state, theme, planned_start, online, ..Visit::default() });
                if case.state() == CaseState::Accepted {
                    case.state = CaseState::Scheduled.into();
                }
            }
            5 => {
                let Some(visit) = pick(&case.visits, VisitState::Planned) else { return };
                let visit = &mut case.visits[visit];
                visit.state = VisitState::Held.into();
                visit.start_time = if a[4].is_multiple_of(6) { None } else { then(a[3] % 90) };
                let used = |n: u16| ToolUse {
                    tool: of(&TOOLS, a[2] + n).to_owned(),
                    supplemented: (a[1] + n).is_multiple_of(2),
                };
                visit.tools = (0..a[1] % 3).map(used).collect();
                case.state = CaseState::Visiting.into();
            }
            6 => {
                let Some(visit) = pick(&case.visits, VisitState::Held) else { return };
                case.visits[visit].state = VisitState::Confirmed.into();
            }
            7 => {
                let held = case.visits.iter().any(|v| matches!(v.state(), VisitState::Held | VisitState::Confirmed));
                let state = match (held, a[1] % 3) {
                    (false, 0) => CaseState::Withdrawn,
                    (true, 0) => CaseState::EndedEarly,
                    (true, 1) => CaseState::Completed,
                    // Called off: the visit will not take place.
                    _ => {
                        let Some(visit) = pick(&case.visits, VisitState::Planned) else { return };
                        case.visits[visit].state = VisitState::Cancelled.into();
                        self.tell_case(at);
                        return;
                    }
                };
                case.state = state.into();
                case.ending_reason =
                    if state == CaseState::Completed { String::new() } else { of(&ENDINGS, a[2]).to_owned() };
            }
            9 if a[1].is_multiple_of(5) => {
                let begin_month = "2025-01".to_owned();
                case.follow_on = Some(FollowOn { begin_month, ..FollowOn::default() });
            }
            8 => case.company_outcome = Some(said(a, then(a[5] % 60), true)),
            // As it was: nothing changes.
            9 if a[1].is_multiple_of(2) => {}
            _ => case.expert_outcome = Some(said(a, then(a[5] % 60), false)),
        }
        self.tell_case(at);
    }

    fn begin_consultation(&mut self, a: [u16; 6]) {
        let facts = ConsultationFacts {
            consultation_id: format!("consultation-{}", self.consultations.len()),
            programme: of(&PROGRAMMES, a[0]).to_owned(),
            region: Self::region(a[1]),
            company: self.company(a),
            expert: format!("experts/e{}", a[3] % 4),
            state: ConsultationState::Declared.into(),
            start_time: if a[2].is_multiple_of(4) { None } else { self.time() },
            declared_needs: (0..a[2] % 3).map(|n| of(&NEEDS, a[4] + n).to_owned()).collect(),
            create_time: self.time(),
            ..ConsultationFacts::default()
        };
        self.consultations.push(facts);
        self.tell_consultation(self.consultations.len() - 1);
    }

    fn tell_consultation(&mut self, at: usize) {
        let facts = self.consultations[at].clone();
        let body = ConsultationChanged { facts: Some(facts.clone()), ..Default::default() };
        self.tell("engagement", "consultation", &facts.consultation_id, &body);
    }

    fn change_consultation(&mut self, a: [u16; 6]) {
        if self.consultations.is_empty() {
            return;
        }
        let at = usize::from(a[0]) % self.consultations.len();
        let consultation = &mut self.consultations[at];
        consultation.diagnosed_needs = (0..a[3] % 3).map(|n| of(&NEEDS, a[2] + n).to_owned()).collect();
        consultation.non_conversion_reason.clear();
        let converted = consultation.state() == ConsultationState::GoingOn && a[1].is_multiple_of(2);
        let state = match a[1] % 3 {
            _ if converted => ConsultationState::Converted,
            0 => ConsultationState::Absent,
            1 => ConsultationState::GoingOn,
            _ => {
                of(&REASONS, a[4]).clone_into(&mut consultation.non_conversion_reason);
                ConsultationState::NotConverted
            }
        };
        consultation.state = state.into();
        let name = format!("consultations/{}", consultation.consultation_id);
        self.tell_consultation(at);
        if converted {
            self.begin_case(a, vec![name]);
        }
    }

    fn gather(&mut self, a: [u16; 6]) {
        let facts = GatheringFacts {
            gathering_id: format!("gathering-{}", self.gatherings.len()),
            programme: of(&PROGRAMMES, a[0]).to_owned(),
            kind: i32::from(1 + a[2] % 3),
            region: Self::region(a[1]),
            title: format!("第{}回", self.gatherings.len() + 1),
            start_time: self.time(),
            ..GatheringFacts::default()
        };
        self.gatherings.push(facts.clone());
        self.tell("engagement", "gathering", &facts.gathering_id, &GatheringChanged { facts: Some(facts.clone()) });
    }

    fn participate(&mut self, a: [u16; 6]) {
        if self.gatherings.is_empty() {
            return self.gather(a);
        }
        let gathering = self.gatherings[usize::from(a[0]) % self.gatherings.len()].clone();
        let walk_in = a[1].is_multiple_of(4);
        let state = if walk_in { ParticipationState::Attended } else { ParticipationState::Applied };
        self.participations.push(ParticipationFacts {
            participation_id: format!("participation-{}", self.participations.len()),
            gathering: format!("gatherings/{}", gathering.gathering_id),
            programme: gathering.programme,
            kind: gathering.kind,
            region: gathering.region,
            company: self.company(a),
            state: state.into(),
            start_time: gathering.start_time,
            apply_time: self.time(),
            walk_in,
            people: if walk_in { i32::from(1 + a[2] % 3) } else { 0 },
            ..ParticipationFacts::default()
        });
        self.tell_participation(self.participations.len() - 1);
    }

    fn tell_participation(&mut self, at: usize) {
        let facts = self.participations[at].clone();
        let body = ParticipationChanged { facts: Some(facts.clone()) };
        self.tell("engagement", "participation", &facts.participation_id, &body);
    }

    fn change_participation(&mut self, a: [u16; 6]) {
        if self.participations.is_empty() {
            return;
        }
        let at = usize::from(a[0]) % self.participations.len();
        let participation = &mut self.participations[at];
        participation.state = i32::from(2 + a[1] % 3);
        participation.people =
            if participation.state() == ParticipationState::Attended { i32::from(1 + a[2] % 3) } else { 0 };
        self.tell_participation(at);
    }

    fn claim(&mut self, a: [u16; 6]) {
        let (fee_waived, travel_waived) = (a[3].is_multiple_of(4), a[4].is_multiple_of(4));
        let claim = Claim {
            name: format!("claims/{}", self.claims),
            kind: i32::from(1 + a[1] % 3),
            programme: of(&PROGRAMMES, a[0]).to_owned(),
            expert: format!("experts/e{}", a[2] % 4),
            fee_yen: if fee_waived { 0 } else { 26_400 },
            travel_yen: if travel_waived { 0 } else { i64::from(a[5] % 5_000) },
            fee_waived,
            travel_waived,
            time: self.time(),
            ..Claim::default()
        };
        self.claims += 1;
        self.tell("engagement", "claim", &format!("{}", self.claims), &FeeClaimed { claim: Some(claim) });
    }

    fn attend(&mut self, a: [u16; 6]) {
        let record = AttendanceRecorded {
            event: "event".to_owned(),
            expert: format!("experts/e{}", a[0] % 4),
            kind: i32::from(2 + a[1] % 2),
        };
        self.claims += 1;
        self.tell("engagement", "attendance", &format!("{}", self.claims), &record);
    }

    fn answer(&mut self, a: [u16; 6]) {
        if !self.published && !a[5].is_multiple_of(3) {
            self.published = true;
            self.tell("engagement", "form", "company-2024", &FormPublished { form: Some(company_form()) });
        }
        let subject = format!("cases/s{}", a[0] % 3);
        let earlier = self.answers.iter().position(|answers| answers.subject == subject && answers.counts);
        if let Some(earlier) = earlier {
            self.answers[earlier].counts = false;
            self.tell_answers(earlier);
        }
        let single = |question: &str, code: &str| answered(question, answer::Value::Choice(code.to_owned()));
        let mut answers = Vec::new();
        if !a[1].is_multiple_of(4) {
            answers.push(single("goal", of(&["fully", "partly", "not"], a[1])));
        }
        if !a[2].is_multiple_of(3) {
            let codes = (0..=a[2] % 2).map(|n| of(&["rules", "trust", "risk"], a[3] + n).to_owned()).collect();
            answers.push(answered("purposes", answer::Value::Choices(Choices { codes })));
        }
        answers.push(answered("manner", answer::Value::Number(i64::from(1 + a[4] % 5))));
        if a[4].is_multiple_of(2) {
            answers.push(answered("employees", answer::Value::Number(i64::from(a[5] % 300))));
        }
        let (with_score, points) = (a[3].is_multiple_of(2), i64::from(a[2] % 126) - 25);
        let score = |code: &str, points| FormScore { code: code.to_owned(), points, ..FormScore::default() };
        self.answers.push(AnswersFacts {
            answers_id: format!("answers-{}", self.answers.len()),
            form: if with_score { "forms/self-check-2024" } else { "forms/company-2024" }.to_owned(),
            subject,
            side: Side::Company.into(),
            programme: of(&PROGRAMMES, a[0]).to_owned(),
            region: Self::region(a[1]),
            company: self.company(a),
            theme: of(&THEMES, a[2]).to_owned(),
            answers: if with_score { Vec::new() } else { answers },
            scores: if with_score { vec![score("total", points), score("basic", points / 2)] } else { Vec::new() },
            counts: true,
            time: self.time(),
            ..AnswersFacts::default()
        });
        self.tell_answers(self.answers.len() - 1);
    }

    fn tell_answers(&mut self, at: usize) {
        let facts = self.answers[at].clone();
        self.tell("engagement", "answers", &facts.answers_id.clone(), &AnswersChanged { facts: Some(facts) });
    }

    /// Whose answers count under a number.
    fn counting(&self, number: u16) -> usize {
        let mut person = self.holders[usize::from(number) % 5];
        while let Some(into) = self.merged.get(&person) {
            person = *into;
        }
        person
    }

    /// Somebody decides whose answers are whose: two people are one, or two again, or a number has another holder. Of who
    /// counts from then on is told anew, as the survey does.
    fn decide(&mut self, a: [u16; 6]) {
        let number = usize::from(a[0]) % 5;
        let into = self.counting(a[1]);
        let merged = self.merged.keys().copied().next().filter(|_| !a[4].is_multiple_of(4));
        let person = merged.unwrap_or(self.holders[number]);
        if self.merged.remove(&person).is_some() {
            self.tell_merged(person, String::new());
            self.respond(person, a);
            // Who it was thought to be, or anybody else.
            self.respond(into, a.map(|choice| choice / 3));
        } else if !self.ratings.contains_key(&person) {
            // Nobody has answered for this number.
        } else if a[2].is_multiple_of(3) && !self.merged.values().any(|into| *into == person) {
            let taken_over = !a[3].is_multiple_of(3);
            let decision = if taken_over { survey::DisputeDecision::TakeOver } else { survey::DisputeDecision::Keep };
            let (respondent_id, response) = (format!("r{person}"), format!("responses/d{}", self.people));
            let body = survey::DisputeDecided { respondent_id, response: response.clone(), decision: decision.into() };
            self.tell("survey", "dispute", response.trim_start_matches("responses/"), &body);
            if taken_over {
                self.ratings.remove(&person);
                self.holders[number] = self.people;
                self.people += 1;
                self.respond(self.holders[number], a);
            }
        } else if into != person && self.ratings.contains_key(&into) {
            self.merged.insert(person, into);
            self.tell_merged(person, format!("r{into}"));
            self.ratings.remove(&person);
            self.respond(into, a);
        }
    }

    fn tell_merged(&mut self, person: usize, merged_into: String) {
        let respondent_id = format!("r{person}");
        let body = survey::PersonMerged { respondent_id: respondent_id.clone(), merged_into };
        self.tell("survey", "person", &respondent_id, &body);
    }

    fn respond(&mut self, person: usize, a: [u16; 6]) {
        self.rate(person, a);
        let choice = |question: &str, code: &str| answered(question, answer::Value::Choice(code.to_owned()));
        let several = |question: &str, codes: Vec<&str>| {
            let codes = codes.into_iter().map(str::to_owned).collect();
            answered(question, answer::Value::Choices(Choices { codes }))
        };
        let mut answers = vec![choice("residence", of(&PREFECTURES, a[1]))];
        if !a[2].is_multiple_of(3) {
            answers.push(choice("affiliation", of(&["independent", "employed"], a[2])));
        }
        if !a[3].is_multiple_of(3) {
            answers.push(several("qualifications", vec![of(&["sme_consultant", "it_coordinator", "cisa"], a[3])]));
        }
        let bodies = ["chambers", "riss_association", "sme_consultants", "itc_association"];
        if !a[4].is_multiple_of(4) {
            let (one, other) = (of(&bodies, a[4]), of(&bodies, a[5]));
            answers.push(several("organisations", if one == other { vec![one] } else { vec![one, other] }));
        }
        let body = survey::ResponseReceived {
            respondent_id: format!("r{person}"),
            response: format!("responses/{}", self.logs["survey"].len()),
            form: "forms/skill-2024-import".to_owned(),
            submit_time: self.time(),
            answers,
            ..Default::default()
        };
        self.tell("survey", "response", &format!("r{person}"), &body);
    }

    /// Everybody is rated by another policy, too; then it is in force, or that is given up.
    fn switch(&mut self, a: [u16; 6]) {
        for (person, rating) in self.ratings.clone() {
            let made = a.map(|choice| choice.wrapping_mul(person as u16 + 3) % 60_000);
            let next = Rating { policy: format!("policy-{}", self.policies + 1), ..Self::rating(person, made) };
            let body = survey::RatingChanged { rating: Some(rating), next: Some(next.clone()), ..Default::default() };
            self.tell("survey", "rating", &format!("r{person}"), &body);
            if !a[4].is_multiple_of(3) {
                self.ratings.insert(person, next);
            }
        }
        if !a[4].is_multiple_of(3) {
            self.policies += 1;
            let body = survey::PolicyActivated { policy: format!("policy-{}", self.policies), ..Default::default() };
            self.tell("survey", "policy", "scoring", &body);
        }
    }

    fn rate(&mut self, person: usize, a: [u16; 6]) {
        let rating = Rating { policy: format!("policy-{}", self.policies), ..Self::rating(person, a) };
        self.ratings.insert(person, rating.clone());
        let body = survey::RatingChanged { rating: Some(rating), ..Default::default() };
        self.tell("survey", "rating", &format!("r{person}"), &body);
    }

    fn rating(person: usize, a: [u16; 6]) -> Rating {
        let area = |(at, area): (usize, &&str)| {
            let points = i32::from(a[at]) % 16;
            let sub_items = vec![
                SubItemSum { questions: 2, ..SubItemSum::default() },
                SubItemSum { questions: 3, ..SubItemSum::default() },
            ];
            AreaRating {
                area: (*area).to_owned(),
                mark: i32::from(1 + a[at] / 16 % 3),
                points,
                sub_items,
                ..Default::default()
            }
        };
        let menu = |(at, menu): (usize, &&str)| MenuRating {
            menu: (*menu).to_owned(),
            mark: i32::from(1 + a[at] / 16 % 3),
            ..Default::default()
        };
        Rating {
            respondent_id: format!("r{person}"),
            areas: AREAS.iter().enumerate().map(area).collect(),
            menus: MENUS.iter().enumerate().map(menu).collect(),
            skills_answered: !a[0].is_multiple_of(4),
            ..Rating::default()
        }
    }

    fn list(&mut self, a: [u16; 6]) {
        let expert = usize::from(a[0]) % 5;
        let residence = of(&PREFECTURES, a[2]).to_owned();
        let prefectures = (0..=a[3] % 3).map(|n| of(&PREFECTURES, a[4] + n).to_owned()).collect();
        let changed = ExpertChanged {
            expert_id: format!("e{expert}"),
            respondent_id: format!("r{expert}"),
            terms: Some(ExpertTerms { residence, prefectures, ..ExpertTerms::default() }),
            state: i32::from(1 + a[1] % 5),
            obstacles: self.obstacles(expert),
            ..ExpertChanged::default()
        };
        // What was erased stays: statistics need nobody's name.
        let state = self.experts.get(&expert).map_or(ExpertState::Unspecified, ExpertChanged::state);
        if state != ExpertState::Erased {
            self.experts.insert(expert, changed.clone());
            self.tell("registry", "expert", &format!("e{expert}"), &changed);
        }
    }
}

impl History {
    fn obstacles(&self, expert: usize) -> Vec<ListingObstacle> {
        let merged = ListingObstacle { reason: "MERGED".to_owned(), ..ListingObstacle::default() };
        self.pointers.get(&expert).map(|_| merged).into_iter().collect()
    }

    /// The one is found to be the other, unless either is somebody else already; who is somebody else is parted again.
    fn merge(&mut self, one: usize, other: usize) {
        let parted = self.pointers.remove(&one).is_some();
        if !parted {
            if one == other || self.pointers.contains_key(&other) {
                return;
            }
            self.pointers.insert(one, other);
        }
        let obstacles = self.obstacles(one);
        if let Some(known) = self.experts.get_mut(&one).filter(|known| known.state() != ExpertState::Erased) {
            known.obstacles = obstacles;
            let changed = known.clone();
            self.tell("registry", "expert", &format!("e{one}"), &changed);
        }
        let merged_into = if parted { String::new() } else { format!("experts/e{other}") };
        let merged = ExpertMerged { expert_id: format!("e{one}"), merged_into };
        self.tell("registry", "merge", &format!("e{one}"), &merged);
    }
}

fn answered(question: &str, value: answer::Value) -> Answer {
    Answer { question: question.to_owned(), value: Some(value) }
}

fn said(a: [u16; 6], time: Option<Timestamp>, company: bool) -> Outcome {
    let mark = |at: u16| i32::from((a[1] + at) % 6);
    let marks = Marks {
        knowledge: mark(0),
        clarity: mark(1),
        fit: mark(2),
        time: mark(3),
        manner: mark(4),
        eagerness: mark(5),
        communication: mark(7),
    };
    let gain = |n: u16| Gain { code: of(&GAINS, n).to_owned(), count: i32::from(1 + (a[3] + n) % 4) };
    let judged = |n: u16| ToolJudgement {
        tool: of(&TOOLS, a[2] + n).to_owned(),
        clarity: i32::from((a[4] + n) % 6),
        sufficiency: i32::from((a[5] + n) % 6),
    };
    Outcome {
        group: i32::from(a[2] % 5),
        marks: (company && !a[3].is_multiple_of(3)).then_some(marks),
        gains: (0..a[4] % 3).map(gain).collect(),
        tools: (0..a[5] % 2).map(judged).collect(),
        time,
        ..Outcome::default()
    }
}

/// A form with each kind of question.
pub(crate) fn company_form() -> survey::Form {
    let label = |text: &str| Some(survey::Label { ja: format!("{text}（日）"), en: text.to_owned() });
    let choices = |codes: &[&str]| {
        let choice =
            |code: &&str| survey::Choice { code: (*code).to_owned(), label: label(code), ..Default::default() };
        codes.iter().map(choice).collect()
    };
    let question = |code: &str, kind: survey::QuestionKind| survey::Question {
        code: code.to_owned(),
        label: label(code),
        kind: kind.into(),
        ..Default::default()
    };
    use survey::QuestionKind::{Multiple, Number, Single, Text};
    survey::Form {
        name: "forms/company-2024".to_owned(),
        form: "company".to_owned(),
        title: label("company"),
        questions: vec![
            survey::Question { choices: choices(&["fully", "partly", "little", "not"]), ..question("goal", Single) },
            survey::Question { choices: choices(&["rules", "trust", "risk"]), ..question("purposes", Multiple) },
            survey::Question { min: Some(1), max: Some(5), ..question("manner", Number) },
            question("employees", Number),
            question("comment", Text),
        ],
        ..Default::default()
    }
}

/// A log in memory: what was told so far, in one life.
pub(crate) struct Kept {
    service: &'static str,
    pub(crate) state: Mutex<(String, Vec<Event>)>,
}

impl Kept {
    pub(crate) fn new(service: &'static str, events: Vec<Event>) -> Arc<Self> {
        Arc::new(Self { service, state: Mutex::new(("first".to_owned(), events)) })
    }

    pub(crate) fn token(&self, position: usize) -> Token {
        let epoch = self.state.lock().unwrap().0.clone();
        Token { service: self.service.to_owned(), epoch, position: position as i64 }
    }
}

#[async_trait]
impl Source for Kept {
    async fn head(&self) -> Result<GetHeadResponse> {
        let position = self.state.lock().unwrap().1.len();
        Ok(GetHeadResponse { head: Some(self.token(position)), consumed: Vec::new() })
    }

    async fn read(&self, from: ReadFrom) -> Result<ReadResponse> {
        let state = self.state.lock().unwrap();
        assert!(!from.compacted, "what was, counts, too");
        if !from.epoch.is_empty() && from.epoch != state.0 {
            return Err(Error::EpochChanged(state.0.clone()));
        }
        let head = state.1.len() as i64;
        let until = if from.until <= 0 { head } else { from.until.min(head) };
        // Small pages, so that every reading has several.
        let read_to = (from.after + 7).min(until);
        let events = state.1.get(from.after as usize..read_to as usize).unwrap_or_default();
        let events = events.iter().map(|event| Event { epoch: state.0.clone(), ..event.clone() }).collect();
        Ok(ReadResponse { events, read_to, until, epoch: state.0.clone() })
    }
}
