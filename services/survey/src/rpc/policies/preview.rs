//! What another policy would change. It reads everybody once, a page at a time, and holds no more than a page and those who
//! are told one by one.

use std::collections::HashMap;

use contract::survey::v1 as wire;
use kit_serve::page::Page;

use super::super::check::Check;
use super::super::person::{holder_body, stored_skills};
use super::super::rules::Rules;
use super::super::{Survey, wire as shown};
use super::add;
use super::audit::audits;
use crate::Error;
use crate::domain::policy::{Area, Menu, Policy};
use crate::domain::preview::{Changed, Compared, Comparison, Moves, Preview};
use crate::domain::scoring::Mark;
use crate::store::{self, Rateable};

/// People read at once.
const PAGE: i64 = 10_000;
/// Most people told one by one.
const MOVES: i32 = 500;

/// What is asked for, checked.
struct Asked {
    /// Id of a known policy, or one that is not added.
    policy: Result<String, Box<Policy>>,
    /// Of those who are told one by one, after a person.
    page: Page<String>,
    prefecture: String,
}

impl Asked {
    fn read(request: &wire::PreviewPolicyRequest) -> Result<Self, Error> {
        let mut check = Check::default();
        let mut policy = Ok(request.policy.clone());
        match (request.policy.is_empty(), request.definition.is_empty()) {
            (true, false) => match add::read(&request.definition) {
                Ok(read) => policy = Err(Box::new(read)),
                Err(found) => check.0.extend(found),
            },
            (false, true) => {}
            _ => check.fault("policy", "ONE_OF_BOTH", &[]),
        }
        if !(0..=MOVES).contains(&request.page_size) {
            check.fault("page_size", "OUT_OF_RANGE", &[("min", "0"), ("max", &MOVES.to_string())]);
        }
        let known = kit_vocabulary::prefectures().position(&request.prefecture).is_some();
        if !request.prefecture.is_empty() && !known {
            check.fault("prefecture", "UNKNOWN_PREFECTURE", &[]);
        }
        let page = check.page_of(request, request.page_size.into());
        check.done()?;
        Ok(Self { policy, page, prefecture: request.prefecture.clone() })
    }
}

impl Survey {
    pub(super) async fn preview(
        &self,
        request: &wire::PreviewPolicyRequest,
    ) -> Result<wire::PreviewPolicyResponse, Error> {
        let asked = Asked::read(request)?;
        let mut session = self.log.read_session().await?;
        let Rules { in_force: before, .. } = self.policies.rules(&mut session).await?;
        let after = match &asked.policy {
            Ok(id) => self.policies.find(&mut session, id).await?.ok_or(Error::NotFound("NO_SUCH_POLICY"))?,
            Err(policy) => std::sync::Arc::new(Policy::clone(policy)),
        };
        let after_whom = asked.page.after(String::new());
        let mut comparison = Comparison::new(&before, &after);
        let mut told: Vec<(String, (Rateable, Changed))> = Vec::new();
        let mut at = String::new();
        loop {
            let page = store::rateable_after(&mut session, before.id(), &at, PAGE).await?;
            let Some(last) = page.last() else { break };
            at.clone_from(&last.id);
            let audits = audits(&mut session, self.log.keys().as_ref(), (&before, &after), &page).await?;
            let compared = compared(&page, &audits)?;
            // Counting is some milliseconds of work a page: others have their turn between the pages.
            for changed in comparison.add(&compared) {
                let person = &page[changed.row];
                let wanted =
                    person.id > after_whom && (asked.prefecture.is_empty() || asked.prefecture == person.prefecture);
                if wanted && (told.len() as i64) < asked.page.limit() {
                    told.push((person.id.clone(), (person.clone(), changed)));
                }
            }
        }
        drop(session);
        let (told, next_page_token) = asked.page.cut(told);
        let counts = comparison.counts();
        Ok(wire::PreviewPolicyResponse {
            policy: after.id().to_owned(),
            against: before.id().to_owned(),
            people: number(counts.people),
            changed: number(counts.changed),
            areas: Area::ALL.iter().map(|&area| moves(area.code(), &counts.areas[area as usize])).collect(),
            menus: Menu::ALL.iter().map(|&menu| moves(menu.code(), &counts.menus[menu as usize])).collect(),
            prefectures: prefectures(&counts),
            moves: self.told(told).await?,
            next_page_token,
        })
    }

    async fn told(&self, people: Vec<(Rateable, Changed)>) -> Result<Vec<wire::PersonMoves>, Error> {
        let ids: Vec<String> = people.iter().map(|(person, _)| person.id.clone()).collect();
        let keys = self.log.keys().find(&ids).await?;
        let holders: HashMap<String, Vec<u8>> =
            store::holders(&mut self.log.read_session().await?, &ids).await?.into_iter().collect();
        let mut told = Vec::new();
        for (person, changed) in people {
            let number = match (keys.get(&person.id), holders.get(&person.id)) {
                (Some(key), Some(holder)) => holder_body(&person.id, holder, key)?.number,
                // Erased.
                _ => String::new(),
            };
            let areas = changed.areas.iter().map(|&(area, from, to)| one_move(area.code(), from, to));
            let menus = changed.menus.iter().map(|&(menu, from, to)| one_move(menu.code(), from, to));
            told.push(wire::PersonMoves {
                registration_number: number,
                marks: areas.chain(menus).collect(),
                respondent_id: person.id,
                prefecture: person.prefecture,
            });
        }
        Ok(told)
    }
}

fn compared<'p>(page: &'p [Rateable], audits: &[String]) -> Result<Vec<Compared<'p>>, Error> {
    let one = |(person, audit): (&'p Rateable, &String)| {
        Ok(Compared {
            skills: stored_skills(&person.skills)?,
            audit_before: !person.audit.is_empty(),
            audit_after: !audit.is_empty(),
            prefecture: &person.prefecture,
        })
    };
    page.iter().zip(audits).map(one).collect()
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn one_move(code: &str, from: Mark, to: Mark) -> wire::MarkMoves {
    let one = wire::MarkMove { from: shown::mark(from), to: shown::mark(to), people: 1 };
    wire::MarkMoves { code: code.to_owned(), moves: vec![one] }
}

fn moves(code: &str, counts: &Moves) -> wire::MarkMoves {
    const MARKS: [Mark; 3] = [Mark::None, Mark::Able, Mark::Strong];
    let pairs = MARKS.into_iter().flat_map(|from| MARKS.map(|to| (from, to)));
    let counted = pairs.map(|(from, to)| (from, to, counts[from as usize][to as usize])).filter(|(.., n)| *n > 0);
    let moves = counted.map(|(from, to, people)| wire::MarkMove {
        from: shown::mark(from),
        to: shown::mark(to),
        people: number(people),
    });
    wire::MarkMoves { code: code.to_owned(), moves: moves.collect() }
}

/// Those with somebody who changes, in order of the code, people who did not say last.
fn prefectures(counts: &Preview) -> Vec<wire::PrefectureMoves> {
    let (silent, said): (Vec<_>, Vec<_>) = counts.prefectures.iter().partition(|(code, _)| code.is_empty());
    let one = |(code, &(people, changed)): (&String, &(u64, u64))| wire::PrefectureMoves {
        prefecture: code.clone(),
        people: number(people),
        changed: number(changed),
    };
    said.into_iter().chain(silent).map(one).filter(|prefecture| prefecture.changed > 0).collect()
}
