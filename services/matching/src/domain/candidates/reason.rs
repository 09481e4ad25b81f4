//! The reasons that make a score.

use kit_vocabulary::Words;

use super::words::text;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal;)*) => {
        /// What speaks for an expert. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[doc = $doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in the order they are shown.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The reason's name for people.
            pub fn words(self) -> Words {
                text(match self {
                    $(Self::$name => concat!("REASON_", $code),)*
                }, &[])
            }
        }

        /// The texts of the names.
        #[cfg(test)]
        pub(super) const KEYS: &[&str] = &[$(concat!("REASON_", $code)),*];
    };
}

reasons! {
    /// Guides a theme that stands high among the wishes.
    Wish "WISH";
    /// Marks in the menus asked for.
    Rating "RATING";
    /// Points in these menus.
    MenuPoints "MENU_POINTS";
    /// Good at the industry, or has cases in it.
    Industry "INDUSTRY";
    /// Signs of knowing the guideline.
    Guideline "GUIDELINE";
    /// Lives near.
    Nearness "NEARNESS";
    /// Has cases in the theme.
    ThemeCases "THEME_CASES";
    /// What companies said of the outcomes.
    Outcomes "OUTCOMES";
    /// How companies marked the communication.
    Communication "COMMUNICATION";
    /// Has had little work.
    LittleWork "LITTLE_WORK";
    /// Qualifications of use in the menus.
    Qualification "QUALIFICATION";
    /// Serves companies of this size.
    CompanySize "COMPANY_SIZE";
    /// Years in security.
    Experience "EXPERIENCE";
    /// The entry was confirmed lately.
    Fresh "FRESH";
}

impl Reason {
    /// The reason with this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

/// Points by reason; none is negative. What a request does not ask for has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points([i64; Reason::COUNT]);

impl Points {
    /// Of one reason.
    pub const fn of(&self, reason: Reason) -> i64 {
        self.0[reason as usize]
    }

    pub(super) const fn set(&mut self, reason: Reason, points: i64) {
        self.0[reason as usize] = points;
    }

    /// The score: the sum of all reasons, 0 to 1,000,000.
    pub fn total(&self) -> i64 {
        self.0.iter().sum()
    }
}
