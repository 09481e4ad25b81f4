//! Commands through the writer: load, obey, store, tell, all in one transaction.

use std::sync::Arc;

use contract::event::v1::Token;
use contract::registry::v1 as wire;
use kit_clock::Timestamp;
use kit_log::{Committed, KeyStore, Origin, Source, Unit};
use prost::Message;

use super::Register;
use crate::domain::{Change, Command, Expert, Moment};
use crate::error::Error;
use crate::events::emit;
use crate::{store, wire as shape};

/// Entries a review looks at in one commit, so that others are not kept waiting for long.
const REVIEWED: i64 = 200;

/// What is kept of a command for a repeat of its request: no personal data.
#[derive(Clone, PartialEq, Message)]
struct Receipt {
    #[prost(string, tag = "1")]
    expert_id: String,
}

/// What one commit of a review did.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Reviewed {
    #[prost(int32, tag = "1")]
    pub(super) paused: i32,
    #[prost(int32, tag = "2")]
    pub(super) resumed: i32,
    /// The place of the last entry looked at; 0 when there was none left.
    #[prost(int64, tag = "3")]
    pub(super) last: i64,
}

/// What a part of a review needs beside the moment and the place.
pub(super) struct Review {
    pub(super) keys: Arc<dyn KeyStore>,
    pub(super) sources: Vec<Token>,
    pub(super) months: i32,
}

impl Review {
    /// Reviews the entries after a place, as many as one commit takes.
    pub(super) async fn some(&self, unit: &mut Unit, as_of: Timestamp, after: i64) -> Result<Reviewed, Error> {
        let (keys, mut done) = (self.keys.as_ref(), Reviewed::default());
        let actor = unit.actor().to_owned();
        let moment = Moment { now: unit.now(), actor: &actor };
        for (place, mut expert) in store::reviewable(unit.session(), keys, after, REVIEWED).await? {
            done.last = place;
            let change = expert.obey(Command::Review(as_of, self.months), &moment)?;
            if change.kinds.is_empty() {
                continue;
            }
            done.count(&change);
            emit(unit, &expert, &change, self.sources.clone());
            store::save(unit.session(), keys, &expert).await?;
            store::record(unit.session(), keys, &expert, &change, &moment).await?;
        }
        Ok(done)
    }
}

fn check_etag(expert: &Expert, etag: &str) -> Result<(), Error> {
    let now = shape::etag(expert);
    if etag.is_empty() || etag == now { Ok(()) } else { Err(Error::StaleEtag(now)) }
}

impl Register {
    /// Changes an expert by the command that `build` makes for the moment of the commit; answers how it now stands.
    pub(super) async fn change(
        &self,
        origin: Origin,
        id: String,
        etag: String,
        build: impl FnOnce(&Moment<'_>) -> Command + Send + 'static,
    ) -> Result<(wire::Expert, Token), Error> {
        let (keys, sources) = (self.log.keys().clone(), self.sources().await?);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let found = store::by_id(unit.session(), keys.as_ref(), &id).await?;
                let mut expert = found.ok_or(Error::NotFound)?;
                check_etag(&expert, &etag)?;
                let actor = unit.actor().to_owned();
                let moment = Moment { now: unit.now(), actor: &actor };
                let change = expert.obey(build(&moment), &moment)?;
                if !change.kinds.is_empty() {
                    emit(unit, &expert, &change, sources);
                    store::save(unit.session(), keys.as_ref(), &expert).await?;
                    store::record(unit.session(), keys.as_ref(), &expert, &change, &moment).await?;
                }
                Ok::<_, Error>(Receipt { expert_id: id })
            })
        });
        self.answer(committed.await?).await
    }

    /// Enters an expert by a first command.
    pub(super) async fn enter(
        &self,
        origin: Origin,
        number: String,
        first: Command,
    ) -> Result<(wire::Expert, Token), Error> {
        let (keys, sources) = (self.log.keys().clone(), self.sources().await?);
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                if store::knows_number(unit.session(), &number).await? {
                    return Err(Error::NumberTaken);
                }
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let moment = Moment { now: unit.now(), actor: &actor };
                let (expert, change) = Expert::enter(&id, &number, first, &moment)?;
                let position = emit(unit, &expert, &change, sources);
                store::insert(unit.session(), keys.as_ref(), &expert, position).await?;
                store::record(unit.session(), keys.as_ref(), &expert, &change, &moment).await?;
                Ok::<_, Error>(Receipt { expert_id: id })
            })
        });
        self.answer(committed.await?).await
    }

    /// The expert as a command would leave it; its etag is the one that stands.
    pub(super) async fn preview(
        &self,
        actor: &str,
        id: &str,
        etag: &str,
        command: Command,
    ) -> Result<wire::Expert, Error> {
        let mut expert = self.find(id).await?;
        check_etag(&expert, etag)?;
        let version = expert.version;
        expert.obey(command, &Moment { now: self.now(), actor })?;
        expert.version = version;
        Ok(self.shown(&expert))
    }

    /// The expert as entering would leave it: without a name, which it gets when it is entered.
    pub(super) async fn preview_entry(&self, actor: &str, number: &str, first: Command) -> Result<wire::Expert, Error> {
        if store::knows_number(&mut self.log.read_session().await?, number).await? {
            return Err(Error::NumberTaken);
        }
        let (expert, _) = Expert::enter("", number, first, &Moment { now: self.now(), actor })?;
        Ok(wire::Expert { etag: String::new(), ..self.shown(&expert) })
    }

    /// Reviews everybody as of a moment, in commits of a bounded size; the token of the last one that changed anything.
    pub(super) async fn review(&self, origin: &Origin, as_of: Timestamp) -> Result<(i32, i32, Option<Token>), Error> {
        let (mut paused, mut resumed, mut token, mut after) = (0, 0, None, 0);
        loop {
            let committed = self.review_some(origin.clone(), as_of, after).await?;
            let Reviewed { paused: off, resumed: back, last } = committed.answer;
            (paused, resumed) = (paused + off, resumed + back);
            if off + back > 0 {
                token = Some(committed.token);
            }
            if last == 0 {
                return Ok((paused, resumed, token));
            }
            after = last;
        }
    }

    async fn review_some(&self, origin: Origin, as_of: Timestamp, after: i64) -> Result<Committed<Reviewed>, Error> {
        let review = self.reviewing().await?;
        let committed =
            self.log.writer().run(origin, move |unit| Box::pin(async move { review.some(unit, as_of, after).await }));
        committed.await
    }

    pub(super) async fn reviewing(&self) -> Result<Review, Error> {
        Ok(Review { keys: self.log.keys().clone(), sources: self.sources().await?, months: self.months })
    }

    /// How many a review would pause and bring back.
    pub(super) async fn preview_review(&self, actor: &str, as_of: Timestamp) -> Result<(i32, i32), Error> {
        let (mut done, moment) = (Reviewed::default(), Moment { now: self.now(), actor });
        loop {
            let mut session = self.log.read_session().await?;
            let some = store::reviewable(&mut session, self.log.keys().as_ref(), done.last, REVIEWED).await?;
            let Some(last) = some.last().map(|(place, _)| *place) else { return Ok((done.paused, done.resumed)) };
            for (_, mut expert) in some {
                done.count(&expert.obey(Command::Review(as_of, self.months), &moment)?);
            }
            done.last = last;
        }
    }

    async fn answer(&self, committed: Committed<Receipt>) -> Result<(wire::Expert, Token), Error> {
        let expert = self.find(&committed.answer.expert_id).await?;
        Ok((self.shown(&expert), committed.token))
    }

    /// How far other logs were read, for the stamp of an event that no survey event caused. Read before the command, so it
    /// is never further than what the log holds.
    async fn sources(&self) -> Result<Vec<Token>, Error> {
        let mut consumed = Source::head(&self.log).await?.consumed;
        consumed.retain(|token| token.position > 0);
        Ok(consumed)
    }
}

impl Reviewed {
    fn count(&mut self, change: &Change) {
        for step in &change.steps {
            self.paused += i32::from(step.to == wire::ExpertState::Paused);
            self.resumed += i32::from(step.from == wire::ExpertState::Paused);
        }
    }
}
