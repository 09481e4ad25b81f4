//! When a command is carried out, and what it did.

use contract::matching::v1::MatchingStep;
use kit_clock::Timestamp;
use prost_types::Timestamp as WireTime;

/// When a command is carried out, by whom and why.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// On the service's clock.
    pub now: Timestamp,
    /// A subject.
    pub actor: &'a str,
    /// The words of who asks; may be empty.
    pub words: &'a str,
}

impl Moment<'_> {
    /// A step taken now. Its number is given when it is stored.
    pub fn step(&self, cause: &str, (from, to): (&str, &str), detail: &str) -> MatchingStep {
        MatchingStep {
            number: 0,
            cause: cause.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            time: Some(wire(self.now)),
            actor: self.actor.to_owned(),
            detail: detail.to_owned(),
            reason: self.words.to_owned(),
        }
    }
}

/// What a command did. Empty when it changed nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Names of what changed, as the events tell them; none for a step that leaves everything as it stands.
    pub kinds: Vec<&'static str>,
    /// The steps taken, in order.
    pub steps: Vec<MatchingStep>,
}

impl Change {
    /// One step, and what it changed.
    pub fn of(kinds: &[&'static str], step: MatchingStep) -> Self {
        Self { kinds: kinds.to_vec(), steps: vec![step] }
    }

    /// Whether nothing changed.
    pub const fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.steps.is_empty()
    }
}

/// A moment as a message has it.
pub fn wire(time: Timestamp) -> WireTime {
    let (seconds, nanos) = time.parts();
    WireTime { seconds, nanos }
}

/// A message's moment; the beginning of time where there is none.
pub fn read(time: Option<&WireTime>) -> Timestamp {
    time.map_or(Timestamp::from_micros(i64::MIN), |time| Timestamp::from_parts(time.seconds, time.nanos))
}

/// A value of an enum as steps and the store name it: `REQUEST_STATE_OPEN` is `open`, unspecified is empty.
pub fn short(full: &str, prefix: &str) -> String {
    let name = full.trim_start_matches(prefix).to_ascii_lowercase();
    if name == "unspecified" { String::new() } else { name }
}
