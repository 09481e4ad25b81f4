//! What the survey tells others. It reads nobody's log.

mod campaigns;

pub(crate) use campaigns::{campaign_changed, campaign_name, recipient_changed, recipient_name, recipient_removed};
use contract::survey::v1::{
    Answer, DisputeDecided, DisputeDecision, Form, FormPublished, PersonMerged, Rating, RatingChanged,
    ResponseDisputed, ResponsePersonal, ResponseReceived, Vouching,
};
use kit_clock::Timestamp;
use kit_log::{NewEvent, wire_time};

use crate::domain::holder::Dispute;
use crate::domain::scoring::SkillAnswers;

/// The response that counts of a person, in its two parts.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    pub(crate) id: String,
    /// Version.
    pub(crate) form: String,
    pub(crate) submit_time: Timestamp,
    pub(crate) skills_answered: bool,
    pub(crate) clear: Vec<Answer>,
    pub(crate) personal: ResponsePersonal,
}

/// What goes with a received response beside the counting one.
pub(crate) struct Receipt {
    /// How many submissions of the person are stored.
    pub(crate) submissions: i64,
    /// Whether this submission is the counting one now.
    pub(crate) counts: bool,
    /// Whether an operator's import brought it.
    pub(crate) imported: bool,
    /// The newest word of an operator for the registration.
    pub(crate) vouching: Option<Vouching>,
    /// Decisions that changed what the person's responses are.
    pub(crate) revision: i64,
}

/// A person's counting response, sealed under the person's key where it is personal.
pub(crate) fn received(respondent_id: &str, counting: &Counting, receipt: Receipt) -> NewEvent {
    let body = ResponseReceived {
        respondent_id: respondent_id.to_owned(),
        response: response_name(&counting.id),
        form: format!("forms/{}", counting.form),
        submit_time: Some(wire_time(counting.submit_time)),
        answers: counting.clear.clone(),
        skills_answered: counting.skills_answered,
        submissions: receipt.submissions,
        counting_changed: receipt.counts,
        vouching: receipt.vouching,
        imported: receipt.imported,
        revision: receipt.revision,
    };
    NewEvent::new("response", respondent_id, &body).personal(respondent_id, &counting.personal)
}

/// A person's rating in force.
pub(crate) fn rated(rating: &Rating, skills: &SkillAnswers) -> NewEvent {
    let can_items = skills.can().map(str::to_owned).collect();
    NewEvent::new(
        "rating",
        &rating.respondent_id,
        &RatingChanged { rating: Some(rating.clone()), can_items, next: None },
    )
}

/// A version of a form is in use.
pub(crate) fn published(version: &str, form: Form) -> NewEvent {
    NewEvent::new("form", version, &FormPublished { form: Some(form) })
}

/// Somebody else than the holder answered.
pub(crate) fn disputed(respondent_id: &str, response_id: &str, dispute: Dispute) -> NewEvent {
    let body = ResponseDisputed {
        respondent_id: respondent_id.to_owned(),
        response: response_name(response_id),
        reason: dispute.reason().to_owned(),
    };
    NewEvent::new("dispute", response_id, &body)
}

/// A disputed response was decided about; `home` is under whose number it came.
pub(crate) fn decided(home: &str, response_id: &str, decision: DisputeDecision) -> NewEvent {
    let (respondent_id, response) = (home.to_owned(), response_name(response_id));
    let body = DisputeDecided { respondent_id, response, decision: decision.into() };
    NewEvent::new("dispute", response_id, &body)
}

/// A person was merged into another one, or with nobody parted again.
pub(crate) fn merged(respondent_id: &str, merged_into: &str) -> NewEvent {
    let body = PersonMerged { respondent_id: respondent_id.to_owned(), merged_into: merged_into.to_owned() };
    NewEvent::new("person", respondent_id, &body)
}

/// `responses/<id>`.
pub(crate) fn response_name(id: &str) -> String {
    format!("responses/{id}")
}
