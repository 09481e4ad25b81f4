//! What is asked of the index, and the plan a search follows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::layout::{LIVE, Layout};
use super::schema::{CodeField, UnknownCode, UnknownCodes};
use super::{FacetName, FacetSet, Menu, Schema};

/// A search (steps 1 and 2, figs. 2-104 and 2-105), with presets already put in. The default asks for everybody, with
/// all counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Codes of the menus asked for: keeps those with ○ or ◎ in any of them. Empty: everybody.
    pub menus: Vec<String>,
    /// Conditions, ANDed; the codes of one condition are ORed. A facet that is absent does not
    /// narrow; a facet present without codes is an OR of nothing and keeps nobody, so that a fee
    /// ceiling below the lowest band finds nobody rather than everybody. A request's fields, where
    /// empty means absent, go through [`narrow`](Self::narrow).
    pub conditions: BTreeMap<FacetName, Vec<String>>,
    /// Prefecture (a code of [`FacetName::Residence`]) that nearness is measured from. It only
    /// orders; to keep those who serve a prefecture, set a condition.
    pub place: Option<String>,
    /// Seed of the rotation among equals, made from the day by the caller.
    pub seed: u64,
    /// Facets whose values are counted.
    pub facets: FacetSet,
    /// Whether marks are counted.
    pub marks: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            menus: Vec::new(),
            conditions: BTreeMap::new(),
            place: None,
            seed: 0,
            facets: FacetSet::ALL,
            marks: true,
        }
    }
}

impl Query {
    /// Adds a condition, unless `codes` is empty: an empty field of a request is no condition.
    pub fn narrow(&mut self, facet: FacetName, codes: Vec<String>) {
        if !codes.is_empty() {
            self.conditions.insert(facet, codes);
        }
    }
}

/// A query in the numbers of the schema and the lanes of its layout.
pub(super) struct Plan {
    /// Asked menus, each once.
    pub(super) menus: Vec<Menu>,
    /// Lanes of which any must be set: ○ or ◎ in the asked menus, or whoever is there.
    pub(super) base: Vec<usize>,
    /// Per condition, the lanes of its values.
    pub(super) conditions: Vec<Vec<usize>>,
    /// What is counted.
    pub(super) counts: Vec<Count>,
    /// The place, as its position among the codes of [`FacetName::Residence`].
    pub(super) place: Option<usize>,
    pub(super) seed: u64,
}

/// A run of lanes to be counted under one mask.
#[derive(Debug)]
pub(super) struct Count {
    pub(super) lanes: Range<usize>,
    pub(super) mask: Mask,
}

/// Over whom is counted, as a place among a [`Sieve`](super::sieve::Sieve)'s masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mask(pub(super) usize);

impl Mask {
    /// Those who satisfy everything.
    pub(super) const HITS: Self = Self(0);

    /// Those who satisfy everything but one condition: the counts of its facet are taken over them, and so tell what
    /// choosing another value there would find.
    pub(super) const fn without(condition: usize) -> Self {
        Self(1 + condition)
    }
}

impl Plan {
    /// Looks up every code of `query`, or names all that are unknown.
    pub(super) fn new(schema: &Schema, layout: &Layout, query: &Query) -> Result<Self, UnknownCodes> {
        let mut unknown = Vec::new();
        let mut miss = |field, code: &String| unknown.push(UnknownCode { field, code: code.clone() });

        let mut menus = BTreeSet::new();
        for code in &query.menus {
            match Menu::from_code(code) {
                Some(menu) => drop(menus.insert(menu)),
                None => miss(CodeField::Menus, code),
            }
        }
        let mut conditions = Vec::with_capacity(query.conditions.len());
        for (&facet, codes) in &query.conditions {
            let mut lanes = Vec::with_capacity(codes.len());
            for code in codes {
                match schema.number(facet, code) {
                    Some(value) => lanes.push(layout.value(value)),
                    None => miss(CodeField::Facet(facet), code),
                }
            }
            conditions.push(lanes);
        }
        let mut place = None;
        if let Some(code) = &query.place {
            match schema.number(FacetName::Residence, code) {
                Some(value) => place = Some(value - schema.range(FacetName::Residence).start),
                None => miss(CodeField::Place, code),
            }
        }
        if !unknown.is_empty() {
            return Err(UnknownCodes(unknown));
        }
        let menus: Vec<Menu> = menus.into_iter().collect();
        let mut base: Vec<usize> = menus.iter().map(|&menu| layout.menu_mark(menu as usize).able).collect();
        if base.is_empty() {
            base.push(LIVE);
        }
        Ok(Self { menus, base, conditions, counts: counts(schema, layout, query), place, seed: query.seed })
    }
}

/// The runs to count: neighbours under one mask are one run.
fn counts(schema: &Schema, layout: &Layout, query: &Query) -> Vec<Count> {
    let mut counts = vec![Count { lanes: LIVE..LIVE + 1, mask: Mask::HITS }];
    let mut add = |lanes: Range<usize>, mask| match counts.last_mut() {
        Some(last) if last.lanes.end == lanes.start && last.mask == mask => last.lanes.end = lanes.end,
        _ => counts.push(Count { lanes, mask }),
    };
    for facet in FacetName::ALL.into_iter().filter(|&facet| query.facets.contains(facet)) {
        let own = query.conditions.keys().position(|&other| other == facet);
        let numbers = schema.range(facet);
        add(layout.value(numbers.start)..layout.value(numbers.end), own.map_or(Mask::HITS, Mask::without));
    }
    if query.marks {
        add(layout.marks(), Mask::HITS);
    }
    counts
}
