//! Regions however they are spelt.

use contract::engagement::v1::Region;
use kit_vocabulary::{Code, Lang, cities, prefectures, regions};

/// A prefecture, a city or a region of Japan, by label or code.
pub fn region_meant(text: &str) -> Option<Region> {
    let region = |code: &Code, prefecture: &str| Region {
        code: code.code.clone(),
        prefecture: prefecture.to_owned(),
        ja: code.label(Lang::Ja).to_owned(),
        en: code.label(Lang::En).to_owned(),
    };
    if let Some(code) = prefectures().find(text) {
        return Some(region(code, &code.code));
    }
    if let Some(code) = cities().find(text) {
        return Some(region(code, code.links("prefectures").first().map_or("", String::as_str)));
    }
    regions().find(text).map(|code| region(code, ""))
}
