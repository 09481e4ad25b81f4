//! The index kept between starts: what a start takes up equals what was there, reads on from there, and shows nothing of
//! whom it must not.

mod world;

use std::fs;
use std::time::Duration;

use contract::registry::v1::ExpertState;
use contract::search::v1::expert_search_client::ExpertSearchClient;
use contract::search::v1::{
    Conditions, GetIndexStatusRequest, GetIndexStatusResponse, GetSheetRequest, SearchExpertsRequest,
};
use contract::survey::v1::Mark;
use kit_serve::{Client, Lifecycle};
use world::{Told, World, all, ask, names, number};

const FILE: &str = "search.snapshot";

async fn status(client: &ExpertSearchClient<Client>) -> GetIndexStatusResponse {
    client.clone().get_index_status(GetIndexStatusRequest::default()).await.expect("status").into_inner()
}

fn texts(summary: &str) -> [String; 4] {
    ["", summary, "", ""].map(str::to_owned)
}

/// The id of the key a file is sealed under, which stands in its head.
fn key_of(file: &[u8]) -> String {
    const BEGINS: &[u8] = b"search-snapshot/";
    let at = file.windows(BEGINS.len()).position(|window| window == BEGINS).expect("a key");
    String::from_utf8(file[at..at + BEGINS.len() + 36].to_vec()).expect("text")
}

/// Starts a replica that keeps its index, looks at it, and ends it as a service ends.
async fn lived<T>(world: &World, look: impl AsyncFnOnce(ExpertSearchClient<Client>) -> T) -> T {
    let lifecycle = Lifecycle::new();
    let client = world.replica_of(Some(FILE), &lifecycle).await;
    let seen = look(client).await;
    lifecycle.shutdown().await;
    seen
}

/// Experts of every kind: shown, rated and not listed, listed and not rated, set aside, without an answer.
async fn some(world: &World) {
    for (n, id) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        if id != "d" {
            let can: &[&str] = if n % 2 == 0 { &["S1a1", "S6a5"] } else { &[] };
            world.rate_able(&format!("p-{id}"), [Mark::Able; 6], [i32::try_from(n).unwrap_or(0); 6], can).await;
        }
        let state = if id == "c" { ExpertState::Paused } else { ExpertState::Listed };
        let summary = format!("{id}社の情報セキュリティ規程を整備");
        world.tell(&Told { state, texts: texts(&summary), ..Told::listed(id) }).await;
    }
    world.record("a", 3, 2).await;
    let unreadable = Told { formats: vec!["by_rocket".to_owned()], ..Told::listed("e") };
    let last = world.tell(&unreadable).await;
    ask(&world.replica().await, all(vec![last])).await;
}

/// Everything a caller can see.
async fn seen(client: ExpertSearchClient<Client>) -> impl PartialEq + std::fmt::Debug {
    let mut answers = Vec::new();
    for (text, skills) in [("", vec![]), ("規程", vec![]), ("ｂ社", vec![]), ("", vec!["S6a5".to_owned()])] {
        let conditions = Conditions { text: text.to_owned(), skill_items: skills, ..Default::default() };
        answers.push(ask(&client, SearchExpertsRequest { conditions: Some(conditions), ..all(vec![]) }).await);
    }
    let mut sheets = Vec::new();
    for id in ["a", "b", "c", "d", "e"] {
        let request = |name: String, registration_number: String| GetSheetRequest {
            name,
            registration_number,
            ..Default::default()
        };
        for request in [request(format!("experts/{id}"), String::new()), request("experts/-".to_owned(), number(id))] {
            sheets.push(client.clone().get_sheet(request).await.map(tonic::Response::into_inner).map_err(|s| s.code()));
        }
    }
    let GetIndexStatusResponse { listed, hidden, parked, positions, .. } = status(&client).await;
    (answers, sheets, listed, hidden, parked, positions)
}

#[tokio::test]
async fn a_start_with_the_kept_index_shows_what_was_there_and_reads_on() {
    let world = World::new().await;
    some(&world).await;
    let first = lived(&world, async |client| {
        assert!(!status(&client).await.began_with_snapshot);
        assert_eq!(status(&client).await.parked, 1);
        seen(client).await
    })
    .await;
    let second = lived(&world, async |client| {
        assert!(status(&client).await.began_with_snapshot);
        seen(client).await
    })
    .await;
    assert_eq!(first, second);

    // What came while nobody was there.
    world.rate("p-d", [Mark::Strong; 6], [15; 6]).await;
    world.tell(&Told { state: ExpertState::Paused, ..Told::listed("a") }).await;
    let last = world.tell(&Told { texts: texts("監視の仕組みづくり"), ..Told::listed("b") }).await;
    lived(&world, async |client| {
        assert!(status(&client).await.began_with_snapshot);
        let found = ask(&client, all(vec![last])).await;
        assert_eq!(found.total, 2);
        let conditions = Conditions { text: "監視".to_owned(), ..Default::default() };
        let found = ask(&client, SearchExpertsRequest { conditions: Some(conditions), ..Default::default() }).await;
        assert_eq!(names(&found), ["b"]);
    })
    .await;
    let fresh = seen(world.replica().await).await;
    assert_eq!(lived(&world, seen).await, fresh, "kept equals read anew");
}

#[tokio::test]
async fn engagements_that_cannot_be_read_keep_no_index_from_being_kept() {
    let world = World::new().await;
    some(&world).await;
    let lifecycle = Lifecycle::new();
    let client = world.replica_without_records(FILE, &lifecycle).await;
    assert_eq!(ask(&client, all(vec![])).await.total, 2);
    lifecycle.shutdown().await;
    lived(&world, async |client| {
        assert!(status(&client).await.began_with_snapshot);
        let request = GetSheetRequest { name: "experts/a".to_owned(), ..Default::default() };
        let sheet = client.clone().get_sheet(request).await.expect("a sheet").into_inner().sheet.expect("a sheet");
        assert_eq!(sheet.track_record.expect("read anew").cases, 3);
    })
    .await;
}

#[tokio::test]
async fn who_was_erased_is_gone_from_the_file_and_its_copies() {
    let world = World::new().await;
    some(&world).await;
    lived(&world, async |_| ()).await;
    let (file, copy) = (world.folder.path().join(FILE), world.folder.path().join("backup"));
    fs::copy(&file, &copy).expect("a backup");
    let bytes = fs::read(&file).expect("a file");
    let name = "見本 a".as_bytes();
    assert!(!bytes.windows(name.len()).any(|window| window == name), "nobody's name can be read in it");

    world.deps.keys.destroy("a").await.expect("destroyed");
    let key = key_of(&bytes);
    let there = async || !world.deps.keys.find(std::slice::from_ref(&key)).await.expect("keys").is_empty();
    assert!(there().await);
    let told = world.tell(&Told { state: ExpertState::Erased, ..Told::listed("a") }).await;
    lived(&world, async |client| {
        assert_eq!(names(&ask(&client, all(vec![told])).await), ["b"]);
        let gone = async {
            while there().await {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.expect("at once, not when the service ends");
        assert!(!file.exists());
    })
    .await;
    fs::copy(&copy, &file).expect("the backup is put back");
    lived(&world, async |client| {
        assert!(!status(&client).await.began_with_snapshot, "its key is destroyed");
        assert_eq!(names(&ask(&client, all(vec![])).await), ["b"]);
    })
    .await;
}

#[tokio::test]
async fn a_damaged_file_is_not_believed_and_the_logs_bring_everything() {
    let world = World::new().await;
    some(&world).await;
    lived(&world, async |_| ()).await;
    let file = world.folder.path().join(FILE);
    let whole = fs::read(&file).expect("a file");
    let mut flipped = whole.clone();
    let at = whole.len() / 2;
    flipped[at] ^= 1;
    let mut longer = whole.clone();
    longer[8] = 9;
    let cut = whole[..whole.len() - 60].to_vec();
    for damaged in [Vec::new(), b"something else".to_vec(), longer, flipped, cut] {
        fs::write(&file, damaged).expect("written");
        lived(&world, async |client| {
            assert!(!status(&client).await.began_with_snapshot);
            assert_eq!(ask(&client, all(vec![])).await.total, 2);
        })
        .await;
    }
    lived(&world, async |client| assert!(status(&client).await.began_with_snapshot, "the last one kept a good one"))
        .await;
}
