//! The policies by which people are rated: which there are, which one is in force, which one is on its way.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kit_log::sql::Session;

use crate::Error;
use crate::domain::policy::{self, Policy};
use crate::store::{self, Scoring};

/// By what a response is rated.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) in_force: Arc<Policy>,
    /// By which everybody is being rated beside it.
    pub(crate) next: Option<Arc<Policy>>,
}

/// The known policies: those that come with the program and those that were added. Which is in force is asked of the store
/// each time, in the transaction that rates by it; what a policy says never changes, so it is read once. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Policies(Arc<RwLock<HashMap<String, Arc<Policy>>>>);

impl Policies {
    /// The policy of this id. One that is stored comes before one of the same id in the program: ratings were made by it.
    pub(crate) async fn find(&self, session: &mut Session, id: &str) -> Result<Option<Arc<Policy>>, Error> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(Some(known.clone()));
        }
        let found = match store::policy(session, id).await? {
            Some(definition) => Some(Arc::new(stored(&definition)?)),
            None => policy::policy(id).cloned().map(Arc::new),
        };
        if let Some(found) = &found {
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), found.clone());
        }
        Ok(found)
    }

    /// A policy that something stored names.
    pub(crate) async fn get(&self, session: &mut Session, id: &str) -> Result<Arc<Policy>, Error> {
        let missing = || Error::Internal(format!("the policy {id} is not known"));
        self.find(session, id).await?.ok_or_else(missing)
    }

    /// All of them, by id.
    pub(crate) async fn all(&self, session: &mut Session) -> Result<Vec<Arc<Policy>>, Error> {
        let mut all: HashMap<String, Arc<Policy>> =
            policy::policies().iter().map(|policy| (policy.id().to_owned(), Arc::new(policy.clone()))).collect();
        for definition in store::policies(session).await? {
            let policy = stored(&definition)?;
            all.insert(policy.id().to_owned(), Arc::new(policy));
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.sort_by(|a, b| a.id().cmp(b.id()));
        Ok(all)
    }

    /// By what a response is rated now.
    pub(crate) async fn rules(&self, session: &mut Session) -> Result<Rules, Error> {
        let Scoring { policy, next } = scoring(session).await?;
        let in_force = self.get(session, &policy).await?;
        let next = if next.is_empty() { None } else { Some(self.get(session, &next).await?) };
        Ok(Rules { in_force, next })
    }
}

/// Which policy is in force. It is said before the service takes calls.
pub(crate) async fn scoring(session: &mut Session) -> Result<Scoring, Error> {
    store::scoring(session).await?.ok_or_else(|| Error::Internal("no policy is in force".to_owned()))
}

fn stored(definition: &str) -> Result<Policy, Error> {
    Policy::load(definition).map_err(|error| Error::Internal(format!("a stored policy cannot be read: {error}")))
}
