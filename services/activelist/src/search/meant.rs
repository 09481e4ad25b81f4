//! What somebody could have meant by a word that no list holds.

use ::search::domain::text::{Suggest, normalise};
use kit_vocabulary::{Code, Lang, List};

use super::conditions::CONDITIONS;
use crate::failure::{Placed, one_line};
use crate::text;

/// Names that are suggested for one word.
const FEW: usize = 4;
/// A list up to this long is told whole when nothing resembles the word.
const SHORT_LIST: usize = 16;
/// Characters of a word that are looked at and repeated; no name is near that long.
const LONGEST: usize = 60;

/// The word, where it stands, and what could be meant by it.
pub fn fault(option: &str, list: &List, typed: &str) -> Placed {
    let typed: String = one_line(typed).chars().take(LONGEST).collect();
    let said = |lang: Lang| {
        let comma = text::COMMA.get(lang, &[]);
        let name = |code: &Code| match code.label(lang) {
            label if label == code.code => label.to_owned(),
            label => format!("{label} ({})", code.code),
        };
        let elsewhere = elsewhere(option, &typed);
        let elsewhere = elsewhere.iter().map(|(option, code)| format!("--{option} {}", name(code)));
        let near: Vec<String> = elsewhere.chain(of(list, &typed).into_iter().map(name)).take(FEW).collect();
        if !near.is_empty() {
            return text::DID_YOU_MEAN.get(lang, &[("names", &near.join(&comma))]);
        }
        if list.codes().len() <= SHORT_LIST {
            let names: Vec<String> = list.codes().iter().map(name).collect();
            return text::ONE_OF.get(lang, &[("names", &names.join(&comma))]);
        }
        text::NOTHING_LIKE_IT.get(lang, &[])
    };
    Placed { place: format!("--{option} {typed:?}"), ja: said(Lang::Ja), en: said(Lang::En) }
}

/// The entries of a list that could be meant, the likeliest first: names that begin with the word, names that hold it, names
/// that share its beginning.
fn of<'a>(list: &'a List, typed: &str) -> Vec<&'a Code> {
    let suggest = Suggest::new([list]);
    let found = |typed: &str| -> Vec<&'a Code> {
        suggest.suggest(typed).iter().filter_map(|found| list.get(&found.code)).take(FEW).collect()
    };
    let whole = found(typed);
    if !whole.is_empty() {
        return whole;
    }
    let word = normalise(typed);
    let holds = |name: &str| !word.is_empty() && normalise(name).contains(&word);
    let held = |code: &&Code| [&code.ja, &code.en].into_iter().chain(&code.aliases).any(|name| holds(name));
    let held: Vec<&Code> = list.codes().iter().filter(held).take(FEW).collect();
    if !held.is_empty() {
        return held;
    }
    let letters: Vec<char> = typed.chars().collect();
    // One letter of an alphabet says nothing, one kanji a lot.
    let beginnings = (1..letters.len()).rev().filter(|count| *count > 1 || !letters[0].is_ascii());
    beginnings
        .map(|count| found(&letters[..count].iter().collect::<String>()))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Where the word is a code or label of another condition.
fn elsewhere(option: &str, typed: &str) -> Vec<(&'static str, &'static Code)> {
    let others = CONDITIONS.iter().filter(|condition| condition.option != option);
    others.filter_map(|condition| Some((condition.option, (condition.list)().find(typed)?))).collect()
}
