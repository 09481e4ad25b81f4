//! What is asked of the index, and the plan a search follows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::layout::{LIVE, Layout};
use super::order::PREFERENCE_BITS;
use super::schema::{CodeField, UnknownCode, UnknownCodes};
use super::{FacetName, FacetSet, Menu, Schema};

/// A search (steps 1 and 2, figs. 2-104 and 2-105), with presets already put in. The default asks for everybody, with
/// all counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Codes of the menus asked for: keeps those with ○ or ◎ in any of them. Empty, as are the items: everybody.
    pub menus: Vec<String>,
    /// Codes of the items asked for ([`Schema::with_menu_items`]). Each asks for its menu, as if that stood among the
    /// menus. Of a menu of which items are asked for, asked for itself or not, only those are kept who can do any of
    /// them: the mark in the menu is enough, but for an item that is a theme the expert must have that theme, too.
    pub menu_items: Vec<String>,
    /// Conditions, ANDed; the codes of one condition are ORed. A facet that is absent does not
    /// narrow; a facet present without codes is an OR of nothing and keeps nobody, so that a fee
    /// ceiling below the lowest band finds nobody rather than everybody. A request's fields, where
    /// empty means absent, go through [`narrow`](Self::narrow).
    pub conditions: BTreeMap<FacetName, Vec<String>>,
    /// What comes first among equal marks: an expert with any of the codes meets a preference, and who meets more comes
    /// earlier. Nobody is kept or left out by it. The first [`PREFERENCES`](Self::PREFERENCES) count, others do not.
    pub preferences: Vec<(FacetName, Vec<String>)>,
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
            menu_items: Vec::new(),
            conditions: BTreeMap::new(),
            preferences: Vec::new(),
            place: None,
            seed: 0,
            facets: FacetSet::ALL,
            marks: true,
        }
    }
}

impl Query {
    /// How many preferences can count: as many as the bits of a standing that are theirs can tell apart.
    pub const PREFERENCES: usize = (1 << PREFERENCE_BITS) - 1;

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
    /// Lanes of which any lets in: ○ or ◎ in asked menus where that is enough, or whoever is there.
    pub(super) base: Vec<usize>,
    /// The other asked menus, which let in, too, but for which a theme is needed beside the mark.
    pub(super) narrowed: Vec<Narrowed>,
    /// Per condition, the lanes of its values.
    pub(super) conditions: Vec<Vec<usize>>,
    /// Per preference, the lanes of its values.
    pub(super) preferences: Vec<Vec<usize>>,
    /// What is counted.
    pub(super) counts: Vec<Count>,
    /// The place, as its position among the codes of [`FacetName::Residence`].
    pub(super) place: Option<usize>,
    pub(super) seed: u64,
}

/// A menu of which only items that are themes are asked for.
pub(super) struct Narrowed {
    /// The lane of ○ or ◎ in it.
    pub(super) able: usize,
    /// The lanes of the themes, of which any must be set.
    pub(super) themes: Vec<usize>,
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
        let mut codes = Codes { schema, layout, unknown: Vec::new() };
        let asked = codes.asked(query);
        let conditions = query.conditions.iter().map(|(&facet, list)| codes.lanes(facet, list)).collect();
        let mut preferences: Vec<_> = query.preferences.iter().map(|(facet, list)| codes.lanes(*facet, list)).collect();
        preferences.truncate(Query::PREFERENCES);
        let place = query.place.as_ref().and_then(|code| {
            let value = codes.known(schema.number(FacetName::Residence, code), CodeField::Place, code)?;
            Some(value - schema.range(FacetName::Residence).start)
        });
        if !codes.unknown.is_empty() {
            return Err(UnknownCodes(codes.unknown));
        }
        let (mut base, mut narrowed) = (Vec::new(), Vec::new());
        for (&menu, themes) in &asked {
            let able = layout.menu_mark(menu as usize).able;
            match themes {
                Some(themes) => narrowed.push(Narrowed { able, themes: themes.iter().copied().collect() }),
                None => base.push(able),
            }
        }
        if asked.is_empty() {
            base.push(LIVE);
        }
        let menus = asked.into_keys().collect();
        let counts = counts(schema, layout, query);
        Ok(Self { menus, base, narrowed, conditions, preferences, counts, place, seed: query.seed })
    }
}

/// Looks codes up, and keeps those that are unknown.
struct Codes<'a> {
    schema: &'a Schema,
    layout: &'a Layout,
    unknown: Vec<UnknownCode>,
}

impl Codes<'_> {
    fn known<T>(&mut self, found: Option<T>, field: CodeField, code: &str) -> Option<T> {
        if found.is_none() {
            self.unknown.push(UnknownCode { field, code: code.to_owned() });
        }
        found
    }

    /// The lanes of a facet's values.
    fn lanes(&mut self, facet: FacetName, codes: &[String]) -> Vec<usize> {
        let lane = |code: &String| {
            let value = self.known(self.schema.number(facet, code), CodeField::Facet(facet), code)?;
            Some(self.layout.value(value))
        };
        let mut lanes = Vec::with_capacity(codes.len());
        lanes.extend(codes.iter().filter_map(lane));
        lanes
    }

    /// The menus asked for, each with the lanes of the themes of which one is needed; `None` where the mark is enough.
    fn asked(&mut self, query: &Query) -> BTreeMap<Menu, Option<BTreeSet<usize>>> {
        let mut menus = BTreeSet::new();
        for code in &query.menus {
            menus.extend(self.known(Menu::from_code(code), CodeField::Menus, code));
        }
        let mut asked = BTreeMap::new();
        for code in &query.menu_items {
            let Some(item) = self.known(self.schema.menu_item(code), CodeField::MenuItems, code) else { continue };
            let themes = asked.entry(item.menu).or_insert_with(|| Some(BTreeSet::new()));
            match (item.theme, themes) {
                (Some(theme), Some(themes)) => drop(themes.insert(self.layout.value(theme))),
                (_, themes) => *themes = None,
            }
        }
        for menu in menus {
            asked.entry(menu).or_insert(None);
        }
        asked
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
