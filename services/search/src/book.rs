//! What is known of every expert, joined: the registry's entry, the survey's rating, and the index over those who may be
//! shown. Whoever is not certain to be listed is not in the index.

use std::collections::{HashMap, HashSet};

use contract::registry::v1::{ExpertChanged, ExpertPerson, ExpertState};
use contract::survey::v1 as survey;

use crate::domain::{Area, Entry, Index, Mark, Menu, Rating, Schema};

/// An expert as the registry last told.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) entry: ExpertChanged,
    /// `None` when the person is erased: then nothing is shown.
    pub(crate) person: Option<ExpertPerson>,
}

/// Everything a search knows.
pub(crate) struct Book {
    index: Index,
    cards: HashMap<String, Card>,
    ratings: HashMap<String, survey::Rating>,
    /// From the survey's id of a person to the expert's.
    experts: HashMap<String, String>,
    /// From the registration number to the expert's id.
    numbers: HashMap<String, String>,
    /// Aggregates with an event set aside: `expert/<id>`, `rating/<respondent>`.
    held_back: HashSet<String>,
}

impl Book {
    pub(crate) fn new(schema: Schema) -> Self {
        Self {
            index: Index::new(schema),
            cards: HashMap::new(),
            ratings: HashMap::new(),
            experts: HashMap::new(),
            numbers: HashMap::new(),
            held_back: HashSet::new(),
        }
    }

    pub(crate) const fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn known(&self) -> usize {
        self.cards.len()
    }

    /// The expert with this id, if shown.
    pub(crate) fn shown(&self, id: &str) -> Option<&Card> {
        self.cards.get(id).filter(|card| self.is_shown(card))
    }

    /// The expert with this registration number (six digits), if shown.
    pub(crate) fn shown_by_number(&self, number: &str) -> Option<&Card> {
        self.numbers.get(number).and_then(|id| self.shown(id))
    }

    /// The rating of an expert who answered the survey.
    pub(crate) fn rating(&self, card: &Card) -> Option<&survey::Rating> {
        self.ratings.get(&card.entry.respondent_id)
    }

    /// Takes what the registry told.
    ///
    /// # Errors
    /// A code that no list knows, named.
    pub(crate) fn put_expert(&mut self, card: Card) -> Result<(), String> {
        let id = card.entry.expert_id.clone();
        self.forget_expert(&id);
        if !card.entry.respondent_id.is_empty() {
            self.experts.insert(card.entry.respondent_id.clone(), id.clone());
        }
        if let Some(person) = &card.person {
            self.numbers.insert(person.registration_number.clone(), id.clone());
        }
        self.cards.insert(id.clone(), card);
        self.refresh(&id)
    }

    /// Takes what the survey told.
    ///
    /// # Errors
    /// As [`Book::put_expert`].
    pub(crate) fn put_rating(&mut self, rating: survey::Rating) -> Result<(), String> {
        let respondent = rating.respondent_id.clone();
        self.ratings.insert(respondent.clone(), rating);
        self.refresh_person(&respondent)
    }

    /// Hides, or no longer hides, whom an aggregate is about.
    pub(crate) fn hold_back(&mut self, aggregate: &str, hold: bool) {
        if hold {
            self.held_back.insert(aggregate.to_owned());
        } else {
            self.held_back.remove(aggregate);
        }
        let refreshed = match aggregate.split_once('/') {
            Some(("expert", id)) => self.refresh(id),
            Some((_, respondent)) => self.refresh_person(respondent),
            None => Ok(()),
        };
        if let Err(error) = refreshed {
            tracing::warn!(aggregate, error, "stays hidden");
        }
    }

    /// Forgets those whom a producer's log, read from nothing, did not bring again.
    pub(crate) fn keep_only(&mut self, producer: &str, brought: &HashSet<String>) {
        if producer == "survey" {
            let gone: Vec<_> =
                self.ratings.keys().filter(|r| !brought.contains(&format!("rating/{r}"))).cloned().collect();
            for respondent in gone {
                self.ratings.remove(&respondent);
                drop(self.refresh_person(&respondent));
            }
        } else {
            let gone: Vec<_> =
                self.cards.keys().filter(|id| !brought.contains(&format!("expert/{id}"))).cloned().collect();
            for id in gone {
                self.forget_expert(&id);
            }
        }
    }

    fn forget_expert(&mut self, id: &str) {
        self.index.remove(id);
        let Some(card) = self.cards.remove(id) else { return };
        self.experts.remove(&card.entry.respondent_id);
        if let Some(person) = card.person {
            self.numbers.remove(&person.registration_number);
        }
    }

    fn refresh_person(&mut self, respondent: &str) -> Result<(), String> {
        match self.experts.get(respondent).cloned() {
            Some(id) => self.refresh(&id),
            None => Ok(()),
        }
    }

    /// Brings the index in line with what is known of one expert.
    fn refresh(&mut self, id: &str) -> Result<(), String> {
        let entry = self.cards.get(id).filter(|card| self.is_shown(card)).map(|card| self.entry(card));
        match entry {
            Some(entry) => self.index.upsert(entry).map_err(|unknown| {
                // What the index cannot hold must not stay in it as it was before.
                self.index.remove(id);
                unknown.to_string()
            }),
            None => {
                self.index.remove(id);
                Ok(())
            }
        }
    }

    /// Listed, not erased, nothing set aside, and rated where the survey was answered: fails closed.
    fn is_shown(&self, card: &Card) -> bool {
        let respondent = &card.entry.respondent_id;
        card.entry.state() == ExpertState::Listed
            && card.person.is_some()
            && (respondent.is_empty() || self.ratings.contains_key(respondent))
            && !self.held_back.contains(&format!("expert/{}", card.entry.expert_id))
            && !["rating", "response"].iter().any(|kind| self.held_back.contains(&format!("{kind}/{respondent}")))
    }

    fn entry(&self, card: &Card) -> Entry {
        let terms = card.entry.terms.clone().unwrap_or_default();
        let one = |code: String| (!code.is_empty()).then_some(code);
        // "None of these" is an answer, and no value to search by.
        let many = |mut codes: Vec<String>| {
            codes.retain(|code| code != "none");
            codes
        };
        Entry {
            id: card.entry.expert_id.clone(),
            residence: one(terms.residence),
            affiliation: one(terms.affiliation),
            fee: one(terms.fee_per_visit),
            prefectures: many(terms.prefectures),
            industries: many(terms.industries),
            formats: many(terms.formats),
            durations: many(terms.durations),
            sizes: many(terms.company_sizes),
            qualifications: many(terms.qualifications),
            themes: many(terms.themes),
            rating: self.rating(card).map(marks).unwrap_or_default(),
            ..Default::default()
        }
    }
}

/// The marks and points of a rating as the index keeps them.
fn marks(rating: &survey::Rating) -> Rating {
    let mark = |mark: survey::Mark| match mark {
        survey::Mark::Strong => Mark::Strong,
        survey::Mark::Able => Mark::Able,
        survey::Mark::None | survey::Mark::Unspecified => Mark::None,
    };
    let points = |points: i32| u8::try_from(points).unwrap_or(u8::MAX);
    let mut kept = Rating::default();
    for area in &rating.areas {
        if let Some(at) = Area::ALL.iter().position(|a| a.code() == area.area) {
            (kept.area_marks[at], kept.area_points[at]) = (mark(area.mark()), points(area.points));
        }
    }
    for menu in &rating.menus {
        if let Some(at) = Menu::from_code(&menu.menu) {
            (kept.menu_marks[at as usize], kept.menu_points[at as usize]) = (mark(menu.mark()), points(menu.points));
        }
    }
    kept
}
