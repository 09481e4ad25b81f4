//! Notices by mail, with a server that takes, refuses, puts off, falls silent, or dies.

use std::collections::BTreeMap;
use std::time::Duration;

use contract::notices::v1::*;
use contract::registry::v1::{ExpertChanged, ExpertPerson, ExpertState};
use kit_log::NewEvent;
use notices::{Config, MailConfig};

use crate::smtp::{Manner, Smtp};
use crate::stage::{BODY, COMPANY, EXPERT, Stage, case, emit, of, reason_of, until, wire};

on_both!(
    a_mail_says_it_in_both_languages_and_goes_once,
    what_is_put_off_is_tried_again_and_given_up_visibly,
    what_is_refused_is_given_up_at_once_and_an_operator_takes_it_up,
    a_server_that_falls_silent_or_dies_is_tried_again,
    whoever_has_no_address_is_told_of,
    an_expert_gives_the_own_address_and_takes_it_away,
    what_is_over_is_not_sent_any_more,
    nothing_a_company_is_called_gets_into_the_headers,
    two_replicas_send_each_once,
);

fn addresses() -> BTreeMap<String, String> {
    let all = [(COMPANY, "c-1@example.jp"), (EXPERT, "e-1@example.jp"), (BODY, "osaka@example.jp")];
    all.into_iter().map(|(recipient, address)| (recipient.to_owned(), address.to_owned())).collect()
}

/// The notices, started again with mail.
async fn with_mail(stage: &Stage, server: &Smtp, addresses: BTreeMap<String, String>) -> Config {
    let mail = MailConfig {
        addresses,
        portal: Some("https://portal.example.jp/".to_owned()),
        timeout: Duration::from_millis(400),
        ..MailConfig::new(&server.url, "アクティブリスト <list@example.jp>")
    };
    let config = Config { mail: Some(mail), ..stage.config.clone() };
    stage.stop().await;
    stage.start(config.clone()).await;
    config
}

fn mail_of(facts: &NoticeFacts) -> Delivery {
    facts.deliveries.iter().find(|one| one.channel() == Channel::Mail).cloned().unwrap_or_default()
}

/// Waits until the mail of every notice that there is stands like this.
async fn stands(stage: &Stage, what: &str, like: impl Fn(&Delivery) -> bool) -> Vec<NoticeFacts> {
    until(what, async || {
        let all: Vec<_> = stage.all().await.into_iter().filter_map(|notice| notice.facts).collect();
        (!all.is_empty() && all.iter().all(|facts| like(&mail_of(facts)))).then_some(all)
    })
    .await
}

fn delivered(delivery: &Delivery) -> bool {
    delivery.state() == DeliveryState::Delivered
}

async fn a_mail_says_it_in_both_languages_and_goes_once(stage: &Stage) {
    // A server that takes the mail and then hangs has taken it.
    let server = Smtp::open(Manner::TakesAndHangs).await;
    with_mail(stage, &server, addresses()).await;
    stage.tell(&case("k-1"), vec![]).await;
    let all = stands(stage, "the mails", delivered).await;
    assert!(all.iter().all(|facts| facts.state() == NoticeState::HandedOver && mail_of(facts).reply_code == 250));
    let mails = server.taken();
    assert_eq!(mails.len(), 2);
    let mail = mails.iter().find(|mail| mail.to[0].contains("e-1@example.jp")).unwrap();
    assert!(mail.from.contains("<list@example.jp>"), "{}", mail.from);
    assert_eq!(mail.header("Subject"), "指導案件が始まります: 見本製作所 / A guidance case begins: 見本製作所");
    let text = mail.text();
    let (ja, en) = (text.find("情報セキュリティ規程の整備").unwrap(), text.find("Information security rules").unwrap());
    assert!(ja < en && text.contains("https://portal.example.jp/cases/k-1\n"), "{text}");
    let id = of(&stage.all().await, "case_begun_expert")[0].notice_id.clone();
    assert_eq!(mail.header("Message-ID"), format!("<{id}@example.jp>"));
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(mail.header("Date").starts_with("Tue, 01 Oct 2024 00:00:00"), "{}", mail.header("Date"));
    // Whatever happens later, it is not sent again.
    server.behave(Manner::Takes);
    stage.restart().await;
    with_mail(stage, &server, addresses()).await;
    stage.clock_to("10-03 09:00");
    stage.tell(&case("k-2"), vec![]).await;
    stands(stage, "the next mails", delivered).await;
    assert_eq!(server.taken().len(), 4);
}

async fn what_is_put_off_is_tried_again_and_given_up_visibly(stage: &Stage) {
    let server = Smtp::open(Manner::Later).await;
    with_mail(stage, &server, addresses()).await;
    stage.tell(&case("k-1"), vec![]).await;
    // Over, not only begun.
    let failed = |attempts: i32| {
        let now = Some(kit_log::wire_time(stage.clock.now()));
        move |one: &Delivery| one.attempts == attempts && one.reason == "REFUSED_FOR_NOW" && one.try_time == now
    };
    let all = stands(stage, "the first try", failed(1)).await;
    let delivery = mail_of(&all[0]);
    assert_eq!((delivery.state(), delivery.reply_code), (DeliveryState::Waiting, 451));
    assert_eq!((delivery.try_time, delivery.next_try_time), (wire("10-01 09:00"), wire("10-01 09:01")));
    let failing = ListNoticesRequest { failed_only: true, ..Default::default() };
    assert_eq!(stage.list(failing.clone()).await.len(), 2, "operators see it");
    // Every wait ends on the clock, until it is given up.
    let mut attempt = 1;
    loop {
        let waits = stage.all().await;
        let next = waits.iter().find_map(|one| mail_of(one.facts.as_ref().unwrap()).next_try_time);
        let Some(next) = next else { break };
        stage.clock.set(kit_log::clock_time(&next));
        attempt += 1;
        stands(stage, "the next try", failed(attempt)).await;
    }
    assert!(attempt > 3, "{attempt}");
    let request = ListDeliveriesRequest { state: DeliveryState::Failed.into(), ..Default::default() };
    let given_up = stage.operator().list_deliveries(request).await.unwrap().into_inner().deliveries;
    assert_eq!(given_up.len(), 2);
    assert!(given_up.iter().all(|one| one.delivery.as_ref().unwrap().reason == "REFUSED_FOR_NOW"));
    assert!(server.taken().is_empty());
    assert_eq!(stage.times("case_begun_expert", "failed").await, usize::try_from(attempt).unwrap());
    // The portal may still pull it.
    let pulled = stage.portal().pull(PullRequest::default()).await.unwrap().into_inner().notices;
    assert_eq!(pulled.len(), 2);
}

async fn what_is_refused_is_given_up_at_once_and_an_operator_takes_it_up(stage: &Stage) {
    let server = Smtp::open(Manner::Refuses).await;
    with_mail(stage, &server, addresses()).await;
    stage.tell(&case("k-1"), vec![]).await;
    let refused =
        |one: &Delivery| one.state() == DeliveryState::Failed && one.reason == "REFUSED" && one.reply_code == 550;
    let all = stands(stage, "the refusals", refused).await;
    assert!(all.iter().all(|facts| facts.state() == NoticeState::Pending));
    server.behave(Manner::Takes);
    for facts in &all {
        let name = format!("notices/{}", facts.notice_id);
        let request = RetryDeliveryRequest { name, request_id: String::new() };
        stage.operator().retry_delivery(request).await.unwrap();
    }
    stands(stage, "the mails", delivered).await;
    assert_eq!(server.taken().len(), 2);
    let request = RetryDeliveryRequest { name: format!("notices/{}", all[0].notice_id), request_id: String::new() };
    let refused = stage.operator().retry_delivery(request).await.unwrap_err();
    assert_eq!(reason_of(&refused), "ILLEGAL_TRANSITION");
    assert_eq!(stage.list(ListNoticesRequest { failed_only: true, ..Default::default() }).await.len(), 0);
}

async fn a_server_that_falls_silent_or_dies_is_tried_again(stage: &Stage) {
    let server = Smtp::open(Manner::Silent).await;
    with_mail(stage, &server, addresses()).await;
    stage.tell(&case("k-1"), vec![]).await;
    stands(stage, "silence", |one| one.attempts == 1 && one.reason == "TIMED_OUT").await;
    server.behave(Manner::Dies);
    stage.clock_to("10-01 09:01");
    stands(stage, "death", |one| one.attempts == 2 && one.reason == "CUT_OFF").await;
    server.behave(Manner::Takes);
    stage.clock_to("10-01 09:10");
    let all = stands(stage, "the mails", delivered).await;
    assert!(all.iter().all(|facts| mail_of(facts).attempts == 3 && mail_of(facts).reason.is_empty()));
    assert_eq!(server.taken().len(), 2);
    let url = server.url.clone();
    drop(server);
    stage.tell(&case("k-2"), vec![]).await;
    until("nobody there", async || {
        let all = stage.all().await;
        let gone = all.iter().filter(|one| mail_of(one.facts.as_ref().unwrap()).reason == "UNREACHABLE").count();
        (gone == 2).then_some(())
    })
    .await;
    assert!(url.starts_with("smtp://127.0.0.1"));
}

async fn whoever_has_no_address_is_told_of(stage: &Stage) {
    let server = Smtp::open(Manner::Takes).await;
    let only_company = addresses().into_iter().filter(|(recipient, _)| recipient == COMPANY).collect();
    with_mail(stage, &server, only_company).await;
    stage.tell(&case("k-1"), vec![]).await;
    until("the failure", async || {
        let all = stage.all().await;
        let expert = mail_of(&of(&all, "case_begun_expert")[0]);
        let company = mail_of(&of(&all, "case_begun_company")[0]);
        (expert.reason == "NO_ADDRESS" && expert.state() == DeliveryState::Waiting && delivered(&company)).then_some(())
    })
    .await;
    assert_eq!(server.calls(), 1, "nobody is called for nothing");
}

async fn an_expert_gives_the_own_address_and_takes_it_away(stage: &Stage) {
    let server = Smtp::open(Manner::Takes).await;
    with_mail(stage, &server, BTreeMap::new()).await;
    let tell = async |email: &str, state: ExpertState| {
        let entry = ExpertChanged { expert_id: "e-1".to_owned(), state: state.into(), ..Default::default() };
        let person = ExpertPerson { email: email.to_owned(), ..Default::default() };
        let event = NewEvent::new("expert", "e-1", &entry).personal("e-1", &person);
        stage.has_read(&emit(&stage.registry, event).await).await;
    };
    tell("own@example.jp", ExpertState::Listed).await;
    stage.tell(&case("k-1"), vec![]).await;
    until("the mail", async || (server.taken().len() == 1).then_some(())).await;
    assert!(server.taken()[0].to[0].contains("own@example.jp"));
    if stage.backend == crate::stage::Backend::Sqlite {
        for name in ["notices.db", "notices.db-wal"] {
            let bytes = std::fs::read(stage.folder.path().join(name)).unwrap_or_default();
            assert!(!bytes.windows(14).any(|window| window == b"own@example.jp"), "the address in {name}");
        }
    }
    tell("own@example.jp", ExpertState::Erased).await;
    stage.tell(&case("k-2"), vec![]).await;
    until("nobody to write to", async || {
        let all = stage.all().await;
        let later = of(&all, "case_begun_expert").into_iter().find(|facts| facts.subject == "cases/k-2")?;
        (mail_of(&later).reason == "NO_ADDRESS").then_some(())
    })
    .await;
    assert_eq!(server.taken().len(), 1);
}

async fn what_is_over_is_not_sent_any_more(stage: &Stage) {
    let server = Smtp::open(Manner::Later).await;
    with_mail(stage, &server, addresses()).await;
    stage.tell(&case("k-1"), vec![]).await;
    stands(stage, "the first try", |one| one.attempts == 1 && one.reason == "REFUSED_FOR_NOW").await;
    server.behave(Manner::Takes);
    for notice in stage.all().await {
        let request = AcknowledgeRequest { name: notice.name, request_id: String::new() };
        stage.portal().acknowledge(request).await.unwrap();
    }
    stage.clock_to("10-02 09:00");
    stage.tell(&case("k-2"), vec![]).await;
    until("the later mails", async || (server.taken().len() == 2).then_some(())).await;
    let all = stage.all().await;
    let earlier = all.iter().filter_map(|one| one.facts.clone()).filter(|facts| facts.subject == "cases/k-1");
    assert!(earlier.clone().all(|facts| mail_of(&facts).state() == DeliveryState::Cancelled) && earlier.count() == 2);
}

async fn nothing_a_company_is_called_gets_into_the_headers(stage: &Stage) {
    use contract::engagement::v1::{CaseChanged, CasePersonal, CaseTexts};
    let server = Smtp::open(Manner::Takes).await;
    with_mail(stage, &server, addresses()).await;
    let company_name = "悪\r\nBcc: victim@example.jp\r\n\r\n本文\r\n.\r\nMAIL FROM:<x@example.jp>".to_owned();
    let texts = CaseTexts { company_name, ..Default::default() };
    let body = CaseChanged { facts: Some(case("k-1")), ..Default::default() };
    let personal = CasePersonal { texts: Some(texts), ..Default::default() };
    let event = NewEvent::new("case", "k-1", &body).personal("c-1", &personal);
    stage.has_read(&emit(&stage.engagement, event).await).await;
    stands(stage, "the mails", delivered).await;
    let mails = server.taken();
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        assert_eq!(mail.to.len(), 1);
        let names: Vec<String> = mail.headers().iter().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        let known = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
        ];
        assert!(names.iter().all(|name| known.contains(&name.as_str())), "{names:?}");
    }
    let told = mails.iter().find(|mail| mail.to[0].contains("e-1")).unwrap();
    assert!(told.header("Subject").contains("悪 Bcc: victim@example.jp 本文"), "{}", told.header("Subject"));
}

async fn two_replicas_send_each_once(stage: &Stage) {
    let server = Smtp::open(Manner::Takes).await;
    let config = with_mail(stage, &server, addresses()).await;
    stage.start(config).await;
    for number in 0..10 {
        stage.tell(&case(&format!("k-{number}")), vec![]).await;
    }
    stands(stage, "the mails", delivered).await;
    let mut ids: Vec<_> = server.taken().iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), server.taken().len()), (20, 20));
}
