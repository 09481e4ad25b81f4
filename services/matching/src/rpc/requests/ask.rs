//! Lists of requests, their histories, and which of them may be the same.

use contract::matching::v1 as wire;
use contract::matching::v1::{MatchingStep, PossibleDuplicateRequest, RequestFacts, RequestState};
use kit_serve::Caller;
use kit_serve::page::{Page, SIZES};

use super::register::note;
use super::{read, shown};
use crate::domain::check::Check;
use crate::domain::request::state_name;
use crate::domain::request::twins::{Known, pairs};
use crate::error::Error;
use crate::names;
use crate::rpc::Desk;
use crate::rpc::reach::{Parties, bodies_of, reaches};
use crate::store::{self, RequestFilter};

/// Most pairs that are told.
const PAIRS: usize = 1_000;
/// Longest name of a programme that is looked for.
const PROGRAMME: usize = 100;

impl Desk {
    pub(super) async fn page_of_requests(
        &self,
        caller: &Caller,
        given: &wire::ListRequestsRequest,
    ) -> Result<wire::ListRequestsResponse, Error> {
        let mut check = Check::default();
        let programme = check.text("programme", &given.programme, PROGRAMME, false);
        let states = states(&mut check, &given.states);
        let body = check.opt_name("body", "bodies", &given.body);
        let company = check.opt_name("company", "companies", &given.company);
        let page = Page::read(&mut check, given, SIZES);
        check.done()?;
        let filter = RequestFilter { programme, states, bodies: bodies_of(caller, &body)?, company };
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list_requests(&mut session, keys, &filter, page.after(0), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        let requests = found.into_iter().map(|request| shown(caller, request)).collect();
        Ok(wire::ListRequestsResponse { requests, next_page_token })
    }

    pub(super) async fn history_of_request(&self, caller: &Caller, name: &str) -> Result<Vec<MatchingStep>, Error> {
        let id = read::name(name)?;
        let mut session = self.log.read_session().await?;
        let request = self.request(&mut session, caller, &id).await?;
        let key = names::key_of(request.facts.company.as_ref());
        Ok(store::history(&mut session, self.log.keys().as_ref(), &request.name(), &key).await?)
    }

    pub(super) async fn possible_duplicates(
        &self,
        caller: &Caller,
        programme: &str,
    ) -> Result<Vec<PossibleDuplicateRequest>, Error> {
        let mut check = Check::default();
        check.programme(&self.settings, programme);
        check.done()?;
        let similar = self.similar_companies("").await?;
        let mut session = self.log.read_session().await?;
        let open = store::open_facts(&mut session, programme).await?;
        let reached = |facts: &&RequestFacts| reaches(caller, Parties { body: &facts.body, ..Parties::default() });
        let open: Vec<&RequestFacts> = open.iter().filter(|facts| reached(facts).is_ok()).collect();
        let ids: Vec<String> = open.iter().map(|facts| facts.request_id.clone()).collect();
        let merged = store::merged_companies(&mut session).await?;
        let mut known = Known { merged, apart: store::apart_of(&mut session, &ids).await?, ..Known::default() };
        note(&mut known, &similar);
        Ok(pairs(&open, &known, PAIRS))
    }
}

fn states(check: &mut Check, given: &[i32]) -> Vec<String> {
    let mut states = Vec::new();
    for (at, number) in given.iter().enumerate() {
        let state: RequestState = check.enum_of(&format!("states[{at}]"), *number);
        check.once("states", at, given[..at].contains(number));
        states.push(state_name(state));
    }
    states
}
