//! Work that followed a case: that it exists, since when, and how satisfied each side is.

use contract::engagement::v1::*;
use prost::Message as _;

use crate::stage::{COMPANY, Stage, faults_of, reason_of};

on_both!(both_sides_say_how_satisfied_they_are, it_follows_a_case_that_took_place);

fn says(case: &Case, side: Side, month: &str, satisfaction: i32) -> RecordFollowOnRequest {
    RecordFollowOnRequest {
        name: case.name.clone(),
        begin_month: month.to_owned(),
        side: side.into(),
        satisfaction,
        ..Default::default()
    }
}

async fn both_sides_say_how_satisfied_they_are(stage: &Stage) {
    let case = stage.completed((COMPANY, ["10-08 10:00", "10-09 10:00", "10-10 10:00"])).await;
    stage.clock_to("12-20 10:00");
    let first = stage.company().record_follow_on(says(&case, Side::Company, "2024-11", 5)).await.unwrap();
    assert_eq!(first.into_inner().case.unwrap().facts.unwrap().follow_on.unwrap().company_satisfaction, 5);
    let before = stage.events().await.len();
    stage.company().record_follow_on(says(&case, Side::Company, "2024-11", 5)).await.unwrap();
    assert_eq!(stage.events().await.len(), before, "the same again tells nothing");
    let by_counsellor = RecordFollowOnRequest {
        on_behalf_of: Side::Expert.into(),
        reason: "電話で聞いた".to_owned(),
        ..says(&case, Side::Expert, "", 3)
    };
    stage.counsellor().record_follow_on(by_counsellor).await.unwrap();
    let facts = stage.get(&case.name).await.facts.unwrap();
    let follow_on = facts.follow_on.clone().unwrap();
    assert_eq!(
        (follow_on.begin_month.as_str(), follow_on.company_satisfaction, follow_on.expert_satisfaction),
        ("2024-11", 5, 3)
    );
    let told = stage.events().await.pop().unwrap();
    let told = CaseChanged::decode(told.clear).unwrap();
    assert_eq!((told.facts.unwrap(), told.changed), (facts, vec!["follow_on".to_owned()]));
    let step = stage.history(&case.name).await.pop().unwrap();
    assert_eq!(
        (step.cause.as_str(), step.detail.as_str(), step.on_behalf_of(), step.reason.as_str()),
        ("FOLLOW_ON_RECORDED", "expert", Side::Expert, "電話で聞いた")
    );
    // As with outcomes, what one side says is not shown to the other.
    let request = GetCaseRequest { name: case.name.clone() };
    let seen = stage.company().get_case(request).await.unwrap().into_inner().case.unwrap();
    let seen = seen.facts.unwrap().follow_on.unwrap();
    assert_eq!((seen.company_satisfaction, seen.expert_satisfaction), (5, 0));
    let request = GetHistoryRequest { name: case.name.clone() };
    let steps = stage.company().get_history(request).await.unwrap().into_inner().steps;
    assert_eq!(steps.last().unwrap().reason, "");
}

async fn it_follows_a_case_that_took_place(stage: &Stage) {
    let open = stage.begin("companies/open", "experts/e-2").await;
    let early = RecordFollowOnRequest { on_behalf_of: Side::Expert.into(), ..says(&open, Side::Expert, "2024-10", 3) };
    let refused = stage.operator().record_follow_on(early).await.unwrap_err();
    assert_eq!(refused.message(), "no step from accepted to completed");
    let case = stage.completed((COMPANY, ["10-08 10:00", "10-09 10:00", "10-10 10:00"])).await;
    let before = stage.events().await.len();
    let pair = |field: &str, reason: &str| vec![(field.to_owned(), reason.to_owned())];
    let faults = async |month: &str, satisfaction| {
        let refused = stage.expert().record_follow_on(says(&case, Side::Expert, month, satisfaction)).await;
        faults_of(&refused.unwrap_err())
    };
    assert_eq!(faults("", 3).await, pair("begin_month", "REQUIRED"));
    assert_eq!(faults("2024-11", 3).await, pair("begin_month", "IN_THE_FUTURE"));
    assert_eq!(faults("2024-08", 3).await, pair("begin_month", "BEFORE_THE_CASE"));
    for odd in ["2024", "2024-13", "24-01", "2024-1", "２０２４-01"] {
        assert_eq!(faults(odd, 3).await, pair("begin_month", "BAD_MONTH"), "{odd}");
    }
    assert_eq!(faults("2024-10", 6).await, pair("satisfaction", "OUT_OF_RANGE"));
    let other = stage.expert().record_follow_on(says(&case, Side::Company, "2024-10", 3)).await.unwrap_err();
    assert_eq!(reason_of(&other), "NOT_A_PARTY");
    assert_eq!(stage.events().await.len(), before);
}
