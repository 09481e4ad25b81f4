//! Deadlines: read from `grpc-timeout`, given to handlers, and passed on to the calls that handlers make.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

tokio::task_local! {
    /// Of the call whose handler runs here; our client gives its own calls no more time than that.
    pub(crate) static CURRENT: Option<Instant>;
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

/// When the caller stops waiting, or `None` when it waits for ever. Our [`crate::Client`] passes it on by itself.
pub fn deadline<T>(request: &tonic::Request<T>) -> Option<Instant> {
    request.extensions().get().map(|&Deadline(at)| at)
}

/// The timeout a client asks for: `None` when it asks for none, `Err` when the header does not read.
pub(crate) fn asked(headers: &HeaderMap) -> Result<Option<Duration>, ()> {
    headers.get(GRPC_TIMEOUT).map(|value| parse(value.as_bytes()).ok_or(())).transpose()
}

/// gRPC over HTTP/2: one to eight digits and a unit.
fn parse(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let amount: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

/// The same the other way; rounds down, and eight digits of seconds are the most that is said.
pub(crate) fn header(timeout: Duration) -> HeaderValue {
    const EIGHT_DIGITS: u128 = 99_999_999;
    let text = match timeout.as_nanos() {
        nanos if nanos <= EIGHT_DIGITS => format!("{nanos}n"),
        _ if timeout.as_micros() <= EIGHT_DIGITS => format!("{}u", timeout.as_micros()),
        _ if timeout.as_millis() <= EIGHT_DIGITS => format!("{}m", timeout.as_millis()),
        _ => format!("{}S", u128::from(timeout.as_secs()).min(EIGHT_DIGITS)),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0n"))
}

/// Waits for the moment, or for ever.
pub(crate) async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_read_as_grpc_writes_them() {
        assert_eq!(parse(b"250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse(b"2H"), Some(Duration::from_secs(7200)));
        assert_eq!(parse(b"0n"), Some(Duration::ZERO));
        for bad in ["", "m", "5", "-1S", "1.5S", "123456789m", "5s", "５S"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn what_we_write_is_what_we_meant() {
        for millis in [0, 1, 30_000, 99_999, 100_000, 86_400_000] {
            let timeout = Duration::from_millis(millis);
            assert_eq!(parse(header(timeout).as_bytes()), Some(timeout));
        }
        assert_eq!(parse(header(Duration::from_nanos(99_999_990)).as_bytes()), Some(Duration::from_nanos(99_999_990)));
        assert_eq!(parse(header(Duration::MAX).as_bytes()), Some(Duration::from_secs(99_999_999)));
    }
}
