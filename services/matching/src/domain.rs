//! The rules: pure types and functions, without clock, randomness, database or wire.

pub mod assign;
pub mod candidates;
pub mod check;
pub mod event;
pub mod fault;
pub mod moment;
pub mod programme;
pub mod refused;
pub mod region;
pub mod request;
pub mod timetable;
