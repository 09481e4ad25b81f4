//! What the end-to-end tests stand on: the program in both its shapes as processes that can be stopped, killed and paused,
//! clients for its calls, the command line, made-up files, and a model that says what must come out.
//!
//! Nothing here knows the inside of a service. The model restates the rules of the domain in the plainest way; where it and
//! the program differ, one of them is wrong.

pub mod chance;
pub mod clients;
pub mod collector;
pub mod command;
pub mod deployment;
pub mod file;
pub mod generate;
pub mod model;
pub mod nats;
pub mod postgres;
pub mod process;
pub mod readback;
pub mod submission;
pub mod wait;
pub mod way;
