//! The duty roster: who keeps it, and what may stand in it.

use contract::matching::v1::*;
use contract::registry::v1::ExpertState;
use kit_log::wire_time;
use kit_serve::Role;
use prost::Message as _;
use tonic::Code;

use crate::stage::{BODY, Stage, at, duty, faults, faults_of, reason_of, wire};

on_both!(
    what_is_wrong_is_told_at_once,
    an_expert_is_on_call_once_at_a_time_and_place,
    each_keeps_the_own,
    the_roster_is_listed_in_order,
);

fn set(duty: Duty) -> SetDutyRequest {
    SetDutyRequest { duty: Some(duty), ..Default::default() }
}

async fn what_is_wrong_is_told_at_once(stage: &Stage) {
    let code = |code: &str| code.to_owned();
    let odd = Duty {
        expert: code("e-1"),
        prefectures: vec![code("27"), code("48"), code("27")],
        start_time: wire("10-02 09:00"),
        end_time: wire("10-02 09:00"),
        turn: 101,
        ..Default::default()
    };
    let odd = SetDutyRequest { duty: Some(odd), request_id: code("日") };
    let refused = stage.staff().set_duty(odd).await.unwrap_err();
    assert_eq!(
        faults_of(&refused),
        faults(&[
            ("duty.expert", "BAD_NAME"),
            ("duty.prefectures[1]", "UNKNOWN_CODE"),
            ("duty.prefectures[2]", "REPEATED"),
            ("duty.end_time", "ENDS_BEFORE_START"),
            ("duty.turn", "OUT_OF_RANGE"),
            ("request_id", "BAD_REQUEST_ID"),
        ])
    );
    let empty = stage.staff().set_duty(SetDutyRequest::default()).await.unwrap_err();
    let missing = [
        ("duty.expert", "REQUIRED"),
        ("duty.start_time", "REQUIRED"),
        ("duty.end_time", "REQUIRED"),
        ("duty.turn", "OUT_OF_RANGE"),
    ];
    assert_eq!(faults_of(&empty), faults(&missing));
    let fault = async |duty: Duty| faults_of(&stage.staff().set_duty(set(duty)).await.unwrap_err());
    let day = ("07:00", "08:00");
    assert_eq!(fault(duty("e-1", 1, day, &[])).await, faults(&[("duty.end_time", "IN_THE_PAST")]));
    let long =
        Duty { end_time: Some(wire_time(at("2024-11-01T08:00:01+09:00"))), ..duty("e-1", 1, ("08:00", "09:00"), &[]) };
    assert_eq!(fault(long.clone()).await, faults(&[("duty.end_time", "TOO_LONG_A_DUTY")]));
    let unknown = stage.staff().set_duty(set(duty("e-1", 1, ("08:00", "18:00"), &[]))).await.unwrap_err();
    assert_eq!((unknown.code(), reason_of(&unknown)), (Code::NotFound, "EXPERT_NOT_FOUND".to_owned()));
    stage.expert_is("e-1", ExpertState::Listed).await;
    let month = Duty { end_time: Some(wire_time(at("2024-11-01T08:00:00+09:00"))), ..long };
    assert!(stage.staff().set_duty(set(month)).await.is_ok(), "31 days are allowed");
    let odd = ListDutiesRequest { prefecture: code("48"), expert: code("e-1"), ..Default::default() };
    let refused = stage.staff().list_duties(odd).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("prefecture", "UNKNOWN_CODE"), ("expert", "BAD_NAME")]));
    let bad = stage.staff().remove_duty(RemoveDutyRequest::default()).await.unwrap_err();
    assert_eq!(faults_of(&bad), faults(&[("name", "REQUIRED")]));
    assert_eq!(stage.events().await.len(), 1);
}

async fn an_expert_is_on_call_once_at_a_time_and_place(stage: &Stage) {
    stage.on_call("e-1", 1, ("10:00", "12:00"), &["27", "28"]).await;
    let overlaps = faults(&[("duty", "OVERLAPS")]);
    for (hours, places) in [
        (("11:59", "13:00"), &["27"][..]),
        (("09:00", "10:01"), &["13", "28"]),
        (("10:30", "11:00"), &[]),
        (("09:00", "13:00"), &["27"]),
    ] {
        let refused = stage.staff().set_duty(set(duty("e-1", 1, hours, places))).await.unwrap_err();
        assert_eq!((refused.code(), faults_of(&refused)), (Code::InvalidArgument, overlaps.clone()), "{hours:?}");
    }
    stage.on_call("e-1", 1, ("12:00", "13:00"), &["27"]).await;
    stage.on_call("e-1", 1, ("09:00", "10:00"), &[]).await;
    stage.on_call("e-1", 1, ("10:00", "12:00"), &["13"]).await;
    stage.on_call("e-2", 1, ("10:00", "12:00"), &["27"]).await;
    let given = SetDutyRequest { request_id: "d-1".to_owned(), ..set(duty("e-2", 1, ("14:00", "15:00"), &[])) };
    let once = stage.staff().set_duty(given.clone()).await.unwrap().into_inner();
    assert_eq!(stage.staff().set_duty(given).await.unwrap().into_inner(), once);
    assert_eq!(stage.events().await.len(), 6);
}

async fn each_keeps_the_own(stage: &Stage) {
    stage.expert_is("e-1", ExpertState::Listed).await;
    let other = stage.on_call("e-2", 1, ("10:00", "12:00"), &[]).await;
    let own = stage.of("e-1").set_duty(set(duty("e-1", 1, ("10:00", "12:00"), &[]))).await.unwrap();
    let own = own.into_inner().duty.unwrap();
    let not_own = |status: tonic::Status| assert_eq!(reason_of(&status), "NOT_OWN");
    not_own(stage.of("e-1").set_duty(set(duty("e-2", 1, ("14:00", "15:00"), &[]))).await.unwrap_err());
    let remove = |duty: &Duty| RemoveDutyRequest { name: duty.name.clone(), ..Default::default() };
    not_own(stage.of("e-1").remove_duty(remove(&other)).await.unwrap_err());
    let listed = stage.of("e-1").list_duties(ListDutiesRequest::default()).await.unwrap().into_inner().duties;
    assert_eq!(listed, std::slice::from_ref(&own));
    let asked = ListDutiesRequest { expert: "experts/e-2".to_owned(), ..Default::default() };
    not_own(stage.of("e-1").list_duties(asked).await.unwrap_err());
    let mut counsellor = stage.desk("counsellor-1", Role::Counsellor, &[BODY]);
    assert_eq!(counsellor.list_duties(ListDutiesRequest::default()).await.unwrap().into_inner().duties.len(), 2);
    let given = RemoveDutyRequest { request_id: "r-1".to_owned(), ..remove(&own) };
    let done = stage.of("e-1").remove_duty(given.clone()).await.unwrap().into_inner();
    assert_eq!(stage.of("e-1").remove_duty(given).await.unwrap().into_inner(), done);
    let gone = stage.of("e-1").remove_duty(remove(&own)).await.unwrap_err();
    assert_eq!((gone.code(), reason_of(&gone)), (Code::NotFound, "DUTY_NOT_FOUND".to_owned()));
    let told = stage.events().await.pop().unwrap();
    let told = DutyChanged::decode(told.clear).unwrap();
    assert!(told.removed && told.duty == Some(own));
    let visitor = stage.visitor().list_duties(ListDutiesRequest::default()).await.unwrap_err();
    assert_eq!(visitor.code(), Code::PermissionDenied);
}

async fn the_roster_is_listed_in_order(stage: &Stage) {
    stage.on_call("e-1", 2, ("10:00", "12:00"), &["27"]).await;
    stage.on_call("e-2", 1, ("10:00", "12:00"), &["13"]).await;
    stage.on_call("e-3", 1, ("10:00", "11:00"), &[]).await;
    stage.on_call("e-4", 9, ("09:30", "10:00"), &["27"]).await;
    let listed = async |asked: ListDutiesRequest| {
        let duties = stage.staff().list_duties(asked).await.unwrap().into_inner().duties;
        duties.into_iter().map(|duty| duty.expert.replace("experts/", "")).collect::<Vec<_>>().join(" ")
    };
    let all = || ListDutiesRequest::default();
    assert_eq!(listed(all()).await, "e-4 e-2 e-3 e-1");
    assert_eq!(listed(ListDutiesRequest { prefecture: "27".to_owned(), ..all() }).await, "e-4 e-3 e-1");
    assert_eq!(listed(ListDutiesRequest { expert: "experts/e-2".to_owned(), ..all() }).await, "e-2");
    assert_eq!(listed(ListDutiesRequest { from_time: wire("10-01 11:00"), ..all() }).await, "e-2 e-1");
    assert_eq!(listed(ListDutiesRequest { until_time: wire("10-01 10:00"), ..all() }).await, "e-4");
    stage.hour("11:30");
    assert_eq!(listed(all()).await, "e-2 e-1", "what is over is not shown unless it is asked for");
    assert_eq!(listed(ListDutiesRequest { from_time: wire("10-01 00:00"), ..all() }).await, "e-4 e-2 e-3 e-1");
}
