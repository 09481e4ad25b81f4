//! What is asked of the index.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{CodeField, UnknownCode, UnknownCodes};
use super::{FacetName, Menu, Schema};

/// A search (steps 1 and 2, figs. 2-104 and 2-105), with presets already put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

impl Query {
    /// Adds a condition, unless `codes` is empty: an empty field of a request is no condition.
    pub fn narrow(&mut self, facet: FacetName, codes: Vec<String>) {
        if !codes.is_empty() {
            self.conditions.insert(facet, codes);
        }
    }
}

/// A query in the schema's numbers.
pub(super) struct Plan {
    /// Asked menus, each once.
    pub(super) menus: Vec<Menu>,
    /// Conditions in facet order: the facet and its values' numbers.
    pub(super) conditions: Vec<(FacetName, Vec<usize>)>,
    /// The place, as its position among the codes of [`FacetName::Residence`].
    pub(super) place: Option<usize>,
    pub(super) seed: u64,
}

impl Plan {
    /// Looks up every code of `query`, or names all that are unknown.
    pub(super) fn new(schema: &Schema, query: &Query) -> Result<Self, UnknownCodes> {
        let mut unknown = Vec::new();
        let mut miss = |field, code: &String| unknown.push(UnknownCode { field, code: code.clone() });

        let mut menus = BTreeSet::new();
        for code in &query.menus {
            match Menu::from_code(code) {
                Some(menu) => drop(menus.insert(menu)),
                None => miss(CodeField::Menus, code),
            }
        }
        let mut conditions = Vec::new();
        for (&facet, codes) in &query.conditions {
            let mut values = Vec::with_capacity(codes.len());
            for code in codes {
                match schema.number(facet, code) {
                    Some(value) => values.push(value),
                    None => miss(CodeField::Facet(facet), code),
                }
            }
            conditions.push((facet, values));
        }
        let mut place = None;
        if let Some(code) = &query.place {
            match schema.number(FacetName::Residence, code) {
                Some(value) => place = Some(value - schema.range(FacetName::Residence).start),
                None => miss(CodeField::Place, code),
            }
        }
        if unknown.is_empty() {
            let menus = menus.into_iter().collect();
            Ok(Self { menus, conditions, place, seed: query.seed })
        } else {
            Err(UnknownCodes(unknown))
        }
    }
}
