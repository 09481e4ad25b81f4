//! Which companies may be the same: by the name that is left when spelling and legal form are taken away.

use std::sync::OnceLock;

use kit_vocabulary::fold;

/// The form in which names are compared: folded, without legal forms at either end. Empty only for an empty name.
pub fn name_key(name: &str) -> String {
    let bare: String = fold(name).chars().filter(|c| !"・･.,'’".contains(*c)).collect();
    // What stood apart before may combine now.
    let whole = fold(&bare);
    let mut left = whole.as_str();
    loop {
        let shorter = forms().iter().find_map(|form| {
            // Latin abbreviations stand at the end; at the beginning they would be part of a name.
            let behind = left.strip_suffix(form.as_str());
            let before =
                (!form.is_ascii() || form.starts_with('(')).then(|| left.strip_prefix(form.as_str())).flatten();
            behind.or(before).filter(|rest| !rest.is_empty())
        });
        match shorter {
            Some(rest) => left = rest,
            None => return left.to_owned(),
        }
    }
}

/// Legal forms, folded, longest first: one may stand within another.
fn forms() -> &'static [String] {
    static FORMS: OnceLock<Vec<String>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let lines = include_str!("../../../data/legal_forms.txt").lines();
        let mut forms: Vec<String> =
            lines.map(|line| fold(line).replace(['.', ','], "")).filter(|form| !form.is_empty()).collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.chars().count()));
        forms
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_name_however_its_legal_form_is_written() {
        for name in [
            "株式会社見本製作所",
            "(株)見本製作所",
            "㈱ 見本製作所",
            "見本製作所（株）",
            "㍿見本製作所",
            "見本 製作所 株式会社",
        ] {
            assert_eq!(name_key(name), name_key("見本製作所"), "{name}");
        }
        assert_eq!(name_key("ＭＩＨＯＮ　Ｃｏ．，Ｌｔｄ．"), name_key("Mihon"));
        assert_eq!(name_key("医療法人社団 みほん会"), name_key("ミホン会"));
        assert_ne!(name_key("株式会社見本製作所"), name_key("株式会社見本製作"));
        assert_eq!(name_key("株式会社"), fold("株式会社"), "a name of nothing but a form stays");
        assert_eq!(name_key("\u{1ab0}'\u{dca}"), fold("\u{1ab0}\u{dca}"), "marks that stood apart come together");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key_and_is_never_lost(name in "\\PC{1,30}") {
            let key = name_key(&name);
            prop_assert_eq!(name_key(&key), key);
        }

        #[test]
        fn forms_at_either_end_make_no_difference(core in "[一-龠]{2,8}", at in 0_usize..6) {
            let form = ["株式会社", "(株)", "㈱", "有限会社", "合同会社", "㈲"][at];
            prop_assert_eq!(name_key(&format!("{form}{core}")), name_key(&core));
            prop_assert_eq!(name_key(&format!("{core} {form}")), name_key(&core));
        }
    }
}
