//! Bad files through the command line: exit code 2, the line and the column on stderr, and nothing stored.

use std::path::PathBuf;

use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::submission::Submission;
use end_to_end::{file, generate, readback};

in_both_shapes!(a_bad_file_is_refused_by_line_and_column);

/// What is done to the lines of a good file; then the words that stderr has to hold.
struct Spoiled {
    name: &'static str,
    spoil: fn(&mut Vec<Vec<String>>),
    told: &'static [&'static str],
}

fn column(lines: &[Vec<String>], heading: &str) -> usize {
    lines[0].iter().position(|cell| cell == heading).expect("a column of every file")
}

fn set(lines: &mut [Vec<String>], line: usize, heading: &str, cell: &str) {
    let column = column(lines, heading);
    cell.clone_into(&mut lines[line - 1][column]);
}

const SPOILED: [Spoiled; 12] = [
    Spoiled {
        name: "a column is missing",
        spoil: |lines| {
            let gone = column(lines, "registration_number");
            lines.iter_mut().for_each(|line| drop(line.remove(gone)));
        },
        told: &["1", "registration_number", "MISSING_COLUMN"],
    },
    Spoiled {
        name: "a skill column is missing",
        spoil: |lines| {
            let gone = column(lines, "S4b2");
            lines.iter_mut().for_each(|line| drop(line.remove(gone)));
        },
        told: &["1", "S4b2", "MISSING_COLUMN"],
    },
    Spoiled {
        name: "a column stands twice, under two headings",
        spoil: |lines| {
            lines[0].push("居住地".to_owned());
            lines.iter_mut().skip(1).for_each(|line| line.push(String::new()));
        },
        told: &["1", "居住地", "DOUBLED_COLUMN"],
    },
    Spoiled {
        name: "a column is unknown",
        spoil: |lines| {
            lines[0].push("shoe_size".to_owned());
            lines.iter_mut().skip(1).for_each(|line| line.push(String::new()));
        },
        told: &["1", "shoe_size", "UNKNOWN_COLUMN"],
    },
    Spoiled {
        name: "a code is unknown",
        spoil: |lines| set(lines, 3, "residence", "月"),
        told: &["3", "residence", "UNKNOWN_CODE"],
    },
    Spoiled {
        name: "a skill answer of 4",
        spoil: |lines| set(lines, 4, "S1a1", "4"),
        told: &["4", "S1a1", "OUT_OF_RANGE"],
    },
    Spoiled {
        name: "33 of 34",
        spoil: |lines| {
            let first = column(lines, "S1a1");
            lines[4][first..first + 34].fill("2".to_owned());
            set(lines, 5, "S6a5", "");
        },
        told: &["5", "S6a5", "INCOMPLETE_GROUP"],
    },
    Spoiled {
        name: "51 characters",
        spoil: |lines| set(lines, 6, "self_pr", &"字".repeat(51)),
        told: &["6", "self_pr", "TOO_LONG"],
    },
    Spoiled {
        name: "a number with letters",
        spoil: |lines| set(lines, 7, "registration_number", "12A456"),
        told: &["7", "registration_number", "BAD_NUMBER"],
    },
    Spoiled {
        name: "no consent said",
        spoil: |lines| set(lines, 8, "listing_consent", ""),
        told: &["8", "listing_consent", "REQUIRED"],
    },
    Spoiled {
        name: "no time",
        spoil: |lines| set(lines, 9, "submitted_at", "yesterday"),
        told: &["9", "submitted_at"],
    },
    Spoiled {
        name: "somebody else's number",
        spoil: |lines| {
            let number = lines[10][column(lines, "registration_number")].clone();
            for (heading, cell) in [
                ("registration_number", number.as_str()),
                ("name", "別人 太郎"),
                ("name_kana", "ベツジン タロウ"),
                ("email", "stranger@example.jp"),
            ] {
                set(lines, 12, heading, cell);
            }
        },
        told: &["12", "registration_number"],
    },
];

async fn a_bad_file_is_refused_by_line_and_column(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    let good = good_file(&deployment);
    for Spoiled { name, spoil, told } in SPOILED {
        let mut lines = good.clone();
        spoil(&mut lines);
        let path = write(&deployment, &lines);
        let ended = import(&deployment, &path).await;
        assert_eq!(ended.code, Some(2), "{name}: {ended:?}");
        let line = ended.err.lines().find(|line| told.iter().all(|word| words(line).any(|found| found == *word)));
        assert!(line.is_some(), "{name}: no line of stderr names {told:?}:\n{}", ended.err);
    }
    for path in no_files(&deployment) {
        let ended = import(&deployment, &path).await;
        assert_eq!(ended.code, Some(2), "{}: {ended:?}", path.display());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(ended.err.contains(&name), "{name}: {}", ended.err);
    }
    assert_eq!(readback::statistics(&clients).await, Default::default(), "nothing was stored");
    // All that was ever told is which policy is in force.
    assert_eq!([clients.head("survey").await.position, clients.head("registry").await.position], [1, 0]);

    // The file that was spoiled is a good one.
    let rows = good.len() - 1;
    let said = deployment.import(&write(&deployment, &good)).await;
    assert_eq!(said["stored"], rows, "{said}");
}

async fn import(deployment: &Deployment, path: &std::path::Path) -> end_to_end::command::Ended {
    deployment.command(&["import", "survey", &path.display().to_string()]).await
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace()
}

/// The lines of a file that is in order; the first one holds the headings.
fn good_file(deployment: &Deployment) -> Vec<Vec<String>> {
    let rows = generate::campaign(&mut Chance::new(3), 1..1_000_000, 24, 30);
    let mut seen = std::collections::BTreeSet::new();
    let once: Vec<Submission> = rows.into_iter().filter(|row| seen.insert(row.number().to_owned())).collect();
    let path = deployment.home().join("good.csv");
    file::write_plainly(&path, &once);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).unwrap();
    // Records are lines: no cell holds a line break.
    let record = |record: csv::StringRecord| record.iter().map(|cell| cell.replace('\n', " ")).collect();
    reader.records().map(|row| record(row.unwrap())).collect()
}

fn write(deployment: &Deployment, lines: &[Vec<String>]) -> PathBuf {
    let path = deployment.home().join("spoiled.csv");
    let mut writer = csv::Writer::from_path(&path).unwrap();
    lines.iter().for_each(|line| writer.write_record(line).unwrap());
    writer.flush().unwrap();
    path
}

/// Nothing in it, headings only, white space, bytes that are no text, a directory, and nothing at all.
fn no_files(deployment: &Deployment) -> Vec<PathBuf> {
    let at = |name: &str| deployment.home().join(name);
    let headings: Vec<String> = good_file(deployment).swap_remove(0);
    std::fs::write(at("empty.csv"), "").unwrap();
    std::fs::write(at("headings.csv"), headings.join(",") + "\n").unwrap();
    std::fs::write(at("blank.csv"), " \n\n").unwrap();
    std::fs::write(at("noise.csv"), [0x93, 0x6f, 0x98, 0x5e, 0x94, 0xd4, 0x8d, 0x86]).unwrap();
    std::fs::create_dir_all(at("directory.csv")).unwrap();
    ["empty.csv", "headings.csv", "blank.csv", "noise.csv", "directory.csv", "absent.csv"].map(at).to_vec()
}
