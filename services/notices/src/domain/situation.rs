//! What rules look at: one thing as it now stands, told by name. A case is several: itself, each visit, its last change of
//! theme, what is due.

use std::collections::BTreeMap;

use kit_clock::Timestamp;

/// One thing as it now stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Its kind.
    pub kind: &'static Kind,
    /// What it belongs to: `cases/<id>`. Whoever tells of it tells of all its situations at once.
    pub subject: String,
    /// Codes, numbers and names.
    pub values: BTreeMap<&'static str, String>,
    /// Moments that are known.
    pub times: BTreeMap<&'static str, Timestamp>,
    /// What tells of somebody.
    pub words: BTreeMap<&'static str, String>,
    /// Whom it concerns: `experts/<id>`, `companies/<id>`, `bodies/<id>`.
    pub people: BTreeMap<&'static str, String>,
}

/// A kind of situation: the names by which rules and templates may ask.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// `visit`.
    pub name: &'static str,
    /// Codes, numbers and names.
    pub values: &'static [&'static str],
    /// Moments.
    pub times: &'static [&'static str],
    /// What tells of somebody.
    pub words: &'static [&'static str],
    /// Whom it concerns.
    pub people: &'static [&'static str],
}

/// A guidance case.
pub const CASE: Kind = Kind {
    name: "case",
    values: &["case", "programme", "theme", "state", "open", "company_answered", "expert_answered"],
    // `limit`: when what is due next is late, where that concerns the case and no visit.
    times: &["begin", "close", "limit"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// The theme that a case changed to last.
pub const THEME: Kind = Kind {
    name: "theme",
    values: &["case", "theme", "before", "open"],
    times: &["since"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// A visit.
pub const VISIT: Kind = Kind {
    name: "visit",
    // `moved`: the change at hand is that it was moved.
    values: &["case", "visit", "theme", "state", "open", "moved", "company_confirmed", "expert_confirmed"],
    times: &["planned_start", "planned_end", "start", "end", "limit"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// What has to be done next in a case.
pub const DUE: Kind = Kind {
    name: "due",
    values: &["case", "action", "visit", "theme"],
    times: &["limit"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// That the change at hand handed a case to another body.
pub const HANDOVER: Kind = Kind {
    name: "handover",
    values: &["case", "step", "theme", "from", "to"],
    times: &["time"],
    words: &["company_name"],
    people: &["company", "expert", "body", "body_before"],
};

/// A consultation at an event.
pub const CONSULTATION: Kind = Kind {
    name: "consultation",
    values: &["consultation", "event", "state"],
    times: &["start"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// An entry of the list.
pub const EXPERT: Kind = Kind {
    name: "expert",
    values: &["expert", "state", "confirmation_overdue", "registration_lapsed"],
    times: &["confirmed", "valid_until"],
    words: &[],
    people: &["expert"],
};

/// A proposal of an expert to a company.
pub const PROPOSAL: Kind = Kind {
    name: "proposal",
    values: &["proposal", "request", "kind", "theme", "industry", "prefecture", "state", "ended_by"],
    // `expire`: not known until the notice to whoever is asked was handed over.
    times: &["create", "update", "expire"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// A request for support.
pub const REQUEST: Kind = Kind {
    name: "request",
    values: &["request", "kind", "theme", "state", "seeking_reason"],
    times: &["create", "update", "expire"],
    words: &["company_name"],
    people: &["company", "body"],
};

/// A consultation event to an expert who is to be there.
pub const EVENT: Kind = Kind {
    name: "event",
    values: &["event", "event_state", "title", "venue"],
    times: &["start", "end"],
    words: &[],
    people: &["expert"],
};

/// A company's application to a consultation event, with its seat where it has one.
pub const APPLICATION: Kind = Kind {
    name: "application",
    values: &["event", "event_state", "title", "venue", "application", "state", "seated", "seat", "booth"],
    times: &["start", "end", "seat_start"],
    words: &["company_name"],
    people: &["company", "expert", "body"],
};

/// An incident.
pub const INCIDENT: Kind = Kind {
    name: "incident",
    values: &["incident", "incident_type", "prefecture", "state", "fallback_reason"],
    times: &["create", "update"],
    words: &[],
    people: &["expert", "body"],
};

/// An offer of an incident to an expert on call.
pub const OFFER: Kind = Kind {
    name: "offer",
    values: &["incident", "incident_type", "prefecture", "turn", "state"],
    times: &["offered", "answer_by"],
    words: &[],
    people: &["expert"],
};

/// Somebody a survey was sent to.
pub const RECIPIENT: Kind = Kind {
    name: "recipient",
    values: &["form", "title_ja", "title_en", "notify", "closed", "answered", "silent"],
    // The beginnings of the first and the last day.
    times: &["open", "close"],
    words: &[],
    people: &["recipient"],
};

/// A day on which somebody a survey was sent to is reminded, until the day before the next one.
pub const REMINDER: Kind = Kind {
    name: "reminder",
    values: &["form", "title_ja", "title_en", "notify", "closed", "answered", "silent"],
    times: &["day", "until", "close"],
    words: &[],
    people: &["recipient"],
};

/// Every kind.
pub const KINDS: [&Kind; 15] = [
    &CASE,
    &THEME,
    &VISIT,
    &DUE,
    &HANDOVER,
    &CONSULTATION,
    &EXPERT,
    &PROPOSAL,
    &REQUEST,
    &EVENT,
    &APPLICATION,
    &INCIDENT,
    &OFFER,
    &RECIPIENT,
    &REMINDER,
];

impl Situation {
    /// Of a kind, with nothing known.
    pub fn new(kind: &'static Kind, subject: &str) -> Self {
        Self {
            kind,
            subject: subject.to_owned(),
            values: BTreeMap::new(),
            times: BTreeMap::new(),
            words: BTreeMap::new(),
            people: BTreeMap::new(),
        }
    }

    /// With a value.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: impl ToString) -> Self {
        debug_assert!(self.kind.values.contains(&name), "{name}");
        self.values.insert(name, value.to_string());
        self
    }

    /// With a value of `yes` or `no`.
    #[must_use]
    pub fn flag(self, name: &'static str, holds: bool) -> Self {
        self.value(name, if holds { "yes" } else { "no" })
    }

    /// With a moment, where it is known.
    #[must_use]
    pub fn time(mut self, name: &'static str, time: Option<Timestamp>) -> Self {
        debug_assert!(self.kind.times.contains(&name), "{name}");
        self.times.extend(time.map(|time| (name, time)));
        self
    }

    /// With something that tells of somebody, where there is any.
    #[must_use]
    pub fn word(mut self, name: &'static str, word: &str) -> Self {
        debug_assert!(self.kind.words.contains(&name), "{name}");
        self.words.extend((!word.is_empty()).then(|| (name, word.to_owned())));
        self
    }

    /// With somebody, where there is one.
    #[must_use]
    pub fn person(mut self, name: &'static str, who: &str) -> Self {
        debug_assert!(self.kind.people.contains(&name), "{name}");
        self.people.extend((!who.is_empty()).then(|| (name, who.to_owned())));
        self
    }

    /// A value or moment in the form in which parameters have it.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned().or_else(|| self.times.get(name).map(ToString::to_string))
    }
}
