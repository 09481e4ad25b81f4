//! What a case asks of whom, from its beginning to the answers of both sides.

use contract::engagement::v1::*;
use contract::notices::v1::*;
use kit_log::NewEvent;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, case, confirmed, emit, held, of, planned, step, told, wire};

on_both!(
    a_case_tells_both_sides_what_to_do_next,
    a_visit_that_moves_or_goes_is_told_and_what_was_told_before_is_withdrawn,
    each_side_is_asked_until_it_has_said_its_word,
    a_handover_is_told_to_both_bodies_and_duties_go_along,
    an_event_told_twice_or_read_anew_raises_nothing_twice,
    what_is_past_or_imported_raises_nothing,
    what_concerns_nobody_is_passed_over,
    the_words_say_what_and_by_when,
);

async fn a_case_tells_both_sides_what_to_do_next(stage: &Stage) {
    let mut facts = case("k-1");
    facts.due = Some(Due { action: DueAction::PlanVisit.into(), time: wire("10-15 00:00"), visit: 0 });
    stage.tell(&facts, vec![]).await;
    let all = stage.all().await;
    let begun = [("case_begun_company", COMPANY), ("case_begun_expert", EXPERT), ("plan_visit_due", EXPERT)];
    assert_eq!(told(&all), begun.map(|(template, to)| (template.to_owned(), to.to_owned(), 0)));
    assert_eq!(of(&all, "plan_visit_due")[0].due_time, wire("10-15 00:00"));

    facts.state = CaseState::Scheduled.into();
    facts.visits = vec![planned(1, "10-08 14:00")];
    facts.due = Some(Due { action: DueAction::ReportVisit.into(), time: wire("10-16 00:00"), visit: 1 });
    stage.tell(&facts, vec![]).await;
    let all = stage.all().await;
    assert_eq!(of(&all, "visit_planned").len(), 2);
    assert_eq!(of(&all, "plan_visit_due")[0].state(), NoticeState::Withdrawn, "a visit is planned");

    facts.theme = "T4".to_owned();
    facts.themes.push(ThemePeriod { theme: "T4".to_owned(), since: wire("10-01 09:00"), actor: String::new() });
    stage.tell(&facts, vec![]).await;
    let all = stage.all().await;
    assert_eq!(of(&all, "theme_changed").len(), 2);
    assert_eq!(of(&all, "visit_planned").len(), 2, "told once");

    facts.state = CaseState::Withdrawn.into();
    facts.close_time = wire("10-01 09:00");
    facts.visits[0].state = VisitState::Cancelled.into();
    facts.due = None;
    stage.tell(&facts, vec![]).await;
    let open = stage.in_state(NoticeState::Pending).await;
    let (ended, gone) = ("case_ended".to_owned(), "visit_cancelled".to_owned());
    let wanted = [
        (ended.clone(), COMPANY.to_owned(), 0),
        (ended, EXPERT.to_owned(), 0),
        (gone.clone(), COMPANY.to_owned(), 0),
        (gone, EXPERT.to_owned(), 0),
    ];
    assert_eq!(told(&open), wanted, "whatever was asked for is no longer");
}

async fn a_visit_that_moves_or_goes_is_told_and_what_was_told_before_is_withdrawn(stage: &Stage) {
    let mut facts = case("k-1");
    facts.state = CaseState::Scheduled.into();
    facts.visits = vec![planned(1, "10-08 14:00")];
    stage.tell(&facts, vec![step("VISIT_PLANNED", 2, 1, "")]).await;
    facts.visits = vec![planned(1, "10-10 10:00")];
    stage.tell(&facts, vec![step("VISIT_RESCHEDULED", 3, 1, "")]).await;
    // A change of something else says nothing of the visit again.
    facts.theme = "T2".to_owned();
    stage.tell(&facts, vec![step("THEME_CHANGED", 4, 0, "T2")]).await;
    let all = stage.all().await;
    let states = |template: &str| of(&all, template).iter().map(|facts| facts.state()).collect::<Vec<_>>();
    assert_eq!(states("visit_planned"), [NoticeState::Withdrawn; 2]);
    assert_eq!(states("visit_moved"), [NoticeState::Pending; 2]);
    // Back to the first time: another occasion of it.
    facts.visits = vec![planned(1, "10-08 14:00")];
    stage.tell(&facts, vec![step("VISIT_RESCHEDULED", 5, 1, "")]).await;
    let open = stage.in_state(NoticeState::Pending).await;
    let moved = of(&open, "visit_moved");
    let starts: Vec<_> =
        moved.iter().flat_map(|facts| &facts.parameters).filter(|one| one.name == "planned_start").collect();
    assert!(starts.iter().all(|one| one.value == "2024-10-08T14:00:00+09:00") && starts.len() == 2, "{moved:?}");
    facts.visits[0].state = VisitState::Cancelled.into();
    stage.tell(&facts, vec![step("VISIT_CANCELLED", 6, 1, "")]).await;
    let open = stage.in_state(NoticeState::Pending).await;
    assert_eq!((of(&open, "visit_moved").len(), of(&open, "visit_cancelled").len()), (0, 2));
}

async fn each_side_is_asked_until_it_has_said_its_word(stage: &Stage) {
    stage.clock_to("10-08 17:00");
    let mut facts = case("k-1");
    facts.state = CaseState::Visiting.into();
    let visit = held(&planned(1, "10-08 14:00"));
    facts.visits = vec![visit.clone()];
    stage.tell(&facts, vec![]).await;
    let asked = |notices: &[Notice], template: &str| {
        of(notices, template).into_iter().map(|facts| facts.recipient).collect::<Vec<_>>()
    };
    let mut to = asked(&stage.in_state(NoticeState::Pending).await, "visit_confirm");
    to.sort();
    assert_eq!(to, [COMPANY, EXPERT]);
    facts.visits = vec![confirmed(&visit, &[Side::Company])];
    stage.tell(&facts, vec![]).await;
    assert_eq!(asked(&stage.in_state(NoticeState::Pending).await, "visit_confirm"), [EXPERT]);
    facts.visits = vec![confirmed(&visit, &[Side::Company, Side::Expert])];
    stage.tell(&facts, vec![]).await;
    assert!(asked(&stage.in_state(NoticeState::Pending).await, "visit_confirm").is_empty());

    facts.state = CaseState::EndedEarly.into();
    facts.close_time = wire("10-08 17:00");
    stage.tell(&facts, vec![]).await;
    let open = stage.in_state(NoticeState::Pending).await;
    assert_eq!((asked(&open, "survey_company").len(), asked(&open, "survey_expert").len()), (1, 1));
    facts.company_outcome = Some(Outcome::default());
    stage.tell(&facts, vec![]).await;
    let open = stage.in_state(NoticeState::Pending).await;
    assert_eq!((asked(&open, "survey_company").len(), asked(&open, "survey_expert").len()), (0, 1));
}

async fn a_handover_is_told_to_both_bodies_and_duties_go_along(stage: &Stage) {
    stage.clock_to("10-15 10:00");
    let mut facts = case("k-1");
    facts.due = Some(Due { action: DueAction::PlanVisit.into(), time: wire("10-15 00:00"), visit: 0 });
    stage.tell(&facts, vec![]).await;
    let overdue =
        |notices: &[Notice]| of(notices, "overdue").into_iter().map(|facts| facts.recipient).collect::<Vec<_>>();
    assert_eq!(overdue(&stage.in_state(NoticeState::Pending).await), [BODY]);
    let handed = |number: i64, to: &str| {
        let time = wire("10-15 10:00");
        vec![Step { time, ..step("HANDED_OVER", number, 0, to) }]
    };
    facts.body = "bodies/kobe".to_owned();
    stage.tell(&facts, handed(2, "bodies/kobe")).await;
    let open = stage.in_state(NoticeState::Pending).await;
    assert_eq!(of(&open, "handed_over")[0].recipient, BODY);
    assert_eq!(of(&open, "handed_over_to_you")[0].recipient, "bodies/kobe");
    assert_eq!(overdue(&open), ["bodies/kobe"]);
    facts.theme = "T2".to_owned();
    stage.tell(&facts, vec![step("THEME_CHANGED", 3, 0, "T2")]).await;
    let open = stage.in_state(NoticeState::Pending).await;
    assert_eq!(of(&open, "handed_over").len(), 1, "news stays");
    facts.body = BODY.to_owned();
    stage.tell(&facts, handed(4, BODY)).await;
    assert_eq!(overdue(&stage.in_state(NoticeState::Pending).await), [BODY], "it is theirs again");
}

async fn an_event_told_twice_or_read_anew_raises_nothing_twice(stage: &Stage) {
    let mut facts = case("k-1");
    facts.state = CaseState::Scheduled.into();
    facts.visits = vec![planned(1, "10-08 14:00")];
    for _ in 0..3 {
        stage.tell(&facts, vec![]).await;
    }
    let before = stage.all().await;
    let count = stage.events().await.len();
    assert_eq!(before.len(), 4, "{:?}", told(&before));
    stage.engagement.renew_epoch("another-life").await.unwrap();
    let head = kit_log::Source::head(&stage.engagement).await.unwrap().head.unwrap();
    stage.has_read(&head).await;
    stage.restart().await;
    stage.has_read(&head).await;
    assert_eq!((stage.all().await, stage.events().await.len()), (before, count));
}

async fn what_is_past_or_imported_raises_nothing(stage: &Stage) {
    let mut facts = case("k-1");
    facts.imported_as = "G01".to_owned();
    facts.state = CaseState::Completed.into();
    facts.close_time = wire("10-01 08:00");
    stage.tell(&facts, vec![]).await;
    assert!(stage.all().await.is_empty());
    // Long over when it is first told of: as when the log is read from nothing.
    stage.clock.set(crate::stage::at("2025-09-01T09:00:00+09:00"));
    let mut facts = case("k-2");
    facts.state = CaseState::Scheduled.into();
    facts.visits = vec![planned(1, "10-08 14:00")];
    stage.tell(&facts, vec![]).await;
    assert!(stage.all().await.is_empty(), "{:?}", told(&stage.all().await));
}

async fn what_concerns_nobody_is_passed_over(stage: &Stage) {
    let body =
        GatheringChanged { facts: Some(GatheringFacts { gathering_id: "g-1".to_owned(), ..Default::default() }) };
    emit(&stage.engagement, NewEvent::new("gathering", "g-1", &body)).await;
    let record = TrackRecordChanged { expert_id: "e-1".to_owned(), track_record: None };
    emit(&stage.engagement, NewEvent::new("track_record", "e-1", &record)).await;
    stage.tell(&case("k-1"), vec![]).await;
    assert_eq!(stage.all().await.len(), 2);
    let parked = stage.log().read_session().await.unwrap().count("SELECT COUNT(*) FROM log_parked", &[]).await.unwrap();
    assert_eq!(parked, 0);
}

async fn the_words_say_what_and_by_when(stage: &Stage) {
    let mut facts = case("k-1");
    facts.due = Some(Due { action: DueAction::PlanVisit.into(), time: wire("10-15 00:00"), visit: 0 });
    stage.tell(&facts, vec![]).await;
    let all = stage.all().await;
    let notice = all.iter().find(|one| one.facts.as_ref().unwrap().template == "plan_visit_due").unwrap();
    let (subject, text) = (notice.subject.clone().unwrap(), notice.text.clone().unwrap());
    assert!(subject.ja.contains("2024年10月14日まで") && subject.en.contains("by 2024-10-14"), "{subject:?}");
    assert!(text.ja.contains("見本製作所") && text.en.contains("見本製作所"), "{text:?}");
    let facts = notice.facts.clone().unwrap();
    assert_eq!((facts.link.as_str(), facts.subject.as_str()), ("/cases/k-1", "cases/k-1"));
    let cause = kit_log::Source::read(&stage.engagement, Default::default()).await.unwrap().events[0].id.clone();
    assert_eq!(facts.causation, cause);
}
