//! Ratings as they are kept: a million people share some thousand different areas and menus, as few sums can come out of so
//! few questions, so each of these is kept once and a rating is a list of them. A person has up to two: by the policy in
//! force and by the one on its way.

use std::collections::HashMap;
use std::sync::Arc;

use contract::search::v1::{AreaMark, MenuMark};
use contract::survey::v1 as survey;
use prost::Message as _;

use crate::domain::{Area, Mark, Menu, Rating};

/// Parts that are kept before those are looked for that nobody has any more.
const SWEEP: usize = 65_536;

/// An area or a menu of a rating: its mark, its points and why, as the survey told it.
#[derive(Debug)]
pub(crate) struct Part {
    menu: bool,
    code: Box<str>,
    mark: i32,
    points: i32,
    /// A `survey.v1.AreaRating` or `MenuRating`.
    bytes: Box<[u8]>,
}

/// A rating by one policy.
#[derive(Debug)]
pub(crate) struct Rated {
    policy: Arc<str>,
    /// Whether the skill part was answered.
    answered: bool,
    /// Areas, then menus, each in the survey's order.
    parts: Box<[Arc<Part>]>,
}

/// What the survey told of a person.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) rating: Rated,
    /// By the policy that is on its way into force.
    pub(crate) next: Option<Rated>,
    /// A bit for each skill item the person can do, by its place in the list.
    pub(crate) skills: u64,
}

/// The parts and policies that are known, each once.
#[derive(Default)]
pub(crate) struct Parts {
    known: HashMap<Box<[u8]>, Arc<Part>>,
    policies: Vec<Arc<str>>,
    swept: usize,
}

impl Part {
    /// From what [`Part::kept`] gave.
    fn read(kept: &[u8]) -> Option<Self> {
        let (&kind, bytes) = kept.split_first()?;
        let part =
            |menu, code: String, mark, points| Self { menu, code: code.into(), mark, points, bytes: bytes.into() };
        match kind {
            0 => survey::AreaRating::decode(bytes).ok().map(|of| part(false, of.area, of.mark, of.points)),
            1 => survey::MenuRating::decode(bytes).ok().map(|of| part(true, of.menu, of.mark, of.points)),
            _ => None,
        }
    }

    /// As it is kept in a file: what it is, and its bytes.
    pub(crate) fn kept(&self) -> Vec<u8> {
        [&[u8::from(self.menu)], &*self.bytes].concat()
    }

    fn mark(&self) -> Mark {
        match survey::Mark::try_from(self.mark).unwrap_or_default() {
            survey::Mark::Strong => Mark::Strong,
            survey::Mark::Able => Mark::Able,
            survey::Mark::None | survey::Mark::Unspecified => Mark::None,
        }
    }
}

impl Parts {
    /// A rating, of parts that are known or become so.
    pub(crate) fn rated(&mut self, rating: &survey::Rating) -> Rated {
        let areas = rating.areas.iter().map(|area| (0, area.encode_to_vec()));
        let menus = rating.menus.iter().map(|menu| (1, menu.encode_to_vec()));
        let kept = areas.chain(menus).map(|(kind, bytes)| [&[kind], &*bytes].concat());
        // What was just encoded can be read.
        let parts = kept.filter_map(|kept| self.part(&kept)).collect();
        Rated { policy: self.policy(&rating.policy), answered: rating.skills_answered, parts }
    }

    /// The part that is kept as these bytes.
    pub(crate) fn part(&mut self, kept: &[u8]) -> Option<Arc<Part>> {
        if let Some(known) = self.known.get(kept) {
            return Some(known.clone());
        }
        self.sweep();
        let part = Arc::new(Part::read(kept)?);
        self.known.insert(kept.into(), part.clone());
        Some(part)
    }

    /// A policy's id, of which there are few.
    pub(crate) fn policy(&mut self, id: &str) -> Arc<str> {
        if let Some(known) = self.policies.iter().find(|known| ***known == *id) {
            return known.clone();
        }
        let new: Arc<str> = id.into();
        self.policies.push(new.clone());
        new
    }

    /// What the survey told of a person.
    pub(crate) fn person(&mut self, told: &survey::RatingChanged, rating: &survey::Rating) -> Person {
        let items = kit_vocabulary::skill_items();
        let bits = told.can_items.iter().filter_map(|code| items.position(code)).map(|at| 1 << at);
        Person {
            rating: self.rated(rating),
            next: told.next.as_ref().map(|next| self.rated(next)),
            skills: bits.fold(0, |all, bit: u64| all | bit),
        }
    }

    /// Forgets parts that nobody has any more, once there are twice as many as the last time.
    fn sweep(&mut self) {
        if self.known.len() > SWEEP + 2 * self.swept {
            self.known.retain(|_, part| Arc::strong_count(part) > 1);
            self.swept = self.known.len();
        }
    }

    /// Bytes allocated, about.
    pub(crate) fn bytes(&self) -> usize {
        let one = |part: &Arc<Part>| size_of::<(Box<[u8]>, Arc<Part>)>() + size_of::<Part>() + 2 * part.bytes.len();
        self.known.values().map(one).sum()
    }
}

impl Rated {
    /// Of parts that were kept.
    pub(crate) const fn new(policy: Arc<str>, answered: bool, parts: Box<[Arc<Part>]>) -> Self {
        Self { policy, answered, parts }
    }

    pub(crate) const fn policy(&self) -> &Arc<str> {
        &self.policy
    }

    pub(crate) const fn answered(&self) -> bool {
        self.answered
    }

    pub(crate) fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    /// As the survey told it, without whose it is and the response it follows from.
    pub(crate) fn open(&self) -> survey::Rating {
        let (menus, areas): (Vec<_>, Vec<_>) = self.parts.iter().partition(|part| part.menu);
        survey::Rating {
            policy: String::from(&*self.policy),
            areas: areas.iter().filter_map(|part| survey::AreaRating::decode(&*part.bytes).ok()).collect(),
            menus: menus.iter().filter_map(|part| survey::MenuRating::decode(&*part.bytes).ok()).collect(),
            skills_answered: self.answered,
            ..Default::default()
        }
    }

    /// The marks of a list.
    pub(crate) fn menu_marks(&self) -> Vec<MenuMark> {
        let one = |part: &Arc<Part>| MenuMark { menu: part.code.to_string(), mark: part.mark, points: part.points };
        self.parts.iter().filter(|part| part.menu).map(one).collect()
    }

    pub(crate) fn area_marks(&self) -> Vec<AreaMark> {
        let one = |part: &Arc<Part>| AreaMark { area: part.code.to_string(), mark: part.mark, points: part.points };
        self.parts.iter().filter(|part| !part.menu).map(one).collect()
    }

    /// Marks and points as the index keeps them.
    pub(crate) fn marks(&self) -> Rating {
        let mut kept = Rating::default();
        for part in &self.parts {
            let points = u8::try_from(part.points).unwrap_or(u8::MAX);
            if part.menu {
                if let Some(at) = Menu::from_code(&part.code) {
                    (kept.menu_marks[at as usize], kept.menu_points[at as usize]) = (part.mark(), points);
                }
            } else if let Some(at) = Area::ALL.iter().position(|area| area.code() == &*part.code) {
                (kept.area_marks[at], kept.area_points[at]) = (part.mark(), points);
            }
        }
        kept
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.parts)
    }
}

impl Person {
    /// The rating by the policy in force; while the survey has told of none, the one it says is in force.
    pub(crate) fn under(&self, policy: Option<&str>) -> Option<&Rated> {
        let Some(policy) = policy else { return Some(&self.rating) };
        [Some(&self.rating), self.next.as_ref()].into_iter().flatten().find(|rated| &*rated.policy == policy)
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.rating.bytes() + self.next.as_ref().map_or(0, Rated::bytes)
    }
}
