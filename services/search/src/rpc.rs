//! The calls: contract → query → book → contract.

use std::sync::Arc;

use contract::registry::v1::ConsentPurpose;
use contract::search::v1::expert_search_server::ExpertSearch;
use contract::search::v1::{self as wire, Conditions, SearchExpertsRequest, SearchExpertsResponse};
use contract::survey::v1 as survey;
use kit_clock::{Clock, JapanDay};
use kit_serve::{Fault, deadline};
use kit_vocabulary::{Lang, List};
use tonic::{Request, Response, Status, async_trait};

use crate::book::{Book, Card};
use crate::domain::{Area, CodeField, FacetName, MarkCounts, Menu, Query, Schema, SchemaError, UnknownCode};
use crate::events::IndexReader;
use crate::{Config, Error, page_token};

/// Hits on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (20, 100);
/// Days that a rotation may name: about the years 1900 to 2170.
const DAYS: std::ops::RangeInclusive<i64> = -25_567..=73_000;

/// The service.
#[derive(Clone)]
pub(crate) struct Search {
    reader: Arc<IndexReader>,
    clock: Clock,
    config: Config,
}

impl Search {
    pub(crate) const fn new(reader: Arc<IndexReader>, clock: Clock, config: Config) -> Self {
        Self { reader, clock, config }
    }

    fn search(&self, request: &SearchExpertsRequest) -> Result<SearchExpertsResponse, Error> {
        let today = self.clock.now().japan_day().number();
        let plan = Plan::new(request, today)?;
        // Before the book is locked: at least this much is in it.
        let positions = self.reader.visible().tokens();
        let book = self.reader.book();
        // One more than asked tells whether there is another page.
        let found = book.index().search(&plan.query, plan.after.as_ref(), plan.size + 1);
        let mut answer = found.map_err(|unknown| Error::Invalid(unknown.0.iter().map(fault_of).collect()))?;
        let more = answer.hits.len() > plan.size;
        answer.hits.truncate(plan.size);
        let last = answer.hits.last().map(|hit| page_token::encode(request, plan.day, &hit.key));
        let facet = |name: FacetName| facet(name, answer.facets.of(name));
        let marks = |codes: Vec<&str>, counts: &[MarkCounts]| codes.into_iter().zip(counts).map(mark_count).collect();
        Ok(SearchExpertsResponse {
            hits: answer.hits.iter().filter_map(|hit| Some(self.hit(&book, book.shown(&hit.key.id)?))).collect(),
            total: answer.total.into(),
            facets: FacetName::ALL.into_iter().map(facet).collect(),
            menu_marks: marks(Menu::ALL.iter().map(|menu| menu.code()).collect(), &answer.menus),
            area_marks: marks(Area::ALL.iter().map(|area| area.code()).collect(), &answer.areas),
            next_page_token: last.filter(|_| more).unwrap_or_default(),
            rotation_day: plan.day,
            positions,
            ..Default::default()
        })
    }

    fn hit(&self, book: &Book, card: &Card) -> wire::Hit {
        let terms = card.entry.terms.clone().unwrap_or_default();
        let person = card.person.clone().unwrap_or_default();
        let rating = book.rating(card).cloned().unwrap_or_default();
        let menu = |m: &survey::MenuRating| wire::MenuMark { menu: m.menu.clone(), mark: m.mark, points: m.points };
        let area = |a: &survey::AreaRating| wire::AreaMark { area: a.area.clone(), mark: a.mark, points: a.points };
        let confirmed = card.entry.confirm_time.as_ref().map(kit_log::clock_time);
        let overdue = |at: kit_clock::Timestamp| at.plus_months(self.config.stale_after_months) < self.clock.now();
        wire::Hit {
            name: format!("experts/{}", card.entry.expert_id),
            full_name: person.full_name,
            registration_number: person.registration_number,
            themes: terms.themes,
            support_summary: person.support_summary,
            industries: terms.industries,
            prefectures: terms.prefectures,
            formats: terms.formats,
            durations: terms.durations,
            fee_per_visit: terms.fee_per_visit,
            qualifications: terms.qualifications,
            affiliation: terms.affiliation,
            organisation: person.organisation,
            residence: terms.residence,
            menus: rating.menus.iter().map(menu).collect(),
            areas: rating.areas.iter().map(area).collect(),
            confirm_time: card.entry.confirm_time,
            stale: confirmed.is_none_or(overdue),
            ..Default::default()
        }
    }

    fn sheet(&self, request: &wire::GetSheetRequest) -> Result<wire::Sheet, Error> {
        let book = self.reader.book();
        let card = match request.name.strip_prefix("experts/") {
            Some("-") => {
                let number = kit_vocabulary::registration_number(&request.registration_number).map_err(|bad| {
                    let ja = format!("登録番号を読み取れません: {bad}");
                    let fault = Fault::new("registration_number", "BAD_NUMBER", ja, format!("not a number: {bad}"));
                    Error::Invalid(vec![fault])
                })?;
                book.shown_by_number(&number)
            }
            Some(id) if !id.is_empty() => book.shown(id),
            _ => {
                let (en, ja) = ("the form is experts/<id>", "experts/<id> の形式です");
                return Err(Error::Invalid(vec![Fault::new("name", "BAD_NAME", ja, en)]));
            }
        };
        let card = card.ok_or(Error::NoSuchExpert)?;
        let terms = card.entry.terms.clone().unwrap_or_default();
        let person = card.person.clone().unwrap_or_default();
        let may_contact = card.entry.consents().any(|purpose| purpose == ConsentPurpose::Contact);
        Ok(wire::Sheet {
            summary: Some(self.hit(&book, card)),
            full_name_kana: person.full_name_kana,
            email: if may_contact { person.email } else { String::new() },
            homepage: person.homepage,
            residence_city: person.residence_city,
            self_pr: person.self_pr,
            registration_year: terms.registration_year,
            experience: terms.experience,
            support_experience: terms.support_experience,
            support_cases: terms.support_cases,
            support_years: terms.support_years,
            organisations: terms.organisations,
            company_sizes: terms.company_sizes,
            qualifications_other: person.qualifications_other,
            industries_other: person.industries_other,
            organisations_other: person.organisations_other,
            formats_other: person.formats_other,
            rating: book.rating(card).cloned(),
        })
    }
}

#[async_trait]
impl ExpertSearch for Search {
    async fn search_experts(
        &self,
        request: Request<SearchExpertsRequest>,
    ) -> Result<Response<SearchExpertsResponse>, Status> {
        let deadline = deadline(&request);
        let request = request.into_inner();
        check_tokens(&request.at_least)?;
        self.reader.visible().at_least(&request.at_least, deadline).await?;
        Ok(Response::new(self.search(&request)?))
    }

    async fn get_sheet(
        &self,
        request: Request<wire::GetSheetRequest>,
    ) -> Result<Response<wire::GetSheetResponse>, Status> {
        let deadline = deadline(&request);
        let request = request.into_inner();
        check_tokens(&request.at_least)?;
        self.reader.visible().at_least(&request.at_least, deadline).await?;
        Ok(Response::new(wire::GetSheetResponse { sheet: Some(self.sheet(&request)?) }))
    }

    async fn list_entries(
        &self,
        _request: Request<wire::ListEntriesRequest>,
    ) -> Result<Response<wire::ListEntriesResponse>, Status> {
        Err(Status::unimplemented("being built"))
    }

    async fn suggest(
        &self,
        _request: Request<wire::SuggestRequest>,
    ) -> Result<Response<wire::SuggestResponse>, Status> {
        Err(Status::unimplemented("being built"))
    }

    async fn record_exposure(
        &self,
        _request: Request<wire::RecordExposureRequest>,
    ) -> Result<Response<wire::RecordExposureResponse>, Status> {
        Err(Status::unimplemented("being built"))
    }

    async fn get_exposure(
        &self,
        _request: Request<wire::GetExposureRequest>,
    ) -> Result<Response<wire::GetExposureResponse>, Status> {
        Err(Status::unimplemented("being built"))
    }

    async fn get_index_status(
        &self,
        request: Request<wire::GetIndexStatusRequest>,
    ) -> Result<Response<wire::GetIndexStatusResponse>, Status> {
        let deadline = deadline(&request);
        let request = request.into_inner();
        check_tokens(&request.at_least)?;
        self.reader.visible().at_least(&request.at_least, deadline).await?;
        let positions = self.reader.visible().tokens();
        let parked = self.reader.parked_count();
        let book = self.reader.book();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let status = wire::GetIndexStatusResponse {
            listed: count(book.index().len()),
            hidden: count(book.known() - book.index().len()),
            positions,
            parked: count(parked),
            bytes: count(book.index().bytes()),
            ..Default::default()
        };
        Ok(Response::new(status))
    }
}

/// A request, checked.
struct Plan {
    query: Query,
    after: Option<crate::domain::SortKey>,
    size: usize,
    day: i64,
}

impl Plan {
    fn new(request: &SearchExpertsRequest, today: i64) -> Result<Self, Error> {
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
            faults.push(Fault::new(
                "rotation_day",
                "OUT_OF_RANGE",
                "1970-01-01 からの日数です",
                "days since 1970-01-01",
            ));
        }
        let mut day = if request.rotation_day == 0 { today } else { request.rotation_day };
        let mut after = None;
        if !request.page_token.is_empty() {
            match page_token::decode(request) {
                Ok((key, pinned)) => (after, day) = (Some(key), pinned),
                Err(fault) => faults.push(fault),
            }
        }
        let query = query(request, day, &mut faults);
        if !faults.is_empty() {
            // Unknown codes belong beside the other faults: all at once.
            let empty = crate::domain::Index::new(schema()?);
            if let Err(unknown) = empty.search(&query, None, 0) {
                faults.extend(unknown.0.iter().map(fault_of));
            }
            return Err(Error::Invalid(faults));
        }
        Ok(Self { query, after, size: usize::try_from(size).unwrap_or_default(), day })
    }
}

fn query(request: &SearchExpertsRequest, day: i64, faults: &mut Vec<Fault>) -> Query {
    let c: Conditions = request.conditions.clone().unwrap_or_default();
    let place = (!request.place.is_empty()).then(|| request.place.clone());
    let seed = u64::from_ne_bytes(JapanDay::from_number(day).number().to_ne_bytes());
    let mut query = Query { menus: c.menus, place, seed, ..Default::default() };
    for (facet, codes) in [
        (FacetName::Prefectures, c.prefectures),
        (FacetName::Industries, c.industries),
        (FacetName::Durations, c.durations),
        (FacetName::Formats, c.formats),
        (FacetName::Sizes, c.company_sizes),
        (FacetName::Qualifications, c.qualifications),
        (FacetName::Affiliation, c.affiliations),
        (FacetName::Themes, c.themes),
        (FacetName::Organisations, c.organisations),
        (FacetName::SkillItems, c.skill_items),
    ] {
        query.narrow(facet, codes);
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

fn fault_of(unknown_code: &UnknownCode) -> Fault {
    let field = match unknown_code.field {
        CodeField::Menus => "conditions.menus".to_owned(),
        CodeField::MenuItems => "conditions.menu_items".to_owned(),
        CodeField::Place => "place".to_owned(),
        CodeField::Facet(facet) => format!("conditions.{facet}"),
    };
    unknown(&field, &unknown_code.code)
}

/// Codes are not personal, so the fault may quote one; a long one is cut.
fn unknown(field: &str, code: &str) -> Fault {
    let code: String = code.chars().filter(|c| !c.is_control()).take(40).collect();
    Fault::new(
        field,
        "UNKNOWN_CODE",
        format!("「{code}」というコードはありません"),
        format!("no code {code:?} in this list"),
    )
}

fn check_tokens(tokens: &[contract::event::v1::Token]) -> Result<(), Error> {
    let mut faults = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if !crate::visible::PRODUCERS.contains(&token.service.as_str()) {
            let field = format!("at_least[{index}].service");
            faults.push(Fault::new(field, "UNKNOWN_SERVICE", "survey か registry です", "survey or registry"));
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
fn list(facet: FacetName) -> &'static List {
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

fn facet(name: FacetName, counts: &[u32]) -> wire::Facet {
    let value = |(code, count): (&kit_vocabulary::Code, &u32)| wire::FacetValue {
        code: code.code.clone(),
        label: Some(survey::Label { ja: code.label(Lang::Ja).to_owned(), en: code.label(Lang::En).to_owned() }),
        count: i64::from(*count),
    };
    let values = list(name).codes().iter().zip(counts).map(value).collect();
    wire::Facet { facet: name.as_str().to_owned(), values }
}

fn mark_count((code, counts): (&str, &MarkCounts)) -> wire::MarkCount {
    let MarkCounts { strong, able, none } = *counts;
    wire::MarkCount { code: code.to_owned(), strong: strong.into(), able: able.into(), none: none.into() }
}

/// The facets over the code lists of the domain, with regions, and the area that each menu follows from.
pub(crate) fn schema() -> Result<Schema, SchemaError> {
    let codes = |facet| list(facet).codes().iter().map(|code| code.code.clone()).collect();
    let prefectures = kit_vocabulary::prefectures().codes();
    let regions = prefectures.iter().filter_map(|p| Some((p.code.as_str(), p.links("regions").first()?.as_str())));
    let area_of = |menu: Menu| {
        let area = kit_vocabulary::menus().get(menu.code())?.links("skill_areas").first()?;
        Area::ALL.into_iter().find(|a| a.code() == area)
    };
    let schema = Schema::new(FacetName::ALL.into_iter().map(|facet| (facet, codes(facet))).collect())?;
    Ok(schema.with_regions(regions)?.with_menu_areas(Menu::ALL.map(area_of)))
}
