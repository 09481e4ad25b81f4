//! A counsellor's day: what is open, what is late, and what goes to another body.

use contract::engagement::v1::*;
use kit_serve::Role;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, choice, company, faults_of, guidance, reason_of, wire};

on_both!(
    what_is_overdue_comes_first,
    pages_hold_every_case_once,
    a_case_goes_to_another_body,
    everybody_is_shown_what_is_theirs,
    a_day_from_what_is_late_to_the_handover,
    consultations_are_listed_to_whom_they_belong,
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

fn consultation(of: &str, expert: &str) -> CreateConsultationRequest {
    CreateConsultationRequest {
        programme: "2024".to_owned(),
        event: "events/osaka-1".to_owned(),
        region: "大阪".to_owned(),
        company: company(of),
        expert: expert.to_owned(),
        start_time: wire("09-20 14:50"),
        ..Default::default()
    }
}

/// In the morning what is late; a company that rings is entered for; a case moves away with all that belongs to it.
async fn a_day_from_what_is_late_to_the_handover(stage: &Stage) {
    let met = stage.counsellor().create_consultation(consultation(COMPANY, EXPERT)).await.unwrap();
    let met = met.into_inner().consultation.unwrap();
    let report = ReportConsultationRequest {
        name: met.name.clone(),
        diagnosed_needs: vec!["rules".to_owned()],
        goes_on: true,
        ..Default::default()
    };
    stage.expert().report_consultation(report).await.unwrap();
    let begin = CreateGuidanceRequest { sources: vec![met.name.clone()], ..guidance(COMPANY, EXPERT) };
    let case = stage.counsellor().create_guidance(begin).await.unwrap().into_inner().case.unwrap();
    stage.begin("companies/later", "experts/e-2").await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    stage.hold(&case, 1, "10-08 14:00").await.unwrap();

    // The visit waits for its confirmation until the end of October 15; the other case has been waiting since the 14th.
    stage.clock_to("10-16 09:00");
    let day = || ListCasesRequest { open_only: true, order: CaseOrder::Due.into(), ..Default::default() };
    let late = |company: &str| (company.to_owned(), true);
    assert_eq!(list(stage, day()).await, [late("companies/later"), late(COMPANY)]);
    let on_behalf = ConfirmVisitRequest {
        name: case.name.clone(),
        visit: 1,
        side: Side::Company.into(),
        on_behalf_of: Side::Company.into(),
        ..Default::default()
    };
    stage.counsellor().confirm_visit(on_behalf).await.unwrap();
    let expert =
        ConfirmVisitRequest { name: case.name.clone(), visit: 1, side: Side::Expert.into(), ..Default::default() };
    stage.expert().confirm_visit(expert).await.unwrap();
    let check = SubmitAnswersRequest {
        form: "forms/self-check-2024".to_owned(),
        subject: COMPANY.to_owned(),
        on_behalf_of: Side::Company.into(),
        answers: (1..=25).map(|at| choice(&format!("Q{at:02}"), "partly")).collect(),
        ..Default::default()
    };
    stage.forms_by_counsellor().submit_answers(check).await.unwrap();
    assert_eq!(list(stage, day()).await, [late("companies/later"), (COMPANY.to_owned(), false)]);

    let to = HandOverRequest {
        name: case.name.clone(),
        body: "bodies/nagoya".to_owned(),
        counsellor: "counsellor-2".to_owned(),
        reason: "移転のため".to_owned(),
        ..Default::default()
    };
    stage.counsellor().hand_over(to).await.unwrap();
    assert_eq!(list(stage, day()).await, [late("companies/later")]);
    let mut there = stage.by("counsellor-2", Role::Counsellor, &["bodies/nagoya"]);
    let cases = there.list_cases(day()).await.unwrap().into_inner().cases;
    assert_eq!(cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(), [case.name.as_str()]);
    let get = || GetConsultationRequest { name: met.name.clone() };
    let moved = there.get_consultation(get()).await.unwrap().into_inner().consultation.unwrap();
    assert_eq!(moved.facts.unwrap().body, "bodies/nagoya");
    assert_eq!(reason_of(&stage.counsellor().get_consultation(get()).await.unwrap_err()), "NOT_OWN");
    let steps: Vec<_> = stage.history(&met.name).await.into_iter().map(|step| (step.cause, step.to)).collect();
    let expected =
        [("ENTERED", "declared"), ("REPORTED", "going_on"), ("CONVERTED", "converted"), ("HANDED_OVER", "converted")];
    assert_eq!(steps, expected.map(|(cause, to)| (cause.to_owned(), to.to_owned())));
    let about = |subject: &str| ListAnswersRequest { subject: subject.to_owned(), ..Default::default() };
    let mut forms = stage.forms_by("counsellor-2", Role::Counsellor, &["bodies/nagoya"]);
    assert_eq!(forms.list_answers(about(COMPANY)).await.unwrap().into_inner().answers.len(), 1);
    let refused = stage.forms_by_counsellor().list_answers(about(&case.name)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_OWN");
}

async fn consultations_are_listed_to_whom_they_belong(stage: &Stage) {
    let mut names = Vec::new();
    for (number, expert) in
        ["experts/e-1", "experts/e-2", "experts/e-1", "experts/e-2", "experts/e-1"].iter().enumerate()
    {
        let entered = consultation(&format!("companies/c-{number}"), expert);
        let entered = stage.counsellor().create_consultation(entered).await.unwrap().into_inner().consultation.unwrap();
        names.push(entered.name);
    }
    let elsewhere = CreateConsultationRequest {
        event: "events/nagoya".to_owned(),
        region: "名古屋".to_owned(),
        body: "bodies/nagoya".to_owned(),
        ..consultation("companies/c-9", "experts/e-1")
    };
    stage.operator().create_consultation(elsewhere).await.unwrap();
    let absent = ReportConsultationRequest { name: names[1].clone(), absent: true, ..Default::default() };
    stage.counsellor().report_consultation(absent).await.unwrap();

    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListConsultationsRequest { page_size: 2, page_token: token, ..Default::default() };
        let page = stage.counsellor().list_consultations(request).await.unwrap().into_inner();
        seen.extend(page.consultations.into_iter().map(|met| met.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, names);
    let count = async |request: ListConsultationsRequest| {
        stage.operator().list_consultations(request).await.unwrap().into_inner().consultations.len()
    };
    let text = str::to_owned;
    let all = ListConsultationsRequest::default;
    assert_eq!(count(all()).await, 6);
    assert_eq!(count(ListConsultationsRequest { region: text("nagoya"), ..all() }).await, 1);
    assert_eq!(count(ListConsultationsRequest { event: text("events/osaka-1"), ..all() }).await, 5);
    assert_eq!(count(ListConsultationsRequest { expert: text("experts/e-1"), body: text(BODY), ..all() }).await, 3);
    assert_eq!(count(ListConsultationsRequest { company: text("companies/c-3"), ..all() }).await, 1);
    assert_eq!(count(ListConsultationsRequest { state: ConsultationState::Absent.into(), ..all() }).await, 1);
    assert_eq!(count(ListConsultationsRequest { programme: text("2025"), ..all() }).await, 0);
    let own = stage.expert().list_consultations(all()).await.unwrap().into_inner().consultations;
    assert_eq!(own.len(), 4, "an expert is shown the own ones, whoever looks after them");
    let other = ListConsultationsRequest { expert: text("experts/e-2"), ..all() };
    assert_eq!(reason_of(&stage.expert().list_consultations(other).await.unwrap_err()), "NOT_OWN");
    let odd = ListConsultationsRequest { state: 9, company: text("x"), page_token: text("1.x"), ..all() };
    let fields: Vec<_> = faults_of(&stage.operator().list_consultations(odd).await.unwrap_err());
    let fields: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["state", "company", "page_token"]);
}
