//! What another policy would change: marks of everybody under both, counted by area, menu and prefecture, in columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::policy::{Area, Menu, Policy};
use super::scoring::{ColumnMarks, Columns, Mark, SkillAnswers, score_columns_into};

/// Marks there are.
const MARKS: usize = 3;

/// How often a mark moves from what (first) to what, by the numbers behind [`Mark`].
pub type Moves = [[u64; MARKS]; MARKS];

/// One person of a page.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The skill part of the counting response.
    pub skills: SkillAnswers,
    /// Whether the policy in force found an audit qualification.
    pub audit_before: bool,
    /// Whether the other one does.
    pub audit_after: bool,
    /// The prefecture of residence; empty when not said.
    pub prefecture: &'a str,
}

/// A person's marks under both policies, where they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The person's place in the page.
    pub row: usize,
    /// Areas whose mark changes: from what to what.
    pub areas: Vec<(Area, Mark, Mark)>,
    /// Menus, likewise.
    pub menus: Vec<(Menu, Mark, Mark)>,
}

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// People compared.
    pub people: u64,
    /// Those with another mark in any area or menu.
    pub changed: u64,
    /// In the order of [`Area::ALL`].
    pub areas: [Moves; Area::ALL.len()],
    /// In the order of [`Menu::ALL`].
    pub menus: [Moves; Menu::ALL.len()],
    /// By prefecture of residence: people, and those who change.
    pub prefectures: BTreeMap<String, (u64, u64)>,
}

/// Compares two policies, page by page.
pub struct Comparison<'p> {
    before: &'p Policy,
    after: &'p Policy,
    counts: Preview,
    // Made once, as each page needs the same room.
    marks: [ColumnMarks; 2],
}

impl<'p> Comparison<'p> {
    /// Of the policy in force with another one.
    pub fn new(before: &'p Policy, after: &'p Policy) -> Self {
        Self { before, after, counts: Preview::default(), marks: Default::default() }
    }

    /// Counts a page of people; answers who changes, in their order.
    pub fn add(&mut self, page: &[Compared<'_>]) -> Vec<Changed> {
        let columns: Columns = page.iter().map(|person| &person.skills).collect();
        let Self { before, after, counts, marks: [old, new] } = self;
        score_columns_into(before, &columns, old);
        score_columns_into(after, &columns, new);
        let mut moved: Vec<Moved> = Vec::new();
        for area in Area::ALL {
            let place = Place::Area(area);
            compare(place, old.marks(area), new.marks(area), &mut counts.areas[area as usize], &mut moved);
        }
        for menu in Menu::ALL {
            let old = of_menu(before, menu, old, page, |person| person.audit_before);
            let new = of_menu(after, menu, new, page, |person| person.audit_after);
            compare(Place::Menu(menu), &old, &new, &mut counts.menus[menu as usize], &mut moved);
        }
        // Areas were looked at before menus, and stay so within a row.
        moved.sort_by_key(|moved| moved.row);
        let changes: Vec<Changed> = moved.chunk_by(|a, b| a.row == b.row).map(Changed::of).collect();
        counts.people += page.len() as u64;
        counts.changed += changes.len() as u64;
        for person in page {
            by_prefecture(&mut counts.prefectures, person.prefecture).0 += 1;
        }
        for change in &changes {
            by_prefecture(&mut counts.prefectures, page[change.row].prefecture).1 += 1;
        }
        changes
    }

    /// What was counted.
    pub fn counts(self) -> Preview {
        self.counts
    }
}

/// Where a mark stands.
#[derive(Clone, Copy)]
enum Place {
    Area(Area),
    Menu(Menu),
}

/// A mark that changes.
struct Moved {
    row: usize,
    place: Place,
    from: Mark,
    to: Mark,
}

impl Changed {
    fn of(moved: &[Moved]) -> Self {
        let mut changed = Self { row: moved[0].row, areas: Vec::new(), menus: Vec::new() };
        for &Moved { place, from, to, .. } in moved {
            match place {
                Place::Area(area) => changed.areas.push((area, from, to)),
                Place::Menu(menu) => changed.menus.push((menu, from, to)),
            }
        }
        changed
    }
}

/// Counts the moves of one column, and notes the rows that move.
fn compare(place: Place, from: &[u8], to: &[u8], moves: &mut Moves, moved: &mut Vec<Moved>) {
    for (row, (&from, &to)) in from.iter().zip(to).enumerate() {
        if from != to {
            moves[usize::from(from)][usize::from(to)] += 1;
            moved.push(Moved { row, place, from: mark(from), to: mark(to) });
        }
    }
}

/// The column of a menu under a policy: that of its area, or for the audit menu what follows from the qualification found.
fn of_menu<'m>(
    policy: &Policy,
    menu: Menu,
    marks: &'m ColumnMarks,
    page: &[Compared<'_>],
    audit: impl Fn(&Compared<'_>) -> bool,
) -> Cow<'m, [u8]> {
    match policy.areas().iter().find(|rule| rule.menus.contains(&menu)) {
        Some(rule) => Cow::Borrowed(marks.marks(rule.area)),
        None => {
            let area = marks.marks(policy.audit().strong_with_area).iter();
            let one = |(person, &area): (&Compared<'_>, &u8)| match (audit(person), area == Mark::Strong as u8) {
                (false, _) => Mark::None as u8,
                (true, false) => Mark::Able as u8,
                (true, true) => Mark::Strong as u8,
            };
            Cow::Owned(page.iter().zip(area).map(one).collect())
        }
    }
}

fn mark(number: u8) -> Mark {
    match number {
        0 => Mark::None,
        1 => Mark::Able,
        _ => Mark::Strong,
    }
}

fn by_prefecture<'c>(counts: &'c mut BTreeMap<String, (u64, u64)>, prefecture: &str) -> &'c mut (u64, u64) {
    counts.entry(prefecture.to_owned()).or_default()
}
