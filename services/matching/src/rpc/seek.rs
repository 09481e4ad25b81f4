//! What happens by itself: the next best is proposed, time runs out, others tell what concerns proposals, the search is told.

use std::collections::BTreeSet;

use contract::engagement::v1::{CaseFacts, Side, TrackRecord};
use contract::matching::v1::RequestState;
use contract::search::v1::{ExposureKind, RecordExposureRequest};
use kit_clock::Timestamp;
use kit_log::{KeyStore, Unit};
use tonic::Code;

use super::Desk;
use super::course::{self, choice};
use super::requests::{moment, tell as tell_request};
use super::retrieve::{Known, Retrieval, asked_now, away};
use crate::domain::candidates::{Facts, Plan, Policy, Verdict, rank};
use crate::domain::check::Check;
use crate::domain::moment::Change;
use crate::domain::programme::Settings;
use crate::domain::refused::Reason;
use crate::domain::request::{Request, state_name};
use crate::error::Error;
use crate::events::work_state;
use crate::store::{self, Sought, Work};
use crate::timer::by_itself;

/// How many of the best are looked at again when one is proposed.
const BEST: usize = 20;
/// When nobody was found it is tried once more soon, since the search may not have read yet what changed; then daily. In
/// microseconds.
const SOON: i64 = 60_000_000;
const DAILY: i64 = 86_400_000_000;

/// Why the next one is still looked for.
const NO_CANDIDATE: &str = "NO_CANDIDATE";
const SEARCH_AWAY: &str = "SEARCH_AWAY";

impl Desk {
    /// Ends the proposals whose time is over.
    ///
    /// # Errors
    /// When the log cannot be used; what is due stays due.
    pub(crate) async fn expire_proposals(&self) -> Result<(), Error> {
        let now = self.log.clock().now();
        let due = store::lapsed(&mut self.log.read_session().await?, now).await?;
        for id in due {
            let keys = self.log.keys().clone();
            let committed = self.log.writer().run(by_itself(), move |unit| {
                Box::pin(async move {
                    let keys = keys.as_ref();
                    let Some(mut proposal) = store::proposal(unit.session(), keys, &id).await? else { return Ok(()) };
                    let actor = unit.actor().to_owned();
                    let change = proposal.expire(&moment(unit, &actor, ""));
                    if !change.is_empty() {
                        course::tell(unit, keys, &proposal, &change).await?;
                        course::seek_next(unit, keys, &proposal, "EXPIRED").await?;
                    }
                    Ok::<_, Error>(())
                })
            });
            committed.await?;
        }
        Ok(())
    }

    /// Proposes the next best to every request for which it is time.
    ///
    /// # Errors
    /// When the log cannot be used, or the search is away; what is due stays due.
    pub(crate) async fn seek_due(&self) -> Result<(), Error> {
        let now = self.log.clock().now();
        let due = store::sought(&mut self.log.read_session().await?, now).await?;
        let (mut retrieval, mut done) = (Retrieval::new(self), Ok(()));
        for sought in due {
            if let Err(error) = self.seek(&mut retrieval, sought).await {
                done = Err(error);
            }
        }
        done
    }

    async fn seek(&self, retrieval: &mut Retrieval<'_>, sought: Sought) -> Result<(), Error> {
        let found = {
            let mut session = self.log.read_session().await?;
            store::request(&mut session, self.log.keys().as_ref(), &sought.request).await?
        };
        let best = match found {
            Some(request) if is_sought(&request) => self.best(retrieval, &request).await,
            _ => Ok((<&Policy>::default(), Vec::new())),
        };
        let missed = match &best {
            Err(Error::Refused(refused)) if refused.reason == Reason::SearchAway => best.as_ref().err().cloned(),
            Err(other) => return Err(other.clone()),
            Ok(_) => None,
        };
        let (keys, settings) = (self.log.keys().clone(), self.settings.clone());
        let committed = self.log.writer().run(by_itself(), move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let found = store::request(unit.session(), keys, &sought.request).await?;
                let Some(mut request) = found.filter(is_sought) else {
                    store::seek_no_more(unit.session(), &sought.request).await?;
                    return Ok(());
                };
                let Ok((policy, best)) = best else {
                    return waits(unit, keys, &mut request, SEARCH_AWAY).await;
                };
                if best.is_empty() {
                    let wait = if sought.misses == 0 { SOON } else { DAILY };
                    let again = Timestamp::from_micros(unit.now().micros().saturating_add(wait));
                    store::seek_later(unit.session(), &sought, again).await?;
                    return waits(unit, keys, &mut request, NO_CANDIDATE).await;
                }
                propose_best(unit, keys, &settings, request, (policy, best)).await
            })
        });
        committed.await?;
        missed.map_or(Ok(()), Err)
    }

    /// The best for a request as things stand, best first, as the search knows them.
    async fn best(
        &self,
        retrieval: &mut Retrieval<'_>,
        request: &Request,
    ) -> Result<(&'static Policy, Vec<Facts>), Error> {
        let policy = self.policy(&mut Check::default(), "");
        let (name, programme) = (request.name(), request.facts.programme.as_str());
        let asked = asked_now(&mut self.log.read_session().await?, &request.facts).await?;
        let able = retrieval.able(&request.facts, &asked, policy).await?;
        let known = {
            let mut session = self.log.read_session().await?;
            let default = course::default_capacity(&self.settings, programme);
            Known::load(&mut session, (programme, default), "", &name).await?
        };
        let complete: Vec<Facts> = able.iter().map(|facts| known.complete(facts.clone())).collect();
        let ranked = rank(&Plan::new(&asked, policy), &complete);
        let of = |expert: &str| able.iter().find(|facts| facts.id == expert).cloned();
        Ok((policy, ranked.iter().take(BEST).filter_map(|candidate| of(&candidate.expert)).collect()))
    }

    /// Tells the search of introductions that it was not told of.
    ///
    /// # Errors
    /// When the search is away; it is told later.
    pub(crate) async fn tell_introductions(&self) -> Result<(), Error> {
        let untold = store::untold(&mut self.log.read_session().await?).await?;
        for (id, experts) in untold {
            let request = RecordExposureRequest {
                // The same introduction again counts nothing more.
                request_id: format!("proposals/{id}"),
                kind: ExposureKind::Introduced.into(),
                experts,
            };
            match self.experts().record_exposure(request).await {
                Ok(_) => {}
                // The search knows the expert no more: nothing can be counted.
                Err(status) if status.code() == Code::NotFound => {}
                Err(status) => return Err(away(status)),
            }
            let committed = self.log.writer().run(by_itself(), move |unit| {
                Box::pin(async move { Ok::<_, Error>(store::mark_told(unit.session(), &id).await?) })
            });
            committed.await?;
        }
        Ok(())
    }

    /// The engagements told of a case.
    pub(crate) async fn case_changed(&self, unit: &mut Unit, facts: &CaseFacts) -> Result<(), Error> {
        if !facts.imported_as.is_empty() {
            // Of a past programme, with placeholders for the parties.
            return Ok(());
        }
        let proposal = facts.sources.iter().find_map(|source| source.strip_prefix("proposals/")).unwrap_or_default();
        let state = work_state(facts);
        let work = Work {
            id: &facts.case_id,
            proposal,
            expert: &facts.expert,
            programme: &facts.programme,
            company: facts.company.as_ref().map_or("", |company| &company.company),
            state,
        };
        let before = store::keep_work(unit.session(), &work).await?;
        if before.as_deref() == Some(state) {
            return Ok(());
        }
        let case = format!("cases/{}", facts.case_id);
        if !proposal.is_empty() {
            self.case_of(unit, proposal, &case, state == "withdrawn").await?;
        }
        if state == "withdrawn" {
            store::seek_anew(unit.session()).await?;
        }
        Ok(())
    }

    async fn case_of(&self, unit: &mut Unit, proposal: &str, case: &str, withdrawn: bool) -> Result<(), Error> {
        let keys = self.log.keys().as_ref();
        let Some(mut proposal) = store::proposal(unit.session(), keys, proposal).await? else { return Ok(()) };
        let actor = by_itself().actor;
        let change = proposal.open_case(case, &moment(unit, &actor, ""));
        course::tell(unit, keys, &proposal, &change).await?;
        if proposal.facts.case != case {
            return Ok(());
        }
        let Some(mut request) = course::request_of(unit.session(), keys, &proposal).await? else { return Ok(()) };
        let at = moment(unit, &actor, "");
        let change = request.case_opened(case, &at)?;
        tell_request(unit, keys, &request, &change).await?;
        if withdrawn {
            // A person decides whether to look for somebody else.
            let state = state_name(request.facts.state());
            let step = at.step("CASE_CLOSED", (&state, &state), case);
            tell_request(unit, keys, &request, &Change { kinds: Vec::new(), steps: vec![step] }).await?;
        }
        Ok(())
    }

    /// The engagements told of an expert's track record.
    pub(crate) async fn record_changed(&self, unit: &mut Unit, record: &TrackRecord) -> Result<(), Error> {
        Ok(store::keep_record(unit.session(), record).await?)
    }

    /// The register told that an expert's entry points at another one, or at none when `into` is empty. A bar of either holds for
    /// the one that is found: what is out against it is taken back.
    pub(crate) async fn expert_merged(&self, unit: &mut Unit, expert: &str, into: &str) -> Result<(), Error> {
        let keys = self.log.keys().as_ref();
        store::point_expert(unit.session(), expert, into).await?;
        let persons = store::persons(unit.session()).await?;
        for of in persons.led_to(expert).into_iter().skip(1) {
            let mut barred = BTreeSet::new();
            for name in persons.names(of) {
                let bars = store::bars(unit.session(), &name, "").await?;
                barred.extend(bars.into_iter().map(|bar| bar.company));
            }
            for mut proposal in store::proposals_out_to(unit.session(), keys, of).await? {
                if barred.contains(proposal.company()) {
                    course::take_back(unit, keys, &mut proposal, "BARRED").await?;
                }
            }
        }
        Ok(store::seek_anew(unit.session()).await?)
    }

    /// The notices told that a side was handed the notice of a proposal.
    pub(crate) async fn handed_over(
        &self,
        unit: &mut Unit,
        id: &str,
        side: Side,
        time: Timestamp,
    ) -> Result<(), Error> {
        let keys = self.log.keys().as_ref();
        let Some(mut proposal) = store::proposal(unit.session(), keys, id).await? else { return Ok(()) };
        let actor = by_itself().actor;
        let change = proposal.hand_over(side, time, self.settings.answer_days, &moment(unit, &actor, ""));
        course::tell(unit, keys, &proposal, &change).await
    }

    /// The register told whether it lists an expert.
    pub(crate) async fn expert_changed(&self, unit: &mut Unit, expert: &str, listed: bool) -> Result<(), Error> {
        let keys = self.log.keys().as_ref();
        if listed {
            return Ok(store::seek_anew(unit.session()).await?);
        }
        for mut proposal in store::proposals_out_to(unit.session(), keys, expert).await? {
            course::take_back(unit, keys, &mut proposal, "NOT_LISTED").await?;
        }
        Ok(())
    }
}

/// Proposes the best of these as things stand now. What the search said may be old, what is known here is not: whoever does not
/// meet the conditions any more is left out, and when nobody is left the search is asked again.
async fn propose_best(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    settings: &Settings,
    mut request: Request,
    (policy, best): (&Policy, Vec<Facts>),
) -> Result<(), Error> {
    let mut now = Vec::new();
    for facts in best {
        let verdict = course::judged(unit.session(), settings, &request, facts, policy).await?;
        if let Verdict::Candidate { candidate, reasons } = verdict {
            now.push((candidate, reasons));
        }
    }
    let most = now.iter().map(|(candidate, _)| candidate.score).max();
    // Among equals the order of the ranking stays.
    if let Some((candidate, reasons)) = now.iter().find(|(candidate, _)| Some(candidate.score) == most) {
        course::propose(unit, keys, &mut request, choice(candidate, reasons, policy), "").await?;
    }
    Ok(())
}

fn is_sought(request: &Request) -> bool {
    request.facts.state() == RequestState::Seeking
}

/// The next one is still looked for, and why.
async fn waits(unit: &mut Unit, keys: &dyn KeyStore, request: &mut Request, reason: &str) -> Result<(), Error> {
    let actor = unit.actor().to_owned();
    let change = request.seek(NO_CANDIDATE, reason, &moment(unit, &actor, ""))?;
    tell_request(unit, keys, request, &change).await
}
