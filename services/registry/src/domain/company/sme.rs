//! Whether a company is small (中小企業): a rule that is data, with an id, applied to industry, capital and staff.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use contract::registry::v1::{CompanyFacts, SmeStanding, SmeStatus};
use kit_vocabulary::company_sizes;
use serde::Deserialize;

use kit_vocabulary::Words;

/// The rule in force.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    id: String,
    #[serde(rename = "source")]
    _source: String,
    classes: Vec<Class>,
    /// Classes of each industry; several where its divisions fall into different ones.
    industries: BTreeMap<String, Vec<String>>,
    reasons: BTreeMap<String, Words>,
}

/// A class of the rule: small is who has at most this capital or at most this staff.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its stable code.
    pub code: String,
    #[serde(rename = "ja")]
    _ja: String,
    #[serde(rename = "en")]
    _en: String,
    capital_yen: i64,
    staff: i64,
}

/// The rule, read.
pub fn rule() -> &'static Rule {
    static RULE: OnceLock<Rule> = OnceLock::new();
    RULE.get_or_init(|| {
        let json = include_str!("../../../data/sme.json");
        serde_json::from_str(json).expect("the rule is part of the program, and a test reads it")
    })
}

impl Rule {
    /// The class of this code.
    pub fn class(&self, code: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.code == code)
    }

    /// The classes of an industry, in the rule's order; none for one that the rule does not count.
    pub fn classes_of(&self, industry: &str) -> impl Iterator<Item = &Class> {
        let codes = self.industries.get(industry).map(Vec::as_slice).unwrap_or_default();
        codes.iter().filter_map(|code| self.class(code))
    }

    fn status(&self, standing: SmeStanding, reason: &str, class: &str) -> SmeStatus {
        let words = self.reasons.get(reason);
        SmeStatus {
            standing: standing.into(),
            rule: self.id.clone(),
            sme_class: class.to_owned(),
            reason: reason.to_owned(),
            ja: words.map(|words| words.ja.clone()).unwrap_or_default(),
            en: words.map(|words| words.en.clone()).unwrap_or_default(),
        }
    }
}

/// The code of `company_sizes` for a staff; none below 0.
pub fn size_of(employees: i64) -> Option<String> {
    let sizes = company_sizes().codes().iter();
    let mut fitting =
        sizes.filter(|size| bounds(&size.code).is_some_and(|(least, most)| (least..=most).contains(&employees)));
    fitting.next().map(|size| size.code.clone())
}

/// The least and the most staff of a code: `le10`, `11_50`, `ge301`.
fn bounds(code: &str) -> Option<(i64, i64)> {
    if let Some(most) = code.strip_prefix("le") {
        return Some((0, most.parse().ok()?));
    }
    if let Some(least) = code.strip_prefix("ge") {
        return Some((least.parse().ok()?, i64::MAX));
    }
    let (least, most) = code.split_once('_')?;
    Some((least.parse().ok()?, most.parse().ok()?))
}

/// Whether a company is small, and why.
pub fn status(facts: &CompanyFacts) -> SmeStatus {
    let rule = rule();
    let unknown = |reason| rule.status(SmeStanding::Unknown, reason, "");
    let chosen = rule.class(&facts.sme_class);
    let classes: Vec<_> = match chosen {
        Some(class) => vec![class],
        None if facts.industry.is_empty() => return unknown("INDUSTRY_UNKNOWN"),
        None => rule.classes_of(&facts.industry).collect(),
    };
    let verdicts: Vec<_> = classes.iter().map(|class| judge(class, facts)).collect();
    match verdicts.split_first() {
        None => unknown("NO_ENTERPRISE"),
        Some((&(standing, reason), others)) if others.iter().all(|other| other.0 == standing) => {
            let class = if others.is_empty() { classes[0].code.as_str() } else { "" };
            rule.status(standing, reason, class)
        }
        Some(_) => unknown("CLASS_OPEN"),
    }
}

/// Above or within a limit; none when that is not known.
fn above(least: i64, most: i64, limit: i64) -> Option<bool> {
    if most <= limit {
        Some(false)
    } else if least > limit {
        Some(true)
    } else {
        None
    }
}

fn judge(class: &Class, facts: &CompanyFacts) -> (SmeStanding, &'static str) {
    let capital = facts.capital_yen.and_then(|capital| above(capital, capital, class.capital_yen));
    let staff = facts.employees.map(|count| (count, count)).or_else(|| bounds(&facts.size));
    let staff = staff.and_then(|(least, most)| above(least, most, class.staff));
    match (capital, staff) {
        (Some(false), _) => (SmeStanding::Small, "CAPITAL_WITHIN"),
        (_, Some(false)) => (SmeStanding::Small, "STAFF_WITHIN"),
        (Some(true), Some(true)) => (SmeStanding::NotSmall, "BOTH_ABOVE"),
        // Who has no capital is measured by the staff alone.
        (None, Some(true)) if facts.sole_proprietor => (SmeStanding::NotSmall, "STAFF_ABOVE"),
        (None, Some(true)) => (SmeStanding::Unknown, "CAPITAL_UNKNOWN"),
        (None, None) if !facts.sole_proprietor => (SmeStanding::Unknown, "CAPITAL_AND_STAFF_UNKNOWN"),
        (_, None) => (SmeStanding::Unknown, "STAFF_UNKNOWN"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(facts: &CompanyFacts) -> (SmeStanding, String) {
        let status = status(facts);
        assert!(!status.ja.is_ascii() && !status.en.is_empty() && status.rule == "sme-basic-act", "{}", status.reason);
        (status.standing(), status.reason)
    }

    fn facts(industry: &str, class: &str, capital: Option<i64>, staff: Option<i64>) -> CompanyFacts {
        CompanyFacts {
            industry: industry.to_owned(),
            sme_class: class.to_owned(),
            capital_yen: capital,
            employees: staff,
            ..Default::default()
        }
    }

    /// Domain section 2, in yen and staff.
    const LIMITS: [(&str, &str, i64, i64); 4] = [
        ("manufacturing", "", 300_000_000, 300),
        ("wholesale_retail", "wholesale", 100_000_000, 100),
        ("wholesale_retail", "retail", 50_000_000, 50),
        ("services", "", 50_000_000, 100),
    ];

    #[test]
    fn the_limits_are_within_and_one_more_is_above() {
        for (industry, class, capital, staff) in LIMITS {
            let told = |c, s| told(&facts(industry, class, c, s)).0;
            assert_eq!(told(Some(capital), Some(staff + 1)), SmeStanding::Small, "{industry} {class}");
            assert_eq!(told(Some(capital + 1), Some(staff)), SmeStanding::Small, "{industry} {class}");
            assert_eq!(told(Some(capital + 1), Some(staff + 1)), SmeStanding::NotSmall, "{industry} {class}");
            assert_eq!(told(Some(capital + 1), None), SmeStanding::Unknown, "{industry} {class}");
            assert_eq!(told(None, Some(staff + 1)), SmeStanding::Unknown, "{industry} {class}");
        }
    }

    #[test]
    fn an_open_class_matters_only_where_the_classes_differ() {
        let trade = |capital, staff| told(&facts("wholesale_retail", "", Some(capital), Some(staff)));
        assert_eq!(trade(50_000_000, 500).0, SmeStanding::Small);
        assert_eq!(trade(100_000_001, 101).0, SmeStanding::NotSmall);
        assert_eq!(trade(100_000_000, 101), (SmeStanding::Unknown, "CLASS_OPEN".to_owned()));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let reason = |facts: &CompanyFacts| told(facts).1;
        assert_eq!(reason(&CompanyFacts::default()), "INDUSTRY_UNKNOWN");
        assert_eq!(reason(&facts("government", "", Some(1), Some(1))), "NO_ENTERPRISE");
        assert_eq!(reason(&facts("manufacturing", "", None, None)), "CAPITAL_AND_STAFF_UNKNOWN");
        let sole = CompanyFacts { sole_proprietor: true, ..facts("services", "", None, Some(101)) };
        assert_eq!(told(&sole), (SmeStanding::NotSmall, "STAFF_ABOVE".to_owned()));
        let by_size = |size: &str| told(&CompanyFacts { size: size.to_owned(), ..facts("services", "", None, None) });
        assert_eq!(by_size("51_100"), (SmeStanding::Small, "STAFF_WITHIN".to_owned()));
        assert_eq!(by_size("101_300"), (SmeStanding::Unknown, "CAPITAL_UNKNOWN".to_owned()));
        // A retailer's limit of 50 lies within no size, so each size says enough.
        let retail = CompanyFacts { size: "11_50".to_owned(), ..facts("wholesale_retail", "retail", None, None) };
        assert_eq!(told(&retail).0, SmeStanding::Small);
    }

    #[test]
    fn the_rule_counts_every_industry() {
        let rule = rule();
        for industry in kit_vocabulary::company_industries().codes() {
            let codes = rule.industries.get(&industry.code).unwrap_or_else(|| panic!("{}", industry.code));
            assert_eq!(codes.len(), rule.classes_of(&industry.code).count(), "{}", industry.code);
        }
        assert_eq!(rule.industries.len(), kit_vocabulary::company_industries().codes().len());
    }

    proptest! {
        #[test]
        fn every_staff_has_one_size(staff in 0_i64..2_000) {
            let fitting = company_sizes().codes().iter().filter(|size| {
                let (least, most) = bounds(&size.code).unwrap();
                (least..=most).contains(&staff)
            });
            prop_assert_eq!(fitting.count(), 1);
        }

        #[test]
        fn growing_never_makes_a_company_small(
            at in 0_usize..4, capital in 0_i64..600_000_000, staff in 0_i64..600, more in 0_i64..300_000_000, hired in 0_i64..300,
        ) {
            let (industry, class, ..) = LIMITS[at];
            let before = told(&facts(industry, class, Some(capital), Some(staff))).0;
            let after = told(&facts(industry, class, Some(capital + more), Some(staff + hired))).0;
            prop_assert!(before != SmeStanding::NotSmall || after == SmeStanding::NotSmall);
            prop_assert!(before != SmeStanding::Unknown, "both are known");
        }
    }
}
