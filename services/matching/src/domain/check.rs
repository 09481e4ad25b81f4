//! What matching alone reads of a request, beside what [`kit_vocabulary::Check`] reads for every service.

use contract::engagement::v1::Region;
use kit_clock::Timestamp;
use prost_types::Timestamp as WireTime;

pub use super::fault::Check;
use super::fault::{Fault, Reason};
use super::programme::{Programme, Settings};
use super::region::region_meant;

/// Longest words of who asks.
const WORDS: usize = 500;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

impl Check {
    /// Why somebody asks.
    pub fn words(&mut self, given: &str) -> String {
        self.text("reason", given, WORDS, true)
    }

    /// A programme.
    pub fn programme<'s>(&mut self, settings: &'s Settings, id: &str) -> Option<&'s Programme> {
        let found = settings.programme(id);
        if found.is_none() {
            self.unknown("programme", id);
        }
        found
    }

    /// A region, however it is spelt.
    pub fn region(&mut self, given: &str) -> Region {
        region_meant(given).unwrap_or_else(|| {
            self.unknown("region", given.trim());
            Region::default()
        })
    }

    /// A moment ahead, at most so many days.
    pub fn ahead(&mut self, field: &str, given: &WireTime, now: Timestamp, max_days: i64) -> Timestamp {
        let time = Timestamp::from_parts(given.seconds, given.nanos);
        if time <= now {
            self.fault(field, Reason::InThePast);
        } else if time.micros().saturating_sub(now.micros()) > max_days.saturating_mul(DAY) {
            self.faults.push(Fault::new(field, Reason::TooFarAhead).with("max", max_days));
        }
        time
    }

    /// A day in Japan such as `2025-01-31`, or nothing.
    pub fn day(&mut self, field: &str, given: &str) -> String {
        if !given.is_empty() && given.parse::<jiff::civil::Date>().is_err() {
            self.fault(field, Reason::BadDay);
        }
        given.to_owned()
    }
}
