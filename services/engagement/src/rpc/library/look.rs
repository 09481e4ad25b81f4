//! Lists of entries: conditions, words, pages, and what a caller may ask for.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{EntryState, LibraryEntry, ListEntriesRequest};
use kit_serve::page::Page;
use kit_serve::{Caller, Role};
use kit_vocabulary::{company_industries, fold, incident_types, themes};

use super::{Library, public, reaches, reaches_all, whole};
use crate::domain::check::Check;
use crate::domain::{Fault, Reason};
use crate::error::Error;
use crate::store::{self, EntryFilter};

/// Entries on a page that names no size, and the most on any.
const SIZES: (i32, i32) = (20, 100);
/// Longest words.
const WORDS: usize = 200;
/// Entries that are looked at in one go. Texts are sealed, so words are sought entry by entry; a library has some thousands.
const BATCH: i64 = 200;

/// What is asked for.
struct Wanted<'r> {
    filter: EntryFilter,
    request: &'r ListEntriesRequest,
    /// Folded; each has to stand somewhere.
    words: Vec<String>,
    page: Page,
}

impl Library {
    pub(super) async fn page(
        &self,
        caller: &Caller,
        request: &ListEntriesRequest,
    ) -> Result<wire::ListEntriesResponse, Error> {
        let wanted = Wanted::read(caller, request)?;
        let (mut found, mut before) = (Vec::new(), wanted.page.after(i64::MAX));
        let mut session = self.log.read_session().await?;
        loop {
            let keys = self.log.keys().as_ref();
            let batch = store::entries(&mut session, keys, &wanted.filter, before, BATCH).await?;
            let Some((last, _)) = batch.last() else { break };
            before = *last;
            for (place, entry) in batch {
                // Published ones are listed as everybody sees them, so that whoever shows a list on cannot show too much.
                let entry = match wanted.filter.state {
                    EntryState::Published => public(&entry),
                    _ => Some(&entry).filter(|entry| reaches(caller, &entry.facts)).map(whole),
                };
                let entry = entry.filter(|entry| wanted.fits(entry));
                found.extend(entry.map(|entry| (place, entry)));
            }
            if found.len() as i64 >= wanted.page.limit() {
                break;
            }
        }
        let (entries, next_page_token) = wanted.page.cut(found);
        Ok(wire::ListEntriesResponse { entries, next_page_token })
    }
}

impl<'r> Wanted<'r> {
    fn read(caller: &Caller, request: &'r ListEntriesRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let kind = check.opt_enum("kind", request.kind);
        let state = match check.opt_enum("state", request.state) {
            EntryState::Unspecified => EntryState::Published,
            state => state,
        };
        check.codes("industries", company_industries(), &request.industries, ..);
        check.codes("themes", themes(), &request.themes, ..);
        check.codes("incident_types", incident_types(), &request.incident_types, ..);
        let text = check.text("text", &request.text, WORDS, false);
        check.opt_name("body", "bodies", &request.body);
        if state == EntryState::Published && !request.body.is_empty() {
            check.fault("body", Reason::NotHere);
        }
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let body = if state == EntryState::Published { String::new() } else { narrowed(caller, &request.body)? };
        let words = text.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
        let filter = EntryFilter { kind, state, body };
        Ok(Self { filter, request, words, page })
    }

    /// Whether an entry, as the caller is shown it, fulfils the conditions: nothing is found by what is not shown.
    fn fits(&self, entry: &LibraryEntry) -> bool {
        let (facts, request) = (entry.facts.clone().unwrap_or_default(), self.request);
        let one_of = |asked: &[String], is: &[String]| asked.is_empty() || asked.iter().any(|code| is.contains(code));
        one_of(&request.industries, &[facts.industry])
            && one_of(&request.themes, &facts.themes)
            && one_of(&request.incident_types, &[facts.incident_type])
            && self.stands_in(entry)
    }

    fn stands_in(&self, entry: &LibraryEntry) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let texts = entry.texts.clone().unwrap_or_default();
        let (story, incident) = (texts.story.unwrap_or_default(), texts.incident.unwrap_or_default());
        let all = [
            &texts.title,
            &story.problem,
            &story.measures,
            &story.result,
            &incident.cause,
            &incident.damage,
            &incident.response,
            &incident.lesson,
            &entry.company_name,
        ];
        let all: Vec<String> = all.iter().map(|text| fold(text)).collect();
        self.words.iter().all(|word| all.iter().any(|text| text.contains(word.as_str())))
    }
}

/// Whose unpublished entries: a counsellor's own body, a writer's own ones, everybody's for who reaches all.
fn narrowed(caller: &Caller, body: &str) -> Result<String, Error> {
    if reaches_all(caller) {
        return Ok(body.to_owned());
    }
    if !caller.is(Role::Counsellor) {
        return if caller.is(Role::Expert) { Ok(body.to_owned()) } else { Err(Error::NotOwn) };
    }
    let mut own = caller.owns.iter().filter(|name| name.starts_with("bodies/"));
    match (body.is_empty(), own.next(), own.next()) {
        (true, Some(only), None) => Ok(only.clone()),
        (true, Some(_), Some(_)) => Err(Error::Invalid(vec![Fault::new("body", Reason::Required)])),
        (false, ..) if caller.owns(body) => Ok(body.to_owned()),
        _ => Err(Error::NotOwn),
    }
}
