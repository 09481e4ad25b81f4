//! `bench search`: our search beside tantivy and PostgreSQL, in one run, on the same made-up people and queries.
//!
//! Each engine is asked the same queries in turn, and held against the reference scan before any figure is shown: totals,
//! the first 20 and all counts have to be identical. The engines stand in a file each (`ours`, `tantivy`, `postgres`, `naive`), in
//! the best form we know; who knows a better one is welcome.
//!
//! Order: mark, points, the day's turn; no nearness. Counts leave out the facet's own condition. Rivals answer with the
//! experts' numbers where we answer with their ids; the day's turn is worked out for PostgreSQL beforehand.

mod asked;
mod chart;
mod figures;
mod known;
mod measure;
mod naive;
mod ours;
mod postgres;
mod rival;
mod tantivy;
mod told;
mod vertical;
mod wire;

use std::time::Duration;

use search::domain::Processor;
use serde_json::json;
use survey::domain::policy::{Policy, policy};

use self::asked::{Answer, Asked};
use self::figures::{Engine, Size};
use self::known::Known;
use self::measure::{Question, Spread, Times, alone, crowded, interleaved, timed};
use self::naive::Naive;
use self::ours::Ours;
use self::postgres::Postgres;
use self::rival::InProcess;
use crate::args::BenchSearch;
use crate::failure::{Exit, Failure};
use crate::generate::People;
use crate::output::Output;
use crate::text;

/// The policy that gives the report's shares in all areas; by the published one nobody is blank in S5 and S6.
const POLICY: &str = "ipa-2024-floor";
/// People who are made and handed to every engine at once: as many as a segment of our texts holds.
const CHUNK: u64 = 65_536;
/// Above so many experts the reference looks at fewer queries, and PostgreSQL is asked fewer.
const MANY: u64 = 100_000;
/// So many, then.
const CHECKED: usize = 50;
/// Where `--postgres auto` looks.
const AUTO: &str = "ACTIVELIST_TEST_POSTGRES_URL";

/// Runs the command.
///
/// # Errors
/// An engine that fails, or answers otherwise than the reference; a file that cannot be written.
pub async fn search(args: &BenchSearch, out: &mut Output) -> Result<Exit, Failure> {
    let (asked, mut sizes) = (args.clone(), Vec::new());
    for &experts in &args.experts {
        let asked = asked.clone();
        let progress = out.progress(&text::MEASURING.fill(&[]), 4);
        // Engines work on threads of their own, without this runtime.
        let measured = tokio::task::spawn_blocking(move || measure(&asked, experts, &progress)).await;
        let mut size = measured.map_err(|error| Failure::other(error.to_string(), text::ADVICE_LOG))??;
        size.show(out);
        if args.grpc {
            let people = People::new(args.seed, experts.max(1));
            let queries = asked::queries(&people, args.seed, args.queries);
            let wire = wire::measure(&people, rule(), &queries, &size.expected).await?;
            wire.show(experts, out);
            size.wire = Some(wire);
        }
        sizes.push(size);
    }
    let unwritable = |error: std::io::Error| {
        let what = text::UNWRITABLE.fill(&[("error", &error.to_string())]);
        Failure::other(what, text::ADVICE_WRITE)
    };
    if let Some(path) = &args.json {
        let sizes: Vec<_> = sizes.iter().map(Size::to_json).collect();
        let object = json!({
            "seed": args.seed,
            "queries": args.queries,
            "cores": cores(),
            "processor": Processor::detect().name(),
            "sizes": sizes,
        });
        std::fs::write(path, format!("{object:#}\n")).map_err(unwritable)?;
    }
    if let Some(path) = &args.chart {
        std::fs::write(path, chart::chart(&sizes)).map_err(unwritable)?;
    }
    Ok(Exit::Done)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn measure(args: &BenchSearch, experts: u64, progress: &indicatif::ProgressBar) -> Result<Size, Failure> {
    let people = People::new(args.seed, experts.max(1));
    let asked = asked::queries(&people, args.seed, args.queries);
    let checked = &asked[..if experts > MANY { CHECKED.min(asked.len()) } else { asked.len() }];
    let mut built = build(args, &people, checked)?;
    progress.inc(1);
    let levels = Processor::available().into_iter().rev().map(|level| built.ours.engine(level)).collect::<Vec<_>>();
    let mut engines = beside_others(&mut built, &levels[0], &asked, experts)?;
    progress.inc(1);
    engines.splice(1..1, levels_of_processors(&levels[1..], &asked, experts)?);
    progress.inc(1);
    // Last, since an engine may remember what it was asked before.
    let all = levels.iter().map(|engine| engine as &dyn InProcess).chain([&built.tantivy as &dyn InProcess]);
    verify(&all.collect::<Vec<_>>(), built.postgres.as_mut(), checked, &built.expected)?;
    progress.inc(1);
    built.postgres.map_or(Ok(()), Postgres::close)?;
    Ok(Size { experts, expected: built.expected, engines, wire: None })
}

/// How often each query is asked; the first time counts by itself.
const fn rounds(experts: u64) -> usize {
    match experts {
        ..1_000 => 16,
        1_000..MANY => 8,
        MANY.. => 4,
    }
}

/// The queries without a phrase, and those with one.
fn kinds(asked: &[Asked]) -> [Vec<usize>; 2] {
    [false, true].map(|with| (0..asked.len()).filter(|at| asked[*at].phrase.is_some() == with).collect())
}

/// Our engine, tantivy and PostgreSQL, query by query.
fn beside_others(built: &mut Built, ours: &Ours, asked: &[Asked], experts: u64) -> Result<Vec<Engine>, Failure> {
    let Built { tantivy, postgres, seconds, .. } = built;
    let each = experts.max(1) as f64;
    let engines: [&dyn InProcess; 2] = [ours, tantivy];
    let questions = engines.into_iter().map(|engine| prepared(engine, asked)).collect::<Result<Vec<_>, _>>()?;
    // A stride that meets queries of every kind.
    let stride = if experts > MANY { 9 } else { 1 };
    let mut by_postgres: Times = vec![Vec::new(); asked.len()];
    let mut in_postgres = postgres.as_mut().map(|postgres| {
        let prepared: Vec<_> = asked.iter().map(|asked| postgres.prepare(asked)).collect();
        (postgres, prepared)
    });
    let mut refused = None;
    let times = interleaved(&questions, rounds(experts), |round, query| {
        if let Some((postgres, prepared)) = in_postgres.as_mut().filter(|_| round == 0 && query % stride == 0) {
            let (answer, taken) = timed(|| postgres.ask(&prepared[query]));
            by_postgres[query].push(taken);
            refused = answer.err().or(refused.take());
        }
    });
    refused.map_or(Ok(()), Err)?;
    let [structured, phrase] = kinds(asked);
    let bytes = [built.ours.bytes().iter().sum::<usize>(), tantivy.bytes()];
    let mut measured = Vec::new();
    for (at, engine) in engines.into_iter().enumerate() {
        let (rate, waits) = crowded(&questions[at], cores());
        measured.push(Engine {
            name: engine.name(),
            build: Some(seconds[at].as_secs_f64()),
            bytes: Some(bytes[at] as f64 / each),
            structured: Spread::again(&times[at], &structured),
            phrase: Spread::first(&times[at], &phrase),
            phrase_again: Spread::again(&times[at], &phrase),
            alone: Some(alone(&questions[at])),
            crowded: Some(rate),
            crowded_times: waits,
        });
    }
    if let Some(postgres) = postgres {
        measured.push(Engine {
            name: postgres.name().to_owned(),
            build: Some(seconds[2].as_secs_f64()),
            bytes: Some(postgres.bytes()?.iter().sum::<usize>() as f64 / each),
            structured: Spread::first(&by_postgres, &structured),
            phrase: Spread::first(&by_postgres, &phrase),
            ..Engine::default()
        });
    }
    Ok(measured)
}

/// Our engine with the instructions of lesser processors. By themselves: they share their data, and would find it in the
/// caches where others do not. They share what is remembered of phrases, too, so there is no first time.
fn levels_of_processors(levels: &[Ours], asked: &[Asked], experts: u64) -> Result<Vec<Engine>, Failure> {
    let [structured, _] = kinds(asked);
    let mut measured = Vec::new();
    for level in levels {
        let questions = [prepared(level, asked)?];
        let times = interleaved(&questions, rounds(experts), |_, _| ());
        measured.push(Engine {
            name: level.name(),
            structured: Spread::again(&times[0], &structured),
            alone: Some(alone(&questions[0])),
            ..Engine::default()
        });
    }
    Ok(measured)
}

fn prepared<'a>(engine: &'a dyn InProcess, asked: &'a [Asked]) -> Result<Vec<Question<'a>>, Failure> {
    asked.iter().map(|asked| engine.prepare(asked)).collect()
}

fn rule() -> &'static Policy {
    policy(POLICY).expect("the survey has this policy")
}

/// All engines over the same people.
struct Built {
    ours: ours::Writer,
    tantivy: tantivy::Tantivy,
    postgres: Option<Postgres>,
    /// Of ours, tantivy, PostgreSQL.
    seconds: [Duration; 3],
    expected: Vec<Answer>,
}

fn build(args: &BenchSearch, people: &People, checked: &[Asked]) -> Result<Built, Failure> {
    let (mut ours, mut tantivy) = (ours::Writer::new(), tantivy::Writer::new()?);
    let mut postgres = postgres_url(args)?
        .map(|url| Postgres::open(&url, &format!("activelist_bench_{}", std::process::id())))
        .transpose()?;
    let mut naive = Naive::new(checked);
    let mut seconds = [Duration::ZERO; 3];
    let seed = checked.first().map_or(0, |asked| asked.seed);
    for from in (0..people.len()).step_by(CHUNK as usize) {
        let numbers = from..(from + CHUNK).min(people.len());
        let chunk: Vec<Known> = numbers.map(|n| Known::new(&people.person(n), rule())).collect();
        chunk.iter().for_each(|known| naive.see(known));
        seconds[0] += timed(|| ours.add(&chunk)).1;
        let (added, taken) = timed(|| tantivy.add(&chunk));
        added?;
        seconds[1] += taken;
        if let Some(postgres) = &mut postgres {
            let (added, taken) = timed(|| postgres.add(&chunk, seed));
            added?;
            seconds[2] += taken;
        }
    }
    seconds[0] += timed(|| ours.finish()).1;
    let (tantivy, taken) = timed(|| tantivy.finish());
    seconds[1] += taken;
    if let Some(postgres) = &mut postgres {
        let (finished, taken) = timed(|| postgres.finish());
        finished?;
        seconds[2] += taken;
    }
    Ok(Built { ours, tantivy: tantivy?, postgres, seconds, expected: naive.answers() })
}

fn postgres_url(args: &BenchSearch) -> Result<Option<String>, Failure> {
    match args.postgres.as_deref() {
        Some("auto") => {
            let found = std::env::var(AUTO);
            found.map(Some).map_err(|_| Failure::input(text::NO_POSTGRES.fill(&[]), text::ADVICE_POSTGRES))
        }
        url => Ok(url.map(str::to_owned)),
    }
}

/// Every engine answers as the reference does, or the run ends.
fn verify(
    engines: &[&dyn InProcess],
    mut postgres: Option<&mut Postgres>,
    asked: &[Asked],
    expected: &[Answer],
) -> Result<(), Failure> {
    for (asked, expected) in asked.iter().zip(expected) {
        for engine in engines {
            let answer = (engine.prepare(asked)?)().into_common();
            same(&engine.name(), asked, expected, &answer)?;
        }
        if let Some(postgres) = &mut postgres {
            let prepared = postgres.prepare(asked);
            let answer = postgres.ask(&prepared)?;
            same(postgres.name(), asked, expected, &answer)?;
        }
    }
    Ok(())
}

fn same(engine: &str, asked: &Asked, expected: &Answer, answer: &Answer) -> Result<(), Failure> {
    if answer == expected {
        return Ok(());
    }
    let differs = format!("{asked:?}: {answer:?} ≠ {expected:?}");
    Err(Failure::other(text::ENGINES_DIFFER.fill(&[("engine", engine), ("answer", &differs)]), text::ADVICE_LOG))
}
