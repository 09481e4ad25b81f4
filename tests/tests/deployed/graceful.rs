//! An end that was asked for (SIGTERM) while calls come in: what was acknowledged is there afterwards.

use std::collections::BTreeSet;

use contract::survey::v1::SubmitResponseRequest;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::generate::Person;
use end_to_end::submission::FULL_FORM;
use end_to_end::wait::until;
use end_to_end::{built, readback};
use tokio::task::JoinSet;
use tonic::Code;

in_both_shapes!(what_was_acknowledged_before_the_end_is_kept);

const CLIENTS: i64 = 8;
const WARM: usize = 40;

async fn what_was_acknowledged_before_the_end_is_kept(shape: Shape) {
    let mut deployment = Deployment::start(built!(), shape).await;
    let (sender, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let mut load = JoinSet::new();
    for client in 0..CLIENTS {
        load.spawn(write_until_refused(deployment.clients(), client, sender.clone()));
    }
    drop(sender);
    let mut kept = BTreeSet::new();
    while kept.len() < WARM {
        kept.insert(acknowledged.recv().await.expect("the load goes on"));
    }
    for name in deployment.names() {
        deployment.part(&name).ask_to_end();
    }
    for name in deployment.names() {
        let status = deployment.part(&name).ended().await;
        assert!(status.success(), "{name} ended with {status}");
    }
    load.join_all().await;
    while let Some(response) = acknowledged.recv().await {
        kept.insert(response);
    }

    for name in deployment.names() {
        deployment.part(&name).restart_unready();
    }
    let clients = deployment.clients();
    let search = until("everything to be reached again", end_to_end::process::GRACE, async || {
        let search = clients.search().get_index_status(contract::search::v1::GetIndexStatusRequest::default()).await;
        search.ok()
    })
    .await;
    assert!(search.into_inner().began_with_snapshot, "the search took up the index it had kept");
    let stored = readback::responses(&clients, "").await;
    let stored: BTreeSet<String> = stored.into_iter().map(|response| response.name).collect();
    let lost: Vec<&String> = kept.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    // At most what each client had under way when the end came was stored without an answer.
    let unanswered = stored.len() - kept.len();
    assert!(unanswered <= usize::try_from(CLIENTS).unwrap(), "{unanswered} more were stored than acknowledged");
}

async fn write_until_refused(clients: Clients, client: i64, acknowledged: tokio::sync::mpsc::UnboundedSender<String>) {
    let portal = crate::portal(&clients);
    let mut chance = Chance::new(u64::try_from(client).unwrap());
    for n in 1.. {
        let answer = Person::new(client * 10_000 + n).answers_in_full(&mut chance).to_wire(FULL_FORM);
        let request = SubmitResponseRequest { response: Some(answer), ..Default::default() };
        match portal.responses().submit_response(request).await {
            Ok(taken) => acknowledged.send(taken.into_inner().response.unwrap().name).expect("the test listens"),
            Err(refused) => {
                assert_eq!(refused.code(), Code::Unavailable, "{refused}");
                return;
            }
        }
    }
}
