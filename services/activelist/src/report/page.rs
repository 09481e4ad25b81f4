//! One self-contained page: no script, nothing fetched, charts inside. It is read on a screen, printed, or read aloud.

use kit_vocabulary::Lang;

use super::book::{Book, Column, Grid, Row, Value, figure};
use super::chart;
use crate::failure::one_line;
use crate::table::width;
use crate::text;

/// Tables of more columns are set closer.
const MANY: usize = 7;
/// Names of rows that are longer, in cells of a terminal, may be broken.
const LONG_NAME: usize = 32;
const STYLE: &str = include_str!("page.css");
/// Whatever a text might smuggle in, nothing is fetched and nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page.
pub fn page(book: &Book) -> String {
    let lang = match book.lang {
        Lang::Ja => "ja",
        Lang::En => "en",
    };
    let title = escaped(&book.title);
    let mut parts = vec![format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    )];
    parts.push(format!("<header><div class=\"sheet\">\n<h1>{title}</h1>\n{}</div></header>\n", facts(book)));
    parts.push("<main class=\"sheet\">\n".to_owned());
    let chapters = chapters(book);
    if book.grids.len() + book.missing.len() > 1 {
        parts.push(contents(book, &chapters));
    }
    for (at, chapter) in chapters.iter().enumerate() {
        let heading = escaped(chapter.first().map(|(_, grid)| grid.chapter.as_str()).unwrap_or_default());
        parts.push(format!("<section aria-labelledby=\"r{at}\">\n<h2 id=\"r{at}\">{heading}</h2>\n"));
        parts.extend(chapter.iter().map(|(at, grid)| article(book, *at, grid)));
        parts.push("</section>\n".to_owned());
    }
    parts.push(missing(book));
    let how = escaped(&text::HOW_TO_READ.get(book.lang, &[]));
    parts.push(format!("<footer><p>{how}</p></footer>\n</main>\n</body>\n</html>\n"));
    parts.concat()
}

/// Tables with their place in the book, by report.
fn chapters(book: &Book) -> Vec<Vec<(usize, &Grid)>> {
    let mut chapters: Vec<Vec<(usize, &Grid)>> = Vec::new();
    for (at, grid) in book.grids.iter().enumerate() {
        match chapters.last_mut() {
            Some(chapter) if chapter.last().is_some_and(|(_, last)| last.report == grid.report) => {
                chapter.push((at, grid))
            }
            _ => chapters.push(vec![(at, grid)]),
        }
    }
    chapters
}

fn facts(book: &Book) -> String {
    let fact = |(name, value): &(String, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(value))
    };
    format!("<dl>\n{}</dl>\n", book.facts.iter().map(fact).collect::<String>())
}

fn contents(book: &Book, chapters: &[Vec<(usize, &Grid)>]) -> String {
    let chapter = |(at, chapter): (usize, &Vec<(usize, &Grid)>)| {
        let title = escaped(chapter.first().map(|(_, grid)| grid.chapter.as_str()).unwrap_or_default());
        let table = |(at, grid): &(usize, &Grid)| {
            format!("<li><a href=\"#t{at}\">{}</a></li>\n", escaped(&grid.heading(book.lang)))
        };
        let tables: String = chapter.iter().map(table).collect();
        format!("<li><a href=\"#r{at}\">{title}</a>\n<ol>\n{tables}</ol></li>\n")
    };
    let mut all: String = chapters.iter().enumerate().map(chapter).collect();
    if !book.missing.is_empty() {
        all += &format!("<li><a href=\"#missing\">{}</a></li>\n", escaped(&text::NO_DATA_TITLE.get(book.lang, &[])));
    }
    let heading = escaped(&text::CONTENTS.get(book.lang, &[]));
    format!("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">{heading}</h2>\n<ol>\n{all}</ol>\n</nav>\n")
}

fn article(book: &Book, at: usize, grid: &Grid) -> String {
    let title = escaped(&grid.title);
    let badge = match figure(&grid.figure, book.lang).as_str() {
        "" => String::new(),
        said => format!("<span class=\"figure\">{}</span>", escaped(said)),
    };
    // Where the report has said it all, the heading is for those who listen.
    let class = if grid.title == grid.chapter && badge.is_empty() { " class=\"heard\"" } else { "" };
    let heading = format!("<h3 id=\"h{at}\"{class}>{badge}{title}</h3>");
    let mut parts = vec![format!("<article id=\"t{at}\" aria-labelledby=\"h{at}\">\n{heading}\n")];
    if !grid.population.is_empty() {
        let name = escaped(&text::POPULATION.get(book.lang, &[]));
        parts.push(format!("<p class=\"counted\">{name}: {}</p>\n", escaped(&grid.population)));
    }
    if let Some(picture) = chart::of(grid, book.lang) {
        let name = escaped(&text::CHART_OF.get(book.lang, &[("title", &grid.title)]));
        let (wide, high) = picture.size;
        parts.push(format!(
            "<figure>\n<svg role=\"img\" aria-labelledby=\"c{at} d{at}\" viewBox=\"0 0 {wide} {high}\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"c{at}\">{name}</title>\n<desc id=\"d{at}\">{}</desc>\n{}\n\
             </svg>\n</figure>\n",
            escaped(&picture.words),
            picture.inside
        ));
    }
    parts.push(table(book, grid));
    if !grid.note.is_empty() {
        parts.push(format!("<p class=\"note\">{}</p>\n", escaped(&grid.note)));
    }
    parts.push("</article>\n".to_owned());
    parts.concat()
}

fn table(book: &Book, grid: &Grid) -> String {
    let caption = [grid.heading(book.lang), grid.population.clone()].map(|part| escaped(&part)).join(" ");
    let head = |(at, column): (usize, &Column)| {
        let classes = classes(column, grid.holds_numbers(at));
        format!("<th scope=\"col\"{classes}><span>{}</span></th>", escaped(&column.label))
    };
    let many = if grid.columns.len() > MANY { " class=\"many\"" } else { "" };
    let heads: String = grid.columns.iter().enumerate().map(head).collect();
    let mut parts = vec![format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table{many}>\n<caption>{caption}</caption>\n\
         <thead><tr><th scope=\"col\">{}</th>{heads}</tr></thead>\n<tbody>\n",
        escaped(&grid.title),
        escaped(&grid.corner)
    )];
    parts.extend(grid.rows.iter().map(|row| line(book, grid, row)));
    if grid.rows.is_empty() {
        let no_data = escaped(&text::NO_DATA.get(book.lang, &[]));
        parts.push(format!("<tr><td colspan=\"{}\" class=\"none\">{no_data}</td></tr>\n", grid.columns.len() + 1));
    }
    parts.push("</tbody>\n</table></div>\n".to_owned());
    parts.concat()
}

fn line(book: &Book, grid: &Grid, row: &Row) -> String {
    let cell = |(column, cell): (&Column, &Value)| {
        let classes = classes(column, !matches!(cell, Value::Text(_)));
        let said = escaped(&cell.said(book.lang));
        match cell {
            Value::None => format!("<td{classes}><span class=\"none\">{said}</span></td>"),
            _ => format!("<td{classes}>{said}</td>"),
        }
    };
    let cells: String = grid.columns.iter().zip(&row.cells).map(cell).collect();
    let class = if row.total { " class=\"total\"" } else { "" };
    let long = if width(&row.label) > LONG_NAME { " class=\"name\"" } else { "" };
    format!("<tr{class}><th scope=\"row\"{long}>{}</th>{cells}</tr>\n", escaped(&row.label))
}

fn classes(column: &Column, number: bool) -> String {
    let classes = [(number, "number"), (column.total, "total"), (column.long, "long")];
    let text = !number && !column.long;
    let classes = classes.into_iter().chain([(text, "text")]);
    let classes: Vec<&str> = classes.into_iter().filter(|(is, _)| *is).map(|(_, class)| class).collect();
    if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) }
}

fn missing(book: &Book) -> String {
    if book.missing.is_empty() {
        return String::new();
    }
    let one = |missing: &super::book::Missing| match missing.figures.is_empty() {
        true => format!("<li>{}</li>\n", escaped(&missing.title)),
        false => {
            format!("<li>{} <span class=\"none\">{}</span></li>\n", escaped(&missing.title), escaped(&missing.figures))
        }
    };
    let heading = escaped(&text::NO_DATA_TITLE.get(book.lang, &[]));
    let all: String = book.missing.iter().map(one).collect();
    format!(
        "<section class=\"missing-reports\" aria-labelledby=\"missing\">\n<h2 id=\"missing\">{heading}</h2>\n\
         <ul class=\"missing\">\n{all}</ul>\n</section>\n"
    )
}

/// A text as it may stand between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in one_line(text).chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}
