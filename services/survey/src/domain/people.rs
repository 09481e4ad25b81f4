//! What people decide about whose responses are whose, and how two answers are compared.

use kit_forms::Value;
use kit_vocabulary::fold;

use super::holder::Identity;

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A disputed response never counts.
    Keep,
    /// The sender of a disputed response takes the number over, as a new person.
    TakeOver,
    /// A disputed response is the holder's after all.
    SamePerson,
    /// A disputed response belongs to another number.
    OtherNumber,
    /// Two people are one.
    Merge,
    /// Some responses are somebody else's.
    Split,
    /// Two people are two.
    Apart,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 7] =
        [Self::Keep, Self::TakeOver, Self::SamePerson, Self::OtherNumber, Self::Merge, Self::Split, Self::Apart];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::TakeOver => "take_over",
            Self::SamePerson => "same_person",
            Self::OtherNumber => "other_number",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Apart => "apart",
        }
    }

    /// The decision of this name.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.code() == code)
    }
}

/// Whether two answers say something else. In texts, width, case, spaces and kana do not count; an order of choices does
/// not either.
pub fn differs(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Text(left)), Some(Value::Text(right))) => fold(left) != fold(right),
        (Some(Value::Choices(left)), Some(Value::Choices(right))) => {
            let sorted = |codes: &[String]| {
                let mut codes = codes.to_vec();
                codes.sort();
                codes
            };
            sorted(left) != sorted(right)
        }
        (left, right) => left != right,
    }
}

/// What somebody else with the same would be found by, as kind and comparable text: the mail address, and name and kana
/// together, since a name alone is no sign.
pub fn likeness(identity: &Identity) -> Vec<(&'static str, String)> {
    let Identity { name, kana, email } = identity;
    let known = |text: &Option<String>| text.as_deref().map(fold).filter(|text| !text.is_empty());
    let names = known(name).zip(known(kana)).map(|(name, kana)| ("name", format!("{name}\n{kana}")));
    known(email).map(|email| ("email", email)).into_iter().chain(names).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn every_decision_has_its_own_name() {
        for decision in Decision::ALL {
            assert_eq!(Decision::parse(decision.code()), Some(decision));
        }
        assert_eq!(Decision::parse("KEEP"), None);
    }

    #[test]
    fn spelling_is_no_difference_and_silence_is_one() {
        assert!(!differs(Some(&text("見本　花子")), Some(&text("見本 花子"))));
        assert!(!differs(Some(&text("みほん")), Some(&text("ミホン"))));
        assert!(differs(Some(&text("見本")), Some(&text("見元"))));
        assert!(differs(Some(&text("見本")), None));
        let codes = |codes: &[&str]| Value::Choices(codes.iter().map(|&code| code.to_owned()).collect());
        assert!(!differs(Some(&codes(&["T1", "T2"])), Some(&codes(&["T2", "T1"]))));
        assert!(differs(Some(&codes(&["T1"])), Some(&codes(&["T2", "T1"]))));
        assert!(differs(Some(&Value::Number(2)), Some(&Value::Number(3))));
    }

    #[test]
    fn a_name_alone_is_no_likeness() {
        let of = |name: &str, kana: &str, email: &str| {
            let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            likeness(&Identity { name: part(name), kana: part(kana), email: part(email) })
        };
        assert_eq!(of("見本 花子", "", ""), []);
        assert_eq!(of("見本 花子", "みほん はなこ", ""), of("見本花子", "ミホン　ハナコ", ""));
        assert_eq!(of("", "", "Hanako@example.jp"), [("email", "hanako@example.jp".to_owned())]);
    }
}
