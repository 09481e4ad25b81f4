//! How a service of this workspace meets the network: a gRPC server with limits, deadlines and permissions, the client
//! that calls it, errors that name every fault, and a shutdown that loses nothing.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use kit_serve::{Lifecycle, Limits, Server, Trust};
//!
//! let lifecycle = Lifecycle::new();
//! lifecycle.on_signals()?;
//! let server = Server::new(Limits::default(), Trust::Near); // .add_service(SurveyResponsesServer::new(…))
//! let listener = kit_serve::bind("127.0.0.1:0").await?; // only now: whoever finds the port open is served
//! server.serve([listener.into()], &lifecycle).await?;
//! let outcome = lifecycle.finished().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod call;
mod caller;
mod client;
mod deadline;
pub mod fault;
mod health;
#[cfg(feature = "hostile")]
pub mod hostile;
mod incoming;
mod lifecycle;
pub mod page;
mod server;
mod tail;

pub use caller::{Caller, Malformed, Trust};
pub use client::{Client, Error as ClientError};
/// What a caller is, as the contract names it.
pub use contract::options::v1::Role;
pub use deadline::deadline;
pub use fault::Fault;
pub use health::Health;
pub use incoming::{Incoming, bind, in_process};
pub use lifecycle::{Lifecycle, Outcome};
pub use server::{Error, Limits, Server};

/// Largest message in either direction, 4 MiB. The limit belongs to each generated service and client, so each sets it:
/// `SurveyResponsesServer::new(…).max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES)`.
/// A larger request is refused before the handler runs: RESOURCE_EXHAUSTED, reason `MESSAGE_TOO_LARGE`.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
