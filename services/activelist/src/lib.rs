//! The program `activelist`: it wires the services together, serves them, and holds the commands of operators.
//!
//! It is the only crate that imports services, and [`serve`] the only module that calls their `start` (the bench apart, which
//! measures one service alone). Everything it says
//! to people stands in [`text`]; everything it does to a server goes over gRPC, the demo included.

pub mod args;
#[cfg(feature = "bench")]
pub mod bench;
pub mod company;
pub mod connect;
pub mod demo;
pub mod entries;
pub mod expert;
pub mod exposure;
pub mod failure;
pub mod generate;
pub mod import;
pub mod labels;
pub mod marks;
pub mod migrate;
pub mod noticeboard;
pub mod operate;
pub mod output;
pub mod pairing;
pub mod people;
pub mod policy;
pub mod report;
pub mod search;
pub mod serve;
pub mod suggest;
pub mod table;
pub mod text;

use kit_telemetry::LogFormat;

use crate::args::{Args, Bench, BenchSearch, Command, Expert, Import, Serve};
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// Runs a command and says what came of it.
pub async fn run(args: &Args, out: &mut Output) -> Exit {
    out.speak(args.lang.into());
    let telemetry = match kit_telemetry::init(&telemetry(args)) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            let what = text::BAD_TELEMETRY.fill(&[("error", &error.to_string())]);
            return ended(Err(Failure::input(what, text::ADVICE_TELEMETRY)), out);
        }
    };
    let done = command(&args.command, out).await;
    let exit = ended(done, out);
    telemetry.shutdown().await;
    exit
}

/// Runs a command in a process whose telemetry is set up already.
///
/// # Errors
/// Why it could not be done.
pub async fn command(command: &Command, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        Command::Serve(args) => serve::run(args, out).await,
        Command::Migrate(args) => migrate::run(args, out).await,
        Command::Import(Import::Survey(args)) => import::run(args, out).await,
        Command::Import(Import::Guidance(args)) => import::guidance::run(args, out).await,
        Command::Search(args) => search::run(args, out).await,
        Command::Entries(args) => entries::run(args, out).await,
        Command::Suggest(args) => suggest::run(args, out).await,
        Command::Exposure(args) => exposure::run(args, out).await,
        Command::Expert(Expert::Show(args)) => expert::run(args, out).await,
        Command::Expert(Expert::Standing(args)) => expert::standing(args, out).await,
        Command::Expert(Expert::Checks(args)) => expert::checks(args, out).await,
        Command::Dispute(command) => people::dispute(command, out).await,
        Command::Person(command) => people::person(command, out).await,
        Command::Company(command) => company::run(command, out).await,
        Command::Match(command) => pairing::run(command, out).await,
        Command::Policy(command) => policy::run(command, out).await,
        Command::Report(args) => report::run(args, out).await,
        Command::Health(args) => operate::health(args, out).await,
        Command::Parked(args) => operate::parked(args, out).await,
        Command::Notices(args) => noticeboard::run(args, out).await,
        Command::Demo(args) => demo::run(args, out).await,
        Command::Generate(args) => generate::run(args, out),
        Command::Bench(Bench::Search(args)) => bench_search(args, out).await,
    }
}

#[cfg(feature = "bench")]
async fn bench_search(args: &BenchSearch, out: &mut Output) -> Result<Exit, Failure> {
    bench::search(args, out).await
}

#[cfg(not(feature = "bench"))]
async fn bench_search(_: &BenchSearch, _: &mut Output) -> Result<Exit, Failure> {
    Err(Failure::input(text::NO_BENCH.fill(&[]), text::ADVICE_BENCH))
}

fn ended(done: Result<Exit, Failure>, out: &mut Output) -> Exit {
    let exit = done.unwrap_or_else(|failure| {
        failure.show(out);
        failure.exit
    });
    match out.finish() {
        Ok(()) => exit,
        Err(error) => {
            let what = text::UNWRITABLE.fill(&[("error", &error.to_string())]);
            Failure::other(what, text::ADVICE_WRITE).show(out);
            Exit::Failed
        }
    }
}

/// What servers log. The NATS client repeats with every try what kit-log says once, and PostgreSQL notes what was to be
/// expected.
const SERVING: &str = "info,async_nats=off,sqlx::postgres::notice=warn";

fn telemetry(args: &Args) -> kit_telemetry::Config {
    let (name, filter) = match &args.command {
        Command::Serve(Serve::All(_)) => ("activelist", SERVING),
        Command::Serve(Serve::Survey(_)) => ("activelist-survey", SERVING),
        Command::Serve(Serve::Registry(_)) => ("activelist-registry", SERVING),
        Command::Serve(Serve::Search(_)) => ("activelist-search", SERVING),
        Command::Serve(Serve::Engagement(_)) => ("activelist-engagement", SERVING),
        Command::Serve(Serve::Insights(_)) => ("activelist-insights", SERVING),
        Command::Serve(Serve::Notices(_)) => ("activelist-notices", SERVING),
        Command::Serve(Serve::Matching(_)) => ("activelist-matching", SERVING),
        Command::Demo(_) => ("activelist-demo", "error"),
        Command::Bench(_) => ("activelist-bench", "error"),
        _ => ("activelist-cli", "warn"),
    };
    kit_telemetry::Config {
        service_name: name.to_owned(),
        otlp_endpoint: args.otlp.clone(),
        log_format: match args.log_format {
            args::LogFormat::Text => LogFormat::Text,
            args::LogFormat::Json => LogFormat::Json,
        },
        filter: args.log.clone().unwrap_or_else(|| filter.to_owned()),
    }
}
