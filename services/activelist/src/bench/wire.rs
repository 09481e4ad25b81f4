//! The same searches over gRPC: the real service behind a port of this machine, fed by its own followers from logs in
//! memory, asked by clients of this process. So clients and server share the cores; a call that does nothing much, made
//! the same way, shows what that takes.
#![expect(clippy::disallowed_methods, reason = "durations are what is measured")]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::{Conditions, GetIndexStatusRequest, HitView, SearchExpertsRequest, SearchExpertsResponse};
use kit_clock::{Clock, Ids};
use kit_log::{Carrier as _, InProcess, LogDeps, token_of};
use kit_serve::{Client, Lifecycle, Limits, Server, Trust};
use serde_json::{Value, json};
use survey::domain::policy::Policy;
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::asked::{Answer, Asked, COUNTED, Counted};
use super::figures::{show, shown, thousands};
use super::measure::{IN_FLIGHT, Spread};
use super::told::{Logs, Told};
use crate::connect::refused;
use crate::failure::Failure;
use crate::generate::{People, place};
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text;

/// Connections that the callers share.
const CONNECTIONS: usize = 8;
/// How long a rate is measured, and how often.
const WINDOW: Duration = Duration::from_millis(1_000);
const WINDOWS: usize = 5;
/// Changes a second while searches go on: half of them ratings, half entries.
const CHANGES: u64 = 1_000;
/// Changes that are made ready, of each kind: twice as many as the windows ask for.
const READY: u64 = CHANGES * WINDOWS as u64 * 2;
/// Events of each log that a snapshot lacks.
const SINCE: u64 = 1_000;

/// What was measured over gRPC.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire {
    /// One caller: a call that does nothing much, searches without and with a phrase.
    pub(super) calls: [Option<Spread>; 3],
    /// 64 callers: answers a second and times, of the call that does nothing much and of all searches.
    pub(super) crowds: [(f64, Option<Spread>); 2],
    /// Searches a second of 64 callers alone, and beside changes; changes a second that became visible.
    pub(super) beside: [f64; 3],
    /// Seconds until it is ready: from the logs alone, and from a snapshot and the [`SINCE`] last events of each log.
    pub(super) ready: [f64; 2],
}

/// Measures a service that knows these people.
///
/// # Errors
/// When the service does not start, refuses, or answers otherwise than the reference.
pub(super) async fn measure(
    people: &People,
    rule: &Policy,
    asked: &[Asked],
    expected: &[Answer],
) -> Result<Wire, Failure> {
    let logs = Logs::new(people, rule, READY + SINCE).await?;
    let lifecycle = Lifecycle::new();
    let (served, from_logs) = serve(&logs, &lifecycle).await?;
    let measured = ask(&served, &logs, asked, expected).await;
    drop(served);
    // The index is kept when the service ends.
    lifecycle.shutdown().await;
    let measured = measured?;
    for _ in 0..SINCE {
        logs.survey.happen();
        logs.registry.happen();
    }
    let lifecycle = Lifecycle::new();
    let (served, from_snapshot) = serve(&logs, &lifecycle).await?;
    let mut client = ExpertSearchClient::new(served.clients[0].clone());
    let status = client.get_index_status(GetIndexStatusRequest::default()).await;
    let status = status.map_err(|status| refused(&status))?.into_inner();
    drop((client, served));
    lifecycle.shutdown().await;
    if !status.began_with_snapshot || u64::try_from(status.listed) != Ok(people.len()) {
        return Err(Failure::other(text::NO_SNAPSHOT.fill(&[]), text::ADVICE_LOG));
    }
    Ok(Wire { ready: [from_logs, from_snapshot].map(|time| time.as_secs_f64()), ..measured })
}

/// The service, reached from this process over a port.
struct Served {
    clients: Vec<Client>,
    carrier: Arc<InProcess>,
}

async fn serve(logs: &Logs, lifecycle: &Lifecycle) -> Result<(Served, Duration), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::other(error.to_string(), text::ADVICE_LOG);
    let carrier = InProcess::new();
    let log = LogDeps { clock: Clock::System, ids: Ids::Random, keys: logs.keys.clone(), carrier: carrier.clone() };
    let (survey, registry) = (logs.survey.clone(), logs.registry.clone());
    let deps = search::Deps { log, lifecycle: lifecycle.clone(), survey, registry, engagement: None };
    let database = format!("sqlite:{}", logs.folder.path().join("search.db").display());
    let snapshot = Some(search::SnapshotConfig::at(logs.folder.path().join("search.snapshot")));
    let config = search::Config { snapshot, ..search::Config::new(database) };
    let begun = Instant::now();
    let started = search::start(config, deps).await.map_err(|error| failed(&error))?;
    started.ready().await;
    let taken = begun.elapsed();
    let server = started.mount(Server::new(Limits::default(), Trust::Near));
    let listener = kit_serve::bind("127.0.0.1:0").await.map_err(|error| failed(&error))?;
    let url = format!("http://{}", listener.local_addr().map_err(|error| failed(&error))?);
    server.serve([listener.into()], lifecycle).await.map_err(|error| failed(&error))?;
    let client = || Client::connect(&url, None).map_err(|error| failed(&error));
    let clients = (0..CONNECTIONS).map(|_| client()).collect::<Result<_, _>>()?;
    Ok((Served { clients, carrier }, taken))
}

async fn ask(served: &Served, logs: &Logs, asked: &[Asked], expected: &[Answer]) -> Result<Wire, Failure> {
    let requests: Arc<Vec<SearchExpertsRequest>> = Arc::new(asked.iter().map(request).collect());
    let client = &served.clients[0];
    for (at, expected) in expected.iter().enumerate() {
        let answer = search(client.clone(), requests[at].clone()).await.map_err(|status| refused(&status))?;
        super::same("gRPC", &asked[at], expected, &common(&answer))?;
    }
    let calls = one_caller(client, asked, &requests).await.map_err(|status| refused(&status))?;
    let crowds = [crowd(served, &requests, false).await, crowd(served, &requests, true).await];
    let crowds = crowds.into_iter().collect::<Result<Vec<_>, _>>().map_err(|status| refused(&status))?;
    let crowds = [crowds[0], crowds[1]];
    let beside = beside_changes(served, logs, &requests).await.map_err(|status| refused(&status))?;
    Ok(Wire { calls, crowds, beside, ..Wire::default() })
}

/// What a portal asks that goes on by itself: names, and counts of four facets.
fn request(asked: &Asked) -> SearchExpertsRequest {
    let codes = |counted: Counted, values: &[usize]| {
        values.iter().map(|value| counted.list().codes()[*value].code.clone()).collect::<Vec<_>>()
    };
    let [prefectures, industries, fees, formats] = &asked.counted;
    let durations = kit_vocabulary::durations().codes();
    let conditions = Conditions {
        menus: vec![format!("M{}", asked.menu)],
        prefectures: codes(Counted::Prefectures, prefectures),
        industries: codes(Counted::Industries, industries),
        fee_ceiling: codes(Counted::Fees, fees).pop().unwrap_or_default(),
        formats: codes(Counted::Formats, formats),
        durations: asked.durations.iter().map(|value| durations[*value].code.clone()).collect(),
        text: asked.phrase.clone().unwrap_or_default(),
        ..Default::default()
    };
    SearchExpertsRequest {
        conditions: Some(conditions),
        rotation_day: i64::try_from(asked.seed).unwrap_or_default(),
        facets: COUNTED.map(name).map(str::to_owned).to_vec(),
        view: HitView::Name.into(),
        uncounted: true,
        ..Default::default()
    }
}

const fn name(counted: Counted) -> &'static str {
    match counted {
        Counted::Prefectures => "prefectures",
        Counted::Industries => "industries",
        Counted::Fees => "fee",
        Counted::Formats => "formats",
    }
}

fn common(answer: &SearchExpertsResponse) -> Answer {
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let counts = |counted: Counted| {
        let facet = answer.facets.iter().find(|facet| facet.facet == name(counted));
        facet.map(|facet| facet.values.iter().map(|value| number(value.count)).collect()).unwrap_or_default()
    };
    let first = answer.hits.iter().filter_map(|hit| place(hit.name.strip_prefix("experts/")?)).collect();
    Answer { total: number(answer.total), first, counts: COUNTED.map(counts) }
}

async fn search(client: Client, request: SearchExpertsRequest) -> Result<SearchExpertsResponse, Status> {
    Ok(ExpertSearchClient::new(client).search_experts(request).await?.into_inner())
}

/// The call that does nothing much.
async fn nothing(client: Client) -> Result<(), Status> {
    HealthClient::new(client).check(HealthCheckRequest { service: String::new() }).await.map(drop)
}

async fn timed<T>(call: impl Future<Output = Result<T, Status>>) -> Result<Duration, Status> {
    let begun = Instant::now();
    call.await?;
    Ok(begun.elapsed())
}

/// Each search between two calls that do nothing much.
async fn one_caller(
    client: &Client,
    asked: &[Asked],
    requests: &[SearchExpertsRequest],
) -> Result<[Option<Spread>; 3], Status> {
    let mut times: [Vec<Duration>; 3] = Default::default();
    for (asked, request) in asked.iter().zip(requests) {
        times[0].push(timed(nothing(client.clone())).await?);
        let taken = timed(search(client.clone(), request.clone())).await?;
        times[1 + usize::from(asked.phrase.is_some())].push(taken);
    }
    Ok(times.map(Spread::of))
}

/// As many callers as [`IN_FLIGHT`], each of whom asks again as soon as it is answered.
async fn crowd(
    served: &Served,
    requests: &Arc<Vec<SearchExpertsRequest>>,
    searching: bool,
) -> Result<(f64, Option<Spread>), Status> {
    let begun = Instant::now();
    let callers = (0..IN_FLIGHT).map(|caller| {
        let (client, requests) = (served.clients[caller % CONNECTIONS].clone(), requests.clone());
        tokio::spawn(async move {
            let (mut times, mut at) = (Vec::new(), caller);
            while begun.elapsed() < WINDOW {
                times.push(if searching {
                    timed(search(client.clone(), requests[at % requests.len()].clone())).await?
                } else {
                    timed(nothing(client.clone())).await?
                });
                at += IN_FLIGHT;
            }
            Ok::<_, Status>(times)
        })
    });
    let mut times = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        times.extend(caller.await.map_err(|error| Status::internal(error.to_string()))??);
    }
    Ok((times.len() as f64 / begun.elapsed().as_secs_f64(), Spread::of(times)))
}

/// Windows of searches alone and beside changes, in turn.
async fn beside_changes(
    served: &Served,
    logs: &Logs,
    requests: &Arc<Vec<SearchExpertsRequest>>,
) -> Result<[f64; 3], Status> {
    let (mut alone, mut beside, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..WINDOWS {
        alone.push(crowd(served, requests, true).await?.0);
        let stop = Arc::new(AtomicBool::new(false));
        let (told, carrier) = ([logs.survey.clone(), logs.registry.clone()], served.carrier.clone());
        let (begun, changes) = (Instant::now(), tokio::spawn(change(told, carrier, stop.clone())));
        beside.push(crowd(served, requests, true).await?.0);
        stop.store(true, Ordering::Release);
        let last = changes.await.map_err(|error| Status::internal(error.to_string()))?;
        // All of them are visible: the searches met the work and not only the news of it.
        let request = GetIndexStatusRequest { at_least: last.1 };
        ExpertSearchClient::new(served.clients[0].clone()).get_index_status(request).await?;
        changed.push(last.0 as f64 / begun.elapsed().as_secs_f64());
    }
    Ok([alone, beside, changed].map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    }))
}

/// Lets changes happen at the rate until told to stop; how many, and the registry's last.
async fn change(
    told: [Arc<Told>; 2],
    carrier: Arc<InProcess>,
    stop: Arc<AtomicBool>,
) -> (u64, Vec<contract::event::v1::Token>) {
    let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / CHANGES));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let (mut done, mut last) = (0, Vec::new());
    while !stop.load(Ordering::Acquire) {
        tick.tick().await;
        let log = &told[done as usize % 2];
        let Some(event) = log.happen() else { break };
        drop(carrier.publish(&event.producer, std::slice::from_ref(event)).await);
        if event.producer == "registry" {
            last = vec![token_of(event)];
        }
        done += 1;
    }
    (done, last)
}

impl Wire {
    /// The figures as tables.
    pub(super) fn show(&self, experts: u64, out: &mut Output) {
        let heading = text::WIRE.fill(&[("experts", &thousands(experts as f64))]);
        out.line(out.paint(Tone::Heading, &heading));
        let mut table = Table::new(vec![
            Column::text("", 12, 60),
            Column::number("p50 µs"),
            Column::number("p99 µs"),
            Column::number("/s"),
        ]);
        let kinds = [text::NOTHING_MUCH, text::STRUCTURED, text::WITH_PHRASE];
        let spread =
            |spread: &Option<Spread>| spread.map(|spread| [shown(spread.p50), shown(spread.p99)]).unwrap_or_default();
        table.plain([text::ONE_CALLER.fill(&[])]);
        for (kind, times) in kinds.into_iter().zip(&self.calls) {
            let [p50, p99] = spread(times);
            table.plain([format!("  {}", kind.fill(&[])), p50, p99]);
        }
        table.plain([text::MANY_CALLERS.fill(&[])]);
        for (kind, (rate, times)) in [text::NOTHING_MUCH, text::ALL_SEARCHES].into_iter().zip(&self.crowds) {
            let [p50, p99] = spread(times);
            table.plain([format!("  {}", kind.fill(&[])), p50, p99, thousands(*rate)]);
        }
        show(&table, out);
        let [alone, beside, changes] = self.beside.map(thousands);
        let lost = format!("{:.1}", 100.0 * (1.0 - self.beside[1] / self.beside[0]));
        let places = [("alone", &*alone), ("beside", &*beside), ("changes", &*changes), ("lost", &*lost)];
        out.line(text::BESIDE_CHANGES.fill(&places));
        let [logs, snapshot] = self.ready.map(shown);
        out.line(text::READY_IN.fill(&[("logs", &logs), ("snapshot", &snapshot), ("since", &thousands(SINCE as f64))]));
        out.line("");
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Value {
        let spread = |spread: &Option<Spread>| spread.map(|spread| json!({"p50_us": spread.p50, "p99_us": spread.p99}));
        let crowd = |(rate, times): &(f64, Option<Spread>)| json!({"per_second": rate, "times": spread(times)});
        json!({
            "one_caller": {
                "nothing": spread(&self.calls[0]),
                "structured": spread(&self.calls[1]),
                "phrase": spread(&self.calls[2]),
            },
            "callers_64": {"nothing": crowd(&self.crowds[0]), "search": crowd(&self.crowds[1])},
            "searches_per_second_alone": self.beside[0],
            "searches_per_second_beside_changes": self.beside[1],
            "changes_per_second": self.beside[2],
            "ready_from_logs_seconds": self.ready[0],
            "ready_from_snapshot_seconds": self.ready[1],
        })
    }
}
