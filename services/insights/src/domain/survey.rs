//! What the survey tells, as facts.

use contract::survey::v1::answer::Value;
use contract::survey::v1::{Answer, AreaRating, Form, Mark, MenuRating, Rating, ResponseReceived};

use super::engagement::{known, moment, row};
use super::facts::Row;
use super::held::Held;
use super::schema::{Dim, TableId};

/// Something that the survey told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A person's counting response.
    Response(Box<ResponseReceived>),
    /// A person's rating in force, and the one by the policy that is on its way.
    Rating(Box<Rating>, Option<Box<Rating>>),
    /// Another policy is in force for everybody.
    InForce(String),
    /// A version of a form.
    Form(Box<Form>),
    /// This person is counted no more: the answers are another one's now, or nobody's. What is told of the person later
    /// counts again.
    Gone(String),
    /// Nothing that is counted.
    Nothing,
}

/// What is remembered of a person between a rating and a response.
#[derive(Clone, Debug, Default)]
pub(super) struct Respondent {
    /// Area and capability.
    classes: Vec<(u32, u32)>,
    /// By the policy that is on its way.
    next: Option<Box<Next>>,
    /// Where the person lives, and when the response was handed in; none before the first response.
    answered: Option<(u32, i64)>,
}

/// What a person's rating will be once its policy is in force.
#[derive(Clone, Debug)]
struct Next {
    policy: String,
    /// Area and capability.
    classes: Vec<(u32, u32)>,
    /// Menu and mark.
    marks: Vec<(u32, u32)>,
}

impl Held {
    /// Takes what the survey told at this place and time (microseconds).
    pub fn take_survey(&mut self, position: u32, time: i64, told: Told) {
        match told {
            Told::Response(response) => self.response(position, time, &response),
            Told::Rating(rating, next) => self.rating(position, &rating, next.as_deref()),
            Told::InForce(policy) => self.in_force(position, &policy),
            Told::Form(form) => self.publish(position, *form),
            Told::Gone(respondent) => self.gone(position, &respondent),
            Told::Nothing => {}
        }
    }

    fn response(&mut self, position: u32, time: i64, response: &ResponseReceived) {
        let person = self.code(Dim::Respondent, &response.respondent_id, position);
        let time = moment(response.submit_time).unwrap_or(time);
        let form = self.code(Dim::Form, response.form.strip_prefix("forms/").unwrap_or(&response.form), position);
        let residence = self.code(Dim::Region, choice(&response.answers, "residence"), position);
        let affiliation = self.code(Dim::Affiliation, choice(&response.answers, "affiliation"), position);
        let (begin, count) = self.answering.keep(position, &response.answers);
        let answered = row(&[form, residence, affiliation], time);
        let answered = Row { numbers: [begin as i64, count as i64], ..answered };
        self.put(TableId::SkillRespondents, person, position, &[answered]);
        let mut of = self.people.remove(&person).unwrap_or_default();
        of.answered = Some((residence, time));
        if of.classes.is_empty() {
            let not_yet = known(Dim::Capability, 2);
            let areas = kit_vocabulary::skill_areas().codes().iter();
            of.classes = areas.map(|area| (self.code(Dim::Area, &area.code, position), not_yet)).collect();
        }
        self.capability(position, person, of);
    }

    fn rating(&mut self, position: u32, rating: &Rating, next: Option<&Rating>) {
        let person = self.code(Dim::Respondent, &rating.respondent_id, position);
        let marks = self.marks(position, rating);
        self.menu_marks(position, person, &marks);
        let mut of = self.people.remove(&person).unwrap_or_default();
        of.classes = self.classes(position, rating);
        of.next = next.map(|next| {
            let (classes, marks) = (self.classes(position, next), self.marks(position, next));
            Box::new(Next { policy: next.policy.clone(), classes, marks })
        });
        self.capability(position, person, of);
    }

    fn gone(&mut self, position: u32, respondent: &str) {
        let person = self.code(Dim::Respondent, respondent, position);
        for table in [TableId::SkillRespondents, TableId::MenuMarks, TableId::Capability] {
            self.put(table, person, position, &[]);
        }
        self.people.remove(&person);
    }

    /// Everybody's rating changes at this place: a report as of an earlier one still counts by the policy before.
    fn in_force(&mut self, position: u32, policy: &str) {
        let rated = |(person, of): (&u32, &Respondent)| {
            of.next.as_ref().is_some_and(|next| next.policy == policy).then_some(*person)
        };
        let mut people: Vec<u32> = self.people.iter().filter_map(rated).collect();
        people.sort_unstable();
        for person in people {
            let mut of = self.people.remove(&person).unwrap_or_default();
            if let Some(next) = of.next.take() {
                self.menu_marks(position, person, &next.marks);
                of.classes = next.classes;
            }
            self.capability(position, person, of);
        }
    }

    /// Menus and their marks.
    fn marks(&mut self, position: u32, rating: &Rating) -> Vec<(u32, u32)> {
        let one = |menu: &MenuRating| (self.code(Dim::Menu, &menu.menu, position), known(Dim::MenuMark, menu.mark));
        rating.menus.iter().map(one).collect()
    }

    /// Areas and what the person can do in them.
    fn classes(&mut self, position: u32, rating: &Rating) -> Vec<(u32, u32)> {
        let one = |area: &AreaRating| (self.code(Dim::Area, &area.area, position), class_of(area, rating));
        rating.areas.iter().map(one).collect()
    }

    fn menu_marks(&mut self, position: u32, person: u32, marks: &[(u32, u32)]) {
        // The time of a mark is not asked about: one that stays the same goes on.
        let rows: Vec<Row> = marks.iter().map(|(menu, mark)| row(&[*menu, *mark, person], 0)).collect();
        self.put(TableId::MenuMarks, person, position, &rows);
    }

    fn capability(&mut self, position: u32, person: u32, of: Respondent) {
        if let Some((residence, time)) = of.answered {
            let rows = of.classes.iter().map(|(area, class)| row(&[*area, *class, residence], time));
            let rows: Vec<Row> = rows.collect();
            self.put(TableId::Capability, person, position, &rows);
        }
        self.people.insert(person, of);
    }
}

/// Alone where the area is ◎; with support where the mean answer is 1.5 or more; otherwise not yet (fig. 2-95; the report
/// does not state its method, this is the project's).
fn class_of(area: &AreaRating, rating: &Rating) -> u32 {
    let questions: i32 = area.sub_items.iter().map(|sub_item| sub_item.questions).sum();
    if area.mark() == Mark::Strong {
        0
    } else if rating.skills_answered && questions > 0 && 2 * area.points >= 3 * questions {
        1
    } else {
        2
    }
}

fn choice<'a>(answers: &'a [Answer], question: &str) -> &'a str {
    let answer = answers.iter().find(|answer| answer.question == question);
    match answer.and_then(|answer| answer.value.as_ref()) {
        Some(Value::Choice(code)) => code,
        _ => "",
    }
}
