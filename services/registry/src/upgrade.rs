//! What earlier releases did not keep, found once more where it can be.

use std::collections::HashMap;

use contract::registry::v1::ExpertChanged;
use kit_clock::Timestamp;
use kit_log::{Log, Origin, ReadFrom, Source, clock_time};
use prost::{Message, Name as _};

use crate::domain::expert::Changed;
use crate::error::Error;
use crate::{SERVICE, store};

/// Experts looked at in one commit.
const AT_ONCE: i64 = 200;

/// Nothing to answer.
#[derive(Clone, PartialEq, Message)]
struct Done {}

/// Begins the history of checks with those that stand, recorded when the log says they were. Checks before them are not known.
pub(crate) async fn keep_checks(log: &Log) -> Result<(), Error> {
    let (mut after, mut told) = (0, None);
    loop {
        let found = store::unchecked(&mut log.read_session().await?, after, AT_ONCE).await?;
        let Some((last, _)) = found.last() else { return Ok(()) };
        after = *last;
        let mut known = Vec::new();
        for (_, expert) in found {
            let Some(check) = expert.verification else { continue };
            let told = match &mut told {
                Some(told) => told,
                none => none.insert(told_checks(log).await?),
            };
            let recorded = told.get(&expert.id).copied().unwrap_or(expert.update_time);
            known.push((expert.id, check, recorded));
        }
        if known.is_empty() {
            continue;
        }
        let origin = Origin { actor: format!("service:{SERVICE}"), ..Origin::default() };
        let kept = log.writer().run(origin, move |unit| {
            Box::pin(async move {
                for (id, check, recorded) in &known {
                    store::keep_known(unit.session(), id, check, *recorded).await?;
                }
                Ok::<_, Error>(Done {})
            })
        });
        kept.await?;
    }
}

/// When the log last told of a check, by expert.
async fn told_checks(log: &Log) -> Result<HashMap<String, Timestamp>, Error> {
    let (mut told, mut from) = (HashMap::new(), ReadFrom { page_size: 1_000, ..ReadFrom::default() });
    loop {
        let page = Source::read(log, from.clone()).await?;
        for event in page.events.iter().filter(|event| event.r#type == ExpertChanged::full_name()) {
            let Ok(body) = ExpertChanged::decode(event.clear.clone()) else { continue };
            if let Some(time) = event.time.as_ref().filter(|_| body.changed.iter().any(|kind| kind == CHECK)) {
                told.insert(body.expert_id, clock_time(time));
            }
        }
        if page.read_to >= page.until {
            return Ok(told);
        }
        from.after = page.read_to;
    }
}

const CHECK: &str = Changed::Verification.code();
