//! A moment that a rule names: so long after something, at such a time of day. Days are days in Japan.

use kit_clock::{JapanDay, Timestamp};
use serde::Deserialize;

const MICROS_A_MINUTE: i64 = 60_000_000;
const MICROS_A_DAY: i64 = 24 * 60 * MICROS_A_MINUTE;

/// A moment, reckoned from another one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// The name of the time it is reckoned from.
    pub at: String,
    /// Calendar months after it; negative before it.
    #[serde(default)]
    months: i32,
    /// Days after it; negative before it.
    #[serde(default)]
    days: i64,
    /// The time of day in Japan, `00:00` to `24:00` (the end of the day); the same time of day when absent.
    #[serde(default)]
    clock: Option<TimeOfDay>,
}

/// Minutes of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct TimeOfDay(i64);

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once(':').filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2);
        let read = parts.and_then(|(hours, minutes)| Some((hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?)));
        match read {
            Some((hours @ 0..=23, minutes @ 0..=59)) => Ok(Self(hours * 60 + minutes)),
            Some((24, 0)) => Ok(Self(24 * 60)),
            _ => Err(format!("{text} is no time of day, such as 09:00 or 24:00")),
        }
    }
}

impl Moment {
    /// The moment, when the time it is reckoned from is known.
    fn of(&self, times: &impl Fn(&str) -> Option<Timestamp>) -> Option<Timestamp> {
        let from = times(&self.at)?.plus_months(self.months);
        Some(match self.clock {
            Some(TimeOfDay(minutes)) => {
                let day = JapanDay::from_number(from.japan_day().number().saturating_add(self.days));
                Timestamp::from_micros(day.start().micros() + minutes * MICROS_A_MINUTE)
            }
            None => Timestamp::from_micros(from.micros().saturating_add(self.days * MICROS_A_DAY)),
        })
    }
}

/// The first of several whose time is known.
pub fn first(moments: &[Moment], times: &impl Fn(&str) -> Option<Timestamp>) -> Option<Timestamp> {
    moments.iter().find_map(|moment| moment.of(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(json: &str) -> Moment {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn days_and_times_of_day_are_those_of_japan() {
        let start: Timestamp = "2024-10-08T23:30:00+09:00".parse().unwrap();
        let times = |name: &str| (name == "start").then_some(start);
        let says = |json: &str| first(&[moment(json)], &times).map(|at| at.to_string());
        assert_eq!(says(r#"{"at": "start"}"#).unwrap(), "2024-10-08T23:30:00+09:00");
        assert_eq!(says(r#"{"at": "start", "days": 7}"#).unwrap(), "2024-10-15T23:30:00+09:00");
        let text = r#"{"at": "start", "days": 7, "clock": "24:00"}"#;
        assert_eq!(says(text).unwrap(), "2024-10-16T00:00:00+09:00");
        let text = r#"{"at": "start", "days": -1, "clock": "09:00"}"#;
        assert_eq!(says(text).unwrap(), "2024-10-07T09:00:00+09:00");
        let text = r#"{"at": "start", "months": 12, "days": -30, "clock": "09:00"}"#;
        assert_eq!(says(text).unwrap(), "2025-09-08T09:00:00+09:00");
        assert_eq!(says(r#"{"at": "end"}"#), None);
        let both = [moment(r#"{"at": "end"}"#), moment(r#"{"at": "start"}"#)];
        assert_eq!(first(&both, &times), Some(start), "the first that is known");
    }

    #[test]
    fn a_time_of_day_that_is_none_is_refused() {
        for bad in ["9:00", "24:01", "25:00", "noon", "09:60", "-1:00"] {
            let json = format!(r#"{{"at": "start", "clock": "{bad}"}}"#);
            assert!(serde_json::from_str::<Moment>(&json).is_err(), "{bad}");
        }
    }
}
