//! The command that shows the next page, as it can be typed.

use kit_vocabulary::Lang;

use super::conditions::CONDITIONS;
use crate::args::Search;

/// The command line of the page behind `token`, whose first expert has place `from`.
pub fn command(args: &Search, lang: Lang, token: &str, from: u64) -> String {
    let mut words = vec!["activelist".to_owned(), "search".to_owned()];
    let mut option = |name: &str, value: &str| match value.starts_with('-') {
        true => words.push(format!("--{name}={}", quoted(value))),
        false => words.extend([format!("--{name}"), quoted(value)]),
    };
    let server = &args.server;
    option("server", &server.url);
    let others = [("as", &server.subject), ("survey", &server.survey), ("registry", &server.registry)];
    for (name, value) in others.into_iter().chain([("search", &server.search)]) {
        value.iter().for_each(|value| option(name, value));
    }
    if lang == Lang::En {
        option("lang", "en");
    }
    args.entry.iter().for_each(|entry| option("entry", entry));
    for condition in CONDITIONS {
        (condition.typed)(args).iter().for_each(|value| option(condition.option, value));
    }
    let said = [args.words.as_slice(), &args.text].concat();
    if !said.is_empty() {
        option("text", &said.join(" "));
    }
    args.place.iter().for_each(|place| option("place", place));
    args.day.iter().for_each(|day| option("day", &day.to_string()));
    args.page_size.iter().for_each(|size| option("page-size", &size.to_string()));
    if !args.facets.is_empty() {
        option("facets", &args.facets.join(","));
    }
    option("page-token", token);
    option("from", &from.to_string());
    words.join(" ")
}

/// A value as a POSIX shell takes it for one word.
fn quoted(value: &str) -> String {
    let safe = |letter: char| letter.is_alphanumeric() || "_-./:@,+%".contains(letter);
    if !value.is_empty() && value.chars().all(safe) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}
