//! What a run writes down: a line a fault and a phase, and its figures.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// Lines that are shown when a run fails.
const SHOWN: usize = 30;

/// The record of one run. Its end is shown when the run fails; a campaign keeps all of it in a file.
pub(crate) struct Record {
    promise: u8,
    run: String,
    begun: Instant,
    text: Mutex<String>,
    file: Option<Mutex<File>>,
}

impl Record {
    pub(crate) fn open(promise: u8, run: &str) -> Self {
        let name = format!("{promise} {run}.log").replace(' ', "-");
        let file = campaign::directory().map(|directory| Mutex::new(File::create(directory.join(name)).unwrap()));
        Self { promise, run: run.to_owned(), begun: Instant::now(), text: Mutex::default(), file }
    }

    /// Writes a line, with the seconds since the beginning.
    pub(crate) fn line(&self, what: &str) {
        let line = format!("{:8.2} {what}", self.begun.elapsed().as_secs_f64());
        if let Some(file) = &self.file {
            writeln!(file.lock().unwrap(), "{line}").unwrap();
        }
        writeln!(self.text.lock().unwrap(), "{line}").unwrap();
    }

    /// A row of the campaign's table: what was counted, what was asked for, what was reached.
    pub(crate) fn figure(&self, what: &str, asked: &str, reached: &str) {
        self.line(&format!("{what}: {reached}, asked: {asked}"));
        campaign::figure(self.promise, &self.run, what, asked, reached);
    }
}

impl Drop for Record {
    #[expect(clippy::print_stderr, reason = "beside the failure of a test, what led to it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
            let lines: Vec<&str> = text.lines().collect();
            let last = &lines[lines.len().saturating_sub(SHOWN)..];
            eprintln!("--- {} (promise {}), the end of its record\n{}", self.run, self.promise, last.join("\n"));
        }
    }
}
