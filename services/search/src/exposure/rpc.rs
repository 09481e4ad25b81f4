//! The two calls about exposure: contract → counts → contract.

use std::ops::RangeInclusive;

use contract::search::v1::{
    ExposureGroup, ExposureKind, ExposureSpread, GetExposureRequest, GetExposureResponse, RecordExposureRequest,
};
use contract::survey::v1 as survey;
use kit_log::{Origin, Request};
use kit_serve::{Caller, Fault};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::Exposure;
use super::events::told;
use crate::Error;
use crate::domain::exposure::{Counts, Group, Listed, Seen, Spread, groups, least, most};
use crate::domain::{Mark, Menu};

/// Longest request id, in characters.
const REQUEST_ID: usize = 128;
/// Most experts of one recording.
const EXPERTS: usize = 100;
/// Days of a period that names none, and the most of any.
const PERIOD: (i64, i64) = (60, 400);
/// Most experts named at either end.
const EXTREMES: RangeInclusive<i32> = 0..=100;
/// Days that a period may name: about the years 1900 to 2170.
const DAYS: RangeInclusive<i64> = -25_567..=73_000;

impl Exposure {
    /// Records openings or introductions before it answers; true when the same request had been recorded before. `knows`
    /// tells whether an expert is known to the search, listed or not: who was introduced may have left the list since.
    pub(crate) async fn record_request(
        &self,
        caller: &Caller,
        request: &RecordExposureRequest,
        knows: impl Fn(&str) -> bool,
    ) -> Result<bool, Error> {
        let (experts, each) = recorded(request)?;
        let unknown = |(index, id): (usize, &String)| {
            let place = || Fault::new(format!("experts[{index}]"), "UNKNOWN_EXPERT", "該当なし", "not known");
            (!knows(id)).then(place)
        };
        let unknown: Vec<Fault> = experts.iter().enumerate().filter_map(unknown).collect();
        if !unknown.is_empty() {
            return Err(Error::UnknownExperts(unknown));
        }
        // A request id belongs to its sender: the same one from somebody else is another request.
        let repeatable = Request {
            id: format!("RecordExposure/{}/{}", caller.subject, request.request_id),
            fingerprint: Sha256::digest(request.encode_to_vec()).into(),
        };
        let origin = Origin {
            actor: caller.subject.clone(),
            causation: String::new(),
            traceparent: kit_telemetry::traceparent().unwrap_or_default(),
            request: Some(repeatable),
        };
        Ok(self.record(origin, experts, each).await?)
    }

    /// How evenly those of `listed` were seen. `listed` is asked for everybody with mark and points in the menu, once the
    /// request is known to be good.
    pub(crate) async fn report(
        &self,
        request: &GetExposureRequest,
        listed: impl FnOnce(Option<Menu>) -> Vec<Listed>,
    ) -> Result<GetExposureResponse, Error> {
        let asked = Asked::new(request, self.today())?;
        let mut sums = self.sums(asked.first, asked.last).await?;
        let count = |expert: Listed| Seen { counts: sums.remove(&expert.id).unwrap_or_default(), expert };
        let seen: Vec<Seen> = listed(asked.menu).into_iter().map(count).collect();
        let equals = if asked.menu.is_some() { groups(&seen) } else { Vec::new() };
        let named = |experts: Vec<&Seen>| experts.iter().map(|seen| told(&seen.expert.id, &seen.counts)).collect();
        Ok(GetExposureResponse {
            spreads: spreads(&seen),
            groups: equals.iter().map(group).collect(),
            least: named(least(&seen, asked.extremes)),
            most: named(most(&seen, asked.extremes)),
            first_day: asked.first,
            last_day: asked.last,
        })
    }
}

/// What is to be added for whom; all faults of the request otherwise.
fn recorded(request: &RecordExposureRequest) -> Result<(Vec<String>, Counts), Error> {
    let mut faults = Vec::new();
    if !(1..=REQUEST_ID).contains(&request.request_id.chars().count()) {
        let (ja, en) = (format!("1 から {REQUEST_ID} 文字です"), format!("1 to {REQUEST_ID} characters"));
        faults.push(Fault::new("request_id", "OUT_OF_RANGE", ja, en));
    }
    let each = match request.kind() {
        ExposureKind::Opened => Counts::OPENED,
        ExposureKind::Introduced => Counts::INTRODUCED,
        _ => {
            let (ja, en) = ("OPENED か INTRODUCED です", "OPENED or INTRODUCED");
            faults.push(Fault::new("kind", "BAD_KIND", ja, en));
            Counts::default()
        }
    };
    if !(1..=EXPERTS).contains(&request.experts.len()) {
        let (ja, en) = (format!("1 から {EXPERTS} 名です"), format!("1 to {EXPERTS} experts"));
        faults.push(Fault::new("experts", "OUT_OF_RANGE", ja, en));
    }
    let mut experts = Vec::new();
    for (index, name) in request.experts.iter().enumerate().take(EXPERTS) {
        match name.strip_prefix("experts/") {
            Some(id) if !id.is_empty() && id != "-" && !id.contains('/') => experts.push(id.to_owned()),
            _ => {
                let (ja, en) = ("experts/<id> の形式です", "the form is experts/<id>");
                faults.push(Fault::new(format!("experts[{index}]"), "BAD_NAME", ja, en));
            }
        }
    }
    if faults.is_empty() { Ok((experts, each)) } else { Err(Error::Invalid(faults)) }
}

/// What a report is asked for, checked.
struct Asked {
    first: i64,
    last: i64,
    menu: Option<Menu>,
    extremes: usize,
}

impl Asked {
    fn new(request: &GetExposureRequest, today: i64) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let last = if request.last_day == 0 { today } else { request.last_day };
        let first = if request.first_day == 0 { last.saturating_sub(PERIOD.0 - 1) } else { request.first_day };
        for (field, day) in [("first_day", request.first_day), ("last_day", request.last_day)] {
            if !DAYS.contains(&day) {
                let (ja, en) = ("1970-01-01 からの日数です", "days since 1970-01-01");
                faults.push(Fault::new(field, "OUT_OF_RANGE", ja, en));
            }
        }
        if faults.is_empty() && last < first {
            let (ja, en) = ("first_day より前です", "before first_day");
            faults.push(Fault::new("last_day", "ENDS_BEFORE_IT_BEGINS", ja, en));
        } else if faults.is_empty() && last - first >= PERIOD.1 {
            let (ja, en) = (format!("{} 日までです", PERIOD.1), format!("at most {} days", PERIOD.1));
            faults.push(Fault::new("last_day", "PERIOD_TOO_LONG", ja, en));
        }
        let menu = Menu::from_code(&request.menu);
        if menu.is_none() && !request.menu.is_empty() {
            faults.push(crate::plan::unknown("menu", &request.menu));
        }
        if !EXTREMES.contains(&request.extremes) {
            let (ja, en) = (format!("0 から {} です", EXTREMES.end()), format!("0 to {}", EXTREMES.end()));
            faults.push(Fault::new("extremes", "OUT_OF_RANGE", ja, en));
        }
        let extremes = usize::try_from(request.extremes).unwrap_or_default();
        if faults.is_empty() { Ok(Self { first, last, menu, extremes }) } else { Err(Error::Invalid(faults)) }
    }
}

fn spreads(seen: &[Seen]) -> Vec<ExposureSpread> {
    let over = |kind, of: fn(&Counts) -> i64| spread(kind, &Spread::over(seen.iter().map(|seen| of(&seen.counts))));
    vec![
        over(ExposureKind::Shown, |counts| counts.shown),
        over(ExposureKind::ShownFirst, |counts| counts.shown_first),
        over(ExposureKind::Opened, |counts| counts.opened),
        over(ExposureKind::Introduced, |counts| counts.introduced),
    ]
}

fn spread(kind: ExposureKind, spread: &Spread) -> ExposureSpread {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    ExposureSpread {
        kind: kind.into(),
        experts: number(spread.experts),
        total: spread.total,
        none: number(spread.none),
        gini: spread.gini,
        most: spread.most,
        median: spread.median,
    }
}

fn group(group: &Group) -> ExposureGroup {
    let mark = match group.mark {
        Mark::Strong => survey::Mark::Strong,
        Mark::Able => survey::Mark::Able,
        Mark::None => survey::Mark::None,
    };
    let spread = Some(spread(ExposureKind::ShownFirst, &group.spread));
    ExposureGroup { mark: mark.into(), points: group.points.into(), spread }
}
