//! Rust text told apart into code, comments and literals: just enough for words to be looked up in code alone.

pub(crate) fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_word_character(c)).filter(|word| !word.is_empty())
}

/// Marks the lines of items that follow `mark`: to the brace that closes the first one opened, or to a semicolon.
pub(crate) fn lines_under(mark: &str, code: &[String]) -> Vec<bool> {
    let mut marks = vec![false; code.len()];
    let mut depth = None;
    for (marked, line) in marks.iter_mut().zip(code) {
        if depth.is_none() && line.contains(mark) {
            depth = Some(0);
        }
        *marked = depth.is_some();
        for c in line.chars() {
            depth = match (c, depth) {
                ('{', Some(open)) => Some(open + 1),
                ('}', Some(1)) | (';', Some(0)) => None,
                ('}', Some(open)) => Some(open - 1),
                (_, same) => same,
            };
        }
    }
    marks
}

/// Takes comments and literals out of Rust text; answers its lines, and the string literals with their first line.
pub(crate) fn split(text: &str) -> (Vec<String>, Vec<(usize, String)>) {
    let (mut code, mut literals) = (vec![String::new()], Vec::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some((whole, inside)) = string_literal(rest) {
            literals.push((code.len(), inside.to_owned()));
            code.last_mut().expect("there is a first line").push_str("\"\"");
            whole
        } else if let Some(whole) = character_literal(rest) {
            whole
        } else {
            match c {
                '\n' => code.push(String::new()),
                _ => code.last_mut().expect("there is a first line").push(c),
            }
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.extend(rest[..taken].matches('\n').map(|_| String::new()));
        rest = &rest[taken..];
    }
    if code.last().is_some_and(String::is_empty) && code.len() > 1 {
        code.pop();
    }
    (code, literals)
}

/// The length of the comment at the start of `text`, those nested in it included.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at += step.0;
        depth += step.1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string literal at the start of `text`, and what stands in it.
fn string_literal(text: &str) -> Option<(usize, &str)> {
    if let Some(after) = text.strip_prefix('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        let inside = after[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let length = inside.find(&end).unwrap_or(inside.len());
        return Some(((2 + hashes + length + end.len()).min(text.len()), &inside[..length]));
    }
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    let closing = |(_, c): &(usize, char)| {
        let closes = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    };
    let length = inside.char_indices().find(closing).map_or(inside.len(), |(at, _)| at);
    Some(((length + 2).min(text.len()), &inside[..length]))
}

/// The length of the character literal at the start of `text`; a lifetime is none.
fn character_literal(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return escape[first..].find('\'').map(|at| 2 + first + at + 1);
    }
    let first = inside.chars().next()?.len_utf8();
    inside[first..].starts_with('\'').then_some(1 + first + 1)
}
