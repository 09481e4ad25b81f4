//! Made-up queries: a menu, and what people add to it.

use search::domain::{FacetName, Query};

use crate::people::{Chance, INHABITANTS};

/// Facets whose counts every engine in the comparison works out.
pub(crate) const COMPARED: [FacetName; 4] =
    [FacetName::Prefectures, FacetName::Industries, FacetName::Fee, FacetName::Formats];

/// One menu; 0 to 3 prefectures; 0 to 2 industries; with chance ½ a fee ceiling; ⅓ one or two durations; ⅓ a format.
pub(crate) fn query(chance: &mut Chance) -> Query {
    let mut query = Query { menus: vec![format!("M{}", chance.below(8))], seed: 20_240_401, ..Query::default() };
    let prefectures = (0..chance.below(4)).map(|_| chance.weighted(&INHABITANTS)).collect();
    narrow(&mut query, FacetName::Prefectures, prefectures);
    let industries = (0..chance.below(3)).map(|_| chance.below(14)).collect();
    narrow(&mut query, FacetName::Industries, industries);
    if chance.below(2) == 0 {
        narrow(&mut query, FacetName::Fee, (0..=chance.below(4)).collect());
    }
    if chance.below(3) == 0 {
        let durations = (0..=chance.below(2)).map(|_| chance.below(5)).collect();
        narrow(&mut query, FacetName::Durations, durations);
    }
    if chance.below(3) == 0 {
        narrow(&mut query, FacetName::Formats, vec![chance.below(6)]);
    }
    query
}

fn narrow(query: &mut Query, facet: FacetName, places: Vec<usize>) {
    let codes = crate::people::lists()[facet as usize].codes();
    query.narrow(facet, places.into_iter().map(|place| codes[place].code.clone()).collect());
}
