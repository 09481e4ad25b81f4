//! Companies apply, by one channel or two, and call off.

use contract::matching::v1::*;
use contract::registry::v1::CompanyChanged;
use kit_log::{KeyStore as _, NewEvent};
use tonic::Code;

use crate::stage::{BODY, FIRST, OTHER_BODY, Stage, apply, faults, faults_of, plan_on, reason_of};

on_both!(
    a_company_applies_and_is_told_of,
    what_cannot_be_is_refused,
    an_application_belongs_to_a_request_of_the_company,
    an_event_closes_when_it_is_full_and_opens_again,
    two_channels_bring_the_same_company,
    two_channels_bring_the_same_company_at_once,
    a_company_that_is_another_one_applies_once,
    whoever_called_off_may_apply_again,
    texts_are_sealed_and_go_with_the_key,
    applications_are_shown_to_whom_they_belong,
    a_repeat_does_nothing,
);

fn full(event: &str, company: &str) -> ApplyRequest {
    ApplyRequest {
        people: 2,
        themes: vec!["T1".to_owned()],
        needs: vec!["rules".to_owned()],
        question: "規程はどこから作ればよいですか".to_owned(),
        rounds: vec![2, 1],
        not_with: vec![FIRST.to_owned()],
        ..apply(event, company)
    }
}

fn call_off(application: &Application) -> CallOffRequest {
    CallOffRequest { name: application.name.clone(), reason: "急な出張".to_owned(), ..Default::default() }
}

async fn a_company_applies_and_is_told_of(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let answer = stage.counsellor().apply(full(&event.name, "companies/c-1")).await.unwrap().into_inner();
    assert!(!answer.merged && answer.token.is_some());
    let application = answer.application.unwrap();
    let (facts, texts) = (application.facts.clone().unwrap(), application.texts.clone().unwrap());
    assert_eq!(
        (facts.event.as_str(), facts.programme.as_str(), facts.body.as_str()),
        (event.name.as_str(), "2024", BODY)
    );
    let company = facts.company.clone().unwrap();
    assert_eq!((company.company.as_str(), company.industry.as_str()), ("companies/c-1", "automotive"));
    assert_eq!((facts.people, facts.consultation, facts.state()), (2, true, ApplicationState::Applied));
    assert_eq!((facts.rounds.as_slice(), facts.not_with.as_slice()), (&[1, 2][..], &[FIRST.to_owned()][..]));
    assert_eq!(texts.company_name, "見本製作所1");
    assert_eq!(texts.question, "規程はどこから作ればよいですか");
    assert_eq!(stage.event(&event.name).await.applied, 1);
    let told: Vec<ApplicationChanged> = stage.told("application").await;
    assert_eq!(told, [ApplicationChanged { facts: Some(facts), changed: vec!["entered".to_owned()] }]);
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    assert_eq!(told.last().unwrap().changed, ["applied"]);
    let lecture = ApplyRequest { lecture_only: true, ..apply(&event.name, "companies/c-2") };
    let lecture = stage.operator().apply(lecture).await.unwrap().into_inner().application.unwrap().facts.unwrap();
    assert_eq!((lecture.people, lecture.consultation, lecture.body.as_str()), (1, false, ""));
    assert_eq!(stage.applications(&event.name).await.len(), 2);
}

async fn what_cannot_be_is_refused(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let odd = ApplyRequest {
        event: event.name.clone(),
        company: "c-1".to_owned(),
        request: "x".to_owned(),
        people: 51,
        themes: vec!["T1".to_owned(), "T1".to_owned(), "T6".to_owned()],
        needs: vec!["magic".to_owned()],
        question: "問".repeat(1_001),
        rounds: vec![0, 4, 2, 2],
        not_with: vec!["companies/c-1".to_owned()],
        body: "osaka".to_owned(),
        request_id: "空".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        faults_of(&stage.operator().apply(odd).await.unwrap_err()),
        faults(&[
            ("request_id", "BAD_REQUEST_ID"),
            ("company", "BAD_NAME"),
            ("people", "OUT_OF_RANGE"),
            ("body", "BAD_NAME"),
            ("rounds[0]", "OUT_OF_RANGE"),
            ("rounds[1]", "OUT_OF_RANGE"),
            ("rounds[3]", "REPEATED"),
            ("request", "BAD_NAME"),
            ("themes[1]", "REPEATED"),
            ("themes[2]", "UNKNOWN_CODE"),
            ("needs[0]", "UNKNOWN_CODE"),
            ("question", "TOO_LONG"),
            ("not_with[0]", "BAD_NAME"),
        ])
    );
    let refused = async |request: ApplyRequest| {
        let refused = stage.counsellor().apply(request).await.unwrap_err();
        (refused.code(), reason_of(&refused))
    };
    let missing = |code: Code, reason: &str| (code, reason.to_owned());
    assert_eq!(
        refused(apply("consultationEvents/x", "companies/c-1")).await,
        missing(Code::NotFound, "EVENT_NOT_FOUND")
    );
    assert_eq!(refused(apply(&event.name, "companies/c-99")).await, missing(Code::NotFound, "COMPANY_NOT_FOUND"));
    stage.others.erase("companies/c-9");
    assert_eq!(refused(apply(&event.name, "companies/c-9")).await, missing(Code::FailedPrecondition, "COMPANY_ERASED"));
    stage.others.register_away(true);
    assert_eq!(refused(apply(&event.name, "companies/c-1")).await, missing(Code::Unavailable, "REGISTER_AWAY"));
    stage.others.register_away(false);
    let body = ApplyRequest { body: OTHER_BODY.to_owned(), ..apply(&event.name, "companies/c-1") };
    assert_eq!(refused(body).await, missing(Code::PermissionDenied, "NOT_OWN"));
    let nobody = CallOffRequest { name: "applications/x".to_owned(), ..Default::default() };
    let nobody = stage.operator().call_off(nobody).await.unwrap_err();
    assert_eq!((nobody.code(), reason_of(&nobody)), missing(Code::NotFound, "APPLICATION_NOT_FOUND"));
    assert_eq!(stage.events().await.len(), 1);
}

async fn an_application_belongs_to_a_request_of_the_company(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let need = Need { kind: RequestKind::Guidance.into(), themes: vec!["T1".to_owned()], ..Default::default() };
    let request = CreateRequestRequest {
        programme: "2024".to_owned(),
        route: Route::Direct.into(),
        company: "companies/c-1".to_owned(),
        need: Some(need),
        ..Default::default()
    };
    let request = stage.requests().create_request(request).await.unwrap().into_inner().request.unwrap();
    let of = |company: &str, name: &str| ApplyRequest { request: name.to_owned(), ..apply(&event.name, company) };
    let none = stage.counsellor().apply(of("companies/c-1", "requests/x")).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "REQUEST_NOT_FOUND".to_owned()));
    let other = stage.counsellor().apply(of("companies/c-2", &request.name)).await.unwrap_err();
    assert_eq!(faults_of(&other), faults(&[("request", "OTHER_COMPANY")]));
    let applied = stage.counsellor().apply(of("companies/c-1", &request.name)).await.unwrap().into_inner();
    assert_eq!(applied.application.unwrap().facts.unwrap().request, request.name);
}

async fn an_event_closes_when_it_is_full_and_opens_again(stage: &Stage) {
    let event = stage.held(EventPlan { capacity: 2, ..plan_on("11-05") }).await;
    let first = stage.applied(&event.name, "companies/c-1").await;
    stage.applied(&event.name, "companies/c-2").await;
    assert_eq!(stage.event(&event.name).await.state(), ConsultationEventState::Closed);
    let refused = stage.counsellor().apply(apply(&event.name, "companies/c-3")).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "EVENT_FULL".to_owned()));
    assert!(refused.message().contains("room for 2"), "{}", refused.message());
    let again = stage.counsellor().apply(full(&event.name, "companies/c-2")).await.unwrap().into_inner();
    assert!(again.merged, "who has a place may add to it");
    stage.counsellor().call_off(call_off(&first)).await.unwrap();
    assert_eq!(stage.event(&event.name).await.state(), ConsultationEventState::Open);
    stage.applied(&event.name, "companies/c-3").await;
    let facts = stage.event(&event.name).await;
    assert_eq!((facts.state(), facts.applied), (ConsultationEventState::Closed, 2));
    let told: Vec<ConsultationEventChanged> = stage.told("consultation_event").await;
    let told: Vec<_> = told.iter().map(|told| told.changed.join(",")).collect();
    assert_eq!(told, ["entered", "applied", "applied,state", "applied,state", "applied,state"]);
}

async fn two_channels_bring_the_same_company(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let first = stage.counsellor().apply(full(&event.name, "companies/c-1")).await.unwrap().into_inner();
    let second = ApplyRequest {
        people: 3,
        themes: vec!["T4".to_owned(), "T1".to_owned()],
        needs: vec!["audit".to_owned()],
        question: "費用はかかりますか".to_owned(),
        ..apply(&event.name, "companies/c-1")
    };
    let answer = stage.elsewhere().apply(second.clone()).await.unwrap().into_inner();
    assert!(answer.merged);
    let (one, two) = (first.application.unwrap(), answer.application.unwrap());
    assert_eq!(one.name, two.name);
    let facts = two.facts.unwrap();
    assert_eq!((facts.people, facts.body.as_str()), (3, BODY));
    assert_eq!(
        (facts.themes, facts.needs),
        (vec!["T1".to_owned(), "T4".to_owned()], vec!["rules".into(), "audit".into()])
    );
    assert_eq!((facts.rounds, facts.not_with), (vec![1, 2], vec![FIRST.to_owned()]));
    assert_eq!(two.texts.unwrap().question, "", "what another body was asked is not for this one");
    let stored = &stage.applications(&event.name).await[0];
    assert_eq!(stored.texts.as_ref().unwrap().question, "規程はどこから作ればよいですか\n費用はかかりますか");
    let told: Vec<ApplicationChanged> = stage.told("application").await;
    assert_eq!(told.iter().map(|told| told.changed.join(",")).collect::<Vec<_>>(), ["entered", "content"]);
    let same = stage.elsewhere().apply(second.clone()).await.unwrap().into_inner();
    assert!(same.merged && stage.told::<ApplicationChanged>("application").await.len() == 2);
    let long = ApplyRequest { question: "長".repeat(980), ..second };
    let refused = stage.elsewhere().apply(long).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("question", "TOO_LONG")]), "nothing of a question is cut off");
}

async fn two_channels_bring_the_same_company_at_once(stage: &Stage) {
    let event = stage.held(EventPlan { capacity: 1, ..plan_on("11-05") }).await;
    let (mut one, mut two) = (stage.counsellor(), stage.elsewhere());
    let both = futures::future::join(
        one.apply(full(&event.name, "companies/c-1")),
        two.apply(apply(&event.name, "companies/c-1")),
    );
    let (one, two) = both.await;
    let (one, two) = (one.unwrap().into_inner(), two.unwrap().into_inner());
    assert_ne!(one.merged, two.merged);
    assert_eq!(one.application.unwrap().name, two.application.unwrap().name);
    let all = stage.applications(&event.name).await;
    assert_eq!((all.len(), stage.event(&event.name).await.applied), (1, 1));
    let facts = all[0].facts.as_ref().unwrap();
    assert_eq!((facts.people, facts.needs.as_slice()), (2, &["rules".to_owned()][..]));
}

async fn a_company_that_is_another_one_applies_once(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let first = stage.applied(&event.name, "companies/c-1").await;
    let facts = stage.others.merge("companies/c-1", "companies/c-2");
    let changed = CompanyChanged { facts: Some(facts), changed: vec!["facts.merged_into".to_owned()] };
    stage.register_tells(NewEvent::new("company", "c-1", &changed)).await;
    for company in ["companies/c-2", "companies/c-1"] {
        let answer = stage.counsellor().apply(apply(&event.name, company)).await.unwrap().into_inner();
        assert_eq!((answer.merged, answer.application.unwrap().name), (true, first.name.clone()), "{company}");
    }
    stage.others.merge("companies/c-3", "companies/c-4");
    let third = stage.applied(&event.name, "companies/c-3").await;
    assert_eq!(third.facts.unwrap().company.unwrap().company, "companies/c-4", "the company that it is");
    assert_eq!(third.texts.unwrap().company_name, "見本製作所4");
    assert_eq!(stage.event(&event.name).await.applied, 2);
}

async fn whoever_called_off_may_apply_again(stage: &Stage) {
    let event = stage.held(EventPlan { capacity: 2, ..plan_on("11-05") }).await;
    let first = stage.counsellor().apply(full(&event.name, "companies/c-1")).await.unwrap().into_inner();
    let first = first.application.unwrap();
    stage.applied(&event.name, "companies/c-2").await;
    let answer = stage.counsellor().call_off(call_off(&first)).await.unwrap().into_inner().application.unwrap();
    assert_eq!(answer.facts.unwrap().state(), ApplicationState::CalledOff);
    let twice = stage.counsellor().call_off(call_off(&first)).await.unwrap_err();
    assert_eq!(twice.message(), "no step from called_off to called_off");
    stage.applied(&event.name, "companies/c-3").await;
    let refused = stage.counsellor().apply(apply(&event.name, "companies/c-1")).await.unwrap_err();
    assert_eq!(reason_of(&refused), "EVENT_FULL", "its place is gone");
    let second = stage.applications(&event.name).await.swap_remove(1);
    stage.counsellor().call_off(call_off(&second)).await.unwrap();
    let again = stage.counsellor().apply(apply(&event.name, "companies/c-1")).await.unwrap().into_inner();
    let again = (again.merged, again.application.unwrap());
    assert_eq!((again.0, &again.1.name), (true, &first.name));
    let facts = again.1.facts.unwrap();
    assert_eq!((facts.state(), facts.people, facts.themes.len()), (ApplicationState::Applied, 1, 0));
    let order: Vec<_> = stage.applications(&event.name).await.into_iter().map(|one| one.name).collect();
    assert_eq!(order.last(), Some(&first.name), "at the end of the queue");
    stage.clock_to("11-05 16:30");
    let late = stage.counsellor().call_off(call_off(&first)).await.unwrap_err();
    assert_eq!(late.message(), "no step from over to called_off");
}

async fn texts_are_sealed_and_go_with_the_key(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let application = stage.counsellor().apply(full(&event.name, "companies/c-1")).await.unwrap().into_inner();
    let application = application.application.unwrap();
    stage.counsellor().call_off(call_off(&application)).await.unwrap();
    let secrets = ["見本製作所", "規程はどこから", "急な出張"];
    assert_eq!(stage.leaks(&secrets).await, Vec::<String>::new());
    let told = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "application").unwrap();
    assert_eq!(told.key_id, "c-1");
    stage.keys.destroy("c-1").await.unwrap();
    let left = stage.applications(&event.name).await.swap_remove(0);
    assert_eq!(left.texts.unwrap(), ApplicationTexts::default());
    assert_eq!(left.facts.unwrap().company.unwrap().company, "companies/c-1", "ids and codes stay");
}

async fn applications_are_shown_to_whom_they_belong(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    for number in 1..=5 {
        let company = format!("companies/c-{number}");
        let mut by = if number % 2 == 0 { stage.elsewhere() } else { stage.counsellor() };
        by.apply(apply(&event.name, &company)).await.unwrap();
    }
    let list = |size: i32, token: &str| ListApplicationsRequest {
        event: event.name.clone(),
        page_size: size,
        page_token: token.to_owned(),
    };
    let companies = |all: Vec<Application>| {
        all.into_iter().map(|one| one.facts.unwrap().company.unwrap().company).collect::<Vec<_>>()
    };
    let first = stage.counsellor().list_applications(list(3, "")).await.unwrap().into_inner();
    let second = stage.counsellor().list_applications(list(3, &first.next_page_token)).await.unwrap().into_inner();
    assert!(second.next_page_token.is_empty());
    let all = companies([first.applications, second.applications].concat());
    assert_eq!(all, (1..=5).map(|number| format!("companies/c-{number}")).collect::<Vec<_>>());
    let own = stage.elsewhere().list_applications(list(50, "")).await.unwrap().into_inner();
    let names: Vec<String> = own.applications.iter().map(|one| one.name.clone()).collect();
    assert_eq!(companies(own.applications), ["companies/c-2", "companies/c-4"]);
    let asked = GetConsultationEventRequest { name: event.name.clone() };
    stage.elsewhere().get_consultation_event(asked).await.expect("who brought a company sees the event");
    let mut third = stage.by("counsellor-3", kit_serve::Role::Counsellor, &["bodies/saitama"]);
    assert_eq!(reason_of(&third.list_applications(list(50, "")).await.unwrap_err()), "NOT_OWN");
    let seated = stage.expert(FIRST).list_applications(list(50, "")).await.unwrap().into_inner();
    assert!(seated.applications.is_empty(), "nobody is seated yet");
    let theirs = CallOffRequest { name: names[0].clone(), ..Default::default() };
    assert_eq!(reason_of(&third.call_off(theirs.clone()).await.unwrap_err()), "NOT_OWN");
    stage.elsewhere().call_off(theirs).await.expect("who brought it may call it off");
}

async fn a_repeat_does_nothing(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let request = ApplyRequest { request_id: "r-1".to_owned(), ..full(&event.name, "companies/c-1") };
    let first = stage.counsellor().apply(request.clone()).await.unwrap().into_inner();
    let again = stage.counsellor().apply(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    let request = CallOffRequest { request_id: "r-2".to_owned(), ..call_off(&first.application.unwrap()) };
    let first = stage.counsellor().call_off(request.clone()).await.unwrap().into_inner();
    stage.restart().await;
    let again = stage.counsellor().call_off(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(stage.told::<ApplicationChanged>("application").await.len(), 2);
}
