//! Reading requests about the library: names, what commands have in common, consents.

use contract::engagement::v1 as wire;
use contract::engagement::v1::EntryKind;
use kit_clock::Timestamp;
use kit_log::Origin;
use kit_serve::Caller;
use prost::Message;

use crate::domain::check::Check;
use crate::domain::library::EntryDeed;
use crate::domain::{Fault, Reason};

/// A command on an entry, read: who asks, about which, based on what, and why.
pub(super) struct Asked {
    pub(super) caller: Caller,
    pub(super) origin: Origin,
    pub(super) kind: EntryKind,
    pub(super) id: String,
    pub(super) etag: String,
    pub(super) words: String,
}

/// What all commands on an entry have in common.
pub(super) struct Common<'r> {
    pub(super) method: &'r str,
    pub(super) name: &'r str,
    pub(super) etag: &'r str,
    pub(super) request_id: &'r str,
    pub(super) reason: &'r str,
}

impl Common<'_> {
    pub(super) fn read(self, caller: Caller, body: &impl Message, check: &mut Check) -> Asked {
        let (kind, id) = entry_id(check, "name", self.name);
        check.request_id(self.request_id);
        Asked {
            origin: Origin::of_call(&caller, self.method, self.request_id, body),
            caller,
            kind,
            id,
            etag: self.etag.to_owned(),
            words: check.words(self.reason, false),
        }
    }
}

/// The kind and id in `stories/<id>` or `incidents/<id>`.
pub(super) fn entry_id(check: &mut Check, field: &str, name: &str) -> (EntryKind, String) {
    if name.starts_with("incidents/") {
        return (EntryKind::Incident, check.id(field, "incidents", name));
    }
    if name.starts_with("stories/") || name.is_empty() {
        return (EntryKind::Story, check.id(field, "stories", name));
    }
    check.faults.push(Fault::new(field, Reason::BadName).with("form", "stories/<id>, incidents/<id>"));
    (EntryKind::Unspecified, String::new())
}

/// That whom it is about consents.
pub(super) fn consent(check: &mut Check, body: &wire::RecordConsentRequest, now: Timestamp) -> EntryDeed {
    let by = check.line("consented_by", &body.consented_by);
    check.needed("consented_by", by.is_empty());
    let time = check.past("time", body.time.as_ref(), now);
    EntryDeed::Consent { by, time, company_name: body.company_name }
}
