//! When a delivery by mail is tried again, and who has an address. The waits are data.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kit_clock::Timestamp;
use serde::Deserialize;

use super::address::clean;

const MICROS_A_MINUTE: i64 = 60_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waits {
    claim_minutes: i64,
    again_minutes: Vec<i64>,
}

fn waits() -> &'static Waits {
    static WAITS: OnceLock<Waits> = OnceLock::new();
    let read = || serde_json::from_str(include_str!("../../rules/delivery.json"));
    WAITS.get_or_init(|| read().expect("a test reads the waits"))
}

fn later(now: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_micros(now.micros() + minutes * MICROS_A_MINUTE)
}

/// Until when whoever took a try in hand is let finish it.
pub fn claimed_until(now: Timestamp) -> Timestamp {
    later(now, waits().claim_minutes)
}

/// When it is tried again after the try of this number, from 1; nothing when that was the last.
pub fn again(attempt: i32, now: Timestamp) -> Option<Timestamp> {
    let index = usize::try_from(attempt).ok()?.checked_sub(1)?;
    waits().again_minutes.get(index).map(|minutes| later(now, *minutes))
}

/// The addresses of a settings file: a JSON object of recipient and address.
///
/// # Errors
/// What is wrong with it; an address is never repeated.
pub fn addresses(text: &str) -> Result<BTreeMap<String, String>, String> {
    let given: BTreeMap<String, String> = serde_json::from_str(text).map_err(|error| {
        format!("not an object of recipients and addresses (line {}, column {})", error.line(), error.column())
    })?;
    let mut addresses = BTreeMap::new();
    let mut bad = Vec::new();
    for (recipient, address) in given {
        let kind = recipient.split_once('/').filter(|(_, id)| !id.is_empty()).map_or("", |(kind, _)| kind);
        match clean(&address) {
            Some(address) if super::notice::RECIPIENTS.contains(&kind) => drop(addresses.insert(recipient, address)),
            Some(_) => bad.push(format!("{recipient} is no recipient")),
            None => bad.push(format!("{recipient} has no address that is one")),
        }
    }
    if bad.is_empty() { Ok(addresses) } else { Err(bad.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end() {
        let now = Timestamp::from_micros(0);
        let waits: Vec<i64> = (1..).map_while(|attempt| again(attempt, now)).map(Timestamp::micros).collect();
        assert!(waits.len() > 3 && waits.is_sorted(), "{waits:?}");
        assert_eq!(again(0, now), None);
    }

    #[test]
    fn a_file_of_addresses_is_taken_whole_or_not() {
        let good =
            addresses(r#"{"bodies/osaka": " desk@osaka.example.jp ", "companies/c-1": "a@example.jp"}"#).unwrap();
        assert_eq!(good["bodies/osaka"], "desk@osaka.example.jp");
        let bad = addresses(r#"{"bodies/osaka": "secret at example", "people/1": "a@example.jp"}"#).unwrap_err();
        assert!(bad.contains("bodies/osaka") && bad.contains("people/1") && !bad.contains("secret"), "{bad}");
        assert!(addresses("[]").is_err());
    }
}
