//! registry
pub mod domain;
