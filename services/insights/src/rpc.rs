//! The calls: contract → report → contract.

use std::sync::Arc;

use contract::event::v1::Token;
use contract::insights::v1::reports_server::Reports;
use contract::insights::v1::{
    self as wire, CompareWithPublishedRequest, CompareWithPublishedResponse, GetReportRequest, GetReportResponse,
    ListReportsRequest, ListReportsResponse,
};
use kit_serve::deadline;
use tokio::time::Instant;
use tonic::{Request, Response, Status, async_trait};

use crate::definitions::{Definitions, Report};
use crate::domain::schema::Producer;
use crate::events::FactReader;
use crate::report::{self, Scope, View};
use crate::{Error, moment};

/// The service.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) reader: Arc<FactReader>,
}

/// A request for a report, without faults.
struct Asked {
    scope: Scope,
    as_of: Option<wire::Moment>,
}

impl Desk {
    /// Notes every fault of a scope, a moment and tokens.
    fn check(
        &self,
        scope: Option<&wire::Scope>,
        as_of: Option<&wire::Moment>,
        at_least: &[Token],
    ) -> Result<Asked, Error> {
        let mut faults = Vec::new();
        let scope = {
            let book = self.reader.book();
            let knows = |region: &str| book.held().iter().any(|held| held.knows_region(region));
            Scope::new(scope, knows, &mut faults)
        };
        moment::check(as_of, &mut faults);
        moment::check_tokens("at_least", at_least, &mut faults);
        if faults.is_empty() { Ok(Asked { scope, as_of: as_of.cloned() }) } else { Err(Error::Invalid(faults)) }
    }

    /// The report that is asked for, once it shows what the caller has to see.
    pub(crate) async fn get(&self, request: GetReportRequest, until: Option<Instant>) -> Result<wire::Report, Error> {
        let asked = self.check(request.scope.as_ref(), request.as_of.as_ref(), &request.at_least)?;
        let report = Definitions::published().report(&request.report).ok_or(Error::UnknownReport)?;
        self.reader.visible().at_least(&request.at_least, until).await?;
        let desk = self.clone();
        // Some milliseconds of counting: not on a thread that others' calls wait for.
        let built = tokio::task::spawn_blocking(move || desk.report(report, &asked)).await;
        built.map_err(|error| Error::Internal(error.to_string()))?
    }

    /// The report, as it stands.
    fn report(&self, report: &Report, asked: &Asked) -> Result<wire::Report, Error> {
        let book = self.reader.book();
        for producer in report.producers(Definitions::published()) {
            if book.shelf(producer).shown.is_none() {
                return Err(Error::StillReading(producer.name()));
            }
        }
        let places = moment::places(asked.as_of.as_ref(), &book)?;
        let built = report::build(report, View::new(book.held(), places), &asked.scope);
        let set_aside = |producer: Producer| book.shelf(producer).held.things_set_aside(places[producer as usize]);
        let set_aside: usize = Producer::ALL.into_iter().map(set_aside).sum();
        Ok(wire::Report { positions: book.tokens(places), set_aside: set_aside as i64, ..built })
    }
}

#[async_trait]
impl Reports for Desk {
    async fn list_reports(
        &self,
        _request: Request<ListReportsRequest>,
    ) -> Result<Response<ListReportsResponse>, Status> {
        let reports = Definitions::published().reports.iter().map(report::info).collect();
        Ok(Response::new(ListReportsResponse { reports, publications: Vec::new() }))
    }

    async fn get_report(&self, request: Request<GetReportRequest>) -> Result<Response<GetReportResponse>, Status> {
        let until = deadline(&request);
        let report = self.get(request.into_inner(), until).await?;
        Ok(Response::new(GetReportResponse { report: Some(report) }))
    }

    async fn compare_with_published(
        &self,
        request: Request<CompareWithPublishedRequest>,
    ) -> Result<Response<CompareWithPublishedResponse>, Status> {
        let request = request.into_inner();
        self.check(request.scope.as_ref(), request.as_of.as_ref(), &request.at_least)?;
        Err(Error::NotCompared.into())
    }
}
