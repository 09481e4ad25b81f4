//! `search`: conditions as people write them, hits as a table or as JSON.

mod applied;
pub mod conditions;
mod counts;
mod hits;
mod json;
mod meant;
mod next;

use contract::search::v1::{Conditions, Entry, ListEntriesRequest, SearchExpertsRequest, SearchExpertsResponse};

pub use self::applied::{Asked, applied, asked_menus};
pub use self::conditions::request;
pub use self::counts::{Counted, counts};
pub use self::hits::{Listing, hits_table, legend};
pub use self::json::{conditions_json, counts_json, hit_json, to_json};
pub use self::meant::fault as meant;
pub use self::next::command as next_command;
use crate::args::Search;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::paragraph;
use crate::text;

const SECONDS_A_PAGE: u64 = 30;

/// Runs the command.
///
/// # Errors
/// When a condition means nothing, or the server refuses.
pub async fn run(args: &Search, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let entries = if args.entry.is_some() { entries(&to).await? } else { Vec::new() };
    let request = request(args, &entries)?;
    if args.json {
        let found = find(&to, request, args.all).await.map_err(typed)?;
        out.line(to_json(&found).to_string());
        return Ok(Exit::Done);
    }
    let asked = Asked::new(&request, &entries);
    let mut pages = Pages::new(&to, request);
    let mut from = args.from.unwrap_or(1);
    let (mut first, mut has_stale) = (None, false);
    while let Some(page) = pages.next().await.map_err(typed)? {
        if first.is_none() {
            begin(&asked, &page, out);
        }
        let menus = asked_menus(page.conditions.as_ref().unwrap_or(&Conditions::default()));
        Listing { hits: &page.hits, from, menus: menus.clone(), chosen: None }.show(out);
        has_stale |= page.hits.iter().any(|hit| hit.stale);
        from += page.hits.len() as u64;
        let next = page.next_page_token.clone();
        let first = first.get_or_insert(page);
        if next.is_empty() || !args.all {
            if first.total > 0 {
                let lines = legend(&menus, has_stale, out.lang(), room(out), out.pen());
                lines.into_iter().for_each(|line| out.line(line));
            }
            end(args, first, &next, from, out);
            break;
        }
    }
    Ok(Exit::Done)
}

/// The ways into the search.
///
/// # Errors
/// When the server refuses.
pub async fn entries(to: &Connection) -> Result<Vec<Entry>, Failure> {
    let answer = to.searching().list_entries(within(ListEntriesRequest {}, SECONDS_A_PAGE)).await;
    Ok(answer.map_err(|status| refused(&status))?.into_inner().entries)
}

/// Asks for the hits: one page, or with `all` every page as one answer. Counts are those of the first page.
///
/// # Errors
/// When the server refuses.
pub async fn find(to: &Connection, request: SearchExpertsRequest, all: bool) -> Result<SearchExpertsResponse, Failure> {
    let mut pages = Pages::new(to, request);
    let mut found = pages.next().await?.unwrap_or_default();
    while all && let Some(mut page) = pages.next().await? {
        found.hits.append(&mut page.hits);
        found.next_page_token = page.next_page_token;
    }
    Ok(found)
}

/// Pages one after another.
struct Pages<'a> {
    to: &'a Connection,
    /// For the next page; nothing after the last.
    request: Option<SearchExpertsRequest>,
}

impl<'a> Pages<'a> {
    fn new(to: &'a Connection, request: SearchExpertsRequest) -> Self {
        Self { to, request: Some(request) }
    }

    async fn next(&mut self) -> Result<Option<SearchExpertsResponse>, Failure> {
        let Some(request) = self.request.take() else { return Ok(None) };
        let answer = self.to.searching().search_experts(within(request.clone(), SECONDS_A_PAGE)).await;
        let page = answer.map_err(|status| refused(&status))?.into_inner();
        if !page.next_page_token.is_empty() {
            self.request = Some(SearchExpertsRequest {
                page_token: page.next_page_token.clone(),
                // The token pins the day, an index never goes back behind what it has shown, and counts do not change
                // from page to page.
                at_least: Vec::new(),
                facets: vec!["none".to_owned()],
                ..request
            });
        }
        Ok(Some(page))
    }
}

/// Faults of the service, at the options that were typed.
fn typed(mut failure: Failure) -> Failure {
    for fault in &mut failure.faults {
        fault.place = conditions::typed_as(&fault.place);
    }
    failure
}

fn room(out: &Output) -> usize {
    out.width().unwrap_or(USUAL_WIDTH)
}

/// What was applied, how many were found, on which day.
fn begin(asked: &Asked, page: &SearchExpertsResponse, out: &mut Output) {
    let lang = out.lang();
    let total = [("total", &*page.total.to_string())];
    let day = crate::labels::day(page.rotation_day);
    let heading = [
        (text::FOUND_ALL.get(lang, &total), Some(Tone::Heading)),
        (text::ROTATION.get(lang, &[("day", &day)]), Some(Tone::Faint)),
    ];
    let told = applied(asked, page, lang).into_iter().map(|told| (told, None));
    let parts: Vec<_> = heading.into_iter().chain(told).collect();
    paragraph("", &parts, " · ", room(out), out.pen()).into_iter().for_each(|line| out.line(line));
    if page.total == 0 {
        out.line(out.paint(Tone::Notice, &text::NOBODY.get(lang, &[])));
    }
}

/// The counts, and how to go on.
fn end(args: &Search, first: &SearchExpertsResponse, next: &str, from: u64, out: &mut Output) {
    let lang = out.lang();
    let said = match args.facets.is_empty() {
        true => Counted::Some,
        false => Counted::All,
    };
    counts(first, said, lang, room(out), out.pen()).into_iter().for_each(|line| out.line(line));
    if !next.is_empty() {
        let heading = out.paint(Tone::Faint, &text::NEXT_PAGE.get(lang, &[]));
        out.line(format!("{heading}: {}", next_command(args, lang, next, from)));
    }
}
