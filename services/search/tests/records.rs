//! Track records in the search: what the engagements told of an expert stands in the list and in the sheet.

mod world;

use contract::engagement::v1::{CodeCount, TrackRecordChanged};
use contract::registry::v1::ExpertState;
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::{GetIndexStatusRequest, GetSheetRequest, Sheet};
use contract::survey::v1::Mark;
use kit_log::{NewEvent, Token};
use kit_serve::Client;
use tonic::Status;
use world::{Told, World, all, ask};

async fn listed(world: &World, id: &str) {
    world.rate(&format!("p-{id}"), [Mark::Able; 6], [5; 6]).await;
    world.tell(&Told::listed(id)).await;
}

async fn sheet(search: &ExpertSearchClient<Client>, id: &str, at_least: Token) -> Result<Sheet, Status> {
    let request = GetSheetRequest { name: format!("experts/{id}"), at_least: vec![at_least], ..Default::default() };
    Ok(search.clone().get_sheet(request).await?.into_inner().sheet.expect("a sheet"))
}

#[tokio::test]
async fn an_experts_cases_stand_in_the_list_and_in_the_sheet() {
    let world = World::new().await;
    let search = world.replica().await;
    listed(&world, "a").await;
    listed(&world, "b").await;
    world.record("a", 1, 0).await;
    let told = world.record("a", 3, 2).await;

    let found = ask(&search, all(vec![told.clone()])).await;
    let cases: Vec<_> =
        found.hits.iter().map(|hit| (hit.name.as_str(), hit.executed_cases, hit.completed_cases)).collect();
    assert!(cases.contains(&("experts/a", 3, 2)) && cases.contains(&("experts/b", 0, 0)), "{cases:?}");
    let seen = sheet(&search, "a", told.clone()).await.expect("a sheet");
    let record = seen.track_record.clone().expect("a record");
    assert_eq!((record.cases, record.completed), (3, 2));
    assert_eq!(record.themes, [CodeCount { code: "T1".to_owned(), count: 3 }]);
    assert_eq!(seen.summary.map(|hit| (hit.executed_cases, hit.completed_cases)), Some((3, 2)));
    assert_eq!(sheet(&search, "b", told.clone()).await.expect("a sheet").track_record, None);

    let late = world.replica().await;
    assert_eq!(sheet(&late, "a", told.clone()).await.expect("a sheet").track_record, Some(record));

    let gone = world.tell(&Told { state: ExpertState::Delisted, ..Told::listed("a") }).await;
    ask(&search, all(vec![gone])).await;
    assert!(sheet(&search, "a", told).await.is_err(), "who is not listed is not shown, record or not");
}

#[tokio::test]
async fn whose_cases_were_all_a_merged_experts_has_no_record_once_they_are_parted() {
    let world = World::new().await;
    let search = world.replica().await;
    listed(&world, "a").await;
    listed(&world, "b").await;
    world.record("b", 2, 1).await;
    // What the engagements tell when b is merged into a, and when that is taken back.
    let merged = world.record("a", 2, 1).await;
    let seen = sheet(&search, "a", merged).await.expect("a sheet");
    assert_eq!(seen.track_record.expect("the record of both").cases, 2);
    let parted = world.record("a", 0, 0).await;
    for search in [search, world.replica().await] {
        let seen = sheet(&search, "a", parted.clone()).await.expect("a sheet");
        assert_eq!((seen.track_record, seen.summary.expect("a summary").executed_cases), (None, 0));
        let seen = sheet(&search, "b", parted.clone()).await.expect("a sheet");
        assert_eq!(seen.track_record.expect("the own record").cases, 2);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_hides_itself_and_not_the_expert() {
    let world = World::new().await;
    let search = world.replica().await;
    listed(&world, "a").await;
    world.record("a", 1, 1).await;
    let newer = NewEvent::new("track_record", "a", &TrackRecordChanged::default()).schema(2);
    let set_aside = world.emit(&world.engagement, newer).await;
    let seen = sheet(&search, "a", set_aside).await.expect("still listed");
    assert_eq!((seen.track_record, seen.summary.expect("a summary").executed_cases), (None, 0));
}

#[tokio::test]
async fn what_else_the_engagements_tell_concerns_no_search() {
    let world = World::new().await;
    let search = world.replica().await;
    listed(&world, "a").await;
    // A type that is there, and the body of one that is yet to come.
    let case = contract::engagement::v1::CaseChanged::default();
    let told = world.emit(&world.engagement, NewEvent::new("case", "p-a", &case)).await;
    assert_eq!(ask(&search, all(vec![told])).await.total, 1);
    let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status");
    assert_eq!(status.into_inner().parked, 0);
}

#[tokio::test]
async fn another_life_of_the_engagements_takes_back_what_it_does_not_know() {
    let world = World::new().await;
    let search = world.replica().await;
    for id in ["a", "b"] {
        listed(&world, id).await;
        world.record(id, 1, 1).await;
    }
    world.engagement_restored_without("b").await;
    let restored = world.record("a", 2, 1).await;
    let reads_the_new_life = async {
        loop {
            let status = search.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status");
            if status.into_inner().positions.contains(&restored) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), reads_the_new_life).await.expect("read anew");
    let seen = sheet(&search, "a", restored.clone()).await.expect("listed").track_record.expect("a record");
    assert_eq!(seen.cases, 2);
    assert_eq!(sheet(&search, "b", restored).await.expect("listed").track_record, None);
}
