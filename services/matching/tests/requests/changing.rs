//! What becomes of requests: changes, ends, who reaches them, and what is kept in confidence.

use contract::matching::v1::*;
use contract::registry::v1::{CompanyChanged, CompanyErased, CompanyFacts};
use kit_log::{KeyStore as _, NewEvent};
use kit_serve::Role;
use prost::Message as _;
use prost_types::FieldMask;
use tonic::Code;

use crate::stage::{BODY, OTHER_BODY, Stage, asks, company, faults, faults_of, japan, need, reason_of, until, wire};

on_both!(
    fields_of_the_mask_change_and_nothing_else,
    what_is_wrong_with_a_change_is_told_at_once,
    it_ends_by_itself_when_its_time_has_run_out,
    withdrawn_it_stays_so,
    each_reaches_the_own,
    lists_come_in_pages_by_conditions,
    what_is_told_in_confidence_is_sealed_and_goes_with_the_key,
    a_company_that_is_erased_asks_for_nothing_any_more,
);

fn update(name: &str, paths: &[&str], need: Need) -> UpdateRequestRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdateRequestRequest {
        name: name.to_owned(),
        need: Some(need),
        update_mask: Some(FieldMask { paths }),
        ..Default::default()
    }
}

fn withdraw(name: &str) -> WithdrawRequestRequest {
    WithdrawRequestRequest { name: name.to_owned(), ..Default::default() }
}

async fn fields_of_the_mask_change_and_nothing_else(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let request = stage.enter(asks(&known)).await;
    let given = Need {
        themes: vec!["T2".to_owned()],
        diagnosed_needs: vec!["rules".to_owned()],
        formats: vec!["online".to_owned()],
        ..Default::default()
    };
    let change = UpdateRequestRequest {
        reason: "専門家の見立て".to_owned(),
        etag: request.etag.clone(),
        request_id: "u-1".to_owned(),
        ..update(&request.name, &["need.diagnosed_needs", "need.formats"], given)
    };
    let changed = stage.counsellor().update_request(change.clone()).await.unwrap().into_inner();
    let now = changed.request.clone().unwrap();
    let expected = Need { diagnosed_needs: vec!["rules".to_owned()], formats: vec!["online".to_owned()], ..need() };
    assert_eq!(now.facts.as_ref().unwrap().need, Some(expected));
    assert_ne!(now.etag, request.etag);
    let told = stage.events().await.pop().unwrap();
    assert_eq!(RequestChanged::decode(told.clear).unwrap().changed, ["need"]);
    let again = stage.counsellor().update_request(change.clone()).await.unwrap().into_inner();
    assert_eq!((again.token, stage.events().await.len()), (changed.token, 2), "the same request again");
    let stale = UpdateRequestRequest { request_id: String::new(), ..change.clone() };
    let refused = stage.counsellor().update_request(stale).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::Aborted, "STALE_ETAG".to_owned()));
    let same = UpdateRequestRequest { request_id: String::new(), etag: String::new(), ..change };
    let same = stage.counsellor().update_request(same).await.unwrap().into_inner().request.unwrap();
    assert_eq!((same.etag, stage.events().await.len()), (now.etag, 2), "a change of nothing tells nothing");

    let texts = UpdateRequestRequest {
        circumstances: "新しい事情".to_owned(),
        expire_time: wire("11-01 00:00"),
        ..update(&request.name, &["circumstances", "expire_time"], need())
    };
    let now = stage.counsellor().update_request(texts).await.unwrap().into_inner().request.unwrap();
    assert_eq!(now.texts.unwrap().circumstances, "新しい事情");
    assert_eq!(now.facts.unwrap().expire_time, wire("11-01 00:00"));
    let told = stage.events().await.pop().unwrap();
    assert_eq!(RequestChanged::decode(told.clear).unwrap().changed, ["texts", "expiry"]);
    let steps = stage.history(&request.name).await;
    let seen: Vec<_> =
        steps.iter().map(|step| (step.cause.as_str(), step.detail.as_str(), step.reason.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("ENTERED", "", ""),
            ("UPDATED", "need.diagnosed_needs,need.formats", "専門家の見立て"),
            ("UPDATED", "circumstances,expire_time", ""),
        ]
    );
}

async fn what_is_wrong_with_a_change_is_told_at_once(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let request = stage.enter(asks(&known)).await;
    let given = Need { themes: vec![], payer: Payer::Company.into(), ..need() };
    let odd = UpdateRequestRequest {
        circumstances: "長".repeat(2_001),
        expire_time: wire("09-30 00:00"),
        reason: "長".repeat(501),
        request_id: "日本".to_owned(),
        ..update(
            &request.name,
            &["need.themes", "need.kind", "need", "need.payer", "need.payer", "circumstances", "expire_time"],
            given,
        )
    };
    let refused = stage.counsellor().update_request(odd).await.unwrap_err();
    assert_eq!(
        faults_of(&refused),
        faults(&[
            ("update_mask.paths[1]", "NOT_HERE"),
            ("update_mask.paths[2]", "UNKNOWN_PATH"),
            ("update_mask.paths[4]", "REPEATED"),
            ("circumstances", "TOO_LONG"),
            ("expire_time", "IN_THE_PAST"),
            ("reason", "TOO_LONG"),
            ("request_id", "BAD_REQUEST_ID"),
            ("need.themes", "REQUIRED"),
            ("need.fee_ceiling", "REQUIRED"),
        ])
    );
    let refused = stage.counsellor().update_request(update(&request.name, &[], need())).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("update_mask", "REQUIRED")]));
    let absent = stage.counsellor().update_request(update(&request.name, &["expire_time"], need())).await.unwrap_err();
    assert_eq!(faults_of(&absent), faults(&[("expire_time", "REQUIRED")]));
    // A need that is wrong as a whole is found where everything else is right.
    let alone = Need { payer: Payer::Company.into(), ..Default::default() };
    let refused = stage.counsellor().update_request(update(&request.name, &["need.payer"], alone)).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("need.fee_ceiling", "REQUIRED")]));
    let none = stage.counsellor().update_request(update("requests/none", &["need.payer"], need())).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "REQUEST_NOT_FOUND".to_owned()));
    let bad = stage.counsellor().withdraw_request(withdraw("none")).await.unwrap_err();
    assert_eq!(faults_of(&bad), faults(&[("name", "BAD_NAME")]));
    assert_eq!(stage.events().await.len(), 1);
}

async fn it_ends_by_itself_when_its_time_has_run_out(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let soon = stage.enter(CreateRequestRequest { expire_time: wire("10-02 09:00"), ..asks(&known) }).await;
    let later = stage.enter(CreateRequestRequest { expire_time: wire("10-03 09:00"), ..asks(&known) }).await;
    // A second replica looks at the same clock: each request ends once.
    stage.start().await;
    stage.clock.set(japan("10-02 09:00"));
    until("the first to end", async || (stage.state(&soon.name).await == RequestState::Expired).then_some(())).await;
    assert_eq!(stage.state(&later.name).await, RequestState::Open);
    stage.clock.set(japan("10-04 09:00"));
    until("the second to end", async || (stage.state(&later.name).await == RequestState::Expired).then_some(())).await;
    let steps = stage.history(&soon.name).await;
    assert_eq!(steps.len(), 2);
    assert_eq!(
        (steps[1].cause.as_str(), steps[1].from.as_str(), steps[1].to.as_str(), steps[1].actor.as_str()),
        ("EXPIRED", "open", "expired", "service:matching")
    );
    assert_eq!(stage.events().await.len(), 4);
    let refused = stage.counsellor().withdraw_request(withdraw(&soon.name)).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::FailedPrecondition, "no step from expired to withdrawn"));
}

async fn withdrawn_it_stays_so(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let request = stage.enter(asks(&known)).await;
    let given = WithdrawRequestRequest {
        reason: "社内で対応できた".to_owned(),
        request_id: "w-1".to_owned(),
        etag: request.etag.clone(),
        ..withdraw(&request.name)
    };
    let over = stage.counsellor().withdraw_request(given.clone()).await.unwrap().into_inner();
    assert_eq!(over.request.clone().unwrap().facts.unwrap().state(), RequestState::Withdrawn);
    assert_eq!(stage.counsellor().withdraw_request(given).await.unwrap().into_inner(), over);
    let refused = stage.counsellor().withdraw_request(withdraw(&request.name)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "ILLEGAL_TRANSITION");
    let refused = stage.counsellor().update_request(update(&request.name, &["need.payer"], need())).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "ILLEGAL_TRANSITION".to_owned()));
    stage.clock.set(japan("12-31 09:00"));
    assert_eq!(stage.history(&request.name).await[1].reason, "社内で対応できた");
}

async fn each_reaches_the_own(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let request = stage.enter(asks(&known)).await;
    let denied = |status: tonic::Status| (status.code(), reason_of(&status));
    let not_own = (Code::PermissionDenied, "NOT_OWN".to_owned());
    let name = request.name.clone();
    let get = || GetRequestRequest { name: name.clone() };
    assert_eq!(denied(stage.elsewhere().get_request(get()).await.unwrap_err()), not_own);
    assert_eq!(
        denied(stage.expert().get_request(get()).await.unwrap_err()),
        not_own,
        "it is not proposed to the expert"
    );
    assert_eq!(denied(stage.elsewhere().withdraw_request(withdraw(&name)).await.unwrap_err()), not_own);
    let change = update(&name, &["need.themes"], need());
    assert_eq!(denied(stage.elsewhere().update_request(change).await.unwrap_err()), not_own);
    let history = GetRequestHistoryRequest { name: name.clone() };
    assert_eq!(denied(stage.elsewhere().get_request_history(history).await.unwrap_err()), not_own);
    assert!(stage.counsellor().get_request(get()).await.is_ok());
    assert!(stage.by("insights", Role::Service, &[]).get_request(get()).await.is_ok());
    let enter = stage.expert().create_request(asks(&known)).await.unwrap_err();
    assert_eq!(enter.code(), Code::PermissionDenied);
    let none = stage.operator().get_request(GetRequestRequest { name: "requests/none".to_owned() }).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "REQUEST_NOT_FOUND".to_owned()));
}

async fn lists_come_in_pages_by_conditions(stage: &Stage) {
    let (one, other) = (stage.books.put(company("甲")), stage.books.put(company("乙")));
    let mut names = Vec::new();
    for (at, name) in [&one, &other, &one].into_iter().enumerate() {
        let body = if at == 2 { OTHER_BODY } else { BODY };
        let given = CreateRequestRequest { body: body.to_owned(), ..asks(name) };
        names.push(stage.operator().create_request(given).await.unwrap().into_inner().request.unwrap().name);
    }
    stage.operator().withdraw_request(withdraw(&names[1])).await.unwrap();
    let listed = async |mut client: support_requests_client::SupportRequestsClient<kit_serve::Client>,
                        asked: ListRequestsRequest| {
        let page = client.list_requests(asked).await.unwrap().into_inner();
        (page.requests.into_iter().map(|request| request.name).collect::<Vec<_>>(), page.next_page_token)
    };
    let all = || ListRequestsRequest::default();
    assert_eq!(listed(stage.operator(), all()).await, (names.clone(), String::new()));
    assert_eq!(listed(stage.counsellor(), all()).await.0, names[..2]);
    let both = stage.by("counsellor-3", Role::Counsellor, &[BODY, OTHER_BODY]);
    assert_eq!(listed(both, all()).await.0, names);
    let of = ListRequestsRequest { company: one.clone(), ..all() };
    assert_eq!(listed(stage.operator(), of).await.0, [names[0].clone(), names[2].clone()]);
    let states = vec![RequestState::Withdrawn.into(), RequestState::Merged.into()];
    assert_eq!(listed(stage.operator(), ListRequestsRequest { states, ..all() }).await.0, names[1..2]);
    let of = ListRequestsRequest { body: OTHER_BODY.to_owned(), programme: "2024".to_owned(), ..all() };
    assert_eq!(listed(stage.operator(), of).await.0, names[2..]);
    let page = ListRequestsRequest { page_size: 2, ..all() };
    let (first, page_token) = listed(stage.operator(), page.clone()).await;
    assert_eq!(first, names[..2]);
    let (rest, end) =
        listed(stage.operator(), ListRequestsRequest { page_token: page_token.clone(), ..page.clone() }).await;
    assert_eq!((rest, end), (names[2..].to_vec(), String::new()));
    let odd = ListRequestsRequest {
        states: vec![0, 99],
        body: "x".to_owned(),
        company: "y".to_owned(),
        page_size: 201,
        page_token,
        ..all()
    };
    let refused = stage.operator().list_requests(odd).await.unwrap_err();
    assert_eq!(
        faults_of(&refused),
        faults(&[
            ("states[0]", "REQUIRED"),
            ("states[1]", "UNKNOWN_CODE"),
            ("body", "BAD_NAME"),
            ("company", "BAD_NAME"),
            ("page_size", "OUT_OF_RANGE"),
            ("page_token", "BAD_PAGE_TOKEN"),
        ])
    );
    let denied = ListRequestsRequest { body: BODY.to_owned(), ..all() };
    assert_eq!(reason_of(&stage.elsewhere().list_requests(denied).await.unwrap_err()), "NOT_OWN");
}

async fn what_is_told_in_confidence_is_sealed_and_goes_with_the_key(stage: &Stage) {
    let known = stage.books.put(company("見本製作所"));
    let request = stage.enter(CreateRequestRequest { circumstances: "秘密の事情".to_owned(), ..asks(&known) }).await;
    let change = UpdateRequestRequest {
        reason: "秘密の理由".to_owned(),
        ..update(&request.name, &["need.themes"], Need { themes: vec!["T3".to_owned()], ..need() })
    };
    stage.counsellor().update_request(change).await.unwrap();
    assert_eq!(stage.leaks(&["見本製作所", "秘密の事情", "秘密の理由"]).await, Vec::<String>::new());
    let told = stage.events().await.pop().unwrap();
    let key = stage.keys.find(std::slice::from_ref(&told.key_id)).await.unwrap();
    let body = RequestTexts::decode(key[&told.key_id].open(&told.id, &told.personal).unwrap().as_slice()).unwrap();
    assert_eq!((body.company_name.as_str(), body.circumstances.as_str()), ("見本製作所", "秘密の事情"));

    stage.keys.destroy("c-1").await.unwrap();
    let left = stage.get(&request.name).await;
    assert_eq!(left.texts, Some(RequestTexts::default()));
    assert_eq!(left.facts.unwrap().need.unwrap().themes, ["T3"], "figures stay");
    assert!(stage.history(&request.name).await.iter().all(|step| step.reason.is_empty()));
    let over = WithdrawRequestRequest { reason: "消した後の理由".to_owned(), ..withdraw(&request.name) };
    stage.counsellor().withdraw_request(over).await.unwrap();
    assert!(
        stage.history(&request.name).await.iter().all(|step| step.reason.is_empty()),
        "nothing is written any more"
    );
}

async fn a_company_that_is_erased_asks_for_nothing_any_more(stage: &Stage) {
    let (gone, other) = (stage.books.put(company("甲")), stage.books.put(company("乙")));
    let (request, stays) = (stage.enter(asks(&gone)).await, stage.enter(asks(&other)).await);
    let over = stage.enter(asks(&gone)).await;
    stage.counsellor().withdraw_request(withdraw(&over.name)).await.unwrap();
    let facts = CompanyFacts { company_id: "c-1".to_owned(), ..Default::default() };
    let erased = CompanyErased { facts: Some(facts) };
    stage.register_tells(NewEvent::new("company", "c-1", &erased)).await;
    assert_eq!(stage.state(&request.name).await, RequestState::Withdrawn);
    assert_eq!(stage.state(&stays.name).await, RequestState::Open);
    let step = stage.history(&request.name).await.pop().unwrap();
    assert_eq!(
        (step.cause.as_str(), step.detail.as_str(), step.actor.as_str()),
        ("WITHDRAWN", "COMPANY_ERASED", "service:matching")
    );
    assert_eq!(stage.history(&over.name).await.len(), 2);
    // The register answered before it was erased there, and the answer came late: nothing is entered all the same.
    let refused = stage.counsellor().create_request(asks(&gone)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "COMPANY_ERASED");
    // The register tells of it once more, since the company that it points at was merged: erased it stays.
    let facts = CompanyFacts { merged_into: "companies/c-2".to_owned(), ..erased.facts.clone().unwrap() };
    let moved = CompanyChanged { facts: Some(facts), changed: vec!["facts.merged_into".to_owned()] };
    stage.register_tells(NewEvent::new("company", "c-1", &moved)).await;
    let refused = stage.counsellor().create_request(asks(&gone)).await.unwrap_err();
    assert_eq!(reason_of(&refused), "COMPANY_ERASED");
    // Told again, as when the log is read anew, it changes nothing.
    let events = stage.events().await.len();
    stage.register_tells(NewEvent::new("company", "c-1", &erased)).await;
    assert_eq!(stage.events().await.len(), events);
}
