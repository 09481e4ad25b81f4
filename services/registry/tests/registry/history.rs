//! Steps from state to state: who, when, why, and which are refused.

use contract::registry::v1::*;
use kit_serve::Role;
use tonic::Code;

use crate::stage::{NOW, Stage, reason_of, wire};
use crate::submission::Submission;

on_both!(every_step_has_who_when_and_why, steps_that_a_state_does_not_allow_are_refused);

async fn every_step_has_who_when_and_why(stage: &Stage) {
    stage.submit(&Submission::complete("100001")).await;
    let name = stage.expert("100001").await.name;
    let later = "2025-02-04T09:00:00+09:00";
    stage.clock_to(later);
    let mut expert = stage.by("expert-1", Role::Portal);
    let pause =
        PauseExpertRequest { name: name.clone(), reason: "  産休のため ".to_owned(), ..Default::default() };
    expert.pause_expert(pause).await.unwrap();
    expert.resume_expert(ResumeExpertRequest { name: name.clone(), ..Default::default() }).await.unwrap();
    let delist = DelistExpertRequest { name: name.clone(), reason: "登録抹消".to_owned(), ..Default::default() };
    stage.operator().delist_expert(delist).await.unwrap();

    let request = ListStateChangesRequest { name };
    let changes = stage.operator().list_state_changes(request).await.unwrap().into_inner().changes;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.from(), change.to(), change.actor.as_str(), change.time, change.reason.as_str()))
        .collect();
    use ExpertState::{Delisted, Draft, Listed, Paused, Unspecified};
    let (now, later) = (Some(wire(NOW)), Some(wire(later)));
    assert_eq!(
        told,
        [
            (Unspecified, Draft, "importer-1", now, "ENTERED"),
            (Draft, Listed, "importer-1", now, "IN_ORDER"),
            (Listed, Paused, "expert-1", later, "産休のため"),
            (Paused, Listed, "expert-1", later, "RESUMED"),
            (Listed, Delisted, "operator-1", later, "登録抹消"),
        ]
    );
}

async fn steps_that_a_state_does_not_allow_are_refused(stage: &Stage) {
    stage.submit(&Submission::complete("100001").skills(false)).await;
    let draft = stage.expert("100001").await.name;
    let listed = stage.listed("100002").await.name;
    let delisted = stage.listed("100003").await.name;
    let mut register = stage.operator();
    let delist = |name: &str| DelistExpertRequest { name: name.to_owned(), ..Default::default() };
    register.delist_expert(delist(&delisted)).await.unwrap();

    let mut refusals = Vec::new();
    for name in [&draft, &delisted] {
        let pause = PauseExpertRequest { name: name.clone(), ..Default::default() };
        refusals.push(register.pause_expert(pause).await.unwrap_err());
    }
    for name in [&draft, &listed, &delisted] {
        let resume = ResumeExpertRequest { name: name.clone(), ..Default::default() };
        refusals.push(register.resume_expert(resume).await.unwrap_err());
    }
    for name in [&draft, &listed] {
        let reinstate = ReinstateExpertRequest { name: name.clone(), ..Default::default() };
        refusals.push(register.reinstate_expert(reinstate).await.unwrap_err());
    }
    refusals.push(register.delist_expert(delist(&delisted)).await.unwrap_err());
    let told: Vec<_> = refusals.iter().map(|status| status.message().trim_start_matches("no step from ")).collect();
    let expected = [
        "draft to paused",
        "delisted to paused",
        "draft to listed",
        "listed to listed",
        "delisted to listed",
        "draft to draft",
        "listed to draft",
        "delisted to delisted",
    ];
    assert_eq!(told, expected);
    for status in refusals {
        assert_eq!((status.code(), reason_of(&status).as_str()), (Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
    }
    assert_eq!(stage.get(&listed).await.state(), ExpertState::Listed);

    // Who withdrew the consent can still be struck off, and then giving it again brings nobody back.
    stage.set_consent(&listed, ConsentPurpose::Listing, false).await;
    register.delist_expert(delist(&listed)).await.unwrap();
    assert_eq!(stage.set_consent(&listed, ConsentPurpose::Listing, true).await.state(), ExpertState::Delisted);
}
