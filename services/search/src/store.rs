//! The search's one table, counts of exposure by day: all the SQL on it. The index is no row anywhere.

use std::collections::HashMap;

use kit_log::sql::{Session, Step, Value};
use kit_log::{Result, args};

use crate::domain::exposure::Counts;
use crate::exposure::Days;

/// The migrations of this service.
pub(crate) const STEPS: [Step; 1] =
    [Step { number: 100, about: "exposure", sql: include_str!("../migrations/0100_exposure.sql") }];

/// Adds counts to those that are there.
pub(crate) async fn add(session: &mut Session, days: &Days) -> Result<()> {
    let tuple = |day: i64, expert: &str, counts: &Counts| -> Vec<Value> {
        args![day, expert, counts.shown, counts.shown_first, counts.opened, counts.introduced].to_vec()
    };
    let of_day = |(day, experts): (&i64, &HashMap<Box<str>, Counts>)| {
        let day = *day;
        experts.iter().map(move |(expert, counts)| tuple(day, expert, counts)).collect::<Vec<_>>()
    };
    let head = "INSERT INTO exposure (day, expert, shown, shown_first, opened, introduced) VALUES";
    let tail = "ON CONFLICT (day, expert) DO UPDATE SET
                    shown = exposure.shown + excluded.shown, shown_first = exposure.shown_first + excluded.shown_first,
                    opened = exposure.opened + excluded.opened, introduced = exposure.introduced + excluded.introduced";
    session.insert(head, tail, days.iter().flat_map(of_day).collect()).await
}

/// The sums from `first` to `last`, both included, of everybody who has any: as many rows as there are experts.
pub(crate) async fn sums(session: &mut Session, first: i64, last: i64) -> Result<HashMap<String, Counts>> {
    // PostgreSQL makes a NUMERIC of a sum of BIGINTs.
    let sql = "SELECT expert, CAST(sum(shown) AS BIGINT) AS shown, CAST(sum(shown_first) AS BIGINT) AS shown_first,
                      CAST(sum(opened) AS BIGINT) AS opened, CAST(sum(introduced) AS BIGINT) AS introduced
               FROM exposure WHERE day >= $1 AND day <= $2 GROUP BY expert";
    let mut sums = HashMap::new();
    for row in session.rows(sql, args![first, last]).await? {
        let counts = Counts {
            shown: row.int("shown")?,
            shown_first: row.int("shown_first")?,
            opened: row.int("opened")?,
            introduced: row.int("introduced")?,
        };
        sums.insert(row.text("expert")?, counts);
    }
    Ok(sums)
}
