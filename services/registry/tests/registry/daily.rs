//! The review that nobody asks for: once on each day in Japan, by a process that has it switched on.

use contract::registry::v1::*;
use registry::Review;

use crate::stage::{Stage, obstacles};
use crate::submission::Submission;

on_both!(
    an_overdue_entry_goes_as_the_day_begins_and_comes_back_when_confirmed,
    what_was_missed_is_done_at_the_start,
    a_review_that_was_cut_off_goes_on_where_it_stood,
    replicas_pause_each_entry_once,
    a_registration_goes_with_its_validity_and_comes_back_with_a_check,
    who_came_with_an_old_confirmation_is_given_a_month,
);

/// The complete response was handed in on 2025-01-10.
const LAST_MOMENT: &str = "2026-01-10T23:59:59+09:00";
const DAY_AFTER: &str = "2026-01-11T00:00:00+09:00";

async fn is_in(stage: &Stage, name: &str, state: ExpertState) -> bool {
    stage.get(name).await.state() == state
}

async fn an_overdue_entry_goes_as_the_day_begins_and_comes_back_when_confirmed(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    // This one is lapsed on an earlier day, so that its pause tells when the review of that day is done.
    let other = stage.listed("100002").await.name;
    verify(stage, &other, "2026-01-09T23:59:59+09:00").await;
    stage.clock_to(LAST_MOMENT);
    let replica = stage.replica(Review::Daily).await;
    stage.until("the other's pause", async || is_in(stage, &other, ExpertState::Paused).await).await;
    assert_eq!(stage.get(&name).await.state(), ExpertState::Listed, "the last day still counts");
    stage.clock_to(DAY_AFTER);
    stage.until("the pause", async || is_in(stage, &name, ExpertState::Paused).await).await;
    let paused = stage.get(&name).await;
    assert_eq!((paused.pause(), obstacles(&paused)), (PauseKind::Review, vec!["CONFIRMATION_OVERDUE"]));
    let request = ListStateChangesRequest { name: name.clone() };
    let changes = stage.operator().list_state_changes(request).await.unwrap().into_inner().changes;
    assert_eq!(changes.last().unwrap().actor, "service:registry");

    let request = ConfirmExpertRequest { name: name.clone(), ..Default::default() };
    let back = stage.operator().confirm_expert(request).await.unwrap().into_inner().expert.unwrap();
    assert_eq!(back.state(), ExpertState::Listed);
    // An answer to the survey confirms as well; the next day's review finds it.
    stage.clock_to("2027-01-12T00:00:00+09:00");
    stage.until("the next pause", async || is_in(stage, &name, ExpertState::Paused).await).await;
    stage.submit(&Submission::again("100001", "2", "2027-01-12T00:00:00+09:00")).await;
    assert_eq!(stage.get(&name).await.state(), ExpertState::Paused);
    stage.clock_to("2027-01-13T00:00:00+09:00");
    stage.until("the return", async || is_in(stage, &name, ExpertState::Listed).await).await;
    replica.end().await;
}

async fn verify(stage: &Stage, name: &str, valid_until: &str) {
    let request = VerifyRegistrationRequest {
        name: name.to_owned(),
        source: "registry of specialists".to_owned(),
        valid_until: Some(crate::stage::wire(valid_until)),
        ..Default::default()
    };
    stage.operator().verify_registration(request).await.unwrap();
}

async fn what_was_missed_is_done_at_the_start(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    stage.clock_to("2026-03-01T15:00:00+09:00");
    let replica = stage.replica(Review::Daily).await;
    stage.until("the pause", async || is_in(stage, &name, ExpertState::Paused).await).await;
    replica.end().await;
}

async fn a_review_that_was_cut_off_goes_on_where_it_stood(stage: &Stage) {
    let first = stage.listed("100001").await.name;
    let second = stage.listed("100002").await.name;
    stage.clock_to(DAY_AFTER);
    // As if the first part had been done and the process had died: 20464 is the day, and the first entry is past.
    stage.sql("UPDATE daily SET day = 20464, done = 0, place = (SELECT min(entered) FROM expert)").await;
    let replica = stage.replica(Review::Daily).await;
    stage.until("the pause", async || is_in(stage, &second, ExpertState::Paused).await).await;
    assert_eq!(stage.get(&first).await.state(), ExpertState::Listed, "looked at already");
    replica.end().await;
}

async fn replicas_pause_each_entry_once(stage: &Stage) {
    // More than one commit of a review takes.
    let mut last = None;
    for number in 1..=230 {
        last = Some(stage.send(&Submission::complete(&format!("{number:06}"))).await);
    }
    stage.has_read(&last.unwrap()).await;
    let replicas = [stage.replica(Review::Daily).await, stage.replica(Review::Daily).await];
    stage.clock_to(DAY_AFTER);
    let paused = async || {
        let told = stage.operator().get_listing_statistics(GetListingStatisticsRequest {}).await.unwrap();
        told.into_inner().listed == 0
    };
    stage.until("every pause", paused).await;
    for replica in replicas {
        replica.end().await;
    }
    let told = stage.events().await;
    let told = told.iter().filter(|(_, changed)| changed.state() == ExpertState::Paused).count();
    assert_eq!(told, 230);
}

async fn a_registration_goes_with_its_validity_and_comes_back_with_a_check(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    verify(stage, &name, "2025-06-30T23:59:59+09:00").await;
    let replica = stage.replica(Review::Daily).await;
    stage.clock_to("2025-07-01T00:00:00+09:00");
    stage.until("the pause", async || is_in(stage, &name, ExpertState::Paused).await).await;
    assert_eq!(obstacles(&stage.get(&name).await), ["REGISTRATION_LAPSED"]);
    verify(stage, &name, "2028-06-30T23:59:59+09:00").await;
    assert_eq!(stage.get(&name).await.state(), ExpertState::Listed);
    replica.end().await;
}

async fn who_came_with_an_old_confirmation_is_given_a_month(stage: &Stage) {
    stage.clock_to("2026-11-20T10:00:00+09:00");
    let imported = stage.listed("100001").await;
    assert!(imported.stale, "it says that it is old");
    let name = imported.name;
    // Both reviews: the one that is asked for, and that of the day.
    assert_eq!(stage.review("2026-12-19T23:59:59+09:00").await.paused, 0);
    let replica = stage.replica(Review::Daily).await;
    stage.clock_to("2026-12-20T00:00:00+09:00");
    stage.until("the pause", async || is_in(stage, &name, ExpertState::Paused).await).await;
    replica.end().await;
}
