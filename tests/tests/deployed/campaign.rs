//! A campaign: the one of 2024 with the figures that were published of it, another one with its own, and a draft that outlives the
//! process.

use std::collections::BTreeSet;
use std::path::Path;

use contract::survey::v1::{Draft, GetDraftRequest, SaveDraftRequest, SubmitDraftRequest};
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::submission::FILE_FORM;
use end_to_end::{built, file};
use serde_json::{Value, json};

use crate::portal;

in_both_shapes!(
    a_past_campaign_has_the_figures_of_what_is_imported,
    a_draft_outlives_the_process_and_is_handed_in_once
);

async fn a_past_campaign_has_the_figures_of_what_is_imported(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024");
    let told: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("campaign.json")).unwrap()).unwrap();
    let (stated, figures) = (&told["stated"], &told["figures"]);
    let said = |name: &str| stated[name].as_str().unwrap();
    let asked = stated["asked"].to_string();
    let (open, close) = (said("open_day"), said("close_day"));
    let create = ["campaign", "create", "調査", "--open", open, "--close", close, "--asked", &asked, "--json"];
    let name = deployment.told(&create).await["name"].as_str().unwrap().to_owned();
    let path = folder.join("skill_survey.csv");
    deployment.import(&path).await;
    deployment.import(&path).await;

    let shown = deployment.told(&["campaign", "show", &name, "--json"]).await;
    assert_eq!(shown["state"], "closed");
    for (figure, count) in figures.as_object().unwrap() {
        assert_eq!(&shown["figures"][figure], count, "{figure}");
    }
    let days = shown["figures"]["days"].as_array().unwrap();
    let total = |of: &str| days.iter().map(|day| day[of].as_i64().unwrap()).sum::<i64>();
    assert_eq!(
        [json!(total("received")), json!(total("new_people"))],
        [&figures["received"], &figures["people"]].map(Value::clone)
    );

    // Part of the same responses, by other days: counted here from the file.
    let day = |at: kit_clock::Timestamp| at.to_string()[..10].to_owned();
    let rows = file::read(&path);
    let (first, last) = ("2025-01-06", "2025-01-10");
    let within: Vec<_> = rows.iter().filter(|row| (first..=last).contains(&day(row.at).as_str())).collect();
    let people: BTreeSet<_> = within.iter().map(|row| row.number().to_owned()).collect();
    assert!(!within.is_empty());
    let shorter = ["campaign", "create", "短い調査", "--open", first, "--close", last, "--asked", "0", "--json"];
    let refused = deployment.command(&shorter).await;
    assert!(refused.err.contains("重なります"), "{}", refused.err);
    // Nothing of a past campaign changes but notes and number: another deployment has the shorter one.
    let deployment = Deployment::start(built!(), shape).await;
    deployment.import(&path).await;
    let name = deployment.told(&shorter).await["name"].as_str().unwrap().to_owned();
    let shown = deployment.told(&["campaign", "show", &name, "--json"]).await;
    assert_eq!(
        [&shown["figures"]["received"], &shown["figures"]["people"]],
        [within.len(), people.len()].map(Value::from).each_ref()
    );
    assert_eq!(shown["figures"]["response_rate_permille"], Value::Null, "nobody is said to have been asked");
}

async fn a_draft_outlives_the_process_and_is_handed_in_once(shape: Shape) {
    let mut deployment = Deployment::start(built!(), shape).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024/skill_survey.csv");
    let answer = file::read(&path).remove(0);
    let response = answer.to_wire(FILE_FORM);
    let (mut half, form) = (response.answers.clone(), response.form.clone());
    half.retain(|answer| answer.question != "name");
    let owner = "owner-1".to_owned();
    let save = async |deployment: &Deployment, answers, etag: &str| {
        let draft = Some(Draft { form: form.clone(), answers, etag: etag.to_owned(), ..Draft::default() });
        let request = SaveDraftRequest { draft, owner: owner.clone() };
        portal(&deployment.clients()).drafts().save_draft(request).await.unwrap().into_inner()
    };
    let saved = save(&deployment, half.clone(), "").await;
    assert!(saved.faults.iter().any(|fault| fault.field == "answers[name]"), "{:?}", saved.faults);

    let part = deployment.home_of("survey");
    deployment.part(part).kill();
    deployment.part(part).restart().await;
    let resume = GetDraftRequest { form: form.clone(), owner: owner.clone() };
    let resumed = portal(&deployment.clients()).drafts().get_draft(resume.clone()).await.unwrap().into_inner();
    let resumed = resumed.draft.unwrap();
    assert_eq!(resumed, Draft { answers: half, ..saved.draft.unwrap() });
    let whole = save(&deployment, response.answers, &resumed.etag).await;
    assert!(whole.faults.is_empty(), "{:?}", whole.faults);

    let submit = SubmitDraftRequest {
        form: form.clone(),
        owner: owner.clone(),
        etag: whole.draft.unwrap().etag,
        request_id: "handed-in-1".to_owned(),
    };
    let first = portal(&deployment.clients()).drafts().submit_draft(submit.clone()).await.unwrap().into_inner();
    deployment.part(part).kill();
    deployment.part(part).restart().await;
    // Whoever did not hear the answer asks again.
    let again = portal(&deployment.clients()).drafts().submit_draft(submit).await.unwrap().into_inner();
    assert_eq!(again, first);
    let stored = first.submitted.unwrap().response.unwrap();
    assert_eq!(stored.registration_number, answer.number());
    assert_eq!(
        portal(&deployment.clients()).drafts().get_draft(resume).await.unwrap_err().code(),
        tonic::Code::NotFound
    );
    assert_eq!(end_to_end::readback::statistics(&deployment.clients()).await.received, 1);
}
