//! What must come out: the rules of the domain, restated in the plainest way, over everything that was handed in.
//!
//! It scans; it keeps no index; it shares no code with the services.

use std::collections::{BTreeMap, BTreeSet};

use contract::search::v1::Conditions;

use crate::submission::Submission;

/// Area, sub-item, and how many questions it has (form 4.3).
pub const SUB_ITEMS: [(&str, &str, usize); 14] = [
    ("S1", "S1a", 5),
    ("S1", "S1b", 2),
    ("S1", "S1c", 2),
    ("S2", "S2a", 2),
    ("S2", "S2b", 2),
    ("S2", "S2c", 2),
    ("S3", "S3a", 1),
    ("S3", "S3b", 3),
    ("S3", "S3c", 1),
    ("S4", "S4a", 1),
    ("S4", "S4b", 3),
    ("S4", "S4c", 1),
    ("S5", "S5a", 4),
    ("S6", "S6a", 5),
];
/// The areas.
pub const AREAS: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];
/// Each menu and the area it follows from; the last follows from qualifications.
const MENUS: [(&str, &str); 8] =
    [("M0", "S1"), ("M1", "S1"), ("M2", "S2"), ("M3", "S3"), ("M4", "S4"), ("M5", "S5"), ("M6", "S6"), ("M7", "")];
const FEES: [&str; 4] = ["lt20k", "20_30k", "30_40k", "ge40k"];

/// A mark as people read it.
pub type Mark = &'static str;
/// ◎.
pub const STRONG: Mark = "◎";
/// ○.
pub const ABLE: Mark = "○";
/// Blank.
pub const BLANK: Mark = "";

/// Everything that was handed in and counts, in the order in which it was stored.
#[derive(Clone, Debug, Default)]
pub struct Model {
    stored: Vec<Submission>,
}

/// The rating of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// Whether the skill part is answered.
    pub answered: bool,
    /// Mark and points by area.
    pub areas: BTreeMap<String, (Mark, i64)>,
    /// Mark and points by menu.
    pub menus: BTreeMap<String, (Mark, i64)>,
    /// Sum and threshold by sub-item; none when the skill part is empty.
    pub sub_items: BTreeMap<String, (i64, i64)>,
}

/// Counts over all responses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Submissions stored.
    pub received: i64,
    /// Different numbers.
    pub people: i64,
    /// Submissions beyond the first of each.
    pub repeats: i64,
    /// People whose skill part is empty.
    pub skills_unanswered: i64,
}

impl Model {
    /// Hands in a response; false when the same was handed in before, which changes nothing.
    pub fn hand_in(&mut self, submission: Submission) -> bool {
        let new = !self.stored.contains(&submission);
        if new {
            self.stored.push(submission);
        }
        new
    }

    /// Hands in a response that is known to be none of those before.
    pub fn hand_in_new(&mut self, submission: Submission) {
        self.stored.push(submission);
    }

    /// Hands in responses that an operator imports, and answers how many were new.
    pub fn import(&mut self, submissions: &[Submission]) -> usize {
        submissions.iter().filter(|submission| self.hand_in((*submission).clone())).count()
    }

    /// The response that counts, by number: the greatest time, and of equal ones the later stored.
    pub fn people(&self) -> BTreeMap<&str, &Submission> {
        let mut people: BTreeMap<&str, &Submission> = BTreeMap::new();
        for submission in &self.stored {
            let counts = people.get(submission.number()).is_none_or(|counting| submission.at >= counting.at);
            if counts {
                people.insert(submission.number(), submission);
            }
        }
        people
    }

    /// How many responses of this number are stored.
    pub fn submissions_of(&self, number: &str) -> usize {
        self.stored.iter().filter(|submission| submission.number() == number).count()
    }

    /// The counts.
    pub fn statistics(&self) -> Statistics {
        let people = self.people();
        let count = |n: usize| i64::try_from(n).expect("small");
        Statistics {
            received: count(self.stored.len()),
            people: count(people.len()),
            repeats: count(self.stored.len() - people.len()),
            skills_unanswered: count(people.values().filter(|counting| answers(counting).is_none()).count()),
        }
    }

    /// Alone, with support, not yet; by area, over all people (fig. 2-95).
    pub fn capability(&self) -> BTreeMap<String, [i64; 3]> {
        let mut table: BTreeMap<String, [i64; 3]> = AREAS.map(|area| (area.to_owned(), [0; 3])).into();
        for counting in self.people().values() {
            let rating = rate(counting);
            for area in AREAS {
                let (mark, points) = rating.areas[area];
                let questions = questions_of(area);
                let column = match mark {
                    _ if !rating.answered => 2,
                    STRONG => 0,
                    // The mean answer is at least 1.5.
                    _ if 2 * points >= 3 * questions => 1,
                    _ => 2,
                };
                table.get_mut(area).expect("an area")[column] += 1;
            }
        }
        table
    }

    /// The people who are listed.
    pub fn listed(&self) -> BTreeMap<&str, &Submission> {
        self.people().into_iter().filter(|(_, counting)| against(counting).is_empty()).collect()
    }

    /// How many have each reason not to be listed.
    pub fn obstacles(&self) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for reason in self.people().values().flat_map(|counting| against(counting)) {
            *counts.entry(reason.to_owned()).or_insert(0) += 1;
        }
        counts
    }

    /// How many of the listed have each mark in an area.
    pub fn marks(&self, area: &str) -> BTreeMap<Mark, i64> {
        let mut counts = BTreeMap::from([(STRONG, 0), (ABLE, 0), (BLANK, 0)]);
        for counting in self.listed().values() {
            *counts.get_mut(rate(counting).areas[area].0).expect("a mark") += 1;
        }
        counts
    }

    /// The numbers that a search finds.
    pub fn found(&self, conditions: &Conditions) -> BTreeSet<String> {
        let listed = self.listed().into_iter();
        listed.filter(|(_, person)| meets(person, conditions)).map(|(number, _)| number.to_owned()).collect()
    }
}

/// What an imported, and so verified, person lacks for being listed.
pub fn against(person: &Submission) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if answers(person).is_none() {
        reasons.push("SKILLS_UNANSWERED");
    }
    if person.codes_of("durations").iter().any(|code| code == "cannot_support") {
        reasons.push("CANNOT_SUPPORT");
    }
    if person.code_of("listing_consent") != "yes" {
        reasons.push("NO_CONSENT");
    }
    reasons
}

/// The rating of a response by the published rule.
pub fn rate(person: &Submission) -> Rating {
    rate_with_floor(person, 0)
}

/// The rating by the published rule and a floor: in an area of one sub-item ○ asks for so many points a question. The
/// policy `ipa-2024-floor` asks for 2.
pub fn rate_with_floor(person: &Submission, floor: i64) -> Rating {
    let answers = answers(person);
    let mut rating = Rating {
        answered: answers.is_some(),
        areas: BTreeMap::new(),
        menus: BTreeMap::new(),
        sub_items: BTreeMap::new(),
    };
    for area in AREAS {
        let (mut points, mut short) = (0, 0);
        for (_, sub_item, questions) in SUB_ITEMS.iter().filter(|(of, ..)| *of == area) {
            let sum: i64 = answers.as_ref().map_or(0, |answers| {
                answers.iter().filter(|(item, _)| item.starts_with(sub_item)).map(|(_, answer)| answer).sum()
            });
            let threshold = threshold(*questions);
            points += sum;
            short += usize::from(sum < threshold);
            if answers.is_some() {
                rating.sub_items.insert((*sub_item).to_owned(), (sum, threshold));
            }
        }
        let mark = match short {
            _ if answers.is_none() => BLANK,
            0 => STRONG,
            1 if is_single(area) && points < floor * questions_of(area) => BLANK,
            1 => ABLE,
            _ => BLANK,
        };
        rating.areas.insert(area.to_owned(), (mark, points));
    }
    for (menu, area) in MENUS {
        let audit = || (audit_mark(person, rating.areas["S2"].0), 0);
        let value = rating.areas.get(area).copied().unwrap_or_else(audit);
        rating.menus.insert(menu.to_owned(), value);
    }
    rating
}

fn is_single(area: &str) -> bool {
    SUB_ITEMS.iter().filter(|(of, ..)| *of == area).count() == 1
}

fn threshold(questions: usize) -> i64 {
    match questions {
        1 => 3,
        2 => 5,
        3 => 7,
        4 => 10,
        5 => 13,
        other => panic!("no sub-item has {other} questions"),
    }
}

fn questions_of(area: &str) -> i64 {
    let count: usize = SUB_ITEMS.iter().filter(|(of, ..)| *of == area).map(|(_, _, questions)| questions).sum();
    i64::try_from(count).expect("small")
}

/// M7 follows from qualifications, whatever the skill part says; with ◎ in S2 it is ◎.
fn audit_mark(person: &Submission, risks: Mark) -> Mark {
    let holds = |code: &str| person.codes_of("qualifications").iter().any(|held| held == code);
    let says = person.text_of("qualifications_other").contains("公認システム監査人");
    match holds("systems_auditor") || holds("cisa") || says {
        true if risks == STRONG => STRONG,
        true => ABLE,
        false => BLANK,
    }
}

/// The 34 answers, or none when the skill part is empty.
fn answers(person: &Submission) -> Option<Vec<(String, i64)>> {
    crate::submission::skill_items()
        .into_iter()
        .map(|item| person.number_of(&item).map(|answer| (item, answer)))
        .collect()
}

/// Whether a person meets all conditions of a search.
pub fn meets(person: &Submission, conditions: &Conditions) -> bool {
    let marked = |menu: &str| rate(person).menus[menu].0 != BLANK;
    let any = |asked: &[String], has: &dyn Fn(&str) -> bool| asked.is_empty() || asked.iter().any(|code| has(code));
    let has_one_of = |question: &'static str| move |code: &str| person.codes_of(question).iter().any(|own| own == code);
    let fee = |band: &str| FEES.iter().position(|known| *known == band);
    let paid = |ceiling: &str| {
        let asked = fee(person.code_of("fee_per_visit"));
        ceiling.is_empty() || asked.is_some_and(|asked| asked <= fee(ceiling).expect("a band"))
    };
    asked_for(conditions).is_none_or(|asked| asked.iter().any(|(menu, themes)| marked(menu) && able(person, themes)))
        && any(&conditions.organisations, &has_one_of("organisations"))
        && any(&conditions.skill_items, &|item| person.number_of(item).is_some_and(|said| said >= 2))
        && conditions.text.split_whitespace().all(|word| texts(person).iter().any(|text| text.contains(word)))
        && any(&conditions.prefectures, &has_one_of("prefectures"))
        && any(&conditions.industries, &has_one_of("industries"))
        && any(&conditions.durations, &has_one_of("durations"))
        && any(&conditions.formats, &has_one_of("formats"))
        && any(&conditions.company_sizes, &has_one_of("company_sizes"))
        && any(&conditions.qualifications, &has_one_of("qualifications"))
        && any(&conditions.themes, &has_one_of("themes"))
        && any(&conditions.affiliations, &|code| person.code_of("affiliation") == code)
        && paid(&conditions.fee_ceiling)
}

/// The menus that are asked for, each with the themes of which one is needed; `None` when any menu will do.
fn asked_for(conditions: &Conditions) -> Option<Vec<(String, Vec<String>)>> {
    let mut asked: Vec<(String, Option<Vec<String>>)> = conditions.menus.iter().map(|m| (m.clone(), None)).collect();
    for item in &conditions.menu_items {
        let menu = item.split('-').next().expect("M3-1 is an item of M3");
        let theme = kit_vocabulary::menu_items().get(item).expect("an item").links("themes").to_vec();
        asked.retain(|(known, themes)| known != menu || themes.is_some());
        match asked.iter_mut().find(|(known, _)| known == menu) {
            // Any of the items is enough, so one without a theme makes the others' themes needless.
            Some((_, Some(themes))) if themes.is_empty() || theme.is_empty() => themes.clear(),
            Some((_, Some(themes))) => themes.extend(theme),
            _ => asked.push((menu.to_owned(), Some(theme))),
        }
    }
    let asked: Vec<_> = asked.into_iter().map(|(menu, themes)| (menu, themes.unwrap_or_default())).collect();
    (!asked.is_empty()).then_some(asked)
}

fn able(person: &Submission, themes: &[String]) -> bool {
    themes.is_empty() || themes.iter().any(|theme| person.codes_of("themes").contains(theme))
}

/// What words are looked for in, as it was written: good for words that have one spelling only.
fn texts(person: &Submission) -> Vec<String> {
    let held = person.codes_of("qualifications").iter();
    let held = held.filter_map(|code| kit_vocabulary::qualifications().label(code, kit_vocabulary::Lang::Ja));
    let said = ["self_pr", "support_summary", "organisation", "qualifications_other"].map(|text| person.text_of(text));
    said.into_iter().chain(held).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::chance::Chance;
    use crate::{file, generate};

    #[test]
    fn of_the_campaign_of_2024_it_says_what_was_published() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024");
        let mut model = Model::default();
        model.import(&file::read(&data.join("skill_survey.csv")));
        let text = std::fs::read_to_string(data.join("skill_survey.expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();

        let Statistics { received, people, repeats, skills_unanswered } = model.statistics();
        let obstacles = model.obstacles();
        for (key, count) in [
            ("received", received),
            ("distinct", people),
            ("duplicates", repeats),
            ("unanswered", skills_unanswered),
            ("cannot_support", obstacles["CANNOT_SUPPORT"]),
            ("no_consent", obstacles["NO_CONSENT"]),
            ("listed", i64::try_from(model.listed().len()).unwrap()),
        ] {
            assert_eq!(expected[key], json!(count), "{key}");
        }
        assert_eq!(expected["capability"], json!(model.capability()));
        for area in AREAS {
            assert_eq!(expected["ratings_as_published"][area], json!(model.marks(area)), "{area}");
        }
        let marks = |person: &Submission| -> BTreeMap<String, Mark> {
            rate(person).areas.into_iter().map(|(area, (mark, _))| (area, mark)).collect()
        };
        let all: BTreeMap<&str, _> =
            model.listed().into_iter().map(|(number, person)| (number, marks(person))).collect();
        assert_eq!(expected["ratings"], json!(all));
    }

    #[test]
    fn made_up_campaigns_have_everything_that_can_go_wrong() {
        let rows = generate::campaign(&mut Chance::new(7), 1..1_000_000, 240, 300);
        let mut model = Model::default();
        assert_eq!((rows.len(), model.import(&rows)), (300, 299), "one row stands there twice");
        let Statistics { received, people, repeats, skills_unanswered } = model.statistics();
        assert_eq!((received, people, repeats), (299, 240, 59));
        assert!(skills_unanswered > 0 && model.obstacles().len() == 3 && model.listed().len() > 100);
        for area in AREAS {
            assert!(model.marks(area).values().all(|count| *count > 0) || ["S5", "S6"].contains(&area), "{area}");
        }
        let out_of_order = rows.iter().any(|row| {
            let later = rows.iter().skip_while(|other| *other != row);
            later.into_iter().any(|other| other.number() == row.number() && other.at < row.at)
        });
        assert!(out_of_order, "somebody's earlier answer comes later");
    }

    #[test]
    fn a_file_that_was_written_plainly_reads_the_same() {
        let mut rows = generate::campaign(&mut Chance::new(8), 1..1_000_000, 40, 50);
        // What a plain file has no column for.
        for question in ["qualifications_other", "homepage", "residence_city", "contact_consent"] {
            rows.iter_mut().for_each(|row| _ = row.said.remove(question));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        file::write_plainly(file.path(), &rows);
        assert_eq!(file::read(file.path()), rows);
    }
}
