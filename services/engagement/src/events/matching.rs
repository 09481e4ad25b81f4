//! What is read from matching's log: a proposal that both accepted opens its case, a consultation event is a gathering here.
//!
//! Events may come again, and after a reading from nothing each thing's newest word comes first, in whatever order. So whatever
//! is made here bears an id that follows from what it comes from, and what needs several things is looked at with each of them.

use std::sync::Arc;

use contract::engagement::v1::{AttendanceRecorded, ClaimKind, Side};
use contract::matching::v1::{
    ApplicationChanged, ApplicationTexts, ConsultationEventChanged, ConsultationEventFacts, ProposalChanged,
    ProposalPersonal, Timetable, TimetableChanged,
};
use kit_log::{KeyStore, Received, Refusal, Unit};
use prost::Name as _;

use crate::domain::Moment;
use crate::domain::gathering::{Gathering, Word};
use crate::domain::matched::{self, Application, Unfit};
use crate::{enter, names, store};

/// Who acts when an event does.
const ACTOR: &str = "service:matching";

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        Self::Fault(unfit.to_string())
    }
}

/// Takes over what matching tells.
pub(crate) struct FollowMatching {
    pub(crate) keys: Arc<dyn KeyStore>,
}

impl FollowMatching {
    /// Whether it looks at this type of event.
    pub(super) fn reads(event_type: &str) -> bool {
        let names = [
            ProposalChanged::full_name(),
            ConsultationEventChanged::full_name(),
            ApplicationChanged::full_name(),
            TimetableChanged::full_name(),
        ];
        names.iter().any(|name| name == event_type)
    }

    /// Takes over an event of a type that it looks at.
    pub(super) async fn follow(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let kind = &event.event.r#type;
        if *kind == ProposalChanged::full_name() {
            self.proposal(unit, event).await
        } else if *kind == ConsultationEventChanged::full_name() {
            self.consultation_event(unit, event).await
        } else if *kind == ApplicationChanged::full_name() {
            self.application(unit, event).await
        } else {
            self.timetable(unit, event).await
        }
    }

    async fn proposal(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ProposalChanged = event.clear()?;
        let facts = told.facts.ok_or(Unfit::Missing("facts"))?;
        let name = format!("proposals/{}", facts.proposal_id);
        if !matched::opens_case(&facts) || store::opened_from(unit.session(), &name).await?.is_some() {
            return Ok(());
        }
        let personal: Option<ProposalPersonal> = event.personal()?;
        let case = matched::case_of(facts, personal.map(|body| body.company_name).unwrap_or_default())?;
        let (id, at) = (unit.fresh_id(), now(unit));
        Ok(enter::case(unit, self.keys.as_ref(), &id, case, &at).await?)
    }

    async fn consultation_event(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ConsultationEventChanged = event.clear()?;
        let facts = told.facts.ok_or(Unfit::Missing("facts"))?;
        let gathering = matched::gathering_of(&facts)?;
        let first = store::told_event(unit.session(), &facts.event_id).await?.is_none();
        if !store::keep_event(unit.session(), &facts).await? {
            return Ok(());
        }
        let at = now(unit);
        match store::gathering(unit.session(), &facts.event_id).await? {
            None => {
                let gathering = Gathering::enter(&facts.event_id, gathering, &at);
                enter::gathering(unit, &gathering).await?;
            }
            Some(mut known) => {
                if known.follow(gathering, &at) {
                    super::gathering(unit, &known);
                    store::save_gathering(unit.session(), &known).await?;
                }
            }
        }
        if !first {
            return Ok(());
        }
        for application in store::told_applications(unit.session(), self.keys.as_ref(), &facts.event_id).await? {
            self.take_part(unit, &facts, &application).await?;
        }
        match store::told_timetable(unit.session(), &facts.event_id).await? {
            Some(timetable) => self.over(unit, &facts, &timetable).await,
            None => Ok(()),
        }
    }

    async fn application(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ApplicationChanged = event.clear()?;
        let facts = told.facts.ok_or(Unfit::Missing("facts"))?;
        if facts.company.as_ref().is_none_or(|company| company.company.is_empty()) {
            return Err(Unfit::Missing("company").into());
        }
        let texts: Option<ApplicationTexts> = event.personal()?;
        let application = Application { facts, texts: texts.unwrap_or_default() };
        let event_id = id_of(&application.facts.event).to_owned();
        if !store::keep_application(unit.session(), self.keys.as_ref(), &event_id, &application).await? {
            return Ok(());
        }
        let Some(held) = store::told_event(unit.session(), &event_id).await? else { return Ok(()) };
        self.take_part(unit, &held, &application).await?;
        match store::told_timetable(unit.session(), &event_id).await? {
            Some(timetable) => self.consult(unit, &held, &timetable, application).await,
            None => Ok(()),
        }
    }

    async fn timetable(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: TimetableChanged = event.clear()?;
        let timetable = told.timetable.filter(|_| told.over).unwrap_or_default();
        let event_id = id_of(&timetable.event).to_owned();
        if event_id.is_empty() || !store::keep_timetable(unit.session(), &event_id, &timetable).await? {
            return Ok(());
        }
        match store::told_event(unit.session(), &event_id).await? {
            Some(held) => self.over(unit, &held, &timetable).await,
            None => Ok(()),
        }
    }

    /// A company's part in the gathering. Whoever holds the applications has their rules: what is told stands.
    async fn take_part(
        &self,
        unit: &mut Unit,
        held: &ConsultationEventFacts,
        application: &Application,
    ) -> Result<(), Refusal> {
        let Some(gathering) = store::gathering(unit.session(), &held.event_id).await? else { return Ok(()) };
        let (keys, facts) = (self.keys.as_ref(), &application.facts);
        let company = facts.company.clone().unwrap_or_default();
        let mut known = store::part_of(unit.session(), keys, &held.event_id, &company.company).await?;
        if known.is_none() {
            // The company was found to be another one of the register since.
            known = store::participation(unit.session(), keys, &facts.application_id).await?;
        }
        let id = known.as_ref().map_or(&facts.application_id, |known| &known.facts.participation_id).clone();
        let word = Word {
            company,
            company_name: application.texts.company_name.clone(),
            state: matched::part_state(facts.state()),
            people: facts.people,
            walk_in: facts.walk_in,
            apply_time: facts.apply_time,
        };
        let part = gathering.take_over(&id, known.as_ref(), word, &now(unit));
        Ok(enter::part(unit, keys, known.as_ref(), &part).await?)
    }

    /// The event is over: what was held is reported from now on, and who was there may claim the fee.
    async fn over(&self, unit: &mut Unit, held: &ConsultationEventFacts, timetable: &Timetable) -> Result<(), Refusal> {
        for application in store::told_applications(unit.session(), self.keys.as_ref(), &held.event_id).await? {
            self.consult(unit, held, timetable, application).await?;
        }
        let at = now(unit);
        for present in matched::present(held) {
            let lecture = present.lectures.then_some(ClaimKind::Lecture);
            for kind in lecture.into_iter().chain([ClaimKind::ConsultationEvent]) {
                let (event, expert) = (names::gathering(&held.event_id), present.expert.clone());
                enter::attendance(unit, &AttendanceRecorded { event, expert, kind: kind.into() }, &at).await?;
            }
        }
        Ok(())
    }

    /// The consultation that a company had at its seat. It bears the application's id, so there is one.
    async fn consult(
        &self,
        unit: &mut Unit,
        held: &ConsultationEventFacts,
        timetable: &Timetable,
        application: Application,
    ) -> Result<(), Refusal> {
        let id = application.facts.application_id.clone();
        let name = format!("applications/{id}");
        let Some(seat) = timetable.seats.iter().find(|seat| seat.application == name) else { return Ok(()) };
        let Some(met) = matched::consultation_of(held, seat, application) else { return Ok(()) };
        let keys = self.keys.as_ref();
        if store::consultation(unit.session(), keys, &id).await?.is_some() {
            return Ok(());
        }
        let at = now(unit);
        Ok(enter::consultation(unit, keys, &id, met, &at).await?)
    }
}

fn now(unit: &Unit) -> Moment<'static> {
    Moment { now: unit.now(), actor: ACTOR, on_behalf_of: Side::Unspecified, words: "" }
}

/// The part after `consultationEvents/`.
fn id_of(event: &str) -> &str {
    event.strip_prefix("consultationEvents/").unwrap_or(event)
}
