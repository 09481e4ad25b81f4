//! The timetable to print, to put into a table, or into a calendar.

use contract::matching::v1 as wire;
use kit_serve::Caller;

use crate::error::Error;
use crate::rpc::Desk;

impl Desk {
    pub(super) async fn print_event(
        &self,
        caller: &Caller,
        request: &wire::PrintTimetableRequest,
    ) -> Result<wire::PrintTimetableResponse, Error> {
        self.event_timetable(caller, &request.event).await?;
        Ok(wire::PrintTimetableResponse::default())
    }
}
