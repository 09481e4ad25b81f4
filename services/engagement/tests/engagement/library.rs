//! The library: written, reviewed, published, taken back, and never shown before or after.

use contract::engagement::v1::case_library_client::CaseLibraryClient;
use contract::engagement::v1::*;
use kit_log::KeyStore as _;
use kit_serve::{Client, Role};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use prost::{Message as _, Name as _};
use tonic::{Code, Status};

use crate::stage::{BODY, Backend, COMPANY, EXPERT, Stage, faults_of, guidance, reason_of, wire};

on_both!(
    a_story_goes_the_whole_way,
    every_fault_of_an_entry_is_told_at_once,
    who_wrote_it_does_not_review_it,
    steps_that_a_state_does_not_allow_name_the_states,
    nothing_unpublished_is_ever_shown_in_any_order_of_commands,
    a_withdrawn_consent_hides_at_once_and_for_good,
    the_name_is_shown_only_with_the_consent_to_it,
    who_reaches_what,
    an_entry_of_a_case_belongs_to_its_company_and_body,
    a_stale_etag_and_a_repeated_request_change_nothing,
    an_erased_company_takes_drafts_and_its_name_along,
    no_word_stands_in_the_clear,
);

const PROBLEM: &str = "規程がなく、取引先の要求に応えられなかった";
const NAME: &str = "見本製作所";

pub(crate) fn story() -> LibraryContent {
    let texts = StoryTexts {
        problem: PROBLEM.to_owned(),
        measures: "三回の訪問で基本方針を作った".to_owned(),
        result: "取引先の監査に通った".to_owned(),
    };
    LibraryContent {
        industry: "automotive".to_owned(),
        themes: vec!["T1".to_owned()],
        texts: Some(LibraryTexts {
            title: "取引先の要求に応える規程づくり".to_owned(),
            story: Some(texts),
            incident: None,
        }),
        company_name: NAME.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn incident() -> LibraryContent {
    let texts = IncidentTexts {
        cause: "添付ファイルを開いた".to_owned(),
        damage: "端末30台を止めた".to_owned(),
        response: "取引先に電話で知らせた".to_owned(),
        lesson: "連絡先の一覧を紙でも持つ".to_owned(),
    };
    LibraryContent {
        industry: "services".to_owned(),
        incident_type: "mail".to_owned(),
        happened_month: "2023-11".to_owned(),
        texts: Some(LibraryTexts {
            title: "なりすましメールからの感染".to_owned(),
            story: None,
            incident: Some(texts),
        }),
        ..Default::default()
    }
}

pub(crate) fn create(content: LibraryContent) -> CreateEntryRequest {
    let incident = content.texts.as_ref().is_some_and(|texts| texts.incident.is_some());
    let kind = if incident { EntryKind::Incident } else { EntryKind::Story };
    CreateEntryRequest {
        kind: kind.into(),
        content: Some(content),
        company: COMPANY.to_owned(),
        body: BODY.to_owned(),
        ..Default::default()
    }
}

/// A counsellor who writes, and one who reviews.
pub(crate) fn writer(stage: &Stage) -> CaseLibraryClient<Client> {
    stage.library_by("writer-1", Role::Counsellor, &[BODY])
}

pub(crate) fn reviewer(stage: &Stage) -> CaseLibraryClient<Client> {
    stage.library_by("reviewer-1", Role::Operator, &[])
}

/// Everybody: a caller without any role.
pub(crate) fn anyone(stage: &Stage) -> CaseLibraryClient<Client> {
    stage.library_by("passer-by", Role::Anyone, &[])
}

macro_rules! act {
    ($client:expr, $call:ident, $request:ident { $name:expr $(, $field:ident $(: $value:expr)?)* }) => {
        $client
            .$call($request { name: $name.to_owned(), $($field $(: $value)?,)* ..Default::default() })
            .await
            .map(|answer| answer.into_inner().entry.unwrap())
    };
}

pub(crate) async fn consent(stage: &Stage, name: &str, company_name: bool) -> Result<LibraryEntry, Status> {
    let by = "見本 社長".to_owned();
    act!(
        writer(stage),
        record_consent,
        RecordConsentRequest { name, consented_by: by, time: wire("09-30 10:00"), company_name }
    )
}

/// Writes, reviews, consents and publishes.
pub(crate) async fn published(stage: &Stage, content: LibraryContent, company_name: bool) -> LibraryEntry {
    let entry = writer(stage).create_entry(create(content)).await.unwrap().into_inner().entry.unwrap();
    act!(reviewer(stage), review_entry, ReviewEntryRequest { entry.name }).unwrap();
    consent(stage, &entry.name, company_name).await.unwrap();
    act!(reviewer(stage), publish_entry, PublishEntryRequest { entry.name }).unwrap()
}

async fn look(mut by: CaseLibraryClient<Client>, name: &str) -> Result<LibraryEntry, Status> {
    let answer = by.get_entry(GetEntryRequest { name: name.to_owned() }).await?;
    Ok(answer.into_inner().entry.unwrap())
}

async fn listed(mut by: CaseLibraryClient<Client>, request: ListEntriesRequest) -> Vec<LibraryEntry> {
    by.list_entries(request).await.unwrap().into_inner().entries
}

async fn a_story_goes_the_whole_way(stage: &Stage) {
    let entry = writer(stage).create_entry(create(story())).await.unwrap().into_inner().entry.unwrap();
    let name = entry.name.clone();
    let facts = entry.facts.unwrap();
    assert_eq!((name.as_str(), facts.state()), (format!("stories/{}", facts.entry_id).as_str(), EntryState::Draft));
    assert_eq!(facts.writers, ["writer-1"]);
    assert_eq!(look(anyone(stage), &name).await.unwrap_err().code(), Code::NotFound);

    let reviewed =
        act!(reviewer(stage), review_entry, ReviewEntryRequest { name, reason: "よい事例".to_owned() }).unwrap();
    assert_eq!(reviewed.facts.unwrap().reviewer, "reviewer-1");
    let early = act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap_err();
    assert_eq!((early.code(), reason_of(&early).as_str()), (Code::FailedPrecondition, "NO_CONSENT"));
    consent(stage, &name, false).await.unwrap();
    act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap();

    let seen = look(anyone(stage), &name).await.unwrap();
    assert_eq!(seen.texts, story().texts);
    assert_eq!((seen.company_name.as_str(), seen.etag.as_str()), ("", ""));
    let shown = seen.facts.clone().unwrap();
    assert_eq!((shown.industry.as_str(), shown.themes.as_slice()), ("automotive", ["T1".to_owned()].as_slice()));
    assert!(shown.publish_time.is_some());
    let hidden = (shown.company, shown.case, shown.body, shown.writers, shown.reviewer, shown.consents);
    assert_eq!(hidden, Default::default(), "who it is about and who wrote it is nobody's business");
    for by in [anyone(stage), reviewer(stage), stage.library_by("portal", Role::Portal, &[])] {
        assert_eq!(listed(by, ListEntriesRequest::default()).await, vec![seen.clone()], "one list for everybody");
    }
    let whole = look(writer(stage), &name).await.unwrap();
    assert_eq!(
        (whole.company_name.as_str(), whole.facts.unwrap().consents[0].consented_by.as_str()),
        (NAME, "見本 社長")
    );

    act!(writer(stage), withdraw_entry, WithdrawEntryRequest { name, reason: "古くなった".to_owned() }).unwrap();
    assert_eq!(look(anyone(stage), &name).await.unwrap_err().code(), Code::NotFound);
    let reopened = act!(writer(stage), reopen_entry, ReopenEntryRequest { name }).unwrap();
    assert_eq!(
        (reopened.texts, reopened.facts.unwrap().state()),
        (story().texts, EntryState::Draft),
        "nothing is lost"
    );

    let request = GetEntryHistoryRequest { name: name.clone() };
    let steps = writer(stage).get_entry_history(request).await.unwrap().into_inner().steps;
    let told: Vec<_> = steps
        .iter()
        .map(|step| {
            format!("{} {}→{} {} {}", step.cause, step.from, step.to, step.actor, step.reason).trim().to_owned()
        })
        .collect();
    assert_eq!(
        told,
        [
            "ENTERED →draft writer-1",
            "REVIEWED draft→reviewed reviewer-1 よい事例",
            "CONSENT_RECORDED reviewed→reviewed writer-1",
            "PUBLISHED reviewed→published reviewer-1",
            "WITHDRAWN published→withdrawn writer-1 古くなった",
            "REOPENED withdrawn→draft writer-1",
        ]
    );
    let kinds: Vec<_> = stage.events().await.into_iter().map(|event| (event.r#type, event.aggregate_type)).collect();
    assert_eq!(kinds, vec![(StoryChanged::full_name(), "story".to_owned()); 6]);
}

async fn every_fault_of_an_entry_is_told_at_once(stage: &Stage) {
    let mut content = incident();
    content.industry = "cars".to_owned();
    content.themes = vec!["T1".to_owned(), "T9".to_owned(), "T1".to_owned()];
    content.incident_type.clear();
    content.happened_month = "2024-13".to_owned();
    content.company_name = "あ".repeat(101);
    let texts = content.texts.as_mut().unwrap();
    texts.title.clear();
    texts.story = Some(StoryTexts::default());
    texts.incident.as_mut().unwrap().cause = "あ".repeat(4_001);
    let bad = CreateEntryRequest {
        kind: EntryKind::Incident.into(),
        company: "c-1".to_owned(),
        case: "case".to_owned(),
        body: "osaka".to_owned(),
        request_id: "two words".to_owned(),
        ..create(content)
    };
    let refused = reviewer(stage).create_entry(bad).await.unwrap_err();
    let mut told = faults_of(&refused);
    told.sort();
    let expected = [
        ("body", "BAD_NAME"),
        ("case", "BAD_NAME"),
        ("company", "BAD_NAME"),
        ("content.company_name", "TOO_LONG"),
        ("content.happened_month", "BAD_NAME"),
        ("content.incident_type", "REQUIRED"),
        ("content.industry", "UNKNOWN_CODE"),
        ("content.texts.incident.cause", "TOO_LONG"),
        ("content.texts.story", "NOT_HERE"),
        ("content.texts.title", "REQUIRED"),
        ("content.themes[1]", "UNKNOWN_CODE"),
        ("content.themes[2]", "REPEATED"),
        ("request_id", "BAD_REQUEST_ID"),
    ];
    assert_eq!(told, expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    let refused = reviewer(stage).create_entry(CreateEntryRequest::default()).await.unwrap_err();
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(told, ["kind", "content.industry", "content.texts.title"]);
    let later = LibraryContent { happened_month: "2024-11".to_owned(), ..incident() };
    let refused = reviewer(stage).create_entry(create(later)).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("content.happened_month".to_owned(), "IN_THE_FUTURE".to_owned())]);
    assert!(stage.events().await.is_empty());

    // A draft may be incomplete; a review names every text that is missing.
    let mut content = story();
    content.texts.as_mut().unwrap().story = Some(StoryTexts { problem: PROBLEM.to_owned(), ..Default::default() });
    let name = writer(stage).create_entry(create(content)).await.unwrap().into_inner().entry.unwrap().name;
    let refused = act!(reviewer(stage), review_entry, ReviewEntryRequest { name }).unwrap_err();
    let missing = ["content.texts.story.measures", "content.texts.story.result"];
    assert_eq!(faults_of(&refused), missing.map(|field| (field.to_owned(), "REQUIRED".to_owned())));
    let refused =
        act!(writer(stage), record_consent, RecordConsentRequest { name, time: wire("10-02 09:00") }).unwrap_err();
    let expected = [("consented_by", "REQUIRED"), ("time", "IN_THE_FUTURE")];
    assert_eq!(faults_of(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    for bad in ["", "cases/1", "stories/", "stories/a/b"] {
        let refused = look(anyone(stage), bad).await.unwrap_err();
        assert_eq!(faults_of(&refused)[0].0, "name", "{bad}");
    }
    let incident = name.replace("stories/", "incidents/");
    assert_eq!(look(writer(stage), &incident).await.unwrap_err().code(), Code::NotFound, "of another kind");
}

async fn who_wrote_it_does_not_review_it(stage: &Stage) {
    let name = writer(stage).create_entry(create(story())).await.unwrap().into_inner().entry.unwrap().name;
    let mut second = stage.library_by("writer-2", Role::Operator, &[]);
    let mut content = story();
    content.texts.as_mut().unwrap().title = "別の題".to_owned();
    act!(second, update_entry, UpdateEntryRequest { name, content: Some(content.clone()) }).unwrap();
    for own in [&mut writer(stage), &mut second] {
        let refused = act!(own, review_entry, ReviewEntryRequest { name }).unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "OWN_WORK"));
    }
    // Who only handed in what stood there already wrote nothing.
    act!(reviewer(stage), update_entry, UpdateEntryRequest { name, content: Some(content) }).unwrap();
    act!(reviewer(stage), review_entry, ReviewEntryRequest { name }).unwrap();
    // Neither after it was brought back.
    act!(second, reopen_entry, ReopenEntryRequest { name }).unwrap();
    let refused = act!(writer(stage), review_entry, ReviewEntryRequest { name }).unwrap_err();
    assert_eq!(reason_of(&refused), "OWN_WORK");
}

async fn steps_that_a_state_does_not_allow_name_the_states(stage: &Stage) {
    let write =
        |name: &str| UpdateEntryRequest { name: name.to_owned(), content: Some(incident()), ..Default::default() };
    let mut refusals = Vec::new();
    let name = writer(stage).create_entry(create(incident())).await.unwrap().into_inner().entry.unwrap().name;
    refusals.push(act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap_err());
    refusals.push(act!(reviewer(stage), reopen_entry, ReopenEntryRequest { name }).unwrap_err());
    act!(reviewer(stage), review_entry, ReviewEntryRequest { name }).unwrap();
    refusals.push(writer(stage).update_entry(write(&name)).await.unwrap_err());
    refusals.push(act!(reviewer(stage), review_entry, ReviewEntryRequest { name }).unwrap_err());
    consent(stage, &name, false).await.unwrap();
    act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap();
    refusals.push(writer(stage).update_entry(write(&name)).await.unwrap_err());
    refusals.push(act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap_err());
    act!(reviewer(stage), withdraw_entry, WithdrawEntryRequest { name }).unwrap();
    refusals.push(act!(reviewer(stage), withdraw_entry, WithdrawEntryRequest { name }).unwrap_err());
    refusals.push(act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap_err());
    let told: Vec<_> = refusals.iter().map(|status| status.message().trim_start_matches("no step from ")).collect();
    let expected = [
        "draft to published",
        "draft to draft",
        "reviewed to draft",
        "reviewed to reviewed",
        "published to draft",
        "published to published",
        "withdrawn to withdrawn",
        "withdrawn to published",
    ];
    assert_eq!(told, expected);
    for status in refusals {
        assert_eq!((status.code(), reason_of(&status).as_str()), (Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
    }
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Write,
    Review,
    Publish,
    Reopen,
    Withdraw,
    Consent(bool),
    Revoke(bool),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        1 => Just(Move::Write),
        3 => Just(Move::Review),
        3 => Just(Move::Publish),
        1 => Just(Move::Reopen),
        1 => Just(Move::Withdraw),
        2 => any::<bool>().prop_map(Move::Consent),
        1 => any::<bool>().prop_map(Move::Revoke),
    ];
    proptest::collection::vec(one, 1..30)
}

/// The rule, stated a second time: the state, and whether a consent stands and covers the name.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rule {
    state: EntryState,
    consent: Option<bool>,
}

impl Rule {
    fn after(self, step: Move) -> Option<Self> {
        use EntryState::{Draft, Published, Reviewed, Withdrawn};
        let to = |state| Some(Self { state, ..self });
        match (step, self.state) {
            (Move::Write, Draft) => Some(self),
            (Move::Review, Draft) => to(Reviewed),
            (Move::Publish, Reviewed) if self.consent.is_some() => to(Published),
            (Move::Reopen, Reviewed | Published | Withdrawn) => to(Draft),
            (Move::Withdraw, Draft | Reviewed | Published) => to(Withdrawn),
            (Move::Consent(named), _) => Some(Self { consent: Some(named), ..self }),
            (Move::Revoke(true), _) => Some(Self { consent: self.consent.map(|_| false), ..self }),
            (Move::Revoke(false), Published) => Some(Self { state: Withdrawn, consent: None }),
            (Move::Revoke(false), _) => Some(Self { consent: None, ..self }),
            _ => None,
        }
    }
}

async fn take(stage: &Stage, name: &str, step: Move, turn: usize) -> Result<LibraryEntry, Status> {
    match step {
        Move::Write => {
            let company_name = format!("{NAME}{turn}");
            let content = Some(LibraryContent { company_name, ..story() });
            act!(writer(stage), update_entry, UpdateEntryRequest { name, content })
        }
        Move::Review => act!(reviewer(stage), review_entry, ReviewEntryRequest { name }),
        Move::Publish => act!(reviewer(stage), publish_entry, PublishEntryRequest { name }),
        Move::Reopen => act!(reviewer(stage), reopen_entry, ReopenEntryRequest { name }),
        Move::Withdraw => act!(writer(stage), withdraw_entry, WithdrawEntryRequest { name }),
        Move::Consent(named) => consent(stage, name, named).await,
        Move::Revoke(only) => act!(writer(stage), withdraw_consent, WithdrawConsentRequest { name, name_only: only }),
    }
}

async fn nothing_unpublished_is_ever_shown_in_any_order_of_commands(stage: &Stage) {
    let mut runner = TestRunner::deterministic();
    let mut seen_published = 0;
    for _ in 0..12 {
        let steps = moves().new_tree(&mut runner).unwrap().current();
        let name = writer(stage).create_entry(create(story())).await.unwrap().into_inner().entry.unwrap().name;
        let mut rule = Rule { state: EntryState::Draft, consent: None };
        for (turn, step) in steps.iter().enumerate() {
            let done = take(stage, &name, *step, turn).await;
            assert_eq!(done.is_ok(), rule.after(*step).is_some(), "{step:?} from {rule:?}: {done:?}");
            rule = rule.after(*step).unwrap_or(rule);
            let open = rule.state == EntryState::Published;
            let seen = look(anyone(stage), &name).await;
            let list = listed(anyone(stage), ListEntriesRequest::default()).await;
            assert_eq!(
                (seen.is_ok(), list.iter().any(|entry| entry.name == name)),
                (open, open),
                "{rule:?} of {steps:?}"
            );
            if let Ok(seen) = seen {
                seen_published += 1;
                assert_eq!(!seen.company_name.is_empty(), rule.consent == Some(true), "{rule:?}");
            }
        }
        // The log, too, can be read only as far as what is published.
        let open = rule.state == EntryState::Published;
        let id = name.trim_start_matches("stories/");
        let events = stage.events().await.into_iter().filter(|event| event.aggregate_id == id);
        let keys: Vec<_> = events.map(|event| event.key_id).filter(|key| !key.is_empty()).collect();
        let left = stage.keys.find(&keys).await.unwrap().len();
        assert_eq!(left, usize::from(open), "keys of publications that ended are destroyed");
        act!(writer(stage), withdraw_entry, WithdrawEntryRequest { name }).ok();
    }
    assert!(seen_published > 10, "the histories come as far as publications");
}

async fn a_withdrawn_consent_hides_at_once_and_for_good(stage: &Stage) {
    let name = published(stage, story(), true).await.name;
    let event = stage.events().await.pop().unwrap();
    let key = stage.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap().remove(&event.key_id).unwrap();
    let told = LibraryTexts::decode(key.open(&event.id, &event.personal).unwrap().as_slice()).unwrap();
    assert_eq!(Some(told), story().texts, "readers are told what is public");

    let gone =
        act!(writer(stage), withdraw_consent, WithdrawConsentRequest { name, reason: "撤回".to_owned() }).unwrap();
    assert_eq!(gone.facts.unwrap().state(), EntryState::Withdrawn);
    assert_eq!(look(anyone(stage), &name).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(listed(anyone(stage), ListEntriesRequest::default()).await, vec![]);
    assert!(
        stage.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap().is_empty(),
        "no copy of the log tells it"
    );
    let last = stage.events().await.pop().unwrap();
    assert!(last.personal.is_empty());
    let told = StoryChanged::decode(last.clear).unwrap();
    assert_eq!(
        (told.facts.unwrap().state(), told.changed),
        (EntryState::Withdrawn, vec!["consent".to_owned(), "state".to_owned()])
    );

    // Back to draft and reviewed again, it still needs a new consent; the new publication has a key of its own.
    act!(writer(stage), reopen_entry, ReopenEntryRequest { name }).unwrap();
    act!(reviewer(stage), review_entry, ReviewEntryRequest { name }).unwrap();
    let refused = act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap_err();
    assert_eq!(reason_of(&refused), "NO_CONSENT");
    consent(stage, &name, false).await.unwrap();
    act!(reviewer(stage), publish_entry, PublishEntryRequest { name }).unwrap();
    let again = stage.events().await.pop().unwrap();
    assert_ne!(again.key_id, event.key_id);
    assert_eq!(look(anyone(stage), &name).await.unwrap().texts, story().texts);

    // Withdrawing what does not stand changes nothing.
    act!(writer(stage), withdraw_consent, WithdrawConsentRequest { name }).unwrap();
    let events = stage.events().await.len();
    act!(writer(stage), withdraw_consent, WithdrawConsentRequest { name }).unwrap();
    assert_eq!(stage.events().await.len(), events);
}

async fn the_name_is_shown_only_with_the_consent_to_it(stage: &Stage) {
    let name = published(stage, story(), true).await.name;
    let seen = look(anyone(stage), &name).await.unwrap();
    assert_eq!((seen.company_name.as_str(), seen.facts.unwrap().name_shown), (NAME, true));
    act!(writer(stage), withdraw_consent, WithdrawConsentRequest { name, name_only: true }).unwrap();
    let seen = look(anyone(stage), &name).await.unwrap();
    assert_eq!((seen.company_name.as_str(), seen.facts.unwrap().name_shown), ("", false));
    let consents = look(writer(stage), &name).await.unwrap().facts.unwrap().consents;
    let told: Vec<_> =
        consents.iter().map(|one| (one.company_name, one.end_time.is_some(), one.consented_by.as_str())).collect();
    assert_eq!(told, [(true, true, "見本 社長"), (false, false, "見本 社長")], "the history keeps both");
    for event in stage.events().await {
        let holds = |text: &str| event.clear.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(NAME) && !holds("社長"), "no event names anybody");
    }
}

async fn who_reaches_what(stage: &Stage) {
    let draft = writer(stage).create_entry(create(story())).await.unwrap().into_inner().entry.unwrap().name;
    let open = published(stage, incident(), false).await.name;
    let mut stranger = stage.library_by("counsellor-9", Role::Counsellor, &["bodies/nagoya"]);
    let mut expert = stage.library_by("expert-9", Role::Expert, &[EXPERT]);
    for client in [&mut stranger, &mut expert] {
        assert_eq!(
            look(client.clone(), &draft).await.unwrap_err().code(),
            Code::NotFound,
            "nobody tells that it is there"
        );
        let seen = look(client.clone(), &open).await.unwrap();
        assert!(seen.facts.unwrap().consents.is_empty());
        let history = |name: &str| GetEntryHistoryRequest { name: name.to_owned() };
        assert_eq!(client.get_entry_history(history(&draft)).await.unwrap_err().code(), Code::NotFound);
        let refused = client.get_entry_history(history(&open)).await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "NOT_OWN"));
    }
    let refused = act!(stranger, withdraw_entry, WithdrawEntryRequest { open }).unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_OWN");
    let refused = act!(stranger, review_entry, ReviewEntryRequest { draft }).unwrap_err();
    assert_eq!(reason_of(&refused), "ENTRY_NOT_FOUND");
    let refused = stranger.create_entry(create(story())).await.unwrap_err();
    assert_eq!(reason_of(&refused), "NOT_OWN", "for another's body");
    for call in [
        act!(anyone(stage), withdraw_entry, WithdrawEntryRequest { open }),
        act!(expert, withdraw_entry, WithdrawEntryRequest { open }),
    ] {
        assert_eq!(call.unwrap_err().code(), Code::PermissionDenied);
    }

    // An expert who writes reaches what the expert wrote, and nothing else.
    let own = CreateEntryRequest { company: String::new(), body: String::new(), ..create(incident()) };
    let own = expert.create_entry(own).await.unwrap().into_inner().entry.unwrap().name;
    look(expert.clone(), &own).await.unwrap();
    act!(expert, update_entry, UpdateEntryRequest { own, content: Some(incident()) }).unwrap();
    let drafts = || ListEntriesRequest { state: EntryState::Draft.into(), ..Default::default() };
    let names = |entries: Vec<LibraryEntry>| entries.into_iter().map(|entry| entry.name).collect::<Vec<_>>();
    assert_eq!(names(listed(expert, drafts()).await), [own.as_str()]);
    assert_eq!(names(listed(writer(stage), drafts()).await), [draft.as_str()]);
    assert_eq!(names(listed(reviewer(stage), drafts()).await), [own.as_str(), draft.as_str()]);
    assert_eq!(names(listed(stranger, drafts()).await), Vec::<String>::new());
    assert_eq!(anyone(stage).list_entries(drafts()).await.unwrap_err().code(), Code::PermissionDenied);
}

async fn an_entry_of_a_case_belongs_to_its_company_and_body(stage: &Stage) {
    let case = stage.counsellor().create_guidance(guidance(COMPANY, EXPERT)).await.unwrap().into_inner().case.unwrap();
    let of_case = || CreateEntryRequest {
        case: case.name.clone(),
        company: String::new(),
        body: String::new(),
        ..create(story())
    };
    let mut expert = stage.library_by("expert-1", Role::Expert, &[EXPERT]);
    let facts = expert.create_entry(of_case()).await.unwrap().into_inner().entry.unwrap().facts.unwrap();
    assert_eq!((facts.company.as_str(), facts.body.as_str(), facts.case), (COMPANY, BODY, case.name.clone()));
    let other = CreateEntryRequest { company: "companies/c-9".to_owned(), ..of_case() };
    let refused = expert.create_entry(other).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("company".to_owned(), "OTHER_COMPANY".to_owned())]);
    let mut stranger = stage.library_by("expert-9", Role::Expert, &["experts/e-9"]);
    assert_eq!(reason_of(&stranger.create_entry(of_case()).await.unwrap_err()), "NOT_OWN");
    let nothing = CreateEntryRequest { case: "cases/nothing".to_owned(), ..of_case() };
    assert_eq!(reason_of(&expert.create_entry(nothing).await.unwrap_err()), "CASE_NOT_FOUND");
}

async fn a_stale_etag_and_a_repeated_request_change_nothing(stage: &Stage) {
    let request = CreateEntryRequest { request_id: "r-1".to_owned(), ..create(story()) };
    let first = writer(stage).create_entry(request.clone()).await.unwrap().into_inner();
    assert_eq!(writer(stage).create_entry(request).await.unwrap().into_inner(), first);
    assert_eq!(stage.events().await.len(), 1);
    let LibraryEntry { name, etag, .. } = first.entry.unwrap();
    let content = Some(LibraryContent { industry: "services".to_owned(), ..story() });
    let request = UpdateEntryRequest { name: name.clone(), content, etag: etag.clone(), ..Default::default() };
    writer(stage).update_entry(request.clone()).await.unwrap();
    let refused = writer(stage).update_entry(request).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::Aborted, "STALE_ETAG"));
    let refused = act!(reviewer(stage), review_entry, ReviewEntryRequest { name, etag }).unwrap_err();
    assert_eq!(reason_of(&refused), "STALE_ETAG");
    assert_eq!(stage.events().await.len(), 2);
}

async fn an_erased_company_takes_drafts_and_its_name_along(stage: &Stage) {
    let open = published(stage, story(), true).await.name;
    let draft = writer(stage).create_entry(create(incident())).await.unwrap().into_inner().entry.unwrap().name;
    // What EraseCompany of the registry does.
    stage.keys.destroy(COMPANY.trim_start_matches("companies/")).await.unwrap();
    let seen = look(anyone(stage), &open).await.unwrap();
    assert_eq!((seen.texts, seen.company_name.as_str()), (story().texts, ""), "what is published names nobody");
    assert_eq!(look(writer(stage), &draft).await.unwrap().texts, None);
    let refused = act!(reviewer(stage), review_entry, ReviewEntryRequest { draft }).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "there is nothing to review");
    act!(writer(stage), withdraw_consent, WithdrawConsentRequest { open }).unwrap();
    assert_eq!(look(anyone(stage), &open).await.unwrap_err().code(), Code::NotFound);
}

async fn no_word_stands_in_the_clear(stage: &Stage) {
    let name = published(stage, story(), true).await.name;
    act!(writer(stage), withdraw_entry, WithdrawEntryRequest { name, reason: "社長の希望".to_owned() }).unwrap();
    writer(stage).create_entry(create(incident())).await.unwrap();
    if stage.backend == Backend::Sqlite {
        for canary in ["取引先", "規程づくり", NAME, "社長", "なりすまし"] {
            assert!(!stands_in_the_files(stage, canary), "{canary} is in the clear");
        }
        assert!(stands_in_the_files(stage, "automotive"), "the scan finds what is there");
    }
}

/// Whether a text stands in the database or in what is still to be written into it.
fn stands_in_the_files(stage: &Stage, text: &str) -> bool {
    let files = ["engagement.db", "engagement.db-wal"].map(|name| stage.folder.path().join(name));
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    files.iter().filter_map(|file| std::fs::read(file).ok()).any(holds)
}
