//! Made-up Japanese from a grammar that is data: `data/made_up_texts.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::chance::Chance;

const TEXTS: &str = include_str!("../../data/made_up_texts.txt");
/// The most characters of a self-introduction (report 4.3, question 14).
pub const MOST_INTRODUCTION: usize = 50;
/// The fewest and the most characters of a track record.
pub const RECORD: (usize, usize) = (100, 400);

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::read(TEXTS));

/// What may be written.
struct Grammar {
    rules: Vec<Vec<Vec<Piece>>>,
    names: HashMap<&'static str, usize>,
}

enum Piece {
    Text(&'static str),
    Rule(&'static str),
    Number(usize, usize),
}

/// What a rule becomes; empty for a rule that is not there.
pub(super) fn write(rule: &str, chance: &mut Chance) -> String {
    let mut text = String::new();
    GRAMMAR.write(rule, chance, &mut text);
    text
}

/// A self-introduction.
pub(super) fn introduction(chance: &mut Chance) -> String {
    let mut text = write("introduction", chance);
    // Most are shorter, so this ends soon.
    while text.chars().count() > MOST_INTRODUCTION {
        text = write("introduction", chance);
    }
    text
}

/// A track record: whole sentences, of any length within [`RECORD`].
pub(super) fn record(chance: &mut Chance) -> String {
    let wanted = chance.between(RECORD.0, RECORD.1 - 40);
    let (mut text, mut length) = (String::new(), 0);
    while length < wanted {
        let sentence = write("sentence", chance);
        let more = sentence.chars().count();
        if length + more <= RECORD.1 {
            text.push_str(&sentence);
            length += more;
        }
    }
    text
}

impl Grammar {
    fn read(text: &'static str) -> Self {
        let mut grammar = Self { rules: Vec::new(), names: HashMap::new() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix("= "), grammar.rules.last_mut()) {
                (Some(name), _) => {
                    grammar.names.insert(name, grammar.rules.len());
                    grammar.rules.push(Vec::new());
                }
                (None, Some(rule)) => rule.push(pieces(line)),
                (None, None) => {}
            }
        }
        grammar
    }

    fn write(&self, rule: &str, chance: &mut Chance, text: &mut String) {
        let Some(choices) = self.names.get(rule).map(|at| &self.rules[*at]) else { return };
        for piece in &choices[chance.early(choices.len())] {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Rule(rule) => self.write(rule, chance, text),
                Piece::Number(least, most) => text.push_str(&chance.between(*least, *most).to_string()),
            }
        }
    }
}

fn pieces(line: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        pieces.push(Piece::Text(before));
        let range = name.split_once('-').and_then(|(least, most)| Some((least.parse().ok()?, most.parse().ok()?)));
        pieces.push(range.map_or(Piece::Rule(name), |(least, most)| Piece::Number(least, most)));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_is_named_is_there_and_used() {
        let named = |name: &str| {
            let pieces = GRAMMAR.rules.iter().flatten().flatten();
            pieces.filter(|piece| matches!(piece, Piece::Rule(rule) if *rule == name)).count()
        };
        for name in GRAMMAR.names.keys() {
            let begins = ["sentence", "introduction", "organisation", "qualification", "family", "given"];
            assert!(begins.contains(name) || named(name) > 0, "{name} is written nowhere");
        }
        for piece in GRAMMAR.rules.iter().flatten().flatten() {
            match piece {
                Piece::Rule(rule) => assert!(GRAMMAR.names.contains_key(rule), "{rule} is no rule"),
                Piece::Number(least, most) => assert!(least < most),
                Piece::Text(text) => assert!(!text.contains(['{', '}']), "{text}"),
            }
        }
    }
}
