//! Which cells show a number as a date or a time.

use std::collections::HashMap;
use std::io::Read;

use super::xml::{Node, Xml};
use crate::fault::Complaint;

/// Formats of a workbook that are looked at; Excel has 65,490 at most.
const MOST: usize = 200_000;

/// How a number is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    /// As a number.
    #[default]
    Number,
    /// As a day, perhaps with a time.
    Date,
    /// As a day with a time.
    DateTime,
    /// As a time of day.
    Time,
    /// As hours, beyond 24 too.
    Elapsed,
}

/// For each style of a cell how it shows numbers.
pub(crate) fn read<R: Read>(mut xml: Xml<R>, name: &str) -> Result<Vec<Shown>, Complaint> {
    let mut own: HashMap<u32, Shown> = HashMap::new();
    let mut styles = Vec::new();
    let mut of_cells = false;
    loop {
        match xml.next()? {
            Node::Begin(element) => match element.name() {
                "numFmt" => {
                    if let (Some(id), Some(code)) = (element.number("numFmtId"), element.attribute("formatCode")) {
                        own.insert(id, of_code(&code));
                    }
                }
                "cellXfs" => of_cells = true,
                "xf" if of_cells => {
                    let id = element.number("numFmtId").unwrap_or(0);
                    styles.push(own.get(&id).copied().unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            },
            Node::End(element) if element.name() == "cellXfs" => of_cells = false,
            Node::Nothing => return Ok(styles),
            _ => {}
        }
        if own.len().max(styles.len()) > MOST {
            return Err(Complaint::broken(name));
        }
    }
}

/// Formats that need no code (ECMA-376 part 1, 18.8.30), those of Japanese Excel included.
fn built_in(id: u32) -> Shown {
    match id {
        14..=17 | 27..=31 | 34..=36 | 50..=58 => Shown::Date,
        22 => Shown::DateTime,
        18..=21 | 32 | 33 | 45 | 47 => Shown::Time,
        46 => Shown::Elapsed,
        _ => Shown::Number,
    }
}

/// What a format of the workbook's own shows, by the letters that stand outside quotes, escapes and brackets.
fn of_code(code: &str) -> Shown {
    let (mut day, mut time, mut month) = (false, false, false);
    if code.starts_with('@') {
        return Shown::Number;
    }
    // `General"年"` is a number with a word behind it: of its letters none is an era or a year.
    let code = code.to_ascii_lowercase().replace("general", "0");
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ';' => break,
            '"' => while letters.next().is_some_and(|letter| letter != '"') {},
            '\\' | '_' | '*' => drop(letters.next()),
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let inside = inside.to_ascii_lowercase();
                if !inside.is_empty() && ['h', 'm', 's'].iter().any(|unit| inside.trim_matches(*unit).is_empty()) {
                    return Shown::Elapsed;
                }
            }
            // `0.0E+00` is no era.
            'e' if letters.peek().is_some_and(|next| matches!(next, '+' | '-')) => {}
            'y' | 'd' | 'e' | 'g' | 'a' => day |= letter != 'a' || letters.peek() == Some(&'a'),
            'h' | 's' => time = true,
            'm' => month = true,
            _ => {}
        }
    }
    match (day || month && !time, time) {
        (true, true) => Shown::DateTime,
        (true, false) => Shown::Date,
        (false, true) => Shown::Time,
        (false, false) => Shown::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart_by_what_they_show() {
        let cases = [
            ("General", Shown::Number),
            ("General\"年\"", Shown::Number),
            ("GENERAL_)", Shown::Number),
            ("0.00E+00", Shown::Number),
            ("#,##0\"名\"", Shown::Number),
            ("[Red]0;[Blue]-0", Shown::Number),
            ("000000", Shown::Number),
            ("\"day \"0", Shown::Number),
            ("yyyy/m/d", Shown::Date),
            ("[$-411]ggge\"年\"m\"月\"d\"日\";@", Shown::Date),
            ("aaaa", Shown::Date),
            ("yyyy-mm-dd hh:mm:ss", Shown::DateTime),
            ("h:mm AM/PM", Shown::Time),
            ("mm:ss", Shown::Time),
            ("[h]:mm", Shown::Elapsed),
            ("[mm]:ss", Shown::Elapsed),
            ("@", Shown::Number),
        ];
        for (code, shown) in cases {
            assert_eq!(of_code(code), shown, "{code}");
        }
    }
}
