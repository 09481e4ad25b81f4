//! One service in a process of its own: PostgreSQL and NATS, or a file and readers that poll.

use std::sync::Arc;

use kit_clock::{Clock, Ids};
use kit_log::sql::Database;
use kit_log::{Carrier, InProcess, LogDeps, Nats, NatsConfig, RemoteLog, Source, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Server};

use super::{Running, cannot_start, clock, mail, names, open, trust, until_ready};
use crate::args::{
    ServeEngagement, ServeInsights, ServeMatching, ServeNotices, ServeRegistry, ServeSearch, ServeSurvey, Surroundings,
};
use crate::failure::Failure;
use crate::text;

pub(super) async fn survey(args: &ServeSurvey, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let config = survey::Config {
        policy: args.policy.clone(),
        pace: Some(args.rating.pace()),
        ..survey::Config::new(&args.database)
    };
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let needs = survey::Deps { log, lifecycle: lifecycle.clone() };
    let started = survey::start(config, needs).await.map_err(|error| cannot_start("survey", &error))?;
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(
        server,
        &args.around,
        &[&names::SURVEY[..], &[names::LOG]].concat(),
        (lifecycle, clock),
        vec![keys, started.log().database().clone()],
    )
    .await
}

pub(super) async fn registry(args: &ServeRegistry, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let config = registry::Config { review: args.review.into(), ..registry::Config::new(&args.database) };
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let survey = remote("survey", &args.survey, "registry")?;
    let needs = registry::Deps { log, lifecycle: lifecycle.clone(), survey };
    let started = registry::start(config, needs).await.map_err(|error| cannot_start("registry", &error))?;
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(
        server,
        &args.around,
        &[&names::REGISTRY[..], &[names::LOG]].concat(),
        (lifecycle, clock),
        vec![keys, started.log().database().clone()],
    )
    .await
}

pub(super) async fn search(args: &ServeSearch, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let survey = remote("survey", &args.survey, "search")?;
    let registry = remote("registry", &args.registry, "search")?;
    let engagement = optional("engagement", args.engagement.as_deref(), "search")?;
    let needs = search::Deps { log, lifecycle: lifecycle.clone(), survey, registry, engagement };
    let snapshot = args.snapshot.as_ref().map(search::SnapshotConfig::at);
    let config = search::Config { snapshot, ..search::Config::new(&args.database) };
    let started = search::start(config, needs).await;
    let started = started.map_err(|error| cannot_start("search", &error))?;
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(
        server,
        &args.around,
        &[names::SEARCH, names::LOG],
        (lifecycle, clock),
        vec![keys, started.log().database().clone()],
    )
    .await
}

pub(super) async fn engagement(args: &ServeEngagement, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let matching = optional("matching", args.matching.as_deref(), "engagement")?;
    let registry = optional("registry", args.registry.as_deref(), "engagement")?;
    let needs = engagement::Deps { log, lifecycle: lifecycle.clone(), matching, registry };
    let started = engagement::start(engagement::Config::new(&args.database), needs).await;
    let started = started.map_err(|error| cannot_start("engagement", &error))?;
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(
        server,
        &args.around,
        &[&names::ENGAGEMENT[..], &[names::LOG]].concat(),
        (lifecycle, clock),
        vec![keys, started.log().database().clone()],
    )
    .await
}

pub(super) async fn insights(args: &ServeInsights, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let engagement = remote("engagement", &args.engagement, "insights")?;
    let survey = remote("survey", &args.survey, "insights")?;
    let registry = remote("registry", &args.registry, "insights")?;
    let needs = insights::Deps { log, lifecycle: lifecycle.clone(), engagement, survey, registry };
    let started = insights::start(insights::Config::default(), needs);
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(server, &args.around, &[names::INSIGHTS, names::LOG], (lifecycle, clock), vec![keys]).await
}

pub(super) async fn notices(args: &ServeNotices, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let mail = mail::settings(&args.mail)?;
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let engagement = remote("engagement", &args.engagement, "notices")?;
    let registry = remote("registry", &args.registry, "notices")?;
    let matching = optional("matching", args.matching.as_deref(), "notices")?;
    let survey = optional("survey", args.survey.as_deref(), "notices")?;
    let needs = notices::Deps { log, lifecycle: lifecycle.clone(), engagement, registry, matching, survey };
    let config = notices::Config { mail, ..notices::Config::new(&args.database) };
    let started = notices::start(config, needs).await;
    let started = started.map_err(|error| cannot_start("notices", &error))?;
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(
        server,
        &args.around,
        &[names::NOTICES, names::LOG],
        (lifecycle, clock),
        vec![keys, started.log().database().clone()],
    )
    .await
}

pub(super) async fn matching(args: &ServeMatching, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let (log, keys) = surroundings(&args.around).await?;
    let clock = log.clock.clone();
    let needs = matching::Deps {
        log,
        lifecycle: lifecycle.clone(),
        register: client(&args.registry, "matching")?,
        search: client(&args.search, "matching")?,
        registry: remote("registry", &args.registry, "matching")?,
        engagement: remote("engagement", &args.engagement, "matching")?,
        notices: remote("notices", &args.notices, "matching")?,
    };
    let started = matching::start(matching::Config::new(&args.database), needs).await;
    let started = started.map_err(|error| cannot_start("matching", &error))?;
    until_ready(started.ready(), lifecycle).await?;
    let server = started.mount(server(&args.around)).add_service(started.log_service().into_server());
    reached(
        server,
        &args.around,
        &[&names::MATCHING[..], &[names::LOG]].concat(),
        (lifecycle, clock),
        vec![keys, started.log().database().clone()],
    )
    .await
}

/// What every service needs, and the database of the keys.
async fn surroundings(around: &Surroundings) -> Result<(LogDeps, Database), Failure> {
    let keys = SqlKeys::open(&around.keys).await.map_err(|error| cannot_start("keys", &error))?;
    let carrier: Arc<dyn Carrier> = match &around.nats {
        Some(url) => {
            let config = NatsConfig { max_bytes: around.stream_mib << 20, ..NatsConfig::single(url) };
            Nats::connect(config).await.map_err(|error| cannot_start("NATS", &error))?
        }
        None => InProcess::new(),
    };
    let database = keys.database().clone();
    Ok((LogDeps { clock: clock(around.clock), ids: Ids::Random, keys, carrier }, database))
}

fn remote(producer: &str, url: &str, reader: &str) -> Result<Arc<RemoteLog>, Failure> {
    Ok(RemoteLog::new(producer, client(url, reader)?))
}

fn optional(producer: &str, url: Option<&str>, reader: &str) -> Result<Option<Arc<dyn Source>>, Failure> {
    let log = url.map(|url| remote(producer, url, reader)).transpose()?;
    Ok(log.map(|log| log as Arc<dyn Source>))
}

/// A client of another service, in the name of this one. It connects with the first call.
fn client(url: &str, caller: &str) -> Result<Client, Failure> {
    let bad = |_| Failure::input(text::BAD_ADDRESS.fill(&[("url", url)]), text::ADVICE_ADDRESS);
    Client::connect(url, Some(&Caller::service(caller))).map_err(bad)
}

fn server(around: &Surroundings) -> Server {
    Server::new(Limits::default(), trust(around.trust))
}

async fn reached(
    server: Server,
    around: &Surroundings,
    names: &[&str],
    (lifecycle, clock): (&Lifecycle, Clock),
    databases: Vec<Database>,
) -> Result<Running, Failure> {
    let url = open(server, &around.listen, names, lifecycle).await?;
    Ok(Running { url, clock, _lock: None, databases })
}
