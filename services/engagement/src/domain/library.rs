//! The case library: `draft → reviewed → published`, withdrawn from each, and back to draft. Nothing is published without a
//! review by somebody who wrote none of it and a consent that stands.

mod content;

use contract::engagement::v1::{EntryKind, EntryState, LibraryConsent, LibraryFacts, LibraryTexts};
use prost::Message;
use prost_types::Timestamp as WireTime;

use super::fault::{Fault, Reason};
use super::{Change, Moment, Refused, short, wire};

pub use content::{Content, content};

/// What of an entry is never public by itself: sealed under the key of whom it is about.
#[derive(Clone, PartialEq, Message)]
pub struct Draft {
    /// The texts as they were written last.
    #[prost(message, optional, tag = "1")]
    pub texts: Option<LibraryTexts>,
    /// Whom it is about.
    #[prost(string, tag = "2")]
    pub company_name: String,
    /// Who consented, one for each of the consents.
    #[prost(string, repeated, tag = "3")]
    pub consented_by: Vec<String>,
}

/// An entry of the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What is not told in words.
    pub facts: LibraryFacts,
    /// What is; empty once its key is destroyed.
    pub draft: Draft,
    /// The texts as they are published; none when they are not.
    pub published: Option<LibraryTexts>,
    /// Grows with every change; the etag.
    pub version: i64,
}

/// What may be done to an entry.
#[derive(Clone, Debug)]
pub enum EntryDeed {
    /// Writes a draft anew.
    Write(Box<Content>),
    /// Finds it good.
    Review,
    /// Shows it to everybody.
    Publish,
    /// Back to draft.
    Reopen,
    /// Takes it back.
    Withdraw,
    /// Whom it is about consents.
    Consent {
        /// Who consented.
        by: String,
        /// When.
        time: Option<WireTime>,
        /// To being named, too.
        company_name: bool,
    },
    /// The consent is withdrawn; with true only the one to be named.
    Revoke(bool),
}

/// A state as steps, refusals and the store name it.
pub fn state_name(state: EntryState) -> String {
    short(state.as_str_name(), "ENTRY_STATE_")
}

impl Entry {
    /// A new draft. Kind, company, case and body stand in `facts`.
    pub fn write(id: &str, facts: LibraryFacts, content: Content, at: &Moment<'_>) -> (Self, Change) {
        let facts = LibraryFacts {
            entry_id: id.to_owned(),
            state: EntryState::Draft.into(),
            writers: vec![at.actor.to_owned()],
            create_time: Some(wire(at.now)),
            update_time: Some(wire(at.now)),
            ..facts
        };
        let mut entry = Self { facts, draft: Draft::default(), published: None, version: 1 };
        entry.take(content);
        (entry, Change::of(&["entered"], at.step("ENTERED", ("", "draft"), 0, "")))
    }

    /// The consent that stands.
    pub fn standing(&self) -> Option<&LibraryConsent> {
        self.facts.consents.last().filter(|consent| consent.end_time.is_none())
    }

    /// What everybody may see: the texts, when it is published with a consent that stands and its key is there.
    pub fn public(&self) -> Option<&LibraryTexts> {
        let open = self.facts.state() == EntryState::Published && self.standing().is_some();
        self.published.as_ref().filter(|_| open)
    }

    /// The id of the key of the publication that stands.
    pub fn publication_key(&self) -> Option<String> {
        let LibraryFacts { entry_id, publication, .. } = &self.facts;
        (self.facts.state() == EntryState::Published).then(|| format!("library/{entry_id}/{publication}"))
    }

    /// Carries a deed out. A deed that is refused changes nothing.
    ///
    /// # Errors
    /// [`Refused`] with the states named, or what is missing.
    pub fn obey(&mut self, deed: EntryDeed, at: &Moment<'_>) -> Result<Change, Refused> {
        let mut next = self.clone();
        let done = next.act(deed, at)?;
        next.settle();
        if next == *self {
            return Ok(Change::default());
        }
        let (from, to) = (state_name(self.facts.state()), state_name(next.facts.state()));
        let (cause, kind) = done;
        let mut kinds = vec![kind];
        if from != to && kind != "state" {
            kinds.push("state");
        }
        next.version += 1;
        next.facts.update_time = Some(wire(at.now));
        *self = next;
        let step = at.step(cause, (&from, &to), 0, "");
        Ok(Change { kinds, steps: vec![step] })
    }

    fn act(&mut self, deed: EntryDeed, at: &Moment<'_>) -> Result<(&'static str, &'static str), Refused> {
        use EntryState::{Draft, Published, Reviewed, Withdrawn};
        match deed {
            EntryDeed::Write(content) => {
                self.step(&[Draft], Draft)?;
                let before = (self.facts.clone(), self.draft.clone());
                self.take(*content);
                if before != (self.facts.clone(), self.draft.clone()) && !self.wrote(at.actor) {
                    self.facts.writers.push(at.actor.to_owned());
                }
                Ok(("WRITTEN", "content"))
            }
            EntryDeed::Review => {
                self.step(&[Draft], Reviewed)?;
                if self.wrote(at.actor) {
                    return Err(Refused::OwnWork);
                }
                self.complete()?;
                at.actor.clone_into(&mut self.facts.reviewer);
                Ok(("REVIEWED", "state"))
            }
            EntryDeed::Publish => {
                self.step(&[Reviewed], Published)?;
                self.complete()?;
                if self.standing().is_none() {
                    return Err(Refused::NoConsent);
                }
                self.facts.publication += 1;
                self.facts.publish_time = Some(wire(at.now));
                self.published = self.draft.texts.clone();
                Ok(("PUBLISHED", "state"))
            }
            EntryDeed::Reopen => {
                self.step(&[Reviewed, Published, Withdrawn], Draft)?;
                Ok(("REOPENED", "state"))
            }
            EntryDeed::Withdraw => {
                self.step(&[Draft, Reviewed, Published], Withdrawn)?;
                Ok(("WITHDRAWN", "state"))
            }
            EntryDeed::Consent { by, time, company_name } => {
                self.end_consent(at);
                let recorded_by = at.actor.to_owned();
                let consent = LibraryConsent { time, company_name, recorded_by, ..LibraryConsent::default() };
                self.draft.consented_by.resize(self.facts.consents.len(), String::new());
                self.facts.consents.push(consent);
                self.draft.consented_by.push(by);
                Ok(("CONSENT_RECORDED", "consent"))
            }
            EntryDeed::Revoke(true) => {
                self.revoke_name(at);
                Ok(("NAME_WITHDRAWN", "consent"))
            }
            EntryDeed::Revoke(false) => {
                self.end_consent(at);
                if self.facts.state() == Published {
                    self.facts.set_state(Withdrawn);
                }
                Ok(("CONSENT_WITHDRAWN", "consent"))
            }
        }
    }

    fn step(&mut self, from: &[EntryState], to: EntryState) -> Result<(), Refused> {
        let state = self.facts.state();
        if !from.contains(&state) {
            return Err(Refused::Illegal { from: state_name(state), to: state_name(to), visit: 0 });
        }
        self.facts.set_state(to);
        Ok(())
    }

    fn wrote(&self, actor: &str) -> bool {
        self.facts.writers.iter().any(|writer| writer == actor)
    }

    fn take(&mut self, content: Content) {
        let Content { industry, themes, incident_type, happened_month, texts, company_name } = content;
        let facts = &mut self.facts;
        (facts.industry, facts.themes) = (industry, themes);
        (facts.incident_type, facts.happened_month) = (incident_type, happened_month);
        (self.draft.texts, self.draft.company_name) = (Some(texts), company_name);
    }

    /// Ends the consent that stands.
    fn end_consent(&mut self, at: &Moment<'_>) {
        if let Some(consent) = self.facts.consents.last_mut().filter(|consent| consent.end_time.is_none()) {
            consent.end_time = Some(wire(at.now));
        }
    }

    /// The consent to be named ends, and the rest of it goes on as one of its own: the history keeps both.
    fn revoke_name(&mut self, at: &Moment<'_>) {
        let Some(standing) = self.standing().filter(|consent| consent.company_name).cloned() else { return };
        self.end_consent(at);
        self.draft.consented_by.resize(self.facts.consents.len(), String::new());
        let by = self.draft.consented_by.last().cloned().unwrap_or_default();
        self.facts.consents.push(LibraryConsent { company_name: false, ..standing });
        self.draft.consented_by.push(by);
    }

    /// What follows from the state.
    fn settle(&mut self) {
        let published = self.facts.state() == EntryState::Published;
        if !published {
            (self.published, self.facts.publish_time) = (None, None);
        }
        if self.facts.state() == EntryState::Draft {
            self.facts.reviewer.clear();
        }
        let named = self.standing().is_some_and(|consent| consent.company_name);
        self.facts.name_shown = published && named && !self.draft.company_name.is_empty();
    }

    /// Every text that is missing.
    fn complete(&self) -> Result<(), Refused> {
        let texts = self.draft.texts.clone().unwrap_or_default();
        let story = texts.story.unwrap_or_default();
        let incident = texts.incident.unwrap_or_default();
        let needed = match self.facts.kind() {
            EntryKind::Incident => vec![
                ("title", &texts.title),
                ("incident.cause", &incident.cause),
                ("incident.damage", &incident.damage),
                ("incident.response", &incident.response),
                ("incident.lesson", &incident.lesson),
            ],
            EntryKind::Story | EntryKind::Unspecified => vec![
                ("title", &texts.title),
                ("story.problem", &story.problem),
                ("story.measures", &story.measures),
                ("story.result", &story.result),
            ],
        };
        let missing = needed.into_iter().filter(|(_, text)| text.is_empty());
        let faults: Vec<_> =
            missing.map(|(field, _)| Fault::new(format!("content.texts.{field}"), Reason::Required)).collect();
        if faults.is_empty() { Ok(()) } else { Err(Refused::Faults(faults)) }
    }
}
