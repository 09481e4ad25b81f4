//! Companies from the command line: entered, found, listed, and those that may be the same.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use activelist::failure::Exit;
use stage::Stage;

#[tokio::test]
async fn a_company_is_entered_looked_at_and_told_of_when_it_comes_again() {
    let stage = Stage::set().await;
    let add =
        ["company", "add", "株式会社見本製作所", "--number", "７１２３４５６７８９０１２", "--prefecture", "大阪府"];
    let more = ["--industry", "製造業（自動車産業）", "--capital", "10000000", "--employees", "45", "--json"];
    let checked = stage.run(&[&add[..], &more, &["--dry-run"]].concat()).await.json();
    assert_eq!((&checked["stored"], &checked["name"]), (&false.into(), &"".into()));
    let entered = stage.run(&[&add[..], &more].concat()).await.json();
    let name = entered["name"].as_str().unwrap();
    assert_eq!((&entered["industry"], &entered["prefecture"]), (&"automotive".into(), &"27".into()), "by their labels");
    assert_eq!(entered["sme"]["standing"], "small");

    for asked in ["7-1234-5678-9012", name] {
        let said = stage.run(&["company", "show", asked]).await;
        for part in ["株式会社見本製作所", "7123456789012", "大阪府", "11-50名", "資本金が基準以下"]
        {
            assert!(said.out.contains(part), "{asked}: {part} in {}", said.out);
        }
    }
    let again = stage.run(&["company", "add", "㈱見本製作所", "--prefecture", "27", "--lang", "en"]).await;
    assert!(again.out.contains("same name and prefecture") && again.out.contains(name), "{}", again.out);
    let pairs = stage.run(&["company", "duplicates", "--json"]).await.json();
    assert_eq!(pairs["duplicates"][0]["company"], name);
    let listed = stage.run(&["company", "list", "--industry", "automotive"]).await;
    assert_eq!(listed.out.matches("companies/").count(), 1, "{}", listed.out);
    let page = stage.run(&["company", "list", "--page-size", "1", "--json"]).await.json();
    let token = page["next_page_token"].as_str().unwrap();
    let rest = stage.run(&["company", "list", "--page-size", "1", "--page-token", token, "--json"]).await.json();
    assert_eq!((&page["companies"][0]["name"], &rest["next_page_token"]), (&name.into(), &"".into()));
    stage.strike().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let stage = Stage::set().await;
    let said = stage.run(&["company", "add", "見本", "--number", "7123456789013", "--prefecture", "江戸"]).await;
    assert_eq!(said.exit(), Exit::BadInput);
    let places: Vec<_> = said.done.unwrap_err().faults.into_iter().map(|fault| fault.place).collect();
    assert_eq!(places, ["company.facts.prefecture", "company.details.corporate_number"]);
    assert_eq!(stage.run(&["company", "show", "4011001098993"]).await.exit(), Exit::Failed);
    stage.strike().await;
}
