//! Responses against edits, consents, pauses and delistings; and what the register tells of each response.

use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{ListParkedRequest, Token};
use contract::registry::v1::*;
use contract::survey::v1::answer::Value;
use kit_serve::{Caller, Role};

use crate::stage::{NOW, Stage, obstacles, wire};
use crate::submission::Submission;

on_both!(
    the_later_of_a_response_and_an_edit_wins_field_by_field,
    a_withdrawn_consent_delists_and_no_response_gives_it_back,
    a_refusal_in_a_survey_is_not_a_withdrawal_by_call,
    neither_a_pause_nor_a_delisting_ends_by_a_response,
    every_response_is_told_once_with_its_stamp,
    the_survey_read_from_nothing_undoes_no_edit,
    an_older_response_changes_nothing,
    vouching_records_a_check_unless_a_newer_one_stands,
    an_answer_of_another_kind_is_set_aside_and_others_go_on,
);

const LATER: &str = "2025-01-20T10:00:00+09:00";

async fn the_later_of_a_response_and_an_edit_wins_field_by_field(stage: &Stage) {
    let mut expert = stage.listed("100001").await;
    let person = expert.person.as_mut().unwrap();
    person.self_pr = "訪問が得意です".to_owned();
    person.homepage = "https://example.jp/".to_owned();
    let terms = expert.terms.as_mut().unwrap();
    terms.fee_per_visit = "lt20k".to_owned();
    terms.themes = vec!["T5".to_owned(), "T2".to_owned()];
    let paths = ["person.self_pr", "person.homepage", "terms.fee_per_visit", "terms.themes"];
    let edited = stage.update(expert, &paths).await.unwrap();
    assert_eq!(edited.terms.as_ref().unwrap().themes, ["T2", "T5"]);

    // Answers two of the four edited fields, and nothing else.
    let response = Submission::again("100001", "2", LATER).choice("fee_per_visit", "ge40k");
    stage.submit(&response.text("self_pr", "遠隔が得意です")).await;
    let after = stage.get(&edited.name).await;
    let (person, terms) = (after.person.unwrap(), after.terms.unwrap());
    assert_eq!((person.self_pr.as_str(), terms.fee_per_visit.as_str()), ("遠隔が得意です", "ge40k"));
    assert_eq!(
        (person.homepage.as_str(), terms.themes.as_slice()),
        ("https://example.jp/", &["T2".into(), "T5".into()][..])
    );
    assert_eq!((person.email.as_str(), terms.residence.as_str()), ("", ""), "what only the response before said goes");

    // And an edit after the response wins again.
    let mut expert = stage.get(&edited.name).await;
    expert.terms.as_mut().unwrap().fee_per_visit = "30_40k".to_owned();
    expert.person.as_mut().unwrap().self_pr = "この値はマスクにない".to_owned();
    let last = stage.update(expert, &["terms.fee_per_visit"]).await.unwrap();
    assert_eq!(last.terms.unwrap().fee_per_visit, "30_40k");
    assert_eq!(last.person.unwrap().self_pr, "遠隔が得意です", "what the mask does not name stays");
}

async fn a_withdrawn_consent_delists_and_no_response_gives_it_back(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    let withdrawn = stage.set_consent(&name, ConsentPurpose::Listing, false).await;
    assert_eq!((withdrawn.state(), obstacles(&withdrawn)), (ExpertState::Delisted, vec!["NO_CONSENT", "DELISTED"]));

    for (response, time, consent) in [("2", LATER, "yes"), ("3", "2025-01-21T10:00:00+09:00", "no"), ("4", NOW, "yes")]
    {
        let again = Submission::again("100001", response, time).choice("listing_consent", consent);
        stage.submit(&again.choice("fee_per_visit", "ge40k").vouched(NOW)).await;
        let still = stage.get(&name).await;
        assert_eq!((still.state(), obstacles(&still)), (ExpertState::Delisted, vec!["NO_CONSENT", "DELISTED"]));
        assert_eq!(still.terms.unwrap().fee_per_visit, "ge40k", "the fields it brings are kept");
        let consent = &still.consents[0];
        assert_eq!((consent.given, consent.source.as_str(), consent.actor.as_str()), (false, "call", "operator-1"));
    }

    let given = stage.set_consent(&name, ConsentPurpose::Listing, true).await;
    assert_eq!((given.state(), obstacles(&given)), (ExpertState::Listed, vec![]));
    use ExpertState::{Delisted, Draft, Listed, Unspecified};
    let expected = [
        (Unspecified, Draft, "ENTERED"),
        (Draft, Listed, "IN_ORDER"),
        (Listed, Delisted, "CONSENT_WITHDRAWN"),
        (Delisted, Draft, "CONSENT_GIVEN"),
        (Draft, Listed, "IN_ORDER"),
    ];
    assert_eq!(stage.steps(&name).await, expected.map(|(from, to, why)| (from, to, why.to_owned())));
}

async fn a_refusal_in_a_survey_is_not_a_withdrawal_by_call(stage: &Stage) {
    let refused = Submission::complete("100001").choice("listing_consent", "no").choice("contact_consent", "no");
    stage.submit(&refused).await;
    let expert = stage.expert("100001").await;
    let told = |expert: &Expert| -> Vec<(ConsentPurpose, bool, String, String)> {
        let one = |consent: &Consent| (consent.purpose(), consent.given, consent.source.clone(), consent.actor.clone());
        expert.consents.iter().map(one).collect()
    };
    let (listing, contact) = (ConsentPurpose::Listing, ConsentPurpose::Contact);
    let by = |purpose, given, source: &str, actor: &str| (purpose, given, source.to_owned(), actor.to_owned());
    assert_eq!(told(&expert), [by(listing, false, "import", "importer-1"), by(contact, false, "import", "importer-1")]);

    // The contact address is withheld by call; only the other consent turns to yes with the next response.
    stage.set_consent(&expert.name, contact, false).await;
    let again =
        Submission::again("100001", "2", LATER).choice("listing_consent", "yes").choice("contact_consent", "yes");
    stage.submit(&again).await;
    let expert = stage.get(&expert.name).await;
    assert_eq!(expert.state(), ExpertState::Listed);
    assert_eq!(told(&expert), [by(listing, true, "survey", "portal-1"), by(contact, false, "call", "operator-1")]);
    assert_eq!(expert.consents[0].time, Some(wire(LATER)));
}

async fn neither_a_pause_nor_a_delisting_ends_by_a_response(stage: &Stage) {
    let (paused, struck) = (stage.listed("100001").await.name, stage.listed("100002").await.name);
    let mut register = stage.operator();
    register.pause_expert(PauseExpertRequest { name: paused.clone(), ..Default::default() }).await.unwrap();
    register.delist_expert(DelistExpertRequest { name: struck.clone(), ..Default::default() }).await.unwrap();
    for number in ["100001", "100002"] {
        let again = Submission::complete(number).at(LATER).vouched(NOW);
        stage.submit(&Submission { response: format!("responses/{number}-again"), ..again }).await;
    }
    let after = stage.get(&paused).await;
    assert_eq!(
        (after.state(), after.pause(), obstacles(&after)),
        (ExpertState::Paused, PauseKind::Requested, vec!["PAUSED"])
    );
    let after = stage.get(&struck).await;
    assert_eq!((after.state(), obstacles(&after)), (ExpertState::Delisted, vec!["DELISTED"]));
    // Nor does a consent given again bring back who was struck off; an operator does.
    stage.set_consent(&struck, ConsentPurpose::Listing, false).await;
    assert_eq!(stage.set_consent(&struck, ConsentPurpose::Listing, true).await.state(), ExpertState::Delisted);
    let back = ReinstateExpertRequest { name: struck, ..Default::default() };
    let back = register.reinstate_expert(back).await.unwrap().into_inner().expert.unwrap();
    assert_eq!(back.state(), ExpertState::Listed);
}

async fn every_response_is_told_once_with_its_stamp(stage: &Stage) {
    let mut sent: Vec<Token> = Vec::new();
    // The second joins the history only, the third is the same response once more, the fourth changes one field.
    sent.push(stage.submit(&Submission::complete("100001")).await);
    sent.push(stage.submit(&Submission { counting_changed: false, ..Submission::complete("100001") }).await);
    sent.push(stage.submit(&Submission::complete("100001")).await);
    let again = Submission { response: "responses/baaaab-2".to_owned(), ..Submission::complete("100001") };
    sent.push(stage.submit(&again.at(LATER).choice("residence", "13")).await);
    // Several at once, as an import brings them.
    let (first, second) = (Submission::complete("100002"), Submission::complete("100003").skills(false));
    let tokens = futures::join!(stage.send(&first), stage.send(&second));
    stage.has_read(&tokens.1).await;
    stage.has_read(&tokens.0).await;
    let mut both = [tokens.0, tokens.1];
    both.sort_by_key(|token| token.position);
    sent.extend(both);

    let events = stage.events().await;
    let stamps: Vec<_> = events.iter().map(|(_, changed)| changed.sources.clone()).collect();
    assert_eq!(stamps, sent.iter().map(|token| vec![token.clone()]).collect::<Vec<_>>());
    let changed: Vec<Vec<&str>> = events.iter().map(|(_, e)| e.changed.iter().map(String::as_str).collect()).collect();
    assert_eq!(changed[0], ["entered", "profile", "terms", "consent", "verification", "confirmation", "state"]);
    assert_eq!(changed[1..4], [vec!["nothing"], vec!["nothing"], vec!["terms", "confirmation"]]);

    let (event, body) = &events[3];
    let expert = stage.expert("100001").await;
    assert_eq!(format!("experts/{}", body.expert_id), expert.name);
    assert_eq!((&event.aggregate_id, event.aggregate_type.as_str()), (&body.expert_id, "expert"));
    assert_eq!((event.aggregate_version, event.actor.as_str()), (4, "service:registry"));
    assert_eq!((body.state(), &body.terms), (ExpertState::Listed, &expert.terms));
    assert_eq!(body.respondent_id, "respondent-baaaab");
    assert_eq!(body.consents, [i32::from(ConsentPurpose::Listing)]);
    assert_eq!(Some(stage.person_in(event).await), expert.person);
    assert_eq!((expert.etag.as_str(), expert.confirm_time), ("2", Some(wire(LATER))), "nothing changed twice");
}

async fn the_survey_read_from_nothing_undoes_no_edit(stage: &Stage) {
    let mut expert = stage.listed("100001").await;
    expert.person.as_mut().unwrap().self_pr = "訪問が得意です".to_owned();
    let edited = stage.update(expert, &["person.self_pr"]).await.unwrap();
    stage.set_consent(&edited.name, ConsentPurpose::Listing, false).await;
    let before = stage.get(&edited.name).await;

    let head = stage.renew_survey().await;
    assert_eq!(stage.get(&edited.name).await, before);
    let (_, last) = stage.events().await.pop().unwrap();
    assert_eq!((last.changed, last.state), (vec!["nothing".to_owned()], ExpertState::Delisted.into()));
    assert_eq!(last.sources.len(), 1, "told again, so that readers know how far the register has read");
    assert_eq!((&last.sources[0].service, last.sources[0].position), (&"survey".to_owned(), head.position));
}

async fn an_older_response_changes_nothing(stage: &Stage) {
    stage.submit(&Submission::complete("100001").at(LATER).choice("listing_consent", "no")).await;
    let before = stage.expert("100001").await;
    let older = Submission::again("100001", "0", "2025-01-01T00:00:00+09:00").choice("listing_consent", "yes");
    stage.submit(&older.choice("residence", "01")).await;
    assert_eq!(stage.expert("100001").await, before);
}

async fn vouching_records_a_check_unless_a_newer_one_stands(stage: &Stage) {
    let name = stage.listed("100001").await.name;
    let checked = stage.get(&name).await.verification.unwrap();
    assert_eq!((checked.source.as_str(), checked.verified_by.as_str()), ("made-up.csv", "importer-1"));
    assert_eq!((checked.verify_time, checked.valid_until), (Some(wire("2025-02-01T00:00:00+09:00")), None));

    let until = Some(wire("2025-03-31T23:59:59+09:00"));
    let source = "registry of specialists".to_owned();
    let request = VerifyRegistrationRequest { name: name.clone(), source, valid_until: until, ..Default::default() };
    stage.operator().verify_registration(request).await.unwrap();
    let again = |response, as_of| Submission::again("100001", response, NOW).vouched(as_of);
    // Older than the operator's check: that one stands. Newer, yet before the end it knows: the end stays.
    stage.submit(&again("2", "2025-02-02T00:00:00+09:00")).await;
    assert_eq!(stage.get(&name).await.verification.unwrap().source, "registry of specialists");
    stage.submit(&again("3", "2025-03-01T00:00:00+09:00")).await;
    let newer = stage.get(&name).await.verification.unwrap();
    assert_eq!((newer.source.as_str(), newer.valid_until), ("made-up.csv", until));
    stage.submit(&again("4", "2025-04-01T00:00:00+09:00")).await;
    assert_eq!(stage.get(&name).await.verification.unwrap().valid_until, None, "renewed since");
}

async fn an_answer_of_another_kind_is_set_aside_and_others_go_on(stage: &Stage) {
    let wrong = Submission::complete("100001").answer("durations", Value::Number(1));
    stage.submit(&wrong).await;
    stage.submit(&Submission::complete("100002")).await;
    assert_eq!(stage.expert("100002").await.state(), ExpertState::Listed);
    let operator = Caller::new("operator-1", [Role::Operator]);
    let mut logs = EventLogClient::new(stage.client(&operator));
    let parked = logs.list_parked(ListParkedRequest::default()).await.unwrap().into_inner().parked;
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].aggregate.as_str(), parked[0].tries), ("response/respondent-baaaab", 5));
    assert_eq!(parked[0].error, "the answer to question durations has another kind of value");
}
