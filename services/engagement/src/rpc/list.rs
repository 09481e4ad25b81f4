//! Lists of cases and consultations: conditions, pages, and whose a caller is shown.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{CaseOrder, CaseState, ConsultationState, ListCasesRequest, ListConsultationsRequest};
use kit_clock::Timestamp;
use kit_serve::{Caller, Role};

use super::{Desk, page};
use crate::domain::check::Check;
use crate::domain::{Fault, Reason};
use crate::error::Error;
use crate::store::{self, ConsultationFilter, Filter};

/// Cases on a page that names no size, and the most on any.
const PAGE: (i32, i32) = (50, 200);

impl Desk {
    pub(super) async fn page(
        &self,
        caller: &Caller,
        request: &ListCasesRequest,
    ) -> Result<wire::ListCasesResponse, Error> {
        let now = self.log.clock().now();
        let (mut filter, after, size) = read(request, now)?;
        let all = self.with_merged(caller).await?;
        narrow((caller, &all), (&mut filter.body, &mut filter.expert))?;
        let mut session = self.log.read_session().await.map_err(Error::from)?;
        // One more than wanted tells whether there is a page after this.
        let keys = self.log.keys().as_ref();
        let mut found = store::list(&mut session, keys, &filter, after, size + 1).await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more);
        let next_page_token = last.map(|(place, _)| token(*place, request)).unwrap_or_default();
        let cases = found.into_iter().map(|(_, case)| self.shown(&all, case)).collect();
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
        let state = ConsultationState::try_from(request.state).unwrap_or_else(|_| {
            check.fault("state", Reason::UnknownCode);
            ConsultationState::Unspecified
        });
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
        let size = page::size(&mut check, request.page_size);
        let conditions = ListConsultationsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
        let after = page::place(&mut check, &request.page_token, &conditions, -1);
        check.done()?;
        narrow((caller, &self.with_merged(caller).await?), (&mut filter.body, &mut filter.expert))?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list_consultations(&mut session, keys, &filter, after, size + 1).await?;
        let (found, next_page_token) = page::cut(found, size, &conditions);
        let consultations = found.into_iter().map(Self::met).collect();
        Ok(wire::ListConsultationsResponse { consultations, next_page_token })
    }
}

fn read(request: &ListCasesRequest, now: Timestamp) -> Result<(Filter, (i64, i64), i64), Error> {
    let mut check = Check::default();
    if !(0..=PAGE.1).contains(&request.page_size) {
        check.between("page_size", i64::from(request.page_size), (0, i64::from(PAGE.1)));
    }
    let state = CaseState::try_from(request.state).unwrap_or_else(|_| {
        check.fault("state", Reason::UnknownCode);
        CaseState::Unspecified
    });
    check.ascii("programme", &request.programme, false);
    check.ascii("region", &request.region, false);
    check.ascii("counsellor", &request.counsellor, false);
    check.opt_name("expert", "experts", &request.expert);
    check.opt_name("company", "companies", &request.company);
    check.opt_name("body", "bodies", &request.body);
    check.code("theme", kit_vocabulary::themes(), &request.theme, false);
    let after = match request.page_token.as_str() {
        "" => Some((i64::MIN, 0)),
        given => place(given, request),
    };
    if after.is_none() {
        check.fault("page_token", Reason::BadPageToken);
    }
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
    let size = if request.page_size == 0 { PAGE.0 } else { request.page_size };
    Ok((filter, after.unwrap_or_default(), size.into()))
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

fn token((due, entered): (i64, i64), request: &ListCasesRequest) -> String {
    format!("{due:x}.{entered:x}.{}", mark(request))
}

/// The place in a token of the same conditions.
fn place(token: &str, request: &ListCasesRequest) -> Option<(i64, i64)> {
    let mut parts = token.split('.');
    let mut number = || i64::from_str_radix(parts.next()?, 16).ok();
    let (due, entered) = (number()?, number()?);
    (parts.next() == Some(&mark(request)) && parts.next().is_none() && due >= 0).then_some((due, entered))
}

/// Tells conditions apart without repeating them.
fn mark(request: &ListCasesRequest) -> String {
    let conditions = ListCasesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    page::mark(&conditions)
}
