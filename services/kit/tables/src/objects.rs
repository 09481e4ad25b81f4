//! JSON lines: one object a line. The headings are the keys of all objects, in the order in which they come first, so the file is
//! read twice; a cell is the value as a spreadsheet would show it. A line that is no object, or that says something twice, stands in
//! the first cell as it is, so that nothing of it is lost to whoever mends it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::{BufRead as _, BufReader, Read, Seek, SeekFrom};

use kit_vocabulary::escaped;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::Limits;
use crate::fault::{Complaint, Reason};
use crate::place::Place;
use crate::row::{Row, RowFault};

const MARK: &[u8] = "\u{feff}".as_bytes();
/// What parts several values of a cell.
const SEPARATOR: &str = "|";
/// Characters of a key that are told.
const KEY_CHARS: usize = 40;

/// Whether a text that begins so is JSON lines: no heading begins with a brace.
pub(crate) fn is_json(head: &[u8]) -> bool {
    let text = head.strip_prefix(MARK).unwrap_or(head);
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// Objects of a text, line by line.
pub(crate) struct Objects<R: Read> {
    input: BufReader<R>,
    line: u64,
    columns: Vec<String>,
    places: HashMap<String, usize>,
    cells: u64,
    limits: Limits,
    /// The headings were given out.
    begun: bool,
}

impl<R: Read + Seek> Objects<R> {
    /// Reads the keys of all objects, and goes back to the first.
    pub(crate) fn open(input: R, limits: &Limits) -> Result<Self, Complaint> {
        let mut objects = Self {
            input: BufReader::new(input),
            line: 0,
            columns: Vec::new(),
            places: HashMap::new(),
            cells: 0,
            limits: limits.clone(),
            begun: false,
        };
        // The first line that gives no heading.
        let mut first = None;
        while let Some(line) = objects.next_line()? {
            let keys = object(&line).map(|object| object.0).unwrap_or_default();
            first = first.or(keys.is_empty().then_some(objects.line));
            for (key, _) in keys {
                if objects.places.contains_key(&key) {
                    continue;
                }
                if objects.columns.len() == limits.columns {
                    let fault = Complaint::at(Place::Line(objects.line), Reason::TooManyColumns);
                    return Err(fault.with("most", limits.columns));
                }
                objects.places.insert(key.clone(), objects.columns.len());
                objects.columns.push(key);
            }
        }
        if let (true, Some(line)) = (objects.columns.is_empty(), first) {
            return Err(Complaint::at(Place::Line(line), Reason::NotAnObject));
        }
        objects.input.seek(SeekFrom::Start(0))?;
        objects.line = 0;
        Ok(objects)
    }

    /// The headings, then an object as a row.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, Complaint> {
        if !self.begun {
            self.begun = true;
            let cells = self.columns.clone();
            return Ok((!cells.is_empty()).then(|| row(1, cells, Vec::new())));
        }
        let Some(line) = self.next_line()? else { return Ok(None) };
        let mut cells = vec![String::new(); self.columns.len()];
        let mut faults = Vec::new();
        self.cells += cells.len() as u64;
        if self.cells > self.limits.cells {
            let fault = Complaint::at(Place::Line(self.line), Reason::TooManyCellsInAll);
            return Err(fault.with("most", self.limits.cells));
        }
        let object = object(&line);
        let whole = match &object {
            None => Some(RowFault::of_row(Reason::NotAnObject)),
            Some(object) => {
                object.doubled().map(|key| RowFault::of_row(Reason::DoubledKey).with("key", shortened(key)))
            }
        };
        if let (Some(fault), Some(first)) = (whole, cells.first_mut()) {
            line.trim().clone_into(first);
            self.bound(first)?;
            return Ok(Some(row(self.line, cells, vec![fault])));
        }
        for (key, value) in object.into_iter().flat_map(|object| object.0) {
            // Somebody writes to the file when a key was not there a moment ago.
            let Some(&place) = self.places.get(&key) else { continue };
            match shown(&value) {
                Some(cell) => {
                    self.bound(&cell)?;
                    cells[place] = cell;
                }
                None => faults.push(RowFault::of_cell(place, Reason::BrokenCell)),
            }
        }
        Ok(Some(row(self.line, cells, faults)))
    }

    fn bound(&self, cell: &str) -> Result<(), Complaint> {
        if cell.len() <= self.limits.cell_bytes {
            return Ok(());
        }
        let fault = Complaint::at(Place::Line(self.line), Reason::CellTooLong);
        Err(fault.with("most", self.limits.cell_bytes))
    }

    /// The next line that holds anything.
    fn next_line(&mut self) -> Result<Option<String>, Complaint> {
        loop {
            let mut line = Vec::new();
            let most = self.limits.row_bytes as u64;
            self.input.by_ref().take(most + 1).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                return Ok(None);
            }
            self.line += 1;
            if line.len() as u64 > most {
                let fault = Complaint::at(Place::Line(self.line), Reason::RowTooLong);
                return Err(fault.with("most", most));
            }
            let text = if self.line == 1 { line.strip_prefix(MARK).unwrap_or(&line) } else { &line };
            let Ok(text) = std::str::from_utf8(text) else {
                return Err(Complaint::at(Place::Line(self.line), Reason::BadUtf8));
            };
            if !text.trim().is_empty() {
                return Ok(Some(text.to_owned()));
            }
        }
    }
}

/// An object as it is written: its keys in their order, each as often as it stands there.
struct Object(Vec<(String, Value)>);

fn object(line: &str) -> Option<Object> {
    serde_json::from_str(line).ok()
}

impl Object {
    /// A key that stands there more than once: which of its values is meant nobody can tell.
    fn doubled(&self) -> Option<&str> {
        let mut known = HashSet::new();
        self.0.iter().map(|(key, _)| key.as_str()).find(|key| !known.insert(*key))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        from.deserialize_map(Entries)
    }
}

fn row(number: u64, cells: Vec<String>, faults: Vec<RowFault>) -> Row {
    Row { number, cells, faults, breaks: Vec::new(), sheet: None }
}

/// The beginning of a key, as it is told.
fn shortened(key: &str) -> String {
    key.chars().take(KEY_CHARS).collect()
}

/// A value as a spreadsheet would show it; nothing for one with parts of its own.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        // Whoever reads a cell takes an apostrophe before a formula away.
        Value::String(text) => Some(escaped(text).into_owned()),
        Value::Array(values) => {
            let shown: Option<Vec<String>> =
                values.iter().map(|value| if value.is_array() { None } else { self::shown(value) }).collect();
            shown.map(|values| values.join(SEPARATOR))
        }
        Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::{Options, Table};

    type Read = (u64, Vec<String>, Vec<&'static str>);

    fn read(text: &str) -> (Vec<String>, Vec<Read>) {
        let mut table = Table::open(Cursor::new(text.as_bytes()), &Options::default()).unwrap();
        let headings = table.headings().cells.clone();
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            let faults = row.faults.iter().map(|fault| fault.fault.code()).collect();
            rows.push((row.number, row.cells, faults));
        }
        (headings, rows)
    }

    #[test]
    fn an_object_is_a_row_and_its_keys_are_headings() {
        let text =
            "\u{feff}{\"a\": \"x\", \"b\": 3}\r\n\n{\"c\": [\"p\", \"q\"], \"a\": null, \"b\": \"'=1\"}\n{\"b\": true}";
        let (headings, rows) = read(text);
        assert_eq!(headings, ["a", "b", "c"]);
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            rows,
            [
                (1, row(["x", "3", ""]), vec![]),
                (3, row(["", "''=1", "p|q"]), vec![]),
                (4, row(["", "true", ""]), vec![]),
            ]
        );
    }

    #[test]
    fn what_is_no_object_is_named_with_its_line_and_kept() {
        let (_, rows) = read("{\"a\": 1, \"b\": 2}\n[1]\n{\"a\": {\"b\": 1}}\n {\"a\": 1\r\n");
        assert_eq!(
            (&rows[1].1, &rows[3].1),
            (&vec!["[1]".to_owned(), String::new()], &vec!["{\"a\": 1".to_owned(), String::new()])
        );
        let told: Vec<_> = rows.iter().map(|(line, _, faults)| (*line, faults.clone())).collect();
        assert_eq!(
            told,
            [(1, vec![]), (2, vec!["NOT_AN_OBJECT"]), (3, vec!["BROKEN_CELL"]), (4, vec!["NOT_AN_OBJECT"])]
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_named_and_its_line_kept() {
        let text = "{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}\n{\"a\": 1, \"\\u0061\": 1}\n";
        let mut table = Table::open(Cursor::new(text.as_bytes()), &Options::default()).unwrap();
        assert_eq!(table.next_row().unwrap().unwrap().faults[0].fault.code(), "BROKEN_CELL");
        let row = table.next_row().unwrap().unwrap();
        assert_eq!(row.cells, ["{\"a\": 1, \"\\u0061\": 1}", ""]);
        let told = row.faults[0].fault.told();
        assert_eq!((row.faults.len(), row.faults[0].column, row.faults[0].fault.code()), (1, None, "DOUBLED_KEY"));
        assert!(told.ja.contains("「a」") && told.en.contains("'a'"), "{told:?}");
    }

    #[test]
    fn a_file_without_any_object_is_not_empty() {
        for (text, line) in [("{}", 1), ("\n{\n  \"a\": 1\n}\n", 2), ("{}\n{\"a\": 1,\n", 1), ("{broken\n", 1)] {
            let complaint = Table::open(Cursor::new(text.as_bytes()), &Options::default()).err().unwrap();
            let place = complaint.place().map(crate::Place::line);
            assert_eq!((complaint.code(), place), ("NOT_AN_OBJECT", Some(line)), "{text:?}");
        }
    }
}
