//! Answers are handed in: within a command's transaction, for the answers of commands and for those by themselves alike.

use kit_log::{KeyStore, Unit};

use super::shown_form;
use crate::domain::answered::Place;
use crate::domain::{Answered, Filled, Moment, Subject};
use crate::error::Error;
use crate::store::{self, Keys};
use crate::{events, names};

/// Stores answers to a form and tells of them; answers their id. When the same was answered before, nothing happens.
pub(super) async fn hand_in(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    subject: &Subject,
    filled: &Filled,
    (on_behalf, at): (bool, &Moment<'_>),
) -> Result<String, Error> {
    let new = Answered::new(&unit.fresh_id(), subject, filled, on_behalf, at);
    let place = Place::of(subject, filled.rule);
    let before = store::counting(unit.session(), keys, &place).await?;
    if let Some(before) = before.as_ref().filter(|before| before.says_the_same(&new)) {
        return Ok(before.facts.answers_id.clone());
    }
    let sealing = Keys::ensure(keys, &[names::key_of(&new.facts)]).await?;
    // Whoever has seen answers can then read the questions.
    if store::publish(unit.session(), &filled.form.version).await? {
        events::published(unit, &filled.form.version, shown_form::form(filled.form, true));
    }
    if let Some(before) = before.map(Answered::superseded) {
        events::answers(unit, &before);
        store::supersede(unit.session(), &before.facts).await?;
    }
    let entered = events::answers(unit, &new);
    let shown = filled.rule.shown_to_other_side;
    store::insert_answers(unit.session(), &sealing, (entered, &place, shown), &new).await?;
    Ok(new.facts.answers_id)
}
