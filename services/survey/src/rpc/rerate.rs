//! Another policy came into force: everybody is rated anew, so that no two ratings in force follow different rules.

use std::sync::Arc;

use kit_log::{Committed, KeyStore, Origin, Unit};
use prost::Message as _;

use super::person::{personal, stored_skills};
use super::read::{self, evidence};
use super::{Survey, wire};
use crate::Error;
use crate::domain::policy::Policy;
use crate::domain::scoring::rate;
use crate::events::{self, response_name};
use crate::store::{self, AnswersBody};

/// How many were rated.
#[derive(Clone, PartialEq, prost::Message)]
struct Rated {
    #[prost(int64, tag = "1")]
    people: i64,
}

impl Survey {
    /// Rates all who are rated by another policy than the one in force; answers how many.
    pub(crate) async fn rerate(&self) -> Result<i64, Error> {
        let mut people = 0;
        loop {
            let (policy, keys) = (self.policy, self.log.keys().clone());
            let origin = Origin { actor: format!("service:{}", self.log.service()), ..Default::default() };
            let work = self.log.writer().run(origin, move |unit| Box::pin(rate_some(unit, policy, keys)));
            let Committed { answer, .. } = work.await?;
            if answer.people == 0 {
                return Ok(people);
            }
            people += answer.people;
        }
    }
}

async fn rate_some(unit: &mut Unit, policy: &Policy, keys: Arc<dyn KeyStore>) -> Result<Rated, Error> {
    let mut people = store::rated_otherwise(unit.session(), policy.id()).await?;
    let counting: Vec<String> = people.iter().map(|person| person.counting.clone()).collect();
    let responses = store::responses(unit.session(), &counting).await?;
    let keys = keys.find(&people.iter().map(|person| person.id.clone()).collect::<Vec<_>>()).await?;
    for person in &mut people {
        let response = responses.iter().find(|response| response.id == person.counting);
        let response = response.ok_or_else(|| Error::Internal("a counting response is missing".to_owned()))?;
        let mut answers = AnswersBody::decode(response.clear.as_slice())?.answers;
        if let Some(key) = keys.get(&person.id) {
            answers.extend(personal(response, key)?.answers);
        }
        let skills = stored_skills(&person.skills)?;
        let rating = rate(policy, &skills, &evidence(&read::answers(&answers)));
        let name = response_name(&response.id);
        let rating = wire::rating(&rating, &person.id, &name, skills.values().is_some());
        unit.emit(events::rated(&rating, &skills));
        policy.id().clone_into(&mut person.policy);
        person.rating = rating.encode_to_vec();
    }
    store::put_respondents(unit.session(), &people).await?;
    Ok(Rated { people: i64::try_from(people.len()).unwrap_or_default() })
}
