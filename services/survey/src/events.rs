//! What the survey tells others. It reads nobody's log.

mod campaigns;

pub(crate) use campaigns::{campaign_changed, campaign_name, recipient_changed, recipient_name, recipient_removed};
use contract::survey::v1::{
    Answer, DisputeDecided, DisputeDecision, Form, FormPublished, PersonMerged, PolicyActivated, Rating, RatingChanged,
    ResponseDisputed, ResponsePersonal, ResponseReceived, Vouching,
};
use kit_clock::Timestamp;
use kit_log::{NewEvent, wire_time};
use prost::encoding::WireType;
use prost::{Message, Name};

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

/// A person's ratings that readers are to know.
#[derive(Clone, Debug)]
pub(crate) struct Rated {
    /// By the policy in force.
    pub(crate) in_force: Rating,
    /// By the policy on its way.
    pub(crate) next: Option<Rating>,
}

/// A person's rating in force, and the one that will be.
pub(crate) fn rated(rated: &Rated, skills: &SkillAnswers) -> NewEvent {
    let can_items = skills.can().map(str::to_owned).collect();
    let body = RatingChanged { rating: Some(rated.in_force.clone()), can_items, next: rated.next.clone() };
    NewEvent::new("rating", &rated.in_force.respondent_id, &body)
}

/// A `RatingChanged` that is encoded already.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EncodedRating(pub(crate) Vec<u8>);

impl Message for EncodedRating {
    fn encode_raw(&self, buf: &mut impl prost::bytes::BufMut) {
        buf.put_slice(&self.0);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl prost::bytes::Buf,
        ctx: prost::encoding::DecodeContext,
    ) -> Result<(), prost::DecodeError> {
        // It is only ever written.
        prost::encoding::skip_field(wire_type, tag, buf, ctx)
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

impl Name for EncodedRating {
    const NAME: &'static str = RatingChanged::NAME;
    const PACKAGE: &'static str = RatingChanged::PACKAGE;
}

/// The same, encoded already.
pub(crate) fn encoded(respondent_id: &str, body: &EncodedRating) -> NewEvent {
    NewEvent::new("rating", respondent_id, body)
}

/// Another policy is in force for everybody; the first, with nothing before it and no activation.
pub(crate) fn activated(policy: &str, previous: &str, activation: &str) -> NewEvent {
    let activation = if activation.is_empty() { String::new() } else { activation_name(activation) };
    let body = PolicyActivated { policy: policy.to_owned(), previous: previous.to_owned(), activation };
    NewEvent::new("policy", "scoring", &body)
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

/// `activations/<id>`.
pub(crate) fn activation_name(id: &str) -> String {
    format!("activations/{id}")
}
