//! Requests that may be the same: told, merged or kept apart by a person, never by themselves.

use contract::matching::v1::*;
use contract::registry::v1::{CompanyChanged, CompanyFacts};
use kit_log::NewEvent;
use tonic::Code;

use crate::stage::{OTHER_BODY, Stage, asks, company, faults, faults_of, need, reason_of};

on_both!(
    those_of_one_company_or_of_similar_ones_are_told,
    a_merge_in_the_register_makes_two_companies_one,
    merged_it_points_at_the_other_which_takes_over_what_it_lacks,
    only_what_can_be_one_is_merged,
    kept_apart_they_are_told_no_more,
);

fn merge(name: &str, merged: &str) -> MergeRequestsRequest {
    MergeRequestsRequest { name: name.to_owned(), merged: merged.to_owned(), ..Default::default() }
}

fn apart(name: &str, other: &str) -> KeepRequestsApartRequest {
    KeepRequestsApartRequest { name: name.to_owned(), other: other.to_owned(), ..Default::default() }
}

async fn pairs(stage: &Stage) -> Vec<(String, String, String)> {
    let asked = ListPossibleDuplicateRequestsRequest { programme: "2024".to_owned() };
    let told = stage.operator().list_possible_duplicate_requests(asked).await.unwrap().into_inner();
    told.pairs.into_iter().map(|pair| (pair.request, pair.later, pair.reasons.join("+"))).collect()
}

fn pair(one: &SupportRequest, later: &SupportRequest, reason: &str) -> (String, String, String) {
    (one.name.clone(), later.name.clone(), reason.to_owned())
}

/// A company of the same name as another, of another body.
fn same_name(stage: &Stage, name: &str) -> String {
    let twin = stage.books.put(company(name));
    stage.books.change(&twin, |company| OTHER_BODY.clone_into(&mut company.facts.as_mut().unwrap().body));
    twin
}

async fn those_of_one_company_or_of_similar_ones_are_told(stage: &Stage) {
    let (one, third) = (stage.books.put(company("甲製作所")), stage.books.put(company("丙製作所")));
    let (twin, fourth) = (same_name(stage, "甲製作所"), same_name(stage, "甲製作所"));
    let first = stage.enter(asks(&one)).await;
    let other = CreateRequestRequest { programme: "standing".to_owned(), ..asks(&one) };
    stage.enter(other).await;
    let role = Need { kind: RequestKind::Role.into(), themes: vec![], ..need() };
    stage.enter(CreateRequestRequest { need: Some(role), ..asks(&one) }).await;
    stage.enter(asks(&third)).await;
    let answer = stage.counsellor().create_request(asks(&one)).await.unwrap().into_inner();
    let second = answer.request.unwrap();
    let told: Vec<_> = answer.possible_duplicates.iter().map(|pair| (&*pair.request, &*pair.later)).collect();
    assert_eq!(told, [(&*first.name, &*second.name)]);
    // A counsellor is told of what is within reach, whoever else has one.
    let answer = stage.elsewhere().create_request(asks(&twin)).await.unwrap().into_inner();
    let far = answer.request.unwrap();
    assert_eq!(answer.possible_duplicates, []);
    let given = CreateRequestRequest { body: OTHER_BODY.to_owned(), ..asks(&fourth) };
    let answer = stage.operator().create_request(given).await.unwrap().into_inner();
    let last = answer.request.unwrap();
    assert_eq!(answer.possible_duplicates.len(), 3);

    let alike = "SAME_NAME_AND_PREFECTURE";
    assert_eq!(
        pairs(stage).await,
        [
            pair(&first, &second, "SAME_COMPANY"),
            pair(&first, &far, alike),
            pair(&second, &far, alike),
            pair(&first, &last, alike),
            pair(&second, &last, alike),
            pair(&far, &last, alike),
        ]
    );
    let asked = || ListPossibleDuplicateRequestsRequest { programme: "2024".to_owned() };
    let own = stage.elsewhere().list_possible_duplicate_requests(asked()).await.unwrap().into_inner().pairs;
    assert_eq!(own.iter().map(|pair| &*pair.request).collect::<Vec<_>>(), [&*far.name]);
    stage.books.goes_away_after(0);
    let away = stage.operator().list_possible_duplicate_requests(asked()).await.unwrap_err();
    assert_eq!((away.code(), reason_of(&away)), (Code::Unavailable, "REGISTER_AWAY".to_owned()));
    let odd = ListPossibleDuplicateRequestsRequest { programme: "1999".to_owned() };
    let refused = stage.operator().list_possible_duplicate_requests(odd).await.unwrap_err();
    assert_eq!(faults_of(&refused), faults(&[("programme", "UNKNOWN_CODE")]));
}

async fn a_merge_in_the_register_makes_two_companies_one(stage: &Stage) {
    let (one, other) = (stage.books.put(company("甲製作所")), stage.books.put(company("乙製作所")));
    let (first, second) = (stage.enter(asks(&one)).await, stage.enter(asks(&other)).await);
    assert_eq!(pairs(stage).await, []);
    let changed = |into: &str| {
        let facts = CompanyFacts { company_id: "c-2".to_owned(), merged_into: into.to_owned(), ..Default::default() };
        let body = CompanyChanged { facts: Some(facts), changed: vec!["facts.merged_into".to_owned()] };
        NewEvent::new("company", "c-2", &body)
    };
    stage.register_tells(changed("companies/c-1")).await;
    assert_eq!(pairs(stage).await, [pair(&first, &second, "SAME_COMPANY")]);
    assert_eq!(stage.get(&second.name).await, second, "the request itself is left as it was");
    let third = stage.counsellor().create_request(asks(&one)).await.unwrap().into_inner();
    let told: Vec<_> = third.possible_duplicates.iter().map(|pair| (&*pair.request, pair.reasons.join("+"))).collect();
    let same = "SAME_COMPANY".to_owned();
    assert_eq!(told, [(&*first.name, same.clone()), (&*second.name, same)]);
    let third = third.request.unwrap().name;
    let over = WithdrawRequestRequest { name: third, ..Default::default() };
    stage.counsellor().withdraw_request(over).await.unwrap();
    stage.register_tells(changed("")).await;
    assert_eq!(pairs(stage).await, [], "parted again");
}

async fn merged_it_points_at_the_other_which_takes_over_what_it_lacks(stage: &Stage) {
    let known = stage.books.put(company("甲製作所"));
    let with = |themes: &[&str], needs: &[&str]| Need {
        themes: themes.iter().map(|code| (*code).to_owned()).collect(),
        declared_needs: needs.iter().map(|code| (*code).to_owned()).collect(),
        ..need()
    };
    let first = CreateRequestRequest { need: Some(with(&["T1", "T2"], &["rules"])), ..asks(&known) };
    let first = stage.enter(first).await;
    let second = CreateRequestRequest {
        need: Some(Need { roles: vec!["education".to_owned()], ..with(&["T3", "T1"], &["education"]) }),
        related: vec!["companies/group".to_owned()],
        ..asks(&known)
    };
    let second = stage.enter(second).await;
    let given = MergeRequestsRequest {
        reason: "同じ相談".to_owned(),
        etag: second.etag.clone(),
        request_id: "m-1".to_owned(),
        ..merge(&first.name, &second.name)
    };
    let stale = MergeRequestsRequest { etag: "9".to_owned(), request_id: String::new(), ..given.clone() };
    assert_eq!(reason_of(&stage.counsellor().merge_requests(stale).await.unwrap_err()), "STALE_ETAG");
    // The register is not needed where the company is the same.
    stage.books.goes_away_after(0);
    let done = stage.counsellor().merge_requests(given.clone()).await.unwrap().into_inner();
    let facts = done.request.clone().unwrap().facts.unwrap();
    let need = facts.need.unwrap();
    assert_eq!(
        (need.themes.join(" "), need.declared_needs.join(" ")),
        ("T1 T2 T3".to_owned(), "rules education".to_owned())
    );
    assert_eq!((need.roles.join(" "), facts.related.join(" ")), ("education".to_owned(), "companies/group".to_owned()));
    let gone = stage.get(&second.name).await.facts.unwrap();
    assert_eq!((gone.state(), gone.merged_into), (RequestState::Merged, first.name.clone()));
    let events = stage.events().await.len();
    assert_eq!(stage.counsellor().merge_requests(given).await.unwrap().into_inner(), done);
    let again = stage.counsellor().merge_requests(merge(&first.name, &second.name)).await.unwrap().into_inner();
    assert_eq!((again.request, stage.events().await.len()), (done.request, events), "merged already");
    let causes = |steps: Vec<MatchingStep>| {
        steps
            .into_iter()
            .skip(1)
            .map(|step| (step.cause, step.from, step.to, step.detail, step.reason))
            .collect::<Vec<_>>()
    };
    let step = |from: &str, to: &str, other: &str| {
        vec![("MERGED".to_owned(), from.to_owned(), to.to_owned(), other.to_owned(), "同じ相談".to_owned())]
    };
    assert_eq!(causes(stage.history(&second.name).await), step("open", "merged", &first.name));
    assert_eq!(causes(stage.history(&first.name).await), step("open", "open", &second.name));
}

async fn only_what_can_be_one_is_merged(stage: &Stage) {
    let (one, twin) = (stage.books.put(company("甲製作所")), same_name(stage, "甲製作所"));
    let strange = stage.books.put(company("乙製作所"));
    let first = stage.enter(asks(&one)).await;
    let role = Need { kind: RequestKind::Role.into(), themes: vec![], ..need() };
    let strange = CreateRequestRequest { programme: "standing".to_owned(), need: Some(role), ..asks(&strange) };
    let strange = stage.enter(strange).await;
    let similar = stage.elsewhere().create_request(asks(&twin)).await.unwrap().into_inner().request.unwrap();
    let refused = stage.operator().merge_requests(merge(&first.name, &strange.name)).await.unwrap_err();
    assert_eq!(
        faults_of(&refused),
        faults(&[("merged", "OTHER_PROGRAMME"), ("merged", "OTHER_KIND"), ("merged", "OTHER_COMPANY")])
    );
    let itself = stage.operator().merge_requests(merge(&first.name, &first.name)).await.unwrap_err();
    assert_eq!(faults_of(&itself), faults(&[("merged", "SAME_THING")]));
    let bad = MergeRequestsRequest { reason: "長".repeat(501), ..merge("x", "") };
    let bad = stage.operator().merge_requests(bad).await.unwrap_err();
    assert_eq!(faults_of(&bad), faults(&[("name", "BAD_NAME"), ("merged", "REQUIRED"), ("reason", "TOO_LONG")]));
    let none = stage.operator().merge_requests(merge(&first.name, "requests/none")).await.unwrap_err();
    assert_eq!((none.code(), reason_of(&none)), (Code::NotFound, "REQUEST_NOT_FOUND".to_owned()));
    let denied = stage.counsellor().merge_requests(merge(&first.name, &similar.name)).await.unwrap_err();
    assert_eq!(reason_of(&denied), "NOT_OWN", "both have to be within reach");
    stage.books.goes_away_after(0);
    let away = stage.operator().merge_requests(merge(&first.name, &similar.name)).await.unwrap_err();
    assert_eq!(reason_of(&away), "REGISTER_AWAY");
    stage.books.is_back();
    let withdraw = |name: &str| WithdrawRequestRequest { name: name.to_owned(), ..Default::default() };
    stage.operator().withdraw_request(withdraw(&similar.name)).await.unwrap();
    let over = stage.operator().merge_requests(merge(&first.name, &similar.name)).await.unwrap_err();
    assert_eq!((over.code(), over.message()), (Code::FailedPrecondition, "no step from withdrawn to merged"));
    let over = stage.operator().merge_requests(merge(&similar.name, &first.name)).await.unwrap_err();
    assert_eq!(reason_of(&over), "ILLEGAL_TRANSITION");
    assert_eq!(stage.state(&first.name).await, RequestState::Open, "nothing half done");
    let again = stage.elsewhere().create_request(asks(&twin)).await.unwrap().into_inner().request.unwrap();
    stage.operator().merge_requests(merge(&first.name, &again.name)).await.unwrap();
    assert_eq!(stage.state(&again.name).await, RequestState::Merged);
}

async fn kept_apart_they_are_told_no_more(stage: &Stage) {
    let known = stage.books.put(company("甲製作所"));
    let (first, second) = (stage.enter(asks(&known)).await, stage.enter(asks(&known)).await);
    let given = KeepRequestsApartRequest { reason: "別の工場".to_owned(), ..apart(&second.name, &first.name) };
    assert_eq!(reason_of(&stage.elsewhere().keep_requests_apart(given.clone()).await.unwrap_err()), "NOT_OWN");
    stage.counsellor().keep_requests_apart(given).await.unwrap();
    assert_eq!(pairs(stage).await, []);
    stage.counsellor().keep_requests_apart(apart(&first.name, &second.name)).await.unwrap();
    for (one, other) in [(&first, &second), (&second, &first)] {
        let steps = stage.history(&one.name).await;
        assert_eq!(steps.len(), 2, "decided once");
        assert_eq!(
            (steps[1].cause.as_str(), &steps[1].detail, &*steps[1].reason),
            ("KEPT_APART", &other.name, "別の工場")
        );
    }
    let third = stage.counsellor().create_request(asks(&known)).await.unwrap().into_inner();
    assert_eq!(third.possible_duplicates.len(), 2, "of others nothing was decided");
    let itself = stage.counsellor().keep_requests_apart(apart(&first.name, &first.name)).await.unwrap_err();
    assert_eq!(faults_of(&itself), faults(&[("other", "SAME_THING")]));
    // Somebody may decide otherwise later.
    stage.counsellor().merge_requests(merge(&first.name, &second.name)).await.unwrap();
    assert_eq!(stage.state(&second.name).await, RequestState::Merged);
}
