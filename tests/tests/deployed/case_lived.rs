//! One case through all services: begun, visited, confirmed by both sides, completed; its process killed on the way. The sheet
//! tells the record, the reports count it, and everybody was told what to do.

use contract::engagement::v1::*;
use contract::event::v1::Token;
use contract::insights::v1::{GetReportRequest, Scope};
use contract::notices::v1::{AcknowledgeRequest, ListNoticesRequest, Notice, NoticeState, PullRequest};
use contract::search::v1::{Conditions, GetSheetRequest};
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::process::GRACE;
use end_to_end::wait::until;
use end_to_end::{built, readback};
use kit_serve::{Caller, Role};

in_both_shapes!(a_case_leaves_a_record_in_the_sheet_and_in_the_reports);

const COMPANY: &str = "companies/sample";
const BODY: &str = "bodies/sample-chamber";
const PROGRAMME: &str = "standing";

async fn a_case_leaves_a_record_in_the_sheet_and_in_the_reports(shape: Shape) {
    let settings = Settings { whole: true, ..Settings::default() };
    let mut deployment = Deployment::start_with(built!(), shape, settings).await;
    let campaign = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024/skill_survey.csv");
    deployment.import(&campaign).await;
    let clients = deployment.clients();
    let (hits, _) = readback::search(&clients, &Conditions::default(), "").await;
    let expert = hits[0].name.clone();

    let case = begin(&as_owner(&clients, "counsellor-1", Role::Counsellor, BODY), &expert).await;
    visit(&clients, &case, &expert, 1).await;
    let home = deployment.home_of("engagement");
    deployment.part(home).kill();
    deployment.part(home).restart().await;
    let clients = deployment.clients();
    visit(&clients, &case, &expert, 2).await;
    visit(&clients, &case, &expert, 3).await;
    let token = complete(&clients, &case, &expert).await;

    // The search: within the call.
    let request = GetSheetRequest { name: expert.clone(), at_least: vec![token.clone()], ..Default::default() };
    let sheet = clients.search().get_sheet(request).await.unwrap().into_inner().sheet.unwrap();
    let record = sheet.track_record.expect("a record");
    assert_eq!((record.cases, record.completed, record.visits), (1, 1, 3));
    assert_eq!(record.themes, [CodeCount { code: "T4".to_owned(), count: 1 }]);

    // The reports: within the call.
    let scope = Some(Scope { programme: PROGRAMME.to_owned(), ..Scope::default() });
    let request =
        GetReportRequest { report: "completion".to_owned(), scope, at_least: vec![token], ..Default::default() };
    let report = clients.reports().get_report(request).await.unwrap().into_inner().report.unwrap();
    let table = report.tables.iter().find(|table| table.table == "by-theme").unwrap();
    let column = table.columns.as_ref().unwrap().entries.iter().position(|entry| entry.code == "completed").unwrap();
    let row = table.rows.as_ref().unwrap().entries.iter().position(|entry| entry.code == "T4").unwrap();
    assert_eq!(table.lines[row].cells[column].value, Some(1));

    everybody_was_told(&clients, &case, &expert).await;
    let request = GetHistoryRequest { name: case };
    let steps = clients.engagements().get_history(request).await.unwrap().into_inner().steps;
    assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].number + 1 == pair[1].number));
    assert_eq!(steps.last().unwrap().to, "completed");
}

fn as_owner(clients: &Clients, subject: &str, role: Role, owns: &str) -> Clients {
    let mut caller = Caller::new(subject, [role]);
    caller.owns.insert(owns.to_owned());
    clients.acting_as(&caller)
}

/// A moment of March 2025, before the deployment's clock.
fn at(day: i64, hour: i64) -> Option<prost_types::Timestamp> {
    let first: kit_clock::Timestamp = "2025-03-01T00:00:00+09:00".parse().unwrap();
    let seconds = first.parts().0 + (day - 1) * 86_400 + hour * 3_600;
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

async fn begin(counsellor: &Clients, expert: &str) -> String {
    let company = CompanySnapshot {
        company: COMPANY.to_owned(),
        industry: "construction".to_owned(),
        prefecture: "27".to_owned(),
        ..Default::default()
    };
    let request = CreateGuidanceRequest {
        programme: PROGRAMME.to_owned(),
        region: "大阪".to_owned(),
        company: Some(company),
        company_name: "見本建設".to_owned(),
        expert: expert.to_owned(),
        theme: "T4".to_owned(),
        company_accept_time: at(1, 10),
        expert_accept_time: at(1, 11),
        ..Default::default()
    };
    counsellor.engagements().create_guidance(request).await.unwrap().into_inner().case.unwrap().name
}

async fn visit(clients: &Clients, case: &str, expert: &str, number: i32) {
    let (experts, companies) = sides(clients, expert);
    let day = 2 + 3 * i64::from(number);
    let (name, start_time, end_time) = (case.to_owned(), at(day, 14), at(day, 16));
    let plan = PlanVisitRequest { name: name.clone(), start_time, end_time, ..Default::default() };
    experts.engagements().plan_visit(plan).await.unwrap();
    let texts =
        VisitTexts {
            number, place: "本社".to_owned(), attendees: vec!["担当者".to_owned()], ..Default::default()
        };
    let hold = HoldVisitRequest { name, start_time, end_time, texts: Some(texts), ..Default::default() };
    experts.engagements().hold_visit(hold).await.unwrap();
    let confirm = |side: Side| ConfirmVisitRequest {
        name: case.to_owned(),
        visit: number,
        side: side.into(),
        ..Default::default()
    };
    experts.engagements().confirm_visit(confirm(Side::Expert)).await.unwrap();
    companies.engagements().confirm_visit(confirm(Side::Company)).await.unwrap();
}

async fn complete(clients: &Clients, case: &str, expert: &str) -> Token {
    let (experts, companies) = sides(clients, expert);
    let request = CompleteCaseRequest { name: case.to_owned(), ..Default::default() };
    experts.engagements().complete_case(request).await.unwrap();
    let said = RecordOutcomeRequest {
        name: case.to_owned(),
        side: Side::Company.into(),
        company_scale: CompanyScale::Fully.into(),
        ..Default::default()
    };
    companies.engagements().record_outcome(said).await.unwrap().into_inner().token.unwrap()
}

fn sides(clients: &Clients, expert: &str) -> (Clients, Clients) {
    let experts = as_owner(clients, "expert-1", Role::Expert, expert);
    (experts, as_owner(clients, "company-user-1", Role::Portal, COMPANY))
}

/// What is still open reaches the expert by a pull and is acknowledged; company and body were told, too.
async fn everybody_was_told(clients: &Clients, case: &str, expert: &str) {
    let head = clients.head("engagement").await;
    until("the notices to hear of the case", GRACE, async || clients.has_read("notices", &head).await.then_some(()))
        .await;
    let request = ListNoticesRequest { subject: case.to_owned(), page_size: 200, ..Default::default() };
    let all = clients.notices().list_notices(request).await.unwrap().into_inner().notices;
    for recipient in [expert, COMPANY, BODY] {
        let to = |notice: &Notice| notice.facts.as_ref().unwrap().recipient == recipient;
        assert!(all.iter().any(to), "{recipient} was told nothing");
    }
    let (experts, _) = sides(clients, expert);
    let open = experts.notices().pull(PullRequest::default()).await.unwrap().into_inner().notices;
    let states: Vec<_> = open.iter().map(|notice| notice.facts.as_ref().unwrap().state()).collect();
    let handed_over = states.iter().position(|state| *state == NoticeState::HandedOver);
    let first = &open[handed_over.unwrap_or_else(|| panic!("nothing was handed over: {states:?}"))];
    let request = AcknowledgeRequest { name: first.name.clone(), ..Default::default() };
    let read = experts.notices().acknowledge(request).await.unwrap().into_inner().notice.unwrap();
    assert_eq!(read.facts.unwrap().state(), NoticeState::Acknowledged);
}
