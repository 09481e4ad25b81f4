//! A notice and its steps: scheduled → pending → handed over → acknowledged | expired | withdrawn.

use contract::notices::v1::{Channel, Delivery, DeliveryState, NoticeFacts, NoticeState, Parameter};
use kit_clock::Timestamp;
use sha2::{Digest as _, Sha256};

use super::plan::Stage;
use super::rules::Wanted;
use super::{read, wire};

/// Whom a notice may be for.
pub const RECIPIENTS: [&str; 4] = ["experts", "companies", "bodies", "recipients"];
/// What a notice may be about.
pub const SUBJECTS: [&str; 9] = [
    "cases",
    "consultations",
    "experts",
    "proposals",
    "requests",
    "applications",
    "consultationEvents",
    "incidents",
    "recipients",
];

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What does not tell of anybody. Its state is unspecified as long as it is scheduled.
    pub facts: NoticeFacts,
    /// What else its text is filled with, by name.
    pub words: Vec<(String, String)>,
    /// The id of the key under which the words are sealed; empty when there are none.
    pub key_id: String,
    /// What it follows from.
    pub cause: String,
    /// Which occasion of its cause, from 1.
    pub occasion: i64,
    /// False once it is no longer wanted.
    pub current: bool,
    /// Whether it stays when it is no longer wanted.
    pub stays: bool,
    /// Place among what is pulled: the log's position of its last change that a puller has to learn; 0 while scheduled.
    pub sequence: i64,
    /// The log's position at which it was raised; 0 while scheduled.
    pub entered: i64,
    /// When it is to be raised; of no meaning afterwards.
    pub raise: Timestamp,
}

/// A step that the state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no step from {from} to {to}")]
pub struct Illegal {
    /// The state it has.
    pub from: String,
    /// The state it would have.
    pub to: &'static str,
}

/// What came of a try to deliver by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The server took it, with this reply.
    Taken(i32),
    /// It did not work.
    Failed {
        /// Why: a stable name of the contract.
        reason: &'static str,
        /// The server's reply; 0 when there was none.
        code: i32,
        /// When it is tried again; nothing when it is given up.
        again: Option<Timestamp>,
    },
}

/// The id of a notice: it follows from what the notice follows from, so that deriving it again gives the same notice.
pub fn id_of(cause: &str, occasion: i64) -> String {
    let hash = Sha256::digest(format!("{cause}\n{occasion}"));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A state's name in lower case.
pub fn state_name(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Unspecified => "scheduled",
        NoticeState::Pending => "pending",
        NoticeState::HandedOver => "handed_over",
        NoticeState::Acknowledged => "acknowledged",
        NoticeState::Expired => "expired",
        NoticeState::Withdrawn => "withdrawn",
    }
}

impl Notice {
    /// As it is wanted; scheduled.
    pub fn scheduled(wanted: Wanted, occasion: i64, (causation, key_id): (&str, &str), now: Timestamp) -> Self {
        let parameter = |(name, value)| Parameter { name, value };
        let facts = NoticeFacts {
            notice_id: id_of(&wanted.cause, occasion),
            recipient: wanted.recipient,
            template: wanted.template,
            reminder: wanted.reminder,
            subject: wanted.subject,
            parameters: wanted.parameters.into_iter().map(parameter).collect(),
            link: wanted.link,
            due_time: wanted.due.map(wire),
            expire_time: Some(wire(wanted.expires)),
            causation: causation.to_owned(),
            ..Default::default()
        };
        let key_id = if wanted.words.is_empty() { String::new() } else { key_id.to_owned() };
        Self {
            facts,
            words: wanted.words.into_iter().collect(),
            key_id,
            cause: wanted.cause,
            occasion,
            current: true,
            stays: wanted.stays,
            sequence: 0,
            entered: 0,
            raise: wanted.raise.unwrap_or(now),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> NoticeState {
        self.facts.state()
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        match self.state() {
            NoticeState::Unspecified => Stage::Scheduled,
            NoticeState::Pending | NoticeState::HandedOver => Stage::Open,
            NoticeState::Acknowledged | NoticeState::Expired | NoticeState::Withdrawn => Stage::Over,
        }
    }

    /// When it is over by itself.
    pub fn expires(&self) -> Timestamp {
        self.facts.expire_time.as_ref().map_or(Timestamp::default(), read)
    }

    /// When time alone changes it next; nothing when it never does.
    pub fn wakes(&self) -> Option<Timestamp> {
        match self.stage() {
            Stage::Scheduled => Some(self.raise),
            Stage::Open => Some(self.expires()),
            Stage::Over => None,
        }
    }

    /// Raises it; with `mail`, to be delivered that way, too.
    pub fn raise(&mut self, now: Timestamp, mail: bool) {
        self.facts.set_state(NoticeState::Pending);
        self.facts.raise_time = Some(wire(now));
        if mail {
            self.delivery(Channel::Mail).next_try_time = Some(wire(now));
        }
    }

    /// The recipient's portal got it; false when that changes nothing.
    pub fn hand_over(&mut self, now: Timestamp) -> bool {
        if self.state() != NoticeState::Pending {
            return false;
        }
        self.handed_over(now);
        let delivery = self.delivery(Channel::Portal);
        delivery.set_state(DeliveryState::Delivered);
        delivery.attempts = 1;
        delivery.try_time = Some(wire(now));
        true
    }

    /// The recipient has seen it; false when that was said before.
    ///
    /// # Errors
    /// When it is over.
    pub fn acknowledge(&mut self, now: Timestamp) -> Result<bool, Illegal> {
        match self.state() {
            NoticeState::Acknowledged => Ok(false),
            NoticeState::Pending | NoticeState::HandedOver => {
                self.facts.hand_over_time.get_or_insert(wire(now));
                self.end(NoticeState::Acknowledged, now);
                Ok(true)
            }
            state => Err(Illegal { from: state_name(state).to_owned(), to: "acknowledged" }),
        }
    }

    /// Ends an open notice: expired, or withdrawn. What still waits to be delivered is not delivered any more.
    pub fn end(&mut self, state: NoticeState, now: Timestamp) {
        self.facts.set_state(state);
        self.facts.end_time = Some(wire(now));
        for delivery in self.facts.deliveries.iter_mut().filter(|one| one.state() == DeliveryState::Waiting) {
            delivery.set_state(DeliveryState::Cancelled);
            delivery.next_try_time = None;
        }
    }

    /// The delivery by mail that waits and is due; `None` when there is none.
    pub fn mail_due(&self, now: Timestamp) -> Option<&Delivery> {
        let waits = |one: &&Delivery| one.channel() == Channel::Mail && one.state() == DeliveryState::Waiting;
        let due = |one: &&Delivery| one.next_try_time.as_ref().is_some_and(|at| read(at) <= now);
        self.facts.deliveries.iter().find(waits).filter(due)
    }

    /// Takes a try by mail in hand: nobody else tries until `until`. Answers which try it is.
    pub fn claim_mail(&mut self, until: Timestamp) -> i32 {
        let delivery = self.delivery(Channel::Mail);
        delivery.attempts += 1;
        delivery.next_try_time = Some(wire(until));
        delivery.attempts
    }

    /// What came of that try. A mail that was taken is delivered, whatever became of the notice meanwhile.
    pub fn mail_tried(&mut self, now: Timestamp, tried: Tried) {
        let open = self.stage() == Stage::Open;
        let delivery = self.delivery(Channel::Mail);
        delivery.try_time = Some(wire(now));
        delivery.next_try_time = None;
        match tried {
            Tried::Taken(code) => {
                delivery.set_state(DeliveryState::Delivered);
                delivery.reply_code = code;
                delivery.reason.clear();
                if self.state() == NoticeState::Pending {
                    self.handed_over(now);
                }
            }
            Tried::Failed { reason, code, again } => {
                reason.clone_into(&mut delivery.reason);
                delivery.reply_code = code;
                let state = match again {
                    _ if !open => DeliveryState::Cancelled,
                    Some(_) => DeliveryState::Waiting,
                    None => DeliveryState::Failed,
                };
                delivery.set_state(state);
                delivery.next_try_time = again.filter(|_| open).map(wire);
            }
        }
    }

    /// Takes up a delivery by mail that was given up.
    ///
    /// # Errors
    /// When it was not given up, or the notice is over.
    pub fn retry_mail(&mut self, now: Timestamp) -> Result<(), Illegal> {
        let over = self.stage() != Stage::Open;
        let known = self.facts.deliveries.iter_mut().find(|one| one.channel() == Channel::Mail);
        match known {
            Some(delivery) if !over && delivery.state() == DeliveryState::Failed => {
                delivery.set_state(DeliveryState::Waiting);
                delivery.attempts = 0;
                delivery.next_try_time = Some(wire(now));
                Ok(())
            }
            Some(delivery) if !over => {
                let from = delivery.state().as_str_name().trim_start_matches("DELIVERY_STATE_").to_ascii_lowercase();
                Err(Illegal { from, to: "waiting" })
            }
            None if !over => Err(Illegal { from: "none".to_owned(), to: "waiting" }),
            _ => Err(Illegal { from: state_name(self.state()).to_owned(), to: "waiting" }),
        }
    }

    fn handed_over(&mut self, now: Timestamp) {
        self.facts.set_state(NoticeState::HandedOver);
        self.facts.hand_over_time = Some(wire(now));
    }

    /// The delivery on this way; waiting when there was none.
    fn delivery(&mut self, channel: Channel) -> &mut Delivery {
        let index = self.facts.deliveries.iter().position(|one| one.channel() == channel).unwrap_or_else(|| {
            let (channel, state) = (channel.into(), DeliveryState::Waiting.into());
            self.facts.deliveries.push(Delivery { channel, state, ..Default::default() });
            self.facts.deliveries.len() - 1
        });
        &mut self.facts.deliveries[index]
    }
}

/// Whether the last try failed, or it was given up.
pub fn is_failing(delivery: &Delivery) -> bool {
    !delivery.reason.is_empty() && matches!(delivery.state(), DeliveryState::Waiting | DeliveryState::Failed)
}
