//! What is kept of one expert: what a list and a sheet show, as it travels, so that a million of them fit in memory; and
//! what the index wants of it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use contract::registry::v1::{ConsentPurpose, ExpertChanged, ExpertPerson, ExpertState};
use contract::search::v1::{Hit, Sheet};
use kit_vocabulary::Lang;
use prost::Message as _;

use crate::domain::Entry;
use crate::rated::{Person, Rated};

/// An expert as the registry last told, joined with what the survey told. Never changed: a change makes another.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) id: Box<str>,
    /// The person's id in the survey; empty for one who never answered.
    pub(crate) respondent: Box<str>,
    /// Listed, and not erased. Of others nothing more is kept.
    pub(crate) listed: bool,
    /// Erased, by its state or with its key.
    pub(crate) erased: bool,
    /// Six digits.
    pub(crate) number: Box<str>,
    /// A `Hit` without marks, standing, highlights and staleness.
    hit: Arc<[u8]>,
    /// A `Sheet` without summary and rating.
    rest: Arc<[u8]>,
    pub(crate) person: Option<Arc<Person>>,
    /// Of the texts that are searched.
    pub(crate) text_hash: u64,
}

/// The fields that free text is searched in, by the names the contract gives them.
pub(crate) const TEXT_FIELDS: [&str; 4] = ["self_pr", "support_summary", "organisation", "qualifications"];

/// A card, opened.
pub(crate) struct Open {
    pub(crate) hit: Hit,
    pub(crate) rest: Sheet,
}

impl Card {
    /// A card of what the registry told; `person` is `None` when the person is erased.
    pub(crate) fn new(entry: ExpertChanged, person: Option<ExpertPerson>) -> Self {
        let listed = entry.state() == ExpertState::Listed && person.is_some();
        let erased = person.is_none() || entry.state() == ExpertState::Erased;
        let mut card = Self { listed, erased, ..Self::empty(&entry.expert_id, &entry.respondent_id) };
        if let Some(person) = person.filter(|_| listed) {
            card.number = person.registration_number.as_str().into();
            let open = opened(entry, person);
            let mut hash = DefaultHasher::new();
            open.texts().hash(&mut hash);
            card.text_hash = hash.finish();
            card.rest = open.rest.encode_to_vec().into();
            card.hit = open.hit.encode_to_vec().into();
        }
        card
    }

    fn empty(id: &str, respondent: &str) -> Self {
        Self {
            id: id.into(),
            respondent: respondent.into(),
            listed: false,
            erased: false,
            number: Box::default(),
            hit: Arc::default(),
            rest: Arc::default(),
            person: None,
            text_hash: 0,
        }
    }

    /// The same expert with nothing known.
    pub(crate) fn emptied(&self) -> Self {
        Self::empty(&self.id, &self.respondent)
    }

    /// The same expert with what the survey told since.
    pub(crate) fn with_person(&self, told: Option<Arc<Person>>) -> Self {
        Self {
            id: self.id.clone(),
            respondent: self.respondent.clone(),
            listed: self.listed,
            erased: self.erased,
            number: self.number.clone(),
            hit: self.hit.clone(),
            rest: self.rest.clone(),
            person: told,
            text_hash: self.text_hash,
        }
    }

    /// The card from what [`Card::pieces`] gave.
    pub(crate) fn from_pieces(id: &str, respondent: &str, listed: bool, hit: Vec<u8>, rest: Vec<u8>) -> Option<Self> {
        let number = Hit::decode(&*hit).ok()?.registration_number.into();
        let (hit, rest) = (hit.into(), rest.into());
        let mut card = Self { listed, number, hit, rest, ..Self::empty(id, respondent) };
        Sheet::decode(&*card.rest).ok()?;
        let mut hash = DefaultHasher::new();
        card.open().texts().hash(&mut hash);
        card.text_hash = if listed { hash.finish() } else { 0 };
        Some(card)
    }

    /// The bytes it is kept in: the hit's, and the rest of the sheet's.
    pub(crate) fn pieces(&self) -> (&[u8], &[u8]) {
        (&self.hit, &self.rest)
    }

    /// What a list shows, without marks, standing, highlights and staleness.
    pub(crate) fn open_hit(&self) -> Hit {
        // It was encoded here.
        Hit::decode(&*self.hit).unwrap_or_default()
    }

    /// Puts the marks by a policy into what a list shows.
    pub(crate) fn put_marks(&self, policy: Option<&str>, hit: &mut Hit) {
        if let Some(rated) = self.rated(policy) {
            (hit.menus, hit.areas) = (rated.menu_marks(), rated.area_marks());
        }
    }

    pub(crate) fn open(&self) -> Open {
        Open { hit: self.open_hit(), rest: Sheet::decode(&*self.rest).unwrap_or_default() }
    }

    /// The rating by a policy of an expert who answered the survey.
    pub(crate) fn rated(&self, policy: Option<&str>) -> Option<&Rated> {
        self.person.as_ref().and_then(|person| person.under(policy))
    }

    /// Bytes allocated for it, without the person's.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.id.len() + self.respondent.len() + self.number.len() + self.hit.len() + self.rest.len()
    }

    /// What the index holds of it while this policy is in force.
    pub(crate) fn entry(&self, Open { hit, rest }: Open, policy: Option<&str>) -> Entry {
        let one = |code: String| (!code.is_empty()).then_some(code);
        // "None of these" is an answer, and no value to search by.
        let many = |mut codes: Vec<String>| {
            codes.retain(|code| code != "none");
            codes
        };
        let items = kit_vocabulary::skill_items().codes();
        let skills = self.person.as_ref().map_or(0, |person| person.skills);
        let can = |(at, _): &(usize, &kit_vocabulary::Code)| skills >> at & 1 == 1;
        Entry {
            id: String::from(&*self.id),
            residence: one(hit.residence),
            affiliation: one(hit.affiliation),
            fee: one(hit.fee_per_visit),
            prefectures: many(hit.prefectures),
            industries: many(hit.industries),
            formats: many(hit.formats),
            durations: many(hit.durations),
            sizes: many(rest.company_sizes),
            qualifications: many(hit.qualifications),
            themes: many(hit.themes),
            organisations: many(rest.organisations),
            skill_items: items.iter().enumerate().filter(can).map(|(_, code)| code.code.clone()).collect(),
            rating: self.rated(policy).map(Rated::marks).unwrap_or_default(),
        }
    }
}

impl Open {
    /// The texts that are searched, in the order of [`TEXT_FIELDS`].
    pub(crate) fn texts(&self) -> [String; TEXT_FIELDS.len()] {
        let names = kit_vocabulary::qualifications();
        let held = self.hit.qualifications.iter().filter_map(|code| names.label(code, Lang::Ja));
        let other = Some(self.rest.qualifications_other.as_str()).filter(|other| !other.is_empty());
        let qualifications: Vec<&str> = held.chain(other).collect();
        [
            self.rest.self_pr.clone(),
            self.hit.support_summary.clone(),
            self.hit.organisation.clone(),
            qualifications.join("、"),
        ]
    }
}

fn opened(entry: ExpertChanged, person: ExpertPerson) -> Open {
    let may_contact = entry.consents().any(|purpose| purpose == ConsentPurpose::Contact);
    let terms = entry.terms.unwrap_or_default();
    let hit = Hit {
        name: format!("experts/{}", entry.expert_id),
        full_name: person.full_name,
        registration_number: person.registration_number,
        themes: terms.themes,
        support_summary: person.support_summary,
        industries: terms.industries,
        prefectures: terms.prefectures,
        formats: terms.formats,
        durations: terms.durations,
        fee_per_visit: terms.fee_per_visit,
        qualifications: terms.qualifications,
        affiliation: terms.affiliation,
        organisation: person.organisation,
        residence: terms.residence,
        confirm_time: entry.confirm_time,
        ..Default::default()
    };
    let rest = Sheet {
        full_name_kana: person.full_name_kana,
        email: if may_contact { person.email } else { String::new() },
        homepage: person.homepage,
        residence_city: person.residence_city,
        self_pr: person.self_pr,
        registration_year: terms.registration_year,
        experience: terms.experience,
        support_experience: terms.support_experience,
        support_cases: terms.support_cases,
        support_years: terms.support_years,
        organisations: terms.organisations,
        company_sizes: terms.company_sizes,
        qualifications_other: person.qualifications_other,
        industries_other: person.industries_other,
        organisations_other: person.organisations_other,
        formats_other: person.formats_other,
        ..Default::default()
    };
    Open { hit, rest }
}
