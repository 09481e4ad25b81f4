//! What is there in the end, held against what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;

use contract::engagement::v1::{Case, ListCasesRequest};
use contract::event::v1::ListParkedRequest;
use contract::insights::v1::{GetReportRequest, Scope};
use contract::matching::v1::ListRequestsRequest;
use contract::notices::v1::ListNoticesRequest;
use contract::registry::v1::ListCompaniesRequest;
use contract::survey::v1::{GetResponseRequest, ResponseReceived, answer};
use end_to_end::clients::Clients;
use end_to_end::model::Model;
use end_to_end::readback;
use end_to_end::wait::until;
use futures::FutureExt as _;
use futures::StreamExt as _;
use prost::{Message as _, Name as _};

use crate::conduct::RECOVERS;
use crate::ledger::{Deed, Entry, Ledger};
use crate::load::STANDING;
use crate::record::Record;

/// Calls under way at once.
const AT_ONCE: usize = 8;

/// What is not as it must be.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Acknowledged, and not there; or under another name.
    lost: Vec<String>,
    /// There, and never asked for; or there twice.
    invented: Vec<String>,
    /// Readers that do not show what was stored.
    unequal: Vec<String>,
    /// What nobody may be told, and was.
    wrong: Vec<String>,
}

impl Found {
    /// Writes the figures, and fails when anything is not as it must be.
    pub(crate) fn told(&self, record: &Record) {
        let all = [("lost", &self.lost), ("invented", &self.invented), ("readers unequal to the model", &self.unequal)];
        for (what, found) in all.into_iter().chain([("errors that nobody may be told", &self.wrong)]) {
            for one in found.iter().take(10) {
                record.line(&format!("{what}: {one}"));
            }
            record.figure(what, "0", &found.len().to_string());
        }
        let none = all.iter().all(|(_, found)| found.is_empty()) && self.wrong.is_empty();
        assert!(none, "{self:#?}");
    }

    /// Holds the names of what is there, by id of the request, against what was asked for.
    fn compare(&mut self, what: &str, entries: &[&Entry], there: &BTreeMap<String, Vec<String>>) {
        for entry in entries {
            let names = there.get(&entry.id).map_or(&[][..], Vec::as_slice);
            match &entry.acknowledged {
                Some(name) if !names.contains(name) => {
                    self.lost.push(format!("{what} {} as {name}; there: {names:?}", entry.id))
                }
                _ if names.len() > 1 => self.invented.push(format!("{what} {} more than once: {names:?}", entry.id)),
                _ => {}
            }
        }
        let asked: BTreeSet<&String> = entries.iter().map(|entry| &entry.id).collect();
        let invented = there.keys().filter(|id| !asked.contains(id));
        self.invented.extend(invented.map(|id| format!("{what} {id}: never asked for")));
    }
}

/// Waits until all readers have read everything, and compares.
pub(crate) async fn everything(clients: &Clients, ledger: &Ledger, record: &Record) -> Found {
    let mut found = Found { wrong: ledger.wrong.clone(), ..Found::default() };
    let whole = ledger.entries.iter().any(|entry| !matches!(entry.deed, Deed::Answer(_)));
    all_is_read(clients, whole).await;
    record.line("all readers are at the head of what they read");
    nothing_is_set_aside(clients, whole, &mut found).await;
    let model = answers(clients, ledger, &mut found).await;
    record.line("the survey's log is compared");
    equal(&mut found, "survey, registry, search", readback::assert_shows(clients, &model)).await;
    record.line("survey, registry and search are compared");
    if whole {
        let cases = cases(clients, ledger, &mut found).await;
        equal(&mut found, "insights", reports(clients, cases.len())).await;
        equal(&mut found, "notices", notices(clients, &cases)).await;
        requests(clients, ledger, &mut found).await;
        record.line("engagement, insights, notices and matching are compared");
    }
    found
}

async fn equal(found: &mut Found, what: &str, comparison: impl Future<Output = ()>) {
    if let Err(panic) = AssertUnwindSafe(comparison).catch_unwind().await {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
        found.unequal.push(format!("{what}: {text}"));
    }
}

/// Who reads whom in a database of their own; the search and the reports wait by themselves when they are asked.
const READERS: [(&str, &str); 7] = [
    ("registry", "survey"),
    ("engagement", "matching"),
    ("notices", "registry"),
    ("notices", "engagement"),
    ("notices", "matching"),
    ("matching", "registry"),
    ("matching", "engagement"),
];

async fn all_is_read(clients: &Clients, whole: bool) {
    let readers = READERS.iter().take(if whole { READERS.len() } else { 1 });
    // Twice: what was read may have led to more.
    for (reader, producer) in readers.clone().chain(readers) {
        let head = clients.head(producer).await;
        let what = format!("{reader} to read {producer} up to {}", head.position);
        until(&what, RECOVERS, async || clients.has_read(reader, &head).await.then_some(())).await;
    }
}

async fn nothing_is_set_aside(clients: &Clients, whole: bool, found: &mut Found) {
    let logs = [clients.survey_log(), clients.registry_log(), clients.search_log()];
    let others = [clients.engagement_log(), clients.notices_log(), clients.matching_log(), clients.insights_log()];
    for mut log in logs.into_iter().chain(others.into_iter().filter(|_| whole)) {
        let parked =
            log.list_parked(ListParkedRequest::default()).await.expect("what is set aside").into_inner().parked;
        found.unequal.extend(parked.into_iter().map(|parked| format!("set aside: {parked:?}")));
    }
}

/// The survey's answers against the ledger; the model of what is stored, in the order of the log.
async fn answers(clients: &Clients, ledger: &Ledger, found: &mut Found) -> Model {
    let mut model = Model::default();
    model.import(&ledger.before);
    let before = model.statistics().received;
    let entries: Vec<&Entry> = ledger.entries.iter().filter(|entry| matches!(entry.deed, Deed::Answer(_))).collect();
    let text = |response: &contract::survey::v1::Response| {
        let said = response.answers.iter().find(|answer| answer.question == "self_pr")?;
        match &said.value {
            Some(answer::Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    };
    // A list tells names alone. Answers of the file say other texts, or none.
    let names = readback::responses(clients, "").await.into_iter().map(|response| response.name);
    let said = futures::stream::iter(names).map(async |name| {
        let request = GetResponseRequest { name: name.clone() };
        let response =
            clients.responses().get_response(request).await.expect("a response that was listed").into_inner();
        response.response.as_ref().and_then(text).filter(|text| text.contains('-')).map(|id| (name, id))
    });
    let said: Vec<Option<(String, String)>> = said.buffer_unordered(AT_ONCE).collect().await;
    let ids: BTreeMap<String, String> = said.into_iter().flatten().collect();
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, id) in &ids {
        there.entry(id.clone()).or_default().push(name.clone());
    }
    found.compare("answer", &entries, &there);
    let by_id: BTreeMap<&String, &&Entry> = entries.iter().map(|entry| (&entry.id, entry)).collect();
    let (mut of_file, mut told) = (0, BTreeMap::new());
    for event in clients.events("survey").await {
        if event.r#type != ResponseReceived::full_name() {
            continue;
        }
        let received = ResponseReceived::decode(event.clear.clone()).expect("an event of the survey");
        if received.imported {
            of_file += 1;
            continue;
        }
        // Every answer of the load is newer than those of the file, and so the one that counts.
        let name = received.response;
        if told.insert(name.clone(), event.position).is_some() {
            found.invented.push(format!("{name} is told twice in the log"));
        }
        match ids.get(&name).and_then(|id| by_id.get(id)) {
            Some(Entry { deed: Deed::Answer(answer), .. }) => model.hand_in_new(answer.clone()),
            _ => found.invented.push(format!("{name} is told in the log, and nobody's answer")),
        }
    }
    if of_file != before {
        found.invented.push(format!("{of_file} answers of the file, which has {before}"));
    }
    found
        .lost
        .extend(ids.keys().filter(|name| !told.contains_key(*name)).map(|name| format!("{name}: not in the log")));
    // A person's answers come from one worker, one after the other: the log has those that were acknowledged in this order.
    let mut last: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
    for entry in &entries {
        let (Deed::Answer(answer), Some(name)) = (&entry.deed, &entry.acknowledged) else { continue };
        let Some(position) = told.get(name) else { continue };
        let before = last.insert(answer.number(), (*position, &entry.id));
        if let Some((_, earlier)) = before.filter(|(before, _)| before > position) {
            found.wrong.push(format!("{} was acknowledged after {earlier}, and comes before it in the log", entry.id));
        }
    }
    model
}

/// The guidance cases against the ledger.
async fn cases(clients: &Clients, ledger: &Ledger, found: &mut Found) -> Vec<Case> {
    let mut request = ListCasesRequest { page_size: 200, ..Default::default() };
    let mut cases = Vec::new();
    loop {
        let page = clients.engagements().list_cases(request.clone()).await.expect("a page").into_inner();
        cases.extend(page.cases);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in &cases {
        let company = case.facts.clone().unwrap_or_default().company.unwrap_or_default().company;
        there.entry(company.trim_start_matches("companies/").to_owned()).or_default().push(case.name.clone());
    }
    let entries: Vec<&Entry> = ledger.entries.iter().filter(|entry| matches!(entry.deed, Deed::Case { .. })).collect();
    found.compare("case", &entries, &there);
    cases
}

fn expert_of(case: &Case) -> String {
    case.facts.clone().unwrap_or_default().expert
}

/// The report of the programme counts as many cases as are stored.
async fn reports(clients: &Clients, cases: usize) {
    let scope = Some(Scope { programme: STANDING.to_owned(), ..Scope::default() });
    let at_least = vec![clients.head("engagement").await];
    let request = GetReportRequest { report: "completion".to_owned(), scope, at_least, ..Default::default() };
    let report = clients.reports().get_report(request).await.expect("a report").into_inner().report.expect("a report");
    let table = report.tables.iter().find(|table| table.table == "by-theme").expect("a table");
    let place = |axis: &Option<contract::insights::v1::Axis>, code: &str| {
        axis.as_ref().and_then(|axis| axis.entries.iter().position(|entry| entry.code == code)).expect("an edge")
    };
    let cell = table.lines[place(&table.rows, "T4")].cells[place(&table.columns, "matched")].value;
    assert_eq!(cell, Some(i64::try_from(cases).expect("small")), "cases in the report");
}

/// About every case the same people were told the same, each once.
async fn notices(clients: &Clients, cases: &[Case]) {
    let told = futures::stream::iter(cases).map(async |case| {
        let request = ListNoticesRequest { subject: case.name.clone(), page_size: 200, ..Default::default() };
        let notices = clients.notices().list_notices(request).await.expect("notices").into_inner().notices;
        let (expert, company) =
            (expert_of(case), case.facts.clone().unwrap_or_default().company.unwrap_or_default().company);
        let to = |recipient: &str| match recipient {
            own if own == expert => "expert".to_owned(),
            own if own == company => "company".to_owned(),
            other => other.to_owned(),
        };
        let facts = notices.into_iter().filter_map(|notice| notice.facts);
        let mut told: Vec<_> = facts.map(|facts| (to(&facts.recipient), facts.template, facts.reminder)).collect();
        told.sort();
        (case.name.clone(), told)
    });
    let told: Vec<_> = told.buffer_unordered(AT_ONCE).collect().await;
    let (_, usual) = told.first().expect("there are cases");
    assert!(!usual.is_empty(), "somebody is told of a case");
    for (case, told) in &told {
        assert_eq!(told, usual, "of {case}");
        assert!(told.windows(2).all(|two| two[0] != two[1]), "of {case} something twice: {told:?}");
    }
}

/// The support requests against the ledger; and the company that each brought, once.
async fn requests(clients: &Clients, ledger: &Ledger, found: &mut Found) {
    let entries: Vec<&Entry> = ledger.entries.iter().filter(|entry| matches!(entry.deed, Deed::Request)).collect();
    let mut companies: BTreeMap<String, String> = BTreeMap::new();
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut request = ListCompaniesRequest { page_size: 200, ..Default::default() };
    loop {
        let page = clients.companies().list_companies(request.clone()).await.expect("a page").into_inner();
        for company in page.companies {
            let id = company.details.unwrap_or_default().company_name;
            companies.insert(company.name.clone(), id.clone());
            names.entry(id).or_default().push(company.name);
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let nameless = |entry: &&Entry| Entry { acknowledged: None, ..(*entry).clone() };
    let brought: Vec<Entry> = entries.iter().map(nameless).collect();
    found.compare("company", &brought.iter().collect::<Vec<_>>(), &names);
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut request = ListRequestsRequest { page_size: 200, ..Default::default() };
    loop {
        let page = clients.requests().list_requests(request.clone()).await.expect("a page").into_inner();
        for one in page.requests {
            let company = one.facts.unwrap_or_default().company.unwrap_or_default().company;
            let id = companies.get(&company).cloned().unwrap_or_else(|| format!("of the unknown {company}"));
            there.entry(id).or_default().push(one.name);
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    found.compare("request", &entries, &there);
}
