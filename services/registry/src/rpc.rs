//! The register over gRPC: contract → domain → store → contract.

mod ask;
mod change;
mod companies;
mod daily;
mod standing;

use contract::event::v1::Token;
use contract::registry::v1 as wire;
use contract::registry::v1::expert_registry_server::ExpertRegistry;
use kit_clock::Timestamp;
use kit_log::{Log, Origin, clock_time};
use kit_serve::{Caller, Role};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::check::Check;
use crate::domain::fault::Reason;
use crate::domain::profile::{self, EMPLOYER_PATH, FIELDS, NUMBER_PATH, Profile};
use crate::domain::{Command, Expert, Obstacle, Verification};
use crate::error::Error;
use crate::{store, wire as shape};
use ask::own_only;

pub(crate) use companies::CompanyRegister;
pub(crate) use daily::run as review_daily;

/// The calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Register {
    pub(crate) log: Log,
    /// Months a confirmation lasts.
    pub(crate) months: i32,
}

/// A call that changes one expert, read and allowed.
struct Ask {
    caller: Caller,
    id: String,
    check: Check,
}

impl Ask {
    /// Begins to read a request about the expert `name`, which stands in `field`.
    fn about<M>(request: &Request<M>, field: &str, name: &str, request_id: &str) -> Self {
        let mut check = Check::default();
        let id = check.id(field, "experts", name);
        check.request_id(request_id);
        Self { caller: Caller::of(request).clone(), id, check }
    }

    /// Ends it: every fault, or the id of the expert and who asks.
    fn settle(mut self) -> Result<(Caller, String), Error> {
        self.check.done()?;
        Ok((self.caller, self.id))
    }

    /// As [`Ask::settle`], for methods whose expert callers reach only what is their own.
    fn settle_own(self, name: &str) -> Result<(Caller, String), Error> {
        let (caller, id) = self.settle()?;
        own_only(&caller, name)?;
        Ok((caller, id))
    }
}

impl Register {
    fn now(&self) -> Timestamp {
        self.log.clock().now()
    }

    fn shown(&self, expert: &Expert) -> wire::Expert {
        shape::expert(expert, self.now(), self.months)
    }

    /// The expert as calls answer it, with the entry where the person is found now.
    async fn show(&self, expert: &Expert) -> Result<wire::Expert, Error> {
        let mut shown = self.shown(expert);
        if expert.is_merged() {
            let mut session = self.log.read_session().await?;
            shown.merged_into = shape::name(&store::found_under(&mut session, self.log.keys().as_ref(), expert).await?);
        }
        Ok(shown)
    }

    async fn find(&self, id: &str) -> Result<Expert, Error> {
        let mut session = self.log.read_session().await?;
        store::by_id(&mut session, self.log.keys().as_ref(), id).await?.ok_or(Error::NotFound)
    }

    async fn create(
        &self,
        request: Request<wire::CreateExpertRequest>,
    ) -> Result<(wire::Expert, Option<Token>), Error> {
        let caller = Caller::of(&request).clone();
        let request = request.into_inner();
        let origin = Origin::of_call(&caller, "CreateExpert", &request.request_id, &request);
        let wire::CreateExpertRequest { expert, request_id, validate_only } = request;
        let mut check = Check::default();
        check.request_id(&request_id);
        let mut given = given(expert.unwrap_or_default());
        let number = check.number(&format!("expert.{NUMBER_PATH}"), &given.person.registration_number);
        let fields: Vec<_> = FIELDS.iter().collect();
        given.check(&mut check, &fields);
        check.done()?;
        if given.terms.employer_sells_consulting {
            operators_only(&caller)?;
        }
        let first = Command::Edit(given, fields);
        if validate_only {
            return Ok((self.preview_entry(&caller.subject, &number, first).await?, None));
        }
        let (expert, token) = self.enter(origin, number, first).await?;
        Ok((expert, Some(token)))
    }

    async fn update(
        &self,
        request: Request<wire::UpdateExpertRequest>,
    ) -> Result<(wire::Expert, Option<Token>), Error> {
        let body = request.get_ref();
        let name = body.expert.as_ref().map(|expert| expert.name.clone()).unwrap_or_default();
        let mut ask = Ask::about(&request, "expert.name", &name, &body.request_id);
        let origin = Origin::of_call(&ask.caller, "UpdateExpert", &body.request_id, body);
        let wire::UpdateExpertRequest { expert, update_mask, etag, validate_only, .. } = request.into_inner();
        let mut given = given(expert.unwrap_or_default());
        let fields = match profile::masked(&update_mask.unwrap_or_default().paths) {
            Ok(fields) => {
                given.check(&mut ask.check, &fields);
                fields
            }
            Err(faults) => {
                ask.check.faults.extend(faults);
                Vec::new()
            }
        };
        let (caller, id) = ask.settle_own(&name)?;
        if fields.iter().any(|field| field.path == EMPLOYER_PATH) {
            operators_only(&caller)?;
        }
        let command = Command::Edit(given, fields);
        if validate_only {
            return Ok((self.preview(&caller.subject, &id, &etag, command).await?, None));
        }
        let (expert, token) = self.change(origin, id, etag, |_| command).await?;
        Ok((expert, Some(token)))
    }

    async fn verify(&self, request: Request<wire::VerifyRegistrationRequest>) -> Result<(wire::Expert, Token), Error> {
        let body = request.get_ref();
        let mut ask = Ask::about(&request, "name", &body.name, &body.request_id);
        let origin = Origin::of_call(&ask.caller, "VerifyRegistration", &body.request_id, body);
        let source = ask.check.words("source", &body.source, true);
        let valid_until = body.valid_until.as_ref().map(clock_time);
        let (_, id) = ask.settle()?;
        let etag = request.into_inner().etag;
        self.change(origin, id, etag, move |moment| {
            let verified_by = moment.actor.to_owned();
            Command::Verify(Verification { source, verified_by, verify_time: moment.now, valid_until })
        })
        .await
    }

    async fn consent(&self, request: Request<wire::SetConsentRequest>) -> Result<(wire::Expert, Token), Error> {
        let body = request.get_ref();
        let mut ask = Ask::about(&request, "name", &body.name, &body.request_id);
        let origin = Origin::of_call(&ask.caller, "SetConsent", &body.request_id, body);
        let (purpose, given) = (ask.check.purpose(body.purpose), body.given);
        let (_, id) = ask.settle_own(&body.name)?;
        let etag = request.into_inner().etag;
        self.change(origin, id, etag, move |_| Command::SetConsent(purpose, given)).await
    }

    /// A call that names an expert and says why: pause, resume, delist, reinstate.
    async fn step<M: Message>(
        &self,
        request: &Request<M>,
        method: &str,
        said: Said<'_>,
        command: fn(String) -> Command,
    ) -> Result<(wire::Expert, Token), Error> {
        let Said { name, reason, etag, request_id } = said;
        let mut ask = Ask::about(request, "name", name, request_id);
        let origin = Origin::of_call(&ask.caller, method, request_id, request.get_ref());
        let words = ask.check.words("reason", reason, false);
        let (_, id) = ask.settle_own(name)?;
        self.change(origin, id, etag.to_owned(), move |_| command(words)).await
    }

    async fn page(&self, request: &wire::ListExpertsRequest) -> Result<wire::ListExpertsResponse, Error> {
        let (filter, page) = ask::list(request)?;
        let mut session = self.log.read_session().await?;
        let keys = self.log.keys().as_ref();
        let found = store::list(&mut session, keys, &filter, page.after(0), page.limit()).await?;
        let (found, next_page_token) = page.cut(found);
        drop(session);
        let mut experts = Vec::new();
        for expert in &found {
            experts.push(self.show(expert).await?);
        }
        Ok(wire::ListExpertsResponse { experts, next_page_token })
    }

    async fn statistics(&self) -> Result<wire::GetListingStatisticsResponse, Error> {
        let counts = store::counts(&mut self.log.read_session().await?).await?;
        let count = |wanted: &dyn Fn(&store::Count) -> bool| {
            counts.iter().filter(|count| wanted(count)).map(|count| count.experts).sum::<i64>()
        };
        use wire::ExpertState::{Delisted, Draft, Erased, Listed, Paused};
        let state = |state: wire::ExpertState| wire::StateCount {
            state: state.into(),
            count: count(&|one| one.state == state),
        };
        let obstacle = |obstacle: Obstacle| wire::ObstacleCount {
            obstacle: Some(shape::obstacle(obstacle)),
            count: count(&|one| one.obstacles.contains(&obstacle)),
        };
        Ok(wire::GetListingStatisticsResponse {
            experts: count(&|_| true),
            listed: count(&|one| one.state == Listed),
            states: [Draft, Listed, Paused, Delisted, Erased].into_iter().map(state).collect(),
            obstacles: Obstacle::ALL.into_iter().map(obstacle).filter(|one| one.count > 0).collect(),
        })
    }
}

/// What the four calls that ask for a step have in common.
struct Said<'r> {
    name: &'r str,
    reason: &'r str,
    etag: &'r str,
    request_id: &'r str,
}

macro_rules! said {
    ($request:expr) => {{
        let body = $request.get_ref();
        Said { name: &body.name, reason: &body.reason, etag: &body.etag, request_id: &body.request_id }
    }};
}

fn given(expert: wire::Expert) -> Profile {
    Profile { person: expert.person.unwrap_or_default(), terms: expert.terms.unwrap_or_default() }
}

fn operators_only(caller: &Caller) -> Result<(), Error> {
    if caller.is(Role::Operator) { Ok(()) } else { Err(Error::OperatorsOnly(EMPLOYER_PATH)) }
}

#[tonic::async_trait]
impl ExpertRegistry for Register {
    async fn create_expert(
        &self,
        request: Request<wire::CreateExpertRequest>,
    ) -> Result<Response<wire::CreateExpertResponse>, Status> {
        let (expert, token) = self.create(request).await?;
        Ok(Response::new(wire::CreateExpertResponse { expert: Some(expert), token }))
    }

    async fn get_expert(
        &self,
        request: Request<wire::GetExpertRequest>,
    ) -> Result<Response<wire::GetExpertResponse>, Status> {
        let name = &request.get_ref().name;
        let (_, id) = Ask::about(&request, "name", name, "").settle_own(name)?;
        let expert = Some(self.show(&self.find(&id).await?).await?);
        Ok(Response::new(wire::GetExpertResponse { expert }))
    }

    async fn list_experts(
        &self,
        request: Request<wire::ListExpertsRequest>,
    ) -> Result<Response<wire::ListExpertsResponse>, Status> {
        Ok(Response::new(self.page(request.get_ref()).await?))
    }

    async fn update_expert(
        &self,
        request: Request<wire::UpdateExpertRequest>,
    ) -> Result<Response<wire::UpdateExpertResponse>, Status> {
        let (expert, token) = self.update(request).await?;
        Ok(Response::new(wire::UpdateExpertResponse { expert: Some(expert), token }))
    }

    async fn verify_registration(
        &self,
        request: Request<wire::VerifyRegistrationRequest>,
    ) -> Result<Response<wire::VerifyRegistrationResponse>, Status> {
        let (expert, token) = self.verify(request).await?;
        Ok(Response::new(wire::VerifyRegistrationResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn confirm_expert(
        &self,
        request: Request<wire::ConfirmExpertRequest>,
    ) -> Result<Response<wire::ConfirmExpertResponse>, Status> {
        let body = request.get_ref();
        let ask = Ask::about(&request, "name", &body.name, &body.request_id);
        let origin = Origin::of_call(&ask.caller, "ConfirmExpert", &body.request_id, body);
        let (_, id) = ask.settle_own(&body.name)?;
        let (expert, token) = self.change(origin, id, body.etag.clone(), |_| Command::Confirm).await?;
        Ok(Response::new(wire::ConfirmExpertResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn set_consent(
        &self,
        request: Request<wire::SetConsentRequest>,
    ) -> Result<Response<wire::SetConsentResponse>, Status> {
        let (expert, token) = self.consent(request).await?;
        Ok(Response::new(wire::SetConsentResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn pause_expert(
        &self,
        request: Request<wire::PauseExpertRequest>,
    ) -> Result<Response<wire::PauseExpertResponse>, Status> {
        let (expert, token) = self.step(&request, "PauseExpert", said!(request), Command::Pause).await?;
        Ok(Response::new(wire::PauseExpertResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn resume_expert(
        &self,
        request: Request<wire::ResumeExpertRequest>,
    ) -> Result<Response<wire::ResumeExpertResponse>, Status> {
        let (expert, token) = self.step(&request, "ResumeExpert", said!(request), Command::Resume).await?;
        Ok(Response::new(wire::ResumeExpertResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn delist_expert(
        &self,
        request: Request<wire::DelistExpertRequest>,
    ) -> Result<Response<wire::DelistExpertResponse>, Status> {
        let (expert, token) = self.step(&request, "DelistExpert", said!(request), Command::Delist).await?;
        Ok(Response::new(wire::DelistExpertResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn reinstate_expert(
        &self,
        request: Request<wire::ReinstateExpertRequest>,
    ) -> Result<Response<wire::ReinstateExpertResponse>, Status> {
        let (expert, token) = self.step(&request, "ReinstateExpert", said!(request), Command::Reinstate).await?;
        Ok(Response::new(wire::ReinstateExpertResponse { expert: Some(expert), token: Some(token) }))
    }

    async fn list_state_changes(
        &self,
        request: Request<wire::ListStateChangesRequest>,
    ) -> Result<Response<wire::ListStateChangesResponse>, Status> {
        let name = &request.get_ref().name;
        let (_, id) = Ask::about(&request, "name", name, "").settle_own(name)?;
        self.find(&id).await?;
        let mut session = self.log.read_session().await.map_err(Error::from)?;
        let changes = store::history(&mut session, self.log.keys().as_ref(), &id, true).await.map_err(Error::from)?;
        Ok(Response::new(wire::ListStateChangesResponse { changes }))
    }

    async fn review_listings(
        &self,
        request: Request<wire::ReviewListingsRequest>,
    ) -> Result<Response<wire::ReviewListingsResponse>, Status> {
        let caller = Caller::of(&request);
        let wire::ReviewListingsRequest { as_of, validate_only } = request.get_ref();
        let as_of = as_of.as_ref().map_or_else(|| self.now(), clock_time);
        let mut check = Check::default();
        // Another day's rules would bring back whom today's hold back, or pause whom nobody has to miss yet.
        if !validate_only && (as_of > self.now() || as_of.japan_day() != self.now().japan_day()) {
            check.fault("as_of", Reason::NotNow);
        }
        check.done().map_err(Error::from)?;
        let (paused, resumed, token) = if *validate_only {
            let (paused, resumed) = self.preview_review(&caller.subject, as_of).await?;
            (paused, resumed, None)
        } else {
            self.review(&Origin::of_call(caller, "ReviewListings", "", request.get_ref()), as_of).await?
        };
        Ok(Response::new(wire::ReviewListingsResponse { paused, resumed, token }))
    }

    async fn get_listing_statistics(
        &self,
        _request: Request<wire::GetListingStatisticsRequest>,
    ) -> Result<Response<wire::GetListingStatisticsResponse>, Status> {
        Ok(Response::new(self.statistics().await?))
    }

    async fn get_standing(
        &self,
        request: Request<wire::GetStandingRequest>,
    ) -> Result<Response<wire::GetStandingResponse>, Status> {
        Ok(Response::new(self.standing(Caller::of(&request), request.get_ref()).await?))
    }

    async fn list_verifications(
        &self,
        request: Request<wire::ListVerificationsRequest>,
    ) -> Result<Response<wire::ListVerificationsResponse>, Status> {
        let name = &request.get_ref().name;
        let (_, id) = Ask::about(&request, "name", name, "").settle_own(name)?;
        Ok(Response::new(self.verifications(&id).await?))
    }
}
