//! What a start does before calls are taken: it says which policy is in force, once, and brings what an earlier release kept
//! of ratings into their table.

use std::collections::HashMap;

use contract::survey::v1::{MenuRating, Rating};
use kit_log::{Origin, Unit};
use prost::Message as _;

use super::person::{StandingAnswers, personal, stored_skills};
use super::rules::scoring;
use super::{Survey, read, wire};
use crate::Error;
use crate::domain::policy::{DEFAULT_POLICY, Policy};
use crate::domain::scoring::audit_qualification;
use crate::events::{self, Rated};
use crate::store::{self, AnswersBody, Rateable, StoredRating, StoredResponse, ToCarry};

/// How many people were carried over.
#[derive(Clone, PartialEq, prost::Message)]
struct Carried {
    #[prost(int64, tag = "1")]
    people: i64,
}

/// Which policy is in force.
#[derive(Clone, PartialEq, prost::Message)]
struct Begun {
    #[prost(string, tag = "1")]
    policy: String,
}

impl Survey {
    /// Begins with this policy where the database is new; answers the one in force.
    pub(crate) async fn begin(&self, asked: Option<&str>) -> Result<String, Error> {
        let (policies, asked) = (self.policies.clone(), asked.unwrap_or(DEFAULT_POLICY).to_owned());
        let work = self.log.writer().run(self.by_itself(), move |unit| {
            Box::pin(async move {
                if let Some(scoring) = store::scoring(unit.session()).await? {
                    return Ok(Begun { policy: scoring.policy });
                }
                // A database of before: people were rated by the policy of its last start.
                let before = store::to_carry(unit.session()).await?.into_iter().next().map(|person| person.policy);
                let policy = policies.get(unit.session(), &before.unwrap_or(asked)).await?;
                store::found_scoring(unit.session(), policy.id()).await?;
                let (actor, now) = (unit.actor().to_owned(), unit.now().micros());
                store::put_policy(unit.session(), policy.id(), policy.definition(), (&actor, now)).await?;
                unit.emit(events::activated(policy.id(), "", ""));
                Ok::<_, Error>(Begun { policy: policy.id().to_owned() })
            })
        });
        Ok(work.await?.answer.policy)
    }

    /// Brings what an earlier release kept of ratings into their table; answers of how many people.
    pub(crate) async fn carry_over(&self) -> Result<i64, Error> {
        let mut people = 0;
        loop {
            let survey = self.clone();
            let work = self.log.writer().run(self.by_itself(), move |unit| Box::pin(carry_some(unit, survey)));
            let carried = work.await?.answer.people;
            if carried == 0 {
                return Ok(people);
            }
            people += carried;
        }
    }

    /// Nobody asked: the service does it.
    pub(crate) fn by_itself(&self) -> Origin {
        Origin { actor: format!("service:{}", self.log.service()), ..Default::default() }
    }
}

async fn carry_some(unit: &mut Unit, survey: Survey) -> Result<Carried, Error> {
    let people = store::to_carry(unit.session()).await?;
    let in_force = scoring(unit.session()).await?.policy;
    let counting: Vec<String> = people.iter().map(|person| person.counting.clone()).collect();
    let responses = store::responses(unit.session(), &counting).await?;
    let responses: HashMap<&str, &StoredResponse> = responses.iter().map(|r| (r.id.as_str(), r)).collect();
    let keys = survey.log.keys().find(&people.iter().map(|person| person.id.clone()).collect::<Vec<_>>()).await?;
    let mut ratings = Vec::new();
    for person in &people {
        let response = responses.get(person.counting.as_str());
        let response = response.ok_or_else(|| Error::Internal("a counting response is missing".to_owned()))?;
        let mut given = AnswersBody::decode(response.clear.as_slice())?.answers;
        if let Some(key) = keys.get(&person.id) {
            given.extend(personal(response, key)?.answers);
        }
        let answers = read::answers(&given);
        let mut standing = StandingAnswers::of(&answers);
        // Without the key it is not known whether the words were given, but whether they were asked for.
        standing.qualifications_other |= standing.qualifications.split(' ').any(|code| code == "other");
        let policy = survey.policies.get(unit.session(), &person.policy).await?;
        let found = audit_qualification(policy.audit(), &read::evidence(&answers)).map(str::to_owned);
        let audit = match found {
            None => audit_before(&policy, person)?,
            Some(found) => found,
        };
        let stored = StoredRating {
            respondent: person.id.clone(),
            policy: person.policy.clone(),
            rate_time: response.receive_time,
            response: person.counting.clone(),
            skills: person.skills.clone(),
            audit,
        };
        if person.policy != in_force {
            // A start with another policy had begun to rate everybody anew, and was interrupted.
            let policy = survey.policies.get(unit.session(), &in_force).await?;
            let audit = audit_qualification(policy.audit(), &read::evidence(&answers)).unwrap_or_default().to_owned();
            let rated =
                StoredRating { policy: in_force.clone(), audit, rate_time: unit.now().micros(), ..stored.clone() };
            let rating = wire::rated_by(&policy, &rated)?;
            unit.emit(events::rated(&Rated { in_force: rating, next: None }, &stored_skills(&person.skills)?));
            ratings.push(rated);
        }
        ratings.push(stored);
        let carried = Rateable {
            id: person.id.clone(),
            counting: String::new(),
            skills: Vec::new(),
            prefecture: standing.prefecture,
            qualifications: standing.qualifications,
            qualifications_other: standing.qualifications_other,
            audit: String::new(),
        };
        store::set_carried(unit.session(), &carried).await?;
    }
    store::put_ratings(unit.session(), &ratings).await?;
    Ok(Carried { people: i64::try_from(people.len()).unwrap_or_default() })
}

/// What an audit mark followed from when the words it was found in are erased.
fn audit_before(policy: &Policy, person: &ToCarry) -> Result<String, Error> {
    let rating = Rating::decode(person.rating.as_slice())?;
    let marked = |menu: &MenuRating| menu.menu == policy.audit().menu.code() && menu.from == "qualifications";
    let named = policy.audit().other_text.first().filter(|_| rating.menus.iter().any(marked));
    Ok(named.cloned().unwrap_or_default())
}
