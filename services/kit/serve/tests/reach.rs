//! How a server is reached, found out about, and left.

mod stage;

use std::time::Duration;

use contract::event::v1::event_log_client::EventLogClient;
use kit_serve::{Limits, Outcome, fault};
use stage::{SERVICE, ask, stage, told};
use tokio::net::TcpStream;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn the_same_routes_answer_inside_the_process() {
    let stage = stage(Limits::default()).await;
    let answer = EventLogClient::new(stage.inside.clone()).get_head(ask("tell")).await.unwrap();
    assert_eq!(told(answer).service, "stage");
}

#[tokio::test]
async fn a_call_inside_the_process_waits_for_the_server() {
    let (channel, inside) = kit_serve::in_process();
    let client = kit_serve::Client::new(channel, None).unwrap();
    let call = tokio::spawn(async move { HealthClient::new(client).check(about("")).await });
    let lifecycle = kit_serve::Lifecycle::new();
    let server = kit_serve::Server::new(Limits::default(), kit_serve::Trust::Near);
    server.serve([inside], &lifecycle).await.unwrap();
    call.await.unwrap().expect("answered once the server served");
}

macro_rules! reflection_lists_services {
    ($version:ident) => {{
        use tonic_reflection::pb::$version::ServerReflectionRequest;
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
        let stage = stage(Limits::default()).await;
        let ask = |message| ServerReflectionRequest { host: String::new(), message_request: Some(message) };
        let asked = tokio_stream::iter([
            ask(MessageRequest::ListServices(String::new())),
            ask(MessageRequest::FileContainingSymbol(SERVICE.to_owned())),
        ]);
        let mut client = ServerReflectionClient::new(stage.client(None));
        let mut answers = client.server_reflection_info(asked).await.unwrap().into_inner();
        let mut next = async || answers.message().await.unwrap().unwrap().message_response.unwrap();
        let MessageResponse::ListServicesResponse(list) = next().await else { panic!("not a list") };
        let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
        for name in [SERVICE, "activelist.survey.v1.SurveyResponses", "grpc.health.v1.Health"] {
            assert!(names.iter().any(|listed| listed == name), "{name} is not in {names:?}");
        }
        let MessageResponse::FileDescriptorResponse(file) = next().await else { panic!("not a file") };
        assert!(!file.file_descriptor_proto.is_empty());
    }};
}

#[tokio::test]
async fn reflection_v1_lists_services() {
    reflection_lists_services!(v1);
}

#[tokio::test]
async fn reflection_v1alpha_lists_services() {
    reflection_lists_services!(v1alpha);
}

#[tokio::test]
async fn health_follows_what_the_service_says() {
    let stage = stage(Limits::default()).await;
    let mut health = HealthClient::new(stage.client(None));
    let mut asked = async |service: &str| health.check(about(service)).await.map(|answer| answer.into_inner().status());
    assert_eq!(asked(SERVICE).await.unwrap(), ServingStatus::NotServing);
    assert_eq!(asked("").await.unwrap(), ServingStatus::NotServing);
    assert_eq!(asked("no.such.Service").await.unwrap_err().code(), Code::NotFound);
    stage.health.set(SERVICE, true).await;
    assert_eq!(asked(SERVICE).await.unwrap(), ServingStatus::Serving);
    assert_eq!(asked("").await.unwrap(), ServingStatus::Serving);
    stage.health.set(SERVICE, false).await;
    assert_eq!(asked("").await.unwrap(), ServingStatus::NotServing);
}

#[tokio::test]
async fn a_method_that_does_not_exist_is_unimplemented() {
    let stage = stage(Limits::default()).await;
    // The contract has the service, this server does not.
    let mut search = contract::search::v1::expert_search_client::ExpertSearchClient::new(stage.client(None));
    let error = search.get_index_status(contract::search::v1::GetIndexStatusRequest::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_a_free_place_is_given_again() {
    let stage = stage(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = TcpStream::connect(stage.address).await.unwrap();
    let mut second = HealthClient::new(stage.client(None));
    // The kernel has let it connect; the server closes it without an answer.
    let closed = tokio::time::timeout(Duration::from_secs(10), second.check(about(""))).await;
    let refused = closed.expect("it is not left waiting").unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");

    tokio::io::AsyncWriteExt::shutdown(&mut first).await.unwrap();
    let mut gone = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut first, &mut gone).await.unwrap();
    drop(first);
    let free = async {
        while HealthClient::new(stage.client(None)).check(about("")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), free).await.expect("the place is free again");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let stage = stage(Limits::default()).await;
    let error = kit_serve::bind(stage.address).await.unwrap_err();
    assert!(error.to_string().contains(&stage.address.to_string()), "{error}");
}

#[tokio::test]
async fn calls_in_flight_are_answered_and_nobody_new_gets_in() {
    let mut stage = stage(Limits::default()).await;
    stage.health.set(SERVICE, true).await;
    let mut log = stage.log();
    let call = tokio::spawn(async move { log.get_head(ask("wait")).await });
    stage.entered.recv().await.unwrap();
    let mut watch = HealthClient::new(stage.client(None)).watch(about("")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);

    stage.lifecycle.stop();
    let lifecycle = stage.lifecycle.clone();
    let end = tokio::spawn(async move { lifecycle.finished().await });
    // The open stream is told, at the latest when it was told that the server is not ready any more.
    let told = loop {
        match watch.message().await {
            Ok(Some(status)) => assert_eq!(status.status(), ServingStatus::NotServing),
            other => break other,
        }
    };
    let stopped = told.unwrap_err();
    assert_eq!((stopped.code(), fault::reason_of(&stopped).as_deref()), (Code::Unavailable, Some("STOPPING")));
    let closed = async {
        while TcpStream::connect(stage.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed).await.expect("the port closes while the call is in flight");
    assert!(!end.is_finished(), "it waits for the call");

    stage.gate.add_permits(1);
    call.await.unwrap().expect("the call is answered");
    assert_eq!(end.await.unwrap(), Outcome::Clean);
}

#[tokio::test]
async fn a_call_in_flight_can_still_call_inside_the_process() {
    let mut stage = stage(Limits::default()).await;
    let mut log = stage.log();
    let call = tokio::spawn(async move { log.get_head(ask("wait")).await });
    stage.entered.recv().await.unwrap();
    stage.lifecycle.stop();
    let inside = EventLogClient::new(stage.inside.clone()).get_head(ask("tell")).await;
    inside.expect("the inside is open until the outside is drained");
    stage.gate.add_permits(1);
    call.await.unwrap().unwrap();
    assert_eq!(stage.lifecycle.finished().await, Outcome::Clean);
    let late = EventLogClient::new(stage.inside.clone()).get_head(ask("tell")).await.unwrap_err();
    assert_eq!(late.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_client_that_says_nothing_does_not_hold_the_process_up() {
    let stage = stage(Limits { farewell: Duration::from_millis(50), ..Limits::default() }).await;
    let _silent = TcpStream::connect(stage.address).await.unwrap();
    stage.log().get_head(ask("tell")).await.expect("the silent connection was accepted before this one");
    let ended = tokio::time::timeout(Duration::from_secs(10), stage.lifecycle.shutdown()).await;
    assert_eq!(ended.expect("long before the drain limit"), Outcome::Clean);
}

#[tokio::test]
async fn a_stuck_call_is_cut_at_the_limit_and_told() {
    let mut stage = stage(Limits::default()).await;
    let mut log = stage.log();
    let call = tokio::spawn(async move { log.get_head(ask("wait")).await });
    stage.entered.recv().await.unwrap();
    let hasty = stage.lifecycle.clone().drain_within(Duration::from_millis(50));
    assert_eq!(hasty.shutdown().await, Outcome::Cut);
    stage.left.recv().await.expect("the handler was dropped");
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_stream_ends_at_the_deadline_it_was_given() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    let stage = stage(Limits::default()).await;
    let mut request = Request::new(tokio_stream::pending());
    request.set_timeout(Duration::from_millis(80));
    let mut client = ServerReflectionClient::new(stage.client(None));
    let mut answers = client.server_reflection_info(request).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap_err().code(), Code::DeadlineExceeded);
}
