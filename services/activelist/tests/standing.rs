//! `expert standing` and `expert checks`, as somebody types them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use activelist::failure::Exit;
use serde_json::json;
use stage::{CAMPAIGN, Stage};

#[tokio::test]
async fn what_was_recorded_stands_beside_what_is_known_now() {
    // The clock stands on 2025-02-10; the campaign is imported as of its latest submission, 2025-02-03.
    let stage = Stage::set().await;
    stage.import(std::path::Path::new(CAMPAIGN)).await;
    let said = stage.run(&["expert", "standing", "015695", "--on", "2025-02-05", "--json"]).await.json();
    assert_eq!(said["recorded"]["listed"], json!(false));
    assert_eq!(said["recorded"]["registration"], json!("unverified"));
    assert_eq!(
        (&said["known_now"]["listed_throughout"], &said["known_now"]["state"]),
        (&json!(true), &json!("listed"))
    );
    assert_eq!(said["known_now"]["registration"], json!("valid"));
    assert_eq!(said["known_now"]["changes"][0]["time"], json!("2025-02-10T12:00:00+09:00"));
    let as_of = said["known_now"]["changes"][0]["as_of"].clone();

    let name = said["name"].as_str().unwrap().to_owned();
    let at = stage.run(&["expert", "standing", &name, "--on", "2025-02-10T12:00:00+09:00", "--json"]).await.json();
    assert_eq!(at["recorded"]["listed"], json!(true));
    let checks = stage.run(&["expert", "checks", "第15695号", "--json"]).await.json();
    assert_eq!(checks["checks"][0]["verify_time"], as_of);
    assert_eq!(checks["checks"][0]["record_time"], json!("2025-02-10T12:00:00+09:00"));

    let shown = stage.run_at(&["expert", "standing", "015695", "--on", "2025-02-05"], 100).await;
    let line = shown.lines().find(|line| line.starts_with("リスト")).unwrap();
    assert!(line.contains("掲載なし") && line.trim_end().ends_with("掲載"), "{shown}");
    assert!(stage.run_at(&["expert", "checks", "015695"], 100).await.contains("skill_survey.csv"));

    for (words, exit) in [
        (["expert", "standing", "015695", "--on", "2025-02-11"], Exit::BadInput),
        (["expert", "standing", "015695", "--on", "2025-02-30"], Exit::BadInput),
        (["expert", "standing", "999999", "--on", "2025-02-05"], Exit::Failed),
    ] {
        assert_eq!(stage.run(&words).await.exit(), exit, "{words:?}");
    }
    stage.strike().await;
}
