//! Lets a plan happen beside the load.

use std::sync::Arc;
use std::time::Duration;

use end_to_end::chance::Chance;
use end_to_end::deployment::Deployment;
use end_to_end::way::{Weather, lasting};

use crate::ledger::Tally;
use crate::plan::{Fault, Plan, Step, Victim};
use crate::record::Record;

/// Lets the faults of a plan happen one after another, each after its acknowledgements.
///
/// # Panics
/// When acknowledgements cease: somebody did not recover by himself.
pub(crate) async fn conduct(deployment: &mut Deployment, plan: &Plan, tally: &Arc<Tally>, record: &Record) {
    let mut chance = Chance::new(7);
    let mut acknowledged = 0;
    for (number, step) in plan.steps.iter().enumerate() {
        acknowledged = Tally::reaches(tally, acknowledged + step.after).await;
        let told = format!("{}/{} after {acknowledged}: {}", number + 1, plan.steps.len(), step.fault);
        record.line(&format!("{told}, {} ms", step.lasts.as_millis()));
        happen(deployment, step, &mut chance).await;
    }
}

async fn happen(deployment: &mut Deployment, step: &Step, chance: &mut Chance) {
    match &step.fault {
        Fault::Kill(victim) => {
            kill(deployment, victim, chance);
            lasting(step.lasts).await;
            restart(deployment, victim).await;
        }
        Fault::KillTwice(victim) => {
            kill(deployment, victim, chance);
            if let Victim::Part(name) = victim {
                deployment.part(name).restart_unready();
            }
            lasting(step.lasts).await;
            kill(deployment, victim, chance);
            restart(deployment, victim).await;
        }
        Fault::Pause(victim) => {
            pause(deployment, victim, true);
            lasting(step.lasts).await;
            pause(deployment, victim, false);
        }
        Fault::Weather(from, to, weather) => {
            deployment.way(from, to).set(*weather);
            lasting(step.lasts).await;
            deployment.way(from, to).set(Weather::Fair);
        }
    }
}

fn kill(deployment: &mut Deployment, victim: &Victim, chance: &mut Chance) {
    match victim {
        Victim::Part(name) => {
            stands(deployment, name);
            deployment.part(name).kill();
        }
        Victim::Nats => deployment.nats.as_mut().expect("a broker").process.kill(),
        Victim::Database => deployment.postgres.as_mut().expect("a database").kill(),
        Victim::Backend => {
            assert!(deployment.postgres.as_mut().expect("a database").kill_one(chance), "nobody is served")
        }
    }
}

/// A process that ended by itself is a fault of ours: nobody was to notice only because it was killed, and so started, next.
fn stands(deployment: &mut Deployment, name: &str) {
    let ended = deployment.part(name).has_ended();
    assert!(ended.is_none(), "{name} ended by itself: {ended:?}");
}

/// Every process still runs.
pub(crate) fn all_stand(deployment: &mut Deployment) {
    for name in deployment.names() {
        stands(deployment, &name);
    }
}

async fn restart(deployment: &mut Deployment, victim: &Victim) {
    match victim {
        Victim::Part(name) => deployment.part(name).restart().await,
        Victim::Nats => deployment.nats.as_mut().expect("a broker").process.restart().await,
        Victim::Database => deployment.postgres.as_mut().expect("a database").restart().await,
        Victim::Backend => {}
    }
}

fn pause(deployment: &mut Deployment, victim: &Victim, pause: bool) {
    let process = match victim {
        Victim::Part(name) => deployment.part(name),
        Victim::Nats => &mut deployment.nats.as_mut().expect("a broker").process,
        Victim::Database | Victim::Backend => {
            let server = deployment.postgres.as_mut().expect("a database");
            return if pause { server.pause() } else { server.resume() };
        }
    };
    if pause { process.pause() } else { process.resume() }
}

/// Longest time without an acknowledgement, whatever happens, also in an unoptimised build on a busy machine.
pub(crate) const RECOVERS: Duration = Duration::from_secs(120);
