//! Commands that take the answers to a form as well: what the fields leave out the answers say, and the reverse.

use contract::engagement::v1 as wire;
use kit_serve::Caller;

use super::ask::{Common, finding, held, outcome};
use super::subject::{Named, reaches_subject, subject};
use super::{Desk, filling};
use crate::domain::Subject;
use crate::domain::check::Check;
use crate::domain::forms::About;
use crate::error::Error;

impl Desk {
    /// What a form that comes with a command is about, as far as it is there: whether it is, the command itself finds out.
    async fn about(&self, caller: &Caller, form: &str, (about, id): (About, &str)) -> Result<Option<Subject>, Error> {
        if form.is_empty() || id.is_empty() {
            return Ok(None);
        }
        let mut session = self.log.read_session().await?;
        let named = Named { about, id, visit: 0, programme: "" };
        match subject(&mut session, self.log.keys().as_ref(), &named).await {
            Ok(subject) => reaches_subject(caller, &subject).map(|()| Some(subject)),
            Err(Error::NoSuchCase | Error::NoSuchConsultation) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes the report of a consultation.
    pub(super) async fn report(
        &self,
        caller: Caller,
        mut given: wire::ReportConsultationRequest,
    ) -> Result<wire::ReportConsultationResponse, Error> {
        let mut check = Check::default();
        let id = check.id("name", "consultations", &given.name);
        let common = Common {
            method: "ReportConsultation",
            name: &given.name,
            etag: &given.etag,
            request_id: &given.request_id,
            on_behalf_of: given.on_behalf_of,
            reason: &given.reason,
        };
        let asked = common.read_about(id, caller, &given, false, &mut check);
        let about = (About::Consultation, asked.id.as_str());
        let answering = if given.absent {
            None
        } else {
            let subject = self.about(&asked.caller, &given.form, about).await?;
            Some(filling::of_report(&mut check, &mut given, subject.as_ref()))
        };
        let finding = finding(&mut check, &given);
        let (filled, warnings) = answering.and_then(|answering| answering.done(&mut check)).unzip();
        check.done()?;
        let (consultation, answers, token) = self.take_report(asked, (finding, filled)).await?;
        let warnings = warnings.unwrap_or_default();
        let consultation = Some(consultation);
        Ok(wire::ReportConsultationResponse { consultation, token: Some(token), answers, warnings })
    }

    /// Takes the report of a visit.
    pub(super) async fn hold(
        &self,
        caller: Caller,
        mut given: wire::HoldVisitRequest,
    ) -> Result<wire::HoldVisitResponse, Error> {
        let mut check = Check::default();
        let common = Common {
            method: "HoldVisit",
            name: &given.name,
            etag: &given.etag,
            request_id: &given.request_id,
            on_behalf_of: given.on_behalf_of,
            reason: &given.reason,
        };
        let asked = common.read(caller, &given, false, &mut check);
        let subject = self.about(&asked.caller, &given.form, (About::Case, &asked.id)).await?;
        let answering = filling::of_visit(&mut check, &mut given, subject.as_ref());
        let deed = held(&mut check, given);
        let (filled, warnings) = answering.done(&mut check).unzip();
        check.done()?;
        let (case, answers, token) = self.change(asked, deed, filled).await?;
        let warnings = warnings.unwrap_or_default();
        Ok(wire::HoldVisitResponse { case: Some(case), token: Some(token), answers, warnings })
    }

    /// Takes what a side says after the last visit.
    pub(super) async fn say(
        &self,
        caller: Caller,
        mut given: wire::RecordOutcomeRequest,
    ) -> Result<wire::RecordOutcomeResponse, Error> {
        let mut check = Check::default();
        let common = Common {
            method: "RecordOutcome",
            name: &given.name,
            etag: &given.etag,
            request_id: &given.request_id,
            on_behalf_of: given.on_behalf_of,
            reason: &given.reason,
        };
        let asked = common.read(caller, &given, false, &mut check);
        let subject = self.about(&asked.caller, &given.form, (About::Case, &asked.id)).await?;
        let (answering, of_all) = filling::of_outcome(&mut check, &mut given, subject.as_ref());
        let deed = outcome(&mut check, given, of_all);
        let (filled, warnings) = answering.done(&mut check).unzip();
        check.done()?;
        let (case, answers, token) = self.change(asked, deed, filled).await?;
        let warnings = warnings.unwrap_or_default();
        Ok(wire::RecordOutcomeResponse { case: Some(case), token: Some(token), answers, warnings })
    }
}
