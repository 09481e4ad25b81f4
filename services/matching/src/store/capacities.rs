//! How much experts take, and what stands against it.

use std::collections::BTreeMap;

use kit_log::sql::{Row, Session};
use kit_log::{Result, args};

use super::persons::persons;

/// What one expert takes and has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// As set; absent for the programme's default.
    pub(crate) capacity: Option<u32>,
    /// Cases of the programme that were not withdrawn.
    pub(crate) cases: u32,
    /// Proposals of the programme that stand and have no case yet.
    pub(crate) proposals: u32,
    /// Cases of other programmes.
    pub(crate) elsewhere: u32,
    /// Proposals of the programme so far, whatever became of them.
    pub(crate) introductions: u32,
}

impl Load {
    /// What stands against the capacity.
    pub(crate) const fn taken(&self) -> u32 {
        self.cases.saturating_add(self.proposals)
    }

    /// Takes on what the same person has under another name. A capacity was set for a name.
    const fn take_on(&mut self, other: &Self) {
        self.cases = self.cases.saturating_add(other.cases);
        self.proposals = self.proposals.saturating_add(other.proposals);
        self.elsewhere = self.elsewhere.saturating_add(other.elsewhere);
        self.introductions = self.introductions.saturating_add(other.introductions);
    }
}

/// What experts take and have in a programme, without what `but` (a request; may be empty) has out. Of one expert, or of all that
/// anything is known of when `expert` is empty. Whoever others were merged into has what they have; those others are told of only
/// when asked for.
pub(crate) async fn loads(
    session: &mut Session,
    programme: &str,
    expert: &str,
    but: &str,
) -> Result<BTreeMap<String, Load>> {
    let persons = persons(session).await?;
    let mut own = BTreeMap::new();
    for name in persons.names(expert) {
        own.extend(loads_of(session, programme, &name, but).await?);
    }
    let mut loads = own.clone();
    for (name, load) in &own {
        for other in persons.led_to(name).into_iter().skip(1) {
            loads.entry(other.to_owned()).or_default().take_on(load);
        }
    }
    loads.retain(|name, _| name == expert || !persons.is_merged(name));
    Ok(loads)
}

/// As [`loads`], by name.
async fn loads_of(session: &mut Session, programme: &str, expert: &str, but: &str) -> Result<BTreeMap<String, Load>> {
    let mut loads: BTreeMap<String, Load> = BTreeMap::new();
    let number = |row: &Row| Ok::<_, kit_log::Error>(u32::try_from(row.int("number")?).unwrap_or(u32::MAX));

    let sql = "SELECT expert, capacity AS number FROM capacity WHERE programme = $1 AND ($2 = '' OR expert = $2)";
    for row in session.rows(sql, args![programme, expert]).await? {
        loads.entry(row.text("expert")?).or_default().capacity = Some(number(&row)?);
    }
    let sql = "SELECT expert, CAST(CASE WHEN programme = $1 THEN 1 ELSE 0 END AS BIGINT) AS here, count(*) AS number FROM work
               WHERE state <> 'withdrawn' AND ($2 = '' OR expert = $2)
               GROUP BY expert, CASE WHEN programme = $1 THEN 1 ELSE 0 END";
    for row in session.rows(sql, args![programme, expert]).await? {
        let load = loads.entry(row.text("expert")?).or_default();
        *(if row.int("here")? == 1 { &mut load.cases } else { &mut load.elsewhere }) = number(&row)?;
    }
    let sql = "SELECT expert, CAST(CASE WHEN standing = 1 AND request <> $3 THEN 1 ELSE 0 END AS BIGINT) AS here, count(*) AS number
               FROM proposal WHERE programme = $1 AND ($2 = '' OR expert = $2)
               GROUP BY expert, CASE WHEN standing = 1 AND request <> $3 THEN 1 ELSE 0 END";
    for row in session.rows(sql, args![programme, expert, but]).await? {
        let (load, number) = (loads.entry(row.text("expert")?).or_default(), number(&row)?);
        load.introductions = load.introductions.saturating_add(number);
        if row.int("here")? == 1 {
            load.proposals = load.proposals.saturating_add(number);
        }
    }
    let sql = "SELECT m.expert AS expert, count(*) AS number FROM proposal_member m JOIN proposal p ON p.id = m.proposal
               WHERE p.programme = $1 AND p.standing = 1 AND p.request <> $3 AND ($2 = '' OR m.expert = $2) GROUP BY m.expert";
    for row in session.rows(sql, args![programme, expert, but]).await? {
        let (load, number) = (loads.entry(row.text("expert")?).or_default(), number(&row)?);
        load.proposals = load.proposals.saturating_add(number);
    }
    Ok(loads)
}

/// Sets a capacity; false when it was so already.
pub(crate) async fn set_capacity(session: &mut Session, programme: &str, expert: &str, capacity: i32) -> Result<bool> {
    let sql = "INSERT INTO capacity (programme, expert, capacity) VALUES ($1, $2, $3)
               ON CONFLICT (programme, expert) DO UPDATE SET capacity = excluded.capacity
               WHERE capacity.capacity <> excluded.capacity";
    Ok(session.execute(sql, args![programme, expert, capacity]).await? > 0)
}
