//! Equals come onto first pages equally often: over 60 days, a few hundred of them, and pages of 20.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use search::domain::exposure::Spread;
use search::domain::{Entry, FacetName, FacetSet, Index, Mark, Query, Rating, Schema};

const DAYS: std::ops::Range<u64> = 20_000..20_060;
const PAGE: usize = 20;
/// How uneven it may be: nearly what everybody's own chance every day would leave among 200 (0.22 on average).
const MOST: f64 = 0.2;

const PREFECTURES: usize = 47;
const INDUSTRIES: usize = 18;
const FORMATS: usize = 6;

fn codes(facet: FacetName, count: usize) -> (FacetName, Vec<String>) {
    (facet, (0..count).map(|code| code.to_string()).collect())
}

/// Experts with the same marks and points. Each serves as many prefectures, industries and formats as any other, and each
/// of these has about as many experts, so that nothing but the order decides who is seen more often.
fn equals(count: usize) -> Index {
    let schema = Schema::new(vec![
        codes(FacetName::Prefectures, PREFECTURES),
        codes(FacetName::Industries, INDUSTRIES),
        codes(FacetName::Formats, FORMATS),
    ]);
    let mut index = Index::new(schema.unwrap());
    let rating = Rating { menu_marks: [Mark::Strong; 8], menu_points: [12; 8], ..Rating::default() };
    for n in 0..count {
        let among = |steps: &[usize], of: usize| steps.iter().map(|step| ((n + step) % of).to_string()).collect();
        let entry = Entry {
            // As the registry gives them: alike in the beginning, different in the end.
            id: format!("0195a000-0000-7000-8000-{:012x}", n * 7_919),
            prefectures: among(&[0, 9, 20, 33], PREFECTURES),
            industries: among(&[0, 5, 11], INDUSTRIES),
            formats: among(&[0, 1, 3], FORMATS),
            rating: rating.clone(),
            ..Entry::default()
        };
        index.upsert(entry).unwrap();
    }
    index
}

fn query(conditions: &[(FacetName, usize)], day: u64) -> Query {
    let mut query =
        Query { menus: vec!["M5".to_owned()], seed: day, facets: FacetSet::NONE, marks: false, ..Query::default() };
    for &(facet, code) in conditions {
        query.narrow(facet, vec![code.to_string()]);
    }
    query
}

fn first_page(index: &Index, query: &Query) -> Vec<String> {
    let answer = index.search(query, None, PAGE).unwrap();
    answer.hits.into_iter().map(|hit| hit.key.id).collect()
}

/// Forty searches of a day: the most popular one ten times, six popular ones, and others that differ from day to day.
fn searches(day: u64) -> Vec<Query> {
    let mut searches = vec![query(&[], day); 10];
    searches.extend((0..FORMATS).map(|format| query(&[(FacetName::Formats, format)], day)));
    for n in 0..24 {
        // Every code comes about as often as any other.
        let turn = (day as usize - 20_000) * 24 + n;
        let prefecture = (FacetName::Prefectures, turn % PREFECTURES);
        let industry = (FacetName::Industries, turn % INDUSTRIES);
        let format = (FacetName::Formats, turn / 7 % FORMATS);
        let conditions: &[_] = match n % 3 {
            0 => &[industry],
            1 => &[prefecture],
            _ => &[industry, format],
        };
        searches.push(query(conditions, day));
    }
    searches
}

/// How evenly the experts of an index came onto the first pages of these searches.
fn spread(index: &Index, searches: impl Fn(u64) -> Vec<Query>) -> Spread {
    let mut shown: BTreeMap<String, i64> = BTreeMap::new();
    for id in first_page_of_all(index) {
        shown.insert(id, 0);
    }
    for day in DAYS {
        for query in searches(day) {
            for id in first_page(index, &query) {
                *shown.get_mut(&id).unwrap() += 1;
            }
        }
    }
    Spread::over(shown.into_values())
}

fn first_page_of_all(index: &Index) -> Vec<String> {
    let answer = index.search(&query(&[], 0), None, usize::from(u16::MAX)).unwrap();
    answer.hits.into_iter().map(|hit| hit.key.id).collect()
}

#[test]
fn equals_are_on_first_pages_equally_often_over_sixty_days_of_varied_searches() {
    for count in [200, 300, 400] {
        let spread = spread(&equals(count), searches);
        println!("{count} equals, 40 searches a day: Gini {:.3}, {spread:?}", spread.gini);
        assert_eq!((spread.experts, spread.none), (count, 0));
        assert!(spread.gini <= MOST, "{count} equals: {spread:?}");
    }
}

#[test]
fn equals_take_turns_at_one_search_a_day() {
    for count in [40, 100, 200, 300, 400] {
        let spread = spread(&equals(count), |day| vec![query(&[], day)]);
        println!("{count} equals, one search a day: Gini {:.3}, {spread:?}", spread.gini);
        assert!(spread.gini <= MOST, "{count} equals: {spread:?}");
    }
}

#[test]
fn the_same_day_gives_the_same_first_page_twice() {
    let (index, again) = (equals(300), equals(300));
    for day in DAYS {
        for query in searches(day) {
            assert_eq!(first_page(&index, &query), first_page(&again, &query));
        }
    }
}
