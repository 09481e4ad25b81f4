//! The calls: contract → plan → view → contract.

use std::sync::Arc;

use contract::search::v1::expert_search_server::ExpertSearch;
use contract::search::v1::{self as wire, HitView, SearchExpertsRequest, SearchExpertsResponse};
use kit_clock::Clock;
use kit_serve::{Fault, deadline};
use tonic::{Request, Response, Status, async_trait};

use crate::card::Card;
use crate::domain::text::{Suggest, TextQuery};
use crate::domain::{Area, Menu, Within};
use crate::entries::Entries;
use crate::events::IndexReader;
use crate::keeper::Told;
use crate::plan::{self, Plan};
use crate::show::{self, Showing};
use crate::{Config, Error, page_token};

/// The service.
#[derive(Clone)]
pub(crate) struct Search(Arc<Parts>);

struct Parts {
    reader: Arc<IndexReader>,
    clock: Clock,
    config: Config,
    entries: Entries,
    suggest: Suggest,
    kept: Arc<Told>,
}

impl Search {
    pub(crate) fn new(
        reader: Arc<IndexReader>,
        clock: Clock,
        config: Config,
        entries: Entries,
        kept: Arc<Told>,
    ) -> Self {
        use kit_vocabulary as lists;
        let offered = [
            lists::prefectures(),
            lists::expert_industries(),
            lists::qualifications(),
            lists::themes(),
            lists::menus(),
        ];
        Self(Arc::new(Parts { reader, clock, config, entries, suggest: Suggest::new(offered), kept }))
    }

    fn showing<'a>(&self, text: &'a TextQuery, near: bool) -> Showing<'a> {
        let stale_after_months = self.0.config.stale_after_months;
        Showing { now: self.0.clock.now(), stale_after_months, text, near }
    }

    fn search(&self, request: &SearchExpertsRequest) -> Result<SearchExpertsResponse, Error> {
        let today = self.0.clock.now().japan_day().number();
        let view = self.0.reader.view();
        let plan = Plan::new(request, &self.0.entries, &view.index, today)?;
        let slots = view.texts.search(&plan.text);
        let within = slots.as_ref().map_or(Within::Everybody, Within::from);
        // One more than asked tells whether there is another page.
        let found = view.index.search_within(&plan.query, within, plan.after.as_ref(), plan.size + 1);
        let mut answer = found.map_err(|unknown| Error::Invalid(unknown.0.iter().map(plan::fault_of).collect()))?;
        let more = answer.hits.len() > plan.size;
        answer.hits.truncate(plan.size);
        let last = answer.hits.last().map(|hit| page_token::encode(request, plan.day, &hit.key));
        let showing = self.showing(&plan.text, plan.query.place.is_some());
        let names_only = plan.view == HitView::Name;
        let hit = |hit: &crate::domain::Hit| match names_only {
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
        })
    }

    fn card(&self, request: &wire::GetSheetRequest) -> Result<Arc<Card>, Error> {
        let shown = self.0.reader.shown();
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

    async fn at_least<T>(&self, tokens: &[contract::event::v1::Token], request: &Request<T>) -> Result<(), Error> {
        plan::check_tokens(tokens)?;
        self.0.reader.visible().at_least(tokens, deadline(request)).await
    }
}

#[async_trait]
impl ExpertSearch for Search {
    async fn search_experts(
        &self,
        request: Request<SearchExpertsRequest>,
    ) -> Result<Response<SearchExpertsResponse>, Status> {
        self.at_least(&request.get_ref().at_least, &request).await?;
        Ok(Response::new(self.search(request.get_ref())?))
    }

    async fn get_sheet(
        &self,
        request: Request<wire::GetSheetRequest>,
    ) -> Result<Response<wire::GetSheetResponse>, Status> {
        self.at_least(&request.get_ref().at_least, &request).await?;
        let card = self.card(request.get_ref())?;
        let sheet = self.showing(&TextQuery::default(), false).sheet(&card);
        Ok(Response::new(wire::GetSheetResponse { sheet: Some(sheet) }))
    }

    async fn list_entries(
        &self,
        _request: Request<wire::ListEntriesRequest>,
    ) -> Result<Response<wire::ListEntriesResponse>, Status> {
        Ok(Response::new(wire::ListEntriesResponse { entries: self.0.entries.all().to_vec() }))
    }

    async fn suggest(&self, request: Request<wire::SuggestRequest>) -> Result<Response<wire::SuggestResponse>, Status> {
        let suggestion = |found: crate::domain::text::Suggestion| wire::Suggestion {
            condition: if found.list == "expert_industries" { "industries".to_owned() } else { found.list },
            code: found.code,
            label: Some(contract::survey::v1::Label { ja: found.ja, en: found.en }),
        };
        let found = self.0.suggest.suggest(&request.get_ref().typed);
        Ok(Response::new(wire::SuggestResponse { suggestions: found.into_iter().map(suggestion).collect() }))
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
        self.at_least(&request.get_ref().at_least, &request).await?;
        let view = self.0.reader.view();
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
            snapshot_time: self.0.kept.written().map(|at| kit_log::wire_time(kit_clock::Timestamp::from_micros(at))),
            began_with_snapshot: self.0.kept.began_with_it(),
            processor: view.index.processor().name().to_owned(),
        };
        Ok(Response::new(status))
    }
}
