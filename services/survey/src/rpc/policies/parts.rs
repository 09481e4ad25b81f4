//! Ratings of many people, encoded from parts that are made once: few sums can come out of so few questions, so a million
//! ratings have some thousand different areas and menus, and putting their reasons into words is most of the work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};

use super::super::wire as shown;
use crate::Error;
use crate::domain::policy::{AreaRule, Menu, Policy};
use crate::domain::scoring::{SkillAnswers, area_mark};
use crate::store::StoredRating;

/// The key of an area whose skill part was left empty: no sums pack into it.
const UNANSWERED: u64 = u64::MAX;

/// An area of a rating and the menus that show it, as fields of the encoded rating.
struct AreaParts {
    area: Vec<u8>,
    menus: Vec<Vec<u8>>,
}

/// Encodes ratings by one policy.
pub(super) struct Parts {
    policy: Arc<Policy>,
    /// By area, then by the sums of its sub-items.
    areas: Vec<HashMap<u64, AreaParts>>,
    /// The audit menu by mark and points of its area, for each qualification found.
    audits: HashMap<String, HashMap<(u8, u8), Vec<u8>>>,
    /// Where each menu stands: its area and its place there; the audit menu in none.
    menus: Vec<Option<(usize, usize)>>,
}

impl Parts {
    pub(super) fn new(policy: Arc<Policy>) -> Self {
        let place = |menu: Menu| {
            let areas = policy.areas().iter().enumerate();
            areas.into_iter().find_map(|(at, rule)| Some((at, rule.menus.iter().position(|one| *one == menu)?)))
        };
        let menus = Menu::ALL.into_iter().map(place).collect();
        let areas = policy.areas().iter().map(|_| HashMap::new()).collect();
        Self { areas, audits: HashMap::new(), menus, policy }
    }

    /// Puts the encoded rating of a person into `out`; the same bytes as those of the message.
    pub(super) fn put(&mut self, of: &StoredRating, skills: &SkillAnswers, out: &mut Vec<u8>) -> Result<(), Error> {
        let keys: Vec<u64> = self.policy.areas().iter().map(|rule| key(rule, skills)).collect();
        let rule = self.policy.area(self.policy.audit().strong_with_area);
        let behind = skills.values().map(|values| area_mark(self.policy.marks(), rule, values));
        let behind = behind.map_or((0, 0), |(mark, points)| (mark as u8, points));
        let known = keys.iter().zip(&self.areas).all(|(key, area)| area.contains_key(key));
        if !known || !self.audits.get(&of.audit).is_some_and(|audit| audit.contains_key(&behind)) {
            self.learn(of, &keys, behind)?;
        }
        let missing = || Error::Internal("a part of a rating is missing".to_owned());
        text(1, &of.respondent, out);
        text(2, &crate::events::response_name(&of.response), out);
        text(3, self.policy.id(), out);
        let areas: Option<Vec<&AreaParts>> = keys.iter().zip(&self.areas).map(|(key, area)| area.get(key)).collect();
        let areas = areas.ok_or_else(missing)?;
        areas.iter().for_each(|parts| out.extend_from_slice(&parts.area));
        for menu in &self.menus {
            let bytes = match menu {
                Some((area, at)) => areas[*area].menus.get(*at),
                None => self.audits.get(&of.audit).and_then(|audit| audit.get(&behind)),
            };
            out.extend_from_slice(bytes.ok_or_else(missing)?);
        }
        if skills.values().is_some() {
            encode_key(6, WireType::Varint, out);
            encode_varint(1, out);
        }
        Ok(())
    }

    /// Makes the parts of a rating that were not there, from the rating as it is told one by one.
    fn learn(&mut self, of: &StoredRating, keys: &[u64], behind: (u8, u8)) -> Result<(), Error> {
        let rating = shown::rated_by(&self.policy, of)?;
        for (at, (key, area)) in keys.iter().zip(&rating.areas).enumerate() {
            let mut menus: Vec<(usize, Vec<u8>)> = Vec::new();
            for (menu, place) in rating.menus.iter().zip(&self.menus) {
                menus.extend(place.filter(|(of, _)| *of == at).map(|(_, place)| (place, field(5, menu))));
            }
            menus.sort_by_key(|(place, _)| *place);
            let menus = menus.into_iter().map(|(_, bytes)| bytes).collect();
            self.areas[at].entry(*key).or_insert_with(|| AreaParts { area: field(4, area), menus });
        }
        let audit =
            rating.menus.iter().zip(&self.menus).find(|(_, place)| place.is_none()).map(|(menu, _)| field(5, menu));
        self.audits.entry(of.audit.clone()).or_default().insert(behind, audit.unwrap_or_default());
        Ok(())
    }
}

/// Parts by policy, kept from page to page.
#[derive(Clone, Default)]
pub(crate) struct KnownParts(Arc<Mutex<HashMap<String, Parts>>>);

impl KnownParts {
    /// Those of a policy, which are the caller's until they are put back.
    pub(super) fn take(&self, policy: &Arc<Policy>) -> Parts {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(policy.id());
        known.unwrap_or_else(|| Parts::new(policy.clone()))
    }

    /// Keeps these, and no others.
    pub(super) fn put_back(&self, parts: [Parts; 2]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = parts.into_iter().map(|parts| (parts.policy.id().to_owned(), parts)).collect();
    }
}

/// What an area's rating follows from, in a number.
fn key(rule: &AreaRule, skills: &SkillAnswers) -> u64 {
    let Some(values) = skills.values() else { return UNANSWERED };
    let sum = |items: std::ops::Range<usize>| values[items].iter().map(|&value| u64::from(value)).sum::<u64>();
    rule.sub_items.iter().fold(0, |key, sub_item| key << 8 | sum(sub_item.items.clone()))
}

fn field(tag: u32, message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    nested(tag, &message.encode_to_vec(), &mut bytes);
    bytes
}

fn nested(tag: u32, body: &[u8], out: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(body.len() as u64, out);
    out.extend_from_slice(body);
}

fn text(tag: u32, text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() {
        nested(tag, text.as_bytes(), out);
    }
}

/// The body of a `RatingChanged` with encoded ratings.
pub(super) fn changed(in_force: &[u8], skills: &SkillAnswers, next: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(in_force.len() + next.len() + 300);
    nested(1, in_force, &mut out);
    skills.can().for_each(|item| nested(2, item.as_bytes(), &mut out));
    nested(3, next, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Name as _;

    use super::*;
    use crate::domain::policy::policies;
    use crate::events::EncodedRating;
    use crate::rpc::person::stored_skills;

    fn stored() -> impl Strategy<Value = StoredRating> {
        let skills = prop_oneof![4 => prop::collection::vec(0_u8..4, 34), 1 => Just(Vec::new())];
        let audit = prop_oneof![Just(""), Just("cisa"), Just("公認システム監査人")];
        ("[a-z]{0,9}", "[a-z]{0,9}", skills, audit).prop_map(|(respondent, response, skills, audit)| StoredRating {
            respondent,
            policy: String::new(),
            rate_time: 0,
            response,
            skills,
            audit: audit.to_owned(),
        })
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_the_messages(people in prop::collection::vec(stored(), 1..40)) {
            let [one, other] = policies() else { panic!("two policies") };
            let (mut parts, mut others) = (Parts::new(Arc::new(one.clone())), Parts::new(Arc::new(other.clone())));
            for person in people {
                let skills = stored_skills(&person.skills).unwrap();
                let (mut in_force, mut next) = (Vec::new(), Vec::new());
                parts.put(&person, &skills, &mut in_force).unwrap();
                others.put(&person, &skills, &mut next).unwrap();
                let message = wire::RatingChanged {
                    rating: Some(shown::rated_by(one, &person).unwrap()),
                    can_items: skills.can().map(str::to_owned).collect(),
                    next: Some(shown::rated_by(other, &person).unwrap()),
                };
                let encoded = EncodedRating(changed(&in_force, &skills, &next));
                prop_assert_eq!(encoded.encode_to_vec(), message.encode_to_vec());
            }
            prop_assert_eq!(EncodedRating::full_name(), wire::RatingChanged::full_name());
        }
    }
}
