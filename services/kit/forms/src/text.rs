//! Texts: their normal form, and what may not stand in them.

use kit_vocabulary::{is_web_address, normal_text};
use unicode_normalization::UnicodeNormalization;

use crate::{Fault, Question, Reason, TextFormat};

/// Longest local part of a mail address (RFC 5321).
const MAIL_LOCAL_BYTES: usize = 64;

/// A text in its normal form, or every fault it has. An empty result means nothing was said.
pub(crate) fn normal(
    question: &Question,
    given: &str,
    max_chars: usize,
    lines: bool,
    format: TextFormat,
) -> Result<String, Vec<Fault>> {
    let text = match format {
        TextFormat::Plain => normal_text(given),
        // Addresses and numbers are often typed with a Japanese keyboard left in full width.
        TextFormat::Email | TextFormat::Url | TextFormat::RegistrationNumber => given.nfkc().collect(),
        TextFormat::Date | TextFormat::Time => given.nfkc().filter(|c| *c != ' ').collect(),
    };
    let text = text.trim();
    let mut faults = Vec::new();
    if let Some(bad) = text.chars().find(|c| is_forbidden(*c, lines)) {
        let point = format!("U+{:04X}", u32::from(bad));
        faults.push(Fault::of(question, Reason::ControlCharacter).hint(&point));
    }
    let chars = text.chars().count();
    if chars > max_chars && !matches!(format, TextFormat::Date | TextFormat::Time) {
        let fault = Fault::of(question, Reason::TooLong).with_number("max", max_chars);
        faults.push(fault.hint(&chars.to_string()));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    shaped(text, format).map_err(|reason| vec![Fault::of(question, reason)])
}

fn shaped(text: &str, format: TextFormat) -> Result<String, Reason> {
    if text.is_empty() {
        return Ok(String::new());
    }
    match format {
        TextFormat::RegistrationNumber => kit_vocabulary::registration_number(text).map_err(|_| Reason::BadNumber),
        TextFormat::Date => date(text).ok_or(Reason::BadDate),
        TextFormat::Time => time(text).ok_or(Reason::BadTime),
        TextFormat::Email if !is_mail_address(text) => Err(Reason::BadEmail),
        TextFormat::Url if !is_web_address(text) => Err(Reason::BadUrl),
        TextFormat::Plain | TextFormat::Email | TextFormat::Url => Ok(text.to_owned()),
    }
}

// 2024-10-15, 2024/10/15 or 2024年10月15日; an era or a two-digit year could mean more than one day.
fn date(text: &str) -> Option<String> {
    let text = text.strip_suffix('日').unwrap_or(text);
    let mut parts = text.split(['-', '/', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || parts.next().is_some() {
        return None;
    }
    let date = jiff::civil::Date::new(digits(year)?, digits(month)?, digits(day)?).ok()?;
    Some(format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()))
}

// 14:50 or 14時50分.
fn time(text: &str) -> Option<String> {
    let text = text.strip_suffix('分').unwrap_or(text);
    let (hour, minute) = text.split_once([':', '時'])?;
    let time = jiff::civil::Time::new(digits(hour)?, digits(minute)?, 0, 0).ok()?;
    Some(format!("{:02}:{:02}", time.hour(), time.minute()))
}

fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// Whether a character may not stand in a text: controls, line and paragraph separators, and the marks that embed,
/// override or isolate a direction, by which a text can show other than it reads.
pub(crate) fn is_forbidden(c: char, lines: bool) -> bool {
    match c {
        '\n' => !lines,
        '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

// Only the shape: whether mail arrives is for whoever sends it to find out.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !"@,;:<>()[]\"\\".contains(c);
    let labels = || domain.split('.');
    (1..=MAIL_LOCAL_BYTES).contains(&local.len())
        && local.chars().all(plain)
        && domain.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.')
        && labels().count() >= 2
        && labels().all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}
