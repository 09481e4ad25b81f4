//! The reference: every person is held against every query, in plain words.

use std::cmp::Reverse;

use kit_vocabulary as lists;
use search::domain::Mark;
use search::domain::order::rotation;

use super::asked::{Answer, Asked, COUNTED, PAGE};
use super::known::Known;

/// Where somebody stands: mark, points, the day's turn, the id; a lesser one comes first.
type Place = (Reverse<Mark>, Reverse<u8>, u64, String, u64);

/// Answers being counted together.
pub(super) struct Naive<'a> {
    asked: &'a [Asked],
    found: Vec<(Answer, Vec<Place>)>,
}

impl<'a> Naive<'a> {
    /// Of nobody yet.
    pub(super) fn new(asked: &'a [Asked]) -> Self {
        let counts = COUNTED.map(|facet| vec![0; facet.list().codes().len()]);
        let none = Answer { counts, ..Answer::default() };
        Self { asked, found: vec![(none, Vec::new()); asked.len()] }
    }

    /// Counts a person in.
    pub(super) fn see(&mut self, known: &Known) {
        let texts = known.normalised();
        for (asked, found) in self.asked.iter().zip(&mut self.found) {
            see(known, &texts, asked, found);
        }
    }

    /// The answers.
    pub(super) fn answers(self) -> Vec<Answer> {
        let first = |places: Vec<Place>| places.into_iter().map(|(.., n)| n).collect();
        self.found.into_iter().map(|(answer, places)| Answer { first: first(places), ..answer }).collect()
    }
}

fn see(known: &Known, texts: &[String], asked: &Asked, (answer, places): &mut (Answer, Vec<Place>)) {
    let entry = &known.entry;
    let mark = entry.rating.menu_marks[asked.menu];
    let duration = |wanted: &usize| entry.durations.contains(&lists::durations().codes()[*wanted].code);
    let said = |phrase: &String| texts.iter().any(|text| text.contains(phrase.as_str()));
    let in_question = mark != Mark::None
        && (asked.durations.is_empty() || asked.durations.iter().any(duration))
        && asked.phrase.as_ref().is_none_or(said);
    if !in_question {
        return;
    }
    let codes = [&entry.prefectures[..], &entry.industries, entry.fee.as_slice(), &entry.formats];
    let meets: [bool; 4] = std::array::from_fn(|at| {
        let list = COUNTED[at].list();
        let has = |wanted: &usize| codes[at].contains(&list.codes()[*wanted].code);
        asked.counted[at].is_empty() || asked.counted[at].iter().any(has)
    });
    for (at, facet) in COUNTED.into_iter().enumerate() {
        let all_others = (0..COUNTED.len()).all(|other| other == at || meets[other]);
        if all_others {
            let values = codes[at].iter().filter_map(|code| facet.list().position(code));
            values.for_each(|value| answer.counts[at][value] += 1);
        }
    }
    if meets == [true; 4] {
        answer.total += 1;
        let points = entry.rating.menu_points[asked.menu];
        let turn = rotation(asked.seed, known.id_hash());
        let place = (Reverse(mark), Reverse(points), turn, entry.id.clone(), known.n);
        let at = places.partition_point(|other| *other < place);
        if at < PAGE {
            places.insert(at, place);
            places.truncate(PAGE);
        }
    }
}
