//! How somebody stood on a day of the past.

use contract::registry::v1::*;
use contract::survey::v1::DisputeDecision;
use kit_clock::{JapanDay, Timestamp};
use kit_log::wire_time;
use kit_serve::{Caller, Role};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use registry::Review;
use registry::domain::profile::Profile;
use registry::domain::standing::{Asked, Check, Registration, Standing, Step, View, standing};
use registry::domain::{self, Command, ConsentSource, Moment, Verification};
use tonic::{Code, Status};

use crate::merges::{decide, merge};
use crate::model::{DAY, Deed, carry_out, command, deed};
use crate::stage::{NOW, Stage, at, faults_of, reason_of, wire};
use crate::submission::Submission;

on_both!(
    an_import_of_a_past_campaign_tells_when_it_was_true_and_when_it_was_recorded,
    a_day_is_looked_at_from_its_beginning_to_its_end,
    a_validity_ends_though_nobody_records_it,
    what_is_recorded_later_does_not_change_what_was_known,
    who_may_ask_and_what_they_are_told,
    every_fault_is_named_at_once,
    the_history_begins_with_what_an_earlier_release_kept,
    a_check_falls_away_with_the_number,
    a_merged_entry_says_where_the_person_is_found,
    the_service_remembers_random_histories,
);

/// Asks how the expert of a name stood.
async fn ask(stage: &Stage, name: &str, day: &str, as_known_now: bool) -> GetStandingResponse {
    let request = GetStandingRequest { name: name.to_owned(), day: day.to_owned(), as_known_now, ..Default::default() };
    stage.operator().get_standing(request).await.unwrap().into_inner()
}

async fn verify(stage: &Stage, name: &str, valid_until: Option<&str>) {
    let request = VerifyRegistrationRequest {
        name: name.to_owned(),
        source: "registry of specialists".to_owned(),
        valid_until: valid_until.map(wire),
        ..Default::default()
    };
    stage.operator().verify_registration(request).await.unwrap();
}

fn told(answer: &GetStandingResponse) -> (bool, bool, ExpertState, RegistrationStanding) {
    (answer.listed, answer.listed_throughout, answer.state(), answer.registration())
}

use ExpertState::{Draft, Listed, Paused, Unspecified};
use RegistrationStanding::{Lapsed, Unverified, Valid};

async fn an_import_of_a_past_campaign_tells_when_it_was_true_and_when_it_was_recorded(stage: &Stage) {
    let imported = "2026-11-20T10:00:00+09:00";
    stage.clock_to(imported);
    // Handed in on 2025-01-10; the operator vouches as of 2025-02-01.
    let name = stage.listed("100001").await.name;
    let then = ask(stage, &name, "2025-02-10", false).await;
    assert_eq!(told(&then), (false, false, Unspecified, Unverified), "this list did not know of anybody then");
    assert_eq!((then.verification, then.changes), (None, vec![]));

    let then = ask(stage, &name, "2025-02-10", true).await;
    assert_eq!(told(&then), (true, true, Listed, Valid));
    assert_eq!(then.verification.unwrap().verify_time, Some(wire("2025-02-01T00:00:00+09:00")));
    let change = &then.changes[0];
    assert_eq!((change.time, change.as_of), (Some(wire(imported)), Some(wire("2025-02-01T00:00:00+09:00"))));
    assert_eq!(then.changes.len(), 1);
    let before = ask(stage, &name, "2025-01-31", true).await;
    assert_eq!(told(&before), (false, false, Unspecified, Unverified));

    let today = ask(stage, &name, "2026-11-20", false).await;
    assert_eq!(told(&today), (true, false, Listed, Valid), "from ten o'clock on");
    let request = ListVerificationsRequest { name };
    let checks = stage.operator().list_verifications(request).await.unwrap().into_inner().verifications;
    assert_eq!(checks.len(), 1);
    assert_eq!(checks[0].record_time, Some(wire(imported)));
    assert_eq!(checks[0].verification.as_ref().unwrap().verified_by, "importer-1");
}

async fn a_day_is_looked_at_from_its_beginning_to_its_end(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    let mut register = stage.operator();
    // Paused for a night: the last moment of March 3 in Japan, which in UTC is the afternoon.
    stage.clock_to("2025-03-03T23:59:59+09:00");
    let request = PauseExpertRequest { name: name.clone(), reason: "出張".to_owned(), ..Default::default() };
    register.pause_expert(request).await.unwrap();
    stage.clock_to("2025-03-05T00:00:00+09:00");
    register.resume_expert(ResumeExpertRequest { name: name.clone(), ..Default::default() }).await.unwrap();
    stage.clock_to("2025-03-06T12:00:00+09:00");
    for (day, expected) in [
        ("2025-02-02", (false, false, Unspecified, Unverified)),
        ("2025-02-03", (true, false, Listed, Valid)),
        ("2025-03-02", (true, true, Listed, Valid)),
        ("2025-03-03", (true, false, Paused, Valid)),
        ("2025-03-04", (false, false, Paused, Valid)),
        ("2025-03-05", (true, true, Listed, Valid)),
        ("2025-03-06", (true, true, Listed, Valid)),
    ] {
        assert_eq!(told(&ask(stage, &name, day, false).await), expected, "{day}");
        let known = told(&ask(stage, &name, day, true).await);
        // The import of February 3 told of February 1.
        let expected = if day < "2025-02-04" { (true, true, Listed, Valid) } else { expected };
        assert_eq!(known, expected, "{day}, as known now");
    }
    let changes = ask(stage, &name, "2025-03-03", false).await.changes;
    let steps: Vec<_> = changes.iter().map(|change| (change.from(), change.to(), change.reason.as_str())).collect();
    assert_eq!(steps, [(Draft, Listed, "IN_ORDER"), (Listed, Paused, "出張")]);

    let ask_at = async |time: &str| {
        let request = GetStandingRequest { name: name.clone(), time: Some(wire(time)), ..Default::default() };
        stage.operator().get_standing(request).await.unwrap().into_inner()
    };
    let paused = ask_at("2025-03-03T23:59:59+09:00").await;
    assert_eq!(told(&paused), (false, false, Paused, Valid));
    assert_eq!(paused.changes.len(), 1);
    assert_eq!(told(&ask_at("2025-03-03T23:59:58+09:00").await), (true, true, Listed, Valid));
}

async fn a_validity_ends_though_nobody_records_it(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    verify(stage, &name, Some("2025-06-30T23:59:59+09:00")).await;
    stage.clock_to("2025-08-01T00:00:00+09:00");
    assert_eq!(told(&ask(stage, &name, "2025-06-30", false).await), (true, true, Listed, Valid), "its last day");
    let lapsed = ask(stage, &name, "2025-07-01", false).await;
    assert_eq!(told(&lapsed), (true, true, Listed, Lapsed), "nobody took it off the list, and it was listed lapsed");
    assert_eq!(lapsed.verification.unwrap().valid_until, Some(wire("2025-06-30T23:59:59+09:00")));
}

async fn what_is_recorded_later_does_not_change_what_was_known(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    stage.clock_to("2025-03-10T09:00:00+09:00");
    let before = ask(stage, &name, "2025-03-01", false).await;
    assert_eq!(told(&before), (true, true, Listed, Valid));
    // It turns out that the registration had ended in February.
    verify(stage, &name, Some("2025-02-20T23:59:59+09:00")).await;
    stage.clock_to("2025-03-12T09:00:00+09:00");
    assert_eq!(ask(stage, &name, "2025-03-01", false).await, before);
    assert_eq!(told(&ask(stage, &name, "2025-03-11", false).await), (false, false, Draft, Lapsed));
    // An import that vouches for a day before the check changes nothing either.
    let older = Submission::again("100001", "2", "2025-01-11T10:00:00+09:00").vouched("2025-03-01T00:00:00+09:00");
    stage.submit(&older).await;
    let request = ListVerificationsRequest { name: name.clone() };
    let checks = stage.operator().list_verifications(request).await.unwrap().into_inner().verifications;
    let recorded: Vec<_> = checks.iter().map(|check| check.record_time).collect();
    assert_eq!(recorded, [Some(wire(NOW)), Some(wire("2025-03-10T09:00:00+09:00"))]);
}

async fn who_may_ask_and_what_they_are_told(stage: &Stage) {
    let name = stage.listed("000123").await.name;
    let other = stage.listed("000124").await.name;
    let request = PauseExpertRequest { name: name.clone(), reason: "家庭の事情".to_owned(), ..Default::default() };
    stage.operator().pause_expert(request).await.unwrap();
    let by_number = |number: &str| GetStandingRequest {
        registration_number: number.to_owned(),
        day: "2025-02-03".to_owned(),
        ..Default::default()
    };
    let mut own = Caller::new("expert-1", [Role::Expert]);
    own.owns.insert(name.clone());
    let client = |caller: &Caller| expert_registry_client::ExpertRegistryClient::new(stage.client(caller));
    let answer = client(&own).get_standing(by_number("第１２３号")).await.unwrap().into_inner();
    assert_eq!((answer.name.as_str(), answer.changes.last().unwrap().reason.as_str()), (name.as_str(), "家庭の事情"));
    // Others' numbers tell nothing, not even whether there is anybody.
    for number in ["124", "999999"] {
        let refused = client(&own).get_standing(by_number(number)).await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "NOT_OWN"), "{number}");
    }
    let request = ListVerificationsRequest { name: other };
    assert_eq!(reason_of(&client(&own).list_verifications(request).await.unwrap_err()), "NOT_OWN");

    let counsellor = Caller::new("counsellor-1", [Role::Counsellor]);
    let answer = client(&counsellor).get_standing(by_number("123")).await.unwrap().into_inner();
    assert_eq!(answer.changes.last().unwrap().reason, "PAUSE_REQUESTED", "that, and no words");
    let nobody = client(&counsellor).get_standing(by_number("999999")).await.unwrap_err();
    assert_eq!((nobody.code(), reason_of(&nobody).as_str()), (Code::NotFound, "EXPERT_NOT_FOUND"));
}

async fn every_fault_is_named_at_once(stage: &Stage) {
    let faults = async |request: GetStandingRequest| {
        let refused: Status = stage.operator().get_standing(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let mut faults = faults_of(&refused);
        faults.sort();
        faults
    };
    let pair = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    let name = "experts/x".to_owned();
    assert_eq!(faults(GetStandingRequest::default()).await, [pair("day", "REQUIRED"), pair("name", "REQUIRED")]);
    let both = GetStandingRequest {
        name: "somebody".to_owned(),
        registration_number: "x".to_owned(),
        day: "2025-02-30".to_owned(),
        time: Some(wire(NOW)),
        ..Default::default()
    };
    let expected = [
        pair("day", "BAD_DATE"),
        pair("name", "BAD_NAME"),
        pair("registration_number", "BAD_NUMBER"),
        pair("registration_number", "CONTRADICTS"),
        pair("time", "CONTRADICTS"),
    ];
    assert_eq!(faults(both).await, expected);
    let tomorrow = GetStandingRequest { name: name.clone(), day: "2025-02-04".to_owned(), ..Default::default() };
    assert_eq!(faults(tomorrow).await, [pair("day", "FUTURE")]);
    let soon = Some(wire("2025-02-03T12:00:01+09:00"));
    let soon = GetStandingRequest { name, time: soon, ..Default::default() };
    assert_eq!(faults(soon).await, [pair("time", "FUTURE")]);
    // However long ago, a day is a day.
    let (name, day) = (stage.listed("100001").await.name, "1999-12-31".to_owned());
    let asked = GetStandingRequest { name, day, ..Default::default() };
    let then = stage.operator().get_standing(asked).await.unwrap().into_inner();
    assert_eq!((then.listed, then.state()), (false, ExpertState::Unspecified));
}

async fn the_history_begins_with_what_an_earlier_release_kept(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    stage.clock_to("2025-03-10T09:00:00+09:00");
    stage.submit(&Submission::complete("100002")).await;
    let unchecked = Submission::complete("100003").unvouched();
    stage.submit(&unchecked).await;
    let request = ConfirmExpertRequest { name: name.clone(), ..Default::default() };
    stage.operator().confirm_expert(request).await.unwrap();
    let (before, known) = (ask(stage, &name, "2025-02-10", false).await, ask(stage, &name, "2025-02-02", true).await);
    assert_eq!((before.registration(), known.listed), (Valid, true));
    // As the tables were before the history was kept.
    stage.sql("DELETE FROM registration_check").await;
    stage.sql("UPDATE state_change SET as_of = NULL").await;
    assert_eq!(ask(stage, &name, "2025-02-10", false).await.registration(), Unverified);
    stage.replica(Review::Off).await.end().await;
    assert_eq!(ask(stage, &name, "2025-02-10", false).await, before);
    assert_eq!(ask(stage, &name, "2025-02-02", true).await, known);
    // Nothing is kept twice.
    stage.replica(Review::Off).await.end().await;
    let request = ListVerificationsRequest { name };
    let checks = stage.operator().list_verifications(request).await.unwrap().into_inner().verifications;
    assert_eq!(checks.len(), 1);
}

/// Whoever loses the number is not vouched for by what was checked of somebody else.
async fn a_check_falls_away_with_the_number(stage: &Stage) {
    let lost = stage.listed("100001").await;
    let checked = ask(stage, &lost.name, "2025-02-03", false).await;
    assert_eq!(checked.registration(), Valid);
    stage.clock.set(at("2025-02-10T09:00:00+09:00"));
    decide(stage, "100001", DisputeDecision::TakeOver).await;
    stage.clock.set(at("2025-02-20T09:00:00+09:00"));
    for (day, known, stood) in [
        ("2025-02-03", false, Valid),
        ("2025-02-10", false, Unverified),
        ("2025-02-15", false, Unverified),
        ("2025-02-03", true, Unverified),
        ("2025-02-15", true, Unverified),
    ] {
        let said = ask(stage, &lost.name, day, known).await;
        assert_eq!((said.registration(), said.verification.is_some()), (stood, stood == Valid), "{day} {known}");
    }
    // Nor by what is found under that number since.
    verify(stage, &lost.name, None).await;
    assert_eq!(ask(stage, &lost.name, "2025-02-20", true).await.registration(), Unverified);
    let request = ListVerificationsRequest { name: lost.name };
    let checks = stage.operator().list_verifications(request).await.unwrap().into_inner().verifications;
    assert_eq!(checks.len(), 1, "what was found of the other one stays on record");
}

async fn a_merged_entry_says_where_the_person_is_found(stage: &Stage) {
    let (one, two) = (stage.listed("100001").await, stage.listed("100002").await);
    merge(stage, "100002", "100001").await;
    assert_eq!(ask(stage, &two.name, "2025-02-03", false).await.merged_into, one.name);
    assert_eq!(ask(stage, &one.name, "2025-02-03", false).await.merged_into, "");
}

// --- against a naive model -------------------------------------------------------------------------------------------

/// What somebody wrote down after each thing that happened.
#[derive(Clone, Debug, Default)]
struct Diary {
    /// When, since when it holds, and which state.
    states: Vec<(Timestamp, Timestamp, ExpertState)>,
    /// When, and what was found.
    checks: Vec<(Timestamp, Verification)>,
}

impl Diary {
    fn note(&mut self, now: Timestamp, tells_of: Option<Timestamp>, state: ExpertState, check: Option<&Verification>) {
        if self.states.last().map(|last| last.2) != Some(state) {
            self.states.push((now, tells_of.unwrap_or(now).min(now), state));
        }
        if let Some(check) = check.filter(|check| self.checks.last().map(|last| &last.1) != Some(*check)) {
            self.checks.push((now, check.clone()));
        }
    }

    /// Reads the diary up to the first line that was written later.
    fn state(&self, at: Timestamp, view: View) -> ExpertState {
        let mut state = Unspecified;
        for (time, as_of, next) in &self.states {
            if *(if view == View::Recorded { time } else { as_of }) > at {
                break;
            }
            state = *next;
        }
        state
    }

    fn check(&self, at: Timestamp, view: View) -> Option<usize> {
        let mut found = None;
        for (place, (time, check)) in self.checks.iter().enumerate() {
            match view {
                View::Recorded if *time > at => break,
                View::KnownNow if check.verify_time > at => {}
                _ => found = Some(place),
            }
        }
        found
    }

    fn registration(&self, at: Timestamp, valid_at: Timestamp, view: View) -> Registration {
        match self.check(at, view).map(|place| self.checks[place].1.valid_until) {
            None => Registration::Unverified,
            Some(Some(until)) if until < valid_at => Registration::Lapsed,
            Some(_) => Registration::Valid,
        }
    }

    /// Looks at every moment of the span at which anything may have changed.
    fn says(&self, asked: Asked, view: View, now: Timestamp) -> (bool, bool, ExpertState, Registration, Option<usize>) {
        let (first, last) = match asked {
            Asked::Moment(at) => (at, at),
            Asked::Day(day) => {
                let next = JapanDay::from_number(day.number() + 1).start().micros();
                (day.start(), Timestamp::from_micros(next - 1).min(now))
            }
        };
        let valid_at = match asked {
            Asked::Moment(at) => at,
            Asked::Day(_) if last == now => now,
            Asked::Day(_) => Timestamp::from_micros(last.micros() + 1 - 1_000_000).min(now),
        };
        let moments = self.states.iter().flat_map(|(time, as_of, _)| [*time, *as_of]);
        let moments = moments.chain([first, last]).filter(|at| (first..=last).contains(at));
        let seen: Vec<bool> = moments.map(|at| self.state(at, view) == Listed).collect();
        (
            seen.contains(&true),
            !seen.contains(&false),
            self.state(last, view),
            self.registration(last, valid_at, view),
            self.check(last, view),
        )
    }
}

fn ask_somewhere() -> impl Strategy<Value = (bool, i64, bool)> {
    (any::<bool>(), -5_000_i64..=1_000, any::<bool>())
}

/// A moment or day somewhere around a history that ends now: thousandths of its length before its end.
fn asked(day: bool, part: i64, begin: Timestamp, now: Timestamp) -> Asked {
    let length = (now.micros() - begin.micros()).max(DAY);
    let at = Timestamp::from_micros(now.micros() - length * part.rem_euclid(1_200) / 1_000);
    if day { Asked::Day(at.japan_day()) } else { Asked::Moment(at) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..Default::default() })]
    #[test]
    fn a_standing_is_what_a_diary_of_the_commands_says(
        deeds in prop::collection::vec((deed(), -40_i64..200, -30_i64..400), 1..40),
        questions in prop::collection::vec(ask_somewhere(), 1..12),
    ) {
        let begin = at(NOW);
        let mut now = begin;
        let mut latest = now;
        let enter = Command::Edit(Profile::default(), vec![]);
        let moment = |now| Moment { now, actor: "somebody" };
        let (mut expert, entered) = domain::Expert::enter("e", "000001", enter, &moment(now)).unwrap();
        let mut diary = Diary::default();
        let (mut steps, mut checks) = (Vec::new(), Vec::new());
        steps.extend(entered.steps.iter().map(|step| Step { to: step.to, time: now, as_of: now }));
        diary.note(now, None, expert.state.stage(), None);
        for (count, (deed, hours, days_back)) in deeds.iter().enumerate() {
            // The clock goes on, and sometimes back: another replica's runs behind.
            now = Timestamp::from_micros(now.micros() + hours * DAY / 24);
            if let Deed::Wait(days) = deed {
                now = Timestamp::from_micros(now.micros() + days * DAY);
            }
            latest = latest.max(now);
            let Some(mut command) = command(deed, now, count) else { continue };
            let mut tells_of = None;
            match &mut command {
                Command::Respond(response) if response.source == ConsentSource::Import => {
                    // An operator imports what was handed in and vouched for some days ago, in either order.
                    let before = |days: i64| Timestamp::from_micros(now.micros() - days * DAY);
                    let (as_of, handed_in) = (before(*days_back), before(count as i64 * 17 % 90));
                    response.vouching.as_mut().unwrap().verify_time = as_of;
                    response.submit_time = handed_in;
                    tells_of = Some(as_of.max(handed_in));
                }
                Command::Review(as_of, _) => {
                    *as_of = Timestamp::from_micros(now.micros() - days_back * DAY);
                    tells_of = Some(*as_of);
                }
                _ => {}
            }
            let before = expert.verification.clone();
            let Ok(change) = expert.obey(command, &moment(now)) else { continue };
            // Who withdrew and is struck off steps from delisted to delisted.
            if !change.steps.is_empty() {
                diary.states.push((now, tells_of.unwrap_or(now).min(now), expert.state.stage()));
            }
            let as_of = change.as_of.unwrap_or(now);
            steps.extend(change.steps.iter().map(|step| Step { to: step.to, time: now, as_of }));
            if expert.verification != before {
                checks.push(Check { verification: expert.verification.clone(), record_time: now });
            }
            diary.note(now, tells_of, expert.state.stage(), expert.verification.as_ref());
        }
        for (day, part, known_now) in questions {
            let asked = asked(day, part, begin, latest);
            let view = if known_now { View::KnownNow } else { View::Recorded };
            let Standing { listed, listed_throughout, state, registration, check, .. } =
                standing(&steps, &checks, asked, view, latest);
            let says = diary.says(asked, view, latest);
            prop_assert_eq!((listed, listed_throughout, state, registration, check), says,
                "{:?} {:?} of {:?} {:?}", asked, view, steps, diary);
        }
    }
}

async fn the_service_remembers_random_histories(stage: &Stage) {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec((deed(), 0_i64..100), 5..20);
    for case in 1..=8 {
        let deeds = histories.new_tree(&mut runner).unwrap().current();
        let number = format!("{case:06}");
        let begin = stage.clock.now();
        let person =
            ExpertPerson { registration_number: number.clone(), full_name: "見本".to_owned(), ..Default::default() };
        let expert = Some(Expert { person: Some(person), ..Default::default() });
        let request = CreateExpertRequest { expert, ..Default::default() };
        let name = stage.operator().create_expert(request).await.unwrap().into_inner().expert.unwrap().name;
        let mut diary = Diary::default();
        for (count, (deed, hours)) in deeds.iter().enumerate() {
            let now = stage.clock.now();
            let expert = stage.get(&name).await;
            // Everything that these commands tell of is the moment at which they are carried out.
            diary.note(now, None, expert.state(), expert.verification.as_ref().map(read).as_ref());
            let days = if let Deed::Wait(days) = deed { *days } else { 0 };
            stage.clock.set(Timestamp::from_micros(now.micros() + hours * DAY / 24 + days * DAY + 1));
            // One that is refused leaves nothing.
            drop(carry_out(stage, deed, &name, &number, count).await);
        }
        let (now, mut questions) = (stage.clock.now(), TestRunner::deterministic());
        let expert = stage.get(&name).await;
        diary.note(now, None, expert.state(), expert.verification.as_ref().map(read).as_ref());
        for _ in 0..12 {
            let (day, part, _) = ask_somewhere().new_tree(&mut questions).unwrap().current();
            let asked = asked(day, part, begin, now);
            let (day, time) = match asked {
                Asked::Day(day) => (day.start().to_string()[..10].to_owned(), None),
                Asked::Moment(at) => (String::new(), Some(wire_time(at))),
            };
            let request = GetStandingRequest { name: name.clone(), day, time, ..Default::default() };
            let answer = stage.operator().get_standing(request).await.unwrap().into_inner();
            let (listed, throughout, state, registration, _) = diary.says(asked, View::Recorded, now);
            let registration = match registration {
                Registration::Unverified => Unverified,
                Registration::Valid => Valid,
                Registration::Lapsed => Lapsed,
            };
            assert_eq!(told(&answer), (listed, throughout, state, registration), "{asked:?} of {deeds:?}");
        }
    }
}

fn read(told: &contract::registry::v1::Verification) -> Verification {
    Verification {
        source: told.source.clone(),
        verified_by: told.verified_by.clone(),
        verify_time: kit_log::clock_time(told.verify_time.as_ref().unwrap()),
        valid_until: told.valid_until.as_ref().map(kit_log::clock_time),
    }
}
