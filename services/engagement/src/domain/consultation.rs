//! A consultation: `declared → absent | going_on | not_converted`, and `going_on → converted` when a case begins from it.
//! Until then it may be reported again.

use contract::engagement::v1::{ConsultationFacts, ConsultationState, ConsultationTexts};

use super::{Change, Moment, Refused, short, wire};

/// A consultation.
#[derive(Clone, Debug, PartialEq)]
pub struct Consultation {
    /// What is not confidential.
    pub facts: ConsultationFacts,
    /// What is.
    pub texts: ConsultationTexts,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// What came of a consultation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// The company did not come; nothing else is then said.
    pub absent: bool,
    /// Needs as the expert sees them.
    pub diagnosed: Vec<String>,
    /// What the company was told.
    pub advice: String,
    /// Why no guidance follows: a code; empty when it does.
    pub reason: String,
}

impl Consultation {
    /// Enters a consultation.
    pub fn enter(id: &str, facts: ConsultationFacts, texts: ConsultationTexts, at: &Moment<'_>) -> (Self, Change) {
        let (now, state) = (Some(wire(at.now)), ConsultationState::Declared);
        let consultation_id = id.to_owned();
        let facts =
            ConsultationFacts { consultation_id, state: state.into(), create_time: now, update_time: now, ..facts };
        let step = at.step("ENTERED", ("", &state_name(state)), 0, "");
        (Self { facts, texts, version: 1 }, Change::of(&["entered"], step))
    }

    /// Takes a report.
    ///
    /// # Errors
    /// [`Refused::Illegal`] once a case began from it.
    pub fn report(&mut self, finding: Finding, at: &Moment<'_>) -> Result<Change, Refused> {
        let to = match &finding {
            Finding { absent: true, .. } => ConsultationState::Absent,
            Finding { reason, .. } if reason.is_empty() => ConsultationState::GoingOn,
            Finding { .. } => ConsultationState::NotConverted,
        };
        let from = self.facts.state();
        if from == ConsultationState::Converted {
            return Err(illegal(from, to));
        }
        let before = (self.facts.clone(), self.texts.clone());
        self.facts.state = to.into();
        self.facts.diagnosed_needs = finding.diagnosed;
        self.facts.non_conversion_reason.clone_from(&finding.reason);
        self.texts.advice = finding.advice;
        if before == (self.facts.clone(), self.texts.clone()) {
            return Ok(Change::default());
        }
        let step = at.step("REPORTED", (&state_name(from), &state_name(to)), 0, &finding.reason);
        Ok(self.changed(from, "report", step, at))
    }

    /// A case begins from it.
    ///
    /// # Errors
    /// [`Refused::Illegal`] unless it is going on.
    pub fn convert(&mut self, case: &str, at: &Moment<'_>) -> Result<Change, Refused> {
        let (from, to) = (self.facts.state(), ConsultationState::Converted);
        if from != ConsultationState::GoingOn {
            return Err(illegal(from, to));
        }
        self.facts.state = to.into();
        case.clone_into(&mut self.facts.case);
        let step = at.step("CONVERTED", (&state_name(from), &state_name(to)), 0, case);
        Ok(self.changed(from, "state", step, at))
    }

    /// Goes to another body with the case that began from it.
    pub fn hand_over(&mut self, body: &str, at: &Moment<'_>) -> Change {
        if self.facts.body == body {
            return Change::default();
        }
        let state = self.facts.state();
        body.clone_into(&mut self.facts.body);
        let step = at.step("HANDED_OVER", (&state_name(state), &state_name(state)), 0, body);
        self.changed(state, "body", step, at)
    }

    fn changed(
        &mut self,
        from: ConsultationState,
        kind: &'static str,
        step: contract::engagement::v1::Step,
        at: &Moment<'_>,
    ) -> Change {
        self.facts.update_time = Some(wire(at.now));
        self.version += 1;
        let moved = from != self.facts.state() && kind != "state";
        if moved { Change::of(&[kind, "state"], step) } else { Change::of(&[kind], step) }
    }
}

/// A consultation's state in lower case; empty before it is entered.
pub fn state_name(state: ConsultationState) -> String {
    short(state.as_str_name(), "CONSULTATION_STATE_")
}

fn illegal(from: ConsultationState, to: ConsultationState) -> Refused {
    Refused::Illegal { from: state_name(from), to: state_name(to), visit: 0 }
}
