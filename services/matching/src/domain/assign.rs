//! The best assignment for everyone at once.
