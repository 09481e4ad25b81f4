//! How much a test shall do, and where it tells what it did: the one thing that tests of several rooms share.
//!
//! `make campaign` (`tests/faults/campaign`) says the numbers in the environment and makes a table of what is told.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

fn told<T: FromStr>(name: &str) -> Option<T> {
    let name = format!("ACTIVELIST_CAMPAIGN_{name}");
    let text = env::var(&name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}: {text:?} is no number")))
}

/// True in a campaign: `ACTIVELIST_CAMPAIGN` is set, to whatever.
pub fn is_on() -> bool {
    env::var_os("ACTIVELIST_CAMPAIGN").is_some()
}

/// `ACTIVELIST_CAMPAIGN_<name>` where it is set; else `whole` in a campaign, and `slice` in a usual run.
///
/// # Panics
/// When it is set and no number.
pub fn number(name: &str, slice: usize, whole: usize) -> usize {
    told(name).unwrap_or(if is_on() { whole } else { slice })
}

/// `ACTIVELIST_CAMPAIGN_SEED`, or always the same one: the same seed gives the same plans, loads and histories.
///
/// # Panics
/// When it is set and no number.
pub fn seed() -> u64 {
    told("SEED").unwrap_or(20_241_120)
}

/// The directory that records go into, where a campaign names one: `ACTIVELIST_CAMPAIGN_RECORD`.
///
/// # Panics
/// When it cannot be made.
pub fn directory() -> Option<PathBuf> {
    let directory = PathBuf::from(env::var_os("ACTIVELIST_CAMPAIGN_RECORD")?);
    fs::create_dir_all(&directory).expect("a directory of the campaign");
    Some(directory)
}

/// A row of the table: what was counted in which run for which promise, what was asked for, and what was reached. Nothing
/// outside a campaign.
///
/// # Panics
/// When it cannot be written.
pub fn figure(promise: u8, run: &str, what: &str, asked: &str, reached: &str) {
    let Some(directory) = directory() else { return };
    let file = OpenOptions::new().create(true).append(true).open(directory.join("figures"));
    // One write, so that rows of tests that run beside each other do not mix.
    let row = format!("{promise}\t{run}\t{what}\t{asked}\t{reached}\n");
    file.expect("the figures of the campaign").write_all(row.as_bytes()).expect("the figures of the campaign");
}
