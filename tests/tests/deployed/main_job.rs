//! The main job on the campaign of 2024: a file comes in, is scored, and the search shows it; somebody answers again, and
//! the search shows that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use contract::search::v1::{Conditions, SearchExpertsRequest};
use contract::survey::v1::SubmitResponseRequest;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::model::{Model, STRONG};
use end_to_end::submission::{FULL_FORM, Submission};
use end_to_end::{built, file, readback};
use serde_json::{Value, json};

in_both_shapes!(a_campaign_comes_in_and_the_search_shows_it);

async fn a_campaign_comes_in_and_the_search_shows_it(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    let (campaign, expected) = (data("skill_survey.csv"), data("skill_survey.expected.json"));
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    let mut model = Model::default();
    model.import(&file::read(&campaign));

    let said = deployment.import(&campaign).await;
    assert_eq!([&said["rows"], &said["stored"], &said["repeated"]], [236, 236, 0].map(Value::from).each_ref());
    assert_eq!(said["listed"], expected["listed"], "the import returns when the search shows it");
    shows_what_was_published(&clients, &expected).await;
    tells_what_was_published(&deployment, &expected).await;
    readback::assert_shows(&clients, &model).await;
    for conditions in some_conditions() {
        readback::assert_finds(&clients, &model, &conditions, "27").await;
    }
    finds_by_words(&deployment, &model).await;
    shows_experts(&deployment, &model).await;

    let said = deployment.import(&campaign).await;
    assert_eq!([&said["stored"], &said["repeated"]], [0, 236].map(Value::from).each_ref());
    readback::assert_shows(&clients, &model).await;

    one_answers_again(&deployment, &clients, &mut model).await;
    readback::assert_shows(&clients, &model).await;
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024").join(name)
}

/// Through gRPC: every number of the report, and every person's marks.
async fn shows_what_was_published(clients: &Clients, expected: &Value) {
    let counts = readback::statistics(clients).await;
    let (_, listed, obstacles) = readback::listing(clients).await;
    let seen = json!({
        "received": counts.received,
        "distinct": counts.people,
        "duplicates": counts.repeats,
        "unanswered": counts.skills_unanswered,
        "cannot_support": obstacles["CANNOT_SUPPORT"],
        "no_consent": obstacles["NO_CONSENT"],
        "listed": listed,
    });
    for (key, count) in seen.as_object().unwrap() {
        assert_eq!(count, &expected[key], "{key}");
    }
    assert_eq!(obstacles["SKILLS_UNANSWERED"], counts.skills_unanswered);
    assert_eq!(json!(readback::capability(clients).await), expected["capability"]);

    let (hits, counts) = readback::search(clients, &Conditions::default(), "").await;
    for row in &counts.area_marks {
        let seen = json!({"◎": row.strong, "○": row.able, "": row.none});
        assert_eq!(seen, expected["ratings_as_published"][&row.code], "{}", row.code);
    }
    let mut marks: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for hit in &hits {
        let areas = hit.areas.iter().map(|area| (area.area.as_str(), readback::sign(area.mark())));
        marks.insert(&hit.registration_number, areas.collect());
    }
    assert_eq!(json!(marks), expected["ratings"]);
}

/// Through the command line: the same.
async fn tells_what_was_published(deployment: &Deployment, expected: &Value) {
    let said = deployment.told(&["search", "--all", "--json"]).await;
    assert_eq!(said["total"], expected["listed"]);
    assert_eq!(said["area_marks"], expected["ratings_as_published"]);
    let hits = said["hits"].as_array().unwrap();
    let marks: BTreeMap<&str, &Value> =
        hits.iter().map(|hit| (hit["registration_number"].as_str().unwrap(), &hit["areas"])).collect();
    assert_eq!(json!(marks), expected["ratings"]);
    let first = deployment.told(&["search", "--json"]).await;
    assert_eq!(first["total"], expected["listed"], "a page tells the whole total too");
    assert!(!first["hits"].as_array().unwrap().is_empty());
}

fn some_conditions() -> Vec<Conditions> {
    let some = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect::<Vec<_>>();
    vec![
        Conditions {
            menus: some(&["M5"]),
            prefectures: some(&["27"]),
            formats: some(&["incident"]),
            ..Default::default()
        },
        Conditions { menus: some(&["M0", "M1", "M7"]), ..Default::default() },
        Conditions { fee_ceiling: "20_30k".to_owned(), durations: some(&["spot", "ge1y"]), ..Default::default() },
        Conditions { industries: some(&["automotive"]), company_sizes: some(&["le10"]), ..Default::default() },
        Conditions { themes: some(&["T4", "T5"]), affiliations: some(&["independent"]), ..Default::default() },
        Conditions { qualifications: some(&["cissp", "cisa"]), prefectures: some(&["13", "14"]), ..Default::default() },
        Conditions { menu_items: some(&["M3-3", "M5-2"]), skill_items: some(&["S1c2"]), ..Default::default() },
        Conditions { organisations: some(&["chambers"]), text: "規程 情報".to_owned(), ..Default::default() },
        Conditions { text: "支援".to_owned(), menus: some(&["M2"]), ..Default::default() },
    ]
}

/// Conditions in the words of the form.
async fn finds_by_words(deployment: &Deployment, model: &Model) {
    let words = ["--menu", "インシデント発生時の対応", "--prefecture", "大阪府", "--format", "incident"];
    let said = deployment.told(&[&["search", "--all", "--json"], &words[..]].concat()).await;
    let found: Vec<&str> =
        said["hits"].as_array().unwrap().iter().map(|hit| hit["registration_number"].as_str().unwrap()).collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    assert_eq!(json!(sorted), json!(model.found(&some_conditions()[0])));
    assert!(!found.is_empty() && found.len() < model.listed().len(), "the conditions narrow");
}

/// One listed expert, and one for each reason not to be listed.
async fn shows_experts(deployment: &Deployment, model: &Model) {
    let clients = deployment.clients();
    let people = model.people();
    let first = |reasons: &[&str]| {
        let found = people.iter().find(|(_, person)| end_to_end::model::against(person) == reasons);
        found.map(|(number, person)| ((*number).to_owned(), (*person).clone())).expect("somebody like that")
    };
    for reasons in [&[][..], &["SKILLS_UNANSWERED"], &["CANNOT_SUPPORT"], &["NO_CONSENT"]] {
        let (number, person) = first(reasons);
        readback::assert_sheet(&clients, model, &number).await;
        let written = format!("第{}号", number.trim_start_matches('0'));
        let said = deployment.told(&["expert", "show", &written, "--json"]).await;
        assert_eq!(said["registration_number"], json!(number));
        assert_eq!(said["full_name"], json!(person.text_of("name")));
        assert_eq!(said["state"], if reasons.is_empty() { "listed" } else { "draft" }, "{number}");
        assert_eq!(said["obstacles"], json!(reasons), "{number}");
        for (area, (mark, points)) in end_to_end::model::rate(&person).areas {
            assert_eq!([&said["areas"][&area], &said["points"][&area]], [&json!(mark), &json!(points)], "{number}");
        }
    }
    let nobody = deployment.command(&["expert", "show", "999999", "--json"]).await;
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
}

/// A listed expert without ◎ in incident response learns it, and says so on the whole form.
async fn one_answers_again(deployment: &Deployment, clients: &Clients, model: &mut Model) {
    let listed = model.listed();
    let weak = |person: &&&Submission| {
        end_to_end::model::rate(person).areas["S5"].0 != STRONG && person.code_of("support_experience") == "no"
    };
    let mut answer = (*listed.values().find(weak).expect("somebody who can learn")).clone();
    answer.at = deployment.clock();
    answer.text("residence_city", "架空市").codes("training_taken", &["online", "practical"]);
    for item in ["S5a1", "S5a2", "S5a3", "S5a4"] {
        answer.amount(item, 3);
    }
    let asked = Conditions { menus: vec!["M5".to_owned()], ..Default::default() };
    let strong = |found: &contract::search::v1::SearchExpertsResponse| found.menu_marks[5].strong;
    let request = SearchExpertsRequest { conditions: Some(asked), page_size: 1, ..Default::default() };
    let before = clients.search().search_experts(request.clone()).await.unwrap().into_inner();

    let form = answer.to_wire(FULL_FORM);
    let submitted =
        SubmitResponseRequest { response: Some(form), request_id: "again-1".to_owned(), ..Default::default() };
    let portal = crate::portal(clients);
    let taken = portal.responses().submit_response(submitted.clone()).await.unwrap().into_inner();
    assert_eq!(readback::rating_of(taken.rating.as_ref().unwrap()), end_to_end::model::rate(&answer));
    let at_least = vec![taken.token.clone().unwrap()];
    let request = SearchExpertsRequest { at_least, ..request };
    let after = clients.search().search_experts(request).await.unwrap().into_inner();
    assert_eq!(strong(&after), strong(&before) + 1, "the same search shows the new mark");

    // The same request again is the same answer, and nothing twice.
    let repeated = portal.responses().submit_response(submitted).await.unwrap().into_inner();
    assert_eq!((repeated.token, repeated.response), (taken.token, taken.response));
    let number = answer.number().to_owned();
    assert!(model.hand_in(answer));
    assert_eq!(readback::responses(clients, &number).await.len(), model.submissions_of(&number));
    readback::assert_sheet(clients, model, &number).await;
}
