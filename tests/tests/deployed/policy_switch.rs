//! Another scoring policy comes into force while people answer and others search, and the survey is killed half-way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use contract::search::v1::{Conditions, GetIndexStatusRequest, Hit, SearchExpertsRequest};
use contract::survey::v1::{self as survey, ActivationState, GetActivationRequest, GetActivationResponse, Rating};
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::model::{self, Mark};
use end_to_end::submission::Submission;
use end_to_end::wait::until;
use end_to_end::{built, file, generate, readback};

const PEOPLE: i64 = 150;
const BEFORE: &str = "ipa-2024";
const AFTER: &str = "ipa-2024-floor";
/// A debug build on a busy machine.
const BOUND: Duration = Duration::from_secs(90);

in_both_shapes!(no_page_mixes_policies_and_a_killed_switch_goes_on);

/// What a person handed in: the answers, and whether the survey said that it has them.
type Versions = BTreeMap<String, Vec<(Submission, bool)>>;

/// A page as it came.
struct Page {
    policy: String,
    hits: Vec<Hit>,
}

/// What goes on beside the switch.
struct Load {
    stop: AtomicBool,
    versions: Mutex<Versions>,
    pages: Mutex<Vec<Page>>,
    refused: Mutex<Vec<tonic::Status>>,
}

impl Load {
    /// Searches as fast as it is answered, for one menu or all.
    async fn search(&self, clients: &Clients, menu: &str) {
        let menus = if menu.is_empty() { Vec::new() } else { vec![menu.to_owned()] };
        let conditions = Some(Conditions { menus, ..Default::default() });
        while !self.stop.load(Ordering::SeqCst) {
            let request = SearchExpertsRequest { conditions: conditions.clone(), page_size: 100, ..Default::default() };
            match clients.search().search_experts(request).await {
                Ok(page) => {
                    let page = page.into_inner();
                    self.pages.lock().unwrap().push(Page { policy: page.policy, hits: page.hits });
                }
                Err(status) => self.refused.lock().unwrap().push(status),
            }
        }
    }

    /// Hands in other answers of one person after the other.
    async fn answer(&self, clients: &Clients, people: Vec<Submission>, seed: u64) {
        let mut chance = Chance::new(seed);
        for mut answers in people.into_iter().cycle() {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            answers.skills(&generate::skills(&mut chance));
            let taken = crate::submit(clients, &answers).await;
            if let Ok(taken) = &taken {
                // Acknowledged with the rating in force, whichever that was then.
                let rating = taken.rating.clone().expect("a rating");
                assert_eq!(marks_of(&rating), marks_by(&answers, &rating.policy));
            }
            let mut versions = self.versions.lock().unwrap();
            versions.entry(answers.number().to_owned()).or_default().push((answers, taken.is_ok()));
        }
    }
}

/// Mark and points by area, then by menu.
type Marks = BTreeMap<String, (Mark, i64)>;

fn marks_by(answers: &Submission, policy: &str) -> Marks {
    let floor = if policy == AFTER { 2 } else { 0 };
    let rating = model::rate_with_floor(answers, floor);
    rating.areas.into_iter().chain(rating.menus.into_iter().filter(|(menu, _)| menu != "M7")).collect()
}

fn marks_of(rating: &Rating) -> Marks {
    let areas = rating.areas.iter().map(|of| (of.area.clone(), (readback::sign(of.mark()), i64::from(of.points))));
    let menus = rating.menus.iter().map(|of| (of.menu.clone(), (readback::sign(of.mark()), i64::from(of.points))));
    areas.chain(menus.filter(|(menu, _)| menu != "M7")).collect()
}

fn marks_shown(hit: &Hit) -> Marks {
    let areas = hit.areas.iter().map(|of| (of.area.clone(), (readback::sign(of.mark()), i64::from(of.points))));
    let menus = hit.menus.iter().map(|of| (of.menu.clone(), (readback::sign(of.mark()), i64::from(of.points))));
    areas.chain(menus.filter(|(menu, _)| menu != "M7")).collect()
}

async fn status(clients: &Clients, name: &str) -> Option<GetActivationResponse> {
    let request = GetActivationRequest { name: name.to_owned() };
    clients.policies().get_activation(request).await.ok().map(tonic::Response::into_inner)
}

async fn no_page_mixes_policies_and_a_killed_switch_goes_on(shape: Shape) {
    // Slow enough to be killed half-way.
    let pace = ["rating-page", "10", "rating-pause", "100"].map(str::to_owned).to_vec();
    let mut deployment =
        Deployment::start_with(built!(), shape, Settings { survey: pace, ..Settings::default() }).await;
    let mut chance = Chance::new(41);
    let people: Vec<Submission> =
        (1..=PEOPLE).map(|n| generate::Person::new(3_000 + n).answers_in_full(&mut chance)).collect();
    let clients = deployment.clients();
    let mut versions = Versions::new();
    let mut last = None;
    for answers in &people {
        last = crate::answer_again(&clients, answers).await.token;
        versions.entry(answers.number().to_owned()).or_default().push((answers.clone(), true));
    }
    let request = GetIndexStatusRequest { at_least: last.into_iter().collect() };
    let before = clients.search().get_index_status(request).await.expect("all of it is shown").into_inner();
    assert_eq!(before.policy, BEFORE);

    let load = Arc::new(Load {
        stop: AtomicBool::new(false),
        versions: Mutex::new(versions),
        pages: Mutex::default(),
        refused: Mutex::default(),
    });
    let mut tasks = Vec::new();
    for menu in ["", "M5"] {
        let (load, clients) = (load.clone(), deployment.clients());
        tasks.push(tokio::spawn(async move { load.search(&clients, menu).await }));
    }
    for (seed, some) in people.chunks(75).enumerate() {
        let (load, clients, some) = (load.clone(), deployment.clients(), some.to_vec());
        tasks.push(tokio::spawn(async move { load.answer(&clients, some, seed as u64).await }));
    }

    let told = deployment.told(&["policy", "activate", AFTER, "--reason", "試験", "--json"]).await;
    let name = told["name"].as_str().expect("a name").to_owned();
    let half = until("the switch to be half-way", BOUND, async || {
        let activation = status(&clients, &name).await?.activation?;
        (activation.rated >= PEOPLE / 4).then_some(activation)
    })
    .await;
    assert_eq!(half.state(), ActivationState::Rating, "still under way");
    let home = deployment.home_of("survey");
    deployment.part(home).kill();
    deployment.part(home).restart().await;
    let again = until("the survey to be back", BOUND, async || status(&clients, &name).await?.activation).await;
    assert!(again.rated >= half.rated, "it begins anew: {} after {}", again.rated, half.rated);
    let token = until("the switch to be done", BOUND, async || {
        let found = status(&clients, &name).await?;
        (found.activation?.state() == ActivationState::Done).then_some(found.token?)
    })
    .await;
    // Whoever waits for the change sees it.
    let shown = until("the search to change over", BOUND, async || {
        let request = GetIndexStatusRequest { at_least: vec![token.clone()] };
        clients.search().get_index_status(request).await.ok().map(tonic::Response::into_inner)
    })
    .await;
    assert_eq!(shown.policy, AFTER);
    until("a page by the new policy", BOUND, async || {
        load.pages.lock().unwrap().last().filter(|page| page.policy == AFTER).map(|_| ())
    })
    .await;
    load.stop.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.expect("the load goes on to its end");
    }
    if shape == Shape::Distributed {
        assert!(load.refused.lock().unwrap().is_empty(), "{:?}", load.refused.lock().unwrap().first());
    }
    check_pages(&load);
    check_people(&clients, &load).await;
    let listed = deployment.told(&["policy", "list", "--json"]).await;
    assert_eq!(listed["active"], AFTER);
}

/// Every page is what one policy, the one that it names, makes of answers that were handed in.
fn check_pages(load: &Load) {
    let (pages, versions) = (load.pages.lock().unwrap(), load.versions.lock().unwrap());
    let mut seen = BTreeMap::new();
    for page in pages.iter() {
        *seen.entry(page.policy.clone()).or_insert(0) += 1;
        for hit in &page.hits {
            let shown = marks_shown(hit);
            let possible = versions[&hit.registration_number].iter();
            let fits = possible.map(|(answers, _)| marks_by(answers, &page.policy)).any(|marks| marks == shown);
            assert!(fits, "a page by {} shows {} as {shown:?}", page.policy, hit.registration_number);
        }
    }
    let policies: Vec<_> = seen.keys().map(String::as_str).collect();
    assert_eq!(policies, [BEFORE, AFTER], "pages of both, and of nothing else: {seen:?}");
}

/// Everybody is rated by the policy in force, for the last answers that were acknowledged or, where an answer was lost, later
/// ones; and the ratings before are still to be seen.
async fn check_people(clients: &Clients, load: &Load) {
    let versions = load.versions.lock().unwrap().clone();
    for (number, versions) in versions {
        let request = survey::ListRatingsRequest { registration_number: number.clone() };
        let ratings = clients.policies().list_ratings(request).await.expect("ratings").into_inner().ratings;
        let in_force = ratings[0].rating.clone().expect("a rating");
        assert!(ratings[0].in_force);
        assert_eq!((in_force.policy.as_str(), ratings.len()), (AFTER, 2), "{number}");
        let acknowledged = versions.iter().rposition(|(_, acknowledged)| *acknowledged).expect("at least the first");
        let fits = versions[acknowledged..].iter().any(|(answers, _)| marks_by(answers, AFTER) == marks_of(&in_force));
        assert!(fits, "{number} is rated for other answers");
    }
}

/// What the command line says of it.
#[tokio::test]
async fn an_operator_looks_tries_out_plans_and_gives_up() {
    let deployment = Deployment::start(built!(), Shape::Embedded).await;
    let path = deployment.home().join("campaign.csv");
    let rows = generate::campaign(&mut Chance::new(12), 1..900_000, 30, 33);
    file::write_plainly(&path, &rows);
    deployment.import(&path).await;
    let known = deployment.told(&["policy", "list", "--json"]).await;
    assert_eq!(known["active"], BEFORE);
    let shown = deployment.told(&["policy", "show", AFTER, "--json"]).await;
    let mut definition = shown["definition"].clone();
    definition["id"] = "revised-2025".into();
    let file = deployment.home().join("revised.json");
    std::fs::write(&file, definition.to_string()).unwrap();
    let file = file.display().to_string();
    let tried = deployment.told(&["policy", "preview", "--file", &file, "--json"]).await;
    let stored = deployment.told(&["policy", "add", &file, "--json"]).await;
    assert_eq!((tried["policy"].as_str(), stored["id"].as_str()), (Some("revised-2025"), Some("revised-2025")));
    // As the model counts.
    let mut model = model::Model::default();
    model.import(&rows);
    let changes = model.people().values().filter(|of| marks_by(of, AFTER) != marks_by(of, BEFORE)).count();
    assert_eq!((tried["people"].as_u64(), tried["changed"].as_u64()), (Some(30), Some(changes as u64)));

    definition["id"] = "Wrong id".into();
    let wrong = deployment.home().join("wrong.json");
    std::fs::write(&wrong, definition.to_string()).unwrap();
    let refused = deployment.command(&["policy", "add", &wrong.display().to_string()]).await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("definition.id"), "{refused:?}");

    let planned = ["policy", "activate", "revised-2025", "--day", "2025-04-01", "--reason", "新年度から", "--json"];
    let planned = deployment.told(&planned).await;
    let name = planned["name"].as_str().unwrap();
    assert_eq!((planned["state"].as_str(), planned["day"].as_str()), (Some("planned"), Some("2025-04-01")));
    let over = deployment.told(&["policy", "cancel", name, "--reason", "延期", "--json"]).await;
    assert_eq!(over["state"], "cancelled");
    let all = deployment.told(&["policy", "status", "--json"]).await;
    assert_eq!(all["activations"].as_array().map(Vec::len), Some(1));
    for people in [&["policy", "list"][..], &["policy", "preview", AFTER], &["policy", "status"], &["policy", "show"]] {
        let said = deployment.command(people).await;
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.out.contains(BEFORE) || said.out.contains("revised-2025"), "{said:?}");
    }
}
