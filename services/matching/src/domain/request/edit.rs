//! Which fields of a request change, and to what.

use contract::matching::v1::Need;
use kit_clock::Timestamp;

use crate::domain::check::Check;
use crate::domain::fault::Reason;

/// What an update names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Paths of the mask, each once, in their order.
    pub paths: Vec<String>,
    /// The fields of the mask are read.
    pub need: Need,
    /// What it is about, when the mask names it.
    pub circumstances: Option<String>,
    /// When it ends by itself, when the mask names it.
    pub expires: Option<Timestamp>,
}

macro_rules! fields {
    ($($path:literal => $field:ident;)*) => {
        /// Copies a field of a need.
        fn take(path: &str, to: &mut Need, from: &Need) {
            match path {
                $($path => to.$field.clone_from(&from.$field),)*
                _ => {}
            }
        }

        /// Fields of a need that can change.
        const FIELDS: &[&str] = &[$($path),*];
    };
}

fields! {
    "need.themes" => themes;
    "need.menu_items" => menu_items;
    "need.skill_items" => skill_items;
    "need.roles" => roles;
    "need.formats" => formats;
    "need.durations" => durations;
    "need.from_day" => from_day;
    "need.until_day" => until_day;
    "need.payer" => payer;
    "need.fee_ceiling" => fee_ceiling;
    "need.guidelines" => guidelines;
    "need.declared_needs" => declared_needs;
    "need.diagnosed_needs" => diagnosed_needs;
    "need.self_check_points" => self_check_points;
}

/// The paths of a mask, every fault with its place.
pub fn masked(check: &mut Check, paths: &[String]) -> Vec<String> {
    check.needed("update_mask", paths.is_empty());
    for (at, path) in paths.iter().enumerate() {
        let place = format!("update_mask.paths[{at}]");
        match path.as_str() {
            "circumstances" | "expire_time" => {}
            "need.kind" => check.fault(&place, Reason::NotHere),
            path if FIELDS.contains(&path) => {}
            _ => check.fault(&place, Reason::UnknownPath),
        }
        check.once("update_mask.paths", at, paths[..at].contains(path));
    }
    paths.to_vec()
}

impl Edit {
    /// A need with the fields that the mask names.
    pub fn applied_to(&self, need: &Need) -> Need {
        let mut edited = need.clone();
        self.paths.iter().for_each(|path| take(path, &mut edited, &self.need));
        edited
    }
}
