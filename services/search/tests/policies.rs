//! Another scoring policy comes into force: for everybody at once, whatever is told meanwhile, and for a replica that starts
//! in the middle as for one that lived through it.

mod world;

use std::collections::BTreeMap;

use contract::event::v1::Token;
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::{
    Conditions, GetIndexStatusRequest, GetSheetRequest, SearchExpertsRequest, SearchExpertsResponse,
};
use contract::survey::v1::{Mark, PolicyActivated, Rating, RatingChanged};
use kit_log::NewEvent;
use kit_serve::{Client, Lifecycle, fault};
use proptest::prelude::*;
use tonic::Code;
use world::{Told, World, all, ask, names};

const PEOPLE: usize = 6;

/// A rating that says by its points which policy and which answers it follows from.
fn rated(person: usize, policy: usize, version: usize) -> Rating {
    let mark =
        |at: usize| Mark::try_from(1 + ((person * 7 + policy * 5 + version * 3 + at) % 3) as i32).expect("a mark");
    let points = [policy, version, person, 0, 0, 0].map(|points| points as i32 % 16);
    Rating { policy: id(policy), ..world::rating(&format!("p-e{person}"), std::array::from_fn(mark), points) }
}

fn id(policy: usize) -> String {
    format!("policy-{policy}")
}

/// A survey that changes its policies.
struct Survey {
    policy: usize,
    /// The one on its way, and who is rated by it.
    next: Option<(usize, Vec<bool>)>,
    versions: [usize; PEOPLE],
    /// How many were ever tried.
    tried: usize,
}

impl Survey {
    async fn begin(world: &World) -> Self {
        let survey = Self { policy: 0, next: None, versions: [0; PEOPLE], tried: 0 };
        survey.put_in_force(world).await;
        for person in 0..PEOPLE {
            survey.tell(world, person).await;
            world.tell(&Told::listed(&format!("e{person}"))).await;
        }
        survey
    }

    async fn put_in_force(&self, world: &World) -> Token {
        let body = PolicyActivated { policy: id(self.policy), ..Default::default() };
        world.emit(&world.survey, NewEvent::new("policy", "scoring", &body)).await
    }

    async fn tell(&self, world: &World, person: usize) -> Token {
        let version = self.versions[person];
        let next = self.next.as_ref().filter(|(_, rated)| rated[person]).map(|(next, _)| rated(person, *next, version));
        let can_items = if version.is_multiple_of(2) { vec!["S1a1".to_owned()] } else { vec![] };
        let body = RatingChanged { rating: Some(rated(person, self.policy, version)), can_items, next };
        world.emit(&world.survey, NewEvent::new("rating", &format!("p-e{person}"), &body)).await
    }

    async fn take(&mut self, world: &World, step: Step) {
        match step {
            Step::Submit(person) => {
                self.versions[person] += 1;
                if let Some((_, rated)) = &mut self.next {
                    rated[person] = true;
                }
                self.tell(world, person).await;
            }
            Step::Begin if self.next.is_none() => {
                self.tried += 1;
                self.next = Some((self.tried, vec![false; PEOPLE]));
            }
            Step::Rate => {
                let Some((_, rated)) = &mut self.next else { return };
                match rated.iter().position(|rated| !rated) {
                    Some(person) => {
                        rated[person] = true;
                        self.tell(world, person).await;
                    }
                    None => {
                        self.policy = self.next.take().map(|(next, _)| next).unwrap_or_default();
                        self.put_in_force(world).await;
                    }
                }
            }
            Step::Cancel => self.next = None,
            Step::Begin => {}
        }
    }

    /// What was told so far must be visible to whoever waits for this.
    async fn closing(&self, world: &World) -> Vec<Token> {
        let survey = self.put_in_force(world).await;
        let told = Told {
            state: contract::registry::v1::ExpertState::Draft,
            read_survey_to: Some(survey.clone()),
            ..Told::listed("closing")
        };
        vec![survey, world.tell(&told).await]
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Submit(usize),
    Begin,
    Rate,
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..PEOPLE).prop_map(Step::Submit),
        2 => Just(Step::Begin),
        12 => Just(Step::Rate),
        1 => Just(Step::Cancel),
    ]
}

/// Every mark of the page is what the policy it names gives for the answers it shows.
fn check_page(page: &SearchExpertsResponse) {
    for hit in &page.hits {
        let points: Vec<usize> = hit.areas.iter().map(|area| area.points as usize).collect();
        let policy = page.policy.strip_prefix("policy-").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
        assert_eq!(points[0], policy % 16, "a page by {} shows a mark by another policy", page.policy);
        let expected = rated(points[2], policy, points[1]);
        let marks = |areas: Vec<i32>| areas;
        assert_eq!(
            marks(hit.areas.iter().map(|area| area.mark).collect()),
            marks(expected.areas.iter().map(|area| area.mark).collect())
        );
        assert_eq!(hit.menus.len(), 8);
    }
    // The order and the counts follow the same marks.
    let strong = page.area_marks.iter().find(|count| count.code == "S2").map_or(0, |count| count.strong);
    let shown = page.hits.iter().filter(|hit| hit.areas[1].mark() == Mark::Strong).count();
    assert_eq!(strong, shown as i64);
}

async fn look(client: &ExpertSearchClient<Client>) {
    for menus in [vec![], vec!["M3".to_owned()]] {
        let conditions = Conditions { menus, ..Default::default() };
        check_page(&ask(client, SearchExpertsRequest { conditions: Some(conditions), ..all(vec![]) }).await);
    }
}

/// Everything a caller can see.
async fn seen(client: ExpertSearchClient<Client>, at_least: Vec<Token>) -> impl PartialEq + std::fmt::Debug {
    let page = ask(&client, all(at_least)).await;
    let conditions = Conditions { skill_items: vec!["S1a1".to_owned()], ..Default::default() };
    let able = ask(&client, SearchExpertsRequest { conditions: Some(conditions), ..all(vec![]) }).await;
    let mut sheets = BTreeMap::new();
    for person in 0..PEOPLE {
        let request = GetSheetRequest { name: format!("experts/e{person}"), ..Default::default() };
        let sheet =
            client.clone().get_sheet(request).await.map(|answer| answer.into_inner().sheet).map_err(|s| s.code());
        if let Ok(Some(sheet)) = &sheet {
            assert_eq!(sheet.rating.as_ref().map(|rating| rating.policy.clone()), Some(page.policy.clone()));
            let hit = page.hits.iter().find(|hit| hit.name == format!("experts/e{person}")).expect("listed");
            assert_eq!(sheet.summary.as_ref().map(|summary| &summary.areas), Some(&hit.areas));
        }
        sheets.insert(person, sheet);
    }
    (page, able, sheets)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_page_mixes_policies_and_every_replica_shows_the_same(history in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let world = World::new().await;
            let lived = world.replica().await;
            let mut survey = Survey::begin(&world).await;
            let keeping = Lifecycle::new();
            let kept = world.replica_of(Some("search.snapshot"), &keeping).await;
            let middle = history.len() / 2;
            for (at, step) in history.iter().enumerate() {
                survey.take(&world, *step).await;
                look(&lived).await;
                if at == middle {
                    look(&kept).await;
                    keeping.shutdown().await;
                    // From the compacted log, in the middle of whatever is going on.
                    look(&world.replica().await).await;
                }
            }
            let end = survey.closing(&world).await;
            let page = ask(&lived, all(end.clone())).await;
            assert_eq!((page.policy.as_str(), page.total), (id(survey.policy).as_str(), PEOPLE as i64));
            for hit in &page.hits {
                let person = hit.areas[2].points as usize;
                assert_eq!(hit.areas[1].points as usize, survey.versions[person] % 16, "the newest answers");
            }
            let expected = seen(lived.clone(), end.clone()).await;
            let rebuilt = seen(world.replica().await, end.clone()).await;
            prop_assert_eq!(&rebuilt, &expected, "from the compacted log");
            let again = Lifecycle::new();
            let taken_up = world.replica_of(Some("search.snapshot"), &again).await;
            let status = taken_up.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status");
            assert!(status.into_inner().began_with_snapshot);
            let taken_up = seen(taken_up, end).await;
            prop_assert_eq!(&taken_up, &expected, "from the kept index");
            again.shutdown().await;
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn whoever_waits_for_the_change_sees_it_and_a_page_token_of_before_says_to_begin_again() {
    let world = World::new().await;
    let search = world.replica().await;
    let mut survey = Survey::begin(&world).await;
    let told = survey.closing(&world).await;
    let first = ask(&search, SearchExpertsRequest { page_size: 2, at_least: told, ..Default::default() }).await;
    assert_eq!((first.policy.as_str(), first.hits.len()), ("policy-0", 2));
    survey.take(&world, Step::Begin).await;
    for _ in 0..PEOPLE {
        survey.take(&world, Step::Rate).await;
    }
    // Everybody is rated by both, and the one before is in force: paging goes on.
    let next = SearchExpertsRequest { page_size: 2, page_token: first.next_page_token, ..Default::default() };
    assert_eq!(ask(&search, next.clone()).await.policy, "policy-0");

    survey.take(&world, Step::Rate).await;
    let told = survey.closing(&world).await;
    let status = GetIndexStatusRequest { at_least: told };
    let status = search.clone().get_index_status(status).await.expect("status").into_inner();
    assert_eq!((status.policy.as_str(), status.listed), ("policy-1", PEOPLE as i64));
    let refused = search.clone().search_experts(next).await.expect_err("of another order");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(fault::reason_of(&refused).as_deref(), Some("POLICY_CHANGED"));
    let page = ask(&search, all(vec![])).await;
    check_page(&page);
    assert_eq!((page.policy.as_str(), page.total), ("policy-1", PEOPLE as i64));
}

#[tokio::test]
async fn whoever_has_no_rating_by_the_policy_in_force_is_not_shown() {
    let world = World::new().await;
    let search = world.replica().await;
    let survey = Survey::begin(&world).await;
    // As a survey of another life might tell.
    let other = RatingChanged { rating: Some(rated(0, 9, 0)), ..Default::default() };
    world.emit(&world.survey, NewEvent::new("rating", "p-e0", &other)).await;
    let told = survey.closing(&world).await;
    let page = ask(&search, all(told)).await;
    assert_eq!(page.total, PEOPLE as i64 - 1);
    assert!(!names(&page).contains(&"e0"));
    let sheet = GetSheetRequest { name: "experts/e0".to_owned(), ..Default::default() };
    assert_eq!(search.clone().get_sheet(sheet).await.expect_err("not shown").code(), Code::NotFound);
    survey.tell(&world, 0).await;
    let told = survey.closing(&world).await;
    assert_eq!(ask(&search, all(told)).await.total, PEOPLE as i64);
}
