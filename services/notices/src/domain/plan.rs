//! What has to be done so that the notices of a subject are those that the rules want: the whole difference between what
//! is wanted now and what there is, whatever events were missed, repeated or read anew in between.

use std::collections::{BTreeMap, BTreeSet};

use kit_clock::Timestamp;

use super::rules::Wanted;

/// How far a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for its moment.
    Scheduled,
    /// Raised, and open.
    Open,
    /// Acknowledged, expired or withdrawn.
    Over,
}

/// A notice that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// What it follows from.
    pub cause: String,
    /// Which occasion of its cause, from 1.
    pub occasion: i64,
    /// True until it was no longer wanted; afterwards the same cause is another occasion.
    pub current: bool,
    /// Whether it stays when it is no longer wanted.
    pub stays: bool,
    /// How far it is.
    pub stage: Stage,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A new notice, on this occasion of its cause.
    Enter(i64, Wanted),
    /// One that waits for its moment is to be as it is wanted now.
    Replace(String, Wanted),
    /// One that waits for its moment is not wanted any more.
    Remove(String),
    /// An open one is no longer due.
    Withdraw(String),
    /// One that is over is no longer wanted: from now on the same cause is another occasion.
    Close(String),
}

/// What has to be done about a subject. What would be over already is not entered.
pub fn plan(wanted: BTreeMap<String, Wanted>, known: &[Known], now: Timestamp) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut held = BTreeSet::new();
    for one in known.iter().filter(|one| one.current) {
        let id = one.id.clone();
        match (wanted.get(&one.cause), one.stage) {
            (Some(wanted), Stage::Scheduled) => acts.push(Act::Replace(id, wanted.clone())),
            (Some(_), Stage::Open | Stage::Over) => {}
            (None, _) if one.stays => {}
            (None, Stage::Scheduled) => acts.push(Act::Remove(id)),
            (None, Stage::Open) => acts.push(Act::Withdraw(id)),
            (None, Stage::Over) => acts.push(Act::Close(id)),
        }
        held.insert(&one.cause);
    }
    for (cause, wanted) in wanted {
        let missed = wanted.only_ahead && wanted.raise.is_some_and(|raise| raise <= now);
        if held.contains(&cause) || wanted.expires <= now || missed {
            continue;
        }
        let last = known.iter().filter(|one| one.cause == cause).map(|one| one.occasion).max();
        acts.push(Act::Enter(last.unwrap_or(0) + 1, wanted));
    }
    acts
}
