//! Templates: the words of a notice, with places that its parameters fill.
//!
//! A place is `{name}` or `{name:form}`. Forms: `time` and `date` of a moment in Japan, `until` the last day before a
//! moment, and the name of a list of labels, in `words.json` or in kit-vocabulary: `{theme:themes}`.

use std::collections::{BTreeMap, BTreeSet};

use kit_clock::Timestamp;
use serde::Deserialize;

/// The words of a notice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its code: what is stored and sent.
    pub template: String,
    /// Path in the portal; only parameters that tell of nobody.
    pub link: String,
    ja: Text,
    en: Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    subject: String,
    text: String,
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// Words that templates share.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The subject of a reminder, around `{subject}`.
    reminder: Both,
    /// What stands for a parameter that is not known, or no longer.
    unknown: BTreeMap<String, Both>,
    /// Labels of codes, by list and code.
    labels: BTreeMap<String, BTreeMap<String, Both>>,
}

/// Subject and text of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line each.
    pub subject: Both,
    /// The text.
    pub text: Both,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Ja,
    En,
}

impl Both {
    fn of(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

impl Template {
    /// The notice's words. `parameter` answers a parameter's value, where it is known.
    pub fn render(&self, shared: &Shared, reminder: i32, parameter: &dyn Fn(&str) -> Option<String>) -> Rendered {
        let fill = |text: &str, language| filled(text, &|place| shared.place(place, language, parameter));
        let subject = |own: &str, language| {
            let subject = fill(own, language);
            let around = if reminder > 0 { shared.reminder.of(language) } else { "{subject}" };
            // One line, whatever a parameter holds: it becomes a header of a mail.
            let line = around.replace("{subject}", &subject);
            line.split(|c: char| c.is_control()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        };
        Rendered {
            subject: Both { ja: subject(&self.ja.subject, Language::Ja), en: subject(&self.en.subject, Language::En) },
            text: Both { ja: fill(&self.ja.text, Language::Ja), en: fill(&self.en.text, Language::En) },
        }
    }

    /// The path in the portal; what may not stand in a path is escaped.
    pub fn link(&self, parameter: &dyn Fn(&str) -> Option<String>) -> String {
        filled(&self.link, &|place| escaped(&parameter(place).unwrap_or_default()))
    }

    /// The parameters that its words ask for.
    pub fn parameters(&self) -> BTreeSet<&str> {
        let texts = [&self.ja.subject, &self.ja.text, &self.en.subject, &self.en.text];
        let places = texts.into_iter().flat_map(|text| places(text));
        places.map(|place| place.split_once(':').map_or(place, |(name, _)| name)).collect()
    }

    /// The parameters that its link asks for.
    pub fn link_parameters(&self) -> BTreeSet<&str> {
        places(&self.link).into_iter().collect()
    }

    /// What is wrong with it: forms that are not known, languages that ask for different things, two lines in a subject.
    pub fn faults(&self, shared: &Shared) -> Vec<String> {
        let fault = |what: String| format!("template {}: {what}", self.template);
        let mut faults = Vec::new();
        // What is there in both languages is asked for in one's own: `title_ja` and `title_en` are the same thing.
        let asked = |text: &Text, own: &str| {
            let all = places(&text.subject).into_iter().chain(places(&text.text));
            all.map(|place| place.strip_suffix(own).unwrap_or(place).to_owned()).collect::<BTreeSet<_>>()
        };
        if asked(&self.ja, "_ja") != asked(&self.en, "_en") {
            faults.push(fault("the languages tell different things".to_owned()));
        }
        for place in asked(&self.ja, "").union(&asked(&self.en, "")) {
            if let Some((_, form)) = place.split_once(':')
                && !["time", "date", "until"].contains(&form)
                && !shared.labels.contains_key(form)
                && kit_vocabulary::list(form).is_none()
            {
                faults.push(fault(format!("no form {form}")));
            }
        }
        for subject in [&self.ja.subject, &self.en.subject] {
            if subject.is_empty() || subject.contains('\n') {
                faults.push(fault("a subject is one line".to_owned()));
            }
        }
        if !self.link.starts_with('/') {
            faults.push(fault("a link is a path".to_owned()));
        }
        faults
    }
}

impl Shared {
    fn place(&self, place: &str, language: Language, parameter: &dyn Fn(&str) -> Option<String>) -> String {
        let (name, form) = place.split_once(':').unwrap_or((place, ""));
        let Some(value) = parameter(name).filter(|value| !value.is_empty()) else {
            return self.unknown.get(name).map_or("―", |word| word.of(language)).to_owned();
        };
        match form {
            "" => value,
            "time" | "date" | "until" => value.parse().map_or(value, |at| moment(at, form, language)),
            list => self.label(list, &value, language).unwrap_or(value),
        }
    }

    fn label(&self, list: &str, code: &str, language: Language) -> Option<String> {
        if let Some(labels) = self.labels.get(list) {
            return labels.get(code).map(|label| label.of(language).to_owned());
        }
        let lang = match language {
            Language::Ja => kit_vocabulary::Lang::Ja,
            Language::En => kit_vocabulary::Lang::En,
        };
        Some(kit_vocabulary::list(list)?.get(code)?.label(lang).to_owned())
    }
}

/// A moment in Japan, as people write it.
fn moment(at: Timestamp, form: &str, language: Language) -> String {
    let at = if form == "until" { Timestamp::from_micros(at.micros() - 1) } else { at };
    // `2024-10-08T14:00:00+09:00`.
    let text = at.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let day = match (language, day.split('-').collect::<Vec<_>>().as_slice()) {
        (Language::Ja, [year, month, day]) => {
            format!("{year}年{}月{}日", month.trim_start_matches('0'), day.trim_start_matches('0'))
        }
        _ => day.to_owned(),
    };
    match (form, time.get(..5), language) {
        ("time", Some(time), Language::Ja) => format!("{day} {time}"),
        ("time", Some(time), Language::En) => format!("{day} {time} (Japan time)"),
        _ => day,
    }
}

/// The text with every place filled. What a parameter holds is not looked at again.
fn filled(text: &str, fill: &dyn Fn(&str) -> String) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((place, later)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        out.push_str(&fill(place));
        rest = later;
    }
    out + rest
}

fn places(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(place, _)| place).collect()
}

fn escaped(value: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let one = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        let json = r#"{"reminder": {"ja": "再: {subject}", "en": "Again: {subject}"},
                       "unknown": {"who": {"ja": "ある企業", "en": "a company"}},
                       "labels": {"action": {"plan": {"ja": "計画", "en": "plan"}}}}"#;
        serde_json::from_str(json).unwrap()
    }

    fn template() -> Template {
        let json = r#"{"template": "t", "link": "/cases/{case}",
            "ja": {"subject": "{who}の{action:action}", "text": "{start:time}、{start:date}、{end:until}まで。{theme:themes}"},
            "en": {"subject": "{action:action} of {who}", "text": "{start:time}, {start:date}, until {end:until}. {theme:themes}"}}"#;
        serde_json::from_str(json).unwrap()
    }

    fn parameter(name: &str) -> Option<String> {
        let value = match name {
            "who" => "見本\r\nBcc: x@example.jp{case}",
            "action" => "plan",
            "start" => "2024-10-08T14:05:00+09:00",
            "end" => "2024-10-16T00:00:00+09:00",
            "theme" => "T1",
            "case" => "a/b 1",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn words_are_filled_in_both_languages() {
        let told = template().render(&shared(), 0, &parameter);
        assert_eq!(told.text.ja, "2024年10月8日 14:05、2024年10月8日、2024年10月15日まで。情報セキュリティ規程の整備");
        assert_eq!(
            told.text.en,
            "2024-10-08 14:05 (Japan time), 2024-10-08, until 2024-10-15. Information security rules"
        );
    }

    #[test]
    fn a_subject_stays_one_line_and_a_value_is_not_read_as_a_place() {
        let told = template().render(&shared(), 0, &parameter);
        assert_eq!(told.subject.en, "plan of 見本 Bcc: x@example.jp{case}");
        let told = template().render(&shared(), 1, &parameter);
        assert_eq!(told.subject.en, "Again: plan of 見本 Bcc: x@example.jp{case}");
    }

    #[test]
    fn what_is_not_known_is_told_in_general_words() {
        let told = template().render(&shared(), 0, &|_| None);
        assert_eq!((told.subject.ja.as_str(), told.subject.en.as_str()), ("ある企業の―", "― of a company"));
    }

    #[test]
    fn a_link_is_a_path_whatever_fills_it() {
        assert_eq!(template().link(&parameter), "/cases/a%2Fb%201");
    }

    #[test]
    fn a_form_that_is_none_and_languages_that_differ_are_faults() {
        assert_eq!(template().faults(&shared()), Vec::<String>::new());
        let mut bad = template();
        bad.ja.text = "{start:shape}".to_owned();
        let faults = bad.faults(&shared());
        assert!(faults.iter().any(|fault| fault.contains("no form shape")), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.contains("different")), "{faults:?}");
    }
}
