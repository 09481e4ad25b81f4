//! What a case is and what may happen to one. Pure: the moment, the actor, ids and what other cases hold come in as
//! arguments. A case is kept in the contract's own messages, its public facts apart from its confidential texts.

pub mod answered;
pub mod case;
pub mod catalogue;
pub mod check;
pub mod claim;
pub mod consultation;
pub mod due;
pub mod fault;
pub mod filled;
pub mod forms;
pub mod gathering;
pub mod import;
pub mod library;
pub mod matched;
pub mod outcome;
pub mod record;
pub mod refused;
pub mod visit;

use contract::engagement::v1::{Side, Step};
use kit_clock::Timestamp;
use prost_types::Timestamp as WireTime;

pub use answered::{Answered, Subject};
pub use case::{Case, Deed};
pub use catalogue::Programme;
pub use consultation::Consultation;
pub use fault::{Fault, Reason};
pub use filled::{Fields, Filled};
pub use refused::Refused;
pub use visit::{Booked, Report, Span};

/// When a command is carried out, by whom, for whom and why.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// On the service's clock.
    pub now: Timestamp,
    /// A subject.
    pub actor: &'a str,
    /// The side it is entered for; unspecified when for nobody else.
    pub on_behalf_of: Side,
    /// The words of who asks; may be empty.
    pub words: &'a str,
}

impl Moment<'_> {
    /// A step taken now. Its number is given when it is stored.
    pub fn step(&self, cause: &str, (from, to): (&str, &str), visit: i32, detail: &str) -> Step {
        Step {
            number: 0,
            cause: cause.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            time: Some(wire(self.now)),
            actor: self.actor.to_owned(),
            on_behalf_of: self.on_behalf_of.into(),
            visit,
            detail: detail.to_owned(),
            reason: self.words.to_owned(),
        }
    }
}

/// What a command did. Empty when it changed nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Names of what changed, as the events tell them.
    pub kinds: Vec<&'static str>,
    /// The steps taken, in order.
    pub steps: Vec<Step>,
}

impl Change {
    /// One step, and what it changed.
    pub fn of(kinds: &[&'static str], step: Step) -> Self {
        Self { kinds: kinds.to_vec(), steps: vec![step] }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
}

/// A moment as a message has it.
pub fn wire(time: Timestamp) -> WireTime {
    let (seconds, nanos) = time.parts();
    WireTime { seconds, nanos }
}

/// A message's moment.
pub fn read(time: &WireTime) -> Timestamp {
    Timestamp::from_parts(time.seconds, time.nanos)
}

/// The day in Japan: `2024-10-15`.
pub fn japan_date(time: Timestamp) -> String {
    time.to_string().get(..10).unwrap_or_default().to_owned()
}

/// The time of day in Japan: `14:50`.
pub fn japan_time(time: Timestamp) -> String {
    time.to_string().get(11..16).unwrap_or_default().to_owned()
}

/// A value of an enum as steps and the store name it: `CASE_STATE_ENDED_EARLY` is `ended_early`, unspecified is empty.
pub fn short(full: &str, prefix: &str) -> String {
    let name = full.trim_start_matches(prefix).to_ascii_lowercase();
    if name == "unspecified" { String::new() } else { name }
}
