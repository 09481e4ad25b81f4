//! Reports, recomputed from events alone.

/// The service's name in logs, health and tokens.
pub const SERVICE: &str = "insights";
