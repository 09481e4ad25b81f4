//! NATS goes away, and loses everything: writes go on, search follows, and what it should hold it holds again.

use std::collections::BTreeSet;
use std::time::Duration;

use contract::search::v1::GetSheetRequest;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::model::Model;
use end_to_end::submission::Submission;
use end_to_end::wait::until;
use end_to_end::{built, file, generate, readback};
use tokio::time::{Instant, timeout};

/// Without NATS readers ask every 250 ms; search reads what registry has read: two such waits, and a busy machine.
const FOLLOWS: Duration = Duration::from_secs(3);
/// Promise 2: readers converge within a minute.
const CONVERGES: Duration = Duration::from_secs(60);

#[tokio::test]
async fn writes_go_on_and_search_follows() {
    let (mut deployment, mut model) = with_a_campaign().await;
    let clients = deployment.clients();
    let mut people = Rewriters::new(&deployment, &model);

    let status = deployment.nats.as_mut().unwrap().process.stop().await;
    assert!(status.success() || status.code() == Some(1), "nats-server ends when asked: {status}");
    let begun = Instant::now();
    let (least_writes, least_time) = campaign_or(100, Duration::from_secs(30));
    let mut writes = 0;
    while writes < least_writes || begun.elapsed() < least_time {
        let answer = people.next();
        let taken = timeout(FOLLOWS, crate::answer_again(&clients, &answer)).await.expect("a write without NATS");
        if writes % 10 == 0 {
            shows_within(&clients, taken.token.unwrap(), &answer, FOLLOWS).await;
        }
        assert!(model.hand_in(answer));
        writes += 1;
    }
    readback::assert_shows(&clients, &model).await;

    deployment.nats.as_mut().unwrap().process.restart().await;
    let answer = people.next();
    crate::answer_again(&clients, &answer).await;
    assert!(model.hand_in(answer));
    readback::assert_shows(&clients, &model).await;
    streams_hold_the_logs(&deployment).await;
}

#[tokio::test]
async fn what_was_wiped_is_filled_again() {
    let (mut deployment, mut model) = with_a_campaign().await;
    let clients = deployment.clients();
    let mut people = Rewriters::new(&deployment, &model);
    streams_hold_the_logs(&deployment).await;

    let nats = deployment.nats.as_mut().unwrap();
    nats.process.kill();
    nats.wipe();
    nats.process.restart().await;
    for _ in 0..20 {
        let answer = people.next();
        let taken = crate::answer_again(&clients, &answer).await;
        shows_within(&clients, taken.token.unwrap(), &answer, CONVERGES).await;
        assert!(model.hand_in(answer));
    }
    readback::assert_shows(&clients, &model).await;
    streams_hold_the_logs(&deployment).await;

    // Wiped while nobody writes: the logs come back by themselves.
    let nats = deployment.nats.as_mut().unwrap();
    nats.process.kill();
    nats.wipe();
    nats.process.restart().await;
    streams_hold_the_logs(&deployment).await;
    readback::assert_shows(&clients, &model).await;
}

#[tokio::test]
async fn a_server_that_takes_everything_and_says_nothing_holds_nothing_up() {
    let (mut deployment, mut model) = with_a_campaign().await;
    let clients = deployment.clients();
    let mut people = Rewriters::new(&deployment, &model);
    deployment.nats.as_mut().unwrap().process.pause();
    for _ in 0..30 {
        let answer = people.next();
        let taken =
            timeout(FOLLOWS, crate::answer_again(&clients, &answer)).await.expect("a write beside a silent NATS");
        shows_within(&clients, taken.token.unwrap(), &answer, FOLLOWS).await;
        assert!(model.hand_in(answer));
    }
    deployment.nats.as_mut().unwrap().process.resume();
    streams_hold_the_logs(&deployment).await;
    readback::assert_shows(&clients, &model).await;
}

#[tokio::test]
async fn services_start_without_it_and_find_it_when_it_comes() {
    let (mut deployment, mut model) = with_a_campaign().await;
    let clients = deployment.clients();
    let mut people = Rewriters::new(&deployment, &model);
    deployment.nats.as_mut().unwrap().process.kill();
    for part in deployment.names() {
        deployment.part(&part).kill();
        deployment.part(&part).restart().await;
    }
    let answer = people.next();
    let taken = crate::answer_again(&clients, &answer).await;
    shows_within(&clients, taken.token.unwrap(), &answer, FOLLOWS).await;
    assert!(model.hand_in(answer));

    deployment.nats.as_mut().unwrap().process.restart().await;
    streams_hold_the_logs(&deployment).await;
    // By asking alone, news take two waits of up to 250 ms each, of 250 ms together on average.
    until("news to travel by NATS again", CONVERGES, async || {
        let mut times = Vec::new();
        for _ in 0..20 {
            let answer = people.next();
            let begun = Instant::now();
            let taken = crate::answer_again(&clients, &answer).await;
            shows_within(&clients, taken.token.unwrap(), &answer, FOLLOWS).await;
            times.push(begun.elapsed());
            assert!(model.hand_in(answer));
        }
        times.sort_unstable();
        (times[times.len() / 2] < Duration::from_millis(125)).then_some(())
    })
    .await;
    readback::assert_shows(&clients, &model).await;
}

async fn with_a_campaign() -> (Deployment, Model) {
    let deployment = Deployment::start(built!(), Shape::Distributed).await;
    let mut model = Model::default();
    let rows = generate::campaign(&mut Chance::new(4_222), 1..1_000_000, 100, 120);
    let path = deployment.home().join("campaign.csv");
    file::write_freely(&path, &rows, &mut Chance::new(1));
    model.import(&rows);
    deployment.import(&path).await;
    (deployment, model)
}

/// A full campaign, or the slice of it for every day.
fn campaign_or(writes: usize, time: Duration) -> (usize, Duration) {
    match std::env::var("ACTIVELIST_CAMPAIGN").as_deref() {
        Ok("1") => (writes, time),
        _ => (writes, Duration::ZERO),
    }
}

/// Listed people, one after another, each with new answers.
struct Rewriters {
    people: Vec<Submission>,
    next: usize,
    chance: Chance,
}

impl Rewriters {
    fn new(deployment: &Deployment, model: &Model) -> Self {
        let now = |person: &&Submission| Submission { at: deployment.clock(), ..(*person).clone() };
        Self { people: model.listed().values().map(now).collect(), next: 0, chance: Chance::new(30) }
    }

    fn next(&mut self) -> Submission {
        let count = self.people.len();
        let person = &mut self.people[self.next % count];
        self.next += 1;
        let age = person.number_of("age").unwrap_or(20) % 99 + 16;
        person.skills(&generate::skills(&mut self.chance)).amount("age", age).clone()
    }
}

async fn shows_within(clients: &Clients, token: contract::event::v1::Token, answer: &Submission, bound: Duration) {
    let (name, registration_number) = ("experts/-".to_owned(), answer.number().to_owned());
    let mut request =
        tonic::Request::new(GetSheetRequest { name, registration_number, at_least: vec![token], uncounted: true });
    request.set_timeout(bound);
    let sheet = clients.search().get_sheet(request).await.expect("search follows").into_inner().sheet.unwrap();
    assert_eq!(readback::rating_of(&sheet.rating.unwrap()), end_to_end::model::rate(answer));
}

async fn streams_hold_the_logs(deployment: &Deployment) {
    let (clients, nats) = (deployment.clients(), deployment.nats.as_ref().unwrap());
    for service in ["survey", "registry"] {
        let all: BTreeSet<i64> = (1..=clients.head(service).await.position).collect();
        assert!(!all.is_empty());
        let what = format!("the stream to hold the log of {service}");
        until(&what, CONVERGES, async || nats.held(service).await.filter(|held| *held == all)).await;
    }
}
