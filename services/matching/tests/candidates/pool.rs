//! Made-up experts and requests: small lists of codes, so that they often fit each other.

use matching::domain::candidates::{
    Asked, Codes, Conflict, ConflictKind, Counts, Facts, Kind, MENUS, Mark, Menus, Outcomes, Payer, Place, Record,
    Themes, Work,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// The first codes of a list.
fn codes<K: Kind>(first: usize) -> Vec<Place<K>> {
    K::list().codes().iter().take(first).map(|code| Place::of(&code.code).expect("a code of the list")).collect()
}

pub(crate) fn one_of<K: Kind + std::fmt::Debug>(first: usize) -> impl Strategy<Value = Place<K>> {
    select(codes(first))
}

/// Each of the first codes with this chance.
pub(crate) fn some_of<K: Kind>(first: usize, chance: f64) -> impl Strategy<Value = Codes<K>> {
    let codes = codes::<K>(first);
    vec(proptest::bool::weighted(chance), codes.len())
        .prop_map(move |taken| codes.iter().zip(taken).filter(|(_, taken)| *taken).map(|(code, _)| *code).collect())
}

pub(crate) fn code<K: Kind>(code: &str) -> Place<K> {
    Place::of(code).unwrap_or_else(|| panic!("{} has no {code}", K::list().name()))
}

pub(crate) fn set<K: Kind>(codes: &[&str]) -> Codes<K> {
    Codes::of(codes).expect("codes of the list")
}

const PARTIES: [&str; 6] = ["companies/1", "companies/2", "groups/a", "groups/b", "vendors/x", "vendors/y"];

fn parties(most: usize) -> impl Strategy<Value = Vec<String>> {
    vec(select(PARTIES.to_vec()).prop_map(str::to_owned), 0..=most)
}

fn conflict() -> impl Strategy<Value = Conflict> {
    let kind = select(vec![ConflictKind::Declared, ConflictKind::Barred]);
    (select(PARTIES.to_vec()), kind, select(vec!["", "{has} dispute"])).prop_map(|(with, kind, reason)| Conflict {
        with: with.to_owned(),
        kind,
        reason: reason.to_owned(),
    })
}

fn record() -> impl Strategy<Value = Record> {
    let outcomes = option::of((0..5_u32, 0..5_u32, 0..5_u32));
    let themes = vec((one_of(5), 1..5_u32), 0..3);
    let industries = vec((one_of(8), 1..4_u32), 0..3);
    (outcomes, option::of(100..=500_u16), themes, industries).prop_map(
        |(outcomes, communication, themes, industries)| Record {
            executed: 4,
            completed: 3,
            themes: counted(themes),
            industries: counted(industries),
            outcomes: outcomes.map(|(good, fair, poor)| Outcomes { good, fair, poor }),
            communication,
        },
    )
}

fn counted<K: Kind>(counts: Vec<(Place<K>, u32)>) -> Counts<K> {
    let mut all = Counts::default();
    for (code, count) in counts {
        all.add(code, count);
    }
    all
}

fn work() -> impl Strategy<Value = Work> {
    (0..4_u32, 0..3_u32, 0..2_u32, 0..4_u32, 0..12_u32).prop_map(|(capacity, cases, proposals, past, introductions)| {
        Work { capacity, cases, proposals, past, introductions }
    })
}

fn marks() -> impl Strategy<Value = [(Mark, u8); MENUS]> {
    let mark = select(vec![Mark::None, Mark::Able, Mark::Strong]);
    proptest::array::uniform8((mark, 0..30_u8))
}

/// An expert called `experts/<number>`, listed more often than not.
pub(crate) fn expert() -> impl Strategy<Value = Facts> {
    let who = (
        0..1_000_u32,
        proptest::bool::weighted(0.9),
        any::<bool>(),
        some_of(6, 0.6),
        option::of(one_of(8)),
        some_of(5, 0.6),
        marks(),
        some_of(8, 0.7),
    );
    let offers = (
        some_of(14, 0.3),
        some_of(7, 0.5),
        some_of(5, 0.5),
        some_of(5, 0.5),
        option::of(one_of(4)),
        some_of(8, 0.3),
        some_of(11, 0.3),
    );
    let past = (option::of(one_of(4)), option::of(2015..2027_i32), parties(2), vec(conflict(), 0..3), record(), work());
    (who, offers, past).prop_map(|(who, offers, past)| {
        let (number, listed, stale, prefectures, residence, themes, marks, skill_items) = who;
        let (industries, formats, durations, sizes, fee, qualifications, bodies) = offers;
        let (experience, registered, belongs_to, conflicts, record, work) = past;
        let mut facts = Facts {
            id: format!("experts/{number}"),
            listed,
            stale,
            prefectures,
            residence,
            themes,
            skill_items,
            industries,
            formats,
            durations,
            sizes,
            fee,
            qualifications,
            bodies,
            experience,
            registered,
            belongs_to,
            conflicts,
            record,
            work,
            ..Facts::default()
        };
        for (menu, (mark, points)) in codes::<Menus>(MENUS).into_iter().zip(marks) {
            facts.rate(menu, mark, points);
        }
        facts
    })
}

/// An expert who meets every condition that is not about a party, whatever the request.
pub(crate) fn able_expert() -> impl Strategy<Value = Facts> {
    expert().prop_map(|facts| Facts {
        listed: true,
        prefectures: some(47),
        themes: some(5),
        able: some(8),
        skill_items: some(34),
        formats: some(7),
        durations: some(6),
        sizes: some(5),
        fee: Some(code("lt20k")),
        qualifications: some(8),
        belongs_to: vec![],
        conflicts: vec![],
        work: Work { capacity: 100, ..facts.work },
        ..facts
    })
}

/// An expert who is free and near, whatever else.
pub(crate) fn free_expert() -> impl Strategy<Value = Facts> {
    (expert(), able_expert()).prop_map(|(facts, able)| Facts {
        themes: facts.themes,
        able: facts.able,
        strong: facts.strong,
        points: facts.points,
        skill_items: facts.skill_items,
        qualifications: facts.qualifications,
        ..able
    })
}

pub(crate) fn free_experts(most: usize) -> impl Strategy<Value = Vec<Facts>> {
    vec(free_expert(), 0..=most).prop_map(numbered)
}

fn some<K: Kind>(first: usize) -> Codes<K> {
    codes(first).into_iter().collect()
}

pub(crate) fn experts(most: usize) -> impl Strategy<Value = Vec<Facts>> {
    vec(expert(), 0..=most).prop_map(numbered)
}

pub(crate) fn able_experts(most: usize) -> impl Strategy<Value = Vec<Facts>> {
    vec(able_expert(), 0..=most).prop_map(numbered)
}

/// Ids that nobody shares.
fn numbered(mut experts: Vec<Facts>) -> Vec<Facts> {
    for (number, expert) in experts.iter_mut().enumerate() {
        expert.id = format!("experts/{number}");
    }
    experts
}

fn themes() -> impl Strategy<Value = Vec<Place<Themes>>> {
    proptest::sample::subsequence(codes::<Themes>(5), 0..=3).prop_shuffle()
}

/// A request that asks for anything.
pub(crate) fn request() -> impl Strategy<Value = Asked> {
    let company = (parties(2), parties(1), option::of(one_of(6)), option::of(one_of(8)), option::of(one_of(5)));
    let needs = (themes(), any::<bool>(), some_of(20, 0.05), some_of(8, 0.1), some_of(5, 0.1));
    let terms = (
        some_of(7, 0.2),
        some_of(5, 0.2),
        select(vec![Payer::Programme, Payer::Company]),
        option::of(one_of(4)),
        option::of(one_of(11)),
        proptest::bool::weighted(0.1),
        vec((0..6_u32).prop_map(|number| format!("experts/{number}")), 0..2),
    );
    (0..1_000_u32, company, needs, terms).prop_map(|(number, company, needs, terms)| {
        let (group, vendors, prefecture, industry, size) = company;
        let (themes, all_themes, menu_items, skill_items, roles) = needs;
        let (formats, durations, payer, fee_ceiling, guideline, emergency, declined) = terms;
        Asked {
            id: format!("requests/{number}"),
            group,
            vendors,
            prefecture,
            industry,
            size,
            themes,
            all_themes,
            menu_items,
            skill_items,
            roles,
            formats,
            durations,
            payer,
            fee_ceiling,
            guideline,
            emergency,
            declined,
        }
    })
}
