//! What the database keeps: nothing that says who a person is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use stage::{Changed as _, Kind, World, operator, portal, response, text};

/// Everything SQLite has written for this database.
fn files(world: &World) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in ["survey.db", "survey.db-wal"] {
        bytes.extend(std::fs::read(world.folder.join(name)).unwrap_or_default());
    }
    bytes
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    bytes.windows(canary.len()).any(|window| window == canary.as_bytes())
}

const CANARIES: [(&str, &str); 6] = [
    ("name", "カナリア 小鳥"),
    ("name_kana", "カナリア コトリ"),
    ("email", "canary-address@example.jp"),
    ("organisation", "カナリア商会"),
    ("residence_city", "金糸雀市"),
    ("self_pr", "鳴き声がよく通ります"),
];

#[tokio::test]
async fn personal_data_is_nowhere_in_clear() {
    stage::on(Kind::Sqlite, |world| async move {
        let stage = world.stage().await;
        let canary = |number: &str| {
            CANARIES
                .into_iter()
                .fold(response(number), |response, (question, words)| response.with(question, text(words)))
        };
        let stored = stage.submit_as(&portal(), canary("第874512号"), "r-1").await.unwrap();
        stage.import(vec![canary("874512").at("2025-01-05T10:00:00+09:00")]).await.unwrap();
        // Somebody else's, which waits for an operator.
        let other = canary("874512").with("name", text("カナリア 他人")).with("name_kana", text("カナリア タニン"));
        let other = other.with("email", text("canary-other@example.jp"));
        stage.submit_as(&portal(), other, "r-2").await.unwrap_err();
        stage.submit_as(&portal(), canary("874512").with("name", text("")), "r-3").await.unwrap_err();

        // The search finds what is there: an id, a code that is not personal, and the answers through the service.
        let bytes = files(&world);
        let stored = stored.response.unwrap();
        assert!(holds(&bytes, &stored.respondent_id) && holds(&bytes, "listing_consent"));
        let told = stage.get(&operator(), &stored.name).await.unwrap();
        assert!(holds(&prost::Message::encode_to_vec(&told), "canary-address@example.jp"));

        for canary in
            CANARIES.into_iter().map(|(_, words)| words).chain(["カナリア", "canary", "874512", "８７４５１２"])
        {
            assert!(!holds(&bytes, canary), "{canary} is in the database");
        }
        stage.close().await;
        let bytes = files(&world);
        assert!(holds(&bytes, &stored.respondent_id));
        for canary in ["カナリア", "canary", "874512"] {
            assert!(!holds(&bytes, canary), "{canary} is in the closed database");
        }
    })
    .await;
}
