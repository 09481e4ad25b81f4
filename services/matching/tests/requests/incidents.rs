//! Reporting an incident: three fields, who reaches it, what is sealed, and how many come at once.

use contract::matching::v1::*;
use kit_log::KeyStore as _;
use kit_serve::Role;
use prost::Message as _;
use tonic::Code;

use crate::stage::{BODY, OTHER_BODY, Stage, faults, faults_of, help, reason_of, wire};

on_both!(
    three_fields_are_enough,
    what_is_wrong_is_told_at_once,
    a_retry_enters_one_incident,
    too_many_at_once_are_refused_until_the_minute_is_over,
    each_reaches_the_own,
    what_was_told_is_sealed_and_goes_with_its_key,
    it_is_closed_once,
    lists_come_newest_first,
);

async fn status(stage: &Stage, name: &str) -> IncidentStatus {
    let asked = GetIncidentStatusRequest { name: name.to_owned() };
    stage.visitor().get_incident_status(asked).await.unwrap().into_inner().status.unwrap()
}

async fn report(stage: &Stage, given: ReportIncidentRequest) -> IncidentStatus {
    stage.visitor().report_incident(given).await.unwrap().into_inner().status.unwrap()
}

fn close(name: &str) -> CloseIncidentRequest {
    CloseIncidentRequest { name: name.to_owned(), ..Default::default() }
}

fn answer(name: &str, expert: &str, accept: bool) -> AnswerIncidentOfferRequest {
    let (name, expert) = (name.to_owned(), format!("experts/{expert}"));
    AnswerIncidentOfferRequest { name, expert, accept, ..Default::default() }
}

async fn three_fields_are_enough(stage: &Stage) {
    stage.on_call("e-1", 1, ("08:00", "18:00"), &["27"]).await;
    let told = report(stage, ReportIncidentRequest { prefecture: String::new(), ..help() }).await;
    assert_eq!((told.state(), told.asked, told.answer_by_time), (IncidentState::Offered, 1, wire("10-01 09:15")));
    assert!(told.ja.contains("1人目") && told.ja.contains("09:15") && told.en.contains("until 09:15"), "{}", told.ja);
    let codes: Vec<_> = told.contacts.iter().map(|contact| contact.code.as_str()).collect();
    assert_eq!(codes, ["ipa_anshin", "jpcert", "police", "help_team"]);
    let id = told.name.strip_prefix("incidents/").unwrap();
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(status(stage, &told.name).await, told);
    let facts = stage.incident(&told.name).await.facts.unwrap();
    assert_eq!((facts.prefecture.as_str(), facts.company.as_str(), facts.by_phone), ("", "", false));
    assert_eq!(facts.body, "bodies/operators", "nobody else would hear of it");
    let none = GetIncidentStatusRequest { name: "incidents/none".to_owned() };
    let none = stage.visitor().get_incident_status(none).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "INCIDENT_NOT_FOUND".to_owned()));
}

async fn what_is_wrong_is_told_at_once(stage: &Stage) {
    let odd = ReportIncidentRequest {
        who: " ".to_owned(),
        reach: "長".repeat(201),
        what: format!("a\u{7}{}", "長".repeat(4_000)),
        prefecture: "江戸".to_owned(),
        incident_type: "fire".to_owned(),
        company: "companies/c-1".to_owned(),
        body: BODY.to_owned(),
        by_phone: true,
        request_id: "日本".to_owned(),
    };
    let refused = stage.visitor().report_incident(odd.clone()).await.unwrap_err();
    let common = [
        ("who", "REQUIRED"),
        ("reach", "TOO_LONG"),
        ("what", "CONTROL_CHARACTER"),
        ("what", "TOO_LONG"),
        ("prefecture", "UNKNOWN_CODE"),
        ("incident_type", "UNKNOWN_CODE"),
    ];
    let more =
        [("company", "NOT_HERE"), ("body", "NOT_HERE"), ("by_phone", "NOT_HERE"), ("request_id", "BAD_REQUEST_ID")];
    assert_eq!(faults_of(&refused), faults(&[&common[..], &more].concat()));
    let odd = ReportIncidentRequest { company: "c-1".to_owned(), body: "osaka".to_owned(), ..odd };
    let refused = stage.staff().report_incident(odd).await.unwrap_err();
    let more = [("company", "BAD_NAME"), ("body", "BAD_NAME"), ("request_id", "BAD_REQUEST_ID")];
    assert_eq!(faults_of(&refused), faults(&[&common[..], &more].concat()));
    let empty = stage.visitor().report_incident(ReportIncidentRequest::default()).await.unwrap_err();
    assert_eq!(faults_of(&empty), faults(&[("who", "REQUIRED"), ("reach", "REQUIRED"), ("what", "REQUIRED")]));
    let bad = stage.visitor().get_incident_status(GetIncidentStatusRequest::default()).await.unwrap_err();
    assert_eq!(faults_of(&bad), faults(&[("name", "REQUIRED")]));
    let odd = AnswerIncidentOfferRequest { name: "x".to_owned(), expert: "y".to_owned(), ..Default::default() };
    let bad = stage.staff().answer_incident_offer(odd).await.unwrap_err();
    assert_eq!(faults_of(&bad), faults(&[("name", "BAD_NAME"), ("expert", "BAD_NAME")]));
    let odd = CloseIncidentRequest { reason: "長".repeat(501), request_id: "日".to_owned(), ..close("") };
    let bad = stage.staff().close_incident(odd).await.unwrap_err();
    let expected = [("name", "REQUIRED"), ("reason", "TOO_LONG"), ("request_id", "BAD_REQUEST_ID")];
    assert_eq!(faults_of(&bad), faults(&expected));
    assert_eq!(stage.events().await.len(), 0);
}

async fn a_retry_enters_one_incident(stage: &Stage) {
    let given = ReportIncidentRequest { request_id: "1".to_owned(), ..help() };
    let once = stage.visitor().report_incident(given.clone()).await.unwrap().into_inner();
    let again = stage.visitor().report_incident(given.clone()).await.unwrap().into_inner();
    assert_eq!((once.status.clone(), once.token), (again.status, again.token));
    // Another visitor whose form counts from one as well is somebody else.
    let other = report(stage, ReportIncidentRequest { who: "別の会社".to_owned(), ..given }).await;
    assert_ne!(other.name, once.status.unwrap().name);
    assert_eq!(stage.events().await.len(), 2);
}

async fn too_many_at_once_are_refused_until_the_minute_is_over(stage: &Stage) {
    for _ in 0..60 {
        report(stage, help()).await;
    }
    let refused = stage.visitor().report_incident(help()).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::ResourceExhausted, "TOO_MANY_INCIDENTS".to_owned()));
    assert!(stage.staff().report_incident(help()).await.is_ok(), "who has a role is not counted");
    let another = ReportIncidentRequest { request_id: "r".to_owned(), ..help() };
    assert!(stage.visitor().report_incident(another).await.is_err());
    stage.hour("09:01");
    report(stage, help()).await;
    assert_eq!(stage.events().await.len(), 62);
}

async fn each_reaches_the_own(stage: &Stage) {
    stage.on_call("e-1", 1, ("08:00", "18:00"), &[]).await;
    stage.on_call("e-2", 2, ("08:00", "18:00"), &[]).await;
    let by_phone = ReportIncidentRequest { by_phone: true, company: "companies/c-9".to_owned(), ..help() };
    let mut counsellor = stage.desk("counsellor-1", Role::Counsellor, &[BODY]);
    let name = counsellor.report_incident(by_phone).await.unwrap().into_inner().status.unwrap().name;
    let get = || GetIncidentRequest { name: name.clone() };
    let told = counsellor.get_incident(get()).await.unwrap().into_inner().incident.unwrap();
    let facts = told.facts.unwrap();
    assert_eq!((facts.body.as_str(), facts.prefecture.as_str(), facts.by_phone), (BODY, "27", true));
    assert_eq!(told.texts.unwrap().reach, "090-0000-0000");
    let mut elsewhere = stage.desk("counsellor-2", Role::Counsellor, &[OTHER_BODY]);
    let denied = |status: tonic::Status| (status.code(), reason_of(&status));
    let not_own = (Code::PermissionDenied, "NOT_OWN".to_owned());
    assert_eq!(denied(elsewhere.get_incident(get()).await.unwrap_err()), not_own);
    assert_eq!(denied(elsewhere.answer_incident_offer(answer(&name, "e-1", true)).await.unwrap_err()), not_own);
    assert_eq!(denied(elsewhere.close_incident(close(&name)).await.unwrap_err()), not_own);
    let named = ReportIncidentRequest { body: BODY.to_owned(), ..help() };
    assert_eq!(denied(elsewhere.report_incident(named).await.unwrap_err()), not_own);
    // Nobody is told before somebody took it, not even who is asked.
    assert_eq!(denied(stage.of("e-1").get_incident(get()).await.unwrap_err()), not_own);
    assert_eq!(denied(stage.of("e-2").answer_incident_offer(answer(&name, "e-1", true)).await.unwrap_err()), not_own);
    let declined = stage.of("e-1").answer_incident_offer(answer(&name, "e-1", false)).await.unwrap().into_inner();
    assert_eq!(declined.incident.unwrap().texts, Some(IncidentTexts::default()));
    let taken = stage.of("e-2").answer_incident_offer(answer(&name, "e-2", true)).await.unwrap().into_inner();
    assert_eq!(taken.incident.unwrap().texts.unwrap().what, "画面に身代金の要求が出ている");
    assert!(stage.of("e-2").get_incident(get()).await.is_ok());
    assert_eq!(denied(stage.of("e-1").get_incident(get()).await.unwrap_err()), not_own);
    let visitor = stage.visitor().get_incident(get()).await.unwrap_err();
    assert_eq!(visitor.code(), Code::PermissionDenied);
    assert_eq!(denied(stage.of("e-1").close_incident(close(&name)).await.unwrap_err()), not_own);
    stage.of("e-2").close_incident(close(&name)).await.unwrap();
}

async fn what_was_told_is_sealed_and_goes_with_its_key(stage: &Stage) {
    let own = report(stage, help()).await.name;
    let of_company = ReportIncidentRequest { company: "companies/c-1".to_owned(), ..help() };
    let of_company = stage.staff().report_incident(of_company.clone()).await.unwrap().into_inner().status.unwrap().name;
    let reason = CloseIncidentRequest { reason: "秘密の結末".to_owned(), ..close(&own) };
    stage.staff().close_incident(reason).await.unwrap();
    let secrets = ["見本製作所の総務担当", "090-0000-0000", "身代金", "秘密の結末"];
    assert_eq!(stage.leaks(&secrets).await, Vec::<String>::new());
    for event in stage.events().await {
        assert!(event.personal.is_empty(), "what was told is in no event, sealed or not");
        let facts = IncidentChanged::decode(event.clear).unwrap().facts.unwrap();
        assert_eq!(facts.prefecture, "27");
    }
    let who = async |name: &str| stage.incident(name).await.texts.unwrap().who;
    stage.keys.destroy("c-1").await.unwrap();
    assert_eq!((who(&of_company).await, who(&own).await), (String::new(), "見本製作所の総務担当".to_owned()));
    // Whoever calls for a company that was erased can be called back all the same.
    let again = ReportIncidentRequest { company: "companies/c-1".to_owned(), ..help() };
    let again = stage.staff().report_incident(again).await.unwrap().into_inner().status.unwrap().name;
    assert_eq!(who(&again).await, "見本製作所の総務担当");
    stage.keys.destroy(&own.replace("incidents/", "incident/")).await.unwrap();
    assert_eq!(stage.incident(&own).await.texts, Some(IncidentTexts::default()));
}

async fn it_is_closed_once(stage: &Stage) {
    stage.on_call("e-1", 1, ("08:00", "18:00"), &[]).await;
    let name = report(stage, help()).await.name;
    let given = CloseIncidentRequest { request_id: "c-1".to_owned(), ..close(&name) };
    let done = stage.staff().close_incident(given.clone()).await.unwrap().into_inner();
    assert_eq!(stage.staff().close_incident(given).await.unwrap().into_inner(), done);
    assert_eq!(stage.offers(&name).await, ["e-1 withdrawn"]);
    let told = status(stage, &name).await;
    assert_eq!((told.state(), told.answer_by_time), (IncidentState::Closed, None));
    assert!(told.ja.contains("終わりました"));
    for refused in [
        stage.staff().close_incident(close(&name)).await.unwrap_err(),
        stage.of("e-1").answer_incident_offer(answer(&name, "e-1", true)).await.unwrap_err(),
    ] {
        assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "ILLEGAL_TRANSITION".to_owned()));
    }
    let none = stage.staff().close_incident(close("incidents/none")).await.unwrap_err();
    assert_eq!(reason_of(&none), "INCIDENT_NOT_FOUND");
}

async fn lists_come_newest_first(stage: &Stage) {
    let mut names = Vec::new();
    for body in ["", BODY, OTHER_BODY] {
        let given = ReportIncidentRequest { body: body.to_owned(), ..help() };
        names.push(stage.staff().report_incident(given).await.unwrap().into_inner().status.unwrap().name);
    }
    names.reverse();
    stage.staff().close_incident(close(&names[0])).await.unwrap();
    let all = || ListIncidentsRequest::default();
    let listed = async |mut client: incidents_client::IncidentsClient<kit_serve::Client>,
                        asked: ListIncidentsRequest| {
        let page = client.list_incidents(asked).await.unwrap().into_inner();
        (page.incidents.into_iter().map(|one| one.name).collect::<Vec<_>>(), page.next_page_token)
    };
    assert_eq!(listed(stage.staff(), all()).await, (names.clone(), String::new()));
    let own = stage.desk("counsellor-1", Role::Counsellor, &[BODY]);
    assert_eq!(listed(own, all()).await.0, names[1..2]);
    let state = IncidentState::FallenBack.into();
    assert_eq!(listed(stage.staff(), ListIncidentsRequest { state, ..all() }).await.0, names[1..]);
    let body = OTHER_BODY.to_owned();
    assert_eq!(listed(stage.staff(), ListIncidentsRequest { body, ..all() }).await.0, names[..1]);
    let page = ListIncidentsRequest { page_size: 2, ..all() };
    let (first, page_token) = listed(stage.staff(), page.clone()).await;
    assert_eq!(first, names[..2]);
    assert_eq!(
        listed(stage.staff(), ListIncidentsRequest { page_token, ..page }).await,
        (names[2..].to_vec(), String::new())
    );
    let odd = ListIncidentsRequest { state: 9, body: "x".to_owned(), page_size: -1, page_token: "y".to_owned() };
    let refused = stage.staff().list_incidents(odd).await.unwrap_err();
    let expected = [
        ("state", "UNKNOWN_CODE"),
        ("body", "BAD_NAME"),
        ("page_size", "OUT_OF_RANGE"),
        ("page_token", "BAD_PAGE_TOKEN"),
    ];
    assert_eq!(faults_of(&refused), faults(&expected));
}
