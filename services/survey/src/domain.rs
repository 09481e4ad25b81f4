//! The rules of the survey: pure, without async, storage, calls, clock or randomness.

pub mod campaign;
pub mod capability;
pub mod form;
pub mod holder;
pub mod people;
pub mod policy;
pub mod preview;
pub mod scoring;
