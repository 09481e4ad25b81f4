//! Timetables of consultation events: planned, made anew on the day, shown.

#![allow(clippy::unwrap_used, reason = "a test may panic, also in what it shares")]

mod best;
mod day;
mod dom;
mod faults;
mod infeasible;
mod oracle;
mod reminders;
mod shown;
mod stage;
mod study;
