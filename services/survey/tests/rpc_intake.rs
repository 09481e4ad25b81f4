//! Handing in: repeats, history, retries, imports.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::answer::Value;
use contract::survey::v1::*;
use kit_log::clock_time;
use kit_serve::fault::reason_of;
use prost::{Message as _, Name as _};
use stage::{Changed as _, NOW, Stage, World, at, choices, faults, on_both, operator, portal, response, text};
use tonic::Code;

on_both!(
    a_number_is_one_person_however_it_is_written,
    the_latest_submission_counts_and_the_rest_is_history,
    what_was_handed_in_earlier_but_arrives_later_only_joins_the_history,
    of_two_submissions_of_one_moment_the_later_stored_counts,
    the_same_request_changes_nothing_and_answers_the_same,
    a_request_id_with_other_content_is_refused,
    an_import_twice_changes_nothing,
    an_import_of_many_is_all_or_nothing,
    a_batch_of_500_keeps_its_order,
    the_rating_is_told_before_the_response_and_both_carry_the_whole_state,
    an_import_vouches_and_a_person_does_not,
);

fn moment(minute: i64) -> String {
    let start: kit_clock::Timestamp = "2025-01-10T09:00:00+09:00".parse().unwrap();
    kit_clock::Timestamp::from_micros(start.micros() + minute * 60_000_000).to_string()
}

async fn a_number_is_one_person_however_it_is_written(world: World) {
    let stage = world.stage().await;
    let spellings = ["12345", "012345", "０１２３４５", "第012345号", " 第 １２３４５ 号 "];
    let mut ids = Vec::new();
    for spelling in spellings {
        let stored = stage.submit(&portal(), response(spelling)).await.unwrap().response.unwrap();
        assert_eq!(stored.registration_number, "012345");
        ids.push(stored.respondent_id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one person");
    assert_eq!(stage.counts().await, [5, 1, 4, 0, 0]);
    for spelling in spellings {
        assert_eq!(stage.rating(&portal(), spelling).await.unwrap().respondent_id, ids[0]);
        assert_eq!(stage.history(spelling).await.len(), 5);
    }
}

async fn the_latest_submission_counts_and_the_rest_is_history(world: World) {
    let stage = world.stage().await;
    let mut names = Vec::new();
    for (minute, skill) in [(0, 1), (5, 3), (9, 2)] {
        stage.clock.set(moment(minute).parse().unwrap());
        let answer = stage.submit(&portal(), response("12345").skilled(skill)).await.unwrap();
        let stored = answer.response.unwrap();
        assert_eq!(stored.state(), ResponseState::Counts);
        assert_eq!(stored.submit_time, Some(at(&moment(minute))));
        assert_eq!(answer.rating.unwrap().response, stored.name);
        names.push(stored.name);
    }
    let [first, second, third] = names.try_into().unwrap();
    let (counts, over) = (ResponseState::Counts, ResponseState::Superseded);
    let history = stage.history("12345").await;
    assert_eq!(history, [(third.clone(), counts), (second.clone(), over), (first, over)]);
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    assert_eq!((rating.response.as_str(), rating.areas[4].points), (third.as_str(), 8));
    // What is history stays readable, with all its answers.
    let old = stage.get(&portal(), &second).await.unwrap();
    assert_eq!(old.state(), ResponseState::Superseded);
    let answer = |question: &str| old.answers.iter().find(|a| a.question == question).and_then(|a| a.value.clone());
    assert_eq!(answer("S5a1"), Some(Value::Number(3)));
    assert_eq!(answer("name"), Some(text("見本 花子")));
    assert_eq!(old.answers.first().map(|a| a.question.as_str()), Some("name"), "in form order");
}

async fn what_was_handed_in_earlier_but_arrives_later_only_joins_the_history(world: World) {
    let stage = world.stage().await;
    let row = |minute, skill| response("12345").skilled(skill).at(&moment(minute));
    let latest = stage.submit(&operator(), row(9, 3)).await.unwrap().response.unwrap();
    let before = stage.rating(&portal(), "12345").await.unwrap();
    let late = stage.submit(&operator(), row(2, 0)).await.unwrap();
    assert_eq!(late.response.as_ref().unwrap().state(), ResponseState::Superseded);
    assert_eq!(late.rating.as_ref(), Some(&before), "the rating in force is told, not the one of the old answers");
    stage.import(vec![row(4, 1)]).await.unwrap();
    assert_eq!(stage.counts().await, [3, 1, 2, 0, 0]);
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap(), before);
    assert_eq!(stage.history("12345").await[0], (latest.name.clone(), ResponseState::Counts));

    // Both latecomers told the response that counts, once each, and no rating.
    let events = stage.events().await;
    let kinds: Vec<&str> = events.iter().map(|event| event.r#type.rsplit('.').next().unwrap()).collect();
    assert_eq!(kinds, ["RatingChanged", "ResponseReceived", "ResponseReceived", "ResponseReceived"]);
    for (event, submissions) in events[2..].iter().zip([2, 3]) {
        let told = ResponseReceived::decode(event.clear.as_ref()).unwrap();
        assert_eq!((told.response, told.counting_changed), (latest.name.clone(), false));
        assert_eq!(told.submissions, submissions);
        assert_eq!(told.submit_time, Some(at(&moment(9))));
        let skill = told.answers.iter().find(|a| a.question == "S1a1").and_then(|a| a.value.clone());
        assert_eq!(skill, Some(Value::Number(3)));
        let personal = ResponsePersonal::decode(stage.personal(event).await.as_slice()).unwrap();
        assert_eq!(personal.registration_number, "012345");
    }
    assert_eq!(late.token.unwrap().position, events[2].position);
}

async fn of_two_submissions_of_one_moment_the_later_stored_counts(world: World) {
    let stage = world.stage().await;
    let row = |skill| response("12345").skilled(skill).at(&moment(0));
    let rows = vec![row(0), row(3)];
    assert_eq!(stage.import(rows).await.unwrap().stored, 2);
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap().areas[0].points, 27);
    stage.import(vec![row(1)]).await.unwrap();
    assert_eq!(stage.rating(&portal(), "12345").await.unwrap().areas[0].points, 9);
}

async fn the_same_request_changes_nothing_and_answers_the_same(world: World) {
    let stage = world.stage().await;
    let first = stage.submit_as(&portal(), response("12345"), "r-1").await.unwrap();
    stage.clock.set(moment(100_000).parse().unwrap());
    assert_eq!(stage.submit_as(&portal(), response("12345"), "r-1").await.unwrap(), first);
    // Also when somebody has answered since.
    stage.submit(&portal(), response("12345").skilled(3)).await.unwrap();
    assert_eq!(stage.submit_as(&portal(), response("12345"), "r-1").await.unwrap(), first);
    assert_eq!(stage.counts().await, [2, 1, 1, 0, 0]);
    assert_eq!(stage.events().await.len(), 4);
    // Without an id, or from somebody else, it is another submission.
    stage.submit(&portal(), response("12345")).await.unwrap();
    stage.submit_as(&operator(), response("12345"), "r-1").await.unwrap();
    assert_eq!(stage.counts().await, [4, 1, 3, 0, 0]);
}

async fn a_request_id_with_other_content_is_refused(world: World) {
    let stage = world.stage().await;
    stage.submit_as(&portal(), response("12345"), "r-1").await.unwrap();
    let refused = stage.submit_as(&portal(), response("12345").skilled(3), "r-1").await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_deref()), (Code::FailedPrecondition, Some("REQUEST_ID_REUSED")));
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
}

async fn an_import_twice_changes_nothing(world: World) {
    let stage = world.stage().await;
    let rows = vec![
        response("1").at(&moment(0)),
        response("2").at(&moment(1)).unskilled(),
        response("０００００1").at(&moment(2)).skilled(3),
    ];
    let first = stage.import(rows.clone()).await.unwrap();
    assert_eq!((first.stored, first.repeated_submissions), (3, 0));
    assert_eq!(stage.counts().await, [3, 2, 1, 0, 1]);
    let events = stage.events().await.len();
    // The same row, differently spelled, is the same row.
    let mut again = rows.clone();
    again[0] = again[0].clone().with("registration_number", text("第000001号")).with("name", text(" 見本 花子 "));
    again[0] = again[0].clone().with("themes", choices(&["T4", "T1", "T4"]));
    let second = stage.import(again).await.unwrap();
    assert_eq!((second.stored, second.repeated_submissions), (0, 3));
    assert_eq!(second.token, first.token, "it waits for nothing that would not come");
    assert_eq!(stage.counts().await, [3, 2, 1, 0, 1]);
    assert_eq!(stage.events().await.len(), events);
    // A repeat within one batch, and by the single call, is one too.
    let twice = stage.import(vec![response("3").at(&moment(5)), response("3").at(&moment(5))]).await.unwrap();
    assert_eq!((twice.stored, twice.repeated_submissions), (1, 1));
    let single = stage.submit(&operator(), rows[2].clone()).await.unwrap();
    assert_eq!(single.response.unwrap().state(), ResponseState::Counts);
    assert_eq!(stage.counts().await, [4, 3, 1, 0, 1]);
    // Another moment is another submission.
    stage.import(vec![response("3").at(&moment(6))]).await.unwrap();
    assert_eq!(stage.counts().await, [5, 3, 2, 0, 1]);
}

async fn an_import_of_many_is_all_or_nothing(world: World) {
    let stage = world.stage().await;
    stage.import(vec![response("7").at(&moment(0))]).await.unwrap();
    let events = stage.events().await.len();
    let mut rows: Vec<_> = (1..=20).map(|n: i64| response(&n.to_string()).at(&moment(n))).collect();
    rows[6] = rows[6].clone().by_another();
    let refused = stage.import(rows.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let field = "responses[6].answers[registration_number]".to_owned();
    assert_eq!(faults(&refused), [(field.clone(), "NUMBER_HELD_BY_ANOTHER".to_owned())]);
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
    assert_eq!(stage.events().await.len(), events);

    // Two people under one number that nobody held so far.
    let rows =
        vec![response("30").at(&moment(0)), response("31").at(&moment(1)), response("30").at(&moment(2)).by_another()];
    let request = BatchValidateResponsesRequest { responses: rows.clone() };
    let told = stage.responses(&operator()).batch_validate_responses(request).await.unwrap().into_inner();
    let field = "responses[2].answers[registration_number]".to_owned();
    let said: Vec<_> = told.faults.iter().map(|f| (f.field.clone(), f.reason.clone())).collect();
    let expected = [(field, "NUMBER_HELD_BY_ANOTHER".to_owned())];
    assert_eq!(said, expected);
    assert_eq!(faults(&stage.import(rows).await.unwrap_err()), expected);
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
}

async fn a_batch_of_500_keeps_its_order(world: World) {
    let stage = world.stage().await;
    // 480 people, twenty of whom answer twice, the second time with the number written differently.
    let row = |n: i64| {
        let number = if n < 480 { format!("{n:06}") } else { format!("第{}号", n - 480 + 1) };
        response(&number).at(&moment(n)).skilled(if n < 480 { n % 4 } else { 3 })
    };
    let rows: Vec<_> = (1..=500).map(row).collect();
    let done = stage.import(rows.clone()).await.unwrap();
    assert_eq!((done.stored, done.repeated_submissions), (500, 0));
    // Row 480 is number 1, too.
    assert_eq!(stage.counts().await, [500, 479, 21, 0, 0]);
    let received: Vec<_> = (stage.events().await.iter())
        .filter(|event| event.r#type == ResponseReceived::full_name())
        .map(|event| ResponseReceived::decode(event.clear.as_ref()).unwrap())
        .collect();
    // A page of the log holds fewer than all of them; those it holds are in the order of the rows.
    assert!(received.len() > 100);
    for (told, row) in received.iter().zip(&rows) {
        assert_eq!(told.submit_time, row.submit_time);
    }
    assert_eq!(stage.rating(&portal(), "第000005号").await.unwrap().areas[0].points, 27);
    assert_eq!(stage.import(rows).await.unwrap().repeated_submissions, 500);
}

async fn told(stage: &Stage) -> (Vec<RatingChanged>, Vec<ResponseReceived>) {
    let (mut ratings, mut responses) = (Vec::new(), Vec::new());
    for event in stage.events().await {
        if event.r#type == RatingChanged::full_name() {
            ratings.push(RatingChanged::decode(event.clear.as_ref()).unwrap());
        } else {
            responses.push(ResponseReceived::decode(event.clear.as_ref()).unwrap());
        }
    }
    (ratings, responses)
}

async fn the_rating_is_told_before_the_response_and_both_carry_the_whole_state(world: World) {
    let stage = world.stage().await;
    let answer = stage.submit(&portal(), response("12345").with("self_pr", text("相談しやすい"))).await.unwrap();
    let stored = answer.response.unwrap();
    let events = stage.events().await;
    let places: Vec<_> = events.iter().map(|e| (e.aggregate_type.as_str(), e.aggregate_id.as_str())).collect();
    let person = stored.respondent_id.as_str();
    assert_eq!(places, [("rating", person), ("response", person)]);
    assert!(events.iter().all(|event| event.actor == "portal-1"));
    assert_eq!(answer.token.unwrap().position, events[1].position);
    let (ratings, responses) = told(&stage).await;
    assert_eq!(ratings[0].rating, answer.rating);
    assert_eq!(events[0].personal.len(), 0);
    let ResponseReceived { response: name, form, submit_time, skills_answered, submissions, .. } = &responses[0];
    assert_eq!((name, form.as_str(), *submissions), (&stored.name, "forms/skill-2024", 1));
    assert_eq!(submit_time.as_ref().map(clock_time), Some(NOW.parse().unwrap()));
    assert!(skills_answered & responses[0].counting_changed);
    let items = kit_vocabulary::skill_items();
    let can = |a: &&Answer| items.get(&a.question).is_some() && matches!(a.value, Some(Value::Number(2 | 3)));
    let can: Vec<_> = responses[0].answers.iter().filter(can).map(|a| a.question.clone()).collect();
    assert!(!can.is_empty());
    assert_eq!(ratings[0].can_items, can);

    // Personal answers are in the sealed body and nowhere else.
    let personal = ResponsePersonal::decode(stage.personal(&events[1]).await.as_slice()).unwrap();
    assert_eq!(personal.registration_number, "012345");
    let questions = |answers: &[Answer]| answers.iter().map(|a| a.question.clone()).collect::<Vec<_>>();
    let sealed = questions(&personal.answers);
    let clear = questions(&responses[0].answers);
    for question in ["name", "name_kana", "email", "registration_number", "organisation", "self_pr"] {
        assert!(sealed.contains(&question.to_owned()) && !clear.contains(&question.to_owned()), "{question}");
    }
    for question in ["residence", "durations", "listing_consent", "S1a1"] {
        assert!(clear.contains(&question.to_owned()) && !sealed.contains(&question.to_owned()), "{question}");
    }
}

async fn an_import_vouches_and_a_person_does_not(world: World) {
    let stage = world.stage().await;
    stage.import(vec![response("1").at(&moment(0))]).await.unwrap();
    stage.submit(&portal(), response("1")).await.unwrap();
    let (_, responses) = told(&stage).await;
    let vouching =
        Vouching { operator: "operator-1".to_owned(), source: "campaign.csv".to_owned(), as_of: Some(at(NOW)) };
    // The word stays with the person: an event carries the whole state, so that a reader from nothing learns it too.
    let told: Vec<_> = responses.into_iter().map(|told| (told.imported, told.vouching)).collect();
    assert_eq!(told, [(true, Some(vouching.clone())), (false, Some(vouching))]);
}
