//! Numbers of a workbook as a spreadsheet shows them: codes without a fraction, days and times by the calendar.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::styles::Shown;

/// The last day a workbook can show, 9999-12-31, in days from 1900.
const LAST_DAY: f64 = 2_958_465.0;
/// From 1900-01-01 to 1904-01-01, as workbooks count.
const TO_1904: f64 = 1_462.0;
const SECONDS: f64 = 86_400.0;

/// The text of a number; nothing for what is no number, or not the date it should be.
pub(crate) fn shown(stored: &str, shown: Shown, from_1904: bool) -> Option<String> {
    let value: f64 = stored.trim().parse().ok().filter(|value: &f64| value.is_finite())?;
    match shown {
        Shown::Number => Some(plain(value)),
        Shown::Elapsed => elapsed(value),
        Shown::Date | Shown::DateTime | Shown::Time => moment(value, shown, from_1904),
    }
}

/// To 15 digits, which is what spreadsheets show of the 17 they store.
fn plain(value: f64) -> String {
    let value = format!("{value:.14e}").parse().unwrap_or(value);
    // Also for a negative zero.
    if value == 0.0 { "0".to_owned() } else { value.to_string() }
}

fn clock(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 { format!("{hours}:{minutes:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

fn elapsed(days: f64) -> Option<String> {
    (0.0..=LAST_DAY).contains(&days).then(|| clock((days * SECONDS).round() as i64))
}

fn moment(value: f64, shown: Shown, from_1904: bool) -> Option<String> {
    if value < 0.0 || value >= LAST_DAY + 1.0 {
        return None;
    }
    if shown == Shown::Time && value < 1.0 {
        return Some(clock((value * SECONDS).round() as i64 % SECONDS as i64));
    }
    let all = ((if from_1904 { value + TO_1904 } else { value }) * SECONDS).round() as i64;
    let (days, seconds) = (all / SECONDS as i64, all % SECONDS as i64);
    let day = day(days)?;
    let day = format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
    if shown == Shown::Date && seconds == 0 {
        return Some(day);
    }
    Some(format!("{day} {:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60))
}

/// The calendar of 1900 has a 29 February that never was, day 60; days before it are counted from one day later.
fn day(number: i64) -> Option<Date> {
    let begin = match number {
        1..=59 => date(1899, 12, 31),
        61.. => date(1899, 12, 30),
        _ => return None,
    };
    begin.checked_add(number.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_a_spreadsheet_shows_them() {
        let cases = [
            ("1", "1"),
            ("1.0", "1"),
            ("12345", "12345"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0.30000000000000004", "0.3"),
            ("1.5", "1.5"),
            ("1e5", "100000"),
            ("123456789012", "123456789012"),
            ("-2.5E-3", "-0.0025"),
        ];
        for (stored, told) in cases {
            assert_eq!(shown(stored, Shown::Number, false).as_deref(), Some(told), "{stored}");
        }
        for bad in ["", "NaN", "inf", "1e999", "abc", "1,5"] {
            assert_eq!(shown(bad, Shown::Number, false), None, "{bad}");
        }
    }

    /// Day numbers as the documentation of Excel gives them: 1 is 1900-01-01, 39448 is 2008-01-01; a workbook from 1904
    /// is 1,462 days behind.
    #[test]
    fn days_are_counted_from_1900_or_1904() {
        let day = |stored, from_1904| shown(stored, Shown::Date, from_1904);
        assert_eq!(day("1", false).as_deref(), Some("1900-01-01"));
        assert_eq!(day("59", false).as_deref(), Some("1900-02-28"));
        assert_eq!(day("60", false), None, "29 February 1900");
        assert_eq!(day("61", false).as_deref(), Some("1900-03-01"));
        assert_eq!(day("39448", false).as_deref(), Some("2008-01-01"));
        assert_eq!(day("37986", true).as_deref(), Some("2008-01-01"));
        assert_eq!(day("0", true).as_deref(), Some("1904-01-01"));
        assert_eq!(day("0", false), None);
        assert_eq!(day("-1", false), None);
        assert_eq!(day("2958465", false).as_deref(), Some("9999-12-31"));
        assert_eq!(day("2958466", false), None);
        assert_eq!(day("39448.5", false).as_deref(), Some("2008-01-01 12:00:00"));
        assert_eq!(shown("39448", Shown::DateTime, false).as_deref(), Some("2008-01-01 00:00:00"));
        assert_eq!(shown("39447.9999999", Shown::DateTime, false).as_deref(), Some("2008-01-01 00:00:00"));
        assert_eq!(shown("0.618055555555556", Shown::Time, false).as_deref(), Some("14:50"));
        assert_eq!(shown("1.25", Shown::Elapsed, false).as_deref(), Some("30:00"));
    }
}
