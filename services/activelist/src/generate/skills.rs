//! Answers to the 34 skill items that make given marks.

use survey::domain::policy::AreaRule;
use survey::domain::scoring::{HIGHEST_ANSWER, Mark, SKILL_ITEMS};

use super::chance::Chance;

/// ◎ and ○ of 221 in each area (fig. 2-95: alone, and with support).
pub const MARKS: [(usize, usize); 6] = [(52, 137), (74, 119), (73, 129), (46, 139), (50, 82), (42, 91)];
/// Respondents the figures above are of.
pub const RESPONDENTS: usize = 221;

/// Chances of 0 to 3 for somebody who is good at it, could do it with help, or is not there yet.
const GOOD: [usize; 4] = [0, 1, 4, 12];
const FAIR: [usize; 4] = [2, 4, 6, 2];
const POOR: [usize; 4] = [6, 6, 2, 1];

/// The answers of one person, area after area. Half of what decides a mark is the person, the other half the area, so that
/// who is able in one is likely to be in others, while each area has its own share.
pub(super) fn answers(areas: &[AreaRule; 6], chance: &mut Chance) -> [u8; SKILL_ITEMS.len()] {
    let person = chance.below(RESPONDENTS);
    let mut answers = [0; SKILL_ITEMS.len()];
    for (rule, (strong, able)) in areas.iter().zip(MARKS) {
        let drawn = if chance.of_1000(500) { person } else { chance.below(RESPONDENTS) };
        let mark = match () {
            () if drawn < strong => Mark::Strong,
            () if drawn < strong + able => Mark::Able,
            () => Mark::None,
        };
        area(rule, mark, chance, &mut answers);
    }
    answers
}

/// ◎: every sub-item met. ○: one is not, and the mean answer is 1.5 or more; of an area with one sub-item the mean is 2 or
/// more, as the policy with a floor asks. Blank: as many as can be are not met, and the mean is less than 1.5, so that the
/// capability rule says the same as the mark.
fn area(rule: &AreaRule, mark: Mark, chance: &mut Chance, answers: &mut [u8; SKILL_ITEMS.len()]) {
    let weak = chance.below(rule.sub_items.len());
    loop {
        let (mut sum, mut questions) = (0, 0);
        for (at, sub) in rule.sub_items.iter().enumerate() {
            let met = match mark {
                Mark::Strong => true,
                Mark::Able => at != weak,
                Mark::None => false,
            };
            let of = if met {
                GOOD
            } else if mark == Mark::Able {
                FAIR
            } else {
                POOR
            };
            let own = loop {
                answers[sub.items.clone()].fill_with(|| chance.weighted(&of).min(HIGHEST_ANSWER.into()) as u8);
                let own: u8 = answers[sub.items.clone()].iter().sum();
                if (own >= sub.threshold) == met {
                    break own;
                }
            };
            (sum, questions) = (sum + usize::from(own), questions + usize::from(sub.questions));
        }
        let floor = if rule.sub_items.len() == 1 { 2 * questions } else { (3 * questions).div_ceil(2) };
        let fits = match mark {
            Mark::Strong => true,
            Mark::Able => sum >= floor,
            Mark::None => 2 * sum < 3 * questions,
        };
        if fits {
            return;
        }
    }
}
