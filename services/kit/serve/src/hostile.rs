//! Ways in for `tests/fuzz`.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::caller::{Caller, Malformed, Trust};
use crate::deadline;
use crate::incoming::Peer;

/// Who calls, by these headers; from this process, or from elsewhere.
///
/// # Errors
/// When the headers do not read.
pub fn caller(headers: &HeaderMap, near: bool, trust: Trust) -> Result<Caller, Malformed> {
    let peer = if near { Peer::InProcess } else { Peer::Tcp(None) };
    Caller::from_call(Some(&peer), headers, trust)
}

/// A caller as headers.
///
/// # Errors
/// When the caller cannot be said in headers.
pub fn headers(caller: &Caller) -> Result<HeaderMap, Malformed> {
    caller.to_headers()
}

/// The time a call is given; nothing when it names none.
///
/// # Errors
/// When the header does not read.
#[expect(clippy::result_unit_err, reason = "there is one way to be wrong")]
pub fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, ()> {
    deadline::asked(headers)
}

/// The same as a header.
pub fn timeout_header(timeout: Duration) -> HeaderValue {
    deadline::header(timeout)
}
