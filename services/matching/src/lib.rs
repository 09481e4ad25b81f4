//! Matching: requests for support, consultation events with their timetables, and who is proposed to whom.

pub mod domain;
