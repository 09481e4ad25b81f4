//! The code lists every service speaks in, as data, the few rules for comparing what people write, and the reading of requests.
//!
//! A list is a JSON file in `data/`; a code never changes its meaning, labels and aliases may grow.
//!
//! ```
//! use kit_vocabulary::{Lang, prefectures};
//!
//! let osaka = prefectures().find(" 大阪 ").expect("a prefecture");
//! assert_eq!(osaka.code, "27");
//! assert_eq!(prefectures().label("27", Lang::En), Some("Osaka"));
//! ```

mod check;
mod fault;
mod fold;
mod formula;
mod list;
mod lists;
mod number;
mod text;

pub use check::{Check, RequestReason, is_id, is_plain};
pub use fault::{Fault, FaultReason, Texts, Words};
pub use fold::{fold, key};
pub use formula::{escaped, guarded, is_error_value, unguarded};
pub use list::{BadList, Code, Lang, List};
pub use lists::*;
pub use number::{BadNumber, corporate_number, registration_number};
pub use text::{forbidden_character, is_web_address, normal_text, says_nothing};

/// Texts of the faults that [`Check`] finds.
#[doc(hidden)]
pub const REQUEST_TEXTS: &str = include_str!("../texts/requests.json");
