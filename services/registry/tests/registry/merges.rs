//! What becomes of entries when somebody decides whose responses are whose.

use contract::registry::v1::*;
use contract::survey::v1::{DisputeDecided, DisputeDecision, PersonMerged};
use kit_log::NewEvent;
use prost::Message as _;
use tonic::Code;

use crate::calls::create;
use crate::stage::{NOW, Stage, obstacles, reason_of, wire};
use crate::submission::Submission;

on_both!(
    a_merged_entry_leaves_the_list_and_points_at_the_other,
    parted_it_is_listed_again,
    a_withdrawal_or_a_pause_goes_along_and_comes_back_by_nobody_but_a_call,
    nothing_is_changed_of_who_is_merged,
    merges_upon_merges_lead_to_the_last,
    each_merge_is_told_by_itself_and_once,
    a_merge_that_is_told_before_who_stays_is_entered_waits,
    a_response_that_a_decision_made_counting_shows_though_it_is_older,
    a_confirmation_by_call_outlives_a_response_that_was_anothers,
    who_takes_a_number_over_is_entered_with_nothing_of_the_one_before,
    decisions_read_again_undo_nothing_since,
);

fn respondent(number: &str) -> String {
    Submission::bare(number, "1").respondent()
}

pub(crate) async fn merge(stage: &Stage, number: &str, into: &str) {
    let (respondent_id, merged_into) = (respondent(number), respondent(into));
    let body = PersonMerged { merged_into, ..told(&respondent_id) };
    stage.tell(NewEvent::new("person", &respondent_id, &body)).await;
}

async fn part(stage: &Stage, number: &str) {
    let respondent_id = respondent(number);
    stage.tell(NewEvent::new("person", &respondent_id, &told(&respondent_id))).await;
}

fn told(respondent_id: &str) -> PersonMerged {
    PersonMerged { respondent_id: respondent_id.to_owned(), merged_into: String::new() }
}

pub(crate) async fn decide(stage: &Stage, number: &str, decision: DisputeDecision) {
    let body = DisputeDecided {
        respondent_id: respondent(number),
        response: "responses/disputed".to_owned(),
        decision: decision.into(),
    };
    stage.tell(NewEvent::new("dispute", "disputed", &body)).await;
}

async fn pause(stage: &Stage, name: &str) {
    let request = PauseExpertRequest { name: name.to_owned(), reason: "休みます".to_owned(), ..Default::default() };
    stage.operator().pause_expert(request).await.unwrap();
}

async fn a_merged_entry_leaves_the_list_and_points_at_the_other(stage: &Stage) {
    let (one, two) = (stage.listed("100001").await, stage.listed("100002").await);
    merge(stage, "100002", "100001").await;
    let merged = stage.get(&two.name).await;
    assert_eq!((merged.state(), obstacles(&merged)), (ExpertState::Draft, vec!["MERGED"]));
    assert_eq!(merged.merged_into, one.name);
    assert_eq!(stage.expert("100002").await, merged, "in lists as well");
    assert_eq!(stage.get(&one.name).await, one, "the other stays as it is until its responses are told");
    let steps = stage.steps(&two.name).await;
    assert_eq!(steps.last().unwrap(), &(ExpertState::Listed, ExpertState::Draft, "MERGED".to_owned()));
    // Both are told with the place of the decision, so that readers know that it is in.
    let events = stage.events().await;
    let [.., (_, first), (_, last)] = events.as_slice() else { panic!("two events") };
    assert_eq!((&first.expert_id, &last.expert_id), (&merged.name[8..].to_owned(), &one.name[8..].to_owned()));
    assert_eq!(first.sources, last.sources);
}

async fn parted_it_is_listed_again(stage: &Stage) {
    stage.listed("100001").await;
    let two = stage.listed("100002").await;
    merge(stage, "100002", "100001").await;
    part(stage, "100002").await;
    let parted = stage.get(&two.name).await;
    assert_eq!((parted.state(), parted.merged_into.as_str()), (ExpertState::Listed, ""));
    assert_eq!(parted.person, two.person);
}

async fn a_withdrawal_or_a_pause_goes_along_and_comes_back_by_nobody_but_a_call(stage: &Stage) {
    let names =
        [stage.listed("100001").await.name, stage.listed("100002").await.name, stage.listed("100003").await.name];
    stage.set_consent(&names[1], ConsentPurpose::Listing, false).await;
    merge(stage, "100002", "100001").await;
    let one = stage.get(&names[0]).await;
    assert_eq!((one.state(), obstacles(&one)), (ExpertState::Delisted, vec!["NO_CONSENT", "DELISTED"]));
    // A newer response that says yes, by the merge, undoes nothing.
    stage.submit(&Submission::complete("100001").at(NOW).decided(1)).await;
    assert_eq!(stage.get(&names[0]).await.state(), ExpertState::Delisted);
    part(stage, "100002").await;
    for name in &names[..2] {
        assert_eq!(stage.get(name).await.state(), ExpertState::Delisted);
    }
    let back = stage.set_consent(&names[0], ConsentPurpose::Listing, true).await;
    assert_eq!(back.state(), ExpertState::Listed);

    pause(stage, &names[2]).await;
    let four = Submission::complete("100004").unvouched();
    stage.submit(&four).await;
    let four = stage.expert("100004").await;
    assert_eq!(four.state(), ExpertState::Draft);
    merge(stage, "100003", "100004").await;
    let four = stage.get(&four.name).await;
    assert_eq!((four.state(), four.pause()), (ExpertState::Paused, PauseKind::Requested));
    assert_eq!(obstacles(&four), ["NOT_VERIFIED", "PAUSED"], "what else speaks against it stays");
}

async fn nothing_is_changed_of_who_is_merged(stage: &Stage) {
    let (one, two) = (stage.listed("100001").await, stage.listed("100002").await);
    merge(stage, "100002", "100001").await;
    let before = stage.get(&two.name).await;
    let request = SetConsentRequest {
        name: two.name.clone(),
        purpose: ConsentPurpose::Listing.into(),
        given: false,
        ..Default::default()
    };
    let withdrawn = stage.operator().set_consent(request).await.unwrap_err();
    let edited = stage.update(before.clone(), &["person.self_pr"]).await.unwrap_err();
    for refused in [withdrawn, edited] {
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::FailedPrecondition, "EXPERT_MERGED"));
        let details = String::from_utf8_lossy(refused.details()).into_owned();
        assert!(details.contains(&one.name), "the caller is told where to go");
    }
    assert_eq!(stage.get(&two.name).await, before);
}

async fn merges_upon_merges_lead_to_the_last(stage: &Stage) {
    let mut names = Vec::new();
    for number in ["100001", "100002", "100003"] {
        names.push(stage.listed(number).await.name);
    }
    merge(stage, "100001", "100002").await;
    merge(stage, "100002", "100003").await;
    for name in &names[..2] {
        assert_eq!(stage.get(name).await.merged_into, names[2]);
    }
    part(stage, "100002").await;
    assert_eq!(stage.get(&names[0]).await.merged_into, names[1]);
    assert_eq!(stage.get(&names[1]).await.state(), ExpertState::Listed);
}

async fn each_merge_is_told_by_itself_and_once(stage: &Stage) {
    let mut names = Vec::new();
    for number in ["100001", "100002", "100003"] {
        names.push(stage.listed(number).await.name);
    }
    merge(stage, "100001", "100002").await;
    merge(stage, "100002", "100003").await;
    part(stage, "100002").await;
    stage.renew_survey().await;
    let pointer = |at: usize, into: &str| (names[at].clone(), into.to_owned());
    let told = pointers(stage).await;
    assert_eq!(told, [pointer(0, &names[1]), pointer(1, &names[2]), pointer(1, "")], "each points at the next one");
}

/// Which entry was told to point at which, in order.
async fn pointers(stage: &Stage) -> Vec<(String, String)> {
    let merges = stage.told().await.into_iter().filter(|event| event.aggregate_type == "merge");
    let pointer = |event: contract::event::v1::Event| {
        let told = ExpertMerged::decode(event.clear).unwrap();
        assert_eq!((event.aggregate_id, event.key_id), (told.expert_id.clone(), String::new()));
        (format!("experts/{}", told.expert_id), told.merged_into)
    };
    merges.map(pointer).collect()
}

/// A survey's log that is read compacted tells the newest response of who stays after the merge.
async fn a_merge_that_is_told_before_who_stays_is_entered_waits(stage: &Stage) {
    let mut merged = Vec::new();
    for number in ["100002", "100003", "100004"] {
        merged.push(stage.listed(number).await.name);
    }
    pause(stage, &merged[1]).await;
    for number in ["100002", "100003", "100004"] {
        merge(stage, number, "100001").await;
    }
    part(stage, "100004").await;
    stage.set_consent(&merged[2], ConsentPurpose::Listing, false).await;
    let before = pointers(stage).await;
    stage.submit(&Submission::complete("100001")).await;
    let one = stage.expert("100001").await;
    assert_eq!(one.pause(), PauseKind::Requested, "a pause goes along, a withdrawal of who was parted since does not");
    for name in &merged[..2] {
        assert_eq!(stage.get(name).await.merged_into, one.name);
    }
    let told = pointers(stage).await;
    let now = [(merged[0].clone(), one.name.clone()), (merged[1].clone(), one.name.clone())];
    assert_eq!(told, [before, now.to_vec()].concat());
    // Once is enough.
    stage.submit(&Submission::complete("100001").at(NOW)).await;
    assert_eq!(pointers(stage).await, told);

    // Somebody may stand there already, entered by hand.
    let by_hand = stage.operator().create_expert(create("200001")).await.unwrap().into_inner().expert.unwrap().name;
    let other = stage.listed("100005").await.name;
    merge(stage, "100005", "200001").await;
    stage.submit(&Submission::complete("200001")).await;
    assert_eq!(pointers(stage).await.last(), Some(&(other.clone(), by_hand.clone())));
    assert_eq!(stage.get(&other).await.merged_into, by_hand);
}

async fn a_response_that_a_decision_made_counting_shows_though_it_is_older(stage: &Stage) {
    let newer = Submission::complete("100001").choice("contact_consent", "yes").choice("residence", "13").at(NOW);
    stage.submit(&newer).await;
    let expert = stage.expert("100001").await;
    let edited = {
        let mut expert = expert.clone();
        expert.person.as_mut().unwrap().homepage = "https://example.jp/".to_owned();
        stage.update(expert, &["person.homepage"]).await.unwrap()
    };
    let mut older = Submission::complete("100001").at("2025-01-01T00:00:00+09:00").decided(1);
    older.response = "responses/older".to_owned();
    stage.submit(&older).await;
    let now = stage.get(&expert.name).await;
    assert_eq!(now.terms.as_ref().unwrap().residence, "27");
    assert_eq!(now.person.unwrap().homepage, edited.person.unwrap().homepage, "edits stay");
    let given: Vec<_> = now.consents.iter().filter(|consent| consent.given).map(Consent::purpose).collect();
    assert_eq!(given, [ConsentPurpose::Listing], "the consent of the other one's response does not");
    // Of the same number of decisions the latest counts, as ever.
    let mut oldest =
        Submission::complete("100001").at("2024-12-31T00:00:00+09:00").decided(1).choice("residence", "01");
    oldest.response = "responses/oldest".to_owned();
    stage.submit(&oldest).await;
    assert_eq!(stage.get(&expert.name).await.terms.unwrap().residence, "27");
}

async fn a_confirmation_by_call_outlives_a_response_that_was_anothers(stage: &Stage) {
    let one = stage.listed("100001").await;
    stage.clock_to("2025-03-01T10:00:00+09:00");
    let confirm = ConfirmExpertRequest { name: one.name.clone(), ..Default::default() };
    stage.operator().confirm_expert(confirm).await.unwrap();
    let confirmed = stage.get(&one.name).await.confirm_time;
    stage.clock_to("2025-04-01T10:00:00+09:00");
    let mut other = Submission::complete("100001").at("2025-03-20T10:00:00+09:00").decided(1);
    other.response = "responses/other".to_owned();
    stage.submit(&other).await;
    assert_eq!(stage.get(&one.name).await.confirm_time, Some(wire("2025-03-20T10:00:00+09:00")));
    stage.submit(&Submission::complete("100001").decided(2)).await;
    assert_eq!(stage.get(&one.name).await.confirm_time, confirmed, "the own word stands");
}

async fn who_takes_a_number_over_is_entered_with_nothing_of_the_one_before(stage: &Stage) {
    let before = stage.listed("100001").await;
    for kept in [DisputeDecision::Keep, DisputeDecision::SamePerson, DisputeDecision::OtherNumber] {
        decide(stage, "100001", kept).await;
        assert_eq!(stage.get(&before.name).await, before, "{kept:?}");
    }
    stage.set_consent(&before.name, ConsentPurpose::Contact, true).await;
    decide(stage, "100001", DisputeDecision::TakeOver).await;
    let lost = stage.get(&before.name).await;
    assert_eq!((lost.state(), obstacles(&lost)), (ExpertState::Draft, vec!["NOT_VERIFIED"]));
    assert_eq!(lost.person.as_ref().unwrap().registration_number, "");
    let taken = Submission::bare("100001", "2").of("respondent-new").choice("listing_consent", "yes");
    stage.submit(&taken.vouched("2025-02-03T00:00:00+09:00")).await;
    let new = stage.expert("100001").await;
    assert_eq!(new.state(), ExpertState::Listed);
    assert_ne!(new.name, before.name);
    let (person, terms) = (new.person.unwrap(), new.terms.unwrap());
    assert_eq!((person.self_pr.as_str(), person.email.as_str(), terms.residence.as_str()), ("", "", ""));
    assert_eq!(new.consents.len(), 1, "consents are nobody's but the own");
    // Whoever lost the number cannot be checked by it any more.
    let request =
        VerifyRegistrationRequest { name: before.name.clone(), source: "a list".to_owned(), ..Default::default() };
    stage.operator().verify_registration(request).await.unwrap();
    assert_eq!(obstacles(&stage.get(&before.name).await), ["NOT_VERIFIED"]);
}

async fn decisions_read_again_undo_nothing_since(stage: &Stage) {
    let (one, two) = (stage.listed("100001").await, stage.listed("100002").await);
    stage.set_consent(&two.name, ConsentPurpose::Listing, false).await;
    merge(stage, "100002", "100001").await;
    stage.set_consent(&one.name, ConsentPurpose::Listing, true).await;
    let three = stage.listed("100003").await;
    decide(stage, "100003", DisputeDecision::TakeOver).await;
    let mut before = Vec::new();
    for name in [&one.name, &two.name, &three.name] {
        before.push(stage.get(name).await);
    }
    assert_eq!(before[0].state(), ExpertState::Listed);
    stage.renew_survey().await;
    for expert in before {
        assert_eq!(stage.get(&expert.name).await.state(), expert.state(), "{}", expert.name);
    }
}
