//! Merges, splits, work, restarts and readings from nothing in any order, against a count made one by one.

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prost::Message as _;

use crate::stage::{Stage, held};

on_both!(whatever_happens_each_case_counts_once_for_each_who_is_the_person);

/// Experts of a story.
const EXPERTS: usize = 5;

#[derive(Clone, Debug)]
enum Happening {
    /// A case of an expert begins; with a visit, or without any.
    Case(usize, bool),
    /// The person of one entry is found to be that of another.
    Merge(usize, usize),
    /// The merge of one is taken back.
    Part(usize),
    /// The same is told again.
    Again(usize),
    /// The engagements end and start again; what is told meanwhile waits.
    Restart,
    /// The register's log is read from nothing, the newest of each entry in the order of the last word.
    Anew,
}

fn happening() -> impl Strategy<Value = Happening> {
    let who = || 0..EXPERTS;
    prop_oneof![
        4 => (who(), any::<bool>()).prop_map(|(of, visited)| Happening::Case(of, visited)),
        5 => (who(), who()).prop_map(|(one, into)| Happening::Merge(one, into)),
        3 => who().prop_map(Happening::Part),
        1 => who().prop_map(Happening::Again),
        1 => Just(Happening::Restart),
        2 => Just(Happening::Anew),
    ]
}

/// What happened, kept as simply as can be.
#[derive(Default)]
struct Naive {
    /// Who points at whom.
    pointers: BTreeMap<usize, usize>,
    /// Of each case whose it is, and whether a visit was held.
    cases: Vec<(usize, bool)>,
}

impl Naive {
    /// Whether the entry leads to the other, over however many steps.
    fn leads_to(&self, one: usize, other: usize) -> bool {
        one == other || self.pointers.get(&one).is_some_and(|next| self.leads_to(*next, other))
    }

    /// How many cases an expert is shown, and how many of them count.
    fn of(&self, expert: usize) -> (usize, usize) {
        let own: Vec<_> = self.cases.iter().filter(|(of, _)| self.leads_to(*of, expert)).collect();
        (own.len(), own.iter().filter(|(_, visited)| *visited).count())
    }
}

/// Times at which a visit of two hours may be held, each later than those before.
fn slot(number: usize) -> String {
    let (day, hour) = (number / 4, 8 + number % 4 * 3);
    let (month, day) = if day < 28 { (10, day + 2) } else { (11 + (day - 28) / 30, (day - 28) % 30 + 1) };
    format!("{month}-{day:02} {hour:02}:00")
}

async fn whatever_happens_each_case_counts_once_for_each_who_is_the_person(stage: &Stage) {
    const STORIES: usize = 10;
    let mut runner = TestRunner::deterministic();
    let (mut visits, mut merges, mut lives) = (0, 0, 0);
    let mut most = 0;
    for story in 0..STORIES {
        let name = |expert: usize| format!("experts/s-{story}-{expert}");
        let mut naive = Naive::default();
        let tree = prop::collection::vec(happening(), 8..26).new_tree(&mut runner).unwrap();
        for happening in tree.current() {
            match happening {
                Happening::Case(of, visited) => {
                    let company = format!("companies/s-{story}-{}", naive.cases.len());
                    let case = stage.begin(&company, &name(of)).await;
                    if visited {
                        let from = slot(visits);
                        visits += 1;
                        stage.plan(&case, &from).await.unwrap();
                        let report = held(&case, 1, &from);
                        stage.clock.set(kit_log::clock_time(report.end_time.as_ref().unwrap()));
                        stage.operator().hold_visit(report).await.unwrap();
                    }
                    naive.cases.push((of, visited));
                }
                // As the survey has it: neither is another one already.
                Happening::Merge(one, into) => {
                    if one != into && ![one, into].iter().any(|expert| naive.pointers.contains_key(expert)) {
                        naive.pointers.insert(one, into);
                        stage.point(&name(one), &name(into)).await;
                        merges += 1;
                    }
                }
                Happening::Part(one) => {
                    if naive.pointers.remove(&one).is_some() {
                        stage.point(&name(one), "").await;
                    }
                }
                Happening::Again(one) => {
                    let into = naive.pointers.get(&one).map(|into| name(*into)).unwrap_or_default();
                    stage.point(&name(one), &into).await;
                }
                Happening::Restart => {
                    stage.stop().await;
                    stage.start().await;
                }
                Happening::Anew => {
                    lives += 1;
                    stage.registry.renew_epoch(&format!("life-{lives}")).await.unwrap();
                }
            }
        }
        stage.has_read_of(&stage.registry).await;
        let told = told(stage).await;
        for expert in 0..EXPERTS {
            let (shown, counted) = naive.of(expert);
            let request = ListCasesRequest { expert: name(expert), page_size: 200, ..Default::default() };
            let cases = stage.operator().list_cases(request).await.unwrap().into_inner().cases;
            let once: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
            assert_eq!((cases.len(), once.len()), (shown, shown), "story {story}, expert {expert}");
            let request = GetTrackRecordRequest { expert: name(expert) };
            let record = stage.operator().get_track_record(request).await.unwrap().into_inner().track_record.unwrap();
            assert_eq!(record.cases as usize, counted, "story {story}, expert {expert}");
            assert_eq!(record.visits as usize, counted);
            let last = told.get(&name(expert)).map_or(0, |record| record.cases);
            assert_eq!(last, record.cases, "and it was told, story {story}, expert {expert}");
            most = most.max(counted);
        }
        // Nothing that was recorded has another name now.
        let all = ListCasesRequest { page_size: 200, ..Default::default() };
        let cases = stage.operator().list_cases(all).await.unwrap().into_inner().cases;
        for (number, (of, _)) in naive.cases.iter().enumerate() {
            let company = format!("companies/s-{story}-{number}");
            let case = cases.iter().map(|case| case.facts.as_ref().unwrap());
            let case = case.clone().find(|facts| facts.company.as_ref().unwrap().company == company).unwrap();
            assert_eq!(case.expert, name(*of));
        }
    }
    assert!(merges > 15 && lives > 5 && most > 2, "the stories are about something: {merges} {lives} {most}");
}

/// What the log last told of each expert's record.
async fn told(stage: &Stage) -> BTreeMap<String, TrackRecord> {
    let records = stage.events().await.into_iter().filter(|event| event.aggregate_type == "track_record");
    let records = records.map(|event| TrackRecordChanged::decode(event.clear).unwrap().track_record.unwrap());
    records.map(|record| (record.expert.clone(), record)).collect()
}
