//! `bench search`: every engine answers alike, and the figures are where they were asked for.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use activelist::args::Args;
use activelist::failure::{Exit, Failure};
use activelist::output::Output;
use clap::Parser as _;

async fn bench(words: &[&str]) -> (Result<Exit, Failure>, String) {
    let args = Args::try_parse_from([&["activelist", "bench", "search"], words].concat()).unwrap();
    let (mut out, kept) = Output::captured();
    (activelist::command(&args.command, &mut out).await, kept.out())
}

#[cfg(not(feature = "bench"))]
#[tokio::test]
async fn a_program_without_the_engines_says_how_to_build_one_with_them() {
    let (done, _) = bench(&[]).await;
    let failure = done.unwrap_err();
    assert_eq!(failure.exit, Exit::BadInput);
    assert!(failure.advice.contains("--features bench"), "{}", failure.advice);
}

#[cfg(feature = "bench")]
#[tokio::test(flavor = "multi_thread")]
async fn engines_answer_alike_and_figures_are_shown_kept_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (json, chart) = (path("figures.json"), path("figures.svg"));
    let words =
        ["--experts", "150,700", "--queries", "120", "--seed", "9", "--grpc", "--json", &json, "--chart", &chart];
    let (done, said) = bench(&words).await;
    assert_eq!(done, Ok(Exit::Done));
    let figures: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    for (size, experts) in figures["sizes"].as_array().unwrap().iter().zip([150, 700]) {
        assert_eq!((size["experts"].as_u64(), size["verified"].as_u64()), (Some(experts), Some(120)));
        let engines = size["engines"].as_array().unwrap();
        for engine in ["tantivy", "activelist"] {
            let engine = engines.iter().find(|found| found["name"].as_str().unwrap().starts_with(engine)).unwrap();
            for figure in ["structured", "phrase", "phrase_again"] {
                let (p50, p99) =
                    (engine[figure]["p50_us"].as_f64().unwrap(), engine[figure]["p99_us"].as_f64().unwrap());
                assert!(0.0 < p50 && p50 <= p99, "{engine}");
            }
            assert!(engine["bytes_per_expert"].as_f64().unwrap() > 0.0);
        }
        assert!(size["grpc"]["changes_per_second"].as_f64().unwrap() > 0.0);
    }
    assert!(said.contains("tantivy") && said.contains("150") && said.contains("700"), "{said}");
    let chart = std::fs::read_to_string(chart).unwrap();
    assert!(chart.starts_with("<svg") && chart.ends_with("</svg>\n") && chart.contains("tantivy"));
}
