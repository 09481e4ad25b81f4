//! A server of the test's own, and the commands as somebody types them.

#![allow(dead_code, reason = "each test file takes what it needs")]

use std::path::{Path, PathBuf};

use activelist::args::{Args, ServeAll, Trust};
use activelist::failure::{Exit, Failure};
use activelist::output::Output;
use activelist::serve::{self, Running};
use clap::Parser as _;
use kit_serve::{Lifecycle, Outcome};
use tempfile::TempDir;

/// The campaign's file.
pub(crate) const CAMPAIGN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fy2024/skill_survey.csv");

/// `serve all` on a free port and a directory of its own.
pub(crate) struct Stage {
    pub(crate) url: String,
    running: Running,
    lifecycle: Lifecycle,
    dir: TempDir,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) done: Result<Exit, Failure>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The last line of stdout as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let line = self.out.lines().last().unwrap_or_else(|| panic!("no output; {:?} {}", self.done, self.err));
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// How the program would end.
    pub(crate) fn exit(&self) -> Exit {
        self.done.as_ref().map_or_else(|failure| failure.exit, |exit| *exit)
    }
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lifecycle = Lifecycle::new();
        let args = ServeAll {
            data: dir.path().join("data"),
            listen: "127.0.0.1:0".to_owned(),
            policy: None,
            rating: activelist::args::Rating::default(),
            clock: Some("2025-02-10T12:00:00+09:00".parse().unwrap()),
            trust: Trust::Near,
            mail: activelist::args::Mail::default(),
        };
        let running = serve::start_all(&args, &lifecycle).await.unwrap();
        Self { url: running.url.clone(), running, lifecycle, dir }
    }

    /// A file beside the data.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs a command against this server.
    pub(crate) async fn run(&self, words: &[&str]) -> Said {
        let words = [&["activelist"], words, &["--server", &self.url]].concat();
        let args = Args::try_parse_from(words).unwrap();
        let (mut out, kept) = Output::captured();
        out.speak(args.lang.into());
        let done = activelist::command(&args.command, &mut out).await;
        Said { done, out: kept.out(), err: kept.err() }
    }

    /// Runs a command as if on a terminal of so many columns, and gives what it said.
    pub(crate) async fn run_at(&self, words: &[&str], width: usize) -> String {
        let words = [&["activelist"], words, &["--server", &self.url]].concat();
        let args = Args::try_parse_from(words).unwrap();
        let (mut out, kept) = Output::captured_terminal(width);
        out.speak(args.lang.into());
        activelist::command(&args.command, &mut out).await.unwrap();
        kept.out()
    }

    pub(crate) async fn import(&self, file: &Path) -> Said {
        self.run(&["import", "survey", file.to_str().unwrap(), "--json"]).await
    }

    pub(crate) async fn strike(self) {
        assert_eq!(self.lifecycle.shutdown().await, Outcome::Clean);
        drop(self.running);
    }
}

/// A file of the survey as a table: heading row first.
#[derive(Clone)]
pub(crate) struct Rows(pub(crate) Vec<Vec<String>>);

impl Rows {
    /// The headings and the first `count` rows of the campaign's file.
    pub(crate) fn of_campaign(count: usize) -> Self {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(CAMPAIGN).unwrap();
        let rows = reader.records().take(count + 1);
        Self(rows.map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
    }

    pub(crate) fn column(&self, heading: &str) -> usize {
        self.0[0].iter().position(|cell| cell == heading).unwrap()
    }

    /// Another cell in a row, counted from 1.
    pub(crate) fn set(mut self, row: usize, heading: &str, cell: &str) -> Self {
        let column = self.column(heading);
        self.0[row][column] = cell.to_owned();
        self
    }

    pub(crate) fn without(mut self, heading: &str) -> Self {
        let column = self.column(heading);
        self.0.iter_mut().for_each(|row| drop(row.remove(column)));
        self
    }

    /// One more column at the end, the same cell in every row.
    pub(crate) fn with(mut self, heading: &str, cell: &str) -> Self {
        for (at, row) in self.0.iter_mut().enumerate() {
            row.push(if at == 0 { heading } else { cell }.to_owned());
        }
        self
    }

    pub(crate) fn text(&self) -> String {
        let mut writer =
            csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        self.0.iter().for_each(|row| writer.write_record(row).unwrap());
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }
}
