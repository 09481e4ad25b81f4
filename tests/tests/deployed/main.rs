//! The program as its users meet it, in both its shapes: as processes, through gRPC and the command line.
//!
//! Every scenario that makes sense in both shapes is one function, run once in each; what is read back is held against
//! the model of `end_to_end::model`, never against what the program said before.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

/// Makes a test of each scenario in each shape: `embedded::name` and `distributed::name`.
macro_rules! in_both_shapes {
    ($($scenario:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test] async fn $scenario() { super::$scenario(end_to_end::deployment::Shape::Embedded).await; })+
        }
        mod distributed {
            $(#[tokio::test] async fn $scenario() { super::$scenario(end_to_end::deployment::Shape::Distributed).await; })+
        }
    };
}

mod accepted;
mod bad_calls;
mod bad_files;
mod campaign;
mod canary;
mod case_lived;
mod disputes;
mod graceful;
mod killed_import;
mod main_job;
mod merged_record;
mod nats_away;
mod other_file;
mod past_programme;
mod policy_switch;
mod reach;
mod replicas;
mod staleness;
mod traces;

use contract::survey::v1::{SubmitResponseRequest, SubmitResponseResponse};
use end_to_end::clients::Clients;
use end_to_end::submission::{FILE_FORM, Submission};
use kit_serve::{Caller, Role};

/// The portal, which passes on what people answer.
fn portal(clients: &Clients) -> Clients {
    clients.acting_as(&Caller::new("portal", [Role::Portal]))
}

/// Hands in an answer as the portal does for a person.
async fn answer_again(clients: &Clients, answer: &Submission) -> SubmitResponseResponse {
    submit(clients, answer).await.expect("the answer is taken")
}

async fn submit(clients: &Clients, answer: &Submission) -> Result<SubmitResponseResponse, tonic::Status> {
    let request = SubmitResponseRequest { response: Some(answer.to_wire(FILE_FORM)), ..Default::default() };
    let answer = portal(clients).responses().submit_response(request).await;
    answer.map(tonic::Response::into_inner)
}
