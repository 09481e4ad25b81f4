//! Numbers of the wire as people read them, exactly: nothing is rounded a second time.

use contract::insights::v1::Unit;
use kit_vocabulary::Lang;

use crate::text;

/// A number in its unit: `1,234`, `67.65%`, `4.33`, `26,400 円`.
pub(super) fn said(value: i64, unit: Unit, lang: Lang) -> String {
    match unit {
        Unit::Unspecified | Unit::Count => thousands(value),
        Unit::BasisPoints => format!("{}%", hundredths(value)),
        Unit::Hundredths => hundredths(value),
        Unit::Yen => text::SO_MANY_YEN.get(lang, &[("yen", &thousands(value))]),
    }
}

/// As [`said`], without zeros behind the point: for charts, where room is short.
pub(super) fn brief(value: i64, unit: Unit, lang: Lang) -> String {
    match unit {
        Unit::BasisPoints => format!("{}%", short(value)),
        Unit::Hundredths => short(value),
        Unit::Unspecified | Unit::Count | Unit::Yen => said(value, unit, lang),
    }
}

/// For programs: a plain decimal without unit, shares in percent.
pub(super) fn plain(value: i64, unit: Unit) -> String {
    match unit {
        Unit::BasisPoints | Unit::Hundredths => hundredths(value),
        Unit::Unspecified | Unit::Count | Unit::Yen => value.to_string(),
    }
}

/// What stands behind a heading so that a plain number can be read: `（%）`.
pub(super) fn heading(label: &str, unit: Unit, lang: Lang) -> String {
    match unit {
        Unit::BasisPoints => text::IN_PERCENT.get(lang, &[("label", label)]),
        Unit::Yen => text::IN_YEN.get(lang, &[("label", label)]),
        Unit::Unspecified | Unit::Count | Unit::Hundredths => label.to_owned(),
    }
}

fn hundredths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let whole = value.unsigned_abs();
    format!("{sign}{}.{:02}", whole / 100, whole % 100)
}

fn short(value: i64) -> String {
    hundredths(value).trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut said = String::from(if value < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_exactly_in_their_unit() {
        let ja = |value, unit| said(value, unit, Lang::Ja);
        assert_eq!(ja(1_234_567, Unit::Count), "1,234,567");
        assert_eq!((ja(6_765, Unit::BasisPoints), ja(5, Unit::BasisPoints)), ("67.65%".into(), "0.05%".into()));
        assert_eq!((ja(433, Unit::Hundredths), ja(-5, Unit::Hundredths)), ("4.33".into(), "-0.05".into()));
        assert_eq!((ja(26_400, Unit::Yen), ja(-1_000, Unit::Count)), ("26,400 円".into(), "-1,000".into()));
        assert_eq!(ja(i64::MIN, Unit::Count), "-9,223,372,036,854,775,808");
        assert_eq!(brief(5_000, Unit::BasisPoints, Lang::Ja), "50%");
        assert_eq!(brief(6_760, Unit::BasisPoints, Lang::Ja), "67.6%");
        assert_eq!((plain(1_234, Unit::Count), plain(6_765, Unit::BasisPoints)), ("1234".into(), "67.65".into()));
    }
}
