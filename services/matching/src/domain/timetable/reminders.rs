//! Who is to be reminded of an event today.

use std::collections::BTreeSet;

use kit_clock::{JapanDay, Timestamp};

/// On how many days before the event somebody is reminded; days are days in Japan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminders {
    before: BTreeSet<u8>,
}

/// One reminder: each is sent once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// Whom.
    pub recipient: String,
    /// For how many days before the event it was planned.
    pub days_before: u8,
}

/// Somebody who may be reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The id of a company's application, or of an expert.
    pub id: String,
    /// When that one was told of the event last by other ways, such as by the confirmation of the application.
    pub since: Timestamp,
}

impl Default for Reminders {
    /// One reminder three days before, or as soon after that as can be: the study sent them one to three days before.
    fn default() -> Self {
        Self { before: BTreeSet::from([3]) }
    }
}

impl Reminders {
    /// Reminders on these days before the event, each from 1 to 3; the first day that is not is the error.
    ///
    /// # Errors
    /// The day that is not between 1 and 3.
    pub fn new(days: impl IntoIterator<Item = u8>) -> Result<Self, u8> {
        let before: BTreeSet<u8> = days.into_iter().collect();
        before.iter().find(|day| !(1..=3).contains(*day)).map_or(Ok(()), |day| Err(*day))?;
        Ok(Self { before })
    }

    /// The reminders to be sent now: of those planned, the latest whose day has come, if it was not sent. One that was
    /// missed is made up for until the day before the event, unless the next one is due by then. Who was told on that day
    /// or later needs none.
    pub fn due(
        &self,
        start: Timestamp,
        now: Timestamp,
        recipients: &[Recipient],
        sent: &BTreeSet<Reminder>,
    ) -> Vec<Reminder> {
        let event = start.japan_day().number();
        let left = event - now.japan_day().number();
        if left < 1 {
            return Vec::new();
        }
        let Some(&days_before) = self.before.iter().find(|day| i64::from(**day) >= left) else { return Vec::new() };
        let planned = JapanDay::from_number(event - i64::from(days_before));
        let told_before = recipients.iter().filter(|recipient| recipient.since.japan_day() < planned);
        let all: BTreeSet<Reminder> =
            told_before.map(|recipient| Reminder { recipient: recipient.id.clone(), days_before }).collect();
        all.difference(sent).cloned().collect()
    }
}
