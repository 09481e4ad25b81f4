//! The domain as messages of the contract, and back.

use std::collections::BTreeMap;

use contract::registry::v1 as wire;
use contract::registry::v1::{ConsentPurpose, PauseKind};
use kit_clock::Timestamp;
use kit_log::{clock_time, wire_time};

use crate::domain::listing::is_overdue;
use crate::domain::{Consent, ConsentSource, Expert, Obstacle, Pause, State, Verification};

/// `experts/<id>`.
pub(crate) fn name(id: &str) -> String {
    format!("experts/{id}")
}

/// An expert as calls answer it. `stale` is as of `now`, with the months a confirmation lasts.
pub(crate) fn expert(expert: &Expert, now: Timestamp, months: i32) -> wire::Expert {
    let pause = match expert.state {
        State::Paused(Pause::Requested) => PauseKind::Requested,
        State::Paused(Pause::Review(_)) => PauseKind::Review,
        _ => PauseKind::Unspecified,
    };
    wire::Expert {
        name: if expert.id.is_empty() { String::new() } else { name(&expert.id) },
        person: Some(expert.profile.person.clone()),
        terms: Some(expert.profile.terms.clone()),
        state: expert.state.stage().into(),
        pause: pause.into(),
        obstacles: expert.obstacles.iter().map(|obstacle| self::obstacle(*obstacle)).collect(),
        consents: consents(&expert.consents),
        verification: expert.verification.as_ref().map(verification),
        confirm_time: expert.confirm_time.map(wire_time),
        stale: is_overdue(expert, months, now),
        skills_answered: expert.skills_answered,
        respondent_id: expert.respondent_id.clone(),
        etag: etag(expert),
        create_time: Some(wire_time(expert.create_time)),
        update_time: Some(wire_time(expert.update_time)),
        merged_into: String::new(),
    }
}

/// The version as text.
pub(crate) fn etag(expert: &Expert) -> String {
    expert.version.to_string()
}

pub(crate) fn obstacle(obstacle: Obstacle) -> wire::ListingObstacle {
    let (ja, en) = (obstacle.ja().to_owned(), obstacle.en().to_owned());
    wire::ListingObstacle { reason: obstacle.code().to_owned(), ja, en }
}

pub(crate) fn consents(consents: &BTreeMap<ConsentPurpose, Consent>) -> Vec<wire::Consent> {
    let one = |(purpose, consent): (&ConsentPurpose, &Consent)| wire::Consent {
        purpose: (*purpose).into(),
        given: consent.given,
        time: Some(wire_time(consent.time)),
        actor: consent.actor.clone(),
        source: source_name(consent.source).to_owned(),
    };
    consents.iter().map(one).collect()
}

/// Consents as they were stored; `None` for one that this version does not know.
pub(crate) fn consent(stored: &wire::Consent) -> Option<(ConsentPurpose, Consent)> {
    let sources = [ConsentSource::Survey, ConsentSource::Call, ConsentSource::Import];
    let source = sources.into_iter().find(|source| source_name(*source) == stored.source)?;
    let time = clock_time(stored.time.as_ref()?);
    Some((stored.purpose(), Consent { given: stored.given, time, actor: stored.actor.clone(), source }))
}

const fn source_name(source: ConsentSource) -> &'static str {
    match source {
        ConsentSource::Survey => "survey",
        ConsentSource::Call => "call",
        ConsentSource::Import => "import",
    }
}

pub(crate) fn verification(verification: &Verification) -> wire::Verification {
    wire::Verification {
        source: verification.source.clone(),
        verified_by: verification.verified_by.clone(),
        verify_time: Some(wire_time(verification.verify_time)),
        valid_until: verification.valid_until.map(wire_time),
    }
}

/// A verification as it was stored.
pub(crate) fn stored_verification(stored: &wire::Verification) -> Option<Verification> {
    Some(Verification {
        source: stored.source.clone(),
        verified_by: stored.verified_by.clone(),
        verify_time: clock_time(stored.verify_time.as_ref()?),
        valid_until: stored.valid_until.as_ref().map(clock_time),
    })
}
