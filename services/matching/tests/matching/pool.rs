//! A search of experts for tests: what its published contract says of the calls that matching makes, over sheets in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use contract::search::v1::expert_search_server::ExpertSearch;
use contract::search::v1::*;
use contract::survey::v1::Mark;
use tonic::{Code, Request, Response, Status};

/// What a call answers.
type Answer<T> = Result<Response<T>, Status>;

#[derive(Default)]
struct State {
    /// In the order in which they are found.
    sheets: Vec<Sheet>,
    /// Skill items that an expert can do.
    skills: BTreeMap<String, Vec<String>>,
    /// Exposures by request id, and how often each was told.
    exposures: BTreeMap<String, (Vec<String>, usize)>,
    /// Searches with hits in full.
    searches: usize,
}

/// The search. Clones share what is in it.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    state: Arc<Mutex<State>>,
    away: Arc<AtomicBool>,
    /// Answers, but takes no introductions.
    deaf: Arc<AtomicBool>,
}

/// An expert of Osaka who guides T1 and T2, ○ in the first menus.
pub(crate) fn sheet(name: &str) -> Sheet {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let mark = |menu: i32| MenuMark { menu: format!("M{menu}"), mark: Mark::Able.into(), points: 12 };
    let summary = Hit {
        name: name.to_owned(),
        themes: codes(&["T1", "T2"]),
        prefectures: codes(&["27", "28"]),
        formats: codes(&["visit", "online"]),
        durations: codes(&["spot"]),
        fee_per_visit: "20_30k".to_owned(),
        residence: "27".to_owned(),
        menus: (0..4).map(mark).collect(),
        ..Default::default()
    };
    Sheet { summary: Some(summary), registration_year: 2018, ..Default::default() }
}

/// The same, but better by what shows at once: ◎ in so many of the first menus.
pub(crate) fn better(name: &str, strong: usize) -> Sheet {
    let mut sheet = sheet(name);
    for mark in sheet.summary.as_mut().unwrap().menus.iter_mut().take(strong) {
        mark.mark = Mark::Strong.into();
        mark.points = 15;
    }
    sheet
}

fn meets(asked: &[String], has: &[String]) -> bool {
    asked.is_empty() || asked.iter().any(|code| has.contains(code))
}

impl Pool {
    pub(crate) fn put(&self, sheet: Sheet) {
        self.state.lock().unwrap().sheets.push(sheet);
    }

    pub(crate) fn can_do(&self, expert: &str, items: &[&str]) {
        let items = items.iter().map(|item| (*item).to_owned()).collect();
        self.state.lock().unwrap().skills.insert(expert.to_owned(), items);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.state.lock().unwrap().sheets.retain(|sheet| sheet.summary.as_ref().unwrap().name != name);
    }

    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Sheet)) {
        let mut state = self.state.lock().unwrap();
        change(state.sheets.iter_mut().find(|sheet| sheet.summary.as_ref().unwrap().name == name).unwrap());
    }

    /// Finds everybody the other way round from now on.
    pub(crate) fn turn_round(&self) {
        self.state.lock().unwrap().sheets.reverse();
    }

    pub(crate) fn goes_away(&self) {
        self.away.store(true, Ordering::SeqCst);
    }

    pub(crate) fn goes_deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::SeqCst);
    }

    pub(crate) fn is_back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }

    /// Experts of each introduction that was counted, and how often it was told.
    pub(crate) fn introductions(&self) -> BTreeMap<String, (Vec<String>, usize)> {
        self.state.lock().unwrap().exposures.clone()
    }

    pub(crate) fn searches(&self) -> usize {
        self.state.lock().unwrap().searches
    }

    fn answers(&self) -> Result<(), Status> {
        if self.away.load(Ordering::SeqCst) { Err(Status::unavailable("away")) } else { Ok(()) }
    }
}

impl State {
    /// Codes in one condition are ORed, conditions ANDed.
    fn fits(&self, sheet: &Sheet, asked: &Conditions) -> bool {
        let hit = sheet.summary.as_ref().unwrap();
        let able = |menu: &str| {
            hit.menus.iter().any(|mark| mark.menu == menu && matches!(mark.mark(), Mark::Able | Mark::Strong))
        };
        let fee = kit_vocabulary::fees();
        let pays = asked.fee_ceiling.is_empty()
            || matches!((fee.position(&hit.fee_per_visit), fee.position(&asked.fee_ceiling)), (Some(fee), Some(most)) if fee <= most);
        let none = Vec::new();
        let skills = self.skills.get(&hit.name).unwrap_or(&none);
        let does = |item: &String| {
            let item = kit_vocabulary::menu_items().get(item).unwrap();
            let themes = item.links("themes");
            item.links("menus").iter().all(|menu| able(menu)) && themes.iter().all(|theme| hit.themes.contains(theme))
        };
        let items = asked.menu_items.is_empty() || asked.menu_items.iter().any(does);
        meets(&asked.prefectures, &hit.prefectures)
            && meets(&asked.themes, &hit.themes)
            && meets(&asked.formats, &hit.formats)
            && meets(&asked.durations, &hit.durations)
            && (asked.menus.is_empty() || asked.menus.iter().any(|menu| able(menu)))
            && meets(&asked.skill_items, skills)
            && items
            && pays
    }
}

#[tonic::async_trait]
impl ExpertSearch for Pool {
    async fn search_experts(&self, call: Request<SearchExpertsRequest>) -> Answer<SearchExpertsResponse> {
        self.answers()?;
        let asked = call.into_inner();
        assert!(asked.uncounted, "nobody is shown what matching asks for");
        assert!((1..=100).contains(&asked.page_size), "at most 100 a page");
        let mut state = self.state.lock().unwrap();
        state.searches += usize::from(asked.view() == HitView::List && asked.page_token.is_empty());
        let conditions = asked.conditions.clone().unwrap_or_default();
        let found: Vec<&Sheet> = state.sheets.iter().filter(|sheet| state.fits(sheet, &conditions)).collect();
        let from: usize = if asked.page_token.is_empty() { 0 } else { asked.page_token.parse().unwrap() };
        // Small pages, so that a page after the first is always read.
        let size = usize::try_from(asked.page_size).unwrap().min(3);
        let shown = |sheet: &&Sheet| {
            let hit = sheet.summary.clone().unwrap();
            if asked.view() == HitView::Name { Hit { name: hit.name, ..Default::default() } } else { hit }
        };
        let hits: Vec<_> = found.iter().skip(from).take(size).map(shown).collect();
        let next = from + hits.len();
        let total = i64::try_from(found.len()).unwrap();
        let next_page_token = if next < found.len() { next.to_string() } else { String::new() };
        Ok(Response::new(SearchExpertsResponse { hits, total, next_page_token, ..Default::default() }))
    }

    async fn get_sheet(&self, call: Request<GetSheetRequest>) -> Answer<GetSheetResponse> {
        self.answers()?;
        assert!(call.get_ref().uncounted, "nobody is shown what matching asks for");
        let state = self.state.lock().unwrap();
        let found = state.sheets.iter().find(|sheet| sheet.summary.as_ref().unwrap().name == call.get_ref().name);
        match found {
            Some(sheet) => Ok(Response::new(GetSheetResponse { sheet: Some(sheet.clone()) })),
            None => Err(Status::new(Code::NotFound, "no such expert")),
        }
    }

    async fn record_exposure(&self, call: Request<RecordExposureRequest>) -> Answer<RecordExposureResponse> {
        self.answers()?;
        if self.deaf.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let given = call.into_inner();
        assert!((1..=128).contains(&given.request_id.chars().count()));
        assert_eq!(given.kind(), ExposureKind::Introduced);
        let mut state = self.state.lock().unwrap();
        let entry = state.exposures.entry(given.request_id).or_insert_with(|| (given.experts, 0));
        entry.1 += 1;
        Ok(Response::new(RecordExposureResponse { repeated_request: entry.1 > 1 }))
    }

    async fn list_entries(&self, _: Request<ListEntriesRequest>) -> Answer<ListEntriesResponse> {
        Err(Status::unimplemented(""))
    }

    async fn suggest(&self, _: Request<SuggestRequest>) -> Answer<SuggestResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_exposure(&self, _: Request<GetExposureRequest>) -> Answer<GetExposureResponse> {
        Err(Status::unimplemented(""))
    }

    async fn get_index_status(&self, _: Request<GetIndexStatusRequest>) -> Answer<GetIndexStatusResponse> {
        Err(Status::unimplemented(""))
    }
}
