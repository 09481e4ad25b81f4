//! What an export reads, and what an import of it leaves alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use contract::survey::v1::*;
use stage::{Changed as _, World, expert, on_both, one_fault, operator, portal, response};
use tonic::Code;

on_both!(operators_may_have_the_answers_with_the_list, what_a_portal_took_in_is_known_again_in_a_file);

async fn operators_may_have_the_answers_with_the_list(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("1").skilled(3)).await.unwrap();
    stage.submit(&portal(), response("1").by_another().skilled(1)).await.unwrap_err();
    stage.submit(&portal(), response("2").skilled(2)).await.unwrap();
    let request = ListResponsesRequest { with_answers: true, ..Default::default() };
    let listed = stage.responses(&operator()).list_responses(request.clone()).await.unwrap().into_inner().responses;
    assert_eq!(listed.len(), 3);
    for response in &listed {
        let alone = stage.get(&operator(), &response.name).await.unwrap();
        assert_eq!(response.answers, alone.answers, "{:?}", alone.state());
        assert!(!response.answers.is_empty());
    }
    for caller in [portal(), expert("user-1")] {
        let of = ListResponsesRequest { registration_number: "1".to_owned(), ..request.clone() };
        let refused = stage.responses(&caller).list_responses(of).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    let many = ListResponsesRequest { page_size: 101, ..request };
    let refused = stage.responses(&operator()).list_responses(many).await.unwrap_err();
    assert_eq!(one_fault(&refused), ("page_size".to_owned(), "OUT_OF_RANGE".to_owned()));
}

async fn what_a_portal_took_in_is_known_again_in_a_file(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("1").skilled(3)).await.unwrap();
    let request = ListResponsesRequest { with_answers: true, ..Default::default() };
    let listed = stage.responses(&operator()).list_responses(request.clone()).await.unwrap().into_inner().responses;
    let row = |answers: Vec<Answer>| NewResponse {
        form: "forms/skill-2024-import".to_owned(),
        answers,
        submit_time: listed[0].submit_time,
    };
    let answers = listed[0].answers.clone();
    stage.import(vec![row(answers.clone())]).await.unwrap();
    let after = stage.responses(&operator()).list_responses(request.clone()).await.unwrap().into_inner().responses;
    assert_eq!(after, listed, "nothing new");
    // Another answer at the same moment is another response.
    let mut other = answers;
    other.retain(|answer| answer.question != "self_pr");
    other.push(Answer { question: "self_pr".to_owned(), value: Some(answer::Value::Text("別の答え".to_owned())) });
    stage.import(vec![row(other)]).await.unwrap();
    assert_eq!(stage.responses(&operator()).list_responses(request).await.unwrap().into_inner().responses.len(), 2);
}
