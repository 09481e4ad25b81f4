//! Experts who are one person under several names: what was done under any of them is one expert's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contract::registry::v1::ExpertMerged;

use super::codes::Dictionary;

/// What the register told of merges, in the order of its log.
#[derive(Clone, Debug, Default)]
pub struct Merges(Vec<(u32, ExpertMerged)>);

/// Experts as numbers, those that are one person under one number.
#[derive(Clone, Debug)]
pub struct Persons {
    /// By number in the dictionary: the number under which the person is counted.
    counted: Vec<u32>,
    /// Who is counted under a number that stands for several.
    named: HashMap<u32, String>,
}

impl Merges {
    /// Takes what was told at this place. What was set aside may come late.
    pub fn take(&mut self, position: u32, merged: ExpertMerged) {
        let at = self.0.partition_point(|(known, _)| *known <= position);
        self.0.insert(at, (position, merged));
    }

    /// The experts of a dictionary of ids, as persons, by what was told up to this place; none when nobody is merged.
    pub fn persons(&self, position: u32, experts: &Dictionary) -> Option<Persons> {
        let mut pointers: BTreeMap<&str, &str> = BTreeMap::new();
        for (_, told) in self.0.iter().take_while(|(at, _)| *at <= position) {
            let into = told.merged_into.strip_prefix("experts/").unwrap_or(&told.merged_into);
            match into.is_empty() {
                true => pointers.remove(told.expert_id.as_str()),
                false => pointers.insert(&told.expert_id, into),
            };
        }
        if pointers.is_empty() {
            return None;
        }
        // No way is longer than there are merges, also where the register were to tell of a circle.
        let person = |id| {
            let way = std::iter::successors(Some(id), |at| pointers.get(at).copied());
            way.take(pointers.len() + 1).last().unwrap_or(id)
        };
        let mut together: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for id in pointers.keys().flat_map(|id| [*id, person(id)]) {
            together.entry(person(id)).or_default().extend(experts.find(id));
        }
        let (mut counted, mut named): (Vec<u32>, _) = ((0..experts.len() as u32).collect(), HashMap::new());
        for (id, numbers) in together {
            // Who appeared first stands for all: that does not depend on what is heard of later.
            let Some(first) = numbers.iter().copied().min_by_key(|number| experts.appeared(*number)) else { continue };
            numbers.into_iter().for_each(|number| counted[number as usize] = first);
            named.insert(first, id.to_owned());
        }
        Some(Persons { counted, named })
    }
}

impl Persons {
    /// The number under which an expert is counted.
    pub fn counted(&self, number: usize) -> usize {
        self.counted.get(number).map_or(number, |counted| *counted as usize)
    }

    /// The id of the person who is counted under a number that stands for several.
    pub fn name(&self, number: u32) -> Option<&str> {
        self.named.get(&number).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(expert_id: &str, merged_into: &str) -> ExpertMerged {
        ExpertMerged { expert_id: expert_id.to_owned(), merged_into: merged_into.to_owned() }
    }

    #[test]
    fn who_is_one_person_is_counted_once_as_of_each_place() {
        let experts = Dictionary::of(&["", "a", "b", "c"]);
        let mut merges = Merges::default();
        merges.take(7, merge("b", ""));
        merges.take(3, merge("a", "experts/b"));
        merges.take(5, merge("b", "experts/x"));
        let persons = |position| {
            let persons = merges.persons(position, &experts)?;
            let one = |number: usize| (persons.counted(number), persons.name(persons.counted(number) as u32));
            Some([0, 1, 2, 3].map(one).map(|(number, name)| (number, name.unwrap_or_default().to_owned())))
        };
        let both = |name: &str| Some([(0, ""), (1, name), (1, name), (3, "")].map(|(at, id)| (at, id.to_owned())));
        assert_eq!(persons(2), None);
        assert_eq!(persons(3), both("b"));
        assert_eq!(persons(6), both("x"), "whom nothing is counted for");
        assert_eq!(persons(7), both("b"), "parted");
    }
}
