//! Consultations, and cases that begin from them.

use contract::engagement::v1::*;
use prost::Message as _;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, company, faults_of, guidance, reason_of, wire};

on_both!(a_consultation_becomes_a_case, needs_declared_and_diagnosed_are_both_kept, a_report_fits_together,);

fn consultation() -> CreateConsultationRequest {
    CreateConsultationRequest {
        programme: "2024".to_owned(),
        event: "events/osaka-1".to_owned(),
        region: "大阪".to_owned(),
        company: company(COMPANY),
        company_name: "見本製作所".to_owned(),
        expert: EXPERT.to_owned(),
        start_time: wire("09-20 14:50"),
        declared_needs: vec!["rules".to_owned(), "education".to_owned()],
        question: "何から始めればよいか".to_owned(),
        ..Default::default()
    }
}

fn report(met: &Consultation) -> ReportConsultationRequest {
    ReportConsultationRequest {
        name: met.name.clone(),
        diagnosed_needs: vec!["asset_inventory".to_owned()],
        advice: "まず資産を数える".to_owned(),
        goes_on: true,
        ..Default::default()
    }
}

async fn entered(stage: &Stage) -> Consultation {
    let answer = stage.counsellor().create_consultation(consultation()).await.unwrap();
    answer.into_inner().consultation.unwrap()
}

async fn a_consultation_becomes_a_case(stage: &Stage) {
    let met = entered(stage).await;
    let from = |company: &str| CreateGuidanceRequest {
        sources: vec!["proposals/p".to_owned(), met.name.clone()],
        ..guidance(company, EXPERT)
    };
    let early = stage.counsellor().create_guidance(from(COMPANY)).await.unwrap_err();
    assert_eq!(
        (reason_of(&early), early.message()),
        ("ILLEGAL_TRANSITION".to_owned(), "no step from declared to converted")
    );
    stage.expert().report_consultation(report(&met)).await.unwrap();
    let other = stage.counsellor().create_guidance(from("companies/c-2")).await.unwrap_err();
    assert_eq!(faults_of(&other), [("sources[1]".to_owned(), "OTHER_COMPANY".to_owned())]);
    let case = stage.counsellor().create_guidance(from(COMPANY)).await.unwrap().into_inner().case.unwrap();
    let request = GetConsultationRequest { name: met.name.clone() };
    let met = stage.expert().get_consultation(request).await.unwrap().into_inner().consultation.unwrap();
    let facts = met.facts.as_ref().unwrap();
    assert_eq!(
        (facts.state(), facts.case.as_str(), facts.body.as_str()),
        (ConsultationState::Converted, case.name.as_str(), BODY)
    );
    let refused = stage.expert().report_consultation(report(&met)).await.unwrap_err();
    assert_eq!(refused.message(), "no step from converted to going_on");
    let ways: Vec<_> = stage.history(&met.name).await.into_iter().map(|step| step.to).collect();
    assert_eq!(ways, ["declared", "going_on", "converted"]);
    let told = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "consultation").unwrap();
    let body = ConsultationChanged::decode(told.clear).unwrap();
    assert_eq!((body.facts, body.changed), (met.facts, vec!["state".to_owned()]));
}

async fn needs_declared_and_diagnosed_are_both_kept(stage: &Stage) {
    let met = entered(stage).await;
    let not = ReportConsultationRequest {
        goes_on: false,
        non_conversion_reason: "schedule".to_owned(),
        reason: "年度末まで動けない".to_owned(),
        ..report(&met)
    };
    let met = stage.expert().report_consultation(not).await.unwrap().into_inner().consultation.unwrap();
    let (facts, texts) = (met.facts.unwrap(), met.texts.unwrap());
    assert_eq!(
        (facts.declared_needs.join(" "), facts.diagnosed_needs.join(" ")),
        ("rules education".to_owned(), "asset_inventory".to_owned())
    );
    assert_eq!((facts.state(), facts.non_conversion_reason.as_str()), (ConsultationState::NotConverted, "schedule"));
    assert_eq!((texts.advice.as_str(), texts.question.as_str()), ("まず資産を数える", "何から始めればよいか"));
    assert_eq!(stage.history(&met.name).await[1].reason, "年度末まで動けない");
}

async fn a_report_fits_together(stage: &Stage) {
    let met = entered(stage).await;
    let faults = async |request: ReportConsultationRequest| {
        faults_of(&stage.expert().report_consultation(request).await.unwrap_err())
    };
    let pair = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    let without = ReportConsultationRequest { goes_on: false, diagnosed_needs: vec![], ..report(&met) };
    assert_eq!(faults(without).await, [pair("diagnosed_needs", "REQUIRED"), pair("non_conversion_reason", "REQUIRED")]);
    let both = ReportConsultationRequest { non_conversion_reason: "solved".to_owned(), ..report(&met) };
    assert_eq!(faults(both).await, [pair("non_conversion_reason", "NOT_HERE")]);
    let absent = ReportConsultationRequest { absent: true, ..report(&met) };
    assert_eq!(
        faults(absent).await,
        [pair("goes_on", "NOT_HERE"), pair("diagnosed_needs", "NOT_HERE"), pair("advice", "NOT_HERE")]
    );
    assert_eq!(stage.events().await.len(), 1);
}
