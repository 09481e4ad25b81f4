//! What is asked for: what may stand in it.

use contract::matching::v1::{GuidelineNeed, Need, Payer, RequestKind};
use kit_vocabulary::{durations, fees, formats, guidelines, menu_items, needs, security_roles, skill_items, themes};

use crate::domain::check::Check;
use crate::domain::fault::Reason;

/// Most themes, and most guidelines.
const FEW: usize = 5;
/// Most items of menus, skill items, roles, needs.
const CODES: usize = 10;
/// Points of the self-check.
const POINTS: (i64, i64) = (0, 100);

/// Every fault of a need, each with its place below `need.`.
pub fn check_need(check: &mut Check, need: &Need) {
    let kind: RequestKind = check.enum_of("need.kind", need.kind);
    check.codes("need.themes", themes(), &need.themes, ..=FEW);
    check.needed("need.themes", kind == RequestKind::Guidance && need.themes.is_empty());
    check.codes("need.menu_items", menu_items(), &need.menu_items, ..=CODES);
    check.codes("need.skill_items", skill_items(), &need.skill_items, ..=CODES);
    check.codes("need.roles", security_roles(), &need.roles, ..=CODES);
    check.codes("need.formats", formats(), &need.formats, ..=CODES);
    check.codes("need.durations", durations(), &need.durations, ..=CODES);
    check_period(check, need);
    let payer: Payer = check.opt_enum("need.payer", need.payer);
    check.code("need.fee_ceiling", fees(), &need.fee_ceiling, payer == Payer::Company);
    check_guidelines(check, &need.guidelines);
    check.codes("need.declared_needs", needs(), &need.declared_needs, ..=CODES);
    check.codes("need.diagnosed_needs", needs(), &need.diagnosed_needs, ..=CODES);
    if let Some(points) = need.self_check_points {
        check.between("need.self_check_points", i64::from(points), POINTS);
    }
}

fn check_period(check: &mut Check, need: &Need) {
    let from = check.day("need.from_day", &need.from_day);
    let until = check.day("need.until_day", &need.until_day);
    let day = |text: &str| text.parse::<jiff::civil::Date>().ok();
    if let (Some(from), Some(until)) = (day(&from), day(&until))
        && until < from
    {
        check.fault("need.until_day", Reason::EndsBeforeStart);
    }
}

fn check_guidelines(check: &mut Check, given: &[GuidelineNeed]) {
    check.at_most("need.guidelines", given.len(), FEW);
    for (at, one) in given.iter().enumerate().take(FEW) {
        let place = format!("need.guidelines[{at}]");
        let (field, level) = (format!("{place}.guideline"), format!("{place}.level"));
        check.code(&field, guidelines(), &one.guideline, true);
        if is_level(&one.guideline) {
            // A level stands in `level`, so that whoever asks for the guideline finds it.
            check.fault(&field, Reason::NotHere);
        }
        check.code(&level, guidelines(), &one.level, false);
        let known = guidelines().get(&one.level);
        if known.is_some_and(|level| !level.links("guidelines").contains(&one.guideline)) {
            check.fault(&level, Reason::NotHere);
        }
        check.once("need.guidelines", at, given[..at].iter().any(|other| other.guideline == one.guideline));
    }
}

fn is_level(code: &str) -> bool {
    guidelines().get(code).is_some_and(|code| !code.links("guidelines").is_empty())
}

/// One list after the other, each entry once, cut to the most there may be.
pub(super) fn union(own: &[String], other: &[String], most: usize) -> Vec<String> {
    let mut all = own.to_vec();
    for entry in other {
        if !all.contains(entry) && all.len() < most {
            all.push(entry.clone());
        }
    }
    all
}
