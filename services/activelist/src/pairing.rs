//! `match`: the best assignment of a programme's requests, what it proposes, and why.

pub(crate) mod show;

use std::collections::HashMap;

use contract::matching::v1::{
    ApplyBatchRequest, BatchConstraints, BatchPlan, ExplainWhyNotRequest, ListCandidatesRequest, ListRequestsRequest,
    Pair, PreviewBatchRequest, PrintFormat, PrintTimetableRequest, Quota, RequestState,
};
use contract::search::v1::GetSheetRequest;

use crate::args::{self, Batch, MatchApply, MatchExplain, MatchPreview, MatchTimetable, TimetableFormat};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::text;

/// A batch looks at every expert of every open request.
const SECONDS: u64 = 300;

/// Runs the command.
///
/// # Errors
/// When the input is at fault or the server refuses.
pub async fn run(command: &args::Match, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Match::Preview(args) => preview(args, out).await,
        args::Match::Apply(args) => apply(args, out).await,
        args::Match::Explain(args) => explain(args, out).await,
        args::Match::Timetable(args) => timetable(args, out).await,
    }
}

async fn preview(args: &MatchPreview, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.batch.server)?;
    let plan = planned(&to, &args.batch).await?;
    if args.batch.json {
        out.line(show::plan_json(&plan).to_string());
        return Ok(Exit::Done);
    }
    let names = Names::of_plan(&to, &args.batch.programme, &plan).await?;
    show::plan(&plan, &names, out);
    out.line(text::TO_APPLY.get(out.lang(), &[("preview", &plan.preview)]));
    Ok(Exit::Done)
}

async fn apply(args: &MatchApply, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.batch.server)?;
    let constraints = Some(constraints(&args.batch)?);
    let preview = match args.preview.as_str() {
        "" => planned(&to, &args.batch).await?.preview,
        named => named.to_owned(),
    };
    let (programme, policy) = (args.batch.programme.clone(), args.batch.policy.clone());
    // What was seen is what is done, once, however often it is sent.
    let request_id = format!("match-{preview}").chars().filter(char::is_ascii_graphic).take(100).collect();
    let request = ApplyBatchRequest { programme, policy, constraints, preview, request_id };
    let answer = to.matching().apply_batch(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let answer = answer.into_inner();
    let plan = answer.plan.unwrap_or_default();
    if args.batch.json {
        let mut object = show::plan_json(&plan);
        object["batch"] = serde_json::json!(answer.batch);
        out.line(object.to_string());
        return Ok(Exit::Done);
    }
    let names = Names::of_plan(&to, &args.batch.programme, &plan).await?;
    show::plan(&plan, &names, out);
    let count = plan.changes.iter().filter(|change| !change.after.is_empty()).count().to_string();
    out.line(text::PROPOSED_NOW.get(out.lang(), &[("count", &count)]));
    Ok(Exit::Done)
}

async fn explain(args: &MatchExplain, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let (request, policy) = (args.request.clone(), args.policy.clone());
    let Some(expert) = &args.expert else {
        let asked = ListCandidatesRequest { request, policy, count: args.count };
        let answer = to.matching().list_candidates(within(asked, SECONDS)).await.map_err(|status| refused(&status))?;
        let answer = answer.into_inner();
        if args.json {
            out.line(show::candidates_json(&answer).to_string());
            return Ok(Exit::Done);
        }
        let names = Names::of_experts(&to, answer.candidates.iter().map(|one| one.expert.as_str())).await;
        show::candidates(&answer, &names, out);
        return Ok(Exit::Done);
    };
    let asked = ExplainWhyNotRequest { request, expert: expert.clone(), policy };
    let answer = to.matching().explain_why_not(within(asked, SECONDS)).await.map_err(|status| refused(&status))?;
    let answer = answer.into_inner();
    if args.json {
        out.line(show::why_not_json(&answer).to_string());
        return Ok(Exit::Done);
    }
    let better = answer.better.iter().filter_map(|one| one.candidate.as_ref());
    let names = better.map(|one| one.expert.as_str()).chain([expert.as_str()]);
    let names = Names::of_experts(&to, names).await;
    show::why_not(&answer, expert, &names, out);
    Ok(Exit::Done)
}

async fn timetable(args: &MatchTimetable, out: &mut Output) -> Result<Exit, Failure> {
    let format = match args.format {
        TimetableFormat::Html => PrintFormat::Html,
        TimetableFormat::Csv => PrintFormat::Csv,
        TimetableFormat::Ics => PrintFormat::Ics,
    };
    let request = PrintTimetableRequest { event: args.event.clone(), format: format.into(), part: args.part.clone() };
    let to = Connection::to(&args.server)?;
    let printed = to.consultation_events().print_timetable(within(request, SECONDS)).await;
    let printed = printed.map_err(|status| refused(&status))?.into_inner();
    match &args.out {
        Some(file) => std::fs::write(file, &printed.body).map_err(|error| {
            let places = [("path", &*file.display().to_string()), ("error", &*error.to_string())];
            Failure::other(text::CANNOT_WRITE.fill(&places), text::ADVICE_WRITE)
        })?,
        None => out.line(String::from_utf8_lossy(&printed.body)),
    }
    Ok(Exit::Done)
}

async fn planned(to: &Connection, args: &Batch) -> Result<BatchPlan, Failure> {
    let constraints = Some(constraints(args)?);
    let (programme, policy) = (args.programme.clone(), args.policy.clone());
    let request = PreviewBatchRequest { programme, policy, constraints };
    let answer = to.matching().preview_batch(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    Ok(answer.into_inner().plan.unwrap_or_default())
}

fn constraints(args: &Batch) -> Result<BatchConstraints, Failure> {
    let wrong = |given: &str| Failure::input(text::BAD_PAIR.fill(&[("given", given)]), text::ADVICE_PAIR);
    let pair = |given: &String| {
        let (request, expert) = given.split_once('=').ok_or_else(|| wrong(given))?;
        Ok(Pair { request: request.to_owned(), expert: expert.to_owned() })
    };
    let quota = |given: &String| {
        let (region, count) = given.rsplit_once('=').ok_or_else(|| wrong(given))?;
        let at_most = count.parse().map_err(|_| wrong(given))?;
        Ok(Quota { region: if region == "all" { String::new() } else { region.to_owned() }, at_most })
    };
    Ok(BatchConstraints {
        fixed: args.fix.iter().map(pair).collect::<Result<_, Failure>>()?,
        forbidden: args.forbid.iter().map(pair).collect::<Result<_, Failure>>()?,
        quotas: args.quota.iter().map(quota).collect::<Result<_, Failure>>()?,
        experts: args.expert.clone(),
    })
}

/// What people call companies and experts.
#[derive(Default)]
pub(crate) struct Names {
    companies: HashMap<String, String>,
    experts: HashMap<String, String>,
}

impl Names {
    /// Those of a plan.
    pub(crate) async fn of_plan(to: &Connection, programme: &str, plan: &BatchPlan) -> Result<Self, Failure> {
        let mut names = Self::of_experts(to, plan.assignments.iter().map(|one| one.expert.as_str())).await;
        let mut page_token = String::new();
        loop {
            let states = [RequestState::Open, RequestState::Proposed, RequestState::Seeking].map(i32::from).to_vec();
            let programme = programme.to_owned();
            let request = ListRequestsRequest { programme, states, page_size: 200, page_token, ..Default::default() };
            let page =
                to.requests().list_requests(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
            let page = page.into_inner();
            for request in page.requests {
                names.companies.insert(request.name, request.texts.unwrap_or_default().company_name);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(names);
            }
        }
    }

    /// Those of experts; who cannot be looked up goes by the resource name.
    pub(crate) async fn of_experts(to: &Connection, experts: impl Iterator<Item = &str>) -> Self {
        let mut names = Self::default();
        for name in experts {
            if names.experts.contains_key(name) {
                continue;
            }
            let request = GetSheetRequest { name: name.to_owned(), uncounted: true, ..Default::default() };
            let Ok(answer) = to.searching().get_sheet(within(request, SECONDS)).await else { continue };
            let hit = answer.into_inner().sheet.and_then(|sheet| sheet.summary).unwrap_or_default();
            let called = format!("{}（{}）", hit.full_name, hit.registration_number);
            names.experts.insert(name.to_owned(), called);
        }
        names
    }

    /// With what the company of a request is called.
    #[must_use]
    pub(crate) fn with_company(mut self, request: &str, called: &str) -> Self {
        self.companies.insert(request.to_owned(), called.to_owned());
        self
    }

    pub(crate) fn company(&self, request: &str) -> String {
        self.companies.get(request).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| request.to_owned())
    }

    pub(crate) fn expert(&self, name: &str) -> String {
        self.experts.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}
