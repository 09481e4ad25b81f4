//! Comparing names that people type in their own way; and what is said of a policy that cannot be used.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Texts of faults by code: Japanese and English.
static FAULTS: LazyLock<BTreeMap<String, BTreeMap<String, String>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../policies/faults.json")).expect("a test reads the texts of every fault")
});

/// A fault in Japanese and English, its places in braces filled.
pub(super) fn fault(code: &str, fill: &[(&str, &dyn Display)]) -> (String, String) {
    let text = |language: &str| {
        let text = FAULTS.get(code).and_then(|text| text.get(language)).cloned().unwrap_or_default();
        fill.iter().fold(text, |text, (place, with)| text.replace(&format!("{{{place}}}"), &with.to_string()))
    };
    (text("ja"), text("en"))
}

/// Brings width, case and spacing to one form, so that half-width kana or a space inside a name does not hide it.
pub(crate) fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect()
}
