//! The audit qualifications that another policy finds. Most policies look for the same ones, and then what was found before is
//! found again; else the codes are read, and the words of those who named others, which are sealed.

use std::collections::HashMap;

use kit_log::KeyStore;
use kit_log::sql::Session;

use super::super::person::personal;
use super::super::read;
use crate::Error;
use crate::domain::policy::{AuditRule, Policy};
use crate::domain::scoring::{AuditEvidence, audit_qualification};
use crate::store::{self, Rateable};

/// What `to` finds of each of these people, in their order; empty for nothing.
pub(super) async fn audits(
    session: &mut Session,
    keys: &dyn KeyStore,
    (from, to): (&Policy, &Policy),
    people: &[Rateable],
) -> Result<Vec<String>, Error> {
    if looks_for_the_same(from.audit(), to.audit()) {
        return Ok(people.iter().map(|person| person.audit.clone()).collect());
    }
    let mut found: Vec<String> = people.iter().map(|person| found(to, person, String::new())).collect();
    let wanting =
        |(at, person): (usize, &Rateable)| (found[at].is_empty() && person.qualifications_other).then_some(at);
    let asked: Vec<usize> = people.iter().enumerate().filter_map(wanting).collect();
    let written: Vec<&Rateable> = asked.iter().map(|&at| &people[at]).collect();
    let words = words(session, keys, &written).await?;
    for (at, person) in asked.into_iter().zip(written) {
        let text = match words.get(person.id.as_str()) {
            Some(words) => words.clone(),
            // Of an erased person that name is all that is left.
            None if from.audit().other_text.contains(&person.audit) => person.audit.clone(),
            None => continue,
        };
        found[at] = self::found(to, person, text);
    }
    Ok(found)
}

fn looks_for_the_same(one: &AuditRule, other: &AuditRule) -> bool {
    one.qualifications == other.qualifications && one.other_text == other.other_text
}

fn found(policy: &Policy, person: &Rateable, other_text: String) -> String {
    let qualifications = person.qualifications.split_whitespace().map(str::to_owned).collect();
    let evidence = AuditEvidence { qualifications, other_text };
    audit_qualification(policy.audit(), &evidence).unwrap_or_default().to_owned()
}

/// What these people said of other qualifications, by their ids; nothing of those who are erased.
async fn words<'p>(
    session: &mut Session,
    keys: &dyn KeyStore,
    people: &[&'p Rateable],
) -> Result<HashMap<&'p str, String>, Error> {
    let counting: Vec<String> = people.iter().map(|person| person.counting.clone()).collect();
    let responses = store::responses(session, &counting).await?;
    let responses: HashMap<&str, _> = responses.iter().map(|response| (response.id.as_str(), response)).collect();
    let keys = keys.find(&people.iter().map(|person| person.id.clone()).collect::<Vec<_>>()).await?;
    let mut words = HashMap::new();
    for person in people {
        let (Some(response), Some(key)) = (responses.get(person.counting.as_str()), keys.get(&person.id)) else {
            continue;
        };
        let answers = read::answers(&personal(response, key)?.answers);
        words.insert(person.id.as_str(), read::evidence(&answers).other_text);
    }
    Ok(words)
}
