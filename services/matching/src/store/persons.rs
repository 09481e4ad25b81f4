//! Experts who are one person under several names.

use kit_log::sql::Session;
use kit_log::{Result, args};

use crate::domain::persons::Persons;

/// Points an expert's entry at another one, or at none when `into` is empty.
pub(crate) async fn point_expert(session: &mut Session, expert: &str, into: &str) -> Result<()> {
    if into.is_empty() {
        return session.execute("DELETE FROM expert_pointer WHERE expert = $1", args![expert]).await.map(drop);
    }
    let sql = "INSERT INTO expert_pointer (expert, merged_into) VALUES ($1, $2)
               ON CONFLICT (expert) DO UPDATE SET merged_into = excluded.merged_into";
    session.execute(sql, args![expert, into]).await.map(drop)
}

/// Everybody who was merged.
pub(crate) async fn persons(session: &mut Session) -> Result<Persons> {
    let rows = session.rows("SELECT expert, merged_into FROM expert_pointer", &[]).await?;
    let pointers: Result<Vec<_>> = rows.iter().map(|row| Ok((row.text("expert")?, row.text("merged_into")?))).collect();
    pointers.map(Persons::of)
}

/// The names of an expert's entry and of all that lead there; nobody's name, which stands for everybody, by itself.
pub(crate) async fn names_of(session: &mut Session, expert: &str) -> Result<Vec<String>> {
    if expert.is_empty() {
        return Ok(vec![String::new()]);
    }
    Ok(persons(session).await?.names(expert))
}
