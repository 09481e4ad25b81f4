//! Reading the logs of engagement, survey and registry into the book: every event, none compacted, no personal body.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use contract::engagement::v1 as engagement;
use contract::event::v1::{ParkedEvent, Token};
use contract::registry::v1::{CompanyChanged, CompanyErased, ExpertChanged, ExpertMerged};
use contract::survey::v1 as survey;
use kit_log::{Cursor, Failed, Interest, Reader, Received, Refusal, clock_time};
use prost::Name;

use crate::SERVICE;
use crate::book::Book;
use crate::domain::held::Held;
use crate::domain::schema::Producer;
use crate::domain::{engagement as engaged, survey as surveyed};
use crate::visible::Visible;

/// The reader whose effects are the facts.
pub(crate) struct FactReader {
    book: RwLock<Book>,
    visible: Visible,
}

/// An event, read and found good.
struct Change {
    position: u32,
    /// When it was emitted, in microseconds.
    time: i64,
    told: Told,
}

enum Told {
    Engagement(engaged::Told),
    Survey(surveyed::Told),
    Expert(Box<ExpertChanged>),
    Merge(ExpertMerged),
    /// Of a company: nothing that is counted.
    Nothing,
}

impl FactReader {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { book: RwLock::new(Book::new()), visible: Visible::new() })
    }

    pub(crate) fn book(&self) -> RwLockReadGuard<'_, Book> {
        self.book.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn visible(&self) -> &Visible {
        &self.visible
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Book> {
        self.book.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self, book: &Book) {
        self.visible.reached(Producer::ALL.map(|producer| book.cursor(producer)));
    }
}

fn producer(name: &str) -> kit_log::Result<Producer> {
    Producer::named(name).ok_or_else(|| kit_log::Error::Internal(format!("no log that is read: {name}")))
}

fn is<B: Name>(event_type: &str) -> bool {
    B::full_name() == event_type
}

fn read(received: &Received) -> Result<Change, Refusal> {
    let event = &received.event;
    let position = u32::try_from(event.position).ok().filter(|position| *position < u32::MAX);
    let position = position.ok_or_else(|| Refusal::Fault("a place that no report can name".to_owned()))?;
    let time = event.time.as_ref().map_or(0, |time| clock_time(time).micros());
    let told = match Producer::named(&event.producer) {
        Some(Producer::Engagement) => Told::Engagement(read_engagement(received)?),
        Some(Producer::Survey) => Told::Survey(read_survey(received)?),
        Some(Producer::Registry) if is::<ExpertChanged>(&event.r#type) => Told::Expert(Box::new(received.clear()?)),
        Some(Producer::Registry) if is::<ExpertMerged>(&event.r#type) => Told::Merge(received.clear()?),
        Some(Producer::Registry) => Told::Nothing,
        None => return Err(Refusal::Fault(format!("an event of {}", event.producer))),
    };
    Ok(Change { position, time, told })
}

fn part<T>(part: Option<T>, of: &str) -> Result<T, Refusal> {
    part.ok_or_else(|| Refusal::Fault(format!("an event without {of}")))
}

fn read_engagement(received: &Received) -> Result<engaged::Told, Refusal> {
    use engaged::Told;
    let name = received.event.r#type.as_str();
    Ok(if is::<engagement::CaseChanged>(name) {
        Told::Case(Box::new(part(received.clear::<engagement::CaseChanged>()?.facts, "a case")?))
    } else if is::<engagement::ConsultationChanged>(name) {
        let changed: engagement::ConsultationChanged = received.clear()?;
        Told::Consultation(Box::new(part(changed.facts, "a consultation")?))
    } else if is::<engagement::GatheringChanged>(name) {
        Told::Gathering(Box::new(part(received.clear::<engagement::GatheringChanged>()?.facts, "a gathering")?))
    } else if is::<engagement::ParticipationChanged>(name) {
        let changed: engagement::ParticipationChanged = received.clear()?;
        Told::Participation(Box::new(part(changed.facts, "a participation")?))
    } else if is::<engagement::AnswersChanged>(name) {
        Told::Answers(Box::new(part(received.clear::<engagement::AnswersChanged>()?.facts, "answers")?))
    } else if is::<engagement::FormPublished>(name) {
        Told::Form(Box::new(part(received.clear::<engagement::FormPublished>()?.form, "a form")?))
    } else if is::<engagement::FeeClaimed>(name) {
        Told::Claim(Box::new(part(received.clear::<engagement::FeeClaimed>()?.claim, "a claim")?))
    } else if is::<engagement::AttendanceRecorded>(name) {
        Told::Attendance(received.event.aggregate_id.clone(), Box::new(received.clear()?))
    } else {
        Told::Nothing
    })
}

fn read_survey(received: &Received) -> Result<surveyed::Told, Refusal> {
    use surveyed::Told;
    let name = received.event.r#type.as_str();
    Ok(if is::<survey::ResponseReceived>(name) {
        Told::Response(Box::new(received.clear()?))
    } else if is::<survey::RatingChanged>(name) {
        let changed: survey::RatingChanged = received.clear()?;
        Told::Rating(Box::new(part(changed.rating, "a rating")?), changed.next.map(Box::new))
    } else if is::<survey::PolicyActivated>(name) {
        Told::InForce(received.clear::<survey::PolicyActivated>()?.policy)
    } else if is::<survey::FormPublished>(name) {
        Told::Form(Box::new(part(received.clear::<survey::FormPublished>()?.form, "a form")?))
    } else if is::<survey::PersonMerged>(name) {
        let merged: survey::PersonMerged = received.clear()?;
        // One who is parted again is told of anew.
        if merged.merged_into.is_empty() { Told::Nothing } else { Told::Gone(merged.respondent_id) }
    } else if is::<survey::DisputeDecided>(name) {
        let decided: survey::DisputeDecided = received.clear()?;
        let lost = decided.decision() == survey::DisputeDecision::TakeOver;
        if lost { Told::Gone(decided.respondent_id) } else { Told::Nothing }
    } else {
        Told::Nothing
    })
}

fn take(held: &mut Held, change: Change) {
    let Change { position, time, told } = change;
    held.times.note(position, time);
    match told {
        Told::Engagement(told) => held.take_engagement(position, time, told),
        Told::Survey(told) => held.take_survey(position, time, told),
        Told::Expert(changed) => held.take_expert(position, time, &changed),
        Told::Merge(merged) => held.merges.take(position, merged),
        Told::Nothing => {}
    }
}

#[async_trait]
impl Reader for FactReader {
    fn name(&self) -> &str {
        SERVICE
    }

    fn compacted(&self) -> bool {
        // What was, counts in a report as of then.
        false
    }

    fn opens_personal(&self) -> bool {
        // Statistics need nobody's name, and stay when a person is erased.
        false
    }

    fn interest(&self, event_type: &str) -> Interest {
        let known = [
            engagement::CaseChanged::full_name(),
            engagement::ConsultationChanged::full_name(),
            engagement::GatheringChanged::full_name(),
            engagement::ParticipationChanged::full_name(),
            engagement::AnswersChanged::full_name(),
            engagement::FormPublished::full_name(),
            engagement::FeeClaimed::full_name(),
            engagement::AttendanceRecorded::full_name(),
            // Nothing of these is counted; when they were said still tells how far the log was known at a time.
            engagement::TrackRecordChanged::full_name(),
            engagement::StoryChanged::full_name(),
            engagement::IncidentCaseChanged::full_name(),
            CompanyChanged::full_name(),
            CompanyErased::full_name(),
            survey::ResponseReceived::full_name(),
            survey::RatingChanged::full_name(),
            survey::FormPublished::full_name(),
            survey::ResponseDisputed::full_name(),
            survey::DisputeDecided::full_name(),
            survey::PersonMerged::full_name(),
            survey::PolicyActivated::full_name(),
            survey::CampaignChanged::full_name(),
            survey::RecipientChanged::full_name(),
            ExpertChanged::full_name(),
            ExpertMerged::full_name(),
        ];
        Interest::of(known.iter().any(|name| name == event_type), false, 1)
    }

    async fn cursor(&self, name: &str) -> kit_log::Result<Option<Cursor>> {
        Ok(self.book().cursor(producer(name)?))
    }

    async fn apply(&self, name: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        let refused = |index, refusal| Failed { index, refusal };
        let producer = producer(name).map_err(|error| refused(0, error.into()))?;
        let changes =
            events.iter().enumerate().map(|(index, one)| read(one).map_err(|refusal| refused(index, refusal)));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        let mut book = self.writing();
        let held = book.filling(producer);
        if let Some(table) = held.full().filter(|_| !changes.is_empty()) {
            return Err(refused(0, Refusal::Fault(format!("too many codes in {table}"))));
        }
        changes.into_iter().for_each(|change| take(held, change));
        book.moved(producer, to);
        self.reached(&book);
        Ok(())
    }

    async fn begin_anew(&self, name: &str) -> kit_log::Result<()> {
        let producer = producer(name)?;
        let mut book = self.writing();
        book.begin_anew(producer);
        self.reached(&book);
        Ok(())
    }

    async fn park(&self, parked: ParkedEvent, to: &Cursor) -> kit_log::Result<()> {
        let place = parked.event.clone().unwrap_or_default();
        let producer = producer(&place.service)?;
        let mut book = self.writing();
        let position = u32::try_from(place.position).unwrap_or(u32::MAX);
        book.filling(producer).set_aside(position, &parked.aggregate);
        book.parked.push(parked);
        book.moved(producer, to);
        self.reached(&book);
        Ok(())
    }

    async fn parked(&self) -> kit_log::Result<Vec<ParkedEvent>> {
        Ok(self.book().parked.clone())
    }

    async fn settle(&self, parked: &ParkedEvent, event: Option<&Received>) -> Result<(), Refusal> {
        let place = parked.event.clone().unwrap_or_default();
        let producer = producer(&place.service)?;
        let change = event.map(read).transpose()?;
        let mut book = self.writing();
        let held = book.filling(producer);
        if let Some(change) = change {
            take(held, change);
        }
        held.settled(u32::try_from(place.position).unwrap_or(u32::MAX));
        book.parked.retain(|one| one.event != parked.event);
        self.reached(&book);
        Ok(())
    }

    async fn caught_up(&self, name: &str, _head: &Cursor, _consumed: &[Token]) {
        if let Some(producer) = Producer::named(name) {
            self.visible.caught_up(producer);
        }
    }
}
