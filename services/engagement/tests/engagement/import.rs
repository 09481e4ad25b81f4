//! A past programme taken over: the tables of the report come out, and nothing is half imported.

use std::collections::BTreeMap;

use contract::engagement::v1::*;

use crate::stage::{Stage, faults_of, reason_of};

on_both!(
    the_35_cases_of_2024_give_the_tables_of_the_report,
    the_same_rows_again_change_nothing,
    every_fault_is_told_by_row_and_column_and_nothing_is_stored,
    another_file_gives_its_own_cases,
);

const FILE: &str = include_str!("../../../../tests/data/fy2024/guidance.csv");

fn rows() -> Vec<GuidanceRow> {
    let mut reader = csv::Reader::from_reader(FILE.as_bytes());
    let row = |cells: csv::StringRecord| {
        let mut cells = cells.iter().map(str::to_owned);
        let mut next = || cells.next().unwrap();
        GuidanceRow {
            case: next(),
            region: next(),
            industry: next(),
            expert: next(),
            theme: next(),
            visits: next(),
            status: next(),
            reason: next(),
            expert_evaluation: next(),
            company_evaluation: next(),
        }
    };
    reader.records().map(|cells| row(cells.unwrap())).collect()
}

fn request(rows: Vec<GuidanceRow>) -> ImportGuidanceRequest {
    ImportGuidanceRequest {
        programme: "2024".to_owned(),
        rows,
        source: "guidance.csv".to_owned(),
        ..Default::default()
    }
}

async fn import(stage: &Stage, rows: Vec<GuidanceRow>) -> ImportGuidanceResponse {
    stage.operator().import_guidance(request(rows)).await.unwrap().into_inner()
}

async fn cases(stage: &Stage) -> Vec<CaseFacts> {
    let request = ListCasesRequest { page_size: 200, ..Default::default() };
    let cases = stage.operator().list_cases(request).await.unwrap().into_inner().cases;
    cases.into_iter().map(|case| case.facts.unwrap()).collect()
}

fn counts<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

/// Counts per theme, T1 to T5.
fn by_theme(cases: &[&CaseFacts]) -> [usize; 5] {
    ["T1", "T2", "T3", "T4", "T5"].map(|theme| cases.iter().filter(|case| case.theme == theme).count())
}

async fn the_35_cases_of_2024_give_the_tables_of_the_report(stage: &Stage) {
    let done = import(stage, rows()).await;
    assert_eq!((done.stored, done.repeated_rows, done.token.is_some()), (35, 0, true));
    let all = cases(stage).await;
    // Fig. 2-70: matched by theme, and how they ended.
    assert_eq!(by_theme(&all.iter().collect::<Vec<_>>()), [16, 4, 3, 5, 7]);
    let states = counts(all.iter().map(CaseFacts::state));
    assert_eq!(states.into_values().collect::<Vec<_>>(), [32, 2, 1]);
    // 2.2.7 and fig. 2-53: executed by region and theme, and all visits.
    let executed: Vec<_> = all.iter().filter(|case| case.state() != CaseState::Withdrawn).collect();
    let region = |code: &str| {
        let of: Vec<_> = executed.iter().filter(|case| case.region.as_ref().unwrap().code == code).copied().collect();
        by_theme(&of)
    };
    assert_eq!((region("27"), region("nagoya"), region("11")), ([10, 1, 1, 1, 4], [2, 2, 2, 4, 3], [3, 1, 0, 0, 0]));
    assert_eq!(executed.iter().map(|case| case.visits.len()).sum::<usize>(), 100);
    // Fig. 2-54: experts who guided, by region.
    let experts = counts(
        executed
            .iter()
            .map(|case| (case.region.as_ref().unwrap().ja.clone(), case.expert.clone()))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .map(|(region, _)| region),
    );
    assert_eq!(
        experts.into_iter().collect::<Vec<_>>(),
        [("名古屋".to_owned(), 6), ("埼玉県".to_owned(), 3), ("大阪府".to_owned(), 7)]
    );
    // Fig. 2-72: answers of both sides by theme.
    let group = |theme: &str, outcome: fn(&CaseFacts) -> &Option<Outcome>| {
        use OutcomeGroup::{Able, Strong, Unknown, Weak};
        let of = executed.iter().filter(|case| case.theme == theme).filter_map(|case| outcome(case).as_ref());
        let groups: Vec<_> = of.map(Outcome::group).collect();
        [Strong, Able, Weak, Unknown].map(|group| groups.iter().filter(|one| **one == group).count())
    };
    let expert = |theme| group(theme, |case| &case.expert_outcome);
    let company = |theme| group(theme, |case| &case.company_outcome);
    let themes = ["T1", "T2", "T3", "T4", "T5"];
    assert_eq!(themes.map(expert), [[3, 11, 1, 0], [3, 1, 0, 0], [1, 2, 0, 0], [1, 3, 1, 0], [4, 2, 1, 0]]);
    assert_eq!(themes.map(company), [[9, 5, 1, 0], [1, 3, 0, 0], [0, 2, 1, 0], [3, 2, 0, 0], [1, 4, 1, 1]]);

    // Fig. 2-56, row 13, in the expert's track record; and nobody is reminded of the past.
    let ask = GetTrackRecordRequest { expert: "experts/imported-2024-E13".to_owned() };
    let record = stage.operator().get_track_record(ask).await.unwrap().into_inner().track_record.unwrap();
    let themes: Vec<_> = record.themes.iter().map(|theme| (theme.code.as_str(), theme.count)).collect();
    assert_eq!((themes, record.completed, record.visits), (vec![("T1", 2), ("T3", 1), ("T5", 1)], 4, 12));
    assert!(all.iter().all(|case| case.due.is_none() && !case.imported_as.is_empty()));
    let told = stage.events().await;
    let kinds = counts(told.iter().map(|event| event.aggregate_type.clone()));
    assert_eq!((kinds["case"], kinds["track_record"]), (35, 16), "E17 has done nothing");
    let withdrawn = all.iter().find(|case| case.imported_as == "G26").unwrap();
    let steps = stage.history(&format!("cases/{}", withdrawn.case_id)).await;
    assert_eq!((steps.len(), steps[0].cause.as_str(), steps[0].to.as_str()), (1, "IMPORTED", "withdrawn"));
    assert_eq!(steps[0].reason, "社内の体制を整えられない");
}

async fn the_same_rows_again_change_nothing(stage: &Stage) {
    import(stage, rows()).await;
    let before = stage.events().await.len();
    let mut spelt = rows();
    spelt[0].theme = "T5".to_owned();
    spelt[0].region = "大阪府".to_owned();
    spelt[0].status = "完了".to_owned();
    let again = import(stage, spelt).await;
    assert_eq!((again.stored, again.repeated_rows, again.token), (0, 35, None));
    assert_eq!(stage.events().await.len(), before);
    // One row more is one case more; one that says otherwise is a fault.
    let mut more = rows();
    more.push(GuidanceRow { case: "G36".to_owned(), ..more[1].clone() });
    let checked = ImportGuidanceRequest { validate_only: true, ..request(more.clone()) };
    let checked = stage.operator().import_guidance(checked).await.unwrap().into_inner();
    assert_eq!((checked.stored, checked.repeated_rows, stage.events().await.len()), (1, 35, before));
    assert_eq!(import(stage, more.clone()).await.stored, 1);
    more[3].theme = "2".to_owned();
    let refused = stage.operator().import_guidance(request(more)).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("rows[3].case".to_owned(), "DIFFERS".to_owned())]);
}

async fn every_fault_is_told_by_row_and_column_and_nothing_is_stored(stage: &Stage) {
    let mut bad = rows();
    bad[1].region = "江戸".to_owned();
    bad[1].theme = "6".to_owned();
    bad[2].expert = "見本 花子".to_owned();
    bad[3].visits = "4".to_owned();
    bad[4].visits = "2".to_owned();
    bad[5].status = "done".to_owned();
    bad[6].reason = String::new();
    bad[7].case = "G01".to_owned();
    bad[8].expert_evaluation = "×".to_owned();
    bad[9].industry = String::new();
    bad[25].company_evaluation = "○".to_owned();
    let expected = [
        (1, "region", "UNKNOWN_CODE"),
        (1, "theme", "UNKNOWN_CODE"),
        (2, "expert", "BAD_LABEL"),
        (3, "visits", "OUT_OF_RANGE"),
        (4, "visits", "VISITS_DO_NOT_FIT"),
        (5, "status", "UNKNOWN_CODE"),
        (6, "reason", "REQUIRED"),
        (7, "case", "REPEATED"),
        (8, "expert_evaluation", "UNKNOWN_CODE"),
        (9, "industry", "REQUIRED"),
        (25, "company_evaluation", "NOT_HERE"),
    ];
    let refused = stage.operator().import_guidance(request(bad.clone())).await.unwrap_err();
    let located = expected.map(|(row, column, reason)| (format!("rows[{row}].{column}"), reason.to_owned()));
    assert_eq!(faults_of(&refused), located);
    let checked = ImportGuidanceRequest { validate_only: true, ..request(bad) };
    let checked = stage.operator().import_guidance(checked).await.unwrap().into_inner();
    let told: Vec<_> = checked.faults.iter().map(|f| (f.row, f.column.as_str(), f.reason.as_str())).collect();
    assert_eq!(told, expected);
    assert!(cases(stage).await.is_empty() && stage.events().await.is_empty());
    let nobody = stage.counsellor().import_guidance(request(rows())).await.unwrap_err();
    assert_eq!(nobody.code(), tonic::Code::PermissionDenied, "{}", reason_of(&nobody));
}

async fn another_file_gives_its_own_cases(stage: &Stage) {
    let row = |case: &str, region: &str, theme: &str, status: &str, visits: &str| GuidanceRow {
        case: case.to_owned(),
        region: region.to_owned(),
        industry: "漁業".to_owned(),
        expert: "S-9".to_owned(),
        theme: theme.to_owned(),
        visits: visits.to_owned(),
        status: status.to_owned(),
        reason: if status == "completed" { String::new() } else { "繁忙".to_owned() },
        ..Default::default()
    };
    let rows = vec![
        row("K-1", "札幌", "2", "completed", "3"),
        row("K-2", "福岡", "クラウドサービスの安全利用", "ended_early", "1"),
        row("K-3", "福岡", "T5", "withdrawn", "0"),
    ];
    assert_eq!(import(stage, rows).await.stored, 3);
    let all = cases(stage).await;
    let places: Vec<_> = all.iter().map(|case| case.region.clone().unwrap().code).collect();
    assert_eq!(places, ["sapporo", "40", "40"]);
    assert_eq!(all[1].company_outcome, None, "nobody answered");
    let ask = GetTrackRecordRequest { expert: "experts/imported-2024-S-9".to_owned() };
    let record = stage.operator().get_track_record(ask).await.unwrap().into_inner().track_record.unwrap();
    assert_eq!((record.cases, record.completed, record.ended_early, record.visits), (2, 1, 1, 4));
}
