//! Drafts that nobody has touched for long, and keys that nobody needs any more.

use std::sync::LazyLock;

use kit_log::Origin;

use crate::rpc::Survey;
use crate::{Error, SERVICE, store};

/// How long a draft is kept untouched, in microseconds.
static UNTOUCHED: LazyLock<i64> = LazyLock::new(|| {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Drafts {
        untouched_days: i64,
    }
    let drafts: Drafts =
        serde_json::from_str(include_str!("../../../data/drafts.json")).expect("a test reads how long drafts are kept");
    drafts.untouched_days * 86_400_000_000
});

/// Nobody asked: time did.
fn by_itself() -> Origin {
    Origin { actor: format!("service:{SERVICE}"), ..Origin::default() }
}

impl Survey {
    /// Forgets drafts that were last saved too long ago.
    pub(crate) async fn forget_old_drafts(&self) -> Result<(), Error> {
        let before = self.log.clock().now().micros().saturating_sub(*UNTOUCHED);
        while !store::drafts_before(&mut self.log.read_session().await?, before).await?.is_empty() {
            let work = self.log.writer().run(by_itself(), move |unit| {
                Box::pin(async move {
                    for draft in store::drafts_before(unit.session(), before).await? {
                        store::delete_draft(unit.session(), &draft.id).await?;
                    }
                    Ok::<(), Error>(())
                })
            });
            work.await?;
        }
        Ok(())
    }

    /// Destroys the keys of what was forgotten. What fails is tried again by the timer.
    pub(crate) async fn destroy_doomed_keys(&self) {
        if let Err(error) = self.try_to_destroy().await {
            tracing::warn!(%error, "keys of what was forgotten could not be destroyed; tried again");
        }
    }

    async fn try_to_destroy(&self) -> Result<(), Error> {
        loop {
            let doomed = store::doomed_keys(&mut self.log.read_session().await?).await?;
            if doomed.is_empty() {
                return Ok(());
            }
            for id in &doomed {
                self.log.keys().destroy(id).await?;
            }
            let work = self.log.writer().run(by_itself(), move |unit| {
                Box::pin(async move {
                    for id in &doomed {
                        store::key_is_gone(unit.session(), id).await?;
                    }
                    Ok::<(), Error>(())
                })
            });
            work.await?;
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn drafts_are_kept_for_a_while() {
        assert!(*super::UNTOUCHED > 0);
    }
}
