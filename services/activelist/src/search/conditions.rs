//! The conditions of a search: what people call them, which option says them, and how they go to the wire and back.

use contract::search::v1::{Conditions, Entry, SearchExpertsRequest};
use kit_vocabulary::{Code, Lang, List};

use super::meant;
use crate::args::Search;
use crate::failure::{Failure, Placed};
use crate::labels;
use crate::text::{self, Text};

/// A condition whose values are codes of a list.
pub struct Condition {
    /// Its name in `Conditions`.
    pub field: &'static str,
    /// The facet it narrows; empty for none.
    pub facet: &'static str,
    /// The option that says it, without the dashes.
    pub option: &'static str,
    /// What people call it.
    pub name: Text,
    /// Its codes.
    pub list: fn() -> &'static List,
    /// What was typed.
    pub typed: fn(&Search) -> &[String],
    held: fn(&Conditions) -> &[String],
    put: fn(&mut Conditions, Vec<String>),
}

macro_rules! conditions {
    ($($field:ident, $facet:literal, $option:literal, $typed:ident, $list:ident, $name:ident;)*) => {
        /// Every condition but the words, in the order in which people are told of them.
        pub const CONDITIONS: &[Condition] = &[$(conditions!(@one $field, $facet, $option, $typed, $list, $name)),*];
    };
    (@one fee_ceiling, $facet:literal, $option:literal, $typed:ident, $list:ident, $name:ident) => {
        Condition {
            field: "fee_ceiling",
            facet: $facet,
            option: $option,
            name: text::$name,
            list: kit_vocabulary::$list,
            typed: |args| args.$typed.as_slice(),
            held: |conditions| Some(&conditions.fee_ceiling).filter(|fee| !fee.is_empty()).map_or(&[], std::slice::from_ref),
            put: |conditions, mut codes| conditions.fee_ceiling = codes.pop().unwrap_or_default(),
        }
    };
    (@one $field:ident, $facet:literal, $option:literal, $typed:ident, $list:ident, $name:ident) => {
        Condition {
            field: stringify!($field),
            facet: $facet,
            option: $option,
            name: text::$name,
            list: kit_vocabulary::$list,
            typed: |args| &args.$typed,
            held: |conditions| &conditions.$field,
            put: |conditions, codes| conditions.$field = codes,
        }
    };
}

conditions! {
    menus, "", "menu", menu, menus, MENU;
    menu_items, "", "menu-item", menu_item, menu_items, MENU_ITEM;
    prefectures, "prefectures", "prefecture", prefecture, prefectures, SERVED;
    industries, "industries", "industry", industry, expert_industries, INDUSTRIES;
    fee_ceiling, "fee", "fee-ceiling", fee_ceiling, fees, FEE_CEILING;
    formats, "formats", "format", format, formats, FORMATS;
    durations, "durations", "duration", duration, durations, DURATIONS;
    company_sizes, "company_sizes", "size", size, company_sizes, SIZES;
    qualifications, "qualifications", "qualification", qualification, qualifications, QUALIFICATIONS;
    affiliations, "affiliations", "affiliation", affiliation, affiliations, AFFILIATION;
    themes, "themes", "theme", theme, themes, THEMES;
    organisations, "organisations", "organisation", organisation, bodies, BODIES;
    skill_items, "skill_items", "skill-item", skill_item, skill_items, SKILL;
}

/// Facets that no condition of the same list stands for, and the marks.
const OTHER_FACETS: [(&str, Text); 2] = [("residence", text::RESIDENCE), ("marks", text::MARKS)];

impl Condition {
    /// Its codes in these conditions.
    pub fn held<'a>(&self, conditions: &'a Conditions) -> &'a [String] {
        (self.held)(conditions)
    }

    /// The labels of its codes; of short lists of letters and figures the code too.
    pub fn told(&self, conditions: &Conditions, lang: Lang) -> String {
        let list = (self.list)();
        let held = self.held(conditions);
        if !matches!(self.field, "menus" | "menu_items" | "themes" | "skill_items") {
            return labels::labels(list, held, lang);
        }
        let one = |code: &String| format!("{code} {}", labels::label(list, code, lang));
        held.iter().map(one).collect::<Vec<_>>().join(&text::COMMA.get(lang, &[]))
    }
}

/// The condition of this name in `Conditions`.
pub fn of_field(field: &str) -> Option<&'static Condition> {
    CONDITIONS.iter().find(|condition| condition.field == field)
}

/// What a facet, or a condition, is called; an unknown one as it is written.
pub fn name_of(field: &str, lang: Lang) -> String {
    let condition = CONDITIONS.iter().find(|condition| condition.facet == field && !field.is_empty());
    let name = match field {
        "fee" => Some(text::FEE),
        "text" => Some(text::WORDS),
        _ => condition.or(of_field(field)).map(|condition| condition.name),
    };
    let other = || OTHER_FACETS.into_iter().find(|(facet, _)| *facet == field).map(|(_, name)| name);
    name.or_else(other).map_or(field.to_owned(), |name| name.get(lang, &[]))
}

/// Where somebody typed what a field of the request holds: `--menu` for `conditions.menus`.
pub fn typed_as(field: &str) -> String {
    let bare = field.split('[').next().unwrap_or(field);
    let bare = bare.strip_prefix("conditions.").unwrap_or(bare);
    let condition = CONDITIONS.iter().find(|condition| condition.field == bare || condition.facet == bare);
    let option = match (field.starts_with("conditions."), bare) {
        (true, "text") => "text",
        (true, _) => match condition {
            Some(condition) => condition.option,
            None => return field.to_owned(),
        },
        (false, "rotation_day") => "day",
        (false, "page_size") => "page-size",
        (false, "page_token") => "page-token",
        (false, "entry" | "place" | "facets" | "menu" | "name") => bare,
        (false, _) => return field.to_owned(),
    };
    format!("--{option}")
}

/// What was typed, as a request.
///
/// # Errors
/// When something means nothing: all of it at once, each with what could be meant.
pub fn request(args: &Search, entries: &[Entry]) -> Result<SearchExpertsRequest, Failure> {
    let mut unknown = Vec::new();
    let mut conditions = Conditions::default();
    for condition in CONDITIONS {
        let codes = codes(condition.option, (condition.list)(), (condition.typed)(args), &mut unknown);
        (condition.put)(&mut conditions, codes);
    }
    conditions.text = [args.words.as_slice(), &args.text].concat().join(" ");
    let place = codes("place", kit_vocabulary::prefectures(), args.place.as_slice(), &mut unknown).pop();
    let entry = match &args.entry {
        Some(_) => codes("entry", &entry_list(entries)?, args.entry.as_slice(), &mut unknown).pop(),
        None => None,
    };
    let facets = facets(&args.facets, &mut unknown);
    if !unknown.is_empty() {
        let places: Vec<&str> = unknown.iter().map(|fault| fault.place.as_str()).collect();
        let what = text::UNKNOWN_CONDITION.fill(&[("conditions", &places.join(", "))]);
        return Err(Failure::input(what, text::ADVICE_CONDITION).with(unknown));
    }
    Ok(SearchExpertsRequest {
        conditions: Some(conditions),
        place: place.unwrap_or_default(),
        entry: entry.unwrap_or_default(),
        facets,
        page_size: args.page_size.unwrap_or(if args.all { 100 } else { 0 }),
        page_token: args.page_token.clone().unwrap_or_default(),
        rotation_day: args.day.unwrap_or(0),
        ..Default::default()
    })
}

fn codes(option: &str, list: &List, typed: &[String], unknown: &mut Vec<Placed>) -> Vec<String> {
    let mut codes = Vec::new();
    for text in typed {
        match list.find(text) {
            Some(code) => codes.push(code.code.clone()),
            None => unknown.push(meant::fault(option, list, text)),
        }
    }
    codes
}

/// The entries as a list, so that they are found by code and label like everything else.
fn entry_list(entries: &[Entry]) -> Result<List, Failure> {
    let code = |entry: &Entry| {
        let name = |lang| labels::said(entry.label.as_ref(), lang);
        code(&entry.code, name(Lang::Ja), name(Lang::En), Vec::new())
    };
    List::new("entries", entries.iter().map(code).collect())
        .map_err(|error| Failure::other(error.to_string(), text::ADVICE_VERSION))
}

fn code(code: &str, ja: &str, en: &str, aliases: Vec<String>) -> Code {
    let (code, ja, en) = (code.to_owned(), ja.to_owned(), en.to_owned());
    Code { code, ja, en, reading: None, aliases, links: Default::default() }
}

/// The facets to count: `all` and nothing said are all of them, `none` is none.
fn facets(typed: &[String], unknown: &mut Vec<Placed>) -> Vec<String> {
    let spoken = |word: &str| typed.len() == 1 && typed[0].trim().eq_ignore_ascii_case(word);
    if typed.is_empty() || spoken("all") {
        return Vec::new();
    }
    if spoken("none") {
        return vec!["none".to_owned()];
    }
    let facet = |field: &str| {
        let options = CONDITIONS.iter().filter(|c| c.facet == field).map(|c| c.option.to_owned()).collect();
        code(field, &name_of(field, Lang::Ja), &name_of(field, Lang::En), options)
    };
    let fields = CONDITIONS.iter().map(|c| c.facet).chain(OTHER_FACETS.map(|(facet, _)| facet));
    let list = List::new("facets", fields.filter(|facet| !facet.is_empty()).map(facet).collect());
    codes("facets", &list.expect("a test asks for every facet"), typed, unknown)
}
