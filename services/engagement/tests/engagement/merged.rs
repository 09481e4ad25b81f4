//! Two experts turn out to be one person: whoever looks at the surviving one sees what both did, until they are parted again;
//! and everything stays recorded under the name it was recorded with.

use contract::engagement::v1::engagements_client::EngagementsClient;
use contract::engagement::v1::*;
use kit_serve::{Client, Role};
use prost::Message as _;
use tonic::{Code, Status};

use crate::stage::{BODY, COMPANY, EXPERT, Stage, company, faults_of, guidance, held, reason_of};

on_both!(
    the_record_of_both_is_the_surviving_ones_until_they_are_parted,
    what_companies_said_of_both_is_counted_together,
    merges_upon_merges_lead_to_the_last,
    the_surviving_expert_goes_on_with_the_cases_of_both,
    a_running_case_stays_workable_for_the_counsellor_and_under_its_own_name,
    nobody_is_at_two_places_under_two_names,
    a_fee_is_paid_once_to_one_person,
    forms_about_the_person_are_found_under_the_surviving_name,
);

/// Who is merged into [`EXPERT`].
const OTHER: &str = "experts/e-2";

async fn merge(stage: &Stage, expert: &str, into: &str) {
    stage.point(expert, into).await;
    stage.has_read_of(&stage.registry).await;
}

fn expert(stage: &Stage, name: &str) -> EngagementsClient<Client> {
    stage.by(&name.replace("experts/", "user-of-"), Role::Expert, &[name])
}

/// The record as it is answered, which is also what was last told of it.
async fn record(stage: &Stage, expert: &str) -> TrackRecord {
    let request = GetTrackRecordRequest { expert: expert.to_owned() };
    let record = stage.operator().get_track_record(request).await.unwrap().into_inner().track_record.unwrap();
    let events = stage.events().await;
    let of = |event: &contract::event::v1::Event| {
        event.aggregate_type == "track_record" && format!("experts/{}", event.aggregate_id) == expert
    };
    let told = events.into_iter().rfind(of);
    let told = told.map(|event| TrackRecordChanged::decode(event.clear).unwrap().track_record.unwrap());
    let nothing = TrackRecord { expert: expert.to_owned(), ..TrackRecord::default() };
    assert_eq!(told.unwrap_or(nothing), record, "{expert}");
    record
}

/// A case of which a visit was held at this time, reported by the expert.
async fn visited(stage: &Stage, company: &str, of: &str, from: &str) -> Case {
    let case = stage.begin(company, of).await;
    stage.plan(&case, from).await.unwrap();
    hold(stage, &mut expert(stage, of), &case, from).await.unwrap()
}

async fn hold(stage: &Stage, by: &mut EngagementsClient<Client>, case: &Case, from: &str) -> Result<Case, Status> {
    let report = held(case, 1, from);
    stage.clock.set(kit_log::clock_time(report.end_time.as_ref().unwrap()));
    Ok(by.hold_visit(report).await?.into_inner().case.unwrap())
}

/// The companies of the cases that a caller is shown for an expert.
async fn listed(mut by: EngagementsClient<Client>, of: &str) -> Result<Vec<String>, String> {
    let request = ListCasesRequest { expert: of.to_owned(), ..Default::default() };
    let cases = by.list_cases(request).await.map_err(|refused| reason_of(&refused))?.into_inner().cases;
    Ok(cases.into_iter().map(|case| case.facts.unwrap().company.unwrap().company).collect())
}

async fn the_record_of_both_is_the_surviving_ones_until_they_are_parted(stage: &Stage) {
    visited(stage, COMPANY, EXPERT, "10-08 14:00").await;
    let other = visited(stage, "companies/c-2", OTHER, "10-09 14:00").await;
    let before = (record(stage, EXPERT).await, record(stage, OTHER).await);
    let history = stage.history(&other.name).await;
    merge(stage, OTHER, EXPERT).await;
    let both = record(stage, EXPERT).await;
    assert_eq!((both.cases, both.visits), (2, 2));
    assert_eq!(both.themes, [CodeCount { code: "T1".to_owned(), count: 2 }]);
    assert_eq!(record(stage, OTHER).await, before.1, "under the other name stands what was done under it");

    // What is still done under the other name counts, too.
    visited(stage, "companies/c-3", OTHER, "10-10 14:00").await;
    assert_eq!(record(stage, EXPERT).await.cases, 3);
    // The register's log read anew, or a start, changes nothing.
    let told = stage.events().await.len();
    stage.registry.renew_epoch("another-life").await.unwrap();
    stage.has_read_of(&stage.registry).await;
    stage.stop().await;
    stage.start().await;
    stage.has_read_of(&stage.registry).await;
    assert_eq!(stage.events().await.len(), told);

    merge(stage, OTHER, "").await;
    assert_eq!(record(stage, EXPERT).await, before.0, "as if nobody had ever merged them");
    assert_eq!(record(stage, OTHER).await.cases, 2);
    assert_eq!(stage.history(&other.name).await, history, "and no step of a case tells of it");
    assert_eq!(stage.get(&other.name).await.facts.unwrap().expert, OTHER);
}

async fn what_companies_said_of_both_is_counted_together(stage: &Stage) {
    let days = [("companies/c-1", EXPERT, "10-08 14:00"), ("companies/c-2", EXPERT, "10-09 14:00")];
    for (company, of, from) in days.into_iter().chain([("companies/c-3", OTHER, "10-10 14:00")]) {
        let case = visited(stage, company, of, from).await;
        let (name, ending_reason) = (case.name.clone(), "goal_reached".to_owned());
        let end = EndCaseEarlyRequest { name, ending_reason, ..Default::default() };
        stage.counsellor().end_case_early(end).await.unwrap();
        let said = RecordOutcomeRequest {
            name: case.name.clone(),
            side: Side::Company.into(),
            company_scale: CompanyScale::Fully.into(),
            marks: Some(Marks { knowledge: 4, ..Marks::default() }),
            ..Default::default()
        };
        stage.by("user-of-it", Role::Portal, &[company]).record_outcome(said).await.unwrap();
    }
    for name in [EXPERT, OTHER] {
        let record = record(stage, name).await;
        assert_eq!((record.outcomes, record.marks), (vec![], vec![]), "too few to be told");
    }
    merge(stage, OTHER, EXPERT).await;
    let both = record(stage, EXPERT).await;
    assert_eq!(both.outcomes, [GroupCount { group: OutcomeGroup::Strong.into(), count: 3 }]);
    assert_eq!(both.marks, [MeanMark { mark: "knowledge".to_owned(), answers: 3, hundredths: 400 }]);
    merge(stage, OTHER, "").await;
    assert_eq!(record(stage, EXPERT).await.marks, []);
}

async fn merges_upon_merges_lead_to_the_last(stage: &Stage) {
    let names = ["experts/e-1", "experts/e-2", "experts/e-3"];
    for (number, name) in (1..).zip(names) {
        visited(stage, &format!("companies/c-{number}"), name, &format!("10-1{number} 14:00")).await;
    }
    let counts = async || {
        let mut counts = Vec::new();
        for name in names {
            counts.push(record(stage, name).await.cases);
        }
        counts
    };
    merge(stage, names[0], names[1]).await;
    merge(stage, names[1], names[2]).await;
    assert_eq!(counts().await, [1, 2, 3]);
    assert_eq!(listed(stage.operator(), names[2]).await.unwrap().len(), 3);
    assert_eq!(listed(expert(stage, names[2]), "").await.unwrap().len(), 3);
    for order in [CaseOrder::Unspecified, CaseOrder::Due] {
        let (mut pages, mut page_token) = (Vec::new(), String::new());
        loop {
            let (expert, order) = (names[2].to_owned(), order.into());
            let request = ListCasesRequest { expert, order, page_size: 1, page_token, ..Default::default() };
            let page = stage.counsellor().list_cases(request).await.unwrap().into_inner();
            pages.extend(page.cases.into_iter().map(|case| case.facts.unwrap().expert));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(pages, names, "in one order, whatever the name");
    }
    merge(stage, names[1], "").await;
    assert_eq!(counts().await, [1, 2, 1], "who was merged into the one that is parted stays with it");
    merge(stage, names[0], names[2]).await;
    assert_eq!(counts().await, [1, 1, 2]);
}

async fn the_surviving_expert_goes_on_with_the_cases_of_both(stage: &Stage) {
    stage.begin(COMPANY, EXPERT).await;
    let case = stage.begin("companies/c-2", OTHER).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    let met = CreateConsultationRequest {
        programme: "2024".to_owned(),
        region: "大阪".to_owned(),
        company: company("companies/c-3"),
        expert: OTHER.to_owned(),
        body: BODY.to_owned(),
        ..Default::default()
    };
    let met = stage.operator().create_consultation(met).await.unwrap().into_inner().consultation.unwrap();

    let get = GetCaseRequest { name: case.name.clone() };
    assert_eq!(stage.expert().get_case(get.clone()).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(listed(stage.expert(), OTHER).await, Err("NOT_OWN".to_owned()));
    merge(stage, OTHER, EXPERT).await;

    let both = vec![COMPANY.to_owned(), "companies/c-2".to_owned()];
    for (by, of) in [(stage.expert(), ""), (stage.expert(), EXPERT), (stage.counsellor(), EXPERT)] {
        assert_eq!(listed(by, of).await.unwrap(), both, "{of}");
    }
    assert_eq!(listed(stage.expert(), OTHER).await.unwrap(), both[1..], "one name by itself can be asked for");
    let request = ListConsultationsRequest::default();
    let seen = stage.expert().list_consultations(request).await.unwrap().into_inner().consultations;
    assert_eq!(seen.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [met.name.as_str()]);

    stage.expert().get_case(get.clone()).await.unwrap();
    hold(stage, &mut stage.expert(), &case, "10-08 14:00").await.unwrap();
    let confirm =
        |side: Side| ConfirmVisitRequest { name: case.name.clone(), visit: 1, side: side.into(), ..Default::default() };
    stage.expert().confirm_visit(confirm(Side::Expert)).await.unwrap();
    let both_sides = stage.expert().confirm_visit(confirm(Side::Company)).await.unwrap_err();
    assert_eq!(both_sides.code(), Code::PermissionDenied, "of a case under the other name, too, an expert is one side");
    // Whoever still signs in as the other one loses nothing, and gains nothing.
    expert(stage, OTHER).get_case(get.clone()).await.unwrap();
    assert_eq!(listed(expert(stage, OTHER), "").await.unwrap(), both[1..]);
    assert_eq!(listed(expert(stage, OTHER), EXPERT).await, Err("NOT_OWN".to_owned()));

    merge(stage, OTHER, "").await;
    assert_eq!(stage.expert().get_case(get).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(listed(stage.expert(), "").await.unwrap(), [COMPANY]);
    let steps = stage.history(&case.name).await;
    let held = steps.iter().find(|step| step.cause == "VISIT_HELD").unwrap();
    assert_eq!(held.actor, "expert-1", "who did it stays recorded");
}

async fn a_running_case_stays_workable_for_the_counsellor_and_under_its_own_name(stage: &Stage) {
    let case = stage.begin(COMPANY, OTHER).await;
    merge(stage, OTHER, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    hold(stage, &mut expert(stage, OTHER), &case, "10-08 14:00").await.unwrap();
    let confirm =
        |side: Side| ConfirmVisitRequest { name: case.name.clone(), visit: 1, side: side.into(), ..Default::default() };
    expert(stage, OTHER).confirm_visit(confirm(Side::Expert)).await.unwrap();
    stage.company().confirm_visit(confirm(Side::Company)).await.unwrap();
    let over = HandOverRequest {
        name: case.name.clone(),
        body: "bodies/nagoya".to_owned(),
        counsellor: "counsellor-2".to_owned(),
        reason: "移転のため".to_owned(),
        ..Default::default()
    };
    stage.counsellor().hand_over(over).await.unwrap();
    let mut next = stage.by("counsellor-2", Role::Counsellor, &["bodies/nagoya"]);
    let (name, ending_reason) = (case.name.clone(), "goal_reached".to_owned());
    next.end_case_early(EndCaseEarlyRequest { name, ending_reason, ..Default::default() }).await.unwrap();
    let claim = ClaimFeeRequest {
        kind: ClaimKind::GuidanceVisit.into(),
        case: case.name.clone(),
        visit: 1,
        ..Default::default()
    };
    let claim = stage.expert().claim_fee(claim).await.unwrap().into_inner().claim.unwrap();
    assert_eq!(claim.expert, OTHER, "the fee is claimed under the name of the case, by either");
    assert_eq!(record(stage, EXPERT).await.ended_early, 1);
    // A case begun under the other name since counts all the same.
    let begun = stage.counsellor().create_guidance(guidance("companies/c-2", OTHER)).await.unwrap().into_inner();
    assert_eq!(begun.case.unwrap().facts.unwrap().expert, OTHER);
    assert_eq!(listed(stage.expert(), "").await.unwrap(), [COMPANY, "companies/c-2"]);
}

async fn nobody_is_at_two_places_under_two_names(stage: &Stage) {
    let one = stage.begin(COMPANY, EXPERT).await;
    let two = stage.begin("companies/c-2", OTHER).await;
    stage.plan(&one, "10-08 14:00").await.unwrap();
    merge(stage, OTHER, EXPERT).await;
    for (case, from) in [(&two, "10-08 15:00"), (&two, "10-08 13:00")] {
        assert_eq!(reason_of(&stage.plan(case, from).await.unwrap_err()), "VISIT_OVERLAPS");
    }
    stage.plan(&two, "10-09 14:00").await.unwrap();
    assert_eq!(reason_of(&stage.plan(&one, "10-09 15:00").await.unwrap_err()), "VISIT_OVERLAPS");
    merge(stage, OTHER, "").await;
    stage.plan(&one, "10-09 15:00").await.unwrap();
}

async fn a_fee_is_paid_once_to_one_person(stage: &Stage) {
    let attended = |expert: &str, event: &str| RecordAttendanceRequest {
        event: event.to_owned(),
        expert: expert.to_owned(),
        kind: ClaimKind::ConsultationEvent.into(),
        ..Default::default()
    };
    let claim = |expert: &str, event: &str| ClaimFeeRequest {
        kind: ClaimKind::ConsultationEvent.into(),
        programme: "2024".to_owned(),
        expert: expert.to_owned(),
        event: event.to_owned(),
        ..Default::default()
    };
    for (expert, event) in [(EXPERT, "events/one"), (OTHER, "events/one"), (OTHER, "events/two")] {
        stage.counsellor().record_attendance(attended(expert, event)).await.unwrap();
    }
    let case = visited(stage, COMPANY, OTHER, "10-08 14:00").await;
    let visit = |expert: &str| ClaimFeeRequest {
        kind: ClaimKind::GuidanceVisit.into(),
        case: case.name.clone(),
        visit: 1,
        expert: expert.to_owned(),
        ..Default::default()
    };
    let refused = stage.operator().claim_fee(visit(EXPERT)).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("expert".to_owned(), "OTHER_EXPERT".to_owned())]);
    let refused = stage.expert().claim_fee(claim(EXPERT, "events/two")).await.unwrap_err();
    assert_eq!(reason_of(&refused), "NO_ATTENDANCE");

    merge(stage, OTHER, EXPERT).await;
    stage.confirm(&case, 1).await;
    let paid = stage.expert().claim_fee(visit(EXPERT)).await.unwrap().into_inner().claim.unwrap();
    assert_eq!(paid.expert, OTHER, "under the name of the case");
    for (event, under) in [("events/one", EXPERT), ("events/two", OTHER)] {
        let paid = stage.expert().claim_fee(claim(EXPERT, event)).await.unwrap().into_inner().claim.unwrap();
        assert_eq!((paid.expert.as_str(), paid.fee_yen), (under, 15_000), "under the name that was there");
        for expert in [EXPERT, OTHER] {
            let again = stage.operator().claim_fee(claim(expert, event)).await.unwrap_err();
            assert_eq!(reason_of(&again), "ALREADY_CLAIMED", "{event} {expert}");
        }
    }
    // Parted, nobody is paid anew for what was paid.
    merge(stage, OTHER, "").await;
    let again = expert(stage, OTHER).claim_fee(claim(OTHER, "events/two")).await.unwrap_err();
    assert_eq!(reason_of(&again), "ALREADY_CLAIMED");
}

async fn forms_about_the_person_are_found_under_the_surviving_name(stage: &Stage) {
    stage.begin("companies/c-2", OTHER).await;
    let about = |name: &str| ListAnswersRequest { subject: name.to_owned(), ..Default::default() };
    let refused = stage.forms_by_expert().list_answers(about(EXPERT)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "an expert without any case");
    merge(stage, OTHER, EXPERT).await;
    stage.forms_by_expert().list_answers(about(EXPERT)).await.unwrap();
    stage.forms_by_expert().list_answers(about(OTHER)).await.unwrap();
    merge(stage, OTHER, "").await;
    let refused = stage.forms_by_expert().list_answers(about(OTHER)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
