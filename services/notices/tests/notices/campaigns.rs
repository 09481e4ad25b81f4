//! What somebody a survey was sent to is told: that it opened, and reminders until answered.

use contract::notices::v1::NoticeState;
use contract::survey::v1::{Campaign, CampaignChanged, Label, RecipientChanged, RecipientPersonal};
use kit_log::{KeyStore as _, NewEvent};

use crate::stage::{Stage, at, emit, of, wire};

on_both!(
    a_recipient_is_told_that_it_opened_and_reminded_until_answered,
    nobody_is_told_of_a_campaign_that_does_not_ask_for_it,
    who_comes_late_is_asked_at_once_and_reminded_next_time,
    an_early_end_withdraws_what_was_asked,
    another_last_day_is_told_in_place_of_the_one_before,
    who_is_taken_away_is_forgotten,
);

fn campaign() -> Campaign {
    Campaign {
        name: "campaigns/k-1".to_owned(),
        title: Some(Label { ja: "スキル調査".to_owned(), en: String::new() }),
        form: "skill".to_owned(),
        open_day: "2024-10-10".to_owned(),
        close_day: "2024-10-31".to_owned(),
        reminder_days: vec!["2024-10-18".to_owned(), "2024-10-28".to_owned()],
        notify: true,
        ..Campaign::default()
    }
}

fn recipient(id: &str) -> RecipientChanged {
    RecipientChanged { recipient: format!("campaigns/k-1/recipients/{id}"), ..RecipientChanged::default() }
}

async fn tell_campaign(stage: &Stage, campaign: &Campaign) {
    let event = NewEvent::new("campaign", "k-1", &CampaignChanged { campaign: Some(campaign.clone()) });
    let token = emit(&stage.survey, event).await;
    stage.has_read(&token).await;
}

async fn tell_recipient(stage: &Stage, state: &RecipientChanged, email: &str) {
    let id = state.recipient.rsplit('/').next().unwrap();
    let personal = RecipientPersonal { display_name: "見本 花子".to_owned(), email: email.to_owned() };
    let event = NewEvent::new("recipient", id, state).personal(id, &personal);
    let token = emit(&stage.survey, event).await;
    stage.has_read(&token).await;
}

const OPENED: (&str, &str, i32) = ("campaign_opened", "recipients/r-1", 0);
const REMINDED: (&str, &str, i32) = ("campaign_reminder", "recipients/r-1", 0);

async fn a_recipient_is_told_that_it_opened_and_reminded_until_answered(stage: &Stage) {
    tell_campaign(stage, &campaign()).await;
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    tell_recipient(stage, &RecipientChanged { silent: true, ..recipient("r-2") }, "r-2@example.jp").await;
    tell_recipient(stage, &RecipientChanged { answered: true, ..recipient("r-3") }, "r-3@example.jp").await;
    tell_recipient(stage, &recipient("r-4"), "").await;
    assert_eq!(stage.all().await, [], "before the first day");
    stage.clock.set(at("2024-10-10T09:00:00+09:00"));
    let all = stage.raised(&[OPENED]).await;
    assert_eq!(of(&all, "campaign_opened")[0].due_time, wire("11-01 00:00"));
    let words = all[0].subject.clone().unwrap();
    assert!(words.ja.contains("スキル調査") && words.en.contains("スキル調査"), "{words:?}");
    stage.clock.set(at("2024-10-18T09:00:00+09:00"));
    stage.raised(&[OPENED, REMINDED]).await;
    stage.clock.set(at("2024-10-28T09:00:00+09:00"));
    let all = stage.raised(&[OPENED, REMINDED, REMINDED]).await;
    assert_eq!(of(&all, "campaign_reminder")[0].state(), NoticeState::Expired, "the next one says it");
    tell_recipient(stage, &RecipientChanged { answered: true, ..recipient("r-1") }, "r-1@example.jp").await;
    let all = stage.all().await;
    assert_eq!(of(&all, "campaign_opened")[0].state(), NoticeState::Withdrawn);
    assert_eq!(of(&all, "campaign_reminder")[1].state(), NoticeState::Withdrawn);
    assert!(stage.words().await.is_empty(), "nothing of the person is in a notice");
}

async fn nobody_is_told_of_a_campaign_that_does_not_ask_for_it(stage: &Stage) {
    let quiet = Campaign { notify: false, ..campaign() };
    tell_campaign(stage, &quiet).await;
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    stage.clock.set(at("2024-10-18T09:00:00+09:00"));
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    assert_eq!(stage.all().await, []);
    // Switched on in between, the opening is told at once, and the reminder that has passed is not.
    tell_campaign(stage, &campaign()).await;
    stage.raised(&[OPENED]).await;
    // One that is long over is told to nobody.
    stage.clock.set(at("2024-12-01T09:00:00+09:00"));
    tell_recipient(stage, &recipient("r-2"), "r-2@example.jp").await;
    stage.raised(&[OPENED]).await;
}

async fn who_comes_late_is_asked_at_once_and_reminded_next_time(stage: &Stage) {
    tell_campaign(stage, &campaign()).await;
    stage.clock.set(at("2024-10-20T12:00:00+09:00"));
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    stage.raised(&[OPENED]).await;
    stage.clock.set(at("2024-10-28T09:00:00+09:00"));
    stage.raised(&[OPENED, REMINDED]).await;
}

async fn an_early_end_withdraws_what_was_asked(stage: &Stage) {
    tell_campaign(stage, &campaign()).await;
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    stage.clock.set(at("2024-10-10T09:00:00+09:00"));
    stage.raised(&[OPENED]).await;
    tell_campaign(stage, &Campaign { close_time: wire("10-11 10:00"), ..campaign() }).await;
    stage.clock.set(at("2024-10-18T09:00:00+09:00"));
    tell_recipient(stage, &recipient("r-2"), "r-2@example.jp").await;
    let all = stage.raised(&[OPENED]).await;
    assert_eq!(of(&all, "campaign_opened")[0].state(), NoticeState::Withdrawn);
}

async fn another_last_day_is_told_in_place_of_the_one_before(stage: &Stage) {
    tell_campaign(stage, &campaign()).await;
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    stage.clock.set(at("2024-10-18T09:00:00+09:00"));
    stage.raised(&[OPENED, REMINDED]).await;
    tell_campaign(stage, &Campaign { close_day: "2024-11-15".to_owned(), ..campaign() }).await;
    let all = stage.all().await;
    let opened: Vec<_> = of(&all, "campaign_opened").iter().map(|one| (one.state(), one.due_time)).collect();
    let withdrawn = (NoticeState::Withdrawn, wire("11-01 00:00"));
    assert_eq!(opened, [withdrawn, (NoticeState::Pending, wire("11-16 00:00"))]);
    let reminded: Vec<_> = of(&all, "campaign_reminder").iter().map(|one| (one.state(), one.due_time)).collect();
    assert_eq!(reminded, [withdrawn], "of a day that is over nobody is reminded again");
    stage.clock.set(at("2024-10-28T09:00:00+09:00"));
    let all = stage.raised(&[OPENED, REMINDED, OPENED, REMINDED]).await;
    assert_eq!(of(&all, "campaign_reminder")[1].due_time, wire("11-16 00:00"));
}

async fn who_is_taken_away_is_forgotten(stage: &Stage) {
    tell_campaign(stage, &campaign()).await;
    tell_recipient(stage, &recipient("r-1"), "r-1@example.jp").await;
    stage.keys.destroy("r-1").await.unwrap();
    let event = NewEvent::new("recipient", "r-1", &RecipientChanged { silent: true, ..recipient("r-1") });
    let token = emit(&stage.survey, event).await;
    stage.has_read(&token).await;
    stage.clock.set(at("2024-10-10T09:00:00+09:00"));
    tell_recipient(stage, &recipient("r-2"), "r-2@example.jp").await;
    stage.raised(&[("campaign_opened", "recipients/r-2", 0)]).await;
}
