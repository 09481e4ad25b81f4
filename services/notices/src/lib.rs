//! Notices: whatever a person must learn or do.

/// The service's name in logs, tokens and envelopes.
pub const SERVICE: &str = "notices";
