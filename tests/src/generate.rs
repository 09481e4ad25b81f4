//! Made-up people and what they answer. No name here is anybody's.

use std::collections::BTreeSet;

use kit_clock::Timestamp;
use kit_vocabulary::List;

use crate::chance::Chance;
use crate::submission::{Said, Submission};

/// Seconds of the campaign, from its first moment.
const SPAN: i64 = 90 * 86_400;

fn begin() -> Timestamp {
    "2024-11-20T00:00:00+09:00".parse().expect("a time")
}

/// Rows of a file by so many people, who answer once or several times, in no order of time. Numbers lie in a range of
/// their own, so that two files of one test can be of different people. One row stands in it twice, to the letter.
///
/// # Panics
/// When the range has not enough numbers, or there are fewer rows than people.
pub fn campaign(chance: &mut Chance, numbers: std::ops::Range<i64>, people: usize, rows: usize) -> Vec<Submission> {
    let mut distinct = BTreeSet::new();
    while distinct.len() < people {
        distinct.insert(chance.between(numbers.start, numbers.end - 1));
    }
    let mut people: Vec<Person> = distinct.into_iter().map(Person::new).collect();
    chance.shuffle(&mut people);
    let mut submissions: Vec<Submission> = people.iter().map(|person| person.answers(chance)).collect();
    while submissions.len() + 1 < rows {
        let person = chance.pick(&people);
        let again = person.answers(chance);
        submissions.push(again);
    }
    // Two different answers of one person at the same moment: the one stored later counts.
    let mut tie = people[0].answers(chance);
    tie.at = submissions[0].at;
    tie.amount("age", 44);
    submissions[0].amount("age", 43);
    submissions.last_mut().expect("rows").clone_from(&tie);
    chance.shuffle(&mut submissions);
    let twice = chance.pick(&submissions);
    submissions.push(twice);
    submissions
}

/// Somebody who answers.
#[derive(Clone, Debug)]
pub struct Person {
    number: i64,
}

impl Person {
    /// The person of a number.
    pub const fn new(number: i64) -> Self {
        Self { number }
    }

    /// The number, six digits.
    pub fn number(&self) -> String {
        format!("{:06}", self.number)
    }

    /// The mail address first given.
    pub fn email(&self) -> String {
        format!("made-up-{}@example.jp", self.number)
    }

    /// Who it is, said at some moment of the campaign.
    fn says(&self, chance: &mut Chance) -> Submission {
        let second = chance.between(0, SPAN);
        let mut said = Submission::at(Timestamp::from_micros(begin().micros() + second * 1_000_000));
        said.text("registration_number", &self.number());
        said.text("name", &format!("試𠮷{} 髙子", self.number));
        said.text("email", &self.email());
        said
    }

    /// An answer as files hold them: much may be left out.
    pub fn answers(&self, chance: &mut Chance) -> Submission {
        let mut said = self.says(chance);
        let mut maybe = Maybe { said: &mut said, chance };
        maybe.text("name_kana", &format!("シケン{}", self.number));
        maybe.one("residence", kit_vocabulary::prefectures());
        maybe.one("affiliation", kit_vocabulary::affiliations());
        maybe.text("organisation", "架空商事, \"本店\"");
        maybe.number("age", 20, 80);
        maybe.number("registration_year", 2017, 2024);
        maybe.one("experience", kit_vocabulary::experience());
        maybe.one("fee_per_visit", kit_vocabulary::fees());
        maybe.text("homepage", "https://example.jp/me");
        maybe.text("residence_city", "架空市");
        maybe.some("industries", kit_vocabulary::expert_industries(), true);
        maybe.some("organisations", kit_vocabulary::bodies(), true);
        maybe.some("company_sizes", kit_vocabulary::company_sizes(), true);
        maybe.some("formats", kit_vocabulary::formats(), true);
        maybe.some("themes", kit_vocabulary::themes(), true);
        maybe.some("qualifications", kit_vocabulary::qualifications(), false);
        self.places(&mut said, chance);
        self.experience(&mut said, chance);
        if said.codes_of("qualifications").iter().any(|code| code == "other") {
            let words = chance.pick(&["ISMS審査員", "公認システム監査人", "ＰＭＰ"]);
            said.text("qualifications_other", words);
        }
        if chance.one_in(3) {
            let short = chance.between(1, 50);
            said.text(
                "self_pr",
                &"漢𠮷".chars().cycle().take(usize::try_from(short).expect("small")).collect::<String>(),
            );
        }
        // Silence takes no consent back and gives none, so everybody stays with what was said first.
        if let Some(consent) = [Some("yes"), Some("no"), None][usize::try_from(self.number % 3).expect("small")] {
            said.code("contact_consent", consent);
        }
        said.code("listing_consent", if chance.one_in(15) { "no" } else { "yes" });
        if chance.one_in(12) {
            said.codes("durations", &["cannot_support"]);
        } else {
            let able: Vec<&str> = codes(kit_vocabulary::durations()).filter(|code| *code != "cannot_support").collect();
            said.codes("durations", &chance.some(&able));
        }
        if !chance.one_in(10) {
            said.skills(&skills(chance));
        }
        said
    }

    fn places(&self, said: &mut Submission, chance: &mut Chance) {
        let all: Vec<&str> = codes(kit_vocabulary::prefectures()).collect();
        let served = match chance.below(6) {
            0 => return,
            1 => vec!["none"],
            2 => all,
            _ => chance.some(&all),
        };
        said.codes("prefectures", &served);
    }

    fn experience(&self, said: &mut Submission, chance: &mut Chance) {
        if chance.one_in(3) {
            said.code("support_experience", "no");
        } else if !chance.one_in(4) {
            said.code("support_experience", "yes");
            said.amount("support_cases", chance.between(0, 400)).amount("support_years", chance.between(0, 40));
            said.text("support_summary", "規程の整備、\n社内研修; \"見直し\", ほか");
        }
    }

    /// An answer to the whole form, by which somebody can be listed.
    pub fn answers_in_full(&self, chance: &mut Chance) -> Submission {
        let mut said = self.says(chance);
        let prefectures: Vec<&str> = codes(kit_vocabulary::prefectures()).collect();
        said.code("residence", chance.pick(&prefectures)).text("residence_city", "架空市");
        said.code("affiliation", "independent").text("organisation", "架空事務所");
        said.amount("registration_year", 2020).code("experience", "ge10y").code("support_experience", "no");
        said.codes("industries", &["none"]).codes("organisations", &["other"]).codes("company_sizes", &["le10"]);
        said.codes("prefectures", &chance.some(&prefectures)).codes("formats", &["onsite", "incident"]);
        said.codes("themes", &["T4"]).code("fee_per_visit", "20_30k").codes("durations", &["spot"]);
        said.codes("training_taken", &["online"]).code("listing_consent", "yes").text("self_pr", "架空の自己紹介");
        said.skills(&skills(chance));
        said
    }
}

/// Answers to the skill items: each area at a level of its own, so that all marks occur.
pub fn skills(chance: &mut Chance) -> Vec<i64> {
    let levels: Vec<i64> = (0..6).map(|_| chance.between(0, 4)).collect();
    let areas = crate::model::SUB_ITEMS.iter().flat_map(|(area, _, count)| std::iter::repeat_n(*area, *count));
    let level = |area: &str| levels[crate::model::AREAS.iter().position(|known| *known == area).expect("an area")];
    areas.map(|area| (level(area) + chance.between(-1, 1)).clamp(0, 3)).collect()
}

fn codes(list: &'static List) -> impl Iterator<Item = &'static str> {
    list.codes().iter().map(|code| code.code.as_str())
}

/// Answers that are given three times in four.
struct Maybe<'a> {
    said: &'a mut Submission,
    chance: &'a mut Chance,
}

impl Maybe<'_> {
    fn text(&mut self, question: &str, text: &str) {
        if !self.chance.one_in(4) {
            self.said.text(question, text);
        }
    }

    fn number(&mut self, question: &str, least: i64, most: i64) {
        if !self.chance.one_in(4) {
            self.said.amount(question, self.chance.between(least, most));
        }
    }

    fn one(&mut self, question: &str, list: &'static List) {
        if !self.chance.one_in(4) {
            let all: Vec<&str> = codes(list).collect();
            self.said.code(question, self.chance.pick(&all));
        }
    }

    fn some(&mut self, question: &str, list: &'static List, none: bool) {
        if none && self.chance.one_in(8) {
            self.said.codes(question, &["none"]);
        } else if !self.chance.one_in(5) {
            let all: Vec<String> = codes(list).map(str::to_owned).collect();
            self.said.say(question, Said::Codes(self.chance.some(&all)));
        }
    }
}
