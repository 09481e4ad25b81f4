//! An expert's track record, from the public facts of the expert's cases.

use std::collections::BTreeMap;

use contract::engagement::v1::{
    CaseFacts, CaseState, CodeCount, GroupCount, Marks, MeanMark, OutcomeGroup, TrackRecord,
};
use kit_vocabulary::List;

use super::outcome::named;
use super::visit::is_held;

/// Answers below which a count or a mean would tell what a single company said.
const LEAST_ANSWERS: i32 = 3;

/// The record of `expert`, from all of the expert's cases. A case counts once a visit was held.
pub fn track_record<'a>(expert: &str, cases: impl IntoIterator<Item = &'a CaseFacts>) -> TrackRecord {
    let cases: Vec<_> = cases.into_iter().filter(|case| case.visits.iter().any(is_held)).collect();
    let count = |wanted: &dyn Fn(&CaseFacts) -> bool| cases.iter().filter(|case| wanted(case)).count() as i32;
    let said: Vec<_> = cases.iter().filter_map(|case| case.company_outcome.as_ref()).collect();
    let group = |group: OutcomeGroup| GroupCount {
        group: group.into(),
        count: said.iter().filter(|outcome| outcome.group() == group).count() as i32,
    };
    use OutcomeGroup::{Able, Strong, Unknown, Weak};
    TrackRecord {
        expert: expert.to_owned(),
        cases: cases.len() as i32,
        completed: count(&|case| case.state() == CaseState::Completed),
        ended_early: count(&|case| case.state() == CaseState::EndedEarly),
        visits: cases.iter().flat_map(|case| &case.visits).filter(|visit| is_held(visit)).count() as i32,
        themes: counts(kit_vocabulary::themes(), cases.iter().map(|case| case.theme.as_str())),
        industries: counts(
            kit_vocabulary::company_industries(),
            cases.iter().filter_map(|case| case.company.as_ref()).map(|company| company.industry.as_str()),
        ),
        outcomes: if said.len() as i32 >= LEAST_ANSWERS {
            [Strong, Able, Weak, Unknown].into_iter().map(group).filter(|group| group.count > 0).collect()
        } else {
            Vec::new()
        },
        marks: means(said.iter().filter_map(|outcome| outcome.marks.as_ref())),
    }
}

/// How often each code occurs, in the order of its list.
fn counts<'a>(list: &List, codes: impl Iterator<Item = &'a str>) -> Vec<CodeCount> {
    let mut found: BTreeMap<(Option<usize>, &str), i32> = BTreeMap::new();
    for code in codes {
        *found.entry((list.position(code), code)).or_default() += 1;
    }
    found.into_iter().map(|((_, code), count)| CodeCount { code: code.to_owned(), count }).collect()
}

fn means<'a>(given: impl Iterator<Item = &'a Marks>) -> Vec<MeanMark> {
    let mut sums = [("", 0, 0); 7];
    for marks in given {
        for (sum, (name, mark)) in sums.iter_mut().zip(named(marks)) {
            *sum = (name, sum.1 + mark, sum.2 + i32::from(mark > 0));
        }
    }
    let mean = |(mark, sum, answers): (&str, i32, i32)| MeanMark {
        mark: mark.to_owned(),
        answers,
        hundredths: (sum * 100 + answers / 2) / answers,
    };
    sums.into_iter().filter(|(_, _, answers)| *answers >= LEAST_ANSWERS).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use contract::engagement::v1::{CompanySnapshot, Outcome, Visit, VisitState};

    use super::*;

    fn case(theme: &str, industry: &str, state: CaseState, visits: i32, knowledge: i32) -> CaseFacts {
        let visit = |number| Visit { number, state: VisitState::Confirmed.into(), ..Visit::default() };
        let marks = Some(Marks { knowledge, ..Marks::default() });
        let outcome = Outcome { group: OutcomeGroup::Able.into(), marks, ..Outcome::default() };
        CaseFacts {
            theme: theme.to_owned(),
            company: Some(CompanySnapshot { industry: industry.to_owned(), ..CompanySnapshot::default() }),
            state: state.into(),
            visits: (1..=visits).map(visit).collect(),
            company_outcome: (visits > 0).then_some(outcome),
            ..CaseFacts::default()
        }
    }

    #[test]
    fn what_was_executed_counts_and_what_companies_said_needs_three_answers() {
        let cases = [
            case("T4", "automotive", CaseState::Completed, 3, 5),
            case("T1", "automotive", CaseState::EndedEarly, 2, 4),
            case("T1", "manufacturing", CaseState::Withdrawn, 0, 1),
        ];
        let record = track_record("experts/e", &cases);
        assert_eq!((record.cases, record.completed, record.ended_early, record.visits), (2, 1, 1, 5));
        let themes: Vec<_> = record.themes.iter().map(|count| (count.code.as_str(), count.count)).collect();
        assert_eq!(themes, [("T1", 1), ("T4", 1)]);
        assert_eq!(record.industries, [CodeCount { code: "automotive".into(), count: 2 }]);
        assert_eq!((record.outcomes, record.marks), (vec![], vec![]), "two answers would tell who said what");

        let three = [&cases[..2], &[case("T1", "automotive", CaseState::Completed, 3, 4)]].concat();
        let mean = MeanMark { mark: "knowledge".into(), answers: 3, hundredths: 433 };
        let record = track_record("experts/e", &three);
        assert_eq!(record.outcomes, [GroupCount { group: OutcomeGroup::Able.into(), count: 3 }]);
        assert_eq!(record.marks, [mean], "marks nobody gave are left out");
    }
}
