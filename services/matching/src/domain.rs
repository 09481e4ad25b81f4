//! The rules: pure types and functions, without clock, randomness, database or wire.

pub mod assign;
pub mod batch;
pub mod candidates;
pub mod check;
pub mod contacts;
pub mod duty;
pub mod event;
pub mod fault;
pub mod incident;
pub mod moment;
pub mod persons;
pub mod programme;
pub mod proposal;
pub mod refused;
pub mod region;
pub mod request;
pub mod timetable;
