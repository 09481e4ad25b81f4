//! The same facts as they last were, in flat tables of PostgreSQL: what somebody would build who needs no past.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use contract::engagement::v1::{CaseState, OutcomeGroup, VisitState};
use contract::insights::v1::Report;
use kit_log::clock_time;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqlSafeStr as _};
use tokio::sync::Mutex;

use crate::made::{Made, case_at};

/// Reports whose tables are counted here.
pub(crate) const REPORTS: [&str; 4] = ["themes-by-region", "experts-and-cases", "outcomes", "visits"];
/// Rows in one statement.
const AT_ONCE: usize = 20_000;

pub(crate) struct Flat {
    connection: Mutex<PgConnection>,
    admin: String,
    name: String,
}

/// The statements whose answers hold every cell of a report's tables, by table: row, column, count.
fn statements(report: &str) -> Vec<(&'static str, &'static str)> {
    match report {
        "themes-by-region" => vec![
            ("executed", "SELECT region, theme, count(*) FROM cases WHERE executed GROUP BY CUBE (region, theme)"),
            ("matched", "SELECT region, theme, count(*) FROM cases GROUP BY CUBE (region, theme)"),
            (
                "completed",
                "SELECT region, theme, count(*) FROM cases WHERE state = 'completed' GROUP BY CUBE (region, theme)",
            ),
        ],
        "experts-and-cases" => vec![
            (
                "by-region",
                "SELECT region, unnest(ARRAY['experts', 'cases']), unnest(ARRAY[count(DISTINCT expert), count(*)]) FROM cases WHERE executed GROUP BY ROLLUP (region)",
            ),
            (
                "by-theme",
                "SELECT theme, unnest(ARRAY['experts', 'cases']), unnest(ARRAY[count(DISTINCT expert), count(*)]) FROM cases WHERE executed GROUP BY ROLLUP (theme)",
            ),
            (
                "by-expert-and-theme",
                "SELECT expert, theme, count(*) FROM cases WHERE executed GROUP BY CUBE (expert, theme)",
            ),
        ],
        "outcomes" => vec![
            (
                "by-theme",
                "SELECT theme, unnest(ARRAY['executed', 'expert_strong', 'expert_able', 'expert_weak', 'expert_unknown', 'company_strong', 'company_able', 'company_weak', 'company_unknown']), unnest(ARRAY[count(*), count(*) FILTER (WHERE by_expert = 'strong'), count(*) FILTER (WHERE by_expert = 'able'), count(*) FILTER (WHERE by_expert = 'weak'), count(*) FILTER (WHERE by_expert = 'unknown'), count(*) FILTER (WHERE by_company = 'strong'), count(*) FILTER (WHERE by_company = 'able'), count(*) FILTER (WHERE by_company = 'weak'), count(*) FILTER (WHERE by_company = 'unknown')]) FROM cases WHERE executed GROUP BY ROLLUP (theme)",
            ),
            (
                "company-by-expert.T1",
                "SELECT by_company, by_expert, count(*) FROM cases WHERE executed AND theme = 'T1' GROUP BY CUBE (by_company, by_expert)",
            ),
            (
                "company-by-expert.T2",
                "SELECT by_company, by_expert, count(*) FROM cases WHERE executed AND theme = 'T2' GROUP BY CUBE (by_company, by_expert)",
            ),
            (
                "company-by-expert.T3",
                "SELECT by_company, by_expert, count(*) FROM cases WHERE executed AND theme = 'T3' GROUP BY CUBE (by_company, by_expert)",
            ),
            (
                "company-by-expert.T4",
                "SELECT by_company, by_expert, count(*) FROM cases WHERE executed AND theme = 'T4' GROUP BY CUBE (by_company, by_expert)",
            ),
            (
                "company-by-expert.T5",
                "SELECT by_company, by_expert, count(*) FROM cases WHERE executed AND theme = 'T5' GROUP BY CUBE (by_company, by_expert)",
            ),
        ],
        "visits" => vec![
            (
                "by-region",
                "SELECT region, unnest(ARRAY['planned', 'held', 'confirmed', 'cancelled', 'online']), unnest(ARRAY[count(*) FILTER (WHERE state <> 'cancelled'), count(*) FILTER (WHERE state IN ('held', 'confirmed')), count(*) FILTER (WHERE state = 'confirmed'), count(*) FILTER (WHERE state = 'cancelled'), count(*) FILTER (WHERE online AND state IN ('held', 'confirmed'))]) FROM visits GROUP BY ROLLUP (region)",
            ),
            (
                "by-theme",
                "SELECT theme, unnest(ARRAY['planned', 'held', 'confirmed', 'cancelled']), unnest(ARRAY[count(*) FILTER (WHERE state <> 'cancelled'), count(*) FILTER (WHERE state IN ('held', 'confirmed')), count(*) FILTER (WHERE state = 'confirmed'), count(*) FILTER (WHERE state = 'cancelled')]) FROM visits GROUP BY ROLLUP (theme)",
            ),
            (
                "by-month",
                "SELECT month, unnest(ARRAY['planned', 'held', 'confirmed', 'cancelled']), unnest(ARRAY[count(*) FILTER (WHERE state <> 'cancelled'), count(*) FILTER (WHERE state IN ('held', 'confirmed')), count(*) FILTER (WHERE state = 'confirmed'), count(*) FILTER (WHERE state = 'cancelled')]) FROM visits GROUP BY ROLLUP (month)",
            ),
        ],
        other => panic!("{other} is not counted here"),
    }
}

impl Flat {
    /// Fills tables of its own.
    pub(crate) async fn filled(url: &str, made: &Made) -> Self {
        let (server, _) = url.rsplit_once('/').expect("a database in ACTIVELIST_TEST_POSTGRES_URL");
        let name = format!("insights_bench_{}", std::process::id());
        let mut admin = connected(url).await;
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}")).into_sql_str()).await.unwrap();
        let mut connection = connected(&format!("{server}/{name}")).await;
        let tables = "CREATE TABLE cases (region text, theme text, state text, executed boolean, expert text,
                                          by_expert text, by_company text);
                      CREATE TABLE visits (region text, theme text, state text, month text, online boolean)";
        connection.execute(tables).await.unwrap();
        for begin in (0..made.cases).step_by(AT_ONCE) {
            fill(&mut connection, begin..(begin + AT_ONCE).min(made.cases)).await;
        }
        connection.execute("VACUUM ANALYZE").await.unwrap();
        Self { connection: Mutex::new(connection), admin: url.to_owned(), name }
    }

    pub(crate) async fn end(self) {
        self.connection.into_inner().close().await.unwrap();
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        connected(&self.admin).await.execute(AssertSqlSafe(drop).into_sql_str()).await.unwrap();
    }

    /// Counts every table of a report.
    pub(crate) async fn count(&self, report: &str) -> Vec<(&'static str, BTreeMap<(String, String), i64>)> {
        let mut connection = self.connection.lock().await;
        let mut tables = Vec::new();
        for (table, statement) in statements(report) {
            let rows = sqlx::query(statement).fetch_all(&mut *connection).await.unwrap();
            let code = |code: Option<String>| code.unwrap_or_else(|| "total".to_owned());
            let cell = |row: &sqlx::postgres::PgRow| ((code(row.get(0)), code(row.get(1))), row.get::<i64, _>(2));
            tables.push((table, rows.iter().map(cell).filter(|(_, count)| *count != 0).collect()));
        }
        tables
    }

    /// Ends the run where the report says anything else.
    pub(crate) async fn compare(&self, name: &str, report: &Report) {
        for (table, expected) in self.count(name).await {
            let shown = report.tables.iter().find(|shown| shown.table == table).unwrap();
            let codes = |axis: &Option<contract::insights::v1::Axis>| -> Vec<String> {
                axis.as_ref().unwrap().entries.iter().map(|entry| entry.code.clone()).collect()
            };
            let (rows, columns) = (codes(&shown.rows), codes(&shown.columns));
            let mut cells = BTreeMap::new();
            for (row, line) in rows.iter().zip(&shown.lines) {
                for (column, cell) in columns.iter().zip(&line.cells) {
                    cells.extend(
                        cell.value.filter(|value| *value != 0).map(|value| ((row.clone(), column.clone()), value)),
                    );
                }
            }
            let differs = expected.iter().find(|(at, count)| cells.get(*at) != Some(*count));
            assert!(differs.is_none() && cells.len() == expected.len(), "{name} {table}: {differs:?}");
        }
    }
}

async fn connected(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap();
    PgConnection::connect_with(&options).await.expect("PostgreSQL answers")
}

fn name(of: &str, prefix: &str) -> String {
    of.strip_prefix(prefix).unwrap_or(of).to_lowercase()
}

async fn fill(connection: &mut PgConnection, cases: std::ops::Range<usize>) {
    let (mut texts, mut executed): ([Vec<String>; 6], Vec<bool>) = Default::default();
    let (mut visits, mut online): ([Vec<String>; 4], Vec<bool>) = Default::default();
    for case in cases {
        let facts = case_at(case, 9);
        let region = facts.region.clone().unwrap_or_default().code;
        let group = |said: &Option<contract::engagement::v1::Outcome>| {
            let group = said.as_ref().map_or(OutcomeGroup::Unspecified, |said| said.group());
            name(group.as_str_name(), "OUTCOME_GROUP_")
        };
        let state: CaseState = facts.state();
        let expert = facts.expert.strip_prefix("experts/").unwrap_or_default().to_owned();
        let row = [
            region.clone(),
            facts.theme.clone(),
            name(state.as_str_name(), "CASE_STATE_"),
            expert,
            group(&facts.expert_outcome),
            group(&facts.company_outcome),
        ];
        texts.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        let held = |state: VisitState| matches!(state, VisitState::Held | VisitState::Confirmed);
        executed.push(facts.visits.iter().any(|visit| held(visit.state())));
        for visit in &facts.visits {
            let start = visit.start_time.or(visit.planned_start).as_ref().map(clock_time).unwrap_or_default();
            let month = start.to_string()[..7].to_owned();
            let row = [region.clone(), visit.theme.clone(), name(visit.state().as_str_name(), "VISIT_STATE_"), month];
            visits.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
            online.push(visit.online);
        }
    }
    let [region, theme, state, expert, by_expert, by_company] = texts;
    let sql = "INSERT INTO cases (region, theme, state, expert, by_expert, by_company, executed)
               SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[])";
    let query = sqlx::query(sql).bind(region).bind(theme).bind(state).bind(expert).bind(by_expert).bind(by_company);
    query.bind(executed).execute(&mut *connection).await.unwrap();
    let [region, theme, state, month] = visits;
    let sql = "INSERT INTO visits (region, theme, state, month, online)
               SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[])";
    let query = sqlx::query(sql).bind(region).bind(theme).bind(state).bind(month).bind(online);
    query.execute(connection).await.unwrap();
}
