//! The fields of a profile: one table that names their path in the contract, their question in the survey, and what may
//! stand in them. Masks, checks and the reading of responses all go by it.

use contract::registry::v1::{ExpertPerson, ExpertTerms};
use kit_vocabulary::List;

use super::check::{Check, Form};
use super::fault::{Fault, Reason};

/// Longest text, in characters, where the form says nothing shorter.
const TEXT_CHARS: usize = 1_000;
/// Longest self-introduction (question 14).
const SELF_PR_CHARS: usize = 50;
/// The first registrations were in 2016; 0 stands for an unknown year.
const YEARS: (i32, i32) = (2016, 2100);
/// The answer that none of a question's codes applies.
pub const NONE: &str = "none";
/// The path of the field that never changes.
pub const NUMBER_PATH: &str = "person.registration_number";
/// The path of the field that only operators set.
pub const EMPLOYER_PATH: &str = "terms.employer_sells_consulting";

/// What `none` in a list of codes means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoneCode {
    /// It is no answer.
    Unknown,
    /// It is kept, alone: somebody without a speciality is not somebody who did not say.
    Kept,
}

/// What kind of value a field holds, and where it is.
pub(super) enum Shape {
    /// A text of the person.
    Text(fn(&mut ExpertPerson) -> &mut String, Form, usize),
    /// One code; empty when unknown.
    Code(fn(&mut ExpertTerms) -> &mut String, fn() -> &'static List),
    /// Codes.
    Codes(fn(&mut ExpertTerms) -> &mut Vec<String>, fn() -> &'static List, NoneCode),
    /// A year; 0 when unknown.
    Year(fn(&mut ExpertTerms) -> &mut i32),
    /// A count up to a limit.
    Count(fn(&mut ExpertTerms) -> &mut Option<i64>, i64),
    /// Yes, no, or not said.
    YesNo(fn(&mut ExpertTerms) -> &mut Option<bool>),
    /// Yes or no.
    Flag(fn(&mut ExpertTerms) -> &mut bool),
}

/// A field that can change.
pub struct Field {
    /// Below `expert.`: `terms.formats`.
    pub path: &'static str,
    /// Code of the survey's question; empty when the survey does not ask.
    pub(super) question: &'static str,
    pub(super) shape: Shape,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

macro_rules! person {
    ($name:ident, $question:literal, $form:ident, $max:expr) => {
        Field {
            path: concat!("person.", stringify!($name)),
            question: $question,
            shape: Shape::Text(|person| &mut person.$name, Form::$form, $max),
        }
    };
}

macro_rules! terms {
    ($name:ident, $shape:ident $(, $more:expr)*) => {
        Field {
            path: concat!("terms.", stringify!($name)),
            question: stringify!($name),
            shape: Shape::$shape(|terms| &mut terms.$name $(, $more)*),
        }
    };
}

/// Every field that can change, in the order of the contract.
pub static FIELDS: &[Field] = &[
    person!(full_name, "name", Line, TEXT_CHARS),
    person!(full_name_kana, "name_kana", Line, TEXT_CHARS),
    person!(email, "email", Email, TEXT_CHARS),
    person!(homepage, "homepage", Url, TEXT_CHARS),
    person!(organisation, "organisation", Line, TEXT_CHARS),
    person!(residence_city, "residence_city", Line, TEXT_CHARS),
    person!(self_pr, "self_pr", Line, SELF_PR_CHARS),
    person!(support_summary, "support_summary", Lines, TEXT_CHARS),
    person!(qualifications_other, "qualifications_other", Line, TEXT_CHARS),
    person!(industries_other, "industries_other", Line, TEXT_CHARS),
    person!(organisations_other, "organisations_other", Line, TEXT_CHARS),
    person!(formats_other, "formats_other", Line, TEXT_CHARS),
    terms!(residence, Code, kit_vocabulary::prefectures),
    terms!(affiliation, Code, kit_vocabulary::affiliations),
    terms!(registration_year, Year),
    terms!(qualifications, Codes, kit_vocabulary::qualifications, NoneCode::Unknown),
    terms!(experience, Code, kit_vocabulary::experience),
    terms!(support_experience, YesNo),
    terms!(support_cases, Count, 100_000),
    terms!(support_years, Count, 80),
    terms!(industries, Codes, kit_vocabulary::expert_industries, NoneCode::Kept),
    terms!(organisations, Codes, kit_vocabulary::bodies, NoneCode::Kept),
    terms!(company_sizes, Codes, kit_vocabulary::company_sizes, NoneCode::Unknown),
    terms!(prefectures, Codes, kit_vocabulary::prefectures, NoneCode::Unknown),
    terms!(formats, Codes, kit_vocabulary::formats, NoneCode::Unknown),
    terms!(themes, Codes, kit_vocabulary::themes, NoneCode::Kept),
    terms!(fee_per_visit, Code, kit_vocabulary::fees),
    terms!(durations, Codes, kit_vocabulary::durations, NoneCode::Unknown),
    Field { path: EMPLOYER_PATH, question: "", shape: Shape::Flag(|terms| &mut terms.employer_sells_consulting) },
];

/// The fields that a mask names, each once; a fault at `update_mask.paths[i]` for every path that is none.
///
/// # Errors
/// Every fault; one at `update_mask` when the mask is empty.
pub fn masked(paths: &[String]) -> Result<Vec<&'static Field>, Vec<Fault>> {
    let mut faults = Vec::new();
    if paths.is_empty() {
        faults.push(Fault::new("update_mask", Reason::Required));
    }
    for (at, path) in paths.iter().enumerate() {
        let reason = match path.as_str() {
            NUMBER_PATH => Reason::Immutable,
            known if FIELDS.iter().any(|field| field.path == known) => continue,
            _ => Reason::UnknownPath,
        };
        faults.push(Fault::new(format!("update_mask.paths[{at}]"), reason));
    }
    let named = |field: &&Field| paths.iter().any(|path| path == field.path);
    if faults.is_empty() { Ok(FIELDS.iter().filter(named).collect()) } else { Err(faults) }
}

/// What stands in a profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Who it is.
    pub person: ExpertPerson,
    /// What is offered.
    pub terms: ExpertTerms,
}

impl Profile {
    /// Puts the fields into their normal form and notes every fault, with paths below `expert.`.
    pub fn check(&mut self, check: &mut Check, fields: &[&'static Field]) {
        for field in fields {
            field.check(check, self);
        }
    }

    /// Takes the fields over from another profile; the others stay.
    pub fn take(&mut self, from: &Self, fields: &[&'static Field]) {
        let mut from = from.clone();
        for field in fields {
            field.copy(&mut from, self);
        }
    }
}

impl Field {
    fn check(&self, check: &mut Check, profile: &mut Profile) {
        let path = format!("expert.{}", self.path);
        match self.shape {
            Shape::Text(of, form, max) => {
                let text = of(&mut profile.person);
                *text = check.formed(&path, text, form, max);
                check.needed(&path, text.is_empty() && self.question == "name");
            }
            Shape::Code(of, list) => {
                check.code(&path, list(), of(&mut profile.terms), false);
            }
            Shape::Codes(of, list, none) => {
                let codes = of(&mut profile.terms);
                check_codes(check, &path, codes, list(), none);
                in_order(codes, list());
            }
            Shape::Year(of) => {
                let year = *of(&mut profile.terms);
                if year != 0 {
                    check.between(&path, year.into(), (YEARS.0.into(), YEARS.1.into()));
                }
            }
            Shape::Count(of, most) => check.count(&path, *of(&mut profile.terms), most),
            Shape::YesNo(_) | Shape::Flag(_) => {}
        }
    }

    fn copy(&self, from: &mut Profile, to: &mut Profile) {
        match self.shape {
            Shape::Text(of, ..) => of(&mut to.person).clone_from(of(&mut from.person)),
            Shape::Code(of, _) => of(&mut to.terms).clone_from(of(&mut from.terms)),
            Shape::Codes(of, ..) => of(&mut to.terms).clone_from(of(&mut from.terms)),
            Shape::Year(of) => *of(&mut to.terms) = *of(&mut from.terms),
            Shape::Count(of, _) => *of(&mut to.terms) = *of(&mut from.terms),
            Shape::YesNo(of) => *of(&mut to.terms) = *of(&mut from.terms),
            Shape::Flag(of) => *of(&mut to.terms) = *of(&mut from.terms),
        }
    }
}

fn check_codes(check: &mut Check, path: &str, codes: &[String], list: &List, none: NoneCode) {
    for (at, code) in codes.iter().enumerate() {
        let lonely = code == NONE || code == super::listing::CANNOT_SUPPORT;
        let reason = if list.get(code).is_none() && !(none == NoneCode::Kept && code == NONE) {
            Reason::UnknownCode
        } else if codes[..at].contains(code) {
            Reason::RepeatedCode
        } else if lonely && codes.iter().any(|other| other != code) {
            Reason::Exclusive
        } else {
            continue;
        };
        check.fault(&format!("{path}[{at}]"), reason);
    }
}

/// In the order of their list, whatever the order in which they were ticked; what the list does not know comes last.
pub(super) fn in_order(codes: &mut [String], list: &List) {
    codes.sort_by_key(|code| list.position(code).unwrap_or(usize::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<&'static Field> {
        FIELDS.iter().collect()
    }

    fn profile() -> Profile {
        let person = ExpertPerson { full_name: "見本 一郎".to_owned(), ..Default::default() };
        Profile { person, terms: ExpertTerms::default() }
    }

    fn found(mut profile: Profile) -> Vec<(String, Reason)> {
        let mut check = Check::default();
        profile.check(&mut check, &all());
        check.0.faults.into_iter().map(|fault| (fault.field, fault.reason)).collect()
    }

    #[test]
    fn every_field_of_the_contract_but_the_number_is_in_the_table() {
        // What prints as a field of the message has a line in the table.
        let printed = |text: String| text.matches(": ").count();
        let lines = |prefix: &str| FIELDS.iter().filter(|field| field.path.starts_with(prefix)).count();
        assert_eq!(printed(format!("{:?}", ExpertPerson::default())), lines("person.") + 1);
        assert_eq!(printed(format!("{:?}", ExpertTerms::default())), lines("terms."));
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_place() {
        let mut bad = profile();
        bad.person.full_name.clear();
        bad.person.self_pr = "あ".repeat(51);
        bad.person.email = "nowhere".to_owned();
        bad.terms.residence = "48".to_owned();
        bad.terms.formats = vec!["onsite".to_owned(), "by_mail".to_owned(), "onsite".to_owned()];
        bad.terms.industries = vec!["none".to_owned(), "power".to_owned()];
        bad.terms.company_sizes = vec!["none".to_owned()];
        bad.terms.durations = vec!["spot".to_owned(), "cannot_support".to_owned()];
        bad.terms.registration_year = 1999;
        bad.terms.support_cases = Some(-1);
        let expected = [
            ("person.full_name", Reason::Required),
            ("person.email", Reason::BadEmail),
            ("person.self_pr", Reason::TooLong),
            ("terms.residence", Reason::UnknownCode),
            ("terms.registration_year", Reason::OutOfRange),
            ("terms.support_cases", Reason::OutOfRange),
            ("terms.industries[0]", Reason::Exclusive),
            ("terms.company_sizes[0]", Reason::UnknownCode),
            ("terms.formats[1]", Reason::UnknownCode),
            ("terms.formats[2]", Reason::RepeatedCode),
            ("terms.durations[1]", Reason::Exclusive),
        ];
        assert_eq!(found(bad), expected.map(|(path, reason)| (format!("expert.{path}"), reason)));
    }

    #[test]
    fn none_alone_is_an_answer_where_the_form_offers_it_to_searchers() {
        let mut good = profile();
        for codes in [&mut good.terms.industries, &mut good.terms.organisations, &mut good.terms.themes] {
            *codes = vec!["none".to_owned()];
        }
        good.terms.durations = vec!["cannot_support".to_owned()];
        assert_eq!(found(good), []);
    }

    #[test]
    fn a_mask_names_fields_and_every_path_that_is_none_is_told() {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        let fields = masked(&paths(&["terms.themes", "person.email", "terms.themes"])).unwrap();
        assert_eq!(fields.iter().map(|field| field.path).collect::<Vec<_>>(), ["person.email", "terms.themes"]);
        let faults =
            masked(&paths(&["terms", "terms.themes", "person.registration_number", "state", "*"])).unwrap_err();
        let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.reason)).collect();
        let at = ["update_mask.paths[0]", "update_mask.paths[2]", "update_mask.paths[3]", "update_mask.paths[4]"];
        let reasons = [Reason::UnknownPath, Reason::Immutable, Reason::UnknownPath, Reason::UnknownPath];
        assert_eq!(told, at.into_iter().zip(reasons).collect::<Vec<_>>());
        assert_eq!(masked(&[]).unwrap_err()[0].field, "update_mask");
    }

    #[test]
    fn only_the_named_fields_are_taken_over_and_codes_stand_in_the_order_of_their_list() {
        let mut stands = profile();
        stands.terms.themes = vec!["T1".to_owned()];
        let mut given = profile();
        given.person.full_name = "別の名".to_owned();
        given.terms.formats = vec!["incident".to_owned(), "onsite".to_owned()];
        let fields = masked(&["terms.formats".to_owned(), "terms.themes".to_owned()]).unwrap();
        let mut check = Check::default();
        given.check(&mut check, &fields);
        assert_eq!(check.done(), Ok(()));
        stands.take(&given, &fields);
        assert_eq!(stands.person.full_name, "見本 一郎");
        assert_eq!(stands.terms.formats, ["onsite", "incident"]);
        assert!(stands.terms.themes.is_empty());
    }
}
