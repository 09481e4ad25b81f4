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
    Answer, Area, Entry, FacetName, Index, Mark, MarkCounts, Menu, Nearness, Processor, Query, Rating, Schema, SortKey,
    Within,
};

const FACETS: usize = FacetName::ALL.len();
const SINGLE: [FacetName; 3] = [FacetName::Residence, FacetName::Affiliation, FacetName::Fee];

/// Code lists, regions and the menus' areas, as made up for one case.
#[derive(Clone, Debug)]
struct Lists {
    codes: [Vec<String>; FACETS],
    regions: BTreeMap<String, String>,
    menu_areas: [Option<Area>; 8],
    /// By its code: the menu an item is of, and the theme it is.
    menu_items: BTreeMap<String, (usize, Option<String>)>,
}

impl Lists {
    fn of(&self, facet: FacetName) -> &[String] {
        &self.codes[facet as usize]
    }

    fn schema(&self) -> Schema {
        let facets = FacetName::ALL.into_iter().zip(self.codes.clone()).collect();
        let regions = self.regions.iter().map(|(place, region)| (place.as_str(), region.as_str()));
        let items = self.menu_items.iter();
        let items = items.map(|(item, (menu, theme))| (item.as_str(), Menu::ALL[*menu].code(), theme.as_deref()));
        let schema = Schema::new(facets).unwrap().with_regions(regions).unwrap();
        schema.with_menu_areas(self.menu_areas).with_menu_items(items).unwrap()
    }
}

fn lists() -> impl Strategy<Value = Lists> {
    let sizes = proptest::array::uniform12(0usize..12);
    let regions = vec(proptest::option::of(0u8..3), 12);
    let areas = proptest::array::uniform8(proptest::option::of(0usize..6));
    let items = vec((0usize..8, proptest::option::of(any::<Pick>())), 0..16);
    (sizes, regions, areas, items).prop_map(|(sizes, regions, areas, items)| {
        let codes: [Vec<String>; FACETS] =
            std::array::from_fn(|facet| (0..sizes[facet]).map(|n| format!("c{n:02}")).collect());
        let places = codes[FacetName::Residence as usize].iter().zip(regions);
        let regions = places.filter_map(|(place, region)| Some((place.clone(), format!("r{}", region?)))).collect();
        let themes = &codes[FacetName::Themes as usize];
        let theme = |pick: Option<Pick>| pick.filter(|_| !themes.is_empty()).map(|pick| pick.get(themes).clone());
        let items = items.into_iter().enumerate();
        let menu_items = items.map(|(n, (menu, pick))| (format!("item {n}"), (menu, theme(pick)))).collect();
        Lists { codes, regions, menu_areas: areas.map(|area| area.map(|n| Area::ALL[n])), menu_items }
    })
}

/// One change to the index, in numbers that any lists can make sense of.
#[derive(Clone, Debug)]
enum Change {
    Upsert { who: u8, codes: [u16; FACETS], marks: u32, points: u64 },
    Remove { who: u8 },
}

impl Change {
    const fn who(&self) -> u8 {
        let (Self::Upsert { who, .. } | Self::Remove { who }) = self;
        *who
    }
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
        organisations: chosen(FacetName::Organisations),
        skill_items: chosen(FacetName::SkillItems),
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
    items: Vec<Pick>,
    conditions: BTreeMap<u8, Vec<Pick>>,
    preferences: Vec<(u8, Vec<Pick>)>,
    place: Option<Pick>,
    seed: u64,
    page: usize,
    facets: u16,
    marks: bool,
    /// Whom the search is limited to, as a free text would; everybody without it.
    within: Option<BTreeSet<u8>>,
}

fn ask() -> impl Strategy<Value = Ask> {
    let menus = (vec(0u8..8, 0..4), prop_oneof![Just(Vec::new()), vec(any::<Pick>(), 0..5)]);
    let conditions = proptest::collection::btree_map(0..FACETS as u8, vec(any::<Pick>(), 0..7), 0..5);
    // Up to nine, of which seven count.
    let preferences = prop_oneof![Just(Vec::new()), vec((0..FACETS as u8, vec(any::<Pick>(), 0..5)), 0..10)];
    let place = proptest::option::of(any::<Pick>());
    let counted = (prop_oneof![3 => Just(u16::MAX), 1 => any::<u16>()], any::<bool>());
    let within = proptest::option::weighted(0.3, proptest::collection::btree_set(0u8..140, 0..140));
    let order = (preferences, place, any::<u64>(), 1usize..50);
    (menus, conditions, order, counted, within).prop_map(
        |((menus, items), conditions, (preferences, place, seed, page), (facets, marks), within)| Ask {
            menus,
            items,
            conditions,
            preferences,
            place,
            seed,
            page,
            facets,
            marks,
            within,
        },
    )
}

fn query(lists: &Lists, ask: &Ask) -> Query {
    let pick = |facet: FacetName, pick: &Pick| {
        let list = lists.of(facet);
        (!list.is_empty()).then(|| pick.get(list).clone())
    };
    let codes = |facet: u8, picks: &[Pick]| -> (FacetName, Vec<String>) {
        let facet = FacetName::ALL[usize::from(facet)];
        (facet, picks.iter().filter_map(|p| pick(facet, p)).collect())
    };
    let items: Vec<&String> = lists.menu_items.keys().collect();
    let picked = ask.items.iter().filter(|_| !items.is_empty());
    Query {
        menus: ask.menus.iter().map(|menu| format!("M{menu}")).collect(),
        menu_items: picked.map(|item| (*item.get(&items)).clone()).collect(),
        conditions: ask.conditions.iter().map(|(facet, picks)| codes(*facet, picks)).collect(),
        preferences: ask.preferences.iter().map(|(facet, picks)| codes(*facet, picks)).collect(),
        place: ask.place.as_ref().and_then(|place| pick(FacetName::Residence, place)),
        seed: ask.seed,
        facets: FacetName::ALL.into_iter().filter(|&facet| ask.facets >> facet as u16 & 1 == 1).collect(),
        marks: ask.marks,
    }
}

/// The scan: one expert at a time, in the words of the rules.
struct Scan<'a> {
    lists: &'a Lists,
    people: &'a BTreeMap<String, Entry>,
    query: &'a Query,
    within: Option<BTreeSet<String>>,
    asked: BTreeSet<usize>,
}

impl<'a> Scan<'a> {
    fn new(
        lists: &'a Lists,
        people: &'a BTreeMap<String, Entry>,
        query: &'a Query,
        within: Option<BTreeSet<String>>,
    ) -> Self {
        let menus = query.menus.iter().map(|code| code[1..].parse().unwrap());
        let asked = menus.chain(query.menu_items.iter().map(|item| lists.menu_items[item].0)).collect();
        Self { lists, people, query, within, asked }
    }

    /// Whether the expert can do what is asked of a menu.
    fn can(&self, entry: &Entry, menu: usize) -> bool {
        let items = self.query.menu_items.iter().map(|item| &self.lists.menu_items[item]);
        let themes: Vec<&Option<String>> = items.filter(|(of, _)| *of == menu).map(|(_, theme)| theme).collect();
        let guides = |theme: &Option<String>| theme.as_ref().is_none_or(|theme| entry.themes.contains(theme));
        entry.rating.menu_marks[menu] != Mark::None && (themes.is_empty() || themes.into_iter().any(guides))
    }

    fn keeps(&self, entry: &Entry, except: Option<FacetName>) -> bool {
        self.within.as_ref().is_none_or(|within| within.contains(&entry.id))
            && (self.asked.is_empty() || self.asked.iter().any(|&menu| self.can(entry, menu)))
            && self.query.conditions.iter().all(|(&facet, codes)| {
                Some(facet) == except || entry.codes(facet).iter().any(|code| codes.contains(code))
            })
    }

    fn key(&self, entry: &Entry) -> SortKey {
        let with = |mark| self.asked.iter().filter(|&&m| entry.rating.menu_marks[m] == mark).count();
        let mut areas = BTreeSet::new();
        let mut points = 0;
        for &menu in &self.asked {
            match self.lists.menu_areas[menu] {
                Some(area) if areas.insert(area) => {
                    points += u16::from(entry.rating.area_points[area as usize]);
                }
                Some(_) => {}
                None => points += u16::from(entry.rating.menu_points[menu]),
            }
        }
        let meets =
            |(facet, codes): &&(FacetName, Vec<String>)| entry.codes(*facet).iter().any(|code| codes.contains(code));
        SortKey {
            strong: with(Mark::Strong) as u8,
            able: with(Mark::Able) as u8,
            preferred: self.query.preferences.iter().take(7).filter(meets).count() as u8,
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

    /// Everybody found, in order.
    fn order(&self) -> Vec<SortKey> {
        let found = self.people.values().filter(|entry| self.keeps(entry, None));
        let mut keys: Vec<SortKey> = found.map(|entry| self.key(entry)).collect();
        keys.sort_by_cached_key(place);
        keys
    }

    fn counts(&self) -> Counts {
        let facet = |facet: FacetName| -> Vec<u32> {
            let kept: Vec<&Entry> = self.people.values().filter(|entry| self.keeps(entry, Some(facet))).collect();
            let count = |code| kept.iter().filter(|e| e.codes(facet).contains(code)).count() as u32;
            let counted = if self.query.facets.contains(facet) { self.lists.of(facet) } else { &[] };
            counted.iter().map(count).collect()
        };
        let found: Vec<&Entry> = self.people.values().filter(|entry| self.keeps(entry, None)).collect();
        let marks = |mark_of: &dyn Fn(&Rating) -> Mark| {
            let count = |mark| found.iter().filter(|e| mark_of(&e.rating) == mark).count() as u32;
            match self.query.marks {
                true => MarkCounts { strong: count(Mark::Strong), able: count(Mark::Able), none: count(Mark::None) },
                false => MarkCounts::default(),
            }
        };
        Counts {
            total: found.len() as u32,
            facets: FacetName::ALL.map(facet),
            menus: Menu::ALL.map(|menu| marks(&|rating| rating.menu_marks[menu as usize])),
            areas: Area::ALL.map(|area| marks(&|rating| rating.area_marks[area as usize])),
        }
    }

    /// Pages, all or so many, on every processor's instructions.
    fn check(&self, index: &Index, page: usize, pages: usize) {
        let (expected, counts) = (self.order(), self.counts());
        let slots = |ids: &BTreeSet<String>| ids.iter().filter_map(|id| index.slot_of(id)).collect::<BTreeSet<u32>>();
        let list: Option<Vec<u32>> = self.within.as_ref().map(|ids| slots(ids).into_iter().collect());
        let mut bits = vec![0u64; list.iter().flatten().max().map_or(0, |slot| *slot as usize / 64 + 1)];
        list.iter().flatten().for_each(|slot| bits[*slot as usize / 64] |= 1 << (slot % 64));
        for (n, processor) in Processor::available().into_iter().enumerate() {
            let within = match &list {
                Some(list) if n % 2 == 0 => Within::List(list),
                Some(_) => Within::Bits(&bits),
                None => Within::Everybody,
            };
            let snapshot = index.snapshot().on(processor);
            let mut seen: Vec<SortKey> = Vec::new();
            for _ in 0..pages {
                let answer = snapshot.search_within(self.query, within, seen.last(), page).unwrap();
                assert_eq!(Counts::of(&answer), counts, "on {}", processor.name());
                for hit in &answer.hits {
                    assert_eq!(hit.rating, self.people[&hit.key.id].rating);
                    assert_eq!(Some(hit.slot), index.slot_of(&hit.key.id));
                }
                let short = answer.hits.len() < page;
                seen.extend(answer.hits.into_iter().map(|hit| hit.key));
                if short {
                    assert_eq!(seen.len(), expected.len());
                    break;
                }
            }
            assert_eq!(seen, expected[..seen.len()], "pages, one after another, on {}", processor.name());
        }
    }
}

/// Where a key stands: the comparison is restated here, not taken from `SortKey`.
fn place(key: &SortKey) -> impl Ord + use<> {
    let near = match key.nearness {
        Nearness::SamePrefecture => 0,
        Nearness::SameRegion => 1,
        Nearness::Far => 2,
    };
    let better = (key.strong, key.able, key.preferred, key.points);
    (Reverse(better), near, key.rotation, key.id.clone())
}

/// All that an answer counts.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    total: u32,
    facets: [Vec<u32>; FACETS],
    menus: [MarkCounts; 8],
    areas: [MarkCounts; 6],
}

impl Counts {
    fn of(answer: &Answer) -> Self {
        let facets = FacetName::ALL.map(|facet| answer.facets.of(facet).to_vec());
        Self { total: answer.total, facets, menus: answer.menus, areas: answer.areas }
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

/// SplitMix64, for entries too many to be drawn one by one.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

proptest! {
    // So many unless PROPTEST_CASES says otherwise.
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// A bound found in one block decides over those in the next, and counts are carried from block to block.
    #[test]
    fn thousands_are_answered_like_a_scan(
        lists in lists(),
        (seed, size) in (any::<u64>(), 400usize..9_000),
        asks in vec(ask(), 1..4),
    ) {
        let mut state = seed;
        let mut index = Index::new(lists.schema());
        let mut people = BTreeMap::new();
        for who in 0..size {
            let codes = std::array::from_fn(|_| (draw(&mut state) & draw(&mut state)) as u16);
            // Few points and marks, so that many stand level with each other.
            let (marks, points) = (draw(&mut state) as u32, draw(&mut state) & draw(&mut state) & draw(&mut state));
            let mut entry = entry(&lists, 0, codes, marks, points);
            // Half of the ids as the registry gives them.
            let id = uuid::Uuid::from_u128(u128::from(draw(&mut state)) << 13);
            entry.id = if who % 2 == 0 { id.to_string() } else { format!("expert-{who}") };
            if who % 7 == 0 {
                index.upsert(Entry { id: format!("gone-{who}"), ..entry.clone() }).unwrap();
            }
            people.insert(entry.id.clone(), entry.clone());
            index.upsert(entry).unwrap();
            if who % 7 == 3 {
                assert!(index.remove(&format!("gone-{}", who - 3)));
            }
        }
        for who in (0..size).step_by(7) {
            index.remove(&format!("gone-{who}"));
        }
        for ask in &asks {
            let query = query(&lists, ask);
            let mut one_of_three = |_: &&String| draw(&mut state).is_multiple_of(3);
            let within = ask.within.as_ref().map(|_| people.keys().filter(&mut one_of_three).cloned().collect());
            Scan::new(&lists, &people, &query, within).check(&index, ask.page, 3);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

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
            let within = ask.within.as_ref().map(|who| who.iter().map(|&who| id(who)).collect());
            Scan::new(&lists, &people, &query, within).check(&index, ask.page, usize::MAX);
        }
    }

    #[test]
    fn pages_show_whoever_does_not_change_exactly_once_while_others_do(
        lists in lists(),
        before in vec(change(), 0..200),
        between in vec(vec(change(), 0..6), 1..12),
        ask in ask(),
    ) {
        let mut index = Index::new(lists.schema());
        let mut people = BTreeMap::new();
        before.iter().for_each(|change| apply(&mut index, &mut people, &lists, change));
        let query = query(&lists, &ask);
        let scan = |people: &BTreeMap<String, Entry>| {
            Scan::new(&lists, people, &query, None).order()
        };
        let changed: BTreeSet<String> = between.iter().flatten().map(|change| id(change.who())).collect();
        let unchanged = |keys: &[SortKey]| -> Vec<SortKey> {
            keys.iter().filter(|key| !changed.contains(&key.id)).cloned().collect()
        };
        let expected = unchanged(&scan(&people));
        let mut seen: Vec<SortKey> = Vec::new();
        for changes in between.iter().cycle() {
            let answer = index.search(&query, seen.last(), ask.page).unwrap();
            let now = scan(&people);
            let later = now.iter().filter(|key| seen.last().is_none_or(|last| place(key) > place(last)));
            prop_assert!(answer.hits.iter().map(|hit| &hit.key).eq(later.take(ask.page)));
            prop_assert_eq!(answer.total as usize, now.len());
            if answer.hits.len() < ask.page {
                seen.extend(answer.hits.into_iter().map(|hit| hit.key));
                break;
            }
            seen.extend(answer.hits.into_iter().map(|hit| hit.key));
            changes.iter().for_each(|change| apply(&mut index, &mut people, &lists, change));
        }
        prop_assert_eq!(unchanged(&seen), expected);
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
        let answer = |index: &Index| {
            let mut answer = index.search(&query, None, 200).unwrap();
            answer.hits.iter_mut().for_each(|hit| hit.slot = 0);
            answer
        };
        prop_assert_eq!(answer(&lived), answer(&filled));
    }
}
