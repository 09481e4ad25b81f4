//! How long a timetable takes: `cargo bench -p matching --bench timetable`.

use std::collections::BTreeSet;

use divan::{Bencher, black_box};
use kit_clock::Timestamp;
use matching::domain::timetable::{Applicant, Day, Event, Mode, Present, Round, plan, replan};

fn main() {
    divan::main();
}

/// Companies, experts, rounds, booths; of ten companies, how many can come to half of the rounds only.
#[derive(Debug, Clone, Copy)]
struct Size(usize, usize, usize, usize, u64);

/// The study's largest event; the same with companies that are tied; and one of five times its size: with a booth an
/// expert, with too few booths, and with too few booths for companies that are tied.
const SIZES: [Size; 5] =
    [Size(23, 4, 6, 4, 0), Size(23, 4, 6, 3, 3), Size(60, 12, 8, 12, 0), Size(60, 12, 8, 4, 0), Size(60, 12, 8, 4, 3)];

const MINUTE: i64 = 60_000_000;

/// An event with made-up scores, from a fixed seed (splitmix64).
fn event(Size(companies, experts, rounds, booths, tied): Size) -> Event {
    let mut state = 1_u64;
    let mut next = move |below: u64| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    };
    let round = |at: usize| {
        let start = at as i64 * 25 * MINUTE;
        Round { start: Timestamp::from_micros(start), end: Timestamp::from_micros(start + 20 * MINUTE) }
    };
    let half = |late: bool| (0..rounds).filter(|at| (*at >= rounds / 2) == late).collect::<BTreeSet<_>>();
    Event {
        rounds: (0..rounds).map(round).collect(),
        booths: (0..booths).map(|at| format!("booth {at}")).collect(),
        experts: (0..experts).map(|at| Present { max: 6, ..Present::new(format!("expert {at:02}")) }).collect(),
        companies: (0..companies)
            .map(|at| Applicant {
                company: format!("company {at:02}"),
                order: at as u64,
                rounds: (next(10) < tied).then(|| half(next(2) == 1)),
                scores: (0..experts).map(|at| (format!("expert {at:02}"), next(100) as i64)).collect(),
            })
            .collect(),
        fixed: Vec::new(),
        forbidden: Vec::new(),
    }
}

#[divan::bench(args = SIZES)]
fn planned(bencher: Bencher<'_, '_>, size: Size) {
    let event = event(size);
    bencher.bench(|| plan(black_box(&event), &[], Mode::AsManyAsPossible));
}

/// In the second round, with one company that did not come.
#[divan::bench(args = SIZES)]
fn planned_anew_on_the_day(bencher: Bencher<'_, '_>, size: Size) {
    let event = event(size);
    let told = plan(&event, &[], Mode::AsManyAsPossible).map(|timetable| timetable.seats).unwrap_or_default();
    let absent = told.last().map(|seat| seat.company.clone());
    let day = Day { no_shows: absent.into_iter().collect(), ..Day::at(event.rounds[1].start) };
    bencher.bench(|| replan(black_box(&event), &told, &day));
}

/// What it costs to say why not everybody can be seated.
#[divan::bench(args = SIZES)]
fn asked_for_everybody(bencher: Bencher<'_, '_>, size: Size) {
    let event = event(size);
    bencher.bench(|| plan(black_box(&event), &[], Mode::Everybody));
}
