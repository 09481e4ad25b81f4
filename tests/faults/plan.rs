//! What goes wrong, and when: made up from a seed before anything runs.

use std::fmt;
use std::time::Duration;

use end_to_end::chance::Chance;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::way::Weather;

/// Who may be killed or paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    /// A process of ours.
    Part(String),
    /// nats-server.
    Nats,
    /// PostgreSQL, all its processes.
    Database,
    /// One process of PostgreSQL, which then ends all others and recovers.
    Backend,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// -9, and started again after a while.
    Kill(Victim),
    /// -9, started again, and -9 again while it starts.
    KillTwice(Victim),
    /// SIGSTOP for a while.
    Pause(Victim),
    /// Bad weather for a while on the way from one to another.
    Weather(String, String, Weather),
}

/// A fault, after so many more acknowledgements, for so long.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) after: usize,
    pub(crate) fault: Fault,
    pub(crate) lasts: Duration,
}

/// The faults of a run, one after another.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
}

impl Plan {
    /// So many kills, each victim as often as any other, and half as many other faults between them; spread over the
    /// acknowledgements.
    pub(crate) fn new(seed: u64, deployment: &Deployment, kills: usize, acknowledgements: usize) -> Self {
        let mut chance = Chance::new(seed);
        let mut victims: Vec<Victim> = deployment.names().into_iter().map(Victim::Part).collect();
        if deployment.shape() == Shape::Distributed {
            victims.extend([Victim::Nats, Victim::Database, Victim::Backend]);
        }
        let (mut dealt, mut faults, mut killed) = (Vec::new(), Vec::new(), 0);
        while killed < kills {
            if dealt.is_empty() {
                dealt.clone_from(&victims);
                chance.shuffle(&mut dealt);
            }
            let victim = dealt.pop().expect("a victim");
            // A start is where much is half done.
            let twice = matches!(victim, Victim::Part(_)) && killed + 2 <= kills && chance.one_in(6);
            killed += 1 + usize::from(twice);
            faults.push(if twice { Fault::KillTwice(victim) } else { Fault::Kill(victim) });
            if chance.one_in(2) {
                faults.push(another(&mut chance, &victims, &deployment.ways()));
            }
        }
        let mean = acknowledgements / faults.len();
        let steps = faults.into_iter().map(|fault| {
            let after = mean / 2 + chance.below(mean + 1);
            let most = match &fault {
                Fault::Kill(_) | Fault::KillTwice(_) => 800,
                Fault::Pause(_) | Fault::Weather(..) => 4_000,
            };
            let lasts = Duration::from_millis(u64::try_from(chance.below(most)).expect("small"));
            Step { after, fault, lasts }
        });
        Self { steps: steps.collect() }
    }

    /// How many kills there are in it.
    pub(crate) fn kills(&self) -> usize {
        let kills = |step: &Step| match step.fault {
            Fault::Kill(_) => 1,
            Fault::KillTwice(_) => 2,
            Fault::Pause(_) | Fault::Weather(..) => 0,
        };
        self.steps.iter().map(kills).sum()
    }
}

/// A fault that kills nobody.
fn another(chance: &mut Chance, victims: &[Victim], ways: &[(String, String)]) -> Fault {
    if chance.one_in(3) {
        let may_pause: Vec<Victim> = victims.iter().filter(|victim| **victim != Victim::Backend).cloned().collect();
        return Fault::Pause(chance.pick(&may_pause));
    }
    let (from, to) = chance.pick(ways);
    let weather = match chance.below(5) {
        0 => Weather::Cut,
        1 => Weather::Delayed(Duration::from_millis(5 + u64::try_from(chance.below(300)).expect("small"))),
        2 => Weather::Truncated(1 + chance.below(4_000)),
        3 => Weather::Throttled(1_000 + chance.below(50_000)),
        _ => Weather::Swallowed,
    };
    Fault::Weather(from, to, weather)
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Part(name) => name,
            Self::Nats => "nats-server",
            Self::Database => "postgres",
            Self::Backend => "one of postgres",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(victim) => write!(f, "kill {victim}"),
            Self::KillTwice(victim) => write!(f, "kill {victim}, and again while it starts"),
            Self::Pause(victim) => write!(f, "pause {victim}"),
            Self::Weather(from, to, weather) => write!(f, "{from} → {to}: {weather:?}"),
        }
    }
}
