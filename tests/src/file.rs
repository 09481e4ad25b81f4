//! Files of the skill survey: read in the plainest way, and written in the many ways in which people write.

use std::fs;
use std::path::Path;

use kit_clock::Timestamp;
use kit_vocabulary::{Code, Lang, List};

use crate::chance::Chance;
use crate::submission::{Said, Submission, skill_items};

/// The column that is no question.
const TIME: &str = "submitted_at";
/// Columns that every file has, before the skill items.
const COLUMNS: [&str; 26] = [
    TIME,
    "registration_number",
    "registration_year",
    "name",
    "name_kana",
    "email",
    "residence",
    "affiliation",
    "organisation",
    "age",
    "qualifications",
    "experience",
    "support_experience",
    "support_cases",
    "support_years",
    "support_summary",
    "industries",
    "organisations",
    "company_sizes",
    "prefectures",
    "formats",
    "themes",
    "fee_per_visit",
    "durations",
    "self_pr",
    "listing_consent",
];
/// Questions of the form that a file may have beside them.
const MORE: [&str; 4] = ["qualifications_other", "homepage", "residence_city", "contact_consent"];
/// Other words for columns.
const HEADINGS: [(&str, &str); 12] = [
    (TIME, "提出日時"),
    ("registration_number", "登録番号"),
    ("name", "氏名"),
    ("email", "メールアドレス"),
    ("residence", "居住地"),
    ("prefectures", "支援可能な都道府県"),
    ("fee_per_visit", "希望報酬"),
    ("durations", "支援期間"),
    ("listing_consent", "掲載同意"),
    ("self_pr", "自己PR"),
    ("age", "年齢"),
    ("S1a1", "S1a-1"),
];
const NONE: &str = "none";
const NONE_LABEL: &str = "該当なし";
const ALL_LABEL: &str = "全国";

/// What kind of answer a question takes.
enum Kind {
    Text,
    Number,
    One(&'static List),
    Many(&'static List),
    YesNo(&'static str, &'static str),
}

fn kind(question: &str) -> Kind {
    match question {
        "residence" => Kind::One(kit_vocabulary::prefectures()),
        "affiliation" => Kind::One(kit_vocabulary::affiliations()),
        "experience" => Kind::One(kit_vocabulary::experience()),
        "fee_per_visit" => Kind::One(kit_vocabulary::fees()),
        "support_experience" => Kind::YesNo("経験あり", "経験なし"),
        "listing_consent" | "contact_consent" => Kind::YesNo("はい", "いいえ"),
        "qualifications" => Kind::Many(kit_vocabulary::qualifications()),
        "industries" => Kind::Many(kit_vocabulary::expert_industries()),
        "organisations" => Kind::Many(kit_vocabulary::bodies()),
        "company_sizes" => Kind::Many(kit_vocabulary::company_sizes()),
        "prefectures" => Kind::Many(kit_vocabulary::prefectures()),
        "formats" => Kind::Many(kit_vocabulary::formats()),
        "themes" => Kind::Many(kit_vocabulary::themes()),
        "durations" => Kind::Many(kit_vocabulary::durations()),
        "registration_year" | "age" | "support_cases" | "support_years" => Kind::Number,
        item if skill_items().iter().any(|known| known == item) => Kind::Number,
        _ => Kind::Text,
    }
}

/// Reads a file whose headings are codes and whose cells are labels.
///
/// # Panics
/// When it is not such a file.
pub fn read(path: &Path) -> Vec<Submission> {
    let mut reader = csv::Reader::from_path(path).expect("a file of the tests");
    let headings = reader.headers().expect("headings").clone();
    let row = |record: csv::StringRecord| {
        let mut submission = Submission::at(Timestamp::default());
        for (question, cell) in headings.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            if question == TIME {
                submission.at = cell.parse().expect("a time");
            } else {
                submission.say(question, meaning(question, cell));
            }
        }
        submission
    };
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

fn meaning(question: &str, cell: &str) -> Said {
    let code = |list: &List, text: &str| list.find(text).unwrap_or_else(|| panic!("{question}: {text}")).code.clone();
    match kind(question) {
        Kind::Text if question == "registration_number" => {
            Said::Text(kit_vocabulary::registration_number(cell).expect("a number"))
        }
        Kind::Text => Said::Text(cell.to_owned()),
        Kind::Number => Said::Number(cell.parse().expect("a number")),
        Kind::One(list) => Said::Code(code(list, cell)),
        Kind::YesNo(yes, _) => Said::Code(if cell == yes { "yes" } else { "no" }.to_owned()),
        Kind::Many(_) if cell == NONE_LABEL => Said::Codes(vec![NONE.to_owned()]),
        Kind::Many(list) if cell == ALL_LABEL => {
            Said::Codes(list.codes().iter().map(|code| code.code.clone()).collect())
        }
        Kind::Many(list) => {
            let mut codes: Vec<String> = cell.split('|').map(|label| code(list, label)).collect();
            codes.sort_by_key(|code| list.position(code));
            Said::Codes(codes)
        }
    }
}

/// Writes a file as a campaign's tool does: headings as codes, labels as the form prints them.
///
/// # Panics
/// When the disk does not take it.
pub fn write_plainly(path: &Path, submissions: &[Submission]) {
    let headings: Vec<String> = COLUMNS.iter().map(|&column| column.to_owned()).chain(skill_items()).collect();
    write(path, &headings, &headings, submissions, &mut Spelling(None));
}

/// Writes a file as people do: columns in any order, some under other headings, numbers in any width, labels or codes.
///
/// # Panics
/// When the disk does not take it.
pub fn write_freely(path: &Path, submissions: &[Submission], chance: &mut Chance) {
    let columns = COLUMNS.iter().chain(&MORE).map(|&column| column.to_owned());
    let mut columns: Vec<String> = columns.chain(skill_items()).collect();
    chance.shuffle(&mut columns);
    let other = |column: &String| HEADINGS.iter().find(|(code, _)| code == column);
    let headings: Vec<String> = columns
        .iter()
        .map(|column| other(column).map_or(column.clone(), |(_, heading)| (*heading).to_owned()))
        .collect();
    write(path, &columns, &headings, submissions, &mut Spelling(Some(chance)));
}

fn write(
    path: &Path,
    columns: &[String],
    headings: &[String],
    submissions: &[Submission],
    spelling: &mut Spelling<'_>,
) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(headings).expect("memory");
    for submission in submissions {
        let cell = |column: &String| match submission.said.get(column) {
            _ if column == TIME => submission.at.to_string(),
            Some(said) => spelling.cell(column, said),
            None => String::new(),
        };
        let row: Vec<String> = columns.iter().map(cell).collect();
        writer.write_record(row).expect("memory");
    }
    fs::write(path, writer.into_inner().expect("memory")).expect("a file of the test");
}

/// How cells are spelled: plainly, or by chance.
struct Spelling<'a>(Option<&'a mut Chance>);

impl Spelling<'_> {
    fn cell(&mut self, question: &str, said: &Said) -> String {
        match (kind(question), said) {
            (Kind::Text, Said::Text(number)) if question == "registration_number" => self.registration_number(number),
            (Kind::Text, Said::Text(mail)) if question == "email" => self.width(mail.clone()),
            (Kind::Text, Said::Text(text)) => text.clone(),
            (Kind::Number, Said::Number(number)) => self.width(number.to_string()),
            (Kind::YesNo(yes, no), Said::Code(code)) => if code == "yes" { yes } else { no }.to_owned(),
            (Kind::One(list), Said::Code(code)) => self.label(list, code),
            (Kind::Many(list), Said::Codes(codes)) => self.labels(list, codes),
            (_, other) => panic!("{question} does not take {other:?}"),
        }
    }

    fn once_in(&mut self, n: usize) -> bool {
        self.0.as_mut().is_some_and(|chance| chance.one_in(n))
    }

    fn registration_number(&mut self, number: &str) -> String {
        let mut text = number.to_owned();
        if self.once_in(3) {
            text = text.trim_start_matches('0').to_owned();
        }
        if self.once_in(3) {
            text = format!("第{text}号");
        } else if self.once_in(3) {
            text = format!(" 第 {text} 号");
        }
        self.width(text)
    }

    fn width(&mut self, text: String) -> String {
        if !self.once_in(3) {
            return text;
        }
        let wide = |c: char| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xFEE0).unwrap_or(c) } else { c };
        text.chars().map(wide).collect()
    }

    fn label(&mut self, list: &List, code: &str) -> String {
        if code == NONE {
            return NONE_LABEL.to_owned();
        }
        let entry = list.get(code).unwrap_or_else(|| panic!("{} has no {code}", list.name()));
        let Some(chance) = self.0.as_mut() else { return entry.label(Lang::Ja).to_owned() };
        let Code { code, ja, en, aliases, .. } = entry;
        let spellings: Vec<&String> = [ja, ja, ja, code, en].into_iter().chain(aliases).collect();
        chance.pick(&spellings).clone()
    }

    fn labels(&mut self, list: &List, codes: &[String]) -> String {
        if list.name() == "prefectures" && codes.len() == list.codes().len() && self.once_in(2) {
            return ALL_LABEL.to_owned();
        }
        let mut labels: Vec<String> = codes.iter().map(|code| self.label(list, code)).collect();
        let Some(chance) = self.0.as_mut() else { return labels.join("|") };
        chance.shuffle(&mut labels);
        labels.join(chance.pick(&["|", "｜", " | "]))
    }
}
