//! Companies that may be the same: told, listed, decided by nobody but people.

use contract::registry::v1::*;
use kit_log::KeyStore as _;
use kit_serve::Role;
use prost::Message as _;
use tonic::{Code, Status};

use crate::companies::{create, enter, sample};
use crate::stage::{Stage, faults_of, reason_of};

on_both!(
    the_same_number_or_name_is_told_and_nothing_is_merged,
    pairs_are_listed_once_with_every_reason,
    a_counsellor_is_told_of_the_own_and_of_how_many_elsewhere,
    a_merged_company_points_at_the_one_that_stays_until_they_are_kept_apart,
    companies_kept_apart_are_proposed_no_more,
    what_cannot_be_decided_is_refused_and_says_why,
    whoever_erases_a_company_erases_what_was_merged_into_it,
);

use DuplicateReason::{CorporateNumber, Name};

fn pair(company: &Company, later: &str, reasons: &[DuplicateReason]) -> PossibleDuplicate {
    let reasons = reasons.iter().map(|reason| (*reason).into()).collect();
    PossibleDuplicate { company: company.name.clone(), later: later.to_owned(), reasons }
}

fn in_prefecture(mut company: Company, prefecture: &str) -> Company {
    company.facts.as_mut().unwrap().prefecture = prefecture.to_owned();
    company
}

async fn the_same_number_or_name_is_told_and_nothing_is_merged(stage: &Stage) {
    let first = enter(stage, sample("株式会社見本製作所", "7123456789012")).await;
    // The same number under another name; checked first, then entered.
    let renamed = sample("ミホンテック合同会社", "７１２３４５６７８９０１２");
    let checked = CreateCompanyRequest { validate_only: true, ..create(renamed.clone()) };
    let answer = stage.companies().create_company(checked).await.unwrap().into_inner();
    assert_eq!(answer.possible_duplicates, [pair(&first, "", &[CorporateNumber])]);
    assert_eq!((answer.token, answer.company.unwrap().name.as_str()), (None, ""));
    assert_eq!(stage.told().await.len(), 1, "checking enters nothing");
    let answer = stage.companies().create_company(create(renamed)).await.unwrap().into_inner();
    let second = answer.company.unwrap();
    assert_eq!(answer.possible_duplicates, [pair(&first, &second.name, &[CorporateNumber])]);
    assert_eq!((first.etag.as_str(), stage.told().await.len()), ("1", 2), "the first one is left alone");

    // The same name in other spellings, without a number.
    for spelling in ["㈱見本製作所", "（株） 見本　製作所", "見本製作所（株）", "㍿見本製作所"]
    {
        let request = CreateCompanyRequest { validate_only: true, ..create(sample(spelling, "")) };
        let told = stage.companies().create_company(request).await.unwrap().into_inner().possible_duplicates;
        assert_eq!(told, [pair(&first, "", &[Name])], "{spelling}");
    }
    let same = [sample("見本製作所", ""), sample("見本製作所", "4011001098993")];
    let others = [
        sample("見本製作", ""),
        in_prefecture(sample("見本製作所", ""), "23"),
        in_prefecture(sample("見本製作所", ""), ""),
    ];
    for (company, duplicates) in same.map(|one| (one, 1)).into_iter().chain(others.map(|one| (one, 0))) {
        let request = CreateCompanyRequest { validate_only: true, ..create(company) };
        let told = stage.companies().create_company(request).await.unwrap().into_inner().possible_duplicates;
        assert_eq!(told.len(), duplicates);
    }
    let found = FindCompanyRequest { corporate_number: "7123456789012".to_owned() };
    let found = stage.companies().find_company(found).await.unwrap().into_inner().companies;
    assert_eq!(found.iter().map(|one| &one.name).collect::<Vec<_>>(), [&first.name, &second.name]);
}

async fn pairs_are_listed_once_with_every_reason(stage: &Stage) {
    let a = enter(stage, sample("株式会社見本製作所", "7123456789012")).await;
    let b = enter(stage, sample("見本製作所(株)", "7123456789012")).await;
    let c = enter(stage, sample("見本製作所", "")).await;
    let d = enter(stage, sample("別の会社", "4011001098993")).await;
    let e = enter(stage, sample("別の名前", "4011001098993")).await;
    let expected = [
        pair(&a, &b.name, &[CorporateNumber, Name]),
        pair(&a, &c.name, &[Name]),
        pair(&b, &c.name, &[Name]),
        pair(&d, &e.name, &[CorporateNumber]),
    ];
    for page_size in [1, 2, 3, 4, 50] {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListPossibleDuplicatesRequest { page_size, page_token, ..Default::default() };
            let page = stage.companies().list_possible_duplicates(request).await.unwrap().into_inner();
            found.extend(page.duplicates);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, expected, "{page_size}");
    }
    let of = ListPossibleDuplicatesRequest { company: c.name.clone(), ..Default::default() };
    let found = stage.companies().list_possible_duplicates(of).await.unwrap().into_inner().duplicates;
    assert_eq!(found, expected[1..3]);

    // A new name, or an erasure, and the pair is none any more.
    let mut renamed = c.clone();
    renamed.details.as_mut().unwrap().company_name = "全く別の名前".to_owned();
    let update_mask = Some(prost_types::FieldMask { paths: vec!["details.company_name".to_owned()] });
    let request = UpdateCompanyRequest { company: Some(renamed), update_mask, ..Default::default() };
    stage.companies().update_company(request).await.unwrap();
    let erase = EraseCompanyRequest { name: e.name.clone(), ..Default::default() };
    stage.companies().erase_company(erase).await.unwrap();
    let all = ListPossibleDuplicatesRequest::default();
    let found = stage.companies().list_possible_duplicates(all).await.unwrap().into_inner().duplicates;
    assert_eq!(found, expected[..1]);

    let bad = ListPossibleDuplicatesRequest {
        company: "experts/1".to_owned(),
        body: "osaka".to_owned(),
        page_size: -1,
        page_token: "1.2".to_owned(),
    };
    let refused = stage.companies().list_possible_duplicates(bad).await.unwrap_err();
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(told, ["company", "body", "page_size", "page_token"]);
}

async fn a_counsellor_is_told_of_the_own_and_of_how_many_elsewhere(stage: &Stage) {
    let near = enter(stage, sample("見本製作所", "7123456789012")).await;
    let mut far = sample("見本製作所", "7123456789012");
    far.facts.as_mut().unwrap().body = "bodies/nagoya".to_owned();
    let far = enter(stage, far).await;
    let mut desk = stage.companies_by("counsellor-1", Role::Counsellor, &["bodies/osaka"]);
    let answer = desk.create_company(create(sample("(株)見本製作所", ""))).await.unwrap().into_inner();
    let third = answer.company.unwrap();
    assert_eq!(answer.possible_duplicates, [pair(&near, &third.name, &[Name])]);
    assert_eq!(answer.duplicates_elsewhere, 1);
    let all = ListPossibleDuplicatesRequest::default();
    let found = desk.list_possible_duplicates(all).await.unwrap().into_inner().duplicates;
    assert_eq!(found, [pair(&near, &third.name, &[Name])], "both of them are of the own body");
    let others = ListPossibleDuplicatesRequest { company: far.name.clone(), ..Default::default() };
    assert_eq!(desk.list_possible_duplicates(others).await.unwrap_err().code(), Code::PermissionDenied);
}

async fn merge(stage: &Stage, merged: &Company, into: &Company) -> Result<Company, Status> {
    let request = MergeCompaniesRequest {
        company: into.name.clone(),
        merged: merged.name.clone(),
        reason: "電話で確かめた".to_owned(),
        ..Default::default()
    };
    Ok(stage.companies().merge_companies(request).await?.into_inner().merged.unwrap())
}

async fn keep_apart(stage: &Stage, one: &Company, other: &Company) -> Result<(), Status> {
    let (company, other) = (one.name.clone(), other.name.clone());
    let request = KeepCompaniesApartRequest { company, other, ..Default::default() };
    stage.companies().keep_companies_apart(request).await.map(drop)
}

async fn pairs(stage: &Stage) -> Vec<PossibleDuplicate> {
    let all = ListPossibleDuplicatesRequest::default();
    stage.companies().list_possible_duplicates(all).await.unwrap().into_inner().duplicates
}

async fn of_number(stage: &Stage, number: &str) -> Vec<String> {
    let request = FindCompanyRequest { corporate_number: number.to_owned() };
    let found = stage.companies().find_company(request).await.unwrap().into_inner().companies;
    found.into_iter().map(|company| company.name).collect()
}

async fn a_merged_company_points_at_the_one_that_stays_until_they_are_kept_apart(stage: &Stage) {
    let number = "7123456789012";
    let a = enter(stage, sample("見本製作所", number)).await;
    let b = enter(stage, sample("(株)見本製作所", number)).await;
    let c = enter(stage, sample("見本製作所", "")).await;
    merge(stage, &c, &b).await.unwrap();
    let merged = merge(stage, &b, &a).await.unwrap();
    assert_eq!(merged.facts.as_ref().unwrap().merged_into, a.name);
    assert_eq!(merged.details, b.details, "nothing of it is lost");
    assert_eq!((of_number(stage, number).await, pairs(stage).await), (vec![a.name.clone()], vec![]));
    let told: Vec<_> = stage.told().await.into_iter().skip(3).map(|event| event.clear).collect();
    let told: Vec<_> = told.into_iter().map(|clear| CompanyChanged::decode(clear).unwrap()).collect();
    assert!(told.iter().all(|event| event.changed == ["facts.merged_into"]));
    let into: Vec<_> = told.into_iter().map(|event| event.facts.unwrap().merged_into).collect();
    assert_eq!(into, [&b, &a, &a].map(|company| company.name.clone()), "who pointed at it follows");
    let again = stage.told().await.len();
    merge(stage, &b, &a).await.unwrap();
    assert_eq!(stage.told().await.len(), again, "it is so already");

    keep_apart(stage, &a, &b).await.unwrap();
    assert_eq!(of_number(stage, number).await, [a.name.clone(), b.name.clone()]);
    assert_eq!(pairs(stage).await, [], "decided, and the third one is still the first");
    let history = GetCompanyHistoryRequest { name: b.name.clone() };
    let steps = stage.companies().get_company_history(history).await.unwrap().into_inner().steps;
    let told: Vec<_> =
        steps.iter().map(|step| (step.cause.as_str(), step.changed.join(""), step.reason.as_str())).collect();
    let expected = [
        ("ENTERED", String::new(), ""),
        ("MERGED", c.name.clone(), "電話で確かめた"),
        ("MERGED", a.name.clone(), "電話で確かめた"),
        ("KEPT_APART", a.name.clone(), ""),
    ];
    assert_eq!(told, expected);
    // A later decision takes the place of an earlier one.
    merge(stage, &a, &b).await.unwrap();
    assert_eq!(of_number(stage, number).await, vec![b.name.clone()]);
}

async fn companies_kept_apart_are_proposed_no_more(stage: &Stage) {
    let a = enter(stage, sample("見本製作所", "")).await;
    let b = enter(stage, sample("見本製作所", "")).await;
    keep_apart(stage, &b, &a).await.unwrap();
    assert_eq!(pairs(stage).await, []);
    keep_apart(stage, &a, &b).await.unwrap();
    let history = GetCompanyHistoryRequest { name: a.name.clone() };
    let steps = stage.companies().get_company_history(history).await.unwrap().into_inner().steps;
    assert_eq!(steps.len(), 2, "decided once");
    let c = enter(stage, sample("見本製作所", "")).await;
    assert_eq!(pairs(stage).await, [pair(&a, &c.name, &[Name]), pair(&b, &c.name, &[Name])]);
}

async fn what_cannot_be_decided_is_refused_and_says_why(stage: &Stage) {
    let mut far = sample("見本製作所", "");
    far.facts.as_mut().unwrap().body = "bodies/nagoya".to_owned();
    let (a, b, far) = (
        enter(stage, sample("見本製作所", "")).await,
        enter(stage, sample("見本製作所", "")).await,
        enter(stage, far).await,
    );
    let (itself, nobody) = (a.clone(), Company { name: "companies/nobody".to_owned(), ..a.clone() });
    let refused = merge(stage, &itself, &a).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("merged".to_owned(), "CONTRADICTS".to_owned())]);
    assert_eq!(reason_of(&merge(stage, &nobody, &a).await.unwrap_err()), "COMPANY_NOT_FOUND");
    assert_eq!(reason_of(&merge(stage, &a, &nobody).await.unwrap_err()), "COMPANY_NOT_FOUND");
    let mut desk = stage.companies_by("counsellor-1", Role::Counsellor, &["bodies/osaka"]);
    for (company, merged) in [(&a, &far), (&far, &a)] {
        let (company, merged) = (company.name.clone(), merged.name.clone());
        let request = MergeCompaniesRequest { company, merged, ..Default::default() };
        assert_eq!(desk.merge_companies(request).await.unwrap_err().code(), Code::PermissionDenied);
    }
    let stale = MergeCompaniesRequest {
        company: a.name.clone(),
        merged: b.name.clone(),
        etag: "9".to_owned(),
        ..Default::default()
    };
    assert_eq!(reason_of(&stage.companies().merge_companies(stale).await.unwrap_err()), "STALE_ETAG");
    assert_eq!(stage.told().await.len(), 3, "nothing was done by halves");

    merge(stage, &b, &a).await.unwrap();
    for refused in [merge(stage, &b, &far).await, merge(stage, &far, &b).await] {
        assert_eq!(reason_of(&refused.unwrap_err()), "COMPANY_MERGED");
    }
    let update_mask = Some(prost_types::FieldMask { paths: vec!["details.address".to_owned()] });
    let request = UpdateCompanyRequest { company: Some(b.clone()), update_mask, ..Default::default() };
    let refused = stage.companies().update_company(request).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::FailedPrecondition, "COMPANY_MERGED"));
}

async fn whoever_erases_a_company_erases_what_was_merged_into_it(stage: &Stage) {
    let a = enter(stage, sample("見本製作所", "7123456789012")).await;
    let b = enter(stage, sample("見本製作所", "")).await;
    let other = enter(stage, sample("別の会社", "")).await;
    merge(stage, &b, &a).await.unwrap();
    let erase = EraseCompanyRequest { name: a.name.clone(), ..Default::default() };
    stage.companies().erase_company(erase).await.unwrap();
    let left = stage.companies().list_companies(ListCompaniesRequest::default()).await.unwrap().into_inner().companies;
    assert_eq!(left.iter().map(|company| company.erased).collect::<Vec<_>>(), [true, true, false]);
    let ids = [&a, &b, &other].map(|company| company.facts.as_ref().unwrap().company_id.clone());
    let keys = stage.keys.find(&ids).await.unwrap();
    assert_eq!(keys.keys().collect::<Vec<_>>(), [&ids[2]]);
    assert_eq!(reason_of(&keep_apart(stage, &a, &b).await.unwrap_err()), "COMPANY_ERASED");
}
