//! Events that cannot be read: what they are about counts as it stood, the report says so, and an operator may have them
//! read again. And what becomes of who is erased: nothing, as statistics need nobody's name.

use contract::engagement::v1::{CaseChanged, CaseFacts, CasePersonal, CaseTexts, Region};
use contract::event::v1::event_log_client::EventLogClient;
use contract::event::v1::{DropParkedRequest, ListParkedRequest, ReplayParkedRequest};
use contract::insights::v1::GetReportRequest;
use kit_log::{KeyStore as _, NewEvent};
use kit_serve::Role;

use crate::read::{row, table};
use crate::stage::{Stage, event};

on_both!(what_cannot_be_read_counts_as_it_stood, an_erased_company_stays_a_number);

fn case(id: &str, theme: &str) -> CaseChanged {
    let facts = CaseFacts {
        case_id: id.to_owned(),
        region: Some(Region { code: "27".to_owned(), ..Region::default() }),
        theme: theme.to_owned(),
        state: 1,
        ..CaseFacts::default()
    };
    CaseChanged { facts: Some(facts), ..CaseChanged::default() }
}

async fn what_cannot_be_read_counts_as_it_stood(stage: &Stage) {
    // Of a kind that is not known yet; and one after it of the same case, that waits.
    let newer: NewEvent = event("case", "a", &case("a", "T2")).schema(2);
    let events = vec![
        event("case", "a", &case("a", "T1")),
        newer,
        event("case", "a", &case("a", "T3")),
        event("case", "b", &case("b", "T1")),
    ];
    let last = stage.emit("engagement", events).await;
    let reports = stage.reports().await;
    let report = reports.report("themes-by-region").await;
    assert_eq!(report.set_aside, 1, "one case, whatever waits of it");
    let themes = ["T1", "T2", "T3", "total"];
    assert_eq!(row(table(&report, "matched"), "total", themes), [2, 0, 0, 2]);

    let mut operator = EventLogClient::new(reports.inside(Role::Operator));
    let parked = operator.list_parked(ListParkedRequest::default()).await.unwrap().into_inner().parked;
    assert_eq!(parked.iter().map(|one| one.event.as_ref().unwrap().position).collect::<Vec<_>>(), [2, 3]);
    assert!(parked.iter().all(|one| one.reader == "insights" && one.aggregate == "case/a"));
    let replay = ReplayParkedRequest {
        reader: "insights".to_owned(),
        producer: "engagement".to_owned(),
        aggregate: "case/a".to_owned(),
    };
    let replayed = operator.replay_parked(replay).await.unwrap().into_inner();
    assert_eq!(replayed.applied, 0, "still newer than what is known");

    let at_least = vec![last];
    let request = GetReportRequest { report: "completion".to_owned(), at_least, ..Default::default() };
    assert_eq!(reports.ask(request).await.unwrap().set_aside, 1);

    // Given up, the case goes on with what it says next.
    let given_up = DropParkedRequest {
        reader: "insights".to_owned(),
        producer: "engagement".to_owned(),
        aggregate: "case/a".to_owned(),
    };
    assert_eq!(operator.drop_parked(given_up).await.unwrap().into_inner().dropped, 2);
    let next = stage.emit("engagement", vec![event("case", "a", &case("a", "T3"))]).await;
    let request =
        GetReportRequest { report: "themes-by-region".to_owned(), at_least: vec![next], ..Default::default() };
    let report = reports.ask(request).await.unwrap();
    assert_eq!((report.set_aside, row(table(&report, "matched"), "total", themes)), (0, [1, 0, 1, 2]));
    reports.end().await;
}

async fn an_erased_company_stays_a_number(stage: &Stage) {
    let texts = CaseTexts { company_name: "秘密の会社".to_owned(), ..CaseTexts::default() };
    let personal = CasePersonal { texts: Some(texts), ..CasePersonal::default() };
    let told = event("case", "a", &case("a", "T1")).personal("c-1", &personal);
    stage.emit("engagement", vec![told]).await;
    let before = stage.reports().await;
    let shown = before.report("themes-by-region").await;
    assert_eq!(table(&shown, "matched").size, 1);
    stage.keys.destroy("c-1").await.unwrap();
    assert_eq!(before.report("themes-by-region").await, shown);
    before.end().await;
    // And from nothing.
    let after = stage.reports().await;
    assert_eq!(after.report("themes-by-region").await, shown);
    after.end().await;
}
