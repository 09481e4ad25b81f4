//! Who may answer for a registration number.
//!
//! The first response makes its sender the holder. Whoever answers later has to be shown to be the same person, or to
//! be trusted; otherwise the response is disputed: it changes nothing and waits for an operator.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroU64;

use kit_forms::{Answers, Value};
use kit_vocabulary::fold;

/// The question that tells the number.
pub const NUMBER: &str = "registration_number";
/// The questions that tell who somebody is: name, kana, address.
const IDENTITY: [&str; 3] = ["name", "name_kana", "email"];

/// What a response says of who its sender is. Absent where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: Option<String>,
    /// The name in kana.
    pub kana: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

/// How the sender of a response is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// An operator, trusted to hand in what others answered.
    Operator,
    /// A signed-in expert.
    Expert {
        /// The account.
        subject: String,
    },
    /// Somebody who passes on what a person typed, such as the portal.
    Other,
}

/// Who holds a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The account that was signed in when the number was first answered for.
    pub subject: Option<String>,
    /// What the holder first said of himself or herself.
    pub identity: Identity,
}

/// Why a response does not count as the holder's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispute {
    /// Name, kana and address, as far as both sides give them, all differ from the holder's.
    IdentityDiffers,
    /// Nothing shows that the sender is the holder.
    SenderUnproven,
}

impl Dispute {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::IdentityDiffers => "IDENTITY_DIFFERS",
            Self::SenderUnproven => "SENDER_UNPROVEN",
        }
    }
}

impl Identity {
    /// What these answers say.
    pub fn of(answers: &Answers) -> Self {
        let [name, kana, email] = IDENTITY.map(|code| answers.get(code).and_then(Value::text).map(str::to_owned));
        Self { name, kana, email }
    }

    fn parts(&self) -> [Option<&str>; 3] {
        [self.name.as_deref(), self.kana.as_deref(), self.email.as_deref()]
    }

    /// Every part that both give differs, and there is at least one such part. Spelling does not count: width, case,
    /// spaces, hiragana for katakana.
    fn differs_wholly(&self, other: &Self) -> bool {
        let pairs = self.parts().into_iter().zip(other.parts());
        let mut both = pairs.filter_map(|(ours, theirs)| Some((ours?, theirs?))).peekable();
        both.peek().is_some() && both.all(|(ours, theirs)| fold(ours) != fold(theirs))
    }
}

/// An identity that can be compared and no longer be read, for many at once: each part as one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Print([Option<NonZeroU64>; 3]);

impl Identity {
    /// Its print.
    pub fn print(&self) -> Print {
        let number = |part: &str| {
            let mut hasher = DefaultHasher::new();
            fold(part).hash(&mut hasher);
            NonZeroU64::new(hasher.finish()).unwrap_or(NonZeroU64::MAX)
        };
        Print(self.parts().map(|part| part.map(number)))
    }
}

impl Print {
    /// As with identities: every part that both give differs, and there is at least one such part.
    pub fn differs_wholly(&self, other: &Self) -> bool {
        let mut both = self.0.into_iter().zip(other.0).filter_map(|(ours, theirs)| Some((ours?, theirs?))).peekable();
        both.peek().is_some() && both.all(|(ours, theirs)| ours != theirs)
    }

    /// Takes over the parts that are absent.
    pub fn complete(&mut self, given: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(given.0) {
            *ours = ours.or(theirs);
        }
    }
}

impl Holder {
    /// The sender of a number's first response.
    pub fn first(sender: &Sender, identity: Identity) -> Self {
        let subject = match sender {
            Sender::Expert { subject } => Some(subject.clone()),
            Sender::Operator | Sender::Other => None,
        };
        Self { subject, identity }
    }

    /// Whether a later response counts as the holder's.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn judge(&self, sender: &Sender, given: &Identity) -> Result<(), Dispute> {
        // Even a trusted import can name the wrong number, so this comes first.
        if self.identity.differs_wholly(given) {
            return Err(Dispute::IdentityDiffers);
        }
        let proven = match sender {
            Sender::Operator => true,
            Sender::Expert { subject } if self.subject.as_ref() == Some(subject) => true,
            Sender::Expert { .. } | Sender::Other => match (&self.identity.email, &given.email) {
                (Some(first), Some(given)) => fold(first) == fold(given),
                _ => false,
            },
        };
        if proven { Ok(()) } else { Err(Dispute::SenderUnproven) }
    }

    /// Takes over what the holder had left out so far; what was first given stays.
    pub fn complete(&mut self, given: &Identity) {
        let Identity { name, kana, email } = &mut self.identity;
        for (ours, theirs) in [(name, &given.name), (kana, &given.kana), (email, &given.email)] {
            if ours.is_none() {
                ours.clone_from(theirs);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str, kana: &str, email: &str) -> Identity {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Identity { name: part(name), kana: part(kana), email: part(email) }
    }

    fn expert(subject: &str) -> Sender {
        Sender::Expert { subject: subject.to_owned() }
    }

    fn holder() -> Holder {
        Holder::first(&expert("user-1"), identity("見本 花子", "ミホン ハナコ", "hanako@example.jp"))
    }

    #[test]
    fn prints_differ_as_identities_do() {
        let all = [
            identity("見本 花子", "ミホン ハナコ", "hanako@example.jp"),
            identity("見本花子", "", ""),
            identity("別姓 花子", "みほん　はなこ", "new@example.jp"),
            identity("別人 太郎", "ベツジン タロウ", "taro@example.jp"),
            identity("", "", "HANAKO@example.jp"),
            identity("", "", ""),
        ];
        for (ours, theirs) in all.iter().flat_map(|ours| all.iter().map(move |theirs| (ours, theirs))) {
            assert_eq!(
                ours.print().differs_wholly(&theirs.print()),
                ours.differs_wholly(theirs),
                "{ours:?} {theirs:?}"
            );
        }
    }

    #[test]
    fn the_holder_is_known_by_account_or_first_address() {
        let renamed = identity("別姓 花子", "ミホン ハナコ", "new@example.jp");
        assert_eq!(holder().judge(&expert("user-1"), &renamed), Ok(()));
        assert_eq!(holder().judge(&expert("user-2"), &renamed), Err(Dispute::SenderUnproven));
        assert_eq!(holder().judge(&Sender::Other, &renamed), Err(Dispute::SenderUnproven));
        let mail = identity("別姓 花子", "ベッセイ ハナコ", "ＨＡＮＡＫＯ@example.jp");
        assert_eq!(holder().judge(&Sender::Other, &mail), Ok(()));
        assert_eq!(holder().judge(&expert("user-2"), &mail), Ok(()));
    }

    #[test]
    fn an_operator_is_trusted_unless_everything_differs() {
        let moved = identity("見本 花子", "", "new@example.jp");
        assert_eq!(holder().judge(&Sender::Operator, &moved), Ok(()));
        let other = identity("他人 太郎", "タニン タロウ", "taro@example.jp");
        for sender in [Sender::Operator, Sender::Other, expert("user-1"), expert("user-2")] {
            assert_eq!(holder().judge(&sender, &other), Err(Dispute::IdentityDiffers), "{sender:?}");
        }
    }

    #[test]
    fn what_is_absent_does_not_differ_and_spelling_does_not_either() {
        let other = identity("他人 太郎", "", "");
        assert_eq!(holder().judge(&Sender::Operator, &other), Err(Dispute::IdentityDiffers));
        assert_eq!(holder().judge(&Sender::Operator, &Identity::default()), Ok(()));
        assert_eq!(holder().judge(&Sender::Other, &Identity::default()), Err(Dispute::SenderUnproven));
        let spelled = identity("見本　花子", "みほん はなこ", "x@example.jp");
        assert_eq!(holder().judge(&Sender::Operator, &spelled), Ok(()));
    }

    #[test]
    fn an_operator_and_the_portal_lend_nobody_their_account() {
        for sender in [Sender::Operator, Sender::Other] {
            assert_eq!(Holder::first(&sender, Identity::default()).subject, None);
        }
    }

    #[test]
    fn what_was_first_given_stays_and_what_was_missing_comes() {
        let mut holder = Holder::first(&Sender::Operator, identity("見本 花子", "", ""));
        holder.complete(&identity("別姓 花子", "", "hanako@example.jp"));
        assert_eq!(holder.identity, identity("見本 花子", "", "hanako@example.jp"));
        holder.complete(&identity("", "", "late@example.jp"));
        assert_eq!(holder.judge(&Sender::Other, &identity("", "", "hanako@example.jp")), Ok(()));
    }
}
