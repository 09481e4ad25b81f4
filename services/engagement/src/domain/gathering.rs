//! Gatherings and who came: a company's part is `applied → attended | absent | called_off`, or `attended` at once for a
//! walk-in. The latest word stands, but nobody applies anew, and who never applied can neither stay away nor call off.

use contract::engagement::v1::{
    CompanySnapshot, GatheringFacts, GatheringKind, ParticipationFacts, ParticipationState,
};

use super::fault::{Fault, Reason};
use super::{Moment, Refused, read, short, wire};

/// A gathering.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathering {
    /// All of it; nothing is confidential.
    pub facts: GatheringFacts,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// A company's part in a gathering.
#[derive(Clone, Debug, PartialEq)]
pub struct Participation {
    /// What is not confidential.
    pub facts: ParticipationFacts,
    /// The company's name.
    pub company_name: String,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// What is said of a company's part.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The company, as it is now.
    pub company: CompanySnapshot,
    /// Its name; empty to leave it as it is.
    pub company_name: String,
    /// Where it stands now.
    pub state: ParticipationState,
    /// How many came; 0 unless it attended.
    pub people: i32,
}

/// What whoever holds the applications tells of a company's part.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// The company, as it is now.
    pub company: CompanySnapshot,
    /// Its name; empty to leave it as it is.
    pub company_name: String,
    /// Where it stands now.
    pub state: ParticipationState,
    /// How many came, or are to come.
    pub people: i32,
    /// It came without having applied.
    pub walk_in: bool,
    /// When it applied.
    pub apply_time: Option<prost_types::Timestamp>,
}

impl Gathering {
    /// Enters a gathering.
    pub fn enter(id: &str, facts: GatheringFacts, at: &Moment<'_>) -> Self {
        let now = Some(wire(at.now));
        let facts = GatheringFacts { gathering_id: id.to_owned(), create_time: now, update_time: now, ..facts };
        Self { facts, version: 1 }
    }

    /// Takes over what whoever plans it tells of it now; false when that is nothing new.
    pub fn follow(&mut self, facts: GatheringFacts, at: &Moment<'_>) -> bool {
        let GatheringFacts { create_time, update_time, .. } = self.facts;
        let facts = GatheringFacts { create_time, update_time, ..facts };
        let other = facts != self.facts;
        if other {
            self.facts = GatheringFacts { update_time: Some(wire(at.now)), ..facts };
            self.version += 1;
        }
        other
    }

    /// A company's part as whoever holds the applications tells it, of which `known` was said before: what is told stands, since
    /// its rules were kept there.
    pub fn take_over(&self, id: &str, known: Option<&Participation>, word: Word, at: &Moment<'_>) -> Participation {
        let came = word.state == ParticipationState::Attended;
        let facts = ParticipationFacts {
            participation_id: id.to_owned(),
            gathering: format!("gatherings/{}", self.facts.gathering_id),
            programme: self.facts.programme.clone(),
            kind: self.facts.kind,
            region: self.facts.region.clone(),
            company: Some(word.company),
            state: word.state.into(),
            start_time: self.facts.start_time,
            apply_time: word.apply_time.filter(|_| !word.walk_in),
            walk_in: word.walk_in,
            people: if came { word.people.max(1) } else { 0 },
            update_time: known.and_then(|known| known.facts.update_time),
        };
        stamped(known, facts, word.company_name, at)
    }
}

/// Takes a word about a company's part, of which `known` was said before. `taken` companies have a place in the gathering.
///
/// # Errors
/// [`Refused::Illegal`], [`Refused::Full`], [`Refused::Faults`] for what can be known only on the day.
pub fn record(
    id: &str,
    gathering: &GatheringFacts,
    known: Option<&Participation>,
    part: Part,
    taken: i64,
    at: &Moment<'_>,
) -> Result<Participation, Refused> {
    use ParticipationState::{Absent, Applied, Attended, CalledOff, Unspecified};
    let from = known.map_or(Unspecified, |known| known.facts.state());
    let walk_in = known.map_or(part.state == Attended, |known| known.facts.walk_in);
    let legal = match (from, part.state) {
        (Unspecified, Applied | Attended) | (Applied, Applied) => true,
        (Applied | Attended | Absent | CalledOff, Attended) => true,
        (Applied | Attended | Absent | CalledOff, Absent | CalledOff) => !walk_in,
        _ => false,
    };
    if !legal {
        return Err(Refused::Illegal { from: state_name(from), to: state_name(part.state), visit: 0 });
    }
    let begins = gathering.start_time.as_ref().map(read).unwrap_or_default();
    if matches!(part.state, Attended | Absent) && at.now < begins.japan_day().start() {
        return Err(Fault::new("state", Reason::InTheFuture).into());
    }
    // Who stands at the door is let in; who applies is told in time.
    if from == Unspecified && part.state == Applied && gathering.capacity > 0 && taken >= gathering.capacity.into() {
        return Err(Refused::Full(gathering.capacity));
    }
    let now = Some(wire(at.now));
    let facts = ParticipationFacts {
        participation_id: id.to_owned(),
        gathering: format!("gatherings/{}", gathering.gathering_id),
        programme: gathering.programme.clone(),
        kind: gathering.kind,
        region: gathering.region.clone(),
        company: Some(part.company),
        state: part.state.into(),
        start_time: gathering.start_time,
        apply_time: known.map_or(now.filter(|_| !walk_in), |known| known.facts.apply_time),
        walk_in,
        people: part.people,
        update_time: known.and_then(|known| known.facts.update_time),
    };
    Ok(stamped(known, facts, part.company_name, at))
}

/// The word as it is kept: as it was when it says nothing new, else with its time and the next version.
fn stamped(
    known: Option<&Participation>,
    facts: ParticipationFacts,
    company_name: String,
    at: &Moment<'_>,
) -> Participation {
    let company_name = match known {
        Some(known) if company_name.is_empty() => known.company_name.clone(),
        _ => company_name,
    };
    let said = Participation { facts, company_name, version: known.map_or(0, |known| known.version) };
    if known == Some(&said) {
        return said;
    }
    let facts = ParticipationFacts { update_time: Some(wire(at.now)), ..said.facts };
    Participation { facts, version: said.version + 1, ..said }
}

/// A participation's state in lower case; empty before anything is said.
pub fn state_name(state: ParticipationState) -> String {
    short(state.as_str_name(), "PARTICIPATION_STATE_")
}

/// A gathering's kind in lower case.
pub fn kind_name(kind: GatheringKind) -> String {
    short(kind.as_str_name(), "GATHERING_KIND_")
}

#[cfg(test)]
mod tests {
    use contract::engagement::v1::Side;
    use kit_clock::Timestamp;

    use super::*;

    fn said(known: Option<&Participation>, state: ParticipationState, now: &str) -> Result<Participation, Refused> {
        let facts = GatheringFacts {
            gathering_id: "g".into(),
            capacity: 2,
            start_time: Some(wire("2024-10-05T13:00:00+09:00".parse::<Timestamp>().unwrap())),
            ..GatheringFacts::default()
        };
        let people = i32::from(state == ParticipationState::Attended);
        let part = Part { company: CompanySnapshot::default(), company_name: String::new(), state, people };
        let at = Moment { now: now.parse().unwrap(), actor: "a", on_behalf_of: Side::Unspecified, words: "" };
        record("p", &facts, known, part, 0, &at)
    }

    #[test]
    fn of_all_pairs_of_words_only_the_sensible_are_taken() {
        use ParticipationState::{Absent, Applied, Attended, CalledOff, Unspecified};
        let day = "2024-10-05T00:00:00+09:00";
        let applied = said(None, Applied, "2024-10-01T00:00:00+09:00").unwrap();
        let walked_in = said(None, Attended, day).unwrap();
        assert!(walked_in.facts.walk_in && walked_in.facts.apply_time.is_none() && applied.facts.apply_time.is_some());
        let after = |state| said(Some(&applied), state, day).unwrap();
        let taken = |from: Option<&Participation>| {
            [Applied, Attended, Absent, CalledOff, Unspecified].map(|to| said(from, to, day).is_ok())
        };
        assert_eq!(taken(None), [true, true, false, false, false]);
        assert_eq!(taken(Some(&applied)), [true, true, true, true, false]);
        for from in [Attended, Absent, CalledOff] {
            assert_eq!(taken(Some(&after(from))), [false, true, true, true, false], "{from:?}");
        }
        assert_eq!(taken(Some(&walked_in)), [false, true, false, false, false]);
        let early = said(Some(&applied), Absent, "2024-10-04T23:59:59+09:00").unwrap_err();
        assert_eq!(early, Fault::new("state", Reason::InTheFuture).into());
        assert_eq!(said(Some(&applied), Applied, day).unwrap(), applied, "the same word again changes nothing");
    }
}
