//! Where a place lies: cities in prefectures, prefectures in the eight regions.

use kit_vocabulary::{Code, cities, prefectures, regions};

/// The place that a person means, by code or label.
pub(super) fn find(text: &str) -> Option<&'static Code> {
    let lists = [prefectures(), cities(), regions()];
    let by_code = lists.iter().find_map(|list| list.get(text));
    by_code.or_else(|| lists.iter().find_map(|list| list.find(text)))
}

/// Its labels; none for a code that is not known.
pub(super) fn known(code: &str) -> Option<&'static Code> {
    [prefectures(), cities(), regions()].into_iter().find_map(|list| list.get(code))
}

fn prefecture_of(code: &str) -> Option<&str> {
    let city = cities().get(code).and_then(|city| city.links("prefectures").first());
    city.map(String::as_str).or_else(|| prefectures().get(code).map(|prefecture| prefecture.code.as_str()))
}

fn region_of(code: &str) -> Option<&str> {
    let prefecture = prefectures().get(prefecture_of(code)?)?;
    prefecture.links("regions").first().map(String::as_str)
}

/// Whether a place is another or lies in it.
pub(super) fn lies_in(code: &str, place: &str) -> bool {
    code == place || prefecture_of(code) == Some(place) || region_of(code) == Some(place)
}

/// The order in which places are shown: prefectures, each followed by its cities, then the regions, then the unknown.
pub(super) fn order(code: &str) -> (u32, u32) {
    let at = |list: &kit_vocabulary::List, code: &str| list.position(code).map(|at| at as u32);
    if let Some(prefecture) = at(prefectures(), code) {
        return (prefecture, 0);
    }
    if let Some(city) = at(cities(), code) {
        return (prefecture_of(code).and_then(|prefecture| at(prefectures(), prefecture)).unwrap_or(100), 1 + city);
    }
    at(regions(), code).map_or((1_000, 0), |region| (200, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_takes_its_prefectures_and_they_their_cities() {
        assert!(lies_in("nagoya", "23") && lies_in("nagoya", "chubu") && lies_in("23", "chubu"));
        assert!(!lies_in("23", "nagoya") && !lies_in("nagoya", "kinki") && lies_in("nagoya", "nagoya"));
        assert!(lies_in("kinki", "kinki") && !lies_in("kinki", "27") && !lies_in("atlantis", "27"));
        let mut places = ["kinki", "27", "atlantis", "nagoya", "11", "23"];
        places.sort_by_key(|code| order(code));
        assert_eq!(places, ["11", "23", "nagoya", "27", "kinki", "atlantis"]);
        assert_eq!(find("名古屋").map(|code| code.code.as_str()), Some("nagoya"));
        assert!(find("江戸").is_none());
    }
}
