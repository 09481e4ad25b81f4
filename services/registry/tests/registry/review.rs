//! The rules that look at time, on a clock that the tests move.

use contract::registry::v1::*;

use crate::stage::{NOW, Stage, at, faults_of, obstacles, reason_of, wire};
use crate::submission::Submission;

on_both!(
    an_overdue_entry_is_flagged_then_hidden_by_a_review_and_back_when_confirmed,
    a_lapsed_registration_is_paused_by_a_review_and_back_when_verified,
    a_review_looks_at_a_moment_and_brings_back_what_is_in_order,
    only_a_person_ends_a_pause_that_a_person_asked_for,
    a_review_of_many_entries_counts_each_once,
);

/// The complete response was handed in on 2025-01-10.
const LAST_DAY: &str = "2026-01-10T23:59:59+09:00";
const DAY_AFTER: &str = "2026-01-11T00:00:00+09:00";

async fn an_overdue_entry_is_flagged_then_hidden_by_a_review_and_back_when_confirmed(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    stage.clock_to(LAST_DAY);
    assert!(!stage.get(&name).await.stale);
    let nothing = stage.review(LAST_DAY).await;
    assert_eq!((nothing.paused, nothing.resumed, nothing.token), (0, 0, None));

    stage.clock_to(DAY_AFTER);
    let flagged = stage.get(&name).await;
    assert_eq!((flagged.stale, flagged.state()), (true, ExpertState::Listed), "only a review hides");
    let asked = ReviewListingsRequest { as_of: None, validate_only: true };
    let preview = stage.operator().review_listings(asked).await.unwrap().into_inner();
    assert_eq!((preview.paused, preview.resumed, preview.token), (1, 0, None));
    assert_eq!(stage.get(&name).await, flagged, "a preview changes nothing");

    let asked = ReviewListingsRequest { as_of: None, validate_only: false };
    let done = stage.operator().review_listings(asked).await.unwrap().into_inner();
    let head = kit_log::Source::head(&stage.log()).await.unwrap().head;
    assert_eq!((done.paused, done.resumed, done.token), (1, 0, head));
    let hidden = stage.get(&name).await;
    assert_eq!((hidden.state(), hidden.pause()), (ExpertState::Paused, PauseKind::Review));
    assert_eq!(obstacles(&hidden), ["CONFIRMATION_OVERDUE"]);

    let request = ConfirmExpertRequest { name: name.clone(), ..Default::default() };
    let confirmed = stage.operator().confirm_expert(request).await.unwrap().into_inner().expert.unwrap();
    assert_eq!(
        (confirmed.state(), confirmed.pause(), confirmed.stale),
        (ExpertState::Listed, PauseKind::Unspecified, false)
    );
    assert_eq!(confirmed.confirm_time, Some(wire(DAY_AFTER)));
    let why: Vec<_> = stage.steps(&name).await.into_iter().skip(2).map(|(.., why)| why).collect();
    assert_eq!(why, ["CONFIRMATION_OVERDUE", "CAUSE_GONE"]);
}

async fn a_lapsed_registration_is_paused_by_a_review_and_back_when_verified(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    let verify = |until: &str| VerifyRegistrationRequest {
        name: name.clone(),
        source: "registry of specialists".to_owned(),
        valid_until: Some(wire(until)),
        ..Default::default()
    };
    let mut register = stage.operator();
    register.verify_registration(verify("2025-06-30T23:59:59+09:00")).await.unwrap();
    stage.clock_to("2025-07-01T00:00:00+09:00");
    assert_eq!(stage.get(&name).await.state(), ExpertState::Listed);
    assert_eq!(stage.review("2025-07-01T00:00:00+09:00").await.paused, 1);
    // As of another day one may look, and nothing comes of it.
    for (as_of, paused, resumed) in [("2025-06-30T00:00:00+09:00", 0, 1), ("2025-07-02T00:00:00+09:00", 0, 0)] {
        let mut asked = ReviewListingsRequest { as_of: Some(wire(as_of)), validate_only: true };
        let looked = register.review_listings(asked).await.unwrap().into_inner();
        assert_eq!((looked.paused, looked.resumed), (paused, resumed), "{as_of}");
        asked.validate_only = false;
        let refused = register.review_listings(asked).await.unwrap_err();
        assert_eq!(faults_of(&refused), [("as_of".to_owned(), "NOT_NOW".to_owned())], "{as_of}");
    }
    let paused = stage.get(&name).await;
    assert_eq!((paused.pause(), obstacles(&paused)), (PauseKind::Review, vec!["REGISTRATION_LAPSED"]));

    // Confirming does not renew a registration.
    let confirm = ConfirmExpertRequest { name: name.clone(), ..Default::default() };
    register.confirm_expert(confirm).await.unwrap();
    assert_eq!(stage.get(&name).await.state(), ExpertState::Paused);
    register.verify_registration(verify("2028-06-30T23:59:59+09:00")).await.unwrap();
    assert_eq!(stage.get(&name).await.state(), ExpertState::Listed);
}

async fn a_review_looks_at_a_moment_and_brings_back_what_is_in_order(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    assert_eq!(stage.review(DAY_AFTER).await.paused, 1);
    // A response confirms the entry; the pause stays until the next review looks.
    stage.submit(&Submission::again("100001", "2", "2025-01-30T10:00:00+09:00")).await;
    let confirmed = stage.get(&name).await;
    assert_eq!(
        (confirmed.state(), confirmed.confirm_time),
        (ExpertState::Paused, Some(wire("2025-01-30T10:00:00+09:00")))
    );
    let done = stage.review(DAY_AFTER).await;
    assert_eq!((done.paused, done.resumed), (0, 1));
    assert_eq!(stage.get(&name).await.state(), ExpertState::Listed);
}

async fn only_a_person_ends_a_pause_that_a_person_asked_for(stage: &Stage) {
    let (asked, reviewed) = (stage.listed("100001").await.name, stage.listed("100002").await.name);
    let mut register = stage.operator();
    let pause = PauseExpertRequest { name: asked.clone(), reason: "産休".to_owned(), ..Default::default() };
    register.pause_expert(pause).await.unwrap();
    stage.clock_to(DAY_AFTER);
    assert_eq!(stage.review(DAY_AFTER).await.paused, 1, "the other one");
    assert_eq!(stage.review(NOW).await.resumed, 1, "the other one");
    assert_eq!(stage.get(&asked).await.pause(), PauseKind::Requested);

    stage.review(DAY_AFTER).await;
    let resume = |name: &str| ResumeExpertRequest { name: name.to_owned(), ..Default::default() };
    let refused = register.resume_expert(resume(&reviewed)).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (tonic::Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
    let resumed = register.resume_expert(resume(&asked)).await.unwrap().into_inner().expert.unwrap();
    assert_eq!(resumed.state(), ExpertState::Listed);
}

async fn a_review_of_many_entries_counts_each_once(stage: &Stage) {
    // More than a review looks at in one commit.
    let mut last = None;
    for number in 1..=230 {
        let submission = Submission::complete(&format!("{number:06}"));
        // Every tenth was handed in late enough.
        let submission = if number % 10 == 0 { submission.at("2025-02-01T10:00:00+09:00") } else { submission };
        last = Some(stage.send(&submission).await);
    }
    stage.has_read(&last.unwrap()).await;
    let done = stage.review(DAY_AFTER).await;
    assert_eq!((done.paused, done.resumed), (207, 0));
    let told = stage.events().await;
    let told = told.iter().filter(|(_, changed)| changed.state() == ExpertState::Paused).count();
    assert_eq!(told, 207);
    assert!(at(DAY_AFTER) > at(NOW));
}
