//! The guidance cases of a past programme: the file of 2024 gives the published tables, another file its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use contract::insights::v1::{GetReportRequest, Report, Scope};
use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use serde_json::{Value, json};

in_both_shapes!(the_cases_of_2024_give_the_published_tables, another_file_gives_its_own_numbers);

type Cells = BTreeMap<(String, String), i64>;

async fn the_cases_of_2024_give_the_published_tables(shape: Shape) {
    let deployment = whole(shape).await;
    let clients = deployment.clients();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024/guidance.csv");
    let expected = std::fs::read_to_string(file.with_extension("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();

    let said = import(&deployment, &file).await;
    assert_eq!([&said["stored"], &said["repeated"]], [35, 0].map(Value::from).each_ref());
    let shown = published(&clients, &expected).await;
    let said = import(&deployment, &file).await;
    assert_eq!([&said["stored"], &said["repeated"]], [0, 35].map(Value::from).each_ref());
    assert_eq!(published(&clients, &expected).await, shown, "twice is once");

    // The comparison finds what the report contradicts: here, of fig. 2-68 in 名古屋.
    let said = deployment.told(&["report", "contradictions", "--json"]).await;
    let text = said.to_string();
    assert!(text.contains("2-68") && text.contains("2-69"), "{text}");
}

/// Every table that the file of expectations names, as published; answers all cells.
async fn published(clients: &Clients, expected: &Value) -> BTreeMap<String, Cells> {
    let mut all = BTreeMap::new();
    for (place, rows) in expected.as_object().unwrap() {
        let Some((report, table)) = place.split_once('/') else { continue };
        let cells = cells(clients, (report, table), Scope::default()).await;
        for (row, columns) in rows.as_object().unwrap() {
            for (column, count) in columns.as_object().unwrap() {
                let at = (row.clone(), column.clone());
                assert_eq!(cells.get(&at).map(|count| json!(count)).as_ref(), Some(count), "{place} {at:?}");
            }
        }
        all.insert(place.clone(), cells);
    }
    let visits = cells(clients, ("visits", "by-theme"), Scope::default()).await;
    assert_eq!(json!(visits[&("total".to_owned(), "held".to_owned())]), expected["visits"]["total"]);
    all
}

/// A case of the other file.
struct Row {
    region: (&'static str, &'static str),
    expert: String,
    theme: usize,
    visits: i64,
    status: &'static str,
    company: &'static str,
}

async fn another_file_gives_its_own_numbers(shape: Shape) {
    let deployment = whole(shape).await;
    let clients = deployment.clients();
    let rows = made_up(&mut Chance::new(0x0b5e_55ed));
    let file = deployment.home().join("other.csv");
    std::fs::write(&file, csv(&rows)).unwrap();
    let said = import(&deployment, &file).await;
    assert_eq!(said["stored"], json!(rows.len()));

    let mut executed = Cells::new();
    let mut completion = Cells::new();
    let mut experts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let say = |cells: &mut Cells, row: &str, column: &str| {
        *cells.entry((row.to_owned(), column.to_owned())).or_default() += 1;
    };
    for row in &rows {
        let theme = format!("T{}", row.theme);
        say(&mut completion, &theme, "matched");
        say(&mut completion, &theme, row.status);
        if row.visits > 0 {
            say(&mut executed, row.region.1, &theme);
            experts.entry(row.region.1).or_default().insert(&row.expert);
        }
    }
    holds(&clients, ("themes-by-region", "executed"), &executed).await;
    holds(&clients, ("completion", "by-theme"), &completion).await;
    let by_region = cells(&clients, ("experts-and-cases", "by-region"), Scope::default()).await;
    for (region, experts) in &experts {
        let told = by_region[&((*region).to_owned(), "experts".to_owned())];
        assert_eq!(told, i64::try_from(experts.len()).unwrap(), "{region}");
    }
    let visits = cells(&clients, ("visits", "by-theme"), Scope::default()).await;
    let held: i64 = rows.iter().map(|row| row.visits).sum();
    assert_eq!(visits[&("total".to_owned(), "held".to_owned())], held);

    // One of the eight regions takes all that lies in it.
    let kinki = Scope { region: "kinki".to_owned(), ..Scope::default() };
    let narrowed = cells(&clients, ("themes-by-region", "executed"), kinki).await;
    let there = |row: &&Row| row.visits > 0 && ["27", "28", "kobe"].contains(&row.region.1);
    let count = i64::try_from(rows.iter().filter(there).count()).unwrap();
    assert_eq!(narrowed[&("total".to_owned(), "total".to_owned())], count);
}

/// What was counted stands in the table, and nothing else does.
async fn holds(clients: &Clients, table: (&str, &str), counted: &Cells) {
    let told = cells(clients, table, Scope::default()).await;
    let columns: BTreeSet<&String> = counted.keys().map(|(_, column)| column).collect();
    let inside = |(row, column): &(String, String)| row != "total" && columns.contains(column);
    let told: Cells = told.into_iter().filter(|(at, count)| inside(at) && *count > 0).collect();
    assert_eq!(&told, counted, "{table:?}");
}

fn made_up(chance: &mut Chance) -> Vec<Row> {
    let regions = [("大阪", "27"), ("神戸", "kobe"), ("兵庫県", "28"), ("福岡県", "40"), ("札幌", "sapporo")];
    let row = |_| {
        let status = chance.pick(&["completed", "completed", "completed", "ended_early", "withdrawn"]);
        let visits = match status {
            "completed" => 3,
            "ended_early" => chance.between(1, 2),
            _ => 0,
        };
        Row {
            region: chance.pick(&regions),
            expert: format!("X{:02}", chance.between(1, 30)),
            theme: 1 + chance.below(5),
            visits,
            status,
            company: if visits > 0 { chance.pick(&["◎", "○", "△", "不明"]) } else { "" },
        }
    };
    (0..180).map(row).collect()
}

fn csv(rows: &[Row]) -> String {
    let heading =
        "case,region,industry,expert,theme,visits,status,reason,expert_evaluation,company_evaluation\n".to_owned();
    rows.iter().enumerate().fold(heading, |mut text, (at, row)| {
        let reason = if row.status == "completed" { "" } else { "その他の事情" };
        let grade = if row.visits > 0 { "○" } else { "" };
        let Row { region, expert, theme, visits, status, company } = row;
        writeln!(text, "C{at:03},{},建設業,{expert},{theme},{visits},{status},{reason},{grade},{company}", region.0)
            .unwrap();
        text
    })
}

async fn whole(shape: Shape) -> Deployment {
    Deployment::start_with(built!(), shape, Settings { whole: true, ..Settings::default() }).await
}

async fn import(deployment: &Deployment, file: &Path) -> Value {
    deployment.told(&["import", "guidance", &file.display().to_string(), "--json"]).await
}

/// A table's numbers by row and column, once the reports have heard of everything.
async fn cells(clients: &Clients, (report, table): (&str, &str), scope: Scope) -> Cells {
    let report = self::report(clients, report, scope).await;
    let table = report.tables.iter().find(|one| one.table == table).expect("the table");
    let codes = |axis: &Option<contract::insights::v1::Axis>| -> Vec<String> {
        axis.iter().flat_map(|axis| &axis.entries).map(|entry| entry.code.clone()).collect()
    };
    let (rows, columns) = (codes(&table.rows), codes(&table.columns));
    let mut cells = Cells::new();
    for (row, line) in rows.iter().zip(&table.lines) {
        for (column, cell) in columns.iter().zip(&line.cells) {
            cells.extend(cell.value.map(|value| ((row.clone(), column.clone()), value)));
        }
    }
    cells
}

async fn report(clients: &Clients, name: &str, scope: Scope) -> Report {
    let at_least = vec![clients.head("engagement").await];
    let request = GetReportRequest { report: name.to_owned(), scope: Some(scope), at_least, ..Default::default() };
    clients.reports().get_report(request).await.unwrap().into_inner().report.unwrap()
}
