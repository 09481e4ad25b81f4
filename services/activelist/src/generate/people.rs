//! The people: who the `n`th is follows from the seed and `n` alone.

use kit_clock::Timestamp;
use kit_vocabulary::{self as lists, Code, List};
use survey::domain::policy::{DEFAULT_POLICY, Policy, policy};
use survey::domain::scoring::SKILL_ITEMS;

use super::chance::Chance;
use super::{grammar, skills};

/// Registration numbers that six digits can say; who comes after them has one of seven, which no import takes.
pub const NUMBERS: u64 = 999_999;
/// The campaign of 2024: its first moment, and its days.
const BEGIN: &str = "2024-12-25T09:00:00+09:00";
const DAYS: u64 = 40;

/// Inhabitants in thousands (census of 2020), in the order of the prefectures' codes.
const INHABITANTS: [usize; 47] = [
    5225, 1238, 1211, 2302, 960, 1068, 1833, 2867, 1933, 1939, 7345, 6284, 14048, 9237, 2201, 1035, 1133, 767, 810,
    2048, 1979, 3633, 7542, 1770, 1414, 2578, 8838, 5465, 1324, 923, 553, 671, 1888, 2800, 1342, 720, 950, 1335, 692,
    5135, 811, 1312, 1738, 1124, 1070, 1588, 1467,
];

/// A made-up expert who can be listed. Codes are those of the lists, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// From 0.
    pub n: u64,
    /// Of the form of a UUIDv7; a greater `n` has a greater id.
    pub id: String,
    /// The person's id in the survey's events.
    pub respondent: String,
    /// Six digits; seven beyond [`NUMBERS`].
    pub registration_number: String,
    /// From 2016.
    pub registration_year: i32,
    /// When the response was handed in.
    pub submitted: Timestamp,
    /// Visibly made up.
    pub full_name: String,
    /// The same in kana.
    pub full_name_kana: String,
    /// Of the domain for examples.
    pub email: String,
    /// Prefecture of residence.
    pub residence: &'static Code,
    /// Independent or employed.
    pub affiliation: &'static Code,
    /// Where the person works, visibly made up.
    pub organisation: String,
    /// In years.
    pub age: usize,
    /// Other qualifications.
    pub qualifications: Vec<&'static Code>,
    /// In words, for those who have `other`.
    pub qualifications_other: String,
    /// Years in security.
    pub experience: &'static Code,
    /// Companies supported.
    pub support_cases: usize,
    /// For so many years.
    pub support_years: usize,
    /// The track record: 100 to 400 characters.
    pub support_summary: String,
    /// Industries of strength.
    pub industries: Vec<&'static Code>,
    /// Bodies.
    pub organisations: Vec<&'static Code>,
    /// Sizes of companies.
    pub company_sizes: Vec<&'static Code>,
    /// Prefectures served.
    pub prefectures: Vec<&'static Code>,
    /// Formats of support.
    pub formats: Vec<&'static Code>,
    /// Guidance themes.
    pub themes: Vec<&'static Code>,
    /// Fee per visit.
    pub fee: &'static Code,
    /// Durations.
    pub durations: Vec<&'static Code>,
    /// At most 50 characters.
    pub self_pr: String,
    /// The 34 answers.
    pub skills: [u8; SKILL_ITEMS.len()],
}

/// So many people of a seed. Nobody is kept: each is made when asked for.
#[derive(Clone, Debug)]
pub struct People {
    seed: u64,
    experts: u64,
    /// Registration numbers go round in steps of this, from this.
    step: u64,
    from: u64,
    policy: &'static Policy,
    begin: Timestamp,
}

impl People {
    /// `experts` people of a seed.
    pub fn new(seed: u64, experts: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut step = chance.next() % NUMBERS;
        while common_divisor(step, NUMBERS) != 1 {
            step = chance.next() % NUMBERS;
        }
        let policy = policy(DEFAULT_POLICY).expect("the survey has the policy it defaults to");
        let begin = BEGIN.parse().expect("a time");
        Self { seed, experts, step, from: chance.next() % NUMBERS, policy, begin }
    }

    /// How many.
    pub const fn len(&self) -> u64 {
        self.experts
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.experts == 0
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = Person> + '_ {
        (0..self.experts).map(|n| self.person(n))
    }

    /// The `n`th, also beyond the end.
    pub fn person(&self, n: u64) -> Person {
        let chance = &mut Chance::nth(self.seed, n);
        let registration_number = self.number(n);
        let (family, given) = (grammar::write("family", chance), grammar::write("given", chance));
        let residence = &lists::prefectures().codes()[chance.weighted(&INHABITANTS)];
        // 62.9 % are employed; one of 221 did not say.
        let affiliation = one(lists::affiliations(), chance, &[367, 633]);
        let independent = affiliation.code == "independent";
        let qualifications = qualifications(chance);
        let has_other = qualifications.iter().any(|code| code.code == "other");
        let age = chance.weighted(&[20, 110, 250, 330, 200, 90]);
        let support_years = chance.between(1, 30);
        Person {
            n,
            id: id(self.seed, n),
            respondent: id(!self.seed, n),
            registration_number: registration_number.clone(),
            registration_year: 2016 + i32::try_from(chance.below(9)).unwrap_or_default(),
            submitted: self.submitted(n),
            full_name: format!("{family} {given}{registration_number}"),
            full_name_kana: "シケン ミホン".to_owned(),
            email: format!("made-up-{registration_number}@example.jp"),
            residence,
            affiliation,
            organisation: if independent {
                "個人事務所".to_owned()
            } else {
                grammar::write("organisation", chance)
            },
            age: (20 + 10 * age + chance.below(10)).min(79),
            qualifications,
            qualifications_other: if has_other { grammar::write("qualification", chance) } else { String::new() },
            // 29.0 % have 5 years or more, 40.3 % ten or more (2.3.2 (3)).
            experience: one(lists::experience(), chance, &[157, 150, 290, 403]),
            support_cases: support_years + chance.early(60),
            support_years,
            support_summary: grammar::record(chance),
            // Services 40.7 %, other manufacturing 39.8, retail 27.6; defence 2.3, power 3.2, semiconductors 4.1 (2.3.4 (3)).
            industries: some(
                lists::expert_industries(),
                chance,
                &[120, 41, 398, 110, 23, 32, 100, 276, 150, 407, 160, 140, 150, 80],
            ),
            organisations: bodies(chance),
            company_sizes: at_least_one(lists::company_sizes(), chance, &[650, 800, 800, 750, 550]),
            prefectures: prefectures(residence, chance),
            // On site 86.0 %, online 80.5, incidents 25.3 (2.3.4 (5)).
            formats: some(lists::formats(), chance, &[860, 805, 550, 253, 300, 400, 30]),
            themes: some(lists::themes(), chance, &[600, 550, 450, 500, 650]),
            // ¥20,000 to 30,000: 38.5 % (2.3.4 (7)).
            fee: one(lists::fees(), chance, &[200, 385, 215, 200]),
            durations: at_least_one(lists::durations(), chance, &[750, 600, 500, 400, 350, 0]),
            self_pr: grammar::introduction(chance),
            skills: skills::answers(self.policy.areas(), chance),
        }
    }

    /// Each number once, in no order that shows.
    fn number(&self, n: u64) -> String {
        let number = if n < NUMBERS { 1 + (n * self.step + self.from) % NUMBERS } else { n + 1 };
        format!("{number:06}")
    }

    /// Spread over the campaign, a later one later.
    fn submitted(&self, n: u64) -> Timestamp {
        let span = u128::from(DAYS * 86_400);
        let second = u128::from(n) * span / u128::from(self.experts.max(n + 1));
        Timestamp::from_micros(self.begin.micros() + i64::try_from(second).unwrap_or_default() * 1_000_000)
    }
}

/// The place of the person with this id.
pub fn place(id: &str) -> Option<u64> {
    let digits = |range| u64::from_str_radix(id.get(range)?, 16).ok();
    Some(digits(0..8)? << 16 | digits(9..13)?)
}

/// An id that ascends with `n`, the rest drawn. Versions 7 of UUIDs are what the registry gives.
fn id(seed: u64, n: u64) -> String {
    let mut chance = Chance::nth(!seed, n);
    let (high, low) = (chance.next(), chance.next());
    format!("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", n >> 16, n & 0xffff, high & 0xfff, high >> 50 | 0x8000, low >> 16)
}

fn common_divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

fn one(list: &'static List, chance: &mut Chance, weights: &[usize]) -> &'static Code {
    &list.codes()[chance.weighted(weights)]
}

/// Each code with its own chance in a thousand.
fn some(list: &'static List, chance: &mut Chance, permille: &[usize]) -> Vec<&'static Code> {
    let codes = list.codes().iter().zip(permille);
    codes.filter(|(_, permille)| chance.of_1000(**permille)).map(|(code, _)| code).collect()
}

fn at_least_one(list: &'static List, chance: &mut Chance, permille: &[usize]) -> Vec<&'static Code> {
    loop {
        let codes = some(list, chance, permille);
        if !codes.is_empty() {
            return codes;
        }
    }
}

/// 27 % hold none; IT coordinators, systems auditors and IT strategists are the most (2.3.4 (2)); 40 and 34 of 221 are
/// IT coordinators and SME consultants (fig. 2-100).
fn qualifications(chance: &mut Chance) -> Vec<&'static Code> {
    if chance.of_1000(270) {
        return Vec::new();
    }
    at_least_one(lists::qualifications(), chance, &[215, 180, 25, 200, 210, 80, 110, 300])
}

/// 31.2 % are tied to none (69 of 221); 28.5 % to chambers, 32 % to the specialists' association (2.3.4 (4)).
fn bodies(chance: &mut Chance) -> Vec<&'static Code> {
    if chance.of_1000(312) {
        return Vec::new();
    }
    at_least_one(lists::bodies(), chance, &[395, 260, 90, 50, 455, 190, 190, 20, 20, 20, 80])
}

/// The home prefecture and about half of its neighbours; one in twelve serves the whole country.
fn prefectures(home: &'static Code, chance: &mut Chance) -> Vec<&'static Code> {
    let everywhere = chance.below(12) == 0;
    let near = |code: &&Code| home.links("prefectures").contains(&code.code);
    let codes = lists::prefectures().codes().iter();
    codes.filter(|code| everywhere || code.code == home.code || (near(code) && chance.of_1000(500))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_six_digits_is_given_once() {
        for seed in [0, 1, 20_240_401] {
            let people = People::new(seed, NUMBERS);
            let mut numbers: Vec<String> = (0..NUMBERS + 2).map(|n| people.number(n)).collect();
            assert_eq!(numbers.split_off(NUMBERS as usize), ["1000000", "1000001"]);
            numbers.sort_unstable();
            assert!(
                numbers.iter().map(String::as_str).eq((1..=NUMBERS).map(|n| format!("{n:06}")).collect::<Vec<_>>())
            );
        }
    }
}
