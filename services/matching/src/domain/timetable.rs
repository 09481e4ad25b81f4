//! The timetable of a consultation event (相談会): who sits with whom, in which round, at which booth.
//!
//! [`Event`] says what there is, [`check()`] names everything wrong with it, [`plan()`] makes the best timetable,
//! [`replan`] the best one on the day that changes least. [`sheets`] lists its rows, which
//! [`html`] and [`csv`] print; [`calendar`] puts them into calendars, [`reminders`] says who is to be reminded.

mod booths;
pub mod calendar;
mod check;
pub mod csv;
mod day;
mod event;
mod flow;
pub mod html;
mod infeasible;
mod plan;
mod problem;
mod relax;
pub mod reminders;
mod search;
pub mod sheets;
pub mod words;

pub use check::{Fault, Reason, check};
pub use day::{Absence, Change, Day, Freed, Replanned, replan};
pub use event::{Applicant, Event, Fixed, Pair, Present, Round};
pub use infeasible::{Constraint, Infeasible, Obstacle};
pub use plan::{Mode, NoTimetable, Seat, Short, Timetable, Waiting, WaitingFor, plan};
