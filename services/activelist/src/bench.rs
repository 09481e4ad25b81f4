//! `bench search`: our search beside tantivy and PostgreSQL, in one run, on the same made-up people and queries.
//!
//! Every engine is held against the reference scan first: totals, the first 20 and all counts have to be identical. Then
//! each is asked the same queries in turn. The engines stand in a file each (`ours`, `tantivy`, `postgres`, `naive`), in
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
mod vertical;

use std::time::Duration;

use search::domain::Processor;
use serde_json::json;
use survey::domain::policy::{Policy, policy};

use self::asked::{Answer, Asked};
use self::figures::{Engine, Size};
use self::known::Known;
use self::measure::{Question, Spread, Times, alone, crowded, interleaved, timed};
use self::naive::Naive;
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
        let size = measured.map_err(|error| Failure::other(error.to_string(), text::ADVICE_LOG))??;
        size.show(out);
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
    let checked: Vec<Asked> = asked.iter().take(if experts > MANY { 50 } else { asked.len() }).cloned().collect();
    let mut built = build(args, &people, &checked)?;
    progress.inc(1);
    let ours: Vec<ours::Ours> = Processor::available().into_iter().rev().map(|level| built.ours.engine(level)).collect();
    let mut engines: Vec<&dyn InProcess> = ours.iter().map(|engine| engine as &dyn InProcess).collect();
    engines.push(&built.tantivy);
    verify(&engines, built.postgres.as_mut(), &checked, &built.expected)?;
    progress.inc(1);

    let prepared: Vec<Vec<Question<'_>>> =
        engines.iter().map(|engine| asked.iter().map(|asked| engine.prepare(asked)).collect()).collect::<Result<_, _>>()?;
    let rounds = match experts {
        ..1_000 => 15,
        1_000..MANY => 5,
        MANY.. => 3,
    };
    // A stride that meets queries of every kind.
    let stride = if experts > MANY { 9 } else { 1 };
    let mut by_postgres: Times = vec![Vec::new(); asked.len()];
    let mut postgres = built.postgres.as_mut().map(|postgres| {
        let prepared: Vec<_> = asked.iter().map(|asked| postgres.prepare(asked)).collect();
        (postgres, prepared)
    });
    let mut refused = None;
    let times = interleaved(&prepared, rounds, |round, query| {
        if let Some((postgres, prepared)) = &mut postgres
            && round == 0
            && query % stride == 0
        {
            let (answer, taken) = timed(|| postgres.ask(&prepared[query]));
            by_postgres[query].push(taken);
            refused = answer.err().or(refused.take());
        }
    });
    refused.map_or(Ok(()), Err)?;
    progress.inc(1);

    let kind = |with: bool| (0..asked.len()).filter(|at| asked[*at].phrase.is_some() == with).collect::<Vec<_>>();
    let (structured, phrase) = (kind(false), kind(true));
    let mut measured = Vec::new();
    for (at, engine) in engines.iter().enumerate() {
        let (rate, waits) = crowded(&prepared[at], cores());
        let name = engine.name();
        let (build, bytes) = if name == "tantivy" {
            (Some(built.seconds[1]), Some(built.tantivy.bytes()))
        } else {
            ((at == 0).then_some(built.seconds[0]), (at == 0).then(|| built.ours.bytes().iter().sum()))
        };
        measured.push(Engine {
            name,
            build: build.map(|time| time.as_secs_f64()),
            bytes: bytes.map(|bytes: usize| bytes as f64 / people.len() as f64),
            structured: Spread::again(&times[at], &structured),
            phrase: Spread::first(&times[at], &phrase),
            phrase_again: Spread::again(&times[at], &phrase),
            alone: Some(alone(&prepared[at])),
            crowded: Some(rate),
            crowded_times: waits,
        });
    }
    drop(prepared);
    progress.inc(1);
    if let Some(mut postgres) = built.postgres {
        let bytes: usize = postgres.bytes()?.iter().sum();
        measured.push(Engine {
            name: postgres.name().to_owned(),
            build: Some(built.seconds[2].as_secs_f64()),
            bytes: Some(bytes as f64 / people.len() as f64),
            structured: Spread::first(&by_postgres, &structured),
            phrase: Spread::first(&by_postgres, &phrase),
            ..Engine::default()
        });
        postgres.close()?;
    }
    Ok(Size { experts, verified: checked.len(), engines: measured })
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
    let rule: &'static Policy = policy(POLICY).expect("the survey has this policy");
    let (mut ours, mut tantivy) = (ours::Writer::new(), tantivy::Writer::new()?);
    let mut postgres = postgres_url(args)?.map(|url| {
        Postgres::open(&url, &format!("activelist_bench_{}", std::process::id()))
    }).transpose()?;
    let mut naive = Naive::new(checked);
    let mut seconds = [Duration::ZERO; 3];
    let seed = checked.first().map_or(0, |asked| asked.seed);
    for from in (0..people.len()).step_by(CHUNK as usize) {
        let numbers = from..(from + CHUNK).min(people.len());
        let chunk: Vec<Known> = numbers.map(|n| Known::new(&people.person(n), rule)).collect();
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
