//! What the portal pulls, what recipients acknowledge, and what is nobody else's.

use contract::engagement::v1::{Due, DueAction};
use contract::notices::v1::*;
use kit_serve::Role;
use tonic::Code;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, case, faults_of, of, reason_of, told, wire};

on_both!(
    the_first_pull_hands_over_and_a_lost_answer_costs_nothing,
    a_puller_learns_what_became_of_what_it_holds,
    pages_bring_each_once,
    an_acknowledgement_holds_and_may_be_said_twice,
    everybody_reaches_only_the_own,
    every_fault_is_named,
    a_cursor_of_another_life_begins_anew,
);

async fn pull(stage: &Stage, cursor: &str) -> PullResponse {
    let request = PullRequest { cursor: cursor.to_owned(), ..Default::default() };
    stage.portal().pull(request).await.unwrap().into_inner()
}

async fn the_first_pull_hands_over_and_a_lost_answer_costs_nothing(stage: &Stage) {
    assert!(pull(stage, "").await.notices.is_empty());
    stage.tell(&case("k-1"), vec![]).await;
    assert_eq!(
        of(&stage.all().await, "case_begun_expert")[0].state(),
        NoticeState::Pending,
        "looking hands nothing over"
    );
    let first = pull(stage, "").await;
    assert_eq!((first.notices.len(), first.more), (2, false));
    stage.clock_to("10-02 09:00");
    let again = pull(stage, "").await;
    assert_eq!(again.notices, first.notices, "the same, though time went by");
    for notice in &first.notices {
        let facts = notice.facts.clone().unwrap();
        assert_eq!((facts.state(), facts.hand_over_time), (NoticeState::HandedOver, wire("10-01 09:00")));
        assert_eq!(facts.deliveries.len(), 1);
        let delivery = &facts.deliveries[0];
        assert_eq!((delivery.channel(), delivery.state()), (Channel::Portal, DeliveryState::Delivered));
    }
    assert_eq!(stage.times("case_begun_expert", "handed_over").await, 1);
    assert!(pull(stage, &first.next_cursor).await.notices.is_empty());
}

async fn a_puller_learns_what_became_of_what_it_holds(stage: &Stage) {
    let mut facts = case("k-1");
    facts.due = Some(Due { action: DueAction::PlanVisit.into(), time: wire("10-15 00:00"), visit: 0 });
    stage.tell(&facts, vec![]).await;
    let first = pull(stage, "").await;
    assert_eq!(first.notices.len(), 3);
    facts.due = None;
    stage.tell(&facts, vec![]).await;
    stage.tell(&case("k-2"), vec![]).await;
    let next = pull(stage, &first.next_cursor).await;
    let withdrawn = of(&next.notices, "plan_visit_due");
    assert_eq!((withdrawn.len(), withdrawn[0].state()), (1, NoticeState::Withdrawn));
    assert_eq!(next.notices.len(), 3, "{:?}", told(&next.notices));
    assert!(pull(stage, &next.next_cursor).await.notices.is_empty());
    // Whoever begins anew has nothing to forget.
    assert_eq!(pull(stage, "").await.notices.len(), 4);
}

async fn pages_bring_each_once(stage: &Stage) {
    for number in 0..5 {
        stage.tell(&case(&format!("k-{number}")), vec![]).await;
    }
    let (mut cursor, mut names) = (String::new(), Vec::new());
    loop {
        let request = PullRequest { cursor, page_size: 3, ..Default::default() };
        let page = stage.portal().pull(request).await.unwrap().into_inner();
        names.extend(page.notices.into_iter().map(|notice| notice.name));
        cursor = page.next_cursor;
        if !page.more {
            break;
        }
    }
    assert_eq!(names.len(), 10);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 10);
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListNoticesRequest { page_size: 4, page_token, ..Default::default() };
        let page = stage.operator().list_notices(request).await.unwrap().into_inner();
        listed.extend(page.notices.into_iter().map(|notice| notice.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    listed.sort();
    assert_eq!(listed, names);
}

async fn an_acknowledgement_holds_and_may_be_said_twice(stage: &Stage) {
    stage.tell(&case("k-1"), vec![]).await;
    let name = stage.all().await[0].name.clone();
    let request = AcknowledgeRequest { name: name.clone(), request_id: "r-1".to_owned() };
    let notice = stage.portal().acknowledge(request.clone()).await.unwrap().into_inner().notice.unwrap();
    assert_eq!(notice.facts.unwrap().state(), NoticeState::Acknowledged);
    stage.portal().acknowledge(request.clone()).await.unwrap();
    stage.portal().acknowledge(AcknowledgeRequest { request_id: String::new(), ..request }).await.unwrap();
    assert_eq!(stage.times("case_begun_company", "acknowledged").await, 1);
    stage.tell(&case("k-1"), vec![]).await;
    assert_eq!(stage.all().await.len(), 2, "seen is seen");
    let missing = GetNoticeRequest { name: "notices/none".to_owned() };
    let refused = stage.portal().get_notice(missing).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::NotFound, "NOTICE_NOT_FOUND"));
}

async fn everybody_reaches_only_the_own(stage: &Stage) {
    stage.clock_to("10-15 10:00");
    let mut facts = case("k-1");
    facts.due = Some(Due { action: DueAction::PlanVisit.into(), time: wire("10-15 00:00"), visit: 0 });
    stage.tell(&facts, vec![]).await;
    let everything = stage.all().await;
    let pulled = async |role: Role, owns: &[&str], recipient: &str| {
        let request = PullRequest { recipient: recipient.to_owned(), ..Default::default() };
        let answer = stage.by("somebody", role, owns).pull(request).await;
        answer.map(|answer| {
            answer.into_inner().notices.into_iter().map(|one| one.facts.unwrap().recipient).collect::<Vec<_>>()
        })
    };
    assert_eq!(pulled(Role::Expert, &[EXPERT], "").await.unwrap(), [EXPERT; 2]);
    assert_eq!(pulled(Role::Counsellor, &[BODY], "").await.unwrap(), [BODY]);
    assert_eq!(pulled(Role::Portal, &[], COMPANY).await.unwrap(), [COMPANY]);
    for (role, owns, recipient) in [
        (Role::Expert, &[EXPERT][..], COMPANY),
        (Role::Expert, &[][..], ""),
        // Roles reach only what belongs to them, whatever else the caller owns.
        (Role::Expert, &[BODY][..], BODY),
        (Role::Counsellor, &[BODY][..], EXPERT),
        (Role::Counsellor, &["bodies/kobe"][..], BODY),
    ] {
        let refused = pulled(role, owns, recipient).await.unwrap_err();
        assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "NOT_OWN"), "{role:?}");
    }
    let refused = pulled(Role::Counsellor, &[BODY, "bodies/kobe"], "").await.unwrap_err();
    assert_eq!(faults_of(&refused), [("recipient".to_owned(), "REQUIRED".to_owned())]);
    let others = everything.iter().find(|one| one.facts.as_ref().unwrap().recipient == COMPANY).unwrap();
    let mut expert = stage.by("expert-1", Role::Expert, &[EXPERT]);
    let get = GetNoticeRequest { name: others.name.clone() };
    assert_eq!(reason_of(&expert.get_notice(get).await.unwrap_err()), "NOT_OWN");
    let acknowledge = AcknowledgeRequest { name: others.name.clone(), request_id: String::new() };
    assert_eq!(reason_of(&expert.acknowledge(acknowledge).await.unwrap_err()), "NOT_OWN");
    let refused = expert.list_deliveries(ListDeliveriesRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let own = expert.list_notices(ListNoticesRequest::default()).await.unwrap().into_inner().notices;
    assert!(own.iter().all(|one| one.facts.as_ref().unwrap().recipient == EXPERT) && own.len() == 2);
}

async fn every_fault_is_named(stage: &Stage) {
    let request = PullRequest { recipient: "people/1".to_owned(), cursor: "x".to_owned(), page_size: 201 };
    let refused = stage.portal().pull(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let named = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    let wanted = [named("recipient", "BAD_NAME"), named("page_size", "OUT_OF_RANGE"), named("cursor", "BAD_CURSOR")];
    assert_eq!(faults_of(&refused), wanted);
    let request = ListNoticesRequest {
        template: "none".to_owned(),
        state: 77,
        page_token: "1.2".to_owned(),
        subject: "cases/".to_owned(),
        ..Default::default()
    };
    let refused = stage.operator().list_notices(request).await.unwrap_err();
    let wanted = [
        named("subject", "BAD_NAME"),
        named("state", "UNKNOWN_CODE"),
        named("template", "UNKNOWN_CODE"),
        named("page_token", "BAD_PAGE_TOKEN"),
    ];
    assert_eq!(faults_of(&refused), wanted);
    let request = AcknowledgeRequest { name: "k-1".to_owned(), request_id: "あ".to_owned() };
    let refused = stage.portal().acknowledge(request).await.unwrap_err();
    assert_eq!(faults_of(&refused), [named("name", "BAD_NAME"), named("request_id", "BAD_REQUEST_ID")]);
}

async fn a_cursor_of_another_life_begins_anew(stage: &Stage) {
    stage.tell(&case("k-1"), vec![]).await;
    let first = pull(stage, "").await;
    assert!(pull(stage, &first.next_cursor).await.notices.is_empty());
    stage.log().renew_epoch("another-life").await.unwrap();
    assert_eq!(pull(stage, &first.next_cursor).await.notices.len(), 2);
}
