//! `migrate`: a database's tables brought up, by hand and before a service needs them.

use crate::args::{Migrate, Store};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::{serve, text};

/// Runs the command.
///
/// # Errors
/// When the database cannot be reached, or is none of ours.
pub async fn run(args: &Migrate, out: &mut Output) -> Result<Exit, Failure> {
    serve::bring_up(args).await?;
    let service = match args.service {
        Store::Survey => "survey",
        Store::Registry => "registry",
        Store::Search => "search",
        Store::Engagement => "engagement",
        Store::Notices => "notices",
        Store::Matching => "matching",
        Store::Keys => "keys",
    };
    out.line(out.paint(Tone::Good, &text::MIGRATED.fill(&[("service", service)])));
    if args.restored {
        out.line(out.paint(Tone::Good, &text::RESTORED.fill(&[("service", service)])));
    }
    Ok(Exit::Done)
}
