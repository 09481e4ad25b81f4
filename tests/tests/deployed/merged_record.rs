//! Two experts turn out to be one person: the sheet, the list, the cases and the reports of the one who is found tell what both
//! did; parted, each has the own again.

use std::collections::BTreeMap;

use contract::engagement::v1::*;
use contract::event::v1::Token;
use contract::insights::v1::GetReportRequest;
use contract::search::v1::{GetSheetRequest, SearchExpertsRequest};
use contract::survey::v1::{GetRatingRequest, KeepPeopleApartRequest, MergePeopleRequest};
use end_to_end::built;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::file;
use end_to_end::process::GRACE;
use end_to_end::wait::until;
use kit_serve::{Caller, Role};

use crate::disputes::answers;

in_both_shapes!(the_record_of_merged_experts_is_found_under_the_one_that_stays);

async fn the_record_of_merged_experts_is_found_under_the_one_that_stays(shape: Shape) {
    let mut deployment = Deployment::start_with(built!(), shape, Settings { whole: true, ..Settings::default() }).await;
    let operator = Caller::new("operator-1", [Role::Operator]);
    let path = deployment.home().join("people.csv");
    let rows = [
        answers("700001", "見本 一郎", "ミホン イチロウ", "ichiro@example.jp"),
        answers("700002", "見本 二郎", "ミホン ジロウ", "jiro@example.jp"),
    ];
    file::write_plainly(&path, &rows);
    deployment.import(&path).await;
    let clients = deployment.clients().acting_as(&operator);
    let [one, two] = [expert(&clients, "700001").await, expert(&clients, "700002").await];
    visited(&clients, &one, "T1", 3).await;
    visited(&clients, &two, "T1", 5).await;
    let told = [visited(&clients, &two, "T4", 7).await];
    let own = (record(&clients, &one, &told).await, record(&clients, &two, &told).await);
    assert_eq!((own.0.cases, own.1.cases), (1, 2));

    let [first, second] = [person(&clients, "700001").await, person(&clients, "700002").await];
    let request =
        MergePeopleRequest { name: second.clone(), into: first.clone(), reason: "改姓".into(), ..Default::default() };
    let merged = clients.people().merge_people(request).await.unwrap().into_inner().token.unwrap();
    let told = followed(&clients, &merged).await;
    let both = record(&clients, &one, &told).await;
    assert_eq!((both.cases, both.visits), (3, 3));
    let themes: Vec<_> = both.themes.iter().map(|theme| (theme.code.as_str(), theme.count)).collect();
    assert_eq!(themes, [("T1", 2), ("T4", 1)]);
    assert_eq!(listed(&clients, &told).await, BTreeMap::from([(one.clone(), 3)]));
    assert_eq!(cases(&clients, &one).await, 3);
    assert_eq!(by_expert(&clients, &told).await, BTreeMap::from([(one.clone(), 3)]));

    // Whoever starts again knows no less.
    for service in ["engagement", "search"] {
        let home = deployment.home_of(service);
        deployment.part(home).kill();
        deployment.part(home).restart().await;
    }
    let clients = deployment.clients().acting_as(&operator);
    assert_eq!(record(&clients, &one, &told).await, both);

    let request = KeepPeopleApartRequest { first, second, reason: "別人".into(), ..Default::default() };
    let parted = clients.people().keep_people_apart(request).await.unwrap().into_inner().token.unwrap();
    let told = followed(&clients, &parted).await;
    assert_eq!((record(&clients, &one, &told).await, record(&clients, &two, &told).await), own);
    let apart = BTreeMap::from([(one.clone(), 1), (two.clone(), 2)]);
    assert_eq!(listed(&clients, &told).await, apart);
    assert_eq!(by_expert(&clients, &told).await, apart);
    assert_eq!((cases(&clients, &one).await, cases(&clients, &two).await), (1, 2));
}

/// The places at which everybody has followed what the survey decided here: the engagements by way of the register.
async fn followed(clients: &Clients, decided: &Token) -> Vec<Token> {
    until("the register to follow", GRACE, async || clients.has_read("registry", decided).await.then_some(())).await;
    let head = clients.head("registry").await;
    until("the engagements to follow", GRACE, async || clients.has_read("engagement", &head).await.then_some(())).await;
    vec![decided.clone(), head, clients.head("engagement").await]
}

async fn expert(clients: &Clients, number: &str) -> String {
    let request =
        GetSheetRequest { name: "experts/-".to_owned(), registration_number: number.to_owned(), ..Default::default() };
    clients.search().get_sheet(request).await.unwrap().into_inner().sheet.unwrap().summary.unwrap().name
}

async fn person(clients: &Clients, number: &str) -> String {
    let request = GetRatingRequest { registration_number: number.to_owned() };
    let rating = clients.scoring().get_rating(request).await.unwrap().into_inner().rating.unwrap();
    format!("people/{}", rating.respondent_id)
}

/// What the sheet tells of an expert's cases once this much is visible.
async fn record(clients: &Clients, expert: &str, at_least: &[Token]) -> TrackRecord {
    let request = GetSheetRequest { name: expert.to_owned(), at_least: at_least.to_vec(), ..Default::default() };
    clients.search().get_sheet(request).await.unwrap().into_inner().sheet.unwrap().track_record.unwrap()
}

/// Executed cases of everybody in the list.
async fn listed(clients: &Clients, at_least: &[Token]) -> BTreeMap<String, i64> {
    let request = SearchExpertsRequest { at_least: at_least.to_vec(), ..Default::default() };
    let hits = clients.search().search_experts(request).await.unwrap().into_inner().hits;
    hits.into_iter().map(|hit| (hit.name, i64::from(hit.executed_cases))).collect()
}

/// How many cases an expert is shown as the own ones.
async fn cases(clients: &Clients, expert: &str) -> usize {
    let mut caller = Caller::new("expert-1", [Role::Expert]);
    caller.owns.insert(expert.to_owned());
    let answer = clients.acting_as(&caller).engagements().list_cases(ListCasesRequest::default()).await;
    answer.unwrap().into_inner().cases.len()
}

/// Executed cases by expert, as the report has them.
async fn by_expert(clients: &Clients, at_least: &[Token]) -> BTreeMap<String, i64> {
    let at_least = at_least.to_vec();
    let request = GetReportRequest { report: "experts-and-cases".to_owned(), at_least, ..Default::default() };
    let report = clients.reports().get_report(request).await.unwrap().into_inner().report.unwrap();
    let table = report.tables.into_iter().find(|table| table.table == "by-expert-and-theme").unwrap();
    let rows = table.rows.unwrap().entries;
    let cells = rows.iter().zip(&table.lines).filter(|(row, _)| !row.total);
    cells.map(|(row, line)| (format!("experts/{}", row.code), line.cells.last().unwrap().value.unwrap())).collect()
}

/// A moment of March 2025, before the deployment's clock.
fn at(day: i64, hour: i64) -> Option<prost_types::Timestamp> {
    let first: kit_clock::Timestamp = "2025-03-01T00:00:00+09:00".parse().unwrap();
    let seconds = first.parts().0 + (day - 1) * 86_400 + hour * 3_600;
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

/// A case of which a visit was held on this day of March; all of it entered by an operator. Answers the last place.
async fn visited(clients: &Clients, expert: &str, theme: &str, day: i64) -> Token {
    let company = CompanySnapshot {
        company: format!("companies/sample-{day}"),
        industry: "construction".to_owned(),
        prefecture: "27".to_owned(),
        ..Default::default()
    };
    let request = CreateGuidanceRequest {
        programme: "standing".to_owned(),
        region: "大阪".to_owned(),
        company: Some(company),
        expert: expert.to_owned(),
        body: "bodies/sample-chamber".to_owned(),
        theme: theme.to_owned(),
        company_accept_time: at(1, 10),
        expert_accept_time: at(1, 11),
        ..Default::default()
    };
    let name = clients.engagements().create_guidance(request).await.unwrap().into_inner().case.unwrap().name;
    let (start_time, end_time) = (at(day, 14), at(day, 16));
    let plan = PlanVisitRequest { name: name.clone(), start_time, end_time, ..Default::default() };
    clients.engagements().plan_visit(plan).await.unwrap();
    let texts =
        VisitTexts {
            number: 1, place: "本社".to_owned(), attendees: vec!["担当者".to_owned()], ..Default::default()
        };
    let hold = HoldVisitRequest { name, start_time, end_time, texts: Some(texts), ..Default::default() };
    clients.engagements().hold_visit(hold).await.unwrap().into_inner().token.unwrap()
}
