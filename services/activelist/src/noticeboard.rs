//! `notices`: what people were told, what the portal would be given, and what did not arrive.

use contract::notices::v1::{
    Delivery, DeliveryRecord, ListDeliveriesRequest, ListNoticesRequest, Notice, NoticeState, PullRequest,
    RetryDeliveryRequest,
};
use kit_clock::Timestamp;
use kit_serve::{Caller, Role};
use serde_json::{Value, json};

use crate::args::{Notices, NoticesFailed, NoticesList, NoticesPull, NoticesRetry};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Column, Table};
use crate::text;

const SECONDS: u64 = 30;

/// Runs `notices`.
///
/// # Errors
/// When the server refuses.
pub async fn run(args: &Notices, out: &mut Output) -> Result<Exit, Failure> {
    match args {
        Notices::List(args) => list(args, out).await,
        Notices::Pull(args) => pull(args, out).await,
        Notices::Failed(args) => failed(args, out).await,
        Notices::Retry(args) => retry(args, out).await,
    }
}

async fn list(args: &NoticesList, out: &mut Output) -> Result<Exit, Failure> {
    let (recipient, subject, page_size) = (args.recipient.clone(), args.about.clone(), args.limit);
    let request = within(ListNoticesRequest { recipient, subject, page_size, ..Default::default() }, SECONDS);
    let answer =
        Connection::to(&args.server)?.notices().list_notices(request).await.map_err(|status| refused(&status))?;
    let notices = answer.into_inner().notices;
    if args.json {
        out.line(json!({"notices": to_json(&notices)}).to_string());
    } else {
        show(&notices, out);
    }
    Ok(Exit::Done)
}

async fn pull(args: &NoticesPull, out: &mut Output) -> Result<Exit, Failure> {
    // An operator hands nothing over: this is done as the portal.
    let subject = args.server.subject.clone().unwrap_or_else(|| "portal".to_owned());
    let url = args.server.notices.as_ref().unwrap_or(&args.server.url);
    let portal = Connection::open(url, Some(&Caller::new(subject, [Role::Portal])))?;
    let (recipient, cursor, page_size) = (args.recipient.clone(), args.cursor.clone(), args.limit);
    let request = within(PullRequest { recipient, cursor, page_size }, SECONDS);
    let answer = portal.notices().pull(request).await.map_err(|status| refused(&status))?.into_inner();
    if args.json {
        let notices = to_json(&answer.notices);
        out.line(json!({"notices": notices, "next_cursor": answer.next_cursor, "more": answer.more}).to_string());
    } else {
        show(&answer.notices, out);
        out.line(text::NEXT_CURSOR.get(out.lang(), &[("cursor", &answer.next_cursor)]));
    }
    Ok(Exit::Done)
}

async fn failed(args: &NoticesFailed, out: &mut Output) -> Result<Exit, Failure> {
    let request =
        within(ListDeliveriesRequest { failed_only: true, page_size: args.limit, ..Default::default() }, SECONDS);
    let answer =
        Connection::to(&args.server)?.notices().list_deliveries(request).await.map_err(|status| refused(&status))?;
    let deliveries = answer.into_inner().deliveries;
    if args.json {
        out.line(json!({"deliveries": deliveries.iter().map(delivery_json).collect::<Vec<_>>()}).to_string());
        return Ok(Exit::Done);
    }
    let lang = out.lang();
    if deliveries.is_empty() {
        out.line(text::NONE_FAILED.get(lang, &[]));
        return Ok(Exit::Done);
    }
    let names = [text::NOTICE, text::RECIPIENT, text::REASON, text::TRIES, text::NEXT_TRY];
    let [notice, recipient, reason, tries, next] = names.map(|name| name.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(notice, 40, 40),
        Column::text(recipient, 12, 48),
        Column::text(reason, 8, 24),
        Column::number(tries),
        Column::text(next, 16, 25),
    ]);
    for one in &deliveries {
        let delivery = one.delivery.clone().unwrap_or_default();
        let next = time(delivery.next_try_time.as_ref()).unwrap_or_else(|| text::GIVEN_UP.get(lang, &[]));
        table.plain([one.notice.clone(), one.recipient.clone(), why(&delivery), delivery.attempts.to_string(), next]);
    }
    table.lines(Some(out.width().unwrap_or(USUAL_WIDTH)), out.pen()).into_iter().for_each(|line| out.line(line));
    Ok(Exit::Done)
}

async fn retry(args: &NoticesRetry, out: &mut Output) -> Result<Exit, Failure> {
    let request = within(RetryDeliveryRequest { name: args.name.clone(), request_id: String::new() }, SECONDS);
    Connection::to(&args.server)?.notices().retry_delivery(request).await.map_err(|status| refused(&status))?;
    out.line(text::TAKEN_UP.get(out.lang(), &[("name", &args.name)]));
    Ok(Exit::Done)
}

/// Reason and reply: `REFUSED 550`.
fn why(delivery: &Delivery) -> String {
    match delivery.reply_code {
        0 => delivery.reason.clone(),
        code => format!("{} {code}", delivery.reason),
    }
}

fn show(notices: &[Notice], out: &mut Output) {
    let lang = out.lang();
    if notices.is_empty() {
        out.line(text::NO_NOTICES.get(lang, &[]));
        return;
    }
    let names = [text::RAISED, text::RECIPIENT, text::NOTICE, text::NOTICE_STATE, text::DUE];
    let [raised, recipient, notice, state, due] = names.map(|name| name.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(raised, 16, 25),
        Column::text(recipient, 12, 48),
        Column::text(notice, 24, 64),
        Column::text(state, 8, 12),
        Column::text(due, 16, 25),
    ]);
    for one in notices {
        let facts = one.facts.clone().unwrap_or_default();
        let words = one.subject.clone().unwrap_or_default();
        let subject = if lang == kit_vocabulary::Lang::Ja { words.ja } else { words.en };
        let times = [facts.raise_time, facts.due_time].map(|at| time(at.as_ref()).unwrap_or_default());
        let [raised, due] = times.map(|at| (at, Some(Tone::Faint)));
        let state = (named(facts.state()).get(lang, &[]), None);
        table.row([raised, (facts.recipient, None), (subject, Some(Tone::Heading)), state, due]);
    }
    table.lines(Some(out.width().unwrap_or(USUAL_WIDTH)), out.pen()).into_iter().for_each(|line| out.line(line));
}

const fn named(state: NoticeState) -> text::Text {
    match state {
        NoticeState::Unspecified | NoticeState::Pending => text::PENDING,
        NoticeState::HandedOver => text::HANDED_OVER,
        NoticeState::Acknowledged => text::ACKNOWLEDGED,
        NoticeState::Expired => text::EXPIRED,
        NoticeState::Withdrawn => text::WITHDRAWN,
    }
}

/// Day and time in Japan.
fn time(at: Option<&prost_types::Timestamp>) -> Option<String> {
    let text = Timestamp::from_parts(at?.seconds, at?.nanos).to_string();
    Some(text.get(..16).unwrap_or(&text).replace('T', " "))
}

fn to_json(notices: &[Notice]) -> Vec<Value> {
    let full =
        |at: Option<&prost_types::Timestamp>| at.map(|at| Timestamp::from_parts(at.seconds, at.nanos).to_string());
    let one = |notice: &Notice| {
        let facts = notice.facts.clone().unwrap_or_default();
        let (subject, text) = (notice.subject.clone().unwrap_or_default(), notice.text.clone().unwrap_or_default());
        json!({
            "name": notice.name, "recipient": facts.recipient, "template": facts.template, "about": facts.subject,
            "reminder": facts.reminder, "state": named(facts.state()).get(kit_vocabulary::Lang::En, &[]),
            "raised": full(facts.raise_time.as_ref()), "due": full(facts.due_time.as_ref()),
            "expires": full(facts.expire_time.as_ref()), "link": facts.link,
            "subject": {"ja": subject.ja, "en": subject.en}, "text": {"ja": text.ja, "en": text.en},
        })
    };
    notices.iter().map(one).collect()
}

fn delivery_json(record: &DeliveryRecord) -> Value {
    let delivery = record.delivery.clone().unwrap_or_default();
    json!({
        "notice": record.notice, "recipient": record.recipient, "template": record.template,
        "reason": delivery.reason, "reply_code": delivery.reply_code, "attempts": delivery.attempts,
        "next_try": time(delivery.next_try_time.as_ref()),
    })
}
