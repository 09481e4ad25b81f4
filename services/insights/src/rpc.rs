//! The calls: contract → report → contract.

use std::collections::BTreeSet;
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
use crate::published::{self, Publication};
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

    /// Published numbers beside recomputed ones, all of one moment.
    async fn compare(
        &self,
        request: CompareWithPublishedRequest,
        until: Option<Instant>,
    ) -> Result<CompareWithPublishedResponse, Error> {
        let publication = match request.publication.as_str() {
            "" => None,
            id => Some(published::find(id).ok_or(Error::UnknownPublication)?),
        };
        let scope = published::scope(publication, request.scope.as_ref());
        let mut faults = published::faults(publication, &request.numbers, |report| {
            Definitions::published().report(report).is_some()
        });
        let asked = match self.check(Some(&scope), request.as_of.as_ref(), &request.at_least) {
            Ok(asked) if faults.is_empty() => asked,
            Err(Error::Invalid(others)) => {
                faults.extend(others);
                return Err(Error::Invalid(faults));
            }
            Ok(_) => return Err(Error::Invalid(faults)),
            Err(other) => return Err(other),
        };
        self.reader.visible().at_least(&request.at_least, until).await?;
        let desk = self.clone();
        let compared = tokio::task::spawn_blocking(move || desk.compared(publication, &request.numbers, &asked)).await;
        compared.map_err(|error| Error::Internal(error.to_string()))?
    }

    fn compared(
        &self,
        publication: Option<&Publication>,
        numbers: &[wire::PublishedNumber],
        asked: &Asked,
    ) -> Result<CompareWithPublishedResponse, Error> {
        let definitions = Definitions::published();
        let needed = published::reports_needed(publication, numbers);
        let needed: Vec<&Report> = needed.iter().filter_map(|name| definitions.report(name)).collect();
        let producers: BTreeSet<Producer> = needed.iter().flat_map(|report| report.producers(definitions)).collect();
        let (places, positions) = {
            let book = self.reader.book();
            if let Some(unread) = producers.into_iter().find(|producer| book.shelf(*producer).shown.is_none()) {
                return Err(Error::StillReading(unread.name()));
            }
            let places = moment::places(asked.as_of.as_ref(), &book)?;
            (places, book.tokens(places))
        };
        // What was known up to these places does not change, so nobody has to wait until every report is there.
        let build = |report: &Report| report::build(report, View::new(self.reader.book().held(), places), &asked.scope);
        let reports: Vec<wire::Report> = needed.into_iter().map(build).collect();
        let compared = published::compare(publication, numbers, &reports);
        Ok(CompareWithPublishedResponse {
            differences: compared.differences,
            compared: compared.compared as i32,
            no_data: compared.no_data as i32,
            positions,
        })
    }
}

#[async_trait]
impl Reports for Desk {
    async fn list_reports(
        &self,
        _request: Request<ListReportsRequest>,
    ) -> Result<Response<ListReportsResponse>, Status> {
        let reports = Definitions::published().reports.iter().map(report::info).collect();
        let publications = published::publications().iter().map(|publication| publication.id.clone()).collect();
        Ok(Response::new(ListReportsResponse { reports, publications }))
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
        let until = deadline(&request);
        Ok(Response::new(self.compare(request.into_inner(), until).await?))
    }
}
