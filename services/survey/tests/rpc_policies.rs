//! Policies that change: planned, begun, interrupted, cancelled and in force, on both databases.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::collections::BTreeMap;
use std::time::Duration;

use contract::survey::v1::*;
use kit_log::KeyStore as _;
use kit_serve::fault;
use prost::Message as _;
use stage::{Changed as _, Stage, World, choices, faults, on_both, operator, portal, response, text};
use tonic::{Code, Status};

on_both!(
    a_planned_policy_comes_into_force_on_its_day,
    a_killed_job_goes_on_where_it_was,
    two_replicas_do_the_work_of_one,
    what_is_handed_in_meanwhile_is_rated_by_both,
    a_cancelled_activation_leaves_what_is_in_force,
    an_activation_is_asked_for_once,
    what_cannot_be_activated_is_said_with_the_reason,
    an_added_policy_is_known_to_every_replica_and_never_changed,
    a_preview_counts_what_the_activation_then_changes,
    of_the_erased_marks_stay_and_no_number,
    ratings_of_an_earlier_release_are_carried_over,
);

const FLOOR: &str = "ipa-2024-floor";

/// The published policy under another id, with one passage changed.
fn revised(id: &str, from: &str, to: &str) -> String {
    let published = include_str!("../policies/ipa-2024.json");
    assert!(published.contains(from));
    published.replacen(r#""id": "ipa-2024""#, &format!(r#""id": "{id}""#), 1).replacen(from, to, 1)
}

/// Replicas that rate so many people, and then stand still.
fn standing_after(world: &World, people: i64) -> survey::Config {
    let pace = survey::Pace { people, pause: Duration::from_secs(86_400) };
    survey::Config { pace: Some(pace), ..world.config() }
}

fn idle(world: &World) -> survey::Config {
    survey::Config { pace: None, ..world.config() }
}

async fn activate(stage: &Stage, policy: &str, day: &str) -> Result<Activation, Status> {
    let request = ActivatePolicyRequest {
        policy: policy.to_owned(),
        day: day.to_owned(),
        reason: "委員会の決定による".to_owned(),
        request_id: String::new(),
    };
    let answer = stage.policies(&operator()).activate_policy(request).await?;
    Ok(answer.into_inner().activation.unwrap())
}

async fn status(stage: &Stage, name: &str) -> Activation {
    let request = GetActivationRequest { name: name.to_owned() };
    stage.policies(&portal()).get_activation(request).await.unwrap().into_inner().activation.unwrap()
}

/// The activation, once it is as wanted.
async fn until(stage: &Stage, name: &str, wanted: impl Fn(&Activation) -> bool) -> Activation {
    let reached = async {
        loop {
            let found = status(stage, name).await;
            if wanted(&found) {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("it comes to that")
}

async fn until_done(stage: &Stage, name: &str) -> Activation {
    until(stage, name, |activation| activation.state() == ActivationState::Done).await
}

/// Every `RatingChanged` of the log: whose, by which policy, by which next.
async fn told(stage: &Stage) -> Vec<(String, String, String)> {
    let rated = stage.events().await.into_iter().filter(|event| event.aggregate_type == "rating");
    let one = |event: kit_log::Event| {
        let changed = RatingChanged::decode(event.clear.as_ref()).unwrap();
        let rating = changed.rating.unwrap();
        assert_eq!(rating.respondent_id, event.aggregate_id);
        if let Some(next) = &changed.next {
            assert_eq!((&next.respondent_id, &next.response), (&rating.respondent_id, &rating.response));
        }
        (rating.respondent_id, rating.policy, changed.next.map(|next| next.policy).unwrap_or_default())
    };
    rated.map(one).collect()
}

/// Which policies the log said are in force.
async fn in_force(stage: &Stage) -> Vec<PolicyActivated> {
    let events = stage.log().await.into_iter().filter(|event| event.aggregate_type == "policy");
    events.map(|event| PolicyActivated::decode(event.clear.as_ref()).unwrap()).collect()
}

async fn ratings(stage: &Stage, number: &str) -> Vec<(String, bool)> {
    let request = ListRatingsRequest { registration_number: number.to_owned() };
    let found = stage.policies(&portal()).list_ratings(request).await.unwrap().into_inner().ratings;
    found.into_iter().map(|dated| (dated.rating.unwrap().policy, dated.in_force)).collect()
}

async fn preview(stage: &Stage, request: PreviewPolicyRequest) -> PreviewPolicyResponse {
    stage.policies(&operator()).preview_policy(request).await.unwrap().into_inner()
}

/// So many people, of whom the floor takes ○ from those who answered 0 and 1 throughout.
async fn people(stage: &Stage, count: usize) {
    for n in 1..=count {
        let prefecture = if n % 2 == 0 { "13" } else { "27" };
        let given = response(&n.to_string()).skilled((n % 4) as i64).with("residence", stage::choice(prefecture));
        stage.submit(&portal(), given).await.unwrap();
    }
}

async fn a_planned_policy_comes_into_force_on_its_day(world: World) {
    let stage = world.stage().await;
    people(&stage, 4).await;
    let planned = activate(&stage, FLOOR, "2025-02-12").await.unwrap();
    assert_eq!((planned.state(), planned.policy.as_str()), (ActivationState::Planned, FLOOR));
    assert_eq!((planned.previous.as_str(), planned.day.as_str()), ("ipa-2024", "2025-02-12"));
    assert_eq!((planned.rated, planned.people, planned.reason.as_str()), (0, 4, "委員会の決定による"));
    assert!(planned.begin_time.is_none() && planned.end_time.is_none());
    // The last moment of the day before, in Japan.
    stage.clock.set("2025-02-11T23:59:59+09:00".parse().unwrap());
    stage.submit(&portal(), response("1").skilled(0)).await.unwrap();
    assert_eq!(status(&stage, &planned.name).await.state(), ActivationState::Planned);
    assert!(told(&stage).await.iter().all(|(_, policy, next)| policy == "ipa-2024" && next.is_empty()));

    stage.clock.set("2025-02-12T00:00:00+09:00".parse().unwrap());
    let done = until_done(&stage, &planned.name).await;
    assert_eq!((done.rated, done.people, done.previous.as_str()), (4, 4, "ipa-2024"));
    assert_eq!(done.end_time, Some(stage::at("2025-02-12T00:00:00+09:00")));
    for (number, mark) in [("1", Mark::None), ("2", Mark::Able), ("3", Mark::Strong), ("4", Mark::None)] {
        let rating = stage.rating(&portal(), number).await.unwrap();
        assert_eq!((rating.policy.as_str(), rating.areas[4].mark()), (FLOOR, mark), "{number}");
        let expected = [(FLOOR.to_owned(), true), ("ipa-2024".to_owned(), false)];
        assert_eq!(ratings(&stage, number).await, expected);
    }
    let capability = stage.scoring(&portal()).get_capability(GetCapabilityRequest {}).await.unwrap().into_inner();
    assert_eq!((capability.policy.as_str(), capability.people), (FLOOR, 4));
    let told_of: Vec<_> = in_force(&stage).await.into_iter().map(|p| (p.policy, p.previous, p.activation)).collect();
    let first = ("ipa-2024".to_owned(), String::new(), String::new());
    assert_eq!(told_of, [first, (FLOOR.to_owned(), "ipa-2024".to_owned(), planned.name.clone())]);
    // The token is that of the change, and everybody's ratings came before it.
    let request = GetActivationRequest { name: planned.name };
    let token = stage.policies(&portal()).get_activation(request).await.unwrap().into_inner().token.unwrap();
    let log = stage.log().await;
    assert_eq!(
        log.last().map(|event| (event.position, event.aggregate_type.as_str())),
        Some((token.position, "policy"))
    );
    let rated = told(&stage).await;
    assert_eq!(rated.iter().filter(|(_, policy, next)| policy == "ipa-2024" && next == FLOOR).count(), 4);
}

async fn a_killed_job_goes_on_where_it_was(world: World) {
    let stage = world.stage_with(standing_after(&world, 2)).await.unwrap();
    people(&stage, 7).await;
    let name = activate(&stage, FLOOR, "").await.unwrap().name;
    let half = until(&stage, &name, |activation| activation.rated == 2).await;
    assert_eq!((half.state(), half.people), (ActivationState::Rating, 7));
    assert_eq!(stage.rating(&portal(), "1").await.unwrap().policy, "ipa-2024", "in force for all or for none");
    stage.close().await;

    let stage = world.stage_with(idle(&world)).await.unwrap();
    assert_eq!(status(&stage, &name).await.rated, 2);
    stage.close().await;
    let stage = world.stage().await;
    assert_eq!(until_done(&stage, &name).await.rated, 7);
    let mut times = BTreeMap::new();
    for (person, _, next) in told(&stage).await {
        *times.entry(person).or_insert(0) += usize::from(next == FLOOR);
    }
    assert_eq!(times.values().copied().collect::<Vec<_>>(), [1; 7], "nobody twice, nobody left out");
    assert_eq!(in_force(&stage).await.len(), 2);
}

async fn two_replicas_do_the_work_of_one(world: World) {
    let pace = survey::Pace { people: 1, pause: Duration::ZERO };
    let config = survey::Config { pace: Some(pace), ..world.config() };
    let (one, other) = (world.stage_with(config.clone()).await.unwrap(), world.stage_with(config).await.unwrap());
    people(&one, 12).await;
    let name = activate(&other, FLOOR, "").await.unwrap().name;
    until_done(&one, &name).await;
    assert_eq!(until_done(&other, &name).await.rated, 12);
    let rated = told(&one).await;
    assert_eq!(rated.iter().filter(|(_, _, next)| next == FLOOR).count(), 12);
    assert_eq!(in_force(&other).await.len(), 2, "in force once");
    assert_eq!(other.rating(&portal(), "1").await.unwrap().policy, FLOOR);
    // What either takes from now on is rated by it.
    let answer = one.submit(&portal(), response("99")).await.unwrap();
    assert_eq!(answer.rating.unwrap().policy, FLOOR);
}

async fn what_is_handed_in_meanwhile_is_rated_by_both(world: World) {
    let stage = world.stage_with(standing_after(&world, 2)).await.unwrap();
    people(&stage, 5).await;
    let name = activate(&stage, FLOOR, "").await.unwrap().name;
    until(&stage, &name, |activation| activation.rated == 2).await;
    let before = told(&stage).await.len();
    // One who was passed already, one who was not, one who is new, and somebody who is not the holder.
    for number in ["1", "5", "77"] {
        let answer = stage.submit(&portal(), response(number).skilled(1)).await.unwrap();
        assert_eq!(answer.rating.unwrap().policy, "ipa-2024");
    }
    let refused = stage.submit(&portal(), response("2").by_another().skilled(3)).await.unwrap_err();
    assert_eq!(fault::reason_of(&refused).as_deref(), Some("RESPONSE_DISPUTED"));
    let meanwhile = &told(&stage).await[before..];
    assert_eq!(meanwhile.len(), 3);
    assert!(meanwhile.iter().all(|(_, policy, next)| policy == "ipa-2024" && next == FLOOR));
    // An old answer that only joins the history changes no rating.
    stage.import(vec![response("1").at("2024-01-10T09:00:00+09:00")]).await.unwrap();
    assert_eq!(told(&stage).await.len(), before + 3);
    stage.close().await;

    let stage = world.stage().await;
    assert_eq!(until_done(&stage, &name).await.people, 6);
    for (number, mark) in [("1", Mark::None), ("2", Mark::Able), ("5", Mark::None), ("77", Mark::None)] {
        let rating = stage.rating(&portal(), number).await.unwrap();
        assert_eq!((rating.policy.as_str(), rating.areas[4].mark()), (FLOOR, mark), "{number}");
    }
}

async fn a_cancelled_activation_leaves_what_is_in_force(world: World) {
    let stage = world.stage_with(standing_after(&world, 2)).await.unwrap();
    people(&stage, 3).await;
    let cancel = async |name: &str| {
        let request = CancelActivationRequest { name: name.to_owned(), reason: "やり直し".to_owned() };
        stage.policies(&operator()).cancel_activation(request).await
    };
    let planned = activate(&stage, FLOOR, "2025-03-01").await.unwrap().name;
    let over = cancel(&planned).await.unwrap().into_inner().activation.unwrap();
    assert_eq!((over.state(), over.rated), (ActivationState::Cancelled, 0));
    assert_eq!((over.end_actor.as_str(), over.end_reason.as_str()), ("operator-1", "やり直し"));
    assert_eq!(fault::reason_of(&cancel(&planned).await.unwrap_err()).as_deref(), Some("ACTIVATION_OVER"));

    let begun = activate(&stage, FLOOR, "").await.unwrap().name;
    until(&stage, &begun, |activation| activation.rated == 2).await;
    let over = cancel(&begun).await.unwrap().into_inner().activation.unwrap();
    assert_eq!((over.state(), over.rated, over.previous.as_str()), (ActivationState::Cancelled, 2, "ipa-2024"));
    assert!(over.end_time.is_some());
    assert_eq!(stage.rating(&portal(), "1").await.unwrap().policy, "ipa-2024");
    stage.submit(&portal(), response("1").skilled(2)).await.unwrap();
    assert_eq!(told(&stage).await.last().unwrap().2, "", "no other policy is on its way");
    assert_eq!(in_force(&stage).await.len(), 1);
    stage.close().await;

    // Whoever was rated by it then is rated by it again, as the answers are now.
    let stage = world.stage().await;
    let again = activate(&stage, FLOOR, "").await.unwrap().name;
    until_done(&stage, &again).await;
    let rating = stage.rating(&portal(), "1").await.unwrap();
    assert_eq!((rating.policy.as_str(), rating.areas[4].mark()), (FLOOR, Mark::Able));
    let request = ListActivationsRequest { page_size: 2, page_token: String::new() };
    let first = stage.policies(&portal()).list_activations(request).await.unwrap().into_inner();
    let names = |found: &ListActivationsResponse| found.activations.iter().map(|a| a.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), [again, begun]);
    let request = ListActivationsRequest { page_size: 2, page_token: first.next_page_token };
    let second = stage.policies(&portal()).list_activations(request).await.unwrap().into_inner();
    assert_eq!((names(&second), second.next_page_token.as_str()), (vec![planned], ""));
}

async fn an_activation_is_asked_for_once(world: World) {
    let stage = world.stage().await;
    people(&stage, 1).await;
    let request = ActivatePolicyRequest {
        policy: FLOOR.to_owned(),
        day: "2025-02-20".to_owned(),
        reason: "委員会の決定による".to_owned(),
        request_id: "once".to_owned(),
    };
    let ask =
        async |request: &ActivatePolicyRequest| stage.policies(&operator()).activate_policy(request.clone()).await;
    let first = ask(&request).await.unwrap().into_inner();
    assert_eq!(ask(&request).await.unwrap().into_inner(), first);
    let other = ActivatePolicyRequest { day: "2025-02-21".to_owned(), ..request.clone() };
    assert_eq!(fault::reason_of(&ask(&other).await.unwrap_err()).as_deref(), Some("REQUEST_ID_REUSED"));
    let another = ActivatePolicyRequest { request_id: "twice".to_owned(), ..request };
    let refused = ask(&another).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(fault::reason_of(&refused).as_deref(), Some("ACTIVATION_PENDING"));
    // The reason is sealed: it stands nowhere in the clear.
    for event in stage.log().await {
        assert!(!String::from_utf8_lossy(&event.clear).contains("委員会"));
    }
}

async fn what_cannot_be_activated_is_said_with_the_reason(world: World) {
    let stage = world.stage().await;
    let refused = activate(&stage, "ipa-1999", "").await.unwrap_err();
    assert_eq!((refused.code(), fault::reason_of(&refused).as_deref()), (Code::NotFound, Some("NO_SUCH_POLICY")));
    let refused = activate(&stage, "ipa-2024", "").await.unwrap_err();
    assert_eq!(fault::reason_of(&refused).as_deref(), Some("POLICY_IN_FORCE"));
    let wrong =
        ActivatePolicyRequest { day: "2025-02-09".to_owned(), request_id: "a b".to_owned(), ..Default::default() };
    let refused = stage.policies(&operator()).activate_policy(wrong).await.unwrap_err();
    let found: Vec<_> = faults(&refused).into_iter().map(|(field, reason)| format!("{field} {reason}")).collect();
    assert_eq!(found, ["policy REQUIRED", "day PAST_DAY", "reason REQUIRED", "request_id BAD_REQUEST_ID"]);
    let refused = activate(&stage, FLOOR, "2025-02-30").await.unwrap_err();
    assert_eq!(faults(&refused), [("day".to_owned(), "BAD_DAY".to_owned())]);
    for name in ["activations/x", "x", ""] {
        let request = GetActivationRequest { name: name.to_owned() };
        let refused = stage.policies(&portal()).get_activation(request).await.unwrap_err();
        assert_eq!(fault::reason_of(&refused).as_deref(), Some("NO_SUCH_ACTIVATION"));
    }
    let request = ListRatingsRequest { registration_number: "1".to_owned() };
    let refused = stage.policies(&portal()).list_ratings(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refused = stage.policies(&stage::expert("somebody")).list_ratings(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

async fn an_added_policy_is_known_to_every_replica_and_never_changed(world: World) {
    let (stage, other) = (world.stage().await, world.stage().await);
    people(&stage, 3).await;
    let add = async |stage: &Stage, definition: &str, validate_only: bool| {
        let request = AddPolicyRequest { definition: definition.to_owned(), request_id: String::new(), validate_only };
        stage.policies(&operator()).add_policy(request).await.map(|answer| answer.into_inner().policy.unwrap())
    };
    let strict = revised("strict-2025", r#""able_unmet_at_most": 1"#, r#""able_unmet_at_most": 0"#);
    assert_eq!(add(&stage, &strict, true).await.unwrap().id, "strict-2025");
    let refused = activate(&stage, "strict-2025", "").await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "only looked at");
    assert_eq!(add(&stage, &strict, false).await.unwrap().definition, strict);
    // Laid out otherwise it says the same.
    let again = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&strict).unwrap()).unwrap();
    assert_eq!(add(&other, &again, false).await.unwrap().definition, strict);
    let changed = revised("strict-2025", r#""points": 13"#, r#""points": 12"#);
    let refused = add(&other, &changed, false).await.unwrap_err();
    assert_eq!((refused.code(), fault::reason_of(&refused).as_deref()), (Code::AlreadyExists, Some("POLICY_EXISTS")));
    let known = revised("ipa-2024", r#""points": 13"#, r#""points": 12"#);
    assert_eq!(add(&other, &known, true).await.unwrap_err().code(), Code::AlreadyExists);

    let wrong = revised("Strict 2025", r#""code": "S2","#, r#""code": "S9","#);
    let found: Vec<_> =
        faults(&add(&stage, &wrong, false).await.unwrap_err()).into_iter().map(|(field, _)| field).collect();
    assert_eq!(found, ["definition.id", "definition.areas[1].code"]);
    // A typing error would leave people without a mark.
    let typed = revised("typed-2025", r#""date": "2026-11-21""#, r#""date": "2026-02-30""#);
    let typed = typed.replacen(r#"["systems_auditor", "cisa"]"#, r#"["nobody_has_it", "cisa", "cisa"]"#, 1);
    let found = faults(&add(&stage, &typed, true).await.unwrap_err());
    let found: Vec<_> = found.iter().map(|(field, reason)| (field.as_str(), reason.as_str())).collect();
    let expected = [
        ("definition.date", "BAD_DAY"),
        ("definition.audit.qualifications[0]", "UNKNOWN_QUALIFICATION"),
        ("definition.audit.qualifications[2]", "TWICE"),
    ];
    assert_eq!(found, expected);
    assert_eq!(faults(&add(&stage, "[]", false).await.unwrap_err())[0].0, "definition");

    let listed = other.scoring(&portal()).list_policies(ListPoliciesRequest {}).await.unwrap().into_inner();
    let ids: Vec<_> = listed.policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!((ids, listed.active.as_str()), (vec!["ipa-2024", FLOOR, "strict-2025"], "ipa-2024"));
    let name = activate(&other, "strict-2025", "").await.unwrap().name;
    until_done(&other, &name).await;
    // Two to every question leaves S5 and S6 one sub-item short of the mark: no ○ any more.
    let rating = stage.rating(&portal(), "2").await.unwrap();
    assert_eq!((rating.policy.as_str(), rating.areas[4].mark()), ("strict-2025", Mark::None));
    stage.close().await;
    other.close().await;
    let stage = world.stage_with(survey::Config { policy: Some(FLOOR.to_owned()), ..world.config() }).await.unwrap();
    let active = stage.scoring(&portal()).list_policies(ListPoliciesRequest {}).await.unwrap().into_inner().active;
    assert_eq!(active, "strict-2025", "the setting is for new databases");
}

async fn a_preview_counts_what_the_activation_then_changes(world: World) {
    let stage = world.stage().await;
    people(&stage, 8).await;
    let audit =
        response("9").skilled(3).with("qualifications", choices(&["other"])).with("residence", stage::choice("27"));
    stage.submit(&portal(), audit.with("qualifications_other", text("社内監査士"))).await.unwrap();
    // The floor, and another name that makes an auditor.
    let definition = include_str!("../policies/ipa-2024-floor.json")
        .replacen(r#""id": "ipa-2024-floor""#, r#""id": "audited-2025""#, 1)
        .replacen("公認システム監査人", "社内監査士", 1);
    let request = PreviewPolicyRequest { definition: definition.clone(), page_size: 2, ..Default::default() };
    let first = preview(&stage, request.clone()).await;
    assert_eq!((first.policy.as_str(), first.against.as_str()), ("audited-2025", "ipa-2024"));
    // 4 and 8 answered 0, 1 and 5 answered 1 throughout: ○ of S5 and S6 goes; 9 becomes an auditor.
    assert_eq!((first.people, first.changed), (9, 5));
    let areas: Vec<_> = first.areas.iter().map(|area| (area.code.as_str(), area.moves.len())).collect();
    assert_eq!(areas, [("S1", 0), ("S2", 0), ("S3", 0), ("S4", 0), ("S5", 1), ("S6", 1)]);
    let lost = MarkMove { from: Mark::Able.into(), to: Mark::None.into(), people: 4 };
    assert_eq!(first.areas[4].moves, [lost]);
    assert_eq!(first.menus[5].moves, [lost]);
    assert_eq!(first.menus[7].moves, [MarkMove { from: Mark::None.into(), to: Mark::Strong.into(), people: 1 }]);
    let of: Vec<_> = first.prefectures.iter().map(|p| (p.prefecture.as_str(), p.people, p.changed)).collect();
    assert_eq!(of, [("13", 4, 2), ("27", 5, 3)]);

    let (mut numbers, mut page) = (Vec::new(), first);
    loop {
        assert!(page.moves.len() <= 2);
        numbers.extend(page.moves.iter().map(|person| person.registration_number.clone()));
        if page.next_page_token.is_empty() {
            break;
        }
        page = preview(&stage, PreviewPolicyRequest { page_token: page.next_page_token, ..request.clone() }).await;
        assert_eq!(page.changed, 5, "counts are told with every page");
    }
    assert_eq!(numbers, ["000001", "000004", "000005", "000008", "000009"]);
    let of_27 = PreviewPolicyRequest { prefecture: "27".to_owned(), page_size: 9, ..request.clone() };
    let found = preview(&stage, of_27).await;
    let told: Vec<_> = found.moves.iter().map(|person| person.registration_number.as_str()).collect();
    assert_eq!((told, found.changed), (vec!["000001", "000005", "000009"], 5));
    let marks: Vec<_> = found.moves[0].marks.iter().map(|mark| mark.code.as_str()).collect();
    assert_eq!(marks, ["S5", "S6", "M5", "M6"]);
    assert_eq!(told_by(&stage).await, 0, "nothing is stored");

    let add = AddPolicyRequest { definition, ..Default::default() };
    stage.policies(&operator()).add_policy(add).await.unwrap();
    let name = activate(&stage, "audited-2025", "").await.unwrap().name;
    until_done(&stage, &name).await;
    let after = stage.rating(&portal(), "9").await.unwrap();
    assert_eq!((after.menus[7].mark(), after.menus[7].from.as_str()), (Mark::Strong, "qualifications"));
    let none = preview(&stage, PreviewPolicyRequest { policy: "audited-2025".to_owned(), ..Default::default() }).await;
    assert_eq!(none.changed, 0);
    let back = preview(&stage, PreviewPolicyRequest { policy: "ipa-2024".to_owned(), ..Default::default() }).await;
    assert_eq!(back.changed, 5);

    let wrong = PreviewPolicyRequest {
        policy: "a".to_owned(),
        definition: "b".to_owned(),
        page_size: 501,
        page_token: "x".to_owned(),
        prefecture: "48".to_owned(),
    };
    let refused = stage.policies(&operator()).preview_policy(wrong).await.unwrap_err();
    let fields: Vec<_> = faults(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["policy", "page_size", "prefecture", "page_token"]);
    let unknown = PreviewPolicyRequest { policy: "ipa-1999".to_owned(), ..Default::default() };
    assert_eq!(stage.policies(&operator()).preview_policy(unknown).await.unwrap_err().code(), Code::NotFound);
}

async fn told_by(stage: &Stage) -> usize {
    told(stage).await.iter().filter(|(_, _, next)| !next.is_empty()).count()
}

async fn of_the_erased_marks_stay_and_no_number(world: World) {
    let stage = world.stage().await;
    people(&stage, 1).await;
    let audit = response("2").skilled(1).with("qualifications", choices(&["other"]));
    stage.submit(&portal(), audit.with("qualifications_other", text("公認システム監査人、PMP"))).await.unwrap();
    let respondent = stage.rating(&portal(), "2").await.unwrap().respondent_id;
    stage.keys.destroy(&respondent).await.unwrap();
    // It finds the words by another list of names, so that they would have to be read again.
    let definition = include_str!("../policies/ipa-2024-floor.json")
        .replacen(r#""id": "ipa-2024-floor""#, r#""id": "wider-2025""#, 1)
        .replacen(r#"["公認システム監査人"]"#, r#"["社内監査士", "公認システム監査人"]"#, 1);
    let request = AddPolicyRequest { definition, ..Default::default() };
    stage.policies(&operator()).add_policy(request).await.unwrap();
    let request = PreviewPolicyRequest { policy: "wider-2025".to_owned(), page_size: 10, ..Default::default() };
    let found = preview(&stage, request).await;
    assert_eq!((found.people, found.changed), (2, 2));
    let numbers: Vec<_> = found.moves.iter().map(|person| person.registration_number.as_str()).collect();
    assert_eq!(numbers, ["000001", ""]);
    assert!(found.menus[7].moves.is_empty());
    let name = activate(&stage, "wider-2025", "").await.unwrap().name;
    until_done(&stage, &name).await;
    let rating = stage.rating(&portal(), "2").await.unwrap();
    assert_eq!((rating.policy.as_str(), rating.menus[7].mark()), ("wider-2025", Mark::Able));
    assert_eq!(rating.areas[4].mark(), Mark::None);
}

async fn ratings_of_an_earlier_release_are_carried_over(world: World) {
    let stage = world.stage().await;
    people(&stage, 3).await;
    let audit = response("4").skilled(1).with("qualifications", choices(&["other"]));
    stage.submit(&portal(), audit.with("qualifications_other", text("公認システム監査人"))).await.unwrap();
    let mut before = Vec::new();
    for number in ["1", "2", "3", "4"] {
        before.push(stage.rating(&portal(), number).await.unwrap());
    }
    // As the release before kept them: each rating whole, in its person's row.
    for rating in before.clone() {
        let back = stage.started.log().writer().run(kit_log::Origin::default(), move |unit| {
            Box::pin(async move {
                let (id, bytes) = (rating.respondent_id.clone(), rating.encode_to_vec());
                let sql = "UPDATE respondent SET policy = $2, rating = $3, prefecture = '', qualifications = '',
                                  qualifications_other = 0 WHERE id = $1";
                unit.execute(sql, kit_log::args![&id, &rating.policy, bytes.as_slice()]).await?;
                unit.execute("DELETE FROM rating WHERE respondent = $1", kit_log::args![&id]).await?;
                unit.execute("DELETE FROM scoring", kit_log::args![]).await?;
                Ok::<(), kit_log::Error>(())
            })
        });
        back.await.unwrap();
    }
    stage.keys.destroy(&before[3].respondent_id).await.unwrap();
    stage.close().await;

    // It was served with the floor as a setting then, or is now: the database says what people were rated by.
    let stage = world.stage_with(survey::Config { policy: Some(FLOOR.to_owned()), ..world.config() }).await.unwrap();
    for (number, before) in ["1", "2", "3", "4"].into_iter().zip(&before) {
        assert_eq!(stage.rating(&portal(), number).await.unwrap(), *before);
    }
    let known = in_force(&stage).await;
    assert_eq!(known.last().map(|told| told.policy.as_str()), Some("ipa-2024"));
    let found = preview(&stage, PreviewPolicyRequest { policy: FLOOR.to_owned(), ..Default::default() }).await;
    let of: Vec<_> = found.prefectures.iter().map(|p| (p.prefecture.as_str(), p.people, p.changed)).collect();
    assert_eq!(of, [("27", 3, 2)], "people of before are counted by prefecture as well");
    let events = stage.log().await.len();
    stage.close().await;
    assert_eq!(world.stage().await.log().await.len(), events, "once is enough");
}
