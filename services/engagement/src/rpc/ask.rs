//! Reading requests into what the domain speaks of, with every fault at once.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{CompanyScale, ExpertScale, Outcome, Side};
use kit_clock::Timestamp;
use kit_log::Origin;
use kit_serve::{Caller, Role};
use kit_vocabulary::{needs, themes};
use prost::Message;

use super::change::Asked;
use crate::domain::catalogue::reasons;
use crate::domain::check::Check;
use crate::domain::consultation::Finding;
use crate::domain::outcome::{company_group, expert_group};
use crate::domain::{Deed, Reason, Report};
use crate::error::Error;

/// What all commands on a case have in common.
pub(super) struct Common<'r> {
    pub(super) method: &'r str,
    pub(super) name: &'r str,
    pub(super) etag: &'r str,
    pub(super) request_id: &'r str,
    pub(super) on_behalf_of: i32,
    pub(super) reason: &'r str,
}

impl Common<'_> {
    /// Reads it; `words` says that a reason is required.
    pub(super) fn read(self, caller: Caller, body: &impl Message, words: bool, check: &mut Check) -> Asked {
        let id = check.id("name", "cases", self.name);
        self.read_about(id, caller, body, words, check)
    }

    /// Reads it about what is no case.
    pub(super) fn read_about(
        self,
        id: String,
        caller: Caller,
        body: &impl Message,
        words: bool,
        check: &mut Check,
    ) -> Asked {
        check.request_id(self.request_id);
        let on_behalf_of = check.opt_enum("on_behalf_of", self.on_behalf_of);
        Asked {
            origin: Origin::of_call(&caller, self.method, self.request_id, body),
            caller,
            id,
            etag: self.etag.to_owned(),
            on_behalf_of,
            words: check.words(self.reason, words),
        }
    }
}

/// The body that looks after it: as given, or a counsellor's own where there is just one.
pub(super) fn body(check: &mut Check, caller: &Caller, given: &str) -> String {
    check.opt_name("body", "bodies", given);
    if !given.is_empty() || !caller.is(Role::Counsellor) {
        return given.to_owned();
    }
    let mut own = caller.owns.iter().filter(|name| name.starts_with("bodies/"));
    match (own.next(), own.next()) {
        (Some(only), None) => only.clone(),
        (Some(_), Some(_)) => {
            check.fault("body", Reason::Required);
            String::new()
        }
        (None, _) => String::new(),
    }
}

pub(super) fn consultation(
    caller: &Caller,
    given: wire::CreateConsultationRequest,
) -> Result<(wire::ConsultationFacts, wire::ConsultationTexts), Error> {
    let mut check = Check::default();
    check.request_id(&given.request_id);
    let programme = check.programme(&given.programme);
    let facts = wire::ConsultationFacts {
        programme: programme.map(|programme| programme.id.clone()).unwrap_or_default(),
        event: check.ascii("event", &given.event, false),
        region: Some(check.region(&given.region)),
        company: Some(check.company(given.company)),
        expert: check.name("expert", "experts", &given.expert),
        body: body(&mut check, caller, &given.body),
        start_time: given.start_time,
        declared_needs: check.codes("declared_needs", needs(), &given.declared_needs, ..),
        ..Default::default()
    };
    let texts = wire::ConsultationTexts {
        company_name: check.line("company_name", &given.company_name),
        question: check.long("question", &given.question),
        ..Default::default()
    };
    check.done()?;
    Ok((facts, texts))
}

/// What came of a consultation.
pub(super) fn finding(check: &mut Check, given: &wire::ReportConsultationRequest) -> Finding {
    let (absent, on) = (given.absent, given.goes_on);
    let finding = Finding {
        absent,
        diagnosed: check.codes("diagnosed_needs", needs(), &given.diagnosed_needs, usize::from(!absent)..),
        advice: check.advice(&given.advice),
        reason: check.code(
            "non_conversion_reason",
            reasons().non_conversion,
            &given.non_conversion_reason,
            !absent && !on,
        ),
    };
    let nowhere = [
        ("non_conversion_reason", (absent || on) && !finding.reason.is_empty()),
        ("goes_on", absent && on),
        ("diagnosed_needs", absent && !finding.diagnosed.is_empty()),
        ("advice", absent && !finding.advice.is_empty()),
        ("form", absent && !given.form.is_empty()),
    ];
    for (field, _) in nowhere.into_iter().filter(|(_, wrong)| *wrong) {
        check.fault(field, Reason::NotHere);
    }
    finding
}

/// The report of a visit.
pub(super) fn held(check: &mut Check, given: wire::HoldVisitRequest) -> Deed {
    let span = check.span(given.start_time.as_ref(), given.end_time.as_ref());
    let goals = check.goals(&given.goals_reached);
    check.tools(&given.tools);
    Deed::Hold(Report { span, goals, tools: given.tools, texts: check.visit_texts(given.texts) })
}

/// Work that followed.
pub(super) fn follow_on(check: &mut Check, given: &wire::RecordFollowOnRequest) -> Deed {
    let side = check.side(given.side);
    let month = check.month("begin_month", &given.begin_month);
    check.between("satisfaction", i64::from(given.satisfaction), (0, 5));
    Deed::FollowOn(side, month, given.satisfaction)
}

pub(super) fn guidance(
    caller: &Caller,
    given: wire::CreateGuidanceRequest,
    now: Timestamp,
) -> Result<(wire::CaseFacts, wire::CaseTexts), Error> {
    let mut check = Check::default();
    check.request_id(&given.request_id);
    let programme = check.programme(&given.programme);
    let facts = wire::CaseFacts {
        programme: programme.map(|programme| programme.id.clone()).unwrap_or_default(),
        region: Some(check.region(&given.region)),
        company: Some(check.company(given.company)),
        expert: check.name("expert", "experts", &given.expert),
        body: body(&mut check, caller, &given.body),
        counsellor: check.ascii("counsellor", &given.counsellor, false),
        theme: check.code("theme", themes(), &given.theme, true),
        sources: check.sources(&given.sources),
        company_accept_time: check.past("company_accept_time", given.company_accept_time.as_ref(), now),
        expert_accept_time: check.past("expert_accept_time", given.expert_accept_time.as_ref(), now),
        ..Default::default()
    };
    let company_name = check.line("company_name", &given.company_name);
    check.done()?;
    Ok((facts, wire::CaseTexts { company_name, ..Default::default() }))
}

/// Why a case ended.
pub(super) fn ending(check: &mut Check, code: &str) -> String {
    check.code("ending_reason", reasons().ending, code, true)
}

/// What a side says: its own scale and, of the company only, marks. `of_all` is a judgement of every tool used.
pub(super) fn outcome(
    check: &mut Check,
    given: wire::RecordOutcomeRequest,
    of_all: Option<wire::ToolJudgement>,
) -> Deed {
    let side = check.side(given.side);
    let company = CompanyScale::try_from(given.company_scale).ok();
    let expert = ExpertScale::try_from(given.expert_scale).ok();
    let mut scale = |field: &str, own: bool, number: i32, known: bool| match (own, number, known) {
        (_, _, false) => check.fault(field, Reason::UnknownCode),
        (true, 0, _) => check.fault(field, Reason::Required),
        (false, 1.., _) => check.fault(field, Reason::NotHere),
        _ => {}
    };
    scale("company_scale", side == Side::Company, given.company_scale, company.is_some());
    scale("expert_scale", side == Side::Expert, given.expert_scale, expert.is_some());
    if let Some(marks) = &given.marks {
        check.marks(marks);
        if side == Side::Expert {
            check.fault("marks", Reason::NotHere);
        }
    }
    check.gains(&given.gains);
    check.judgements(&given.tools);
    let group = match side {
        Side::Company => company_group(company.unwrap_or_default()),
        _ => expert_group(expert.unwrap_or_default()),
    };
    let outcome = Outcome {
        group: group.into(),
        company_scale: given.company_scale,
        expert_scale: given.expert_scale,
        marks: given.marks.filter(|marks| *marks != wire::Marks::default()),
        gains: given.gains,
        tools: given.tools.into_iter().chain(of_all).collect(),
        ..Outcome::default()
    };
    Deed::Say(side, outcome)
}
