//! `report`: the study's tables as text, CSV, an Excel workbook or a page; their list; what was published beside them.

mod ask;
mod book;
mod chart;
mod csv;
mod differences;
mod figures;
mod json;
mod list;
mod page;
mod place;
mod published;
mod terminal;
mod workbook;

use std::path::{Path, PathBuf};

use kit_clock::Clock;

pub use self::book::{Book, Column, Grid, Missing, Row, Value};
pub use self::csv::{MANIFEST, files as csv_files};
pub use self::differences::book as book_of_differences;
pub use self::json::{differences_json, report_json};
pub use self::page::page;
pub use self::place::{directory as write_directory, file as write_file};
pub use self::published::{parse as parse_published, read as read_published};
pub use self::terminal::lines as terminal_lines;
pub use self::workbook::bytes as workbook_bytes;
use crate::args::{Report, ReportFormat};
use crate::connect::Connection;
use crate::failure::{Exit, Failure};
use crate::output::{Output, Pen, USUAL_WIDTH};
use crate::text;

/// Asks for every report.
const ALL: &str = "all";
const LIST: &str = "list";
const CONTRADICTIONS: &str = "contradictions";

/// Runs the command.
///
/// # Errors
/// When an option does not fit, a report is unknown, the server refuses, or the output cannot be written.
pub async fn run(args: &Report, out: &mut Output) -> Result<Exit, Failure> {
    fitting(args)?;
    let to = Connection::to(&args.server)?;
    match args.report.as_str() {
        LIST => list::run(&to, args.json, out).await,
        CONTRADICTIONS => {
            let compared = ask::differences(&to, args).await?;
            if args.json {
                out.line(differences_json(&compared).to_string());
                return Ok(Exit::Done);
            }
            let scope = ask::scope(args);
            deliver(args, &book_of_differences(&compared, &scope, args.as_of, Clock::System.now(), out.lang()), out)
        }
        name => {
            let reports = ask::reports(&to, args, (name != ALL).then_some(name)).await?;
            if args.json {
                out.line(json::reports_json(&reports, name == ALL).to_string());
                return Ok(Exit::Done);
            }
            let lang = out.lang();
            let title = match reports.as_slice() {
                [report] if name != ALL => {
                    book::label(report.info.as_ref().and_then(|info| info.title.as_ref()), name, lang)
                }
                _ => text::REPORTS_TITLE.get(lang, &[]),
            };
            deliver(args, &Book::of(title, &reports, args.as_of, Clock::System.now(), lang), out)
        }
    }
}

/// Options that belong to one kind of report alone.
fn fitting(args: &Report) -> Result<(), Failure> {
    let given = [("--published", args.published.is_some()), ("--publication", args.publication.is_some())];
    match given.into_iter().find(|(_, given)| *given && args.report != CONTRADICTIONS) {
        Some((option, _)) => {
            Err(Failure::input(text::ONLY_CONTRADICTIONS.fill(&[("option", option)]), text::ADVICE_REPORT))
        }
        None => Ok(()),
    }
}

/// Writes a book where it was wanted, in the form it was wanted.
///
/// # Errors
/// When it cannot be written there.
pub fn deliver(args: &Report, book: &Book, out: &mut Output) -> Result<Exit, Failure> {
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    let path = |ending: &str| target(args, ending);
    match args.format {
        ReportFormat::Table => match args.out.as_ref().filter(|_| !to_stdout) {
            None => {
                let lines = terminal_lines(book, out.width().unwrap_or(USUAL_WIDTH), out.pen());
                lines.into_iter().for_each(|line| out.line(line));
                return Ok(Exit::Done);
            }
            Some(_) => {
                let path = path("txt");
                let lines = terminal_lines(book, USUAL_WIDTH, Pen::PLAIN);
                write_file(&path, (lines.join("\n") + "\n").as_bytes())?;
                written(&path, book, out);
            }
        },
        ReportFormat::Csv if to_stdout => match book.grids.as_slice() {
            [grid] => out.line(csv::table(grid, book).trim_end()),
            grids => {
                let what = text::SEVERAL_TABLES.fill(&[("tables", &grids.len().to_string())]);
                return Err(Failure::input(what, text::ADVICE_DIRECTORY));
            }
        },
        ReportFormat::Csv => {
            let path = args.out.clone().unwrap_or_else(|| PathBuf::from(stem(args)));
            write_directory(&path, &csv_files(book))?;
            written(&path, book, out);
        }
        ReportFormat::Xlsx if to_stdout => {
            return Err(Failure::input(text::BINARY_TERMINAL.fill(&[]), text::ADVICE_FILE));
        }
        ReportFormat::Xlsx => {
            let path = path("xlsx");
            let bytes = workbook_bytes(book).map_err(|error| {
                let places = [("path", &*path.display().to_string()), ("error", &*error.to_string())];
                Failure::other(text::CANNOT_WRITE.fill(&places), text::ADVICE_LOG)
            })?;
            write_file(&path, &bytes)?;
            written(&path, book, out);
        }
        ReportFormat::Html if to_stdout => out.line(page(book).trim_end()),
        ReportFormat::Html => {
            let path = path("html");
            write_file(&path, page(book).as_bytes())?;
            written(&path, book, out);
        }
    }
    Ok(Exit::Done)
}

/// The file to write: the one of the command line, or one with the report's name in its directory or here.
fn target(args: &Report, ending: &str) -> PathBuf {
    let name = format!("{}.{ending}", stem(args));
    match &args.out {
        Some(path) if path.is_dir() => path.join(name),
        Some(path) => path.clone(),
        None => PathBuf::from(name),
    }
}

fn stem(args: &Report) -> String {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '_' };
    let name: String = args.report.chars().map(safe).collect();
    if args.report == ALL { "reports".to_owned() } else { name }
}

fn written(path: &Path, book: &Book, out: &mut Output) {
    let places = [("path", &*path.display().to_string()), ("tables", &*book.grids.len().to_string())];
    out.line(text::WRITTEN.get(out.lang(), &places));
    if !book.missing.is_empty() {
        let titles: Vec<_> = book.missing.iter().map(|missing| missing.title.as_str()).collect();
        let titles = titles.join(&text::COMMA.get(out.lang(), &[]));
        out.note(text::NO_REPORT_DATA.get(out.lang(), &[("titles", &titles)]));
    }
}
