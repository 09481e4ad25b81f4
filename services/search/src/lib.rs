//! search

pub mod domain;
