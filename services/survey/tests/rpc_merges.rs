//! People who are entered twice, and responses that are somebody else's: found, compared, merged, split, parted again.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::*;
use kit_log::KeyStore as _;
use kit_serve::fault::reason_of;
use prost::Message as _;
use stage::{Changed as _, Kind, Stage, World, decision, expert, faults, on_both, operator, portal, response, text};
use tonic::{Code, Status};

on_both!(
    the_same_address_or_name_under_another_number_is_proposed,
    merged_the_latest_of_all_counts_and_both_numbers_lead_there,
    a_person_is_found_by_number_and_by_name_with_every_response,
    parted_each_has_again_what_came_under_its_number,
    merges_upon_merges_come_apart_where_they_were_joined,
    split_off_responses_go_to_another_number,
    a_number_that_leads_to_another_person_can_be_taken_over,
    a_number_to_which_others_lead_is_taken_over_when_they_are_parted,
    whoever_answered_under_a_number_holds_it_whoever_was_merged,
    what_was_said_to_be_the_same_person_by_mistake_goes_with_the_response,
    refused_decisions_about_people_store_nothing,
    who_is_erased_is_neither_proposed_nor_merged,
);

fn refusal(status: &Status) -> (Code, String) {
    (status.code(), reason_of(status).unwrap_or_default())
}

fn taro(number: &str) -> NewResponse {
    response(number).by_another()
}

async fn enter(stage: &Stage, response: NewResponse) -> Response {
    stage.submit(&portal(), response).await.unwrap().response.unwrap()
}

fn person(response: &Response) -> String {
    format!("people/{}", response.respondent_id)
}

/// Names of the two and what is the same.
fn pair(pair: &PossibleDuplicatePeople) -> (String, String, Vec<String>) {
    (pair.first.clone().unwrap().name, pair.second.clone().unwrap().name, pair.same.clone())
}

async fn the_same_address_or_name_under_another_number_is_proposed(world: World) {
    let stage = world.stage().await;
    let one = enter(&stage, response("1")).await;
    let name_only = response("2").with("email", text("other@example.jp")).with("name", text("見本　花子"));
    let two = enter(&stage, name_only.with("name_kana", text("みほん はなこ"))).await;
    let three = enter(&stage, taro("3").with("email", text("ＨＡＮＡＫＯ@example.jp"))).await;
    enter(&stage, taro("4").with("name_kana", text("タニン タロ"))).await;
    let (a, b, c) = (person(&one), person(&two), person(&three));
    let name = vec!["name".to_owned()];
    let email = vec!["email".to_owned()];
    let found: Vec<_> = stage.duplicates().await.iter().map(pair).collect();
    assert_eq!(found, [(a.clone(), b.clone(), name.clone()), (a.clone(), c.clone(), email)]);
    // A later address is one by which a person is known as well.
    enter(&stage, response("1").with("email", text("hanako@example.jp"))).await;
    enter(&stage, response("2").with("name_kana", text("ミホン ハナコ")).with("email", text("other@example.jp"))).await;
    let five = enter(&stage, taro("5").with("name", text("五人目 五郎")).with("email", text("other@example.jp"))).await;
    assert_eq!(stage.duplicates().await.len(), 3);
    // Pages fit together.
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPossibleDuplicatePeopleRequest { page_size: 1, page_token };
        let page = stage.people(&operator()).list_possible_duplicate_people(request).await.unwrap().into_inner();
        seen.extend(page.pairs);
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    assert_eq!(seen, stage.duplicates().await);
    // Decided pairs are proposed no more.
    stage.apart(&a, &b).await.unwrap();
    stage.merge(&c, &a).await.unwrap();
    let left: Vec<_> = stage.duplicates().await.iter().map(pair).collect();
    assert_eq!(left, [(b, person(&five), vec!["email".to_owned()])]);
    // Who was there before there were marks is found as well: the next start notes them.
    stage.close().await;
    let stage = world.stage().await;
    assert_eq!(stage.duplicates().await.len(), 1);
    stage.close().await;
}

async fn merged_the_latest_of_all_counts_and_both_numbers_lead_there(world: World) {
    let stage = world.stage().await;
    let row = |number: &str, day: &str| taro(number).at(&format!("2025-01-{day}T10:00:00+09:00"));
    stage.import(vec![row("1", "10").skilled(1), row("2", "20").skilled(3), row("2", "05").skilled(2)]).await.unwrap();
    let [one, two] = [stage.rating(&portal(), "1").await.unwrap(), stage.rating(&portal(), "2").await.unwrap()];
    let (stays, goes) = (format!("people/{}", one.respondent_id), format!("people/{}", two.respondent_id));
    let merged = stage.merge(&goes, &stays).await.unwrap();
    let who = merged.person.unwrap();
    assert_eq!(
        (who.registration_number.as_str(), who.other_numbers.as_slice()),
        ("000001", &["000002".to_owned()][..])
    );
    assert_eq!(who.submissions, 3);
    let types: Vec<_> = stage.events().await.into_iter().rev().take(3).map(|event| event.r#type).collect();
    let names =
        ["ResponseReceived", "RatingChanged", "PersonMerged"].map(|name| format!("activelist.survey.v1.{name}"));
    assert_eq!(types, names, "from the last one: who merged whom, the rating, the response");
    let last = stage.events().await.pop().unwrap();
    assert_eq!(merged.token.unwrap().position, last.position);
    let received = ResponseReceived::decode(last.clear.as_ref()).unwrap();
    assert_eq!((received.submissions, received.respondent_id.as_str()), (3, one.respondent_id.as_str()));
    let body = ResponsePersonal::decode(stage.personal(&last).await.as_slice()).unwrap();
    assert_eq!(body.registration_number, "000001", "sealed under the key of the one who stays, with that number");

    assert_eq!(stage.rating(&portal(), "2").await.unwrap(), stage.rating(&portal(), "1").await.unwrap());
    assert_eq!(stage.rating(&portal(), "1").await.unwrap().response, two.response, "of the 20th");
    assert_eq!(stage.counts().await, [3, 1, 2, 0, 0]);
    assert_eq!(stage.history("2").await, stage.history("1").await);
    // The file once more, and a later row under either number.
    let again = stage.import(vec![row("1", "10").skilled(1), row("2", "20").skilled(3), row("2", "25")]).await.unwrap();
    assert_eq!((again.stored, again.repeated_submissions), (1, 2));
    let later = stage.submit(&portal(), taro("2").skilled(0)).await.unwrap();
    assert_eq!(later.response.unwrap().respondent_id, one.respondent_id);
    assert_eq!(stage.rating(&portal(), "1").await.unwrap(), later.rating.unwrap());
    assert_eq!(stage.counts().await, [5, 1, 4, 0, 0]);
    // Compared, the one who was merged shows what came last; its key alone erases nothing of the one who stays.
    let shown = stage.decisions(&goes).await;
    assert_eq!((shown[0].decision.as_str(), shown[0].other.as_str()), ("merge", stays.as_str()));
    assert_eq!(stage.decisions(&stays).await[0].other, goes);
}

async fn a_person_is_found_by_number_and_by_name_with_every_response(world: World) {
    let stage = world.stage().await;
    let one = enter(&stage, response("1").skilled(1)).await;
    let two = enter(&stage, taro("2").skilled(2)).await;
    stage.merge(&person(&two), &person(&one)).await.unwrap();
    let find = async |name: &str, number: &str| {
        let request = GetPersonRequest { name: name.to_owned(), registration_number: number.to_owned() };
        stage.people(&operator()).get_person(request).await.map(|answer| answer.into_inner().person.unwrap())
    };
    let of = async |name: &str, number: &str| {
        let (person, registration_number) = (name.to_owned(), number.to_owned());
        let request = ListResponsesRequest { person, registration_number, ..Default::default() };
        let found = stage.responses(&operator()).list_responses(request).await?.into_inner().responses;
        Ok::<_, Status>(found.into_iter().map(|one| (one.name.clone(), one.state())).collect::<Vec<_>>())
    };
    // Under the own number who was merged is found all the same, and leads to who it is now.
    let merged = find("", "第２号").await.unwrap();
    assert_eq!((merged.name.clone(), merged.merged_into), (person(&two), person(&one)));
    assert_eq!(find(&person(&one), "").await.unwrap().other_numbers, ["000002"]);
    assert_eq!(of(&person(&one), "").await.unwrap().len(), 2);
    for name in [&one.name, &two.name] {
        assert_eq!(stage.get(&operator(), name).await.unwrap().registration_number, "000001", "whose it is now");
    }
    // Who sends something for a number learns no other one of its holder.
    let mine = stage.dispute(&expert("user-8"), taro("2").with("email", text("other@example.jp"))).await;
    let mine = stage.get(&expert("user-8"), &mine.replace("disputes/", "responses/")).await.unwrap();
    assert_eq!((mine.registration_number.as_str(), mine.state()), ("000002", ResponseState::Disputed));
    // Who has lost the number has none, and the responses are found by name.
    let three = enter(&stage, response("3").with("email", text("third@example.jp"))).await;
    let waits = stage.dispute(&expert("user-9"), taro("3")).await;
    stage.decide(decision(&waits, DisputeDecision::TakeOver)).await.unwrap();
    assert_eq!(find(&person(&three), "").await.unwrap().registration_number, "");
    assert_eq!(of(&person(&three), "").await.unwrap(), [(three.name.clone(), ResponseState::SetAside)]);
    assert_eq!(stage.get(&operator(), &three.name).await.unwrap().registration_number, "");
    assert_ne!(find("", "3").await.unwrap().name, person(&three));

    for (name, number) in [("", ""), (&*person(&one), "1")] {
        let expected = [("name".to_owned(), "NUMBER_OR_NAME".to_owned())];
        assert_eq!(faults(&find(name, number).await.unwrap_err()), expected);
    }
    let expected = [("person".to_owned(), "NUMBER_OR_NAME".to_owned())];
    assert_eq!(faults(&of(&person(&one), "1").await.unwrap_err()), expected);
    assert_eq!(refusal(&find("", "99").await.unwrap_err()), (Code::NotFound, "NEVER_ANSWERED".to_owned()));
    assert_eq!(refusal(&find("people/none", "").await.unwrap_err()), (Code::NotFound, "NO_SUCH_PERSON".to_owned()));
    let request = ListResponsesRequest { person: person(&one), ..Default::default() };
    let refused = stage.responses(&expert("user-1")).list_responses(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

async fn parted_each_has_again_what_came_under_its_number(world: World) {
    let stage = world.stage().await;
    let one = enter(&stage, response("1").skilled(1)).await;
    let two = enter(&stage, taro("2").skilled(2)).await;
    let before = [stage.rating(&portal(), "1").await.unwrap(), stage.rating(&portal(), "2").await.unwrap()];
    stage.merge(&person(&two), &person(&one)).await.unwrap();
    // Either is known by what either said.
    let under_one = enter(&stage, taro("1").skilled(3)).await;
    let under_two = enter(&stage, response("2").skilled(0)).await;
    assert_eq!([&under_one.respondent_id, &under_two.respondent_id], [&one.respondent_id; 2]);
    let parted = stage.apart(&person(&one), &person(&two)).await.unwrap();
    assert_eq!(parted.second.unwrap().merged_into, "");
    let names: Vec<_> = stage.history("1").await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [under_one.name.clone(), one.name.clone()]);
    let names: Vec<_> = stage.history("2").await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [under_two.name.clone(), two.name.clone()]);
    assert_ne!(stage.rating(&portal(), "2").await.unwrap(), before[1]);
    assert_eq!(stage.get(&operator(), &under_two.name).await.unwrap().respondent_id, two.respondent_id);
    assert_eq!(stage.get(&operator(), &two.name).await.unwrap().answers.len(), 55, "sealed under the own key again");
    assert_eq!(stage.counts().await, [4, 2, 2, 0, 0]);
    // Each is known by the own words only.
    stage.dispute(&portal(), response("2").with("email", text("hanako@example.jp"))).await;
    enter(&stage, taro("2")).await;
    assert_eq!(stage.duplicates().await, []);
    stage.merge(&person(&one), &person(&two)).await.unwrap();
    assert_eq!(stage.counts().await, [5, 1, 4, 1, 0], "and the other way round");
}

async fn merges_upon_merges_come_apart_where_they_were_joined(world: World) {
    let stage = world.stage().await;
    let mut all = Vec::new();
    for number in ["1", "2", "3"] {
        let name = text(&format!("第{number} 太郎"));
        all.push(enter(&stage, response(number).with("name", name).skilled(number.parse().unwrap())).await);
    }
    let names: Vec<String> = all.iter().map(person).collect();
    stage.merge(&names[0], &names[1]).await.unwrap();
    let refused = stage.merge(&names[0], &names[2]).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "PERSON_MERGED".to_owned()));
    stage.merge(&names[1], &names[2]).await.unwrap();
    let whole = stage.apart(&names[0], &names[0]).await.unwrap_err();
    assert_eq!(faults(&whole), [("second".to_owned(), "SAME_PERSON".to_owned())]);
    for number in ["1", "2", "3"] {
        assert_eq!(stage.rating(&portal(), number).await.unwrap().respondent_id, all[2].respondent_id);
    }
    // The second goes, and the first with it.
    let parted = stage.apart(&names[1], &names[2]).await.unwrap();
    assert_eq!(parted.first.unwrap().other_numbers, ["000001"]);
    assert_eq!(parted.second.unwrap().other_numbers, Vec::<String>::new());
    assert_eq!(stage.rating(&portal(), "1").await.unwrap().respondent_id, all[1].respondent_id);
    assert_eq!(stage.rating(&portal(), "3").await.unwrap().response, all[2].name);
    assert_eq!(stage.counts().await, [3, 2, 1, 0, 0]);
}

async fn split_off_responses_go_to_another_number(world: World) {
    let stage = world.stage().await;
    // Somebody else's answer came first, by an operator who mistook the number.
    let wrong = stage.submit(&operator(), taro("1").skilled(3)).await.unwrap().response.unwrap();
    let own = taro("1").with("name", text("見本 花子")).with("name_kana", text("ミホン ハナコ")).skilled(1);
    let own = enter(&stage, own).await;
    let later = stage.submit(&operator(), taro("1").skilled(2)).await.unwrap().response.unwrap();
    let done = stage.split(&person(&own), &[&wrong.name, &later.name], "第９号").await.unwrap();
    let (who, other) = (done.person.unwrap(), done.other.unwrap());
    assert_eq!((who.display_name.as_str(), who.submissions), ("見本 花子", 1), "known by what stayed");
    assert_eq!((other.display_name.as_str(), other.registration_number.as_str()), ("他人 太郎", "000009"));
    assert_eq!(stage.rating(&portal(), "1").await.unwrap().response, own.name, "an older one counts again");
    assert_eq!(stage.rating(&portal(), "9").await.unwrap().response, later.name);
    let told: Vec<_> = stage.events().await.into_iter().rev().take(4).collect();
    let told = |at: usize| ResponseReceived::decode(told[at].clear.as_ref()).unwrap();
    let (new, old) = (told(0), told(2));
    assert_eq!((new.response, old.response), (later.name.clone(), own.name.clone()));
    assert!(old.revision > 0 && old.counting_changed && new.vouching.is_some());
    assert_eq!(stage.counts().await, [3, 2, 1, 0, 0]);
    assert_eq!(stage.duplicates().await, [], "who split them knows that they are two");
    // To somebody who is there already, and whose number leads elsewhere.
    let third = enter(&stage, response("5").with("email", text("third@example.jp"))).await;
    stage.merge(&other.name, &person(&third)).await.unwrap();
    let extra = stage.submit(&operator(), taro("1").skilled(0)).await.unwrap().response.unwrap();
    let done = stage.split(&person(&own), &[&extra.name], "9").await.unwrap();
    assert_eq!(done.other.unwrap().name, person(&third));
    assert_eq!(stage.rating(&portal(), "5").await.unwrap().response, extra.name);
    stage.apart(&other.name, &person(&third)).await.unwrap();
    assert_eq!(stage.rating(&portal(), "9").await.unwrap().response, extra.name, "it went to that number");
    assert_eq!(stage.rating(&portal(), "5").await.unwrap().response, third.name);
}

async fn a_number_that_leads_to_another_person_can_be_taken_over(world: World) {
    let stage = world.stage().await;
    let one = enter(&stage, response("1")).await;
    let two = enter(&stage, response("2")).await;
    stage.merge(&person(&two), &person(&one)).await.unwrap();
    let name = stage.dispute(&expert("user-9"), taro("2")).await;
    let other = stage.dispute(&expert("user-9"), taro("1")).await;
    let over = |name: &str| decision(name, DisputeDecision::TakeOver);
    let refused = stage.decide(over(&other)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "PERSON_MERGED".to_owned()), "part them first");
    stage.decide(over(&name)).await.unwrap();
    assert_eq!(stage.counts().await, [3, 2, 1, 1, 0], "what was answered stays with the one who answered");
    assert_eq!(stage.history("2").await.len(), 1);
    assert_eq!(stage.history("1").await.len(), 3);
    let event = stage.events().await.into_iter().rev().find(|event| event.aggregate_type == "dispute").unwrap();
    let decided = DisputeDecided::decode(event.clear.as_ref()).unwrap();
    assert_eq!(decided.respondent_id, two.respondent_id, "who has lost the number");
}

async fn a_number_to_which_others_lead_is_taken_over_when_they_are_parted(world: World) {
    let stage = world.stage().await;
    let mut all = Vec::new();
    for number in ["1", "2", "3"] {
        let name = text(&format!("第{number} 太郎"));
        all.push(person(&enter(&stage, response(number).with("name", name)).await));
    }
    stage.merge(&all[0], &all[1]).await.unwrap();
    stage.merge(&all[1], &all[2]).await.unwrap();
    let name = stage.dispute(&expert("user-9"), taro("2")).await;
    let over = decision(&name, DisputeDecision::TakeOver);
    let refused = stage.decide(over.clone()).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "PERSON_MERGED".to_owned()));
    stage.apart(&all[0], &all[1]).await.unwrap();
    stage.decide(over).await.unwrap();
    assert_eq!(format!("people/{}", stage.rating(&portal(), "1").await.unwrap().respondent_id), all[0]);
    enter(&stage, response("1").with("name", text("第1 太郎"))).await;
}

async fn whoever_answered_under_a_number_holds_it_whoever_was_merged(world: World) {
    let stage = world.stage().await;
    let other = stage.submit(&expert("user-3"), taro("3")).await.unwrap().response.unwrap();
    let by_portal = enter(&stage, taro("3").skilled(2)).await;
    let own = stage.submit(&expert("user-1"), response("1")).await.unwrap().response.unwrap();
    let third = enter(&stage, taro("4").with("email", text("fourth@example.jp"))).await;
    stage.merge(&person(&other), &person(&own)).await.unwrap();
    stage.merge(&person(&third), &person(&own)).await.unwrap();
    let parted = stage.apart(&person(&third), &person(&own)).await.unwrap();
    assert_eq!(parted.second.unwrap().display_name, "見本 花子", "though the other one answered first");
    // Each account goes on under the own number, and sees what came under it.
    stage.submit(&expert("user-1"), response("1").skilled(3)).await.unwrap();
    stage.submit(&expert("user-3"), taro("3").skilled(1)).await.unwrap();
    for (account, number, name) in [("user-1", "1", &own.name), ("user-3", "3", &by_portal.name)] {
        stage.rating(&expert(account), number).await.unwrap();
        stage.get(&expert(account), name).await.unwrap();
    }
    let others = stage.get(&expert("user-9"), &by_portal.name).await.unwrap_err();
    assert_eq!(refusal(&others), (Code::PermissionDenied, "NOT_YOURS".to_owned()));
}

async fn what_was_said_to_be_the_same_person_by_mistake_goes_with_the_response(world: World) {
    let stage = world.stage().await;
    let own = stage.submit(&expert("user-1"), response("1")).await.unwrap().response.unwrap();
    let name = stage.dispute(&expert("user-9"), taro("1")).await;
    stage.decide(decision(&name, DisputeDecision::SamePerson)).await.unwrap();
    stage.submit(&expert("user-9"), taro("1").skilled(1)).await.unwrap();
    let given: Vec<String> =
        stage.history("1").await.into_iter().map(|(name, _)| name).filter(|n| *n != own.name).collect();
    assert_eq!(given.len(), 2);
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    stage.split(&person(&own), &given, "9").await.unwrap();
    for name in given {
        let moved = stage.get(&operator(), name).await.unwrap();
        assert_eq!(moved.registration_number, "000009", "under which it is kept");
        let answer = moved.answers.iter().find(|answer| answer.question == "registration_number").unwrap();
        assert_eq!(answer.value, Some(text("000009")));
    }
    stage.dispute(&expert("user-9"), taro("1")).await;
    stage.submit(&expert("user-9"), taro("9").skilled(2)).await.unwrap();
    stage.submit(&expert("user-1"), response("1").skilled(2)).await.unwrap();
    assert_eq!(stage.rating(&portal(), "1").await.unwrap().respondent_id, own.respondent_id);
}

async fn refused_decisions_about_people_store_nothing(world: World) {
    let stage = world.stage().await;
    let (one, two) = (enter(&stage, response("1")).await, enter(&stage, taro("2")).await);
    let (a, b) = (person(&one), person(&two));
    let name = stage.dispute(&portal(), taro("1")).await;
    let (events, counts) = (stage.events().await.len(), stage.counts().await);
    let waiting = name.replace("disputes", "responses");
    let told = |status: Status| faults(&status);
    for (responses, number, wanted) in [
        (vec![], "9", vec![("responses", "REQUIRED")]),
        (
            vec![one.name.as_str(), one.name.as_str()],
            "x",
            vec![("responses[1]", "TWICE"), ("registration_number", "BAD_NUMBER")],
        ),
        (vec![two.name.as_str(), waiting.as_str(), "x"], "9", vec![("responses[2]", "NO_SUCH_RESPONSE")]),
        (
            vec![two.name.as_str(), waiting.as_str()],
            "9",
            vec![("responses[0]", "NO_SUCH_RESPONSE"), ("responses[1]", "NO_SUCH_RESPONSE")],
        ),
    ] {
        let refused = told(stage.split(&a, &responses, number).await.unwrap_err());
        let wanted: Vec<_> = wanted.into_iter().map(|(f, r)| (f.to_owned(), r.to_owned())).collect();
        assert_eq!(refused, wanted);
    }
    let refused = stage.split(&a, &[&one.name], "9").await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "NOTHING_LEFT".to_owned()));
    for (name, into) in [("people/none", b.as_str()), (a.as_str(), "people/none"), ("x", "y")] {
        let refused = stage.merge(name, into).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::NotFound, "NO_SUCH_PERSON".to_owned()));
    }
    let request = MergePeopleRequest { name: a.clone(), into: a.clone(), ..Default::default() };
    let refused = told(stage.people(&operator()).merge_people(request).await.unwrap_err());
    let wanted = [("into", "SAME_PERSON"), ("reason", "REQUIRED")];
    assert_eq!(refused, wanted.map(|(f, r)| (f.to_owned(), r.to_owned())));
    for (etag, into_etag) in [("0", ""), ("", "0")] {
        let request = MergePeopleRequest {
            name: a.clone(),
            into: b.clone(),
            reason: "同じ".to_owned(),
            etag: etag.to_owned(),
            into_etag: into_etag.to_owned(),
            ..Default::default()
        };
        let refused = stage.people(&operator()).merge_people(request).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::Aborted, "STALE_ETAG".to_owned()));
    }
    let request = ComparePeopleRequest { first: a.clone(), second: b.clone() };
    let compared = stage.people(&operator()).compare_people(request).await.unwrap().into_inner();
    let differing: Vec<_> = compared.answers.iter().filter(|a| a.differs).map(|a| a.question.as_str()).collect();
    assert_eq!(differing, ["name", "name_kana", "email", "registration_number"]);
    assert_eq!((stage.events().await.len(), stage.counts().await), (events, counts));
    assert_eq!(stage.decisions(&a).await, []);
}

async fn who_is_erased_is_neither_proposed_nor_merged(world: World) {
    let stage = world.stage().await;
    let (one, two) = (enter(&stage, response("1")).await, enter(&stage, response("2")).await);
    assert_eq!(stage.duplicates().await.len(), 1);
    stage.keys.destroy(&two.respondent_id).await.unwrap();
    assert_eq!(stage.duplicates().await, []);
    let (a, b) = (person(&one), person(&two));
    let refused = [
        stage.merge(&a, &b).await.unwrap_err(),
        stage.merge(&b, &a).await.unwrap_err(),
        stage.apart(&a, &b).await.unwrap_err(),
        stage.split(&a, &[&one.name], "2").await.unwrap_err(),
    ];
    for refused in &refused[..3] {
        assert_eq!(refusal(refused), (Code::FailedPrecondition, "ERASED".to_owned()));
    }
    let request = ComparePeopleRequest { first: a, second: b };
    let refused = stage.people(&operator()).compare_people(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "ERASED".to_owned()));
    assert_eq!(refusal(&stage.submit(&portal(), response("2")).await.unwrap_err()).1, "PERSON_ERASED");
    // The marks by which the person could still be tried out are gone with the look at the list.
    let session = &mut stage.started.log().read_session().await.unwrap();
    let sql = "SELECT count(*) FROM likeness WHERE respondent = $1";
    assert_eq!(session.count(sql, kit_log::args![&two.respondent_id]).await.unwrap(), 0);
    assert!(session.count(sql, kit_log::args![&one.respondent_id]).await.unwrap() > 0);
}

#[tokio::test]
async fn names_and_addresses_are_kept_as_marks_only() {
    stage::on(Kind::Sqlite, |world: World| async move {
        let stage = world.stage().await;
        enter(&stage, response("1").with("email", text("canary-address@example.jp"))).await;
        enter(&stage, response("2").with("email", text("canary-address@example.jp"))).await;
        assert_eq!(stage.duplicates().await.len(), 1);
        stage.close().await;
        let bytes = std::fs::read(world.folder.join("survey.db")).unwrap();
        let hash = |text: &str| {
            use sha2::Digest as _;
            sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        for trace in ["canary-address".to_owned(), hash("canary-address@example.jp")] {
            assert!(!bytes.windows(trace.len()).any(|window| window == trace.as_bytes()), "{trace}");
        }
    })
    .await;
}
