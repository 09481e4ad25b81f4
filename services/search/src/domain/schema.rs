//! The code lists an index works with, and the numbers it gives to their codes.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use super::{Area, Menu};

/// How many facets there are.
pub(super) const FACETS: usize = FacetName::ALL.len();

/// A facet: a question with a closed list of answers that a search can filter by and count
/// (conditions of fig. 2-105, columns of fig. 2-106).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetName {
    /// Prefecture of residence; at most one value an expert.
    Residence,
    /// Prefectures served.
    Prefectures,
    /// Industries the expert is good at.
    Industries,
    /// Formats of support.
    Formats,
    /// Durations of support.
    Durations,
    /// Sizes of companies supported.
    Sizes,
    /// Other qualifications.
    Qualifications,
    /// Affiliation; at most one value an expert.
    Affiliation,
    /// Guidance themes.
    Themes,
    /// Fee band; at most one value an expert.
    Fee,
    /// Bodies the expert is tied to.
    Organisations,
    /// Skill items that the expert can do, with support or alone.
    SkillItems,
}

impl FacetName {
    /// Every facet, in the order counts are reported in.
    pub const ALL: [Self; 12] = [
        Self::Residence,
        Self::Prefectures,
        Self::Industries,
        Self::Formats,
        Self::Durations,
        Self::Sizes,
        Self::Qualifications,
        Self::Affiliation,
        Self::Themes,
        Self::Fee,
        Self::Organisations,
        Self::SkillItems,
    ];

    /// The facet's name as the contract, errors and logs spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Residence => "residence",
            Self::Prefectures => "prefectures",
            Self::Industries => "industries",
            Self::Formats => "formats",
            Self::Durations => "durations",
            Self::Sizes => "company_sizes",
            Self::Qualifications => "qualifications",
            Self::Affiliation => "affiliations",
            Self::Themes => "themes",
            Self::Fee => "fee",
            Self::Organisations => "organisations",
            Self::SkillItems => "skill_items",
        }
    }
}

impl fmt::Display for FacetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Some of the facets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FacetSet(u16);

impl FacetSet {
    /// Every facet.
    pub const ALL: Self = Self((1 << FACETS) - 1);
    /// No facet.
    pub const NONE: Self = Self(0);

    /// Whether `facet` is in the set.
    pub const fn contains(self, facet: FacetName) -> bool {
        self.0 >> facet as u16 & 1 == 1
    }
}

impl FromIterator<FacetName> for FacetSet {
    fn from_iter<I: IntoIterator<Item = FacetName>>(facets: I) -> Self {
        Self(facets.into_iter().fold(0, |all, facet| all | 1 << facet as u16))
    }
}

/// Where a code was given that no list knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeField {
    /// A facet of an entry, or the condition on it or the preference for it in a query.
    Facet(FacetName),
    /// The menus a query asks for.
    Menus,
    /// The items of menus a query asks for.
    MenuItems,
    /// The place a query measures nearness from: a code of [`FacetName::Residence`].
    Place,
}

impl fmt::Display for CodeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Facet(facet) => facet.fmt(f),
            Self::Menus => f.write_str("menus"),
            Self::MenuItems => f.write_str("menu_items"),
            Self::Place => f.write_str("place"),
        }
    }
}

/// One code that its list does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// Where it stood.
    pub field: CodeField,
    /// The code as given.
    pub code: String,
}

/// Every unknown code of one entry or query, in the order of its fields; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCodes(pub Vec<UnknownCode>);

impl fmt::Display for UnknownCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown codes:")?;
        for (n, UnknownCode { field, code }) in self.0.iter().enumerate() {
            let separator = if n == 0 { " " } else { ", " };
            write!(f, "{separator}{field} {code:?}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownCodes {}

/// Why code lists do not make a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Two lists were given for one facet.
    #[error("facet {0} is given twice")]
    FacetTwice(FacetName),
    /// A code stands twice in one list.
    #[error("code {code:?} stands twice in facet {facet}")]
    CodeTwice {
        /// The facet whose list it is.
        facet: FacetName,
        /// The repeated code.
        code: String,
    },
    /// A list is longer than value numbers reach.
    #[error("facet {facet} has {len} codes, more than 65534")]
    TooManyCodes {
        /// The facet whose list it is.
        facet: FacetName,
        /// Its length.
        len: usize,
    },
    /// A region was given for a prefecture that is no code of [`FacetName::Residence`].
    #[error("a region is given for {0:?}, which is no prefecture of residence")]
    RegionOfUnknown(String),
    /// Two regions were given for one prefecture.
    #[error("prefecture {0:?} is given two regions")]
    RegionTwice(String),
    /// An item was given for what is no menu.
    #[error("item {item:?} is given for {menu:?}, which is no menu")]
    ItemOfUnknownMenu {
        /// The item.
        item: String,
        /// What it was given for.
        menu: String,
    },
    /// An item was given a theme that is no code of [`FacetName::Themes`].
    #[error("item {item:?} is given the theme {theme:?}, which is none")]
    ItemOfUnknownTheme {
        /// The item.
        item: String,
        /// The theme it was given.
        theme: String,
    },
    /// One item was given twice.
    #[error("item {0:?} is given twice")]
    ItemTwice(String),
}

/// An item of a menu (fig. 2-105).
#[derive(Clone, Copy, Debug)]
pub(super) struct MenuItem {
    pub(super) menu: Menu,
    /// The number of the theme it is, where it is one.
    pub(super) theme: Option<usize>,
}

/// The code lists of every facet, the regions, and the menus' areas and items: built once, then fixed.
#[derive(Clone, Debug)]
pub struct Schema {
    /// All facets' codes one after another; a value's number is its place here.
    codes: Vec<String>,
    ranges: [Range<usize>; FACETS],
    numbers: [HashMap<String, usize>; FACETS],
    /// Region number per code of the residence facet.
    regions: Vec<Option<usize>>,
    menu_areas: [Option<Area>; Menu::ALL.len()],
    menu_items: HashMap<String, MenuItem>,
}

impl Schema {
    /// A schema over these lists. A facet without a list has no codes. Until
    /// [`with_regions`](Self::with_regions), [`with_menu_areas`](Self::with_menu_areas) and
    /// [`with_menu_items`](Self::with_menu_items) say otherwise, prefectures belong to no region
    /// and menus to no area, and there are no items.
    ///
    /// # Errors
    /// A facet given twice, a code twice in a list, a list beyond 65534 codes.
    pub fn new(facets: Vec<(FacetName, Vec<String>)>) -> Result<Self, SchemaError> {
        let mut lists: [Option<Vec<String>>; FACETS] = Default::default();
        for (facet, codes) in facets {
            if codes.len() >= usize::from(u16::MAX) {
                return Err(SchemaError::TooManyCodes { facet, len: codes.len() });
            }
            if lists[facet as usize].replace(codes).is_some() {
                return Err(SchemaError::FacetTwice(facet));
            }
        }
        let mut schema = Self {
            codes: Vec::new(),
            ranges: Default::default(),
            numbers: Default::default(),
            regions: Vec::new(),
            menu_areas: Default::default(),
            menu_items: HashMap::new(),
        };
        for (facet, list) in FacetName::ALL.into_iter().zip(lists) {
            let start = schema.codes.len();
            for code in list.unwrap_or_default() {
                let number = schema.codes.len();
                if schema.numbers[facet as usize].insert(code.clone(), number).is_some() {
                    return Err(SchemaError::CodeTwice { facet, code });
                }
                schema.codes.push(code);
            }
            schema.ranges[facet as usize] = start..schema.codes.len();
        }
        schema.regions = vec![None; schema.codes(FacetName::Residence).len()];
        Ok(schema)
    }

    /// Puts prefectures into regions: pairs of a code of [`FacetName::Residence`] and a region's
    /// name. Prefectures left out are in no region.
    ///
    /// # Errors
    /// A prefecture that is not in the list, or one given twice.
    pub fn with_regions<'a>(
        mut self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SchemaError> {
        let mut names: HashMap<&str, usize> = HashMap::new();
        let start = self.range(FacetName::Residence).start;
        for (prefecture, region) in pairs {
            let value = self
                .number(FacetName::Residence, prefecture)
                .ok_or_else(|| SchemaError::RegionOfUnknown(prefecture.to_owned()))?;
            let next = names.len();
            let region = *names.entry(region).or_insert(next);
            if self.regions[value - start].replace(region).is_some() {
                return Err(SchemaError::RegionTwice(prefecture.to_owned()));
            }
        }
        Ok(self)
    }

    /// Says which area each menu is rated by, in the order of [`Menu::ALL`]. Menus of one area
    /// share its points, which a query counts once; a menu of no area brings its own points.
    /// The report states only S1 for M0 and M1 (step 4 before fig. 2-111), so the map is data.
    pub fn with_menu_areas(mut self, areas: [Option<Area>; Menu::ALL.len()]) -> Self {
        self.menu_areas = areas;
        self
    }

    /// Adds items of menus: each with its code, its menu's and, where the item is a guidance
    /// theme, the code of that theme in [`FacetName::Themes`].
    ///
    /// # Errors
    /// A menu or theme that is none, an item given twice.
    pub fn with_menu_items<'a>(
        mut self,
        items: impl IntoIterator<Item = (&'a str, &'a str, Option<&'a str>)>,
    ) -> Result<Self, SchemaError> {
        for (code, menu, theme) in items {
            let item = || code.to_owned();
            let of_menu = Menu::from_code(menu)
                .ok_or_else(|| SchemaError::ItemOfUnknownMenu { item: item(), menu: menu.to_owned() })?;
            let number = |theme: &str| {
                self.number(FacetName::Themes, theme)
                    .ok_or_else(|| SchemaError::ItemOfUnknownTheme { item: item(), theme: theme.to_owned() })
            };
            let theme = theme.map(number).transpose()?;
            if self.menu_items.insert(item(), MenuItem { menu: of_menu, theme }).is_some() {
                return Err(SchemaError::ItemTwice(item()));
            }
        }
        Ok(self)
    }

    /// The codes of `facet`, in the order given; counts follow it.
    pub fn codes(&self, facet: FacetName) -> &[String] {
        &self.codes[self.range(facet)]
    }

    /// The area that rates `menu`, if it has one.
    pub fn area_of(&self, menu: Menu) -> Option<Area> {
        self.menu_areas[menu as usize]
    }

    /// The item of a menu with this code.
    pub(super) fn menu_item(&self, code: &str) -> Option<MenuItem> {
        self.menu_items.get(code).copied()
    }

    /// How many values all facets have together.
    pub(super) fn values(&self) -> usize {
        self.codes.len()
    }

    /// The numbers of `facet`'s values.
    pub(super) fn range(&self, facet: FacetName) -> Range<usize> {
        self.ranges[facet as usize].clone()
    }

    /// The number of `facet`'s value `code`.
    pub(super) fn number(&self, facet: FacetName, code: &str) -> Option<usize> {
        self.numbers[facet as usize].get(code).copied()
    }

    /// The code with this number.
    pub(super) fn code(&self, number: usize) -> &str {
        &self.codes[number]
    }

    /// The region of each prefecture of residence, in the order of its codes.
    pub(super) fn regions(&self) -> &[Option<usize>] {
        &self.regions
    }
}
