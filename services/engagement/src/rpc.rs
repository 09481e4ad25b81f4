//! The engagements over gRPC: contract → domain → store → contract.

mod answered;
mod ask;
mod change;
mod fees;
mod filling;
mod forms;
mod gatherings;
mod hand_in;
mod import;
mod library;
mod list;
mod reach;
mod shown_form;
mod subject;

use contract::engagement::v1 as wire;
use contract::engagement::v1::engagements_server::Engagements;
use kit_log::{Log, Origin};
use kit_serve::Caller;
use tonic::{Request, Response, Status};

use crate::domain::catalogue::{self, labels_of, programmes, reasons};
use crate::domain::check::Check;
use crate::domain::{Case, Consultation, Deed, read};
use crate::error::Error;
use crate::names;
use crate::store;
use ask::{Common, ending, follow_on};
use reach::{reaches, shown, shown_steps};

pub(crate) use library::Library;

/// The calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) log: Log,
}

impl Desk {
    /// Who calls. What was recorded under an expert's entry is also the expert's into whose entry that one was merged.
    async fn caller<T>(&self, request: &Request<T>) -> Result<Caller, Error> {
        self.with_merged(Caller::of(request)).await
    }

    /// As [`Desk::caller`], of a caller.
    async fn with_merged(&self, caller: &Caller) -> Result<Caller, Error> {
        let mut all = caller.clone();
        if caller.owns.iter().any(|name| name.starts_with("experts/")) {
            let mut session = self.log.read_session().await?;
            for name in &caller.owns {
                all.owns.extend(store::merged_into(&mut session, name).await?);
            }
        }
        Ok(all)
    }

    /// A case as this caller may see it.
    fn shown(&self, caller: &Caller, case: Case) -> wire::Case {
        let etag = case.version.to_string();
        let (facts, texts) = shown(caller, case);
        let due = facts.due.as_ref().and_then(|due| due.time.as_ref());
        wire::Case {
            name: names::case(&facts.case_id),
            overdue: due.is_some_and(|time| read(time) <= self.log.clock().now()),
            facts: Some(facts),
            texts: Some(texts),
            etag,
        }
    }

    async fn case(&self, caller: &Caller, id: &str) -> Result<wire::Case, Error> {
        let case = self.load(id).await?;
        reaches(caller, &case.facts)?;
        Ok(self.shown(caller, case))
    }

    /// As [`Desk::case`], for a caller who just changed it.
    async fn found(&self, caller: &Caller, id: &str) -> Result<wire::Case, Error> {
        Ok(self.shown(caller, self.load(id).await?))
    }

    async fn load(&self, id: &str) -> Result<Case, Error> {
        let mut session = self.log.read_session().await?;
        store::by_id(&mut session, self.log.keys().as_ref(), id).await?.ok_or(Error::NoSuchCase)
    }

    async fn consultation(&self, caller: &Caller, id: &str) -> Result<wire::Consultation, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::consultation(&mut session, self.log.keys().as_ref(), id).await?;
        let met = found.ok_or(Error::NoSuchConsultation)?;
        reaches(caller, &met.facts)?;
        Ok(Self::met(met))
    }

    fn met(met: Consultation) -> wire::Consultation {
        wire::Consultation {
            name: names::consultation(&met.facts.consultation_id),
            facts: Some(met.facts),
            texts: Some(met.texts),
            etag: met.version.to_string(),
        }
    }

    async fn history(&self, caller: &Caller, name: &str) -> Result<Vec<wire::Step>, Error> {
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let mut check = Check::default();
        if name.starts_with("consultations/") {
            let id = check.id("name", "consultations", name);
            check.done()?;
            let met = store::consultation(&mut session, keys, &id).await?.ok_or(Error::NoSuchConsultation)?;
            reaches(caller, &met.facts)?;
            return Ok(store::history(&mut session, keys, name, &names::key_of(&met.facts)).await?);
        }
        let id = check.id("name", "cases", name);
        check.done()?;
        let case = store::by_id(&mut session, keys, &id).await?.ok_or(Error::NoSuchCase)?;
        reaches(caller, &case.facts)?;
        let steps = store::history(&mut session, keys, name, &names::key_of(&case.facts)).await?;
        Ok(shown_steps(caller, &case.facts, steps))
    }

    async fn record(&self, caller: &Caller, expert: &str) -> Result<wire::TrackRecord, Error> {
        let mut check = Check::default();
        check.name("expert", "experts", expert);
        check.done()?;
        let only_an_expert = caller.roles.iter().all(|role| *role == kit_serve::Role::Expert);
        if only_an_expert && !caller.owns(expert) {
            return Err(Error::NotOwn);
        }
        let known = store::track_record(&mut self.log.read_session().await?, expert).await?;
        Ok(known.unwrap_or_else(|| wire::TrackRecord { expert: expert.to_owned(), ..Default::default() }))
    }
}

/// A call that carries a deed out: what it has in common with the others is read, then the deed, then both are done.
macro_rules! deed {
    ($desk:expr, $request:expr, $method:literal, $words:expr, $response:ident, |$body:ident, $check:ident| $deed:expr) => {{
        let caller = $desk.caller(&$request).await?;
        let $body = $request.into_inner();
        let common = Common {
            method: $method,
            name: &$body.name,
            etag: &$body.etag,
            request_id: &$body.request_id,
            on_behalf_of: $body.on_behalf_of,
            reason: &$body.reason,
        };
        let mut $check = Check::default();
        let asked = common.read(caller, &$body, $words, &mut $check);
        let deed = $deed;
        $check.done().map_err(Error::from)?;
        let (case, _, token) = $desk.change(asked, deed, None).await?;
        Ok(Response::new(wire::$response { case: Some(case), token: Some(token) }))
    }};
}

#[tonic::async_trait]
impl Engagements for Desk {
    async fn create_consultation(
        &self,
        request: Request<wire::CreateConsultationRequest>,
    ) -> Result<Response<wire::CreateConsultationResponse>, Status> {
        let caller = self.caller(&request).await?;
        let body = request.into_inner();
        let origin = Origin::of_call(&caller, "CreateConsultation", &body.request_id, &body);
        let (facts, texts) = ask::consultation(&caller, body)?;
        let (consultation, token) = self.enter((caller, origin), facts, texts).await?;
        Ok(Response::new(wire::CreateConsultationResponse { consultation: Some(consultation), token: Some(token) }))
    }

    async fn report_consultation(
        &self,
        request: Request<wire::ReportConsultationRequest>,
    ) -> Result<Response<wire::ReportConsultationResponse>, Status> {
        let caller = self.caller(&request).await?;
        Ok(Response::new(self.report(caller, request.into_inner()).await?))
    }

    async fn get_consultation(
        &self,
        request: Request<wire::GetConsultationRequest>,
    ) -> Result<Response<wire::GetConsultationResponse>, Status> {
        let mut check = Check::default();
        let id = check.id("name", "consultations", &request.get_ref().name);
        check.done().map_err(Error::from)?;
        let consultation = Some(self.consultation(&self.caller(&request).await?, &id).await?);
        Ok(Response::new(wire::GetConsultationResponse { consultation }))
    }

    async fn list_consultations(
        &self,
        request: Request<wire::ListConsultationsRequest>,
    ) -> Result<Response<wire::ListConsultationsResponse>, Status> {
        Ok(Response::new(self.consultations(Caller::of(&request), request.get_ref()).await?))
    }

    async fn create_guidance(
        &self,
        request: Request<wire::CreateGuidanceRequest>,
    ) -> Result<Response<wire::CreateGuidanceResponse>, Status> {
        let caller = self.caller(&request).await?;
        let body = request.into_inner();
        let origin = Origin::of_call(&caller, "CreateGuidance", &body.request_id, &body);
        let (facts, texts) = ask::guidance(&caller, body, self.log.clock().now())?;
        let (case, token) = self.begin((caller, origin), facts, texts).await?;
        Ok(Response::new(wire::CreateGuidanceResponse { case: Some(case), token: Some(token) }))
    }

    async fn change_theme(
        &self,
        request: Request<wire::ChangeThemeRequest>,
    ) -> Result<Response<wire::ChangeThemeResponse>, Status> {
        deed!(self, request, "ChangeTheme", true, ChangeThemeResponse, |body, check| {
            Deed::ChangeTheme(check.code("theme", kit_vocabulary::themes(), &body.theme, true))
        })
    }

    async fn plan_visit(
        &self,
        request: Request<wire::PlanVisitRequest>,
    ) -> Result<Response<wire::PlanVisitResponse>, Status> {
        deed!(self, request, "PlanVisit", false, PlanVisitResponse, |body, check| {
            Deed::Plan(check.span(body.start_time.as_ref(), body.end_time.as_ref()))
        })
    }

    async fn reschedule_visit(
        &self,
        request: Request<wire::RescheduleVisitRequest>,
    ) -> Result<Response<wire::RescheduleVisitResponse>, Status> {
        deed!(self, request, "RescheduleVisit", true, RescheduleVisitResponse, |body, check| {
            Deed::Reschedule(body.visit, check.span(body.start_time.as_ref(), body.end_time.as_ref()))
        })
    }

    async fn cancel_visit(
        &self,
        request: Request<wire::CancelVisitRequest>,
    ) -> Result<Response<wire::CancelVisitResponse>, Status> {
        deed!(self, request, "CancelVisit", true, CancelVisitResponse, |body, check| Deed::Cancel(body.visit))
    }

    async fn hold_visit(
        &self,
        request: Request<wire::HoldVisitRequest>,
    ) -> Result<Response<wire::HoldVisitResponse>, Status> {
        let caller = self.caller(&request).await?;
        Ok(Response::new(self.hold(caller, request.into_inner()).await?))
    }

    async fn confirm_visit(
        &self,
        request: Request<wire::ConfirmVisitRequest>,
    ) -> Result<Response<wire::ConfirmVisitResponse>, Status> {
        deed!(self, request, "ConfirmVisit", false, ConfirmVisitResponse, |body, check| {
            Deed::Confirm(body.visit, check.side(body.side))
        })
    }

    async fn complete_case(
        &self,
        request: Request<wire::CompleteCaseRequest>,
    ) -> Result<Response<wire::CompleteCaseResponse>, Status> {
        deed!(self, request, "CompleteCase", false, CompleteCaseResponse, |body, check| Deed::Complete)
    }

    async fn end_case_early(
        &self,
        request: Request<wire::EndCaseEarlyRequest>,
    ) -> Result<Response<wire::EndCaseEarlyResponse>, Status> {
        deed!(self, request, "EndCaseEarly", body.ending_reason == "other", EndCaseEarlyResponse, |body, check| {
            Deed::EndEarly(ending(&mut check, &body.ending_reason))
        })
    }

    async fn withdraw_case(
        &self,
        request: Request<wire::WithdrawCaseRequest>,
    ) -> Result<Response<wire::WithdrawCaseResponse>, Status> {
        deed!(self, request, "WithdrawCase", body.ending_reason == "other", WithdrawCaseResponse, |body, check| {
            Deed::Withdraw(ending(&mut check, &body.ending_reason))
        })
    }

    async fn record_outcome(
        &self,
        request: Request<wire::RecordOutcomeRequest>,
    ) -> Result<Response<wire::RecordOutcomeResponse>, Status> {
        let caller = self.caller(&request).await?;
        Ok(Response::new(self.say(caller, request.into_inner()).await?))
    }

    async fn record_follow_on(
        &self,
        request: Request<wire::RecordFollowOnRequest>,
    ) -> Result<Response<wire::RecordFollowOnResponse>, Status> {
        deed!(self, request, "RecordFollowOn", false, RecordFollowOnResponse, |body, check| {
            follow_on(&mut check, &body)
        })
    }

    async fn record_attendance(
        &self,
        request: Request<wire::RecordAttendanceRequest>,
    ) -> Result<Response<wire::RecordAttendanceResponse>, Status> {
        let body = request.get_ref();
        let caller = self.caller(&request).await?;
        let origin = Origin::of_call(&caller, "RecordAttendance", &body.request_id, body);
        let token = Some(self.attend((caller, origin), body).await?);
        Ok(Response::new(wire::RecordAttendanceResponse { token }))
    }

    async fn claim_fee(
        &self,
        request: Request<wire::ClaimFeeRequest>,
    ) -> Result<Response<wire::ClaimFeeResponse>, Status> {
        let (caller, body) = (self.caller(&request).await?, request.get_ref());
        let origin = Origin::of_call(&caller, "ClaimFee", &body.request_id, body);
        let (claim, token) = self.claim((caller, origin), body).await?;
        Ok(Response::new(wire::ClaimFeeResponse { claim: Some(claim), token: Some(token) }))
    }

    async fn hand_over(
        &self,
        request: Request<wire::HandOverRequest>,
    ) -> Result<Response<wire::HandOverResponse>, Status> {
        deed!(self, request, "HandOver", true, HandOverResponse, |body, check| {
            let to = check.name("body", "bodies", &body.body);
            Deed::HandOver(to, check.ascii("counsellor", &body.counsellor, false))
        })
    }

    async fn get_case(
        &self,
        request: Request<wire::GetCaseRequest>,
    ) -> Result<Response<wire::GetCaseResponse>, Status> {
        let mut check = Check::default();
        let id = check.id("name", "cases", &request.get_ref().name);
        check.done().map_err(Error::from)?;
        let case = Some(self.case(&self.caller(&request).await?, &id).await?);
        Ok(Response::new(wire::GetCaseResponse { case }))
    }

    async fn list_cases(
        &self,
        request: Request<wire::ListCasesRequest>,
    ) -> Result<Response<wire::ListCasesResponse>, Status> {
        Ok(Response::new(self.page(Caller::of(&request), request.get_ref()).await?))
    }

    async fn get_history(
        &self,
        request: Request<wire::GetHistoryRequest>,
    ) -> Result<Response<wire::GetHistoryResponse>, Status> {
        let steps = self.history(&self.caller(&request).await?, &request.get_ref().name).await?;
        Ok(Response::new(wire::GetHistoryResponse { steps }))
    }

    async fn get_track_record(
        &self,
        request: Request<wire::GetTrackRecordRequest>,
    ) -> Result<Response<wire::GetTrackRecordResponse>, Status> {
        let track_record = Some(self.record(&self.caller(&request).await?, &request.get_ref().expert).await?);
        Ok(Response::new(wire::GetTrackRecordResponse { track_record }))
    }

    async fn import_guidance(
        &self,
        request: Request<wire::ImportGuidanceRequest>,
    ) -> Result<Response<wire::ImportGuidanceResponse>, Status> {
        let origin = Origin::of_call(Caller::of(&request), "ImportGuidance", "", request.get_ref());
        Ok(Response::new(self.import(origin, request.into_inner()).await?))
    }

    async fn get_catalogue(
        &self,
        _request: Request<wire::GetCatalogueRequest>,
    ) -> Result<Response<wire::GetCatalogueResponse>, Status> {
        let programme = |programme: &catalogue::Programme| wire::Programme {
            id: programme.id.clone(),
            ja: programme.ja.clone(),
            en: programme.en.clone(),
            visits: programme.visits,
            fees: programme.fees(),
        };
        Ok(Response::new(wire::GetCatalogueResponse {
            programmes: programmes().iter().map(programme).collect(),
            themes: catalogue::themes().to_vec(),
            non_conversion_reasons: labels_of(reasons().non_conversion),
            ending_reasons: labels_of(reasons().ending),
            gains: labels_of(reasons().gains),
        }))
    }
}
