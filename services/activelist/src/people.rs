//! `dispute` and `person`: whose answers are whose, looked at side by side and decided.

mod shown;

use contract::survey::v1 as api;
use contract::survey::v1::people_client::PeopleClient;
use kit_serve::Client;
use kit_vocabulary::Lang;
use serde_json::json;

use self::shown::{
    compared_json, decision_json, dispute_json, person_json, show_compared, show_decisions, show_disputes, show_pairs,
    show_person,
};
use crate::args::{self, At, DisputeDecide, DisputeList, DisputeShow};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::labels::date_of;
use crate::output::{Output, Tone};
use crate::text;

const SECONDS: u64 = 30;

/// Runs a command about disputed responses.
///
/// # Errors
/// When the input is at fault, there is no such dispute, or the server refuses.
pub async fn dispute(command: &args::Dispute, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Dispute::List(args) => list(args, out).await,
        args::Dispute::Show(args) => look(args, out).await,
        args::Dispute::Decide(args) => decide(args, out).await,
    }
}

/// Runs a command about people.
///
/// # Errors
/// When the input is at fault, there is no such person, or the server refuses.
pub async fn person(command: &args::Person, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Person::Duplicates(args) => duplicates(args, out).await,
        args::Person::Compare(args) => compare(args, out).await,
        args::Person::Merge(args) => merge(args, out).await,
        args::Person::Split(args) => split(args, out).await,
        args::Person::Apart(args) => apart(args, out).await,
        args::Person::History(args) => history(args, out).await,
        args::Person::Show(args) => one(args, out).await,
    }
}

/// The services a command talks to.
struct To {
    connection: Connection,
    people: PeopleClient<Client>,
}

impl To {
    fn open(at: &At) -> Result<Self, Failure> {
        let connection = Connection::to(&at.server)?;
        Ok(Self { people: connection.people(), connection })
    }

    /// Who answered under a registration number, or the person of a name: merged into another one since or not.
    async fn person(&self, given: &str) -> Result<api::Person, Failure> {
        let request = match given.starts_with("people/") {
            true => api::GetPersonRequest { name: given.to_owned(), ..Default::default() },
            false => api::GetPersonRequest { registration_number: given.to_owned(), ..Default::default() },
        };
        let answer = self.people.clone().get_person(within(request, SECONDS)).await;
        Ok(answer.map_err(|status| refused(&status))?.into_inner().person.unwrap_or_default())
    }

    /// `people/<id>` of that person.
    async fn own(&self, given: &str) -> Result<String, Failure> {
        if given.starts_with("people/") { Ok(given.to_owned()) } else { Ok(self.person(given).await?.name) }
    }

    /// `people/<id>` of who a number is now; a name is taken as it is.
    async fn name(&self, given: &str) -> Result<String, Failure> {
        let mut name = self.own(given).await?;
        while !given.starts_with("people/") {
            let into = self.person(&name).await?.merged_into;
            if into.is_empty() {
                break;
            }
            name = into;
        }
        Ok(name)
    }
}

async fn list(args: &DisputeList, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.page.at)?;
    let request = api::ListDisputesRequest {
        decided: args.decided,
        registration_number: args.number.clone(),
        page_size: args.page.page_size,
        page_token: args.page.page_token.clone(),
    };
    let answer = to.people.list_disputes(within(request, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    if args.page.at.json {
        let disputes: Vec<_> = answer.disputes.iter().map(dispute_json).collect();
        out.line(json!({"disputes": disputes, "next_page_token": answer.next_page_token}).to_string());
        return Ok(Exit::Done);
    }
    if answer.disputes.is_empty() {
        let none = if args.decided { text::NO_DECIDED } else { text::NO_DISPUTES };
        out.line(none.get(out.lang(), &[]));
    }
    show_disputes(&answer.disputes, out);
    go_on(&answer.next_page_token, out);
    Ok(Exit::Done)
}

async fn look(args: &DisputeShow, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let request = api::GetDisputeRequest { name: args.name.clone() };
    let answer = to.people.get_dispute(within(request, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    let (dispute, holder) = (answer.dispute.unwrap_or_default(), answer.holder.unwrap_or_default());
    if args.at.json {
        let answers = compared_json(&answer.answers, args.differing);
        let object = json!({"dispute": dispute_json(&dispute), "holder": person_json(&holder), "answers": answers});
        out.line(object.to_string());
        return Ok(Exit::Done);
    }
    show_disputes(std::slice::from_ref(&dispute), out);
    show_person(&holder, out);
    out.line("");
    show_compared(&answer.answers, [text::COUNTS_NOW, text::WAITS], args.differing, out);
    out.line(out.paint(Tone::Faint, &text::ETAG.get(out.lang(), &[("etag", &dispute.etag)])));
    Ok(Exit::Done)
}

async fn decide(args: &DisputeDecide, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let decision = match args.decision {
        args::Decision::Keep => api::DisputeDecision::Keep,
        args::Decision::TakeOver => api::DisputeDecision::TakeOver,
        args::Decision::SamePerson => api::DisputeDecision::SamePerson,
        args::Decision::OtherNumber => api::DisputeDecision::OtherNumber,
    };
    let request = api::DecideDisputeRequest {
        name: args.name.clone(),
        decision: decision.into(),
        registration_number: args.number.clone(),
        reason: args.reason.clone(),
        etag: args.etag.clone(),
        request_id: String::new(),
    };
    let answer = to.people.decide_dispute(within(request, SECONDS)).await;
    let dispute = answer.map_err(|status| refused(&status))?.into_inner().dispute.unwrap_or_default();
    if args.at.json {
        out.line(dispute_json(&dispute).to_string());
        return Ok(Exit::Done);
    }
    let decided = dispute.decided.as_ref().map(|decided| decided.decision.as_str()).unwrap_or_default();
    done(decided, out);
    Ok(Exit::Done)
}

async fn duplicates(args: &args::PersonDuplicates, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.page.at)?;
    let (page_size, page_token) = (args.page.page_size, args.page.page_token.clone());
    let request = api::ListPossibleDuplicatePeopleRequest { page_size, page_token };
    let answer = to.people.list_possible_duplicate_people(within(request, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    if args.page.at.json {
        let pair = |pair: &api::PossibleDuplicatePeople| {
            let [first, second] = [&pair.first, &pair.second].map(|one| one.as_ref().map(person_json));
            json!({"first": first, "second": second, "same": pair.same})
        };
        let pairs: Vec<_> = answer.pairs.iter().map(pair).collect();
        out.line(json!({"pairs": pairs, "next_page_token": answer.next_page_token}).to_string());
        return Ok(Exit::Done);
    }
    if answer.pairs.is_empty() {
        out.line(text::NO_TWINS.get(out.lang(), &[]));
    }
    show_pairs(&answer.pairs, out);
    go_on(&answer.next_page_token, out);
    Ok(Exit::Done)
}

async fn compare(args: &args::PersonCompare, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let (first, second) = (to.own(&args.first).await?, to.own(&args.second).await?);
    let answer = to.people.compare_people(within(api::ComparePeopleRequest { first, second }, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    let (first, second) = (answer.first.unwrap_or_default(), answer.second.unwrap_or_default());
    if args.at.json {
        let answers = compared_json(&answer.answers, args.differing);
        let object = json!({"first": person_json(&first), "second": person_json(&second), "answers": answers});
        out.line(object.to_string());
        return Ok(Exit::Done);
    }
    show_person(&first, out);
    show_person(&second, out);
    out.line("");
    let heads = [first, second].map(|person| person.registration_number);
    shown::show_compared_as(&answer.answers, heads, args.differing, out);
    Ok(Exit::Done)
}

/// A person, and every response of his or hers: what `split` is told.
async fn one(args: &args::PersonShow, out: &mut Output) -> Result<Exit, Failure> {
    let to = To::open(&args.at)?;
    let person = to.person(&args.person).await?;
    let mut request = api::ListResponsesRequest { person: person.name.clone(), page_size: 200, ..Default::default() };
    let mut responses = Vec::new();
    loop {
        let answer = to.connection.responses().list_responses(within(request.clone(), SECONDS)).await;
        let answer = answer.map_err(|status| refused(&status))?.into_inner();
        responses.extend(answer.responses);
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    if args.at.json {
        let responses: Vec<_> = responses.iter().map(shown::response_json).collect();
        out.line(json!({"person": person_json(&person), "responses": responses}).to_string());
        return Ok(Exit::Done);
    }
    show_person(&person, out);
    shown::show_responses(&responses, out);
    Ok(Exit::Done)
}

async fn merge(args: &args::PersonMerge, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let (name, into) = (to.name(&args.person).await?, to.name(&args.into).await?);
    let request = api::MergePeopleRequest { name, into, reason: args.reason.clone(), ..Default::default() };
    let answer = to.people.merge_people(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    decided("merge", args.at.json, answer.into_inner().person.into_iter().collect(), out);
    Ok(Exit::Done)
}

async fn split(args: &args::PersonSplit, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let request = api::SplitPersonRequest {
        name: to.name(&args.person).await?,
        responses: args.responses.clone(),
        registration_number: args.number.clone(),
        reason: args.reason.clone(),
        ..Default::default()
    };
    let answer = to.people.split_person(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let answer = answer.into_inner();
    decided("split", args.at.json, [answer.person, answer.other].into_iter().flatten().collect(), out);
    Ok(Exit::Done)
}

async fn apart(args: &args::PersonApart, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let (first, second) = (to.own(&args.first).await?, to.own(&args.second).await?);
    let request = api::KeepPeopleApartRequest { first, second, reason: args.reason.clone(), ..Default::default() };
    let answer = to.people.keep_people_apart(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let answer = answer.into_inner();
    decided("apart", args.at.json, [answer.first, answer.second].into_iter().flatten().collect(), out);
    Ok(Exit::Done)
}

async fn history(args: &args::PersonHistory, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = To::open(&args.at)?;
    let request = api::ListPersonDecisionsRequest { name: to.name(&args.person).await? };
    let answer = to.people.list_person_decisions(within(request, SECONDS)).await;
    let decisions = answer.map_err(|status| refused(&status))?.into_inner().decisions;
    if args.at.json {
        out.line(json!({"decisions": decisions.iter().map(decision_json).collect::<Vec<_>>()}).to_string());
        return Ok(Exit::Done);
    }
    if decisions.is_empty() {
        out.line(text::NO_DECISIONS.get(out.lang(), &[]));
    }
    show_decisions(&decisions, out);
    Ok(Exit::Done)
}

fn decided(decision: &str, json: bool, people: Vec<api::Person>, out: &mut Output) {
    if json {
        let people: Vec<_> = people.iter().map(person_json).collect();
        out.line(json!({"decision": decision, "people": people}).to_string());
        return;
    }
    done(decision, out);
    people.iter().for_each(|person| show_person(person, out));
}

fn done(decision: &str, out: &mut Output) {
    let decision = shown::decision_name(decision).map_or(decision.to_owned(), |text| text.get(out.lang(), &[]));
    let line = text::DECIDED_NOW.get(out.lang(), &[("decision", &decision)]);
    out.line(out.paint(Tone::Good, &line));
}

fn go_on(token: &str, out: &mut Output) {
    if !token.is_empty() {
        let lead = text::NEXT_PAGE.get(out.lang(), &[]);
        out.line(out.paint(Tone::Faint, &format!("{lead}: --page-token {token}")));
    }
}

/// The day of a moment, and who.
fn by(decided: &api::PersonDecision, lang: Lang) -> String {
    let name = shown::decision_name(&decided.decision);
    let name = name.map_or(decided.decision.clone(), |text| text.get(lang, &[]));
    format!("{name}  {}  {}", date_of(decided.time.as_ref()), decided.actor)
}
