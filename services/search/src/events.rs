//! Reading the survey and the registry into the book, and showing it. Everything here is in memory: a restart begins with
//! the last snapshot, or reads again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use contract::engagement::v1::TrackRecordChanged;
use contract::event::v1::{ParkedEvent, Token};
use contract::registry::v1::{CompanyChanged, CompanyErased, ExpertChanged, ExpertMerged, ExpertPerson};
use contract::survey::v1::{
    CampaignChanged, DisputeDecided, FormPublished, PersonMerged, PolicyActivated, RatingChanged, RecipientChanged,
    ResponseDisputed, ResponseReceived,
};
use kit_log::{Cursor, Failed, Interest, Personal, Reader, Received, Refusal, aggregate};
use prost::Name as _;
use tokio::sync::Notify;

use crate::SERVICE;
use crate::book::{Book, ENGAGEMENT};
use crate::card::Card;
use crate::domain::Live;
use crate::rated::Person;
use crate::records::{Record, Records};
use crate::view::{Shown, View};
use crate::visible::Visible;

/// Types of the engagements: none but the track record concerns a search, and none that is yet to come will hide anybody.
const ENGAGEMENTS: &str = "activelist.engagement.v1.";

/// The reader whose effects are the index.
pub(crate) struct IndexReader {
    writing: Mutex<Writing>,
    live: Live<View>,
    shown: Arc<Shown>,
    records: Arc<Records>,
    visible: Visible,
    /// Told after every change.
    changed: Notify,
}

/// What only writers see.
struct Writing {
    book: Book,
    /// While a log is read from nothing: the aggregates it brought.
    brought: HashMap<String, HashSet<String>>,
}

impl IndexReader {
    pub(crate) fn new(book: Book) -> Arc<Self> {
        Arc::new(Self {
            live: Live::new(book.view()),
            shown: book.shown(),
            records: book.records(),
            visible: Visible::new(book.positions.clone()),
            writing: Mutex::new(Writing { book, brought: HashMap::new() }),
            changed: Notify::new(),
        })
    }

    /// What is shown now.
    pub(crate) fn view(&self) -> Arc<View> {
        self.live.read()
    }

    pub(crate) fn shown(&self) -> &Shown {
        &self.shown
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    pub(crate) const fn visible(&self) -> &Visible {
        &self.visible
    }

    /// True for everybody the registry told of, shown or not.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.writing().book.knows(id)
    }

    /// Looks at the book while nobody writes; `None` while a log is read from nothing, as it is then neither here nor there.
    /// Track records may be on their way: without a cursor of theirs the next start reads them anew.
    pub(crate) fn settled<T>(&self, look: impl FnOnce(&Book) -> T) -> Option<T> {
        let writing = self.writing();
        writing.brought.keys().all(|producer| producer == ENGAGEMENT).then(|| look(&writing.book))
    }

    /// How many people were erased so far, or may have been.
    pub(crate) fn erased(&self) -> u64 {
        self.writing().book.erased()
    }

    /// Done when the book has changed after this call.
    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    /// Merges texts as long as there is any to merge, and waits for changes.
    pub(crate) async fn merge_texts(&self, stop: tokio_util::sync::CancellationToken) {
        loop {
            let changed = self.changed.notified();
            let merge = self.writing().book.next_merge();
            let Some(merge) = merge else {
                tokio::select! {
                    () = changed => continue,
                    () = stop.cancelled() => return,
                }
            };
            match tokio::task::spawn_blocking(move || merge.run()).await {
                Ok(merged) => {
                    let mut writing = self.writing();
                    writing.book.install(merged);
                    self.live.show(writing.book.view());
                }
                Err(error) => tracing::error!(%error, "texts were not merged"),
            }
            if stop.is_cancelled() {
                return;
            }
        }
    }

    /// Changes the book as no event would.
    #[cfg(feature = "hostile")]
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Book)) {
        change(&mut self.writing.get_mut().unwrap_or_else(PoisonError::into_inner).book);
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the book, then tells how far it reaches.
    fn show(&self, writing: &Writing) {
        self.live.show(writing.book.view());
        self.visible.reached(writing.book.positions.clone());
        self.changed.notify_waiters();
    }
}

/// An event, read and found good.
enum Change {
    Expert { card: Box<Card>, sources: Vec<Token> },
    Rating { respondent: String, person: Person },
    InForce { policy: String },
    Record { expert: String, record: Record },
}

impl Writing {
    /// Takes all of a batch or nothing of it.
    fn put(&mut self, events: &[Received]) -> Result<Vec<Token>, Failed> {
        let mut read = |(index, received)| self.read(received).map_err(|refusal| Failed { index, refusal });
        let changes = events.iter().enumerate().map(&mut read).collect::<Result<Vec<_>, _>>()?;
        let mut through = Vec::new();
        for change in changes {
            match change {
                Change::Expert { card, sources } => {
                    through.extend(sources);
                    self.book.put_expert(*card);
                }
                Change::Rating { respondent, person } => self.book.put_rating(&respondent, person),
                Change::InForce { policy } => self.book.put_in_force(Some(&policy)),
                Change::Record { expert, record } => self.book.put_record(&expert, record),
            }
        }
        Ok(through)
    }

    fn read(&mut self, received: &Received) -> Result<Change, Refusal> {
        if received.event.r#type == ExpertChanged::full_name() {
            let mut entry: ExpertChanged = received.clear()?;
            let sources = std::mem::take(&mut entry.sources);
            let person: Option<ExpertPerson> = match &received.personal {
                Personal::None => return Err(Refusal::Fault("an expert without a personal body".to_owned())),
                _ => received.personal()?,
            };
            let card = Card::new(entry, person);
            self.book.check(&card).map_err(Refusal::Fault)?;
            Ok(Change::Expert { card: Box::new(card), sources })
        } else if received.event.r#type == TrackRecordChanged::full_name() {
            let changed: TrackRecordChanged = received.clear()?;
            let told = changed.track_record.unwrap_or_default();
            Ok(Change::Record { expert: changed.expert_id, record: Record::new(&told) })
        } else if received.event.r#type == PolicyActivated::full_name() {
            let activated: PolicyActivated = received.clear()?;
            Ok(Change::InForce { policy: activated.policy })
        } else {
            let changed: RatingChanged = received.clear()?;
            let rating = changed.rating.as_ref();
            let rating = rating.ok_or_else(|| Refusal::Fault("a rating event without a rating".to_owned()))?;
            let person = self.book.parts.person(&changed, rating);
            Ok(Change::Rating { respondent: rating.respondent_id.clone(), person })
        }
    }
}

#[async_trait]
impl Reader for IndexReader {
    fn name(&self) -> &str {
        SERVICE
    }

    fn interest(&self, event_type: &str) -> Interest {
        let wanted = [
            ExpertChanged::full_name(),
            RatingChanged::full_name(),
            PolicyActivated::full_name(),
            TrackRecordChanged::full_name(),
        ];
        let known = [
            FormPublished::full_name(),
            ResponseReceived::full_name(),
            ResponseDisputed::full_name(),
            DisputeDecided::full_name(),
            PersonMerged::full_name(),
            CampaignChanged::full_name(),
            RecipientChanged::full_name(),
            CompanyChanged::full_name(),
            CompanyErased::full_name(),
            // The engagements follow it: the record of the one who is found covers both.
            ExpertMerged::full_name(),
        ];
        let among = |names: &[String]| names.iter().any(|name| name == event_type);
        Interest::of(among(&wanted), among(&known) || event_type.starts_with(ENGAGEMENTS), 1)
    }

    async fn cursor(&self, producer: &str) -> kit_log::Result<Option<Cursor>> {
        Ok(self.writing().book.positions.cursors.get(producer).cloned())
    }

    async fn apply(&self, producer: &str, events: &[Received], to: &Cursor) -> Result<(), Failed> {
        let mut writing = self.writing();
        let through = writing.put(events)?;
        let from_nothing = to.epoch.is_empty();
        if let Some(brought) = writing.brought.get_mut(producer) {
            brought.extend(events.iter().map(|r| aggregate(&r.event)));
        }
        if !from_nothing && let Some(brought) = writing.brought.remove(producer) {
            writing.book.keep_only(producer, &brought);
        }
        writing.book.positions.moved(producer, (!from_nothing).then_some(to), &through);
        self.show(&writing);
        Ok(())
    }

    async fn begin_anew(&self, producer: &str) -> kit_log::Result<()> {
        // What is shown stays until the log has brought it again or not: nobody sees an empty list meanwhile.
        let mut writing = self.writing();
        writing.brought.insert(producer.to_owned(), HashSet::new());
        let (gone, kept): (Vec<_>, Vec<_>) =
            writing.book.parked.drain(..).partition(|p| p.event.as_ref().is_some_and(|e| e.service == producer));
        writing.book.parked = kept;
        // Whom they were about stays hidden: what they said before was forgotten.
        for parked in gone {
            writing.book.release(&parked.aggregate);
        }
        writing.book.positions.begin_anew(producer);
        self.show(&writing);
        Ok(())
    }

    async fn park(&self, parked: ParkedEvent, to: &Cursor) -> kit_log::Result<()> {
        let producer = parked.event.as_ref().map(|e| e.service.clone()).unwrap_or_default();
        let mut writing = self.writing();
        writing.book.hold_back(&parked.aggregate);
        if let Some(brought) = writing.brought.get_mut(&producer) {
            brought.insert(parked.aggregate.clone());
        }
        writing.book.parked.push(parked);
        writing.book.positions.moved(&producer, (!to.epoch.is_empty()).then_some(to), &[]);
        self.show(&writing);
        Ok(())
    }

    async fn parked(&self) -> kit_log::Result<Vec<ParkedEvent>> {
        Ok(self.writing().book.parked.clone())
    }

    async fn settle(&self, parked: &ParkedEvent, event: Option<&Received>) -> Result<(), Refusal> {
        let mut writing = self.writing();
        let through = writing.put(event.map_or(&[], std::slice::from_ref)).map_err(|failed| failed.refusal)?;
        writing.book.parked.retain(|p| p.event != parked.event);
        if !writing.book.parked.iter().any(|p| p.aggregate == parked.aggregate) {
            writing.book.release(&parked.aggregate);
        }
        let producer = parked.event.as_ref().map(|e| e.service.clone()).unwrap_or_default();
        let cursor = writing.book.positions.cursors.get(&producer).cloned();
        writing.book.positions.moved(&producer, cursor.as_ref(), &through);
        self.show(&writing);
        Ok(())
    }

    async fn caught_up(&self, producer: &str, _head: &Cursor, consumed: &[Token]) {
        let mut writing = self.writing();
        writing.book.positions.at_head(producer, consumed);
        self.visible.reached(writing.book.positions.clone());
    }
}
