//! Who may answer for a number, who may see what, and where personal data is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::*;
use kit_serve::fault::reason_of;
use kit_serve::{Caller, Role};
use prost::Message as _;
use stage::{Changed as _, World, expert, faults, on_both, one_fault, operator, portal, response, text};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both!(
    somebody_else_changes_nothing_and_waits_for_an_operator,
    the_holder_answers_again_signed_in_or_by_the_first_address,
    an_import_that_names_the_wrong_number_is_refused,
    a_retry_of_a_disputed_response_is_told_the_same,
    an_expert_sees_what_is_his_or_her_own,
    lists_come_in_pages_that_fit_together,
    destroying_the_key_leaves_counts_and_ratings,
);

fn is_disputed(status: &Status) -> String {
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert_eq!(reason_of(status).as_deref(), Some("RESPONSE_DISPUTED"));
    let field = "response.answers[registration_number]".to_owned();
    assert_eq!(faults(status), [(field, "NUMBER_HELD_BY_ANOTHER".to_owned())]);
    status.get_details_error_info().unwrap().metadata["response"].clone()
}

async fn somebody_else_changes_nothing_and_waits_for_an_operator(world: World) {
    let stage = world.stage().await;
    let holders = stage.submit(&expert("user-1"), response("12345")).await.unwrap();
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    let stranger = response("第12345号").by_another().skilled(3);
    let cases = [
        (portal(), stranger.clone(), "IDENTITY_DIFFERS"),
        (operator(), stranger.clone(), "IDENTITY_DIFFERS"),
        (expert("user-1"), stranger, "IDENTITY_DIFFERS"),
        (portal(), response("12345").with("email", text("new@example.jp")), "SENDER_UNPROVEN"),
        (expert("user-2"), response("12345").with("email", text("new@example.jp")), "SENDER_UNPROVEN"),
    ];
    for (number, (caller, response, reason)) in cases.into_iter().enumerate() {
        let told = stage.validate(&caller, response.clone()).await;
        assert_eq!(told.faults[0].field, "answers[registration_number]");
        assert_eq!((told.faults[0].reason.as_str(), told.faults.len()), ("NUMBER_HELD_BY_ANOTHER", 1));
        assert_eq!(told.rating, None);

        let name = is_disputed(&stage.submit(&caller, response).await.unwrap_err());
        let disputes = i64::try_from(number).unwrap() + 1;
        assert_eq!(stage.counts().await, [1, 1, 0, disputes, 0]);
        assert_eq!(stage.rating(&portal(), "12345").await.unwrap(), rating);
        let kept = stage.get(&operator(), &name).await.unwrap();
        assert_eq!((kept.state(), kept.registration_number.as_str()), (ResponseState::Disputed, "012345"));
        assert_eq!(kept.answers.len(), 55, "an operator can judge by all of its answers");

        let event = stage.events().await.pop().unwrap();
        let told = ResponseDisputed::decode(event.clear.as_ref()).unwrap();
        let respondent_id = rating.respondent_id.clone();
        assert_eq!(told, ResponseDisputed { respondent_id, response: name, reason: reason.to_owned() });
        assert_eq!((event.aggregate_type.as_str(), event.personal.len()), ("dispute", 0));
    }
    let list = stage.history("12345").await;
    assert_eq!(list.iter().filter(|(_, state)| *state == ResponseState::Disputed).count(), 5);
    assert_eq!(list.last(), Some(&(holders.response.unwrap().name, ResponseState::Counts)));
}

async fn the_holder_answers_again_signed_in_or_by_the_first_address(world: World) {
    let stage = world.stage().await;
    stage.submit(&expert("user-1"), response("12345")).await.unwrap();
    // A new address and a new family name, signed in as before.
    let moved = response("12345").with("email", text("new@example.jp")).with("name", text("別姓 花子"));
    stage.submit(&expert("user-1"), moved).await.unwrap();
    // Not signed in: the first address is what counts, not the latest.
    stage.submit(&portal(), response("12345").with("name", text("別姓 花子"))).await.unwrap();
    let unproven = response("12345").with("email", text("new@example.jp"));
    is_disputed(&stage.submit(&portal(), unproven).await.unwrap_err());
    // An operator may hand in what the person answered, whatever the address.
    stage.submit(&operator(), response("12345").with("email", text("third@example.jp"))).await.unwrap();
    assert_eq!(stage.counts().await, [4, 1, 3, 1, 0]);
}

async fn an_import_that_names_the_wrong_number_is_refused(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("12345")).await.unwrap();
    let row = || response("12345").by_another().at("2025-02-01T10:00:00+09:00");
    let refused = stage.import(vec![row()]).await.unwrap_err();
    let field = "responses[0].answers[registration_number]".to_owned();
    assert_eq!(one_fault(&refused), (field, "NUMBER_HELD_BY_ANOTHER".to_owned()));
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0], "it is not even kept as disputed");
    // By the single call it is kept; the same import is still refused then.
    let name = is_disputed(&stage.submit(&operator(), row()).await.unwrap_err());
    assert_eq!(is_disputed(&stage.submit(&operator(), row()).await.unwrap_err()), name);
    assert_eq!(stage.import(vec![row()]).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(stage.counts().await, [1, 1, 0, 1, 0]);
}

async fn a_retry_of_a_disputed_response_is_told_the_same(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("12345")).await.unwrap();
    let first = stage.submit_as(&portal(), response("12345").by_another(), "r-9").await.unwrap_err();
    let second = stage.submit_as(&portal(), response("12345").by_another(), "r-9").await.unwrap_err();
    assert_eq!(is_disputed(&first), is_disputed(&second));
    assert_eq!((first.message(), first.details()), (second.message(), second.details()));
    assert_eq!(stage.counts().await, [1, 1, 0, 1, 0]);
}

async fn an_expert_sees_what_is_his_or_her_own(world: World) {
    let stage = world.stage().await;
    let mine = stage.submit(&expert("user-1"), response("1")).await.unwrap().response.unwrap().name;
    let other = stage.submit(&expert("user-2"), response("2")).await.unwrap().response.unwrap().name;
    let disputed = stage.submit(&expert("user-2"), response("1").by_another()).await.unwrap_err();
    let disputed = is_disputed(&disputed);
    let one = expert("user-1");

    assert_eq!(stage.get(&one, &mine).await.unwrap().answers.len(), 55);
    assert!(stage.rating(&one, "1").await.is_ok());
    for name in [other.as_str(), disputed.as_str(), "responses/none"] {
        let refused = stage.get(&one, name).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason_of(&refused).as_deref()),
            (Code::PermissionDenied, Some("NOT_YOURS")),
            "{name}"
        );
    }
    for number in ["2", "999"] {
        assert_eq!(stage.rating(&one, number).await.unwrap_err().code(), Code::PermissionDenied);
        let request = ListResponsesRequest { registration_number: number.to_owned(), ..Default::default() };
        assert_eq!(stage.responses(&one).list_responses(request).await.unwrap_err().code(), Code::PermissionDenied);
    }
    // Who sent a disputed response may see it; the holder may not even see that it is there.
    assert_eq!(stage.get(&expert("user-2"), &disputed).await.unwrap().state(), ResponseState::Disputed);
    let request = ListResponsesRequest { registration_number: "1".to_owned(), ..Default::default() };
    let seen = stage.responses(&one).list_responses(request.clone()).await.unwrap().into_inner().responses;
    assert_eq!(seen.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), [mine.as_str()]);
    // What is said to be owned is.
    let mut owner = Caller::new("user-3", [Role::Expert]);
    owner.owns.insert(mine.clone());
    assert_eq!(stage.get(&owner, &mine).await.unwrap().registration_number, "000001");
    assert!(stage.rating(&owner, "1").await.is_ok());

    // Everybody's are for operators; the portal names whose.
    let all = ListResponsesRequest::default();
    let refused = stage.responses(&portal()).list_responses(all.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::PermissionDenied, Some("OPERATORS_ONLY")));
    assert_eq!(stage.responses(&portal()).list_responses(request).await.unwrap().into_inner().responses.len(), 2);
    assert_eq!(stage.responses(&operator()).list_responses(all).await.unwrap().into_inner().responses.len(), 3);
}

async fn lists_come_in_pages_that_fit_together(world: World) {
    let stage = world.stage().await;
    let rows: Vec<_> = (0..23)
        .map(|n| {
            response(&format!("{}", n % 7 + 1)).at(&format!("2025-01-{:02}T10:00:00+09:00", n % 5 + 1)).skilled(n % 4)
        })
        .collect();
    stage.import(rows).await.unwrap();
    let whole = ListResponsesRequest { page_size: 200, ..Default::default() };
    let whole = stage.responses(&operator()).list_responses(whole).await.unwrap().into_inner();
    assert!(whole.responses.len() > 15 && whole.next_page_token.is_empty());
    let times: Vec<_> = whole.responses.iter().map(|r| r.submit_time.as_ref().unwrap().seconds).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first");
    assert!(whole.responses.iter().all(|r| r.answers.is_empty() && r.registration_number.len() == 6));

    for (state, number) in [(0, ""), (1, ""), (2, ""), (0, "3"), (2, "3"), (3, "")] {
        let wanted: Vec<_> = (whole.responses.iter())
            .filter(|r| state == 0 || r.state == state)
            .filter(|r| number.is_empty() || r.registration_number == "000003")
            .cloned()
            .collect();
        let mut request =
            ListResponsesRequest { registration_number: number.to_owned(), state, page_size: 3, ..Default::default() };
        let mut seen = Vec::new();
        loop {
            let page = stage.responses(&operator()).list_responses(request.clone()).await.unwrap().into_inner();
            assert!(page.responses.len() <= 3 && (page.responses.len() == 3 || page.next_page_token.is_empty()));
            seen.extend(page.responses.into_iter().filter(|response| response.registration_number != "000600"));
            // A newcomer while one pages moves nothing that is still to come.
            stage.submit(&portal(), response("600").skilled(1)).await.unwrap();
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, wanted, "state {state} of {number:?}");
    }
    let first = ListResponsesRequest { page_size: 3, ..Default::default() };
    let token = stage.responses(&operator()).list_responses(first).await.unwrap().into_inner().next_page_token;
    for (page_token, state) in [(token.clone(), 1), (format!("{token}0"), 0), ("あ".to_owned(), 0), ("0".repeat(48), 0)]
    {
        let request = ListResponsesRequest { page_token, state, ..Default::default() };
        let refused = stage.responses(&operator()).list_responses(request).await.unwrap_err();
        assert_eq!(one_fault(&refused), ("page_token".to_owned(), "BAD_PAGE_TOKEN".to_owned()));
    }
}

async fn destroying_the_key_leaves_counts_and_ratings(world: World) {
    use kit_log::KeyStore as _;
    let stage = world.stage().await;
    let stored = stage.submit(&portal(), response("12345")).await.unwrap().response.unwrap();
    stage.keys.destroy(&stored.respondent_id).await.unwrap();
    let gone = stage.get(&operator(), &stored.name).await.unwrap();
    assert_eq!(gone.registration_number, "");
    let questions: Vec<&str> = gone.answers.iter().map(|a| a.question.as_str()).collect();
    assert!(questions.contains(&"S1a1") && !questions.contains(&"name") && !questions.contains(&"email"));
    assert_eq!(stage.history("12345").await.len(), 1);
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
    assert!(stage.rating(&portal(), "12345").await.is_ok());
    let refused = stage.submit(&portal(), response("12345")).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::FailedPrecondition, Some("PERSON_ERASED")));
}
