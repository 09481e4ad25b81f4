//! The fields of the calls in their normal form, or everything that is wrong with them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use contract::survey::v1 as api;
use kit_clock::JapanDay;
use kit_forms::{Answers, Form, Value};
use kit_serve::Fault;

use crate::domain::campaign::{Days, Wrong, read_day, write_day};
use crate::domain::campaign::{MOST_DAYS, MOST_REMINDERS};
use crate::domain::form::forms;
use crate::rpc::check::Check;
use crate::rpc::finding::fault;
use crate::store::RecipientBody;

/// The fields of a call are checked as a form's answers are: one engine, one wording of faults.
static FIELDS: LazyLock<BTreeMap<String, Form>> = LazyLock::new(|| {
    let files: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(include_str!("fields.json")).expect("a test loads every set of fields");
    let load = |(name, file): (String, serde_json::Value)| {
        (name, Form::load(&file.to_string()).expect("a test loads every set of fields"))
    };
    files.into_iter().map(load).collect()
});

impl Check {
    /// The answers to a set of fields in their normal form; faults at `<prefix><field>`.
    fn fields(&mut self, set: &str, prefix: &str, given: Answers) -> Answers {
        let Some(form) = FIELDS.get(set) else { return Answers::new() };
        let checked = form.check(&given);
        self.0.extend(checked.faults.into_iter().map(|found| {
            let field =
                if set == "day" { prefix.to_owned() } else { format!("{prefix}{}", found.question.replace('-', ".")) };
            Fault::new(field, found.reason.as_str(), found.ja, found.en)
        }));
        checked.answers
    }

    /// A day in its normal form.
    pub(crate) fn day(&mut self, field: &str, given: &str) -> Option<JapanDay> {
        let answers = self.fields("day", field, Answers::from([("day".to_owned(), Value::Text(given.to_owned()))]));
        let day = answers.get("day").and_then(Value::text)?;
        let read = read_day(day);
        if read.is_none() {
            self.fault(field, "OUT_OF_RANGE", &[("min", "2000-01-01"), ("max", "2099-12-31")]);
        }
        read
    }

    /// Notes alone, in their normal form.
    pub(crate) fn notes(&mut self, given: &str) -> String {
        let before = self.0.len();
        let answers = self.fields("campaign", "", Answers::from([("notes".to_owned(), text(given))]));
        // The other fields are not asked here.
        let found = self.0.split_off(before);
        self.0.extend(found.into_iter().filter(|found| found.field == "notes"));
        said(&answers, "notes")
    }

    /// A campaign as stated, without what follows; `None` when its days cannot be read.
    pub(crate) fn campaign(&mut self, given: Option<&api::Campaign>) -> Option<(api::Campaign, Days)> {
        let Some(given) = given else {
            self.fault("campaign", "REQUIRED", &[]);
            return None;
        };
        let title = given.title.clone().unwrap_or_default();
        let answers = self.fields(
            "campaign",
            "campaign.",
            Answers::from([
                ("title-ja".to_owned(), text(&title.ja)),
                ("title-en".to_owned(), text(&title.en)),
                ("open_day".to_owned(), text(&given.open_day)),
                ("close_day".to_owned(), text(&given.close_day)),
                ("audience".to_owned(), text(&given.audience)),
                ("asked".to_owned(), Value::Number(given.asked)),
                ("notes".to_owned(), text(&given.notes)),
            ]),
        );
        self.form(&given.form);
        let days = self.days(&answers, &given.reminder_days);
        let facts = api::Campaign {
            title: Some(api::Label { ja: said(&answers, "title-ja"), en: said(&answers, "title-en") }),
            form: given.form.clone(),
            open_day: said(&answers, "open_day"),
            close_day: said(&answers, "close_day"),
            reminder_days: days.iter().flat_map(|days| &days.reminders).map(|day| write_day(*day)).collect(),
            audience: said(&answers, "audience"),
            asked: given.asked,
            notes: said(&answers, "notes"),
            notify: given.notify,
            ..Default::default()
        };
        Some((facts, days?))
    }

    fn form(&mut self, id: &str) {
        if id.is_empty() {
            self.fault("campaign.form", "REQUIRED", &[]);
        } else if !forms().iter().any(|form| form.id == id) {
            let mut known: Vec<&str> = forms().iter().map(|form| form.id.as_str()).collect();
            known.dedup();
            self.fault("campaign.form", "UNKNOWN_FORM", &[("known", &known.join(", "))]);
        }
    }

    fn days(&mut self, answers: &Answers, reminders: &[String]) -> Option<Days> {
        let limited = &reminders[..reminders.len().min(MOST_REMINDERS + 1)];
        let field = |at: usize| format!("campaign.reminder_days[{at}]");
        let reminders: Vec<Option<JapanDay>> =
            limited.iter().enumerate().map(|(at, given)| self.day(&field(at), given)).collect();
        let mut edge = |code: &str| {
            let written = answers.get(code).and_then(Value::text)?;
            let day = read_day(written);
            if day.is_none() {
                let field = format!("campaign.{code}");
                self.fault(&field, "OUT_OF_RANGE", &[("min", "2000-01-01"), ("max", "2099-12-31")]);
            }
            day
        };
        let (open, close) = (edge("open_day"), edge("close_day"));
        let reminders: Vec<JapanDay> = reminders.into_iter().collect::<Option<_>>()?;
        let days = Days { open: open?, close: close?, reminders, closed: None };
        for wrong in days.faults() {
            self.0.push(match wrong {
                Wrong::Close => {
                    let last = JapanDay::from_number(days.open.number() + MOST_DAYS - 1);
                    let (min, max) = (write_day(days.open), write_day(last));
                    fault("campaign.close_day", "OUT_OF_RANGE", &[("min", &min), ("max", &max)])
                }
                Wrong::Reminders => {
                    fault("campaign.reminder_days", "TOO_MANY", &[("max", &MOST_REMINDERS.to_string())])
                }
                Wrong::Reminder(at) => fault(&field(at), "BAD_REMINDER_DAY", &[]),
            });
        }
        Some(days)
    }

    /// Who a recipient is.
    pub(crate) fn recipient(&mut self, at: usize, given: &api::Recipient) -> RecipientBody {
        let field = format!("recipients[{at}]");
        let answers = self.fields(
            "recipient",
            &format!("{field}."),
            Answers::from([
                ("registration_number".to_owned(), text(&given.registration_number)),
                ("display_name".to_owned(), text(&given.display_name)),
                ("email".to_owned(), text(&given.email)),
            ]),
        );
        if given.registration_number.trim().is_empty() && given.email.trim().is_empty() {
            self.fault(&field, "NUMBER_OR_EMAIL", &[]);
        }
        RecipientBody {
            number: said(&answers, "registration_number"),
            name: said(&answers, "display_name"),
            email: said(&answers, "email"),
        }
    }
}

fn text(given: &str) -> Value {
    Value::Text(given.to_owned())
}

fn said(answers: &Answers, code: &str) -> String {
    answers.get(code).and_then(Value::text).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_fields_loads() {
        assert_eq!(FIELDS.keys().collect::<Vec<_>>(), ["campaign", "day", "recipient"]);
    }
}
