//! One case from the first consultation to the expert's track record, call by call, each in the name of whom it is up to: the
//! counsellor of a chamber, the company behind the portal, the expert. The clock is moved from step to step.

use std::time::{Duration, Instant};

use contract::engagement::v1::*;
use contract::event::v1::{GetHeadRequest, Token};
use contract::notices::v1::{AcknowledgeRequest, ListNoticesRequest, Notice, NoticeState, PullRequest};
use contract::registry::v1::{Company, CompanyDetails, CompanyFacts, CreateCompanyRequest};
use contract::search::v1::{GetSheetRequest, Hit, Sheet};
use contract::survey::v1::Form;
use contract::survey::v1::answer::Value as Said;
use kit_clock::{Clock, JapanDay, Timestamp};
use kit_serve::{Caller, Role};
use prost_types::Timestamp as WireTime;
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::answers::answers;
use crate::connect::{Connection, refused, within};
use crate::failure::Failure;
use crate::serve::Running;
use crate::text;

/// A programme whose cases nobody counts among those of 2024.
const PROGRAMME: &str = "standing";
const BODY: &str = "bodies/sample-chamber";
const THEMES: [&str; 2] = ["T1", "T4"];
/// Made up; the check digit holds.
const CORPORATE_NUMBER: &str = "7123456789012";
const SECONDS: u64 = 30;

/// What was lived through.
pub(super) struct Lived {
    /// Every step of the case, oldest first.
    pub(super) steps: Vec<Step>,
    /// What the three learned on the way, oldest first.
    pub(super) notices: Vec<Notice>,
    /// The case at its end.
    pub(super) case: Case,
    /// The expert's sheet at the end.
    pub(super) sheet: Sheet,
    /// From the last call to the answer of the search that showed the record.
    pub(super) visible: Duration,
    /// Points of the self-check before the first visit, and the most there can be.
    pub(super) self_check: (i64, i64),
}

impl Lived {
    /// The figures for programs.
    pub(super) fn to_json(&self) -> Value {
        let facts = self.case.facts.clone().unwrap_or_default();
        let of = |state: VisitState| facts.visits.iter().filter(|visit| visit.state() == state).count();
        let record = self.sheet.track_record.clone().unwrap_or_default();
        let linked = self.steps.windows(2).all(|pair| pair[0].to == pair[1].from);
        let recipients = ["bodies", "companies", "experts"].map(|kind| {
            let to = |notice: &Notice| notice.facts.as_ref().is_some_and(|facts| facts.recipient.starts_with(kind));
            self.notices.iter().any(to)
        });
        json!({
            "state": facts.state().as_str_name(),
            "themes": facts.themes.iter().map(|period| period.theme.as_str()).collect::<Vec<_>>(),
            "confirmed_visits": of(VisitState::Confirmed),
            "history_without_a_gap": linked,
            "told": recipients,
            "record": {"cases": record.cases, "completed": record.completed, "visits": record.visits},
        })
    }

    /// What must come out.
    pub(super) fn expected() -> Value {
        json!({
            "state": "CASE_STATE_COMPLETED",
            "themes": THEMES,
            "confirmed_visits": 3,
            "history_without_a_gap": true,
            "told": [true, true, true],
            "record": {"cases": 1, "completed": 1, "visits": 3},
        })
    }
}

/// Who takes part.
struct Cast {
    counsellor: Connection,
    company: Connection,
    expert: Connection,
    operator: Connection,
    /// The portal as it shows people their notices, and how far it has.
    portal: Connection,
    shown: String,
    clock: Clock,
    /// The day it begins.
    first: JapanDay,
}

/// People meet on weekdays.
fn tuesday_after(now: Timestamp) -> JapanDay {
    let tomorrow = now.japan_day().number() + 1;
    // The first of January 1970 was a Thursday.
    JapanDay::from_number(tomorrow + (5 - tomorrow).rem_euclid(7))
}

pub(super) fn owning(subject: &str, role: Role, owns: &str) -> Caller {
    let mut caller = Caller::new(subject, [role]);
    caller.owns.insert(owns.to_owned());
    caller
}

pub(super) fn told<T>(answer: Result<tonic::Response<T>, Status>) -> Result<T, Failure> {
    answer.map(tonic::Response::into_inner).map_err(|status| refused(&status))
}

/// Lives through a case of the expert that was found.
pub(super) async fn live(running: &Running, chosen: &Hit) -> Result<Lived, Failure> {
    let operator = Connection::open(&running.url, None)?;
    let counsellor = Connection::open(&running.url, Some(&owning("counsellor-1", Role::Counsellor, BODY)))?;
    let company = company(&counsellor).await?;
    let mut cast = Cast {
        company: Connection::open(&running.url, Some(&owning("company-user-1", Role::Portal, &company.company)))?,
        expert: Connection::open(&running.url, Some(&owning("expert-1", Role::Expert, &chosen.name)))?,
        portal: Connection::open(&running.url, Some(&Caller::new("portal", [Role::Portal])))?,
        shown: String::new(),
        counsellor,
        operator,
        clock: running.clock.clone(),
        first: tuesday_after(running.clock.now()),
    };
    let mut case = cast.consult(&company, chosen).await?;
    cast.show_notices().await?;
    let self_check = cast.check_oneself(&company.company).await?;
    for (visit, days) in (1..).zip([14, 28, 42]) {
        case = cast.visit(&case, visit, days).await?;
        cast.show_notices().await?;
    }
    cast.at(43, 11);
    let request = CompleteCaseRequest { name: case.name.clone(), ..Default::default() };
    told(cast.counsellor.engagements().complete_case(within(request, SECONDS)).await)?;
    cast.show_notices().await?;
    let (token, begun) = cast.surveys(&case).await?;
    let sheet = cast.sheet(chosen, &token).await?;
    let visible = begun.elapsed();
    cast.show_notices().await?;
    let notices = cast.notices(&case).await?;
    let request = GetCaseRequest { name: case.name.clone() };
    let case = told(cast.operator.engagements().get_case(within(request, SECONDS)).await)?.case.unwrap_or_default();
    let request = GetHistoryRequest { name: case.name.clone() };
    let steps = told(cast.operator.engagements().get_history(within(request, SECONDS)).await)?.steps;
    Ok(Lived { steps, notices, case, sheet, visible, self_check })
}

/// The company, entered in the register.
async fn company(counsellor: &Connection) -> Result<CompanySnapshot, Failure> {
    let facts = CompanyFacts {
        prefecture: "27".to_owned(),
        industry: "automotive".to_owned(),
        capital_yen: Some(20_000_000),
        employees: Some(42),
        security_staff: "part_time".to_owned(),
        ..Default::default()
    };
    let details = CompanyDetails {
        company_name: text::DEMO_COMPANY.get(kit_vocabulary::Lang::Ja, &[]),
        corporate_number: CORPORATE_NUMBER.to_owned(),
        ..Default::default()
    };
    let company = Company { facts: Some(facts), details: Some(details), ..Default::default() };
    let request = CreateCompanyRequest { company: Some(company), ..Default::default() };
    let entered = told(counsellor.companies().create_company(within(request, SECONDS)).await)?;
    let entered = entered.company.unwrap_or_default();
    let facts = entered.facts.unwrap_or_default();
    let (industry, size, prefecture) = (facts.industry, facts.size, facts.prefecture);
    Ok(CompanySnapshot { company: entered.name, industry, size, prefecture })
}

impl Cast {
    /// Moves the clock to an hour of a day from the first; answers the moment.
    fn at(&self, days: i64, hour: i64) -> Timestamp {
        let day = JapanDay::from_number(self.first.number() + days).start();
        let at = Timestamp::from_micros(day.micros() + hour * 3_600_000_000);
        self.clock.set(at);
        at
    }

    fn moment(&self, days: i64, hour: i64) -> Option<WireTime> {
        let day = JapanDay::from_number(self.first.number() + days).start();
        let (seconds, nanos) = Timestamp::from_micros(day.micros() + hour * 3_600_000_000).parts();
        Some(WireTime { seconds, nanos })
    }

    /// The consultation, its report, and the case that begins from it.
    async fn consult(&self, company: &CompanySnapshot, expert: &Hit) -> Result<Case, Failure> {
        self.at(0, 9);
        let name = text::DEMO_COMPANY.get(kit_vocabulary::Lang::Ja, &[]);
        let request = CreateConsultationRequest {
            programme: PROGRAMME.to_owned(),
            region: "27".to_owned(),
            company: Some(company.clone()),
            company_name: name.clone(),
            expert: expert.name.clone(),
            start_time: self.moment(0, 14),
            declared_needs: vec!["incident_plan".to_owned()],
            question: text::DEMO_QUESTION.get(kit_vocabulary::Lang::Ja, &[]),
            ..Default::default()
        };
        let consultation = told(self.counsellor.engagements().create_consultation(within(request, SECONDS)).await)?;
        let consultation = consultation.consultation.unwrap_or_default().name;
        self.at(0, 16);
        let request = ReportConsultationRequest {
            name: consultation.clone(),
            diagnosed_needs: vec!["rules".to_owned(), "incident_plan".to_owned()],
            advice: text::DEMO_ADVICE.get(kit_vocabulary::Lang::Ja, &[]),
            goes_on: true,
            ..Default::default()
        };
        told(self.expert.engagements().report_consultation(within(request, SECONDS)).await)?;
        self.at(3, 11);
        let request = CreateGuidanceRequest {
            programme: PROGRAMME.to_owned(),
            region: "27".to_owned(),
            company: Some(company.clone()),
            company_name: name,
            expert: expert.name.clone(),
            theme: THEMES[0].to_owned(),
            company_accept_time: self.moment(2, 10),
            expert_accept_time: self.moment(1, 15),
            sources: vec![consultation],
            ..Default::default()
        };
        let begun = told(self.counsellor.engagements().create_guidance(within(request, SECONDS)).await)?;
        Ok(begun.case.unwrap_or_default())
    }

    /// The five-minute self-check before the first visit; answers the points and the most there can be.
    async fn check_oneself(&self, company: &str) -> Result<(i64, i64), Failure> {
        self.at(6, 10);
        let form = self.form("forms/self-check-2024").await?;
        let request = SubmitAnswersRequest {
            form: form.name.clone(),
            subject: company.to_owned(),
            answers: answers(&form, &[]),
            ..Default::default()
        };
        let stored = told(self.company.form_responses().submit_answers(within(request, SECONDS)).await)?;
        let scores = stored.answers.and_then(|answers| answers.facts).map(|facts| facts.scores).unwrap_or_default();
        Ok(scores.iter().max_by_key(|score| score.most).map_or((0, 0), |score| (score.points, score.most)))
    }

    async fn form(&self, name: &str) -> Result<Form, Failure> {
        let request = GetFormRequest { name: name.to_owned() };
        Ok(told(self.company.form_responses().get_form(within(request, SECONDS)).await)?.form.unwrap_or_default())
    }

    /// A visit: planned, held, confirmed by both sides. After the first the theme changes.
    async fn visit(&mut self, case: &Case, visit: i32, days: i64) -> Result<Case, Failure> {
        self.at(days - 8, 9);
        let name = case.name.clone();
        let (start_time, end_time) = (self.moment(days, 14), self.moment(days, 16));
        let request = PlanVisitRequest { name: name.clone(), start_time, end_time, ..Default::default() };
        told(self.expert.engagements().plan_visit(within(request, SECONDS)).await)?;
        self.show_notices().await?;
        self.at(days, 18);
        let texts = VisitTexts {
            number: visit,
            place: text::DEMO_PLACE.get(kit_vocabulary::Lang::Ja, &[]),
            attendees: vec![text::DEMO_ATTENDEE.get(kit_vocabulary::Lang::Ja, &[])],
            ..Default::default()
        };
        let request = HoldVisitRequest {
            name: name.clone(),
            start_time,
            end_time,
            goals_reached: vec![visit],
            tools: vec![ToolUse { tool: "self_check".to_owned(), supplemented: false }],
            texts: Some(texts),
            ..Default::default()
        };
        told(self.expert.engagements().hold_visit(within(request, SECONDS)).await)?;
        self.show_notices().await?;
        let confirm =
            |side: Side| ConfirmVisitRequest { name: name.clone(), visit, side: side.into(), ..Default::default() };
        self.at(days + 1, 9);
        told(self.expert.engagements().confirm_visit(within(confirm(Side::Expert), SECONDS)).await)?;
        self.at(days + 1, 10);
        let confirmed = told(self.company.engagements().confirm_visit(within(confirm(Side::Company), SECONDS)).await)?;
        if visit > 1 {
            return Ok(confirmed.case.unwrap_or_default());
        }
        self.at(days + 2, 10);
        let request = ChangeThemeRequest {
            name,
            theme: THEMES[1].to_owned(),
            reason: text::DEMO_OTHER_THEME.get(kit_vocabulary::Lang::Ja, &[]),
            ..Default::default()
        };
        let changed = told(self.counsellor.engagements().change_theme(within(request, SECONDS)).await)?;
        Ok(changed.case.unwrap_or_default())
    }

    /// What both sides say afterwards; answers the token of the last write and when it was sent.
    #[expect(clippy::disallowed_methods, reason = "a measured duration")]
    async fn surveys(&self, case: &Case) -> Result<(Token, Instant), Failure> {
        self.at(44, 10);
        let say = |side: Side, form: &Form, said: &[(&str, Said)]| RecordOutcomeRequest {
            name: case.name.clone(),
            side: side.into(),
            form: form.name.clone(),
            answers: answers(form, said),
            ..Default::default()
        };
        let said = |code: &str| Said::Choice(code.to_owned());
        let form = self.form("forms/company-2024").await?;
        let gains = vec![Gain { code: "security_action_1".to_owned(), count: 1 }];
        let request = RecordOutcomeRequest { gains, ..say(Side::Company, &form, &[("goal", said("fully"))]) };
        told(self.company.engagements().record_outcome(within(request, SECONDS)).await)?;
        self.at(45, 10);
        let form = self.form("forms/expert-company-2024").await?;
        let request = say(Side::Expert, &form, &[("result", said("well"))]);
        let begun = Instant::now();
        let said = told(self.expert.engagements().record_outcome(within(request, SECONDS)).await)?;
        Ok((said.token.unwrap_or_default(), begun))
    }

    async fn sheet(&self, expert: &Hit, token: &Token) -> Result<Sheet, Failure> {
        let request = GetSheetRequest {
            name: expert.name.clone(),
            at_least: vec![token.clone()],
            uncounted: true,
            ..Default::default()
        };
        Ok(told(self.counsellor.searching().get_sheet(within(request, SECONDS)).await)?.sheet.unwrap_or_default())
    }

    /// The portal shows people what is new, and they read it.
    async fn show_notices(&mut self) -> Result<(), Failure> {
        self.wait_for_notices().await?;
        loop {
            let request = PullRequest { cursor: self.shown.clone(), page_size: 200, ..Default::default() };
            let pulled = told(self.portal.notices().pull(within(request, SECONDS)).await)?;
            // It also tells what became of those shown before.
            let open =
                |notice: &Notice| notice.facts.as_ref().is_some_and(|facts| facts.state() == NoticeState::HandedOver);
            for notice in pulled.notices.into_iter().filter(open) {
                let request = AcknowledgeRequest { name: notice.name, ..Default::default() };
                match self.portal.notices().acknowledge(within(request, SECONDS)).await {
                    // The clock was moved, and the notice may be over since it was shown.
                    Err(status) if status.code() == Code::FailedPrecondition => {}
                    acknowledged => drop(told(acknowledged)?),
                }
            }
            self.shown = pulled.next_cursor;
            if !pulled.more {
                return Ok(());
            }
        }
    }

    /// Waits until the notices have heard of everything that happened here.
    async fn wait_for_notices(&self) -> Result<(), Failure> {
        let head = async |service: &str| {
            let request = GetHeadRequest { service: service.to_owned() };
            told(self.operator.log().get_head(within(request, SECONDS)).await)
        };
        let written = head("engagement").await?.head.unwrap_or_default();
        let heard = async {
            let heard = |read: &Token| read.service == written.service && read.position >= written.position;
            while !head("notices").await?.consumed.iter().any(heard) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(())
        };
        let late = |_| Failure::other(text::NOTICES_SILENT.fill(&[]), text::ADVICE_LOG);
        tokio::time::timeout(Duration::from_secs(SECONDS), heard).await.map_err(late)?
    }

    /// All notices about the case, oldest first.
    async fn notices(&self, case: &Case) -> Result<Vec<Notice>, Failure> {
        let request = ListNoticesRequest { subject: case.name.clone(), page_size: 200, ..Default::default() };
        let mut notices = told(self.operator.notices().list_notices(within(request, SECONDS)).await)?.notices;
        notices.reverse();
        Ok(notices)
    }
}
