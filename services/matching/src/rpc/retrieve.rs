//! Asks the search who could help. Nothing of its answers is kept beyond the call that asked.

mod facts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use contract::matching::v1::{Payer, RequestFacts};
use contract::search::v1::{Conditions, GetSheetRequest, Hit, HitView, SearchExpertsRequest, Sheet};
use futures::{StreamExt as _, TryStreamExt as _};
use kit_serve::fault;
use prost::Message as _;
use tonic::{Code, Status};

use super::Desk;
use crate::domain::candidates::{Asked, Codes, Facts, Policy, SkillItems};
use crate::domain::refused::Reason;
use crate::error::Error;
pub(super) use facts::{BAR_KINDS, Known, asked, asked_now, of_expert, record};

/// Hits of one page.
const PAGE: i32 = 100;
/// Any fixed day: the rotation among equals is not asked for.
const ANY_DAY: i64 = 1;
/// Sheets that are asked for at a time.
const AT_ONCE: usize = 16;

/// What one call asked the search. Requests with equal conditions share an answer.
pub(super) struct Retrieval<'d> {
    desk: &'d Desk,
    answers: HashMap<Vec<u8>, Arc<Vec<Facts>>>,
    sheets: HashMap<String, Sheet>,
}

impl<'d> Retrieval<'d> {
    pub(super) fn new(desk: &'d Desk) -> Self {
        Self { desk, answers: HashMap::new(), sheets: HashMap::new() }
    }

    /// Experts who may meet the hard conditions, in order of their names; as far as the search knows them.
    pub(super) async fn able(
        &mut self,
        request: &RequestFacts,
        asked: &Asked,
        policy: &Policy,
    ) -> Result<Arc<Vec<Facts>>, Error> {
        self.experts(conditions(request, policy), items(asked, policy)).await
    }

    /// Experts who may meet all but what several can cover together, likewise.
    pub(super) async fn several(
        &mut self,
        request: &RequestFacts,
        asked: &Asked,
        policy: &Policy,
    ) -> Result<Arc<Vec<Facts>>, Error> {
        let alone = conditions(request, policy);
        let (themes, menu_items, skill_items) = Default::default();
        self.experts(Conditions { themes, menu_items, skill_items, ..alone }, items(asked, policy)).await
    }

    /// Everybody, likewise: for what nobody able means.
    pub(super) async fn everybody(&mut self, asked: &Asked, policy: &Policy) -> Result<Arc<Vec<Facts>>, Error> {
        self.experts(Conditions::default(), items(asked, policy)).await
    }

    /// One listed expert; nothing where the search shows none of that name.
    pub(super) async fn one(&mut self, name: &str, asked: &Asked, policy: &Policy) -> Result<Option<Facts>, Error> {
        self.fetch(&[name.to_owned()]).await?;
        let Some(sheet) = self.sheets.get(name) else { return Ok(None) };
        let mut facts = facts::of_expert(&sheet.summary.clone().unwrap_or_default(), Some(sheet));
        name.clone_into(&mut facts.id);
        for item in items(asked, policy).places() {
            let code = item.code().code.clone();
            let hits =
                self.search(&Conditions { skill_items: vec![code], ..Default::default() }, HitView::Name).await?;
            if hits.iter().any(|hit| hit.name == name) {
                facts.skill_items.add(item);
            }
        }
        Ok(Some(facts))
    }

    /// The names of everybody listed, in order.
    pub(super) async fn names(&self) -> Result<Vec<String>, Error> {
        let hits = self.search(&Conditions::default(), HitView::Name).await?;
        Ok(hits.into_iter().map(|hit| hit.name).collect::<BTreeSet<_>>().into_iter().collect())
    }

    async fn experts(&mut self, conditions: Conditions, items: Codes<SkillItems>) -> Result<Arc<Vec<Facts>>, Error> {
        let wanted: Vec<String> = items.places().map(|item| item.code().code.clone()).collect();
        let key = [conditions.encode_to_vec(), wanted.join(",").into_bytes()].concat();
        if let Some(known) = self.answers.get(&key) {
            return Ok(known.clone());
        }
        let hits = self.search(&conditions, HitView::List).await?;
        // A page may repeat what another one held, when the index changed in between.
        let hits: BTreeMap<String, Hit> = hits.into_iter().map(|hit| (hit.name.clone(), hit)).collect();
        self.fetch(&hits.keys().cloned().collect::<Vec<_>>()).await?;
        let mut able = Vec::new();
        for item in items.places() {
            let narrowed = Conditions { skill_items: vec![item.code().code.clone()], ..conditions.clone() };
            let named = self.search(&narrowed, HitView::Name).await?;
            able.push((item, named.into_iter().map(|hit| hit.name).collect::<BTreeSet<_>>()));
        }
        // Who has no sheet any more is not listed any more.
        let found = hits.values().filter_map(|hit| {
            let mut facts = facts::of_expert(hit, Some(self.sheets.get(&hit.name)?));
            able.iter()
                .filter(|(_, names)| names.contains(&hit.name))
                .for_each(|(item, _)| facts.skill_items.add(*item));
            Some(facts)
        });
        let found = Arc::new(found.collect::<Vec<_>>());
        self.answers.insert(key, found.clone());
        Ok(found)
    }

    async fn search(&self, conditions: &Conditions, view: HitView) -> Result<Vec<Hit>, Error> {
        let mut request = SearchExpertsRequest {
            conditions: Some(conditions.clone()),
            page_size: PAGE,
            rotation_day: ANY_DAY,
            facets: vec!["none".to_owned()],
            view: view.into(),
            uncounted: true,
            ..Default::default()
        };
        let (mut client, mut hits) = (self.desk.experts(), Vec::new());
        loop {
            let answer = match client.search_experts(request.clone()).await {
                Ok(answer) => answer.into_inner(),
                // What was read so far follows the policy before.
                Err(status) if fault::reason_of(&status).as_deref() == Some("POLICY_CHANGED") => {
                    hits.clear();
                    request.page_token.clear();
                    continue;
                }
                Err(status) => return Err(away(status)),
            };
            hits.extend(answer.hits);
            if answer.next_page_token.is_empty() {
                return Ok(hits);
            }
            request.page_token = answer.next_page_token;
        }
    }

    /// Asks for the sheets that are not at hand.
    async fn fetch(&mut self, names: &[String]) -> Result<(), Error> {
        let wanted: Vec<String> = names.iter().filter(|name| !self.sheets.contains_key(*name)).cloned().collect();
        let sheets = futures::stream::iter(wanted.into_iter().map(|name| sheet(self.desk, name)));
        let sheets: Vec<_> = sheets.buffer_unordered(AT_ONCE).try_collect().await?;
        self.sheets.extend(sheets.into_iter().filter_map(|(name, sheet)| Some((name, sheet?))));
        Ok(())
    }
}

async fn sheet(desk: &Desk, name: String) -> Result<(String, Option<Sheet>), Error> {
    let request = GetSheetRequest { name: name.clone(), uncounted: true, ..Default::default() };
    match desk.experts().get_sheet(request).await {
        Ok(answer) => Ok((name, answer.into_inner().sheet)),
        Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => Ok((name, None)),
        Err(status) => Err(away(status)),
    }
}

/// The search did not answer.
pub(super) fn away(status: Status) -> Error {
    tracing::warn!(code = ?status.code(), "the search did not answer");
    Reason::SearchAway.into()
}

/// What whoever meets the hard conditions of a request also meets in the search.
fn conditions(request: &RequestFacts, policy: &Policy) -> Conditions {
    let need = request.need.clone().unwrap_or_default();
    let place = facts::prefecture(request);
    let anywhere = policy.online_anywhere() || place.is_empty();
    Conditions {
        prefectures: if anywhere { Vec::new() } else { vec![place] },
        fee_ceiling: if need.payer() == Payer::Company { need.fee_ceiling } else { String::new() },
        durations: need.durations,
        formats: need.formats,
        themes: need.themes,
        menu_items: need.menu_items,
        skill_items: need.skill_items,
        ..Default::default()
    }
}

/// Skill items of which it matters who can do them: the search tells of one only by being asked for it.
fn items(asked: &Asked, policy: &Policy) -> Codes<SkillItems> {
    asked.guideline.map_or(asked.skill_items, |guideline| asked.skill_items.or(policy.skill_items_of(guideline)))
}
