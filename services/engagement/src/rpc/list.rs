//! Lists of cases and consultations: conditions, pages, and whose a caller is shown.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{CaseOrder, ListCasesRequest, ListConsultationsRequest};
use kit_clock::Timestamp;
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};

use super::Desk;
use crate::domain::check::Check;
use crate::domain::{Fault, Reason};
use crate::error::Error;
use crate::store::{self, ConsultationFilter, Filter};

impl Desk {
    pub(super) async fn page(
        &self,
        caller: &Caller,
        request: &ListCasesRequest,
    ) -> Result<wire::ListCasesResponse, Error> {
        let now = self.log.clock().now();
        let (mut filter, page) = read(request, now)?;
        let all = self.with_merged(caller).await?;
        narrow((caller, &all), (&mut filter.body, &mut filter.expert))?;
        let mut session = self.log.read_session().await.map_err(Error::from)?;
        let keys = self.log.keys().as_ref();
        let found = store::list(&mut session, keys, &filter, page.after((i64::MIN, 0)), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        let cases = found.into_iter().map(|case| self.shown(&all, case)).collect();
        Ok(wire::ListCasesResponse { cases, next_page_token })
    }
}

impl Desk {
    /// A page of consultations.
    pub(super) async fn consultations(
        &self,
        caller: &Caller,
        request: &ListConsultationsRequest,
    ) -> Result<wire::ListConsultationsResponse, Error> {
        let mut check = Check::default();
        let state = check.opt_enum("state", request.state);
        check.ascii("programme", &request.programme, false);
        check.ascii("region", &request.region, false);
        check.ascii("event", &request.event, false);
        let mut filter = ConsultationFilter {
            programme: request.programme.clone(),
            region: request.region.clone(),
            body: check.opt_name("body", "bodies", &request.body),
            expert: check.opt_name("expert", "experts", &request.expert),
            company: check.opt_name("company", "companies", &request.company),
            event: request.event.clone(),
            state,
        };
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        narrow((caller, &self.with_merged(caller).await?), (&mut filter.body, &mut filter.expert))?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list_consultations(&mut session, keys, &filter, page.after(-1), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        let consultations = found.into_iter().map(Self::met).collect();
        Ok(wire::ListConsultationsResponse { consultations, next_page_token })
    }
}

fn read(request: &ListCasesRequest, now: Timestamp) -> Result<(Filter, Page<(i64, i64)>), Error> {
    let mut check = Check::default();
    let state = check.opt_enum("state", request.state);
    check.ascii("programme", &request.programme, false);
    check.ascii("region", &request.region, false);
    check.ascii("counsellor", &request.counsellor, false);
    check.opt_name("expert", "experts", &request.expert);
    check.opt_name("company", "companies", &request.company);
    check.opt_name("body", "bodies", &request.body);
    check.code("theme", kit_vocabulary::themes(), &request.theme, false);
    let page = Page::read(&mut check, request, SIZES);
    check.done()?;
    let filter = Filter {
        programme: request.programme.clone(),
        region: request.region.clone(),
        theme: request.theme.clone(),
        expert: request.expert.clone(),
        company: request.company.clone(),
        body: request.body.clone(),
        counsellor: request.counsellor.clone(),
        state,
        open_only: request.open_only,
        due_before: request.overdue_only.then_some(now),
        by_due: request.order() == CaseOrder::Due,
    };
    Ok((filter, page))
}

/// A counsellor is shown one of the own bodies, an expert the own cases; who owns several says which. `all`: the caller with what
/// is the caller's by merges.
pub(super) fn narrow(
    (caller, all): (&Caller, &Caller),
    (body, expert): (&mut String, &mut String),
) -> Result<(), Error> {
    if [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role)) {
        return Ok(());
    }
    let (asked, field, prefix) =
        if caller.is(Role::Counsellor) { (body, "body", "bodies/") } else { (expert, "expert", "experts/") };
    let mut own = caller.owns.iter().filter(|name| name.starts_with(prefix));
    match (asked.is_empty(), own.next(), own.next()) {
        (true, Some(only), None) => only.clone_into(asked),
        (true, Some(_), Some(_)) => return Err(Error::Invalid(vec![Fault::new(field, Reason::Required)])),
        (false, ..) if all.owns(asked) => {}
        _ => return Err(Error::NotOwn),
    }
    Ok(())
}
