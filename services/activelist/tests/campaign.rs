//! Campaigns from the command line: planned, asked by a file, reminded, answered, closed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use activelist::failure::Exit;
use stage::Stage;

#[tokio::test]
async fn a_campaign_is_planned_asked_reminded_and_closed() {
    let stage = Stage::set().await;
    let create = ["campaign", "create", "スキル調査", "--open", "2025-01-06", "--close", "2025-02-28"];
    let more = ["--remind", "2025-02-10", "--remind", "2025-02-20", "--json"];
    let checked = stage.run(&[&create[..], &more, &["--dry-run"]].concat()).await.json();
    assert_eq!(checked["name"], "");
    let made = stage.run(&[&create[..], &more].concat()).await.json();
    let name = made["name"].as_str().unwrap();
    assert_eq!((&made["state"], &made["reminder_days"][1]), (&"open".into(), &"2025-02-20".into()));

    let rows = "登録番号,氏名,メール,督促不要\n\
                第012345号,見本 花子,hanako@example.jp,\n,見本 太郎,taro@example.jp,はい\n67890,,,いいえ\n";
    let path = stage.file("recipients.csv", rows);
    let add = ["campaign", "recipients", "add", name, path.to_str().unwrap(), "--json"];
    let added = stage.run(&add).await.json();
    assert_eq!([&added["added"], &added["changed"]], [&3.into(), &serde_json::Value::from(0)]);
    assert_eq!(stage.run(&add).await.json()["added"], 0, "twice is once");
    let listed = stage.run(&["campaign", "recipients", "list", name]).await;
    for part in ["012345", "見本 花子", "taro@example.jp", "督促不要", "未依頼"] {
        assert!(listed.out.contains(part), "{part} in {}", listed.out);
    }
    let asked = stage.run(&["campaign", "contacted", name, "asked", "--all", "--json"]).await.json();
    assert_eq!(asked["recorded"], 3);
    let due = stage.run(&["campaign", "reminders", name, "--json"]).await.json();
    assert_eq!(due["reminder_day"], "2025-02-10");
    let due: Vec<_> =
        due["recipients"].as_array().unwrap().iter().map(|one| one["registration_number"].as_str().unwrap()).collect();
    assert_eq!(due, ["012345", "067890"]);
    assert_eq!(stage.run(&["campaign", "contacted", name, "reminded", "--all", "--json"]).await.json()["recorded"], 2);
    assert_eq!(stage.run(&["campaign", "reminders", name, "--json"]).await.json()["recipients"], serde_json::json!([]));

    let changed =
        stage.run(&["campaign", "update", name, "--asked", "800", "--title-en", "Skills", "--json"]).await.json();
    assert_eq!(
        (&changed["asked"], &changed["title"]["en"], &changed["open_day"]),
        (&800.into(), &"Skills".into(), &"2025-01-06".into())
    );
    stage.import(std::path::Path::new(stage::CAMPAIGN)).await;
    let shown = stage.run(&["campaign", "show", "--lang", "en"]).await;
    for part in ["Skills", "2025-01-06 to 2025-02-28 (open)", "people asked", "response rate", "█", "recipients listed"]
    {
        assert!(shown.out.contains(part), "{part} in {}", shown.out);
    }
    let figures = stage.run(&["campaign", "show", name, "--json"]).await.json()["figures"].clone();
    assert_eq!(
        [&figures["asked"], &figures["recipients"], &figures["reminded"]],
        [800, 3, 2].map(serde_json::Value::from).each_ref()
    );
    let closed = stage.run(&["campaign", "close", name, "--notes", "終えた", "--json"]).await.json();
    assert_eq!((&closed["state"], &closed["notes"]), (&"closed".into(), &"終えた".into()));
    let listed = stage.run(&["campaign", "list"]).await;
    assert!(listed.out.contains("スキル調査") && listed.out.contains("終了"), "{}", listed.out);
    stage.strike().await;
}

/// The apostrophe is for spreadsheets.
#[tokio::test]
async fn a_recipient_has_the_name_that_was_marked_as_a_text() {
    let stage = Stage::set().await;
    let create = ["campaign", "create", "調査", "--open", "2025-01-06", "--close", "2025-02-28", "--json"];
    let name = stage.run(&create).await.json()["name"].as_str().unwrap().to_owned();
    let path = stage.file("recipients.csv", "登録番号,氏名\n800200,'=SUM(A1)\n");
    let added = stage.run(&["campaign", "recipients", "add", &name, path.to_str().unwrap(), "--json"]).await.json();
    assert_eq!(added["added"], 1);
    let listed = stage.run(&["campaign", "recipients", "list", &name, "--json"]).await.json();
    assert_eq!(listed["recipients"][0]["display_name"], "=SUM(A1)");
    stage.strike().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_with_its_line() {
    let stage = Stage::set().await;
    let none = stage.run(&["campaign", "show"]).await;
    assert_eq!(none.exit(), Exit::Failed);
    let create = ["campaign", "create", "調査", "--open", "2025-02-01", "--close", "2025-02-28", "--json"];
    let name = stage.run(&create).await.json()["name"].as_str().unwrap().to_owned();
    let add = async |rows: &str| {
        let path = stage.file("recipients.csv", rows);
        let said = stage.run(&["campaign", "recipients", "add", &name, path.to_str().unwrap()]).await;
        assert_eq!(said.exit(), Exit::BadInput, "{rows}");
        said.done.unwrap_err().faults.into_iter().map(|fault| fault.place).collect::<Vec<_>>()
    };
    assert_eq!(add("番号\n1\n").await, ["1 行目 / line 1", "1 行目 / line 1"]);
    let places = add("email,name,登録番号\na@example.jp,見本,\nnowhere,見本,12A\n").await;
    assert_eq!(places, ["3 行目 / line 3 registration_number", "3 行目 / line 3 email"]);
    let both = add("email,登録番号,督促不要\na@example.jp,,たぶん\nnowhere,12A,\n").await;
    let server = ["3 行目 / line 3 registration_number", "3 行目 / line 3 email"];
    assert_eq!(both, [&["2 行目 / line 2"], &server[..]].concat(), "what either side finds");
    // However far down: nothing is stored of a file with a fault.
    let rows: String = (1..=600)
        .map(|n| format!("{},p{n}@example.jp\n", if n == 551 { "12A".to_owned() } else { n.to_string() }))
        .collect();
    assert_eq!(add(&format!("登録番号,email\n{rows}")).await, ["552 行目 / line 552 registration_number"]);
    let listed = stage.run(&["campaign", "recipients", "list", &name, "--json"]).await.json();
    assert_eq!(listed["recipients"], serde_json::json!([]));
    let wrong = ["campaign", "create", "", "--open", "2025-02-30", "--close", "soon", "--remind", "x"];
    let day = |json: serde_json::Value| json["reminder_days"].clone();
    let remind = ["campaign", "update", &name, "--remind", "2025-02-10", "--json"];
    assert_eq!(day(stage.run(&remind).await.json()), serde_json::json!(["2025-02-10"]));
    let none = ["campaign", "update", &name, "--close", "2025-02-05", "--no-reminders", "--json"];
    assert_eq!(day(stage.run(&none).await.json()), serde_json::json!([]));
    let places: Vec<_> =
        stage.run(&wrong).await.done.unwrap_err().faults.into_iter().map(|fault| fault.place).collect();
    assert_eq!(places, ["campaign.title.ja", "campaign.open_day", "campaign.close_day", "campaign.reminder_days[0]"]);
    stage.strike().await;
}
