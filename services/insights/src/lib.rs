//! Reports, recomputed from events alone.

pub mod published;

/// The service's name in logs, health and tokens.
pub const SERVICE: &str = "insights";
