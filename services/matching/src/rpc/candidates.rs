//! Who can help, why not somebody, and who could together.

use contract::matching::v1 as wire;
use kit_log::sql::Session;
use kit_serve::Caller;

use super::Desk;
use super::course::default_capacity;
use super::retrieve::{Known, Retrieval, asked_now};
use crate::domain::batch::points;
use crate::domain::candidates::{
    Asked, Candidate, Condition, Facts, Need, Plan, Policy, Reason as Why, Tally, WhyNot, rank, team, why_not,
};
use crate::domain::check::Check;
use crate::domain::refused::Reason;
use crate::domain::request::Request;
use crate::error::Error;
use crate::store;

/// How many candidates: when nothing is said, and at most.
const COUNT: (i32, i32) = (10, 100);
/// Most who are placed better and told.
const BETTER: usize = 5;

/// An expert as a candidate of a plan is told.
fn told(plan: &Plan<'_>, candidate: &Candidate, all: &[Facts], place: usize) -> wire::Candidate {
    let facts = all.iter().find(|facts| facts.id == candidate.expert);
    wire::Candidate {
        expert: candidate.expert.clone(),
        score: candidate.score,
        points: facts.map(|facts| points(&plan.reasons(facts))).unwrap_or_default(),
        place: i32::try_from(place).unwrap_or(i32::MAX),
    }
}

impl Desk {
    pub(super) async fn list_candidates_of(
        &self,
        caller: &Caller,
        body: &wire::ListCandidatesRequest,
    ) -> Result<wire::ListCandidatesResponse, Error> {
        let mut check = Check::default();
        let id = check.id("request", "requests", &body.request);
        let policy = self.policy(&mut check, &body.policy);
        check.between("count", i64::from(body.count), (0, i64::from(COUNT.1)));
        check.done()?;
        let request = self.request_within_reach(caller, &id).await?;
        let asked = self.asked(&request).await?;
        let (plan, mut retrieval) = (Plan::new(&asked, policy), Retrieval::new(self));
        let able = retrieval.able(&request.facts, &asked, policy).await?;
        let able = self.completed(&request, &able).await?;
        let ranked = rank(&plan, &able);
        let failing = if ranked.is_empty() {
            let everybody = retrieval.everybody(&asked, policy).await?;
            failing(&Tally::over(&plan, &self.completed(&request, &everybody).await?))
        } else {
            Vec::new()
        };
        let count = usize::try_from(if body.count == 0 { COUNT.0 } else { body.count }).unwrap_or_default();
        let first = ranked.iter().take(count).enumerate();
        Ok(wire::ListCandidatesResponse {
            candidates: first.map(|(at, candidate)| told(&plan, candidate, &able, at + 1)).collect(),
            total: i64::try_from(ranked.len()).unwrap_or(i64::MAX),
            policy: policy.id().to_owned(),
            failing,
        })
    }

    pub(super) async fn why_not_this_one(
        &self,
        caller: &Caller,
        body: &wire::ExplainWhyNotRequest,
    ) -> Result<wire::ExplainWhyNotResponse, Error> {
        let mut check = Check::default();
        let id = check.id("request", "requests", &body.request);
        let expert = check.name("expert", "experts", &body.expert);
        let policy = self.policy(&mut check, &body.policy);
        check.done()?;
        let request = self.request_within_reach(caller, &id).await?;
        let asked = self.asked(&request).await?;
        let (plan, mut retrieval) = (Plan::new(&asked, policy), Retrieval::new(self));
        let facts = self.one(&mut retrieval, &expert, &asked, policy).await?;
        let able = retrieval.able(&request.facts, &asked, policy).await?;
        let able = self.completed(&request, &able).await?;
        let facts = self.completed(&request, &[facts]).await?.remove(0);
        Ok(match why_not(&plan, &facts, &rank(&plan, &able), BETTER) {
            WhyNot::Failed(failed) => {
                let (ja, en): (Vec<_>, Vec<_>) =
                    failed.iter().map(|one| (one.words.ja.as_str(), one.words.en.as_str())).unzip();
                let (ja, en) = (ja.join("／"), en.join("; "));
                let failed = failed.iter().map(|one| wire::FailedCondition {
                    condition: one.condition.code().to_owned(),
                    ja: one.words.ja.clone(),
                    en: one.words.en.clone(),
                });
                wire::ExplainWhyNotResponse { failed: failed.collect(), ja, en, ..Default::default() }
            }
            WhyNot::Stands(standing) => {
                let better = standing.ahead.iter().filter_map(|ahead| {
                    let facts = able.iter().find(|facts| facts.id == ahead.expert)?;
                    let candidate = plan.candidate(facts)?;
                    let ahead_in = ahead.by.iter().map(|(reason, points)| reason_told(*reason, *points)).collect();
                    Some(wire::Better { candidate: Some(told(&plan, &candidate, &able, ahead.place)), ahead: ahead_in })
                });
                let own = std::slice::from_ref(&facts);
                wire::ExplainWhyNotResponse {
                    failed: Vec::new(),
                    better: better.collect(),
                    better_total: i64::try_from(standing.place).unwrap_or(i64::MAX).saturating_sub(1),
                    candidate: Some(told(&plan, &standing.candidate, own, standing.place)),
                    ja: standing.words.ja,
                    en: standing.words.en,
                }
            }
        })
    }

    pub(super) async fn team_for(
        &self,
        caller: &Caller,
        body: &wire::ProposeTeamRequest,
    ) -> Result<wire::ProposeTeamResponse, Error> {
        let mut check = Check::default();
        let id = check.id("request", "requests", &body.request);
        let policy = self.policy(&mut check, &body.policy);
        check.done()?;
        let request = self.request_within_reach(caller, &id).await?;
        let asked = self.asked(&request).await?;
        let plan = Plan::new(&asked, policy);
        let several = Retrieval::new(self).several(&request.facts, &asked, policy).await?;
        let several = self.completed(&request, &several).await?;
        let year = self.log.clock().now().to_string().get(..4).and_then(|year| year.parse().ok()).unwrap_or_default();
        Ok(match team(&plan, &several, year) {
            Ok(team) => {
                let member = |(at, member): (usize, &crate::domain::candidates::Member)| wire::TeamMember {
                    candidate: Some(told(&plan, &member.candidate, &several, at + 1)),
                    covers: member.covers.iter().flat_map(|need| codes_of(*need, &asked)).collect(),
                    seniority: if member.senior {
                        "SENIOR".to_owned()
                    } else if member.junior {
                        "JUNIOR".to_owned()
                    } else {
                        String::new()
                    },
                };
                let (ja, en): (Vec<_>, Vec<_>) =
                    team.words.iter().map(|words| (words.ja.as_str(), words.en.as_str())).unzip();
                wire::ProposeTeamResponse {
                    members: team.members.iter().enumerate().map(member).collect(),
                    uncovered: Vec::new(),
                    ja: ja.join("／"),
                    en: en.join("; "),
                }
            }
            Err(none) => wire::ProposeTeamResponse {
                uncovered: none.uncovered.iter().flat_map(|need| codes_of(*need, &asked)).collect(),
                ..Default::default()
            },
        })
    }

    /// What a request asks for, and whom it is not proposed to again.
    async fn asked(&self, request: &Request) -> Result<Asked, Error> {
        asked_now(&mut self.log.read_session().await?, &request.facts).await
    }

    /// Facts with what matching itself knows.
    async fn completed(&self, request: &Request, facts: &[Facts]) -> Result<Vec<Facts>, Error> {
        let mut session: Session = self.log.read_session().await?;
        let programme = request.facts.programme.as_str();
        let default = default_capacity(&self.settings, programme);
        let only = if let [one] = facts { one.id.as_str() } else { "" };
        let known = Known::load(&mut session, (programme, default), only, &request.name()).await?;
        Ok(facts.iter().map(|facts| known.complete(facts.clone())).collect())
    }

    /// An expert as the search knows him or her; of whom the register told that it lists them no more, the bare name.
    pub(super) async fn one(
        &self,
        retrieval: &mut Retrieval<'_>,
        name: &str,
        asked: &Asked,
        policy: &Policy,
    ) -> Result<Facts, Error> {
        if let Some(facts) = retrieval.one(name, asked, policy).await? {
            return Ok(facts);
        }
        let unlisted = store::unlisted(&mut self.log.read_session().await?, name).await?;
        if unlisted.is_empty() {
            return Err(Reason::ExpertNotFound.into());
        }
        Ok(Facts { id: name.to_owned(), ..Facts::default() })
    }
}

fn reason_told(reason: Why, points: i64) -> wire::Points {
    let words = reason.words();
    wire::Points { reason: reason.code().to_owned(), points, ja: words.ja, en: words.en }
}

/// How many fail by each condition, most first.
fn failing(tally: &Tally) -> Vec<wire::ConditionCount> {
    let count = |condition: &Condition| wire::ConditionCount {
        condition: condition.code().to_owned(),
        count: i64::try_from(tally.failing(*condition)).unwrap_or(i64::MAX),
    };
    let mut all: Vec<_> = Condition::ALL.iter().map(count).filter(|count| count.count > 0).collect();
    all.sort_by_key(|count| std::cmp::Reverse(count.count));
    all
}

/// The codes of something that has to be covered.
fn codes_of(need: Need, asked: &Asked) -> Vec<String> {
    match need {
        Need::AnyTheme => asked.themes.iter().map(|theme| theme.code().code.clone()).collect(),
        Need::Theme(theme) => vec![theme.code().code.clone()],
        Need::MenuItem(item) => vec![item.code().code.clone()],
        Need::SkillItem(item) => vec![item.code().code.clone()],
        Need::Role(role) => vec![role.code().code.clone()],
    }
}
