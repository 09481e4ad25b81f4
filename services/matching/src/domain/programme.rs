//! What differs between programmes, and how long things are waited for: data, read once.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

/// A programme as matching sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its id: `2024`.
    pub programme: String,
    /// Cases an expert takes of whom nothing else is known, 0 to 1,000.
    pub capacity: u32,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The programmes; those that the engagements know.
    pub programmes: Vec<Programme>,
    /// The weight policy when none is named.
    pub policy: String,
    /// Days in which a side answers a proposal, from when its notice was handed over (domain section 6: 7).
    pub answer_days: u16,
    /// Days after which a request ends by itself when none is named.
    pub request_days: u16,
    /// Minutes in which an expert on call answers.
    pub incident_answer_minutes: u16,
    /// The body that is told of incidents which no other looks after: that of the operators.
    pub incident_body: String,
    /// Incidents taken a minute from callers without a role.
    pub incidents_a_minute: u32,
}

impl Settings {
    /// Those of `data/settings.json`.
    pub fn shipped() -> Arc<Self> {
        static SHIPPED: OnceLock<Arc<Settings>> = OnceLock::new();
        let read = || {
            let read = Self::read(include_str!("../../data/settings.json"));
            Arc::new(read.unwrap_or_else(|error| unreachable!("data/settings.json: {error}")))
        };
        SHIPPED.get_or_init(read).clone()
    }

    /// From JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(json: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let wrong = read.programmes.iter().find(|one| one.programme.is_empty() || one.capacity > 1_000);
        match wrong {
            Some(wrong) => Err(format!("programme {:?}: a name and a capacity of at most 1,000", wrong.programme)),
            None if read.programmes.is_empty() => Err("no programme".to_owned()),
            None => Ok(read),
        }
    }

    /// The programme of an id.
    pub fn programme(&self, id: &str) -> Option<&Programme> {
        self.programmes.iter().find(|one| one.programme == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_hold_and_bad_ones_say_what_is_wrong() {
        let shipped = Settings::shipped();
        assert_eq!(shipped.answer_days, 7);
        assert!(shipped.programme("2024").is_some() && shipped.programme("1999").is_none());
        let bad = include_str!("../../data/settings.json").replace("\"capacity\": 3", "\"capacity\": 3000");
        assert!(Settings::read(&bad).unwrap_err().contains("2024"));
        assert!(Settings::read("{}").is_err());
    }
}
