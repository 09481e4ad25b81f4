//! The objects of a file, read field by field, so that one mistake does not hide the next.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::load::Mistake;

/// Where mistakes are gathered while a file is read.
#[derive(Default)]
pub(super) struct Found(RefCell<Vec<Mistake>>);

impl Found {
    pub(super) fn add(&self, place: impl Into<String>, problem: impl Into<String>) {
        self.0.borrow_mut().push(Mistake { place: place.into(), problem: problem.into() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        self.0.into_inner()
    }
}

/// An object of the file and what was asked of it. A field nobody asked for has no place there.
pub(super) struct Object<'a> {
    pub(super) place: String,
    fields: &'a Map<String, Json>,
    asked: RefCell<BTreeSet<&'static str>>,
    found: &'a Found,
}

impl<'a> Object<'a> {
    pub(super) fn new(place: &str, json: &'a Json, found: &'a Found) -> Option<Self> {
        let Some(fields) = json.as_object() else {
            found.add(place, "must be an object");
            return None;
        };
        Some(Self { place: place.to_owned(), fields, asked: RefCell::default(), found })
    }

    pub(super) fn mistake(&self, field: &str, problem: impl Into<String>) {
        let place = match (self.place.as_str(), field) {
            (place, "") => place.to_owned(),
            ("", field) => field.to_owned(),
            (place, field) => format!("{place}.{field}"),
        };
        self.found.add(place, problem);
    }

    fn get(&self, field: &'static str) -> Option<&'a Json> {
        self.asked.borrow_mut().insert(field);
        self.fields.get(field)
    }

    pub(super) fn has(&self, field: &'static str) -> bool {
        self.get(field).is_some()
    }

    fn read<T>(&self, field: &'static str, what: &str, as_it: impl Fn(&'a Json) -> Option<T>) -> Option<T> {
        let json = self.get(field)?;
        let read = as_it(json);
        if read.is_none() {
            self.mistake(field, format!("must be {what}"));
        }
        read
    }

    pub(super) fn text(&self, field: &'static str) -> Option<String> {
        self.read(field, "a text that says something", said)
    }

    pub(super) fn texts(&self, field: &'static str) -> Vec<String> {
        let all = |json: &Json| json.as_array()?.iter().map(said).collect::<Option<Vec<String>>>();
        self.read(field, "a list of texts", all).unwrap_or_default()
    }

    pub(super) fn flag(&self, field: &'static str) -> bool {
        self.read(field, "true or false", Json::as_bool).unwrap_or_default()
    }

    pub(super) fn number(&self, field: &'static str) -> Option<i64> {
        self.read(field, "a whole number", Json::as_i64)
    }

    /// A limit: a whole number from 1.
    pub(super) fn limit(&self, field: &'static str) -> Option<usize> {
        let limit = |json: &Json| usize::try_from(json.as_u64()?).ok().filter(|limit| *limit > 0);
        self.read(field, "a whole number from 1", limit)
    }

    /// What must be there; told as missing when it is not.
    pub(super) fn need<T>(&self, field: &'static str, read: impl Fn(&Self, &'static str) -> Option<T>) -> Option<T> {
        if !self.has(field) {
            self.mistake(field, "is missing");
        }
        read(self, field)
    }

    /// A text that must be there; empty after it was told as missing.
    pub(super) fn words(&self, field: &'static str) -> String {
        self.need(field, Self::text).unwrap_or_default()
    }

    /// The key of something: letters, digits and `_`, and in versions `-`.
    pub(super) fn code(&self, field: &'static str) -> String {
        let code = self.words(field);
        if !code.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
            self.mistake(field, "takes letters, digits, _ and - only");
        }
        code
    }

    pub(super) fn object(&self, field: &'static str) -> Option<Object<'a>> {
        Object::new(&self.inner(field), self.get(field)?, self.found)
    }

    /// The objects of a list; each is named by its code, or by where it stands.
    pub(super) fn objects(&self, field: &'static str) -> Vec<Object<'a>> {
        let list = self.read(field, "a list of objects", Json::as_array);
        objects(&self.inner(field), list.into_iter().flatten(), self.found)
    }

    /// Lists of objects by name.
    pub(super) fn tables(&self, field: &'static str) -> Vec<(&'a str, Vec<Object<'a>>)> {
        let tables = self.read(field, "lists by their names", Json::as_object);
        let table = |(name, list): (&'a String, &'a Json)| {
            let place = format!("{}.{name}", self.inner(field));
            if !list.is_array() {
                self.found.add(&place, "must be a list of objects");
            }
            (name.as_str(), objects(&place, list.as_array().into_iter().flatten(), self.found))
        };
        tables.into_iter().flatten().map(table).collect()
    }

    /// Names every field nobody asked for.
    pub(super) fn done(&self, what: &str) {
        for field in self.fields.keys().filter(|field| !self.asked.borrow().contains(field.as_str())) {
            self.mistake(field, format!("has no place in {what}"));
        }
    }

    fn inner(&self, field: &str) -> String {
        if self.place.is_empty() { field.to_owned() } else { format!("{}.{field}", self.place) }
    }
}

fn objects<'a>(place: &str, list: impl Iterator<Item = &'a Json>, found: &'a Found) -> Vec<Object<'a>> {
    let named = |(at, json): (usize, &'a Json)| {
        let name = json.get("code").and_then(Json::as_str).map_or_else(|| at.to_string(), str::to_owned);
        Object::new(&format!("{place}[{name}]"), json, found)
    };
    list.enumerate().filter_map(named).collect()
}

fn said(json: &Json) -> Option<String> {
    json.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}
