use proptest::prelude::*;

use super::*;

fn day(text: &str) -> JapanDay {
    read_day(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn campaign(open: &str, close: &str, reminders: &[&str]) -> Days {
    let reminders = reminders.iter().map(|text| day(text)).collect();
    Days { open: day(open), close: day(close), reminders, closed: None }
}

#[test]
fn it_runs_from_midnight_to_midnight_in_japan() {
    let days = campaign("2024-12-25", "2025-02-03", &[]);
    for (moment, state) in [
        ("2024-12-24T14:59:59.999999Z", State::Planned),
        ("2024-12-25T00:00:00+09:00", State::Open),
        ("2025-02-03T23:59:59.999999+09:00", State::Open),
        ("2025-02-03T15:00:00Z", State::Closed),
    ] {
        assert_eq!(days.state(at(moment)), state, "{moment}");
        assert_eq!(days.holds(at(moment)), state == State::Open, "{moment}");
    }
}

#[test]
fn closed_early_it_holds_nothing_from_that_moment() {
    let noon = at("2025-01-10T12:00:00+09:00");
    let days = Days { closed: Some(noon), ..campaign("2024-12-25", "2025-02-03", &["2025-01-06", "2025-01-20"]) };
    assert!(days.holds(at("2025-01-10T11:59:59+09:00")) && !days.holds(noon));
    assert_eq!(days.state(noon), State::Closed);
    assert_eq!(days.last(), day("2025-01-10"));
    assert_eq!(days.reminder_by(day("2025-01-10")), Some(day("2025-01-06")));
    assert_eq!(days.reminder_by(day("2025-01-20")), None);
    assert!(!days.overlaps(&campaign("2025-01-11", "2025-01-31", &[])));
    assert!(days.overlaps(&campaign("2025-01-10", "2025-01-31", &[])));
}

#[test]
fn a_reminder_is_due_from_its_day_until_the_next() {
    let days = campaign("2024-12-25", "2025-02-03", &["2025-01-06", "2025-01-20"]);
    for (on, due) in [
        ("2025-01-05", None),
        ("2025-01-06", Some("2025-01-06")),
        ("2025-01-19", Some("2025-01-06")),
        ("2025-01-20", Some("2025-01-20")),
        ("2025-02-03", Some("2025-01-20")),
        ("2025-02-04", None),
    ] {
        assert_eq!(days.reminder_by(day(on)), due.map(day), "{on}");
    }
}

#[test]
fn every_fault_of_the_days_is_found() {
    assert_eq!(campaign("2025-01-01", "2025-01-31", &["2025-01-01", "2025-01-31"]).faults(), []);
    let wrong = campaign("2025-02-01", "2025-01-31", &["2025-01-31", "2025-01-31"]);
    assert_eq!(wrong.faults(), [Wrong::Close, Wrong::Reminder(0), Wrong::Reminder(1)]);
    assert_eq!(campaign("2025-01-01", "2026-01-01", &[]).faults(), []);
    assert_eq!(campaign("2025-01-01", "2026-01-02", &[]).faults(), [Wrong::Close]);
    let many: Vec<String> = (1..12).map(|n| format!("2025-01-{n:02}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(campaign("2025-01-01", "2025-01-31", &many).faults(), [Wrong::Reminders]);
}

#[test]
fn the_rate_of_the_2024_campaign() {
    // Report 2.3: 221 people of about 800.
    assert_eq!(permille(221, 800), Some(276));
    assert_eq!((permille(0, 0), permille(0, 3), permille(1, 3), permille(2, 3)), (None, Some(0), Some(333), Some(667)));
    // Half a tenth goes up; more answers than people asked are said as they are.
    assert_eq!((permille(1, 2000), permille(3, 2)), (Some(1), Some(1500)));
}

#[test]
fn days_are_read_as_they_are_written() {
    for bad in ["", "2025-02-30", "2025-1-1", "2025/01/01", "1999-12-31", "２０２５-01-01", "2025-01-01T"] {
        assert_eq!(read_day(bad), None, "{bad}");
    }
}

fn any_days() -> impl Strategy<Value = Days> {
    let day = |from: i64| (from..from + 400).prop_map(JapanDay::from_number);
    (day(20_000), 0..400_i64, prop::collection::btree_set(day(20_000), 0..6), prop::option::of(0..400_i64)).prop_map(
        |(open, length, reminders, closed)| {
            let close = JapanDay::from_number(open.number() + length);
            let reminders = reminders.into_iter().filter(|day| (open..=close).contains(day)).collect();
            let closed = closed.map(|days| {
                Timestamp::from_micros(JapanDay::from_number(open.number() + days).start().micros() + 43_200_000_000)
            });
            Days { open, close, reminders, closed }
        },
    )
}

proptest! {
    /// A state is a matter of the clock alone, and goes one way.
    #[test]
    fn states_follow_one_another(days in any_days(), offsets in prop::collection::vec(-10_000_000..60_000_000_i64, 2..20)) {
        let mut moments: Vec<_> =
            offsets.iter().map(|seconds| Timestamp::from_micros(days.open.start().micros() + seconds * 1_000_000)).collect();
        moments.sort();
        let order = |state| match state { State::Planned => 0, State::Open => 1, State::Closed => 2 };
        let states: Vec<_> = moments.iter().map(|at| order(days.state(*at))).collect();
        prop_assert!(states.is_sorted());
        for at in moments {
            prop_assert_eq!(days.holds(at), days.state(at) == State::Open);
            prop_assert!(!days.holds(at) || (days.open..=days.last()).contains(&at.japan_day()));
        }
    }

    /// What two campaigns both hold, both run on.
    #[test]
    fn no_moment_is_of_two_campaigns_that_do_not_overlap(a in any_days(), b in any_days(), hours in 0..20_000_i64) {
        prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        let at = Timestamp::from_micros(JapanDay::from_number(20_000).start().micros() + hours * 3_600_000_000);
        if a.holds(at) && b.holds(at) {
            prop_assert!(a.overlaps(&b));
        }
    }

    /// A reminder that is due is one of the campaign's, not of a day to come, and no later one has come.
    #[test]
    fn the_newest_reminder_counts(days in any_days(), ahead in -5..400_i64) {
        let on = JapanDay::from_number(days.open.number() + ahead);
        let came = days.reminders.iter().filter(|day| **day <= on).count();
        match days.reminder_by(on) {
            Some(due) => prop_assert_eq!(due, days.reminders[came - 1]),
            None => prop_assert!(came == 0 || on < days.open || on > days.last()),
        }
    }

    /// A rate is never further off than half a tenth of a percent.
    #[test]
    fn a_rate_is_the_nearest(part in 0..2_000_000_i64, whole in 1..2_000_000_i64) {
        let rate = i64::from(permille(part, whole).unwrap());
        prop_assert!((rate * whole - 1000 * part).abs() * 2 <= whole);
    }

    /// A day is read as it was written.
    #[test]
    fn days_go_there_and_back(number in 10_957..47_000_i64) {
        let day = JapanDay::from_number(number);
        prop_assert_eq!(read_day(&write_day(day)), Some(day));
    }
}
