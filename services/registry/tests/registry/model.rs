//! Random histories against an independent re-statement of the listing rule: listed if and only if nothing speaks
//! against it, in the domain alone and through the running service.

use std::collections::BTreeSet;

use contract::registry::v1::*;
use kit_clock::Timestamp;
use kit_log::wire_time;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use registry::domain::profile::{Profile, masked};
use registry::domain::response::Answers;
use registry::domain::{self, Command, ConsentSource, Moment, Pause, Response, State, Verification};
use tonic::Status;

use crate::stage::{NOW, Stage, at, obstacles, reason_of};
use crate::submission::Submission;

pub(crate) const DAY: i64 = 86_400_000_000;

/// Something that happens to an expert.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Respond {
        skills: bool,
        cannot: Option<bool>,
        consent: Option<bool>,
        vouched: bool,
    },
    Consent(bool),
    /// Checked; valid for so many days more, or without a stated end.
    Verify(Option<i64>),
    Employer(bool),
    Confirm,
    Pause,
    Resume,
    Delist,
    Reinstate,
    Review,
    /// Days go by.
    Wait(i64),
}

pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    let maybe = || proptest::option::of(any::<bool>());
    let often_yes = || prop_oneof![3 => Just(Some(true)), 1 => Just(Some(false)), 2 => Just(None)];
    prop_oneof![
        6 => (prop::bool::weighted(0.8), maybe(), often_yes(), any::<bool>())
            .prop_map(|(skills, cannot, consent, vouched)| Deed::Respond { skills, cannot, consent, vouched }),
        3 => prop::bool::weighted(0.7).prop_map(Deed::Consent),
        3 => proptest::option::of(-10_i64..500).prop_map(Deed::Verify),
        2 => prop::bool::weighted(0.3).prop_map(Deed::Employer),
        1 => Just(Deed::Confirm),
        2 => Just(Deed::Pause),
        2 => Just(Deed::Resume),
        1 => Just(Deed::Delist),
        2 => Just(Deed::Reinstate),
        3 => Just(Deed::Review),
        3 => (0_i64..250).prop_map(Deed::Wait),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    None,
    Asked,
    Review { overdue: bool, lapsed: bool },
    Withdrawn,
    Struck,
}

/// The rule once more, in a few flags.
#[derive(Debug)]
struct Model {
    now: Timestamp,
    last_seen: Timestamp,
    valid: Option<Option<Timestamp>>,
    checked: Timestamp,
    skills: bool,
    cannot: bool,
    employer: bool,
    /// Given, and whether a call said so.
    consent: Option<(bool, bool)>,
    hold: Hold,
    against: BTreeSet<&'static str>,
}

impl Model {
    fn new(now: Timestamp) -> Self {
        let hold = Hold::None;
        let (skills, cannot, employer, checked) = (false, false, false, Timestamp::from_micros(0));
        let against = BTreeSet::new();
        let mut model =
            Self { now, last_seen: now, valid: None, checked, skills, cannot, employer, consent: None, hold, against };
        model.against = model.everything();
        model
    }

    fn lapsed(&self) -> bool {
        self.valid.flatten().is_some_and(|until| until < self.now)
    }

    fn overdue(&self) -> bool {
        self.now.japan_day() > self.last_seen.plus_months(12).japan_day()
    }

    fn everything(&self) -> BTreeSet<&'static str> {
        let given = self.consent.is_some_and(|(given, _)| given);
        let (mut overdue, mut lapsed) = (false, self.lapsed());
        if let Hold::Review { overdue: o, lapsed: l } = self.hold {
            overdue = o;
            lapsed |= l;
        }
        let all = [
            ("NOT_VERIFIED", self.valid.is_none()),
            ("REGISTRATION_LAPSED", lapsed),
            ("SKILLS_UNANSWERED", !self.skills),
            ("CANNOT_SUPPORT", self.cannot),
            ("NO_CONSENT", !given),
            ("EMPLOYER_SELLS_CONSULTING", self.employer),
            ("CONFIRMATION_OVERDUE", overdue),
            ("PAUSED", self.hold == Hold::Asked),
            ("DELISTED", matches!(self.hold, Hold::Withdrawn | Hold::Struck)),
        ];
        all.into_iter().filter_map(|(reason, stands)| stands.then_some(reason)).collect()
    }

    /// What becomes of a review's pause when its causes are these.
    fn reviewed(&mut self, overdue: bool, lapsed: bool) {
        if let Hold::Review { .. } = self.hold {
            self.hold = if overdue || lapsed { Hold::Review { overdue, lapsed } } else { Hold::None };
        }
    }

    /// True when the deed is allowed.
    fn does(&mut self, deed: &Deed) -> bool {
        match deed {
            Deed::Wait(days) => {
                self.now = Timestamp::from_micros(self.now.micros() + days * DAY);
                return true;
            }
            Deed::Respond { skills, cannot, consent, vouched } => {
                self.skills = *skills;
                // Left open, it is not what the response before said.
                self.cannot = cannot.unwrap_or(false);
                self.last_seen = self.now;
                if *vouched && self.checked < self.now {
                    self.checked = self.now;
                    let until = self.valid.flatten().filter(|until| *until >= self.now);
                    self.valid = Some(until);
                }
                match (self.consent, consent) {
                    (Some((false, true)), _) | (_, None) => {}
                    (Some((stands, _)), Some(said)) if stands == *said => {}
                    (_, Some(said)) => self.consent = Some((*said, false)),
                }
            }
            Deed::Consent(given) => {
                let was = self.consent.is_some_and(|(given, _)| given);
                if !(was && *given) {
                    self.consent = Some((*given, true));
                }
                if was && !given && !matches!(self.hold, Hold::Withdrawn | Hold::Struck) {
                    self.hold = Hold::Withdrawn;
                } else if *given && self.hold == Hold::Withdrawn {
                    self.hold = Hold::None;
                }
            }
            Deed::Verify(days) => {
                self.checked = self.now;
                self.valid = Some(days.map(|days| Timestamp::from_micros(self.now.micros() + days * DAY)));
                if let Hold::Review { overdue, .. } = self.hold {
                    self.reviewed(overdue, self.lapsed());
                }
            }
            Deed::Employer(sells) => self.employer = *sells,
            Deed::Confirm => {
                self.last_seen = self.now;
                if let Hold::Review { lapsed, .. } = self.hold {
                    self.reviewed(false, lapsed);
                }
            }
            Deed::Pause if self.against.is_empty() => self.hold = Hold::Asked,
            Deed::Resume if self.hold == Hold::Asked => self.hold = Hold::None,
            Deed::Delist if self.hold != Hold::Struck => self.hold = Hold::Struck,
            Deed::Reinstate if matches!(self.hold, Hold::Withdrawn | Hold::Struck) => self.hold = Hold::None,
            Deed::Pause | Deed::Resume | Deed::Delist | Deed::Reinstate => return false,
            Deed::Review => {
                let (overdue, lapsed) = (self.overdue(), self.lapsed());
                match self.hold {
                    Hold::None if self.against.is_empty() => {
                        if overdue || lapsed {
                            self.hold = Hold::Review { overdue, lapsed };
                        }
                    }
                    Hold::Review { .. } => self.reviewed(overdue, lapsed),
                    _ => return true,
                }
            }
        }
        self.against = self.everything();
        true
    }

    fn state(&self) -> ExpertState {
        match self.hold {
            Hold::None if self.against.is_empty() => ExpertState::Listed,
            Hold::None => ExpertState::Draft,
            Hold::Asked | Hold::Review { .. } => ExpertState::Paused,
            Hold::Withdrawn | Hold::Struck => ExpertState::Delisted,
        }
    }
}

// --- the domain alone ------------------------------------------------------------------------------------------------

fn codes(cannot: bool) -> &'static str {
    if cannot { "cannot_support" } else { "spot" }
}

pub(crate) fn command(deed: &Deed, now: Timestamp, count: usize) -> Option<Command> {
    let terms = |path: &str, terms: ExpertTerms| {
        let fields = masked(&[path.to_owned()]).unwrap();
        (Profile { terms, ..Default::default() }, fields)
    };
    let durations = |cannot| ExpertTerms { durations: vec![codes(cannot).to_owned()], ..Default::default() };
    let check = |valid_until| Verification {
        source: "a source".to_owned(),
        verified_by: "operator-1".to_owned(),
        verify_time: now,
        valid_until,
    };
    Some(match deed {
        Deed::Wait(_) => return None,
        Deed::Respond { skills, cannot, consent, vouched } => {
            let (profile, fields) = match cannot {
                Some(cannot) => terms("terms.durations", durations(*cannot)),
                None => Default::default(),
            };
            let consents = consent.map(|given| (ConsentPurpose::Listing, given)).into_iter().collect();
            Command::Respond(Response {
                respondent_id: "r".to_owned(),
                name: format!("responses/{count}"),
                submit_time: now,
                actor: "portal-1".to_owned(),
                source: if *vouched { ConsentSource::Import } else { ConsentSource::Survey },
                skills_answered: *skills,
                answers: Answers { profile, fields, consents },
                vouching: vouched.then(|| check(None)),
            })
        }
        Deed::Consent(given) => Command::SetConsent(ConsentPurpose::Listing, *given),
        Deed::Verify(days) => {
            Command::Verify(check(days.map(|days| Timestamp::from_micros(now.micros() + days * DAY))))
        }
        Deed::Employer(sells) => {
            let wanted = ExpertTerms { employer_sells_consulting: *sells, ..Default::default() };
            let (profile, fields) = terms("terms.employer_sells_consulting", wanted);
            Command::Edit(profile, fields)
        }
        Deed::Confirm => Command::Confirm,
        Deed::Pause => Command::Pause(String::new()),
        Deed::Resume => Command::Resume(String::new()),
        Deed::Delist => Command::Delist(String::new()),
        Deed::Reinstate => Command::Reinstate(String::new()),
        Deed::Review => Command::Review(now, 12),
    })
}

proptest! {
    #[test]
    fn an_expert_is_listed_if_and_only_if_nothing_speaks_against_it(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut model = Model::new(at(NOW));
        let moment = |now| Moment { now, actor: "somebody" };
        let first = Command::Edit(Profile::default(), vec![]);
        let (mut expert, _) = domain::Expert::enter("e", "000001", first, &moment(model.now)).unwrap();
        for (count, deed) in deeds.iter().enumerate() {
            let before = expert.clone();
            let allowed = model.does(deed);
            if let Some(command) = command(deed, model.now, count) {
                let done = expert.obey(command, &moment(model.now));
                prop_assert_eq!(done.is_ok(), allowed, "{:?} in {:?}", deed, model);
                let told = done.is_ok_and(|change| !change.kinds.is_empty());
                // Beside what is told, only which response was read last, and what it answered, may be kept.
                prop_assert_eq!(told, expert.version == before.version + 1);
                let (response, answered) = (before.response.clone(), before.answered.clone());
                prop_assert_eq!(told, domain::Expert { response, answered, ..expert.clone() } != before);
            }
            let against: BTreeSet<_> = expert.obstacles.iter().map(|obstacle| obstacle.code()).collect();
            prop_assert_eq!(&against, &model.against, "after {:?} in {:?}", deed, model);
            prop_assert_eq!(expert.state.stage(), model.state());
            prop_assert_eq!(expert.state == State::Listed, against.is_empty());
            prop_assert_eq!(expert.state == State::Paused(Pause::Requested), model.hold == Hold::Asked);
        }
    }
}

// --- through the service ---------------------------------------------------------------------------------------------

on_both!(the_service_keeps_the_rule_through_random_histories);

async fn the_service_keeps_the_rule_through_random_histories(stage: &Stage) {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(deed(), 5..25);
    // As many as a sixteenth of what a property test of the domain runs: each deed here is a commit or two.
    for case in 1..=ProptestConfig::default().cases / 16 {
        let deeds = histories.new_tree(&mut runner).unwrap().current();
        let number = format!("{case:06}");
        let mut model = Model::new(stage.clock.now());
        let person =
            ExpertPerson { registration_number: number.clone(), full_name: "見本".to_owned(), ..Default::default() };
        let expert = Some(Expert { person: Some(person), ..Default::default() });
        let request = CreateExpertRequest { expert, ..Default::default() };
        let name = stage.operator().create_expert(request).await.unwrap().into_inner().expert.unwrap().name;
        for (count, deed) in deeds.iter().enumerate() {
            let allowed = model.does(deed);
            stage.clock.set(model.now);
            let done = carry_out(stage, deed, &name, &number, count).await;
            assert_eq!(done.is_ok(), allowed, "{deed:?} of {deeds:?} in {model:?}: {done:?}");
            if let Err(status) = done {
                assert_eq!(reason_of(&status), "ILLEGAL_TRANSITION");
            }
            let expert = stage.get(&name).await;
            assert_eq!(BTreeSet::from_iter(obstacles(&expert)), model.against, "{deed:?} of {deeds:?} in {model:?}");
            assert_eq!(expert.state(), model.state());
        }
        // Who follows the register's log knows the same, and no step of the history is missing.
        let id = name.trim_start_matches("experts/");
        let (_, last) = stage.events().await.into_iter().rfind(|(event, _)| event.aggregate_id == id).unwrap();
        let expert = stage.get(&name).await;
        assert_eq!((last.state, last.obstacles, last.terms), (expert.state, expert.obstacles, expert.terms));
        let steps = stage.steps(&name).await;
        assert!(steps.windows(2).all(|pair| pair[0].1 == pair[1].0), "{steps:?}");
        assert_eq!(steps.last().unwrap().1, model.state());
    }
}

pub(crate) async fn carry_out(
    stage: &Stage,
    deed: &Deed,
    name: &str,
    number: &str,
    count: usize,
) -> Result<(), Status> {
    let (name, mut register) = (name.to_owned(), stage.operator());
    let now = stage.clock.now();
    match deed {
        Deed::Wait(_) => {}
        Deed::Respond { skills, cannot, consent, vouched } => {
            let mut submission = Submission::again(number, &count.to_string(), &now.to_string()).skills(*skills);
            if let Some(cannot) = cannot {
                submission = submission.choices("durations", &[codes(*cannot)]);
            }
            if let Some(given) = consent {
                submission = submission.choice("listing_consent", if *given { "yes" } else { "no" });
            }
            stage.submit(&if *vouched { submission.vouched(&now.to_string()) } else { submission }).await;
        }
        Deed::Consent(given) => drop(stage.set_consent(&name, ConsentPurpose::Listing, *given).await),
        Deed::Verify(days) => {
            let valid_until = days.map(|days| wire_time(Timestamp::from_micros(now.micros() + days * DAY)));
            let source = "a source".to_owned();
            let request = VerifyRegistrationRequest { name, source, valid_until, ..Default::default() };
            register.verify_registration(request).await?;
        }
        Deed::Employer(sells) => {
            let terms = Some(ExpertTerms { employer_sells_consulting: *sells, ..Default::default() });
            let expert = Expert { name, terms, ..Default::default() };
            stage.update(expert, &["terms.employer_sells_consulting"]).await?;
        }
        Deed::Confirm => drop(register.confirm_expert(ConfirmExpertRequest { name, ..Default::default() }).await?),
        Deed::Pause => drop(register.pause_expert(PauseExpertRequest { name, ..Default::default() }).await?),
        Deed::Resume => drop(register.resume_expert(ResumeExpertRequest { name, ..Default::default() }).await?),
        Deed::Delist => drop(register.delist_expert(DelistExpertRequest { name, ..Default::default() }).await?),
        Deed::Reinstate => {
            drop(register.reinstate_expert(ReinstateExpertRequest { name, ..Default::default() }).await?)
        }
        Deed::Review => drop(register.review_listings(ReviewListingsRequest::default()).await?),
    }
    Ok(())
}
