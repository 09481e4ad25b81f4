//! How many responses are scored a second: columns against a plain loop over rows.
//!
//! `cargo bench -p survey --bench scoring`. The last line is the ratio, from runs that take turns, so that a machine
//! that speeds up or slows down on the way does so for both.
#![allow(clippy::print_stdout)]

use std::array;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use divan::counter::ItemsCount;
use divan::{Bencher, Divan};
use survey::domain::policy::{Area, Policy, policies};
use survey::domain::scoring::{ColumnMarks, Columns, SKILL_ITEMS, SkillAnswers, score_columns, score_columns_into};

const ROWS: usize = 1_000_000;
const TURNS: usize = 31;

type Row = [u8; SKILL_ITEMS.len()];

/// The marks and points of one response, as a row loop would store them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RowMarks {
    marks: [u8; Area::ALL.len()],
    points: [u8; Area::ALL.len()],
}

/// Made-up answers: mostly 2 and 3 with some lower, from a fixed seed (splitmix64).
static RESPONSES: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    (0..ROWS).map(|_| array::from_fn(|_| [0, 1, 2, 2, 2, 3, 3, 3][(next() % 8) as usize])).collect()
});

static COLUMNS: LazyLock<Columns> = LazyLock::new(|| {
    let mut columns = Columns::with_capacity(ROWS);
    for row in RESPONSES.iter() {
        columns.push(&SkillAnswers::try_from(*row).expect("answers from 0 to 3"));
    }
    columns
});

fn policy() -> &'static Policy {
    &policies()[0]
}

/// The plain loop: one response after the other, nothing allocated, the limits read from the policy like the columns do.
fn score_rows(policy: &Policy, rows: &[Row], scored: &mut [RowMarks]) {
    let limits = policy.marks();
    for (row, scored) in rows.iter().zip(scored) {
        for (i, rule) in policy.areas().iter().enumerate() {
            let (mut points, mut unmet) = (0, 0);
            for sub_item in &rule.sub_items {
                let sum: u8 = row[sub_item.items.clone()].iter().sum();
                points += sum;
                unmet += u8::from(sum < sub_item.threshold);
            }
            scored.points[i] = points;
            scored.marks[i] = mark(unmet, points, limits.strong_unmet_at_most, limits.able_unmet_at_most, rule.floor);
        }
    }
}

/// The hardest rival: the published layout and limits as constants, so that the compiler unrolls the whole row.
fn score_rows_fixed(rows: &[Row], scored: &mut [RowMarks]) {
    const AREAS: [&[(usize, usize, u8)]; 6] = [
        &[(0, 5, 13), (5, 7, 5), (7, 9, 5)],
        &[(9, 11, 5), (11, 13, 5), (13, 15, 5)],
        &[(15, 16, 3), (16, 19, 7), (19, 20, 3)],
        &[(20, 21, 3), (21, 24, 7), (24, 25, 3)],
        &[(25, 29, 10)],
        &[(29, 34, 13)],
    ];
    for (row, scored) in rows.iter().zip(scored) {
        for (i, area) in AREAS.iter().enumerate() {
            let (mut points, mut unmet) = (0, 0);
            for &(from, to, threshold) in *area {
                let sum: u8 = row[from..to].iter().sum();
                points += sum;
                unmet += u8::from(sum < threshold);
            }
            scored.points[i] = points;
            scored.marks[i] = mark(unmet, points, 0, 1, 0);
        }
    }
}

#[inline(always)]
fn mark(unmet: u8, points: u8, strong_at_most: u8, able_at_most: u8, floor: u8) -> u8 {
    if unmet <= strong_at_most { 2 } else { u8::from(unmet <= able_at_most && points >= floor) }
}

#[divan::bench]
fn columns(bencher: Bencher) {
    let mut scored = ColumnMarks::default();
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        score_columns_into(policy(), black_box(&COLUMNS), &mut scored);
        black_box(&scored);
    });
}

#[divan::bench]
fn rows(bencher: Bencher) {
    let mut scored = vec![RowMarks::default(); ROWS];
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        score_rows(policy(), black_box(&RESPONSES), &mut scored);
        black_box(&scored);
    });
}

#[divan::bench]
fn rows_with_constant_layout(bencher: Bencher) {
    let mut scored = vec![RowMarks::default(); ROWS];
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        score_rows_fixed(black_box(&RESPONSES), &mut scored);
        black_box(&scored);
    });
}

/// The rivals must do the same work, or the ratio says nothing.
fn check_same_answers() {
    let scored = score_columns(policy(), &COLUMNS);
    let mut by_rows = vec![RowMarks::default(); ROWS];
    let mut fixed = by_rows.clone();
    score_rows(policy(), &RESPONSES, &mut by_rows);
    score_rows_fixed(&RESPONSES, &mut fixed);
    assert!(by_rows == fixed);
    for area in Area::ALL {
        let i = area as usize;
        assert!(by_rows.iter().map(|row| row.marks[i]).eq(scored.marks(area).iter().copied()));
        assert!(by_rows.iter().map(|row| row.points[i]).eq(scored.points(area).iter().copied()));
    }
}

#[expect(clippy::disallowed_methods, reason = "a measured duration")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    check_same_answers();
    Divan::from_args().main();

    let mut by_columns = ColumnMarks::default();
    let mut by_rows = vec![RowMarks::default(); ROWS];
    let (mut columns, mut rows, mut fixed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        columns.push(timed(|| {
            score_columns_into(policy(), black_box(&COLUMNS), &mut by_columns);
            black_box(&by_columns);
        }));
        rows.push(timed(|| {
            score_rows(policy(), black_box(&RESPONSES), &mut by_rows);
            black_box(&by_rows);
        }));
        fixed.push(timed(|| {
            score_rows_fixed(black_box(&RESPONSES), &mut by_rows);
            black_box(&by_rows);
        }));
    }
    let (columns, rows, fixed) = (median(columns), median(rows), median(fixed));
    let millions = |seconds: f64| ROWS as f64 / seconds / 1e6;
    println!(
        "columns {:.0}, rows {:.0}, rows with constant layout {:.0} million responses a second",
        millions(columns),
        millions(rows),
        millions(fixed)
    );
    println!("columns/rows with constant layout = {:.1}×", fixed / columns);
    println!("columns/rows = {:.1}×", rows / columns);
}
