//! Requests that may be the same.

use std::collections::{BTreeSet, HashMap};

use contract::matching::v1::{PossibleDuplicateRequest, RequestFacts};

/// Of the same company.
pub const SAME_COMPANY: &str = "SAME_COMPANY";
/// Of companies with the same corporate number.
pub const SAME_CORPORATE_NUMBER: &str = "SAME_CORPORATE_NUMBER";
/// Of companies with the same name in the same prefecture.
pub const SAME_NAME_AND_PREFECTURE: &str = "SAME_NAME_AND_PREFECTURE";

/// Most merges that are followed: the register keeps them flat, and while its log is read a few may stand in a row.
const FOLLOWED: usize = 16;

/// What is known of companies and of decisions.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Companies that were merged, with the one they are: both `companies/<id>`.
    pub merged: HashMap<String, String>,
    /// Pairs of companies that the register takes to be possibly the same, either way round, and why.
    pub similar: HashMap<(String, String), Vec<&'static str>>,
    /// Pairs of requests that somebody decided are different: both ids, the lesser first.
    pub apart: BTreeSet<(String, String)>,
}

impl Known {
    /// The company that this one is.
    pub fn itself<'a>(&'a self, company: &'a str) -> &'a str {
        let mut found = company;
        for _ in 0..FOLLOWED {
            match self.merged.get(found) {
                Some(next) if !next.is_empty() => found = next,
                _ => break,
            }
        }
        found
    }

    /// Notes a pair that the register takes to be possibly the same.
    pub fn is_similar(&mut self, one: &str, other: &str, reasons: Vec<&'static str>) {
        self.similar.insert((one.to_owned(), other.to_owned()), reasons.clone());
        self.similar.insert((other.to_owned(), one.to_owned()), reasons);
    }

    /// Why two companies may be the same; empty when nothing speaks for it.
    pub fn reasons(&self, one: &str, other: &str) -> Vec<&'static str> {
        let (one, other) = (self.itself(one), self.itself(other));
        if one == other {
            return vec![SAME_COMPANY];
        }
        let key = (one.to_owned(), other.to_owned());
        self.similar.get(&key).cloned().unwrap_or_default()
    }

    /// Every name under which this company, or one that may be the same, can stand in a request.
    pub fn near(&self, company: &str) -> Vec<String> {
        let own = self.itself(company);
        let similar =
            self.similar.keys().filter(|(one, _)| self.itself(one) == own).map(|(_, other)| self.itself(other));
        let near: BTreeSet<&str> = similar.chain([own]).collect();
        let merged = self.merged.keys().filter(|name| near.contains(self.itself(name))).cloned();
        let all: BTreeSet<String> = merged.chain(near.iter().map(|name| (*name).to_owned())).collect();
        all.into_iter().collect()
    }

    fn decided(&self, one: &str, other: &str) -> bool {
        self.apart.contains(&ordered(one, other))
    }
}

/// Two ids, the lesser first.
pub fn ordered(one: &str, other: &str) -> (String, String) {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    (first.to_owned(), second.to_owned())
}

/// The pairs of a request with those before it, in their order.
pub fn pairs_of(later: &RequestFacts, before: &[&RequestFacts], known: &Known) -> Vec<PossibleDuplicateRequest> {
    let company =
        |facts: &RequestFacts| facts.company.as_ref().map(|company| company.company.clone()).unwrap_or_default();
    let of = company(later);
    let pair = |first: &&RequestFacts| {
        let fits = first.programme == later.programme && kind(first) == kind(later);
        let open = fits && !known.decided(&first.request_id, &later.request_id);
        let reasons = if open { known.reasons(&company(first), &of) } else { Vec::new() };
        (!reasons.is_empty()).then(|| PossibleDuplicateRequest {
            request: name(&first.request_id),
            later: name(&later.request_id),
            reasons: reasons.into_iter().map(str::to_owned).collect(),
        })
    };
    before.iter().filter_map(pair).collect()
}

/// The pairs among open requests in order of entry: in the order of the later one's entry, then of the first one's.
pub fn pairs(open: &[&RequestFacts], known: &Known, most: usize) -> Vec<PossibleDuplicateRequest> {
    // Only those of the same company, or of similar ones, are looked at together.
    let mut of: HashMap<&str, Vec<&RequestFacts>> = HashMap::new();
    let mut near: HashMap<&str, Vec<&str>> = HashMap::new();
    for (one, other) in known.similar.keys() {
        near.entry(known.itself(one)).or_default().push(known.itself(other));
    }
    let place: HashMap<&str, usize> =
        open.iter().enumerate().map(|(place, facts)| (facts.request_id.as_str(), place)).collect();
    let mut found = Vec::new();
    for later in open {
        let company = later.company.as_ref().map_or("", |company| known.itself(&company.company));
        let mut companies = near.get(company).cloned().unwrap_or_default();
        companies.push(company);
        companies.sort_unstable();
        companies.dedup();
        let mut before: Vec<_> = companies.iter().filter_map(|company| of.get(company)).flatten().copied().collect();
        before.sort_unstable_by_key(|facts| place.get(facts.request_id.as_str()));
        found.extend(pairs_of(later, &before, known));
        of.entry(company).or_default().push(later);
        if found.len() >= most {
            found.truncate(most);
            break;
        }
    }
    found
}

fn kind(facts: &RequestFacts) -> i32 {
    facts.need.as_ref().map_or(0, |need| need.kind)
}

fn name(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("requests/{id}") }
}
