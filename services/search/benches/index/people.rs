//! Made-up experts, with the shares that the report states of those who answered in 2024 (2.3) where it does.

use kit_vocabulary::{Code, List};
use search::domain::{Area, Entry, FacetName, Mark, Rating, Schema};

/// SplitMix64: the same run after run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn of_1000(&mut self, permille: usize) -> bool {
        self.below(1_000) < permille
    }

    /// One place of a list, by weights.
    pub(crate) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (n, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(less) => left = less,
                None => return n,
            }
        }
        unreachable!("the weights add up")
    }

    /// Each code with its own chance in a thousand.
    fn each(&mut self, list: &List, permille: &[usize]) -> Vec<String> {
        let codes = list.codes().iter().zip(permille);
        codes.filter(|(_, permille)| self.of_1000(**permille)).map(|(code, _)| code.code.clone()).collect()
    }
}

/// The code lists in the order of [`FacetName::ALL`].
pub(crate) fn lists() -> [&'static List; FacetName::ALL.len()] {
    FacetName::ALL.map(|facet| match facet {
        FacetName::Residence | FacetName::Prefectures => kit_vocabulary::prefectures(),
        FacetName::Industries => kit_vocabulary::expert_industries(),
        FacetName::Formats => kit_vocabulary::formats(),
        FacetName::Durations => kit_vocabulary::durations(),
        FacetName::Sizes => kit_vocabulary::company_sizes(),
        FacetName::Qualifications => kit_vocabulary::qualifications(),
        FacetName::Affiliation => kit_vocabulary::affiliations(),
        FacetName::Themes => kit_vocabulary::themes(),
        FacetName::Fee => kit_vocabulary::fees(),
        FacetName::Organisations => kit_vocabulary::bodies(),
        FacetName::SkillItems => kit_vocabulary::skill_items(),
    })
}

pub(crate) fn schema() -> Schema {
    let codes = |list: &List| list.codes().iter().map(|code| code.code.clone()).collect();
    let facets = FacetName::ALL.into_iter().zip(lists()).map(|(facet, list)| (facet, codes(list))).collect();
    let region = |p: &'static Code| Some((p.code.as_str(), p.links("regions").first()?.as_str()));
    let regions = kit_vocabulary::prefectures().codes().iter().filter_map(region);
    let [s1, s2, s3, s4, s5, s6] = Area::ALL.map(Some);
    let schema = Schema::new(facets).expect("no code twice").with_regions(regions).expect("known prefectures");
    schema.with_menu_areas([s1, s1, s2, s3, s4, s5, s6, None])
}

/// Inhabitants in thousands (census of 2020), in the order of the prefectures' codes.
pub(crate) const INHABITANTS: [usize; 47] = [
    5225, 1238, 1211, 2302, 960, 1068, 1833, 2867, 1933, 1939, 7345, 6284, 14048, 9237, 2201, 1035, 1133, 767, 810,
    2048, 1979, 3633, 7542, 1770, 1414, 2578, 8838, 5465, 1324, 923, 553, 671, 1888, 2800, 1342, 720, 950, 1335, 692,
    5135, 811, 1312, 1738, 1124, 1070, 1588, 1467,
];

/// ◎ and ○ of 221 in each area (fig. 2-94).
const MARKS: [(usize, usize); 6] = [(52, 137), (74, 119), (73, 129), (46, 139), (50, 82), (42, 91)];
/// Least points for ◎, and most points, of each area (form 4.3, step 1 of the rating).
const POINTS: [(usize, usize); 6] = [(23, 27), (15, 18), (13, 15), (13, 15), (10, 12), (13, 15)];

/// The `n`th expert's id: of the form of a UUIDv7, ascending, with the rest drawn from `n`.
pub(crate) fn id(n: u64) -> String {
    let mut chance = Chance(n);
    let (high, low) = (chance.next(), chance.next());
    format!("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", n >> 16, n & 0xffff, high & 0xfff, high >> 50 | 0x8000, low >> 16)
}

/// The `n`th expert.
pub(crate) fn expert(chance: &mut Chance, n: u64) -> Entry {
    let home = &kit_vocabulary::prefectures().codes()[chance.weighted(&INHABITANTS)];
    Entry {
        id: id(n),
        residence: Some(home.code.clone()),
        affiliation: Some(if chance.of_1000(367) { "independent" } else { "employed" }.to_owned()),
        fee: Some(["lt20k", "20_30k", "30_40k", "ge40k"][chance.weighted(&[200, 385, 215, 200])].to_owned()),
        prefectures: prefectures(chance, home),
        industries: chance.each(
            kit_vocabulary::expert_industries(),
            &[120, 41, 398, 110, 23, 32, 100, 276, 150, 407, 160, 140, 150, 80],
        ),
        formats: chance.each(kit_vocabulary::formats(), &[860, 805, 550, 253, 300, 400, 30]),
        durations: chance.each(kit_vocabulary::durations(), &[750, 600, 500, 400, 350, 0]),
        sizes: chance.each(kit_vocabulary::company_sizes(), &[650, 800, 800, 750, 550]),
        qualifications: qualifications(chance),
        themes: chance.each(kit_vocabulary::themes(), &[600, 550, 450, 500, 650]),
        organisations: chance.each(kit_vocabulary::bodies(), &[285, 150, 50, 30, 320, 140, 135, 10, 20, 30, 100]),
        skill_items: chance.each(kit_vocabulary::skill_items(), &[700; 34]),
        rating: rating(chance),
    }
}

/// The home prefecture and about half of its neighbours; one in twelve serves the whole country.
fn prefectures(chance: &mut Chance, home: &Code) -> Vec<String> {
    if chance.below(12) == 0 {
        return kit_vocabulary::prefectures().codes().iter().map(|code| code.code.clone()).collect();
    }
    let neighbours = home.links("prefectures").iter().filter(|_| chance.of_1000(500)).cloned();
    std::iter::once(home.code.clone()).chain(neighbours).collect()
}

/// 27 % hold none.
fn qualifications(chance: &mut Chance) -> Vec<String> {
    if chance.of_1000(270) {
        return Vec::new();
    }
    let list = kit_vocabulary::qualifications();
    let mut held = chance.each(list, &[120, 80, 20, 180, 130, 110, 170, 250]);
    if held.is_empty() {
        held.push(list.codes()[chance.below(list.codes().len())].code.clone());
    }
    held
}

fn rating(chance: &mut Chance) -> Rating {
    let mut rating = Rating::default();
    for (area, ((strong, able), (least, most))) in MARKS.into_iter().zip(POINTS).enumerate() {
        let drawn = chance.below(221);
        let (mark, from, to) = match () {
            () if drawn < strong => (Mark::Strong, least, most),
            () if drawn < strong + able => (Mark::Able, least / 2, least),
            () => (Mark::None, 0, least / 2),
        };
        rating.area_marks[area] = mark;
        rating.area_points[area] = (from + chance.below(to - from + 1)) as u8;
    }
    let [s1, s2, s3, s4, s5, s6] = rating.area_marks;
    let audit = if chance.of_1000(200) { Mark::Able } else { Mark::None };
    rating.menu_marks = [s1, s1, s2, s3, s4, s5, s6, audit];
    for (menu, area) in [0, 0, 1, 2, 3, 4, 5].into_iter().enumerate() {
        rating.menu_points[menu] = rating.area_points[area];
    }
    rating
}
