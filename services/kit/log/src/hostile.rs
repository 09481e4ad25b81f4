//! Ways in for `tests/fuzz`.

use async_nats::header::HeaderMap;
use contract::event::v1::Event;

use crate::{Cursor, Key, nats};

/// The key of these bytes.
pub const fn key(secret: [u8; 32]) -> Key {
    Key::of(secret)
}

/// An event as it goes to NATS: its subject, and its headers line by line.
pub fn on_the_wire(event: &Event) -> (String, Vec<(String, String)>) {
    let headers = nats::headers(event, Some(&nats::End::Event(event.id.clone())));
    let lines = headers.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    (nats::subject(event), lines.map(|(name, value)| (name.to_string(), value.to_string())).collect())
}

/// Where the event of these headers stands, as they come back from NATS.
pub fn place(headers: &[(String, String)]) -> Cursor {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (name.parse::<async_nats::HeaderName>(), value.parse::<async_nats::HeaderValue>())
        {
            map.append(name, value);
        }
    }
    nats::place(&map)
}
