//! What callers may ask, and what they are told when they ask otherwise.

use contract::engagement::v1::{
    CaseChanged, CaseFacts, CompanySnapshot, GatheringChanged, GatheringFacts, GatheringKind, ParticipationChanged,
    ParticipationFacts, ParticipationState, Region,
};
use contract::event::v1::Token;
use contract::insights::v1::{
    CompareWithPublishedRequest, GetReportRequest, ListReportsRequest, Moment, ReportState, Scope, Unit,
};
use kit_log::{NewEvent, wire_time};
use kit_serve::Role;
use tonic::Code;

use crate::read::{cell, columns, row, rows, table};
use crate::stage::{Stage, at, event, faults_of, reason_of};

on_both!(
    every_fault_is_named_at_once,
    positions_are_those_of_this_life_and_were_reached,
    a_scope_takes_what_lies_in_it,
    who_applied_and_who_came,
    others_may_not_ask,
);

fn case(id: &str, region: &str, begin: &str) -> NewEvent {
    let begin = Some(wire_time(at(begin)));
    let facts = CaseFacts {
        case_id: id.to_owned(),
        programme: "2024".to_owned(),
        region: Some(Region { code: region.to_owned(), ..Region::default() }),
        theme: "T1".to_owned(),
        state: 1,
        company_accept_time: begin,
        create_time: begin,
        ..CaseFacts::default()
    };
    event("case", id, &CaseChanged { facts: Some(facts), ..CaseChanged::default() })
}

fn wire(text: &str) -> Option<prost_types::Timestamp> {
    Some(wire_time(at(text)))
}

async fn every_fault_is_named_at_once(stage: &Stage) {
    let reports = stage.reports().await;
    let token =
        |service: &str, epoch: &str, position| Token { service: service.to_owned(), epoch: epoch.to_owned(), position };
    let request = GetReportRequest {
        report: "no such report".to_owned(),
        scope: Some(Scope {
            programme: "2024\u{7}".to_owned(),
            region: "江戸".to_owned(),
            from: wire("2025-01-01T00:00:00+09:00"),
            until: wire("2025-01-01T00:00:00+09:00"),
        }),
        as_of: Some(Moment {
            time: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
            positions: vec![token("search", "e", 1), token("survey", "", -1), token("survey", "e", 1)],
        }),
        at_least: vec![token("notices", "e", 1)],
    };
    let refused = reports.ask(request).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::InvalidArgument, "INVALID_REQUEST".to_owned()));
    let faults = faults_of(&refused);
    let expected = [
        ("scope.until", "NOT_AFTER_FROM"),
        ("scope.programme", "BAD_PROGRAMME"),
        ("scope.region", "UNKNOWN_REGION"),
        ("as_of.time", "NOT_TOGETHER"),
        ("as_of.time", "BAD_TIME"),
        ("as_of.positions[0].service", "UNKNOWN_SERVICE"),
        ("as_of.positions[1].position", "OUT_OF_RANGE"),
        ("as_of.positions[1].epoch", "REQUIRED"),
        ("as_of.positions[2].service", "REPEATED"),
        ("at_least[0].service", "UNKNOWN_SERVICE"),
    ];
    assert_eq!(faults, expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));

    let unknown = GetReportRequest { report: "no such report".to_owned(), ..Default::default() };
    let refused = reports.ask(unknown).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::NotFound, "UNKNOWN_REPORT".to_owned()));
    let faulty = CompareWithPublishedRequest {
        publication: "ipa-2025".to_owned(),
        scope: Some(Scope { region: "江戸".to_owned(), ..Scope::default() }),
        ..Default::default()
    };
    let refused = reports.client(Role::Operator).compare_with_published(faulty).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("scope.region".to_owned(), "UNKNOWN_REGION".to_owned())]);
    reports.end().await;
}

async fn positions_are_those_of_this_life_and_were_reached(stage: &Stage) {
    let first = stage.emit("engagement", vec![case("a", "27", "2024-10-01T09:00:00+09:00")]).await;
    let second = stage.emit("engagement", vec![case("b", "27", "2024-10-02T09:00:00+09:00")]).await;
    let reports = stage.reports().await;
    let as_of = |token: &Token| GetReportRequest {
        report: "themes-by-region".to_owned(),
        as_of: Some(Moment { time: None, positions: vec![token.clone()] }),
        ..Default::default()
    };
    for (token, size) in [(&first, 1), (&second, 2)] {
        let report = reports.ask(as_of(token)).await.unwrap();
        assert_eq!(table(&report, "matched").size, size);
        assert!(report.positions.contains(token), "the same comes out again from what it says of itself");
    }
    let nothing = reports.ask(as_of(&Token { position: 0, ..first.clone() })).await.unwrap();
    assert_eq!(nothing.state(), ReportState::NoData);

    let refused = reports.ask(as_of(&Token { position: 3, ..second.clone() })).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::OutOfRange, "NOT_YET".to_owned()));
    let refused = reports.ask(as_of(&Token { epoch: "another".to_owned(), ..second.clone() })).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "EPOCH_CHANGED".to_owned()));

    // A write is in the report that is asked to show it.
    let third = stage.emit("engagement", vec![case("c", "11", "2024-10-03T09:00:00+09:00")]).await;
    let request = GetReportRequest { at_least: vec![third.clone()], ..as_of(&third) };
    assert_eq!(table(&reports.ask(request).await.unwrap(), "matched").size, 3);
    let mut never = tonic::Request::new(GetReportRequest {
        report: "visits".to_owned(),
        at_least: vec![Token { position: 9, ..third }],
        ..Default::default()
    });
    never.set_timeout(std::time::Duration::from_millis(200));
    let refused = reports.client(Role::Operator).get_report(never).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::DeadlineExceeded, "NOT_YET_VISIBLE".to_owned()));
    reports.end().await;
}

async fn a_scope_takes_what_lies_in_it(stage: &Stage) {
    let day = "2024-10-01T09:00:00+09:00";
    let regions = ["27", "nagoya", "23", "kinki", "11", "atlantis"];
    stage.emit("engagement", regions.iter().map(|region| case(region, region, day)).collect()).await;
    let reports = stage.reports().await;
    for (region, code, expected) in [
        ("愛知", "23", vec!["23", "nagoya", "total"]),
        ("名古屋市", "nagoya", vec!["nagoya", "total"]),
        ("中部", "chubu", vec!["23", "nagoya", "total"]),
        ("Kinki", "kinki", vec!["27", "kinki", "total"]),
        // In no list, and met in an event.
        ("atlantis", "atlantis", vec!["atlantis", "total"]),
    ] {
        let scope = Some(Scope { region: region.to_owned(), ..Scope::default() });
        let request = GetReportRequest { report: "themes-by-region".to_owned(), scope, ..Default::default() };
        let report = reports.ask(request).await.unwrap();
        assert_eq!(report.scope.as_ref().unwrap().region, code);
        assert_eq!(rows(table(&report, "matched")), expected, "{region}");
    }
    // What a report does not heed it does not claim to.
    let scope = Some(Scope { region: "愛知".to_owned(), programme: "2024".to_owned(), ..Scope::default() });
    let report =
        reports.ask(GetReportRequest { report: "fees".to_owned(), scope, ..Default::default() }).await.unwrap();
    assert_eq!(report.scope.unwrap(), Scope { programme: "2024".to_owned(), ..Scope::default() });
    for (from, until, size) in
        [(Some(day), None, 6), (None, Some(day), 0), (Some("2024-10-01T09:00:01+09:00"), None, 0)]
    {
        let scope = Scope { from: from.and_then(wire), until: until.and_then(wire), ..Scope::default() };
        let request =
            GetReportRequest { report: "themes-by-region".to_owned(), scope: Some(scope), ..Default::default() };
        let report = reports.ask(request).await.unwrap();
        assert_eq!(report.tables.iter().map(|table| table.size).max().unwrap_or(0), size);
    }
    reports.end().await;
}

/// Fig. 2-7: Osaka 68 and 52 (76 %), Nagoya 35 and 34 (97 %), Saitama 19 and 19 (100 %); in all 122 and 105, with 122 people.
async fn who_applied_and_who_came(stage: &Stage) {
    let mut events = Vec::new();
    for (region, applied, attended, people) in [("27", 68, 52, 60), ("nagoya", 35, 34, 40), ("11", 19, 19, 22)] {
        let place = Some(Region { code: region.to_owned(), ..Region::default() });
        let gathering = GatheringFacts {
            gathering_id: format!("g-{region}"),
            programme: "2024".to_owned(),
            kind: GatheringKind::ConsultationEvent.into(),
            title: format!("{region} の相談会"),
            ..GatheringFacts::default()
        };
        events.push(event("gathering", &gathering.gathering_id.clone(), &GatheringChanged { facts: Some(gathering) }));
        for number in 0..applied {
            let came = number < attended;
            let state = if came { ParticipationState::Attended } else { ParticipationState::Absent };
            let id = format!("p-{region}-{number}");
            let facts = ParticipationFacts {
                participation_id: id.clone(),
                gathering: format!("gatherings/g-{region}"),
                programme: "2024".to_owned(),
                kind: GatheringKind::ConsultationEvent.into(),
                region: place.clone(),
                company: Some(CompanySnapshot {
                    company: format!("companies/{region}-{number}"),
                    industry: "manufacturing".to_owned(),
                    ..CompanySnapshot::default()
                }),
                people: if came { 1 + i32::from(number < people - attended) } else { 0 },
                ..ParticipationFacts::default()
            };
            let applied = ParticipationFacts { state: ParticipationState::Applied.into(), people: 0, ..facts.clone() };
            events.push(event("participation", &id, &ParticipationChanged { facts: Some(applied) }));
            let facts = ParticipationFacts { state: state.into(), ..facts };
            events.push(event("participation", &id, &ParticipationChanged { facts: Some(facts) }));
        }
    }
    stage.emit("engagement", events).await;
    let reports = stage.reports().await;
    let report = reports.of_2024("participation").await;
    let by_region = table(&report, "by-region");
    let of = ["applied", "attended", "share", "walked_in", "people"];
    assert_eq!(row(by_region, "27", of), [68, 52, 7_647, 0, 60]);
    assert_eq!(row(by_region, "nagoya", of), [35, 34, 9_714, 0, 40]);
    assert_eq!(row(by_region, "11", of), [19, 19, 10_000, 0, 22]);
    assert_eq!(row(by_region, "total", of), [122, 105, 8_607, 0, 122]);
    let units: Vec<Unit> = by_region.columns.as_ref().unwrap().entries.iter().map(|entry| entry.unit()).collect();
    assert_eq!(units, [Unit::Count, Unit::Count, Unit::BasisPoints, Unit::Count, Unit::Count]);
    assert_eq!(columns(by_region), of);
    let gatherings = table(&report, "by-gathering");
    let titles: Vec<_> =
        gatherings.rows.iter().flat_map(|axis| &axis.entries).map(|e| e.label.clone().unwrap().ja).collect();
    assert_eq!(titles, ["27 の相談会", "nagoya の相談会", "11 の相談会", "計"], "in order of first appearance");
    assert_eq!(cell(gatherings, "g-27", "absent"), Some(16));
    reports.end().await;
}

async fn others_may_not_ask(stage: &Stage) {
    let reports = stage.reports().await;
    for (role, allowed) in
        [(Role::Operator, true), (Role::Counsellor, true), (Role::Portal, true), (Role::Expert, false)]
    {
        let asked = reports.client(role).list_reports(ListReportsRequest {}).await;
        assert_eq!(
            asked.map(drop).map_err(|status| status.code()),
            if allowed { Ok(()) } else { Err(Code::PermissionDenied) }
        );
    }
    reports.end().await;
}
