//! Matching in the shape of the programme of 2024: its companies and regions against 17 experts in one batch, one company that
//! withdraws, one proposal accepted by both sides, and a consultation event of 23 companies with 4 experts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use contract::engagement::v1::{Case, ListCasesRequest, Side};
use contract::matching::v1::*;
use contract::registry::v1::{Company, CompanyDetails, CompanyFacts};
use contract::search::v1::{Conditions, HitView, SearchExpertsRequest};
use kit_clock::{JapanDay, Timestamp};
use kit_serve::{Caller, Role};
use kit_vocabulary as lists;
use prost_types::Timestamp as WireTime;
use serde_json::{Value, json};

use super::campaign;
use super::lived::{owning, told};
use crate::connect::{Connection, within};
use crate::failure::Failure;
use crate::import::guidance;
use crate::pairing::Names;
use crate::serve::Running;
use crate::text;

/// A programme whose cases nobody counts among those of 2024.
const PROGRAMME: &str = "standing";
/// Experts of the programme of 2024, by region in the order of its companies (fig. 2-55: 7, 6 and 3 were executed).
const EXPERTS: usize = 17;
/// Cases each of them takes: with three, 35 companies need twelve of them at least.
const CAPACITY: i32 = 3;
/// Companies of the consultation event, its experts, and rounds: six, of 20 minutes each.
const EVENT: (usize, usize, i64) = (23, 4, 6);
const SECONDS: u64 = 60;

/// What came of it.
pub(super) struct Matched {
    pub(super) names: Names,
    pub(super) plan: BatchPlan,
    /// How long the batch took, from the call to its answer.
    pub(super) took: Duration,
    /// The request whose company withdrew, and the plan without it.
    pub(super) withdrawn: String,
    pub(super) again: BatchPlan,
    /// One pair: why this expert, and why not the one who comes next.
    pub(super) pair: (String, ExplainWhyNotResponse),
    /// The cases that the proposal opened which both sides accepted.
    pub(super) cases: Vec<Case>,
    pub(super) timetable: Timetable,
    pub(super) event: ConsultationEvent,
    /// What the event says of three rounds.
    pub(super) too_few: String,
    /// What the companies are called, by application.
    pub(super) applicants: BTreeMap<String, String>,
}

impl Matched {
    /// The figures for programs.
    pub(super) fn to_json(&self) -> Value {
        let requests: BTreeSet<_> = self.plan.assignments.iter().map(|one| &one.request).collect();
        let experts: BTreeMap<&str, usize> = self.plan.assignments.iter().fold(BTreeMap::new(), |mut all, one| {
            *all.entry(one.expert.as_str()).or_default() += 1;
            all
        });
        let changed = |one: &Assignment| self.again.changes.iter().any(|change| change.request == one.request);
        let seats = &self.timetable.seats;
        let seated: BTreeSet<_> = seats.iter().map(|seat| &seat.application).collect();
        let busy: BTreeSet<_> = seats.iter().map(|seat| (&seat.expert, seat.round)).collect();
        let booths: BTreeSet<_> = seats.iter().map(|seat| (&seat.booth, seat.round)).collect();
        json!({
            "requests": self.plan.assignments.len() + self.plan.unserved.len(),
            "each_request_once": requests.len() == self.plan.assignments.len(),
            "within_capacity": experts.values().all(|count| *count <= CAPACITY as usize),
            "unserved_have_a_cause": self.plan.unserved.iter().all(|one| !one.cause.is_empty()),
            "after_a_withdrawal": self.again.assignments.len() + self.again.unserved.len(),
            "each_proposal_stands_or_is_named": self.again.assignments.iter().all(|one| one.standing != changed(one)),
            "cases_of_the_accepted": self.cases.len(),
            "seated": seats.len(),
            "each_company_once": seated.len() == seats.len(),
            "each_expert_once_a_round": busy.len() == seats.len(),
            "each_booth_once_a_round": booths.len() == seats.len(),
            "three_rounds": self.too_few,
        })
    }

    /// What must come out.
    pub(super) fn expected() -> Value {
        json!({
            "requests": 35,
            "each_request_once": true,
            "within_capacity": true,
            "unserved_have_a_cause": true,
            // Without the one that withdrew and the one that is a case now.
            "after_a_withdrawal": 33,
            "each_proposal_stands_or_is_named": true,
            "cases_of_the_accepted": 1,
            "seated": EVENT.0,
            "each_company_once": true,
            "each_expert_once_a_round": true,
            "each_booth_once_a_round": true,
            "three_rounds": "TIMETABLE_INFEASIBLE",
        })
    }
}

/// A company of the programme of 2024, without what came of it.
struct Row {
    region: String,
    prefecture: String,
    industry: String,
    theme: String,
}

/// Matches, proposes, withdraws, accepts, and holds an event.
#[expect(clippy::disallowed_methods, reason = "a measured duration")]
pub(super) async fn matched(running: &Running) -> Result<Matched, Failure> {
    let operator = Connection::open(&running.url, None)?;
    let rows = rows()?;
    let mut requests = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        requests.push(request(&operator, at, row).await?);
    }
    let experts = experts(&operator, &rows).await?;
    for expert in &experts {
        let capacity =
            Some(Capacity { expert: expert.clone(), programme: PROGRAMME.to_owned(), capacity: CAPACITY, taken: 0 });
        let asked = SetCapacityRequest { capacity, ..Default::default() };
        told(operator.matching().set_capacity(within(asked, SECONDS)).await)?;
    }
    let constraints = Some(BatchConstraints { experts: experts.clone(), ..Default::default() });
    let asked = PreviewBatchRequest { programme: PROGRAMME.to_owned(), constraints, ..Default::default() };
    let begun = Instant::now();
    let plan = told(operator.matching().preview_batch(within(asked.clone(), SECONDS)).await)?.plan.unwrap_or_default();
    let took = begun.elapsed();
    let apply = ApplyBatchRequest {
        programme: PROGRAMME.to_owned(),
        constraints: asked.constraints.clone(),
        preview: plan.preview.clone(),
        ..Default::default()
    };
    told(operator.matching().apply_batch(within(apply, SECONDS)).await)?;
    let pair = why_not_the_next(&operator, &plan).await?;

    let accepted = accept(running, &operator, plan.assignments.last()).await?;
    let withdrawn = plan.assignments.first().map(|one| one.request.clone()).unwrap_or_default();
    let gone = WithdrawRequestRequest { name: withdrawn.clone(), ..Default::default() };
    told(operator.requests().withdraw_request(within(gone, SECONDS)).await)?;
    let again = told(operator.matching().preview_batch(within(asked, SECONDS)).await)?.plan.unwrap_or_default();
    let cases = cases(&operator, &accepted).await?;

    let (event, timetable, applicants, too_few) = event(running, &operator, &requests, &experts).await?;
    let better = pair.1.better.iter().filter_map(|one| one.candidate.as_ref()).map(|one| one.expert.as_str());
    let named = experts.iter().map(String::as_str).chain([pair.0.as_str()]).chain(better);
    let names = Names::of_experts(&operator, named).await;
    let names = requests.iter().fold(names, |names, (request, _, called)| names.with_company(request, called));
    Ok(Matched { names, plan, took, withdrawn, again, pair, cases, timetable, event, too_few, applicants })
}

/// The companies of the guidance cases of 2024: where, in which industry, on which theme.
fn rows() -> Result<Vec<Row>, Failure> {
    let read = guidance::rows(&campaign::guidance())?;
    let prefecture = |region: &str| {
        let city = lists::cities().find(region).and_then(|city| city.links("prefectures").first().cloned());
        city.or_else(|| lists::prefectures().find(region).map(|code| code.code.clone())).unwrap_or_default()
    };
    let code = |list: &lists::List, said: &str| list.find(said).map(|code| code.code.clone()).unwrap_or_default();
    let row = |row: contract::engagement::v1::GuidanceRow| Row {
        prefecture: prefecture(&row.region),
        industry: code(lists::company_industries(), &row.industry),
        theme: theme(&row.theme),
        region: row.region,
    };
    Ok(read.into_iter().map(row).collect())
}

/// `T4` of `4`.
fn theme(said: &str) -> String {
    let found = lists::themes().find(said).map(|theme| theme.code.clone());
    found.unwrap_or_else(|| format!("T{said}"))
}

/// A made-up company with its request; answers request, company and what it is called.
async fn request(to: &Connection, at: usize, row: &Row) -> Result<(String, String, String), Failure> {
    let called = text::DEMO_NTH_COMPANY.get(lists::Lang::Ja, &[("number", &format!("{:02}", at + 1))]);
    let facts = CompanyFacts {
        prefecture: row.prefecture.clone(),
        industry: row.industry.clone(),
        employees: Some(10 + 7 * i64::try_from(at).unwrap_or_default()),
        ..Default::default()
    };
    let details = CompanyDetails { company_name: called.clone(), ..Default::default() };
    let asked = CreateRequestRequest {
        programme: PROGRAMME.to_owned(),
        region: row.region.clone(),
        route: Route::SupportBody.into(),
        new_company: Some(Company { facts: Some(facts), details: Some(details), ..Default::default() }),
        need: Some(Need { kind: RequestKind::Guidance.into(), themes: vec![row.theme.clone()], ..Default::default() }),
        ..Default::default()
    };
    let entered = told(to.requests().create_request(within(asked, SECONDS)).await)?.request.unwrap_or_default();
    let company = entered.facts.and_then(|facts| facts.company).unwrap_or_default().company;
    Ok((entered.name, company, called))
}

/// 17 experts: of each region as many as its share of the companies, the best of the search for its themes.
async fn experts(to: &Connection, rows: &[Row]) -> Result<Vec<String>, Failure> {
    let mut by_region: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| by_region.entry(&row.prefecture).or_default().push(row));
    let mut regions: Vec<_> = by_region.into_iter().collect();
    regions.sort_by_key(|(_, rows)| rows.len());
    let mut chosen: Vec<String> = Vec::new();
    let (mut left, mut companies) = (EXPERTS, rows.len());
    for (prefecture, of_region) in regions {
        let share = (left * of_region.len()).div_ceil(companies.max(1));
        let themes: BTreeSet<_> = of_region.iter().map(|row| row.theme.clone()).collect();
        let conditions = Conditions {
            prefectures: vec![prefecture.to_owned()],
            themes: themes.into_iter().collect(),
            ..Default::default()
        };
        let asked = SearchExpertsRequest {
            conditions: Some(conditions),
            place: prefecture.to_owned(),
            page_size: 100,
            rotation_day: 1,
            view: HitView::Name.into(),
            uncounted: true,
            ..Default::default()
        };
        let found = told(to.searching().search_experts(within(asked, SECONDS)).await)?.hits;
        let fresh: Vec<_> = found.into_iter().map(|hit| hit.name).filter(|name| !chosen.contains(name)).collect();
        chosen.extend(fresh.into_iter().take(share));
        (left, companies) = (EXPERTS.saturating_sub(chosen.len()), companies - of_region.len());
    }
    Ok(chosen)
}

/// Of the first pair: why not the one who comes next.
async fn why_not_the_next(to: &Connection, plan: &BatchPlan) -> Result<(String, ExplainWhyNotResponse), Failure> {
    let Some(first) = plan.assignments.first() else { return Ok(Default::default()) };
    let asked = ListCandidatesRequest { request: first.request.clone(), count: 10, ..Default::default() };
    let answer = told(to.matching().list_candidates(within(asked, SECONDS)).await)?;
    let other = answer.candidates.into_iter().map(|one| one.expert).find(|expert| *expert != first.expert);
    let expert = other.unwrap_or_else(|| first.expert.clone());
    let asked = ExplainWhyNotRequest { request: first.request.clone(), expert: expert.clone(), ..Default::default() };
    Ok((expert, told(to.matching().explain_why_not(within(asked, SECONDS)).await)?))
}

/// Both sides accept a proposal: the expert first, then the company.
async fn accept(running: &Running, to: &Connection, pair: Option<&Assignment>) -> Result<Proposal, Failure> {
    let Some(pair) = pair else { return Ok(Proposal::default()) };
    let asked = ListProposalsRequest { request: pair.request.clone(), ..Default::default() };
    let proposal =
        told(to.matching().list_proposals(within(asked, SECONDS)).await)?.proposals.pop().unwrap_or_default();
    let facts = proposal.facts.clone().unwrap_or_default();
    let company = facts.company.unwrap_or_default().company;
    let expert = Connection::open(&running.url, Some(&owning("expert-2", Role::Expert, &facts.expert)))?;
    let owner = Connection::open(&running.url, Some(&owning("company-user-2", Role::Portal, &company)))?;
    let say =
        |side: Side| AcceptProposalRequest { name: proposal.name.clone(), side: side.into(), ..Default::default() };
    told(expert.matching().accept_proposal(within(say(Side::Expert), SECONDS)).await)?;
    let accepted = told(owner.matching().accept_proposal(within(say(Side::Company), SECONDS)).await)?;
    Ok(accepted.proposal.unwrap_or_default())
}

/// The cases that a proposal opened, once the engagements have heard of it.
async fn cases(to: &Connection, proposal: &Proposal) -> Result<Vec<Case>, Failure> {
    let all = async || {
        let asked = ListCasesRequest { programme: PROGRAMME.to_owned(), page_size: 200, ..Default::default() };
        let cases = told(to.engagements().list_cases(within(asked, SECONDS)).await)?.cases;
        let of = |case: &Case| case.facts.as_ref().is_some_and(|facts| facts.sources.contains(&proposal.name));
        Ok::<_, Failure>(cases.into_iter().filter(of).collect::<Vec<_>>())
    };
    let opened = async {
        loop {
            let cases = all().await?;
            if !cases.is_empty() {
                return Ok(cases);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let late = |_| Failure::other(text::CASE_SILENT.fill(&[]), text::ADVICE_LOG);
    tokio::time::timeout(Duration::from_secs(SECONDS), opened).await.map_err(late)?
}

type Held = (ConsultationEvent, Timetable, BTreeMap<String, String>, String);

/// An event a month ahead: first with three rounds, which are too few, then with six.
async fn event(
    running: &Running,
    to: &Connection,
    requests: &[(String, String, String)],
    experts: &[String],
) -> Result<Held, Failure> {
    let counsellor = Connection::open(&running.url, Some(&Caller::new("portal", [Role::Portal])))?;
    let (companies, present, rounds) = EVENT;
    let day = JapanDay::from_number(running.clock.now().japan_day().number() + 30).start();
    let at = |minutes: i64| moment(Timestamp::from_micros(day.micros() + minutes * 60_000_000));
    // 14:50, 15:15, 15:40 as in 2024, and three more in the same step.
    let round = |at_round: i64| Round {
        start_time: at(14 * 60 + 50 + 25 * at_round),
        end_time: at(14 * 60 + 70 + 25 * at_round),
    };
    let plan = |count: i64| EventPlan {
        title: text::DEMO_EVENT.get(lists::Lang::Ja, &[]),
        venue: text::DEMO_VENUE.get(lists::Lang::Ja, &[]),
        start_time: at(13 * 60 + 30),
        end_time: at(18 * 60),
        lecture: text::DEMO_LECTURE.get(lists::Lang::Ja, &[]),
        rounds: (0..count).map(round).collect(),
        booths: ["A", "B", "C", "D"].map(str::to_owned).to_vec(),
        experts: experts
            .iter()
            .take(present)
            .map(|expert| PresentExpert {
                expert: expert.clone(),
                max_companies: Some(i32::try_from(count).unwrap_or_default()),
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    };
    let asked = CreateConsultationEventRequest {
        programme: PROGRAMME.to_owned(),
        region: "27".to_owned(),
        plan: Some(plan(3)),
        ..Default::default()
    };
    let entered = told(to.consultation_events().create_consultation_event(within(asked, SECONDS)).await)?;
    let event = entered.event.unwrap_or_default();
    let mut applicants = BTreeMap::new();
    for (at, (request, company, called)) in requests.iter().enumerate().skip(1).take(companies) {
        let asked = ApplyRequest {
            event: event.name.clone(),
            company: company.clone(),
            request: request.clone(),
            themes: vec![format!("T{}", at % 5 + 1)],
            ..Default::default()
        };
        let applied = told(counsellor.consultation_events().apply(within(asked, SECONDS)).await)?;
        applicants.insert(applied.application.unwrap_or_default().name, called.clone());
    }
    let make = MakeTimetableRequest { event: event.name.clone(), everybody: true, ..Default::default() };
    let too_few = match to.consultation_events().make_timetable(within(make.clone(), SECONDS)).await {
        Ok(_) => String::new(),
        Err(status) => kit_serve::fault::reason_of(&status).unwrap_or_default(),
    };
    let update = UpdateConsultationEventRequest {
        name: event.name.clone(),
        plan: Some(plan(rounds)),
        update_mask: Some(prost_types::FieldMask { paths: vec!["rounds".to_owned(), "experts".to_owned()] }),
        ..Default::default()
    };
    let event = told(to.consultation_events().update_consultation_event(within(update, SECONDS)).await)?;
    let event = event.event.unwrap_or_default();
    let made = told(to.consultation_events().make_timetable(within(make, SECONDS)).await)?;
    Ok((event, made.timetable.unwrap_or_default(), applicants, too_few))
}

fn moment(at: Timestamp) -> Option<WireTime> {
    let (seconds, nanos) = at.parts();
    Some(WireTime { seconds, nanos })
}
