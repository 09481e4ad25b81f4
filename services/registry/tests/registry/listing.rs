//! Who is listed, and why not.

use contract::registry::v1::*;

use crate::stage::{Stage, obstacles, wire};
use crate::submission::Submission;

on_both!(
    whatever_is_missing_is_told,
    the_statistics_tell_why_people_are_not_listed,
    an_employer_who_sells_consulting_bars_the_listing,
    an_expert_entered_by_call_is_not_listed_before_answering,
    a_lapsed_registration_bars_the_listing_until_it_is_renewed,
    facts_that_go_away_take_the_entry_off_and_bring_it_back,
);

async fn whatever_is_missing_is_told(stage: &Stage) {
    let complete = Submission::complete;
    for (submission, expected) in [
        (complete("100001"), &[][..]),
        (complete("100002").skills(false), &["SKILLS_UNANSWERED"]),
        (complete("100003").choices("durations", &["cannot_support"]), &["CANNOT_SUPPORT"]),
        (complete("100004").choice("listing_consent", "no"), &["NO_CONSENT"]),
        (complete("100005").unvouched(), &["NOT_VERIFIED"]),
        (
            complete("100006").skills(false).choices("durations", &["cannot_support"]).choice("listing_consent", "no"),
            &["SKILLS_UNANSWERED", "CANNOT_SUPPORT", "NO_CONSENT"],
        ),
    ] {
        stage.submit(&submission).await;
        let expert = stage.expert(&submission.number).await;
        assert_eq!(obstacles(&expert), expected, "{}", submission.number);
        let state = if expected.is_empty() { ExpertState::Listed } else { ExpertState::Draft };
        assert_eq!(expert.state(), state, "{}", submission.number);
        assert!(expert.obstacles.iter().all(|obstacle| !obstacle.ja.is_ascii() && !obstacle.en.is_empty()));
    }
}

async fn the_statistics_tell_why_people_are_not_listed(stage: &Stage) {
    for number in ["100001", "100002", "100003"] {
        stage.submit(&Submission::complete(number)).await;
    }
    stage.submit(&Submission::complete("100004").skills(false)).await;
    stage.submit(&Submission::complete("100005").skills(false).choice("listing_consent", "no")).await;
    stage.submit(&Submission::complete("100006").choices("durations", &["cannot_support"])).await;
    let paused = PauseExpertRequest { name: stage.expert("100003").await.name, ..Default::default() };
    stage.operator().pause_expert(paused).await.unwrap();

    let answer = stage.operator().get_listing_statistics(GetListingStatisticsRequest {}).await.unwrap().into_inner();
    assert_eq!((answer.experts, answer.listed), (6, 2));
    let states: Vec<_> = answer.states.iter().map(|one| (one.state(), one.count)).collect();
    use ExpertState::{Delisted, Draft, Erased, Listed, Paused};
    assert_eq!(states, [(Draft, 3), (Listed, 2), (Paused, 1), (Delisted, 0), (Erased, 0)]);
    let told: Vec<_> =
        answer.obstacles.iter().map(|one| (one.obstacle.as_ref().unwrap().reason.as_str(), one.count)).collect();
    assert_eq!(told, [("SKILLS_UNANSWERED", 2), ("CANNOT_SUPPORT", 1), ("NO_CONSENT", 1), ("PAUSED", 1)]);
}

async fn an_employer_who_sells_consulting_bars_the_listing(stage: &Stage) {
    let mut expert = stage.listed("100001").await;
    for (sells, expected) in [(true, &["EMPLOYER_SELLS_CONSULTING"][..]), (false, &[])] {
        expert.terms.as_mut().unwrap().employer_sells_consulting = sells;
        expert = stage.update(expert, &["terms.employer_sells_consulting"]).await.unwrap();
        assert_eq!(obstacles(&expert), expected);
        assert_eq!(expert.state() == ExpertState::Listed, !sells);
    }
}

async fn an_expert_entered_by_call_is_not_listed_before_answering(stage: &Stage) {
    let person = ExpertPerson {
        registration_number: "第１２３号".to_owned(),
        full_name: "見本 二郎".to_owned(),
        ..Default::default()
    };
    let expert = Some(Expert { person: Some(person), ..Default::default() });
    let request = CreateExpertRequest { expert, ..Default::default() };
    let created = stage.operator().create_expert(request).await.unwrap().into_inner().expert.unwrap();
    assert_eq!(created.person.as_ref().unwrap().registration_number, "000123");
    assert_eq!((created.state(), created.respondent_id.as_str()), (ExpertState::Draft, ""));
    assert_eq!(obstacles(&created), ["NOT_VERIFIED", "SKILLS_UNANSWERED", "NO_CONSENT"]);

    stage.set_consent(&created.name, ConsentPurpose::Listing, true).await;
    verify(stage, &created.name, None).await;
    assert_eq!(obstacles(&stage.get(&created.name).await), ["SKILLS_UNANSWERED"]);

    stage.submit(&Submission::complete("000123")).await;
    let answered = stage.expert("123").await;
    assert_eq!((answered.name, answered.state), (created.name, ExpertState::Listed.into()));
    assert_eq!(answered.respondent_id, "respondent-aaabcd");
}

async fn a_lapsed_registration_bars_the_listing_until_it_is_renewed(stage: &Stage) {
    stage.submit(&Submission::complete("100001").unvouched()).await;
    let name = stage.expert("100001").await.name;
    let lapsed = verify(stage, &name, Some("2025-02-01T00:00:00+09:00")).await;
    assert_eq!((lapsed.state(), obstacles(&lapsed)), (ExpertState::Draft, vec!["REGISTRATION_LAPSED"]));
    let valid = verify(stage, &name, Some("2028-03-31T23:59:59+09:00")).await;
    assert_eq!((valid.state(), obstacles(&valid)), (ExpertState::Listed, vec![]));
    let told = valid.verification.unwrap();
    assert_eq!((told.source.as_str(), told.verified_by.as_str()), ("registry of specialists", "operator-1"));
    assert_eq!(told.verify_time, Some(wire(crate::stage::NOW)));
}

async fn facts_that_go_away_take_the_entry_off_and_bring_it_back(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    let later = |response, time| Submission::again("100001", response, time);
    for (submission, expected) in [
        (later("2", "2025-01-11T10:00:00+09:00").skills(false), &["SKILLS_UNANSWERED"][..]),
        (later("3", "2025-01-12T10:00:00+09:00"), &[]),
        (later("4", "2025-01-13T10:00:00+09:00").choices("durations", &["cannot_support"]), &["CANNOT_SUPPORT"]),
        (later("5", "2025-01-14T10:00:00+09:00").choices("durations", &["ge1y"]), &[]),
        (later("6", "2025-01-15T10:00:00+09:00").choice("listing_consent", "no"), &["NO_CONSENT"]),
        (later("7", "2025-01-16T10:00:00+09:00").choice("listing_consent", "yes"), &[]),
    ] {
        stage.submit(&submission).await;
        let expert = stage.get(&name).await;
        assert_eq!(obstacles(&expert), expected, "{}", submission.response);
        assert_eq!(expert.state() == ExpertState::Listed, expected.is_empty(), "{}", submission.response);
    }
}

async fn verify(stage: &Stage, name: &str, valid_until: Option<&str>) -> Expert {
    let request = VerifyRegistrationRequest {
        name: name.to_owned(),
        source: "registry of specialists".to_owned(),
        valid_until: valid_until.map(wire),
        ..Default::default()
    };
    stage.operator().verify_registration(request).await.unwrap().into_inner().expert.unwrap()
}
