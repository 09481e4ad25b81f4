//! What time brings: applications close, events are over.

use contract::matching::v1::ConsultationEventState;

use super::Receipt;
use super::keep::keep_event;
use crate::domain::refused::Reason;
use crate::error::Error;
use crate::events::consultation_events as tell;
use crate::rpc::Desk;
use crate::rpc::requests::moment;
use crate::store;
use crate::timer::by_itself;

impl Desk {
    /// Closes the events whose time for applications is over, and ends those whose end has passed: the final seats are told once.
    pub(crate) async fn carry_on_events(&self) -> Result<(), Error> {
        let due = store::due_events(&mut self.log.read_session().await?, self.log.clock().now()).await?;
        // What one of them lacks does not hold up the others.
        let mut done = Ok(());
        for id in due {
            let carried = self.carry_on_event(id).await;
            done = done.and(carried);
        }
        done
    }

    async fn carry_on_event(&self, id: String) -> Result<(), Error> {
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(by_itself(), move |unit| {
            Box::pin(async move {
                let mut event = store::event(unit.session(), &id).await?.ok_or(Reason::EventNotFound)?;
                let actor = unit.actor().to_owned();
                let looked = event.look(&moment(unit, &actor, ""));
                let over = !looked.kinds.is_empty() && event.facts.state() == ConsultationEventState::Over;
                keep_event(unit, keys.as_ref(), &event, looked).await?;
                if over && let Some(kept) = store::timetable(unit.session(), &id).await? {
                    tell::timetable(unit, &id, &kept.timetable, true);
                }
                Ok::<_, Error>(Receipt::of(&id))
            })
        });
        committed.await.map(drop)
    }
}
