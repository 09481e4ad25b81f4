//! Drafts: kept as they are, faults and all; handed in once; forgotten.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::answer::Value;
use contract::survey::v1::*;
use kit_log::KeyStore as _;
use kit_serve::Caller;
use kit_serve::fault::reason_of;
use stage::{Changed as _, Kind, Stage, World, choice, expert, faults, on_both, operator, portal, response, text};
use tonic::{Code, Status};

on_both!(
    a_draft_is_kept_as_it_is_and_told_what_is_missing,
    what_cannot_be_kept_is_refused,
    everybody_has_a_draft_of_his_or_her_own,
    of_two_who_save_the_same_the_second_is_told,
    handing_in_stores_the_response_and_forgets_the_draft,
    what_is_saved_while_it_is_handed_in_is_not_lost,
    a_draft_with_faults_or_of_anothers_number_stays,
    a_lost_answer_is_told_again,
    drafts_that_nobody_touches_are_forgotten,
    a_draft_without_its_key_is_gone,
);

fn draft(response: NewResponse) -> Draft {
    Draft { form: response.form, answers: response.answers, ..Draft::default() }
}

async fn save_as(stage: &Stage, caller: &Caller, owner: &str, draft: Draft) -> Result<SaveDraftResponse, Status> {
    let request = SaveDraftRequest { draft: Some(draft), owner: owner.to_owned() };
    Ok(stage.drafts(caller).save_draft(request).await?.into_inner())
}

async fn save(stage: &Stage, owner: &str, response: NewResponse) -> Draft {
    save_as(stage, &portal(), owner, draft(response)).await.unwrap().draft.unwrap()
}

async fn get(stage: &Stage, caller: &Caller, owner: &str) -> Result<Draft, Status> {
    let request = GetDraftRequest { form: "forms/skill-2024".to_owned(), owner: owner.to_owned() };
    Ok(stage.drafts(caller).get_draft(request).await?.into_inner().draft.unwrap())
}

fn submission(owner: &str, etag: &str, request_id: &str) -> SubmitDraftRequest {
    SubmitDraftRequest {
        form: "forms/skill-2024".to_owned(),
        owner: owner.to_owned(),
        etag: etag.to_owned(),
        request_id: request_id.to_owned(),
    }
}

async fn submit(stage: &Stage, request: SubmitDraftRequest) -> Result<SubmitResponseResponse, Status> {
    Ok(stage.drafts(&portal()).submit_draft(request).await?.into_inner().submitted.unwrap())
}

fn refused(status: &Status, code: Code, reason: &str) {
    assert_eq!((status.code(), reason_of(status).as_deref()), (code, Some(reason)), "{status:?}");
}

async fn a_draft_is_kept_as_it_is_and_told_what_is_missing(world: World) {
    let stage = world.stage().await;
    let mut half = draft(response("12A45").without("name").with("self_pr", text(&"あ".repeat(51))).unskilled());
    half.answers.push(Answer { question: "homepage".to_owned(), value: None });
    let kept = save_as(&stage, &portal(), "o-1", half.clone()).await.unwrap();
    let mut found: Vec<_> = kept.faults.iter().map(|fault| (fault.field.as_str(), fault.reason.as_str())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("answers[name]", "REQUIRED"),
            ("answers[registration_number]", "BAD_NUMBER"),
            ("answers[self_pr]", "TOO_LONG"),
        ]
    );
    assert!(kept.warnings.iter().any(|warning| warning.reason == "UNANSWERED_GROUP"));
    let kept = kept.draft.unwrap();
    assert_eq!((&kept.answers, kept.update_time), (&half.answers, Some(stage::at(stage::NOW))));
    assert_eq!(get(&stage, &portal(), "o-1").await.unwrap(), kept);
    // Somebody else's number is said, too; nothing of a draft is counted or told.
    stage.submit(&portal(), response("12345")).await.unwrap();
    let taken = save_as(&stage, &portal(), "o-1", draft(response("12345").by_another())).await.unwrap();
    assert_eq!(taken.faults.iter().map(|fault| fault.reason.as_str()).collect::<Vec<_>>(), ["NUMBER_HELD_BY_ANOTHER"]);
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
    assert_eq!(stage.events().await.len(), 2);
    let empty = Draft { form: "forms/skill-2024".to_owned(), ..Draft::default() };
    assert!(save_as(&stage, &portal(), "o-2", empty).await.is_ok());
}

async fn what_cannot_be_kept_is_refused(world: World) {
    let stage = world.stage().await;
    let wrong = draft(response("1").with("favourite_colour", text("青")).with("S1a1", text("3")).without("name"));
    let told = save_as(&stage, &portal(), "", wrong).await.unwrap_err();
    let mut found = faults(&told);
    found.sort_unstable();
    let expected = [
        ("draft.answers[S1a1]", "WRONG_KIND"),
        ("draft.answers[favourite_colour]", "UNKNOWN_QUESTION"),
        ("owner", "REQUIRED"),
    ];
    assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    for (draft, owner, field, reason) in [
        (Some(Draft { form: "forms/none".to_owned(), ..Draft::default() }), "o-1", "draft.form", "UNKNOWN_FORM"),
        (
            Some(Draft {
                form: "forms/skill-2024".to_owned(),
                answers: vec![Answer::default(); 501],
                ..Draft::default()
            }),
            "o-1",
            "draft.answers",
            "TOO_MANY",
        ),
        (None, "o-1", "draft", "REQUIRED"),
        (Some(draft(response("1"))), "o 1", "owner", "BAD_OWNER"),
        (Some(draft(response("1"))), &"o".repeat(101), "owner", "BAD_OWNER"),
    ] {
        let request = SaveDraftRequest { draft, owner: owner.to_owned() };
        let told = stage.drafts(&portal()).save_draft(request).await.unwrap_err();
        assert_eq!(faults(&told), [(field.to_owned(), reason.to_owned())]);
    }
    refused(&get(&stage, &portal(), "o-1").await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
}

async fn everybody_has_a_draft_of_his_or_her_own(world: World) {
    let stage = world.stage().await;
    save(&stage, "o-1", response("1")).await;
    save(&stage, "o-2", response("2")).await;
    save_as(&stage, &expert("o-1"), "", draft(response("3"))).await.unwrap();
    let number = |draft: Draft| {
        let answer = draft.answers.into_iter().find(|answer| answer.question == "registration_number");
        match answer.and_then(|answer| answer.value) {
            Some(Value::Text(number)) => number,
            other => panic!("{other:?}"),
        }
    };
    // An account's is not what the portal keeps under a name that reads the same.
    for (caller, owner, expected) in [(portal(), "o-1", "1"), (portal(), "o-2", "2"), (expert("o-1"), "", "3")] {
        assert_eq!(number(get(&stage, &caller, owner).await.unwrap()), expected);
    }
    refused(&get(&stage, &expert("o-2"), "").await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    refused(&get(&stage, &expert("o-2"), "o-1").await.unwrap_err(), Code::PermissionDenied, "NOT_YOURS");
    assert_eq!(get(&stage, &operator(), "o-1").await.unwrap_err().code(), Code::PermissionDenied);
    let other_version = GetDraftRequest { form: "forms/skill-2024-import".to_owned(), owner: "o-1".to_owned() };
    refused(&stage.drafts(&portal()).get_draft(other_version).await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    let delete = DeleteDraftRequest { form: "forms/skill-2024".to_owned(), owner: "o-1".to_owned() };
    stage.drafts(&portal()).delete_draft(delete.clone()).await.unwrap();
    refused(&stage.drafts(&portal()).delete_draft(delete).await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    refused(&get(&stage, &portal(), "o-1").await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    assert!(get(&stage, &expert("o-1"), "").await.is_ok() && get(&stage, &portal(), "o-2").await.is_ok());
}

async fn of_two_who_save_the_same_the_second_is_told(world: World) {
    let stage = world.stage().await;
    let first = save(&stage, "o-1", response("1")).await;
    let mine =
        save_as(&stage, &portal(), "o-1", Draft { etag: first.etag.clone(), ..draft(response("2")) }).await.unwrap();
    let told = save_as(&stage, &portal(), "o-1", Draft { etag: first.etag.clone(), ..draft(response("3")) })
        .await
        .unwrap_err();
    refused(&told, Code::Aborted, "STALE_ETAG");
    assert_eq!(get(&stage, &portal(), "o-1").await.unwrap(), mine.draft.unwrap());
    refused(&submit(&stage, submission("o-1", &first.etag, "")).await.unwrap_err(), Code::Aborted, "STALE_ETAG");
    let told = save_as(&stage, &portal(), "o-2", Draft { etag: first.etag, ..draft(response("3")) }).await.unwrap_err();
    refused(&told, Code::Aborted, "STALE_ETAG");
    assert_eq!(stage.counts().await[0], 0);
}

async fn handing_in_stores_the_response_and_forgets_the_draft(world: World) {
    let stage = world.stage().await;
    save(&stage, "o-1", response("1").unskilled()).await;
    let last = save(&stage, "o-1", response("第12345号").unskilled()).await;
    let done = submit(&stage, submission("o-1", &last.etag, "")).await.unwrap();
    let stored = done.response.unwrap();
    assert_eq!((stored.registration_number.as_str(), stored.state()), ("012345", ResponseState::Counts));
    assert!(done.rating.is_some() && done.token.unwrap().position > 0);
    assert!(done.warnings.iter().any(|warning| warning.reason == "UNANSWERED_GROUP"));
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 1]);
    refused(&get(&stage, &portal(), "o-1").await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    refused(&submit(&stage, submission("o-1", "", "")).await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    // The response is the account's own when an account handed its draft in.
    save_as(&stage, &expert("user-1"), "", draft(response("777"))).await.unwrap();
    let done = stage.drafts(&expert("user-1")).submit_draft(submission("", "", "")).await.unwrap().into_inner();
    let name = done.submitted.unwrap().response.unwrap().name;
    assert!(stage.get(&expert("user-1"), &name).await.is_ok());
    assert_eq!(stage.get(&expert("user-2"), &name).await.unwrap_err().code(), Code::PermissionDenied);
}

/// Saved and handed in at once, again and again: the last words are in the response, or in a draft that is still there.
async fn what_is_saved_while_it_is_handed_in_is_not_lost(world: World) {
    let stage = world.stage().await;
    let words = |answers: &[Answer]| {
        answers.iter().find(|answer| answer.question == "self_pr").and_then(|answer| answer.value.clone())
    };
    for round in 1..=60 {
        let (owner, number) = (format!("o-{round}"), round.to_string());
        save(&stage, &owner, response(&number).unskilled()).await;
        let last = response(&number).unskilled().with("self_pr", text("最後の言葉"));
        let (saved, submitted) = tokio::join!(save(&stage, &owner, last), submit(&stage, submission(&owner, "", "")));
        let draft = get(&stage, &portal(), &owner).await;
        let in_draft = draft.as_ref().is_ok_and(|draft| draft.answers == saved.answers);
        match submitted {
            Ok(done) => {
                let name = done.response.unwrap().name;
                let in_response = words(&stage.get(&portal(), &name).await.unwrap().answers) == words(&saved.answers);
                assert!(in_response || in_draft, "round {round}: {draft:?}");
            }
            Err(status) => {
                refused(&status, Code::Aborted, "STALE_ETAG");
                assert!(in_draft, "round {round}: {draft:?}");
            }
        }
    }
}

async fn a_draft_with_faults_or_of_anothers_number_stays(world: World) {
    let stage = world.stage().await;
    save(&stage, "o-1", response("12345").without("name").with("residence", choice("48"))).await;
    let told = submit(&stage, submission("o-1", "", "r-1")).await.unwrap_err();
    let expected = [("response.answers[name]", "REQUIRED"), ("response.answers[residence]", "UNKNOWN_CODE")];
    assert_eq!(faults(&told), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    assert!(get(&stage, &portal(), "o-1").await.is_ok());
    // Mended, the same request goes through.
    save(&stage, "o-1", response("12345")).await;
    submit(&stage, submission("o-1", "", "r-1")).await.unwrap();
    save(&stage, "o-2", response("12345").by_another()).await;
    let told = submit(&stage, submission("o-2", "", "")).await.unwrap_err();
    refused(&told, Code::FailedPrecondition, "RESPONSE_DISPUTED");
    assert_eq!(stage.counts().await, [1, 1, 0, 1, 0]);
    assert!(get(&stage, &portal(), "o-2").await.is_ok(), "a mistyped number can be mended");
    let wrong = SubmitDraftRequest { request_id: " ".to_owned(), ..SubmitDraftRequest::default() };
    let places: Vec<_> =
        faults(&submit(&stage, wrong).await.unwrap_err()).into_iter().map(|(field, _)| field).collect();
    assert_eq!(places, ["owner", "request_id"]);
}

async fn a_lost_answer_is_told_again(world: World) {
    let stage = world.stage().await;
    save(&stage, "o-1", response("12345").unskilled()).await;
    let first = submit(&stage, submission("o-1", "", "r-1")).await.unwrap();
    assert_eq!(submit(&stage, submission("o-1", "", "r-1")).await.unwrap(), first);
    // Also when a new draft has been begun since, which stays.
    save(&stage, "o-1", response("12345").without("name")).await;
    assert_eq!(submit(&stage, submission("o-1", "", "r-1")).await.unwrap(), first);
    assert!(get(&stage, &portal(), "o-1").await.is_ok());
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 1]);
    let told = submit(&stage, submission("o-1", "1", "r-1")).await.unwrap_err();
    refused(&told, Code::FailedPrecondition, "REQUEST_ID_REUSED");
}

async fn drafts_that_nobody_touches_are_forgotten(world: World) {
    let stage = world.stage().await;
    save(&stage, "o-1", response("1")).await;
    save(&stage, "o-2", response("2")).await;
    // Its data say how long; the stage only knows that it is less than ten years and more than a day.
    stage.clock.set("2025-02-11T09:00:00+09:00".parse().unwrap());
    save(&stage, "o-2", response("2")).await;
    let later: kit_clock::Timestamp = "2025-02-10T09:00:00+09:00".parse().unwrap();
    stage.clock.set(kit_clock::Timestamp::from_micros(later.micros() + 180 * 86_400_000_000 + 1));
    let gone = async {
        while get(&stage, &portal(), "o-1").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), gone).await.unwrap();
    assert!(get(&stage, &portal(), "o-2").await.is_ok());
}

async fn a_draft_without_its_key_is_gone(world: World) {
    let stage = world.stage().await;
    save(&stage, "o-1", response("1")).await;
    let mut session = stage.started.log().read_session().await.unwrap();
    let id = session.row("SELECT id FROM draft", &[]).await.unwrap().unwrap().text("id").unwrap();
    drop(session);
    stage.keys.destroy(&id).await.unwrap();
    refused(&get(&stage, &portal(), "o-1").await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    refused(&submit(&stage, submission("o-1", "", "")).await.unwrap_err(), Code::NotFound, "NO_SUCH_DRAFT");
    save(&stage, "o-1", response("2")).await;
    assert!(get(&stage, &portal(), "o-1").await.is_ok());
    let key = stage.keys.find(std::slice::from_ref(&id)).await.unwrap();
    assert!(key.is_empty());
}

#[tokio::test]
async fn nothing_of_a_draft_is_in_clear() {
    stage::on(Kind::Sqlite, |world| async move {
        let stage = world.stage().await;
        let canary = response("874512")
            .with("name", text("カナリア 小鳥"))
            .with("self_pr", text("canary"))
            .with("S1a1", Value::Number(3));
        save(&stage, "opaque-owner", canary).await;
        let mut bytes = Vec::new();
        for name in ["survey.db", "survey.db-wal"] {
            bytes.extend(std::fs::read(world.folder.join(name)).unwrap_or_default());
        }
        let holds = |canary: &str| bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(holds("opaque-owner"), "what is there is found");
        for canary in ["カナリア", "canary", "874512", "self_pr"] {
            assert!(!holds(canary), "{canary} is in the database");
        }
        // Handed in, its key is destroyed with it.
        let mut session = stage.started.log().read_session().await.unwrap();
        let id = session.row("SELECT id FROM draft", &[]).await.unwrap().unwrap().text("id").unwrap();
        drop(session);
        submit(&stage, submission("opaque-owner", "", "")).await.unwrap();
        assert!(stage.keys.find(std::slice::from_ref(&id)).await.unwrap().is_empty());
    })
    .await;
}
