//! Commands through the writer: load, obey, store, tell, all in one transaction.

use contract::engagement::v1 as wire;
use contract::engagement::v1::Side;
use contract::event::v1::Token;
use kit_log::{Committed, KeyStore, Origin, Unit};
use kit_serve::Caller;
use prost::Message;

use super::Desk;
use super::gatherings::holds_consultation;
use super::hand_in::hand_in;
use super::reach::{may_enter_for, may_say, reaches};
use super::subject::{of_case, of_consultation};
use crate::domain::catalogue::{Programme, programme};
use crate::domain::consultation::Finding;
use crate::domain::{Case, Change, Consultation, Deed, Fault, Filled, Moment, Reason, Span, Subject};
use crate::enter;
use crate::error::Error;
use crate::events;
use crate::names::{self, Parties as _};
use crate::store::{self, Keys, Steps};

/// What is kept of a command for a repeat of its request: no confidential data.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Receipt {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    /// The id of the answers that came with it; empty for none.
    #[prost(string, tag = "2")]
    pub(super) answers: String,
}

/// A command, read: who asks, about what, based on what, and why.
pub(super) struct Asked {
    pub(super) caller: Caller,
    pub(super) origin: Origin,
    pub(super) id: String,
    pub(super) etag: String,
    pub(super) on_behalf_of: Side,
    pub(super) words: String,
}

pub(super) fn check_etag(version: i64, etag: &str) -> Result<(), Error> {
    if etag.is_empty() || etag == version.to_string() { Ok(()) } else { Err(Error::StaleEtag(version.to_string())) }
}

/// The programme a stored thing belongs to.
pub(super) fn programme_of(id: &str) -> Result<&'static Programme, Error> {
    programme(id).ok_or_else(|| kit_log::Error::Internal(format!("no data of the programme {id}")).into())
}

/// The visit that a deed reports; 0 for none.
const fn visit_of(deed: &Deed) -> i32 {
    match deed {
        Deed::Hold(report) => report.texts.number,
        _ => 0,
    }
}

/// `answers/<id>`, or nothing.
fn answers_name(receipt: &Receipt) -> String {
    if receipt.answers.is_empty() { String::new() } else { names::answers(&receipt.answers) }
}

/// The time a deed needs the expert for.
const fn span_of(deed: &Deed) -> Option<Span> {
    match deed {
        Deed::Plan(span) | Deed::Reschedule(_, span) => Some(*span),
        Deed::Hold(report) => Some(report.span),
        _ => None,
    }
}

/// What a command did: the thing as it now stands, the name of the answers that came with it, the token.
pub(super) type Done<T> = (T, String, Token);

impl Desk {
    /// Carries a deed out, and keeps the answers to a form that came with it; answers the case as it now stands.
    pub(super) async fn change(
        &self,
        asked: Asked,
        deed: Deed,
        filled: Option<Filled>,
    ) -> Result<Done<wire::Case>, Error> {
        let Asked { caller, origin, id, etag, on_behalf_of, words } = asked;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut case = store::by_id(unit.session(), keys, &id).await?.ok_or(Error::NoSuchCase)?;
                reaches(&who, &case.facts)?;
                match &deed {
                    Deed::Confirm(_, side) | Deed::Say(side, _) | Deed::FollowOn(side, ..) => {
                        may_say(&who, &case.facts, *side, on_behalf_of)?
                    }
                    _ => may_enter_for(&who, &case.facts, on_behalf_of)?,
                }
                check_etag(case.version, &etag)?;
                let actor = unit.actor().to_owned();
                let at = Moment { now: unit.now(), actor: &actor, on_behalf_of, words: &words };
                let visit = visit_of(&deed);
                let handed_over = matches!(deed, Deed::HandOver(..));
                carry_out(unit, keys, &mut case, deed, &at).await?;
                if handed_over {
                    hand_over_sources(unit, keys, &case.facts, &at).await?;
                }
                let subject = of_case(&case.facts, visit)?;
                let answers = keep_answers(unit, keys, (&who, &subject), filled.as_ref(), &at).await?;
                Ok::<_, Error>(Receipt { id, answers })
            })
        });
        let committed = committed.await?;
        let answers = answers_name(&committed.answer);
        let (case, token) = self.answer(&caller, committed).await?;
        Ok((case, answers, token))
    }

    /// Begins a case, and converts the consultations among its sources.
    pub(super) async fn begin(
        &self,
        (caller, origin): (Caller, Origin),
        facts: wire::CaseFacts,
        texts: wire::CaseTexts,
    ) -> Result<(wire::Case, Token), Error> {
        reaches(&caller, &facts)?;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let at = own_name(unit, &actor);
                let sources = facts.sources.clone();
                let consultations = sources.iter().map(|source| source.strip_prefix("consultations/")).enumerate();
                for (index, consultation) in consultations.filter_map(|(index, source)| Some((index, source?))) {
                    let mut met = convertible(unit, keys, (&who, &facts), consultation, index).await?;
                    let change = met.convert(&names::case(&id), &at)?;
                    tell_consultation(unit, keys, &met, &change, &at).await?;
                }
                enter::case(unit, keys, &id, (facts, texts), &at).await?;
                Ok::<_, Error>(Receipt { id, answers: String::new() })
            })
        });
        self.answer(&caller, committed.await?).await
    }

    /// Enters a consultation.
    pub(super) async fn enter(
        &self,
        (caller, origin): (Caller, Origin),
        facts: wire::ConsultationFacts,
        texts: wire::ConsultationTexts,
    ) -> Result<(wire::Consultation, Token), Error> {
        reaches(&caller, &facts)?;
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                holds_consultation(unit.session(), &facts).await?;
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let at = own_name(unit, &actor);
                enter::consultation(unit, keys.as_ref(), &id, (facts, texts), &at).await?;
                Ok::<_, Error>(Receipt { id, answers: String::new() })
            })
        });
        let committed = committed.await?;
        Ok((self.consultation(&caller, &committed.answer.id).await?, committed.token))
    }

    /// Takes the report of a consultation.
    pub(super) async fn take_report(
        &self,
        asked: Asked,
        (finding, filled): (Finding, Option<Filled>),
    ) -> Result<Done<wire::Consultation>, Error> {
        let Asked { caller, origin, id, etag, on_behalf_of, words } = asked;
        let (keys, who) = (self.log.keys().clone(), caller.clone());
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::consultation(unit.session(), keys, &id).await?;
                let mut met = found.ok_or(Error::NoSuchConsultation)?;
                reaches(&who, &met.facts)?;
                may_enter_for(&who, &met.facts, on_behalf_of)?;
                check_etag(met.version, &etag)?;
                let actor = unit.actor().to_owned();
                let at = Moment { now: unit.now(), actor: &actor, on_behalf_of, words: &words };
                let change = met.report(finding, &at)?;
                if !change.is_empty() {
                    tell_consultation(unit, keys, &met, &change, &at).await?;
                }
                let subject = of_consultation(&met);
                let answers = keep_answers(unit, keys, (&who, &subject), filled.as_ref(), &at).await?;
                Ok::<_, Error>(Receipt { id, answers })
            })
        });
        let committed = committed.await?;
        let answers = answers_name(&committed.answer);
        Ok((self.consultation(&caller, &committed.answer.id).await?, answers, committed.token))
    }

    async fn answer(&self, caller: &Caller, committed: Committed<Receipt>) -> Result<(wire::Case, Token), Error> {
        // Whoever handed it over reached it then, and is told how it left.
        Ok((self.found(caller, &committed.answer.id).await?, committed.token))
    }
}

/// Keeps the answers to a form that came with a command. They are the side's own words only when the side itself is the
/// caller.
async fn keep_answers(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    (caller, subject): (&Caller, &Subject),
    filled: Option<&Filled>,
    at: &Moment<'_>,
) -> Result<String, Error> {
    let Some(filled) = filled else { return Ok(String::new()) };
    let (side, other) = match filled.rule.side() {
        Side::Expert => (subject.expert(), subject.company()),
        _ => (subject.company(), subject.expert()),
    };
    // Whoever may report for both sides may not answer a form in the other's name.
    if caller.owns(other) && !caller.owns(side) {
        return Err(Error::NotAParty);
    }
    let on_behalf = at.on_behalf_of != Side::Unspecified || !caller.owns(side);
    hand_in(unit, keys, subject, filled, (on_behalf, at)).await
}

/// A command that somebody gives in the own name and without words.
pub(super) fn own_name<'a>(unit: &Unit, actor: &'a str) -> Moment<'a> {
    Moment { now: unit.now(), actor, on_behalf_of: Side::Unspecified, words: "" }
}

/// Carries a deed out on a stored case.
pub(super) async fn carry_out(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    case: &mut Case,
    deed: Deed,
    at: &Moment<'_>,
) -> Result<(), Error> {
    let programme = programme_of(&case.facts.programme)?;
    let mut busy = Vec::new();
    if let Some(span) = span_of(&deed) {
        // Nobody is at two places under two names.
        for name in store::names_of_person(unit.session(), &case.facts.expert).await? {
            busy.extend(store::busy(unit.session(), &name, &case.facts.case_id, span).await?);
        }
    }
    let change = case.obey(deed, at, &busy, programme)?;
    if change.is_empty() {
        return Ok(());
    }
    let (name, key) = (names::case(&case.facts.case_id), names::key_of(&case.facts));
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let steps = Steps { subject: &name, key: &key, steps: &change.steps };
    let steps = store::record(unit.session(), &sealing, &[steps], false).await?.concat();
    events::case(unit, case, &change.kinds, steps, at.words);
    store::save(unit.session(), &sealing, case).await?;
    enter::records(unit, &case.facts.expert).await
}

/// The consultation that a case is to begin from: within reach, and of the same company.
async fn convertible(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    (caller, facts): (&Caller, &wire::CaseFacts),
    id: &str,
    index: usize,
) -> Result<Consultation, Error> {
    let met = store::consultation(unit.session(), keys, id).await?.ok_or(Error::NoSuchConsultation)?;
    reaches(caller, &met.facts)?;
    if met.facts.company() == facts.company() {
        Ok(met)
    } else {
        Err(Error::Invalid(vec![Fault::new(format!("sources[{index}]"), Reason::OtherCompany)]))
    }
}

/// The consultations that became a case go with it: who looks after it now needs to know what was said there.
async fn hand_over_sources(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    facts: &wire::CaseFacts,
    at: &Moment<'_>,
) -> Result<(), Error> {
    for id in facts.sources.iter().filter_map(|source| source.strip_prefix("consultations/")) {
        let found = store::consultation(unit.session(), keys, id).await?;
        let Some(mut met) = found.filter(|met| met.facts.case == names::case(&facts.case_id)) else { continue };
        let change = met.hand_over(&facts.body, at);
        if !change.is_empty() {
            tell_consultation(unit, keys, &met, &change, at).await?;
        }
    }
    Ok(())
}

async fn tell_consultation(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    met: &Consultation,
    change: &Change,
    at: &Moment<'_>,
) -> Result<(), Error> {
    let (name, key) = (names::consultation(&met.facts.consultation_id), names::key_of(&met.facts));
    let sealing = Keys::ensure(keys, std::slice::from_ref(&key)).await?;
    let steps = Steps { subject: &name, key: &key, steps: &change.steps };
    let steps = store::record(unit.session(), &sealing, &[steps], false).await?.concat();
    events::consultation(unit, met, &change.kinds, steps, at.words);
    Ok(store::save_consultation(unit.session(), &sealing, met).await?)
}
