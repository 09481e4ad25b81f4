//! Bad input: each fault with its code, its field and its reason, and nothing stored.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::answer::Value;
use contract::survey::v1::*;
use kit_serve::fault::reason_of;
use stage::{Changed as _, NOW, Stage, World, at, choice, choices, expert, faults, on_both, one_fault, operator};
use stage::{portal, response, text};
use tonic::Code;

on_both!(
    a_faulty_response_is_refused_with_the_field_and_the_reason,
    every_fault_comes_at_once_and_validation_says_the_same,
    an_unsupported_form_is_refused,
    only_an_operator_states_when_it_was_handed_in,
    a_message_over_the_limit_is_refused,
    a_request_without_a_response_or_with_a_bad_id_is_refused,
    a_batch_names_the_row_and_stores_nothing,
    an_import_says_who_vouches_and_when_each_was_handed_in,
    validating_only_stores_nothing,
    faults_of_lists_and_ratings,
);

/// What is stored stays what it is: nothing.
async fn empty(stage: &Stage) {
    assert_eq!(stage.counts().await, [0, 0, 0, 0, 0]);
    assert!(stage.events().await.is_empty());
}

async fn a_faulty_response_is_refused_with_the_field_and_the_reason(world: World) {
    let stage = world.stage().await;
    let whole = || response("12345");
    let mut unset = whole();
    unset.answers.push(Answer { question: "self_pr".to_owned(), value: None });
    let mut twice = whole();
    twice.answers.push(Answer { question: "S1a1".to_owned(), value: Some(Value::Number(1)) });
    for (response, question, reason) in [
        (whole().without("name"), "name", "REQUIRED"),
        (whole().with("name", text(" ")), "name", "REQUIRED"),
        (whole().without("listing_consent"), "listing_consent", "REQUIRED"),
        (whole().without("durations"), "durations", "REQUIRED"),
        (whole().without("registration_number"), "registration_number", "REQUIRED"),
        (whole().with("residence", choice("48")), "residence", "UNKNOWN_CODE"),
        (whole().with("formats", choices(&["onsite", "telepathy"])), "formats", "UNKNOWN_CODE"),
        (whole().with("S1a1", Value::Number(4)), "S1a1", "OUT_OF_RANGE"),
        (whole().with("S6a5", Value::Number(-1)), "S6a5", "OUT_OF_RANGE"),
        (whole().with("S2b1", text("3")), "S2b1", "WRONG_KIND"),
        (whole().with("residence", choices(&["27"])), "residence", "WRONG_KIND"),
        (whole().without("S4b3"), "S4b3", "INCOMPLETE_GROUP"),
        (whole().with("self_pr", text(&"あ".repeat(51))), "self_pr", "TOO_LONG"),
        (whole().with("registration_number", text("12A45")), "registration_number", "BAD_NUMBER"),
        (whole().with("registration_number", text("1234567")), "registration_number", "BAD_NUMBER"),
        (whole().with("email", text("hanako")), "email", "BAD_EMAIL"),
        (whole().with("formats", choices(&["none", "onsite"])), "formats", "EXCLUSIVE"),
        (whole().with("support_cases", Value::Number(3)), "support_cases", "NOT_ASKED"),
        (whole().with("name", text("見本\u{0}花子")), "name", "CONTROL_CHARACTER"),
        (whole().with("favourite_colour", text("青")), "favourite_colour", "UNKNOWN_QUESTION"),
        (twice, "S1a1", "DUPLICATE"),
    ] {
        let refused = stage.submit(&portal(), response).await.expect_err(question);
        assert_eq!(one_fault(&refused), (format!("response.answers[{question}]"), reason.to_owned()));
        empty(&stage).await;
    }
    let many = Answer { question: "name".to_owned(), value: Some(text("見本")) };
    let many = NewResponse { answers: vec![many; 501], ..whole() };
    let refused = stage.submit(&portal(), many).await.unwrap_err();
    assert_eq!(one_fault(&refused), ("response.answers".to_owned(), "TOO_MANY".to_owned()));
    empty(&stage).await;
    // The limits themselves are inside: 50 characters, whatever their bytes; a question that says nothing.
    let longest = unset.with("self_pr", text(&"あ".repeat(50)));
    stage.submit(&portal(), longest).await.expect("50 characters are taken");
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
}

async fn every_fault_comes_at_once_and_validation_says_the_same(world: World) {
    let stage = world.stage().await;
    let bad = response("12345")
        .with("name", text(""))
        .with("residence", choice("99"))
        .with("registration_number", text("abc"))
        .with("S1a2", Value::Number(4))
        .with("self_pr", text(&"x".repeat(51)));
    let refused = stage.submit(&portal(), bad.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let named = faults(&refused);
    let fields: Vec<&str> = named.iter().map(|(field, _)| field.as_str()).collect();
    let questions = ["name", "residence", "registration_number", "self_pr", "S1a2"];
    assert_eq!(fields, questions.map(|question| format!("response.answers[{question}]")));

    let answer = stage.validate(&portal(), bad).await;
    let said: Vec<_> = answer.faults.iter().map(|f| (format!("response.{}", f.field), f.reason.clone())).collect();
    assert_eq!(said, named);
    assert_eq!(answer.faults.iter().map(|f| f.question.as_str()).collect::<Vec<_>>(), questions);
    assert!(answer.faults.iter().all(|f| f.message.as_ref().is_some_and(|m| !m.ja.is_empty() && !m.en.is_empty())));
    assert_eq!(answer.rating, None);
    empty(&stage).await;
}

async fn an_unsupported_form_is_refused(world: World) {
    let stage = world.stage().await;
    for form in ["forms/skill-1999", "skill-2024", ""] {
        let refused =
            stage.submit(&portal(), NewResponse { form: form.to_owned(), ..response("1") }).await.unwrap_err();
        assert_eq!(one_fault(&refused), ("response.form".to_owned(), "UNKNOWN_FORM".to_owned()), "{form}");
    }
    let missing = stage.forms().get_form(GetFormRequest { name: "forms/skill-1999".to_owned() }).await.unwrap_err();
    assert_eq!((missing.code(), reason_of(&missing).as_deref()), (Code::NotFound, Some("NO_SUCH_FORM")));
    empty(&stage).await;
}

async fn only_an_operator_states_when_it_was_handed_in(world: World) {
    let stage = world.stage().await;
    let dated = || response("12345").at("2025-02-01T10:00:00+09:00");
    for caller in [portal(), expert("user-1")] {
        let refused = stage.submit(&caller, dated()).await.unwrap_err();
        assert_eq!(one_fault(&refused), ("response.submit_time".to_owned(), "NOT_ALLOWED".to_owned()));
    }
    for moment in ["1999-12-31T00:00:00Z", "2025-02-11T09:00:01+09:00"] {
        let refused = stage.submit(&operator(), response("12345").at(moment)).await.unwrap_err();
        assert_eq!(one_fault(&refused), ("response.submit_time".to_owned(), "OUT_OF_RANGE".to_owned()), "{moment}");
    }
    empty(&stage).await;
    let stored = stage.submit(&operator(), dated()).await.unwrap().response.unwrap();
    assert_eq!(stored.submit_time, Some(at("2025-02-01T10:00:00+09:00")));
    assert_eq!(stored.receive_time, Some(at(NOW)));
}

async fn a_message_over_the_limit_is_refused(world: World) {
    let stage = world.stage().await;
    let huge = response("12345").with("support_summary", text(&"x".repeat(4 * 1024 * 1024)));
    let refused = stage.submit(&portal(), huge).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(reason_of(&refused).as_deref(), Some("MESSAGE_TOO_LARGE"));
    empty(&stage).await;
}

async fn a_request_without_a_response_or_with_a_bad_id_is_refused(world: World) {
    let stage = world.stage().await;
    let refused = stage.responses(&portal()).submit_response(SubmitResponseRequest::default()).await.unwrap_err();
    assert_eq!(one_fault(&refused), ("response".to_owned(), "REQUIRED".to_owned()));
    for id in ["a b", "あ", "tab\tbed", &"x".repeat(101)] {
        let refused = stage.submit_as(&portal(), response("12345"), id).await.unwrap_err();
        assert_eq!(one_fault(&refused), ("request_id".to_owned(), "BAD_REQUEST_ID".to_owned()), "{id}");
    }
    empty(&stage).await;
}

async fn a_batch_names_the_row_and_stores_nothing(world: World) {
    let stage = world.stage().await;
    let row = |number: &str| response(number).at("2025-02-01T10:00:00+09:00");
    let mut rows: Vec<NewResponse> = (1..=5).map(|number| row(&number.to_string())).collect();
    rows[3] = row("4").with("S1a1", Value::Number(4)).without("name");
    rows[4].submit_time = None;
    let refused = stage.import(rows.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let expected = [
        ("responses[3].answers[name]", "REQUIRED"),
        ("responses[3].answers[S1a1]", "OUT_OF_RANGE"),
        ("responses[4].submit_time", "REQUIRED"),
    ];
    let expected = expected.map(|(field, reason)| (field.to_owned(), reason.to_owned()));
    assert_eq!(faults(&refused), expected);
    empty(&stage).await;

    let request = BatchValidateResponsesRequest { responses: rows };
    let answer = stage.responses(&operator()).batch_validate_responses(request).await.unwrap().into_inner();
    let said: Vec<_> = answer.faults.iter().map(|f| (f.field.clone(), f.reason.clone())).collect();
    assert_eq!(said, expected);
    assert_eq!(answer.faults.iter().map(|f| f.response_index).collect::<Vec<_>>(), [3, 3, 4]);
    empty(&stage).await;
}

async fn an_import_says_who_vouches_and_when_each_was_handed_in(world: World) {
    let stage = world.stage().await;
    let row = || response("12345").at("2025-02-01T10:00:00+09:00");
    let note = || ImportNote { as_of: Some(at(NOW)), source: "file".to_owned() };
    let request = |responses, import| BatchSubmitResponsesRequest { responses, import };
    for (request, field, reason) in [
        (request(vec![row()], None), "import", "REQUIRED"),
        (request(vec![row()], Some(ImportNote { as_of: None, ..note() })), "import.as_of", "REQUIRED"),
        (
            request(vec![row()], Some(ImportNote { as_of: Some(at("2026-01-01T00:00:00Z")), ..note() })),
            "import.as_of",
            "OUT_OF_RANGE",
        ),
        (request(vec![row()], Some(ImportNote { source: "あ".repeat(201), ..note() })), "import.source", "TOO_LONG"),
        (request(vec![], Some(note())), "responses", "REQUIRED"),
        (request(vec![row(); 501], Some(note())), "responses", "TOO_MANY"),
    ] {
        let refused = stage.responses(&operator()).batch_submit_responses(request).await.unwrap_err();
        assert_eq!(one_fault(&refused), (field.to_owned(), reason.to_owned()));
        empty(&stage).await;
    }
    let refused = stage.responses(&portal()).batch_submit_responses(request(vec![row()], Some(note()))).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    empty(&stage).await;
}

async fn validating_only_stores_nothing(world: World) {
    let stage = world.stage().await;
    let request = |response| SubmitResponseRequest {
        response: Some(response),
        request_id: "try-1".to_owned(),
        validate_only: true,
    };
    let mut client = stage.responses(&portal());
    let answer = client.submit_response(request(response("12345").skilled(3))).await.unwrap().into_inner();
    assert!(answer.rating.unwrap().areas.iter().all(|area| area.mark() == Mark::Strong));
    assert_eq!(answer.token, None);
    let refused = client.submit_response(request(response("12345").without("name"))).await.unwrap_err();
    assert_eq!(one_fault(&refused), ("response.answers[name]".to_owned(), "REQUIRED".to_owned()));
    let answer = stage.validate(&portal(), response("12345").unskilled()).await;
    assert_eq!(answer.faults, []);
    assert_eq!(answer.warnings.iter().map(|w| w.reason.as_str()).collect::<Vec<_>>(), ["UNANSWERED_GROUP"]);
    assert!(!answer.rating.unwrap().skills_answered);
    empty(&stage).await;
    // The id was not used up by trying.
    stage.submit_as(&portal(), response("12345"), "try-1").await.expect("it is stored now");
}

async fn faults_of_lists_and_ratings(world: World) {
    let stage = world.stage().await;
    let missing = stage.rating(&portal(), "12345").await.unwrap_err();
    assert_eq!((missing.code(), reason_of(&missing).as_deref()), (Code::NotFound, Some("NEVER_ANSWERED")));
    let refused = stage.rating(&portal(), "12A45").await.unwrap_err();
    assert_eq!(one_fault(&refused), ("registration_number".to_owned(), "BAD_NUMBER".to_owned()));
    let missing = stage.get(&portal(), "responses/00000000-0000-0000-0000-000000000000").await.unwrap_err();
    assert_eq!((missing.code(), reason_of(&missing).as_deref()), (Code::NotFound, Some("NO_SUCH_RESPONSE")));
    let request =
        ListResponsesRequest { registration_number: "?".to_owned(), state: 9, page_size: 201, ..Default::default() };
    let refused = stage.responses(&operator()).list_responses(request).await.unwrap_err();
    let expected = [("registration_number", "BAD_NUMBER"), ("state", "UNKNOWN_CODE"), ("page_size", "OUT_OF_RANGE")];
    assert_eq!(faults(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
}
