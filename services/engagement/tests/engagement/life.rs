//! One case lived through, and everything that is refused on the way.

use contract::engagement::v1::*;
use kit_serve::{Role, fault};
use prost::Message as _;
use tonic::{Code, Status};

use crate::stage::{BODY, COMPANY, EXPERT, Stage, faults_of, guidance, held, reason_of, wire};

on_both!(
    a_case_from_the_acceptance_to_the_answers_of_both,
    what_does_not_fit_is_refused_and_nothing_is_stored,
    every_fault_of_a_request_is_told_at_once,
    a_stranger_confirms_nothing_and_nobody_for_both,
    entry_on_behalf_is_recorded_as_such,
    one_expert_is_not_in_two_places,
    retries_and_stale_etags,
    steps_out_of_order_name_both_states,
);

fn facts(case: &Case) -> &CaseFacts {
    case.facts.as_ref().unwrap()
}

fn confirmation(case: &Case, side: Side) -> ConfirmVisitRequest {
    ConfirmVisitRequest { name: case.name.clone(), visit: 1, side: side.into(), ..Default::default() }
}

fn company_says(case: &Case) -> RecordOutcomeRequest {
    RecordOutcomeRequest {
        name: case.name.clone(),
        side: Side::Company.into(),
        company_scale: CompanyScale::Fully.into(),
        marks: Some(Marks { knowledge: 5, clarity: 4, fit: 5, time: 3, manner: 5, eagerness: 5, communication: 4 }),
        gains: vec![Gain { code: "security_action_2".to_owned(), count: 1 }],
        ..Default::default()
    }
}

async fn a_case_from_the_acceptance_to_the_answers_of_both(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    assert_eq!((facts(&case).state(), facts(&case).body.as_str()), (CaseState::Accepted, BODY));
    assert_eq!(facts(&case).region.as_ref().unwrap().code, "27");
    stage.plan(&case, "10-08 14:00").await.unwrap();
    stage.hold(&case, 1, "10-08 14:00").await.unwrap();
    let change = ChangeThemeRequest {
        name: case.name.clone(),
        theme: "T4".to_owned(),
        reason: "事故への備えを先にしたい".to_owned(),
        ..Default::default()
    };
    stage.expert().change_theme(change).await.unwrap();
    for (number, day) in [(2, "10-22 14:00"), (3, "11-12 14:00")] {
        stage.plan(&case, day).await.unwrap();
        stage.hold(&case, number, day).await.unwrap();
    }
    for number in 1..=3 {
        stage.confirm(&case, number).await;
    }
    let complete = CompleteCaseRequest { name: case.name.clone(), ..Default::default() };
    stage.expert().complete_case(complete).await.unwrap();
    stage.company().record_outcome(company_says(&case)).await.unwrap();
    let expert = RecordOutcomeRequest {
        name: case.name.clone(),
        side: Side::Expert.into(),
        expert_scale: ExpertScale::Neither.into(),
        ..Default::default()
    };
    stage.expert().record_outcome(expert).await.unwrap();

    let case = stage.get(&case.name).await;
    let said = |outcome: &Option<Outcome>| outcome.as_ref().unwrap().group();
    assert_eq!(said(&facts(&case).company_outcome), OutcomeGroup::Strong);
    assert_eq!(said(&facts(&case).expert_outcome), OutcomeGroup::Weak);
    let themes: Vec<_> = facts(&case).themes.iter().map(|period| period.theme.as_str()).collect();
    assert_eq!((themes, facts(&case).due), (vec!["T1", "T4"], None));

    let steps = stage.history(&case.name).await;
    let (first, last) = (&steps[0], steps.last().unwrap());
    assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].number + 1 == pair[1].number));
    assert_eq!((first.from.as_str(), first.actor.as_str()), ("", "counsellor-1"));
    assert_eq!((last.to.as_str(), last.actor.as_str()), ("completed", "expert-1"));
    let changed = steps.iter().find(|step| step.cause == "THEME_CHANGED").unwrap();
    assert_eq!((changed.detail.as_str(), changed.reason.as_str()), ("T4", "事故への備えを先にしたい"));

    let request = GetTrackRecordRequest { expert: EXPERT.to_owned() };
    let record = stage.expert().get_track_record(request).await.unwrap().into_inner().track_record.unwrap();
    assert_eq!((record.cases, record.completed, record.visits), (1, 1, 3));
    assert_eq!(record.themes, [CodeCount { code: "T4".to_owned(), count: 1 }]);
    assert!(record.outcomes.is_empty() && record.marks.is_empty(), "one answer tells who gave it");
    let told = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "track_record").unwrap();
    assert_eq!(told.aggregate_id, "e-1");
    assert_eq!(TrackRecordChanged::decode(told.clear).unwrap().track_record.unwrap(), record);
    let told = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "case").unwrap();
    assert_eq!(CaseChanged::decode(told.clear).unwrap().facts.as_ref(), case.facts.as_ref());
}

async fn what_does_not_fit_is_refused_and_nothing_is_stored(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    let before = (stage.get(&case.name).await, stage.events().await.len());
    stage.clock_to("10-08 15:00");
    let mut refused: Vec<Status> = Vec::new();
    let backwards = HoldVisitRequest { end_time: wire("10-08 13:00"), ..held(&case, 1, "10-08 14:00") };
    refused.push(stage.expert().hold_visit(backwards).await.unwrap_err());
    refused.push(stage.expert().hold_visit(held(&case, 1, "10-08 14:00")).await.unwrap_err());
    refused.push(stage.expert().hold_visit(held(&case, 1, "09-29 14:00")).await.unwrap_err());
    let faults: Vec<_> = refused.iter().map(faults_of).map(|faults| faults.concat_reasons()).collect();
    assert_eq!(faults, ["ENDS_BEFORE_START", "IN_THE_FUTURE", "BEFORE_THE_CASE"]);
    let early = RecordOutcomeRequest { marks: None, ..company_says(&case) };
    assert_eq!(reason_of(&stage.company().record_outcome(early).await.unwrap_err()), "ILLEGAL_TRANSITION");
    assert_eq!((stage.get(&case.name).await, stage.events().await.len()), before);
}

trait Reasons {
    fn concat_reasons(self) -> String;
}

impl Reasons for Vec<(String, String)> {
    fn concat_reasons(self) -> String {
        self.into_iter().map(|(_, reason)| reason).collect::<Vec<_>>().join(" ")
    }
}

async fn every_fault_of_a_request_is_told_at_once(stage: &Stage) {
    let mut request = guidance("companies/", "somebody");
    request.region = "江戸".to_owned();
    request.theme = "T9".to_owned();
    request.company_name = "見本\u{202E}".to_owned();
    request.expert_accept_time = wire("12-30 10:00");
    request.company_accept_time = None;
    let refused = stage.operator().create_guidance(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let expected = [
        ("region", "UNKNOWN_CODE"),
        ("company.company", "BAD_NAME"),
        ("expert", "BAD_NAME"),
        ("theme", "UNKNOWN_CODE"),
        ("company_accept_time", "REQUIRED"),
        ("expert_accept_time", "IN_THE_FUTURE"),
        ("company_name", "CONTROL_CHARACTER"),
    ];
    assert_eq!(faults_of(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));

    let case = stage.completed((COMPANY, ["10-08 10:00", "10-09 10:00", "10-10 10:00"])).await;
    let wrong = RecordOutcomeRequest {
        expert_scale: ExpertScale::Well.into(),
        company_scale: 6,
        marks: Some(Marks { time: 6, ..Marks::default() }),
        gains: vec![Gain { code: "gold".to_owned(), count: 0 }],
        ..company_says(&case)
    };
    let refused = stage.company().record_outcome(wrong).await.unwrap_err();
    let fields: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["company_scale", "expert_scale", "marks.time", "gains[0].code", "gains[0].count"]);
}

async fn a_stranger_confirms_nothing_and_nobody_for_both(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    stage.hold(&case, 1, "10-08 14:00").await.unwrap();
    let mut stranger = stage.by("stranger", Role::Portal, &["companies/other"]);
    let mut both = stage.by("two-hats", Role::Portal, &[COMPANY, EXPERT]);
    let refused = [
        stranger.confirm_visit(confirmation(&case, Side::Company)).await.unwrap_err(),
        stage.expert().confirm_visit(confirmation(&case, Side::Company)).await.unwrap_err(),
        stage.company().confirm_visit(confirmation(&case, Side::Expert)).await.unwrap_err(),
        stage.operator().confirm_visit(confirmation(&case, Side::Expert)).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|status| reason_of(status) == "NOT_A_PARTY" && status.code() == Code::PermissionDenied));
    // The expert cannot enter it for the company either.
    let mut on_behalf = confirmation(&case, Side::Company);
    on_behalf.on_behalf_of = Side::Company.into();
    assert_eq!(reason_of(&stage.expert().confirm_visit(on_behalf).await.unwrap_err()), "NOT_A_PARTY");
    both.confirm_visit(confirmation(&case, Side::Company)).await.unwrap();
    let refused = both.confirm_visit(confirmation(&case, Side::Expert)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "SAME_PERSON");
    let mut elsewhere = stage.by("counsellor-2", Role::Counsellor, &["bodies/nagoya"]);
    let request = GetCaseRequest { name: case.name.clone() };
    assert_eq!(reason_of(&elsewhere.get_case(request).await.unwrap_err()), "NOT_OWN");
    assert_eq!(facts(&stage.get(&case.name).await).visits[0].state(), VisitState::Held);
}

async fn entry_on_behalf_is_recorded_as_such(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    stage.hold(&case, 1, "10-08 14:00").await.unwrap();
    let mut request = confirmation(&case, Side::Company);
    request.on_behalf_of = Side::Company.into();
    stage.counsellor().confirm_visit(request).await.unwrap();
    let said = facts(&stage.get(&case.name).await).visits[0].confirmations[0].clone();
    assert_eq!((said.side(), said.actor.as_str(), said.on_behalf), (Side::Company, "counsellor-1", true));
    let step = stage.history(&case.name).await.pop().unwrap();
    assert_eq!((step.cause.as_str(), step.on_behalf_of(), step.visit), ("VISIT_CONFIRMED", Side::Company, 1));
}

async fn one_expert_is_not_in_two_places(stage: &Stage) {
    let one = stage.begin(COMPANY, EXPERT).await;
    let other = stage.begin("companies/c-2", EXPERT).await;
    let elsewhere = stage.begin("companies/c-3", "experts/e-2").await;
    stage.plan(&one, "10-08 14:00").await.unwrap();
    for from in ["10-08 13:00", "10-08 15:59"] {
        let refused = stage.plan(&other, from).await.unwrap_err();
        assert_eq!((reason_of(&refused), refused.code()), ("VISIT_OVERLAPS".to_owned(), Code::FailedPrecondition));
    }
    stage.plan(&elsewhere, "10-08 14:00").await.unwrap();
    stage.plan(&other, "10-08 16:00").await.unwrap();
    let moved = RescheduleVisitRequest {
        name: other.name.clone(),
        visit: 1,
        start_time: wire("10-08 15:00"),
        end_time: wire("10-08 17:00"),
        reason: "都合により".to_owned(),
        ..Default::default()
    };
    assert_eq!(reason_of(&stage.expert().reschedule_visit(moved.clone()).await.unwrap_err()), "VISIT_OVERLAPS");
    let cancelled =
        CancelVisitRequest { name: one.name.clone(), visit: 1, reason: "延期".to_owned(), ..Default::default() };
    stage.expert().cancel_visit(cancelled).await.unwrap();
    stage.expert().reschedule_visit(moved).await.unwrap();
    assert_eq!(facts(&stage.get(&one.name).await).state(), CaseState::Accepted);
}

async fn retries_and_stale_etags(stage: &Stage) {
    let request = CreateGuidanceRequest { request_id: "r-1".to_owned(), ..guidance(COMPANY, EXPERT) };
    let first = stage.counsellor().create_guidance(request.clone()).await.unwrap().into_inner();
    let again = stage.counsellor().create_guidance(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    let case = first.case.unwrap();
    let plan = |etag: &str| PlanVisitRequest {
        name: case.name.clone(),
        start_time: wire("10-08 14:00"),
        end_time: wire("10-08 16:00"),
        etag: etag.to_owned(),
        ..Default::default()
    };
    stage.expert().plan_visit(plan(&case.etag)).await.unwrap();
    let refused = stage.expert().plan_visit(plan(&case.etag)).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::Aborted, "STALE_ETAG".to_owned()));
    assert_eq!(stage.events().await.len(), 2);
}

async fn steps_out_of_order_name_both_states(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    let end = |ending_reason: &str, reason: &str| EndCaseEarlyRequest {
        name: case.name.clone(),
        ending_reason: ending_reason.to_owned(),
        reason: reason.to_owned(),
        ..Default::default()
    };
    let refused = stage.expert().end_case_early(end("goal_reached", "")).await.unwrap_err();
    let told = tonic_metadata(&refused);
    assert_eq!(told, ("ILLEGAL_TRANSITION".to_owned(), "no step from accepted to ended_early".to_owned()));
    let refused = stage.expert().end_case_early(end("other", "")).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("reason".to_owned(), "REQUIRED".to_owned())]);
    let withdraw = WithdrawCaseRequest {
        name: case.name.clone(),
        ending_reason: "company_not_ready".to_owned(),
        ..Default::default()
    };
    stage.company().withdraw_case(withdraw.clone()).await.unwrap();
    let refused = stage.company().withdraw_case(withdraw).await.unwrap_err();
    assert_eq!(tonic_metadata(&refused).1, "no step from withdrawn to withdrawn");
    assert!(fault::ja_of(&refused).unwrap().contains("withdrawn"));
    let refused = stage.company().record_outcome(company_says(&case)).await.unwrap_err();
    assert_eq!(tonic_metadata(&refused).1, "no step from withdrawn to completed");
    assert_eq!(
        tonic_metadata(&stage.plan(&case, "10-08 14:00").await.unwrap_err()).1,
        "no step from withdrawn to scheduled"
    );
}

fn tonic_metadata(status: &Status) -> (String, String) {
    (reason_of(status), status.message().to_owned())
}
