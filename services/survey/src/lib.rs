//! The survey service: forms, responses to them, and the ratings that follow.

pub mod domain;
