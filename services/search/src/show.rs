//! What is found, as the contract shows it.

use std::sync::Arc;

use contract::search::v1 as wire;
use contract::survey::v1 as survey;
use kit_clock::Timestamp;
use kit_vocabulary::{Code, Lang};

use crate::card::{Card, Open, TEXT_FIELDS};
use crate::domain::text::{TextQuery, snippet};
use crate::domain::{FacetName, MarkCounts, Nearness, SortKey};
use crate::plan;
use crate::rated::Rated;
use crate::records::{Record, Records};

/// Characters of a text around what was looked for.
const AROUND: usize = 80;

/// What showing depends on besides the card.
pub(crate) struct Showing<'a> {
    pub(crate) now: Timestamp,
    pub(crate) stale_after_months: i32,
    /// Words to be marked.
    pub(crate) text: &'a TextQuery,
    /// Whether nearness counted.
    pub(crate) near: bool,
    pub(crate) records: &'a Records,
    /// By which everybody is marked.
    pub(crate) policy: Option<&'a str>,
}

impl Showing<'_> {
    /// Everything of the list (fig. 2-106).
    pub(crate) fn hit(&self, card: &Card, key: &SortKey) -> wire::Hit {
        let mut hit = if self.text.is_empty() {
            card.open_hit()
        } else {
            let open = card.open();
            let highlights = self.highlights(&open);
            wire::Hit { highlights, ..open.hit }
        };
        card.put_marks(self.policy, &mut hit);
        hit.standing = Some(self.standing(key));
        self.told_of_cases(card, &mut hit);
        hit.stale = self.is_stale(hit.confirm_time.as_ref());
        hit
    }

    /// The name and the standing.
    pub(crate) fn name(&self, key: &SortKey) -> wire::Hit {
        wire::Hit { name: format!("experts/{}", key.id), standing: Some(self.standing(key)), ..Default::default() }
    }

    /// Everything shown of one expert (fig. 2-107).
    pub(crate) fn sheet(&self, card: &Card) -> wire::Sheet {
        let Open { mut hit, rest } = card.open();
        hit.stale = self.is_stale(hit.confirm_time.as_ref());
        card.put_marks(self.policy, &mut hit);
        // Whose answer it follows from is the survey's own affair, and was not kept.
        let rating = card.rated(self.policy).map(Rated::open);
        let record = self.told_of_cases(card, &mut hit);
        let track_record = record.map(|record| record.open());
        wire::Sheet { summary: Some(hit), rating, track_record, ..rest }
    }

    /// Puts an expert's case counts into a hit; answers the record, if there is one.
    fn told_of_cases(&self, card: &Card, hit: &mut wire::Hit) -> Option<Arc<Record>> {
        let record = self.records.of(&card.id)?;
        (hit.executed_cases, hit.completed_cases) = (record.cases, record.completed);
        Some(record)
    }

    fn is_stale(&self, confirmed: Option<&prost_types::Timestamp>) -> bool {
        let overdue = |at: Timestamp| at.plus_months(self.stale_after_months) < self.now;
        confirmed.map(kit_log::clock_time).is_none_or(overdue)
    }

    fn standing(&self, key: &SortKey) -> wire::Standing {
        let nearness = match key.nearness {
            _ if !self.near => wire::Nearness::Unspecified,
            Nearness::SamePrefecture => wire::Nearness::SamePrefecture,
            Nearness::SameRegion => wire::Nearness::SameRegion,
            Nearness::Far => wire::Nearness::Far,
        };
        wire::Standing {
            strong: key.strong.into(),
            able: key.able.into(),
            preferred: key.preferred.into(),
            points: key.points.into(),
            nearness: nearness.into(),
        }
    }

    fn highlights(&self, open: &Open) -> Vec<wire::Highlight> {
        let of = |(field, text): (&str, &String)| {
            let part = snippet(text, self.text, AROUND);
            (!part.highlights.is_empty()).then(|| wire::Highlight {
                field: field.to_owned(),
                pieces: pieces(part.text, &part.highlights),
                cut_before: part.cut_before,
                cut_after: part.cut_after,
            })
        };
        TEXT_FIELDS.into_iter().zip(&open.texts()).filter_map(of).collect()
    }
}

/// A text cut where marks begin and end.
fn pieces(text: &str, marked: &[std::ops::Range<usize>]) -> Vec<wire::HighlightPiece> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    let mut piece = |text: &str, is_match| {
        if !text.is_empty() {
            pieces.push(wire::HighlightPiece { text: text.to_owned(), r#match: is_match });
        }
    };
    for range in marked {
        piece(&text[from..range.start], false);
        piece(&text[range.clone()], true);
        from = range.end;
    }
    piece(&text[from..], false);
    pieces
}

/// The counts of a facet; for `HIT_VIEW_NAME` without labels.
pub(crate) fn facet(name: FacetName, counts: &[u32], labels: bool) -> wire::Facet {
    let value = |(code, count): (&Code, &u32)| wire::FacetValue {
        code: code.code.clone(),
        label: labels.then(|| label(code)),
        count: i64::from(*count),
    };
    let values = plan::list(name).codes().iter().zip(counts).map(value).collect();
    wire::Facet { facet: name.as_str().to_owned(), values }
}

pub(crate) fn label(code: &Code) -> survey::Label {
    survey::Label { ja: code.label(Lang::Ja).to_owned(), en: code.label(Lang::En).to_owned() }
}

/// Marks of the hits by code.
pub(crate) fn mark_counts<'a>(codes: impl Iterator<Item = &'a str>, counts: &[MarkCounts]) -> Vec<wire::MarkCount> {
    let one = |(code, MarkCounts { strong, able, none }): (&str, &MarkCounts)| wire::MarkCount {
        code: code.to_owned(),
        strong: i64::from(*strong),
        able: i64::from(*able),
        none: i64::from(*none),
    };
    codes.zip(counts).map(one).collect()
}
