//! How fast a file is read, and in how much memory: `measure FILE…` reads each and tells rows a second and the process's
//! peak; `measure --workbook FILE.csv FILE.xlsx` makes a workbook with shared texts of a text, to be measured.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it measures")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use kit_tables::{Options, Table};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--workbook", from, to] => make(from, to),
        [] => Err("measure FILE… or measure --workbook FILE.csv FILE.xlsx".into()),
        files => files.iter().try_for_each(|file| measure(file)),
    }
}

fn measure(name: &str) -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "a measured duration")]
    let begin = Instant::now();
    let mut table = Table::open(File::open(name)?, &Options::default())?;
    let (mut rows, mut bytes) = (0_u64, 0);
    while let Some(row) = table.next_row()? {
        rows += 1;
        bytes += row.bytes();
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (speed, text) = (rows as f64 / seconds, bytes as f64 / f64::from(1 << 20));
    println!("{name}: {rows} rows, {text:.1} MiB of text, {seconds:.2} s, {speed:.0} rows/s; peak of the process so far {}", peak());
    Ok(())
}

/// The most memory the process has had, as Linux tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}

fn make(from: &str, to: &str) -> Result<(), Box<dyn Error>> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let mut table = Table::open(File::open(from)?, &Options::default())?;
    let mut row = Some(table.headings().clone());
    let mut at = 0;
    while let Some(next) = row {
        for (place, cell) in next.cells.iter().enumerate() {
            sheet.write(at, u16::try_from(place)?, cell)?;
        }
        at += 1;
        row = table.next_row()?;
    }
    book.save(to)?;
    Ok(())
}
