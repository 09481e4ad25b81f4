//! The list of fig. 2-106 with the marks of fig. 2-111, for a terminal.

use contract::search::v1::{Conditions, Highlight, Hit, Nearness};
use kit_vocabulary::{Code, Lang};

use super::applied::asked_menus;
use super::room;
use crate::failure::one_line;
use crate::labels::{date_of, label, short, shorts};
use crate::marks;
use crate::output::{Output, Pen, Tone};
use crate::table::{Cell, Column, Table, paragraph, width, width_of};
use crate::text::{self, Text};

const MORE: &str = "…";
/// Cells between the edge and a snippet, so that it stands below the names.
const SNIPPET_INDENT: usize = 6;
/// Least room for a snippet beside its heading.
const SNIPPET_ROOM: usize = 16;

/// A page of hits.
pub struct Listing<'a> {
    /// The hits.
    pub hits: &'a [Hit],
    /// Place of the first in the whole list, from 1.
    pub from: u64,
    /// The menus asked for, see [`asked_menus`].
    pub menus: Vec<&'static str>,
    /// The name of one who stands out.
    pub chosen: Option<&'a str>,
}

impl Listing<'_> {
    /// Shows the table with what stands below each hit.
    pub fn show(&self, out: &mut Output) {
        if self.hits.is_empty() {
            return;
        }
        let (lang, room, pen) = (out.lang(), room(out), out.pen());
        let mut lines = self.table(lang).lines(Some(room), pen).into_iter();
        lines.next().into_iter().for_each(|heading| out.line(heading));
        for (hit, line) in self.hits.iter().zip(lines) {
            out.line(line);
            hit.highlights.iter().for_each(|highlight| out.line(snippet(highlight, lang, room, pen)));
        }
    }

    /// The table: a line of headings and a line a hit.
    pub fn table(&self, lang: Lang) -> Table {
        let menus = in_order(&self.menus);
        let mut table = Table::new(self.columns(&menus, lang));
        for (hit, place) in self.hits.iter().zip(self.from..) {
            table.row(self.cells(hit, place, &menus, lang));
        }
        table
    }

    fn has_stale(&self) -> bool {
        self.hits.iter().any(|hit| hit.stale)
    }

    fn has_preferences(&self) -> bool {
        self.hits.iter().filter_map(|hit| hit.standing).any(|standing| standing.preferred > 0)
    }

    fn columns(&self, menus: &[(&Code, bool)], lang: Lang) -> Vec<Column> {
        let said = |name: Text| name.get(lang, &[]);
        let mut columns = vec![Column::number("#").rank(0), Column::text(said(text::NAME), 12, 20).rank(1)];
        if self.has_stale() {
            // Beside the name, where it is seen on the narrowest terminal.
            columns.push(Column::text("", 2, 2).tight().rank(1));
        }
        for (at, (menu, asked)) in menus.iter().enumerate() {
            // Two cells each, as wide as a mark can be; a gap parts those asked for from the others.
            let column = Column::text(menu.code.trim_start_matches('M'), 2, 2).rank(2);
            let parted = at == 0 || *asked != menus[at - 1].1;
            columns.push(if parted { column } else { column.tight() });
        }
        // What decides the order, where it does.
        if self.has_preferences() {
            columns.push(Column::number(said(text::PREFERRED)).rank(9));
        }
        if !self.menus.is_empty() {
            columns.push(Column::number(said(text::POINTS)).rank(3));
        }
        columns.extend([
            Column::text(said(text::RESIDENCE), 14, 24).rank(4),
            Column::text(said(text::THEMES), 10, 16).rank(6),
            Column::text(said(text::FEE_SHORT), 14, 24).rank(7),
            Column::text(said(text::FORMATS), 8, 48).rank(8),
            // A date is shown whole or not at all.
            Column::text(said(text::CONFIRMED), usize::MAX, 10).rank(5),
            Column::text(said(text::SERVED), 20, 30).rank(10),
            Column::text(said(text::INDUSTRIES), 20, 30).rank(11),
            Column::text(said(text::DURATIONS), 20, 30).rank(12),
            Column::text(said(text::QUALIFICATIONS), 20, 30).rank(13),
            Column::text(said(text::SUMMARY), 30, 40).rank(14),
        ]);
        columns
    }

    fn cells(&self, hit: &Hit, place: u64, menus: &[(&Code, bool)], lang: Lang) -> Vec<Cell> {
        use kit_vocabulary as lists;
        let overdue = hit.stale.then_some(Tone::Bad);
        let chosen = (self.chosen == Some(hit.name.as_str())).then_some(Tone::Heading);
        let mut cells = vec![(place.to_string(), Some(Tone::Faint)), (hit.full_name.clone(), chosen)];
        if self.has_stale() {
            cells.push((if hit.stale { " !" } else { "" }.to_owned(), overdue));
        }
        cells.extend(menus.iter().map(|(menu, _)| {
            let mark = hit.menus.iter().find(|mark| mark.menu == menu.code).map_or(0, |mark| mark.mark);
            (marks::sign(mark).to_owned(), marks::tone(mark))
        }));
        let standing = hit.standing.unwrap_or_default();
        if self.has_preferences() {
            cells.push((standing.preferred.to_string(), None));
        }
        if !self.menus.is_empty() {
            cells.push((standing.points.to_string(), None));
        }
        let (near, tone) = nearness(standing.nearness(), lang);
        let residence = label(lists::prefectures(), &hit.residence, lang);
        cells.extend([
            (format!("{residence} {near}").trim().to_owned(), tone),
            (themes(&hit.themes), None),
            (short(lists::fees(), &hit.fee_per_visit, lang), None),
            (shorts(lists::formats(), &hit.formats, lang), None),
            (date_of(hit.confirm_time.as_ref()), overdue),
            (shorts(lists::prefectures(), &hit.prefectures, lang), None),
            (shorts(lists::expert_industries(), &hit.industries, lang), None),
            (shorts(lists::durations(), &hit.durations, lang), None),
            (shorts(lists::qualifications(), &hit.qualifications, lang), None),
            (hit.support_summary.clone(), None),
        ]);
        cells
    }
}

/// What the headings of the marks mean, those asked for first, and the sign of an overdue entry where one was shown.
pub fn legend(menus: &[&str], has_stale: bool, lang: Lang, room: usize, pen: Pen) -> Vec<String> {
    let menu = |(menu, _): (&'static Code, bool)| {
        (format!("{} {}", menu.code.trim_start_matches('M'), menu.label(lang)), Some(Tone::Faint))
    };
    let menus: Vec<_> = in_order(menus).into_iter().map(menu).collect();
    let mut lines = paragraph("", &menus, " · ", room, pen);
    if has_stale {
        lines.extend(paragraph("", &[(text::STALE.get(lang, &[]), Some(Tone::Faint))], "", room, pen));
    }
    lines
}

/// All menus, those asked for first; with each whether it is asked for.
fn in_order(asked: &[&str]) -> Vec<(&'static Code, bool)> {
    let one = |menu: &'static Code| (menu, asked.contains(&menu.code.as_str()));
    let mut menus: Vec<_> = kit_vocabulary::menus().codes().iter().map(one).collect();
    menus.sort_by_key(|(_, asked)| !asked);
    menus
}

/// The table of a page, for whoever shows it in a story of his own.
pub fn hits_table(hits: &[Hit], applied: &Conditions, chosen: Option<&str>, lang: Lang) -> Table {
    Listing { hits, from: 1, menus: asked_menus(applied), chosen }.table(lang)
}

/// `T1,3,4` for T1, T3 and T4.
fn themes(codes: &[String]) -> String {
    let rest = codes.iter().skip(1).map(|code| format!(",{}", code.trim_start_matches('T')));
    codes.iter().take(1).cloned().chain(rest).collect()
}

fn nearness(nearness: Nearness, lang: Lang) -> Cell {
    match nearness {
        Nearness::SamePrefecture => (text::SAME_PREFECTURE.get(lang, &[]), Some(Tone::Good)),
        Nearness::SameRegion => (text::SAME_REGION.get(lang, &[]), None),
        Nearness::Far | Nearness::Unspecified => (String::new(), None),
    }
}

/// A line with the words that were looked for set off: bold where that can be seen, else in brackets. What does not fit is
/// left out around the first of them.
fn snippet(highlight: &Highlight, lang: Lang, room: usize, pen: Pen) -> String {
    let name = match highlight.field.as_str() {
        "self_pr" => text::SELF_PR,
        "support_summary" => text::SUMMARY,
        "organisation" => text::ORGANISATION,
        "qualifications" => text::QUALIFICATIONS,
        _ => text::WORDS,
    };
    let name = name.get(lang, &[]);
    let lead = format!("{}{name}: ", " ".repeat(SNIPPET_INDENT));
    let lead = if width(&lead) + SNIPPET_ROOM <= room { lead } else { String::new() };
    let shown = window(highlight, room.saturating_sub(width(&lead)), pen);
    let lead = if lead.is_empty() { lead } else { pen.paint(Tone::Faint, &lead) };
    format!("{lead}{shown}")
}

fn window(highlight: &Highlight, room: usize, pen: Pen) -> String {
    // Each character with whether it was looked for; signs around matches take room of their own.
    let mut letters: Vec<(char, bool)> = Vec::new();
    for piece in &highlight.pieces {
        letters.extend(one_line(&piece.text).chars().map(|letter| (letter, piece.r#match)));
    }
    let (open, close) = if pen.escapes() { ("", "") } else { ("【", "】") };
    let cost = |letters: &[(char, bool)], at: usize| {
        let (letter, is_match) = letters[at];
        let begins = is_match && (at == 0 || !letters[at - 1].1);
        width_of(letter) + if begins { width(open) + width(close) } else { 0 }
    };
    let costs: Vec<usize> = (0..letters.len()).map(|at| cost(&letters, at)).collect();
    let first = letters.iter().position(|(_, is_match)| *is_match).unwrap_or(0);
    let (mut from, mut to) = (0, letters.len());
    let takes = |from: usize, to: usize| {
        let cut = |missing: bool| if missing { width(MORE) } else { 0 };
        let (before, after) = (cut(highlight.cut_before || from > 0), cut(highlight.cut_after || to < letters.len()));
        before + after + costs[from..to].iter().sum::<usize>()
    };
    // A third of the room before the first match is context enough.
    while takes(from, to) > room && from < first && costs[from..first].iter().sum::<usize>() > room / 3 {
        from += 1;
    }
    while takes(from, to) > room && to > from {
        to -= 1;
    }
    let mut shown = String::new();
    if highlight.cut_before || from > 0 {
        shown.push_str(MORE);
    }
    for run in letters[from..to].chunk_by(|one, other| one.1 == other.1) {
        let text: String = run.iter().map(|(letter, _)| letter).collect();
        match run[0].1 {
            true => shown.push_str(&format!("{open}{}{close}", pen.paint(Tone::Heading, &text))),
            false => shown.push_str(&text),
        }
    }
    if highlight.cut_after || to < letters.len() {
        shown.push_str(MORE);
    }
    shown
}
