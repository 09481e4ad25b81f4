//! Turns the file form into a [`Policy`], collecting every fault, so that whoever writes one need not find them one by one.
//!
//! What is held here is what the rest relies on: shares from nothing to the whole, a sum of weights that no score can pass,
//! and that more of a good thing never counts less.

use super::fault::{Fault, Reason as Wrong};
use super::file::{ByCode, PolicyFile, RoleFile, SignFile, TeamFile};
use super::{
    ConditionRule, HIGHEST_SCORE, IndustryRule, LittleWorkRule, NearnessRule, OutcomeRule, Policy, RoleRule, Sign,
    TeamRule, WHOLE,
};
use crate::domain::candidates::codes::{Codes, Experience, Kind, Menus, Place};
use crate::domain::candidates::facts::MENUS;
use crate::domain::candidates::reason::Reason;

/// The most that any count in a policy may be: beyond, it would decide nothing.
const HIGHEST_COUNT: i64 = 1_000;

pub(super) fn checked(file: &PolicyFile) -> Result<Policy, Vec<Fault>> {
    let mut check = Check::default();
    check.heading(file);
    check.ordered("rating", ("able", file.rating.able), ("strong", file.rating.strong));
    let policy = Policy {
        id: file.id.clone(),
        title: file.title.clone(),
        source: file.source.clone(),
        weights: check.weights(&file.weights),
        wish: check.falling("wish", &file.wish),
        strong: check.share("rating.strong", file.rating.strong),
        able: check.share("rating.able", file.rating.able),
        menu_points_full: check.menu_points(&file.menu_points_full),
        industry: IndustryRule {
            declared: check.share("industry.declared", file.industry.declared),
            cases_full: check.count("industry.cases_full", file.industry.cases_full, 1),
        },
        guidelines: check.guidelines(&file.guidelines),
        nearness: check.nearness(file),
        theme_cases_full: check.count("theme_cases_full", file.theme_cases_full, 1),
        outcomes: check.outcomes(file),
        communication_presumed: check.share("communication.presumed", file.communication.presumed),
        little_work: LittleWorkRule {
            by_cases: check.falling("little_work.by_cases", &file.little_work.by_cases),
            introductions_per_case: {
                check.count("little_work.introductions_per_case", file.little_work.introductions_per_case, 1)
            },
        },
        qualifications: check.qualifications(&file.qualifications),
        experience: check.experience(&file.experience),
        roles: check.roles(&file.roles),
        conditions: ConditionRule {
            company_size: file.conditions.company_size,
            mark_with_theme: file.conditions.mark_with_theme,
            online_anywhere: file.conditions.online_anywhere,
        },
        emergency: check.codes("emergency", &file.emergency),
        team: check.team(&file.team),
    };
    if check.faults.is_empty() { Ok(policy) } else { Err(check.faults) }
}

#[derive(Default)]
struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, place: impl Into<String>, wrong: Wrong) {
        self.faults.push(Fault::new(place, wrong));
    }

    fn heading(&mut self, file: &PolicyFile) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if file.id.is_empty() || file.id.len() > 40 || !file.id.chars().all(plain) {
            self.fault("id", Wrong::BadId);
        }
        let texts = [
            ("title.ja", &file.title.ja),
            ("title.en", &file.title.en),
            ("date", &file.date),
            ("source", &file.source),
        ];
        for (place, text) in texts {
            if text.trim().is_empty() {
                self.fault(place, Wrong::Required);
            }
        }
    }

    fn range(&mut self, place: &str, number: i64, (min, max): (i64, i64)) -> i64 {
        if !(min..=max).contains(&number) {
            self.faults.push(Fault::new(place, Wrong::OutOfRange).with("min", min).with("max", max));
        }
        number.clamp(min, max)
    }

    fn share(&mut self, place: &str, number: i64) -> i64 {
        self.range(place, number, (0, WHOLE))
    }

    fn count(&mut self, place: &str, number: i64, least: i64) -> u32 {
        u32::try_from(self.range(place, number, (least, HIGHEST_COUNT))).unwrap_or(0)
    }

    fn ordered(&mut self, place: &str, lesser: (&str, i64), greater: (&str, i64)) {
        if lesser.1 > greater.1 {
            let fault = Fault::new(place, Wrong::NotOrdered);
            self.faults.push(fault.with("lesser", lesser.0).with("greater", greater.0));
        }
    }

    /// Shares that never rise.
    fn falling(&mut self, place: &str, shares: &[i64]) -> Vec<i64> {
        if shares.is_empty() {
            self.fault(place, Wrong::Required);
        }
        for (at, pair) in shares.windows(2).enumerate() {
            self.ordered(place, (&format!("[{}]", at + 1), pair[1]), (&format!("[{at}]"), pair[0]));
        }
        shares.iter().enumerate().map(|(at, &share)| self.share(&format!("{place}[{at}]"), share)).collect()
    }

    fn place<K: Kind>(&mut self, place: &str, code: &str) -> Option<Place<K>> {
        let found = Place::of(code);
        if found.is_none() {
            self.faults.push(Fault::new(place, Wrong::UnknownCode).with("list", K::list().name()));
        }
        found
    }

    fn codes<K: Kind>(&mut self, place: &str, codes: &[String]) -> Codes<K> {
        let found = codes.iter().enumerate().filter_map(|(at, code)| self.place(&format!("{place}[{at}]"), code));
        found.collect()
    }

    fn weights(&mut self, given: &ByCode<i64>) -> [i64; Reason::COUNT] {
        for code in given.keys().filter(|code| Reason::from_code(code).is_none()) {
            self.fault(format!("weights.{code}"), Wrong::UnknownReason);
        }
        let mut weights = [0; Reason::COUNT];
        for reason in Reason::ALL {
            let place = format!("weights.{}", reason.code());
            match given.get(reason.code()) {
                Some(&weight) => weights[*reason as usize] = self.range(&place, weight, (0, HIGHEST_SCORE)),
                None => self.fault(place, Wrong::Required),
            }
        }
        let sum: i64 = weights.iter().sum();
        if !(1..=HIGHEST_SCORE).contains(&sum) {
            self.faults.push(Fault::new("weights", Wrong::BadSum).with("max", HIGHEST_SCORE).with("sum", sum));
        }
        weights
    }

    fn menu_points(&mut self, given: &ByCode<i64>) -> [u8; MENUS] {
        let mut full = [1; MENUS];
        for (code, &points) in given {
            let place = format!("menu_points_full.{code}");
            let points = self.range(&place, points, (1, i64::from(u8::MAX)));
            let slot = self.place::<Menus>(&place, code).and_then(|menu| full.get_mut(menu.index()));
            if let (Some(slot), Ok(points)) = (slot, u8::try_from(points)) {
                *slot = points;
            }
        }
        for code in Menus::list().codes().iter().filter(|code| !given.contains_key(&code.code)) {
            self.fault(format!("menu_points_full.{}", code.code), Wrong::Required);
        }
        full
    }

    fn guidelines<K: Kind>(&mut self, given: &ByCode<Vec<SignFile>>) -> Vec<(Place<K>, Vec<Sign>)> {
        let mut rules = Vec::new();
        for (code, signs) in given {
            let place = format!("guidelines.{code}");
            let guideline = self.place(&place, code);
            let sign = |(at, sign): (usize, &SignFile)| self.sign(&format!("{place}[{at}]"), sign);
            let signs: Vec<_> = signs.iter().enumerate().map(sign).collect();
            if signs.is_empty() {
                self.fault(&place, Wrong::Required);
            }
            rules.extend(guideline.map(|guideline| (guideline, signs)));
        }
        rules
    }

    fn sign(&mut self, place: &str, sign: &SignFile) -> Sign {
        let any = [&sign.bodies, &sign.industries, &sign.qualifications, &sign.skill_items];
        if any.iter().all(|codes| codes.is_empty()) {
            self.fault(place, Wrong::Required);
        }
        Sign {
            bodies: self.codes(&format!("{place}.bodies"), &sign.bodies),
            industries: self.codes(&format!("{place}.industries"), &sign.industries),
            qualifications: self.codes(&format!("{place}.qualifications"), &sign.qualifications),
            skill_items: self.codes(&format!("{place}.skill_items"), &sign.skill_items),
            share: self.share(&format!("{place}.share"), sign.share),
        }
    }

    fn nearness(&mut self, file: &PolicyFile) -> NearnessRule {
        let given = &file.nearness;
        let steps = [
            ("elsewhere", given.elsewhere),
            ("same_region", given.same_region),
            ("neighbour", given.neighbour),
            ("same_prefecture", given.same_prefecture),
        ];
        for pair in steps.windows(2) {
            self.ordered("nearness", pair[0], pair[1]);
        }
        NearnessRule {
            same_prefecture: self.share("nearness.same_prefecture", given.same_prefecture),
            neighbour: self.share("nearness.neighbour", given.neighbour),
            same_region: self.share("nearness.same_region", given.same_region),
            elsewhere: self.share("nearness.elsewhere", given.elsewhere),
            online_only: self.share("nearness.online_only", given.online_only),
        }
    }

    fn outcomes(&mut self, file: &PolicyFile) -> OutcomeRule {
        let given = &file.outcomes;
        self.ordered("outcomes", ("poor", given.poor), ("fair", given.fair));
        self.ordered("outcomes", ("fair", given.fair), ("good", given.good));
        OutcomeRule {
            good: self.share("outcomes.good", given.good),
            fair: self.share("outcomes.fair", given.fair),
            poor: self.share("outcomes.poor", given.poor),
            presumed: self.share("outcomes.presumed", given.presumed),
            presumed_answers: self.count("outcomes.presumed_answers", given.presumed_answers, 1),
        }
    }

    fn qualifications<K: Kind>(&mut self, given: &ByCode<Vec<String>>) -> [Codes<K>; MENUS] {
        let mut by_menu = [Codes::NONE; MENUS];
        for (code, named) in given {
            let place = format!("qualifications.{code}");
            let named = self.codes(&place, named);
            if let Some(slot) = self.place::<Menus>(&place, code).and_then(|menu| by_menu.get_mut(menu.index())) {
                *slot = named;
            }
        }
        by_menu
    }

    fn experience(&mut self, given: &ByCode<i64>) -> Vec<i64> {
        for (code, &share) in given {
            let place = format!("experience.{code}");
            self.place::<Experience>(&place, code);
            self.share(&place, share);
        }
        let codes = Experience::list().codes();
        for code in codes.iter().filter(|code| !given.contains_key(&code.code)) {
            self.fault(format!("experience.{}", code.code), Wrong::Required);
        }
        let share = |code: &str| given.get(code).copied().unwrap_or_default();
        for pair in codes.windows(2) {
            let [shorter, longer] = [&*pair[0].code, &*pair[1].code];
            self.ordered("experience", (shorter, share(shorter)), (longer, share(longer)));
        }
        codes.iter().map(|code| share(&code.code)).collect()
    }

    fn roles<K: Kind>(&mut self, given: &ByCode<RoleFile>) -> Vec<(Place<K>, RoleRule)> {
        let mut rules = Vec::new();
        for (code, file) in given {
            let place = format!("roles.{code}");
            let rule = RoleRule {
                menus: self.codes(&format!("{place}.menus"), &file.menus),
                themes: self.codes(&format!("{place}.themes"), &file.themes),
                qualifications: self.codes(&format!("{place}.qualifications"), &file.qualifications),
            };
            if file.menus.is_empty() && file.themes.is_empty() && file.qualifications.is_empty() {
                self.fault(&place, Wrong::Required);
            }
            rules.extend(self.place(&place, code).map(|role| (role, rule)));
        }
        rules
    }

    /// Nobody may be senior and junior at once: the bounds must not meet.
    fn team(&mut self, file: &TeamFile) -> TeamRule {
        let mut index = |place: &str, code: &str| self.place::<Experience>(place, code).map(Place::index);
        let senior = index("team.senior.experience_from", &file.senior.experience_from);
        let junior = index("team.junior.experience_to", &file.junior.experience_to);
        if let (Some(senior), Some(junior)) = (senior, junior) {
            let next = ("junior.experience_to + 1", junior as i64 + 1);
            self.ordered("team", next, ("senior.experience_from", senior as i64));
        }
        let (from, to) = (file.senior.registered_years_from, file.junior.registered_years_to);
        let senior_years = self.count("team.senior.registered_years_from", from, 0);
        let junior_years = self.count("team.junior.registered_years_to", to, 0);
        let next = ("junior.registered_years_to + 1", i64::from(junior_years) + 1);
        self.ordered("team", next, ("senior.registered_years_from", i64::from(senior_years)));
        TeamRule {
            senior_experience: senior.unwrap_or_default(),
            senior_years,
            junior_experience: junior.unwrap_or_default(),
            junior_years,
            management: self.codes("team.management", &file.management),
            technical: self.codes("team.technical", &file.technical),
        }
    }
}
