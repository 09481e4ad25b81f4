//! Charts as SVG, drawn by plotters without any font: texts stay texts, and the place they take is estimated from what
//! characters take on a terminal, so that Japanese comes out right in every browser.

use contract::insights::v1::{Chart, Unit};
use kit_vocabulary::Lang;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::book::{Grid, MEASURE, Value};
use super::figures::brief;
use crate::table::{self, width};

const WIDE: i32 = 760;
const SIZE: f64 = 13.0;
const SMALL: f64 = 12.0;
const LINE: i32 = 16;
const GAP: i32 = 8;
const TOP: i32 = 6;
/// Room of the rows' names, at most, in cells of the estimate.
const MOST_NAME: usize = 34;
/// Of a table that wants one bar a row, so many columns are drawn side by side; of more, the first.
const MOST_BESIDE: usize = 3;
/// Nobody reads more bars.
const MOST_ROWS: usize = 80;
const INK: RGBColor = RGBColor(0x22, 0x2b, 0x36);
const FAINT: RGBColor = RGBColor(0x59, 0x63, 0x6e);
const TRACK: RGBColor = RGBColor(0xee, 0xf1, 0xf4);
const DEEP: RGBColor = RGBColor(0x08, 0x45, 0x8b);
/// Okabe and Ito's colours, told apart with every kind of colour vision; and distinct in grey where they meet.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0xf0, 0xe4, 0x42),
    RGBColor(0x5c, 0x66, 0x70),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// What of a table is drawn: totals are left out, and so are columns of another unit than the first.
#[derive(Clone)]
struct Data {
    names: Vec<String>,
    /// Name and colour.
    series: Vec<(String, RGBColor)>,
    /// By row, then by series.
    values: Vec<Vec<Option<i64>>>,
    unit: Unit,
    /// By row, the share beside the count: where there is a column of shares, and one series.
    shares: Vec<Option<i64>>,
    lang: Lang,
}

/// The elements inside of an `svg` element, and the size of its view.
#[derive(Debug)]
pub(super) struct Picture {
    /// Elements.
    pub inside: String,
    /// Width and height of the view.
    pub size: (i32, i32),
    /// What it shows, in words.
    pub words: String,
}

/// The chart of a table, as its report wants it drawn; nothing where there is nothing to draw.
pub(super) fn of(grid: &Grid, lang: Lang) -> Option<Picture> {
    let data = Data::of(grid, lang)?;
    let words = data.words();
    // Columns with nothing in them would only take place; in a cross-table they tell something.
    let seen = data.seen();
    let kind = match grid.chart {
        Chart::Unspecified => return None,
        Chart::Stacked | Chart::Grouped | Chart::Shares if seen.series.len() > COLOURS.len() => Chart::Heat,
        Chart::Stacked | Chart::Grouped | Chart::Shares if seen.series.len() == 1 => Chart::Bars,
        // One may contain another, so that they cannot be put end to end.
        Chart::Stacked | Chart::Shares if grid.across == MEASURE => Chart::Grouped,
        Chart::Bars if (2..=MOST_BESIDE).contains(&seen.series.len()) => Chart::Grouped,
        kind => kind,
    };
    match kind {
        Chart::Heat => picture(words, heat_height(&data), |area| heat(area, &data)),
        Chart::Stacked | Chart::Shares => {
            let legend = Legend::of(&seen);
            let height = legend.height + stacked_height(&seen);
            picture(words, height, |area| legend.draw(area).and_then(|()| stacked(area, &seen, legend.height, kind)))
        }
        Chart::Grouped => {
            let legend = Legend::of(&seen);
            let height = legend.height + grouped_height(&seen);
            picture(words, height, |area| legend.draw(area).and_then(|()| grouped(area, &seen, legend.height)))
        }
        Chart::Bars | Chart::Unspecified => {
            // Of several columns, it must be said which is drawn.
            let one = seen.first();
            let legend = (data.series.len() > 1).then(|| Legend::of(&one));
            let top = legend.as_ref().map_or(0, |legend| legend.height);
            let draw = |area: &Area<'_>| {
                legend.as_ref().map_or(Ok(()), |legend| legend.draw(area))?;
                grouped(area, &one, top)
            };
            picture(words, top + grouped_height(&one), draw)
        }
    }
}

fn picture(words: String, height: i32, draw: impl FnOnce(&Area<'_>) -> Drawn<'static>) -> Option<Picture> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDE as u32, height as u32)).into_drawing_area();
        draw(&area).ok()?;
        area.present().ok()?;
    }
    let inside = svg.split_once("<svg").and_then(|(_, rest)| rest.split_once('>'))?.1;
    let inside = inside.rsplit_once("</svg>")?.0.trim().to_owned();
    Some(Picture { inside, size: (WIDE, height), words })
}

impl Data {
    fn of(grid: &Grid, lang: Lang) -> Option<Self> {
        let unit = grid.columns.iter().find(|column| !column.total).and_then(|column| column.unit)?;
        let wanted = |at: &usize| !grid.columns[*at].total && grid.columns[*at].unit == Some(unit);
        let columns: Vec<usize> = (0..grid.columns.len()).filter(wanted).collect();
        let rows: Vec<_> = grid.rows.iter().filter(|row| !row.total).collect();
        if rows.is_empty() || rows.len() > MOST_ROWS {
            return None;
        }
        let value = |cell: Option<&Value>| match cell {
            Some(Value::Number(value, _)) => Some(*value),
            _ => None,
        };
        let share = grid.columns.iter().position(|column| column.unit == Some(Unit::BasisPoints));
        Some(Self {
            names: rows.iter().map(|row| row.label.clone()).collect(),
            series: columns.iter().map(|at| grid.columns[*at].label.clone()).zip(COLOURS.into_iter().cycle()).collect(),
            values: rows.iter().map(|row| columns.iter().map(|at| value(row.cells.get(*at))).collect()).collect(),
            unit,
            shares: match share {
                Some(share) if unit == Unit::Count => rows.iter().map(|row| value(row.cells.get(share))).collect(),
                _ => vec![None; rows.len()],
            },
            lang,
        })
    }

    /// Without series that are nothing in every row, if any is left.
    fn seen(&self) -> Self {
        let is = |at: &usize| self.values.iter().any(|row| row[*at].unwrap_or(0) != 0);
        let mut kept: Vec<usize> = (0..self.series.len()).filter(is).collect();
        if kept.is_empty() {
            kept = (0..self.series.len()).collect();
        }
        let of_row = |row: &Vec<Option<i64>>| kept.iter().map(|at| row[*at]).collect();
        Self {
            series: kept.iter().map(|at| self.series[*at].clone()).collect(),
            values: self.values.iter().map(of_row).collect(),
            ..self.clone()
        }
    }

    /// With its first series alone.
    fn first(self) -> Self {
        let first = |row: Vec<Option<i64>>| row.into_iter().take(1).collect();
        Self {
            series: self.series.into_iter().take(1).collect(),
            values: self.values.into_iter().map(first).collect(),
            ..self
        }
    }

    fn most(&self) -> i64 {
        let most = self.values.iter().flatten().flatten().copied().max().unwrap_or(0);
        if self.unit == Unit::BasisPoints { most.max(10_000) } else { most.max(1) }
    }

    fn said(&self, value: Option<i64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| brief(value, self.unit, self.lang))
    }

    /// What stands behind a bar.
    fn tail(&self, row: usize, value: Option<i64>) -> String {
        match self.shares.get(row).copied().flatten().filter(|_| self.series.len() == 1) {
            Some(share) => format!("{} ({})", self.said(value), brief(share, Unit::BasisPoints, self.lang)),
            None => self.said(value),
        }
    }

    /// Room for the names of the rows, in pixels.
    fn gutter(&self) -> i32 {
        let cells = self.names.iter().map(|name| width(name).min(MOST_NAME)).max().unwrap_or(0);
        pixels(cells, SIZE) + GAP * 2
    }

    fn words(&self) -> String {
        let row = |(name, values): (&String, &Vec<Option<i64>>)| {
            let values =
                self.series.iter().zip(values).map(|((series, _), value)| format!("{series} {}", self.said(*value)));
            format!("{name}: {}", values.collect::<Vec<_>>().join(", "))
        };
        self.names.iter().zip(&self.values).map(row).collect::<Vec<_>>().join("; ")
    }
}

/// Room that so many cells take: Japanese type is square, and Latin type a little wider than half.
fn pixels(cells: usize, size: f64) -> i32 {
    (cells as f64 * size * 0.53).ceil() as i32
}

fn style(size: f64, colour: RGBColor, across: HPos) -> TextStyle<'static> {
    // The backend writes sizes divided by this.
    let font = ("sans-serif", size * 1.24).into_font();
    let mut style = TextStyle::from(font).pos(Pos::new(across, VPos::Center));
    style.color = colour.to_backend_color();
    style
}

fn write(area: &Area<'_>, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Drawn<'static> {
    area.draw(&Text::new(text.to_owned(), at, style.clone()))
}

fn fill(area: &Area<'_>, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Drawn<'static> {
    area.draw(&Rectangle::new([from, to], colour.filled()))
}

/// Black or white, whichever is read better on a colour.
fn on(colour: RGBColor) -> RGBColor {
    let light = 0.299 * f64::from(colour.0) + 0.587 * f64::from(colour.1) + 0.114 * f64::from(colour.2);
    if light > 140.0 { INK } else { RGBColor(0xff, 0xff, 0xff) }
}

/// Signs that no Japanese line begins with.
const NOT_FIRST: &str = "、。，．・）」』】〕〉》！？：；ー～ァィゥェォッャュョぁぃぅぇぉっゃゅょ";

/// A name in at most `lines` lines of about so many cells and of like length, the last one cut.
fn wrapped(name: &str, cells: usize, lines: usize) -> Vec<String> {
    let (mut told, mut rest) = (Vec::new(), name);
    // Whole characters of two cells; no character is left alone in the last line.
    let most = cells.max(2) & !1;
    let cells = width(name).div_ceil(width(name).div_ceil(most).clamp(1, lines)).next_multiple_of(2).min(most);
    while told.len() + 1 < lines && width(rest) > cells {
        let end = line_end(rest, cells);
        told.push(rest[..end].trim_end().to_owned());
        rest = &rest[end..];
    }
    told.push(table::cut(rest.trim(), most + 2));
    told.retain(|line| !line.is_empty());
    told
}

/// Where a line of so many cells ends: not within a Latin word, and behind a sign that the next line cannot begin with.
fn line_end(text: &str, cells: usize) -> usize {
    let mut taken = 0;
    let over = text.char_indices().find(|(_, letter)| {
        taken += table::width_of(*letter);
        taken > cells
    });
    let end = over.map_or(text.len(), |(at, _)| at).max(text.chars().next().map_or(0, char::len_utf8));
    let word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    if word(text[..end].chars().next_back()) && word(text[end..].chars().next()) {
        return text[..end].rfind(' ').map_or(end, |at| at + 1);
    }
    let hanging = text[end..].chars().next().filter(|letter| NOT_FIRST.contains(*letter));
    end + hanging.map_or(0, char::len_utf8)
}

fn name(area: &Area<'_>, name: &str, right: i32, middle: i32, cells: usize) -> Drawn<'static> {
    let lines = wrapped(name, cells, 2);
    let first = middle - (lines.len() as i32 - 1) * LINE / 2;
    for (at, line) in (0..).zip(&lines) {
        write(area, line, (right, first + at * LINE), &style(SIZE, INK, HPos::Right))?;
    }
    Ok(())
}

/// What the colours mean, in lines above the chart.
struct Legend {
    /// Name, place, colour.
    entries: Vec<(String, (i32, i32), RGBColor)>,
    height: i32,
}

impl Legend {
    fn of(data: &Data) -> Self {
        let (mut x, mut y, mut entries) = (0, TOP + LINE / 2, Vec::new());
        for (name, colour) in &data.series {
            let name = table::cut(name, MOST_NAME * 2);
            let wide = 18 + pixels(width(&name), SMALL) + 16;
            if x > 0 && x + wide > WIDE {
                (x, y) = (0, y + LINE + 4);
            }
            entries.push((name, (x, y), *colour));
            x += wide;
        }
        Self { entries, height: y + LINE }
    }

    fn draw(&self, area: &Area<'_>) -> Drawn<'static> {
        for (name, (x, y), colour) in &self.entries {
            fill(area, (*x, y - 6), (x + 12, y + 6), *colour)?;
            write(area, name, (x + 18, *y), &style(SMALL, INK, HPos::Left))?;
        }
        Ok(())
    }
}

const BAR: i32 = 18;

fn row_height(data: &Data) -> i32 {
    let bars = data.series.len() as i32 * BAR;
    let longest = data.names.iter().map(|name| width(name)).max().unwrap_or(0);
    bars.max(if longest > MOST_NAME { LINE * 2 } else { BAR }) + 10
}

fn grouped_height(data: &Data) -> i32 {
    TOP * 2 + row_height(data) * data.names.len() as i32
}

/// A bar for each value, its number behind it.
fn grouped(area: &Area<'_>, data: &Data, top: i32) -> Drawn<'static> {
    let (left, high, most) = (data.gutter(), row_height(data), data.most());
    let tails = data.values.iter().enumerate().flat_map(|(row, values)| values.iter().map(move |value| (row, *value)));
    let said = tails.map(|(row, value)| width(&data.tail(row, value))).max().unwrap_or(0);
    let room = WIDE - left - pixels(said, SMALL) - GAP * 2;
    for (at, (row, values)) in (0..).zip(data.names.iter().zip(&data.values)) {
        let (middle, row_at) = (top + TOP + at * high + high / 2, at as usize);
        name(area, row, left - GAP, middle, MOST_NAME)?;
        let first = middle - data.series.len() as i32 * BAR / 2;
        for (place, (value, colour)) in (0..).zip(values.iter().zip(data.series.iter().map(|(_, colour)| *colour))) {
            let y = first + place * BAR + 1;
            let long = scaled(value.unwrap_or(0), most, room);
            if data.unit == Unit::BasisPoints {
                fill(area, (left, y), (left + room, y + BAR - 3), TRACK)?;
            }
            if long > 0 {
                fill(area, (left, y), (left + long, y + BAR - 3), colour)?;
            }
            let colour = if value.is_some() { INK } else { FAINT };
            let end = if data.unit == Unit::BasisPoints { room } else { long };
            let at = (left + end + GAP - 2, y + BAR / 2 - 1);
            write(area, &data.tail(row_at, *value), at, &style(SMALL, colour, HPos::Left))?;
        }
    }
    let bottom = top + TOP + high * data.names.len() as i32;
    fill(area, (left - 1, top + TOP), (left, bottom), FAINT)
}

/// A part of `room` in the proportion of a value to the most there is; something is never nothing.
fn scaled(value: i64, most: i64, room: i32) -> i32 {
    let part = (value.max(0) as f64 / most.max(1) as f64 * f64::from(room)).round() as i32;
    part.clamp(i32::from(value > 0), room)
}

fn stacked_height(data: &Data) -> i32 {
    TOP * 2 + stacked_row(data) * data.names.len() as i32
}

fn stacked_row(data: &Data) -> i32 {
    let longest = data.names.iter().map(|name| width(name)).max().unwrap_or(0);
    if longest > MOST_NAME { 42 } else { 34 }
}

/// A bar for each row, in parts: as long as their sum, or with shares each as long as the other.
fn stacked(area: &Area<'_>, data: &Data, top: i32, kind: Chart) -> Drawn<'static> {
    let sum = |values: &Vec<Option<i64>>| values.iter().flatten().map(|value| (*value).max(0)).sum::<i64>();
    let most = data.values.iter().map(sum).max().unwrap_or(0).max(1);
    let said = |values: &Vec<Option<i64>>| brief(sum(values), data.unit, data.lang);
    let tails = data.values.iter().map(|values| width(&said(values))).max().unwrap_or(0);
    let (left, high) = (data.gutter(), stacked_row(data));
    let room = WIDE - left - pixels(tails, SMALL) - GAP * 2;
    for (at, (row, values)) in (0..).zip(data.names.iter().zip(&data.values)) {
        let middle = top + TOP + at * high + high / 2;
        name(area, row, left - GAP, middle, MOST_NAME)?;
        let whole = if kind == Chart::Shares { sum(values).max(1) } else { most };
        let mut before = 0;
        for (value, colour) in values.iter().zip(data.series.iter().map(|(_, colour)| *colour)) {
            let value = value.unwrap_or(0).max(0);
            let (from, to) = (left + scaled(before, whole, room), left + scaled(before + value, whole, room));
            before += value;
            if value == 0 || to <= from {
                continue;
            }
            fill(area, (from, middle - 11), (to, middle + 11), colour)?;
            // A thin gap tells parts of like brightness apart.
            fill(area, (to - 1, middle - 11), (to, middle + 11), RGBColor(0xff, 0xff, 0xff))?;
            let text = data.said(Some(value));
            if pixels(width(&text), SMALL) + 6 <= to - from {
                write(area, &text, ((from + to) / 2, middle), &style(SMALL, on(colour), HPos::Center))?;
            }
        }
        let end = left + scaled(before, whole, room) + GAP;
        write(area, &said(values), (end, middle), &style(SMALL, FAINT, HPos::Left))?;
    }
    let bottom = top + TOP + high * data.names.len() as i32;
    fill(area, (left - 1, top + TOP), (left, bottom), FAINT)
}

const CELL: i32 = 30;
const HEAD_LINES: usize = 3;

fn heat_column(data: &Data) -> i32 {
    ((WIDE - data.gutter()) / (data.series.len() as i32).max(1)).clamp(26, 116)
}

fn heat_heads(data: &Data) -> Vec<Vec<String>> {
    let cells = (f64::from(heat_column(data) - 6) / (SMALL * 0.53)) as usize;
    data.series.iter().map(|(series, _)| wrapped(series, cells.max(2), HEAD_LINES)).collect()
}

fn heat_top(data: &Data) -> i32 {
    let lines = heat_heads(data).iter().map(Vec::len).max().unwrap_or(1) as i32;
    TOP + lines * LINE + 4
}

fn heat_height(data: &Data) -> i32 {
    heat_top(data) + CELL * data.names.len() as i32 + TOP
}

/// A cell for each value, darker where there is more.
fn heat(area: &Area<'_>, data: &Data) -> Drawn<'static> {
    let (left, column, top) = (data.gutter(), heat_column(data), heat_top(data));
    let most = data.values.iter().flatten().flatten().copied().max().unwrap_or(0).max(1);
    for (at, lines) in (0..).zip(heat_heads(data)) {
        let first = top - 4 - LINE * lines.len() as i32 + LINE / 2;
        for (line, text) in (0..).zip(&lines) {
            let place = (left + at * column + column / 2, first + line * LINE);
            write(area, text, place, &style(SMALL, INK, HPos::Center))?;
        }
    }
    for (at, (row, values)) in (0..).zip(data.names.iter().zip(&data.values)) {
        let middle = top + at * CELL + CELL / 2;
        name(area, row, left - GAP, middle, MOST_NAME)?;
        for (place, value) in (0..).zip(values) {
            let (x, y) = (left + place * column, top + at * CELL);
            let colour = shade(value.unwrap_or(0), most);
            fill(area, (x + 1, y + 1), (x + column - 1, y + CELL - 1), colour)?;
            let ink = if value.unwrap_or(0) == 0 { FAINT } else { on(colour) };
            write(area, &data.said(*value), (x + column / 2, middle), &style(SMALL, ink, HPos::Center))?;
        }
    }
    Ok(())
}

fn shade(value: i64, most: i64) -> RGBColor {
    let part = if value > 0 { 0.12 + 0.88 * (value as f64 / most as f64).min(1.0) } else { 0.0 };
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
    RGBColor(mix(TRACK.0, DEEP.0), mix(TRACK.1, DEEP.1), mix(TRACK.2, DEEP.2))
}
