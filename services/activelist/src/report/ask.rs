//! Calls to the service: reports of one moment, and what was published beside them.

use contract::insights::v1::{
    CompareWithPublishedRequest, CompareWithPublishedResponse, GetReportRequest, ListReportsRequest,
    ListReportsResponse, Moment, Report, Scope,
};
use kit_clock::{JapanDay, Timestamp};

use super::published;
use crate::args;
use crate::connect::{Connection, refused, within};
use crate::failure::Failure;

/// A report of a past moment may be read from the logs anew.
const SECONDS: u64 = 300;

/// The reports there are.
///
/// # Errors
/// When the server refuses.
pub(super) async fn list(to: &Connection) -> Result<ListReportsResponse, Failure> {
    let answer = to.reports().list_reports(within(ListReportsRequest {}, SECONDS)).await;
    answer.map(tonic::Response::into_inner).map_err(|status| typed(&status))
}

/// One report, or all of them in their order and of the same moment.
///
/// # Errors
/// When the server refuses.
pub(super) async fn reports(to: &Connection, args: &args::Report, one: Option<&str>) -> Result<Vec<Report>, Failure> {
    let names = match one {
        Some(name) => vec![name.to_owned()],
        None => list(to).await?.reports.into_iter().map(|info| info.report).collect(),
    };
    let mut reports = Vec::new();
    for name in &names {
        reports.push(get(to, args, name, moment(args)).await?);
    }
    // While one was asked for, things may have happened: then all are asked for as things stood at the first.
    let first = reports.first().map(|report| report.positions.clone()).unwrap_or_default();
    if args.as_of.is_none() && reports.iter().any(|report| report.positions != first) {
        for (report, name) in reports.iter_mut().zip(&names).filter(|(report, _)| report.positions != first) {
            *report = get(to, args, name, Some(Moment { time: None, positions: first.clone() })).await?;
        }
    }
    Ok(reports)
}

async fn get(to: &Connection, args: &args::Report, name: &str, as_of: Option<Moment>) -> Result<Report, Failure> {
    let request = GetReportRequest { report: name.to_owned(), scope: Some(scope(args)), as_of, at_least: Vec::new() };
    let answer = to.reports().get_report(within(request, SECONDS)).await;
    answer.map(|answer| answer.into_inner().report.unwrap_or_default()).map_err(|status| typed(&status))
}

/// Published numbers beside recomputed ones: those of a file, of one publication, or of every publication there is.
///
/// # Errors
/// When the file is at fault, or the server refuses.
pub(super) async fn differences(to: &Connection, args: &args::Report) -> Result<CompareWithPublishedResponse, Failure> {
    let numbers = args.published.as_deref().map(published::read).transpose()?;
    let publications = match (&args.publication, &numbers) {
        (Some(publication), _) => vec![publication.clone()],
        (None, Some(_)) => vec![String::new()],
        (None, None) => list(to).await?.publications,
    };
    let mut whole = CompareWithPublishedResponse::default();
    for (at, publication) in publications.into_iter().enumerate() {
        let request = CompareWithPublishedRequest {
            publication,
            numbers: numbers.clone().filter(|_| at == 0).unwrap_or_default(),
            scope: Some(scope(args)),
            as_of: moment(args),
            at_least: Vec::new(),
        };
        let answer = to.reports().compare_with_published(within(request, SECONDS)).await;
        let mut compared = answer.map_err(|status| typed(&status))?.into_inner();
        whole.differences.append(&mut compared.differences);
        whole.compared += compared.compared;
        whole.no_data += compared.no_data;
        whole.positions = compared.positions;
    }
    Ok(whole)
}

/// What was asked for on the command line.
pub(super) fn scope(args: &args::Report) -> Scope {
    let begin = |day: JapanDay| wire(day.start());
    Scope {
        programme: args.programme.clone().unwrap_or_default(),
        region: args.region.clone().unwrap_or_default(),
        from: args.from.map(begin),
        // The day named still counts.
        until: args.until.map(|day| begin(JapanDay::from_number(day.number() + 1))),
    }
}

fn moment(args: &args::Report) -> Option<Moment> {
    args.as_of.map(|at| Moment { time: Some(wire(at)), positions: Vec::new() })
}

fn wire(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = at.parts();
    prost_types::Timestamp { seconds, nanos }
}

/// A refusal, its faults at the options that were typed.
fn typed(status: &tonic::Status) -> Failure {
    let mut failure = refused(status);
    for fault in &mut failure.faults {
        fault.place = match fault.place.as_str() {
            "report" => "REPORT".to_owned(),
            "publication" => "--publication".to_owned(),
            "as_of" | "as_of.time" => "--as-of".to_owned(),
            place if place.starts_with("numbers") => place.replacen("numbers", "--published ", 1),
            place => place.strip_prefix("scope.").map_or_else(|| place.to_owned(), |option| format!("--{option}")),
        };
    }
    failure
}
