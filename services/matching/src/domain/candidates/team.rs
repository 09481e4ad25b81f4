//! The smallest team that covers what no single expert does.
//!
//! Every member meets all conditions but those of coverage, which the team meets as a whole. Among the smallest teams one with
//! a senior and a junior comes first, then one with somebody on the management and somebody else on the technical side, then
//! the highest sum of scores, then the order of the ranking.

mod need;
mod search;

use kit_vocabulary::Words;

use super::condition::Condition;
use super::facts::Facts;
use super::plan::Plan;
use super::rank::order;
use super::verdict::{Candidate, Told};
use super::words::{joined, text};
pub use need::Need;
use search::{Person, Sides};

/// The most members a team has.
pub const TEAM_AT_MOST: usize = 3;

/// How often the last member of a team is looked for before the search is cut: a second or two at worst. A request with a dozen
/// needs does not come near it, whatever the number of experts, since few of them remain undominated.
pub const TRIES_AT_MOST: u32 = 250_000;

/// Every text here.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[
    "ANY_THEME",
    "COVERS",
    "COVERS_NOTHING_ASKED",
    "TEAM_SENIOR_WITH_JUNIOR",
    "TEAM_MANAGEMENT_WITH_TECHNICAL",
    "TEAM_SMALLEST",
    "TEAM_ALONE",
];

/// Experts who cover a request together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Best first; a single one where one expert covers the request.
    pub members: Vec<Member>,
    /// The sum of the members' scores.
    pub score: i64,
    /// Has a senior and a junior.
    pub senior_with_junior: bool,
    /// Has somebody on the management side and somebody else on the technical side.
    pub management_with_technical: bool,
    /// False when the search was cut at [`TRIES_AT_MOST`]: there may be a better one.
    pub complete: bool,
    /// Why this team.
    pub words: Vec<Words>,
}

/// A member of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The expert, with the score for the whole request.
    pub candidate: Candidate,
    /// Why: the reasons sum to the score.
    pub reasons: Vec<Told>,
    /// Of what is asked, all that this member covers.
    pub covers: Vec<Need>,
    /// That in words.
    pub words: Words,
    /// Long in security and long registered, as the policy draws it.
    pub senior: bool,
    /// Short in security or short registered.
    pub junior: bool,
}

/// Why there is no team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTeam {
    /// What none of the experts who could be proposed covers; empty when all is covered, but not by three.
    pub uncovered: Vec<Need>,
    /// False when the search was cut at [`TRIES_AT_MOST`]: there may be one.
    pub complete: bool,
}

/// The best smallest team of at most [`TEAM_AT_MOST`] for a request in a year; the order of the experts does not matter.
///
/// Exact, unless it says that the search was cut: experts are left out only where another covers as much, stands on the same
/// sides and is placed better.
///
/// # Errors
/// [`NoTeam`] with what nobody covers.
pub fn team(plan: &Plan<'_>, experts: &[Facts], year: i32) -> Result<Team, NoTeam> {
    let needs = Need::all(plan);
    let eligible = |facts: &&Facts| plan.failed(facts).without(Condition::COVERAGE).is_empty();
    let mut able: Vec<_> = experts.iter().filter(eligible).map(|facts| (plan.measured(facts), facts)).collect();
    able.sort_by_cached_key(|(candidate, _)| order(plan, candidate.score, &candidate.expert));
    let person = |(place, (candidate, facts)): (usize, &(Candidate, &Facts))| Person {
        place,
        covers: need::covered(plan, &needs, facts),
        sides: Sides::of(plan.policy(), facts, year),
        score: candidate.score,
    };
    let people: Vec<_> = able.iter().enumerate().map(person).collect();
    let covered = people.iter().fold(0, |all, person| all | person.covers);
    let uncovered = need::whole(&needs) & !covered;
    if uncovered != 0 {
        return Err(NoTeam { uncovered: need::named(&needs, uncovered), complete: true });
    }
    let search::Outcome { best, complete } = search::best(&people, need::whole(&needs), TRIES_AT_MOST);
    let Some(best) = best else { return Err(NoTeam { uncovered: vec![], complete }) };
    let members = best.members.iter().map(|&place| {
        let (person, (candidate, facts)) = (&people[place], &able[place]);
        member(plan, &needs, person, candidate.clone(), facts)
    });
    let members: Vec<_> = members.collect();
    Ok(Team {
        score: best.score,
        senior_with_junior: best.senior_with_junior,
        management_with_technical: best.management_with_technical,
        complete,
        words: why(&best),
        members,
    })
}

fn member(plan: &Plan<'_>, needs: &[Need], person: &Person, candidate: Candidate, facts: &Facts) -> Member {
    let covers = need::named(needs, person.covers);
    let key = if covers.is_empty() { "COVERS_NOTHING_ASKED" } else { "COVERS" };
    let words = text(key, &[("needs", joined(covers.iter().map(|need| need.words())))]);
    let Sides { senior, junior, .. } = person.sides;
    Member { candidate, reasons: plan.reasons(facts), covers, words, senior, junior }
}

fn why(best: &search::Found) -> Vec<Words> {
    let size = super::words::plain(best.members.len());
    let smallest = if best.members.len() == 1 { "TEAM_ALONE" } else { "TEAM_SMALLEST" };
    let keys = [
        (true, smallest),
        (best.senior_with_junior, "TEAM_SENIOR_WITH_JUNIOR"),
        (best.management_with_technical, "TEAM_MANAGEMENT_WITH_TECHNICAL"),
    ];
    keys.into_iter().filter(|(holds, _)| *holds).map(|(_, key)| text(key, &[("size", size.clone())])).collect()
}
