//! `export`: everything of one kind as a file, which can be read back.

pub mod cell;
mod experts;
mod place;
mod sink;
mod spool;
mod survey;

use serde_json::json;

pub use self::experts::{columns, row};
use self::sink::Sink;
pub use self::survey::SurveyExport;
use crate::args::{self, ExportTo};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::text;

/// Seconds that a page may take.
const SECONDS: u64 = 60;

/// Runs the command.
///
/// # Errors
/// When the file is there already or cannot be written, or the server refuses. Nothing is left of a file that was begun.
pub async fn run(command: &args::Export, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Export::Survey(args) => survey::run(args, out).await,
        args::Export::Experts(args) => experts::run(args, out).await,
    }
}

/// Puts the finished file where it belongs, and says so.
fn done(sink: Sink, to: &ExportTo, out: &mut Output) -> Result<Exit, Failure> {
    let rows = sink.finish(to.force)?;
    let count = rows.to_string();
    match &to.out {
        Some(path) if to.json => out.line(json!({"rows": rows, "file": path.display().to_string()}).to_string()),
        Some(path) => {
            let places = [("rows", count.as_str()), ("path", &*path.display().to_string())];
            out.line(text::EXPORTED.get(out.lang(), &places));
        }
        None => out.note(text::EXPORTED_OUT.get(out.lang(), &[("rows", &count)])),
    }
    Ok(Exit::Done)
}
