//! Experts who are one person under several names: which entry points at which.

use kit_log::sql::Session;
use kit_log::{Result, args};

/// Points an expert's entry at another one, or at none when `into` is empty; false when it does so already.
pub(crate) async fn point(session: &mut Session, expert: &str, into: &str) -> Result<bool> {
    let changed = if into.is_empty() {
        session.execute("DELETE FROM expert_pointer WHERE expert = $1", args![expert]).await?
    } else {
        let sql = "INSERT INTO expert_pointer (expert, merged_into) VALUES ($1, $2)
                   ON CONFLICT (expert) DO UPDATE SET merged_into = excluded.merged_into
                   WHERE expert_pointer.merged_into <> excluded.merged_into";
        session.execute(sql, args![expert, into]).await?
    };
    Ok(changed > 0)
}

/// The expert, and all to whom the entry leads: nearest first.
pub(crate) async fn led_to(session: &mut Session, expert: &str) -> Result<Vec<String>> {
    let mut found = vec![expert.to_owned()];
    let mut at = expert.to_owned();
    while let Some(row) = session.row("SELECT merged_into FROM expert_pointer WHERE expert = $1", args![&at]).await? {
        at = row.text("merged_into")?;
        // Nobody leads back to the own entry but for a while, when a log that is read from nothing tells the newest alone.
        if found.contains(&at) {
            break;
        }
        found.push(at.clone());
    }
    Ok(found)
}

/// The expert, and all whose entries lead there; nobody's name, which stands for everybody, leads to none.
pub(crate) async fn merged_into(session: &mut Session, expert: &str) -> Result<Vec<String>> {
    if expert.is_empty() {
        return Ok(vec![String::new()]);
    }
    let (mut found, mut looked_at) = (vec![expert.to_owned()], 0);
    while looked_at < found.len() {
        let head = "SELECT expert FROM expert_pointer WHERE merged_into";
        let rows = session.among(head, "ORDER BY expert", &found[looked_at..]).await?;
        looked_at = found.len();
        for row in rows {
            let next = row.text("expert")?;
            if !found.contains(&next) {
                found.push(next);
            }
        }
    }
    Ok(found)
}

/// The beginning of one list made of several, in an order of the places its entries bear.
pub(crate) fn beginning<P: Copy, T, O: Ord>(mut found: Vec<(P, T)>, order: fn(P) -> O, limit: i64) -> Vec<(P, T)> {
    found.sort_by_key(|(place, _)| order(*place));
    found.truncate(usize::try_from(limit).unwrap_or_default());
    found
}

/// All names of the person behind an expert's entry.
pub(crate) async fn names_of_person(session: &mut Session, expert: &str) -> Result<Vec<String>> {
    let last = led_to(session, expert).await?.pop();
    merged_into(session, last.as_deref().unwrap_or(expert)).await
}
