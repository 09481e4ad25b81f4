//! What is said to people about a request, in both languages, by its stable reason.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use contract::survey::v1::Label;

const FILES: [&str; 3] =
    [include_str!("texts.json"), include_str!("policies/texts.json"), include_str!("campaigns/texts.json")];

static TEXTS: LazyLock<BTreeMap<String, (String, String)>> = LazyLock::new(|| {
    let texts = FILES.into_iter().flat_map(read);
    let both = |mut text: BTreeMap<String, String>| {
        (text.remove("ja").unwrap_or_default(), text.remove("en").unwrap_or_default())
    };
    texts.map(|(reason, text)| (reason, both(text))).collect()
});

fn read(json: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    serde_json::from_str(json).expect("a test reads the texts of every reason")
}

/// The text of a reason, its places in braces filled. Never fill in what is personal.
pub(crate) fn text(reason: &str, fill: &[(&str, &str)]) -> Label {
    let (ja, en) = TEXTS.get(reason).cloned().unwrap_or_default();
    let filled =
        |text: String| fill.iter().fold(text, |text, (place, with)| text.replace(&format!("{{{place}}}"), with));
    Label { ja: filled(ja), en: filled(en) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_something_in_both_languages() {
        assert!(TEXTS.len() > 10);
        for (reason, (ja, en)) in TEXTS.iter() {
            assert!(!ja.is_empty() && !en.is_empty(), "{reason}");
        }
    }

    #[test]
    fn no_reason_says_two_things() {
        let (all, once) = (FILES.into_iter().flat_map(read).map(|(reason, _)| reason), TEXTS.len());
        assert_eq!(all.collect::<Vec<_>>().len(), once, "one text would be said in place of the other");
    }

    #[test]
    fn places_are_filled() {
        let label = text("TOO_MANY", &[("max", "500")]);
        assert_eq!((label.ja.as_str(), label.en.as_str()), ("500件までです。", "At most 500."));
    }
}
