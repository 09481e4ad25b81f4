//! Two processes of a service on one database: submissions to both at once, one order, and the same to be seen everywhere.

use std::collections::BTreeSet;

use contract::search::v1::Conditions;
use contract::survey::v1::{BatchSubmitResponsesRequest, ImportNote};
use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::generate::Person;
use end_to_end::model::Model;
use end_to_end::readback;
use end_to_end::submission::{FILE_FORM, Submission};
use futures::StreamExt as _;
use futures::future::join_all;

/// Hand-ins on each side, and how many of them are under way at once.
const EACH: i64 = 60;
const AT_ONCE: usize = 8;

#[tokio::test]
async fn two_replicas_give_one_log_without_gaps_and_two_searches_agree() {
    let mut deployment = Deployment::start(built!(), Shape::Distributed).await;
    deployment.add_replica("survey").await;
    deployment.add_replica("search").await;
    let sides = [deployment.clients(), deployment.clients_of_replicas()];

    // Some people are handed in on both sides at once, others on one: every hand-in at a moment of its own.
    let answers = |side: i64| -> Vec<Submission> {
        let mut chance = Chance::new(77 + u64::try_from(side).unwrap());
        let person = |n: i64| Person::new(if n % 3 == 0 { 1_000 + n } else { 2_000 + side * 1_000 + n });
        (0..EACH)
            .map(|n| {
                let mut answer = person(n).answers_in_full(&mut chance);
                answer.at =
                    kit_clock::Timestamp::from_micros(deployment.clock().micros() - (2 * n + side + 1) * 1_000_000);
                answer
            })
            .collect()
    };
    let all: [Vec<Submission>; 2] = [0, 1].map(answers);
    let hand_in = async |side: usize, answer: &Submission| {
        let (seconds, nanos) = deployment.clock().parts();
        let as_of = Some(prost_types::Timestamp { seconds, nanos });
        let import = Some(ImportNote { as_of, source: "replicas".to_owned() });
        let request = BatchSubmitResponsesRequest { responses: vec![answer.to_wire_with_time(FILE_FORM)], import };
        let taken = sides[side].responses().batch_submit_responses(request).await.expect("taken").into_inner();
        assert_eq!(taken.stored, 1);
        taken.token.unwrap().position
    };
    let hand_in = &hand_in;
    let both = [0, 1].map(|side| {
        let calls = futures::stream::iter(&all[side]).map(move |answer| hand_in(side, answer));
        calls.buffer_unordered(AT_ONCE).collect::<Vec<i64>>()
    });
    let positions: Vec<i64> = join_all(both).await.concat();
    assert_eq!(positions.iter().collect::<BTreeSet<_>>().len(), positions.len(), "no position is given twice");

    let mut model = Model::default();
    assert_eq!(model.import(&all.concat()), 2 * usize::try_from(EACH).unwrap());
    for clients in &sides {
        readback::assert_shows(clients, &model).await;
    }
    assert_eq!(sides[0].events("survey").await, sides[1].events("survey").await, "one log, whichever serves it");
    let everybody = Conditions::default();
    let (one, _) = readback::search(&sides[0], &everybody, "13").await;
    let (other, _) = readback::search(&sides[1], &everybody, "13").await;
    assert_eq!(one, other, "the same hits in the same order");
}
