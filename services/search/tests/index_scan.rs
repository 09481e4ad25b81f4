//! The index against a scan that knows nothing of bitmaps: after any history of changes, every
//! total, every count and the order over all pages are those of looking at each expert in turn.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use search::domain::order::{id_hash, rotation};
use search::domain::{
    Answer, Area, Entry, FacetName, Index, Mark, MarkCounts, Menu, Nearness, Query, Rating, Schema, SortKey,
};

const FACETS: usize = FacetName::ALL.len();
const SINGLE: [FacetName; 3] = [FacetName::Residence, FacetName::Affiliation, FacetName::Fee];

/// Code lists, regions and the menus' areas, as made up for one case.
#[derive(Clone, Debug)]
struct Lists {
    codes: [Vec<String>; FACETS],
    regions: BTreeMap<String, String>,
    menu_areas: [Option<Area>; 8],
}

impl Lists {
    fn of(&self, facet: FacetName) -> &[String] {
        &self.codes[facet as usize]
    }

    fn schema(&self) -> Schema {
        let facets = FacetName::ALL.into_iter().zip(self.codes.clone()).collect();
        let regions = self.regions.iter().map(|(place, region)| (place.as_str(), region.as_str()));
        Schema::new(facets).unwrap().with_regions(regions).unwrap().with_menu_areas(self.menu_areas)
    }
}

fn lists() -> impl Strategy<Value = Lists> {
    let sizes = proptest::array::uniform10(0usize..12);
    let regions = vec(proptest::option::of(0u8..3), 12);
    let areas = proptest::array::uniform8(proptest::option::of(0usize..6));
    (sizes, regions, areas).prop_map(|(sizes, regions, areas)| {
        let codes: [Vec<String>; FACETS] =
            std::array::from_fn(|facet| (0..sizes[facet]).map(|n| format!("c{n:02}")).collect());
        let places = codes[FacetName::Residence as usize].iter().zip(regions);
        let regions = places.filter_map(|(place, region)| Some((place.clone(), format!("r{}", region?)))).collect();
        Lists { codes, regions, menu_areas: areas.map(|area| area.map(|n| Area::ALL[n])) }
    })
}

/// One change to the index, in numbers that any lists can make sense of.
#[derive(Clone, Debug)]
enum Change {
    Upsert { who: u8, codes: [u16; FACETS], marks: u32, points: u64 },
    Remove { who: u8 },
}

fn change() -> impl Strategy<Value = Change> {
    // 140 people at most: more than two words of slots, with slots freed and taken again.
    let upsert = (0u8..140, any::<[u16; FACETS]>(), any::<u32>(), any::<u64>())
        .prop_map(|(who, codes, marks, points)| Change::Upsert { who, codes, marks, points });
    prop_oneof![4 => upsert, 1 => (0u8..140).prop_map(|who| Change::Remove { who })]
}

fn id(who: u8) -> String {
    format!("expert-{who}")
}

fn entry(lists: &Lists, who: u8, codes: [u16; FACETS], marks: u32, points: u64) -> Entry {
    let chosen = |facet: FacetName| -> Vec<String> {
        let list = lists.of(facet);
        let bits = codes[facet as usize];
        if SINGLE.contains(&facet) {
            list.get(usize::from(bits % 13)).cloned().into_iter().collect()
        } else {
            (0..list.len()).filter(|n| bits >> n & 1 == 1).map(|n| list[n].clone()).collect()
        }
    };
    let mark = |n: usize| match marks >> (2 * n) & 3 {
        0 => Mark::None,
        1 => Mark::Able,
        _ => Mark::Strong,
    };
    // Three bits of points each, so that equals are frequent; one of 255 for the sums' width.
    let point = |n: usize| match (points >> (3 * n) & 7) as u8 {
        7 => u8::MAX,
        few => few,
    };
    Entry {
        id: id(who),
        residence: chosen(FacetName::Residence).pop(),
        affiliation: chosen(FacetName::Affiliation).pop(),
        fee: chosen(FacetName::Fee).pop(),
        prefectures: chosen(FacetName::Prefectures),
        industries: chosen(FacetName::Industries),
        formats: chosen(FacetName::Formats),
        durations: chosen(FacetName::Durations),
        sizes: chosen(FacetName::Sizes),
        qualifications: chosen(FacetName::Qualifications),
        themes: chosen(FacetName::Themes),
        rating: Rating {
            area_marks: std::array::from_fn(mark),
            menu_marks: std::array::from_fn(|n| mark(6 + n)),
            area_points: std::array::from_fn(point),
            menu_points: std::array::from_fn(|n| point(6 + n)),
        },
    }
}

/// A query, in numbers that any lists can make sense of.
#[derive(Clone, Debug)]
struct Ask {
    menus: Vec<u8>,
    conditions: BTreeMap<u8, Vec<Pick>>,
    place: Option<Pick>,
    seed: u64,
    page: usize,
}

fn ask() -> impl Strategy<Value = Ask> {
    let menus = vec(0u8..8, 0..4);
    let conditions = proptest::collection::btree_map(0..FACETS as u8, vec(any::<Pick>(), 0..7), 0..5);
    let place = proptest::option::of(any::<Pick>());
    (menus, conditions, place, any::<u64>(), 1usize..50).prop_map(|(menus, conditions, place, seed, page)| Ask {
        menus,
        conditions,
        place,
        seed,
        page,
    })
}

fn query(lists: &Lists, ask: &Ask) -> Query {
    let pick = |facet: FacetName, pick: &Pick| {
        let list = lists.of(facet);
        (!list.is_empty()).then(|| pick.get(list).clone())
    };
    let condition = |(&facet, picks): (&u8, &Vec<Pick>)| {
        let facet = FacetName::ALL[usize::from(facet)];
        (facet, picks.iter().filter_map(|p| pick(facet, p)).collect())
    };
    Query {
        menus: ask.menus.iter().map(|menu| format!("M{menu}")).collect(),
        conditions: ask.conditions.iter().map(condition).collect(),
        place: ask.place.as_ref().and_then(|place| pick(FacetName::Residence, place)),
        seed: ask.seed,
    }
}

/// The scan: one expert at a time, in the words of the rules.
struct Scan<'a> {
    lists: &'a Lists,
    people: &'a BTreeMap<String, Entry>,
    query: &'a Query,
}

impl Scan<'_> {
    fn asked(&self) -> BTreeSet<usize> {
        self.query.menus.iter().map(|code| code[1..].parse().unwrap()).collect()
    }

    fn keeps(&self, entry: &Entry, except: Option<FacetName>) -> bool {
        let asked = self.asked();
        let able = |&menu: &usize| entry.rating.menu_marks[menu] != Mark::None;
        (asked.is_empty() || asked.iter().any(able))
            && self.query.conditions.iter().all(|(&facet, codes)| {
                Some(facet) == except || entry.codes(facet).iter().any(|code| codes.contains(code))
            })
    }

    fn key(&self, entry: &Entry) -> SortKey {
        let asked = self.asked();
        let with = |mark| asked.iter().filter(|&&m| entry.rating.menu_marks[m] == mark).count();
        let mut areas = BTreeSet::new();
        let mut points = 0;
        for &menu in &asked {
            match self.lists.menu_areas[menu] {
                Some(area) if areas.insert(area) => {
                    points += u16::from(entry.rating.area_points[area as usize]);
                }
                Some(_) => {}
                None => points += u16::from(entry.rating.menu_points[menu]),
            }
        }
        SortKey {
            strong: with(Mark::Strong) as u8,
            able: with(Mark::Able) as u8,
            points,
            nearness: self.nearness(entry),
            rotation: rotation(self.query.seed, id_hash(&entry.id)),
            id: entry.id.clone(),
        }
    }

    fn nearness(&self, entry: &Entry) -> Nearness {
        let (Some(place), Some(home)) = (&self.query.place, &entry.residence) else {
            return Nearness::Far;
        };
        let region = |prefecture: &String| self.lists.regions.get(prefecture);
        if place == home {
            Nearness::SamePrefecture
        } else if region(place).is_some() && region(place) == region(home) {
            Nearness::SameRegion
        } else {
            Nearness::Far
        }
    }

    /// Everybody found, in order; the comparison is restated here, not taken from `SortKey`.
    fn order(&self) -> Vec<SortKey> {
        let found = self.people.values().filter(|entry| self.keeps(entry, None));
        let mut keys: Vec<SortKey> = found.map(|entry| self.key(entry)).collect();
        keys.sort_by_key(|key| {
            let near = match key.nearness {
                Nearness::SamePrefecture => 0,
                Nearness::SameRegion => 1,
                Nearness::Far => 2,
            };
            let better = (key.strong, key.able, key.points);
            (Reverse(better), near, key.rotation, key.id.clone())
        });
        keys
    }

    fn check_counts(&self, answer: &Answer) {
        for facet in FacetName::ALL {
            let kept: Vec<&Entry> = self.people.values().filter(|entry| self.keeps(entry, Some(facet))).collect();
            let count = |code| kept.iter().filter(|e| e.codes(facet).contains(code)).count() as u32;
            let expected: Vec<u32> = self.lists.of(facet).iter().map(count).collect();
            assert_eq!(answer.facets.of(facet), expected, "counts of {facet}");
        }
        let found: Vec<&Entry> = self.people.values().filter(|entry| self.keeps(entry, None)).collect();
        assert_eq!(answer.total as usize, found.len(), "total");
        let marks = |mark_of: &dyn Fn(&Rating) -> Mark| {
            let count = |mark| found.iter().filter(|e| mark_of(&e.rating) == mark).count() as u32;
            MarkCounts { strong: count(Mark::Strong), able: count(Mark::Able), none: count(Mark::None) }
        };
        for menu in Menu::ALL {
            let expected = marks(&|rating| rating.menu_marks[menu as usize]);
            assert_eq!(answer.menus[menu as usize], expected, "marks in {menu:?}");
        }
        for area in Area::ALL {
            let expected = marks(&|rating| rating.area_marks[area as usize]);
            assert_eq!(answer.areas[area as usize], expected, "marks in {area:?}");
        }
    }

    fn check(&self, index: &Index, page: usize) {
        let mut seen: Vec<SortKey> = Vec::new();
        loop {
            let answer = index.search(self.query, seen.last(), page).unwrap();
            self.check_counts(&answer);
            for hit in &answer.hits {
                assert_eq!(hit.rating, self.people[&hit.key.id].rating);
            }
            let short = answer.hits.len() < page;
            seen.extend(answer.hits.into_iter().map(|hit| hit.key));
            if short {
                break;
            }
        }
        assert_eq!(seen, self.order(), "all pages, one after another");
    }
}

fn apply(index: &mut Index, people: &mut BTreeMap<String, Entry>, lists: &Lists, change: &Change) {
    match *change {
        Change::Upsert { who, codes, marks, points } => {
            let entry = entry(lists, who, codes, marks, points);
            people.insert(entry.id.clone(), entry.clone());
            index.upsert(entry).unwrap();
        }
        Change::Remove { who } => {
            let held = people.remove(&id(who)).is_some();
            assert_eq!(index.remove(&id(who)), held);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(512),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_index_answers_like_a_scan(
        lists in lists(),
        histories in vec((vec(change(), 0..90), ask()), 1..4),
    ) {
        let mut index = Index::new(lists.schema());
        let mut people = BTreeMap::new();
        for (changes, ask) in &histories {
            for change in changes {
                apply(&mut index, &mut people, &lists, change);
            }
            prop_assert_eq!(index.len(), people.len());
            for (id, entry) in &people {
                prop_assert_eq!(index.get(id), Some(entry.clone()));
            }
            let query = query(&lists, ask);
            Scan { lists: &lists, people: &people, query: &query }.check(&index, ask.page);
        }
    }

    #[test]
    fn an_index_filled_at_once_answers_like_one_that_lived_through_the_changes(
        lists in lists(),
        changes in vec(change(), 0..200),
        ask in ask(),
    ) {
        let mut lived = Index::new(lists.schema());
        let mut people = BTreeMap::new();
        for change in &changes {
            apply(&mut lived, &mut people, &lists, change);
        }
        let mut filled = Index::new(lists.schema());
        for entry in people.into_values().rev() {
            filled.upsert(entry).unwrap();
        }
        let query = query(&lists, &ask);
        prop_assert_eq!(lived.search(&query, None, 200), filled.search(&query, None, 200));
    }
}
