//! What tells of somebody: sealed wherever it is kept, and gone with the key.

use contract::notices::v1::NoticePersonal;
use kit_log::KeyStore as _;
use prost::Message as _;

use crate::stage::{Backend, Stage, case, planned};

on_both!(names_are_sealed_and_go_with_the_key);

async fn names_are_sealed_and_go_with_the_key(stage: &Stage) {
    let mut facts = case("k-1");
    facts.visits = vec![planned(1, "10-08 14:00")];
    stage.tell(&facts, vec![]).await;
    let secrets = ["見本製作所", "秘密の理由"];
    let events = stage.events().await;
    for (event, _) in &events {
        let bytes = [event.clear.as_ref(), event.personal.as_ref()].concat();
        assert!(secrets.iter().all(|secret| !holds(&bytes, secret)), "a secret in {}", event.r#type);
        // The cause's own key: with it everything that was derived goes, too.
        assert!(event.key_id.is_empty() || event.key_id == "c-1");
    }
    let (sealed, _) = events.iter().find(|(event, _)| !event.personal.is_empty()).unwrap();
    let keys = stage.keys.find(std::slice::from_ref(&sealed.key_id)).await.unwrap();
    let body = keys[&sealed.key_id].open(&sealed.id, &sealed.personal).unwrap();
    assert_eq!(NoticePersonal::decode(body.as_slice()).unwrap().parameters[0].value, "見本製作所");
    if stage.backend == Backend::Sqlite {
        for name in ["notices.db", "notices.db-wal"] {
            let bytes = std::fs::read(stage.folder.path().join(name)).unwrap_or_default();
            assert!(secrets.iter().all(|secret| !holds(&bytes, secret)), "a secret in {name}");
        }
    }
    let shown = async || {
        let all = stage.all().await;
        let of_visit = all.iter().find(|one| one.facts.as_ref().unwrap().template == "visit_planned");
        of_visit.unwrap().text.clone().unwrap().ja
    };
    assert!(shown().await.contains("見本製作所"));
    stage.keys.destroy("c-1").await.unwrap();
    assert!(shown().await.starts_with("担当企業への訪問"), "{}", shown().await);
    // What is raised later says it in general words.
    stage.clock_to("10-07 09:00");
    crate::stage::until("the reminder", async || {
        let all = stage.all().await;
        let reminder = all.iter().find(|one| one.facts.as_ref().unwrap().template == "visit_reminder")?;
        assert!(!reminder.text.clone().unwrap().ja.contains("見本"), "{reminder:?}");
        Some(())
    })
    .await;
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}
