//! What people are told, from a command to the command that pulls it, through the services of one process.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::time::Duration;

use activelist::connect::Connection;
use activelist::failure::Exit;
use contract::engagement::v1::{CompanySnapshot, CreateGuidanceRequest, PlanVisitRequest};
use prost_types::Timestamp;
use stage::Stage;

/// The clock of the stage stands at 2025-02-10 12:00 in Japan.
const NOON: i64 = 1_739_156_400;

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: NOON + seconds, nanos: 0 })
}

#[tokio::test]
async fn a_case_and_its_visit_are_told_to_both_sides() {
    let stage = Stage::set().await;
    let mut engagements = Connection::open(&stage.url, None).unwrap().engagements();
    let request = CreateGuidanceRequest {
        programme: "2024".to_owned(),
        region: "大阪".to_owned(),
        company: Some(CompanySnapshot {
            company: "companies/c-1".to_owned(),
            industry: "automotive".to_owned(),
            size: "11_50".to_owned(),
            prefecture: "27".to_owned(),
        }),
        company_name: "見本製作所".to_owned(),
        expert: "experts/e-1".to_owned(),
        theme: "T1".to_owned(),
        company_accept_time: at(-7_200),
        expert_accept_time: at(-3_600),
        ..Default::default()
    };
    let case = engagements.create_guidance(request).await.unwrap().into_inner().case.unwrap();
    let (start_time, end_time) = (at(86_400 * 3), at(86_400 * 3 + 7_200));
    let plan = PlanVisitRequest { name: case.name.clone(), start_time, end_time, ..Default::default() };
    engagements.plan_visit(plan).await.unwrap();

    let mut again = tokio::time::interval(Duration::from_millis(20));
    let listed = async {
        loop {
            again.tick().await;
            let json = stage.run(&["notices", "list", "--about", &case.name, "--json"]).await.json();
            let open = json["notices"].as_array().unwrap().iter().filter(|one| one["state"] == "pending").count();
            if open == 4 {
                return json;
            }
        }
    };
    let listed = tokio::time::timeout(Duration::from_secs(30), listed).await.expect("four notices");
    let planned = listed["notices"].as_array().unwrap().iter().find(|one| one["template"] == "visit_planned").unwrap();
    assert_eq!(planned["subject"]["ja"], "訪問の予定: 2025年2月13日 12:00");
    assert!(planned["text"]["ja"].as_str().unwrap().contains("見本製作所"));

    let pulled = stage.run(&["notices", "pull", "--recipient", "experts/e-1", "--json"]).await.json();
    let states: Vec<_> = pulled["notices"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["handed over"; 2]);
    let cursor = pulled["next_cursor"].as_str().unwrap();
    let said = stage.run(&["notices", "pull", "--recipient", "experts/e-1", "--cursor", cursor]).await;
    assert!(said.out.contains("通知はありません"), "{}", said.out);
    let said = stage.run(&["notices", "list"]).await;
    assert!(said.out.contains("訪問の予定") && said.out.contains("受領済み"), "{}", said.out);
    assert!(stage.run(&["notices", "failed"]).await.out.contains("届いていない配達はありません"));
    let name = planned["name"].as_str().unwrap();
    let said = stage.run(&["notices", "retry", name]).await;
    assert_eq!(said.exit(), Exit::Failed, "nothing was given up");
    stage.strike().await;
}
