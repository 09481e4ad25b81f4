//! Files that an operator changes: rules by which the services work.

use insights::published::{Publication, compare, faults, reports_needed};
use matching::domain::programme::Settings;
use notices::domain::rules::Rules;

use crate::bytes::{Bytes, text};

pub(super) const WORDS: &[&str] = &[
    "\"id\":",
    "\"title\":",
    "\"date\":",
    "\"source\":",
    "\"thresholds\":",
    "\"areas\":",
    "\"sub_items\":",
    "\"menus\":",
    "\"marks\":",
    "\"audit\":",
    "\"capability\":",
    "\"weights\":",
    "\"conditions\":",
    "\"roles\":",
    "\"guidelines\":",
    "\"publication\":",
    "\"items\":",
    "\"same\":",
    "\"make\":",
    "\"sum\"",
    "\"share\"",
    "\"difference\"",
    "\"product\"",
    "\"values\":",
    "\"rows\":",
    "\"columns\":",
    "\"programmes\":",
    "\"capacity\":",
    "\"template\":",
    "\"link\":",
    "\"rule\":",
    "\"about\":",
    "\"when\":",
    "\"remind\":",
    "{time:",
    ":date}",
    "-9223372036854775808",
    "9223372036854775807",
    "1e308",
];

macro_rules! shipped {
    ($($kind:literal $path:literal)*) => {
        [$(($kind, include_str!(concat!("../../../../services/", $path)))),*]
    };
}

/// The first byte says what the rest is.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let files = shipped![
        0 "survey/policies/ipa-2024.json"
        1 "matching/policies/balanced-1.json"
        3 "matching/data/settings.json"
        4 "notices/rules/registry.json"
        5 "notices/templates/registry.json"
        6 "notices/templates/words.json"
    ];
    let publication = r#"{"publication":"p","ja":"あ","en":"a","scope":{"programme":"x"},"left_out":{"ja":"い","en":"b"},"items":[
{"id":"t","place":"表1","report":"r","table":"t","ja":"表","en":"table","rows":["a","b"],"columns":["n","share"],
"units":{"share":{"unit":"basis_points","step":10}},"notes":{"a/n":{"ja":"注","en":"note"}},"values":[[1,5000],[2,5000]]},
{"id":"one","place":"p1","ja":"一","en":"one","value":3,"unit":"yen"},
{"id":"made","place":"p2","ja":"計","en":"sum","make":"sum","of":["t/a/n","t/b/n"],"says":"one"},
{"id":"part","place":"p3","ja":"率","en":"share","make":"share","of":["t/a/n","one"]},
{"id":"prod","place":"p4","ja":"積","en":"product","make":"product","of":["part","one"]}],"same":[["one","made"]]}"#;
    let files = files.into_iter().chain([(2, publication)]);
    files.map(|(kind, text)| [&[kind], text.as_bytes()].concat()).collect()
}

/// What cannot be read says why; what can be read can be used.
pub(super) fn read(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let kind = bytes.byte();
    let Some(text) = text(bytes.rest()) else { return };
    match kind {
        0 => match survey::domain::policy::Policy::load(text) {
            Ok(policy) => assert_eq!(policy.definition(), text),
            Err(error) => assert!(!error.faults.is_empty()),
        },
        1 => match matching::domain::candidates::Policy::load(text) {
            Ok(policy) => assert!(!policy.id().is_empty()),
            Err(faults) => assert!(!faults.is_empty()),
        },
        2 => {
            let Ok(read) = Publication::read(text) else { return };
            assert!(faults(Some(&read), &[], |_| true).is_empty());
            let _ = (reports_needed(Some(&read), &[]), compare(Some(&read), &[], &[]));
        }
        3 => drop(Settings::read(text)),
        4 => drop(Rules::load(&[text], &[], "{}")),
        5 => templates(text, shipped![0 "notices/templates/words.json"][0].1),
        _ => templates(shipped![0 "notices/templates/registry.json"][0].1, text),
    }
}

fn templates(templates: &str, shared: &str) {
    let rules = shipped![0 "notices/rules/registry.json"][0].1;
    if let Err(faults) = Rules::load(&[rules], &[templates], shared) {
        assert!(faults.iter().all(|fault| !fault.is_empty()));
    }
}
