//! Every service in one process: an SQLite file each, events inside the process, calls between services over gRPC inside
//! the process.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kit_clock::{Clock, Ids};
use kit_log::sql::Database;
use kit_log::{InProcess, LogDeps, LogService, RemoteLog, SqlKeys};
use kit_serve::{Caller, Client, Lifecycle, Limits, Server};

use super::{cannot_start, clock, mail, names, open, trust, until_ready};
use crate::args::ServeAll;
use crate::failure::Failure;
use crate::text;

/// The longest that databases may take to close.
const CLOSING: Duration = Duration::from_secs(3);

/// A server that is reached.
pub struct Running {
    /// Its address.
    pub url: String,
    /// The clock it runs on.
    pub clock: Clock,
    /// The data directory, held for as long as this is.
    pub(super) _lock: Option<File>,
    /// What is written into when everything else has ended.
    pub(super) databases: Vec<Database>,
}

impl Running {
    /// Closes the databases, when nobody works on them any more: a file is then whole without what stands beside it. Nothing is
    /// lost where that takes too long: the next start reads what stands there.
    pub async fn close(self) {
        let closing = async {
            for database in &self.databases {
                database.close().await;
            }
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!("a database was still in use at the end");
        }
    }
}

/// The services, started.
struct Services {
    survey: survey::Started,
    registry: registry::Started,
    search: search::Started,
    engagement: engagement::Started,
    notices: notices::Started,
    matching: matching::Started,
    insights: insights::Started,
}

impl Services {
    async fn start(args: &ServeAll, deps: &LogDeps, inside: &Inside, lifecycle: &Lifecycle) -> Result<Self, Failure> {
        let mail = mail::settings(&args.mail)?;
        let database = |name: &str| sqlite(&args.data, name);
        let config = survey::Config {
            policy: args.policy.clone(),
            pace: Some(args.rating.pace()),
            ..survey::Config::new(database("survey")?)
        };
        let needs = survey::Deps { log: deps.clone(), lifecycle: lifecycle.clone() };
        let survey = survey::start(config, needs).await.map_err(|error| cannot_start("survey", &error))?;

        let config = registry::Config { review: args.review.into(), ..registry::Config::new(database("registry")?) };
        let source = inside.log("survey", "registry")?;
        let needs = registry::Deps { log: deps.clone(), lifecycle: lifecycle.clone(), survey: source };
        let registry = registry::start(config, needs).await.map_err(|error| cannot_start("registry", &error))?;

        let needs = search::Deps {
            log: deps.clone(),
            lifecycle: lifecycle.clone(),
            survey: inside.log("survey", "search")?,
            registry: inside.log("registry", "search")?,
            engagement: Some(inside.log("engagement", "search")?),
        };
        let snapshot = Some(search::SnapshotConfig::at(args.data.join("search.snapshot")));
        let config = search::Config { snapshot, ..search::Config::new(database("search")?) };
        let search = search::start(config, needs).await;
        let search = search.map_err(|error| cannot_start("search", &error))?;

        let needs = engagement::Deps {
            log: deps.clone(),
            lifecycle: lifecycle.clone(),
            matching: Some(inside.log("matching", "engagement")?),
            registry: Some(inside.log("registry", "engagement")?),
        };
        let engagement = engagement::start(engagement::Config::new(database("engagement")?), needs).await;
        let engagement = engagement.map_err(|error| cannot_start("engagement", &error))?;

        let needs = insights::Deps {
            log: deps.clone(),
            lifecycle: lifecycle.clone(),
            engagement: inside.log("engagement", "insights")?,
            survey: inside.log("survey", "insights")?,
            registry: inside.log("registry", "insights")?,
        };
        let insights = insights::start(insights::Config::default(), needs);

        let needs = notices::Deps {
            log: deps.clone(),
            lifecycle: lifecycle.clone(),
            engagement: inside.log("engagement", "notices")?,
            registry: inside.log("registry", "notices")?,
            matching: Some(inside.log("matching", "notices")?),
            survey: Some(inside.log("survey", "notices")?),
        };
        let config = notices::Config { mail, ..notices::Config::new(database("notices")?) };
        let notices = notices::start(config, needs).await.map_err(|error| cannot_start("notices", &error))?;

        let needs = matching::Deps {
            log: deps.clone(),
            lifecycle: lifecycle.clone(),
            register: inside.client("matching")?,
            search: inside.client("matching")?,
            registry: inside.log("registry", "matching")?,
            engagement: inside.log("engagement", "matching")?,
            notices: inside.log("notices", "matching")?,
        };
        let matching = matching::start(matching::Config::new(database("matching")?), needs).await;
        let matching = matching.map_err(|error| cannot_start("matching", &error))?;
        Ok(Self { survey, registry, search, engagement, insights, notices, matching })
    }

    fn mount(&self, server: Server) -> Server {
        let logs = [
            self.survey.log_service(),
            self.registry.log_service(),
            self.search.log_service(),
            self.engagement.log_service(),
            self.insights.log_service(),
            self.notices.log_service(),
            self.matching.log_service(),
        ];
        let logs = logs.into_iter().fold(LogService::default(), LogService::merge);
        let server = self.search.mount(self.registry.mount(self.survey.mount(server)));
        let server = self.notices.mount(self.insights.mount(self.engagement.mount(server)));
        let server = self.matching.mount(server);
        server.add_service(logs.into_server())
    }

    fn databases(&self) -> [Database; 6] {
        let Self { survey, registry, search, engagement, notices, matching, .. } = self;
        let (engagement, notices, matching) = (engagement.log(), notices.log(), matching.log());
        [survey.log(), &registry.log(), search.log(), &engagement, &notices, &matching]
            .map(|log| log.database().clone())
    }
}

/// The way from one service of this process to another.
struct Inside(tonic::transport::Channel);

impl Inside {
    fn log(&self, producer: &str, reader: &str) -> Result<Arc<RemoteLog>, Failure> {
        Ok(RemoteLog::new(producer, self.client(reader)?))
    }

    /// In the name of a service.
    fn client(&self, caller: &str) -> Result<Client, Failure> {
        let client = Client::new(self.0.clone(), Some(&Caller::service(caller)));
        client.map_err(|error| cannot_start(caller, &error))
    }
}

/// Starts them; the port opens last.
pub(super) async fn start(args: &ServeAll, lifecycle: &Lifecycle) -> Result<Running, Failure> {
    let lock = claim(&args.data)?;
    let clock = clock(args.clock);
    let keys = SqlKeys::open(&sqlite(&args.data, "keys")?).await.map_err(|error| cannot_start("keys", &error))?;
    let mut databases = vec![keys.database().clone()];
    let deps = LogDeps { clock: clock.clone(), ids: Ids::Random, keys, carrier: InProcess::new() };
    let (channel, connections) = kit_serve::in_process();
    let services = Services::start(args, &deps, &Inside(channel), lifecycle).await?;

    // The inside has to be there for search to become ready, and the outside must not be before it is: two servers.
    let inner = services.mount(Server::new(Limits::default(), kit_serve::Trust::Near));
    inner.serve([connections], lifecycle).await.map_err(|error| cannot_start("gRPC", &error))?;
    let ready = async {
        services.survey.ready().await;
        services.registry.ready().await;
        services.search.ready().await;
        services.engagement.ready().await;
        services.insights.ready().await;
        services.notices.ready().await;
        services.matching.ready().await;
    };
    until_ready(ready, lifecycle).await?;
    let outer = services.mount(Server::new(Limits::default(), trust(args.trust)));
    let others = [names::SEARCH, names::INSIGHTS, names::NOTICES, names::LOG];
    let all = [&names::SURVEY[..], &names::REGISTRY, &names::ENGAGEMENT, &names::MATCHING, &others].concat();
    let url = open(outer, &args.listen, &all, lifecycle).await?;
    databases.extend(services.databases());
    Ok(Running { url, clock, _lock: Some(lock), databases })
}

fn sqlite(data: &Path, name: &str) -> Result<String, Failure> {
    match data.join(format!("{name}.db")).to_str() {
        Some(path) => Ok(format!("sqlite:{path}")),
        None => Err(unusable(data, &"its name is not UTF-8")),
    }
}

/// Makes the directory where there is none and takes it for this process. It holds personal data, so nobody else may look.
fn claim(data: &Path) -> Result<File, Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|error| unusable(data, &error))?;
    let path = data.join("activelist.lock");
    let lock = File::options().create(true).write(true).truncate(false).open(path);
    let lock = lock.map_err(|error| unusable(data, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let what = text::LOCKED.fill(&[("dir", &data.display().to_string())]);
            Err(Failure::other(what, text::ADVICE_LOCKED))
        }
        Err(TryLockError::Error(error)) => Err(unusable(data, &error)),
    }
}

fn unusable(data: &Path, error: &dyn std::fmt::Display) -> Failure {
    let places = [("dir", &*data.display().to_string()), ("error", &*error.to_string())];
    Failure::other(text::BAD_DATA.fill(&places), text::ADVICE_DATA)
}
