//! Tables for a terminal: columns aligned by what characters take on the screen, cut to its width.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::failure::one_line;
use crate::output::Tone;

const GAP: usize = 2;
const MORE: char = '…';

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    heading: String,
    /// Rather no column than a narrower one, where it is not the first.
    least: usize,
    /// Longer texts are cut.
    most: usize,
    right: bool,
}

impl Column {
    /// A column of texts that are shown in at most `most` cells of the screen, and never in less than `least` while there
    /// is more to show.
    pub fn text(heading: impl Into<String>, least: usize, most: usize) -> Self {
        Self { heading: heading.into(), least, most, right: false }
    }

    /// A column of numbers, never cut.
    pub fn number(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), least: usize::MAX, most: usize::MAX, right: true }
    }
}

/// A table under construction. Columns stand in the order of their importance: the last ones go first when there is no
/// room.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<(String, Option<Tone>)>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row; cells that are missing are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = (String, Option<Tone>)>) {
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

    /// The lines, heading first; no line is wider than `width`. `paint` gives a text its colour and must not change what it
    /// takes on the screen.
    pub fn lines(&self, width: Option<usize>, paint: impl Fn(Tone, &str) -> String) -> Vec<String> {
        let widths = self.widths(width.unwrap_or(usize::MAX));
        let line = |cells: &mut dyn Iterator<Item = (&str, Option<Tone>)>| {
            let mut line = String::new();
            let mut owed = 0;
            for ((text, tone), (column, &width)) in cells.zip(self.columns.iter().zip(&widths)) {
                let text = cut(text, width);
                let pad = width - text.width();
                let (before, after) = if column.right { (pad, 0) } else { (0, pad) };
                if !text.is_empty() {
                    line.push_str(&" ".repeat(owed + before));
                    line.push_str(&tone.map_or_else(|| text.clone(), |tone| paint(tone, &text)));
                    owed = 0;
                } else {
                    owed += before;
                }
                // Blanks are written only before something, so that no line ends in them.
                owed += after + GAP;
            }
            line
        };
        let heading = line(&mut self.columns.iter().map(|column| (column.heading.as_str(), Some(Tone::Heading))));
        let rows = self.rows.iter().map(|row| line(&mut row.iter().map(|(text, tone)| (text.as_str(), *tone))));
        std::iter::once(heading).chain(rows).collect()
    }

    /// The width of each column that is shown.
    fn widths(&self, room: usize) -> Vec<usize> {
        let mut left = room;
        let mut widths = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let texts = self.rows.iter().filter_map(|row| row.get(at)).map(|(text, _)| text.width());
            let wanted = texts.chain([column.heading.width()]).max().unwrap_or(0).min(column.most);
            let gap = if at == 0 { 0 } else { GAP };
            let room = left.saturating_sub(gap);
            if room < wanted && room < column.least && at > 0 {
                break;
            }
            let width = wanted.min(room);
            left = room - width;
            widths.push(width);
        }
        widths
    }
}

/// As much of the text as fits, with a mark where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut short = String::new();
    for letter in text.chars() {
        let takes = letter.width().unwrap_or(0);
        if takes > left {
            break;
        }
        left -= takes;
        short.push(letter);
    }
    if width > 0 {
        short.push(MORE);
    }
    short
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

    fn bare(_: Tone, text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn wide_characters_take_two_cells() {
        let lines = table().lines(None, bare);
        assert_eq!(
            lines,
            ["氏名       No.     件数  自己PR", "山田 太郎  000001     7  規程を整えます", "Ann        12      1024",]
        );
    }

    #[test]
    fn every_line_fits_the_terminal_and_a_character_is_never_halved() {
        let table = table();
        for width in 1..60 {
            for line in table.lines(Some(width), bare) {
                assert!(line.width() <= width, "{width}: {line:?} takes {}", line.width());
                assert_eq!(line.trim_end(), line);
            }
        }
        // The numbers are shown whole or not at all; the last column is cut while it says something.
        assert_eq!(table.lines(Some(18), bare)[2], "Ann        12");
        assert_eq!(table.lines(Some(34), bare)[1], "山田 太郎  000001     7  規程を整…");
        assert_eq!(table.lines(Some(29), bare)[1], "山田 太郎  000001     7");
    }

    #[test]
    fn colours_take_no_room() {
        let mut table = Table::new(vec![Column::text("印", 2, 4), Column::text("x", 1, 4)]);
        table.row([("◎".to_owned(), Some(Tone::Good)), ("y".to_owned(), None)]);
        let lines = table.lines(None, |_, text| format!("<{text}>"));
        assert_eq!(lines, ["<印>  <x>", "<◎>   y"]);
    }

    #[test]
    fn what_steers_a_terminal_does_not_pass() {
        let mut table = Table::new(vec![Column::text("a", 1, 40)]);
        table.plain(["x\u{1b}[31m\ny\u{202e}z".to_owned()]);
        assert_eq!(table.lines(None, bare)[1], "x\u{fffd}[31m y\u{fffd}z");
    }
}
