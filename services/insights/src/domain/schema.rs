//! The tables of facts: their columns, and the dictionary behind each.

/// A log that facts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Producer {
    /// Engagements, gatherings, answers.
    Engagement,
    /// The skill survey.
    Survey,
    /// The list of experts.
    Registry,
}

impl Producer {
    /// Every one, in the order in which tokens are answered.
    pub const ALL: [Self; 3] = [Self::Engagement, Self::Survey, Self::Registry];

    /// The service's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engagement => "engagement",
            Self::Survey => "survey",
            Self::Registry => "registry",
        }
    }

    /// The producer of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|producer| producer.name() == name)
    }
}

macro_rules! dimensions {
    ($($name:ident: $known:expr,)*) => {
        /// A dictionary of codes. Every log has its own of each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Dim {
            $(#[doc = stringify!($name)] $name,)*
        }

        impl Dim {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The codes that are known from the start, in the order of their numbers.
            pub const fn known(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => $known,)*
                }
            }
        }
    };
}

// The orders of states and kinds are those of the contract's enums: a number of theirs is a number here.
dimensions! {
    Programme: &[],
    Region: &[""],
    Industry: &[],
    Size: &[""],
    Theme: &[""],
    Expert: &[""],
    Company: &[""],
    Case: &[],
    Gathering: &[""],
    Need: &[],
    NonConversion: &[""],
    Ending: &[""],
    Gain: &[],
    Tool: &[],
    Month: &["unknown"],
    YesNo: &["no", "yes"],
    GatheringKind: &["", "consultation_event", "round_table", "lecture"],
    ParticipationState: &["", "applied", "attended", "absent", "called_off"],
    ConsultationState: &["", "declared", "absent", "going_on", "not_converted", "converted"],
    CaseState: &["", "accepted", "scheduled", "visiting", "completed", "ended_early", "withdrawn"],
    VisitState: &["", "planned", "held", "confirmed", "cancelled"],
    ClaimKind: &["", "guidance_visit", "consultation_event", "lecture"],
    Outcome: &["none", "strong", "able", "weak", "unknown"],
    Mark: &["knowledge", "clarity", "fit", "time", "manner", "eagerness", "communication"],
    MarkValue: &["", "1", "2", "3", "4", "5"],
    Side: &["", "company", "expert"],
    NeedKind: &["declared", "diagnosed"],
    Aspect: &["clarity", "sufficiency"],
    Form: &[],
    Score: &[],
    Affiliation: &[""],
    Area: &[],
    Capability: &["alone", "with_support", "not_yet"],
    Menu: &[],
    MenuMark: &["", "none", "able", "strong"],
    ExpertState: &["", "draft", "listed", "paused", "delisted", "erased"],
    Respondent: &[""],
    // Every set of prefectures that somebody serves, as their codes side by side: half of them serve one or all.
    Served: &[""],
}

impl Dim {
    /// Whether there may be more codes than 65,536: people, companies, things with ids.
    pub const fn wide(self) -> bool {
        matches!(self, Self::Expert | Self::Company | Self::Case | Self::Gathering | Self::Respondent | Self::Served)
    }
}

/// A table of facts.
#[derive(Debug)]
pub struct Schema {
    /// As reports name it.
    pub name: &'static str,
    /// The log it comes from.
    pub producer: Producer,
    /// Columns of codes: as reports name them, and the dictionary. At most [`super::facts::CODES`].
    pub columns: &'static [(&'static str, Dim)],
    /// Columns of numbers. At most [`super::facts::NUMBERS`].
    pub numbers: &'static [&'static str],
}

impl Schema {
    /// Where the column of this name is.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| *column == name)
    }

    /// Where the column of numbers of this name is.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.iter().position(|column| *column == name)
    }
}

macro_rules! tables {
    ($($name:ident: $schema:expr,)*) => {
        /// The tables there are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TableId {
            $(#[doc = stringify!($name)] $name,)*
        }

        impl TableId {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its columns.
            pub const fn schema(self) -> &'static Schema {
                match self {
                    $(Self::$name => &$schema,)*
                }
            }

            /// The table of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|table| table.schema().name == name)
            }
        }
    };
}

use Producer::{Engagement, Registry, Survey};

tables! {
    Cases: Schema { name: "cases", producer: Engagement, numbers: &[], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("industry", Dim::Industry), ("size", Dim::Size),
        ("theme", Dim::Theme), ("case_state", Dim::CaseState), ("executed", Dim::YesNo),
        ("theme_changed", Dim::YesNo), ("ending_reason", Dim::Ending), ("expert_outcome", Dim::Outcome),
        ("company_outcome", Dim::Outcome), ("follow_on", Dim::YesNo), ("expert", Dim::Expert),
    ] },
    Visits: Schema { name: "visits", producer: Engagement, numbers: &[], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("theme", Dim::Theme),
        ("visit_state", Dim::VisitState), ("month", Dim::Month), ("online", Dim::YesNo),
    ] },
    Tools: Schema { name: "tools", producer: Engagement, numbers: &[], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("theme", Dim::Theme), ("tool", Dim::Tool),
        ("supplemented", Dim::YesNo), ("case", Dim::Case),
    ] },
    Marks: Schema { name: "marks", producer: Engagement, numbers: &["value"], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("theme", Dim::Theme), ("mark", Dim::Mark),
        ("mark_value", Dim::MarkValue),
    ] },
    Gains: Schema { name: "gains", producer: Engagement, numbers: &["count"], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("theme", Dim::Theme), ("gain", Dim::Gain),
        ("case", Dim::Case),
    ] },
    Judgements: Schema { name: "judgements", producer: Engagement, numbers: &["value"], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("theme", Dim::Theme), ("tool", Dim::Tool),
        ("side", Dim::Side), ("aspect", Dim::Aspect),
    ] },
    Consultations: Schema { name: "consultations", producer: Engagement, numbers: &[], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("industry", Dim::Industry), ("size", Dim::Size),
        ("consultation_state", Dim::ConsultationState), ("non_conversion_reason", Dim::NonConversion),
        ("company", Dim::Company), ("expert", Dim::Expert),
    ] },
    Needs: Schema { name: "needs", producer: Engagement, numbers: &[], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("industry", Dim::Industry), ("need", Dim::Need),
        ("need_kind", Dim::NeedKind), ("held", Dim::YesNo),
    ] },
    Participations: Schema { name: "participations", producer: Engagement, numbers: &["people"], columns: &[
        ("programme", Dim::Programme), ("region", Dim::Region), ("industry", Dim::Industry), ("size", Dim::Size),
        ("gathering_kind", Dim::GatheringKind), ("participation_state", Dim::ParticipationState),
        ("walk_in", Dim::YesNo), ("gathering", Dim::Gathering), ("company", Dim::Company),
    ] },
    Claims: Schema { name: "claims", producer: Engagement, numbers: &["fee_yen", "travel_yen"], columns: &[
        ("programme", Dim::Programme), ("claim_kind", Dim::ClaimKind), ("fee_waived", Dim::YesNo),
        ("travel_waived", Dim::YesNo), ("month", Dim::Month), ("expert", Dim::Expert),
    ] },
    Attendances: Schema { name: "attendances", producer: Engagement, numbers: &[], columns: &[
        ("claim_kind", Dim::ClaimKind), ("expert", Dim::Expert),
    ] },
    // `begin` and `answers` say where the answers stand in the list of all.
    Respondents: Schema { name: "respondents", producer: Engagement, numbers: &["begin", "answers"], columns: &[
        ("form", Dim::Form), ("programme", Dim::Programme), ("region", Dim::Region), ("industry", Dim::Industry),
        ("theme", Dim::Theme), ("side", Dim::Side),
    ] },
    Scores: Schema { name: "scores", producer: Engagement, numbers: &["points"], columns: &[
        ("form", Dim::Form), ("programme", Dim::Programme), ("region", Dim::Region), ("industry", Dim::Industry),
        ("score", Dim::Score),
    ] },
    SkillRespondents: Schema { name: "skill_respondents", producer: Survey, numbers: &["begin", "answers"], columns: &[
        ("form", Dim::Form), ("residence", Dim::Region), ("affiliation", Dim::Affiliation),
    ] },
    Capability: Schema { name: "capability", producer: Survey, numbers: &[], columns: &[
        ("area", Dim::Area), ("capability", Dim::Capability), ("residence", Dim::Region),
    ] },
    MenuMarks: Schema { name: "menu_marks", producer: Survey, numbers: &[], columns: &[
        ("menu", Dim::Menu), ("menu_mark", Dim::MenuMark), ("respondent", Dim::Respondent),
    ] },
    Experts: Schema { name: "experts", producer: Registry, numbers: &[], columns: &[
        ("expert_state", Dim::ExpertState), ("residence", Dim::Region), ("respondent", Dim::Respondent),
        ("served", Dim::Served),
    ] },
}

impl Schema {
    /// The column by which a region narrows this table: where something happened, or where an expert lives.
    pub fn region(&self) -> Option<usize> {
        self.column("region").or_else(|| self.column("residence"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{CODES, NUMBERS};
    use super::*;

    #[test]
    fn every_table_fits_into_a_row() {
        for table in TableId::ALL {
            let schema = table.schema();
            assert!(schema.columns.len() <= CODES && schema.numbers.len() <= NUMBERS, "{}", schema.name);
            assert_eq!(TableId::named(schema.name), Some(*table));
        }
    }
}
