//! Forms as data: what is asked, in which order, and what an answer may be.
//!
//! One engine serves every form of chapter 4 of the report. It knows no question by name and no contract: a service
//! keeps its forms as files, loads them with [`Forms::load`], and turns messages into [`Answers`] and back itself.
//!
//! ```
//! use kit_forms::{Answers, Form, Reason, Value};
//!
//! let form = Form::load(
//!     r#"{"id": "visit", "version": "visit-1", "title": {"ja": "訪問", "en": "Visit"}, "source": "an example",
//!         "sections": [{"code": "visit", "ja": "訪問", "en": "Visit", "questions": [
//!           {"code": "theme", "kind": "single", "list": "themes", "required": true, "ja": "テーマ", "en": "Theme"},
//!           {"code": "hours", "kind": "number", "min": 1, "max": 8, "ja": "時間", "en": "Hours"}
//!         ]}]}"#,
//! )?;
//! let checked = form.check(&Answers::from([("hours".to_owned(), Value::Number(9))]));
//! let reasons: Vec<Reason> = checked.faults.iter().map(|fault| fault.reason).collect();
//! assert_eq!(reasons, [Reason::Required, Reason::OutOfRange]);
//! # Ok::<(), kit_forms::BadForm>(())
//! ```

mod answers;
mod cell;
mod check;
mod fault;
mod form;
mod forms;
mod load;
mod score;
#[cfg(test)]
mod tests;
mod text;

pub use answers::{Answers, Response, Value};
pub use check::Checked;
pub use fault::{Fault, Reason};
pub use form::{Form, Group, Kind, Label, Question, Section, TextFormat, When};
pub use forms::{BadForms, Forms, UnknownForm};
pub use load::{BadForm, Mistake};
pub use score::{Score, Sum};
