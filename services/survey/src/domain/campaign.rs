//! When a campaign runs, whom a day reminds, and what a figure is. Days are days in Japan.

use kit_clock::{JapanDay, Timestamp};

/// Most days from the first to the last.
pub const MOST_DAYS: i64 = 366;
/// Most reminder days.
pub const MOST_REMINDERS: usize = 10;

/// The days of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub open: JapanDay,
    /// The last as planned.
    pub close: JapanDay,
    /// Days of reminders, ascending, between the two.
    pub reminders: Vec<JapanDay>,
    /// When somebody closed it before the last day was over.
    pub closed: Option<Timestamp>,
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The first day has not come.
    Planned,
    /// It runs.
    Open,
    /// It is over.
    Closed,
}

/// What is wrong with days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The last day is before the first, or too far after it.
    Close,
    /// So many reminders are too many.
    Reminders,
    /// The reminder at this index is not after the one before, or not within the campaign.
    Reminder(usize),
}

impl Days {
    /// Everything that is wrong with them.
    pub fn faults(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        if !(0..MOST_DAYS).contains(&(self.close.number() - self.open.number())) {
            wrong.push(Wrong::Close);
        }
        if self.reminders.len() > MOST_REMINDERS {
            wrong.push(Wrong::Reminders);
        }
        for (at, day) in self.reminders.iter().enumerate() {
            let ascends = at == 0 || self.reminders[at - 1] < *day;
            if !ascends || !(self.open..=self.close).contains(day) {
                wrong.push(Wrong::Reminder(at));
            }
        }
        wrong
    }

    /// From the first moment to the one before which a response must be handed in.
    pub fn window(&self) -> (Timestamp, Timestamp) {
        let end = next(self.close).start();
        (self.open.start(), self.closed.map_or(end, |closed| closed.min(end)))
    }

    /// Whether a response handed in at this moment belongs to it.
    pub fn holds(&self, at: Timestamp) -> bool {
        let (start, end) = self.window();
        start <= at && at < end
    }

    /// Where it stands.
    pub fn state(&self, now: Timestamp) -> State {
        let (start, end) = self.window();
        if now >= end {
            State::Closed
        } else if now < start {
            State::Planned
        } else {
            State::Open
        }
    }

    /// Whether another one runs on any of its days; one that was closed early still ran on that day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.open <= other.last() && other.open <= self.last()
    }

    /// The newest reminder day that has come on this day; none outside of the campaign.
    pub fn reminder_by(&self, day: JapanDay) -> Option<JapanDay> {
        let runs = (self.open..=self.last()).contains(&day);
        self.reminders.iter().copied().filter(|reminder| runs && *reminder <= day).max()
    }

    /// The last day on which it ran.
    pub fn last(&self) -> JapanDay {
        self.closed.map_or(self.close, |closed| closed.japan_day().min(self.close))
    }
}

/// The day after.
pub const fn next(day: JapanDay) -> JapanDay {
    JapanDay::from_number(day.number() + 1)
}

/// `2025-01-31`; `None` for what is no day of this century.
pub fn read_day(text: &str) -> Option<JapanDay> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text.starts_with("20");
    shaped.then(|| format!("{text}T00:00:00+09:00").parse::<Timestamp>().ok())?.map(Timestamp::japan_day)
}

/// A day as it is read.
pub fn write_day(day: JapanDay) -> String {
    day.start().to_string().chars().take(10).collect()
}

/// A part of a whole in tenths of a percent, to the nearest; `None` of nothing.
pub fn permille(part: i64, whole: i64) -> Option<i32> {
    if whole <= 0 {
        return None;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    Some(i32::try_from((2000 * part + whole) / (2 * whole)).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests;
