//! `demo`: the main job from beginning to end in one process, without any server, on made-up responses of a past campaign.
//!
//! It takes the paths that everything else takes: `serve all`, the import, and gRPC over the loopback interface. No figure
//! is computed from the file; all of them are read back from the services.

mod again;
mod answers;
mod campaign;
mod check;
mod facts;
mod lived;
mod matched;
mod show;
mod tables;

use kit_serve::{Lifecycle, Outcome};

use self::again::Seen;
use self::facts::Facts;
use self::lived::Lived;
use self::matched::Matched;
use self::tables::Tables;
use crate::args::{Demo, Rating, ServeAll, Trust};
use crate::connect::Connection;
use crate::failure::{Exit, Failure};
use crate::import::{Import, Imported, Sheet, import_form};
use crate::output::{Output, Tone};
use crate::serve::{self, Running};
use crate::text;

/// Runs the command.
///
/// # Errors
/// When a part fails, or with `--check` something came out other than it must.
pub async fn run(args: &Demo, out: &mut Output) -> Result<Exit, Failure> {
    let lifecycle = Lifecycle::new();
    let in_the_way =
        |error: std::io::Error| Failure::other(text::NO_ROOM.fill(&[("error", &error.to_string())]), text::ADVICE_ROOM);
    lifecycle.on_signals().map_err(in_the_way)?;
    let room = tempfile::Builder::new().prefix("activelist-demo-").tempdir().map_err(in_the_way)?;
    let soft = lifecycle.soft();
    let told = tokio::select! {
        told = tell(args, room.path(), &lifecycle, out) => told.map(Some),
        () = soft.cancelled() => Ok(None),
    };
    // It goes on serving until somebody has seen enough. `Running` holds the directory until then.
    match &told {
        Ok(Some(_)) if !args.check => soft.cancelled().await,
        _ => lifecycle.stop(),
    }
    let outcome = lifecycle.finished().await;
    let exit = told?.map_or(Exit::Failed, |_| Exit::Done);
    room.close().map_err(in_the_way)?;
    match outcome {
        Outcome::Failed(error) => Err(Failure::other(text::STOPPED.fill(&[("error", &error)]), text::ADVICE_LOG)),
        Outcome::Clean | Outcome::Cut => Ok(exit),
    }
}

/// The whole story, and the server it was told on.
async fn tell(
    args: &Demo,
    room: &std::path::Path,
    lifecycle: &Lifecycle,
    out: &mut Output,
) -> Result<Running, Failure> {
    let file = campaign::file()?;
    let latest = Sheet::read(&file, import_form())?.latest;
    let serving = ServeAll {
        data: room.join("data"),
        listen: args.listen.clone(),
        policy: None,
        rating: Rating::default(),
        clock: latest,
        trust: Trust::Near,
        review: crate::args::Review::Daily,
        mail: crate::args::Mail::default(),
    };
    show::beginning(out);
    let running = serve::start_all(&serving, lifecycle).await?;
    let operator = Connection::open(&running.url, None)?;
    let summary = match (Import::default()).file(&file, &operator, out).await? {
        Imported::Done(summary) => summary,
        Imported::Faulty { mut faults, .. } => {
            faults.show(out);
            return Err(Failure::other(text::BAD_CAMPAIGN.fill(&[]), text::ADVICE_LOG));
        }
    };
    show::imported(&summary, out);
    let facts = Facts::ask(&operator).await?;
    show::facts(&facts, out);
    let seen = again::answer_again(&running, &operator, out).await?;
    show::seen(&seen, out);

    let lived = lived::live(&running, &seen.chosen).await?;
    show::lived(&lived, out);
    let tables = tables::ask(&operator).await?;
    show::tables(&tables, running.clock.now(), out);
    let matched = matched::matched(&running).await?;
    show::matched(&matched, out);

    let differences =
        if args.check { check::differences(&facts, &seen, &lived, &tables, &matched)? } else { Vec::new() };
    if !args.check {
        show::calls(&running.url, &seen, out);
    }
    for difference in &differences {
        out.note(format!("{} {difference}", out.paint_note(Tone::Bad, "≠")));
    }
    if args.check && differences.is_empty() {
        out.line(out.paint(Tone::Good, &text::AS_EXPECTED.fill(&[])));
    }
    if args.json {
        out.line(report(&facts, &seen, &lived, &tables, &matched).to_string());
    }
    if differences.is_empty() {
        return Ok(running);
    }
    let count = differences.len().to_string();
    Err(Failure::other(text::DIFFERS.fill(&[("count", &count)]), text::ADVICE_DIFFERS))
}

fn report(facts: &Facts, seen: &Seen, lived: &Lived, tables: &Tables, matched: &Matched) -> serde_json::Value {
    let mut report = facts.to_json();
    report["visible_ms"] = serde_json::json!(again::millis(seen.first));
    report["visible_p50_ms"] = serde_json::json!(again::millis(seen.median()));
    report["visible_worst_ms"] = serde_json::json!(again::millis(seen.worst()));
    report["expert"] = serde_json::json!(seen.number);
    report["case"] = lived.to_json();
    report["matching"] = matched.to_json();
    report["reports"] = tables.to_json();
    report
}
