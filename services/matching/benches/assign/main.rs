//! The batch assignment beside OR-Tools' min-cost flow, on the same instances in the same run, and what a change of a
//! solved batch takes.
//!
//! `deploy/dev/with-servers cargo bench -p matching --bench assign`; with names of instances behind `--`, only those
//!
//! Solving is told in time of the processor, medians of several runs, so that others on the machine do not count. Ours
//! is the whole call: ids are read, everything is checked, and who stays unserved is explained. Of OR-Tools only
//! `solve` counts, of two ways to write the model the faster one; building the model is told beside it. Changes are too
//! short for the processor's clock and are told in time until they were done, which can only be longer.

// A bench measures durations, and nothing of it runs in production.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]

mod instance;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use instance::{INSTANCES, Instance};
use matching::domain::assign::{Link, Pair, Prepared, Problem, State, Totals, solve};
use serde_json::Value;

const CHANGES: usize = 500;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, what, make) in INSTANCES {
        let named = wanted.iter().any(|wanted| name.contains(wanted.as_str()));
        if named || (wanted.is_empty() && !name.starts_with("large")) {
            println!("\n{name}: {what}");
            measure(&make());
        }
    }
}

fn measure(instance: &Instance) {
    let problem = instance.problem();
    let (requests, experts, pairs) = (problem.requests.len(), problem.experts.len(), problem.pairs.len());
    println!("  {requests} requests, {experts} experts, {pairs} pairs");

    let times = if pairs < 1_000_000 { 7 } else { 1 };
    // The processor's clock ticks in milliseconds; what is shorter is done so often that it takes some dozens of them.
    let often = (2_000_000 / pairs).clamp(1, 40) as u32;
    let runs: Vec<_> = (0..times)
        .map(|_| {
            let read = || (0..often).map(|_| Prepared::new(&problem).unwrap()).collect::<Vec<_>>();
            let (prepared, reading) = worked(read);
            let solve = || prepared.into_iter().map(|prepared| prepared.solve().totals).collect::<Vec<_>>();
            let (totals, solving) = worked(solve);
            (totals[0], reading / often, solving / often)
        })
        .collect();
    let totals = runs[0].0;
    let reading = median(runs.iter().map(|run| run.1).collect());
    let core = median(runs.iter().map(|run| run.2).collect());
    let solving = median(runs.iter().map(|run| run.1 + run.2).collect());
    println!("  served {}, score {}, spread {}", totals.served, totals.score, totals.spread);
    println!("  ours, all of it            {}", shown(solving));
    println!("    reading and checking     {}", shown(reading));
    println!("    solving and answering    {}", shown(core));
    let theirs = ask(instance, totals, times);
    let (whole, alone) = (ratio(theirs.0, solving), ratio(theirs.0, core));
    println!("  OR-Tools, solve() only     {}  = {whole:.1} × all of ours, {alone:.1} × our solving", shown(theirs.0));
    println!("    building its model       {}", shown(theirs.1));
    changes(&problem, (core, solving, theirs.0));
}

/// The medians of solving and building of the faster way; both must find what we found.
fn ask(instance: &Instance, totals: Totals, times: usize) -> (Duration, Duration) {
    let python = std::env::var("ACTIVELIST_TEST_ORACLE").expect("run this by deploy/dev/with-servers");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), instance.json().to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/assign/least_cost.py");
    let mut command = Command::new(python);
    let output = command.arg(script).arg(file.path()).arg(times.to_string()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let seconds = |way: &Value, name: &str| {
        let seconds = way[name].as_array().unwrap().iter();
        median(seconds.map(|seconds| Duration::from_secs_f64(seconds.as_f64().unwrap())).collect())
    };
    let mut best = (Duration::MAX, Duration::MAX);
    for way in ["max_flow", "past"] {
        let way = &answer[way];
        let found: Vec<u64> = way["totals"].as_array().unwrap().iter().map(|level| level.as_u64().unwrap()).collect();
        assert_eq!(found, [totals.served, totals.score, totals.spread], "the same optimum");
        best = best.min((seconds(way, "solving"), seconds(way, "building")));
    }
    best
}

/// Withdrawals, declines and returns, one after the other on one state; at its end it is as good as solving anew.
fn changes(problem: &Problem, anew: (Duration, Duration, Duration)) {
    let ((mut state, solution), keeping) = worked(|| State::new(problem).unwrap());
    println!("  ours, kept as a state      {}", shown(keeping));
    let count = CHANGES.min(solution.pairs.len() / 4);
    let step = solution.pairs.len() / count;
    let picked: Vec<_> = solution.pairs.iter().step_by(step).take(count).collect();
    let (gone, declined) = picked.split_at(count / 2);
    let mut returning = Vec::new();
    let withdrawals: Vec<Duration> = gone
        .iter()
        .map(|pair| {
            let request = problem.requests.iter().find(|request| request.id == pair.request).unwrap().clone();
            let own: Vec<Pair> = problem.pairs.iter().filter(|one| one.request == pair.request).cloned().collect();
            returning.push((request, own));
            timed(|| state.withdraw_request(&pair.request).unwrap()).1
        })
        .collect();
    after("a withdrawal", withdrawals, &state, anew);
    let links: Vec<Link> = declined.iter().map(|pair| Link::new(pair.request.clone(), pair.expert.clone())).collect();
    let declines = links.iter().map(|link| timed(|| state.forbid(link).unwrap()).1).collect();
    after("a decline", declines, &state, anew);
    let returns = returning.into_iter().map(|(request, own)| timed(|| state.add_request(request, &own).unwrap()).1);
    let returns = returns.collect();
    after("a new request", returns, &state, anew);
}

fn after(what: &str, times: Vec<Duration>, state: &State, (core, all, theirs): (Duration, Duration, Duration)) {
    let most = *times.iter().max().unwrap();
    let time = median(times);
    let (core, all, theirs) = (ratio(core, time), ratio(all, time), ratio(theirs, time));
    let label = format!("after {what}");
    println!("  {label:<27}{}  (most {})", shown(time), shown(most).trim());
    println!("    solving anew {core:.0} ×, with reading {all:.0} ×, OR-Tools {theirs:.0} × that");
    assert_eq!(state.solution().totals, solve(&state.problem()).unwrap().totals, "as good as solving anew");
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let made = std::hint::black_box(work());
    (made, started.elapsed())
}

fn worked<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = processor();
    let made = std::hint::black_box(work());
    (made, processor() - started)
}

/// How long this thread has been at work.
fn processor() -> Duration {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(status.split(' ').next().unwrap().parse().unwrap())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn shown(time: Duration) -> String {
    format!("{:>10.3} ms", time.as_secs_f64() * 1e3)
}
