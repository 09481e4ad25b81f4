//! One submission is one trace, from the call through events to every service that follows, as a collector sees it.

use std::collections::BTreeSet;
use std::time::Duration;

use contract::search::v1::GetIndexStatusRequest;
use contract::survey::v1::SubmitResponseRequest;
use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::collector::{Collector, Span};
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::generate::Person;
use end_to_end::submission::FULL_FORM;
use end_to_end::wait::until;

in_both_shapes!(a_submission_is_one_trace_through_all_services);

/// The exporter sends every five seconds.
const SENT: Duration = Duration::from_secs(30);

async fn a_submission_is_one_trace_through_all_services(shape: Shape) {
    let collector = Collector::start().await;
    let settings = Settings { otlp: Some(collector.url.clone()), ..Settings::default() };
    let deployment = Deployment::start_with(built!(), shape, settings).await;
    let clients = deployment.clients();
    let answer = Person::new(1).answers_in_full(&mut Chance::new(1)).to_wire(FULL_FORM);
    let request = SubmitResponseRequest { response: Some(answer), ..Default::default() };
    let taken = crate::portal(&clients).responses().submit_response(request).await.expect("taken").into_inner();
    let at_least = vec![taken.token.unwrap()];
    clients.search().get_index_status(GetIndexStatusRequest { at_least }).await.expect("search follows");

    let expected: BTreeSet<&str> = match shape {
        Shape::Embedded => BTreeSet::from(["activelist"]),
        Shape::Distributed => BTreeSet::from(["activelist-survey", "activelist-registry", "activelist-search"]),
    };
    let trace = until("spans of the submission from every service", SENT, async || {
        let spans = collector.spans();
        let call = spans.iter().find(|span| span.name.contains("SubmitResponse"))?;
        let trace: Vec<Span> = spans.iter().filter(|span| span.trace == call.trace).cloned().collect();
        let services: BTreeSet<&str> = trace.iter().map(|span| span.service.as_str()).collect();
        (services == expected && trace.len() > 2).then_some(trace)
    })
    .await;
    assert!(trace.iter().all(|span| span.trace.len() == 32 && span.trace.bytes().any(|digit| digit != b'0')));
}
