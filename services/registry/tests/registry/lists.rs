//! Lists: filters, pages, tokens.

use contract::registry::v1::*;

use crate::stage::{Stage, faults_of};
use crate::submission::Submission;

on_both!(pages_follow_the_order_of_entry_and_miss_nobody, filters_and_faults);

async fn pages_follow_the_order_of_entry_and_miss_nobody(stage: &Stage) {
    let numbers: Vec<String> = (1..=7).map(|number| format!("{:06}", 900_000 - number)).collect();
    for number in &numbers {
        stage.submit(&Submission::complete(number)).await;
    }
    let mut request = ListExpertsRequest { page_size: 3, ..Default::default() };
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = stage.operator().list_experts(request.clone()).await.unwrap().into_inner();
        sizes.push(page.experts.len());
        seen.extend(page.experts.into_iter().map(|expert| expert.person.unwrap().registration_number));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!((sizes, seen), (vec![3, 3, 1], numbers));
    // A page that ends with the last expert is the last page.
    let all = ListExpertsRequest { page_size: 7, ..Default::default() };
    assert_eq!(stage.operator().list_experts(all).await.unwrap().into_inner().next_page_token, "");
}

async fn filters_and_faults(stage: &Stage) {
    stage.submit(&Submission::complete("100001")).await;
    stage.submit(&Submission::complete("100002").skills(false)).await;
    stage.submit(&Submission::complete("100003").skills(false).choice("listing_consent", "no")).await;
    let found = async |request: ListExpertsRequest| -> Vec<String> {
        let found = stage.operator().list_experts(request).await.unwrap().into_inner().experts;
        found.into_iter().map(|expert| expert.person.unwrap().registration_number).collect()
    };
    let any = ListExpertsRequest::default();
    let draft = ListExpertsRequest { state: ExpertState::Draft.into(), ..any.clone() };
    assert_eq!(found(draft.clone()).await, ["100002", "100003"]);
    let refused = ListExpertsRequest { obstacle: "NO_CONSENT".to_owned(), ..any.clone() };
    assert_eq!(found(refused.clone()).await, ["100003"]);
    let both = ListExpertsRequest { obstacle: "SKILLS_UNANSWERED".to_owned(), ..draft.clone() };
    assert_eq!(found(both).await, ["100002", "100003"]);
    let number = ListExpertsRequest { registration_number: "第１００００２号".to_owned(), ..any.clone() };
    assert_eq!(found(number.clone()).await, ["100002"]);
    let stranger = ListExpertsRequest { registration_number: "999999".to_owned(), ..any.clone() };
    assert_eq!(found(stranger).await, Vec::<String>::new());

    let first = ListExpertsRequest { page_size: 1, ..draft.clone() };
    let token = stage.operator().list_experts(first).await.unwrap().into_inner().next_page_token;
    assert_eq!(found(ListExpertsRequest { page_token: token.clone(), ..draft }).await, ["100003"]);
    let bad = [
        (ListExpertsRequest { page_token: token, ..refused }, "page_token"),
        (ListExpertsRequest { page_token: "x".to_owned(), ..any.clone() }, "page_token"),
        (ListExpertsRequest { page_size: 201, ..any.clone() }, "page_size"),
        (ListExpertsRequest { page_size: -1, ..any.clone() }, "page_size"),
        (ListExpertsRequest { obstacle: "LAZY".to_owned(), ..any.clone() }, "obstacle"),
        (ListExpertsRequest { state: 77, ..any.clone() }, "state"),
        (ListExpertsRequest { registration_number: "12A".to_owned(), ..any }, "registration_number"),
    ];
    for (request, field) in bad {
        let refused = stage.operator().list_experts(request).await.unwrap_err();
        let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
        assert_eq!(told, [field]);
    }
}
