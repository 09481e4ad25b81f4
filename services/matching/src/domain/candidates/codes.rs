//! Codes of the vocabulary as places in their lists, and sets of them as bits: two sets meet in one instruction.

use std::fmt::{self, Debug, Formatter};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use kit_vocabulary::{Code, List, Words};

/// A list of the vocabulary, as a type, so that no code of one list is taken for that of another.
pub trait Kind: Copy + Ord + 'static {
    /// The list.
    fn list() -> &'static List;
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident $list:ident;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $kind {}

            impl Kind for $kind {
                fn list() -> &'static List {
                    kit_vocabulary::$list()
                }
            }
        )*

        #[cfg(test)]
        const LISTS: &[fn() -> &'static List] = &[$(<$kind as Kind>::list),*];
    };
}

kinds! {
    /// Prefectures.
    Prefectures prefectures;
    /// Guidance themes.
    Themes themes;
    /// Support menus.
    Menus menus;
    /// Items of the menus.
    MenuItems menu_items;
    /// Skill items.
    SkillItems skill_items;
    /// Industries of companies.
    CompanyIndustries company_industries;
    /// Industries experts are good at.
    ExpertIndustries expert_industries;
    /// Formats of support.
    Formats formats;
    /// Durations of support.
    Durations durations;
    /// Sizes of companies.
    CompanySizes company_sizes;
    /// Fee bands, lowest first.
    Fees fees;
    /// Other qualifications.
    Qualifications qualifications;
    /// Bodies experts are tied to.
    Bodies bodies;
    /// Years in security, shortest first.
    Experience experience;
    /// Guidelines and their levels.
    Guidelines guidelines;
    /// Roles of the national framework.
    SecurityRoles security_roles;
}

/// Codes that a list does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(pub Vec<String>);

/// One code, as its place in its list; places compare as the list is ordered.
pub struct Place<K>(u8, PhantomData<K>);

/// A set of codes of one list.
pub struct Codes<K>(u64, PhantomData<K>);

impl<K: Kind> Place<K> {
    /// The place of exactly this code; nothing for an unknown one.
    pub fn of(code: &str) -> Option<Self> {
        let at = K::list().position(code)?;
        // A set has 64 bits; a test holds the lists to that.
        (at < 64).then_some(Self(at as u8, PhantomData))
    }

    /// From 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The code's entry.
    pub fn code(self) -> &'static Code {
        &K::list().codes()[self.index()]
    }

    /// Its labels.
    pub fn words(self) -> Words {
        let code = self.code();
        Words { ja: code.ja.clone(), en: code.en.clone() }
    }

    /// The codes of another list this one belongs with.
    pub fn links<L: Kind>(self) -> Codes<L> {
        let links = self.code().links(L::list().name());
        links.iter().filter_map(|code| Place::of(code)).collect()
    }
}

impl<K: Kind> Codes<K> {
    /// No code.
    pub const NONE: Self = Self(0, PhantomData);

    /// The set of these codes; repetition carries no meaning.
    ///
    /// # Errors
    /// [`Unknown`] with every code the list does not hold.
    pub fn of<C: AsRef<str>>(codes: impl IntoIterator<Item = C>) -> Result<Self, Unknown> {
        let (mut set, mut unknown) = (Self::NONE, Vec::new());
        for code in codes {
            match Place::of(code.as_ref()) {
                Some(place) => set.add(place),
                None => unknown.push(code.as_ref().to_owned()),
            }
        }
        if unknown.is_empty() { Ok(set) } else { Err(Unknown(unknown)) }
    }

    /// Adds a code.
    pub const fn add(&mut self, place: Place<K>) {
        self.0 |= 1 << place.0;
    }

    /// True for a code in the set.
    pub const fn has(self, place: Place<K>) -> bool {
        self.0 >> place.0 & 1 == 1
    }

    /// True without any code.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many codes.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// True when both have a code.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The codes of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0, PhantomData)
    }

    /// The codes of either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0, PhantomData)
    }

    /// The codes the other has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0, PhantomData)
    }

    /// The codes in the order of their list.
    pub fn places(self) -> impl Iterator<Item = Place<K>> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let at = (left != 0).then(|| left.trailing_zeros() as u8)?;
            left &= left - 1;
            Some(Place(at, PhantomData))
        })
    }
}

impl<K: Kind> FromIterator<Place<K>> for Codes<K> {
    fn from_iter<I: IntoIterator<Item = Place<K>>>(places: I) -> Self {
        places.into_iter().fold(Self::NONE, |set, place| set.or(place.into()))
    }
}

impl<K: Kind> From<Place<K>> for Codes<K> {
    fn from(place: Place<K>) -> Self {
        Self(1 << place.0, PhantomData)
    }
}

/// How many of each code; codes that were never counted have none.
#[derive(Clone, PartialEq, Eq)]
pub struct Counts<K>(Vec<(Place<K>, u32)>);

impl<K: Kind> Counts<K> {
    /// How many of this code.
    pub fn get(&self, code: Place<K>) -> u32 {
        self.0.iter().find(|(counted, _)| *counted == code).map_or(0, |(_, count)| *count)
    }

    /// Counts more of a code.
    pub fn add(&mut self, code: Place<K>, more: u32) {
        match self.0.iter_mut().find(|(counted, _)| *counted == code) {
            Some((_, count)) => *count = count.saturating_add(more),
            None => self.0.push((code, more)),
        }
        self.0.sort_unstable_by_key(|(code, _)| *code);
    }
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Kind> Default for Codes<K> {
    fn default() -> Self {
        Self::NONE
    }
}

// Written out, since a derive would ask the marker for what only the number needs.
macro_rules! as_number {
    ($($type:ident)*) => {
        $(
            impl<K> Clone for $type<K> {
                fn clone(&self) -> Self {
                    *self
                }
            }

            impl<K> Copy for $type<K> {}

            impl<K> PartialEq for $type<K> {
                fn eq(&self, other: &Self) -> bool {
                    self.0 == other.0
                }
            }

            impl<K> Eq for $type<K> {}

            impl<K> PartialOrd for $type<K> {
                fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                    Some(self.cmp(other))
                }
            }

            impl<K> Ord for $type<K> {
                fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                    self.0.cmp(&other.0)
                }
            }

            impl<K> Hash for $type<K> {
                fn hash<H: Hasher>(&self, state: &mut H) {
                    self.0.hash(state);
                }
            }
        )*
    };
}

as_number! { Place Codes }

impl<K: Kind> Debug for Place<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code().code)
    }
}

impl<K: Kind> Debug for Codes<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.places()).finish()
    }
}

impl<K: Kind> Debug for Counts<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(code, count)| (code, count))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_fits_a_set() {
        for list in LISTS {
            assert!(list().codes().len() <= 64, "{} has more than 64 codes", list().name());
        }
    }

    #[test]
    fn a_set_keeps_the_order_of_the_list_and_names_every_unknown_code() {
        let set = Codes::<Themes>::of(["T4", "T1", "T4"]).expect("themes");
        assert_eq!(format!("{set:?}"), "{T1, T4}");
        assert_eq!(Codes::<Themes>::of(["T9", "T1", "x"]), Err(Unknown(vec!["T9".into(), "x".into()])));
        let osaka = Place::<Prefectures>::of("27").expect("Osaka");
        let kinki = kit_vocabulary::prefectures().get("27").expect("Osaka").links("prefectures");
        assert_eq!(osaka.links::<Prefectures>(), Codes::of(kinki).expect("neighbours"));
    }
}
