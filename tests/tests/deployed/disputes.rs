//! Somebody else answers for a number, and two numbers are one person: nothing changes until an operator decides, and the
//! search shows the decision as soon as it holds the call's token.

use std::collections::BTreeMap;

use contract::event::v1::Token;
use contract::search::v1::SearchExpertsRequest;
use contract::survey::v1::*;
use end_to_end::built;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::file;
use end_to_end::submission::Submission;
use kit_serve::{Caller, Role};
use serde_json::json;

use crate::submit;

in_both_shapes!(what_is_decided_about_people_shows_in_the_search);

/// Everything that a listing needs.
pub(crate) fn answers(number: &str, who: &str, kana: &str, email: &str) -> Submission {
    let mut said = Submission::at("2025-01-20T10:00:00+09:00".parse().unwrap());
    said.text("registration_number", number).text("name", who).text("name_kana", kana).text("email", email);
    said.code("listing_consent", "yes").codes("durations", &["spot"]).skills(&[2; 34]);
    said
}

async fn what_is_decided_about_people_shows_in_the_search(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients().acting_as(&Caller::new("operator-1", [Role::Operator]));
    let path = deployment.home().join("people.csv");
    let rows = [
        answers("700001", "見本 一郎", "ミホン イチロウ", "ichiro@example.jp"),
        answers("700002", "見本 二郎", "ミホン ジロウ", "jiro@example.jp"),
    ];
    file::write_plainly(&path, &rows);
    deployment.import(&path).await;
    let listed = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
        all.iter().map(|(number, name)| ((*number).to_owned(), (*name).to_owned())).collect()
    };
    let begun = listed(&[("700001", "見本 一郎"), ("700002", "見本 二郎")]);
    assert_eq!(shown(&clients, None).await, begun);

    // Somebody else answers for the first number: it waits, and nobody is shown otherwise.
    let other = answers("700001", "他人 三郎", "タニン サブロウ", "saburo@example.com");
    submit(&clients, &other).await.unwrap_err();
    let head = clients.head("survey").await;
    assert_eq!(shown(&clients, Some(head)).await, begun);
    let waiting = deployment.told(&["dispute", "list", "--json"]).await;
    assert_eq!(waiting["disputes"].as_array().map(Vec::len), Some(1));
    let name = waiting["disputes"][0]["name"].as_str().unwrap().to_owned();
    let side_by_side = deployment.told(&["dispute", "show", &name, "--differing", "--json"]).await;
    let answer = |at: usize| (&side_by_side["answers"][at]["left"], &side_by_side["answers"][at]["right"]);
    assert_eq!(answer(0), (&json!("見本 一郎"), &json!("他人 三郎")));

    // Taken over, the new one is shown with nothing of the one before.
    let request = DecideDisputeRequest {
        name,
        decision: DisputeDecision::TakeOver.into(),
        reason: "登録証で確認".to_owned(),
        ..Default::default()
    };
    let decided = clients.people().decide_dispute(request).await.unwrap().into_inner();
    let taken = listed(&[("700001", "他人 三郎"), ("700002", "見本 二郎")]);
    assert_eq!(shown(&clients, decided.token).await, taken);

    // The second number is the same person: one entry.
    let [one, two] = [respondent(&clients, "700001").await, respondent(&clients, "700002").await];
    let request = MergePeopleRequest {
        name: format!("people/{}", two.respondent_id),
        into: format!("people/{}", one.respondent_id),
        reason: "改姓".to_owned(),
        ..Default::default()
    };
    let merged = clients.people().merge_people(request).await.unwrap().into_inner();
    let now = shown(&clients, merged.token).await;
    assert_eq!(now.keys().collect::<Vec<_>>(), ["700001"]);
    assert_eq!(respondent(&clients, "700002").await.respondent_id, one.respondent_id);

    // The second one's answer was of a third number: two entries again.
    let said = ["--response", &two.response, "--number", "700003", "--reason", "番号の誤り", "--json"];
    let split = deployment.told(&[&["person", "split", "700001"], &said[..]].concat()).await;
    assert_eq!(split["people"][1]["registration_number"], json!("700003"));
    let head = clients.head("survey").await;
    let parted = listed(&[("700001", "他人 三郎"), ("700003", "見本 二郎")]);
    assert_eq!(shown(&clients, Some(head)).await, parted);
    let history = deployment.told(&["person", "history", "700001", "--json"]).await;
    let decisions: Vec<_> = history["decisions"].as_array().unwrap().iter().map(|one| &one["decision"]).collect();
    assert_eq!(decisions, ["take_over", "merge", "split"]);
}

/// Numbers and names of everybody who is shown once this much is visible.
async fn shown(clients: &Clients, token: Option<Token>) -> BTreeMap<String, String> {
    let request = SearchExpertsRequest { at_least: token.into_iter().collect(), ..Default::default() };
    let hits = clients.search().search_experts(request).await.unwrap().into_inner().hits;
    hits.into_iter().map(|hit| (hit.registration_number, hit.full_name)).collect()
}

async fn respondent(clients: &Clients, number: &str) -> Rating {
    let request = GetRatingRequest { registration_number: number.to_owned() };
    clients.scoring().get_rating(request).await.unwrap().into_inner().rating.unwrap()
}
