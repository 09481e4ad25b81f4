//! One expert answers again, and the same search shows it: how long that takes, from the send to the answer on a second
//! connection.

use std::time::{Duration, Instant};

use contract::event::v1::Token;
use contract::search::v1::{Conditions, Hit, SearchExpertsRequest, SearchExpertsResponse};
use contract::survey::v1::{
    Answer, GetResponseRequest, ListResponsesRequest, Mark, NewResponse, ResponseState, SubmitResponseRequest, answer,
};
use kit_clock::{Clock, Timestamp};
use kit_serve::{Caller, Role};

use super::show;
use crate::connect::{Connection, refused, within};
use crate::failure::Failure;
use crate::output::Output;
use crate::serve::Running;
use crate::{marks, search, text};

/// Incident response and emergency help, in 大阪府.
const MENU: &str = "M5";
const FORMAT: &str = "incident";
const PREFECTURE: &str = "27";
/// The area that rates the menu, and its questions.
const AREA: &str = "S5";
/// Further answers, for a median.
const FURTHER: usize = 20;
const SECONDS: u64 = 30;

/// What was seen.
pub(super) struct Seen {
    /// The expert, as found.
    pub(super) chosen: Hit,
    /// The expert's number.
    pub(super) number: String,
    /// The mark in the search before, and after.
    pub(super) before: &'static str,
    /// See `before`.
    pub(super) after: &'static str,
    /// From the send to the answer that showed it.
    pub(super) first: Duration,
    /// The same for further answers, shortest first.
    further: Vec<Duration>,
    /// The search.
    pub(super) request: SearchExpertsRequest,
}

impl Seen {
    pub(super) fn median(&self) -> Duration {
        self.further.get(self.further.len() / 2).copied().unwrap_or(self.first)
    }

    pub(super) fn worst(&self) -> Duration {
        self.further.last().copied().unwrap_or(self.first).max(self.first)
    }
}

/// Milliseconds with three digits after the point.
pub(super) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// Searches, lets one of those found answer again as the portal would, and searches again.
pub(super) async fn answer_again(running: &Running, operator: &Connection, out: &mut Output) -> Result<Seen, Failure> {
    let watcher = Connection::open(&running.url, None)?;
    let (request, found, chosen) = choose(&watcher).await?;
    show::search(&request, &found, out);
    let portal = Connection::open(&running.url, Some(&Caller::new("portal", [Role::Portal])))?;
    let answers = Answers::of(&portal, &chosen.registration_number).await?;
    let before = mark_of(&found, &chosen);
    // To ◎, or away from it: what is shown has to change.
    let other = if before == Mark::Strong as i32 { 0 } else { 3 };

    let mut race = Race { portal: &portal, watcher: &watcher, clock: &running.clock, request: &request };
    let (first, after) = race.run(answers.with(other), &chosen).await?;
    show::again(&after, &chosen, out);
    let bar = out.progress(&text::MEASURING.fill(&[]), FURTHER as u64);
    let mut further = Vec::with_capacity(FURTHER);
    for turn in 0..FURTHER {
        let response = if turn % 2 == 0 { answers.original.clone() } else { answers.with(other) };
        further.push(race.run(response, &chosen).await?.0);
        bar.inc(1);
    }
    bar.finish_and_clear();
    further.sort();
    let rating = crate::expert::find(operator, &chosen.registration_number).await?.rating;
    if let Some(rating) = &rating {
        crate::expert::show_rating(rating, out);
    }
    let (before, after) = (marks::sign(before), marks::sign(mark_of(&after, &chosen)));
    let number = chosen.registration_number.clone();
    Ok(Seen { chosen, number, before, after, first, further, request })
}

/// The search for incident response and somebody in it with ○ there, else anybody listed in a search for everybody.
async fn choose(watcher: &Connection) -> Result<(SearchExpertsRequest, SearchExpertsResponse, Hit), Failure> {
    let codes = |code: &str| vec![code.to_owned()];
    let conditions = Conditions {
        menus: codes(MENU),
        formats: codes(FORMAT),
        prefectures: codes(PREFECTURE),
        ..Conditions::default()
    };
    let request = SearchExpertsRequest {
        conditions: Some(conditions),
        place: PREFECTURE.to_owned(),
        page_size: 100,
        ..SearchExpertsRequest::default()
    };
    let found = search::find(watcher, request.clone(), true).await?;
    let able = |hit: &&Hit| mark_in(hit) == Mark::Able as i32;
    if let Some(chosen) = found.hits.iter().find(able).cloned() {
        return Ok((request, found, chosen));
    }
    let request = SearchExpertsRequest { page_size: 100, ..SearchExpertsRequest::default() };
    let found = search::find(watcher, request.clone(), true).await?;
    let chosen = found.hits.iter().find(able).or(found.hits.first()).cloned();
    let chosen = chosen.ok_or_else(|| Failure::other(text::NOBODY_LISTED.fill(&[]), text::ADVICE_LOG))?;
    Ok((request, found, chosen))
}

fn mark_in(hit: &Hit) -> i32 {
    hit.menus.iter().find(|menu| menu.menu == MENU).map_or(0, |menu| menu.mark)
}

fn mark_of(found: &SearchExpertsResponse, chosen: &Hit) -> i32 {
    found.hits.iter().find(|hit| hit.name == chosen.name).map_or(0, mark_in)
}

/// The answers that count for a person.
struct Answers {
    original: NewResponse,
}

impl Answers {
    async fn of(portal: &Connection, number: &str) -> Result<Self, Failure> {
        let refused = |status: tonic::Status| refused(&status);
        let request = ListResponsesRequest {
            registration_number: number.to_owned(),
            state: ResponseState::Counts as i32,
            ..ListResponsesRequest::default()
        };
        let listed = portal.responses().list_responses(within(request, SECONDS)).await.map_err(refused)?.into_inner();
        let name = listed.responses.into_iter().next().map(|response| response.name).unwrap_or_default();
        let response = portal.responses().get_response(within(GetResponseRequest { name }, SECONDS)).await;
        let response = response.map_err(refused)?.into_inner().response.unwrap_or_default();
        let original = NewResponse { form: response.form, answers: response.answers, submit_time: None };
        Ok(Self { original })
    }

    /// The same with other answers to every question of the area.
    fn with(&self, level: i64) -> NewResponse {
        let mut response = self.original.clone();
        let skill =
            |question: &str| question.starts_with(AREA) && kit_vocabulary::skill_items().get(question).is_some();
        for Answer { question, value } in &mut response.answers {
            if skill(question) {
                *value = Some(answer::Value::Number(level));
            }
        }
        response
    }
}

/// A submission on one connection, and the search that waits for it on another.
struct Race<'a> {
    portal: &'a Connection,
    watcher: &'a Connection,
    clock: &'a Clock,
    request: &'a SearchExpertsRequest,
}

impl Race<'_> {
    #[expect(clippy::disallowed_methods, reason = "a measured duration")]
    async fn run(&mut self, response: NewResponse, chosen: &Hit) -> Result<(Duration, SearchExpertsResponse), Failure> {
        // The clock stands; people answer one after another.
        self.clock.set(Timestamp::from_micros(self.clock.now().micros() + 1_000_000));
        let submission = SubmitResponseRequest { response: Some(response), ..SubmitResponseRequest::default() };
        let mut responses = self.portal.responses();
        let begun = Instant::now();
        let stored = responses.submit_response(within(submission, SECONDS)).await.map_err(|status| refused(&status))?;
        let at_least: Vec<Token> = stored.into_inner().token.into_iter().collect();
        let request = SearchExpertsRequest { at_least, ..self.request.clone() };
        let found = search::find(self.watcher, request, true).await?;
        let took = begun.elapsed();
        if found.hits.iter().any(|hit| hit.name == chosen.name) {
            return Ok((took, found));
        }
        let what = text::LOST_EXPERT.fill(&[("number", &chosen.registration_number)]);
        Err(Failure::other(what, text::ADVICE_LOG))
    }
}
