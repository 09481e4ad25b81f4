//! Experts who are one person under several names: what is known under any of them holds for the one that is found.

use std::collections::BTreeMap;

/// Whose entry points at whose.
#[derive(Clone, Debug, Default)]
pub struct Persons(BTreeMap<String, String>);

impl Persons {
    /// Of pointers: the entry, and the one it points at.
    pub fn of(pointers: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pointers.into_iter().collect())
    }

    /// The expert, and all to whom the entry leads.
    pub fn led_to<'p>(&'p self, expert: &'p str) -> Vec<&'p str> {
        let mut found = vec![expert];
        // Nobody leads back to the own entry but for a while, when a log that is read from nothing tells the newest alone.
        while let Some(next) =
            found.last().and_then(|at| self.0.get(*at)).filter(|next| !found.contains(&next.as_str()))
        {
            found.push(next);
        }
        found
    }

    /// The expert, and all whose entries lead there.
    pub fn names(&self, expert: &str) -> Vec<String> {
        let others = self.0.keys().filter(|name| *name != expert && self.led_to(name).contains(&expert));
        std::iter::once(expert.to_owned()).chain(others.cloned()).collect()
    }

    /// Whether the person is found under another entry.
    pub fn is_merged(&self, expert: &str) -> bool {
        self.0.contains_key(expert)
    }

    /// These experts, and all to whom their entries lead: each once, in order.
    pub fn all_led_to(&self, experts: Vec<String>) -> Vec<String> {
        let mut all: Vec<String> = experts.iter().flat_map(|expert| self.led_to(expert)).map(str::to_owned).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn persons(pointers: &[(&str, &str)]) -> Persons {
        Persons::of(pointers.iter().map(|(one, into)| ((*one).to_owned(), (*into).to_owned())))
    }

    #[test]
    fn names_lead_to_the_last() {
        let persons = persons(&[("a", "b"), ("b", "c"), ("d", "c")]);
        assert_eq!(persons.led_to("a"), ["a", "b", "c"]);
        assert_eq!(persons.led_to("c"), ["c"]);
        assert_eq!(persons.names("c"), ["c", "a", "b", "d"]);
        assert_eq!(persons.names("b"), ["b", "a"]);
        assert_eq!(persons.names(""), [""]);
        assert_eq!(persons.all_led_to(vec!["d".to_owned(), "c".to_owned()]), ["c", "d"]);
        assert!(persons.is_merged("b") && !persons.is_merged("c"));
    }

    #[test]
    fn a_circle_has_an_end() {
        let persons = persons(&[("a", "b"), ("b", "a")]);
        assert_eq!((persons.led_to("a"), persons.names("b")), (vec!["a", "b"], vec!["b".to_owned(), "a".to_owned()]));
    }
}
