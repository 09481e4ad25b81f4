//! A response to the survey, as the register reads it: answers by question become fields of the profile and consents.

use contract::registry::v1::ConsentPurpose;
use contract::survey::v1::Answer;
use contract::survey::v1::answer::Value;
use kit_clock::Timestamp;

use super::expert::{ConsentSource, Verification};
use super::profile::{FIELDS, Field, NONE, NoneCode, Profile, Shape, in_order};

/// The questions that ask for a consent.
const CONSENTS: [(&str, ConsentPurpose); 3] = [
    ("listing_consent", ConsentPurpose::Listing),
    ("contact_consent", ConsentPurpose::Contact),
    ("passing_on_consent", ConsentPurpose::PassingOn),
];

/// A person's counting response.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The person's id in the survey's events.
    pub respondent_id: String,
    /// `responses/<id>`.
    pub name: String,
    /// When it was handed in.
    pub submit_time: Timestamp,
    /// Who handed it in: a subject.
    pub actor: String,
    /// How it came.
    pub source: ConsentSource,
    /// All skill items are answered.
    pub skills_answered: bool,
    /// What it answers.
    pub answers: Answers,
    /// An operator's word for the registration.
    pub vouching: Option<Verification>,
    /// How many decisions of staff have changed whose responses are whose of this person.
    pub revision: i64,
}

/// What a response says about the profile and the consents; what it leaves open is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// The values of `fields`.
    pub profile: Profile,
    /// The fields that are answered.
    pub fields: Vec<&'static Field>,
    /// The consents that are answered.
    pub consents: Vec<(ConsentPurpose, bool)>,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

/// An answer has another kind of value than its question takes: the two services disagree about the form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer to question {0} has another kind of value")]
pub struct WrongKind(String);

impl Answers {
    /// Reads answers; questions that the register has no use for are passed over, values are taken as the survey checked
    /// them.
    ///
    /// # Errors
    /// [`WrongKind`] at the first answer of the wrong kind.
    pub fn read<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Result<Self, WrongKind> {
        let mut read = Self::default();
        for answer in answers {
            let Some(value) = answer.value.as_ref() else { continue };
            let wrong = || WrongKind(answer.question.clone());
            if let Some((_, purpose)) = CONSENTS.iter().find(|(question, _)| *question == answer.question) {
                read.consents.push((*purpose, yes(value).ok_or_else(wrong)?));
                continue;
            }
            let field = FIELDS.iter().find(|field| !field.question.is_empty() && field.question == answer.question);
            if let Some(field) = field
                && field.set(&mut read.profile, value).ok_or_else(wrong)?
            {
                read.fields.push(field);
            }
        }
        Ok(read)
    }
}

impl Field {
    /// Takes an answer over; `Some(false)` when it says nothing, `None` when it is of another kind.
    fn set(&self, profile: &mut Profile, value: &Value) -> Option<bool> {
        match (&self.shape, value) {
            (Shape::Text(of, ..), Value::Text(text)) => {
                of(&mut profile.person).clone_from(text);
                Some(!text.is_empty())
            }
            (Shape::Code(of, _), Value::Choice(code)) => {
                of(&mut profile.terms).clone_from(code);
                Some(!code.is_empty())
            }
            (Shape::Codes(of, list, none), Value::Choices(choices)) => {
                let codes = of(&mut profile.terms);
                codes.clone_from(&choices.codes);
                if *none == NoneCode::Unknown {
                    codes.retain(|code| code != NONE);
                }
                in_order(codes, list());
                Some(!choices.codes.is_empty())
            }
            (Shape::Year(of), Value::Number(year)) => {
                *of(&mut profile.terms) = i32::try_from(*year).ok()?;
                Some(true)
            }
            (Shape::Count(of, _), Value::Number(count)) => {
                *of(&mut profile.terms) = Some(*count);
                Some(true)
            }
            (Shape::YesNo(of), value) => {
                *of(&mut profile.terms) = Some(yes(value)?);
                Some(true)
            }
            _ => None,
        }
    }
}

fn yes(value: &Value) -> Option<bool> {
    match value {
        Value::Choice(code) if code == "yes" => Some(true),
        Value::Choice(code) if code == "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use contract::survey::v1::Choices;

    use super::*;

    fn answer(question: &str, value: Value) -> Answer {
        Answer { question: question.to_owned(), value: Some(value) }
    }

    fn codes(codes: &[&str]) -> Value {
        Value::Choices(Choices { codes: codes.iter().map(|code| (*code).to_owned()).collect() })
    }

    #[test]
    fn answers_become_fields() {
        let read = Answers::read(&[
            answer("name", Value::Text("見本 花子".to_owned())),
            answer("experience", Value::Choice("ge10y".to_owned())),
            answer("formats", codes(&["incident", "onsite"])),
            answer("industries", codes(&["none"])),
            answer("prefectures", codes(&["none"])),
            answer("support_experience", Value::Choice("no".to_owned())),
            answer("support_cases", Value::Number(0)),
            answer("registration_year", Value::Number(2019)),
            answer("listing_consent", Value::Choice("yes".to_owned())),
            answer("contact_consent", Value::Choice("no".to_owned())),
            answer("S1a1", Value::Number(3)),
            answer("age", Value::Number(50)),
            answer("self_pr", Value::Text(String::new())),
            Answer { question: "homepage".to_owned(), value: None },
        ])
        .unwrap();
        let Profile { person, terms } = &read.profile;
        assert_eq!((person.full_name.as_str(), terms.experience.as_str()), ("見本 花子", "ge10y"));
        assert_eq!(
            (terms.formats.as_slice(), terms.industries.as_slice()),
            (&["onsite".into(), "incident".into()][..], &["none".into()][..])
        );
        assert_eq!(
            (terms.support_experience, terms.support_cases, terms.registration_year),
            (Some(false), Some(0), 2019)
        );
        let answered: Vec<_> = read.fields.iter().map(|field| field.path).collect();
        assert!(answered.contains(&"terms.prefectures"), "none says that no prefecture is served");
        assert!(!answered.contains(&"person.self_pr") && !answered.contains(&"person.homepage"));
        assert_eq!(read.consents, [(ConsentPurpose::Listing, true), (ConsentPurpose::Contact, false)]);
    }

    #[test]
    fn another_kind_of_value_is_told_with_its_question() {
        for (question, value) in [
            ("name", Value::Number(1)),
            ("formats", Value::Choice("onsite".to_owned())),
            ("registration_year", Value::Number(i64::MAX)),
            ("listing_consent", Value::Choice("maybe".to_owned())),
        ] {
            let refused = Answers::read(&[answer(question, value)]);
            assert_eq!(refused, Err(WrongKind(question.to_owned())));
        }
    }
}
