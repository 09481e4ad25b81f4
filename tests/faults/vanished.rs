//! A machine vanishes and nobody says so: connections to it stay open and silent for good. Whoever had one notices and connects
//! anew, within half the time that readers have to converge.

use std::time::Duration;

use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::generate::Person;
use end_to_end::submission::FILE_FORM;
use end_to_end::wait::until;
use end_to_end::way::Weather;

use contract::survey::v1::SubmitResponseRequest;

/// From when there is a way again.
const FOLLOWS: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_read_from_a_machine_that_vanished_reads_on() {
    let settings = Settings { breakable: true, log: "warn".to_owned(), ..Settings::default() };
    let mut deployment = Deployment::start_with(built!(), Shape::Distributed, settings).await;
    let clients = deployment.clients();
    let mut chance = Chance::new(3);
    let mut answer = async |number: i64| {
        let response = Some(Person::new(number).answers_in_full(&mut chance).to_wire(FILE_FORM));
        let request = SubmitResponseRequest { response, ..Default::default() };
        clients.responses().submit_response(request).await.expect("an answer is taken").into_inner().token.unwrap()
    };
    let told = answer(1).await;
    until("the registry to read it", FOLLOWS, async || clients.has_read("registry", &told).await.then_some(())).await;

    // Nothing comes by the broker either.
    deployment.nats.as_mut().unwrap().process.kill();
    deployment.way("registry", "survey").set(Weather::Swallowed);
    let told = answer(2).await;
    deployment.way("registry", "survey").set(Weather::Fair);
    until("the registry to read on", FOLLOWS, async || clients.has_read("registry", &told).await.then_some(())).await;
}
