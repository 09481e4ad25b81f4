//! The calls: contract → plan → view → contract.

use std::sync::Arc;

use contract::search::v1::expert_search_server::ExpertSearch;
use contract::search::v1::{self as wire, HitView, SearchExpertsRequest, SearchExpertsResponse};
use kit_clock::Clock;
use kit_serve::{Caller, Fault, deadline};
use tonic::{Request, Response, Status, async_trait};

use crate::card::Card;
use crate::domain::exposure::Listed;
use crate::domain::text::{Suggest, TextQuery};
use crate::domain::{Area, FacetSet, Hit, Menu, Query, Within};
use crate::entries::Entries;
use crate::events::IndexReader;
use crate::exposure::Exposure;
use crate::keeper::Told;
use crate::plan::{self, Plan};
use crate::show::{self, Showing};
use crate::{Config, Error, page_token};

/// The service.
#[derive(Clone)]
pub(crate) struct Search {
    parts: Arc<Parts>,
    suggest: Arc<Suggest>,
}

/// What the calls need.
pub(crate) struct Parts {
    pub(crate) reader: Arc<IndexReader>,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) entries: Entries,
    pub(crate) exposure: Exposure,
    pub(crate) kept: Arc<Told>,
}

impl Search {
    pub(crate) fn new(parts: Parts) -> Self {
        use kit_vocabulary as lists;
        let offered = [
            lists::prefectures(),
            lists::expert_industries(),
            lists::qualifications(),
            lists::themes(),
            lists::menus(),
        ];
        Self { parts: Arc::new(parts), suggest: Arc::new(Suggest::new(offered)) }
    }

    fn showing<'a>(&'a self, text: &'a TextQuery, near: bool, policy: Option<&'a str>) -> Showing<'a> {
        let stale_after_months = self.parts.config.stale_after_months;
        let records = self.parts.reader.records();
        Showing { now: self.parts.clock.now(), stale_after_months, text, near, records, policy }
    }

    fn search(&self, request: &SearchExpertsRequest, today: i64) -> Result<SearchExpertsResponse, Error> {
        let view = self.parts.reader.view();
        let plan = Plan::new(request, &self.parts.entries, &view.index, today)?;
        let policy = view.policy.as_deref();
        if plan.after.is_some() && plan.policy != policy.unwrap_or_default() {
            return Err(Error::PolicyChanged(policy.unwrap_or_default().to_owned()));
        }
        let slots = view.texts.search(&plan.text);
        let within = slots.as_ref().map_or(Within::Everybody, Within::from);
        // One more than asked tells whether there is another page.
        let found = view.index.search_within(&plan.query, within, plan.after.as_ref(), plan.size + 1);
        let mut answer = found.map_err(|unknown| Error::Invalid(unknown.0.iter().map(plan::fault_of).collect()))?;
        let more = answer.hits.len() > plan.size;
        answer.hits.truncate(plan.size);
        let last = answer.hits.last().map(|hit| page_token::encode(request, plan.day, &hit.key, policy));
        let showing = self.showing(&plan.text, plan.query.place.is_some(), policy);
        let names_only = plan.view == HitView::Name;
        let hit = |hit: &Hit| match names_only {
            true => Some(showing.name(&hit.key)),
            false => view.cards.get(hit.slot).map(|card| showing.hit(card, &hit.key)),
        };
        let facet = |name| show::facet(name, answer.facets.of(name), !names_only);
        let (mut menu_marks, mut area_marks) = (Vec::new(), Vec::new());
        if plan.query.marks {
            menu_marks = show::mark_counts(Menu::ALL.iter().map(|menu| menu.code()), &answer.menus);
            area_marks = show::mark_counts(Area::ALL.iter().map(|area| area.code()), &answer.areas);
        }
        Ok(SearchExpertsResponse {
            hits: answer.hits.iter().filter_map(hit).collect(),
            total: answer.total.into(),
            facets: plan.facets.iter().copied().map(facet).collect(),
            menu_marks,
            area_marks,
            next_page_token: last.filter(|_| more).unwrap_or_default(),
            rotation_day: plan.day,
            positions: view.positions.to_vec(),
            conditions: Some(plan.conditions),
            policy: policy.unwrap_or_default().to_owned(),
        })
    }

    fn card(&self, request: &wire::GetSheetRequest) -> Result<Arc<Card>, Error> {
        let shown = self.parts.reader.shown();
        let card = match request.name.strip_prefix("experts/") {
            Some("-") => {
                let number = kit_vocabulary::registration_number(&request.registration_number).map_err(|bad| {
                    let ja = format!("登録番号を読み取れません: {bad}");
                    let fault = Fault::new("registration_number", "BAD_NUMBER", ja, format!("not a number: {bad}"));
                    Error::Invalid(vec![fault])
                })?;
                shown.by_number(&number)
            }
            Some(id) if !id.is_empty() => shown.by_id(id),
            _ => {
                let (en, ja) = ("the form is experts/<id>", "experts/<id> の形式です");
                return Err(Error::Invalid(vec![Fault::new("name", "BAD_NAME", ja, en)]));
            }
        };
        card.ok_or(Error::NoSuchExpert)
    }

    /// Everybody shown, with mark and points in a menu, if one is asked about.
    fn listed(&self, menu: Option<Menu>) -> Vec<Listed> {
        let everybody = Query { facets: FacetSet::NONE, marks: false, ..Query::default() };
        let found = self.parts.reader.view().index.search(&everybody, None, usize::MAX);
        let listed = |hit: Hit| {
            let rating = menu.map(|menu| (hit.rating.menu_marks[menu as usize], hit.rating.menu_points[menu as usize]));
            let (mark, points) = rating.unwrap_or_default();
            Listed { id: hit.key.id, mark, points }
        };
        // A query without codes has no unknown ones.
        found.map(|answer| answer.hits.into_iter().map(listed).collect()).unwrap_or_default()
    }

    async fn at_least<T>(&self, tokens: &[contract::event::v1::Token], request: &Request<T>) -> Result<(), Error> {
        plan::check_tokens(tokens)?;
        self.parts.reader.visible().at_least(tokens, deadline(request)).await
    }
}

#[async_trait]
impl ExpertSearch for Search {
    async fn search_experts(
        &self,
        request: Request<SearchExpertsRequest>,
    ) -> Result<Response<SearchExpertsResponse>, Status> {
        self.at_least(&request.get_ref().at_least, &request).await?;
        let (request, today) = (request.get_ref(), self.parts.clock.now().japan_day().number());
        let answer = self.search(request, today)?;
        if !request.uncounted {
            let names = answer.hits.iter().filter_map(|hit| hit.name.strip_prefix("experts/"));
            self.parts.exposure.shown(names, request.page_token.is_empty());
        }
        Ok(Response::new(answer))
    }

    async fn get_sheet(
        &self,
        request: Request<wire::GetSheetRequest>,
    ) -> Result<Response<wire::GetSheetResponse>, Status> {
        self.at_least(&request.get_ref().at_least, &request).await?;
        let card = self.card(request.get_ref())?;
        if !request.get_ref().uncounted {
            self.parts.exposure.opened(&card.id);
        }
        // Lists and sheets change over together: both go by the view.
        let view = self.parts.reader.view();
        let sheet = self.showing(&TextQuery::default(), false, view.policy.as_deref()).sheet(&card);
        Ok(Response::new(wire::GetSheetResponse { sheet: Some(sheet) }))
    }

    async fn list_entries(
        &self,
        _request: Request<wire::ListEntriesRequest>,
    ) -> Result<Response<wire::ListEntriesResponse>, Status> {
        Ok(Response::new(wire::ListEntriesResponse { entries: self.parts.entries.all().to_vec() }))
    }

    async fn suggest(&self, request: Request<wire::SuggestRequest>) -> Result<Response<wire::SuggestResponse>, Status> {
        let suggestion = |found: crate::domain::text::Suggestion| wire::Suggestion {
            condition: if found.list == "expert_industries" { "industries".to_owned() } else { found.list },
            code: found.code,
            label: Some(contract::survey::v1::Label { ja: found.ja, en: found.en }),
        };
        let found = self.suggest.suggest(&request.get_ref().typed);
        Ok(Response::new(wire::SuggestResponse { suggestions: found.into_iter().map(suggestion).collect() }))
    }

    async fn record_exposure(
        &self,
        request: Request<wire::RecordExposureRequest>,
    ) -> Result<Response<wire::RecordExposureResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let knows = |id: &str| self.parts.reader.knows(id);
        let repeated_request = self.parts.exposure.record_request(&caller, request.get_ref(), knows).await?;
        Ok(Response::new(wire::RecordExposureResponse { repeated_request }))
    }

    async fn get_exposure(
        &self,
        request: Request<wire::GetExposureRequest>,
    ) -> Result<Response<wire::GetExposureResponse>, Status> {
        let listed = |menu| self.listed(menu);
        Ok(Response::new(self.parts.exposure.report(request.get_ref(), listed).await?))
    }

    async fn get_index_status(
        &self,
        request: Request<wire::GetIndexStatusRequest>,
    ) -> Result<Response<wire::GetIndexStatusResponse>, Status> {
        self.at_least(&request.get_ref().at_least, &request).await?;
        let view = self.parts.reader.view();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let (structure, texts) = (view.index.bytes(), view.texts.bytes().total());
        let entries = view.entry_bytes + view.cards.bytes();
        let status = wire::GetIndexStatusResponse {
            listed: count(view.index.len()),
            hidden: count(view.known - view.index.len()),
            positions: view.positions.to_vec(),
            parked: count(view.parked),
            bytes: count(structure + texts + entries),
            structure_bytes: count(structure),
            text_bytes: count(texts),
            entry_bytes: count(entries),
            snapshot_time: self
                .parts
                .kept
                .written()
                .map(|at| kit_log::wire_time(kit_clock::Timestamp::from_micros(at))),
            began_with_snapshot: self.parts.kept.began_with_it(),
            processor: view.index.processor().name().to_owned(),
            policy: view.policy.as_deref().unwrap_or_default().to_owned(),
        };
        Ok(Response::new(status))
    }
}
