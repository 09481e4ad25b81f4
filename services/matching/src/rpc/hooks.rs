//! Where one area of the service has to follow another one's change, in the same transaction.

use contract::matching::v1::RequestState;
use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};

use super::course;
use crate::domain::moment::Moment;
use crate::domain::request::Request;
use crate::error::Error;
use crate::store;

/// A request changed other than by its proposal: it ended, or asks for something else. The proposal that was out in `before`
/// has to be withdrawn, since `after` names it no more or is over.
pub(crate) async fn request_changed(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    before: &Request,
    after: &Request,
) -> Result<(), Error> {
    let detail = if after.is_open() { "NEED_CHANGED" } else { "REQUEST_ENDED" };
    if let Some(mut out) = store::proposal_out(unit.session(), keys, &before.name()).await? {
        let actor = unit.actor().to_owned();
        let at = Moment { now: unit.now(), actor: &actor, words: "" };
        let change = out.withdraw(false, detail, &at)?;
        course::tell(unit, keys, &out, &change).await?;
        // Whom it leaves free may help others.
        store::seek_anew(unit.session()).await?;
    }
    let id = &after.facts.request_id;
    if after.facts.state() == RequestState::Seeking {
        store::seek(unit.session(), id).await?;
    } else {
        store::seek_no_more(unit.session(), id).await?;
    }
    Ok(())
}

/// Whether a request's proposal, the one that is out or was accepted, is to one of these `experts/<id>`.
pub(crate) async fn is_proposed_to<'e>(
    session: &mut Session,
    request: &Request,
    mut experts: impl Iterator<Item = &'e str> + Send,
) -> Result<bool, Error> {
    let Some(id) = request.facts.proposal.strip_prefix("proposals/") else { return Ok(false) };
    let Some(facts) = store::proposal_facts(session, id).await? else { return Ok(false) };
    Ok(experts.any(|expert| facts.expert == expert || facts.team.iter().any(|member| member == expert)))
}
