//! Duties: who is on call, for which prefectures, and when.

use contract::matching::v1::Duty;
use kit_clock::Timestamp;
use kit_vocabulary::prefectures;

use super::check::Check;
use super::fault::{Fault, Reason};
use super::moment::read;

/// Longest duty in days.
const DAYS: i64 = 31;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Who is asked first, and last.
const TURNS: (i64, i64) = (1, 100);
/// Prefectures there are.
const PREFECTURES: usize = 47;

/// Reads a duty that is to be set, with every fault.
pub fn check_duty(check: &mut Check, given: &Duty, now: Timestamp) {
    check.name("duty.expert", "experts", &given.expert);
    check.codes("duty.prefectures", prefectures(), &given.prefectures, ..=PREFECTURES);
    check.needed("duty.start_time", given.start_time.is_none());
    check.needed("duty.end_time", given.end_time.is_none());
    if given.start_time.is_some() && given.end_time.is_some() {
        let (start, end) = (read(given.start_time.as_ref()), read(given.end_time.as_ref()));
        if end <= start {
            check.fault("duty.end_time", Reason::EndsBeforeStart);
        } else if end.micros().saturating_sub(start.micros()) > DAYS * DAY {
            check.faults.push(Fault::new("duty.end_time", Reason::TooLongADuty).with("max", DAYS));
        } else if end <= now {
            check.fault("duty.end_time", Reason::InThePast);
        }
    }
    check.between("duty.turn", i64::from(given.turn), TURNS);
}

/// Whether two duties of one expert share a moment and a prefecture.
pub fn overlap(one: &Duty, other: &Duty) -> bool {
    let (start, end) = (|duty: &Duty| read(duty.start_time.as_ref()), |duty: &Duty| read(duty.end_time.as_ref()));
    let in_time = start(one) < end(other) && start(other) < end(one);
    let everywhere = one.prefectures.is_empty() || other.prefectures.is_empty();
    in_time && (everywhere || one.prefectures.iter().any(|code| other.prefectures.contains(code)))
}
