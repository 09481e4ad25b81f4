//! Disputes and people from the command line: looked at side by side, decided with a reason, and told who decided what.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use activelist::args::Args;
use activelist::connect::Connection;
use activelist::failure::Exit;
use activelist::import::{Sheet, SurveyFile, import_form};
use activelist::output::Output;
use clap::Parser as _;
use clap::error::ErrorKind;
use contract::survey::v1::{NewResponse, SubmitResponseRequest};
use kit_vocabulary::Lang;
use serde_json::{Value, json};
use stage::{Rows, Stage};

/// The numbers of the campaign's first rows, and the names behind the first and the last.
const NUMBERS: [&str; 4] = ["015695", "022241", "002590", "007550"];
const FIRST: &str = "石川 真一";
const LAST: &str = "吉田 博";
/// Who answers for numbers of others.
const OTHER: &str = "他人 太郎";
const WHY: &str = "電話で確認した";

/// The first row of a table, as a response.
fn response(rows: &Rows) -> NewResponse {
    let file = SurveyFile::new("a row".to_owned(), rows.text().as_bytes());
    Sheet::open(&file, import_form()).unwrap().next(&file).unwrap().unwrap().response.unwrap()
}

/// What somebody else than the holder of a number answers, a while after the campaign.
fn by_another(number: &str) -> NewResponse {
    let rows = Rows::of_campaign(1).set(1, "registration_number", number).set(1, "name", OTHER);
    let rows = rows.set(1, "name_kana", "タニン タロウ").set(1, "email", "tanin@example.jp");
    response(&rows.set(1, "submitted_at", "2025-02-05T10:00:00+09:00"))
}

async fn submit(stage: &Stage, response: NewResponse) -> Result<String, tonic::Status> {
    let mut responses = Connection::open(&stage.url, None).unwrap().responses();
    let request = SubmitResponseRequest { response: Some(response), ..Default::default() };
    Ok(responses.submit_response(request).await?.into_inner().response.unwrap().name)
}

/// A stage with the campaign's first four people.
async fn four_people() -> Stage {
    let stage = Stage::set().await;
    let file = stage.file("responses.csv", Rows::of_campaign(4).text());
    assert_eq!(stage.import(&file).await.json()["stored"], 4);
    stage
}

/// Answers for a number, and gives the name of what waits then.
async fn disputed(stage: &Stage, number: &str) -> String {
    submit(stage, by_another(number)).await.unwrap_err();
    let waits = stage.run(&["dispute", "list", "--number", number, "--json"]).await.json();
    waits["disputes"][0]["name"].as_str().unwrap().to_owned()
}

/// The person behind a number.
async fn person(stage: &Stage, number: &str) -> Value {
    stage.run(&["person", "compare", number, number, "--json"]).await.json()["first"].clone()
}

/// What a command says, in one language; it must be able to.
async fn said(stage: &Stage, words: &[&str], lang: &str) -> String {
    let said = stage.run(&[words, &["--lang", lang]].concat()).await;
    assert_eq!(said.exit(), Exit::Done, "{words:?}: {:?}", said.done);
    said.out
}

/// What a command says in both languages, for such that change nothing.
async fn both(stage: &Stage, words: &[&str]) -> [String; 2] {
    [said(stage, words, "ja").await, said(stage, words, "en").await]
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// A command is refused: how the program ends, and what somebody reads who speaks Japanese or English.
async fn refused(stage: &Stage, words: &[&str], exit: Exit, [ja, en]: [&[&str]; 2]) {
    let said = stage.run(words).await;
    assert_eq!((said.exit(), said.out.as_str()), (exit, ""), "{words:?}: {:?}", said.done);
    let failure = said.done.unwrap_err();
    for (lang, parts) in [(Lang::Ja, ja), (Lang::En, en)] {
        let (mut out, kept) = Output::captured();
        out.speak(lang);
        failure.show(&mut out);
        holds(&kept.err(), parts);
    }
}

#[tokio::test]
async fn what_waits_is_listed_by_number_and_page() {
    let stage = four_people().await;
    assert_eq!(both(&stage, &["dispute", "list"]).await, ["確認待ちの回答はありません\n", "no response waits\n"]);
    let decided = both(&stage, &["dispute", "list", "--decided"]).await;
    assert_eq!(decided, ["決定済みのものはありません\n", "none was decided\n"]);

    let first = disputed(&stage, NUMBERS[0]).await;
    let second = disputed(&stage, NUMBERS[1]).await;
    let [ja, en] = both(&stage, &["dispute", "list"]).await;
    for name in [&first, &second] {
        let line = |text: &str| text.lines().find(|line| line.contains(name.as_str())).unwrap().to_owned();
        let number = NUMBERS[usize::from(*name == second)];
        holds(&line(&ja), &[number, "2025-02-05", "氏名・フリガナ・メールがすべて違う"]);
        holds(&line(&en), &[number, "2025-02-05", "name, kana and address all differ"]);
    }
    holds(ja.lines().next().unwrap(), &["登録番号", "提出日", "確認待ちの理由", "決定"]);
    holds(en.lines().next().unwrap(), &["Number", "Handed in", "Why it waits", "Decision"]);
    assert!(ja.find(&first) < ja.find(&second), "oldest first: {ja}");

    // Any spelling of a number; of others nothing.
    let one = said(&stage, &["dispute", "list", "--number", "第15695号"], "ja").await;
    assert!(one.contains(&first) && !one.contains(&second), "{one}");
    let none = said(&stage, &["dispute", "list", "--number", NUMBERS[3]], "en").await;
    assert_eq!(none, "no response waits\n");

    let page = stage.run(&["dispute", "list", "--page-size", "1", "--json"]).await.json();
    let names = |page: &Value| page["disputes"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    let (on_first, token): (Vec<Value>, _) = (names(&page), page["next_page_token"].as_str().unwrap());
    let page = stage.run(&["dispute", "list", "--page-size", "1", "--page-token", token, "--json"]).await.json();
    let on_second: Vec<Value> = names(&page);
    assert_eq!((on_first, on_second), (vec![json!(first)], vec![json!(second)]));
    assert_eq!(page["next_page_token"], "");
    let [ja, en] = both(&stage, &["dispute", "list", "--page-size", "1"]).await;
    holds(&ja, &[&format!("続き: --page-token {token}")]);
    holds(&en, &[&format!("next page: --page-token {token}")]);
    stage.strike().await;
}

#[tokio::test]
async fn a_dispute_is_shown_beside_what_counts() {
    let stage = four_people().await;
    let name = disputed(&stage, NUMBERS[0]).await;
    let [ja, en] = both(&stage, &["dispute", "show", &name]).await;
    holds(&ja, &["いまの回答", "確認待ちの回答", "登録番号 015695　石川 真一　people/", "違う回答 3 件", "etag "]);
    holds(&en, &["What counts", "What waits", "No. 015695  石川 真一  people/", "3 answers differ", "etag "]);
    for text in [&ja, &en] {
        let line = text.lines().find(|line| line.contains(OTHER)).unwrap();
        assert!(line.contains('≠') && line.find(FIRST) < line.find(OTHER), "{line}");
        assert_eq!(text.lines().filter(|line| line.contains('≠')).count(), 3, "{text}");
    }
    let all = stage.run(&["dispute", "show", &name, "--json"]).await.json();
    let differing = stage.run(&["dispute", "show", &name, "--differing", "--json"]).await.json();
    let asked = |object: &Value| -> Vec<Value> {
        object["answers"].as_array().unwrap().iter().map(|answer| answer["question"].clone()).collect()
    };
    assert_eq!(asked(&differing), ["name", "name_kana", "email"].map(Value::from));
    assert!(asked(&all).len() > 40 && asked(&all).contains(&"S1a1".into()), "{all}");
    let answer = &differing["answers"][0];
    assert_eq!([&answer["left"], &answer["right"], &answer["differs"]], [&json!(FIRST), &json!(OTHER), &json!(true)]);
    assert_eq!(all["holder"]["display_name"], FIRST);
    assert_eq!((&all["dispute"]["name"], &all["dispute"]["reason"]), (&json!(name), &json!("IDENTITY_DIFFERS")));
    assert_eq!(all["dispute"]["decided"], Value::Null);
    // Where somebody lives is told by its name, not by its code.
    let residence = all["answers"].as_array().unwrap().iter().find(|answer| answer["question"] == "residence").unwrap();
    let code = residence["left"].as_str().unwrap();
    let prefectures = kit_vocabulary::list("prefectures").unwrap();
    for (text, question, lang) in [(&ja, "居住地", Lang::Ja), (&en, "Prefecture of residence", Lang::En)] {
        let line = text.lines().find(|line| line.contains(question)).unwrap();
        assert_eq!(line.matches(prefectures.label(code, lang).unwrap()).count(), 2, "{line}");
    }
    // As many lines as answers, with the heading.
    let shown = said(&stage, &["dispute", "show", &name, "--differing"], "ja").await;
    let table: Vec<&str> = shown.split("\n\n").nth(1).unwrap().lines().collect();
    assert_eq!(table.len(), 1 + 3 + 2, "heading, answers, how many, etag: {shown}");
    assert_eq!(person(&stage, NUMBERS[0]).await["display_name"], FIRST, "nothing has changed");
    stage.strike().await;
}

#[tokio::test]
async fn every_decision_is_taken_once_and_told_with_who_and_why() {
    let stage = four_people().await;
    let mut names = Vec::new();
    for number in NUMBERS {
        names.push(disputed(&stage, number).await);
    }
    let before = [person(&stage, NUMBERS[0]).await, person(&stage, NUMBERS[1]).await, person(&stage, NUMBERS[2]).await];
    let why = ["--reason", WHY, "--as", "reviewer-1"];
    let decide = |at: usize, decision: &'static str, more: &[&'static str]| {
        let words = [&["dispute", "decide", &names[at], decision], &why[..], more].concat();
        words.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = async |words: Vec<String>| stage.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;

    assert_eq!(run(decide(0, "keep", &[])).await.out, "決定しました: そのまま\n");
    let taken = run(decide(1, "take-over", &["--json"])).await.json();
    assert_eq!((&taken["name"], &taken["decided"]["decision"]), (&json!(names[1]), &json!("take_over")));
    assert_eq!((&taken["decided"]["actor"], &taken["decided"]["reason"]), (&json!("reviewer-1"), &json!(WHY)));
    assert_eq!(taken["decided"]["time"], "2025-02-10T12:00:00+09:00");
    assert_eq!(run(decide(2, "same-person", &["--lang", "en"])).await.out, "decided: same person\n");
    let other = run(decide(3, "other-number", &["--number", "第900001号"])).await;
    assert_eq!(other.out, "決定しました: 別の番号\n");

    let kept = person(&stage, NUMBERS[0]).await;
    assert_eq!((&kept["name"], &kept["display_name"]), (&before[0]["name"], &json!(FIRST)));
    let new = person(&stage, NUMBERS[1]).await;
    assert_eq!((&new["display_name"], &new["submissions"]), (&json!(OTHER), &json!(1)));
    assert_ne!(new["name"], before[1]["name"]);
    let same = person(&stage, NUMBERS[2]).await;
    assert_eq!((&same["name"], &same["submissions"]), (&before[2]["name"], &json!(2)));
    let [there, gone] = [person(&stage, "900001").await, person(&stage, NUMBERS[3]).await];
    assert_eq!([&there["display_name"], &gone["display_name"]], [OTHER, LAST].map(Value::from).each_ref());

    assert_eq!(said(&stage, &["dispute", "list"], "ja").await, "確認待ちの回答はありません\n");
    let decided = stage.run(&["dispute", "list", "--decided", "--json"]).await.json();
    let told: Vec<_> = decided["disputes"].as_array().unwrap().iter().map(|one| &one["decided"]["decision"]).collect();
    assert_eq!(told, ["other_number", "same_person", "take_over", "keep"], "newest first");
    let [ja, en] = both(&stage, &["dispute", "list", "--decided"]).await;
    let words = [
        ("そのまま", "kept"),
        ("番号を引き継ぎ", "taken over"),
        ("同じ方", "same person"),
        ("別の番号", "other number"),
    ];
    for (name, (in_ja, in_en)) in names.iter().zip(words) {
        for (text, word) in [(&ja, in_ja), (&en, in_en)] {
            let line = text.lines().find(|line| line.contains(name.as_str())).unwrap();
            holds(line, &[&format!("{word}  2025-02-10  reviewer-1")]);
        }
    }
    assert_eq!(ja.matches(WHY).count(), 4, "{ja}");
    let [ja, en] = both(&stage, &["person", "history", NUMBERS[1]]).await;
    holds(&ja, &["番号を引き継ぎ  2025-02-10  reviewer-1", &format!("理由  {WHY}"), "回答  responses/"]);
    holds(&en, &["taken over  2025-02-10  reviewer-1", &format!("Why  {WHY}"), "Responses  responses/"]);

    // Once.
    let again = ["dispute", "decide", &names[0], "take-over", "--reason", WHY];
    let told: [&[&str]; 2] = [&["この回答の扱いは決定済みです。"], &["This dispute is decided."]];
    refused(&stage, &again, Exit::Failed, told).await;
    stage.strike().await;
}

#[tokio::test]
async fn what_was_looked_at_is_what_is_decided() {
    let stage = four_people().await;
    let name = disputed(&stage, NUMBERS[0]).await;
    let etag = stage.run(&["dispute", "show", &name, "--json"]).await.json()["dispute"]["etag"].clone();
    let etag = etag.as_str().unwrap();
    // The holder answers once more.
    let more = Rows::of_campaign(1).set(1, "submitted_at", "2025-02-06T10:00:00+09:00").set(1, "S1a1", "0");
    submit(&stage, response(&more)).await.unwrap();
    let decide = ["dispute", "decide", &name, "keep", "--reason", WHY, "--etag"];
    let told: [&[&str]; 2] = [
        &["表示後に変更されています", "いまの状態をもう一度見て"],
        &["It has changed since it was looked at", "look again"],
    ];
    refused(&stage, &[&decide[..], &[etag]].concat(), Exit::Failed, told).await;
    let shown = said(&stage, &["dispute", "show", &name], "ja").await;
    let etag = shown.lines().last().unwrap().strip_prefix("etag ").unwrap();
    assert_eq!(said(&stage, &[&decide[..], &[etag]].concat(), "en").await, "decided: kept\n");
    stage.strike().await;
}

#[tokio::test]
async fn bad_decisions_are_told_in_both_languages_and_change_nothing() {
    let stage = four_people().await;
    let name = disputed(&stage, NUMBERS[0]).await;
    let no_dispute: [&[&str]; 2] = [
        &["この確認待ちの回答はありません。", "番号や名前を確認してください"],
        &["There is no such dispute.", "check the number or name"],
    ];
    for unknown in ["disputes/none", "none", "responses/none"] {
        refused(&stage, &["dispute", "show", unknown], Exit::Failed, no_dispute).await;
        refused(&stage, &["dispute", "decide", unknown, "keep", "--reason", WHY], Exit::Failed, no_dispute).await;
    }
    let (too_long, longest) = ("あ".repeat(501), "あ".repeat(500));
    let decide = |decision: &'static str, more: &[&'static str]| {
        [&["dispute", "decide", name.as_str(), decision], more].concat()
    };
    let cases: [(Vec<&str>, [&[&str]; 2]); 6] = [
        (
            decide("keep", &["--reason", " "]),
            [&["1件", "reason: 必須です。"], &["1 faults", "reason: This is required."]],
        ),
        (
            [&decide("keep", &[])[..], &["--reason", &too_long]].concat(),
            [&["reason: 500文字までです。"], &["reason: At most 500 characters."]],
        ),
        (
            decide("keep", &["--reason", WHY, "--number", "900001"]),
            [
                &["registration_number: この決定では指定できません。"],
                &["registration_number: This decision takes none."],
            ],
        ),
        (
            decide("other-number", &["--reason", WHY, "--number", "12A"]),
            [&["registration_number: 登録番号として読めません。"], &["registration_number: This cannot be read as"]],
        ),
        (
            decide("other-number", &["--reason", WHY, "--number", "15695"]),
            [
                &["registration_number: すでにこの方の登録番号です。"],
                &["registration_number: This number is the person's"],
            ],
        ),
        // All at once.
        (
            decide("other-number", &["--reason", ""]),
            [
                &["入力に誤りが2件あります", "registration_number: 必須です。", "reason: 必須です。", "直して"],
                &[
                    "2 faults",
                    "registration_number: This is required.",
                    "reason: This is required.",
                    "correct what is named",
                ],
            ],
        ),
    ];
    for (words, told) in cases {
        refused(&stage, &words, Exit::BadInput, told).await;
    }
    let too_many: [&[&str]; 2] = [&["page_size: 1から200までです。"], &["page_size: From 1 to 200."]];
    refused(&stage, &["dispute", "list", "--page-size", "201"], Exit::BadInput, too_many).await;
    let no_token: [&[&str]; 2] =
        [&["page_token: この一覧のトークンではありません。"], &["page_token: This token is not of"]];
    refused(&stage, &["dispute", "list", "--page-token", "x"], Exit::BadInput, no_token).await;
    let no_number: [&[&str]; 2] =
        [&["registration_number: 登録番号として"], &["registration_number: This cannot be read"]];
    refused(&stage, &["dispute", "list", "--number", "x"], Exit::BadInput, no_number).await;

    let waits = stage.run(&["dispute", "list", "--json"]).await.json();
    assert_eq!((&waits["disputes"][0]["name"], &waits["disputes"][0]["decided"]), (&json!(name), &Value::Null));
    let decided = said(&stage, &["dispute", "decide", &name, "keep", "--reason", &longest], "ja").await;
    assert_eq!(decided, "決定しました: そのまま\n");
    stage.strike().await;
}

/// What the command line alone can tell.
#[test]
fn a_decision_needs_its_words() {
    let parsed = |words: &[&str]| {
        let words = [&["activelist"], words, &["--server", "http://127.0.0.1:1"]].concat();
        let told = Args::try_parse_from(words).unwrap_err();
        assert_eq!(told.exit_code(), Exit::BadInput as i32);
        (told.kind(), told.to_string())
    };
    let missing: [(&[&str], &str); 7] = [
        (&["dispute", "show"], "<DISPUTE>"),
        (&["dispute", "decide", "disputes/a", "keep"], "--reason <TEXT>"),
        (&["dispute", "decide", "disputes/a", "--reason", "x"], "<DECISION>"),
        (&["person", "merge", "1", "2"], "--reason <TEXT>"),
        (&["person", "apart", "1", "2"], "--reason <TEXT>"),
        (&["person", "split", "1", "--number", "2", "--reason", "x"], "--response <RESPONSE>"),
        (&["person", "split", "1", "--response", "responses/a", "--reason", "x"], "--number <NUMBER>"),
    ];
    for (words, named) in missing {
        let (kind, told) = parsed(words);
        assert_eq!(kind, ErrorKind::MissingRequiredArgument, "{words:?}");
        assert!(told.contains(named), "{words:?}: {told}");
    }
    let (kind, told) = parsed(&["dispute", "decide", "disputes/a", "merge", "--reason", "x"]);
    assert_eq!(kind, ErrorKind::InvalidValue);
    holds(&told, &["keep", "take-over", "same-person", "other-number"]);
}

/// The first two of four people have one mail address.
async fn with_twins() -> Stage {
    let stage = Stage::set().await;
    let rows = Rows::of_campaign(4);
    let email = rows.0[1][rows.column("email")].clone();
    let file = stage.file("responses.csv", rows.set(2, "email", &email).text());
    assert_eq!(stage.import(&file).await.json()["stored"], 4);
    stage
}

#[tokio::test]
async fn two_who_may_be_one_are_found_compared_merged_and_parted() {
    let stage = with_twins().await;
    let [ja, en] = both(&stage, &["person", "duplicates"]).await;
    holds(&ja, &["同じもの: メール", "登録番号 015695　石川 真一　people/", "登録番号 022241　久保 陽子　people/"]);
    holds(&en, &["The same: mail address", "No. 015695  石川 真一  people/", "No. 022241  久保 陽子  people/"]);
    let pairs = stage.run(&["person", "duplicates", "--json"]).await.json();
    assert_eq!((pairs["pairs"].as_array().unwrap().len(), &pairs["pairs"][0]["same"]), (1, &json!(["email"])));
    let second = pairs["pairs"][0]["second"]["name"].as_str().unwrap().to_owned();

    let compared = stage.run(&["person", "compare", "第15695号", &second, "--json"]).await.json();
    let differ = compared["answers"].as_array().unwrap().iter().filter(|answer| answer["differs"] == true).count();
    assert!(differ > 2 && differ < compared["answers"].as_array().unwrap().len());
    let [ja, en] = both(&stage, &["person", "compare", NUMBERS[0], NUMBERS[1]]).await;
    holds(&ja, &[&format!("違う回答 {differ} 件")]);
    holds(&en, &[&format!("{differ} answers differ")]);
    for text in [&ja, &en] {
        let name = text.lines().find(|line| line.contains('≠') && line.contains(FIRST)).unwrap();
        assert!(name.find(FIRST) < name.find("久保 陽子"), "{name}");
        assert_eq!(text.lines().filter(|line| line.contains('≠')).count(), differ);
    }
    let only = said(&stage, &["person", "compare", NUMBERS[0], NUMBERS[1], "--differing"], "ja").await;
    assert_eq!(only.split("\n\n").nth(1).unwrap().lines().count(), 1 + differ + 1, "{only}");

    let merge = ["person", "merge", NUMBERS[1], NUMBERS[0], "--reason", "改姓", "--as", "reviewer-1"];
    let merged = said(&stage, &merge, "ja").await;
    holds(&merged, &["決定しました: 統合\n登録番号 015695　石川 真一　people/", "  ほかの番号 022241\n"]);
    let none = both(&stage, &["person", "duplicates"]).await;
    assert_eq!(none, ["二重登録の疑いはありません\n", "nobody seems to be entered twice\n"]);
    // Either number leads to the one who stays.
    assert_eq!(person(&stage, NUMBERS[1]).await["merged_into"], person(&stage, NUMBERS[0]).await["name"]);
    let [ja, en] = both(&stage, &["person", "compare", &second, NUMBERS[0]]).await;
    holds(&ja, &["  統合先: people/", "  ほかの番号 022241"]);
    holds(&en, &["  Merged into people/", "  also No. 022241"]);
    let twice: [&[&str]; 2] = [&["統合された方が関わっています"], &["Somebody here was merged"]];
    refused(&stage, &["person", "merge", &second, NUMBERS[0], "--reason", "x"], Exit::Failed, twice).await;

    let words = "あ".repeat(500);
    let apart = ["person", "apart", &second, NUMBERS[0], "--reason", &words, "--as", "reviewer-2"];
    let parted = said(&stage, &apart, "en").await;
    holds(&parted, &["decided: apart\nNo. 022241  久保 陽子  people/", "No. 015695  石川 真一  people/"]);
    assert!(!parted.contains("also No."), "{parted}");
    assert_eq!(person(&stage, NUMBERS[1]).await["name"], json!(second));
    assert_eq!(said(&stage, &["person", "duplicates"], "en").await, none[1], "they are proposed no more");

    let [ja, en] = both(&stage, &["person", "history", NUMBERS[0]]).await;
    holds(&ja, &["統合  2025-02-10  reviewer-1\n  理由  改姓\n", "相手  people/", "別の方  2025-02-10  reviewer-2\n"]);
    holds(&en, &["merged  2025-02-10  reviewer-1\n  Why  改姓\n", "Other  people/", "apart  2025-02-10  reviewer-2\n"]);
    let history = stage.run(&["person", "history", NUMBERS[0], "--json"]).await.json();
    let told: Vec<_> = history["decisions"].as_array().unwrap().iter().map(|one| &one["decision"]).collect();
    assert_eq!(told, ["merge", "apart"], "oldest first");
    let nothing = both(&stage, &["person", "history", NUMBERS[3]]).await;
    assert_eq!(nothing, ["決定はありません\n", "nothing was decided\n"]);
    stage.strike().await;
}

#[tokio::test]
async fn responses_of_somebody_else_go_to_another_number() {
    let stage = four_people().await;
    let more = Rows::of_campaign(1).set(1, "submitted_at", "2025-02-06T10:00:00+09:00").set(1, "S1a1", "0");
    let later = submit(&stage, response(&more)).await.unwrap();
    let third = submit(&stage, response(&more.set(1, "submitted_at", "2025-02-07T10:00:00+09:00"))).await.unwrap();
    let split = |response: &'static str| ["person", "split", NUMBERS[0], "--response", response];
    let to = ["--number", "第900002号", "--reason", WHY];
    let unknown: [&[&str]; 2] =
        [&["responses[0]: この回答はありません。"], &["responses[0]: There is no such response."]];
    refused(&stage, &[&split("responses/none")[..], &to].concat(), Exit::BadInput, unknown).await;
    refused(&stage, &[&split("none")[..], &to].concat(), Exit::BadInput, unknown).await;
    let all: [&[&str]; 2] = [
        &[
            "4件",
            "responses[1]: 同じものが",
            "responses[2]: この回答は",
            "registration_number: 登録番号として",
            "reason: 必須",
        ],
        &[
            "4 faults",
            "responses[1]: This is given more than once.",
            "responses[2]: There is no",
            "registration_number: This cannot",
            "reason: This is required.",
        ],
    ];
    let wrong = ["--response", &later, "--response", &later, "--response", "x", "--number", "12A", "--reason", " "];
    refused(&stage, &[&["person", "split", NUMBERS[0]], &wrong[..]].concat(), Exit::BadInput, all).await;
    let own: [&[&str]; 2] =
        [&["registration_number: すでにこの方の"], &["registration_number: This number is the person's"]];
    let itself = ["person", "split", NUMBERS[0], "--response", &later, "--number", NUMBERS[0], "--reason", WHY];
    refused(&stage, &itself, Exit::BadInput, own).await;
    assert_eq!(person(&stage, NUMBERS[0]).await["submissions"], 3, "nothing has gone");

    let first = [&["person", "split", NUMBERS[0], "--response", &later], &to[..]].concat();
    holds(
        &said(&stage, &first, "ja").await,
        &["決定しました: 分割\n登録番号 015695　", "登録番号 900002　石川 真一　people/"],
    );
    let second = ["person", "split", NUMBERS[0], "--response", &third, "--number", "900002", "--reason", WHY, "--json"];
    let parted = stage.run(&second).await.json();
    let told = |at: usize| (&parted["people"][at]["registration_number"], &parted["people"][at]["submissions"]);
    assert_eq!((told(0), told(1)), ((&json!(NUMBERS[0]), &json!(1)), (&json!("900002"), &json!(2))));
    assert_eq!(parted["decision"], "split");
    let [ja, en] = both(&stage, &["person", "history", "900002"]).await;
    assert_eq!((ja.matches("分割").count(), en.matches("split").count()), (2, 2), "{ja}{en}");
    holds(&ja, &[&format!("回答  {later}")]);

    // Somebody has to keep something.
    let last = stage.run(&["dispute", "list", "--json"]).await.json();
    assert_eq!(last["disputes"], json!([]));
    let compared = stage.run(&["person", "compare", "900002", NUMBERS[0], "--json"]).await.json();
    assert_eq!(compared["second"]["submissions"], 1);
    let both_of_them = ["--response", &later, "--response", &third, "--number", "900003", "--reason", WHY];
    let nothing: [&[&str]; 2] = [&["回答が一件も残らない方"], &["left without any response"]];
    refused(&stage, &[&["person", "split", "900002"], &both_of_them[..]].concat(), Exit::Failed, nothing).await;
    stage.strike().await;
}

#[tokio::test]
async fn people_who_are_not_there_or_twice_are_told() {
    let stage = four_people().await;
    let never: [&[&str]; 2] = [
        &["この登録番号の回答はありません。", "番号や名前を確認"],
        &["Nobody has answered for this registration number."],
    ];
    let nobody: [&[&str]; 2] = [&["この方の回答はありません。"], &["There is no such person."]];
    let why = ["--reason", WHY];
    for (unknown, told) in [("999999", never), ("people/none", nobody)] {
        refused(&stage, &["person", "history", unknown], Exit::Failed, told).await;
        refused(&stage, &["person", "compare", NUMBERS[0], unknown], Exit::Failed, told).await;
        refused(&stage, &[&["person", "merge", unknown, NUMBERS[0]], &why[..]].concat(), Exit::Failed, told).await;
        refused(&stage, &[&["person", "apart", NUMBERS[0], unknown], &why[..]].concat(), Exit::Failed, told).await;
        let split = ["person", "split", unknown, "--response", "responses/none", "--number", "1"];
        refused(&stage, &[&split[..], &why].concat(), Exit::Failed, told).await;
    }
    let no_number: [&[&str]; 2] =
        [&["registration_number: 登録番号として"], &["registration_number: This cannot be read"]];
    refused(&stage, &["person", "history", "12A"], Exit::BadInput, no_number).await;
    let twice: [&[&str]; 2] = [
        &["into: 同じ方が二度", "reason: 必須"],
        &["into: The same person is given twice.", "reason: This is required."],
    ];
    refused(&stage, &["person", "merge", NUMBERS[0], "15695", "--reason", " "], Exit::BadInput, twice).await;
    let twice: [&[&str]; 2] = [&["second: 同じ方が二度"], &["second: The same person is given twice."]];
    refused(&stage, &[&["person", "apart", NUMBERS[0], NUMBERS[0]], &why[..]].concat(), Exit::BadInput, twice).await;
    let too_long = "あ".repeat(501);
    let long: [&[&str]; 2] = [&["reason: 500文字までです。"], &["reason: At most 500 characters."]];
    for verb in ["merge", "apart"] {
        refused(&stage, &["person", verb, NUMBERS[0], NUMBERS[1], "--reason", &too_long], Exit::BadInput, long).await;
    }
    for number in NUMBERS {
        let shown = said(&stage, &["person", "history", number], "en").await;
        assert_eq!(shown, "nothing was decided\n");
    }
    stage.strike().await;
}

/// By the numbers they answered under, two who were merged are compared and parted again; and one finds what `split` is told.
#[tokio::test]
async fn who_was_merged_is_parted_by_number_and_every_response_is_shown() {
    let stage = four_people().await;
    let [gone, stays] = [NUMBERS[0], NUMBERS[1]];
    said(&stage, &["person", "merge", gone, stays, "--reason", WHY], "ja").await;
    let compared = stage.run(&["person", "compare", gone, stays, "--json"]).await.json();
    assert_ne!(compared["first"]["name"], compared["second"]["name"], "two entries");
    assert_eq!(compared["first"]["merged_into"], compared["second"]["name"]);
    let shown = stage.run(&["person", "show", stays, "--json"]).await.json();
    assert_eq!(shown["person"]["other_numbers"], json!([gone]));
    let states: Vec<_> = shown["responses"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&json!("counts")) && states.contains(&json!("superseded")), "{states:?}");
    let responses = both(&stage, &["person", "show", stays]).await;
    for (text, words) in responses.iter().zip([["いまの回答", "前の回答"], ["What counts", "superseded"]]) {
        holds(text, &words);
        for response in shown["responses"].as_array().unwrap() {
            holds(text, &[response["name"].as_str().unwrap()]);
        }
    }
    said(&stage, &["person", "apart", gone, stays, "--reason", WHY], "ja").await;
    assert_eq!(person(&stage, gone).await["merged_into"], "");
    let left = stage.run(&["person", "show", stays, "--json"]).await.json();
    assert_eq!(left["responses"].as_array().unwrap().len(), 1);
    stage.strike().await;
}
