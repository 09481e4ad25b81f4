//! What a form is answered about, read from what is stored.

use contract::engagement::v1 as wire;
use kit_forms::Value;
use kit_log::KeyStore;
use kit_log::sql::Session;
use kit_serve::{Caller, Role};

use crate::domain::forms::About;
use crate::domain::gathering::Participation;
use crate::domain::{
    Consultation, Fields, Subject, case, consultation, gathering, japan_date, japan_time, read, visit,
};
use crate::error::Error;
use crate::names;
use crate::store::{self, Involved};

/// The kinds of names, and what they are.
pub(super) const KINDS: [(&str, About); 5] = [
    ("cases", About::Case),
    ("consultations", About::Consultation),
    ("participations", About::Participation),
    ("companies", About::Company),
    ("experts", About::Expert),
];

/// The kind of name that a form's subject has.
pub(super) fn kind_of(about: About) -> &'static str {
    let about = if about == About::Visit { About::Case } else { about };
    KINDS.iter().find(|(_, known)| *known == about).map_or("cases", |(kind, _)| kind)
}

/// What is asked about: its id, the visit (0 for none) and the programme (empty for any).
pub(super) struct Named<'a> {
    pub(super) about: About,
    pub(super) id: &'a str,
    pub(super) visit: i32,
    pub(super) programme: &'a str,
}

/// Reads a subject.
pub(super) async fn subject(session: &mut Session, keys: &dyn KeyStore, named: &Named<'_>) -> Result<Subject, Error> {
    let id = named.id;
    match named.about {
        About::Case | About::Visit => {
            let case = store::by_id(session, keys, id).await?.ok_or(Error::NoSuchCase)?;
            of_case(&case.facts, named.visit)
        }
        About::Consultation => {
            let met = store::consultation(session, keys, id).await?.ok_or(Error::NoSuchConsultation)?;
            Ok(of_consultation(&met))
        }
        About::Participation => {
            let part = store::participation(session, keys, id).await?.ok_or(Error::NoSuchParticipation)?;
            let of = part.facts.gathering.strip_prefix("gatherings/").unwrap_or_default();
            let held = store::gathering(session, of).await?.ok_or(Error::NoSuchGathering)?;
            Ok(of_participation(&part, &held.facts.body))
        }
        About::Company => {
            let name = format!("companies/{id}");
            let involved = store::of_company(session, &name).await?;
            of_company(name, involved).ok_or(Error::NoSuchSubject)
        }
        About::Expert => {
            let name = format!("experts/{id}");
            let involved = store::of_expert(session, &name).await?;
            of_expert(name, named.programme, involved).ok_or(Error::NoSuchSubject)
        }
    }
}

fn choice(text: &str) -> Value {
    Value::Choice(text.to_owned())
}

fn industry(company: Option<&wire::CompanySnapshot>) -> Value {
    choice(company.map_or("", |company| &company.industry))
}

/// A case, or one of its visits.
pub(super) fn of_case(facts: &wire::CaseFacts, number: i32) -> Result<Subject, Error> {
    let mut themes: Vec<String> = Vec::new();
    for period in &facts.themes {
        if !themes.contains(&period.theme) {
            themes.push(period.theme.clone());
        }
    }
    let held = facts.visits.iter().filter(|visit| visit::is_held(visit)).count();
    let (mut state, mut theme) = (case::state_name(facts.state()), facts.theme.clone());
    if number > 0 {
        let found = facts.visits.iter().find(|visit| visit.number == number);
        let found = found.ok_or(crate::domain::Refused::NoSuchVisit(number))?;
        state = visit::state_name(found.state());
        theme.clone_from(&found.theme);
    }
    Ok(Subject {
        name: names::case(&facts.case_id),
        visit: number,
        programme: facts.programme.clone(),
        region: facts.region.clone(),
        company: facts.company.clone(),
        expert: facts.expert.clone(),
        reached_by: vec![(facts.expert.clone(), facts.body.clone())],
        known: Fields::from([
            ("theme", choice(&facts.theme)),
            ("themes", Value::Choices(themes)),
            ("held_visits", Value::Number(i64::try_from(held).unwrap_or(i64::MAX))),
            ("state", choice(&state)),
            ("company_industry", industry(facts.company.as_ref())),
        ]),
        theme,
        state,
    })
}

/// A consultation.
pub(super) fn of_consultation(met: &Consultation) -> Subject {
    let facts = &met.facts;
    let mut known = Fields::from([
        ("company_industry", industry(facts.company.as_ref())),
        ("declared_needs", Value::Choices(facts.declared_needs.clone())),
        ("question", Value::Text(met.texts.question.clone())),
    ]);
    if let Some(start) = facts.start_time.as_ref().map(read) {
        known.insert("date", Value::Text(japan_date(start)));
        known.insert("start", Value::Text(japan_time(start)));
    }
    Subject {
        name: names::consultation(&facts.consultation_id),
        state: consultation::state_name(facts.state()),
        programme: facts.programme.clone(),
        region: facts.region.clone(),
        company: facts.company.clone(),
        expert: facts.expert.clone(),
        reached_by: vec![(facts.expert.clone(), facts.body.clone())],
        known,
        ..Subject::default()
    }
}

fn of_participation(part: &Participation, body: &str) -> Subject {
    let facts = &part.facts;
    let prefecture = facts.region.as_ref().map_or("", |region| &region.prefecture);
    let company = facts.company.as_ref().map_or("", |company| &company.prefecture);
    let mut known = Fields::from([
        ("company_industry", industry(facts.company.as_ref())),
        ("prefecture", choice(prefecture)),
        ("company_prefecture", choice(company)),
    ]);
    if let Some(start) = facts.start_time.as_ref().map(read) {
        known.insert("date", Value::Text(japan_date(start)));
    }
    Subject {
        name: names::participation(&facts.participation_id),
        state: gathering::state_name(facts.state()),
        programme: facts.programme.clone(),
        region: facts.region.clone(),
        company: facts.company.clone(),
        reached_by: vec![(String::new(), body.to_owned())],
        known,
        ..Subject::default()
    }
}

/// What all of somebody's involvements say: when, the programme, where, which company, and who reaches it.
type Seen<'a> = (
    &'a Option<prost_types::Timestamp>,
    &'a str,
    &'a Option<wire::Region>,
    &'a Option<wire::CompanySnapshot>,
    (String, String),
);

fn seen(involved: &Involved) -> Vec<Seen<'_>> {
    let cases = involved.cases.iter().map(|of| {
        (&of.create_time, of.programme.as_str(), &of.region, &of.company, (of.expert.clone(), of.body.clone()))
    });
    let consultations = involved.consultations.iter().map(|of| {
        (&of.create_time, of.programme.as_str(), &of.region, &of.company, (of.expert.clone(), of.body.clone()))
    });
    let parts = involved.participations.iter().map(|(of, body)| {
        (&of.update_time, of.programme.as_str(), &of.region, &of.company, (String::new(), body.clone()))
    });
    cases.chain(consultations).chain(parts).collect()
}

/// A company, as it was in the newest of what it takes part in.
fn of_company(name: String, involved: Involved) -> Option<Subject> {
    let all = seen(&involved);
    let (_, programme, region, company, _) = all.iter().max_by_key(|(time, ..)| time.as_ref().map(read))?;
    Some(Subject {
        name,
        programme: (*programme).to_owned(),
        region: (*region).clone(),
        company: (*company).clone(),
        reached_by: all.iter().map(|(.., by)| by.clone()).collect(),
        ..Subject::default()
    })
}

/// An expert in a programme, or in any.
fn of_expert(name: String, programme: &str, involved: Involved) -> Option<Subject> {
    let all = seen(&involved);
    let of: Vec<_> = all.iter().filter(|(_, of, ..)| programme.is_empty() || *of == programme).collect();
    let reached_by: Vec<_> = of.iter().map(|(.., by)| by.clone()).collect();
    let subject =
        Subject { expert: name.clone(), name, programme: programme.to_owned(), reached_by, ..Subject::default() };
    Some(subject).filter(|subject| !subject.reached_by.is_empty())
}

/// Whether the caller may see and handle it: as with cases, by any of what it has to do with.
pub(super) fn reaches_subject(caller: &Caller, of: &Subject) -> Result<(), Error> {
    let everything = [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role));
    let counsels = |(_, body): &(String, String)| caller.is(Role::Counsellor) && caller.owns(body);
    let guides = |(expert, _): &(String, String)| caller.is(Role::Expert) && caller.owns(expert);
    let reached = everything || of.reached_by.iter().any(|by| counsels(by) || guides(by));
    if reached { Ok(()) } else { Err(Error::NotOwn) }
}
