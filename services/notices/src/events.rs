//! What the notices read from other services' logs, and what they tell.

mod matching;
mod survey;

use std::sync::Arc;

use contract::engagement::v1::{CaseChanged, CasePersonal, ConsultationChanged, ConsultationPersonal};
use contract::notices::v1::{ConfidentialParameter, NoticeChanged, NoticePersonal};
use contract::registry::v1::{ExpertChanged, ExpertPerson, ExpertState};
use futures::future::BoxFuture;
use kit_log::{Handler, Interest, KeyStore, NewEvent, Personal, Received, Refusal, Unit};
use prost::Name as _;

use crate::desk::{self, Desk};
use crate::domain::notice::Notice;
use crate::domain::situation::Situation;
use crate::domain::{case, consultation, expert};
use crate::store;

/// Packages whose events may concern somebody; what no rule looks at is passed over.
const PACKAGES: [&str; 4] =
    ["activelist.engagement.v1.", "activelist.registry.v1.", "activelist.matching.v1.", "activelist.survey.v1."];
/// The newest version of their meaning that is understood.
const SCHEMA: i32 = 1;

/// Emits a notice as it stands after a change; answers the position.
pub(crate) fn notice(unit: &mut Unit, notice: &Notice, changed: &str) -> i64 {
    let body = NoticeChanged { facts: Some(notice.facts.clone()), changed: vec![changed.to_owned()] };
    let event = NewEvent::new("notice", &notice.facts.notice_id, &body);
    if notice.words.is_empty() || notice.key_id.is_empty() {
        return unit.emit(event);
    }
    let parameter =
        |(name, value): &(String, String)| ConfidentialParameter { name: name.clone(), value: value.clone() };
    let personal = NoticePersonal { parameters: notice.words.iter().map(parameter).collect() };
    unit.emit(event.personal(&notice.key_id, &personal))
}

/// Derives notices from what happened.
pub(crate) struct Derive {
    pub(crate) desk: Arc<Desk>,
    pub(crate) keys: Arc<dyn KeyStore>,
}

impl Handler for Derive {
    fn interest(&self, event_type: &str) -> Interest {
        let names = [CaseChanged::full_name(), ConsultationChanged::full_name(), ExpertChanged::full_name()];
        let applied = names.iter().chain(&matching::types()).chain(&survey::types()).any(|name| name == event_type);
        Interest::of(applied, PACKAGES.iter().any(|package| event_type.starts_with(package)), SCHEMA)
    }

    fn handle<'u>(&'u self, unit: &'u mut Unit, event: &'u Received) -> BoxFuture<'u, Result<(), Refusal>> {
        Box::pin(async move {
            let kind = &event.event.r#type;
            if *kind == CaseChanged::full_name() {
                self.case(unit, event).await
            } else if *kind == ConsultationChanged::full_name() {
                self.consultation(unit, event).await
            } else if *kind == ExpertChanged::full_name() {
                self.expert(unit, event).await
            } else if survey::types().contains(kind) {
                self.survey(unit, event).await
            } else {
                self.matching(unit, event).await
            }
        })
    }
}

impl Derive {
    async fn case(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: CaseChanged = event.clear()?;
        let facts = told.facts.as_ref().ok_or_else(|| Refusal::Fault("a case without facts".to_owned()))?;
        let personal: Option<CasePersonal> = event.personal()?;
        let company_name = personal.and_then(|body| body.texts).map(|texts| texts.company_name).unwrap_or_default();
        let subject = format!("cases/{}", facts.case_id);
        let before = store::body_of(unit.session(), &subject).await?;
        let situations = case::situations(&told, &company_name, &before);
        if before != facts.body {
            store::keep_body(unit.session(), &subject, &facts.body).await?;
        }
        self.settle(unit, event, &subject, &situations).await
    }

    async fn consultation(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ConsultationChanged = event.clear()?;
        let facts = told.facts.ok_or_else(|| Refusal::Fault("a consultation without facts".to_owned()))?;
        let personal: Option<ConsultationPersonal> = event.personal()?;
        let company_name = personal.and_then(|body| body.texts).map(|texts| texts.company_name).unwrap_or_default();
        let situation = consultation::situation(&facts, &company_name);
        let subject = situation.subject.clone();
        self.settle(unit, event, &subject, &[situation]).await
    }

    async fn expert(&self, unit: &mut Unit, event: &Received) -> Result<(), Refusal> {
        let told: ExpertChanged = event.clear()?;
        let person: Option<ExpertPerson> = event.personal()?;
        let situation = expert::situation(&told);
        let subject = situation.subject.clone();
        let gone = told.state() == ExpertState::Erased || event.personal == Personal::Erased;
        match person.map(|person| person.email).filter(|address| !gone && !address.is_empty()) {
            Some(address) => {
                store::keep_address(unit.session(), self.keys.as_ref(), &subject, &address).await?;
            }
            None => store::forget_address(unit.session(), &subject).await?,
        }
        self.settle(unit, event, &subject, &[situation]).await
    }

    async fn settle(
        &self,
        unit: &mut Unit,
        event: &Received,
        subject: &str,
        situations: &[Situation],
    ) -> Result<(), Refusal> {
        let cause = desk::Cause { event: &event.event.id, key_id: &event.event.key_id };
        Ok(self.desk.settle(unit, self.keys.as_ref(), subject, situations, cause).await?)
    }
}
