//! What somebody says in confidence stands nowhere in the clear: not in logs, not in databases, not in NATS.

use std::path::Path;

use contract::search::v1::GetIndexStatusRequest;
use contract::survey::v1::SubmitResponseRequest;
use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::generate::Person;
use end_to_end::submission::FULL_FORM;

in_both_shapes!(what_is_personal_stands_nowhere_in_the_clear);

/// Each stands in nothing else. Only ASCII, so that no escaping can hide it.
const CANARIES: [(&str, &str); 5] = [
    ("name", "Qxzvname Kanariya"),
    ("email", "qxzvmail@kanariya.example"),
    ("S1a_evidence", "qxzv-evidence-kanariya"),
    ("self_pr", "qxzv-self-kanariya"),
    ("organisation", "Qxzv-org-kanariya"),
];
const SIGNS: [&str; 2] = ["qxzv", "kanariya"];

async fn what_is_personal_stands_nowhere_in_the_clear(shape: Shape) {
    let settings = Settings { log: "debug".to_owned(), ..Settings::default() };
    let mut deployment = Deployment::start_with(built!(), shape, settings).await;
    let clients = deployment.clients();
    let mut answer = Person::new(24_601).answers_in_full(&mut Chance::new(1));
    for (question, canary) in CANARIES {
        answer.text(question, canary);
    }
    let portal = crate::portal(&clients);
    let request = SubmitResponseRequest { response: Some(answer.to_wire(FULL_FORM)), ..Default::default() };
    let taken = portal.responses().submit_response(request.clone()).await.expect("taken").into_inner();
    // Refused ones are told about, without repeating what was said.
    answer.text("self_pr", &CANARIES[3].1.repeat(4)).text("homepage", CANARIES[2].1).code("residence", "99");
    let bad = SubmitResponseRequest { response: Some(answer.to_wire(FULL_FORM)), ..Default::default() };
    let refused = portal.responses().submit_response(bad).await.expect_err("refused");
    assert_clean("the refusal", format!("{refused:?}").as_bytes());
    let at_least = vec![taken.token.unwrap()];
    clients.search().get_index_status(GetIndexStatusRequest { at_least }).await.expect("search follows");

    // Files are looked at while they are in use, with what waits beside them, and again after a clean end.
    look_everywhere(&deployment).await;
    for name in deployment.names() {
        assert!(deployment.part(&name).stop().await.success());
    }
    look_everywhere(&deployment).await;
}

async fn look_everywhere(deployment: &Deployment) {
    let logs = deployment.logs();
    assert!(logs.contains("DEBUG"), "the logs are there, at level debug");
    assert_clean("the logs", logs.as_bytes());
    let files = files_below(deployment.home());
    assert!(!files.is_empty());
    for (path, bytes) in files {
        assert_clean(&path, &bytes);
    }
    if let Some(databases) = deployment.databases() {
        for purpose in ["survey", "registry", "search", "keys"] {
            let dump = databases.dump(purpose).await;
            assert!(!dump.is_empty(), "{purpose} holds something");
            assert_clean(purpose, dump.as_bytes());
        }
    }
}

fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a directory of ours") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.push((path.display().to_string(), bytes));
        }
    }
    files
}

/// In the clear, or as the hexadecimal in which a database shows bytes.
fn assert_clean(place: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    for sign in SIGNS {
        let hex: String = sign.bytes().map(|byte| format!("{byte:02x}")).collect();
        for form in [sign, &hex] {
            if let Some(at) = text.find(form) {
                let from = (at.saturating_sub(200)..=at).find(|from| text.is_char_boundary(*from)).unwrap_or(at);
                panic!("{place} holds {form:?} after {:?}", &text[from..at]);
            }
        }
    }
}
