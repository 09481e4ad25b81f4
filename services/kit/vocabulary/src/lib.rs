//! The code lists every service speaks in, as data, and the few rules for comparing what people write.
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

mod fault;
mod fold;
mod formula;
mod list;
mod lists;
mod number;

pub use fault::{Fault, FaultReason, Texts, Words};
pub use fold::{fold, key};
pub use formula::{escaped, guarded, unguarded};
pub use list::{BadList, Code, Lang, List};
pub use lists::*;
pub use number::{BadNumber, corporate_number, registration_number};
