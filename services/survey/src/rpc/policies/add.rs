//! Adding a policy: all that is wrong with it at once, and for good.

use contract::survey::v1 as wire;
use kit_log::{Origin, Unit};
use kit_serve::{Caller, Fault};

use super::super::check::Check;
use super::super::finding::fault;
use super::super::rules::Policies;
use super::super::{Survey, wire as shown};
use crate::Error;
use crate::domain::policy::{Policy, PolicyFault};
use crate::store;

/// Largest definition, in bytes.
pub(super) const DEFINITION: usize = 64 * 1024;

impl Survey {
    pub(super) async fn add_policy(
        &self,
        caller: &Caller,
        request: wire::AddPolicyRequest,
    ) -> Result<wire::Policy, Error> {
        let mut check = Check::default();
        check.request_id(&request.request_id);
        let policy = read(&request.definition).map_err(|found| check.0.extend(found)).ok();
        let Some(policy) = policy.filter(|_| check.0.is_empty()) else { return Err(Error::Invalid(check.0)) };
        if request.validate_only {
            known_as(self.policies.find(&mut self.log.read_session().await?, policy.id()).await?.as_deref(), &policy)?;
            return Ok(shown::policy(&policy));
        }
        let (policies, id) = (self.policies.clone(), policy.id().to_owned());
        let origin = Origin::of_call(caller, "AddPolicy", &request.request_id, &request);
        self.log.writer().run(origin, move |unit| Box::pin(keep(unit, policies, policy))).await?;
        let policy = self.policies.get(&mut self.log.read_session().await?, &id).await?;
        Ok(shown::policy(&policy))
    }
}

/// A definition as a policy, or everything that is wrong with it.
pub(super) fn read(definition: &str) -> Result<Policy, Vec<Fault>> {
    if definition.is_empty() {
        return Err(vec![fault("definition", "REQUIRED", &[])]);
    }
    if definition.len() > DEFINITION {
        return Err(vec![fault("definition", "TOO_LARGE", &[("max", &DEFINITION.to_string())])]);
    }
    let told = |fault: PolicyFault| {
        let field = if fault.is_a_place() { format!("definition.{}", fault.place) } else { "definition".to_owned() };
        Fault::new(field, fault.code, fault.ja, fault.reason)
    };
    Policy::load_new(definition).map_err(|error| error.faults.into_iter().map(told).collect())
}

/// Whether a policy of this id is there; an error when it says something else.
fn known_as(known: Option<&Policy>, given: &Policy) -> Result<bool, Error> {
    match known {
        None => Ok(false),
        Some(known) if known.says_as(given) => Ok(true),
        Some(_) => Err(Error::PolicyExists(given.id().to_owned())),
    }
}

async fn keep(unit: &mut Unit, policies: Policies, policy: Policy) -> Result<(), Error> {
    let known = policies.find(unit.session(), policy.id()).await?;
    if !known_as(known.as_deref(), &policy)? {
        let (actor, now) = (unit.actor().to_owned(), unit.now().micros());
        store::put_policy(unit.session(), policy.id(), policy.definition(), (&actor, now)).await?;
    }
    Ok(())
}
