//! From facts to points: look-ups in tables made once a request. Every division rounds down, so that no reason passes its
//! weight; each table rises with what it counts, so that more of a good thing never costs a point.

use super::asked::Asked;
use super::codes::{Codes, ExpertIndustries, Menus, Place, Prefectures, Qualifications, Themes};
use super::facts::{Facts, MENUS};
use super::plan::{Plan, linked, matching_industries, online, region};
use super::policy::{Policy, WHOLE};
use super::reason::{Points, Reason};

/// What the points of a request follow from.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What could be the subject: each theme in order of wish where one of them will do, else the whole.
    pub(super) subjects: Vec<Subject>,
    pub(super) industries: Codes<ExpertIndustries>,
    /// By whether the industry is declared, and cases in it up to the policy's full number.
    industry: [Vec<i64>; 2],
    /// By the place of the prefecture of residence.
    nearness: Vec<i64>,
    elsewhere: i64,
    experience: Vec<i64>,
    little_work: Vec<i64>,
    /// By the sum of the met signs' shares.
    guideline_weight: i64,
    /// The reasons that the request and the policy let count.
    applies: [bool; Reason::COUNT],
}

/// A theme, or all that is asked, and what speaks for an expert in it.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) themes: Codes<Themes>,
    pub(super) menus: Codes<Menus>,
    pub(super) qualifications: Codes<Qualifications>,
    wish: i64,
    /// Points of one ◎ and of one ○.
    strong: i64,
    able: i64,
    /// By the sum of points in the menus.
    by_points: Vec<i64>,
    /// By cases in the themes, up to the policy's full number.
    by_cases: Vec<i64>,
}

impl Table {
    pub(super) fn new(
        asked: &Asked,
        policy: &Policy,
        theme_menus: &[(Place<Themes>, Codes<Menus>)],
        others: Codes<Menus>,
    ) -> Self {
        let wishes = !asked.all_themes && theme_menus.len() > 1;
        let subjects: Vec<_> = if wishes {
            let subject = |(at, (theme, menus)): (usize, &(Place<Themes>, Codes<Menus>))| {
                let wish = policy.wish.get(at).copied().unwrap_or_default();
                Subject::new(policy, Codes::from(*theme), menus.or(others), policy.share(Reason::Wish, wish))
            };
            theme_menus.iter().enumerate().map(subject).collect()
        } else {
            let themes = theme_menus.iter().map(|(theme, _)| *theme).collect();
            vec![Subject::new(policy, themes, linked::<Themes, Menus>(themes).or(others), 0)]
        };
        let weight = |reason| policy.weight(reason);
        let industry = |declared: i64| {
            let full = i64::from(policy.industry.cases_full);
            let share = |cases| declared + (WHOLE - policy.industry.declared) * cases / full;
            (0..=full).map(|cases| policy.share(Reason::Industry, share(cases))).collect()
        };
        Self {
            applies: applies(asked, policy, &subjects, wishes),
            subjects,
            industries: matching_industries(asked),
            industry: [industry(0), industry(policy.industry.declared)],
            nearness: nearness(asked, policy),
            elsewhere: policy.share(Reason::Nearness, near(policy, asked, policy.nearness.elsewhere)),
            experience: policy.experience.iter().map(|&share| policy.share(Reason::Experience, share)).collect(),
            little_work: {
                policy.little_work.by_cases.iter().map(|&share| policy.share(Reason::LittleWork, share)).collect()
            },
            guideline_weight: weight(Reason::Guideline),
        }
    }
}

impl Subject {
    fn new(policy: &Policy, themes: Codes<Themes>, menus: Codes<Menus>, wish: i64) -> Self {
        let each = |share: i64| policy.weight(Reason::Rating) * share / (WHOLE * i64::from(menus.len()).max(1));
        let in_menus = |menu: &Place<Menus>| menu.index() < MENUS;
        let full: i64 = menus.places().filter(in_menus).map(|menu| full_points(policy, menu)).sum();
        let cases = i64::from(policy.theme_cases_full);
        let named = menus.places().filter(in_menus).map(|menu| policy.qualifications[menu.index()]);
        Self {
            themes,
            menus,
            wish,
            strong: each(policy.strong),
            able: each(policy.able),
            by_points: (0..=full).map(|points| policy.weight(Reason::MenuPoints) * points / full.max(1)).collect(),
            by_cases: (0..=cases).map(|had| policy.weight(Reason::ThemeCases) * had / cases).collect(),
            qualifications: named.fold(Codes::NONE, Codes::or),
        }
    }

    /// The points at which the menus count in full, together.
    pub(super) const fn full_points(&self) -> usize {
        self.by_points.len() - 1
    }

    pub(super) fn cases(&self, facts: &Facts) -> u32 {
        self.themes.places().map(|theme| facts.record.themes.get(theme)).fold(0, u32::saturating_add)
    }
}

impl Plan<'_> {
    /// The points of an expert, whether or not the conditions are met.
    pub fn points(&self, facts: &Facts) -> Points {
        self.best(facts).0
    }

    /// The points, and the subject they are best in among those the expert is able in.
    pub(super) fn best(&self, facts: &Facts) -> (Points, &Subject) {
        let common = self.common(facts);
        let able = self.able_in(facts);
        let mut best = None;
        for subject in &self.table.subjects {
            let in_it = able.meets(subject.themes);
            let points = self.in_subject(common, subject, facts, in_it);
            let total = points.total();
            let usable = in_it || self.table.subjects.len() == 1;
            // The earlier wish keeps its place among equals; who is able in none is measured by the first.
            if best.as_ref().is_none_or(|(_, _, most, was_usable)| (usable, total) > (*was_usable, *most)) {
                best = Some((points, subject, total, usable));
            }
            if able.is_empty() {
                break;
            }
        }
        best.map_or((common, &self.table.subjects[0]), |(points, subject, ..)| (points, subject))
    }

    /// True where the reason counts for this request.
    pub(super) const fn counts(&self, reason: Reason) -> bool {
        self.table.applies[reason as usize]
    }

    fn in_subject(&self, mut points: Points, subject: &Subject, facts: &Facts, able: bool) -> Points {
        let mut set = |reason, of: i64| {
            if self.counts(reason) {
                points.set(reason, of);
            }
        };
        let strong = subject.menus.and(facts.strong).len();
        let marked = subject.menus.and(facts.able.or(facts.strong)).len();
        set(Reason::Wish, if able { subject.wish } else { 0 });
        set(Reason::Rating, subject.strong * i64::from(strong) + subject.able * i64::from(marked - strong));
        let most = subject.full_points();
        set(Reason::MenuPoints, subject.by_points[self.capped_points(facts, subject).min(most)]);
        let qualified = subject.qualifications.meets(facts.qualifications);
        set(Reason::Qualification, if qualified { self.policy.weight(Reason::Qualification) } else { 0 });
        if self.counts(Reason::ThemeCases) {
            let cases = subject.cases(facts).min(self.policy.theme_cases_full);
            points.set(Reason::ThemeCases, subject.by_cases[cases as usize]);
        }
        points
    }

    /// Points in the menus, each menu at most in full: much in one does not make up for another.
    pub(super) fn capped_points(&self, facts: &Facts, subject: &Subject) -> usize {
        let capped = |menu: Place<Menus>| {
            let full = self.policy.menu_points_full.get(menu.index()).copied().unwrap_or(0);
            usize::from(facts.points.get(menu.index()).copied().unwrap_or(0).min(full))
        };
        subject.menus.places().map(capped).sum()
    }

    /// What does not depend on the subject.
    fn common(&self, facts: &Facts) -> Points {
        let (table, policy, record) = (&self.table, self.policy, &facts.record);
        let mut points = Points::default();
        let mut set = |reason, of: i64| {
            if self.counts(reason) {
                points.set(reason, of);
            }
        };
        if let Some(industry) = self.asked.industry {
            let cases = record.industries.get(industry).min(policy.industry.cases_full);
            let declared = usize::from(table.industries.meets(facts.industries));
            set(Reason::Industry, table.industry[declared][cases as usize]);
        }
        let near = facts.residence.map_or(table.elsewhere, |residence| table.nearness[residence.index()]);
        set(Reason::Nearness, near);
        if self.counts(Reason::Guideline) {
            set(Reason::Guideline, table.guideline_weight * self.guideline_share(facts) / WHOLE);
        }
        set(Reason::Outcomes, self.outcomes(facts));
        set(Reason::Communication, self.communication(facts));
        let had = self.work_had(facts) as usize;
        set(Reason::LittleWork, table.little_work.get(had).copied().unwrap_or_default());
        let serves = self.asked.size.is_some_and(|size| facts.sizes.has(size));
        set(Reason::CompanySize, if serves { policy.weight(Reason::CompanySize) } else { 0 });
        let years = facts.experience.and_then(|experience| table.experience.get(experience.index()).copied());
        set(Reason::Experience, years.unwrap_or_default());
        set(Reason::Fresh, if facts.stale { 0 } else { policy.weight(Reason::Fresh) });
        points
    }

    fn guideline_share(&self, facts: &Facts) -> i64 {
        let signs = self.asked.guideline.map_or(&[][..], |guideline| self.policy.signs(guideline));
        let met = signs.iter().filter(|sign| sign.of(facts).is_some());
        met.map(|sign| sign.share).sum::<i64>().min(WHOLE)
    }

    fn outcomes(&self, facts: &Facts) -> i64 {
        let rule = &self.policy.outcomes;
        let told = facts.record.outcomes.unwrap_or_default();
        let [good, fair, poor, presumed] = [told.good, told.fair, told.poor, rule.presumed_answers].map(i64::from);
        let sum = rule.good * good + rule.fair * fair + rule.poor * poor + rule.presumed * presumed;
        self.policy.weight(Reason::Outcomes) * sum / (WHOLE * (good + fair + poor + presumed))
    }

    fn communication(&self, facts: &Facts) -> i64 {
        let weight = self.policy.weight(Reason::Communication);
        // Marks go from 1.00 to 5.00.
        let points = |hundredths: u16| weight * i64::from(hundredths.clamp(100, 500) - 100) / 400;
        let presumed = || self.policy.share(Reason::Communication, self.policy.communication_presumed);
        facts.record.communication.map_or_else(presumed, points)
    }

    /// Work so far in cases.
    pub(super) const fn work_had(&self, facts: &Facts) -> u32 {
        let introductions = facts.work.introductions / self.policy.little_work.introductions_per_case;
        facts.work.had().saturating_add(introductions)
    }
}

fn full_points(policy: &Policy, menu: Place<Menus>) -> i64 {
    i64::from(policy.menu_points_full[menu.index()])
}

/// A share of nearness, less where nobody travels.
fn near(policy: &Policy, asked: &Asked, share: i64) -> i64 {
    let online_only = !asked.emergency && asked.formats == online();
    if online_only { share * policy.nearness.online_only / WHOLE } else { share }
}

fn nearness(asked: &Asked, policy: &Policy) -> Vec<i64> {
    let rule = &policy.nearness;
    let Some(here) = asked.prefecture else { return vec![0; 64] };
    let (neighbours, region) = (here.links::<Prefectures>(), region(here));
    let mut points = vec![policy.share(Reason::Nearness, near(policy, asked, rule.elsewhere)); 64];
    let steps = [(region, rule.same_region), (neighbours, rule.neighbour), (Codes::from(here), rule.same_prefecture)];
    for (prefectures, share) in steps {
        for prefecture in prefectures.places() {
            points[prefecture.index()] = policy.share(Reason::Nearness, near(policy, asked, share));
        }
    }
    points
}

fn applies(asked: &Asked, policy: &Policy, subjects: &[Subject], wishes: bool) -> [bool; Reason::COUNT] {
    let asks = |reason: &Reason| match reason {
        Reason::Wish => wishes,
        Reason::Rating | Reason::MenuPoints => subjects.iter().any(|subject| !subject.menus.is_empty()),
        Reason::Industry => asked.industry.is_some(),
        Reason::Guideline => asked.guideline.is_some_and(|guideline| !policy.signs(guideline).is_empty()),
        Reason::Nearness => asked.prefecture.is_some(),
        Reason::ThemeCases => !asked.themes.is_empty(),
        Reason::Qualification => subjects.iter().any(|subject| !subject.qualifications.is_empty()),
        Reason::CompanySize => asked.size.is_some() && !policy.conditions.company_size,
        Reason::Outcomes | Reason::Communication | Reason::LittleWork | Reason::Experience | Reason::Fresh => true,
    };
    let mut applies = [false; Reason::COUNT];
    for reason in Reason::ALL {
        applies[*reason as usize] = policy.weight(*reason) > 0 && asks(reason);
    }
    applies
}
