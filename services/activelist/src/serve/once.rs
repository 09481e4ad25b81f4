//! A service started for as long as it takes to bring its tables up. Its own `start` does that, so there is no second list
//! of steps to keep; what it needs from others is silent meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use contract::event::v1::{GetHeadResponse, ReadResponse};
use kit_clock::{Clock, Ids};
use kit_log::keys::Key;
use kit_log::{InProcess, KeyStore, Log, LogDeps, ReadFrom, Source};
use kit_serve::{Client, Lifecycle, Outcome};

use super::cannot_start;
use crate::failure::Failure;

/// Brings the survey's tables up; a policy counts for a new database only. Nobody is rated here: it has no keys.
pub(super) async fn survey(database: &str, policy: Option<&str>, restored: bool) -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let config = survey::Config { policy: policy.map(str::to_owned), pace: None, ..survey::Config::new(database) };
    let started = survey::start(config, survey::Deps { log: alone(), lifecycle: lifecycle.clone() }).await;
    over("survey", started.map(|it| it.log().clone()).map_err(|error| error.to_string()), &lifecycle, restored).await
}

/// Brings the register's tables up.
pub(super) async fn registry(database: &str, restored: bool) -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let needs = registry::Deps { log: alone(), lifecycle: lifecycle.clone(), survey: Arc::new(Silent) };
    let config = registry::Config { review: registry::Review::Off, ..registry::Config::new(database) };
    let started = registry::start(config, needs).await;
    over("registry", started.map(|it| it.log().clone()).map_err(|error| error.to_string()), &lifecycle, restored).await
}

/// Brings the search's tables up.
pub(super) async fn search(database: &str, restored: bool) -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let (survey, registry) = (Arc::new(Silent), Arc::new(Silent));
    let needs = search::Deps { log: alone(), lifecycle: lifecycle.clone(), survey, registry, engagement: None };
    let started = search::start(search::Config::new(database), needs).await;
    over("search", started.map(|it| it.log().clone()).map_err(|error| error.to_string()), &lifecycle, restored).await
}

/// Brings the engagements' tables up.
pub(super) async fn engagement(database: &str, restored: bool) -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let needs = engagement::Deps { log: alone(), lifecycle: lifecycle.clone(), matching: None, registry: None };
    let started = engagement::start(engagement::Config::new(database), needs).await;
    over("engagement", started.map(|it| it.log().clone()).map_err(|error| error.to_string()), &lifecycle, restored)
        .await
}

/// Brings the notices' tables up.
pub(super) async fn notices(database: &str, restored: bool) -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let (engagement, registry) = (Arc::new(Silent), Arc::new(Silent));
    let needs = notices::Deps {
        log: alone(),
        lifecycle: lifecycle.clone(),
        engagement,
        registry,
        matching: None,
        survey: None,
    };
    let started = notices::start(notices::Config::new(database), needs).await;
    over("notices", started.map(|it| it.log().clone()).map_err(|error| error.to_string()), &lifecycle, restored).await
}

/// Brings matching's tables up.
pub(super) async fn matching(database: &str, restored: bool) -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let nobody = || {
        let (channel, _) = kit_serve::in_process();
        Client::new(channel, None).map_err(|error| cannot_start("matching", &error))
    };
    let needs = matching::Deps {
        log: alone(),
        lifecycle: lifecycle.clone(),
        register: nobody()?,
        search: nobody()?,
        registry: Arc::new(Silent),
        engagement: Arc::new(Silent),
        notices: Arc::new(Silent),
    };
    let started = matching::start(matching::Config::new(database), needs).await;
    over("matching", started.map(|it| it.log().clone()).map_err(|error| error.to_string()), &lifecycle, restored).await
}

/// Ends it again; the log of a database that was `restored` begins another life before.
async fn over(
    service: &str,
    started: Result<Log, String>,
    lifecycle: &Lifecycle,
    restored: bool,
) -> Result<(), Failure> {
    let done = match started {
        Ok(log) if restored => log.renew_epoch(&Ids::Random.fresh()).await.map_err(|error| error.to_string()),
        other => other.map(drop),
    };
    let ended = lifecycle.shutdown().await;
    done.map_err(|error| cannot_start(service, &error))?;
    match ended {
        Outcome::Clean | Outcome::Cut => Ok(()),
        Outcome::Failed(error) => Err(cannot_start(service, &error)),
    }
}

fn alone() -> LogDeps {
    LogDeps { clock: Clock::System, ids: Ids::Random, keys: Arc::new(Silent), carrier: InProcess::new() }
}

/// Says nothing, and has no keys.
struct Silent;

#[async_trait]
impl Source for Silent {
    async fn head(&self) -> kit_log::Result<GetHeadResponse> {
        std::future::pending().await
    }

    async fn read(&self, _: ReadFrom) -> kit_log::Result<ReadResponse> {
        std::future::pending().await
    }
}

#[async_trait]
impl KeyStore for Silent {
    async fn ensure(&self, ids: &[String]) -> kit_log::Result<HashMap<String, Key>> {
        self.find(ids).await
    }

    async fn find(&self, _: &[String]) -> kit_log::Result<HashMap<String, Key>> {
        Ok(HashMap::new())
    }

    async fn destroy(&self, _: &str) -> kit_log::Result<()> {
        Err(kit_log::Error::Unavailable("there is no key store here".to_owned()))
    }
}
