//! The marks of a rating as people read them (fig. 2-111).

use contract::engagement::v1::OutcomeGroup;
use contract::survey::v1::Mark;
use kit_vocabulary::Lang;

use crate::output::Tone;

/// Codes of the six skill areas, in order.
pub fn areas() -> Vec<&'static str> {
    kit_vocabulary::skill_areas().codes().iter().map(|area| area.code.as_str()).collect()
}

/// `◎`, `○`, or nothing.
pub fn sign(mark: i32) -> &'static str {
    let code = match Mark::try_from(mark) {
        Ok(Mark::Strong) => "strong",
        Ok(Mark::Able) => "able",
        Ok(Mark::None | Mark::Unspecified) | Err(_) => return "",
    };
    kit_vocabulary::marks().label(code, Lang::Ja).unwrap_or_default()
}

/// The colour of a mark.
pub fn tone(mark: i32) -> Option<Tone> {
    match Mark::try_from(mark) {
        Ok(Mark::Strong) => Some(Tone::Good),
        Ok(Mark::Able) => Some(Tone::Notice),
        Ok(Mark::None | Mark::Unspecified) | Err(_) => None,
    }
}

/// The sign of what a side said, by group (fig. 2-72); nothing where it said nothing.
pub const fn outcome(group: OutcomeGroup) -> &'static str {
    match group {
        OutcomeGroup::Strong => "◎",
        OutcomeGroup::Able => "○",
        OutcomeGroup::Weak => "△",
        OutcomeGroup::Unknown => "不明",
        OutcomeGroup::Unspecified => "",
    }
}
