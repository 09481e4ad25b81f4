//! An import while something dies (-9): every process in turn, NATS, and the import itself. Run again, it finishes, and
//! every reader shows what the model says: nothing lost, nothing twice.

use std::path::PathBuf;
use std::time::Duration;

use end_to_end::chance::Chance;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::model::Model;
use end_to_end::wait::until;
use end_to_end::{built, file, generate, readback};

in_both_shapes!(whatever_is_killed_the_import_finishes_by_running_it_again);

const PEOPLE: usize = 1_000;
/// Three messages of the import: after the first there is time to kill.
const ROWS: usize = 1_100;
/// An import of so many rows, on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

async fn whatever_is_killed_the_import_finishes_by_running_it_again(shape: Shape) {
    let mut deployment = Deployment::start(built!(), shape).await;
    let mut chance = Chance::new(0xdead);
    let mut model = Model::default();
    let victims = match shape {
        Shape::Embedded => vec!["all", "import"],
        Shape::Distributed => vec!["survey", "registry", "search", "nats", "import"],
    };
    for (round, victim) in victims.into_iter().enumerate() {
        let path = made_up_file(&deployment, &mut chance, &mut model, round);
        import_while_killing(&mut deployment, victim, &path).await;
        let again = deployment.import(&path).await;
        assert_eq!(again["rows"], ROWS, "{victim}: {again}");
        assert_eq!(readback::statistics(&deployment.clients()).await, model.statistics(), "after {victim} died");
    }
    readback::assert_shows(&deployment.clients(), &model).await;
}

fn made_up_file(deployment: &Deployment, chance: &mut Chance, model: &mut Model, round: usize) -> PathBuf {
    let first = i64::try_from(round).unwrap() * 150_000 + 1;
    let rows = generate::campaign(chance, first..first + 150_000, PEOPLE, ROWS);
    let path = deployment.home().join(format!("round-{round}.csv"));
    file::write_plainly(&path, &rows);
    // What a plain file has no column for is not said.
    model.import(&file::read(&path));
    path
}

async fn import_while_killing(deployment: &mut Deployment, victim: &str, path: &std::path::Path) {
    let clients = deployment.clients();
    let before = readback::statistics(&clients).await.received;
    let mut import = deployment.begin_import(path);
    let stored = until("the first rows to be stored", BOUND, async || {
        let stored = readback::statistics(&clients).await.received - before;
        (stored > 0).then_some(stored)
    })
    .await;
    assert!(stored < i64::try_from(ROWS - 1).unwrap(), "{victim} is killed in the middle");
    match victim {
        "import" => return import.kill(),
        "nats" => {
            let nats = deployment.nats.as_mut().unwrap();
            nats.process.kill();
            nats.process.restart().await;
        }
        part => {
            deployment.part(part).kill();
            deployment.part(part).restart().await;
        }
    }
    let ended = until("the import to end", BOUND, async || import.has_ended()).await;
    assert!([Some(0), Some(1)].contains(&ended.code()), "{victim}: {ended}: {}", import.stderr());
}
