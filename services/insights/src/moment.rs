//! The moment that a report is to show.

use contract::event::v1::Token;
use contract::insights::v1::Moment;
use kit_log::clock_time;
use kit_serve::Fault;

use crate::Error;
use crate::book::Book;
use crate::domain::schema::Producer;

/// Most tokens in a request: more than there are logs helps nobody.
const TOKENS: usize = 16;

/// Notes every fault of a moment.
pub(crate) fn check(moment: Option<&Moment>, faults: &mut Vec<Fault>) {
    let Some(moment) = moment else { return };
    if moment.time.is_some() && !moment.positions.is_empty() {
        let (ja, en) = ("時刻と位置は同時に指定できません", "not together with positions");
        faults.push(Fault::new("as_of.time", "NOT_TOGETHER", ja, en));
    }
    if moment.time.as_ref().is_some_and(|time| !(0..1_000_000_000).contains(&time.nanos)) {
        faults.push(Fault::new("as_of.time", "BAD_TIME", "時刻の形式ではありません", "not a time"));
    }
    check_tokens("as_of.positions", &moment.positions, faults);
    for (at, token) in moment.positions.iter().enumerate() {
        if moment.positions[..at].iter().any(|other| other.service == token.service) {
            let field = format!("as_of.positions[{at}].service");
            faults.push(Fault::new(field, "REPEATED", "同じログが二度あります", "the same log twice"));
        }
    }
}

/// Notes every fault of tokens.
pub(crate) fn check_tokens(field: &str, tokens: &[Token], faults: &mut Vec<Fault>) {
    for (at, token) in tokens.iter().enumerate().take(TOKENS) {
        if Producer::named(&token.service).is_none() {
            let (ja, en) = ("engagement・survey・registry のいずれかです", "engagement, survey or registry");
            faults.push(Fault::new(format!("{field}[{at}].service"), "UNKNOWN_SERVICE", ja, en));
        }
        if token.position < 0 {
            faults.push(Fault::new(format!("{field}[{at}].position"), "OUT_OF_RANGE", "0 以上です", "0 or more"));
        }
        if token.epoch.is_empty() {
            let (ja, en) = ("トークンのエポックが要ります", "the token's epoch is missing");
            faults.push(Fault::new(format!("{field}[{at}].epoch"), "REQUIRED", ja, en));
        }
    }
    if tokens.len() > TOKENS {
        faults.push(Fault::new(field, "TOO_MANY", "16 件までです", "at most 16"));
    }
}

/// The place in each log up to which a report counts.
///
/// # Errors
/// [`Error::EpochChanged`] and [`Error::NotYet`] for positions.
pub(crate) fn places(moment: Option<&Moment>, book: &Book) -> Result<[u32; 3], Error> {
    let head = |producer: Producer| {
        let shown = book.shelf(producer).shown.as_ref();
        shown.map_or(0, |cursor| u32::try_from(cursor.position).unwrap_or(u32::MAX - 1))
    };
    let mut places = Producer::ALL.map(head);
    let Some(moment) = moment else { return Ok(places) };
    if let Some(time) = &moment.time {
        let time = clock_time(time).micros();
        return Ok(
            Producer::ALL.map(|producer| book.shelf(producer).held.times.known_at(time, places[producer as usize]))
        );
    }
    for token in &moment.positions {
        let Some(producer) = Producer::named(&token.service) else { continue };
        let shown = book.shelf(producer).shown.as_ref();
        if shown.is_some_and(|shown| shown.epoch != token.epoch) {
            return Err(Error::EpochChanged(token.service.clone()));
        }
        match u32::try_from(token.position).ok().filter(|position| *position <= places[producer as usize]) {
            Some(position) => places[producer as usize] = position,
            None => {
                let position = i64::from(places[producer as usize]);
                return Err(Error::NotYet(Token { position, ..token.clone() }));
            }
        }
    }
    Ok(places)
}
