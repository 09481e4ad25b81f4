//! Fees: only for what was confirmed or attended, and only once.

use contract::engagement::v1::*;
use prost::Message as _;
use tonic::Code;

use crate::stage::{COMPANY, EXPERT, Stage, faults_of, reason_of};

on_both!(a_visit_is_paid_once_both_have_confirmed_it, an_event_is_paid_once_however_many_companies_came);

async fn a_visit_is_paid_once_both_have_confirmed_it(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    let claim = ClaimFeeRequest {
        kind: ClaimKind::GuidanceVisit.into(),
        case: case.name.clone(),
        visit: 1,
        travel_yen: 1_840,
        ..Default::default()
    };
    let refused = stage.expert().claim_fee(claim.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "NOT_CONFIRMED".to_owned()));
    stage.hold(&case, 1, "10-08 14:00").await.unwrap();
    assert_eq!(reason_of(&stage.expert().claim_fee(claim.clone()).await.unwrap_err()), "NOT_CONFIRMED");
    stage.confirm(&case, 1).await;
    let wrong = ClaimFeeRequest { expert: "experts/e-2".to_owned(), ..claim.clone() };
    assert_eq!(
        faults_of(&stage.operator().claim_fee(wrong).await.unwrap_err()),
        [("expert".to_owned(), "OTHER_EXPERT".to_owned())]
    );
    let paid = stage.expert().claim_fee(claim.clone()).await.unwrap().into_inner().claim.unwrap();
    assert_eq!((paid.fee_yen, paid.travel_yen, paid.expert.as_str()), (26_400, 1_840, EXPERT));
    let again = stage.expert().claim_fee(claim.clone()).await.unwrap_err();
    assert_eq!((again.code(), reason_of(&again)), (Code::AlreadyExists, "ALREADY_CLAIMED".to_owned()));
    let none = ClaimFeeRequest { visit: 9, ..claim };
    assert_eq!(stage.expert().claim_fee(none).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(stage.get(&case.name).await.facts.unwrap().visits[0].claim, paid.name);
    let told = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "claim").unwrap();
    assert_eq!(FeeClaimed::decode(told.clear).unwrap().claim.unwrap(), paid);
}

async fn an_event_is_paid_once_however_many_companies_came(stage: &Stage) {
    let claim = |kind: ClaimKind| ClaimFeeRequest {
        kind: kind.into(),
        programme: "2024".to_owned(),
        expert: EXPERT.to_owned(),
        event: "events/osaka-1".to_owned(),
        travel_yen: 560,
        waive_travel: true,
        ..Default::default()
    };
    let refused = stage.expert().claim_fee(claim(ClaimKind::ConsultationEvent)).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::NotFound, "NO_ATTENDANCE".to_owned()));
    let attended = |kind: ClaimKind| RecordAttendanceRequest {
        event: "events/osaka-1".to_owned(),
        expert: EXPERT.to_owned(),
        kind: kind.into(),
        ..Default::default()
    };
    let own = stage.expert().record_attendance(attended(ClaimKind::Lecture)).await.unwrap_err();
    assert_eq!(own.code(), Code::PermissionDenied, "not by the expert");
    for _ in 0..2 {
        stage.counsellor().record_attendance(attended(ClaimKind::ConsultationEvent)).await.unwrap();
    }
    assert_eq!(stage.events().await.len(), 1, "recorded once");
    let paid = stage.expert().claim_fee(claim(ClaimKind::ConsultationEvent)).await.unwrap().into_inner().claim.unwrap();
    assert_eq!((paid.fee_yen, paid.travel_yen, paid.travel_waived), (15_000, 0, true));
    let again = stage.operator().claim_fee(claim(ClaimKind::ConsultationEvent)).await.unwrap_err();
    assert_eq!(reason_of(&again), "ALREADY_CLAIMED");
    let lecture = stage.expert().claim_fee(claim(ClaimKind::Lecture)).await.unwrap_err();
    assert_eq!(reason_of(&lecture), "NO_ATTENDANCE", "a lecture is another thing");
}
