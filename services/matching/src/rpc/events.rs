//! Consultation events over gRPC.

mod apply;
mod arrange;
mod ask;
mod companies;
mod day;
mod experts;
mod keep;
mod look;
mod print;
mod timed;
mod timetable;

use contract::matching::v1 as wire;
use contract::matching::v1::consultation_events_server::{ConsultationEvents, ConsultationEventsServer};
use kit_log::Origin;
use kit_serve::{Caller, MAX_MESSAGE_BYTES, Server};
use prost::Message;
use tonic::{Request, Response, Status};

use super::Desk;
use crate::error::Error;

/// What is kept of a command for a repeat of its request: no confidential data.
#[derive(Clone, PartialEq, Message)]
struct Receipt {
    #[prost(string, tag = "1")]
    id: String,
    /// The company had applied before.
    #[prost(bool, tag = "2")]
    merged: bool,
    /// `applications/<id>` of walk-ins.
    #[prost(string, repeated, tag = "3")]
    walk_ins: Vec<String>,
}

impl Receipt {
    fn of(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }
}

/// Who asks, and how a repeat is known.
struct By {
    caller: Caller,
    origin: Origin,
}

impl Desk {
    async fn by<T: Message>(&self, request: &Request<T>, method: &str, request_id: &str) -> Result<By, Error> {
        let caller = self.caller(request).await?;
        let origin = Origin::of_call(&caller, method, request_id, request.get_ref());
        Ok(By { caller, origin })
    }

    /// Adds the calls about consultation events to a server.
    pub(super) fn mount_events(&self, server: Server) -> Server {
        let events = ConsultationEventsServer::new(self.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        server.add_service(events)
    }
}

#[tonic::async_trait]
impl ConsultationEvents for Desk {
    async fn create_consultation_event(
        &self,
        request: Request<wire::CreateConsultationEventRequest>,
    ) -> Result<Response<wire::CreateConsultationEventResponse>, Status> {
        let by = self.by(&request, "CreateConsultationEvent", &request.get_ref().request_id).await?;
        let (event, token) = self.create_event(by, request.into_inner()).await?;
        Ok(Response::new(wire::CreateConsultationEventResponse { event: Some(event), token: Some(token) }))
    }

    async fn update_consultation_event(
        &self,
        request: Request<wire::UpdateConsultationEventRequest>,
    ) -> Result<Response<wire::UpdateConsultationEventResponse>, Status> {
        let by = self.by(&request, "UpdateConsultationEvent", &request.get_ref().request_id).await?;
        let (event, token) = self.update_event(by, request.into_inner()).await?;
        Ok(Response::new(wire::UpdateConsultationEventResponse { event: Some(event), token: Some(token) }))
    }

    async fn cancel_consultation_event(
        &self,
        request: Request<wire::CancelConsultationEventRequest>,
    ) -> Result<Response<wire::CancelConsultationEventResponse>, Status> {
        let by = self.by(&request, "CancelConsultationEvent", &request.get_ref().request_id).await?;
        let (event, token) = self.cancel_event(by, request.into_inner()).await?;
        Ok(Response::new(wire::CancelConsultationEventResponse { event: Some(event), token: Some(token) }))
    }

    async fn get_consultation_event(
        &self,
        request: Request<wire::GetConsultationEventRequest>,
    ) -> Result<Response<wire::GetConsultationEventResponse>, Status> {
        let event = self.look_at_event(&self.caller(&request).await?, "name", &request.get_ref().name).await?;
        Ok(Response::new(wire::GetConsultationEventResponse { event: Some(look::shown(event)) }))
    }

    async fn list_consultation_events(
        &self,
        request: Request<wire::ListConsultationEventsRequest>,
    ) -> Result<Response<wire::ListConsultationEventsResponse>, Status> {
        Ok(Response::new(self.list_events(&self.caller(&request).await?, request.get_ref()).await?))
    }

    async fn apply(&self, request: Request<wire::ApplyRequest>) -> Result<Response<wire::ApplyResponse>, Status> {
        let by = self.by(&request, "Apply", &request.get_ref().request_id).await?;
        Ok(Response::new(self.apply_to(by, request.into_inner()).await?))
    }

    async fn call_off(
        &self,
        request: Request<wire::CallOffRequest>,
    ) -> Result<Response<wire::CallOffResponse>, Status> {
        let by = self.by(&request, "CallOff", &request.get_ref().request_id).await?;
        Ok(Response::new(self.call_off_from(by, request.into_inner()).await?))
    }

    async fn list_applications(
        &self,
        request: Request<wire::ListApplicationsRequest>,
    ) -> Result<Response<wire::ListApplicationsResponse>, Status> {
        Ok(Response::new(self.list_event_applications(&self.caller(&request).await?, request.get_ref()).await?))
    }

    async fn make_timetable(
        &self,
        request: Request<wire::MakeTimetableRequest>,
    ) -> Result<Response<wire::MakeTimetableResponse>, Status> {
        let by = self.by(&request, "MakeTimetable", &request.get_ref().request_id).await?;
        Ok(Response::new(self.make_event_timetable(by, request.into_inner()).await?))
    }

    async fn get_timetable(
        &self,
        request: Request<wire::GetTimetableRequest>,
    ) -> Result<Response<wire::GetTimetableResponse>, Status> {
        let timetable = self.event_timetable(&self.caller(&request).await?, &request.get_ref().event).await?;
        Ok(Response::new(wire::GetTimetableResponse { timetable: Some(timetable) }))
    }

    async fn print_timetable(
        &self,
        request: Request<wire::PrintTimetableRequest>,
    ) -> Result<Response<wire::PrintTimetableResponse>, Status> {
        Ok(Response::new(self.print_event(&self.caller(&request).await?, request.get_ref()).await?))
    }

    async fn record_day(
        &self,
        request: Request<wire::RecordDayRequest>,
    ) -> Result<Response<wire::RecordDayResponse>, Status> {
        let by = self.by(&request, "RecordDay", &request.get_ref().request_id).await?;
        Ok(Response::new(self.record_event_day(by, request.into_inner()).await?))
    }
}
