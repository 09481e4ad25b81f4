//! Time as an argument: a [`Clock`] that is passed in, [`Timestamp`] as stored, and days in Japan.
//!
//! Nothing else in the workspace may read the system clock (clippy's `disallowed-methods` enforces it), so that rules
//! about time (staleness, expiry, the daily rotation) can be tested on a clock the test owns.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A moment: microseconds since 1970-01-01T00:00:00Z, the form in which every store keeps time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A calendar day in Japan, counted from 1970-01-01 (Asia/Tokyo has had no summer time since 1951: UTC+9 all year).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JapanDay(i64);

const MICROS_A_SECOND: i64 = 1_000_000;
const MICROS_A_DAY: i64 = 86_400 * MICROS_A_SECOND;
const JAPAN_OFFSET: i64 = 9 * 3_600 * MICROS_A_SECOND;

/// The text was not an RFC 3339 moment with an offset, such as `2025-02-03T23:59:59+09:00`.
#[derive(Debug, PartialEq, Eq)]
pub struct BadTimestamp;

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// From protobuf's `Timestamp` parts; what is below a microsecond is cut off. The last or first moment for parts beyond these.
    pub const fn from_parts(seconds: i64, nanos: i32) -> Self {
        // The whole seconds of the first moments lie before the first of all.
        let micros = seconds as i128 * MICROS_A_SECOND as i128 + nanos as i128 / 1_000;
        if micros > i64::MAX as i128 {
            Self(i64::MAX)
        } else if micros < i64::MIN as i128 {
            Self(i64::MIN)
        } else {
            Self(micros as i64)
        }
    }

    /// Whole seconds and the nanoseconds left over (0 to 999,999,000), as protobuf's `Timestamp` wants them.
    pub const fn parts(self) -> (i64, i32) {
        (self.0.div_euclid(MICROS_A_SECOND), (self.0.rem_euclid(MICROS_A_SECOND) * 1_000) as i32)
    }

    /// The day in Japan on which this moment falls.
    pub const fn japan_day(self) -> JapanDay {
        JapanDay(self.0.saturating_add(JAPAN_OFFSET).div_euclid(MICROS_A_DAY))
    }

    /// The same time of day in Japan `months` calendar months later (or earlier); the day is cut to the month's length.
    /// The moment itself where that is beyond the calendar.
    pub fn plus_months(self, months: i32) -> Self {
        let Ok(at) = jiff::Timestamp::from_microsecond(self.0) else { return self };
        let japan = at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
        let later = jiff::Span::new().try_months(months).and_then(|span| japan.checked_add(span));
        later.map_or(self, |later| Self(later.timestamp().as_microsecond()))
    }
}

impl JapanDay {
    /// Days since 1970-01-01 in Japan.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// From the count of [`JapanDay::number`].
    pub const fn from_number(days: i64) -> Self {
        Self(days)
    }

    /// The moment at which the day begins (00:00 in Japan, 15:00 UTC of the day before); of a day that lies beyond all
    /// moments, the last or first of these.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(MICROS_A_DAY).saturating_sub(JAPAN_OFFSET))
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        text.parse::<jiff::Timestamp>().map(|at| Self(at.as_microsecond())).map_err(|_| BadTimestamp)
    }
}

impl fmt::Display for BadTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an RFC 3339 time with an offset, such as 2025-02-03T23:59:59+09:00")
    }
}

impl std::error::Error for BadTimestamp {}

impl fmt::Display for Timestamp {
    /// RFC 3339 in Japan time, the form shown to people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{}", at.display_with_offset(jiff::tz::offset(9))),
            Err(_) => write!(f, "{}µs", self.0),
        }
    }
}

/// Where a service reads the time. Cheap to clone.
#[derive(Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands where its owner puts it: tests, and the demonstration on a past campaign's dates.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::set`].
    pub fn standing_at(at: Timestamp) -> Self {
        Self::Set(Arc::new(AtomicI64::new(at.0)))
    }

    /// The moment it shows.
    #[allow(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Set(at) => Timestamp(at.load(Ordering::SeqCst)),
            Self::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Moves a standing clock to `at`; the system clock stays what it is.
    pub fn set(&self, at: Timestamp) {
        if let Self::Set(cell) = self {
            cell.store(at.0, Ordering::SeqCst);
        }
    }
}

/// Where a service gets the ids of new things. Cheap to clone.
///
/// Ids are random, so they never depend on the order or the time in which things happened beyond UUIDv7's prefix.
#[derive(Clone)]
pub enum Ids {
    /// UUIDv7 of the machine's time and randomness.
    Random,
    /// UUID-shaped ids counted up from 1: repeatable tests.
    Counted(Arc<AtomicI64>),
}

impl Ids {
    /// Ids counted up from 1.
    pub fn counted() -> Self {
        Self::Counted(Arc::new(AtomicI64::new(1)))
    }

    /// A new id, 36 characters of lower-case hexadecimal and hyphens.
    pub fn fresh(&self) -> String {
        match self {
            Self::Random => uuid::Uuid::now_v7().to_string(),
            Self::Counted(next) => uuid::Uuid::from_u128(next.fetch_add(1, Ordering::SeqCst) as u128).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        assert_eq!(at("2025-02-03T14:59:59Z").japan_day(), at("2025-02-03T00:00:00+09:00").japan_day());
        assert_eq!(at("2025-02-03T15:00:00Z").japan_day(), at("2025-02-04T12:00:00+09:00").japan_day());
        assert_eq!(at("2025-02-03T15:00:00Z").japan_day().start(), at("2025-02-04T00:00:00+09:00"));
        for beyond in [i64::MIN, i64::MAX] {
            assert_eq!(
                Timestamp::from_micros(beyond).japan_day().start().japan_day().start().micros().signum(),
                beyond.signum()
            );
            let _ = JapanDay::from_number(beyond).start();
        }
    }

    #[test]
    fn months_are_calendar_months_in_japan() {
        assert_eq!(at("2024-02-29T00:00:00+09:00").plus_months(12), at("2025-02-28T00:00:00+09:00"));
        for beyond in [i32::MIN, -300_000, 100_000, i32::MAX] {
            assert_eq!(at("2025-01-31T23:30:00+09:00").plus_months(beyond), at("2025-01-31T23:30:00+09:00"));
        }
        assert_eq!(at("2025-01-31T23:30:00+09:00").plus_months(1), at("2025-02-28T23:30:00+09:00"));
    }

    #[test]
    fn moments_survive_their_protobuf_parts_before_1970_too() {
        for micros in [-1, 0, 1, 1_735_084_800_123_456, -62_135_596_800_000_000, i64::MIN, i64::MIN + 1, i64::MAX] {
            let (seconds, nanos) = Timestamp::from_micros(micros).parts();
            assert_eq!(Timestamp::from_parts(seconds, nanos).micros(), micros);
        }
        assert_eq!(Timestamp::from_parts(i64::MIN, i32::MIN).micros(), i64::MIN);
        assert_eq!(Timestamp::from_parts(i64::MAX, i32::MAX).micros(), i64::MAX);
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        assert_eq!("2025-02-03T10:00:00".parse::<Timestamp>(), Err(BadTimestamp));
        assert_eq!(at("2025-02-03T10:00:00+09:00").to_string(), "2025-02-03T10:00:00+09:00");
        assert_eq!(at("2025-02-03T10:00:00.120+09:00").to_string(), "2025-02-03T10:00:00.12+09:00");
        for early in ["-009999-01-02T01:59:59Z", "0000-01-01T00:00:00+09:00", "9999-12-30T22:00:00Z"] {
            assert_eq!(at(early).to_string().parse(), Ok(at(early)), "{early}");
        }
    }

    #[test]
    fn a_standing_clock_moves_only_when_set() {
        let clock = Clock::standing_at(at("2025-02-03T10:00:00+09:00"));
        let before = clock.now();
        clock.set(at("2025-02-04T10:00:00+09:00"));
        assert_eq!(clock.now().micros() - before.micros(), MICROS_A_DAY);
    }
}
