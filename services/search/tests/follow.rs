//! The service over real logs: what it shows follows what the survey and the registry tell, and a replica that starts
//! late shows the same as one that lived through it all.

mod world;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{DropParkedRequest, Token};
use contract::registry::v1::{CompanyChanged, CompanyDetails, CompanyErased, CompanyFacts, ExpertState};
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::{
    Conditions, GetIndexStatusRequest, GetSheetRequest, SearchExpertsRequest, SearchExpertsResponse,
};
use contract::survey::v1::Mark;
use kit_log::NewEvent;
use kit_serve::{Client, fault};
use proptest::prelude::*;
use tonic::{Code, Request};
use world::{Told, World, all, ask, names, number};

#[tokio::test]
async fn an_expert_shows_once_rated_and_listed_and_goes_at_once_with_the_consent() {
    let world = World::new().await;
    let search = world.replica().await;
    let mut expert = Told::listed("a");
    let told = world.tell(&expert).await;
    assert_eq!(ask(&search, all(vec![told])).await.total, 0, "listed, and not rated yet");

    let rated = world.rate("p-a", [Mark::Strong; 6], [15; 6]).await;
    expert.read_survey_to = Some(rated.clone());
    world.tell(&expert).await;
    let answer = ask(&search, all(vec![rated])).await;
    assert_eq!((answer.total, names(&answer)), (1, vec!["a"]));
    assert_eq!(answer.hits[0].full_name, "見本 a");
    assert!(answer.hits[0].stale, "confirmed 13 months ago");

    expert.state = ExpertState::Delisted;
    let gone = world.tell(&expert).await;
    assert_eq!(ask(&search, all(vec![gone])).await.total, 0);
    let sheet = GetSheetRequest { name: "experts/a".to_owned(), ..Default::default() };
    let refused = search.clone().get_sheet(sheet).await.expect_err("not listed");
    assert_eq!((refused.code(), fault::reason_of(&refused).as_deref()), (Code::NotFound, Some("NOT_LISTED")));
}

#[tokio::test]
async fn the_mail_address_shows_only_with_the_consent_for_it() {
    let world = World::new().await;
    let search = world.replica().await;
    world.rate("p-a", [Mark::Able; 6], [5; 6]).await;
    for (contact, shown) in [(false, ""), (true, "a@example.jp"), (false, "")] {
        let told = world.tell(&Told { contact, ..Told::listed("a") }).await;
        let by_number = GetSheetRequest {
            name: "experts/-".to_owned(),
            registration_number: format!("第{}号", number("a")),
            at_least: vec![told],
            ..Default::default()
        };
        let sheet = search.clone().get_sheet(by_number).await.expect("a sheet").into_inner().sheet.expect("a sheet");
        assert_eq!(sheet.email, shown);
    }
}

#[tokio::test]
async fn a_write_that_does_not_come_ends_with_the_positions_reached() {
    let world = World::new().await;
    let search = world.replica().await;
    let rated = world.rate("p-a", [Mark::Able; 6], [5; 6]).await;
    // The survey has it, and the registry never said that it read so far.
    let mut request = Request::new(all(vec![rated.clone()]));
    request.set_timeout(Duration::from_millis(400));
    let refused = search.clone().search_experts(request).await.expect_err("too early");
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    assert_eq!(fault::reason_of(&refused).as_deref(), Some("NOT_YET_VISIBLE"));

    let other_life = Token { epoch: "another".to_owned(), ..rated };
    let refused = search.clone().search_experts(all(vec![other_life])).await.expect_err("another life");
    assert_eq!(fault::reason_of(&refused).as_deref(), Some("EPOCH_CHANGED"));
}

#[tokio::test]
async fn an_erased_person_is_not_shown_by_a_replica_that_starts_later() {
    let world = World::new().await;
    world.rate("p-a", [Mark::Strong; 6], [15; 6]).await;
    world.tell(&Told::listed("a")).await;
    assert_eq!(ask(&world.replica().await, all(vec![])).await.total, 1);
    world.deps.keys.destroy("a").await.expect("destroyed");
    assert_eq!(ask(&world.replica().await, all(vec![])).await.total, 0);
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_hides_its_expert_and_nobody_else() {
    let world = World::new().await;
    let search = world.replica().await;
    for id in ["a", "b"] {
        world.rate(&format!("p-{id}"), [Mark::Strong; 6], [15; 6]).await;
        world.tell(&Told::listed(id)).await;
    }
    let mut unreadable = Told::listed("a");
    unreadable.formats = vec!["by_rocket".to_owned()];
    world.tell(&unreadable).await;
    // A later good event of the same expert queues behind the bad one.
    let last = world.tell(&Told::listed("a")).await;
    let answer = ask(&search, all(vec![last])).await;
    assert_eq!(names(&answer), vec!["b"]);
    let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status").into_inner();
    assert_eq!((status.listed, status.hidden, status.parked), (1, 1, 2));
}

#[tokio::test]
async fn news_of_companies_pass_by_and_nothing_is_set_aside() {
    let world = World::new().await;
    let search = world.replica().await;
    let facts = || Some(CompanyFacts { company_id: "c".to_owned(), ..Default::default() });
    let entered = CompanyChanged { facts: facts(), changed: vec!["entered".to_owned()] };
    let details = CompanyDetails { company_name: "見本製作所".to_owned(), ..Default::default() };
    world.emit(&world.registry, NewEvent::new("company", "c", &entered).personal("c", &details)).await;
    let erased = NewEvent::new("company", "c", &CompanyErased { facts: facts() });
    let told = world.emit(&world.registry, erased).await;
    assert_eq!(ask(&search, all(vec![told])).await.total, 0);
    let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status").into_inner();
    assert_eq!((status.listed, status.hidden, status.parked), (0, 0, 0));
}

/// What an unreadable event and a withdrawal behind it leave to be seen, when an operator gives both up.
#[tokio::test]
async fn whoever_had_something_given_up_stays_hidden_until_newly_told() {
    let world = World::new().await;
    let client = world.replica_client(None, &world.lifecycle).await;
    let (search, mut log) = (ExpertSearchClient::new(client.clone()), EventLogClient::new(client));
    for id in ["a", "b"] {
        world.rate(&format!("p-{id}"), [Mark::Strong; 6], [15; 6]).await;
        world.tell(&Told::listed(id)).await;
    }
    world.tell(&Told { formats: vec!["by_rocket".to_owned()], ..Told::listed("a") }).await;
    let withdrawn = world.tell(&Told { state: ExpertState::Delisted, ..Told::listed("a") }).await;
    assert_eq!(names(&ask(&search, all(vec![withdrawn.clone()])).await), ["b"]);

    let parked = DropParkedRequest {
        reader: "search".to_owned(),
        aggregate: "expert/a".to_owned(),
        producer: "registry".to_owned(),
    };
    log.drop_parked(parked).await.expect("given up");
    let answer = ask(&search, all(vec![withdrawn])).await;
    assert_eq!(names(&answer), ["b"], "what was said before the withdrawal does not count any more");
    let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status").into_inner();
    assert_eq!((status.listed, status.parked), (1, 0));
    let told = world.tell(&Told::listed("a")).await;
    assert_eq!(ask(&search, all(vec![told])).await.total, 2);
}

#[tokio::test]
async fn every_fault_of_a_request_is_named_at_once() {
    let world = World::new().await;
    let search = world.replica().await;
    let conditions = Conditions {
        menus: vec!["M9".to_owned()],
        prefectures: vec!["48".to_owned(), "27".to_owned()],
        fee_ceiling: "free".to_owned(),
        ..Default::default()
    };
    let request = SearchExpertsRequest {
        conditions: Some(conditions),
        place: "99".to_owned(),
        page_size: 101,
        page_token: "zz".to_owned(),
        rotation_day: i64::MAX,
        at_least: vec![],
        ..Default::default()
    };
    let refused = search.clone().search_experts(request).await.expect_err("faults");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let faults = fault::faults_of(&refused);
    let mut fields: Vec<_> = faults.iter().map(|f| (f.field.as_str(), f.reason.as_str())).collect();
    fields.sort_unstable();
    let expected = [
        ("conditions.fee_ceiling", "UNKNOWN_CODE"),
        ("conditions.menus", "UNKNOWN_CODE"),
        ("conditions.prefectures", "UNKNOWN_CODE"),
        ("page_size", "OUT_OF_RANGE"),
        ("page_token", "BAD_PAGE_TOKEN"),
        ("place", "UNKNOWN_CODE"),
        ("rotation_day", "OUT_OF_RANGE"),
    ];
    assert_eq!(fields, expected);

    let stranger = Token { service: "matching".to_owned(), position: -1, ..Default::default() };
    let refused = search.clone().search_experts(all(vec![stranger])).await.expect_err("a stranger");
    assert_eq!(fault::faults_of(&refused).len(), 2);
}

#[tokio::test]
async fn pages_bring_everybody_once_and_a_token_is_good_for_its_own_query_only() {
    let world = World::new().await;
    for n in 0..45 {
        world.rate(&format!("p-e{n}"), [Mark::Able; 6], [n % 7; 6]).await;
        world.tell(&Told::listed(&format!("e{n}"))).await;
    }
    let search = world.replica().await;
    let first = SearchExpertsRequest { page_size: 10, place: "27".to_owned(), ..Default::default() };
    let (mut seen, mut request) = (Vec::new(), first.clone());
    let token = loop {
        let answer = ask(&search, request.clone()).await;
        assert_eq!(answer.total, 45);
        seen.extend(names(&answer).into_iter().map(str::to_owned));
        if answer.next_page_token.is_empty() {
            break request.page_token;
        }
        request.page_token = answer.next_page_token;
    };
    let everybody = ask(&search, SearchExpertsRequest { page_size: 100, ..first.clone() }).await;
    assert_eq!(seen, names(&everybody));
    assert_eq!(seen.len(), 45);

    let other = SearchExpertsRequest { place: "13".to_owned(), page_token: token, ..first };
    let refused = search.clone().search_experts(other).await.expect_err("another query");
    assert_eq!(fault::faults_of(&refused)[0].reason, "PAGE_TOKEN_OF_ANOTHER_QUERY");
}

#[derive(Clone, Debug)]
enum Step {
    Rate(u8, [u8; 6], [u8; 6]),
    Tell(u8, u8, Vec<u8>, u8, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let marks = prop::array::uniform6(1_u8..=3);
    let points = prop::array::uniform6(0_u8..=15);
    let rate = (0_u8..12, marks, points).prop_map(|(who, marks, points)| Step::Rate(who, marks, points));
    let tell = (0_u8..12, 1_u8..=4, prop::collection::vec(1_u8..=47, 0..5), 1_u8..=47, 0_u8..4)
        .prop_map(|(who, state, prefectures, residence, fee)| Step::Tell(who, state, prefectures, residence, fee));
    prop::collection::vec(prop_oneof![rate, tell.clone(), tell], 1..60)
}

async fn live_through(world: &World, history: &[Step]) -> Vec<Token> {
    let mark = |m: u8| Mark::try_from(i32::from(m)).expect("a mark");
    let mut last = std::collections::BTreeMap::new();
    for step in history {
        let token = match step {
            Step::Rate(who, marks, points) => {
                world.rate(&format!("p-e{who}"), marks.map(mark), points.map(i32::from)).await
            }
            Step::Tell(who, state, prefectures, residence, fee) => {
                let fees = ["lt20k", "20_30k", "30_40k", "ge40k"];
                let told = Told {
                    state: ExpertState::try_from(i32::from(*state)).expect("a state"),
                    prefectures: prefectures.iter().map(|p| format!("{p:02}")).collect(),
                    residence: format!("{residence:02}"),
                    fee: fees[usize::from(*fee)].to_owned(),
                    ..Told::listed(&format!("e{who}"))
                };
                world.tell(&told).await
            }
        };
        last.insert(token.service.clone(), token);
    }
    // What the registry read of the survey is told by its events: one more closes the account.
    let read_survey_to = last.get("survey").cloned();
    let closing = Told { state: ExpertState::Draft, read_survey_to, ..Told::listed("closing") };
    let token = world.tell(&closing).await;
    last.insert(token.service.clone(), token);
    last.into_values().collect()
}

async fn portrait(client: &ExpertSearchClient<Client>, at_least: &[Token]) -> Vec<SearchExpertsResponse> {
    let mut answers = Vec::new();
    for (menus, prefectures, fee_ceiling, place) in
        [(vec![], vec![], "", ""), (vec!["M5"], vec![], "", "13"), (vec!["M0", "M3"], vec!["13", "27"], "30_40k", "27")]
    {
        let owned = |codes: Vec<&str>| codes.into_iter().map(str::to_owned).collect();
        let conditions = Conditions {
            menus: owned(menus),
            prefectures: owned(prefectures),
            fee_ceiling: fee_ceiling.to_owned(),
            ..Default::default()
        };
        let place = place.to_owned();
        answers.push(
            ask(client, SearchExpertsRequest { conditions: Some(conditions), place, ..all(at_least.to_vec()) }).await,
        );
    }
    answers
}

/// How many histories are lived through, and how many gave the same twice.
fn histories() -> usize {
    campaign::number("HISTORIES", 24, 1_000)
}
static LIKE: AtomicUsize = AtomicUsize::new(0);

proptest! {
    #![proptest_config(ProptestConfig { cases: histories() as u32, ..ProptestConfig::default() })]

    #[test]
    fn a_replica_built_from_the_compacted_log_equals_one_that_lived_through_it(history in steps()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let world = World::new().await;
            let lived = world.replica().await;
            let end = live_through(&world, &history).await;
            let rebuilt = world.replica().await;
            let (lived, rebuilt) = (portrait(&lived, &end).await, portrait(&rebuilt, &end).await);
            prop_assert_eq!(&lived, &rebuilt);
            // And both equal what the history says by itself: those told as listed at last, and rated at all.
            let rated: std::collections::BTreeSet<u8> =
                history.iter().filter_map(|s| match s { Step::Rate(who, ..) => Some(*who), Step::Tell(..) => None }).collect();
            let mut states = std::collections::BTreeMap::new();
            for step in &history {
                if let Step::Tell(who, state, ..) = step {
                    states.insert(*who, *state);
                }
            }
            let listed = states.iter().filter(|(who, state)| **state == ExpertState::Listed as u8 && rated.contains(who));
            prop_assert_eq!(lived[0].total, listed.count() as i64);
            if LIKE.fetch_add(1, Ordering::SeqCst) + 1 == histories() {
                let asked = histories().to_string();
                campaign::figure(5, "search: index", "histories", &asked, &asked);
                campaign::figure(5, "search: index", "unlike", "0", "0");
            }
            Ok(())
        })?;
    }
}
