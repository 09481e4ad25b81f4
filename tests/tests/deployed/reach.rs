//! Who may call what, and how a client finds out what there is.

use contract::registry::v1::ReviewListingsRequest;
use contract::survey::v1::{BatchSubmitResponsesRequest, GetRatingRequest};
use end_to_end::built;
use end_to_end::deployment::{Deployment, Shape};
use kit_serve::{Caller, Role};
use std::collections::BTreeSet;
use tonic::transport::Endpoint;
use tonic::{Code, Request};

in_both_shapes!(a_client_finds_every_service_and_only_its_own_methods);

const SURVEY: [&str; 3] =
    ["activelist.survey.v1.Scoring", "activelist.survey.v1.SurveyForms", "activelist.survey.v1.SurveyResponses"];
const REGISTRY: &str = "activelist.registry.v1.ExpertRegistry";
const SEARCH: &str = "activelist.search.v1.ExpertSearch";
const LOG: &str = "activelist.event.v1.EventLog";

async fn a_client_finds_every_service_and_only_its_own_methods(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    for (service, offered) in
        [("survey", [&SURVEY[..], &[LOG]].concat()), ("registry", vec![REGISTRY, LOG]), ("search", vec![SEARCH])]
    {
        let url = deployment.url(service);
        for listed in [reflected(&url).await, reflected_as_before(&url).await] {
            let missing: Vec<_> = offered.iter().filter(|name| !listed.contains(**name)).collect();
            assert!(missing.is_empty(), "reflection of {service} lists {listed:?}, not {missing:?}");
            assert!(listed.contains("grpc.health.v1.Health"));
        }
        let ended = end_to_end::command::run(deployment.built, &["health", "--server", &url]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }

    let as_a = |role| deployment.clients().acting_as(&Caller::new("somebody", [role]));
    for role in [Role::Portal, Role::Counsellor, Role::Expert] {
        let clients = as_a(role);
        let import = clients.responses().batch_submit_responses(BatchSubmitResponsesRequest::default()).await;
        let review = clients.registry().review_listings(ReviewListingsRequest::default()).await;
        let codes = [import.expect_err("for operators").code(), review.expect_err("for operators").code()];
        assert_eq!(codes, [Code::PermissionDenied; 2], "{role:?}");
        let log = clients.survey_log().get_head(contract::event::v1::GetHeadRequest::default()).await;
        assert_eq!(log.expect_err("for services and operators").code(), Code::PermissionDenied, "{role:?}");
    }
    let request = GetRatingRequest { registration_number: "1".to_owned() };
    let nobody = as_a(Role::Counsellor).scoring().get_rating(request).await.expect_err("nobody has answered");
    assert_eq!(nobody.code(), Code::NotFound, "a counsellor may ask");
}

macro_rules! reflection {
    ($name:ident, $version:ident) => {
        async fn $name(url: &str) -> BTreeSet<String> {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            let channel = Endpoint::from_shared(url.to_owned()).unwrap().connect().await.unwrap();
            let ask = MessageRequest::ListServices(String::new());
            let request = ServerReflectionRequest { host: String::new(), message_request: Some(ask) };
            let request = Request::new(tokio_stream::once(request));
            let mut answers = ServerReflectionClient::new(channel).server_reflection_info(request).await.unwrap();
            let answer = answers.get_mut().message().await.unwrap().unwrap().message_response.unwrap();
            match answer {
                MessageResponse::ListServicesResponse(list) => {
                    list.service.into_iter().map(|service| service.name).collect()
                }
                other => panic!("{other:?}"),
            }
        }
    };
}

reflection!(reflected, v1);
reflection!(reflected_as_before, v1alpha);
