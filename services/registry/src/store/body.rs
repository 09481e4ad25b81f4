//! An expert as columns: what is not personal in the clear, the person sealed.

use std::collections::{BTreeSet, HashMap};

use contract::registry::v1 as wire;
use contract::registry::v1::{ExpertPerson, ExpertState, ExpertTerms};
use kit_log::keys::Key;
use kit_log::sql::Row;
use kit_log::{Error, KeyStore, Result};
use prost::Message;

use super::moment;
use crate::domain::profile::{FIELDS, Profile};
use crate::domain::{Causes, Delisting, Expert, Obstacle, Pause, State};
use crate::wire::{consent, consents, stored_verification, verification};

/// What is not personal and not searched by.
#[derive(Clone, PartialEq, Message)]
struct Facts {
    #[prost(message, optional, tag = "1")]
    terms: Option<ExpertTerms>,
    #[prost(message, repeated, tag = "2")]
    consents: Vec<wire::Consent>,
    #[prost(message, optional, tag = "3")]
    verification: Option<wire::Verification>,
    /// Microseconds.
    #[prost(int64, optional, tag = "4")]
    confirm_time: Option<i64>,
    #[prost(bool, tag = "5")]
    skills_answered: bool,
    /// The response taken over last; empty when there is none.
    #[prost(string, tag = "6")]
    response: String,
    /// When it was handed in, in microseconds.
    #[prost(int64, tag = "7")]
    submit_time: i64,
    /// Paths of the fields that stand as that response answered them.
    #[prost(string, repeated, tag = "8")]
    answered: Vec<String>,
    /// The survey's id of who the person is now; empty when himself or herself.
    #[prost(string, tag = "20")]
    merged_into: String,
    #[prost(int64, tag = "21")]
    revision: i64,
    #[prost(bool, tag = "22")]
    number_lost: bool,
    #[prost(int64, optional, tag = "23")]
    confirm_call: Option<i64>,
}

/// The columns that change.
pub(super) struct Columns {
    pub(super) respondent_id: Option<String>,
    pub(super) state: &'static str,
    pub(super) detail: &'static str,
    pub(super) obstacles: String,
    pub(super) facts: Vec<u8>,
    pub(super) person: Vec<u8>,
}

pub(super) async fn columns(expert: &Expert, keys: &dyn KeyStore) -> Result<Columns> {
    let ids = [expert.id.clone()];
    // Once the key is destroyed nothing about the person is written any more.
    let person = match keys.ensure(&ids).await?.get(&expert.id) {
        Some(key) => key.seal(&place(&expert.id), &expert.profile.person.encode_to_vec())?,
        None => Vec::new(),
    };
    let response = expert.response.clone();
    let (response, submit_time) = response.map_or((String::new(), 0), |(name, time)| (name, time.micros()));
    let facts = Facts {
        terms: Some(expert.profile.terms.clone()),
        consents: consents(&expert.consents),
        verification: expert.verification.as_ref().map(verification),
        confirm_time: expert.confirm_time.map(|time| time.micros()),
        confirm_call: expert.confirm_call.map(|time| time.micros()),
        skills_answered: expert.skills_answered,
        response,
        submit_time,
        answered: expert.answered.iter().map(|&path| path.to_owned()).collect(),
        merged_into: expert.merged_into.clone(),
        revision: expert.revision,
        number_lost: expert.number_lost,
    };
    Ok(Columns {
        respondent_id: Some(expert.respondent_id.clone()).filter(|id| !id.is_empty()),
        state: state_name(expert.state.stage()),
        detail: detail_name(expert.state),
        obstacles: obstacle_names(&expert.obstacles),
        facts: facts.encode_to_vec(),
        person,
    })
}

/// A row whose personal part is still sealed.
pub(super) struct Sealed {
    pub(super) id: String,
    entered: i64,
    person: Vec<u8>,
    expert: Expert,
}

impl Sealed {
    pub(super) fn read(row: &Row) -> Result<Self> {
        let id = row.text("id")?;
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of expert {id}"));
        let facts = Facts::decode(row.bytes("facts")?.as_slice()).map_err(|_| corrupt("facts"))?;
        let known: Option<Vec<_>> = facts.consents.iter().map(consent).collect();
        let checked = facts
            .verification
            .as_ref()
            .map(|stored| stored_verification(stored).ok_or_else(|| corrupt("verification")));
        let profile = Profile { person: ExpertPerson::default(), terms: facts.terms.unwrap_or_default() };
        let expert = Expert {
            respondent_id: row.opt_text("respondent_id")?.unwrap_or_default(),
            profile,
            state: state(&row.text("state")?, &row.text("detail")?)?,
            obstacles: obstacles_named(&row.text("obstacles")?)?.into_iter().collect(),
            consents: known.ok_or_else(|| corrupt("consents"))?.into_iter().collect(),
            verification: checked.transpose()?,
            confirm_time: facts.confirm_time.map(moment),
            confirm_call: facts.confirm_call.map(moment),
            skills_answered: facts.skills_answered,
            response: Some((facts.response, moment(facts.submit_time))).filter(|(name, _)| !name.is_empty()),
            answered: FIELDS
                .iter()
                .map(|field| field.path)
                .filter(|path| facts.answered.iter().any(|stored| stored == path))
                .collect(),
            merged_into: facts.merged_into,
            number_lost: facts.number_lost,
            revision: facts.revision,
            version: row.int("version")?,
            create_time: moment(row.int("create_time")?),
            update_time: moment(row.int("update_time")?),
            id: id.clone(),
        };
        Ok(Self { id, entered: row.int("entered")?, person: row.bytes("person")?, expert })
    }

    /// The expert, with the person when there still is a key.
    pub(super) fn open(mut self, keys: &HashMap<String, Key>) -> Result<(i64, Expert)> {
        if let Some(key) = keys.get(&self.id).filter(|_| !self.person.is_empty()) {
            let body = key.open(&place(&self.id), &self.person)?;
            let corrupt = |_| Error::Corrupt(format!("person of expert {}", self.id));
            self.expert.profile.person = ExpertPerson::decode(body.as_slice()).map_err(corrupt)?;
        }
        Ok((self.entered, self.expert))
    }
}

/// What the seal is bound to, so that one person's body cannot pass for another's.
fn place(id: &str) -> String {
    format!("expert/{id}")
}

/// Empty for unspecified.
pub(super) const fn state_name(state: ExpertState) -> &'static str {
    match state {
        ExpertState::Unspecified => "",
        ExpertState::Draft => "draft",
        ExpertState::Listed => "listed",
        ExpertState::Paused => "paused",
        ExpertState::Delisted => "delisted",
        ExpertState::Erased => "erased",
    }
}

pub(super) fn state_named(name: &str) -> Result<ExpertState> {
    use ExpertState::{Delisted, Draft, Erased, Listed, Paused, Unspecified};
    let all = [Unspecified, Draft, Listed, Paused, Delisted, Erased];
    let found = all.into_iter().find(|state| state_name(*state) == name);
    found.ok_or_else(|| Error::Corrupt(format!("state {name:?}")))
}

const fn detail_name(state: State) -> &'static str {
    match state {
        State::Draft | State::Listed | State::Erased => "",
        State::Paused(Pause::Requested) => "requested",
        State::Paused(Pause::Review(Causes { overdue: true, lapsed: true })) => "overdue lapsed",
        State::Paused(Pause::Review(Causes { overdue: false, lapsed: true })) => "lapsed",
        State::Paused(Pause::Review(_)) => "overdue",
        State::Delisted(Delisting::ConsentWithdrawn) => "consent_withdrawn",
        State::Delisted(Delisting::StruckOff) => "struck_off",
    }
}

fn state(state: &str, detail: &str) -> Result<State> {
    let review = |overdue, lapsed| State::Paused(Pause::Review(Causes { overdue, lapsed }));
    let all = [
        State::Draft,
        State::Listed,
        State::Paused(Pause::Requested),
        review(true, false),
        review(false, true),
        review(true, true),
        State::Delisted(Delisting::ConsentWithdrawn),
        State::Delisted(Delisting::StruckOff),
        State::Erased,
    ];
    let found = all.into_iter().find(|one| state_name(one.stage()) == state && detail_name(*one) == detail);
    found.ok_or_else(|| Error::Corrupt(format!("state {state:?} {detail:?}")))
}

fn obstacle_names(obstacles: &BTreeSet<Obstacle>) -> String {
    if obstacles.is_empty() {
        return String::new();
    }
    obstacles.iter().fold(" ".to_owned(), |names, obstacle| names + obstacle.code() + " ")
}

pub(super) fn obstacles_named(names: &str) -> Result<Vec<Obstacle>> {
    let one = |name| Obstacle::parse(name).ok_or_else(|| Error::Corrupt(format!("obstacle {name:?}")));
    names.split_whitespace().map(one).collect()
}
