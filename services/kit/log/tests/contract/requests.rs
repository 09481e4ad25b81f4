//! Requests that come again.

use contract::event::v1::Token;
use futures::future::join_all;
use kit_log::{Committed, Error, Log, Origin, Request};

use crate::positions::{hold, whole};
use crate::world::{World, put};

/// A command under a request id, which answers a message of its own: the token as the first run saw it.
async fn request(log: &Log, id: &str, content: u8) -> Result<Committed<Token>, Error> {
    let request = Some(Request { id: format!("Put/{id}"), fingerprint: [content; 32] });
    let origin = Origin { actor: "tester".to_owned(), request, ..Origin::default() };
    let id = id.to_owned();
    let command = log.writer().run(origin, move |unit| {
        Box::pin(async move {
            put(unit, &id, &content.to_string()).await?;
            Ok::<_, Error>(unit.token())
        })
    });
    command.await
}

pub(crate) async fn a_repeated_request_has_one_effect_and_the_same_answer(world: &World) {
    let service = world.service("survey").await;
    let first = request(&service.log, "a", 1).await.unwrap();
    service.write("between", "them").await;
    let again = request(&service.log, "a", 1).await.unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!((&again.answer, &again.token), (&first.answer, &first.token));
    assert_eq!(whole(&service.log).await.len(), 2);
    service.stop().await;
}

pub(crate) async fn requests_repeated_at_once_have_one_effect(world: &World) {
    let service = world.service("survey").await;
    let (go, held) = hold(&service.log).await;
    // All of them in one group.
    let all = async { join_all((0..20).map(|n| request(&service.log, ["a", "b"][n % 2], 1))).await };
    let (all, ()) = tokio::join!(all, async {
        tokio::task::yield_now().await;
        go.notify_one();
    });
    held.await.unwrap();
    let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    assert_eq!(all.iter().filter(|done| !done.repeated).count(), 2);
    for n in 2..20 {
        assert_eq!((&all[n].answer, &all[n].token), (&all[n % 2].answer, &all[n % 2].token));
    }
    assert_eq!(whole(&service.log).await.len(), 2);

    // And as they come.
    let log = service.log.clone();
    let racing = (0..50).map(|_| {
        let log = log.clone();
        tokio::spawn(async move { request(&log, "c", 1).await.unwrap() })
    });
    let all: Vec<_> = join_all(racing).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(all.iter().filter(|done| !done.repeated).count(), 1);
    assert!(all.iter().all(|done| done.token == all[0].token));
    assert_eq!(whole(&service.log).await.len(), 3);
    service.stop().await;
}

pub(crate) async fn another_content_is_refused(world: &World) {
    let service = world.service("survey").await;
    let (go, held) = hold(&service.log).await;
    let both = async { tokio::join!(request(&service.log, "a", 1), request(&service.log, "a", 2)) };
    let (both, ()) = tokio::join!(both, async {
        tokio::task::yield_now().await;
        go.notify_one();
    });
    held.await.unwrap();
    both.0.unwrap();
    assert!(matches!(both.1, Err(Error::RequestReused)), "{:?}", both.1);
    let later = request(&service.log, "a", 3).await;
    assert!(matches!(later, Err(Error::RequestReused)), "{later:?}");
    assert_eq!(service.items().await, [("a".to_owned(), "1".to_owned())]);
    service.stop().await;
}

pub(crate) async fn a_failed_request_may_be_tried_again(world: &World) {
    let service = world.service("survey").await;
    let origin =
        || Origin { request: Some(Request { id: "Put/a".to_owned(), fingerprint: [1; 32] }), ..Origin::default() };
    let fails = service.log.writer().run(origin(), |unit| {
        Box::pin(async move {
            put(unit, "a", "wrong").await?;
            Err::<Token, _>(Error::Internal("not yet".to_owned()))
        })
    });
    fails.await.unwrap_err();
    let done = request(&service.log, "a", 1).await.unwrap();
    assert!(!done.repeated);
    assert_eq!(done.token.position, 1);
    service.stop().await;
}

pub(crate) async fn answers_survive_reopening(world: &World) {
    let service = world.service("survey").await;
    let first = request(&service.log, "a", 1).await.unwrap();
    service.kill().await;
    let service = world.service("survey").await;
    let again = request(&service.log, "a", 1).await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.answer, again.token), (first.answer, first.token));
    let other = request(&service.log, "a", 2).await;
    assert!(matches!(other, Err(Error::RequestReused)), "{other:?}");
    service.stop().await;
}
