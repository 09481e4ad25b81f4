//! Who is reminded when: once each, one to three days before, in days of Japan.

use std::collections::BTreeSet;

use kit_clock::Timestamp;
use matching::domain::timetable::reminders::{Recipient, Reminder, Reminders};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn who(id: &str, since: &str) -> Recipient {
    Recipient { id: id.to_owned(), since: at(since) }
}

fn reminder(id: &str, days_before: u8) -> Reminder {
    Reminder { recipient: id.to_owned(), days_before }
}

const EVENT: &str = "2024-11-12T14:50:00+09:00";

#[test]
fn a_reminder_is_due_from_three_days_before_in_japan_and_once() {
    let reminders = Reminders::default();
    let all = [who("a", "2024-10-01T10:00:00+09:00")];
    let due = |now: &str, sent: &[Reminder]| reminders.due(at(EVENT), at(now), &all, &sent.iter().cloned().collect());
    assert_eq!(due("2024-11-08T23:59:59+09:00", &[]), []);
    // In London it is still the 8th.
    assert_eq!(due("2024-11-08T15:00:00Z", &[]), [reminder("a", 3)]);
    assert_eq!(due("2024-11-11T23:59:59+09:00", &[]), [reminder("a", 3)], "made up for until the day before");
    assert_eq!(due("2024-11-11T12:00:00+09:00", &[reminder("a", 3)]), []);
    assert_eq!(due("2024-11-12T00:00:00+09:00", &[]), []);
}

#[test]
fn who_applied_late_is_not_reminded_of_what_was_just_said() {
    let reminders = Reminders::new([3, 1]).unwrap();
    let all = [who("early", "2024-11-08T23:59:59+09:00"), who("late", "2024-11-09T00:00:00+09:00")];
    let due = |now: &str| reminders.due(at(EVENT), at(now), &all, &BTreeSet::new());
    assert_eq!(due("2024-11-10T09:00:00+09:00"), [reminder("early", 3)]);
    assert_eq!(due("2024-11-11T09:00:00+09:00"), [reminder("early", 1), reminder("late", 1)]);
}

#[test]
fn only_days_from_one_to_three_are_reminders() {
    assert_eq!(Reminders::new([1, 4]), Err(4));
    assert_eq!(Reminders::new([0]), Err(0));
}
