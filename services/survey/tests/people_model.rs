//! Random submissions, disputes, decisions, merges and splits: what counts for each number is what a naive model says, the
//! log read from its beginning says the same, and what is refused stores nothing.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::collections::{BTreeMap, BTreeSet};

use contract::survey::v1::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::{Message as _, Name as _};
use stage::{Changed as _, Kind, Stage, operator, response, text};
use tonic::Status;

/// What somebody does. Indexes are taken modulo what there is.
#[derive(Clone, Debug)]
enum Deed {
    Submit { number: usize, who: usize, day: usize },
    Decide { dispute: usize, how: usize, number: usize },
    Merge(usize, usize),
    Apart(usize, usize),
    Split { person: usize, mask: u8, number: usize },
}

const NUMBERS: usize = 4;
const PEOPLE: usize = 3;

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (0..NUMBERS, 0..PEOPLE, 1..6usize).prop_map(|(number, who, day)| Deed::Submit { number, who, day }),
        4 => (any::<u8>(), 0..4usize, 0..NUMBERS + 1)
            .prop_map(|(dispute, how, number)| Deed::Decide { dispute: dispute.into(), how, number }),
        3 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Deed::Merge(a.into(), b.into())),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Deed::Apart(a.into(), b.into())),
        3 => (any::<u8>(), any::<u8>(), 0..NUMBERS + 1)
            .prop_map(|(person, mask, number)| Deed::Split { person: person.into(), mask, number }),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Counted,
    Waiting,
    Kept,
}

#[derive(Clone, Debug)]
struct Handed {
    name: String,
    day: usize,
    /// Whose it is, before merges are followed.
    home: usize,
    stand: Stand,
}

#[derive(Clone, Debug)]
struct Somebody {
    id: String,
    number: Option<usize>,
    merged_into: Option<usize>,
}

/// The rules once more, over lists.
#[derive(Default)]
struct Model {
    people: Vec<Somebody>,
    /// In order of arrival.
    handed: Vec<Handed>,
}

impl Model {
    fn of_number(&self, number: usize) -> Option<usize> {
        self.people.iter().position(|person| person.number == Some(number))
    }

    fn root(&self, person: usize) -> usize {
        self.people[person].merged_into.map_or(person, |into| self.root(into))
    }

    fn leads(&self, from: usize, to: usize) -> bool {
        from == to || self.people[from].merged_into.is_some_and(|into| self.leads(into, to))
    }

    fn counted(&self, person: usize) -> Vec<usize> {
        let of = |at: &usize| {
            let handed = &self.handed[*at];
            handed.stand == Stand::Counted && self.root(handed.home) == person
        };
        (0..self.handed.len()).filter(of).collect()
    }

    fn counting(&self, person: usize) -> Option<&Handed> {
        let latest = self.counted(person).into_iter().max_by_key(|at| (self.handed[*at].day, *at));
        latest.map(|at| &self.handed[at])
    }

    fn live(&self) -> impl Iterator<Item = usize> {
        let live = |person: &usize| self.people[*person].number.is_some() && self.people[*person].merged_into.is_none();
        (0..self.people.len()).filter(live)
    }

    /// Whoever has a number, and a newcomer where nobody has it.
    fn enter(&mut self, number: usize, id: &str) -> usize {
        self.of_number(number).unwrap_or_else(|| {
            self.people.push(Somebody { id: id.to_owned(), number: Some(number), merged_into: None });
            self.people.len() - 1
        })
    }

    fn split_refused(&self, person: usize, going: &[usize], number: usize) -> bool {
        let there = self.of_number(number).is_some_and(|there| self.root(there) == person);
        let nothing_left = self.people[person].number.is_some() && going.len() == self.counted(person).len();
        self.people[person].merged_into.is_some() || going.is_empty() || nothing_left || there
    }

    /// The one who would be parted, and whether that can be.
    fn part_refused(&self, goes: usize) -> bool {
        let (going, staying): (Vec<_>, Vec<_>) =
            self.counted(self.root(goes)).into_iter().partition(|at| self.leads(self.handed[*at].home, goes));
        staying.is_empty() || (self.people[goes].number.is_some() && going.is_empty())
    }
}

fn spelled(number: usize) -> String {
    format!("{}", 500 + number)
}

fn name_of(person: &Somebody) -> String {
    format!("people/{}", person.id)
}

struct World {
    stage: Stage,
    model: Model,
}

impl World {
    async fn act(&mut self, deed: &Deed) {
        let before = (self.stage.log().await.len(), self.stage.counts().await);
        let refused = match deed {
            Deed::Submit { number, who, day } => self.submit(*number, *who, *day).await,
            Deed::Decide { dispute, how, number } => self.decide(*dispute, *how, *number).await,
            Deed::Merge(a, b) => self.merge(*a, *b).await,
            Deed::Apart(a, b) => self.apart(*a, *b).await,
            Deed::Split { person, mask, number } => self.split(*person, *mask, *number).await,
        };
        if refused {
            assert_eq!((self.stage.log().await.len(), self.stage.counts().await), before, "{deed:?} stored something");
        }
        self.agrees().await;
    }

    async fn submit(&mut self, number: usize, who: usize, day: usize) -> bool {
        let order = self.model.handed.len();
        let response = response(&spelled(number))
            .with("name", text(&format!("第{who} 太郎")))
            .with("name_kana", text(&format!("ダイ{who} タロウ")))
            .with("email", text(&format!("who-{who}@example.jp")))
            // No two are the same submission.
            .with("organisation", text(&format!("事務所{order}")))
            .skilled(i64::try_from(order % 4).unwrap())
            .at(&format!("2025-01-{day:02}T10:00:00+09:00"));
        match self.stage.submit(&operator(), response).await {
            Ok(answer) => {
                let stored = answer.response.unwrap();
                let home = self.model.enter(number, &stored.respondent_id);
                assert_eq!(stored.respondent_id, self.model.people[self.model.root(home)].id);
                self.model.handed.push(Handed { name: stored.name, day, home, stand: Stand::Counted });
            }
            Err(status) => {
                use tonic_types::StatusExt as _;
                let name = status.get_details_error_info().unwrap().metadata["response"].clone();
                let home = self.model.of_number(number).expect("nobody disputes a number that nobody has");
                self.model.handed.push(Handed { name, day, home, stand: Stand::Waiting });
            }
        }
        false
    }

    async fn decide(&mut self, dispute: usize, how: usize, number: usize) -> bool {
        let waiting: Vec<usize> =
            (0..self.model.handed.len()).filter(|at| self.model.handed[*at].stand == Stand::Waiting).collect();
        if waiting.is_empty() {
            return false;
        }
        let at = waiting[dispute % waiting.len()];
        let home = self.model.handed[at].home;
        let (decision, refused) = match how {
            0 => (DisputeDecision::Keep, false),
            1 => (DisputeDecision::SamePerson, false),
            2 => {
                let others = (0..self.model.people.len()).any(|p| p != home && self.model.leads(p, home));
                (DisputeDecision::TakeOver, others)
            }
            _ => {
                let there = self.model.of_number(number).map(|there| self.model.root(there));
                let same = self.model.people[home].number == Some(number);
                (DisputeDecision::OtherNumber, same || there == Some(self.model.root(home)))
            }
        };
        let other_number = decision == DisputeDecision::OtherNumber;
        let answer = self.stage.decide(DecideDisputeRequest {
            name: self.model.handed[at].name.replace("responses", "disputes"),
            decision: decision.into(),
            registration_number: if other_number { spelled(number) } else { String::new() },
            reason: "模型".to_owned(),
            ..Default::default()
        });
        let answer = answer.await;
        assert_eq!(answer.is_err(), refused, "{decision:?}: {answer:?}");
        let Ok(answer) = answer else { return true };
        let other = answer.dispute.unwrap().decided.unwrap().other.replace("people/", "");
        match decision {
            DisputeDecision::Keep => self.model.handed[at].stand = Stand::Kept,
            DisputeDecision::TakeOver => {
                let lost = self.model.people[home].number.take().unwrap();
                let new = self.model.enter(lost, &other);
                let waits = |handed: &&mut Handed| handed.home == home && handed.stand == Stand::Waiting;
                self.model.handed.iter_mut().filter(waits).for_each(|handed| handed.home = new);
                self.model.handed[at].stand = Stand::Counted;
            }
            DisputeDecision::OtherNumber => {
                let home = self.model.enter(number, &other);
                (self.model.handed[at].home, self.model.handed[at].stand) = (home, Stand::Counted);
            }
            _ => self.model.handed[at].stand = Stand::Counted,
        }
        false
    }

    fn two(&self, a: usize, b: usize) -> Option<[usize; 2]> {
        let people = self.model.people.len();
        (people > 0).then(|| [a % people, b % people])
    }

    async fn merge(&mut self, a: usize, b: usize) -> bool {
        let Some([a, b]) = self.two(a, b) else { return false };
        let people = &self.model.people;
        let merged = people[a].merged_into.is_some() || people[b].merged_into.is_some();
        let refused = a == b || merged || people[b].number.is_none();
        let answer = self.stage.merge(&name_of(&people[a]), &name_of(&people[b])).await;
        assert_eq!(answer.is_err(), refused, "{answer:?}");
        if !refused {
            self.model.people[a].merged_into = Some(b);
        }
        refused
    }

    async fn apart(&mut self, a: usize, b: usize) -> bool {
        let Some([a, b]) = self.two(a, b) else { return false };
        let (a_goes, b_goes) = (self.model.leads(a, b), self.model.leads(b, a));
        let goes = if a_goes { a } else { b };
        let refused = match a_goes || b_goes {
            _ if a == b => true,
            true => self.model.part_refused(goes),
            false => self.model.root(a) == self.model.root(b),
        };
        let answer = self.stage.apart(&name_of(&self.model.people[a]), &name_of(&self.model.people[b])).await;
        assert_eq!(answer.is_err(), refused, "{answer:?}");
        if !refused && (a_goes || b_goes) {
            self.model.people[goes].merged_into = None;
        }
        refused
    }

    async fn split(&mut self, person: usize, mask: u8, number: usize) -> bool {
        let Some([person, _]) = self.two(person, 0) else { return false };
        let own = self.model.counted(person);
        let going: Vec<usize> =
            own.iter().enumerate().filter(|(bit, _)| mask >> (bit % 8) & 1 == 1).map(|(_, at)| *at).collect();
        let refused = self.model.split_refused(person, &going, number);
        let names: Vec<&str> = going.iter().map(|at| self.model.handed[*at].name.as_str()).collect();
        let name = name_of(&self.model.people[person]);
        let answer: Result<SplitPersonResponse, Status> = self.stage.split(&name, &names, &spelled(number)).await;
        assert_eq!(answer.is_err(), refused, "{answer:?}");
        let Ok(answer) = answer else { return true };
        let home = self.model.enter(number, &answer.other.unwrap().respondent_id);
        for at in going {
            self.model.handed[at].home = home;
        }
        false
    }

    /// What counts for each number, and the statistics.
    async fn agrees(&self) {
        for number in 0..=NUMBERS {
            let rating = self.stage.rating(&operator(), &spelled(number)).await.ok();
            let person = self.model.of_number(number).map(|person| self.model.root(person));
            let wanted = person.and_then(|person| {
                Some((self.model.people[person].id.clone(), self.model.counting(person)?.name.clone()))
            });
            assert_eq!(rating.map(|rating| (rating.respondent_id, rating.response)), wanted, "of {number}");
        }
        let count = |count: usize| i64::try_from(count).unwrap();
        let received: usize = self.model.live().map(|person| self.model.counted(person).len()).sum();
        let people = self.model.live().count();
        let waiting = self.model.handed.iter().filter(|handed| handed.stand == Stand::Waiting).count();
        let counts = [count(received), count(people), count(received - people), count(waiting), 0];
        assert_eq!(self.stage.counts().await, counts);
    }

    /// The log, read from its beginning, says who there is and what counts.
    async fn log_agrees(&self) {
        let mut gone = BTreeSet::new();
        let (mut responses, mut ratings) = (BTreeMap::new(), BTreeMap::new());
        for event in self.stage.log().await {
            let body = event.clear.as_ref();
            if event.r#type == ResponseReceived::full_name() {
                let told = ResponseReceived::decode(body).unwrap();
                responses.insert(told.respondent_id.clone(), (told.response, told.submissions));
            } else if event.r#type == RatingChanged::full_name() {
                let rating = RatingChanged::decode(body).unwrap().rating.unwrap();
                ratings.insert(rating.respondent_id.clone(), rating.response);
            } else if event.r#type == PersonMerged::full_name() {
                let told = PersonMerged::decode(body).unwrap();
                match told.merged_into.is_empty() {
                    true => drop(gone.remove(&told.respondent_id)),
                    false => drop(gone.insert(told.respondent_id)),
                }
            } else if event.r#type == DisputeDecided::full_name() {
                let told = DisputeDecided::decode(body).unwrap();
                if told.decision() == DisputeDecision::TakeOver {
                    responses.remove(&told.respondent_id);
                    ratings.remove(&told.respondent_id);
                }
            }
        }
        let shown: BTreeMap<_, _> = responses.into_iter().filter(|(id, _)| !gone.contains(id)).collect();
        let wanted = self.model.live().map(|person| {
            let counting = self.model.counting(person).unwrap().name.clone();
            (self.model.people[person].id.clone(), (counting, i64::try_from(self.model.counted(person).len()).unwrap()))
        });
        let wanted: BTreeMap<_, _> = wanted.collect();
        assert_eq!(shown, wanted);
        for (id, (response, _)) in wanted {
            assert_eq!(ratings[&id], response, "the rating is of the response that counts");
        }
    }
}

async fn lived(kind: Kind, deeds: Vec<Deed>) {
    stage::on(kind, |world| async move {
        let mut world = World { stage: world.stage().await, model: Model::default() };
        for deed in &deeds {
            world.act(deed).await;
        }
        world.log_agrees().await;
        world.stage.close().await;
    })
    .await;
}

fn cases(usual: u32) -> u32 {
    if std::env::var("ACTIVELIST_CAMPAIGN").as_deref() == Ok("1") { 40 * usual } else { usual }
}

fn lives(kind: fn() -> Kind, usual: u32) {
    let config = Config { cases: cases(usual), failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let deeds = proptest::collection::vec(deed(), 5..40);
    let lived = |deeds| {
        runtime.block_on(lived(kind(), deeds));
        Ok(())
    };
    TestRunner::new(config).run(&deeds, lived).unwrap();
}

#[test]
fn what_counts_is_what_the_model_says_on_sqlite() {
    lives(|| Kind::Sqlite, 12);
}

#[test]
fn what_counts_is_what_the_model_says_on_postgres() {
    lives(|| Kind::Postgres, 4);
}
