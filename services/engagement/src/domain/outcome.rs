//! The groups of fig. 2-72, from the full scales of both sides' forms.

use contract::engagement::v1::{CompanyScale, ExpertScale, Marks, Outcome, OutcomeGroup};

/// The group of a company's grade: ◎ fully, ○ partly, △ little and worse; what fits no grade is unknown.
pub const fn company_group(scale: CompanyScale) -> OutcomeGroup {
    match scale {
        CompanyScale::Unspecified => OutcomeGroup::Unspecified,
        CompanyScale::Fully => OutcomeGroup::Strong,
        CompanyScale::Partly => OutcomeGroup::Able,
        CompanyScale::Little | CompanyScale::Not => OutcomeGroup::Weak,
        CompanyScale::Other => OutcomeGroup::Unknown,
    }
}

/// The group of an expert's grade: ◎ the first, ○ the second, △ the third and worse.
pub const fn expert_group(scale: ExpertScale) -> OutcomeGroup {
    match scale {
        ExpertScale::Unspecified => OutcomeGroup::Unspecified,
        ExpertScale::VeryWell => OutcomeGroup::Strong,
        ExpertScale::Well => OutcomeGroup::Able,
        ExpertScale::Neither | ExpertScale::RatherBadly | ExpertScale::Badly => OutcomeGroup::Weak,
    }
}

/// The group that a table's sign means.
pub fn group_of_sign(sign: &str) -> Option<OutcomeGroup> {
    match sign {
        "◎" => Some(OutcomeGroup::Strong),
        "○" | "〇" | "◯" => Some(OutcomeGroup::Able),
        "△" => Some(OutcomeGroup::Weak),
        "不明" => Some(OutcomeGroup::Unknown),
        _ => None,
    }
}

/// The marks by name, in the form's order.
pub fn named(marks: &Marks) -> [(&'static str, i32); 7] {
    [
        ("knowledge", marks.knowledge),
        ("clarity", marks.clarity),
        ("fit", marks.fit),
        ("time", marks.time),
        ("manner", marks.manner),
        ("eagerness", marks.eagerness),
        ("communication", marks.communication),
    ]
}

/// Whether two outcomes say the same, whoever recorded them and when.
pub fn says_the_same(one: &Outcome, other: &Outcome) -> bool {
    let bare = |outcome: &Outcome| Outcome { time: None, actor: String::new(), on_behalf: false, ..outcome.clone() };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_fall_into_the_groups_of_the_report() {
        use OutcomeGroup::{Able, Strong, Unknown, Weak};
        let company = [1, 2, 3, 4, 5].map(|grade| company_group(CompanyScale::try_from(grade).unwrap()));
        assert_eq!(company, [Strong, Able, Weak, Weak, Unknown]);
        let expert = [1, 2, 3, 4, 5].map(|grade| expert_group(ExpertScale::try_from(grade).unwrap()));
        assert_eq!(expert, [Strong, Able, Weak, Weak, Weak]);
    }
}
