//! Tables for a terminal: columns aligned by what characters take on the screen, cut to its width.
//!
//! Characters such as `◎ ○ … ·` are of ambiguous width: some terminals give them one cell, others two, and none can be
//! asked cheaply. They are counted as two, as Japanese terminals and fonts show them, so that no line is ever too long; on a
//! terminal a cell that stands behind one is besides placed by its column, so that columns are straight either way.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::failure::one_line;
use crate::output::{Pen, Tone};

const GAP: usize = 2;
const MORE: char = '…';

/// A text and its tone.
pub type Cell = (String, Option<Tone>);

/// Cells a text takes on the screen, characters of ambiguous width counted as two.
pub fn width(text: &str) -> usize {
    text.width_cjk()
}

/// Cells a character takes, as [`width`].
pub fn width_of(letter: char) -> usize {
    letter.width_cjk().unwrap_or(0)
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    heading: String,
    /// Rather no column than a narrower one, where it is not the first.
    least: usize,
    /// Longer texts are cut.
    most: usize,
    right: bool,
    gap: usize,
    /// Columns with the highest rank go first when there is no room; `None` for its place in the table.
    rank: Option<usize>,
}

impl Column {
    /// A column of texts that are shown in at most `most` cells of the screen, and never in less than `least` while there
    /// is more to show; of one width when both are the same.
    pub fn text(heading: impl Into<String>, least: usize, most: usize) -> Self {
        Self { heading: heading.into(), least, most, right: false, gap: GAP, rank: None }
    }

    /// A column of numbers, never cut.
    pub fn number(heading: impl Into<String>) -> Self {
        Self { right: true, ..Self::text(heading, usize::MAX, usize::MAX) }
    }

    /// Nothing between the column before and this one.
    pub fn tight(self) -> Self {
        Self { gap: 0, ..self }
    }

    /// How soon it goes when there is no room, instead of its place from 0: columns of the same rank go together, those of
    /// the highest first.
    pub fn rank(self, rank: usize) -> Self {
        Self { rank: Some(rank), ..self }
    }
}

/// A table under construction.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), indent: 0 }
    }

    /// The same so many cells further to the right.
    pub fn indented(self, indent: usize) -> Self {
        Self { indent, ..self }
    }

    /// Adds a row; cells that are missing are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cell = |(text, tone): (String, _)| (one_line(&text), tone);
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// Adds a row in one tone.
    pub fn plain(&mut self, cells: impl IntoIterator<Item = String>) {
        self.row(cells.into_iter().map(|cell| (cell, None)));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, heading first, then one a row; no line is wider than `room`.
    pub fn lines(&self, room: Option<usize>, pen: Pen) -> Vec<String> {
        let widths = self.widths(room.unwrap_or(usize::MAX).saturating_sub(self.indent));
        let heading = |column: &Column| (column.heading.clone(), Some(Tone::Heading));
        let heading: Vec<_> = self.columns.iter().map(heading).collect();
        std::iter::once(&heading).chain(&self.rows).map(|cells| self.line(cells, &widths, pen)).collect()
    }

    fn line(&self, cells: &[Cell], widths: &[Option<usize>], pen: Pen) -> String {
        let mut line = String::new();
        // Where the line has got to, where the next column begins, and whether a terminal may think otherwise.
        let (mut at, mut begins, mut doubtful) = (0, self.indent, false);
        let mut first = true;
        let shown = self.columns.iter().zip(widths).enumerate();
        for (index, (column, width)) in shown.filter_map(|(index, (column, width))| Some((index, (column, (*width)?))))
        {
            begins += if first { 0 } else { column.gap };
            first = false;
            if let Some((text, tone)) = cells.get(index).map(|(text, tone)| (cut(text, width), *tone))
                && !text.is_empty()
            {
                let takes = self::width(&text);
                let begin = begins + if column.right { width - takes } else { 0 };
                // Blanks are written only before something, so that no line ends in them.
                if doubtful && pen.escapes() {
                    line.push_str(&format!("\u{1b}[{}G", begin + 1));
                } else {
                    line.push_str(&" ".repeat(begin - at));
                }
                line.push_str(&pen.maybe(tone, &text));
                at = begin + takes;
                doubtful |= text.width() != takes;
            }
            begins += width;
        }
        line
    }

    /// The width of each column; nothing for one that is not shown.
    fn widths(&self, room: usize) -> Vec<Option<usize>> {
        let wanted = |(at, column): (usize, &Column)| {
            let texts = self.rows.iter().filter_map(|row| row.get(at)).map(|(text, _)| width(text));
            let wanted = texts.chain([width(&column.heading)]).max().unwrap_or(0).min(column.most);
            if column.least == column.most && !column.right { column.most } else { wanted }
        };
        let wanted: Vec<usize> = self.columns.iter().enumerate().map(wanted).collect();
        let rank = |at: usize| self.columns[at].rank.unwrap_or(at);
        let mut widths: Vec<Option<usize>> =
            self.columns.iter().zip(&wanted).map(|(column, wanted)| Some(column.least.min(*wanted))).collect();
        let taken = |widths: &[Option<usize>]| {
            let shown = widths.iter().zip(&self.columns).filter_map(|(width, column)| Some((*width)? + column.gap));
            shown.sum::<usize>().saturating_sub(self.columns.first().map_or(0, |first| first.gap))
        };
        let mut by_rank: Vec<usize> = (0..widths.len()).collect();
        by_rank.sort_by_key(|at| rank(*at));
        while taken(&widths) > room {
            let shown = by_rank.iter().rev().find(|at| **at > 0 && widths[**at].is_some());
            let Some(last) = shown.map(|at| rank(*at)) else { break };
            (1..widths.len()).filter(|at| rank(*at) == last).for_each(|at| widths[at] = None);
        }
        if let Some(first) = widths.first_mut() {
            *first = first.map(|width| width.min(room));
        }
        let mut left = room.saturating_sub(taken(&widths));
        for at in by_rank {
            if let Some(width) = &mut widths[at] {
                let more = (wanted[at] - *width).min(left);
                *width += more;
                left -= more;
            }
        }
        widths
    }
}

/// As much of the text as fits, with a mark where something is missing.
pub fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let Some(left) = room.checked_sub(width_of(MORE)) else { return String::new() };
    let (mut short, mut takes) = (String::new(), 0);
    for letter in text.chars() {
        takes += width_of(letter);
        if takes > left {
            break;
        }
        short.push(letter);
    }
    // Beside others a character may take more than by itself, such as a digit before what makes a keycap of it.
    loop {
        let end = short.len();
        short.push(MORE);
        if end == 0 || width(&short) <= room {
            return short;
        }
        short.truncate(end);
        short.pop();
    }
}

/// Lines of `lead` and the parts behind it, set apart by `between` and broken only there while a part fits into a line;
/// lines after the first begin below the first part.
pub fn paragraph(lead: &str, parts: &[Cell], between: &str, room: usize, pen: Pen) -> Vec<String> {
    let indent = width(lead).min(room / 2);
    let mark = between.trim_end();
    let mut lines = vec![lead.to_owned()];
    let mut at = width(lead);
    for (index, (part, tone)) in parts.iter().enumerate() {
        let part = one_line(part);
        if index > 0 {
            // The mark between two parts stays at the end of the line, so it must fit there as well.
            let follows = if index + 1 < parts.len() { width(mark) } else { 0 };
            let breaks = at + width(between) + width(&part) + follows > room;
            // It does not behind a long part that was broken to the edge.
            let sign = if !breaks {
                between
            } else if at + width(mark) <= room {
                mark
            } else {
                ""
            };
            if let Some(line) = lines.last_mut() {
                line.push_str(sign);
            }
            if breaks {
                lines.push(" ".repeat(indent));
            }
            at = if breaks { indent } else { at + width(between) };
        }
        for (count, piece) in
            pieces(&part, room.saturating_sub(at), room.saturating_sub(indent)).into_iter().enumerate()
        {
            if count > 0 {
                lines.push(" ".repeat(indent));
                at = indent;
            }
            at += width(piece);
            if let Some(line) = lines.last_mut() {
                line.push_str(&pen.maybe(*tone, piece));
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// A text in pieces of at most `first`, then `other` cells; words of letters stay whole where they can.
fn pieces(text: &str, first: usize, other: usize) -> Vec<&str> {
    let (mut pieces, mut from, mut room) = (Vec::new(), 0, first);
    while width(&text[from..]) > room {
        let rest = &text[from..];
        let (mut at, mut end, mut blank) = (0, 0, None);
        for (place, letter) in rest.char_indices() {
            if at + width_of(letter) > room {
                break;
            }
            at += width_of(letter);
            end = place + letter.len_utf8();
            if letter == ' ' {
                blank = Some(end);
            }
        }
        let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_graphic());
        if word(rest[..end].chars().next_back()) && word(rest[end..].chars().next()) {
            end = blank.unwrap_or(end);
        }
        if end == 0 {
            // Not one character fits: a line of its own, or one too wide rather than none.
            end = if room < other { 0 } else { rest.chars().next().map_or(0, char::len_utf8) };
        }
        pieces.push(rest[..end].trim_end_matches(' '));
        from += end;
        room = other;
    }
    pieces.push(&text[from..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(vec![
            Column::text("氏名", 4, 20),
            Column::text("No.", 3, 6),
            Column::number("件数"),
            Column::text("自己PR", 6, 30),
        ]);
        table.plain(["山田 太郎".to_owned(), "000001".to_owned(), "7".to_owned(), "規程を整えます".to_owned()]);
        table.plain(["Ann".to_owned(), "12".to_owned(), "1024".to_owned(), String::new()]);
        table
    }

    /// What stands in which cell on a terminal that gives characters of ambiguous width one cell, or two.
    fn screen(line: &str, wide: bool) -> Vec<(usize, char)> {
        let (mut at, mut cells) = (0, Vec::new());
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            if letter == '\u{1b}' {
                let mut number = String::new();
                let end = loop {
                    match letters.next().unwrap() {
                        '[' => {}
                        letter if letter.is_ascii_alphabetic() => break letter,
                        digit => number.push(digit),
                    }
                };
                // Colours take no place; the column is given from 1.
                if end == 'G' {
                    at = number.parse::<usize>().unwrap() - 1;
                }
                continue;
            }
            if letter != ' ' {
                cells.push((at, letter));
            }
            at += if wide { letter.width_cjk() } else { letter.width() }.unwrap_or(0);
        }
        cells
    }

    #[test]
    fn wide_characters_take_two_cells() {
        assert_eq!(
            table().lines(None, Pen::PLAIN),
            ["氏名       No.     件数  自己PR", "山田 太郎  000001     7  規程を整えます", "Ann        12      1024",]
        );
    }

    #[test]
    fn every_line_fits_the_terminal_and_a_character_is_never_halved() {
        let table = table();
        for room in 1..60 {
            for line in table.lines(Some(room), Pen::PLAIN) {
                assert!(width(&line) <= room, "{room}: {line:?} takes {}", width(&line));
                assert_eq!(line.trim_end(), line);
            }
        }
        // The numbers are shown whole or not at all; texts give way down to their least, the first columns last.
        assert_eq!(table.lines(Some(36), Pen::PLAIN)[1], "山田 太郎  000001     7  規程を整…");
        assert_eq!(table.lines(Some(24), Pen::PLAIN)[1], "山…   0…     7  規程…");
        assert_eq!(table.lines(Some(18), Pen::PLAIN)[2], "Ann      12   1024");
        assert_eq!(table.lines(Some(10), Pen::PLAIN)[2], "Ann    12");
    }

    #[test]
    fn what_takes_more_beside_others_than_alone_is_cut_to_the_room_as_well() {
        for text in [
            "1\u{FE0F}\u{20E3}2\u{FE0F}\u{20E3}3\u{FE0F}\u{20E3}4\u{FE0F}\u{20E3}",
            "\u{1B}\u{1B}\u{1B}\u{1B}\u{1B}赤い字",
        ] {
            for room in 0..12 {
                let short = cut(text, room);
                assert!(width(&short) <= room, "{room}: {short:?} takes {}", width(&short));
            }
        }
    }

    #[test]
    fn columns_are_straight_whatever_a_terminal_thinks_of_marks() {
        let mark = |heading: &str| Column::text(heading, 2, 2).rank(1);
        let mut table = Table::new(vec![
            Column::text("氏名", 4, 20).rank(0),
            mark("5"),
            mark("0").tight(),
            Column::number("点").rank(2),
        ])
        .indented(3);
        let row = |name: &str, marks: [&str; 2], points: &str| {
            let good = |mark: &str| (mark.to_owned(), Some(Tone::Good));
            [(name.to_owned(), None), good(marks[0]), good(marks[1]), (points.to_owned(), None)]
        };
        table.row(row("見本 一", ["◎", "○"], "28"));
        table.row(row("見本 二郎", ["", "◎"], "9"));
        table.row(row("見本", ["", ""], "5"));
        for wide in [false, true] {
            let lines: Vec<_> = table.lines(None, Pen::TERMINAL).iter().map(|line| screen(line, wide)).collect();
            let last = |line: &Vec<(usize, char)>| *line.last().unwrap();
            assert_eq!((lines[1][3], lines[1][4]), ((14, '◎'), (16, '○')), "wide: {wide}");
            assert_eq!(lines[2][4], (16, '◎'), "wide: {wide}");
            assert_eq!((last(&lines[1]), last(&lines[2]), last(&lines[3])), ((21, '8'), (21, '9'), (21, '5')));
        }
        let plain = table.lines(None, Pen::PLAIN);
        assert!(plain.iter().all(|line| !line.contains('\u{1b}')));
        assert_eq!(screen(&plain[1], true).last(), Some(&(21, '8')), "elsewhere marks are counted as wide");
        // Marks go together.
        assert_eq!(table.lines(Some(12), Pen::PLAIN)[1], "   見本 一");
    }

    #[test]
    fn what_steers_a_terminal_does_not_pass() {
        let mut table = Table::new(vec![Column::text("a", 1, 40)]);
        table.plain(["x\u{1b}[31m\ny\u{202e}z".to_owned()]);
        assert_eq!(table.lines(None, Pen::PLAIN)[1], "x\u{fffd}[31m y\u{fffd}z");
    }

    #[test]
    fn paragraphs_break_between_parts_and_else_between_characters() {
        let parts = |texts: &[&str]| texts.iter().map(|text| ((*text).to_owned(), None)).collect::<Vec<_>>();
        let values = parts(&["大阪府 31", "兵庫県 28", "京都府 5"]);
        assert_eq!(
            paragraph("地域  ", &values, " | ", 30, Pen::PLAIN),
            ["地域  大阪府 31 | 兵庫県 28 |", "      京都府 5"]
        );
        let text = parts(&["規程を整えます、教育も"]);
        assert_eq!(paragraph("PR: ", &text, "", 14, Pen::PLAIN), ["PR: 規程を整え", "    ます、教育", "    も"]);
        let text = parts(&["rules and education"]);
        assert_eq!(paragraph("", &text, "", 12, Pen::PLAIN), ["rules and", "education"]);
        for room in 10..40 {
            for line in paragraph("  PR: ", &parts(&["規程を整えますand lectures", "教育 ◎"]), " · ", room, Pen::PLAIN)
            {
                assert!(width(&line) <= room, "{room}: {line:?}");
            }
        }
    }
}
