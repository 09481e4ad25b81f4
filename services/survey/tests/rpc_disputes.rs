//! Responses that somebody else sent: looked at side by side, decided once, with who and why.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::*;
use kit_log::KeyStore as _;
use kit_serve::fault::reason_of;
use prost::Message as _;
use stage::{Changed as _, Stage, World, decision, expert, faults, on_both, operator, portal, response, text};
use tonic::{Code, Status};

on_both!(
    a_dispute_is_shown_side_by_side_and_nothing_changes_meanwhile,
    kept_the_response_never_counts,
    taken_over_a_new_person_has_the_number_and_nothing_of_the_one_before,
    of_the_same_person_it_counts_by_its_time_and_is_known_from_then_on,
    of_another_number_it_counts_there,
    a_dispute_is_decided_once,
    refused_decisions_store_nothing,
    lists_of_disputes_come_in_pages,
    a_reason_is_never_in_the_clear_and_goes_with_the_key,
);

fn refusal(status: &Status) -> (Code, String) {
    (status.code(), reason_of(status).unwrap_or_default())
}

async fn side_by_side(stage: &Stage, name: &str) -> GetDisputeResponse {
    let request = GetDisputeRequest { name: name.to_owned() };
    stage.people(&operator()).get_dispute(request).await.unwrap().into_inner()
}

/// What the log tells at its end, by the type of the event.
async fn told(stage: &Stage, last: usize) -> Vec<String> {
    let events = stage.events().await;
    events[events.len() - last..].iter().map(|event| event.r#type.rsplit('.').next().unwrap().to_owned()).collect()
}

async fn a_dispute_is_shown_side_by_side_and_nothing_changes_meanwhile(world: World) {
    let stage = world.stage().await;
    let held = stage.submit(&portal(), response("12345")).await.unwrap().response.unwrap();
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    let stranger = response("12345").by_another().skilled(3).with("organisation", text("見本　事務所"));
    let name = stage.dispute(&portal(), stranger).await;

    let shown = side_by_side(&stage, &name).await;
    let dispute = shown.dispute.unwrap();
    assert_eq!((dispute.registration_number.as_str(), dispute.reason.as_str()), ("012345", "IDENTITY_DIFFERS"));
    assert_eq!((dispute.decision(), &dispute.decided), (DisputeDecision::Unspecified, &None));
    assert_eq!(dispute.respondent_id, held.respondent_id);
    let differing: Vec<&str> = shown.answers.iter().filter(|a| a.differs).map(|a| a.question.as_str()).collect();
    assert_eq!(differing.len(), 3 + 34, "name, kana, address and every skill item: {differing:?}");
    assert_eq!(differing[..3], ["name", "name_kana", "email"], "in form order");
    assert_eq!(shown.answers.len(), 55);
    let same = shown.answers.iter().find(|a| a.question == "organisation").unwrap();
    assert!(!same.differs && same.left != same.right, "a wider space is no difference");
    assert_eq!(shown.holder.unwrap().display_name, "見本 花子");
    assert_eq!(stage.waiting().await.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), [name.as_str()]);
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap(), rating);
    assert_eq!(stage.counts().await, [1, 1, 0, 1, 0]);
    let etag = dispute.etag;
    // What counts of the holder is part of what was looked at.
    stage.submit(&portal(), response("12345").skilled(1)).await.unwrap();
    let stale = stage.decide(DecideDisputeRequest { etag, ..decision(&name, DisputeDecision::Keep) }).await;
    assert_eq!(refusal(&stale.unwrap_err()), (Code::Aborted, "STALE_ETAG".to_owned()));
    let etag = side_by_side(&stage, &name).await.dispute.unwrap().etag;
    stage.decide(DecideDisputeRequest { etag, ..decision(&name, DisputeDecision::Keep) }).await.unwrap();
}

async fn kept_the_response_never_counts(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("12345")).await.unwrap();
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    let row = response("12345").by_another().skilled(3).at("2025-02-09T10:00:00+09:00");
    let name = stage.dispute(&operator(), row.clone()).await;
    let decided = stage.decide(decision(&name, DisputeDecision::Keep)).await.unwrap();
    let (dispute, head) = (decided.dispute.unwrap(), stage.events().await.last().unwrap().position);
    assert_eq!((dispute.decision(), decided.token.unwrap().position), (DisputeDecision::Keep, head));
    let by = dispute.decided.unwrap();
    assert_eq!((by.actor.as_str(), by.decision.as_str(), by.reason.as_str()), ("operator-1", "keep", "電話で確認した"));
    assert_eq!(told(&stage, 2).await, ["ResponseDisputed", "DisputeDecided"]);
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap(), rating);
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0], "neither received nor waiting");
    let kept = stage.get(&operator(), &name.replace("disputes", "responses")).await.unwrap();
    assert_eq!((kept.state(), kept.answers.len()), (ResponseState::SetAside, 55));
    // The same row of a file that is imported again is known, and refuses the file no more.
    let again = stage.import(vec![row]).await.unwrap();
    assert_eq!((again.stored, again.repeated_submissions), (0, 1));
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap(), rating);
}

async fn taken_over_a_new_person_has_the_number_and_nothing_of_the_one_before(world: World) {
    let stage = world.stage().await;
    let before = stage.submit(&expert("user-1"), response("12345").skilled(3)).await.unwrap().response.unwrap();
    let name = stage.dispute(&expert("user-2"), response("12345").by_another().skilled(1)).await;
    let other = stage.dispute(&portal(), response("12345").with("email", text("third@example.jp"))).await;
    let decided = stage.decide(decision(&name, DisputeDecision::TakeOver)).await.unwrap();
    assert_eq!(told(&stage, 3).await, ["DisputeDecided", "RatingChanged", "ResponseReceived"]);
    let events = stage.events().await;
    let last = events.last().unwrap();
    assert_eq!(decided.token.unwrap().position, last.position);
    let received = ResponseReceived::decode(last.clear.as_ref()).unwrap();
    assert_ne!(received.respondent_id, before.respondent_id, "another person, with a key of its own");
    assert_eq!((received.submissions, received.vouching.unwrap().operator.as_str()), (1, "operator-1"));
    let body = ResponsePersonal::decode(stage.personal(last).await.as_slice()).unwrap();
    assert_eq!(body.registration_number, "012345");

    let rating = stage.rating(&portal(), "12345").await.unwrap();
    assert_eq!(rating.response, name.replace("disputes", "responses"));
    assert_eq!(stage.counts().await, [1, 1, 0, 1, 0], "what the one before handed in is set aside");
    assert_eq!(stage.get(&operator(), &before.name).await.unwrap().state(), ResponseState::SetAside);
    // Each sees what is his or her own, and no more.
    assert!(stage.get(&expert("user-1"), &before.name).await.is_ok());
    assert_eq!(stage.get(&expert("user-2"), &before.name).await.unwrap_err().code(), Code::PermissionDenied);
    assert!(stage.rating(&expert("user-2"), "12345").await.is_ok());
    assert_eq!(stage.rating(&expert("user-1"), "12345").await.unwrap_err().code(), Code::PermissionDenied);
    // Later responses are judged by the new holder, and so is what still waits.
    stage.submit(&expert("user-2"), response("12345").by_another().skilled(2)).await.unwrap();
    stage.dispute(&expert("user-1"), response("12345")).await;
    assert_eq!(stage.waiting().await.iter().filter(|d| d.respondent_id == received.respondent_id).count(), 2);
    let shown = side_by_side(&stage, &other).await;
    assert_eq!(shown.holder.unwrap().display_name, "他人 太郎");
    // The one before can still be given the right number, all of the responses.
    let person = format!("people/{}", before.respondent_id);
    let moved = stage.split(&person, &[&before.name], "54321").await.unwrap().other.unwrap();
    assert_eq!((moved.registration_number.as_str(), moved.display_name.as_str()), ("054321", "見本 花子"));
    assert_eq!(stage.counts().await[..2], [3, 2]);
    let history = stage.decisions(&person).await;
    assert_eq!(history.iter().map(|d| d.decision.as_str()).collect::<Vec<_>>(), ["take_over", "split"]);
}

async fn of_the_same_person_it_counts_by_its_time_and_is_known_from_then_on(world: World) {
    let stage = world.stage().await;
    let first = stage.submit(&portal(), response("12345")).await.unwrap().response.unwrap();
    let moved = || response("12345").by_another();
    let name = stage.dispute(&expert("user-2"), moved().skilled(3)).await;
    let older = stage.dispute(&operator(), moved().skilled(0).at("2025-01-01T10:00:00+09:00")).await;
    stage.decide(decision(&name, DisputeDecision::SamePerson)).await.unwrap();
    assert_eq!(told(&stage, 3).await, ["DisputeDecided", "RatingChanged", "ResponseReceived"]);
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    assert_eq!((rating.response, rating.respondent_id), (name.replace("disputes", "responses"), first.respondent_id));
    assert_eq!(stage.counts().await, [2, 1, 1, 1, 0]);
    // An older one joins the history: there is no rating to tell.
    stage.decide(decision(&older, DisputeDecision::SamePerson)).await.unwrap();
    assert_eq!(told(&stage, 2).await, ["DisputeDecided", "ResponseReceived"]);
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap().response, name.replace("disputes", "responses"));
    // Both the address given first and the one given now are the holder's, and the account is.
    stage.submit(&portal(), moved()).await.unwrap();
    stage.submit(&portal(), response("12345")).await.unwrap();
    stage.submit(&expert("user-2"), moved().with("email", text("new@example.jp"))).await.unwrap();
    assert_eq!(stage.counts().await, [6, 1, 5, 0, 0]);
}

async fn of_another_number_it_counts_there(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("12345")).await.unwrap();
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    let there = stage.submit(&portal(), response("777").by_another()).await.unwrap().response.unwrap();
    let [one, two] = [
        stage.dispute(&portal(), response("12345").by_another().skilled(3)).await,
        stage.dispute(&portal(), response("12345").by_another().skilled(1).with("name", text("新人 次郎"))).await,
    ];
    let to = |name: &str, number: &str| DecideDisputeRequest {
        registration_number: number.to_owned(),
        ..decision(name, DisputeDecision::OtherNumber)
    };
    stage.decide(to(&one, "第777号")).await.unwrap();
    let moved = stage.rating(&portal(), "777").await.unwrap();
    let response_name = one.replace("disputes", "responses");
    assert_eq!((&moved.response, &moved.respondent_id), (&response_name, &there.respondent_id));
    let last = stage.events().await.pop().unwrap();
    let body = ResponsePersonal::decode(stage.personal(&last).await.as_slice()).unwrap();
    assert_eq!(body.registration_number, "000777", "what is told is the number it belongs to");
    let number = body.answers.iter().find(|a| a.question == "registration_number").unwrap();
    assert_eq!(number.value, Some(text("000777")));
    // A number that nobody answered for: somebody is entered.
    let decided = stage.decide(to(&two, "888")).await.unwrap().dispute.unwrap();
    let other = stage.rating(&portal(), "888").await.unwrap().respondent_id;
    assert_eq!(decided.decided.unwrap().other, format!("people/{other}"));
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap(), rating);
    assert_eq!(stage.counts().await, [4, 3, 1, 0, 0]);
}

async fn a_dispute_is_decided_once(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("12345")).await.unwrap();
    let name = stage.dispute(&portal(), response("12345").by_another()).await;
    let request = DecideDisputeRequest { request_id: "r-1".to_owned(), ..decision(&name, DisputeDecision::SamePerson) };
    let first = stage.decide(request.clone()).await.unwrap();
    let events = stage.events().await.len();
    assert_eq!(stage.decide(request).await.unwrap(), first, "a retry gets the same answer");
    for again in [DisputeDecision::Keep, DisputeDecision::SamePerson, DisputeDecision::TakeOver] {
        let refused = stage.decide(decision(&name, again)).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "DISPUTE_DECIDED".to_owned()));
    }
    assert_eq!(stage.events().await.len(), events);
    assert_eq!(stage.waiting().await, []);
    let request = ListDisputesRequest { decided: true, registration_number: "12345".to_owned(), ..Default::default() };
    let decided = stage.people(&operator()).list_disputes(request).await.unwrap().into_inner().disputes;
    assert_eq!(decided, [first.dispute.unwrap()]);
    assert_eq!(decided[0].reason, "IDENTITY_DIFFERS", "why it was disputed is still known");
}

async fn refused_decisions_store_nothing(world: World) {
    let stage = world.stage().await;
    let held = stage.submit(&portal(), response("12345")).await.unwrap().response.unwrap();
    let name = stage.dispute(&portal(), response("12345").by_another()).await;
    let (events, counts) = (stage.events().await.len(), stage.counts().await);
    let field = |status: Status| faults(&status);
    let bad = DecideDisputeRequest {
        name: name.clone(),
        decision: 9,
        registration_number: "12".to_owned(),
        reason: " ".to_owned(),
        request_id: "ü".to_owned(),
        etag: String::new(),
    };
    let all = field(stage.decide(bad).await.unwrap_err());
    let wanted = [
        ("request_id", "BAD_REQUEST_ID"),
        ("decision", "UNKNOWN_CODE"),
        ("registration_number", "NOT_ASKED"),
        ("reason", "REQUIRED"),
    ];
    assert_eq!(all, wanted.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    let other = |number: &str| DecideDisputeRequest {
        registration_number: number.to_owned(),
        ..decision(&name, DisputeDecision::OtherNumber)
    };
    for (number, reason) in [("", "REQUIRED"), ("x", "BAD_NUMBER"), ("１２３４５", "SAME_NUMBER")] {
        let refused = field(stage.decide(other(number)).await.unwrap_err());
        assert_eq!(refused, [("registration_number".to_owned(), reason.to_owned())]);
    }
    for none in ["disputes/none", "disputes/", "x", &held.name.replace("responses", "disputes")] {
        let refused = stage.decide(decision(none, DisputeDecision::Keep)).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::NotFound, "NO_SUCH_DISPUTE".to_owned()), "{none}");
    }
    for caller in [portal(), expert("user-1")] {
        let request = decision(&name, DisputeDecision::Keep);
        assert_eq!(stage.people(&caller).decide_dispute(request).await.unwrap_err().code(), Code::PermissionDenied);
    }
    // Of one who is erased nothing is decided any more.
    stage.keys.destroy(&held.respondent_id).await.unwrap();
    for what in [DisputeDecision::Keep, DisputeDecision::TakeOver, DisputeDecision::SamePerson] {
        let refused = stage.decide(decision(&name, what)).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "ERASED".to_owned()));
    }
    assert_eq!((stage.events().await.len(), stage.counts().await), (events, counts));
    assert_eq!(stage.waiting().await.len(), 1);
}

async fn lists_of_disputes_come_in_pages(world: World) {
    let stage = world.stage().await;
    let mut names = Vec::new();
    for number in 0..7 {
        let number = format!("{}", 100 + number % 2);
        let _ = stage.submit(&portal(), response(&number)).await;
        names.push(stage.dispute(&portal(), response(&number).by_another()).await);
    }
    let pages = async |decided: bool, number: &str| {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let registration_number = number.to_owned();
            let request = ListDisputesRequest { decided, registration_number, page_size: 2, page_token };
            let page = stage.people(&operator()).list_disputes(request).await.unwrap().into_inner();
            assert!(page.disputes.len() <= 2);
            seen.extend(page.disputes.into_iter().map(|dispute| dispute.name));
            if page.next_page_token.is_empty() {
                return seen;
            }
            page_token = page.next_page_token;
        }
    };
    assert_eq!(pages(false, "").await, names, "oldest first");
    assert_eq!(pages(false, "101").await, [names[1].clone(), names[3].clone(), names[5].clone()]);
    assert_eq!(pages(false, "999").await, Vec::<String>::new());
    for name in &names[..5] {
        stage.decide(decision(name, DisputeDecision::Keep)).await.unwrap();
    }
    assert_eq!(pages(false, "").await, names[5..]);
    let mut newest = names[..5].to_vec();
    newest.reverse();
    assert_eq!(pages(true, "").await, newest, "the newest decision first");
    assert_eq!(pages(true, "100").await, [names[4].clone(), names[2].clone(), names[0].clone()]);
    let wrong = ListDisputesRequest { page_size: 201, page_token: "x".to_owned(), ..Default::default() };
    assert_eq!(faults(&stage.people(&operator()).list_disputes(wrong).await.unwrap_err()).len(), 2);
}

async fn a_reason_is_never_in_the_clear_and_goes_with_the_key(world: World) {
    let stage = world.stage().await;
    let held = stage.submit(&portal(), response("12345")).await.unwrap().response.unwrap();
    let name = stage.dispute(&portal(), response("12345").by_another()).await;
    stage.decide(decision(&name, DisputeDecision::Keep)).await.unwrap();
    for event in stage.log().await {
        let bytes = event.encode_to_vec();
        let words = "電話で確認した".as_bytes();
        assert!(!bytes.windows(words.len()).any(|window| window == words), "{}", event.r#type);
    }
    let person = format!("people/{}", held.respondent_id);
    assert_eq!(stage.decisions(&person).await[0].reason, "電話で確認した");
    stage.keys.destroy(&held.respondent_id).await.unwrap();
    let kept = stage.decisions(&person).await;
    assert_eq!((kept[0].reason.as_str(), kept[0].actor.as_str()), ("", "operator-1"));
    let refused = stage.people(&operator());
    let request = ListPersonDecisionsRequest { name: "people/none".to_owned() };
    let refused = { refused }.list_person_decisions(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::NotFound, "NO_SUCH_PERSON".to_owned()));
}
