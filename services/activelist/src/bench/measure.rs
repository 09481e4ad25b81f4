//! How long answers take: engine after engine, query by query, so that whatever else the machine does meets all alike.
#![expect(clippy::disallowed_methods, reason = "durations are what is measured")]

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::rival::Raw;
use crate::generate::Chance;

/// A query, ready to be asked of one engine.
pub(super) type Question<'a> = Box<dyn Fn() -> Raw + Send + Sync + 'a>;
/// Requests that wait at once.
pub(super) const IN_FLIGHT: usize = 64;
/// How long a rate is measured …
const WINDOW: Duration = Duration::from_millis(400);
/// … and how often: the best counts, since what else the machine does only ever takes away.
const WINDOWS: usize = 3;

/// Times of one engine: a list a query, one for each round.
pub(super) type Times = Vec<Vec<Duration>>;

/// How long something takes.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// Asks every engine every query, so many rounds, in an order that is drawn anew each time: who comes after whom finds
/// the caches as the other left them.
pub(super) fn interleaved(
    engines: &[Vec<Question<'_>>],
    rounds: usize,
    mut beside: impl FnMut(usize, usize),
) -> Vec<Times> {
    let queries = engines.first().map_or(0, Vec::len);
    let mut times = vec![vec![Vec::with_capacity(rounds); queries]; engines.len()];
    let mut chance = Chance::new(1);
    for round in 0..rounds {
        for query in 0..queries {
            let mut order: Vec<usize> = (0..engines.len()).collect();
            for left in (1..order.len()).rev() {
                order.swap(left, chance.below(left + 1));
            }
            for engine in order {
                let (raw, taken) = timed(|| engines[engine][query]());
                drop(raw);
                times[engine][query].push(taken);
            }
            beside(round, query);
        }
    }
    times
}

/// Median and 99th percentile, in µs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    /// Median.
    pub(super) p50: f64,
    /// 99th percentile.
    pub(super) p99: f64,
}

impl Spread {
    /// Of single times; nothing of none.
    pub(super) fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().checked_sub(1)?)).copied();
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        Some(Self { p50: micros(at(50)?), p99: micros(at(99)?) })
    }

    /// Of the first time each query was asked.
    pub(super) fn first(times: &Times, of: &[usize]) -> Option<Self> {
        Self::of(of.iter().filter_map(|query| times[*query].first().copied()).collect())
    }

    /// Of each query's median time after the first.
    pub(super) fn again(times: &Times, of: &[usize]) -> Option<Self> {
        let median = |query: &usize| {
            let mut later: Vec<Duration> = times[*query].iter().skip(1).copied().collect();
            later.sort_unstable();
            later.get(later.len() / 2).copied()
        };
        Self::of(of.iter().filter_map(median).collect())
    }
}

/// Answers a second of one thread that does nothing else.
pub(super) fn alone(questions: &[Question<'_>]) -> f64 {
    let window = |from: usize| {
        let begun = Instant::now();
        let mut done = 0;
        while begun.elapsed() < WINDOW && !questions.is_empty() {
            drop(questions[(from + done) % questions.len()]());
            done += 1;
        }
        done as f64 / begun.elapsed().as_secs_f64()
    };
    (0..WINDOWS).map(|at| window(at * questions.len() / WINDOWS)).fold(0.0, f64::max)
}

/// Answers a second, and the time from asking to the answer, when as many threads as the machine has cores work for
/// [`IN_FLIGHT`] callers, each of whom asks again as soon as it is answered.
pub(super) fn crowded(questions: &[Question<'_>], threads: usize) -> (f64, Option<Spread>) {
    let windows = (0..WINDOWS).map(|_| crowd(questions, threads));
    windows.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or_default()
}

fn crowd(questions: &[Question<'_>], threads: usize) -> (f64, Option<Spread>) {
    let begun = Instant::now();
    let waiting: VecDeque<(Instant, usize)> = (0..IN_FLIGHT).map(|caller| (begun, caller)).collect();
    let waiting = Mutex::new((waiting, IN_FLIGHT));
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        let mut times = Vec::new();
        while begun.elapsed() < WINDOW {
            let Some((since, query)) = lock().0.pop_front() else { continue };
            drop(questions[query % questions.len()]());
            times.push(since.elapsed());
            let (queue, next) = &mut *lock();
            *next += 1;
            queue.push_back((Instant::now(), *next));
        }
        times
    };
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    (times.len() as f64 / begun.elapsed().as_secs_f64(), Spread::of(times))
}
