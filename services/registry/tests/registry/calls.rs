//! The calls: faults, etags, request ids, who may do what.

use contract::registry::v1::*;
use kit_log::KeyStore as _;
use kit_serve::{Caller, Role};
use tonic::Code;

use crate::stage::{Backend, Stage, faults_of, reason_of};
use crate::submission::Submission;

on_both!(
    every_fault_of_an_entry_is_told_at_once,
    every_unknown_path_is_told,
    checking_only_stores_nothing,
    a_number_is_entered_once_however_it_is_written,
    a_stale_etag_changes_nothing,
    a_repeated_request_has_one_effect_and_the_same_answer,
    an_expert_reaches_only_the_own_entry,
    only_operators_set_the_employer_flag,
    names_and_ids_have_a_shape,
    a_command_without_effect_tells_nothing,
    with_the_key_goes_the_person,
);

fn entry(number: &str) -> Expert {
    let person = ExpertPerson {
        registration_number: number.to_owned(),
        full_name: "見本 三郎".to_owned(),
        email: "saburo@example.jp".to_owned(),
        ..Default::default()
    };
    let terms = ExpertTerms { residence: "13".to_owned(), ..Default::default() };
    Expert { person: Some(person), terms: Some(terms), ..Default::default() }
}

pub(crate) fn create(number: &str) -> CreateExpertRequest {
    CreateExpertRequest { expert: Some(entry(number)), ..Default::default() }
}

async fn every_fault_of_an_entry_is_told_at_once(stage: &Stage) {
    let mut request = create("12A456");
    request.request_id = "two words".to_owned();
    let expert = request.expert.as_mut().unwrap();
    let person = expert.person.as_mut().unwrap();
    person.full_name = "見本\u{202E}".to_owned();
    person.self_pr = "あ".repeat(51);
    expert.terms.as_mut().unwrap().formats = vec!["onsite".to_owned(), "fax".to_owned()];
    let refused = stage.operator().create_expert(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let expected = [
        ("request_id", "BAD_REQUEST_ID"),
        ("expert.person.registration_number", "BAD_NUMBER"),
        ("expert.person.full_name", "CONTROL_CHARACTER"),
        ("expert.person.self_pr", "TOO_LONG"),
        ("expert.terms.formats[1]", "UNKNOWN_CODE"),
    ];
    assert_eq!(faults_of(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));

    let refused = stage.operator().create_expert(CreateExpertRequest::default()).await.unwrap_err();
    let missing: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(missing, ["expert.person.registration_number", "expert.person.full_name"]);
    assert!(stage.events().await.is_empty());
}

async fn every_unknown_path_is_told(stage: &Stage) {
    let expert = stage.listed("100001").await;
    let paths = ["terms.fee_per_visit", "terms.price", "person.registration_number", "state"];
    let refused = stage.update(expert.clone(), &paths).await.unwrap_err();
    let expected = [
        ("update_mask.paths[1]", "UNKNOWN_PATH"),
        ("update_mask.paths[2]", "IMMUTABLE"),
        ("update_mask.paths[3]", "UNKNOWN_PATH"),
    ];
    assert_eq!(faults_of(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    let refused = stage.update(expert.clone(), &[]).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("update_mask".to_owned(), "REQUIRED".to_owned())]);
    assert_eq!(stage.get(&expert.name).await, expert);
}

async fn checking_only_stores_nothing(stage: &Stage) {
    let listed = stage.listed("100001").await;
    let told = stage.events().await.len();
    let checked = CreateExpertRequest { validate_only: true, ..create("200001") };
    let answer = stage.operator().create_expert(checked.clone()).await.unwrap().into_inner();
    let would_be = answer.expert.unwrap();
    assert_eq!((would_be.name.as_str(), answer.token), ("", None));
    assert_eq!(would_be.person.unwrap().registration_number, "200001");
    let taken = CreateExpertRequest { validate_only: true, ..create("100001") };
    let taken = stage.operator().create_expert(taken).await.unwrap_err();
    assert_eq!(reason_of(&taken), "NUMBER_TAKEN");

    let mut wish = listed.clone();
    wish.terms.as_mut().unwrap().durations = vec!["cannot_support".to_owned()];
    let paths = vec!["terms.durations".to_owned()];
    let request = UpdateExpertRequest {
        expert: Some(wish),
        update_mask: Some(prost_types::FieldMask { paths }),
        validate_only: true,
        ..Default::default()
    };
    let answer = stage.operator().update_expert(request).await.unwrap().into_inner();
    let would_be = answer.expert.unwrap();
    assert_eq!((would_be.state(), would_be.etag, answer.token), (ExpertState::Draft, listed.etag.clone(), None));
    assert_eq!(stage.get(&listed.name).await, listed);
    assert_eq!(stage.events().await.len(), told);
}

async fn a_number_is_entered_once_however_it_is_written(stage: &Stage) {
    stage.operator().create_expert(create("1234")).await.unwrap();
    for spelling in ["001234", "第１２３４号", " 1234 "] {
        let refused = stage.operator().create_expert(create(spelling)).await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::AlreadyExists, "NUMBER_TAKEN"), "{spelling}");
    }
    // Two at once: one of them is entered.
    let (mut one, mut other) = (stage.operator(), stage.operator());
    let (first, second) = futures::join!(one.create_expert(create("77")), other.create_expert(create("077")));
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert_eq!(stage.events().await.len(), 2);
}

async fn a_stale_etag_changes_nothing(stage: &Stage) {
    let seen = stage.listed("100001").await;
    stage.set_consent(&seen.name, ConsentPurpose::Contact, true).await;
    let standing = stage.get(&seen.name).await;
    let pause =
        |etag: &str| PauseExpertRequest { name: seen.name.clone(), etag: etag.to_owned(), ..Default::default() };
    let refused = stage.operator().pause_expert(pause(&seen.etag)).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::Aborted, "STALE_ETAG"));
    assert_eq!(stage.get(&seen.name).await, standing);
    let paths = vec!["terms.residence".to_owned()];
    let update = UpdateExpertRequest {
        expert: Some(seen.clone()),
        update_mask: Some(prost_types::FieldMask { paths }),
        etag: seen.etag.clone(),
        ..Default::default()
    };
    for validate_only in [true, false] {
        let update = UpdateExpertRequest { validate_only, ..update.clone() };
        assert_eq!(reason_of(&stage.operator().update_expert(update).await.unwrap_err()), "STALE_ETAG");
    }
    stage.operator().pause_expert(pause(&standing.etag)).await.unwrap();
}

async fn a_repeated_request_has_one_effect_and_the_same_answer(stage: &Stage) {
    let request = CreateExpertRequest { request_id: "r-1".to_owned(), ..create("1234") };
    let first = stage.operator().create_expert(request.clone()).await.unwrap().into_inner();
    let again = stage.operator().create_expert(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let token = first.token.unwrap();
    assert_eq!((token.service.as_str(), token.position), ("registry", 1));
    assert_eq!(stage.events().await.len(), 1);

    let other = CreateExpertRequest { request_id: "r-1".to_owned(), ..create("4321") };
    let refused = stage.operator().create_expert(other.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::FailedPrecondition, "REQUEST_ID_REUSED"));
    // Another caller's ids are another caller's.
    stage.by("operator-2", Role::Operator).create_expert(other).await.unwrap();

    let name = first.expert.unwrap().name;
    let consent = SetConsentRequest {
        name: name.clone(),
        purpose: ConsentPurpose::Listing.into(),
        given: true,
        request_id: "r-2".to_owned(),
        ..Default::default()
    };
    let first = stage.operator().set_consent(consent.clone()).await.unwrap().into_inner();
    stage.set_consent(&name, ConsentPurpose::Listing, false).await;
    let again = stage.operator().set_consent(consent).await.unwrap().into_inner();
    assert_eq!(again.token, first.token);
    assert!(!again.expert.unwrap().consents[0].given, "a late repeat does not give a consent again");
}

async fn an_expert_reaches_only_the_own_entry(stage: &Stage) {
    let (own, other) = (stage.listed("100001").await, stage.listed("100002").await);
    let mut caller = Caller::new("expert-1", [Role::Expert]);
    caller.owns = [own.name.clone()].into();
    let mut register = expert_registry_client::ExpertRegistryClient::new(stage.client(&caller));
    for (expert, allowed) in [(&own, true), (&other, false)] {
        let name = expert.name.clone();
        let paths = vec!["terms.residence".to_owned()];
        let update = UpdateExpertRequest {
            expert: Some(expert.clone()),
            update_mask: Some(prost_types::FieldMask { paths }),
            ..Default::default()
        };
        let consent = SetConsentRequest {
            name: name.clone(),
            purpose: ConsentPurpose::Contact.into(),
            given: true,
            ..Default::default()
        };
        let answers = [
            register.get_expert(GetExpertRequest { name: name.clone() }).await.err(),
            register.list_state_changes(ListStateChangesRequest { name: name.clone() }).await.err(),
            register.update_expert(update).await.err(),
            register.set_consent(consent).await.err(),
            register.confirm_expert(ConfirmExpertRequest { name: name.clone(), ..Default::default() }).await.err(),
            register.pause_expert(PauseExpertRequest { name: name.clone(), ..Default::default() }).await.err(),
            register.resume_expert(ResumeExpertRequest { name: name.clone(), ..Default::default() }).await.err(),
        ];
        for answer in answers {
            match answer {
                None => assert!(allowed, "{name}"),
                Some(refused) => {
                    assert!(!allowed, "{refused:?}");
                    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "NOT_OWN"));
                }
            }
        }
    }
    assert_eq!(stage.get(&other.name).await, other);
    // Neither is it told whether another entry exists, nor may it do what operators do.
    let nobody = register.get_expert(GetExpertRequest { name: "experts/nobody".to_owned() }).await.unwrap_err();
    assert_eq!(nobody.code(), Code::PermissionDenied);
    let delist = DelistExpertRequest { name: own.name.clone(), ..Default::default() };
    assert_eq!(register.delist_expert(delist).await.unwrap_err().code(), Code::PermissionDenied);
}

async fn only_operators_set_the_employer_flag(stage: &Stage) {
    let mut expert = stage.listed("100001").await;
    expert.terms.as_mut().unwrap().employer_sells_consulting = true;
    let paths = vec!["terms.employer_sells_consulting".to_owned()];
    let update_mask = Some(prost_types::FieldMask { paths });
    let update = UpdateExpertRequest { expert: Some(expert.clone()), update_mask, ..Default::default() };
    let mut portal = stage.by("portal-1", Role::Portal);
    let refused = portal.update_expert(update).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "OPERATORS_ONLY"));
    let mut request = create("200001");
    request.expert.as_mut().unwrap().terms.as_mut().unwrap().employer_sells_consulting = true;
    assert_eq!(reason_of(&portal.create_expert(request).await.unwrap_err()), "OPERATORS_ONLY");
    portal.create_expert(create("200001")).await.unwrap();
}

async fn names_and_ids_have_a_shape(stage: &Stage) {
    let mut register = stage.operator();
    for bad in ["", "experts/", "people/1", "experts/a/b", "experts/あ"] {
        let refused = register.get_expert(GetExpertRequest { name: bad.to_owned() }).await.unwrap_err();
        assert_eq!(faults_of(&refused)[0].0, "name", "{bad}");
    }
    let unknown = register.get_expert(GetExpertRequest { name: "experts/nobody".to_owned() }).await.unwrap_err();
    assert_eq!((unknown.code(), reason_of(&unknown).as_str()), (Code::NotFound, "EXPERT_NOT_FOUND"));
    let confirm = ConfirmExpertRequest { name: "experts/nobody".to_owned(), ..Default::default() };
    assert_eq!(register.confirm_expert(confirm).await.unwrap_err().code(), Code::NotFound);

    let name = stage.listed("100001").await.name;
    let pause = PauseExpertRequest {
        name: name.clone(),
        reason: "あ".repeat(201),
        request_id: "x".repeat(101),
        ..Default::default()
    };
    let refused = register.pause_expert(pause).await.unwrap_err();
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(told, ["request_id", "reason"]);
    let consent = SetConsentRequest { name: name.clone(), purpose: 9, ..Default::default() };
    assert_eq!(faults_of(&register.set_consent(consent).await.unwrap_err())[0].0, "purpose");
    let verify = VerifyRegistrationRequest { name, ..Default::default() };
    assert_eq!(faults_of(&register.verify_registration(verify).await.unwrap_err())[0].0, "source");
}

async fn a_command_without_effect_tells_nothing(stage: &Stage) {
    let expert = stage.listed("100001").await;
    let told = stage.events().await.len();
    let same = stage.update(expert.clone(), &["terms.themes", "person.email"]).await.unwrap();
    assert_eq!(same, expert);
    assert_eq!(stage.set_consent(&expert.name, ConsentPurpose::Listing, true).await, expert, "given long ago");
    assert_eq!(stage.events().await.len(), told);
}

async fn with_the_key_goes_the_person(stage: &Stage) {
    let expert = stage.listed("100001").await;
    let person = expert.person.clone().unwrap();
    let pause =
        PauseExpertRequest {
            name: expert.name.clone(), reason: "見本 一郎の産休".to_owned(), ..Default::default()
        };
    stage.operator().pause_expert(pause).await.unwrap();
    if stage.backend == Backend::Sqlite {
        for canary in [person.full_name.as_str(), &person.email, &person.self_pr, "産休", "100001"] {
            assert!(!stands_in_the_files(stage, canary), "{canary} is in the clear");
        }
        assert!(stands_in_the_files(stage, "PAUSE_REQUESTED"), "the scan finds what is there");
    }
    stage.keys.destroy(expert.name.trim_start_matches("experts/")).await.unwrap();
    let left = stage.get(&expert.name).await;
    assert_eq!(left.person, Some(ExpertPerson::default()));
    assert_eq!(left.terms, expert.terms, "statistics stay");
    assert_eq!(
        stage.steps(&expert.name).await.pop().unwrap().2,
        "PAUSE_REQUESTED",
        "the words are gone, the reason stays"
    );
    // Whatever comes later writes nothing personal again.
    stage.submit(&Submission::again("100001", "2", "2025-01-20T10:00:00+09:00").text("email", "new@example.jp")).await;
    assert_eq!(stage.get(&expert.name).await.person, Some(ExpertPerson::default()));
    let (event, _) = stage.events().await.pop().unwrap();
    assert!(event.personal.is_empty());
}

/// Whether a text stands in the register's database or in what is still to be written into it.
fn stands_in_the_files(stage: &Stage, text: &str) -> bool {
    let files = ["registry.db", "registry.db-wal"].map(|name| stage.folder.path().join(name));
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    files.iter().filter_map(|file| std::fs::read(file).ok()).any(holds)
}
