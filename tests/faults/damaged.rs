//! A database file that is damaged: the program does not start on it, and says which it is.

use std::fs;
use std::path::PathBuf;

use end_to_end::built;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::process::GRACE;
use end_to_end::wait::until;

#[tokio::test]
async fn the_program_names_the_damaged_file_and_does_not_start() {
    let mut deployment = Deployment::start(built!(), Shape::Embedded).await;
    assert!(deployment.part("all").stop().await.success());
    let files: Vec<_> = fs::read_dir(deployment.data()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let open = files.iter().find(|file| file.to_string_lossy().ends_with("-wal"));
    assert_eq!(open, None, "a file is whole without what stood beside it");
    let is_database = |file: &&PathBuf| file.extension().is_some_and(|extension| extension == "db");
    let databases: Vec<_> = files.iter().filter(is_database).collect();
    assert!(databases.len() >= 5, "{databases:?}");
    for file in databases {
        let sound = fs::read(file).unwrap();
        let mut damaged = sound.clone();
        // Behind the header, in the first pages of tables.
        damaged[4_096..12_288].fill(0xa5);
        fs::write(file, damaged).unwrap();
        let program = deployment.part("all");
        let before = program.stderr().len();
        program.restart_unready();
        let status = program.ended().await;
        assert!(status.code().is_some_and(|code| code != 0), "{}: {status}", file.display());
        let name = file.display().to_string();
        until(&format!("{name} to be named"), GRACE, async || program.stderr()[before..].contains(&name).then_some(()))
            .await;
        fs::write(file, sound).unwrap();
    }
    deployment.part("all").restart().await;
}
