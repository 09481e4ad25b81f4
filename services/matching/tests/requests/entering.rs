//! Entering requests: by each route, of known and of new companies, with every fault, and while the register is away.

use contract::matching::v1::*;
use contract::registry::v1::{Company, CompanyDetails, CompanyFacts};
use kit_log::wire_time;
use kit_serve::Role;
use prost::Message as _;
use tonic::Code;

use crate::stage::{BODY, OTHER_BODY, Stage, asks, at, company, faults, faults_of, need, reason_of, wire};

on_both!(
    by_a_body_by_a_vendor_and_from_the_company_itself,
    a_new_company_is_entered_in_the_register_in_the_same_call,
    every_fault_comes_at_once_with_its_place,
    faults_of_a_new_company_come_with_the_others,
    the_company_that_is_meant_is_the_one_that_is_kept,
    a_retry_enters_one_request_and_one_company,
    a_register_that_goes_away_leaves_nothing_half_done,
    a_check_alone_stores_nothing,
);

const NEW_NAME: &str = "新しい製作所";

fn new_company(name: &str) -> Company {
    let facts = CompanyFacts { prefecture: "13".to_owned(), industry: "automotive".to_owned(), ..Default::default() };
    let details = CompanyDetails { company_name: name.to_owned(), ..Default::default() };
    Company { facts: Some(facts), details: Some(details), ..Default::default() }
}

fn asks_new(name: &str) -> CreateRequestRequest {
    CreateRequestRequest { company: String::new(), new_company: Some(new_company(name)), ..asks("") }
}

async fn by_a_body_by_a_vendor_and_from_the_company_itself(stage: &Stage) {
    let name = stage.books.put(company("見本製作所"));
    let vendor = stage.books.put(company("見本システムズ"));
    let request = stage.enter(CreateRequestRequest { related: vec![vendor.clone()], ..asks(&name) }).await;
    let (facts, texts) = (request.facts.clone().unwrap(), request.texts.clone().unwrap());
    let snapshot = facts.company.clone().unwrap();
    assert_eq!(
        (snapshot.company.as_str(), snapshot.industry.as_str(), snapshot.size.as_str(), snapshot.prefecture.as_str()),
        (name.as_str(), "automotive", "11_50", "27")
    );
    assert_eq!((facts.security_staff.as_str(), facts.security_action.as_str()), ("none", "one_star"));
    assert_eq!((facts.body.as_str(), facts.state(), facts.route()), (BODY, RequestState::Open, Route::SupportBody));
    assert_eq!((facts.region.unwrap().ja.as_str(), facts.need.unwrap()), ("大阪府", need()));
    assert_eq!(facts.expire_time, Some(wire_time(at("2025-03-30T09:00:00+09:00"))), "180 days");
    assert_eq!(
        (texts.company_name.as_str(), texts.circumstances.as_str()),
        ("見本製作所", "取引先から規程の提出を求められた")
    );
    assert_eq!(stage.get(&request.name).await, request);

    let by_vendor = CreateRequestRequest {
        route: Route::ItVendor.into(),
        vendor,
        region: "名古屋".to_owned(),
        need: Some(Need {
            kind: RequestKind::Role.into(),
            roles: vec!["strategy".to_owned()],
            payer: Payer::Company.into(),
            fee_ceiling: "30_40k".to_owned(),
            ..Default::default()
        }),
        expire_time: wire("12-01 00:00"),
        ..asks(&name)
    };
    let facts = stage.enter(by_vendor).await.facts.unwrap();
    assert_eq!((facts.region.unwrap().prefecture.as_str(), facts.expire_time), ("23", wire("12-01 00:00")));

    let own = CreateRequestRequest { route: Route::Direct.into(), body: String::new(), ..asks(&name) };
    let mut portal = stage.by("user-1", Role::Portal, &[&name]);
    let request = portal.create_request(own).await.unwrap().into_inner().request.unwrap();
    assert_eq!(request.facts.unwrap().body, "", "nobody looks after it yet");

    let told = stage.events().await;
    assert_eq!(told.len(), 3);
    let body = RequestChanged::decode(told[0].clear.clone()).unwrap();
    assert_eq!((body.changed, told[0].key_id.as_str()), (vec!["entered".to_owned()], "c-1"));
    let steps = stage.history(&request.name).await;
    assert_eq!(steps.len(), 1);
    assert_eq!(
        (steps[0].cause.as_str(), steps[0].from.as_str(), steps[0].to.as_str(), steps[0].actor.as_str()),
        ("ENTERED", "", "open", "user-1")
    );
}

async fn a_new_company_is_entered_in_the_register_in_the_same_call(stage: &Stage) {
    let request = stage.enter(asks_new(NEW_NAME)).await;
    let (facts, texts) = (request.facts.unwrap(), request.texts.unwrap());
    assert_eq!(facts.company.unwrap().company, "companies/c-1");
    assert_eq!((facts.region.unwrap().ja.as_str(), texts.company_name.as_str()), ("東京都", NEW_NAME));
    assert_eq!(stage.books.count(), 1);
    // The register is told who enters it, and asked about companies by matching itself.
    let asked = stage.books.asked();
    assert!(asked.iter().filter(|(method, _)| *method == "CreateCompany").all(|(_, who)| who == "counsellor-1"));
    assert!(asked.contains(&("ListPossibleDuplicates", "matching".to_owned())));
    // The body of the request looks after the company as well; a counsellor of several names it once.
    let mut several = stage.by("counsellor-3", Role::Counsellor, &[BODY, OTHER_BODY]);
    let refused = several.create_request(asks_new("甲製作所")).await.unwrap_err();
    assert!(faults_of(&refused).contains(&("body".to_owned(), "REQUIRED".to_owned())), "{refused:?}");
    let named = CreateRequestRequest { body: OTHER_BODY.to_owned(), ..asks_new("甲製作所") };
    let request = several.create_request(named).await.unwrap().into_inner().request.unwrap();
    let mut found = String::new();
    stage.books.change(&request.facts.unwrap().company.unwrap().company, |company| {
        found.clone_from(&company.facts.as_ref().unwrap().body);
    });
    assert_eq!(found, OTHER_BODY);
}

async fn every_fault_comes_at_once_with_its_place(stage: &Stage) {
    let text = |text: &str| text.to_owned();
    let level = |guideline: &str, level: &str| GuidelineNeed { guideline: text(guideline), level: text(level) };
    let odd = CreateRequestRequest {
        programme: text("1999"),
        region: text("江戸"),
        route: 9,
        company: text("c-1"),
        need: Some(Need {
            kind: RequestKind::Guidance.into(),
            themes: vec![text("T1"), text("T9"), text("T1")],
            menu_items: vec![text("M9-9")],
            skill_items: vec![text("S1a1"), text("s1a1")],
            roles: vec![text("ciso")],
            formats: vec![text("onsite"), text("fax")],
            durations: vec![text("forever")],
            from_day: text("2024-02-30"),
            until_day: text("tomorrow"),
            payer: Payer::Company.into(),
            fee_ceiling: text("free"),
            guidelines: vec![
                level("nist", ""),
                level("jama_japia", "jama_japia_lv9"),
                level("isms", "jama_japia_lv1"),
                level("jama_japia_lv1", ""),
                level("isms", ""),
            ],
            declared_needs: vec![text("wishes")],
            diagnosed_needs: vec![text("rules"), text("rules")],
            self_check_points: Some(101),
        }),
        circumstances: format!("a\u{202E}{}", "長".repeat(2_000)),
        body: text("osaka"),
        vendor: text("vendor"),
        related: vec![text("companies/x"), text("companies/x"), text("y")],
        expire_time: wire("09-30 00:00"),
        request_id: text("日本"),
        ..Default::default()
    };
    let refused = stage.operator().create_request(odd).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        faults_of(&refused),
        faults(&[
            ("programme", "UNKNOWN_CODE"),
            ("region", "UNKNOWN_CODE"),
            ("route", "UNKNOWN_CODE"),
            ("company", "BAD_NAME"),
            ("need.themes[1]", "UNKNOWN_CODE"),
            ("need.themes[2]", "REPEATED"),
            ("need.menu_items[0]", "UNKNOWN_CODE"),
            ("need.skill_items[1]", "UNKNOWN_CODE"),
            ("need.roles[0]", "UNKNOWN_CODE"),
            ("need.formats[1]", "UNKNOWN_CODE"),
            ("need.durations[0]", "UNKNOWN_CODE"),
            ("need.from_day", "BAD_DAY"),
            ("need.until_day", "BAD_DAY"),
            ("need.fee_ceiling", "UNKNOWN_CODE"),
            ("need.guidelines[0].guideline", "UNKNOWN_CODE"),
            ("need.guidelines[1].level", "UNKNOWN_CODE"),
            ("need.guidelines[2].level", "NOT_HERE"),
            ("need.guidelines[3].guideline", "NOT_HERE"),
            ("need.guidelines[4]", "REPEATED"),
            ("need.declared_needs[0]", "UNKNOWN_CODE"),
            ("need.diagnosed_needs[1]", "REPEATED"),
            ("need.self_check_points", "OUT_OF_RANGE"),
            ("circumstances", "CONTROL_CHARACTER"),
            ("circumstances", "TOO_LONG"),
            ("body", "BAD_NAME"),
            ("vendor", "BAD_NAME"),
            ("vendor", "NOT_HERE"),
            ("related[1]", "REPEATED"),
            ("related[2]", "BAD_NAME"),
            ("expire_time", "IN_THE_PAST"),
            ("request_id", "BAD_REQUEST_ID"),
        ])
    );
    let empty = stage.operator().create_request(CreateRequestRequest::default()).await.unwrap_err();
    let missing =
        [("programme", "REQUIRED"), ("route", "REQUIRED"), ("company", "REQUIRED"), ("need.kind", "REQUIRED")];
    assert_eq!(faults_of(&empty), faults(&missing));

    let many = |count: usize| (0..count).map(|at| format!("companies/{at}")).collect::<Vec<_>>();
    let wrong = CreateRequestRequest {
        route: Route::ItVendor.into(),
        need: Some(Need {
            themes: vec![],
            formats: vec![],
            from_day: text("2024-11-02"),
            until_day: text("2024-11-01"),
            payer: Payer::Company.into(),
            menu_items: ["M0-1", "M0-2", "M0-3", "M1-1", "M1-2", "M1-3", "M2-1", "M2-2", "M2-3", "M3-1", "M3-2"]
                .map(text)
                .to_vec(),
            ..need()
        }),
        related: many(21),
        expire_time: Some(wire_time(at("2025-11-05T09:00:01+09:00"))),
        request_id: "x".repeat(101),
        ..asks("companies/c-1")
    };
    let refused = stage.operator().create_request(wrong).await.unwrap_err();
    assert_eq!(
        faults_of(&refused),
        faults(&[
            ("need.themes", "REQUIRED"),
            ("need.menu_items", "TOO_MANY"),
            ("need.until_day", "ENDS_BEFORE_START"),
            ("need.fee_ceiling", "REQUIRED"),
            ("vendor", "REQUIRED"),
            ("related", "TOO_MANY"),
            ("expire_time", "TOO_FAR_AHEAD"),
            ("request_id", "BAD_REQUEST_ID"),
        ])
    );
    assert_eq!((stage.events().await.len(), stage.books.asked().len()), (0, 0), "nothing happened anywhere");
}

async fn faults_of_a_new_company_come_with_the_others(stage: &Stage) {
    let mut odd = asks_new("");
    odd.programme = "1999".to_owned();
    let company = odd.new_company.as_mut().unwrap();
    company.facts = Some(CompanyFacts { prefecture: "48".to_owned(), ..Default::default() });
    company.details.as_mut().unwrap().corporate_number = "9123456789012".to_owned();
    let refused = stage.counsellor().create_request(odd.clone()).await.unwrap_err();
    let expected = faults(&[
        ("programme", "UNKNOWN_CODE"),
        ("new_company.facts.industry", "REQUIRED"),
        ("new_company.facts.prefecture", "UNKNOWN_CODE"),
        ("new_company.details.company_name", "REQUIRED"),
        ("new_company.details.corporate_number", "BAD_CHECK_DIGIT"),
    ]);
    assert_eq!((refused.code(), faults_of(&refused)), (Code::InvalidArgument, expected));
    // While the register is away, what is wrong by itself is told all the same.
    stage.books.goes_away_after(0);
    let refused = stage.counsellor().create_request(odd).await.unwrap_err();
    assert_eq!(
        faults_of(&refused),
        faults(&[("programme", "UNKNOWN_CODE"), ("new_company.facts.industry", "REQUIRED")])
    );
    stage.books.is_back();
    let both = CreateRequestRequest { company: "companies/c-1".to_owned(), ..asks_new("乙") };
    let refused = stage.counsellor().create_request(both).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("new_company", "NOT_HERE")]));
    assert_eq!((stage.books.count(), stage.events().await.len()), (0, 0));
}

async fn the_company_that_is_meant_is_the_one_that_is_kept(stage: &Stage) {
    let stays = stage.books.put(company("残る会社"));
    let goes = stage.books.put(company("統合された会社"));
    let far = stage.books.put(company("名古屋の会社"));
    stage.books.change(&goes, |company| company.facts.as_mut().unwrap().merged_into.clone_from(&stays));
    stage.books.change(&far, |company| OTHER_BODY.clone_into(&mut company.facts.as_mut().unwrap().body));
    let request = stage.enter(asks(&goes)).await;
    assert_eq!(request.facts.unwrap().company.unwrap().company, stays);
    assert_eq!(request.texts.unwrap().company_name, "残る会社");

    let refused = async |name: &str| {
        let refused = stage.counsellor().create_request(asks(name)).await.unwrap_err();
        (refused.code(), reason_of(&refused))
    };
    assert_eq!(refused(&far).await, (Code::PermissionDenied, "NOT_OWN".to_owned()));
    assert_eq!(refused("companies/none").await, (Code::NotFound, "COMPANY_NOT_FOUND".to_owned()));
    stage.books.change(&stays, |company| company.erased = true);
    assert_eq!(refused(&stays).await, (Code::FailedPrecondition, "COMPANY_ERASED".to_owned()));
    assert_eq!(refused(&goes).await, (Code::FailedPrecondition, "COMPANY_ERASED".to_owned()));
    let elsewhere = CreateRequestRequest { body: OTHER_BODY.to_owned(), ..asks(&stays) };
    let denied = stage.counsellor().create_request(elsewhere).await.unwrap_err();
    assert_eq!(reason_of(&denied), "NOT_OWN", "a counsellor names an own body");
    // Without a prefecture of the company a region has to be named.
    let nowhere = stage.books.put(company("所在地不明"));
    stage.books.change(&nowhere, |company| company.facts.as_mut().unwrap().prefecture.clear());
    let refused = stage.counsellor().create_request(asks(&nowhere)).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("region", "REQUIRED")]));
}

async fn a_retry_enters_one_request_and_one_company(stage: &Stage) {
    let given = CreateRequestRequest { request_id: "again-1".to_owned(), ..asks_new(NEW_NAME) };
    let once = stage.counsellor().create_request(given.clone()).await.unwrap().into_inner();
    let again = stage.counsellor().create_request(given.clone()).await.unwrap().into_inner();
    assert_eq!((&once.request, &once.token), (&again.request, &again.token));
    assert_eq!((stage.books.count(), stage.events().await.len()), (1, 1));
    let other = CreateRequestRequest { circumstances: "別の事情".to_owned(), ..given.clone() };
    assert!(stage.counsellor().create_request(other).await.is_err(), "the id was used for something else");
    // The same id of somebody else is another request.
    let elsewhere = stage.elsewhere().create_request(given).await.unwrap().into_inner();
    assert_ne!(elsewhere.request.unwrap().name, once.request.unwrap().name);
    assert_eq!((stage.books.count(), stage.events().await.len()), (2, 2));
}

async fn a_register_that_goes_away_leaves_nothing_half_done(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    for (given, calls) in [
        (CreateRequestRequest { request_id: "known".to_owned(), ..asks(&known) }, 2),
        (CreateRequestRequest { request_id: "new".to_owned(), ..asks_new(NEW_NAME) }, 3),
    ] {
        let before = stage.events().await.len();
        for answered in 0..calls {
            stage.books.goes_away_after(answered);
            let refused = stage.counsellor().create_request(given.clone()).await.unwrap_err();
            assert_eq!((refused.code(), reason_of(&refused)), (Code::Unavailable, "REGISTER_AWAY".to_owned()));
            assert_eq!(stage.events().await.len(), before);
        }
        stage.books.is_back();
        stage.counsellor().create_request(given).await.unwrap();
        assert_eq!(stage.events().await.len(), before + 1);
    }
    assert_eq!(stage.books.count(), 2, "however often it was tried, the new company is one");
}

async fn a_check_alone_stores_nothing(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let first = stage.enter(asks(&known)).await;
    let only = CreateRequestRequest { validate_only: true, ..asks(&known) };
    let checked = stage.counsellor().create_request(only).await.unwrap().into_inner();
    let request = checked.request.unwrap();
    assert_eq!((request.name.as_str(), request.etag.as_str(), checked.token), ("", "", None));
    assert_eq!(request.facts.unwrap().company.unwrap().company, known);
    let pair = &checked.possible_duplicates[..];
    assert_eq!(pair.len(), 1);
    assert_eq!((pair[0].request.as_str(), pair[0].later.as_str()), (first.name.as_str(), ""));
    let only = CreateRequestRequest { validate_only: true, ..asks_new("見本製作所") };
    let mut alike = only.clone();
    alike.new_company.as_mut().unwrap().facts.as_mut().unwrap().prefecture = "27".to_owned();
    let checked = stage.counsellor().create_request(alike).await.unwrap().into_inner();
    assert_eq!(checked.possible_duplicates[0].reasons, ["SAME_NAME_AND_PREFECTURE"]);
    let checked = stage.counsellor().create_request(only).await.unwrap().into_inner();
    assert_eq!(checked.request.unwrap().texts.unwrap().company_name, "見本製作所");
    assert_eq!((checked.possible_duplicates.len(), stage.books.count(), stage.events().await.len()), (0, 1, 1));
}
