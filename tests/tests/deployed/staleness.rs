//! An entry that nobody confirms: asked for, hidden as the day begins without anybody doing anything, back by a confirmation, and
//! all of it still to be asked for later.

use contract::notices::v1::{ListNoticesRequest, Notice, NoticeState};
use contract::registry::v1::{ConfirmExpertRequest, ExpertState, GetStandingRequest, GetStandingResponse};
use contract::search::v1::Conditions;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Settings, Shape};
use end_to_end::process::GRACE;
use end_to_end::wait::until;
use end_to_end::{built, readback};
use kit_serve::{Caller, Role};

in_both_shapes!(an_entry_that_nobody_confirms_goes_by_itself_and_comes_back_confirmed);

/// The campaign's last response was handed in on 2025-02-03: on this day all are a year old.
const REMINDED: &str = "2026-01-28T10:00:00+09:00";
const HIDDEN: &str = "2026-02-04T00:00:00+09:00";

async fn an_entry_that_nobody_confirms_goes_by_itself_and_comes_back_confirmed(shape: Shape) {
    let settings = Settings { whole: true, ..Settings::default() };
    let mut deployment = Deployment::start_with(built!(), shape, settings).await;
    let campaign = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/fy2024/skill_survey.csv");
    deployment.import(&campaign).await;
    let clients = deployment.clients();
    let listed = found(&clients).await;
    let (keeps, forgets) = (listed[0].clone(), listed[1].clone());
    confirm(&clients, &keeps).await;

    // Those who handed in at the very last are asked to confirm; nobody is hidden who has a day left.
    deployment.clock_to(REMINDED.parse().unwrap()).await;
    let clients = deployment.clients();
    until("the others to be hidden", GRACE, async || (found(&clients).await.len() < listed.len()).then_some(())).await;
    assert!(found(&clients).await.contains(&keeps));

    deployment.clock_to(HIDDEN.parse().unwrap()).await;
    let clients = deployment.clients();
    until("only who confirmed to be left", GRACE, async || (found(&clients).await == [keeps.clone()]).then_some(()))
        .await;
    let told = async |template: &str| -> Vec<NoticeState> {
        let request = ListNoticesRequest { subject: forgets.clone(), page_size: 200, ..Default::default() };
        let all = clients.notices().list_notices(request).await.unwrap().into_inner().notices;
        let facts = all.into_iter().filter_map(|notice: Notice| notice.facts);
        facts.filter(|facts| facts.template == template).map(|facts| facts.state()).collect()
    };
    until("the notice of the pause", GRACE, async || {
        (told("entry_paused").await == [NoticeState::Pending]).then_some(())
    })
    .await;

    let back = confirm(&clients, &forgets).await;
    assert_eq!(back, ExpertState::Listed);
    until("the return", GRACE, async || found(&clients).await.contains(&forgets).then_some(())).await;
    until("the end of the notice", GRACE, async || {
        (told("entry_paused").await == [NoticeState::Withdrawn]).then_some(())
    })
    .await;

    // What was recorded of the days before: hidden in time, whoever asks.
    let stood = async |day: &str| -> GetStandingResponse {
        let request = GetStandingRequest { name: forgets.clone(), day: day.to_owned(), ..Default::default() };
        clients.registry().get_standing(request).await.unwrap().into_inner()
    };
    let first = stood("2025-03-15").await;
    assert!(first.listed && first.listed_throughout, "{first:?}");
    let last = stood("2026-02-04").await;
    assert_eq!((last.listed, last.state()), (true, ExpertState::Listed), "{last:?}");
    assert_eq!(last.changes.last().unwrap().reason, "CAUSE_GONE");
}

/// As the expert's own portal does it.
async fn confirm(clients: &Clients, name: &str) -> ExpertState {
    let mut caller = Caller::new("expert-1", [Role::Expert]);
    caller.owns.insert(name.to_owned());
    let request = ConfirmExpertRequest { name: name.to_owned(), ..Default::default() };
    let answer = clients.acting_as(&caller).registry().confirm_expert(request).await.unwrap();
    answer.into_inner().expert.unwrap().state()
}

/// Everybody whom a search without conditions finds, in order of name.
async fn found(clients: &Clients) -> Vec<String> {
    let (hits, _) = readback::search(clients, &Conditions::default(), "").await;
    let mut names: Vec<String> = hits.into_iter().map(|hit| hit.name).collect();
    names.sort();
    names
}
