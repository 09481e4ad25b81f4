//! Timetables: the best by field of expertise, for everybody or with a waiting list, and as things change.

use contract::matching::v1::*;
use contract::registry::v1::CompanyChanged;
use kit_log::NewEvent;
use tonic::{Code, Status};

use crate::planning::update;
use crate::stage::{FIRST, SECOND, Stage, apply, faults, faults_of, plan_on, present, reason_of, until};

on_both!(
    companies_meet_whom_they_fit,
    who_must_not_meet_does_not,
    who_is_barred_does_not_meet,
    what_is_added_to_an_application_moves_its_seat,
    companies_that_became_one_have_one_seat,
    not_everybody_can_be_seated,
    what_is_tried_is_not_kept,
    a_seat_that_is_free_goes_to_who_waits,
    a_plan_that_changes_takes_the_timetable_along,
    an_expert_sees_the_own_seats,
    the_final_seats_are_told_once,
    a_timetable_needs_the_search_and_its_experts,
);

pub(crate) fn make(event: &str) -> MakeTimetableRequest {
    MakeTimetableRequest { event: event.to_owned(), ..Default::default() }
}

pub(crate) async fn made(stage: &Stage, event: &str) -> Timetable {
    stage.counsellor().make_timetable(make(event)).await.unwrap().into_inner().timetable.unwrap()
}

pub(crate) async fn stands(stage: &Stage, event: &str) -> Timetable {
    let asked = GetTimetableRequest { event: event.to_owned() };
    stage.counsellor().get_timetable(asked).await.unwrap().into_inner().timetable.unwrap()
}

/// Companies that want to talk about a theme, by their numbers.
pub(crate) async fn want(stage: &Stage, event: &str, theme: &str, companies: &[u32]) -> Vec<Application> {
    let mut applied = Vec::new();
    for number in companies {
        let request = ApplyRequest {
            themes: vec![theme.to_owned()],
            question: format!("質問{number}"),
            people: 2,
            ..apply(event, &format!("companies/c-{number}"))
        };
        applied.push(stage.counsellor().apply(request).await.unwrap().into_inner().application.unwrap());
    }
    applied
}

fn metadata(status: &Status) -> std::collections::HashMap<String, String> {
    use tonic_types::StatusExt as _;
    status.get_error_details().error_info().map(|info| info.metadata.clone()).unwrap_or_default()
}

/// Expert and round of a company.
pub(crate) fn place(timetable: &Timetable, company: &str) -> Option<(String, i32, String)> {
    let seat = timetable.seats.iter().find(|seat| seat.company == company)?;
    Some((seat.expert.clone(), seat.round, seat.booth.clone()))
}

/// Nobody is in two places, and nothing is exceeded.
pub(crate) fn assert_possible(timetable: &Timetable, plan: &EventPlan) {
    let seats = &timetable.seats;
    for (at, seat) in seats.iter().enumerate() {
        let others = &seats[at + 1..];
        assert!(others.iter().all(|other| other.application != seat.application), "a company twice: {seats:?}");
        assert!(others.iter().all(|other| other.company != seat.company), "a company twice: {seats:?}");
        let clash =
            |other: &&Seat| other.round == seat.round && (other.expert == seat.expert || other.booth == seat.booth);
        assert!(!others.iter().any(|other| clash(&other)), "an expert or a booth twice in a round: {seats:?}");
        assert!((1..=plan.rounds.len()).contains(&usize::try_from(seat.round).unwrap()), "{seat:?}");
        assert!(plan.booths.contains(&seat.booth) && plan.experts.iter().any(|one| one.expert == seat.expert));
        assert!(timetable.waiting.iter().all(|one| one.application != seat.application), "seated and waiting");
    }
    for expert in &plan.experts {
        let seen = seats.iter().filter(|seat| seat.expert == expert.expert).count();
        let rounds = i32::try_from(plan.rounds.len()).unwrap();
        assert!(seen <= usize::try_from(expert.max_companies.unwrap_or(3.min(rounds))).unwrap(), "{seats:?}");
    }
    assert_eq!(timetable.points, seats.iter().map(|seat| seat.points).sum::<i64>());
}

async fn companies_meet_whom_they_fit(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T4", &[1, 2, 3]).await;
    want(stage, &event.name, "T1", &[4, 5, 6]).await;
    let lecture = ApplyRequest { lecture_only: true, ..apply(&event.name, "companies/c-7") };
    stage.counsellor().apply(lecture).await.unwrap();
    let none = GetTimetableRequest { event: event.name.clone() };
    let none = stage.counsellor().get_timetable(none).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "NO_TIMETABLE".to_owned()));
    let timetable = made(stage, &event.name).await;
    assert_possible(&timetable, &plan_on("11-05"));
    let with = |expert: &str| {
        let mut seen: Vec<_> =
            timetable.seats.iter().filter(|seat| seat.expert == expert).map(|seat| seat.company.clone()).collect();
        seen.sort();
        seen
    };
    assert_eq!(with(FIRST), ["companies/c-4", "companies/c-5", "companies/c-6"]);
    assert_eq!(with(SECOND), ["companies/c-1", "companies/c-2", "companies/c-3"]);
    assert!(timetable.waiting.is_empty() && timetable.seats.iter().all(|seat| seat.points > 0));
    assert_eq!((timetable.revision, timetable.policy.as_str()), (1, "balanced-1"));
    let order: Vec<_> = timetable.seats.iter().map(|seat| (seat.round, seat.booth.clone())).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(timetable.changes.len(), 6);
    assert_eq!(stage.event(&event.name).await.timetable_revision, 1);
    let told: Vec<TimetableChanged> = stage.told("timetable").await;
    assert_eq!(told, [TimetableChanged { timetable: Some(timetable.clone()), over: false }]);
    let again = made(stage, &event.name).await;
    assert_eq!(again, timetable, "the same again is no revision");
    assert_eq!(stage.told::<TimetableChanged>("timetable").await.len(), 1);
    stage.restart().await;
    assert_eq!(stands(stage, &event.name).await, timetable);
}

async fn who_must_not_meet_does_not(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1]).await;
    let rival = ApplyRequest {
        themes: vec!["T1".to_owned()],
        not_with: vec![FIRST.to_owned()],
        rounds: vec![3],
        ..apply(&event.name, "companies/c-2")
    };
    stage.counsellor().apply(rival).await.unwrap();
    let nobody =
        ApplyRequest { not_with: vec![FIRST.to_owned(), SECOND.to_owned()], ..apply(&event.name, "companies/c-3") };
    stage.counsellor().apply(nobody).await.unwrap();
    let timetable = made(stage, &event.name).await;
    assert_possible(&timetable, &plan_on("11-05"));
    assert_eq!(place(&timetable, "companies/c-1").unwrap().0, FIRST);
    let (expert, round, _) = place(&timetable, "companies/c-2").unwrap();
    assert_eq!((expert.as_str(), round), (SECOND, 3));
    assert_eq!(timetable.waiting.len(), 1);
    let waits = &timetable.waiting[0];
    assert_eq!(waits.reason, "NO_EXPERT");
    assert!(!waits.ja.is_empty() && waits.en.contains("no expert"), "{waits:?}");
}

async fn who_is_barred_does_not_meet(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1, 2]).await;
    let bar = async |expert: &str, company: &str| {
        let bar = Bar {
            expert: expert.to_owned(),
            company: company.to_owned(),
            kind: "DECLARED_CONFLICT".to_owned(),
            ..Default::default()
        };
        let request = BarPairRequest { bar: Some(bar), ..Default::default() };
        stage.matching().bar_pair(request).await.unwrap();
    };
    assert_eq!(place(&made(stage, &event.name).await, "companies/c-1").unwrap().0, FIRST);
    bar(FIRST, "companies/c-1").await;
    assert_eq!(place(&made(stage, &event.name).await, "companies/c-1").unwrap().0, SECOND);
    // A bar with the company by its older name.
    let facts = stage.others.merge("companies/c-9", "companies/c-2");
    let changed = CompanyChanged { facts: Some(facts), changed: vec!["facts.merged_into".to_owned()] };
    stage.register_tells(NewEvent::new("company", "c-9", &changed)).await;
    bar(FIRST, "companies/c-9").await;
    bar(SECOND, "companies/c-9").await;
    let timetable = made(stage, &event.name).await;
    assert_eq!((place(&timetable, "companies/c-2"), timetable.waiting[0].reason.as_str()), (None, "NO_EXPERT"));
}

async fn what_is_added_to_an_application_moves_its_seat(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1, 2]).await;
    let before = made(stage, &event.name).await;
    assert_eq!(place(&before, "companies/c-1").unwrap().0, FIRST);
    let rival = ApplyRequest { not_with: vec![FIRST.to_owned()], ..apply(&event.name, "companies/c-1") };
    stage.elsewhere().apply(rival).await.unwrap();
    let after = stands(stage, &event.name).await;
    assert_eq!((after.revision, place(&after, "companies/c-1").unwrap().0), (2, SECOND.to_owned()));
    assert_eq!(place(&after, "companies/c-2"), place(&before, "companies/c-2"));
}

async fn companies_that_became_one_have_one_seat(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    let applied = want(stage, &event.name, "T1", &[1, 2, 3]).await;
    let facts = stage.others.merge("companies/c-3", "companies/c-1");
    let changed = CompanyChanged { facts: Some(facts), changed: vec!["facts.merged_into".to_owned()] };
    stage.register_tells(NewEvent::new("company", "c-3", &changed)).await;
    let timetable = made(stage, &event.name).await;
    let mut seated: Vec<_> = timetable.seats.iter().map(|seat| seat.application.clone()).collect();
    seated.sort();
    let mut first: Vec<_> = applied[..2].iter().map(|one| one.name.clone()).collect();
    first.sort();
    assert_eq!(seated, first);
    assert_eq!(timetable.waiting.iter().map(|one| &one.application).collect::<Vec<_>>(), [&applied[2].name]);
}

async fn not_everybody_can_be_seated(stage: &Stage) {
    let plan = EventPlan { booths: vec!["A".to_owned()], ..plan_on("11-05") };
    let event = stage.held(plan.clone()).await;
    let applied = want(stage, &event.name, "T1", &[1, 2, 3, 4]).await;
    let all = MakeTimetableRequest { everybody: true, ..make(&event.name) };
    let refused = stage.counsellor().make_timetable(all.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "TIMETABLE_INFEASIBLE".to_owned()));
    let told = metadata(&refused);
    let of = |key: &str| told.get(key).map_or("", String::as_str);
    assert_eq!(of("constraint"), "BOOTH_PLACES");
    assert_eq!((of("companies"), of("places"), of("booths"), of("rounds")), ("4", "3", "1", "3"));
    assert!(refused.message().contains("4 companies") && of("why_ja").contains("4社"), "{told:?}");
    assert_eq!(stage.told::<TimetableChanged>("timetable").await.len(), 0);

    let timetable = made(stage, &event.name).await;
    assert_possible(&timetable, &plan);
    assert_eq!((timetable.seats.len(), timetable.waiting.len()), (3, 1));
    assert_eq!(timetable.waiting[0].application, applied[3].name, "who applied last waits");
    assert_eq!(timetable.waiting[0].reason, "NO_SEAT_LEFT");

    // A company that comes only when nobody who may see it is there.
    let away = PresentExpert { rounds: vec![1], ..present(FIRST) };
    let other = EventPlan { experts: vec![away], ..plan_on("11-06") };
    let event = stage.held(other).await;
    let late = ApplyRequest { rounds: vec![2], ..apply(&event.name, "companies/c-1") };
    stage.counsellor().apply(late).await.unwrap();
    let all = MakeTimetableRequest { event: event.name.clone(), ..all };
    let refused = stage.counsellor().make_timetable(all.clone()).await.unwrap_err();
    assert_eq!(metadata(&refused).get("constraint").map(String::as_str), Some("NO_ROUND"));
    assert_eq!(made(stage, &event.name).await.waiting[0].reason, "ROUNDS");
    // An expert's minimum is a wish: one company can be seated although the expert would see two.
    stage.applied(&event.name, "companies/c-1").await;
    let open = ApplyRequest { rounds: vec![1], ..apply(&event.name, "companies/c-1") };
    stage.counsellor().apply(open).await.unwrap();
    assert_eq!(stage.counsellor().make_timetable(all).await.unwrap().into_inner().timetable.unwrap().seats.len(), 1);
}

async fn what_is_tried_is_not_kept(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1]).await;
    let events = stage.events().await.len();
    let trial = MakeTimetableRequest { validate_only: true, policy: "spread-1".to_owned(), ..make(&event.name) };
    let tried = stage.counsellor().make_timetable(trial).await.unwrap().into_inner();
    let timetable = tried.timetable.unwrap();
    assert_eq!((timetable.seats.len(), timetable.policy.as_str(), tried.token), (1, "spread-1", None));
    assert_eq!(stage.events().await.len(), events);
    let none = GetTimetableRequest { event: event.name.clone() };
    assert_eq!(reason_of(&stage.counsellor().get_timetable(none).await.unwrap_err()), "NO_TIMETABLE");
    let odd = MakeTimetableRequest { policy: "best-9".to_owned(), event: "x".to_owned(), ..Default::default() };
    assert_eq!(
        faults_of(&stage.counsellor().make_timetable(odd).await.unwrap_err()),
        faults(&[("event", "BAD_NAME"), ("policy", "UNKNOWN_CODE")])
    );
    assert_eq!(reason_of(&stage.elsewhere().make_timetable(make(&event.name)).await.unwrap_err()), "NOT_OWN");
}

async fn a_seat_that_is_free_goes_to_who_waits(stage: &Stage) {
    let plan = EventPlan { booths: vec!["A".to_owned()], ..plan_on("11-05") };
    let event = stage.held(plan.clone()).await;
    let applied = want(stage, &event.name, "T1", &[1, 2, 3, 4]).await;
    let before = made(stage, &event.name).await;
    // The search is not asked for whom it was asked about: an event goes on without it.
    stage.others.search_away(true);
    let free = place(&before, "companies/c-2").unwrap();
    let call_off = CallOffRequest { name: applied[1].name.clone(), request_id: "r-1".to_owned(), ..Default::default() };
    let first = stage.counsellor().call_off(call_off.clone()).await.unwrap().into_inner();
    let after = stands(stage, &event.name).await;
    assert_possible(&after, &plan);
    assert_eq!(after.revision, 2);
    assert_eq!(place(&after, "companies/c-4").map(|seat| seat.1), Some(free.1));
    for company in ["companies/c-1", "companies/c-3"] {
        assert_eq!(place(&after, company), place(&before, company), "nobody else moves");
    }
    let changed: Vec<_> = after.changes.iter().map(|change| change.application.clone()).collect();
    assert_eq!(changed, [applied[1].name.clone(), applied[3].name.clone()]);
    assert!(after.changes[0].after.is_none() && after.changes[1].before.is_none());
    assert!(after.waiting.is_empty());
    let told: Vec<TimetableChanged> = stage.told("timetable").await;
    assert_eq!(told.last().unwrap().timetable.as_ref(), Some(&after));
    let again = stage.counsellor().call_off(call_off).await.unwrap().into_inner();
    assert_eq!((again, stage.told::<TimetableChanged>("timetable").await.len()), (first, 2));

    // Who comes anew, unknown to the search that is away, has no points, and is seated all the same where there is room.
    stage.others.company("companies/c-20", "新顔");
    stage.counsellor().apply(apply(&event.name, "companies/c-20")).await.unwrap();
    let call_off = CallOffRequest { name: applied[0].name.clone(), ..Default::default() };
    stage.counsellor().call_off(call_off).await.unwrap();
    let after = stands(stage, &event.name).await;
    assert!(after.seats.iter().any(|seat| seat.company == "companies/c-20" && seat.points == 0));
}

async fn a_plan_that_changes_takes_the_timetable_along(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1, 2, 3]).await;
    want(stage, &event.name, "T4", &[4, 5]).await;
    let before = made(stage, &event.name).await;
    let title = EventPlan { title: "別の題".to_owned(), ..Default::default() };
    stage.counsellor().update_consultation_event(update(&event, title, &["title"])).await.unwrap();
    assert_eq!(stands(stage, &event.name).await, before, "a timetable that fits stays");
    let three = EventPlan { experts: vec![present(FIRST), present("experts/e-3")], ..plan_on("11-05") };
    stage.counsellor().update_consultation_event(update(&event, three.clone(), &["experts"])).await.unwrap();
    let after = stands(stage, &event.name).await;
    assert_possible(&after, &three);
    assert_eq!((after.revision, after.seats.len()), (2, 5));
    for company in ["companies/c-1", "companies/c-2", "companies/c-3"] {
        assert_eq!(place(&after, company).map(|seat| seat.0), Some(FIRST.to_owned()), "who need not move stays");
    }
    assert!(after.seats.iter().filter(|seat| seat.expert == "experts/e-3").all(|seat| seat.points > 0));
    let one = EventPlan { booths: vec!["C".to_owned()], ..three.clone() };
    stage.counsellor().update_consultation_event(update(&event, one.clone(), &["booths"])).await.unwrap();
    let after = stands(stage, &event.name).await;
    assert_possible(&after, &one);
    assert_eq!((after.seats.len(), after.waiting.len()), (3, 2));

    // What has begun does not change any more.
    stage.clock_to("11-05 14:50");
    let odd = EventPlan {
        rounds: vec![three.rounds[1]],
        booths: vec!["D".to_owned()],
        experts: vec![present(SECOND)],
        ..three
    };
    let refused =
        stage.counsellor().update_consultation_event(update(&event, odd, &["rounds", "booths", "experts"])).await;
    let fields: Vec<_> = faults_of(&refused.unwrap_err()).into_iter().filter(|fault| fault.1 == "HAS_BEGUN").collect();
    assert_eq!(
        fields,
        faults(&[("plan.rounds[0]", "HAS_BEGUN"), ("plan.experts", "HAS_BEGUN"), ("plan.booths", "HAS_BEGUN")])
    );
}

async fn an_expert_sees_the_own_seats(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1, 2]).await;
    want(stage, &event.name, "T4", &[3]).await;
    let all = made(stage, &event.name).await;
    let asked = || GetTimetableRequest { event: event.name.clone() };
    let own = stage.expert(FIRST).get_timetable(asked()).await.unwrap().into_inner().timetable.unwrap();
    assert!(!own.seats.is_empty() && own.seats.iter().all(|seat| seat.expert == FIRST));
    assert_eq!(own.seats.len(), all.seats.iter().filter(|seat| seat.expert == FIRST).count());
    assert_eq!(own.points, own.seats.iter().map(|seat| seat.points).sum::<i64>());
    let list = ListApplicationsRequest { event: event.name.clone(), ..Default::default() };
    let seen = stage.expert(FIRST).list_applications(list).await.unwrap().into_inner().applications;
    let mut companies: Vec<_> = seen.iter().map(|one| one.texts.clone().unwrap().question).collect();
    companies.sort();
    assert_eq!(companies, ["質問1", "質問2"], "with what they ask");
    assert_eq!(reason_of(&stage.expert("experts/e-3").get_timetable(asked()).await.unwrap_err()), "NOT_OWN");
    assert_eq!(reason_of(&stage.elsewhere().get_timetable(asked()).await.unwrap_err()), "NOT_OWN");
    stage.elsewhere().apply(apply(&event.name, "companies/c-4")).await.unwrap();
    made(stage, &event.name).await;
    let theirs = stage.elsewhere().get_timetable(asked()).await.unwrap().into_inner().timetable.unwrap();
    assert_eq!(theirs.seats.iter().map(|seat| seat.company.as_str()).collect::<Vec<_>>(), ["companies/c-4"]);
}

async fn the_final_seats_are_told_once(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1, 2]).await;
    let timetable = made(stage, &event.name).await;
    stage.clock_to("11-05 16:30");
    until("the event to be over", async || {
        (stage.event(&event.name).await.state() == ConsultationEventState::Over).then_some(())
    })
    .await;
    stage.restart().await;
    let told: Vec<TimetableChanged> = stage.told("timetable").await;
    let last = TimetableChanged { timetable: Some(timetable.clone()), over: true };
    assert_eq!(told, [TimetableChanged { timetable: Some(timetable), over: false }, last]);
    let late = stage.counsellor().make_timetable(make(&event.name)).await.unwrap_err();
    assert_eq!(late.message(), "no step from over to timetabled");
}

async fn a_timetable_needs_the_search_and_its_experts(stage: &Stage) {
    let event = stage.held(plan_on("11-05")).await;
    want(stage, &event.name, "T1", &[1]).await;
    stage.others.search_away(true);
    let away = stage.counsellor().make_timetable(make(&event.name)).await.unwrap_err();
    assert_eq!((away.code(), reason_of(&away)), (Code::Unavailable, "SEARCH_AWAY".to_owned()));
    stage.others.search_away(false);
    stage.others.unlist(SECOND);
    let gone = stage.counsellor().make_timetable(make(&event.name)).await.unwrap_err();
    assert_eq!((gone.code(), reason_of(&gone)), (Code::NotFound, "EXPERT_NOT_FOUND".to_owned()));
    assert_eq!(metadata(&gone).get("expert").map(String::as_str), Some(SECOND));
}
