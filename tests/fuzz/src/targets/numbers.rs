//! What people write for numbers, names and moments.

use kit_clock::{JapanDay, Timestamp};
use kit_vocabulary::{corporate_number, fold, key, registration_number};

use crate::bytes::{Bytes, text};

pub(super) const WORDS: &[&str] =
    &["第", "号", "０", "９", "　", "-", "T", "Z", "+09:00", "[Asia/Tokyo]", "2024-", ".999999999", "ー", "ゞ", "ﾞ"];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        "第012345号",
        "１２３４５６",
        "7123456789012",
        "7-1234-5678-9012",
        "2025-02-03T23:59:59+09:00",
        "2025-02-03T23:59:59.123456789Z",
        "-009999-01-02T01:59:59Z",
        "9999-12-30T22:00:00-00:00",
        "株式会社ＡＢＣ",
        "ﾔﾏﾀﾞ ﾀﾛｳ",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

/// What was read is in its normal form: read again it is the same. Moments survive being written, days contain themselves.
pub(super) fn read(bytes: &[u8]) {
    moments(&mut Bytes(bytes));
    let Some(text) = text(bytes) else { return };
    if let Ok(number) = registration_number(text) {
        assert!(number.len() == 6 && number.bytes().all(|digit| digit.is_ascii_digit()), "{number:?}");
        assert_eq!(registration_number(&number).as_ref(), Ok(&number));
    }
    if let Ok(number) = corporate_number(text) {
        assert!(number.len() == 13 && number.bytes().all(|digit| digit.is_ascii_digit()), "{number:?}");
        assert_eq!(corporate_number(&number).as_ref(), Ok(&number));
    }
    let (label, name) = (key(text), fold(text));
    assert_eq!((key(&label), fold(&name)), (label, name));
    if let Ok(at) = text.parse::<Timestamp>() {
        assert_eq!(at.to_string().parse(), Ok(at), "{at}");
    }
    for list in kit_vocabulary::lists() {
        if let Some(code) = list.find(text) {
            assert_eq!(list.find(&code.code).map(|found| &found.code), Some(&code.code), "{}", list.name());
        }
    }
}

fn moments(bytes: &mut Bytes<'_>) {
    let (micros, seconds, nanos) = (bytes.number(), bytes.number(), bytes.number() as i32);
    let at = Timestamp::from_micros(micros);
    let (whole, rest) = at.parts();
    assert_eq!(Timestamp::from_parts(whole, rest), at);
    for at in [at, Timestamp::from_parts(seconds, nanos)] {
        let day = at.japan_day();
        assert_eq!(JapanDay::from_number(day.number()), day);
        assert!(day.start() <= at, "{at} is before its day begins");
        assert!(at.to_string().parse::<Timestamp>().is_ok_and(|read| read == at) || at.to_string().ends_with("µs"));
        let _ = at.plus_months(nanos);
    }
    // A day may come from a request as well as from a moment.
    let _ = JapanDay::from_number(micros).start();
}
