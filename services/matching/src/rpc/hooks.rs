//! Where one area of the service has to follow another one's change, in the same transaction.

use kit_log::sql::Session;
use kit_log::{KeyStore, Unit};

use crate::domain::request::Request;
use crate::error::Error;

/// A request changed other than by its proposal: it ended, or asks for something else. The proposal that was out in `before`
/// has to be withdrawn, since `after` names it no more or is over. For the proposals to fill.
pub(crate) async fn request_changed(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    before: &Request,
    after: &Request,
) -> Result<(), Error> {
    let _ = (unit, keys, before, after);
    Ok(())
}

/// Whether a request's proposal, the one that is out or was accepted, is to one of these `experts/<id>`. For the proposals to
/// fill.
pub(crate) async fn is_proposed_to<'e>(
    session: &mut Session,
    request: &Request,
    experts: impl Iterator<Item = &'e str> + Send,
) -> Result<bool, Error> {
    let _ = (session, request, experts.count());
    Ok(false)
}
