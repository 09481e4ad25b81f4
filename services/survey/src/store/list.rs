//! Pages of responses, newest first.

use kit_log::sql::{Row, Session};
use kit_log::{Result, args};

/// Which responses are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Of this person; everybody's when `None`.
    pub(crate) respondent: Option<String>,
    /// The number of a `ResponseState`; 0 for all.
    pub(crate) state: i64,
    /// Disputed ones only when this expert sent them; empty for all.
    pub(crate) disputes_of: String,
}

/// Where a response stands in the order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Microseconds.
    pub(crate) submit_time: i64,
    pub(crate) position: i64,
}

/// A response without its answers, beside what is needed of its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) respondent: String,
    pub(crate) form: String,
    pub(crate) receive_time: i64,
    pub(crate) place: Place,
    /// It waits for an operator.
    pub(crate) waits: bool,
    /// It was decided that it is not the holder's.
    pub(crate) set_aside: bool,
    pub(crate) counts: bool,
    /// [`super::HolderBody`], sealed: it has the number.
    pub(crate) holder: Vec<u8>,
}

fn listed(row: &Row) -> Result<Listed> {
    let id = row.text("id")?;
    Ok(Listed {
        respondent: row.text("respondent")?,
        form: row.text("form")?,
        receive_time: row.int("receive_time")?,
        place: Place { submit_time: row.int("submit_time")?, position: row.int("position")? },
        waits: !row.text("dispute")?.is_empty() && row.int("decided")? == 0,
        set_aside: row.int("decided")? == 1 || row.int("held")? == 0,
        counts: row.text("counting")? == id,
        holder: row.bytes("holder")?,
        id,
    })
}

/// At most `limit` responses after `after`. Two texts, so that each has an index to go by.
pub(crate) async fn page(session: &mut Session, filter: &Filter, after: Place, limit: i64) -> Result<Vec<Listed>> {
    let of_person = "SELECT r.id, r.respondent, r.form, r.submit_time, r.receive_time, r.position, r.dispute,
                            r.decided, p.held, p.counting, p.holder
         FROM response r JOIN respondent p ON p.id = r.respondent
         WHERE r.respondent = $6
           AND (r.submit_time < $1 OR (r.submit_time = $1 AND r.position < $2))
           AND ($3 = 0 OR ($3 = 1 AND p.counting = r.id)
                       OR ($3 = 2 AND p.counting <> r.id AND r.dispute = '' AND p.held = 1)
                       OR ($3 = 3 AND r.dispute <> '' AND r.decided = 0)
                       OR ($3 = 4 AND (r.decided = 1 OR (r.dispute = '' AND p.held = 0))))
           AND ($4 = '' OR r.dispute = '' OR r.sender = $4)
         ORDER BY r.submit_time DESC, r.position DESC LIMIT $5";
    let of_all = "SELECT r.id, r.respondent, r.form, r.submit_time, r.receive_time, r.position, r.dispute,
                         r.decided, p.held, p.counting, p.holder
         FROM response r JOIN respondent p ON p.id = r.respondent
         WHERE (r.submit_time < $1 OR (r.submit_time = $1 AND r.position < $2))
           AND ($3 = 0 OR ($3 = 1 AND p.counting = r.id)
                       OR ($3 = 2 AND p.counting <> r.id AND r.dispute = '' AND p.held = 1)
                       OR ($3 = 3 AND r.dispute <> '' AND r.decided = 0)
                       OR ($3 = 4 AND (r.decided = 1 OR (r.dispute = '' AND p.held = 0))))
           AND ($4 = '' OR r.dispute = '' OR r.sender = $4)
         ORDER BY r.submit_time DESC, r.position DESC LIMIT $5";
    let mut values = args![after.submit_time, after.position, filter.state, &filter.disputes_of, limit].to_vec();
    let rows = match &filter.respondent {
        Some(person) => {
            values.push(person.into());
            session.rows(of_person, &values).await?
        }
        None => session.rows(of_all, &values).await?,
    };
    rows.iter().map(listed).collect()
}
