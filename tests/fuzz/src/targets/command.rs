//! What is typed: the command line, addresses.

use activelist::args::Args;
use activelist::connect::Connection;
use clap::Parser as _;

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "search",
    "import",
    "survey",
    "guidance",
    "serve",
    "all",
    "report",
    "expert",
    "company",
    "match",
    "batch",
    "notices",
    "demo",
    "bench",
    "migrate",
    "--server",
    "--json",
    "--lang",
    "ja",
    "--help",
    "--from",
    "--until",
    "--as-of",
    "--page-size",
    "--",
    "-",
    "=",
    "http://127.0.0.1:7070",
    "http://[::1]:1",
    "http://user:pw@host",
    "2024-10-01",
    "2024-10-01T00:00:00+09:00",
    "18446744073709551616",
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let lines: [&[&str]; 6] = [
        &["search", "セキュリティ", "--json"],
        &["import", "survey", "a.csv", "--dry-run"],
        &["report", "all", "--from", "2024-10-01", "--until", "2024-12-31", "--as-of", "2024-10-01T00:00:00+09:00"],
        &["serve", "all", "--data", "d", "--listen", "127.0.0.1:0"],
        &["expert", "show", "000001", "--server", "http://127.0.0.1:7070"],
        &["--lang", "en", "--help"],
    ];
    lines.map(parts).to_vec()
}

/// A command line is understood or refused with words, and so is an address.
pub(super) fn line(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let mut words = Vec::new();
    while !bytes.is_empty() && words.len() < 64 {
        words.push(bytes.text());
    }
    match Args::try_parse_from(std::iter::once("activelist").chain(words.iter().map(String::as_str))) {
        Ok(args) => assert!(!format!("{args:?}").is_empty()),
        Err(refused) => assert!(!refused.to_string().is_empty()),
    }
    thread_local!(static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));
    RUNTIME.with(|runtime| {
        let _entered = runtime.enter();
        for word in &words {
            if let Err(failure) = Connection::open(word, None) {
                assert!(!failure.what.is_empty() && !failure.what.contains('\n') || word.contains('\n'));
            }
        }
    });
}
