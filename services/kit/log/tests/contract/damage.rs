//! A SQLite file that cannot be trusted.

use std::fs;
use std::path::Path;

use kit_log::Error;
use kit_log::sql::Database;

use crate::positions::whole;
use crate::world::{Service, World, write};

async fn refused_by_name(world: &World, file: &Path) {
    let url = format!("sqlite:{}", file.display());
    match Service::open("survey", url, world.deps().await).await {
        Err(Error::Corrupt(text)) => assert!(text.contains(file.to_str().unwrap()), "{text}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was opened"),
    }
}

pub(crate) async fn a_damaged_file_is_refused_by_name(world: &World) {
    let service = world.service("survey").await;
    for number in 0..300 {
        service.write(&format!("item-{number}"), "value").await;
    }
    service.stop().await;
    let sound = world.folder().join("survey.db");
    let content = fs::read(&sound).unwrap();
    let pages = content.len() / 4096;
    assert!(pages > 20);
    // Each page in turn, as a disk might lose it; the first holds the schema, the others tables and indexes.
    for page in [0, 1, 2, pages / 2, pages - 2] {
        let mut damaged = content.clone();
        let start = page * 4096;
        damaged[start..start + 4096].fill(0xa5);
        let file = world.folder().join(format!("damaged-{page}.db"));
        fs::write(&file, damaged).unwrap();
        refused_by_name(world, &file).await;
    }
    // Cut off.
    let file = world.folder().join("short.db");
    fs::write(&file, &content[..content.len() / 2]).unwrap();
    refused_by_name(world, &file).await;
    // The sound one still opens.
    world.service("survey").await.stop().await;
}

pub(crate) async fn what_is_no_database_is_refused_by_name(world: &World) {
    let text = world.folder().join("text.db");
    fs::write(&text, "registration number,name\n".repeat(1_000)).unwrap();
    refused_by_name(world, &text).await;
    refused_by_name(world, world.folder()).await;
    refused_by_name(world, &world.folder().join("absent").join("survey.db")).await;
}

pub(crate) async fn a_full_disk_is_told_and_reading_goes_on(world: &World) {
    let service = world.service("survey").await;
    service.write("before", "it").await;
    let Database::Sqlite { write: connection, .. } = service.log.database() else { panic!("on SQLite") };
    // As many pages as it has: the next one does not fit.
    sqlx::query("PRAGMA max_page_count = 1").execute(connection).await.unwrap();
    let full = write(&service.log, "full", &"x".repeat(100_000)).await;
    assert!(matches!(full, Err(Error::Full(_))), "{full:?}");
    assert_eq!(service.items().await, [("before".to_owned(), "it".to_owned())]);
    assert_eq!(whole(&service.log).await.len(), 1);
    // That limit went with the connection, which the writer does not use again after a failure.
    service.write("after", "it").await;
    assert_eq!(service.head().await.position, 2);
    service.stop().await;
}
