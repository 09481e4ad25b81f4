//! Where words stand in a text as it was written, and the part of a long text worth showing.

use std::cmp::Reverse;
use std::ops::{ControlFlow, Range};

use super::normalise::{cluster_ends, walk};
use super::query::TextQuery;

/// The bytes of `text` in which words of the query stand: ascending, apart from one another, never cutting a character or
/// tearing its marks off. A character that stands for several (㈱) is marked whole when any of them is part of a word.
pub fn highlight(text: &str, query: &TextQuery) -> Vec<Range<usize>> {
    let form = Form::of(text);
    let mut found: Vec<Range<usize>> = query.words().flat_map(|word| form.places(word)).collect();
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match merged.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}

/// A normalised text that knows where it came from.
struct Form {
    text: String,
    /// For each character: its first byte in the form, and the bytes it came from.
    origins: Vec<(usize, Range<usize>)>,
}

impl Form {
    fn of(text: &str) -> Self {
        let mut form = Self { text: String::with_capacity(text.len()), origins: Vec::new() };
        let _ = walk(text, |c, from| {
            form.origins.push((form.text.len(), from));
            form.text.push(c);
            ControlFlow::Continue(())
        });
        form
    }

    /// Where a word stands in the text as it was written, overlapping places too.
    fn places(&self, word: &str) -> impl Iterator<Item = Range<usize>> {
        let step = word.chars().next().map_or(1, char::len_utf8);
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + self.text.get(from..)?.find(word)?;
            from = at + step;
            Some(self.origin(at).start..self.origin(at + word.len() - 1).end)
        })
    }

    /// The bytes that the character at a byte of the form came from.
    fn origin(&self, byte: usize) -> &Range<usize> {
        let after = self.origins.partition_point(|(start, _)| *start <= byte);
        &self.origins[after - 1].1
    }
}

/// A part of a text, with the words of a query marked in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet<'a> {
    /// The part, as it was written.
    pub text: &'a str,
    /// The bytes of the part in which words stand; see [`highlight`].
    pub highlights: Vec<Range<usize>>,
    /// Whether text before it was left out.
    pub cut_before: bool,
    /// Whether text behind it was left out.
    pub cut_after: bool,
}

/// At most `max_chars` characters of `text`, chosen so that the most of it is marked; the earliest of equal choices, a
/// quarter of the room before the first mark. Text without a mark is shown from its beginning. A mark that does not fit is
/// cut; a character keeps its marks (accents, voiced marks), and one that has more than fit is left out.
pub fn snippet<'a>(text: &'a str, query: &TextQuery, max_chars: usize) -> Snippet<'a> {
    let marked = highlight(text, query);
    let cuts: Vec<Cut> = cuts(text);
    let first = marked.iter().map(|range| start_for(&cuts, range.start, max_chars));
    let windows = first.chain([0]).map(|first| window(&cuts, first, max_chars));
    let sums = Sums::of(&marked);
    let best = windows.min_by_key(|window| (Reverse(sums.within(window)), window.start)).unwrap_or(0..0);
    let inside = marked.iter().map(|range| range.start.max(best.start)..range.end.min(best.end));
    let highlights =
        inside.filter(|range| range.start < range.end).map(|range| range.start - best.start..range.end - best.start);
    Snippet {
        highlights: highlights.collect(),
        text: &text[best.clone()],
        cut_before: best.start > 0,
        cut_after: best.end < text.len(),
    }
}

/// A place where a text may be cut.
#[derive(Clone, Copy)]
struct Cut {
    byte: usize,
    /// Characters before it.
    chars: usize,
}

fn cuts(text: &str) -> Vec<Cut> {
    let mut last = Cut { byte: 0, chars: 0 };
    let ends = cluster_ends(text).map(|byte| {
        last = Cut { byte, chars: last.chars + text[last.byte..byte].chars().count() };
        last
    });
    [Cut { byte: 0, chars: 0 }].into_iter().chain(ends).collect()
}

/// Which cut to begin at so that a mark has a quarter of the room before it, and the room is used up where the text ends.
fn start_for(cuts: &[Cut], mark: usize, max_chars: usize) -> usize {
    let at = cuts.partition_point(|cut| cut.byte < mark);
    let wanted = cuts[at].chars.saturating_sub(max_chars / 4);
    let latest = cuts[cuts.len() - 1].chars.saturating_sub(max_chars);
    let wanted = wanted.min(latest);
    cuts.partition_point(|cut| cut.chars < wanted)
}

/// The bytes from one cut to the last cut that fits.
fn window(cuts: &[Cut], first: usize, max_chars: usize) -> Range<usize> {
    let start = cuts[first];
    let end = cuts.partition_point(|cut| cut.chars <= start.chars + max_chars);
    start.byte..cuts[end.max(first + 1) - 1].byte
}

/// How much of a text is marked up to each mark, so that a window need not look at every mark: a long text may have
/// thousands, and as many windows.
struct Sums<'a> {
    marked: &'a [Range<usize>],
    /// For each mark, the marked bytes before it; after the last, all of them.
    before: Vec<usize>,
}

impl<'a> Sums<'a> {
    /// Of marks that are ascending and apart from one another.
    fn of(marked: &'a [Range<usize>]) -> Self {
        let mut sum = 0;
        let sums = marked.iter().map(|range| {
            sum += range.len();
            sum
        });
        Self { marked, before: [0].into_iter().chain(sums).collect() }
    }

    fn within(&self, window: &Range<usize>) -> usize {
        self.until(window.end) - self.until(window.start)
    }

    /// Marked bytes before this one.
    fn until(&self, byte: usize) -> usize {
        let begun = self.marked.partition_point(|range| range.start < byte);
        let behind = self.marked[..begun].last().map_or(0, |last| last.end.saturating_sub(byte));
        self.before[begun] - behind
    }
}
