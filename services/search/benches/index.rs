//! How long a search takes in the index alone, at 24,000 experts: about all specialists in the
//! country. Made-up entries and queries; one query a sample, so the median is the p50 over them.
//!
//! `cargo bench -p search --bench index`

use std::sync::LazyLock;

use divan::Bencher;
use search::domain::{Area, Entry, FacetName, Index, Mark, Query, Rating, Schema};

const EXPERTS: u64 = 24_000;
const QUERIES: usize = 1_000;
const PAGE: usize = 20;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::new(schema());
    let mut chance = Chance(1);
    for n in 0..EXPERTS {
        index.upsert(expert(&mut chance, n)).expect("the codes are the schema's");
    }
    index
});

static ASKED: LazyLock<Vec<Query>> = LazyLock::new(|| {
    let mut chance = Chance(2);
    (0..QUERIES).map(|_| asked(&mut chance)).collect()
});

fn main() {
    LazyLock::force(&INDEX);
    LazyLock::force(&ASKED);
    divan::main();
}

/// The first page with total and all counts.
#[divan::bench(sample_count = 20_000, sample_size = 1)]
fn query(bencher: Bencher<'_, '_>) {
    let mut queries = ASKED.iter().cycle();
    bencher
        .with_inputs(|| queries.next().expect("there are queries"))
        .bench_local_refs(|query| INDEX.search(query, None, PAGE));
}

/// Total and counts alone.
#[divan::bench(sample_count = 20_000, sample_size = 1)]
fn counts(bencher: Bencher<'_, '_>) {
    let mut queries = ASKED.iter().cycle();
    bencher
        .with_inputs(|| queries.next().expect("there are queries"))
        .bench_local_refs(|query| INDEX.search(query, None, 0));
}

/// SplitMix64: the same run after run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True in `permille` of a thousand cases.
    fn of_1000(&mut self, permille: usize) -> bool {
        self.below(1_000) < permille
    }

    /// Each code with the chance that stands beside it, the last chance for the rest.
    fn each(&mut self, codes: &[String], permille: &[usize]) -> Vec<String> {
        let chances = permille.iter().chain(permille.last().into_iter().cycle());
        codes.iter().zip(chances).filter(|(_, p)| self.of_1000(**p)).map(|(code, _)| code.clone()).collect()
    }

    fn some(&mut self, codes: &[String], n: usize) -> Vec<String> {
        (0..n).map(|_| codes[self.below(codes.len())].clone()).collect()
    }
}

fn codes(prefix: &str, n: usize) -> Vec<String> {
    (1..=n).map(|n| format!("{prefix}{n:02}")).collect()
}

fn schema() -> Schema {
    let lists = vec![
        (FacetName::Residence, codes("p", 47)),
        (FacetName::Prefectures, codes("p", 47)),
        (FacetName::Industries, codes("i", 14)),
        (FacetName::Formats, codes("f", 7)),
        (FacetName::Durations, codes("d", 5)),
        (FacetName::Sizes, codes("s", 5)),
        (FacetName::Qualifications, codes("q", 8)),
        (FacetName::Affiliation, codes("a", 2)),
        (FacetName::Themes, codes("t", 5)),
        (FacetName::Fee, codes("y", 4)),
    ];
    let [s1, s2, s3, s4, s5, s6] = Area::ALL.map(Some);
    Schema::new(lists).expect("no code twice").with_menu_areas([s1, s1, s2, s3, s4, s5, s6, None])
}

/// Shares as the report states them where it does (survey of 2024, 2.3).
fn expert(chance: &mut Chance, n: u64) -> Entry {
    let home = chance.below(47);
    let served = [home, (home + 1) % 47, (home + 2) % 47].map(|place| format!("p{:02}", place + 1));
    let marks: [Mark; 6] = [235, 335, 330, 208, 226, 190].map(|strong| match chance.of_1000(strong) {
        true => Mark::Strong,
        false if chance.of_1000(700) => Mark::Able,
        false => Mark::None,
    });
    let [s1, s2, s3, s4, s5, s6] = marks;
    Entry {
        id: format!("expert-{n:08}"),
        residence: Some(served[0].clone()),
        affiliation: Some(if chance.of_1000(367) { "a01" } else { "a02" }.to_owned()),
        fee: chance.some(&codes("y", 4), 1).pop(),
        prefectures: served[..=chance.below(3)].to_vec(),
        industries: chance.each(&codes("i", 14), &[407, 398, 276, 23, 32, 41, 150]),
        formats: chance.each(&codes("f", 7), &[860, 805, 400, 253, 300]),
        durations: chance.each(&codes("d", 5), &[600]),
        sizes: chance.each(&codes("s", 5), &[700]),
        qualifications: chance.each(&codes("q", 8), &[150]),
        themes: chance.each(&codes("t", 5), &[500]),
        rating: Rating {
            area_marks: marks,
            menu_marks: [s1, s1, s2, s3, s4, s5, s6, Mark::None],
            area_points: [27, 18, 15, 15, 12, 15].map(|most| chance.below(most + 1) as u8),
            menu_points: [0; 8],
        },
    }
}

fn asked(chance: &mut Chance) -> Query {
    let mut query = Query { menus: vec![format!("M{}", chance.below(7))], seed: 20_240_401, ..Query::default() };
    let (places, industries) = (chance.below(4), chance.below(3));
    let durations = if chance.below(3) == 0 { 1 + chance.below(2) } else { 0 };
    let formats = usize::from(chance.below(3) == 0);
    query.narrow(FacetName::Prefectures, chance.some(&codes("p", 47), places));
    query.narrow(FacetName::Industries, chance.some(&codes("i", 14), industries));
    query.narrow(FacetName::Durations, chance.some(&codes("d", 5), durations));
    query.narrow(FacetName::Formats, chance.some(&codes("f", 7), formats));
    if chance.below(2) == 0 {
        query.narrow(FacetName::Fee, codes("y", 1 + chance.below(4)));
    }
    query
}
