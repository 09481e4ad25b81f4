//! OR-Tools finds no better assignment, and none that is as good and changes less.

use std::io::Write;
use std::process::{Command, Stdio};

use matching::domain::assign::{Link, Problem, Scope, Totals, solve};
use serde_json::{Value, json};

use crate::instance::{Chance, Shape, problem};
use crate::optimum::holds_together;

/// The problem as `oracle.py` reads it.
fn written(problem: &Problem, by: &str) -> Value {
    let links = |links: &[Link]| links.iter().map(|link| json!([link.request, link.expert])).collect::<Vec<_>>();
    let (requests, experts) = (&problem.requests, &problem.experts);
    let quota = |scope: &Scope| match scope {
        Scope::Programme(programme) => (None, Some(programme.clone())),
        Scope::Region(region) => (Some(region.clone()), None),
        Scope::ProgrammeInRegion { programme, region } => (Some(region.clone()), Some(programme.clone())),
    };
    json!({
        "by": by,
        "requests": requests.iter().map(|one| json!({"id": one.id, "region": one.region, "programme": one.programme}))
            .collect::<Vec<_>>(),
        "experts": experts.iter().map(|one| json!({"id": one.id, "capacity": one.capacity, "load": one.load}))
            .collect::<Vec<_>>(),
        "pairs": problem.pairs.iter().map(|pair| json!([pair.request, pair.expert, pair.score])).collect::<Vec<_>>(),
        "fixed": links(&problem.fixed),
        "forbidden": links(&problem.forbidden),
        "current": links(&problem.current),
        "quotas": problem.quotas.iter().map(|one| {
            let (region, programme) = quota(&one.scope);
            json!({"region": region, "programme": programme, "at_most": one.at_most})
        }).collect::<Vec<_>>(),
    })
}

/// What OR-Tools says the problems are worth, in their order.
fn asked(problems: &[(Problem, &str)]) -> Vec<Totals> {
    let python = std::env::var("ACTIVELIST_TEST_ORACLE")
        .expect("ACTIVELIST_TEST_ORACLE names a Python that has OR-Tools: run the tests by deploy/dev/with-servers");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for (problem, by) in problems {
        writeln!(file, "{}", written(problem, by)).unwrap();
    }
    file.flush().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/assign/oracle.py");
    let output = Command::new(python).arg(script).arg(file.path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let total = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let level = |name: &str| line[name].as_u64().unwrap();
        Totals { served: level("served"), score: level("score"), spread: level("spread"), changed: level("changed") }
    };
    String::from_utf8(output.stdout).unwrap().lines().map(total).collect()
}

fn compare(problems: &[(Problem, &str)]) {
    let found = asked(problems);
    assert_eq!(found.len(), problems.len());
    for (number, ((problem, _), found)) in problems.iter().zip(found).enumerate() {
        let solution = solve(problem).unwrap();
        assert_eq!(solution.totals, found, "instance {number}");
        holds_together(problem, &solution);
    }
}

#[test]
fn two_hundred_small_ones_with_every_kind_of_constraint() {
    let problems: Vec<(Problem, &str)> = (0..200)
        .map(|seed| {
            let mut chance = Chance(seed);
            let shape = Shape {
                requests: 6 + chance.below(15),
                experts: 3 + chance.below(8),
                feasible: 20 + chance.below(50),
                score: [3, 20, 1_000_000][seed as usize % 3],
                capacity: 1 + chance.below(4),
                load: chance.below(4),
                settled: 45,
                quotas: 1 + chance.below(5),
            };
            (problem(shape, seed), "levels")
        })
        .collect();
    let with = |kind: fn(&Problem) -> bool| problems.iter().filter(|(problem, _)| kind(problem)).count();
    let kinds = [
        with(|problem| !problem.fixed.is_empty()),
        with(|problem| !problem.forbidden.is_empty()),
        with(|problem| !problem.current.is_empty()),
        with(|problem| !problem.quotas.is_empty()),
        with(|problem| solve(problem).unwrap().totals.served < problem.requests.len() as u64),
    ];
    assert!(kinds.iter().all(|&count| count > 100), "each kind stands in most of them: {kinds:?}");
    compare(&problems);
}

#[test]
fn a_thousand_requests_and_a_thousand_experts() {
    let usual = Shape {
        requests: 1_000,
        experts: 1_000,
        feasible: 5,
        score: 1_000,
        capacity: 3,
        load: 3,
        settled: 0,
        quotas: 0,
    };
    let shapes = [
        usual,
        Shape { score: 1_000_000, capacity: 1, settled: 30, ..usual },
        Shape { experts: 300, feasible: 15, settled: 30, quotas: 5, ..usual },
        Shape { score: 5, capacity: 2, settled: 10, quotas: 3, ..usual },
    ];
    compare(&shapes.iter().zip(1..).map(|(&shape, seed)| (problem(shape, seed), "flow")).collect::<Vec<_>>());
}
