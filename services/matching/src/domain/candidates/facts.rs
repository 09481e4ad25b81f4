//! What is known of an expert when it is judged who can help.

use super::codes::{
    Bodies, Codes, CompanyIndustries, CompanySizes, Counts, Durations, Experience, ExpertIndustries, Fees, Formats,
    Menus, Place, Prefectures, Qualifications, SkillItems, Themes,
};

/// How many menus there are.
pub const MENUS: usize = 8;

/// The mark in a menu.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Blank.
    #[default]
    None,
    /// ○.
    Able,
    /// ◎.
    Strong,
}

/// What is known of one expert. What was left unanswered is empty or absent, and meets no condition on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The expert's id: opaque here, compared as text.
    pub id: String,
    /// Shown in the search: rated, consented, not paused.
    pub listed: bool,
    /// The entry's confirmation is overdue.
    pub stale: bool,
    /// Prefectures served.
    pub prefectures: Codes<Prefectures>,
    /// Prefecture of residence.
    pub residence: Option<Place<Prefectures>>,
    /// Themes the expert guides, by his or her own word.
    pub themes: Codes<Themes>,
    /// Menus marked ○ or ◎.
    pub able: Codes<Menus>,
    /// Of these, ◎.
    pub strong: Codes<Menus>,
    /// Points of the areas the menus follow from, by the place of the menu.
    pub points: [u8; MENUS],
    /// Skill items that can be done, with support or alone.
    pub skill_items: Codes<SkillItems>,
    /// Industries the expert is good at.
    pub industries: Codes<ExpertIndustries>,
    /// Formats of support.
    pub formats: Codes<Formats>,
    /// Durations of support.
    pub durations: Codes<Durations>,
    /// Sizes of companies served.
    pub sizes: Codes<CompanySizes>,
    /// Fee per visit of two hours.
    pub fee: Option<Place<Fees>>,
    /// Other qualifications.
    pub qualifications: Codes<Qualifications>,
    /// Bodies the expert is tied to.
    pub bodies: Codes<Bodies>,
    /// Years in security.
    pub experience: Option<Place<Experience>>,
    /// Year of registration.
    pub registered: Option<i32>,
    /// Parties the expert works for or belongs to: employer, own firm, their corporate groups. Ids as in
    /// [`Asked::group`](super::Asked::group).
    pub belongs_to: Vec<String>,
    /// Parties the expert must not be proposed to.
    pub conflicts: Vec<Conflict>,
    /// What came of cases.
    pub record: Record,
    /// Work now and so far.
    pub work: Work,
}

impl Facts {
    /// Sets the mark and the points of a menu.
    pub fn rate(&mut self, menu: Place<Menus>, mark: Mark, points: u8) {
        let code = Codes::from(menu);
        self.able = if mark == Mark::None { self.able.without(code) } else { self.able.or(code) };
        self.strong = if mark == Mark::Strong { self.strong.or(code) } else { self.strong.without(code) };
        if let Some(slot) = self.points.get_mut(menu.index()) {
            *slot = points;
        }
    }

    /// The mark in a menu.
    pub fn mark(&self, menu: Place<Menus>) -> Mark {
        match (self.strong.has(menu), self.able.has(menu)) {
            (true, _) => Mark::Strong,
            (false, true) => Mark::Able,
            (false, false) => Mark::None,
        }
    }

    /// The points in these menus.
    pub(super) fn points_in(&self, menus: Codes<Menus>) -> usize {
        menus.places().map(|menu| usize::from(self.points.get(menu.index()).copied().unwrap_or(0))).sum()
    }
}

/// A party an expert must not be proposed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The company, corporate group or vendor: ids as in [`Asked::group`](super::Asked::group).
    pub with: String,
    /// Who said so.
    pub kind: ConflictKind,
    /// Why, in words of who said so; shown to those who may ask why not. May be empty.
    pub reason: String,
}

/// Who keeps a pair apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// The expert or the company declared it.
    Declared,
    /// A rule of the programme or an operator bars it.
    Barred,
}

/// What came of an expert's cases here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Cases with a visit held.
    pub executed: u32,
    /// Of these, completed.
    pub completed: u32,
    /// Executed cases by theme.
    pub themes: Counts<Themes>,
    /// Executed cases by the company's industry.
    pub industries: Counts<CompanyIndustries>,
    /// What companies said; absent while it is not told.
    pub outcomes: Option<Outcomes>,
    /// Mean of the companies' marks for communication in hundredths, 100 to 500; absent while it is not told.
    pub communication: Option<u16>,
}

/// Companies' grades of the cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// ◎.
    pub good: u32,
    /// ○.
    pub fair: u32,
    /// △.
    pub poor: u32,
}

/// An expert's work now and so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// How many cases at a time.
    pub capacity: u32,
    /// Cases open now.
    pub cases: u32,
    /// Proposals open now.
    pub proposals: u32,
    /// Cases closed before, in the period the policy is about.
    pub past: u32,
    /// Introductions to companies in that period.
    pub introductions: u32,
}

impl Work {
    /// Cases and proposals open now.
    pub const fn open(&self) -> u32 {
        self.cases.saturating_add(self.proposals)
    }

    /// Cases and proposals, open and past.
    pub const fn had(&self) -> u32 {
        self.open().saturating_add(self.past)
    }
}
