//! `health` and `parked`: asking a server how it is, and what its readers could not apply.

use contract::event::v1::{DropParkedRequest, ListParkedRequest, ReplayParkedRequest};
use kit_vocabulary::Lang;
use serde_json::{Value, json};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::args::{Health, Parked, ParkedList, ParkedOf};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure, one_line};
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text;

/// Less than orchestrators wait, so that they are told why.
const HEALTH_SECONDS: u64 = 3;
const SECONDS: u64 = 30;

/// Runs `health`: one line and the exit status, whatever the answer, as those who ask every few seconds want it.
///
/// # Errors
/// When the address is none.
pub async fn health(args: &Health, out: &mut Output) -> Result<Exit, Failure> {
    let request = within(HealthCheckRequest { service: args.service.clone() }, HEALTH_SECONDS);
    let answer = Connection::to(&args.server)?.health().check(request).await;
    let why = match answer.map(|answer| answer.into_inner().status()) {
        Ok(ServingStatus::Serving) => {
            out.line(out.paint(Tone::Good, &text::SERVING.fill(&[])));
            return Ok(Exit::Done);
        }
        Ok(_) => String::new(),
        Err(status) => format!(": {}", one_line(&refused(&status).what)),
    };
    out.note(format!("{}{why}", out.paint_note(Tone::Bad, &text::NOT_SERVING.fill(&[]))));
    Ok(Exit::Failed)
}

/// Runs `parked`.
///
/// # Errors
/// When the server refuses.
pub async fn parked(args: &Parked, out: &mut Output) -> Result<Exit, Failure> {
    match args {
        Parked::List(args) => list(args, out).await,
        Parked::Replay(args) => replay(args, out).await,
        Parked::Drop(args) => give_up(args, out).await,
    }
}

async fn list(args: &ParkedList, out: &mut Output) -> Result<Exit, Failure> {
    let request = within(ListParkedRequest { reader: args.reader.clone() }, SECONDS);
    let answer = Connection::to(&args.server)?.log().list_parked(request).await.map_err(|status| refused(&status))?;
    let parked = answer.into_inner().parked;
    if args.json {
        let events = parked.iter().map(|event| {
            let place = event.event.clone().unwrap_or_default();
            json!({
                "reader": event.reader, "producer": place.service, "position": place.position,
                "aggregate": event.aggregate, "type": event.r#type, "error": event.error, "tries": event.tries,
            })
        });
        out.line(json!({"parked": events.collect::<Vec<Value>>()}).to_string());
        return Ok(Exit::Done);
    }
    if parked.is_empty() {
        out.line(text::NOTHING_PARKED.fill(&[]));
        return Ok(Exit::Done);
    }
    let headings = [text::READER, text::PRODUCER, text::POSITION, text::AGGREGATE, text::TYPE, text::MEANING];
    let [reader, producer, position, aggregate, kind, meaning] = headings.map(|said| said.get(Lang::Ja, &[]));
    let mut table = Table::new(vec![
        Column::text(reader, 8, 10),
        Column::text(producer, 8, 10),
        Column::number(position),
        Column::text(aggregate, 20, 50),
        Column::text(kind, 10, 50),
        Column::text(meaning, 10, 80),
    ]);
    for event in parked {
        let place = event.event.unwrap_or_default();
        table.plain([
            event.reader,
            place.service,
            place.position.to_string(),
            event.aggregate,
            event.r#type,
            event.error,
        ]);
    }
    for line in table.lines(out.width(), out.pen()) {
        out.line(line);
    }
    Ok(Exit::Done)
}

async fn replay(args: &ParkedOf, out: &mut Output) -> Result<Exit, Failure> {
    let (reader, producer, aggregate) = (args.reader.clone(), args.producer.clone(), args.aggregate.clone());
    let request = within(ReplayParkedRequest { reader, producer, aggregate }, SECONDS);
    let answer = Connection::to(&args.server)?.log().replay_parked(request).await.map_err(|status| refused(&status))?;
    let answer = answer.into_inner();
    let places = [("applied", &*answer.applied.to_string()), ("parked", &*answer.parked.to_string())];
    if answer.parked > 0 {
        return Err(Failure::other(text::REPLAYED.fill(&places), text::ADVICE_PARKED));
    }
    out.line(text::REPLAYED.fill(&places));
    Ok(Exit::Done)
}

async fn give_up(args: &ParkedOf, out: &mut Output) -> Result<Exit, Failure> {
    let (reader, producer, aggregate) = (args.reader.clone(), args.producer.clone(), args.aggregate.clone());
    let request = within(DropParkedRequest { reader, producer, aggregate }, SECONDS);
    let answer = Connection::to(&args.server)?.log().drop_parked(request).await.map_err(|status| refused(&status))?;
    out.line(text::DROPPED.fill(&[("dropped", &answer.into_inner().dropped.to_string())]));
    Ok(Exit::Done)
}
