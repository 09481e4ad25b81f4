//! The survey service: forms, responses to them, and the ratings that follow.

pub mod domain;

mod error;
mod events;
mod rpc;
mod store;
mod timer;

use std::convert::Infallible;

use contract::survey::v1::campaigns_server::CampaignsServer;
use contract::survey::v1::drafts_server::DraftsServer;
use contract::survey::v1::people_server::PeopleServer;
use contract::survey::v1::scoring_server::ScoringServer;
use contract::survey::v1::survey_forms_server::SurveyFormsServer;
use contract::survey::v1::survey_responses_server::SurveyResponsesServer;
use kit_log::{Log, LogConfig, LogDeps, LogService};
use kit_serve::{Lifecycle, MAX_MESSAGE_BYTES, Server};

use domain::policy::{DEFAULT_POLICY, policies, policy};
pub use error::{CampaignRefused, Error};
use rpc::Survey;

/// The service's name in logs and tokens.
pub const SERVICE: &str = "survey";

/// Settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH`, made when absent, or `postgres://…`.
    pub database: String,
    /// Id of the scoring policy in force. Everybody is rated anew when it is another one than before.
    pub policy: String,
}

impl Config {
    /// The published policy on this database.
    pub fn new(database: impl Into<String>) -> Self {
        Self { database: database.into(), policy: DEFAULT_POLICY.to_owned() }
    }
}

/// What it needs from outside.
pub struct Deps {
    /// Time, ids, keys, and how events travel.
    pub log: LogDeps,
    /// Whose tasks its writer and relay are.
    pub lifecycle: Lifecycle,
}

/// The service, running.
pub struct Started {
    survey: Survey,
    log: Log,
}

/// Opens the log and starts its tasks. The only place where the parts of this service meet.
///
/// # Errors
/// [`Error::UnknownPolicy`] names the policies there are; [`Error::Log`] when the database cannot be used.
pub async fn start(config: Config, deps: Deps) -> Result<Started, Error> {
    let policy = policy(&config.policy).ok_or_else(|| {
        let known: Vec<_> = policies().iter().map(|policy| policy.id()).collect();
        Error::UnknownPolicy { asked: config.policy.clone(), known: known.join(", ") }
    })?;
    let ids = deps.log.ids.clone();
    let log_config = LogConfig { service: SERVICE, database: config.database, steps: store::steps(), group: 256 };
    let (log, tasks) = Log::open(log_config, deps.log).await?;
    // Calls in flight write to the end, so the writer goes when they are answered.
    let drained = deps.lifecycle.drained();
    deps.lifecycle.spawn("survey log", async move {
        tasks.run(drained).await;
        Ok::<(), Infallible>(())
    });
    let survey = Survey::new(log.clone(), ids, policy).await?;
    survey.note_likeness().await?;
    let rated = survey.rerate().await?;
    if rated > 0 {
        tracing::info!(policy = policy.id(), people = rated, "rated anew under another policy");
    }
    let timer = timer::run(survey.clone(), deps.lifecycle.soft());
    deps.lifecycle.spawn("survey timer", async move {
        timer.await;
        Ok::<(), Infallible>(())
    });
    Ok(Started { survey, log })
}

impl Started {
    /// Adds the service's calls to a server.
    pub fn mount(&self, server: Server) -> Server {
        let forms = SurveyFormsServer::new(self.survey.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let responses = SurveyResponsesServer::new(self.survey.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let people = PeopleServer::new(self.survey.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let scoring = ScoringServer::new(self.survey.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let campaigns = CampaignsServer::new(self.survey.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let drafts = DraftsServer::new(self.survey.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        server
            .add_service(forms)
            .add_service(responses)
            .add_service(people)
            .add_service(scoring)
            .add_service(campaigns)
            .add_service(drafts)
    }

    /// Its log, to be served and read.
    pub fn log_service(&self) -> LogService {
        LogService::default().log(self.log.clone())
    }

    /// Its log, for readers in this process.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// At once: it follows nobody.
    pub async fn ready(&self) {}
}
