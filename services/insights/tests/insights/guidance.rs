//! The 35 matches of 2024 (figs. 2-39, 2-53 to 2-56, 2-64, 2-69, 2-70, 2-72 to 2-77). What is expected stands in the report,
//! or is counted again from the rows.

use contract::engagement::v1::*;
use contract::insights::v1::{Population, ReportState};
use kit_log::{NewEvent, wire_time};
use serde_json::Value;

use crate::read::{cell, row, rows, table};
use crate::stage::{Stage, at, event};

const ROWS: &str = include_str!("../../../../tests/data/fy2024/guidance.csv");
const THEMES: [&str; 6] = ["T1", "T2", "T3", "T4", "T5", "total"];

on_both!(
    the_figures_of_the_report_come_out_again,
    what_each_expert_did_and_what_came_of_it,
    what_the_events_say_nothing_of_has_no_data,
);

/// A row, as the file has it.
struct Match {
    case: String,
    region: &'static str,
    industry: String,
    expert: String,
    theme: String,
    visits: i32,
    status: String,
    by_expert: OutcomeGroup,
    by_company: OutcomeGroup,
}

fn group(sign: &str) -> OutcomeGroup {
    match sign {
        "◎" => OutcomeGroup::Strong,
        "○" => OutcomeGroup::Able,
        "△" => OutcomeGroup::Weak,
        "不明" => OutcomeGroup::Unknown,
        _ => OutcomeGroup::Unspecified,
    }
}

fn matches() -> Vec<Match> {
    let read = |row: csv::StringRecord| Match {
        case: row[0].to_owned(),
        region: match &row[1] {
            "大阪" => "27",
            "名古屋" => "nagoya",
            "埼玉" => "11",
            other => panic!("{other}"),
        },
        industry: kit_vocabulary::company_industries().find(&row[2]).unwrap().code.clone(),
        expert: row[3].to_owned(),
        theme: format!("T{}", &row[4]),
        visits: row[5].parse().unwrap(),
        status: row[6].to_owned(),
        by_expert: group(&row[8]),
        by_company: group(&row[9]),
    };
    csv::Reader::from_reader(ROWS.as_bytes()).records().map(|row| read(row.unwrap())).collect()
}

fn case(one: &Match) -> NewEvent {
    let begin = Some(wire_time(at("2024-11-01T00:00:00+09:00")));
    let said = |group: OutcomeGroup| {
        (group != OutcomeGroup::Unspecified).then(|| Outcome { group: group.into(), ..Outcome::default() })
    };
    let visit =
        |number| Visit { number, state: VisitState::Confirmed.into(), theme: one.theme.clone(), ..Visit::default() };
    let facts = CaseFacts {
        case_id: format!("id-{}", one.case),
        programme: "2024".to_owned(),
        region: Some(Region { code: one.region.to_owned(), ..Region::default() }),
        company: Some(CompanySnapshot {
            company: format!("companies/imported-2024-{}", one.case),
            industry: one.industry.clone(),
            ..CompanySnapshot::default()
        }),
        expert: format!("experts/imported-2024-{}", one.expert),
        state: match one.status.as_str() {
            "completed" => CaseState::Completed,
            "ended_early" => CaseState::EndedEarly,
            "withdrawn" => CaseState::Withdrawn,
            other => panic!("{other}"),
        }
        .into(),
        theme: one.theme.clone(),
        themes: vec![ThemePeriod { theme: one.theme.clone(), ..ThemePeriod::default() }],
        visits: (1..=one.visits).map(visit).collect(),
        company_outcome: said(one.by_company),
        expert_outcome: said(one.by_expert),
        company_accept_time: begin,
        expert_accept_time: begin,
        create_time: begin,
        imported_as: one.case.clone(),
        ..CaseFacts::default()
    };
    event("case", &facts.case_id.clone(), &CaseChanged { facts: Some(facts), ..CaseChanged::default() })
}

async fn imported(stage: &Stage) -> Vec<Match> {
    let matches = matches();
    stage.emit("engagement", matches.iter().map(case).collect()).await;
    matches
}

async fn the_figures_of_the_report_come_out_again(stage: &Stage) {
    imported(stage).await;
    let reports = stage.reports().await;

    let themes = reports.of_2024("themes-by-region").await;
    // Fig. 2-53.
    let executed = table(&themes, "executed");
    assert_eq!((executed.figure.as_str(), executed.size), ("2-53", 34));
    assert_eq!(executed.population(), Population::Executed);
    assert_eq!(rows(executed), ["11", "nagoya", "27", "total"], "in the order of the code list");
    assert_eq!(row(executed, "27", THEMES), [10, 1, 1, 1, 4, 17]);
    assert_eq!(row(executed, "nagoya", THEMES), [2, 2, 2, 4, 3, 13]);
    assert_eq!(row(executed, "11", THEMES), [3, 1, 0, 0, 0, 4]);
    assert_eq!(row(executed, "total", THEMES), [15, 4, 3, 5, 7, 34]);
    // Fig. 2-70; fig. 2-68 contradicts it.
    let matched = table(&themes, "matched");
    assert_eq!((row(matched, "total", THEMES), matched.size), ([16, 4, 3, 5, 7, 35], 35));

    let completion = reports.of_2024("completion").await;
    let by_theme = table(&completion, "by-theme");
    let columns = ["matched", "withdrawn", "ended_early", "completed", "open"];
    assert_eq!(row(by_theme, "T1", columns), [16, 1, 1, 14, 0]);
    assert_eq!(row(by_theme, "T2", columns), [4, 0, 0, 4, 0]);
    assert_eq!(row(by_theme, "T3", columns), [3, 0, 0, 3, 0]);
    assert_eq!(row(by_theme, "T4", columns), [5, 0, 1, 4, 0]);
    assert_eq!(row(by_theme, "T5", columns), [7, 0, 0, 7, 0]);
    assert_eq!(row(by_theme, "total", columns), [35, 1, 2, 32, 0]);

    // Figs. 2-54 and 2-55.
    let experts = reports.of_2024("experts-and-cases").await;
    let by_region = table(&experts, "by-region");
    for (region, expected) in [("27", [7, 17]), ("nagoya", [6, 13]), ("11", [3, 4]), ("total", [16, 34])] {
        assert_eq!(row(by_region, region, ["experts", "cases"]), expected, "{region}");
    }
    let cases = ["T1", "T2", "T3", "T4", "T5"].map(|theme| row(table(&experts, "by-theme"), theme, ["cases"])[0]);
    assert_eq!(cases, [15, 4, 3, 5, 7]);

    // 2.2.7: 32 × 3 + 2 × 2.
    let visits = reports.of_2024("visits").await;
    let columns = ["planned", "held", "confirmed", "cancelled"];
    assert_eq!(row(table(&visits, "by-region"), "total", columns), [100, 100, 100, 0]);
    assert_eq!(table(&visits, "by-region").size, 100);
    reports.end().await;
}

async fn what_each_expert_did_and_what_came_of_it(stage: &Stage) {
    let matches = imported(stage).await;
    let reports = stage.reports().await;
    let experts = reports.of_2024("experts-and-cases").await;
    let by_expert = table(&experts, "by-expert-and-theme");
    // Fig. 2-56, counted again: E17's only case was withdrawn.
    assert_eq!(rows(by_expert).len(), 17);
    assert!(!rows(by_expert).contains(&"E17"));
    for expert in rows(by_expert).into_iter().filter(|expert| *expert != "total") {
        for theme in ["T1", "T2", "T3", "T4", "T5"] {
            let again = matches.iter().filter(|one| one.expert == expert && one.theme == theme && one.visits > 0);
            assert_eq!(cell(by_expert, expert, theme), Some(again.count() as i64), "{expert} {theme}");
        }
    }
    assert_eq!(row(by_expert, "E13", THEMES), [2, 0, 1, 0, 1, 4]);
    assert_eq!(row(by_expert, "E05", THEMES), [1, 1, 0, 0, 1, 3]);

    // Fig. 2-72.
    let outcomes = reports.of_2024("outcomes").await;
    let by_theme = table(&outcomes, "by-theme");
    let columns = [
        "executed",
        "expert_strong",
        "expert_able",
        "expert_weak",
        "company_strong",
        "company_able",
        "company_weak",
        "company_unknown",
    ];
    assert_eq!(row(by_theme, "T1", columns), [15, 3, 11, 1, 9, 5, 1, 0]);
    assert_eq!(row(by_theme, "T2", columns), [4, 3, 1, 0, 1, 3, 0, 0]);
    assert_eq!(row(by_theme, "T3", columns), [3, 1, 2, 0, 0, 2, 1, 0]);
    assert_eq!(row(by_theme, "T4", columns), [5, 1, 3, 1, 3, 2, 0, 0]);
    assert_eq!(row(by_theme, "T5", columns), [7, 4, 2, 1, 1, 4, 1, 1]);
    // Fig. 2-73, and the others counted again.
    let first = table(&outcomes, "company-by-expert.T1");
    assert_eq!(first.figure, "2-73");
    assert_eq!(row(first, "strong", ["strong", "able", "weak"]), [2, 7, 0]);
    assert_eq!(row(first, "able", ["strong", "able", "weak"]), [1, 4, 0]);
    assert_eq!(row(first, "weak", ["strong", "able", "weak"]), [0, 0, 1]);
    let groups = [OutcomeGroup::Strong, OutcomeGroup::Able, OutcomeGroup::Weak, OutcomeGroup::Unknown];
    let code = |group: OutcomeGroup| group.as_str_name().strip_prefix("OUTCOME_GROUP_").unwrap().to_lowercase();
    for theme in ["T1", "T2", "T3", "T4", "T5"] {
        let shown = table(&outcomes, &format!("company-by-expert.{theme}"));
        for company in groups {
            for expert in groups {
                let held = matches.iter().filter(|one| one.theme == theme && one.visits > 0);
                let again = held.filter(|one| one.by_company == company && one.by_expert == expert).count();
                assert_eq!(cell(shown, &code(company), &code(expert)), Some(again as i64), "{theme}");
            }
        }
    }

    // Fig. 2-39: automotive 11, manufacturing 8; fig. 2-69 says 10 and 9.
    let companies = reports.of_2024("matched-companies").await;
    let by_industry = table(&companies, "by-industry");
    assert_eq!(row(by_industry, "automotive", ["matched", "executed"]), [11, 11]);
    assert_eq!(row(by_industry, "manufacturing", ["matched", "executed"]), [8, 7]);
    assert_eq!(row(by_industry, "total", ["matched", "executed", "share"]), [35, 34, 10_000]);
    reports.end().await;
}

async fn what_the_events_say_nothing_of_has_no_data(stage: &Stage) {
    imported(stage).await;
    let reports = stage.reports().await;
    for name in
        ["participation", "needs", "consultation-conversion", "guidance-conversion", "fees", "marks", "skill-survey"]
    {
        let report = reports.report(name).await;
        assert_eq!((report.state(), report.tables.len()), (ReportState::NoData, 0), "{name}");
        assert_eq!(report.positions.len(), 3, "{name}");
    }
    let file: Value = serde_json::from_str(include_str!("../../data/reports.json")).unwrap();
    let mut portal = reports.client(kit_serve::Role::Portal);
    let listed = portal.list_reports(contract::insights::v1::ListReportsRequest {}).await.unwrap().into_inner().reports;
    assert_eq!(listed.len(), file["reports"].as_array().unwrap().len());
    assert!(
        listed.iter().all(|info| info.title.as_ref().is_some_and(|title| !title.ja.is_empty() && !title.en.is_empty()))
    );
    reports.end().await;
}
