//! Numbers that stand for a person or a company.

use unicode_normalization::UnicodeNormalization;

/// Digits of a registration number in its normal form.
const REGISTRATION_DIGITS: usize = 6;
/// Digits of a corporate number, check digit included.
const CORPORATE_DIGITS: usize = 13;

/// Why a text is not such a number. The message never repeats the text: it may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Nothing was given.
    #[error("no number was given")]
    Empty,
    /// Something other than digits was given.
    #[error("only digits may stand in the number")]
    Letters,
    /// There are too few digits.
    #[error("the number has too few digits")]
    TooShort,
    /// There are too many digits.
    #[error("the number has too many digits")]
    TooLong,
    /// All digits are 0.
    #[error("the number is zero")]
    Zero,
    /// The check digit does not follow from the others.
    #[error("the check digit is wrong")]
    CheckDigit,
}

/// The registration number (登録番号) as six digits, from what a person writes: full-width digits, with or without
/// 第, 号 and spaces, and without leading zeros. Shown to people as 第 + these six + 号.
///
/// # Errors
/// [`BadNumber::Empty`], [`BadNumber::Letters`], [`BadNumber::TooLong`] for more than six digits, [`BadNumber::Zero`].
pub fn registration_number(text: &str) -> Result<String, BadNumber> {
    let text = compact(text);
    let text = text.strip_prefix('第').unwrap_or(&text);
    let text = text.strip_suffix('号').unwrap_or(text);
    digits(text)?;
    if text.len() > REGISTRATION_DIGITS {
        return Err(BadNumber::TooLong);
    }
    if text.bytes().all(|digit| digit == b'0') {
        return Err(BadNumber::Zero);
    }
    Ok(format!("{text:0>REGISTRATION_DIGITS$}"))
}

/// The corporate number (法人番号) as 13 digits; spaces and hyphens between digits are allowed.
///
/// # Errors
/// [`BadNumber::Empty`], [`BadNumber::Letters`], [`BadNumber::TooShort`], [`BadNumber::TooLong`],
/// [`BadNumber::CheckDigit`].
pub fn corporate_number(text: &str) -> Result<String, BadNumber> {
    let text: String = compact(text).chars().filter(|c| *c != '-').collect();
    digits(&text)?;
    match text.len() {
        CORPORATE_DIGITS if check_digit(&text[1..]) == text.as_bytes()[0] - b'0' => Ok(text),
        CORPORATE_DIGITS => Err(BadNumber::CheckDigit),
        0..CORPORATE_DIGITS => Err(BadNumber::TooShort),
        _ => Err(BadNumber::TooLong),
    }
}

// 9 − (Σ Pₙ·Qₙ mod 9), n counted from the right, Qₙ = 1 for odd n and 2 for even n (ordinance on corporate numbers).
fn check_digit(twelve: &str) -> u8 {
    let weights = [1, 2].into_iter().cycle();
    let sum: u32 = twelve.bytes().rev().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    9 - (sum % 9) as u8
}

fn compact(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

fn digits(text: &str) -> Result<(), BadNumber> {
    if text.is_empty() {
        return Err(BadNumber::Empty);
    }
    if text.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(BadNumber::Letters);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_registration_number_in_the_spellings_people_use() {
        for text in ["12345", "012345", "０１２３４５", "第012345号", " 第 12345 号 ", "１２ ３４５", "第１２３４５"]
        {
            assert_eq!(registration_number(text).as_deref(), Ok("012345"), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_registration_number() {
        for (text, reason) in [
            ("", BadNumber::Empty),
            ("　", BadNumber::Empty),
            ("第号", BadNumber::Empty),
            ("12A45", BadNumber::Letters),
            ("-12345", BadNumber::Letters),
            ("٣٤٥", BadNumber::Letters),
            ("12第34", BadNumber::Letters),
            ("1234567", BadNumber::TooLong),
            ("0012345", BadNumber::TooLong),
            ("000000", BadNumber::Zero),
        ] {
            assert_eq!(registration_number(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn corporate_numbers_that_hold_and_that_do_not() {
        for text in ["7123456789012", "4011001098993", "7-1234-5678-9012", "７１２３４５６７８９０１２"] {
            assert!(corporate_number(text).is_ok(), "{text}");
        }
        for (text, reason) in [
            ("", BadNumber::Empty),
            ("T7123456789012", BadNumber::Letters),
            ("712345678901", BadNumber::TooShort),
            ("71234567890123", BadNumber::TooLong),
            ("7123456789013", BadNumber::CheckDigit),
            ("0000000000000", BadNumber::CheckDigit),
        ] {
            assert_eq!(corporate_number(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_survives_every_spelling(
            number in 1u32..=999_999,
            wide in any::<bool>(),
            padded in any::<bool>(),
            dressed in any::<bool>(),
        ) {
            let mut text = if padded { format!("{number:06}") } else { number.to_string() };
            if wide {
                text = text.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
            }
            if dressed {
                text = format!("第 {text}　号");
            }
            let normal = registration_number(&text).unwrap();
            prop_assert_eq!(normal.len(), 6);
            prop_assert_eq!(normal.parse::<u32>().unwrap(), number);
            prop_assert_eq!(registration_number(&normal).unwrap(), normal);
        }

        #[test]
        fn a_letter_anywhere_is_refused(digits in "[0-9]{1,5}", letter in "[a-zA-Zア-ン]", at in 0usize..5) {
            let mut text = digits;
            text.insert_str(at.min(text.len()), &letter);
            prop_assert_eq!(registration_number(&text), Err(BadNumber::Letters));
        }

        #[test]
        fn exactly_one_check_digit_fits(rest in "[0-9]{12}") {
            let fitting = (0..=9).filter(|check| corporate_number(&format!("{check}{rest}")).is_ok()).count();
            prop_assert_eq!(fitting, 1);
        }

        // Modulo 9 a 0 and a 9 are the same: the rule of the ordinance cannot tell them apart behind the check digit.
        #[test]
        fn every_error_in_one_digit_is_found_but_0_for_9(rest in "[0-9]{12}", at in 0usize..13, other in 0u8..=9) {
            let check = (0..=9).find(|check| corporate_number(&format!("{check}{rest}")).is_ok()).unwrap();
            let right = format!("{check}{rest}");
            let mut wrong = right.clone().into_bytes();
            let was = std::mem::replace(&mut wrong[at], b'0' + other) - b'0';
            let wrong = String::from_utf8(wrong).unwrap();
            let alike = was == other || (at > 0 && was.abs_diff(other) == 9);
            let expected = if alike { Ok(wrong.clone()) } else { Err(BadNumber::CheckDigit) };
            prop_assert_eq!(corporate_number(&wrong), expected, "{} for {}", wrong, right);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = registration_number(&text);
            let _ = corporate_number(&text);
        }
    }
}
