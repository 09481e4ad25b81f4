//! Whether the process and each of its services can do their work now: what orchestrators and clients ask.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The handle by which a service says that it can work. Clones share it.
///
/// A service of the server starts as not serving; the whole (the empty name) serves when all of them do, and stops when
/// the process is asked to end.
#[derive(Debug, Clone)]
pub struct Health {
    reporter: HealthReporter,
    services: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    serving: BTreeMap<String, bool>,
    closed: bool,
}

impl Health {
    pub(crate) fn new(reporter: HealthReporter) -> Self {
        Self { reporter, services: Arc::default() }
    }

    /// Says whether a service (by its full name, such as `activelist.survey.v1.SurveyResponses`) can work now.
    pub async fn set(&self, service: &str, serving: bool) {
        self.state().serving.insert(service.to_owned(), serving);
        self.publish().await;
    }

    /// A service that the server has; it is not serving until somebody says so.
    pub(crate) fn expect(&self, service: &str) {
        self.state().serving.entry(service.to_owned()).or_insert(false);
    }

    /// Not serving any more, whatever is said later.
    pub(crate) async fn close(&self) {
        self.state().closed = true;
        self.publish().await;
    }

    pub(crate) async fn publish(&self) {
        let (all, each) = {
            let state = self.state();
            let open = !state.closed;
            let each: Vec<_> = state.serving.iter().map(|(name, &serving)| (name.clone(), serving && open)).collect();
            (open && state.serving.values().all(|&serving| serving), each)
        };
        for (name, serving) in each.into_iter().chain([(String::new(), all)]) {
            let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
            self.reporter.set_service_status(name, status).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
