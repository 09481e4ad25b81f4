//! `serve`: the services of this system, all in one process or one in each. The only place that starts them.

mod all;
mod mail;
mod once;
mod one;

use kit_clock::{Clock, Timestamp};
use kit_log::SqlKeys;
use kit_serve::{Health, Lifecycle, Outcome, Server};

pub use self::all::Running;
use crate::args::{Migrate, Serve, Store, Trust};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::text;

/// Runs the command until a signal ends it.
///
/// # Errors
/// When a part cannot start, or dies.
pub async fn run(args: &Serve, out: &mut Output) -> Result<Exit, Failure> {
    let lifecycle = Lifecycle::new();
    lifecycle.on_signals().map_err(|error| cannot_start("signals", &error))?;
    let started = tokio::select! {
        biased;
        started = start(args, &lifecycle) => started,
        // It may be waiting for a database.
        () = lifecycle.soft().cancelled_owned() => return ended(lifecycle.finished().await),
    };
    match started {
        Ok(running) => {
            out.line(format!("listening on {}", running.url));
            let outcome = lifecycle.finished().await;
            running.close().await;
            ended(outcome)
        }
        // Asked to end before it was ready: that is no failure.
        Err(_) if lifecycle.soft().is_cancelled() => ended(lifecycle.finished().await),
        Err(failure) => {
            lifecycle.shutdown().await;
            Err(failure)
        }
    }
}

async fn start(args: &Serve, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    match args {
        Serve::All(args) => all::start(args, lifecycle).await,
        Serve::Survey(args) => one::survey(args, lifecycle).await,
        Serve::Registry(args) => one::registry(args, lifecycle).await,
        Serve::Search(args) => one::search(args, lifecycle).await,
        Serve::Engagement(args) => one::engagement(args, lifecycle).await,
        Serve::Insights(args) => one::insights(args, lifecycle).await,
        Serve::Notices(args) => one::notices(args, lifecycle).await,
        Serve::Matching(args) => one::matching(args, lifecycle).await,
    }
}

/// Starts everything in this process, as `serve all` does.
///
/// # Errors
/// When a part cannot start; the lifecycle is then still to be shut down.
pub async fn start_all(args: &crate::args::ServeAll, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    all::start(args, lifecycle).await
}

/// Brings a database's tables up.
///
/// # Errors
/// When it cannot be reached, or is none of ours.
pub async fn bring_up(args: &Migrate) -> Result<(), Failure> {
    match args.service {
        Store::Survey => once::survey(&args.database, args.policy.as_deref(), args.restored).await,
        Store::Registry => once::registry(&args.database, args.restored).await,
        Store::Search => once::search(&args.database, args.restored).await,
        Store::Engagement => once::engagement(&args.database, args.restored).await,
        Store::Notices => once::notices(&args.database, args.restored).await,
        Store::Matching => once::matching(&args.database, args.restored).await,
        Store::Keys if args.restored => Err(Failure::input(text::KEYS_WITHOUT_LOG.fill(&[]), text::ADVICE_RESTORED)),
        Store::Keys => SqlKeys::open(&args.database).await.map(drop).map_err(|error| cannot_start("keys", &error)),
    }
}

fn ended(outcome: Outcome) -> Result<Exit, Failure> {
    match outcome {
        Outcome::Clean => Ok(Exit::Done),
        Outcome::Cut => Ok(Exit::Failed),
        Outcome::Failed(error) => Err(Failure::other(text::STOPPED.fill(&[("error", &error)]), text::ADVICE_LOG)),
    }
}

fn cannot_start(service: &str, error: &dyn std::fmt::Display) -> Failure {
    let places = [("service", service), ("error", &*error.to_string())];
    Failure::other(text::CANNOT_START.fill(&places), text::ADVICE_START)
}

fn clock(at: Option<Timestamp>) -> Clock {
    at.map_or(Clock::System, Clock::standing_at)
}

fn trust(trust: Trust) -> kit_serve::Trust {
    match trust {
        Trust::Near => kit_serve::Trust::Near,
        Trust::Any => kit_serve::Trust::Any,
    }
}

/// Waits for readiness, unless the end comes first.
async fn until_ready(ready: impl Future<Output = ()>, lifecycle: &Lifecycle) -> Result<(), Failure> {
    tokio::select! {
        () = ready => Ok(()),
        () = lifecycle.soft().cancelled_owned() => Err(cannot_start("activelist", &"stopped before it was ready")),
    }
}

/// Opens the port, now that everything behind it works, and says so in health. Answers the address as a URL.
async fn open(server: Server, listen: &str, names: &[&str], lifecycle: &Lifecycle) -> Result<String, Failure> {
    let health = server.health();
    let refuse = |error: &dyn std::fmt::Display| {
        Failure::other(text::CANNOT_LISTEN.fill(&[("error", &error.to_string())]), text::ADVICE_LISTEN)
    };
    let listener = kit_serve::bind(listen).await.map_err(|error| refuse(&error))?;
    let address = listener.local_addr().map_err(|error| refuse(&error))?;
    say_ready(&health, names).await;
    server.serve([listener.into()], lifecycle).await.map_err(|error| cannot_start("gRPC", &error))?;
    Ok(format!("http://{address}"))
}

async fn say_ready(health: &Health, names: &[&str]) {
    for name in names {
        health.set(name, true).await;
    }
}

/// Names by which health knows the services.
mod names {
    use contract::{engagement, event, insights, matching, notices, registry, search, survey};

    pub(super) const LOG: &str = event::v1::event_log_server::SERVICE_NAME;
    pub(super) const SURVEY: [&str; 7] = [
        survey::v1::survey_forms_server::SERVICE_NAME,
        survey::v1::survey_responses_server::SERVICE_NAME,
        survey::v1::scoring_server::SERVICE_NAME,
        survey::v1::campaigns_server::SERVICE_NAME,
        survey::v1::drafts_server::SERVICE_NAME,
        survey::v1::scoring_policies_server::SERVICE_NAME,
        survey::v1::people_server::SERVICE_NAME,
    ];
    pub(super) const REGISTRY: [&str; 2] =
        [registry::v1::expert_registry_server::SERVICE_NAME, registry::v1::companies_server::SERVICE_NAME];
    pub(super) const SEARCH: &str = search::v1::expert_search_server::SERVICE_NAME;
    pub(super) const ENGAGEMENT: [&str; 4] = [
        engagement::v1::engagements_server::SERVICE_NAME,
        engagement::v1::gatherings_server::SERVICE_NAME,
        engagement::v1::form_responses_server::SERVICE_NAME,
        engagement::v1::case_library_server::SERVICE_NAME,
    ];
    pub(super) const INSIGHTS: &str = insights::v1::reports_server::SERVICE_NAME;
    pub(super) const NOTICES: &str = notices::v1::notices_server::SERVICE_NAME;
    pub(super) const MATCHING: [&str; 4] = [
        matching::v1::support_requests_server::SERVICE_NAME,
        matching::v1::matching_server::SERVICE_NAME,
        matching::v1::consultation_events_server::SERVICE_NAME,
        matching::v1::incidents_server::SERVICE_NAME,
    ];
}
