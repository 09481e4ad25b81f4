//! The batch assignment beside ways that cannot be wrong: everything tried on small instances, an independent solver on
//! larger ones.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod brute;
mod instance;

mod answers;
mod change;
mod optimum;
mod oracle;
mod reasons;
