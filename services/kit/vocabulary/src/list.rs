//! A code list: codes in a fixed order, their labels, and how a label is found again.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::fold::key;

/// The language of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Japanese, the language of the forms.
    Ja,
    /// English.
    En,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The stable code: what is stored and sent.
    pub code: String,
    /// The Japanese label.
    pub ja: String,
    /// The English label.
    pub en: String,
    /// How the Japanese label is read, in katakana, where people sort by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// Further spellings people write for this entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Codes this entry belongs with, by the name of the list that holds them: the region of a prefecture,
    /// the menu of an item, the crosswalk from a company's industry to those of experts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, Vec<String>>,
}

impl Code {
    /// The label in a language.
    pub fn label(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }

    /// The codes of another list this entry belongs with; empty when there are none.
    pub fn links(&self, list: &str) -> &[String] {
        self.links.get(list).map_or(&[], Vec::as_slice)
    }
}

/// Why codes do not make a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadList {
    /// The text is not JSON of the right shape.
    #[error("list {name}: {reason}")]
    Unreadable {
        /// The list.
        name: String,
        /// What the reader said.
        reason: String,
    },
    /// Two entries could be meant by the same spelling.
    #[error("list {name}: {spelling:?} means both {first} and {second}")]
    Ambiguous {
        /// The list.
        name: String,
        /// The spelling, as it is compared.
        spelling: String,
        /// The entry that had it first.
        first: String,
        /// The entry that has it too.
        second: String,
    },
}

/// A code list. The order of its codes is part of it: smallest first where there is a measure, else as the form prints them.
#[derive(Clone, Debug)]
pub struct List {
    name: String,
    ja: String,
    en: String,
    source: String,
    codes: Vec<Code>,
    by_code: HashMap<String, usize>,
    by_spelling: HashMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    ja: String,
    en: String,
    source: String,
    codes: Vec<Code>,
}

impl List {
    /// A list of the caller's own, such as the choices of one question.
    ///
    /// # Errors
    /// [`BadList::Ambiguous`] when a code, label or alias of two entries reads the same.
    pub fn new(name: &str, codes: Vec<Code>) -> Result<List, BadList> {
        let mut list = List {
            name: name.into(),
            ja: String::new(),
            en: String::new(),
            source: String::new(),
            by_code: HashMap::new(),
            by_spelling: HashMap::new(),
            codes,
        };
        for at in 0..list.codes.len() {
            list.index(at)?;
        }
        Ok(list)
    }

    pub(crate) fn load(name: &str, json: &str) -> Result<List, BadList> {
        let data: Data = serde_json::from_str(json)
            .map_err(|error| BadList::Unreadable { name: name.into(), reason: error.to_string() })?;
        let list = List::new(name, data.codes)?;
        Ok(List { ja: data.ja, en: data.en, source: data.source, ..list })
    }

    fn index(&mut self, at: usize) -> Result<(), BadList> {
        let code = &self.codes[at];
        let ambiguous = |spelling: &str, first: usize| BadList::Ambiguous {
            name: self.name.clone(),
            spelling: spelling.into(),
            first: self.codes[first].code.clone(),
            second: code.code.clone(),
        };
        if let Some(first) = self.by_code.insert(code.code.clone(), at) {
            return Err(ambiguous(&code.code, first));
        }
        let spellings = [&code.code, &code.ja, &code.en].into_iter().chain(&code.aliases);
        for spelling in spellings.map(|text| key(text)) {
            match self.by_spelling.get(&spelling) {
                Some(first) if *first != at => return Err(ambiguous(&spelling, *first)),
                _ => self.by_spelling.insert(spelling, at),
            };
        }
        Ok(())
    }

    /// The name other data refers to the list by, such as `prefectures`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the list is called; empty for lists made with [`List::new`].
    pub fn title(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }

    /// Where the list comes from: a standard, a figure or question of the report.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// All entries in order.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// The entry of exactly this code.
    pub fn get(&self, code: &str) -> Option<&Code> {
        self.by_code.get(code).map(|at| &self.codes[*at])
    }

    /// Where the code stands in the list's order, from 0.
    pub fn position(&self, code: &str) -> Option<usize> {
        self.by_code.get(code).copied()
    }

    /// The entry a person means: its code, a label or an alias, however it is spaced, cased or bracketed
    /// (see [`key`]).
    pub fn find(&self, text: &str) -> Option<&Code> {
        self.by_spelling.get(&key(text)).map(|at| &self.codes[*at])
    }

    /// The label of a code, or nothing when the list does not hold the code.
    pub fn label(&self, code: &str, lang: Lang) -> Option<&str> {
        self.get(code).map(|code| code.label(lang))
    }
}
