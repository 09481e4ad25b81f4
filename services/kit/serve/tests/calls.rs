//! What a caller meets: deadlines, limits, permissions, errors.

mod stage;

use std::sync::Once;
use std::time::Duration;

use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{ListParkedRequest, ReadRequest};
use kit_serve::{Caller, Client, Limits, Role, fault};
use stage::{Stage, ask, stage, told};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;
use tracing::Instrument as _;

fn within<T>(timeout: Duration, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(timeout);
    request
}

#[tokio::test]
async fn a_call_over_its_deadline_is_dropped() {
    let mut stage = stage(Limits::default()).await;
    let error = stage.log().get_head(within(Duration::from_millis(80), ask("wait"))).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded, "{error:?}");
    assert_eq!(fault::reason_of(&error).as_deref(), Some("DEADLINE_EXCEEDED"));
    stage.left.recv().await.expect("the handler was dropped");
}

#[tokio::test]
async fn the_server_holds_the_deadline_when_the_client_does_not() {
    let limits = Limits { default_deadline: Duration::from_millis(80), ..Limits::default() };
    let mut stage = stage(limits).await;
    // A bare channel sends no timeout and has none.
    let address = format!("http://{}", stage.address);
    let channel = tonic::transport::Endpoint::from_shared(address).unwrap().connect_lazy();
    let error = EventLogClient::new(channel).get_head(ask("wait")).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded, "{error:?}");
    stage.left.recv().await.expect("the handler was dropped");
}

#[tokio::test]
async fn a_client_without_a_timer_of_its_own_hears_that_the_deadline_has_passed() {
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;
    let stage = stage(Limits::default()).await;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let calls = (0..50).map(|number| {
        let frame = http_body_util::Full::new(tonic::codegen::Bytes::from_static(b"\0\0\0\0\x06\x0a\x04wait"));
        let call = http::Request::post(format!("http://{}/activelist.event.v1.EventLog/GetHead", stage.address))
            .header("content-type", "application/grpc")
            .header("grpc-timeout", format!("{}u", 30_000 + 137 * number))
            .body(frame)
            .unwrap();
        client.request(call)
    });
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.unwrap().headers()["grpc-status"], "4", "DEADLINE_EXCEEDED");
    }
}

#[tokio::test]
async fn a_handler_knows_its_deadline_and_passes_it_on() {
    let stage = stage(Limits::default()).await;
    let default = told(stage.log().get_head(ask("tell")).await.unwrap()).position;
    assert!((25_000..=30_000).contains(&default), "{default} ms left of the default");
    let onward = told(stage.log().get_head(within(Duration::from_secs(5), ask("onward"))).await.unwrap()).position;
    assert!((1..=5_000).contains(&onward), "{onward} ms left for a call within a call of 5 s");
}

#[tokio::test]
async fn a_malformed_timeout_is_said() {
    let mut stage = stage(Limits::default()).await;
    let mut request = Request::new(ask("tell"));
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", stage.address)).unwrap().connect_lazy();
    let error = EventLogClient::new(channel).get_head(request).await.unwrap_err();
    assert_eq!((error.code(), fault::reason_of(&error).as_deref()), (Code::InvalidArgument, Some("TIMEOUT_MALFORMED")));
    assert!(stage.entered.try_recv().is_err(), "no handler ran");
}

#[tokio::test]
async fn one_call_too_many_is_refused_at_once_and_health_still_answers() {
    let mut stage = stage(Limits { calls: 1, ..Limits::default() }).await;
    let mut first = stage.log();
    let first = tokio::spawn(async move { first.get_head(ask("wait")).await });
    stage.entered.recv().await.unwrap();

    let error = stage.log().get_head(ask("tell")).await.unwrap_err();
    assert_eq!((error.code(), fault::reason_of(&error).as_deref()), (Code::ResourceExhausted, Some("OVERLOADED")));
    assert!(error.get_details_retry_info().is_some(), "it says when to try again");
    let status = HealthClient::new(stage.client(None)).check(HealthCheckRequest::default()).await;
    assert!(status.is_ok(), "a busy process still tells how it is");

    stage.gate.add_permits(1);
    first.await.unwrap().expect("the call that was let in is answered");
    stage.log().get_head(ask("tell")).await.expect("there is room again");
}

#[tokio::test]
async fn a_call_that_was_let_in_may_call_on_inside_the_process() {
    let stage = stage(Limits { calls: 1, ..Limits::default() }).await;
    assert_eq!(told(stage.log().get_head(ask("onward")).await.unwrap()).service, "stage");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_connection_lives() {
    let mut stage = stage(Limits { connections: 1, ..Limits::default() }).await;
    let mut log = stage.log();
    for _ in 0..3 {
        let error = log.get_head(ask("panic")).await.unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::Internal, "internal error"));
        stage.left.recv().await.unwrap();
    }
    log.get_head(ask("tell")).await.expect("the only connection still works");
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_before_the_handler() {
    let mut stage = stage(Limits::default()).await;
    let mut log = stage.log();
    for _ in 0..10 {
        let error = log.get_head(ask(&"x".repeat(5 * 1024 * 1024))).await.unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error:?}");
        assert_eq!(fault::reason_of(&error).as_deref(), Some("MESSAGE_TOO_LARGE"));
        let limits = error.get_details_error_info().unwrap().metadata;
        assert_eq!(limits["limit_bytes"], "4194304");
        assert_eq!(limits["found_bytes"], "5242885", "5 MiB and five bytes of field header");
    }
    assert!(stage.entered.try_recv().is_err(), "no handler ran");
    log.get_head(ask(&"x".repeat(4_194_304 - 5))).await.expect("exactly the limit is taken");
}

#[tokio::test]
async fn roles_decide_and_nothing_runs_without_one() {
    let mut stage = stage(Limits::default()).await;
    for (caller, allowed) in [
        (None, true), // nobody said anything on the loopback interface: the local operator
        (Some(Caller::new("op", [Role::Operator])), true),
        (Some(Caller::service("search")), true),
        (Some(Caller::new("p", [Role::Portal, Role::Counsellor, Role::Expert])), false),
        (Some(Caller::new("nobody", [])), false),
    ] {
        let answer = EventLogClient::new(stage.client(caller.as_ref())).get_head(ask("tell")).await;
        match answer {
            Ok(answer) => {
                assert!(allowed, "{caller:?} got in");
                assert_eq!(told(answer).service, caller.map_or("local".to_owned(), |caller| caller.subject));
                stage.entered.recv().await.unwrap();
            }
            Err(error) => {
                assert!(!allowed, "{caller:?}: {error:?}");
                assert_eq!(
                    (error.code(), fault::reason_of(&error).as_deref()),
                    (Code::PermissionDenied, Some("ROLE_MISSING"))
                );
                assert!(stage.entered.try_recv().is_err(), "the handler ran for {caller:?}");
            }
        }
    }
    // A service that may read the log may still not see what operators see.
    let service = Caller::service("search");
    let mut log = EventLogClient::new(stage.client(Some(&service)));
    assert_eq!(log.list_parked(ListParkedRequest::default()).await.unwrap_err().code(), Code::PermissionDenied);
}

#[tokio::test]
async fn half_a_caller_is_refused() {
    let stage = stage(Limits::default()).await;
    let mut request = Request::new(ask("tell"));
    request.metadata_mut().insert("x-activelist-roles", "operator".parse().unwrap());
    let error = stage.log().get_head(request).await.unwrap_err();
    assert_eq!((error.code(), fault::reason_of(&error).as_deref()), (Code::Unauthenticated, Some("CALLER_MALFORMED")));
}

#[tokio::test]
async fn a_client_speaks_for_its_own_caller_only() {
    let stage = stage(Limits::default()).await;
    let portal = Caller::new("portal-1", [Role::Portal]);
    let mut request = Request::new(ask("tell"));
    for (name, value) in [("x-activelist-subject", "root"), ("x-activelist-roles", "operator")] {
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    let error = EventLogClient::new(stage.client(Some(&portal))).get_head(request).await.unwrap_err();
    assert_eq!(error.code(), Code::PermissionDenied);
    let other = stage.client(Some(&portal)).acting_as(&Caller::new("op-2", [Role::Operator])).unwrap();
    assert_eq!(told(EventLogClient::new(other).get_head(ask("tell")).await.unwrap()).service, "op-2");
}

#[tokio::test]
async fn every_fault_reaches_the_client() {
    let stage = stage(Limits::default()).await;
    let error = stage.log().read(ReadRequest::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let faults = fault::faults_of(&error);
    assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["a[0]", "a[1]", "a[2]"]);
    assert!(faults.iter().all(|fault| (fault.reason.as_str(), fault.ja.as_str()) == ("BAD", "だめ")));
}

#[tokio::test]
async fn the_trace_goes_through_client_server_and_the_call_within() {
    static TELEMETRY: Once = Once::new();
    TELEMETRY.call_once(|| {
        let config = kit_telemetry::Config {
            service_name: "test".to_owned(),
            otlp_endpoint: None,
            log_format: kit_telemetry::LogFormat::Text,
            filter: "off".to_owned(),
        };
        std::mem::forget(kit_telemetry::init(&config).unwrap());
    });
    let stage = stage(Limits::default()).await;
    let call = async {
        let ours = kit_telemetry::traceparent().unwrap();
        for what in ["tell", "onward"] {
            let theirs = told(stage.log().get_head(ask(what)).await.unwrap()).epoch;
            assert_eq!(theirs[..35], ours[..35], "the same trace ({what})");
            assert_ne!(theirs, ours, "a span of the server's own ({what})");
        }
    };
    call.instrument(tracing::info_span!("test")).await;
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_and_a_wrong_address_is_named() {
    let (away, address) = {
        let Stage { lifecycle, address, .. } = stage(Limits::default()).await;
        lifecycle.shutdown().await;
        (Client::connect(&format!("http://{address}"), None).unwrap(), address)
    };
    let mut log = EventLogClient::new(away);
    assert_eq!(log.get_head(ask("tell")).await.unwrap_err().code(), Code::Unavailable);
    assert!(Client::connect(&format!("https://{address}"), None).is_err());
    assert!(Client::connect("not an address", None).is_err());
}
