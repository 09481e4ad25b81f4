//! Answers to forms, without their texts: for each set of answers a run of small numbers, one for each choice taken.

use contract::survey::v1::Answer;
use contract::survey::v1::answer::Value;

use super::codes::Dictionary;

/// Between a question and an answer in the dictionary of both.
const BETWEEN: char = '\u{1f}';

/// All answers. A number is an answer as its digits: the numbers people give are few.
#[derive(Clone, Debug, Default)]
pub struct Answering {
    /// Question and answer as one text.
    answers: Dictionary,
    questions: Dictionary,
    /// The question of each answer.
    question_of: Vec<u32>,
    /// Every set of answers after the other.
    taken: Vec<u32>,
    spelling: String,
}

impl Answering {
    /// Keeps a set of answers; where it begins and how many it has. Answers to one question stand side by side.
    pub(super) fn keep(&mut self, position: u32, answers: &[Answer]) -> (usize, usize) {
        let begin = self.taken.len();
        for answer in answers {
            match &answer.value {
                Some(Value::Choice(code)) => self.take(position, &answer.question, code),
                Some(Value::Choices(several)) => {
                    for code in &several.codes {
                        self.take(position, &answer.question, code);
                    }
                }
                Some(Value::Number(number)) => self.take(position, &answer.question, &number.to_string()),
                Some(Value::Text(_)) | None => {}
            }
        }
        (begin, self.taken.len() - begin)
    }

    fn take(&mut self, position: u32, question: &str, answer: &str) {
        self.spelling.clear();
        self.spelling.push_str(question);
        self.spelling.push(BETWEEN);
        self.spelling.push_str(answer);
        let number = self.answers.number(&self.spelling, position);
        let question = self.questions.number(question, position);
        if self.question_of.len() <= number as usize {
            self.question_of.push(question);
        }
        self.taken.push(number);
    }

    /// A set of answers.
    pub fn taken(&self, begin: i64, count: i64) -> &[u32] {
        &self.taken[begin as usize..(begin + count) as usize]
    }

    /// The number of this answer to this question, if anybody ever gave it.
    pub fn find(&self, question: &str, answer: &str) -> Option<u32> {
        self.answers.find(&format!("{question}{BETWEEN}{answer}"))
    }

    /// How many different answers there are, and questions.
    pub fn len(&self) -> (usize, usize) {
        (self.answers.len(), self.questions.len())
    }

    /// The question of an answer.
    pub fn question_of(&self, answer: u32) -> u32 {
        self.question_of[answer as usize]
    }

    /// The questions.
    pub const fn questions(&self) -> &Dictionary {
        &self.questions
    }

    /// An answer's own text.
    pub fn answer(&self, number: u32) -> &str {
        self.answers.text(number).split_once(BETWEEN).map_or("", |(_, answer)| answer)
    }

    /// Where an answer first appeared.
    pub fn appeared(&self, number: u32) -> (u32, u32) {
        self.answers.appeared(number)
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        let codes = self.answers.bytes() + self.questions.bytes();
        codes + 4 * (self.question_of.capacity() + self.taken.capacity())
    }
}
