//! The rules of the survey: pure, without async, storage, calls, clock or randomness.

pub mod answers;
