//! What is found in the library, by whom, and page by page.

use contract::engagement::v1::*;
use tonic::Code;

use crate::library::{anyone, create, incident, published, reviewer, story, writer};
use crate::stage::{Stage, faults_of};

on_both!(
    conditions_find_what_fulfils_all_of_them,
    words_are_found_however_they_are_written_and_only_where_they_are_shown,
    pages_bring_every_entry_once,
    bad_conditions_are_told_all_at_once,
);

async fn found(stage: &Stage, request: ListEntriesRequest) -> Vec<String> {
    let entries = anyone(stage).list_entries(request).await.unwrap().into_inner().entries;
    entries.into_iter().map(|entry| entry.texts.unwrap().title).collect()
}

fn titled(mut content: LibraryContent, title: &str) -> LibraryContent {
    content.texts.as_mut().unwrap().title = title.to_owned();
    content
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

async fn conditions_find_what_fulfils_all_of_them(stage: &Stage) {
    let rules = titled(story(), "規程");
    let assets =
        LibraryContent { themes: codes(&["T2", "T5"]), industry: "services".to_owned(), ..titled(story(), "資産") };
    let mail = titled(incident(), "メール");
    let tampered = LibraryContent { incident_type: "website_tampering".to_owned(), ..titled(incident(), "改ざん") };
    for content in [rules, assets, mail, tampered] {
        published(stage, content, false).await;
    }
    let unpublished = titled(story(), "下書き");
    writer(stage).create_entry(create(unpublished)).await.unwrap();

    let any = ListEntriesRequest::default;
    assert_eq!(found(stage, any()).await, ["改ざん", "メール", "資産", "規程"], "newest first");
    let stories = ListEntriesRequest { kind: EntryKind::Story.into(), ..any() };
    assert_eq!(found(stage, stories).await, ["資産", "規程"]);
    let services = ListEntriesRequest { industries: codes(&["services"]), ..any() };
    assert_eq!(found(stage, services.clone()).await, ["改ざん", "メール", "資産"]);
    let themed = ListEntriesRequest { themes: codes(&["T1", "T5"]), ..any() };
    assert_eq!(found(stage, themed.clone()).await, ["資産", "規程"]);
    let both = ListEntriesRequest { themes: codes(&["T1", "T5"]), ..services.clone() };
    assert_eq!(found(stage, both).await, ["資産"]);
    let typed = ListEntriesRequest { incident_types: codes(&["website_tampering", "leak"]), ..any() };
    assert_eq!(found(stage, typed).await, ["改ざん"]);
    let nothing = ListEntriesRequest { incident_types: codes(&["mail"]), ..themed };
    assert_eq!(found(stage, nothing).await, Vec::<String>::new());
}

async fn words_are_found_however_they_are_written_and_only_where_they_are_shown(stage: &Stage) {
    let mut content = titled(incident(), "ＶＰＮ機器の感染");
    content.texts.as_mut().unwrap().incident.as_mut().unwrap().lesson = "ばっくあっぷを分けて持つ".to_owned();
    content.company_name = "見本商会".to_owned();
    let name = published(stage, content, false).await.name;
    published(stage, titled(story(), "規程"), false).await;
    let text = |text: &str| ListEntriesRequest { text: text.to_owned(), ..Default::default() };
    for words in ["vpn", "ＶＰＮ", "バックアップ", "ﾊﾞｯｸｱｯﾌﾟ", "vpn　バックアップ", "取引先に電話"]
    {
        assert_eq!(found(stage, text(words)).await, ["ＶＰＮ機器の感染"], "{words}");
    }
    assert_eq!(found(stage, text("取引先")).await.len(), 2);
    for words in ["vpn 規程", "見本商会", "osaka", "companies"] {
        assert_eq!(found(stage, text(words)).await, Vec::<String>::new(), "{words}");
    }
    // With the consent to be named, the name finds it too.
    crate::library::consent(stage, &name, true).await.unwrap();
    assert_eq!(found(stage, text("見本商会")).await.len(), 1);
}

async fn pages_bring_every_entry_once(stage: &Stage) {
    let mut titles = Vec::new();
    for at in 0..5 {
        let title = format!("事例{at}");
        published(stage, titled(if at % 2 == 0 { story() } else { incident() }, &title), false).await;
        titles.insert(0, title);
    }
    for page_size in [1, 2, 3, 5, 100] {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListEntriesRequest { page_size, page_token, ..Default::default() };
            let page = anyone(stage).list_entries(request).await.unwrap().into_inner();
            assert!(page.entries.len() <= usize::try_from(page_size).unwrap());
            all.extend(page.entries.into_iter().map(|entry| entry.texts.unwrap().title));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(all, titles, "{page_size}");
    }
    let first = ListEntriesRequest { page_size: 1, ..Default::default() };
    let token = anyone(stage).list_entries(first.clone()).await.unwrap().into_inner().next_page_token;
    // What comes in meanwhile stands before the place.
    published(stage, titled(story(), "新しい事例"), false).await;
    let next = ListEntriesRequest { page_token: token.clone(), ..first.clone() };
    assert_eq!(found(stage, next).await, titles[1..2]);
    let other = ListEntriesRequest { page_token: token, themes: codes(&["T1"]), ..first };
    let refused = anyone(stage).list_entries(other).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("page_token".to_owned(), "BAD_PAGE_TOKEN".to_owned())]);
}

async fn bad_conditions_are_told_all_at_once(stage: &Stage) {
    let bad = ListEntriesRequest {
        kind: 9,
        state: 9,
        industries: codes(&["cars"]),
        themes: codes(&["T1", "T1"]),
        incident_types: codes(&["fire"]),
        text: "あ".repeat(201),
        body: "osaka".to_owned(),
        page_size: 101,
        page_token: "x".to_owned(),
    };
    let refused = reviewer(stage).list_entries(bad).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    let expected = [
        "kind",
        "state",
        "industries[0]",
        "themes[1]",
        "incident_types[0]",
        "text",
        "body",
        "body",
        "page_size",
        "page_token",
    ];
    assert_eq!(told, expected);
}
