//! A request, checked whole and made into what the index is asked.

use contract::search::v1::{Conditions, HitView, SearchExpertsRequest};
use kit_clock::JapanDay;
use kit_serve::Fault;
use kit_vocabulary::List;

use crate::domain::text::{MAX_QUERY_CHARS, MAX_WORDS, TextError, TextQuery};
use crate::domain::{
    Area, CodeField, FacetName, FacetSet, Menu, Query, Schema, SchemaError, Snapshot, SortKey, UnknownCode, Within,
};
use crate::entries::{Entries, preset};
use crate::{Error, page_token};

/// Hits on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (20, 100);
/// Codes in one condition at most; the longest list has 47.
const CODES: usize = 64;
/// Days that a rotation may name: about the years 1900 to 2170.
const DAYS: std::ops::RangeInclusive<i64> = -25_567..=73_000;

/// A request, checked.
pub(crate) struct Plan {
    pub(crate) query: Query,
    pub(crate) text: TextQuery,
    pub(crate) after: Option<SortKey>,
    /// By which the page before was ordered.
    pub(crate) policy: String,
    pub(crate) size: usize,
    pub(crate) day: i64,
    pub(crate) view: HitView,
    /// As applied: with the entry's presets.
    pub(crate) conditions: Conditions,
    /// Which facets are answered.
    pub(crate) facets: Vec<FacetName>,
}

impl Plan {
    /// # Errors
    /// Every fault of the request at once.
    pub(crate) fn new(
        request: &SearchExpertsRequest,
        entries: &Entries,
        index: &Snapshot,
        today: i64,
    ) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let size = match request.page_size {
            0 => PAGE.0,
            size if (1..=PAGE.1).contains(&size) => size,
            _ => {
                let (ja, en) = (format!("1 から {} です", PAGE.1), format!("1 to {}", PAGE.1));
                faults.push(Fault::new("page_size", "OUT_OF_RANGE", ja, en));
                PAGE.0
            }
        };
        if !DAYS.contains(&request.rotation_day) {
            let (ja, en) = ("1970-01-01 からの日数です", "days since 1970-01-01");
            faults.push(Fault::new("rotation_day", "OUT_OF_RANGE", ja, en));
        }
        let mut day = if request.rotation_day == 0 { today } else { request.rotation_day };
        let (mut after, mut policy) = (None, String::new());
        if !request.page_token.is_empty() {
            match page_token::decode(request) {
                Ok(page) => (after, day, policy) = (Some(page.key), page.day, page.policy),
                Err(fault) => faults.push(fault),
            }
        }
        let view = HitView::try_from(request.view).unwrap_or_else(|_| {
            faults.push(Fault::new("view", "UNKNOWN_CODE", "この表示はありません", "no such view"));
            HitView::List
        });
        let (conditions, preferences) = conditions(request, entries, &mut faults);
        let text = text(&conditions.text, &mut faults);
        let (facets, marks) = facets(&request.facets, &mut faults);
        let seed = u64::from_ne_bytes(JapanDay::from_number(day).number().to_ne_bytes());
        let place = (!request.place.is_empty()).then(|| request.place.clone());
        let facet_set: FacetSet = facets.iter().copied().collect();
        let query = Query { place, seed, preferences, facets: facet_set, marks, ..query(&conditions, &mut faults) };
        if !faults.is_empty() {
            // Unknown codes belong beside the other faults: all at once.
            if let Err(unknown) = index.search_within(&query, Within::List(&[]), None, 0) {
                faults.extend(unknown.0.iter().map(fault_of));
            }
            return Err(Error::Invalid(faults));
        }
        let size = usize::try_from(size).unwrap_or_default();
        Ok(Self { query, text, after, policy, size, day, view, conditions, facets })
    }
}

/// The conditions with the entry's presets put in, and what the entry prefers.
fn conditions(
    request: &SearchExpertsRequest,
    entries: &Entries,
    faults: &mut Vec<Fault>,
) -> (Conditions, Vec<(FacetName, Vec<String>)>) {
    let said = request.conditions.clone().unwrap_or_default();
    if request.entry.is_empty() {
        return (said, Vec::new());
    }
    let Some(entry) = entries.get(&request.entry) else {
        faults.push(unknown("entry", &request.entry));
        return (said, Vec::new());
    };
    let preferred = |p: &contract::search::v1::Preference| Some((facet_named(&p.facet)?, p.codes.clone()));
    (preset(said, entry), entry.preferences.iter().filter_map(preferred).collect())
}

fn text(text: &str, faults: &mut Vec<Fault>) -> TextQuery {
    TextQuery::parse(text).unwrap_or_else(|error| {
        let (reason, ja) = match error {
            TextError::TooLong => ("TOO_LONG", format!("{MAX_QUERY_CHARS} 文字までです")),
            TextError::TooManyWords => ("TOO_MANY", format!("{MAX_WORDS} 語までです")),
            TextError::ControlCharacter { at } => ("CONTROL_CHARACTER", format!("{at} 文字目が制御文字です")),
        };
        faults.push(Fault::new("conditions.text", reason, ja, error.to_string()));
        TextQuery::default()
    })
}

/// The facets to answer, and whether marks are counted.
fn facets(names: &[String], faults: &mut Vec<Fault>) -> (Vec<FacetName>, bool) {
    if names.is_empty() {
        return (FacetName::ALL.to_vec(), true);
    }
    if names == ["none"] {
        return (Vec::new(), false);
    }
    let (mut facets, mut marks) = (Vec::new(), false);
    for (at, name) in names.iter().enumerate().take(CODES) {
        match facet_named(name) {
            Some(facet) if facets.contains(&facet) => {}
            Some(facet) => facets.push(facet),
            None if name == "marks" => marks = true,
            None => faults.push(unknown(&format!("facets[{at}]"), name)),
        }
    }
    if names.len() > CODES {
        faults.push(too_many("facets"));
    }
    (facets, marks)
}

/// The facet of this name.
pub(crate) fn facet_named(name: &str) -> Option<FacetName> {
    FacetName::ALL.into_iter().find(|facet| facet.as_str() == name)
}

fn query(conditions: &Conditions, faults: &mut Vec<Fault>) -> Query {
    let mut checked = |field: &str, codes: &Vec<String>| {
        if codes.len() > CODES {
            faults.push(too_many(&format!("conditions.{field}")));
            return Vec::new();
        }
        codes.clone()
    };
    let c = conditions;
    let mut query = Query {
        menus: checked("menus", &c.menus),
        menu_items: checked("menu_items", &c.menu_items),
        ..Default::default()
    };
    for (facet, codes) in [
        (FacetName::Prefectures, &c.prefectures),
        (FacetName::Industries, &c.industries),
        (FacetName::Durations, &c.durations),
        (FacetName::Formats, &c.formats),
        (FacetName::Sizes, &c.company_sizes),
        (FacetName::Qualifications, &c.qualifications),
        (FacetName::Affiliation, &c.affiliations),
        (FacetName::Themes, &c.themes),
        (FacetName::Organisations, &c.organisations),
        (FacetName::SkillItems, &c.skill_items),
    ] {
        query.narrow(facet, checked(facet.as_str(), codes));
    }
    if !c.fee_ceiling.is_empty() {
        let fees = kit_vocabulary::fees();
        match fees.position(&c.fee_ceiling) {
            Some(highest) => {
                let paid = fees.codes()[..=highest].iter().map(|code| code.code.clone()).collect();
                query.narrow(FacetName::Fee, paid);
            }
            None => faults.push(unknown("conditions.fee_ceiling", &c.fee_ceiling)),
        }
    }
    query
}

pub(crate) fn fault_of(unknown_code: &UnknownCode) -> Fault {
    let field = match unknown_code.field {
        CodeField::Menus => "conditions.menus".to_owned(),
        CodeField::MenuItems => "conditions.menu_items".to_owned(),
        CodeField::Place => "place".to_owned(),
        CodeField::Facet(facet) => format!("conditions.{facet}"),
    };
    unknown(&field, &unknown_code.code)
}

fn too_many(field: &str) -> Fault {
    Fault::new(field, "TOO_MANY", format!("{CODES} 件までです"), format!("at most {CODES}"))
}

/// Codes are not personal, so the fault may quote one; a long one is cut.
pub(crate) fn unknown(field: &str, code: &str) -> Fault {
    let code: String = code.chars().filter(|c| !c.is_control()).take(40).collect();
    Fault::new(
        field,
        "UNKNOWN_CODE",
        format!("「{code}」というコードはありません"),
        format!("no code {code:?} in this list"),
    )
}

/// Checks the tokens a caller wants to see at least.
pub(crate) fn check_tokens(tokens: &[contract::event::v1::Token]) -> Result<(), Error> {
    let mut faults = Vec::new();
    for (index, token) in tokens.iter().enumerate().take(CODES) {
        if !crate::visible::PRODUCERS.contains(&token.service.as_str()) {
            let field = format!("at_least[{index}].service");
            faults.push(Fault::new(
                field,
                "UNKNOWN_SERVICE",
                "survey、registry、engagement のどれかです",
                "survey, registry or engagement",
            ));
        }
        if token.position < 0 {
            let field = format!("at_least[{index}].position");
            faults.push(Fault::new(field, "OUT_OF_RANGE", "0 以上です", "0 or more"));
        }
    }
    if tokens.len() > 16 {
        faults.push(Fault::new("at_least", "TOO_MANY", "16 件までです", "at most 16"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// The code list behind a facet.
pub(crate) fn list(facet: FacetName) -> &'static List {
    match facet {
        FacetName::Residence | FacetName::Prefectures => kit_vocabulary::prefectures(),
        FacetName::Industries => kit_vocabulary::expert_industries(),
        FacetName::Formats => kit_vocabulary::formats(),
        FacetName::Durations => kit_vocabulary::durations(),
        FacetName::Sizes => kit_vocabulary::company_sizes(),
        FacetName::Qualifications => kit_vocabulary::qualifications(),
        FacetName::Affiliation => kit_vocabulary::affiliations(),
        FacetName::Themes => kit_vocabulary::themes(),
        FacetName::Fee => kit_vocabulary::fees(),
        FacetName::Organisations => kit_vocabulary::bodies(),
        FacetName::SkillItems => kit_vocabulary::skill_items(),
    }
}

/// The facets over the code lists of the domain, with regions, the area that each menu follows from, and the items of the
/// menus.
pub(crate) fn schema() -> Result<Schema, SchemaError> {
    let codes = |facet| list(facet).codes().iter().map(|code| code.code.clone()).collect();
    let prefectures = kit_vocabulary::prefectures().codes();
    let regions = prefectures.iter().filter_map(|p| Some((p.code.as_str(), p.links("regions").first()?.as_str())));
    let area_of = |menu: Menu| {
        let area = kit_vocabulary::menus().get(menu.code())?.links("skill_areas").first()?;
        Area::ALL.into_iter().find(|a| a.code() == area)
    };
    let item = |item: &'static kit_vocabulary::Code| {
        let theme = item.links("themes").first().map(String::as_str);
        Some((item.code.as_str(), item.links("menus").first()?.as_str(), theme))
    };
    let items = kit_vocabulary::menu_items().codes().iter().filter_map(item);
    let schema = Schema::new(FacetName::ALL.into_iter().map(|facet| (facet, codes(facet))).collect())?;
    schema.with_regions(regions)?.with_menu_items(items).map(|schema| schema.with_menu_areas(Menu::ALL.map(area_of)))
}
