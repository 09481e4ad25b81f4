//! kit-telemetry
