//! How many experts are judged a second on one core.
//!
//! `cargo bench -p matching --bench judge`. `fitting` are experts who meet all conditions, so that each is scored in full: what
//! a batch does with those the search has retrieved. `mixed` are made up at random, and most fail something.

use std::hint::black_box;
use std::sync::LazyLock;

use divan::counter::ItemsCount;
use divan::{Bencher, Divan};
use matching::domain::candidates::{
    Asked, Codes, Facts, Kind, MENUS, Mark, Menus, Outcomes, Place, Plan, Policy, SkillItems, Work, rank, team,
};

const EXPERTS: usize = 24_000;

/// Numbers from a fixed seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }

    fn one<K: Kind>(&mut self) -> Place<K> {
        let codes = K::list().codes();
        Place::of(&codes[self.next(codes.len())].code).expect("a code of the list")
    }

    /// Each code with a chance of so many in ten.
    fn some<K: Kind>(&mut self, in_ten: usize) -> Codes<K> {
        let codes = K::list().codes().iter().filter_map(|code| Place::of(&code.code));
        codes.filter(|_| self.next(10) < in_ten).collect()
    }
}

fn expert(number: usize, numbers: &mut Numbers, in_ten: usize) -> Facts {
    let mut facts = Facts {
        id: format!("experts/{number}"),
        listed: true,
        stale: numbers.next(10) == 0,
        prefectures: numbers.some(in_ten),
        residence: Some(numbers.one()),
        themes: numbers.some(in_ten),
        skill_items: numbers.some(in_ten),
        industries: numbers.some(3),
        formats: numbers.some(in_ten),
        durations: numbers.some(in_ten),
        sizes: numbers.some(5),
        fee: Some(numbers.one()),
        qualifications: numbers.some(2),
        bodies: numbers.some(2),
        experience: Some(numbers.one()),
        registered: Some(2016 + numbers.next(10) as i32),
        belongs_to: vec![format!("companies/{}", numbers.next(EXPERTS))],
        work: Work { capacity: 3, cases: numbers.next(2) as u32, ..Work::default() },
        ..Facts::default()
    };
    for menu in Menus::list().codes().iter().take(MENUS).filter_map(|menu| Place::of(&menu.code)) {
        facts.rate(menu, [Mark::None, Mark::Able, Mark::Strong][numbers.next(3)], numbers.next(28) as u8);
    }
    if numbers.next(3) == 0 {
        facts.record.themes.add(numbers.one(), 2);
        facts.record.industries.add(numbers.one(), 1);
        facts.record.outcomes = Some(Outcomes { good: 2, fair: 1, poor: 0 });
        facts.record.communication = Some(430);
    }
    facts
}

static FITTING: LazyLock<Vec<Facts>> = LazyLock::new(|| experts(10));
static MIXED: LazyLock<Vec<Facts>> = LazyLock::new(|| experts(3));

fn experts(in_ten: usize) -> Vec<Facts> {
    let mut numbers = Numbers(1);
    (0..EXPERTS).map(|number| expert(number, &mut numbers, in_ten)).collect()
}

fn code<K: Kind>(code: &str) -> Place<K> {
    Place::of(code).expect("a code of the list")
}

/// What a request usually says.
fn asked() -> Asked {
    Asked {
        id: "requests/1".into(),
        group: vec!["companies/x".into(), "groups/x".into()],
        vendors: vec!["companies/y".into()],
        prefecture: Some(code("27")),
        industry: Some(code("automotive")),
        size: Some(code("11_50")),
        themes: vec![code("T1")],
        formats: Codes::from(code("onsite")),
        durations: Codes::from(code("1_3m")),
        guideline: Some(code("jama_japia_lv2")),
        ..Asked::default()
    }
}

fn scores(bencher: Bencher<'_, '_>, asked: &Asked, experts: &'static [Facts]) {
    let plan = Plan::new(asked, <&Policy>::default());
    bencher.counter(ItemsCount::new(experts.len())).bench_local(|| {
        let scores = experts.iter().filter_map(|facts| plan.score(black_box(facts)).ok());
        scores.fold((0, 0), |(sum, count), score| (sum + score, count + 1))
    })
}

#[divan::bench]
fn score_fitting(bencher: Bencher<'_, '_>) {
    scores(bencher, &asked(), &FITTING);
}

#[divan::bench]
fn score_mixed(bencher: Bencher<'_, '_>) {
    scores(bencher, &asked(), &MIXED);
}

#[divan::bench]
fn score_three_wishes(bencher: Bencher<'_, '_>) {
    let themes = vec![code("T1"), code("T4"), code("T5")];
    scores(bencher, &Asked { themes, ..asked() }, &FITTING);
}

#[divan::bench]
fn make_ready(bencher: Bencher<'_, '_>) {
    let asked = asked();
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| Plan::new(black_box(&asked), <&Policy>::default()));
}

#[divan::bench]
fn verdict_in_words(bencher: Bencher<'_, '_>) {
    let asked = asked();
    let plan = Plan::new(&asked, <&Policy>::default());
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| plan.verdict(black_box(&FITTING[0])));
}

#[divan::bench]
fn rank_24_000(bencher: Bencher<'_, '_>) {
    let asked = asked();
    let plan = Plan::new(&asked, <&Policy>::default());
    bencher.counter(ItemsCount::new(EXPERTS)).bench_local(|| rank(&plan, FITTING.iter()));
}

fn teams(bencher: Bencher<'_, '_>, asked: &Asked, pool: &[Facts]) {
    let plan = Plan::new(asked, <&Policy>::default());
    bencher.bench_local(|| team(black_box(&plan), pool, 2026).map(|team| team.members.len()));
}

/// Two themes, two items, four skills and two roles, out of experts who have three in ten of anything.
#[divan::bench(args = [100, 1_000, 24_000])]
fn team_out_of(bencher: Bencher<'_, '_>, experts: usize) {
    let asked = Asked {
        id: "requests/1".into(),
        themes: vec![code("T1"), code("T4")],
        all_themes: true,
        menu_items: Codes::of(["M4-1", "M6-1"]).expect("items"),
        skill_items: Codes::of(["S1a1", "S2a1", "S4b2", "S5a2"]).expect("skills"),
        roles: Codes::of(["strategy", "education"]).expect("roles"),
        ..Asked::default()
    };
    teams(bencher, &asked, &MIXED[..experts]);
}

/// All 34 skills, which three of these experts hardly ever cover.
#[divan::bench(args = [100, 1_000, 24_000], sample_count = 1)]
fn team_for_all_skills_out_of(bencher: Bencher<'_, '_>, experts: usize) {
    let skill_items = SkillItems::list().codes().iter().filter_map(|code| Place::of(&code.code)).collect();
    teams(bencher, &Asked { skill_items, ..Asked::default() }, &MIXED[..experts]);
}

fn main() {
    Divan::from_args().main();
}
