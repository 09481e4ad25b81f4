//! What time brings, on a clock that the test moves: reminders, what is overdue, expiry; once each, whatever happens to
//! the process.

use contract::engagement::v1::*;
use contract::notices::v1::*;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, at, case, of, planned, told, until, wire};

on_both!(
    reminders_come_at_their_time_and_stop_when_the_duty_is_done,
    what_is_overdue_goes_to_the_body,
    a_notice_expires_and_is_not_acknowledged_any_more,
    two_replicas_and_a_restart_raise_each_once,
    a_clock_that_jumps_skips_what_a_later_reminder_says,
    a_consultation_is_reminded_of_and_its_report_asked_for,
);

fn scheduled() -> CaseFacts {
    let mut facts = case("k-1");
    facts.state = CaseState::Scheduled.into();
    facts.visits = vec![planned(1, "10-08 14:00")];
    facts
}

const PLANNED: [(&str, &str, i32); 4] = [
    ("case_begun_company", COMPANY, 0),
    ("case_begun_expert", EXPERT, 0),
    ("visit_planned", COMPANY, 0),
    ("visit_planned", EXPERT, 0),
];

async fn reminders_come_at_their_time_and_stop_when_the_duty_is_done(stage: &Stage) {
    let mut facts = scheduled();
    stage.tell(&facts, vec![]).await;
    stage.raised(&PLANNED).await;
    stage.clock_to("10-07 09:00");
    let day_before = [&PLANNED[..], &[("visit_reminder", COMPANY, 0), ("visit_reminder", EXPERT, 0)]].concat();
    stage.raised(&day_before).await;
    stage.clock_to("10-08 16:00");
    let over = [&day_before[..], &[("visit_report_due", EXPERT, 0)]].concat();
    let all = stage.raised(&over).await;
    assert_eq!(of(&all, "visit_report_due")[0].due_time, wire("10-16 00:00"));
    stage.clock_to("10-13 09:00");
    let all = stage.raised(&[&over[..], &[("visit_report_due", EXPERT, 1)]].concat()).await;
    let reminder = all.last().unwrap();
    assert!(reminder.subject.clone().unwrap().ja.contains("再通知"), "{reminder:?}");
    // Reported: the second reminder never comes.
    facts.state = CaseState::Visiting.into();
    facts.visits = vec![crate::stage::held(&facts.visits[0])];
    stage.tell(&facts, vec![]).await;
    stage.clock_to("10-17 09:00");
    until("the reminders to confirm", async || {
        let all = stage.all().await;
        let confirm: Vec<i32> = of(&all, "visit_confirm").iter().map(|facts| facts.reminder).collect();
        (confirm.len() == 2 && of(&all, "visit_report_due").len() == 2).then_some(())
    })
    .await;
    assert!(of(&stage.all().await, "visit_report_due").iter().all(|facts| facts.state() == NoticeState::Withdrawn));
}

async fn what_is_overdue_goes_to_the_body(stage: &Stage) {
    let mut facts = case("k-1");
    facts.due = Some(Due { action: DueAction::PlanVisit.into(), time: wire("10-15 00:00"), visit: 0 });
    stage.tell(&facts, vec![]).await;
    assert!(of(&stage.all().await, "overdue").is_empty());
    stage.clock_to("10-15 00:00");
    let all =
        until("what is overdue", async || Some(stage.all().await).filter(|all| !of(all, "overdue").is_empty())).await;
    let overdue = all.iter().find(|one| one.facts.as_ref().unwrap().template == "overdue").unwrap();
    assert_eq!(overdue.facts.as_ref().unwrap().recipient, BODY);
    assert!(overdue.subject.clone().unwrap().ja.contains("訪問日の調整"), "{overdue:?}");
    facts.state = CaseState::Scheduled.into();
    facts.visits = vec![planned(1, "10-20 14:00")];
    facts.due = None;
    stage.tell(&facts, vec![]).await;
    assert_eq!(of(&stage.all().await, "overdue")[0].state(), NoticeState::Withdrawn);
}

async fn a_notice_expires_and_is_not_acknowledged_any_more(stage: &Stage) {
    stage.tell(&case("k-1"), vec![]).await;
    stage.clock_to("10-31 00:00");
    let expired =
        until("the expiry", async || Some(stage.in_state(NoticeState::Expired).await).filter(|all| all.len() == 2))
            .await;
    let facts = expired[0].facts.clone().unwrap();
    assert_eq!((facts.expire_time, facts.end_time), (wire("10-31 00:00"), wire("10-31 00:00")));
    let request = AcknowledgeRequest { name: expired[0].name.clone(), request_id: String::new() };
    let refused = stage.portal().acknowledge(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert_eq!(crate::stage::reason_of(&refused), "ILLEGAL_TRANSITION");
    assert_eq!(stage.times("case_begun_expert", "expired").await, 1);
}

async fn two_replicas_and_a_restart_raise_each_once(stage: &Stage) {
    stage.start(stage.config.clone()).await;
    let mut facts = scheduled();
    facts.due = Some(Due { action: DueAction::ReportVisit.into(), time: wire("10-16 00:00"), visit: 1 });
    stage.tell(&facts, vec![]).await;
    stage.clock_to("10-07 09:00");
    let day_before = [&PLANNED[..], &[("visit_reminder", COMPANY, 0), ("visit_reminder", EXPERT, 0)]].concat();
    stage.raised(&day_before).await;
    // Nobody runs when the report becomes due.
    stage.stop().await;
    stage.clock_to("10-08 16:00");
    stage.start(stage.config.clone()).await;
    stage.start(stage.config.clone()).await;
    stage.raised(&[&day_before[..], &[("visit_report_due", EXPERT, 0)]].concat()).await;
    until("the plan's end", async || (stage.in_state(NoticeState::Expired).await.len() == 4).then_some(())).await;
    for (template, raised, expired) in [("visit_reminder", 2, 2), ("visit_report_due", 1, 0), ("visit_planned", 2, 2)] {
        assert_eq!(stage.times(template, "raised").await, raised, "{template}");
        assert_eq!(stage.times(template, "expired").await, expired, "{template}");
    }
}

async fn a_clock_that_jumps_skips_what_a_later_reminder_says(stage: &Stage) {
    let facts = scheduled();
    stage.tell(&facts, vec![]).await;
    stage.raised(&PLANNED).await;
    stage.clock_to("10-15 10:00");
    // The visit is past, so nobody is reminded of it; of the report once, not three times.
    let wanted = [&PLANNED[..], &[("visit_report_due", EXPERT, 0), ("visit_report_due", EXPERT, 2)]].concat();
    stage.raised(&wanted).await;
    // Half a year away, nothing of it is of any use.
    stage.clock.set(at("2025-06-01T09:00:00+09:00"));
    until("everything's expiry", async || {
        let open = stage.in_state(NoticeState::Pending).await;
        open.is_empty().then_some(())
    })
    .await;
    assert_eq!(stage.all().await.len(), wanted.len(), "{:?}", told(&stage.all().await));
}

async fn a_consultation_is_reminded_of_and_its_report_asked_for(stage: &Stage) {
    let facts = ConsultationFacts {
        consultation_id: "m-1".to_owned(),
        company: Some(CompanySnapshot { company: COMPANY.to_owned(), ..Default::default() }),
        expert: EXPERT.to_owned(),
        body: BODY.to_owned(),
        state: ConsultationState::Declared.into(),
        start_time: wire("10-10 14:50"),
        ..Default::default()
    };
    let tell = async |facts: &ConsultationFacts| {
        let body = ConsultationChanged { facts: Some(facts.clone()), ..Default::default() };
        let event = kit_log::NewEvent::new("consultation", "m-1", &body);
        stage.has_read(&crate::stage::emit(&stage.engagement, event).await).await;
    };
    tell(&facts).await;
    assert!(stage.all().await.is_empty());
    stage.clock_to("10-08 09:00");
    let reminded = [("consultation_reminder", COMPANY, 0), ("consultation_reminder", EXPERT, 0)];
    stage.raised(&reminded).await;
    stage.clock_to("10-11 00:00");
    stage.raised(&[&reminded[..], &[("consultation_report_due", EXPERT, 0)]].concat()).await;
    tell(&ConsultationFacts { state: ConsultationState::Absent.into(), ..facts }).await;
    assert_eq!(of(&stage.all().await, "consultation_report_due")[0].state(), NoticeState::Withdrawn);
}
