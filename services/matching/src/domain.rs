//! The rules: pure types and functions, without clock, randomness, database or wire.

pub mod assign;
pub mod candidates;
pub mod timetable;
