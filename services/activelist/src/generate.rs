//! `generate`: made-up experts in any number, with the shares that the report states of those who answered in 2024 (2.3).
//!
//! A person follows from the seed and a number, so the same seed gives the same bytes, nobody is kept in memory, and the
//! same people can be had as rows of a file, as events of the services and as entries of the search. All of them can be
//! listed, and all have a track record, since it is what free text is looked for in (of those who answered, 68.8 % had
//! supported companies). No name is anybody's.

mod chance;
mod file;
mod grammar;
mod listed;
mod people;
mod skills;

use std::fs::File;
use std::io::{BufWriter, Write};

pub use self::chance::Chance;
pub use self::file::{headings, row};
pub use self::grammar::{MOST_INTRODUCTION, RECORD};
pub use self::listed::schema;
pub use self::people::{NUMBERS, People, Person, place};
pub use self::skills::{MARKS, RESPONDENTS};
use crate::args::{Generate, GeneratedFormat};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::text;

/// Runs the command.
///
/// # Errors
/// When the file cannot be written.
pub fn run(args: &Generate, out: &mut Output) -> Result<Exit, Failure> {
    let people = People::new(args.seed, args.experts);
    let unwritable = |error: &dyn std::fmt::Display| {
        let what = text::UNWRITABLE.fill(&[("error", &error.to_string())]);
        Failure::other(what, text::ADVICE_WRITE)
    };
    let written = match &args.out {
        Some(path) => {
            let file = File::create(path).map_err(|error| unwritable(&error))?;
            write(&people, args.format, BufWriter::new(file))
        }
        None => write(&people, args.format, BufWriter::new(std::io::stdout().lock())),
    };
    match written {
        // Whoever read it has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
        written => written.map_err(|error| unwritable(&error))?,
    }
    if args.experts > NUMBERS {
        out.note(text::TOO_MANY_NUMBERS.fill(&[("most", &NUMBERS.to_string())]));
    }
    Ok(Exit::Done)
}

/// Writes people, one after the other.
///
/// # Errors
/// What the writer meets with.
pub fn write(people: &People, format: GeneratedFormat, mut to: impl Write) -> std::io::Result<()> {
    match format {
        GeneratedFormat::Csv => {
            let mut file = csv::Writer::from_writer(&mut to);
            file.write_record(headings()).map_err(std::io::Error::from)?;
            for person in people.iter() {
                file.write_record(row(&person)).map_err(std::io::Error::from)?;
            }
            file.flush()
        }
        GeneratedFormat::Jsonl => {
            let headings: Vec<&str> = headings().collect();
            for person in people.iter() {
                let cells = headings.iter().map(|heading| (*heading).to_owned()).zip(row(&person));
                let object: serde_json::Map<_, _> = cells.map(|(heading, cell)| (heading, cell.into())).collect();
                writeln!(to, "{}", serde_json::Value::Object(object))?;
            }
            to.flush()
        }
    }
}
