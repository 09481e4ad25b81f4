//! What an entry of the list asks of its expert: to be confirmed within the year.

use contract::notices::v1::NoticeState;
use contract::registry::v1::{ExpertChanged, ExpertPerson, ExpertState, ListingObstacle};
use kit_log::{NewEvent, wire_time};

use crate::stage::{EXPERT, Stage, at, emit, of, told, until};

on_both!(
    an_entry_is_to_be_confirmed_before_it_is_stale,
    a_confirmation_in_time_keeps_an_entry_fresh,
    an_entry_that_came_with_an_old_confirmation_asks_for_one_at_once,
    a_registration_is_to_be_renewed_before_it_ends,
);

fn entry(confirmed: &str) -> ExpertChanged {
    ExpertChanged {
        expert_id: "e-1".to_owned(),
        state: ExpertState::Listed.into(),
        confirm_time: Some(wire_time(at(confirmed))),
        ..Default::default()
    }
}

async fn tell(stage: &Stage, entry: &ExpertChanged) {
    let person = ExpertPerson { email: "e-1@example.jp".to_owned(), ..Default::default() };
    let event = NewEvent::new("expert", &entry.expert_id, entry).personal(&entry.expert_id, &person);
    let token = emit(&stage.registry, event).await;
    stage.has_read(&token).await;
}

async fn an_entry_is_to_be_confirmed_before_it_is_stale(stage: &Stage) {
    tell(stage, &entry("2024-10-01T08:00:00+09:00")).await;
    let listed = ("entry_listed", EXPERT, 0);
    stage.raised(&[listed]).await;
    stage.clock.set(at("2025-09-01T09:00:00+09:00"));
    let all = stage.raised(&[listed, ("entry_confirm", EXPERT, 0)]).await;
    assert_eq!(of(&all, "entry_confirm")[0].due_time, Some(wire_time(at("2025-10-02T00:00:00+09:00"))));
    // A week before the last day, which is October 1.
    stage.clock.set(at("2025-09-24T09:00:00+09:00"));
    let asked = [listed, ("entry_confirm", EXPERT, 0), ("entry_confirm", EXPERT, 1)];
    stage.raised(&asked).await;
    // Where no review has hidden it by then.
    stage.clock.set(at("2025-10-02T09:00:00+09:00"));
    let stale = [&asked[..], &[("entry_stale", EXPERT, 0)]].concat();
    stage.raised(&stale).await;
    let mut paused = entry("2024-10-01T08:00:00+09:00");
    paused.state = ExpertState::Paused.into();
    paused.obstacles = vec![ListingObstacle { reason: "CONFIRMATION_OVERDUE".to_owned(), ..Default::default() }];
    tell(stage, &paused).await;
    let all = stage.raised(&[&stale[..], &[("entry_paused", EXPERT, 0)]].concat()).await;
    assert_eq!(of(&all, "entry_stale")[0].state(), NoticeState::Withdrawn, "the pause says it");
    tell(stage, &entry("2025-10-02T10:00:00+09:00")).await;
    assert_eq!(of(&stage.all().await, "entry_paused")[0].state(), NoticeState::Withdrawn);
}

async fn a_confirmation_in_time_keeps_an_entry_fresh(stage: &Stage) {
    tell(stage, &entry("2024-10-01T08:00:00+09:00")).await;
    stage.clock.set(at("2025-09-01T09:00:00+09:00"));
    until("the request", async || (!of(&stage.all().await, "entry_confirm").is_empty()).then_some(())).await;
    tell(stage, &entry("2025-09-02T08:00:00+09:00")).await;
    stage.clock.set(at("2026-08-03T09:00:00+09:00"));
    until("the next request", async || (of(&stage.all().await, "entry_confirm").len() == 2).then_some(())).await;
    let all = stage.all().await;
    assert!(of(&all, "entry_stale").is_empty(), "{:?}", told(&all));
    assert_eq!(of(&all, "entry_confirm")[0].state(), NoticeState::Withdrawn);
}

async fn an_entry_that_came_with_an_old_confirmation_asks_for_one_at_once(stage: &Stage) {
    stage.clock.set(at("2026-11-20T10:00:00+09:00"));
    tell(stage, &entry("2025-01-10T10:00:00+09:00")).await;
    stage.raised(&[("entry_stale", EXPERT, 0)]).await;
    let mut paused = entry("2025-01-10T10:00:00+09:00");
    paused.state = ExpertState::Paused.into();
    paused.obstacles = vec![ListingObstacle { reason: "CONFIRMATION_OVERDUE".to_owned(), ..Default::default() }];
    tell(stage, &paused).await;
    stage.raised(&[("entry_stale", EXPERT, 0), ("entry_paused", EXPERT, 0)]).await;
}

async fn a_registration_is_to_be_renewed_before_it_ends(stage: &Stage) {
    let until = |entry: ExpertChanged, until: &str| ExpertChanged {
        registration_valid_until: Some(wire_time(at(until))),
        confirm_time: None,
        ..entry
    };
    let ends = "2027-03-31T23:59:59+09:00";
    let valid = until(entry(ends), ends);
    tell(stage, &valid).await;
    stage.clock.set(at("2026-12-01T09:00:00+09:00"));
    let mut raised = vec![("registration_ends", EXPERT, 0)];
    let all = stage.raised(&raised).await;
    assert_eq!(of(&all, "registration_ends")[0].due_time, valid.registration_valid_until);
    for (number, day) in
        [(1, "2027-01-10T09:00:00+09:00"), (2, "2027-03-01T09:00:00+09:00"), (3, "2027-03-24T09:00:00+09:00")]
    {
        stage.clock.set(at(day));
        raised.push(("registration_ends", EXPERT, number));
        stage.raised(&raised).await;
    }
    stage.clock.set(at("2027-04-01T00:00:00+09:00"));
    let mut lapsed = valid.clone();
    lapsed.state = ExpertState::Paused.into();
    lapsed.obstacles = vec![ListingObstacle { reason: "REGISTRATION_LAPSED".to_owned(), ..Default::default() }];
    tell(stage, &lapsed).await;
    raised.push(("registration_lapsed", EXPERT, 0));
    let all = stage.raised(&raised).await;
    assert!(of(&all, "registration_ends").iter().all(|notice| notice.state() != NoticeState::Pending));
    // A check finds it renewed.
    tell(stage, &until(entry(ends), "2030-03-31T23:59:59+09:00")).await;
    assert_eq!(of(&stage.all().await, "registration_lapsed")[0].state(), NoticeState::Withdrawn);
}
