//! Everything that is wrong with an event, each with its place.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, mask};

kit_vocabulary::fault_reasons! {
    include_str!("../../../texts/timetable_faults.json");
    /// An id or a name is empty.
    Required "REQUIRED";
    /// An event without rounds.
    NoRounds "NO_ROUNDS";
    /// An event without booths.
    NoBooths "NO_BOOTHS";
    /// More entries than an event may have.
    TooMany "TOO_MANY";
    /// The id or name stands before already.
    Repeated "REPEATED";
    /// The round ends before it begins, or at once.
    EndsBeforeStart "ENDS_BEFORE_START";
    /// The round begins before the one before it has ended.
    RoundsOverlap "ROUNDS_OVERLAP";
    /// No expert of that id.
    UnknownExpert "UNKNOWN_EXPERT";
    /// No company of that id.
    UnknownCompany "UNKNOWN_COMPANY";
    /// No round at that place.
    UnknownRound "UNKNOWN_ROUND";
    /// No booth of that name.
    UnknownBooth "UNKNOWN_BOOTH";
    /// The minimum is above the maximum.
    MinAboveMax "MIN_ABOVE_MAX";
    /// The score is too small or too large.
    ScoreOutOfRange "SCORE_OUT_OF_RANGE";
    /// Two experts have the same booth in the same round.
    BoothTwice "BOOTH_TWICE";
    /// The expert is fixed to another company in the same round.
    ExpertTwiceInRound "EXPERT_TWICE_IN_ROUND";
    /// The company is fixed to another seat.
    CompanyTwice "COMPANY_TWICE";
    /// The fixed pair may not meet.
    FixedAndForbidden "FIXED_AND_FORBIDDEN";
    /// The fixed pair has no score: the expert cannot see the company.
    FixedNotPossible "FIXED_NOT_POSSIBLE";
    /// The expert of a fixed seat is not there in that round.
    ExpertNotThere "EXPERT_NOT_THERE";
    /// The company of a fixed seat cannot come to that round.
    CompanyNotThere "COMPANY_NOT_THERE";
    /// More fixed seats in a round than booths.
    MoreFixedThanBooths "MORE_FIXED_THAN_BOOTHS";
    /// More fixed seats of an expert than the maximum.
    MoreFixedThanMax "MORE_FIXED_THAN_MAX";
}

/// Everything wrong with an event; nothing when it can be planned. Places are paths such as `fixed[2].round`.
pub fn check(event: &Event) -> Vec<Fault> {
    let mut faults = sizes(event);
    rounds(event, &mut faults);
    let booths = event.booths.iter().enumerate().map(|(at, name)| (format!("booths[{at}]"), name.as_str()));
    names(booths, &mut faults);
    let experts = event.experts.iter().enumerate();
    names(experts.map(|(at, present)| (format!("experts[{at}].expert"), present.expert.as_str())), &mut faults);
    let companies = event.companies.iter().enumerate();
    names(companies.map(|(at, company)| (format!("companies[{at}].company"), company.company.as_str())), &mut faults);
    let known = Known::of(event);
    for at in 0..event.experts.len() {
        present(event, at, &mut faults);
    }
    for at in 0..event.companies.len() {
        applicant(event, &known, at, &mut faults);
    }
    for (at, pair) in event.forbidden.iter().enumerate() {
        faults.extend(known.expert(&pair.expert, format!("forbidden[{at}].expert")));
        faults.extend(known.company(&pair.company, format!("forbidden[{at}].company")));
    }
    fixed(event, &known, &mut faults);
    faults
}

/// Places in the lists by id.
struct Known<'a> {
    experts: BTreeMap<&'a str, usize>,
    companies: BTreeMap<&'a str, usize>,
}

impl<'a> Known<'a> {
    fn of(event: &'a Event) -> Self {
        let experts = event.experts.iter().enumerate().map(|(at, present)| (present.expert.as_str(), at));
        let companies = event.companies.iter().enumerate().map(|(at, company)| (company.company.as_str(), at));
        Self { experts: experts.collect(), companies: companies.collect() }
    }

    fn expert(&self, id: &str, field: String) -> Option<Fault> {
        (!self.experts.contains_key(id)).then(|| Fault::new(field, Reason::UnknownExpert))
    }

    fn company(&self, id: &str, field: String) -> Option<Fault> {
        (!self.companies.contains_key(id)).then(|| Fault::new(field, Reason::UnknownCompany))
    }
}

fn sizes(event: &Event) -> Vec<Fault> {
    let none =
        [(event.rounds.is_empty(), "rounds", Reason::NoRounds), (event.booths.is_empty(), "booths", Reason::NoBooths)];
    let none = none.into_iter().filter(|(none, ..)| *none).map(|(_, field, reason)| Fault::new(field, reason));
    let many = [
        ("rounds", event.rounds.len(), Event::MAX_ROUNDS),
        ("booths", event.booths.len(), Event::MAX_BOOTHS),
        ("experts", event.experts.len(), Event::MAX_EXPERTS),
        ("companies", event.companies.len(), Event::MAX_COMPANIES),
    ];
    let many = many.into_iter().filter(|(_, count, max)| count > max);
    none.chain(many.map(|(field, _, max)| Fault::new(field, Reason::TooMany).with("max", max))).collect()
}

fn rounds(event: &Event, faults: &mut Vec<Fault>) {
    for (at, round) in event.rounds.iter().enumerate() {
        if round.end <= round.start {
            faults.push(Fault::new(format!("rounds[{at}].end"), Reason::EndsBeforeStart));
        }
        if at > 0 && round.start < event.rounds[at - 1].end {
            let fault = Fault::new(format!("rounds[{at}].start"), Reason::RoundsOverlap);
            faults.push(fault.with("round", at + 1).with("other", at));
        }
    }
}

fn names<'a>(all: impl Iterator<Item = (String, &'a str)>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for (field, name) in all {
        if name.is_empty() {
            faults.push(Fault::new(field, Reason::Required));
        } else if !seen.insert(name) {
            faults.push(Fault::new(field, Reason::Repeated));
        }
    }
}

fn unknown_rounds(rounds: Option<&BTreeSet<usize>>, count: usize, place: &str, faults: &mut Vec<Fault>) {
    let unknown = rounds.into_iter().flatten().filter(|round| **round >= count);
    faults.extend(unknown.map(|round| {
        Fault::new(format!("{place}.rounds"), Reason::UnknownRound).with("round", round + 1).with("rounds", count)
    }));
}

fn present(event: &Event, at: usize, faults: &mut Vec<Fault>) {
    let (present, place) = (&event.experts[at], format!("experts[{at}]"));
    let count = event.rounds.len();
    unknown_rounds(present.rounds.as_ref(), count, &place, faults);
    if present.min > present.max {
        let fault = Fault::new(format!("{place}.min"), Reason::MinAboveMax);
        faults.push(fault.with("min", present.min).with("max", present.max));
    }
    let Some(booth) = &present.booth else { return };
    if !event.booths.contains(booth) {
        faults.push(Fault::new(format!("{place}.booth"), Reason::UnknownBooth));
    }
    let meets = |other: &super::event::Present| {
        let (mine, other_mask) = (mask(present.rounds.as_ref(), count), mask(other.rounds.as_ref(), count));
        other.booth.as_ref() == Some(booth) && mine & other_mask != 0
    };
    if let Some(other) = event.experts[..at].iter().position(meets) {
        let fault = Fault::new(format!("{place}.booth"), Reason::BoothTwice);
        faults.push(fault.with("other", format!("experts[{other}]")));
    }
}

fn applicant(event: &Event, known: &Known<'_>, at: usize, faults: &mut Vec<Fault>) {
    let (applicant, place) = (&event.companies[at], format!("companies[{at}]"));
    unknown_rounds(applicant.rounds.as_ref(), event.rounds.len(), &place, faults);
    for (expert, score) in &applicant.scores {
        let field = || format!("{place}.scores[{expert}]");
        faults.extend(known.expert(expert, field()));
        if score.unsigned_abs() > Event::MAX_SCORE.unsigned_abs() {
            faults.push(Fault::new(field(), Reason::ScoreOutOfRange).with("max", Event::MAX_SCORE));
        }
    }
}

fn fixed(event: &Event, known: &Known<'_>, faults: &mut Vec<Fault>) {
    let mut experts: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let mut companies: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_round: BTreeMap<usize, usize> = BTreeMap::new();
    let mut by_expert: BTreeMap<&str, usize> = BTreeMap::new();
    let count = event.rounds.len();
    for (at, fixed) in event.fixed.iter().enumerate() {
        let field = |part: &str| format!("fixed[{at}].{part}");
        faults.extend(known.expert(&fixed.expert, field("expert")));
        faults.extend(known.company(&fixed.company, field("company")));
        if fixed.round >= count {
            let fault = Fault::new(field("round"), Reason::UnknownRound);
            faults.push(fault.with("round", fixed.round + 1).with("rounds", count));
        }
        if let Some(other) = experts.insert((&fixed.expert, fixed.round), at) {
            let fault = Fault::new(field("expert"), Reason::ExpertTwiceInRound);
            faults.push(fault.with("round", fixed.round + 1).with("other", format!("fixed[{other}]")));
        }
        if let Some(other) = companies.insert(&fixed.company, at) {
            let fault = Fault::new(field("company"), Reason::CompanyTwice);
            faults.push(fault.with("other", format!("fixed[{other}]")));
        }
        let in_round = by_round.entry(fixed.round).or_default();
        *in_round += 1;
        // Told once a round, at the first seat too many.
        if fixed.round < count && *in_round == event.booths.len() + 1 {
            let fault = Fault::new(field("round"), Reason::MoreFixedThanBooths);
            faults.push(fault.with("round", fixed.round + 1).with("booths", event.booths.len()));
        }
        settled_pair(event, known, at, by_expert.entry(&fixed.expert).or_default(), faults);
    }
}

/// What a fixed seat says against its expert's and its company's own words.
fn settled_pair(event: &Event, known: &Known<'_>, at: usize, seats: &mut usize, faults: &mut Vec<Fault>) {
    let fixed = &event.fixed[at];
    let field = |part: &str| format!("fixed[{at}].{part}");
    let count = event.rounds.len();
    let away = |rounds: Option<&BTreeSet<usize>>| {
        fixed.round < count && rounds.is_some_and(|rounds| !rounds.contains(&fixed.round))
    };
    let expert = known.experts.get(fixed.expert.as_str()).map(|at| &event.experts[*at]);
    let company = known.companies.get(fixed.company.as_str()).map(|at| &event.companies[*at]);
    if let Some(present) = expert {
        if away(present.rounds.as_ref()) {
            faults.push(Fault::new(field("round"), Reason::ExpertNotThere).with("round", fixed.round + 1));
        }
        *seats += 1;
        if *seats == present.max as usize + 1 {
            faults.push(Fault::new(field("expert"), Reason::MoreFixedThanMax).with("max", present.max));
        }
    }
    if company.is_some_and(|company| away(company.rounds.as_ref())) {
        faults.push(Fault::new(field("round"), Reason::CompanyNotThere).with("round", fixed.round + 1));
    }
    let forbids = |pair: &super::event::Pair| pair.expert == fixed.expert && pair.company == fixed.company;
    if let Some(other) = event.forbidden.iter().position(forbids) {
        let fault = Fault::new(format!("fixed[{at}]"), Reason::FixedAndForbidden);
        faults.push(fault.with("other", format!("forbidden[{other}]")));
    } else if expert.is_some() && company.is_some_and(|company| !company.scores.contains_key(&fixed.expert)) {
        faults.push(Fault::new(format!("fixed[{at}]"), Reason::FixedNotPossible));
    }
}
