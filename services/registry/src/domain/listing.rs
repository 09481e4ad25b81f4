//! The listing rule (domain section 4; report 2.4.2): what speaks against showing an expert.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use kit_clock::Timestamp;

use super::expert::Expert;
use super::state::{Causes, Pause, State};
use kit_vocabulary::{Texts, Words};

/// The code among the durations by which somebody says that support is not possible (question 13).
pub const CANNOT_SUPPORT: &str = "cannot_support";

/// One thing that speaks against listing an expert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// Nobody checked the registration.
    NotVerified,
    /// The registration was valid until a moment that has passed.
    RegistrationLapsed,
    /// The skill part is not answered, or there is no response at all.
    SkillsUnanswered,
    /// Support is not possible.
    CannotSupport,
    /// No consent to be listed.
    NoConsent,
    /// The employer sells what the list gives away.
    EmployerSellsConsulting,
    /// A review found the confirmation overdue.
    ConfirmationOverdue,
    /// Paused on request.
    Paused,
    /// Taken off for good.
    Delisted,
}

impl Obstacle {
    /// Every obstacle, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::NotVerified,
        Self::RegistrationLapsed,
        Self::SkillsUnanswered,
        Self::CannotSupport,
        Self::NoConsent,
        Self::EmployerSellsConsulting,
        Self::ConfirmationOverdue,
        Self::Paused,
        Self::Delisted,
    ];

    /// The stable reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotVerified => "NOT_VERIFIED",
            Self::RegistrationLapsed => "REGISTRATION_LAPSED",
            Self::SkillsUnanswered => "SKILLS_UNANSWERED",
            Self::CannotSupport => "CANNOT_SUPPORT",
            Self::NoConsent => "NO_CONSENT",
            Self::EmployerSellsConsulting => "EMPLOYER_SELLS_CONSULTING",
            Self::ConfirmationOverdue => "CONFIRMATION_OVERDUE",
            Self::Paused => "PAUSED",
            Self::Delisted => "DELISTED",
        }
    }

    /// The obstacle with this reason.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obstacle| obstacle.code() == code)
    }

    /// In Japanese.
    pub fn ja(self) -> &'static str {
        self.words().map_or(self.code(), |words| &words.ja)
    }

    /// In English.
    pub fn en(self) -> &'static str {
        self.words().map_or(self.code(), |words| &words.en)
    }

    fn words(self) -> Option<&'static Words> {
        static TEXTS: OnceLock<Texts> = OnceLock::new();
        TEXTS.get_or_init(|| Texts::read(include_str!("../../texts/obstacles.json"))).get(self.code())
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What the facts about an expert say against listing at a moment, whatever the state. A registration without a stated
/// end counts as valid.
pub fn facts_against(expert: &Expert, at: Timestamp) -> BTreeSet<Obstacle> {
    let terms = &expert.profile.terms;
    let against = [
        (Obstacle::NotVerified, expert.verification.is_none()),
        (Obstacle::RegistrationLapsed, has_lapsed(expert, at)),
        (Obstacle::SkillsUnanswered, !expert.skills_answered),
        (Obstacle::CannotSupport, terms.durations.iter().any(|code| code == CANNOT_SUPPORT)),
        (Obstacle::NoConsent, !expert.consents_to_listing()),
        (Obstacle::EmployerSellsConsulting, terms.employer_sells_consulting),
    ];
    against.into_iter().filter_map(|(obstacle, stands)| stands.then_some(obstacle)).collect()
}

/// Everything that speaks against listing: the facts at a moment, and the state.
pub fn obstacles(expert: &Expert, at: Timestamp) -> BTreeSet<Obstacle> {
    let mut all = facts_against(expert, at);
    match expert.state {
        State::Draft | State::Listed => {}
        State::Paused(Pause::Requested) => all.extend([Obstacle::Paused]),
        State::Paused(Pause::Review(causes)) => all.extend(causes.obstacles()),
        State::Delisted(_) | State::Erased => all.extend([Obstacle::Delisted]),
    }
    all
}

/// Whether the registration was valid until a moment before this one.
pub fn has_lapsed(expert: &Expert, at: Timestamp) -> bool {
    expert.verification.as_ref().and_then(|verification| verification.valid_until).is_some_and(|until| until < at)
}

/// Whether more than `months` have passed since the entry was last confirmed; one that never was counts from its entry.
/// Days are days in Japan, and the last day still counts.
pub fn is_overdue(expert: &Expert, months: i32, at: Timestamp) -> bool {
    let confirmed = expert.confirm_time.unwrap_or(expert.create_time);
    confirmed.plus_months(months).japan_day() < at.japan_day()
}

/// Days in which an expert is reminded before the entry is hidden. The notices' rules ask for a confirmation as long before it
/// is overdue; who came into the register with an old one, as by the import of a past campaign, has them from then on.
pub const REMINDED_DAYS: i64 = 30;

/// Why a review takes an entry off the list, or keeps it off.
pub fn review_causes(expert: &Expert, months: i32, as_of: Timestamp) -> Causes {
    let known_days = as_of.japan_day().number() - expert.create_time.japan_day().number();
    let overdue = known_days >= REMINDED_DAYS && is_overdue(expert, months, as_of);
    Causes { overdue, lapsed: has_lapsed(expert, as_of) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_obstacle_has_a_text_in_both_languages() {
        for obstacle in Obstacle::ALL {
            assert!(!obstacle.ja().is_ascii() && obstacle.en().contains(' '), "{obstacle}");
            assert_eq!(Obstacle::parse(obstacle.code()), Some(obstacle));
        }
        assert_eq!(Obstacle::parse("no_consent"), None);
    }
}
