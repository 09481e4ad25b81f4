//! What is stored stays, over a restart and from many at once.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use stage::{World, on_both, operator, portal, response};

on_both!(what_is_stored_outlives_the_process, many_at_once_are_all_kept);

async fn what_is_stored_outlives_the_process(world: World) {
    let stage = world.stage().await;
    let stored = stage.submit_as(&portal(), response("12345"), "r-1").await.unwrap();
    let told = stage.get(&operator(), &stored.response.as_ref().unwrap().name).await.unwrap();
    stage.close().await;
    let stage = world.stage().await;
    assert_eq!(stage.get(&operator(), &told.name).await.unwrap(), told);
    assert_eq!(stage.rating(&portal(), "12345").await.ok(), stored.rating);
    assert_eq!(stage.submit_as(&portal(), response("12345"), "r-1").await.unwrap(), stored);
    assert_eq!(stage.counts().await, [1, 1, 0, 0, 0]);
}

async fn many_at_once_are_all_kept(world: World) {
    let stage = &world.stage().await;
    // Ten people, each handing in six times at once, three of these with one request id.
    let calls = (0..60).map(|n| async move {
        let id = if n % 6 < 3 { format!("r-{}", n / 6) } else { String::new() };
        stage.submit_as(&portal(), response(&format!("{}", n / 6 + 1)), &id).await
    });
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(stage.counts().await, [40, 10, 30, 0, 0]);
    let positions: Vec<i64> = stage.log().await.iter().map(|event| event.position).collect();
    // The policy and the form, then a rating and a response each.
    assert_eq!(positions, (1..=82).collect::<Vec<_>>());
}
