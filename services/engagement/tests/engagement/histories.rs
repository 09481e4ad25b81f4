//! Whatever is asked of the running service, in whatever order and by whom: cases stand in legal states with complete
//! histories, a refusal leaves no trace, and the log alone brings everything back.

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::*;
use contract::survey::v1::Answer;
use kit_clock::Timestamp;
use kit_log::{KeyStore as _, wire_time};
use kit_serve::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use tonic::Status;

use crate::legal::{is_complete, is_legal};
use crate::stage::{Backend, Stage, at, choice, choices, company, guidance, marks, number, text, within};

const HOUR: i64 = 3_600_000_000;
/// Companies and experts of a history: few, so that they meet often.
const COMPANIES: u8 = 3;
const EXPERTS: u8 = 2;

/// Something asked: hours after what was asked before, by whom, about the how-manieth case or consultation.
#[derive(Clone, Debug)]
struct Asked {
    hours: i64,
    by: By,
    which: usize,
    wish: Wish,
}

/// Who asks: the sides of the case, its counsellor, one of another body, an operator.
#[derive(Clone, Copy, Debug)]
enum By {
    Company,
    Expert,
    Counsellor,
    Elsewhere,
    Operator,
}

#[derive(Clone, Debug)]
enum Wish {
    Meet(u8, u8),
    Report(u8),
    Begin(u8, u8, bool),
    Theme(u8),
    Plan(i64, i64),
    Move(i32, i64),
    Cancel(i32),
    Hold(i32, i64, bool),
    HoldAsPlanned(i32, bool),
    Confirm(i32, bool, bool),
    WholeVisit,
    ConfirmAll,
    Complete,
    EndEarly,
    Withdraw,
    Say(bool, u8),
    FinalReport(bool),
    SelfCheck(bool, u8),
    FollowOn(bool, i32),
    HandOver(u8),
    Claim(i32),
}

fn wish() -> impl Strategy<Value = Wish> {
    let visit = || 1..5_i32;
    let pair = || (0..COMPANIES, 0..EXPERTS);
    prop_oneof![
        1 => pair().prop_map(|(company, expert)| Wish::Meet(company, expert)),
        2 => (0..5_u8).prop_map(Wish::Report),
        2 => (pair(), any::<bool>()).prop_map(|((company, expert), met)| Wish::Begin(company, expert, met)),
        2 => (1..7_u8).prop_map(Wish::Theme),
        3 => (0..60_i64, -1..10_i64).prop_map(|(from, length)| Wish::Plan(from, length)),
        2 => (visit(), 0..60_i64).prop_map(|(number, from)| Wish::Move(number, from)),
        1 => visit().prop_map(Wish::Cancel),
        2 => (visit(), -40..10_i64, any::<bool>()).prop_map(|(number, from, form)| Wish::Hold(number, from, form)),
        4 => (visit(), any::<bool>()).prop_map(|(number, form)| Wish::HoldAsPlanned(number, form)),
        3 => (visit(), any::<bool>(), any::<bool>()).prop_map(|(visit, side, behalf)| Wish::Confirm(visit, side, behalf)),
        9 => Just(Wish::WholeVisit),
        7 => Just(Wish::ConfirmAll),
        6 => Just(Wish::Complete),
        1 => Just(Wish::EndEarly),
        2 => Just(Wish::Withdraw),
        4 => (any::<bool>(), 0..6_u8).prop_map(|(company, grade)| Wish::Say(company, grade)),
        2 => any::<bool>().prop_map(Wish::FinalReport),
        4 => (prop::bool::weighted(0.8), 0..3_u8).prop_map(|(whole, grade)| Wish::SelfCheck(whole, grade)),
        2 => (any::<bool>(), 0..7_i32).prop_map(|(company, satisfied)| Wish::FollowOn(company, satisfied)),
        1 => (0..2_u8).prop_map(Wish::HandOver),
        2 => visit().prop_map(Wish::Claim),
    ]
}

fn history(most: usize) -> impl Strategy<Value = Vec<Asked>> {
    let by = prop_oneof![
        3 => Just(By::Company),
        4 => Just(By::Expert),
        4 => Just(By::Counsellor),
        1 => Just(By::Elsewhere),
        3 => Just(By::Operator),
    ];
    let asked =
        (0..30_i64, by, 0..4_usize, wish()).prop_map(|(hours, by, which, wish)| Asked { hours, by, which, wish });
    prop::collection::vec(asked, most / 2..most)
}

/// What came of a history.
#[derive(Debug, Default)]
struct Tally {
    taken: usize,
    refused: usize,
    states: BTreeSet<String>,
    answers: usize,
    superseded: usize,
}

/// A history while it is lived.
struct Life<'s> {
    stage: &'s Stage,
    now: Timestamp,
    cases: Vec<String>,
    met: Vec<String>,
    tally: Tally,
}

/// What the service shows and keeps, to be compared.
#[derive(Debug, PartialEq)]
struct Shown {
    cases: Vec<(Case, Vec<Step>)>,
    met: Vec<(Consultation, Vec<Step>)>,
    answers: Vec<AnswersRecord>,
    head: i64,
}

fn of(kind: &str, number: u8) -> String {
    format!("{kind}/{kind}-{number}")
}

impl Life<'_> {
    fn after(&self, hours: i64) -> Option<prost_types::Timestamp> {
        Some(wire_time(Timestamp::from_micros(self.now.micros() + hours * HOUR)))
    }

    async fn facts(&self, which: usize) -> CaseFacts {
        self.stage.get(&self.cases[which % self.cases.len()]).await.facts.unwrap()
    }

    /// Everything, or what the `which`th thing asked about touches.
    async fn shown(&self, which: Option<usize>) -> Shown {
        let stage = self.stage;
        let wanted = |at: usize, of: &[String]| which.is_none_or(|which| which % of.len() == at);
        let (mut cases, mut met, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        let mut subjects = BTreeSet::new();
        for (_, name) in self.cases.iter().enumerate().filter(|(at, _)| wanted(*at, &self.cases)) {
            subjects.insert(name.clone());
            let case = stage.get(name).await;
            subjects.insert(case.facts.as_ref().unwrap().company.as_ref().unwrap().company.clone());
            // What is late follows the clock, which goes on whatever is refused.
            cases.push((Case { overdue: false, ..case }, stage.history(name).await));
        }
        for (_, name) in self.met.iter().enumerate().filter(|(at, _)| wanted(*at, &self.met)) {
            subjects.insert(name.clone());
            let request = GetConsultationRequest { name: name.clone() };
            let found = stage.operator().get_consultation(request).await.unwrap().into_inner().consultation.unwrap();
            met.push((found, stage.history(name).await));
        }
        for subject in subjects {
            let request = ListAnswersRequest { subject, with_earlier: true, page_size: 200, ..Default::default() };
            answers.extend(stage.forms_by_operator().list_answers(request).await.unwrap().into_inner().answers);
        }
        let head = stage.log().head().position;
        Shown { cases, met, answers, head }
    }

    /// Asks one thing; what is refused must have left no trace.
    async fn ask(&mut self, asked: &Asked) {
        self.now = Timestamp::from_micros(self.now.micros() + asked.hours * HOUR);
        self.stage.clock.set(self.now);
        let repeated: &[(Wish, By)] = &match &asked.wish {
            _ if self.cases.is_empty() && !matches!(asked.wish, Wish::Meet(..) | Wish::Begin(..)) => return,
            Wish::WholeVisit => {
                let facts = self.facts(asked.which).await;
                let next = facts.visits.iter().map(|visit| visit.number).max().unwrap_or(0) + 1;
                vec![(Wish::Plan(-2, 2), By::Counsellor), (Wish::Hold(next, -2, asked.hours % 2 == 0), By::Expert)]
            }
            Wish::ConfirmAll => {
                let facts = self.facts(asked.which).await;
                let both = |visit: &Visit| {
                    let confirm = |company| Wish::Confirm(visit.number, company, false);
                    [(confirm(true), By::Company), (confirm(false), By::Expert)]
                };
                facts.visits.iter().flat_map(both).collect::<Vec<_>>()
            }
            wish => vec![(wish.clone(), asked.by)],
        };
        for (wish, by) in repeated {
            let before = self.shown(Some(asked.which)).await;
            match self.carry_out(wish, *by, asked.which).await {
                Ok(()) => self.tally.taken += 1,
                Err(status) => {
                    self.tally.refused += 1;
                    assert_ne!(status.code(), tonic::Code::Internal, "{status:?}");
                    assert_eq!(
                        self.shown(Some(asked.which)).await,
                        before,
                        "{wish:?} by {by:?} was refused: {}",
                        status.message()
                    );
                }
            }
        }
    }

    async fn carry_out(&mut self, wish: &Wish, by: By, which: usize) -> Result<(), Status> {
        match wish {
            Wish::Meet(company, expert) => return self.meet(*company, *expert).await,
            Wish::Report(how) => return self.report(*how, by, which).await,
            Wish::Begin(company, expert, met) => return self.begin(*company, *expert, *met, which).await,
            _ => {}
        }
        let name = self.cases[which % self.cases.len()].clone();
        let facts = self.facts(which).await;
        let owned = facts.company.clone().unwrap().company;
        let (subject, role, owns) = match by {
            By::Company => (format!("user-of-{owned}"), Role::Portal, owned.as_str()),
            By::Expert => (facts.expert.clone(), Role::Expert, facts.expert.as_str()),
            By::Counsellor => ("counsellor".to_owned(), Role::Counsellor, facts.body.as_str()),
            By::Elsewhere => ("stranger".to_owned(), Role::Counsellor, "bodies/elsewhere"),
            By::Operator => ("operator".to_owned(), Role::Operator, "nothing/0"),
        };
        let mut client = self.stage.by(&subject, role, &[owns]);
        let behalf = |side: Side| match by {
            By::Counsellor | By::Operator | By::Elsewhere => side.into(),
            By::Company | By::Expert => 0,
        };
        let side_of = |company: bool| if company { Side::Company } else { Side::Expert };
        let reason = "都合により".to_owned();
        match wish.clone() {
            Wish::Theme(theme) => {
                let theme = format!("T{theme}");
                client.change_theme(ChangeThemeRequest { name, theme, reason, ..Default::default() }).await?;
            }
            Wish::Plan(from, length) => {
                let (start_time, end_time) = (self.after(from), self.after(from + length));
                client.plan_visit(PlanVisitRequest { name, start_time, end_time, ..Default::default() }).await?;
            }
            Wish::Move(visit, from) => {
                let (start_time, end_time) = (self.after(from), self.after(from + 2));
                let request =
                    RescheduleVisitRequest { name, visit, start_time, end_time, reason, ..Default::default() };
                client.reschedule_visit(request).await?;
            }
            Wish::Cancel(visit) => {
                client.cancel_visit(CancelVisitRequest { name, visit, reason, ..Default::default() }).await?;
            }
            Wish::Hold(visit, from, form) => {
                let times = (self.after(from), self.after(from + 2));
                client.hold_visit(held(name, visit, times, form)).await?;
            }
            Wish::HoldAsPlanned(visit, form) => {
                let planned = facts.visits.iter().find(|known| known.number == visit);
                let times = planned.map(|known| (known.planned_start, known.planned_end)).unwrap_or_default();
                client.hold_visit(held(name, visit, times, form)).await?;
            }
            Wish::Confirm(visit, company, on_behalf) => {
                let side = side_of(company);
                let on_behalf_of = if on_behalf { behalf(side) } else { 0 };
                let side = side.into();
                let request = ConfirmVisitRequest { name, visit, side, on_behalf_of, ..Default::default() };
                client.confirm_visit(request).await?;
            }
            Wish::Complete => drop(client.complete_case(CompleteCaseRequest { name, ..Default::default() }).await?),
            Wish::EndEarly => {
                let ending_reason = "goal_reached".to_owned();
                client.end_case_early(EndCaseEarlyRequest { name, ending_reason, ..Default::default() }).await?;
            }
            Wish::Withdraw => {
                let ending_reason = "company_busy".to_owned();
                client.withdraw_case(WithdrawCaseRequest { name, ending_reason, ..Default::default() }).await?;
            }
            Wish::Say(company, grade) => {
                let on_behalf_of = behalf(side_of(company));
                client.record_outcome(RecordOutcomeRequest { on_behalf_of, ..says(name, company, grade) }).await?;
            }
            Wish::FollowOn(company, satisfaction) => {
                let side = side_of(company);
                let request = RecordFollowOnRequest {
                    name,
                    begin_month: self.now.to_string()[..7].to_owned(),
                    satisfaction,
                    side: side.into(),
                    on_behalf_of: behalf(side),
                    ..Default::default()
                };
                client.record_follow_on(request).await?;
            }
            Wish::HandOver(body) => {
                let body = of("bodies", body);
                client.hand_over(HandOverRequest { name, body, reason, ..Default::default() }).await?;
            }
            Wish::Claim(visit) => {
                let request =
                    ClaimFeeRequest { kind: ClaimKind::GuidanceVisit.into(), case: name, visit, ..Default::default() };
                client.claim_fee(request).await?;
            }
            Wish::FinalReport(whole) => {
                let mut answers = vec![choices("goals", &["goal_1"]), text("ended_early_reason", "目標に達した")];
                answers.truncate(if facts.state() == CaseState::EndedEarly { 2 } else { 1 });
                answers.extend(whole.then(|| text("summary", "まとめ")));
                let (form, on_behalf_of) = ("forms/final-report-2024".to_owned(), behalf(Side::Expert));
                let request = SubmitAnswersRequest { form, subject: name, answers, on_behalf_of, ..Default::default() };
                self.stage.forms_by(&subject, role, &[owns]).submit_answers(request).await?;
            }
            Wish::SelfCheck(whole, grade) => {
                let code = ["done", "partly", "not"][usize::from(grade)];
                let answers = (1..=if whole { 25 } else { 24 }).map(|at| choice(&format!("Q{at:02}"), code)).collect();
                let (form, on_behalf_of) = ("forms/self-check-2024".to_owned(), behalf(Side::Company));
                let request =
                    SubmitAnswersRequest { form, subject: owned.clone(), answers, on_behalf_of, ..Default::default() };
                self.stage.forms_by(&subject, role, &[owns]).submit_answers(request).await?;
            }
            Wish::Meet(..) | Wish::Report(_) | Wish::Begin(..) | Wish::WholeVisit | Wish::ConfirmAll => {}
        }
        Ok(())
    }

    async fn meet(&mut self, of_company: u8, expert: u8) -> Result<(), Status> {
        let request = CreateConsultationRequest {
            programme: "2024".to_owned(),
            region: "大阪".to_owned(),
            company: company(&of("companies", of_company)),
            expert: of("experts", expert),
            body: of("bodies", 0),
            question: "何から始めればよいか".to_owned(),
            ..Default::default()
        };
        let met = self.stage.operator().create_consultation(request).await?.into_inner().consultation.unwrap();
        self.met.push(met.name);
        Ok(())
    }

    async fn report(&mut self, how: u8, by: By, which: usize) -> Result<(), Status> {
        if self.met.is_empty() {
            return Ok(());
        }
        let plain = ReportConsultationRequest {
            name: self.met[which % self.met.len()].clone(),
            diagnosed_needs: vec!["rules".to_owned()],
            advice: "まず資産を数える".to_owned(),
            goes_on: true,
            ..Default::default()
        };
        let form = "forms/consultation-report-2024".to_owned();
        let request = match how {
            0 => ReportConsultationRequest { name: plain.name, absent: true, ..Default::default() },
            1 => ReportConsultationRequest { goes_on: false, non_conversion_reason: "solved".to_owned(), ..plain },
            2 => ReportConsultationRequest {
                form,
                answers: vec![text("date", "2024-10-01"), choices("themes", &["T1"])],
                ..plain
            },
            // The form says otherwise than the field.
            3 => ReportConsultationRequest { form, answers: vec![choice("goes_on", "no")], ..plain },
            _ => plain,
        };
        let mut client = match by {
            By::Elsewhere => self.stage.by("stranger", Role::Counsellor, &["bodies/elsewhere"]),
            _ => self.stage.operator(),
        };
        client.report_consultation(request).await.map(drop)
    }

    async fn begin(&mut self, of_company: u8, expert: u8, met: bool, which: usize) -> Result<(), Status> {
        let sources = self.met.get(which % self.met.len().max(1)).filter(|_| met).cloned();
        let request = CreateGuidanceRequest {
            body: of("bodies", 0),
            sources: sources.into_iter().collect(),
            ..guidance(&of("companies", of_company), &of("experts", expert))
        };
        let case = self.stage.operator().create_guidance(request).await?.into_inner().case.unwrap();
        self.cases.push(case.name);
        Ok(())
    }
}

fn held(
    name: String,
    visit: i32,
    (start_time, end_time): (Option<prost_types::Timestamp>, Option<prost_types::Timestamp>),
    form: bool,
) -> HoldVisitRequest {
    let texts = VisitTexts {
        number: visit,
        place: "本社会議室".to_owned(),
        attendees: vec!["総務の担当者".to_owned()],
        ..Default::default()
    };
    let tools = vec![ToolUse { tool: "self_check".to_owned(), supplemented: false }];
    let goals_reached = vec![1];
    let (form, answers) = if form {
        ("forms/visit-report-2024".to_owned(), vec![text("content", "自社診断を確認した")])
    } else {
        (String::new(), vec![])
    };
    let texts = Some(texts);
    HoldVisitRequest { name, start_time, end_time, goals_reached, tools, texts, form, answers, ..Default::default() }
}

/// What a side says: as fields, as a form, or as a form with something wrong.
fn says(name: String, company: bool, grade: u8) -> RecordOutcomeRequest {
    let by_form = |form: &str, answers: Vec<Answer>| RecordOutcomeRequest {
        name: name.clone(),
        form: form.to_owned(),
        answers,
        ..Default::default()
    };
    match (company, grade) {
        (true, 0) => by_form("forms/company-2024", [marks(9), vec![choice("goal", "fully")]].concat()),
        (true, 1..=3) => {
            let goal = choice("goal", ["fully", "partly", "little"][usize::from(grade) - 1]);
            by_form("forms/company-2024", [marks(i64::from(grade)), vec![goal, text("outcomes", "規程")]].concat())
        }
        (false, 0) => by_form("forms/company-2024", vec![number("knowledge", 1)]),
        (false, 1..=3) => {
            let result = choice("result", ["very_well", "well", "neutral"][usize::from(grade) - 1]);
            by_form("forms/expert-company-2024", vec![result, choice("method", "tools")])
        }
        (true, grade) => {
            RecordOutcomeRequest { name, side: Side::Company.into(), company_scale: grade.into(), ..Default::default() }
        }
        (false, grade) => {
            RecordOutcomeRequest { name, side: Side::Expert.into(), expert_scale: grade.into(), ..Default::default() }
        }
    }
}

/// Lives a history, looking after everything asked.
async fn live(stage: &Stage, asked: Vec<Asked>) -> Tally {
    let now = at(crate::stage::NOW);
    let mut life = Life { stage, now, cases: Vec::new(), met: Vec::new(), tally: Tally::default() };
    life.begin(0, 0, false, 0).await.unwrap();
    for asked in asked {
        life.ask(&asked).await;
        if let Some(name) = life.cases.get(asked.which % life.cases.len().max(1)) {
            let case = stage.get(name).await;
            let facts = case.facts.unwrap();
            is_legal(&facts);
            is_complete(&facts, case.etag.parse().unwrap(), &stage.history(name).await);
        }
    }
    let shown = life.shown(None).await;
    replayed(stage, &shown).await;
    let steps = shown.cases.iter().flat_map(|(_, steps)| steps);
    life.tally.states.extend(steps.map(|step| step.to.clone()));
    life.tally.answers = shown.answers.len();
    life.tally.superseded = shown.answers.iter().filter(|one| !one.facts.as_ref().unwrap().counts).count();
    life.tally
}

/// The log from the beginning brings back every case, consultation and answer, with its words and its history.
async fn replayed(stage: &Stage, shown: &Shown) {
    let (mut cases, mut met, mut answers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut steps: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for event in stage.events().await {
        let personal = match stage.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap().get(&event.key_id) {
            Some(key) if !event.personal.is_empty() => key.open(&event.id, &event.personal).unwrap(),
            _ => Vec::new(),
        };
        let place = format!("{}s/{}", event.aggregate_type, event.aggregate_id);
        let mut walked = |made: Vec<Step>, reason: &str| {
            let made = made.into_iter().map(|step| Step { reason: reason.to_owned(), ..step });
            steps.entry(place.clone()).or_default().extend(made);
        };
        match event.aggregate_type.as_str() {
            "case" => {
                let body = CaseChanged::decode(event.clear).unwrap();
                let words = CasePersonal::decode(personal.as_slice()).unwrap();
                walked(body.steps, &words.reason);
                cases.insert(place, (body.facts.unwrap(), words.texts.unwrap_or_default()));
            }
            "consultation" => {
                let body = ConsultationChanged::decode(event.clear).unwrap();
                let words = ConsultationPersonal::decode(personal.as_slice()).unwrap();
                walked(body.steps, &words.reason);
                met.insert(place, (body.facts.unwrap(), words.texts.unwrap_or_default()));
            }
            "answers" => {
                let body = AnswersChanged::decode(event.clear).unwrap().facts.unwrap();
                let words = AnswersPersonal::decode(personal.as_slice()).unwrap();
                answers.insert(body.answers_id.clone(), (body, words.answers));
            }
            _ => {}
        }
    }
    assert_eq!((cases.len(), met.len(), answers.len()), (shown.cases.len(), shown.met.len(), shown.answers.len()));
    for (case, history) in &shown.cases {
        let (facts, texts) = &cases[&case.name];
        assert_eq!((Some(facts), Some(texts)), (case.facts.as_ref(), case.texts.as_ref()));
        assert_eq!(&steps[&case.name], history);
    }
    for (one, history) in &shown.met {
        let (facts, texts) = &met[&one.name];
        assert_eq!((Some(facts), Some(texts)), (one.facts.as_ref(), one.texts.as_ref()));
        assert_eq!(&steps[&one.name], history);
    }
    for one in &shown.answers {
        let (facts, words) = &answers[one.name.strip_prefix("answers/").unwrap()];
        assert_eq!((Some(facts), words), (one.facts.as_ref(), &one.confidential));
    }
}

/// Some histories, the same in every run, and what came of all of them.
async fn lived(backend: Backend, count: usize, most: usize) -> Tally {
    let mut runner = TestRunner::deterministic();
    let mut all = Tally::default();
    for _ in 0..count {
        let asked = history(most).new_tree(&mut runner).unwrap().current();
        let mut tally = Tally::default();
        within(backend, async |stage: &Stage| tally = live(stage, asked).await).await;
        all.taken += tally.taken;
        all.refused += tally.refused;
        all.answers += tally.answers;
        all.superseded += tally.superseded;
        all.states.extend(tally.states);
    }
    all
}

#[tokio::test]
async fn histories_reach_every_state_on_sqlite() {
    let tally = lived(Backend::Sqlite, 6, 100).await;
    assert_eq!(tally.states.len(), 6, "{tally:?}");
    assert!(tally.taken > 100 && tally.refused > 100 && tally.answers > 10 && tally.superseded > 0, "{tally:?}");
}

#[tokio::test]
async fn histories_hold_on_postgres() {
    let tally = lived(Backend::Postgres, 2, 50).await;
    assert!(tally.taken > 10 && tally.refused > 10, "{tally:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_history_is_legal_whole_and_brought_back_by_the_log(asked in history(60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(within(Backend::Sqlite, async |stage: &Stage| drop(live(stage, asked).await)));
    }
}
