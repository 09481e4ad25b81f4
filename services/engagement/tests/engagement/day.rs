//! A counsellor's day: what is open, what is late, and what goes to another body.

use contract::engagement::v1::*;
use kit_serve::Role;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, faults_of, reason_of};

on_both!(
    what_is_overdue_comes_first,
    pages_hold_every_case_once,
    a_case_goes_to_another_body,
    everybody_is_shown_what_is_theirs,
);

async fn list(stage: &Stage, request: ListCasesRequest) -> Vec<(String, bool)> {
    let cases = stage.counsellor().list_cases(request).await.unwrap().into_inner().cases;
    cases.into_iter().map(|case| (case.facts.unwrap().company.unwrap().company, case.overdue)).collect()
}

async fn what_is_overdue_comes_first(stage: &Stage) {
    // Waits for the plan of a visit until the end of the 14th day: October 14.
    stage.begin("companies/waits", "experts/e-2").await;
    // Its visit has to be reported by the end of the 7th day after: October 12.
    let planned = stage.begin("companies/planned", "experts/e-3").await;
    stage.plan(&planned, "10-05 10:00").await.unwrap();
    let closed = stage.begin("companies/closed", "experts/e-4").await;
    let reason = "company_busy".to_owned();
    let request = WithdrawCaseRequest { name: closed.name.clone(), ending_reason: reason, ..Default::default() };
    stage.counsellor().withdraw_case(request).await.unwrap();

    let day = || ListCasesRequest { open_only: true, order: CaseOrder::Due.into(), ..Default::default() };
    let late = |company: &str| (company.to_owned(), true);
    let in_time = |company: &str| (company.to_owned(), false);
    assert_eq!(list(stage, day()).await, [in_time("companies/planned"), in_time("companies/waits")]);
    stage.clock_to("10-12 23:59");
    assert_eq!(list(stage, ListCasesRequest { overdue_only: true, ..day() }).await, []);
    stage.clock_to("10-13 00:00");
    assert_eq!(list(stage, day()).await, [late("companies/planned"), in_time("companies/waits")]);
    assert_eq!(list(stage, ListCasesRequest { overdue_only: true, ..day() }).await, [late("companies/planned")]);
    stage.clock_to("10-15 00:00");
    assert_eq!(list(stage, day()).await, [late("companies/planned"), late("companies/waits")]);
    let all = list(stage, ListCasesRequest::default()).await;
    assert_eq!(all.len(), 3);
    let withdrawn = ListCasesRequest { state: CaseState::Withdrawn.into(), ..Default::default() };
    assert_eq!(list(stage, withdrawn).await, [in_time("companies/closed")]);
}

async fn pages_hold_every_case_once(stage: &Stage) {
    for number in 0..7 {
        stage.begin(&format!("companies/p-{number}"), &format!("experts/p-{number}")).await;
    }
    for order in [CaseOrder::Unspecified, CaseOrder::Due] {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let request =
                ListCasesRequest { order: order.into(), page_size: 3, page_token: token, ..Default::default() };
            let page = stage.counsellor().list_cases(request).await.unwrap().into_inner();
            seen.extend(page.cases.into_iter().map(|case| case.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (7, 7));
    }
    let request = ListCasesRequest { page_size: 3, ..Default::default() };
    let page_token = stage.counsellor().list_cases(request).await.unwrap().into_inner().next_page_token;
    let other = ListCasesRequest { page_token, theme: "T1".to_owned(), ..Default::default() };
    let refused = stage.counsellor().list_cases(other).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("page_token".to_owned(), "BAD_PAGE_TOKEN".to_owned())]);
}

async fn a_case_goes_to_another_body(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    let to = |body: &str| HandOverRequest {
        name: case.name.clone(),
        body: body.to_owned(),
        counsellor: "counsellor-2".to_owned(),
        reason: "移転のため".to_owned(),
        ..Default::default()
    };
    let refused = stage.counsellor().hand_over(to(BODY)).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("body".to_owned(), "NO_CHANGE".to_owned())]);
    // Who has handed a case over is told how it left, and does not see it any more.
    stage.counsellor().hand_over(to("bodies/nagoya")).await.unwrap();
    let mut other = stage.by("counsellor-2", Role::Counsellor, &["bodies/nagoya"]);
    let request = GetCaseRequest { name: case.name.clone() };
    let facts = other.get_case(request.clone()).await.unwrap().into_inner().case.unwrap().facts.unwrap();
    assert_eq!((facts.body.as_str(), facts.counsellor.as_str()), ("bodies/nagoya", "counsellor-2"));
    assert_eq!(reason_of(&stage.counsellor().get_case(request).await.unwrap_err()), "NOT_OWN");
    let step = stage.history(&case.name).await.pop().unwrap();
    assert_eq!(
        (step.cause.as_str(), step.detail.as_str(), step.actor.as_str(), step.reason.as_str()),
        ("HANDED_OVER", "bodies/nagoya", "counsellor-1", "移転のため")
    );
}

async fn everybody_is_shown_what_is_theirs(stage: &Stage) {
    stage.begin(COMPANY, EXPERT).await;
    stage.begin("companies/c-2", "experts/e-2").await;
    let names =
        async |mut client: contract::engagement::v1::engagements_client::EngagementsClient<kit_serve::Client>,
               request: ListCasesRequest| {
            let answer = client.list_cases(request).await;
            answer.map(|cases| cases.into_inner().cases.len()).map_err(|status| reason_of(&status))
        };
    assert_eq!(names(stage.operator(), ListCasesRequest::default()).await, Ok(2));
    assert_eq!(names(stage.expert(), ListCasesRequest::default()).await, Ok(1));
    let other = ListCasesRequest { expert: "experts/e-2".to_owned(), ..Default::default() };
    assert_eq!(names(stage.expert(), other).await, Err("NOT_OWN".to_owned()));
    let nobody = stage.by("counsellor-3", Role::Counsellor, &[]);
    assert_eq!(names(nobody, ListCasesRequest::default()).await, Err("NOT_OWN".to_owned()));
    let mut anyone = stage.by("x", Role::Anyone, &[]);
    let refused = anyone.list_cases(ListCasesRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let odd = ListCasesRequest { region: "大\0阪".to_owned(), body: "x".to_owned(), ..Default::default() };
    let refused = stage.operator().list_cases(odd).await.unwrap_err();
    let fields: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["region", "body"]);
    let odd = GetHistoryRequest { name: "consultations/\0".to_owned() };
    let refused = stage.operator().get_history(odd).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("name".to_owned(), "BAD_NAME".to_owned())]);
    let catalogue = anyone.get_catalogue(GetCatalogueRequest {}).await.unwrap().into_inner();
    assert_eq!((catalogue.themes.len(), catalogue.programmes[0].fees.len()), (5, 3));
}
