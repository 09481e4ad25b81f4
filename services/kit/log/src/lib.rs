//! The event log of a service: one writer, gap-free positions, and readers that keep one cursor per producer.
//!
//! How the parts meet, from a command to its last effect:
//!
//! 1. [`Writer`] queues commands and commits them in groups ([`writer`]); each command works on a [`Unit`] and emits
//!    [`NewEvent`]s, whose personal body is sealed under that person's key ([`keys`]).
//! 2. The committed events go to a [`Carrier`]: inside the process ([`InProcess`]) or through NATS ([`Nats`]).
//! 3. A [`Follower`] keeps a [`Reader`] at the head of a producer's log: from the carrier when it is quick, from the log
//!    ([`Source`]) when something is missing. [`SqlReader`] is the reader whose effects are rows.
//! 4. [`LogService`] serves the log to other processes, [`RemoteLog`] reads it there.
//!
//! The README of this crate tells what is promised and why it holds.

mod carrier;
mod error;
mod event;
mod follow;
#[cfg(feature = "hostile")]
pub mod hostile;
mod keyring;
pub mod keys;
mod log;
mod nats;
mod reader;
mod relay;
mod rpc;
pub mod sql;
mod store;
mod unit;
pub mod writer;

pub use carrier::{Carrier, Held, InProcess};
pub use error::{Error, Result};
pub use event::{Event, NewEvent, Personal, Received, Refusal, Token, aggregate, clock_time, token_of, wire_time};
pub use follow::Follower;
pub use keyring::Keyring;
pub use keys::{Key, KeyStore, SqlKeys};
pub use log::{Log, LogConfig, LogDeps, LogTasks, ReadFrom, Source, origin_of};
pub use nats::{Nats, NatsConfig};
pub use reader::{Failed, Handler, Interest, Reader, SqlReader};
pub use rpc::{LogService, RemoteLog};
pub use store::{Cursor, Head};
pub use unit::{Origin, Request, Unit};
pub use writer::{Committed, Work, Writer};
