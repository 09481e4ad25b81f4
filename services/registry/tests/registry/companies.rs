//! Companies: what is entered, changed, found, hidden and erased.

use contract::registry::v1::*;
use kit_log::KeyStore as _;
use kit_serve::Role;
use prost::{Message as _, Name as _};
use tonic::{Code, Status};

use crate::stage::{Backend, NOW, Stage, faults_of, reason_of, wire};

on_both!(
    a_company_is_entered_as_it_was_given,
    every_fault_of_a_company_is_told_at_once,
    what_contradicts_the_rest_is_refused,
    a_change_tells_what_changed_and_when_nothing_did,
    the_standing_follows_the_facts,
    a_stale_etag_and_a_repeated_request_change_nothing,
    a_counsellor_reaches_the_companies_of_the_own_bodies,
    who_may_call_what,
    lists_are_whole_however_they_are_paged,
    a_company_is_found_by_its_number_however_it_is_written,
    who_changed_what_stands_in_the_history,
    an_erased_company_is_gone_and_still_counts,
    what_says_who_it_is_stands_nowhere_in_the_clear,
);

pub(crate) fn sample(name: &str, number: &str) -> Company {
    let contact = ContactPerson {
        full_name: "見本 花子".to_owned(),
        post: "総務課長".to_owned(),
        email: "hanako@example.jp".to_owned(),
        phone: "06-0000-0000".to_owned(),
        ..Default::default()
    };
    let details = CompanyDetails {
        company_name: name.to_owned(),
        corporate_number: number.to_owned(),
        address: "見本市中央1-2-3".to_owned(),
        contacts: vec![contact],
        ..Default::default()
    };
    let facts = CompanyFacts {
        prefecture: "27".to_owned(),
        industry: "manufacturing".to_owned(),
        capital_yen: Some(10_000_000),
        employees: Some(45),
        security_staff: "part_time".to_owned(),
        body: "bodies/osaka".to_owned(),
        ..Default::default()
    };
    Company { facts: Some(facts), details: Some(details), ..Default::default() }
}

pub(crate) fn create(company: Company) -> CreateCompanyRequest {
    CreateCompanyRequest { company: Some(company), ..Default::default() }
}

pub(crate) async fn enter(stage: &Stage, company: Company) -> Company {
    stage.companies().create_company(create(company)).await.unwrap().into_inner().company.unwrap()
}

fn change(company: &Company, paths: &[&str]) -> UpdateCompanyRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = Some(prost_types::FieldMask { paths });
    UpdateCompanyRequest { company: Some(company.clone()), update_mask, ..Default::default() }
}

async fn update(stage: &Stage, company: &Company, paths: &[&str]) -> Result<Company, Status> {
    Ok(stage.companies().update_company(change(company, paths)).await?.into_inner().company.unwrap())
}

async fn get(stage: &Stage, name: &str) -> Company {
    let answer = stage.companies().get_company(GetCompanyRequest { name: name.to_owned() }).await.unwrap();
    answer.into_inner().company.unwrap()
}

async fn a_company_is_entered_as_it_was_given(stage: &Stage) {
    let mut given = sample("  株式会社見本製作所 ", "７１２３ ４５６７-89012");
    let facts = given.facts.as_mut().unwrap();
    facts.roles = vec![
        RoleNeed { role: "education".to_owned(), source: RoleSource::Outside.into() },
        RoleNeed { role: "strategy".to_owned(), source: RoleSource::Inside.into() },
    ];
    let star = |state: &str, on: &str| SecurityActionDeclaration {
        state: state.to_owned(),
        declared_on: on.to_owned(),
        source: "company".to_owned(),
        ..Default::default()
    };
    facts.security_actions = vec![star("two_star", "2025-01-31"), star("one_star", "2024-04-01")];
    facts.services =
        vec![HelpTeamUse {
            service: "見本お助け隊".to_owned(), since: "2024-10-01".to_owned(), ..Default::default()
        }];
    let answer = stage.companies().create_company(create(given)).await.unwrap().into_inner();
    let company = answer.company.unwrap();
    let (facts, details) = (company.facts.clone().unwrap(), company.details.clone().unwrap());
    assert_eq!(
        (details.company_name.as_str(), details.corporate_number.as_str()),
        ("株式会社見本製作所", "7123456789012")
    );
    assert_eq!((facts.size.as_str(), company.erased), ("11_50", false));
    assert_eq!(facts.roles.iter().map(|need| need.role.as_str()).collect::<Vec<_>>(), ["strategy", "education"]);
    let dates: Vec<_> = facts.security_actions.iter().map(|one| one.declared_on.as_str()).collect();
    assert_eq!(dates, ["2024-04-01", "2025-01-31"], "history in order");
    assert_eq!(company.create_time, Some(wire(NOW)));
    assert_eq!(company.name, format!("companies/{}", facts.company_id));
    assert_eq!(answer.possible_duplicates, []);
    assert_eq!(get(stage, &company.name).await, company);

    let token = answer.token.unwrap();
    let event = stage.told().await.pop().unwrap();
    assert_eq!((event.r#type.as_str(), event.position), (CompanyChanged::full_name().as_str(), token.position));
    assert_eq!((event.aggregate_type.as_str(), &event.aggregate_id), ("company", &facts.company_id));
    assert_eq!(event.key_id, facts.company_id, "the key under which engagements seal, too");
    let told = CompanyChanged::decode(event.clear.clone()).unwrap();
    assert_eq!((told.facts, told.changed), (Some(facts), vec!["entered".to_owned()]));
    let keys = stage.keys.find(std::slice::from_ref(&event.key_id)).await.unwrap();
    let sealed = keys[&event.key_id].open(&event.id, &event.personal).unwrap();
    assert_eq!(CompanyDetails::decode(sealed.as_slice()).unwrap(), details);
}

async fn every_fault_of_a_company_is_told_at_once(stage: &Stage) {
    let mut given = sample("", "7123456789013");
    let facts = given.facts.as_mut().unwrap();
    facts.prefecture = "48".to_owned();
    facts.industry = "cars".to_owned();
    facts.employees = Some(-1);
    facts.security_staff = "somebody".to_owned();
    facts.roles = vec![RoleNeed { role: "strategy".to_owned(), source: 0 }; 2];
    facts.security_actions = vec![SecurityActionDeclaration {
        state: "three_star".to_owned(),
        declared_on: "2025-02-30".to_owned(),
        ..Default::default()
    }];
    facts.services =
        vec![HelpTeamUse { service: "x".to_owned(), since: "2025-02-01".to_owned(), until: "2025-01-01".to_owned() }];
    facts.body = "osaka".to_owned();
    let details = given.details.as_mut().unwrap();
    details.company_name_kana = "ミホン\u{202E}".to_owned();
    details.contacts[0].full_name.clear();
    details.contacts[0].email = "hanako".to_owned();
    details.contacts[0].phone = "call me".to_owned();
    details.contacts[0].organisation = "見本IT".to_owned();
    let request = CreateCompanyRequest { request_id: "two words".to_owned(), ..create(given) };
    let refused = stage.companies().create_company(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let expected = [
        ("request_id", "BAD_REQUEST_ID"),
        ("company.facts.prefecture", "UNKNOWN_CODE"),
        ("company.facts.industry", "UNKNOWN_CODE"),
        ("company.facts.employees", "OUT_OF_RANGE"),
        ("company.facts.security_staff", "UNKNOWN_CODE"),
        ("company.facts.roles[0].source", "REQUIRED"),
        ("company.facts.roles[1].role", "REPEATED_CODE"),
        ("company.facts.roles[1].source", "REQUIRED"),
        ("company.facts.security_actions[0].state", "UNKNOWN_CODE"),
        ("company.facts.security_actions[0].declared_on", "BAD_DATE"),
        ("company.facts.security_actions[0].source", "REQUIRED"),
        ("company.facts.services[0].until", "CONTRADICTS"),
        ("company.facts.body", "BAD_NAME"),
        ("company.details.company_name", "REQUIRED"),
        ("company.details.company_name_kana", "CONTROL_CHARACTER"),
        ("company.details.corporate_number", "BAD_CHECK_DIGIT"),
        ("company.details.contacts[0].full_name", "REQUIRED"),
        ("company.details.contacts[0].email", "BAD_EMAIL"),
        ("company.details.contacts[0].phone", "BAD_PHONE"),
        ("company.details.contacts[0].organisation", "CONTRADICTS"),
    ];
    assert_eq!(faults_of(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    assert!(stage.told().await.is_empty());

    for bad in ["712345678901", "T7123456789012", "71234567890123"] {
        let refused = stage.companies().create_company(create(sample("見本", bad))).await.unwrap_err();
        let expected = ("company.details.corporate_number".to_owned(), "BAD_CORPORATE_NUMBER".to_owned());
        assert_eq!(faults_of(&refused), [expected], "{bad}");
    }
    let mut tomorrow = sample("見本", "");
    tomorrow.facts.as_mut().unwrap().security_actions = vec![SecurityActionDeclaration {
        state: "one_star".to_owned(),
        declared_on: "2025-02-04".to_owned(),
        source: "company".to_owned(),
        ..Default::default()
    }];
    let refused = stage.companies().create_company(create(tomorrow)).await.unwrap_err();
    assert_eq!(faults_of(&refused)[0].1, "FUTURE");
}

async fn what_contradicts_the_rest_is_refused(stage: &Stage) {
    let mut given = sample("見本商店", "7123456789012");
    let facts = given.facts.as_mut().unwrap();
    (facts.sole_proprietor, facts.size) = (true, "le10".to_owned());
    facts.sme_class = "retail".to_owned();
    let refused = stage.companies().create_company(create(given)).await.unwrap_err();
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    let fields = ["facts.sme_class", "facts.capital_yen", "facts.size", "details.corporate_number"];
    assert_eq!(told, fields.map(|field| format!("company.{field}")));

    // Against what stands, too, and beside what is wrong by itself.
    let mut company = enter(stage, sample("見本製作所", "7123456789012")).await;
    company.facts.as_mut().unwrap().sole_proprietor = true;
    company.facts.as_mut().unwrap().prefecture = "99".to_owned();
    let refused = update(stage, &company, &["facts.sole_proprietor", "facts.prefecture"]).await.unwrap_err();
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    let fields = ["facts.prefecture", "facts.capital_yen", "details.corporate_number"];
    assert_eq!(told, fields.map(|field| format!("company.{field}")));
    let refused = update(stage, &company, &["facts.sole_proprietor"]).await.unwrap_err();
    assert_eq!(faults_of(&refused).len(), 2);
    assert!(!get(stage, &company.name).await.facts.unwrap().sole_proprietor);
}

async fn a_change_tells_what_changed_and_when_nothing_did(stage: &Stage) {
    let entered = enter(stage, sample("見本製作所", "7123456789012")).await;
    let mut wish = entered.clone();
    let facts = wish.facts.as_mut().unwrap();
    (facts.employees, facts.prefecture) = (Some(120), "23".to_owned());
    wish.details.as_mut().unwrap().address = "別の所".to_owned();
    let changed = update(stage, &wish, &["facts.employees", "details.address"]).await.unwrap();
    let facts = changed.facts.unwrap();
    assert_eq!((facts.employees, facts.size.as_str()), (Some(120), "101_300"), "the size follows");
    assert_eq!(facts.prefecture, "27", "what the mask does not name stays");
    let event = stage.told().await.pop().unwrap();
    let told = CompanyChanged::decode(event.clear).unwrap();
    assert_eq!(told.changed, ["facts.employees", "facts.size", "details.address"]);
    assert_eq!(told.facts.unwrap().size, "101_300");

    let events = stage.told().await.len();
    let same = update(stage, &wish, &["facts.employees", "details.address"]).await.unwrap();
    assert_eq!((same.etag, stage.told().await.len()), (changed.etag, events));

    let refused = update(stage, &wish, &["facts.sme", "details.owner"]).await.unwrap_err();
    let expected = [("update_mask.paths[0]", "UNKNOWN_PATH"), ("update_mask.paths[1]", "UNKNOWN_PATH")];
    assert_eq!(faults_of(&refused), expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
    let refused = update(stage, &wish, &[]).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("update_mask".to_owned(), "REQUIRED".to_owned())]);
    let nobody = Company { name: "companies/nobody".to_owned(), ..wish };
    let refused = update(stage, &nobody, &["details.address"]).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::NotFound, "COMPANY_NOT_FOUND"));
}

async fn the_standing_follows_the_facts(stage: &Stage) {
    let mut company = enter(stage, sample("見本製作所", "")).await;
    let sme = |company: &Company| company.facts.as_ref().unwrap().sme.clone().unwrap();
    let told = sme(&company);
    assert_eq!(
        (told.standing(), told.rule.as_str(), told.sme_class.as_str()),
        (SmeStanding::Small, "sme-basic-act", "other")
    );
    assert_eq!((told.reason.as_str(), told.ja.is_empty()), ("CAPITAL_WITHIN", false));

    let paths = ["facts.employees", "facts.capital_yen", "facts.industry"];
    let facts = company.facts.as_mut().unwrap();
    (facts.employees, facts.capital_yen) = (Some(301), Some(300_000_001));
    let large = update(stage, &company, &paths).await.unwrap();
    assert_eq!((sme(&large).standing(), sme(&large).reason.as_str()), (SmeStanding::NotSmall, "BOTH_ABOVE"));

    // Trade is wholesale or retail: as long as nobody says which, it can be open.
    let facts = company.facts.as_mut().unwrap();
    (facts.employees, facts.capital_yen) = (Some(60), Some(60_000_000));
    facts.industry = "wholesale_retail".to_owned();
    let trade = update(stage, &company, &paths).await.unwrap();
    assert_eq!((sme(&trade).standing(), sme(&trade).reason.as_str()), (SmeStanding::Unknown, "CLASS_OPEN"));
    for (class, standing) in [("retail", SmeStanding::NotSmall), ("wholesale", SmeStanding::Small)] {
        company.facts.as_mut().unwrap().sme_class = class.to_owned();
        let told = sme(&update(stage, &company, &["facts.sme_class"]).await.unwrap());
        assert_eq!((told.standing(), told.sme_class.as_str()), (standing, class));
    }
    company.facts.as_mut().unwrap().sme_class = "services".to_owned();
    let refused = update(stage, &company, &["facts.sme_class"]).await.unwrap_err();
    assert_eq!(faults_of(&refused)[0].1, "CONTRADICTS");
}

async fn a_stale_etag_and_a_repeated_request_change_nothing(stage: &Stage) {
    let request = CreateCompanyRequest { request_id: "r-1".to_owned(), ..create(sample("見本製作所", "")) };
    let first = stage.companies().create_company(request.clone()).await.unwrap().into_inner();
    assert_eq!(stage.companies().create_company(request).await.unwrap().into_inner(), first);
    assert_eq!(stage.told().await.len(), 1);
    let other = CreateCompanyRequest { request_id: "r-1".to_owned(), ..create(sample("別の会社", "")) };
    let refused = stage.companies().create_company(other).await.unwrap_err();
    assert_eq!(reason_of(&refused), "REQUEST_ID_REUSED");

    let seen = first.company.unwrap();
    let mut wish = seen.clone();
    wish.details.as_mut().unwrap().address = "別の所".to_owned();
    let request = UpdateCompanyRequest { etag: seen.etag.clone(), ..change(&wish, &["details.address"]) };
    stage.companies().update_company(request.clone()).await.unwrap();
    let refused = stage.companies().update_company(request).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::Aborted, "STALE_ETAG"));
    let erase = EraseCompanyRequest { name: seen.name.clone(), etag: seen.etag, ..Default::default() };
    let refused = stage.companies().erase_company(erase).await.unwrap_err();
    assert_eq!(reason_of(&refused), "STALE_ETAG");
    assert!(!get(stage, &seen.name).await.details.unwrap().company_name.is_empty(), "no key was destroyed");
}

async fn a_counsellor_reaches_the_companies_of_the_own_bodies(stage: &Stage) {
    let own = enter(stage, sample("見本製作所", "7123456789012")).await;
    let mut elsewhere = sample("別の会社", "4011001098993");
    elsewhere.facts.as_mut().unwrap().body = "bodies/nagoya".to_owned();
    let other = enter(stage, elsewhere).await;
    let mut nobodys = sample("ひとりの会社", "");
    nobodys.facts.as_mut().unwrap().body.clear();
    let alone = enter(stage, nobodys).await;

    let mut desk = stage.companies_by("counsellor-1", Role::Counsellor, &["bodies/osaka"]);
    desk.get_company(GetCompanyRequest { name: own.name.clone() }).await.unwrap();
    for hidden in [&other, &alone] {
        let answers = [
            desk.get_company(GetCompanyRequest { name: hidden.name.clone() }).await.unwrap_err(),
            desk.get_company_history(GetCompanyHistoryRequest { name: hidden.name.clone() }).await.unwrap_err(),
            desk.update_company(change(hidden, &["details.address"])).await.unwrap_err(),
        ];
        for refused in answers {
            assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::PermissionDenied, "NOT_OWN"));
        }
    }
    let number = |number: &str| FindCompanyRequest { corporate_number: number.to_owned() };
    assert_eq!(desk.find_company(number("7123456789012")).await.unwrap().into_inner().companies, vec![own.clone()]);
    assert_eq!(desk.find_company(number("4011001098993")).await.unwrap_err().code(), Code::NotFound);
    let listed = desk.list_companies(ListCompaniesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.companies, vec![own.clone()], "the only body's");
    let others = ListCompaniesRequest { body: "bodies/nagoya".to_owned(), ..Default::default() };
    assert_eq!(desk.list_companies(others).await.unwrap_err().code(), Code::PermissionDenied);

    // What a counsellor enters belongs to an own body, and stays there.
    let mut unsaid = sample("新しい会社", "");
    unsaid.facts.as_mut().unwrap().body.clear();
    let entered = desk.create_company(create(unsaid.clone())).await.unwrap().into_inner().company.unwrap();
    assert_eq!(entered.facts.clone().unwrap().body, "bodies/osaka");
    let mut away = entered.clone();
    away.facts.as_mut().unwrap().body = "bodies/nagoya".to_owned();
    assert_eq!(desk.update_company(change(&away, &["facts.body"])).await.unwrap_err().code(), Code::PermissionDenied);
    let refused = desk.create_company(create(away)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut both = stage.companies_by("counsellor-2", Role::Counsellor, &["bodies/osaka", "bodies/nagoya"]);
    let refused = both.create_company(create(unsaid)).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("company.facts.body".to_owned(), "REQUIRED".to_owned())]);
    let refused = both.list_companies(ListCompaniesRequest::default()).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("body".to_owned(), "REQUIRED".to_owned())]);
    let mut stray = stage.companies_by("counsellor-3", Role::Counsellor, &[]);
    assert_eq!(stray.list_companies(ListCompaniesRequest::default()).await.unwrap_err().code(), Code::PermissionDenied);
}

async fn who_may_call_what(stage: &Stage) {
    let company = enter(stage, sample("見本製作所", "")).await;
    let get = GetCompanyRequest { name: company.name.clone() };
    let erase = EraseCompanyRequest { name: company.name.clone(), ..Default::default() };
    let mut service = stage.companies_by("notices", Role::Service, &[]);
    service.get_company(get.clone()).await.unwrap();
    let refused = service.update_company(change(&company, &["details.address"])).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut counsellor = stage.companies_by("counsellor-1", Role::Counsellor, &["bodies/osaka"]);
    assert_eq!(counsellor.erase_company(erase.clone()).await.unwrap_err().code(), Code::PermissionDenied);
    for role in [Role::Expert, Role::Anyone] {
        let mut stranger = stage.companies_by("stranger", role, &[&company.name]);
        assert_eq!(stranger.get_company(get.clone()).await.unwrap_err().code(), Code::PermissionDenied, "{role:?}");
    }
    stage.companies_by("portal-1", Role::Portal, &[]).erase_company(erase).await.unwrap();
}

async fn lists_are_whole_however_they_are_paged(stage: &Stage) {
    let mut names = Vec::new();
    for at in 0..7 {
        let mut company = sample(&format!("見本{at}"), "");
        let facts = company.facts.as_mut().unwrap();
        facts.prefecture = if at % 2 == 0 { "27".to_owned() } else { "23".to_owned() };
        if at == 4 {
            facts.industry = "services".to_owned();
        }
        names.push(enter(stage, company).await.name);
    }
    for page_size in [1, 2, 3, 7, 50] {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCompaniesRequest { page_size, page_token, ..Default::default() };
            let page = stage.companies().list_companies(request).await.unwrap().into_inner();
            assert!(page.companies.len() <= usize::try_from(page_size).unwrap());
            found.extend(page.companies.into_iter().map(|company| company.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, names, "{page_size}");
    }
    let some = |prefecture: &str, industry: &str| ListCompaniesRequest {
        prefecture: prefecture.to_owned(),
        industry: industry.to_owned(),
        ..Default::default()
    };
    let count = async |request| stage.companies().list_companies(request).await.unwrap().into_inner().companies.len();
    assert_eq!(count(some("27", "")).await, 4);
    assert_eq!(count(some("27", "services")).await, 1);
    assert_eq!(count(some("23", "services")).await, 0);

    let first = ListCompaniesRequest { page_size: 1, ..some("27", "") };
    let token = stage.companies().list_companies(first).await.unwrap().into_inner().next_page_token;
    let bad =
        ListCompaniesRequest { page_token: token, page_size: 201, body: "osaka".to_owned(), ..some("48", "cars") };
    let refused = stage.companies().list_companies(bad).await.unwrap_err();
    let told: Vec<_> = faults_of(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(told, ["prefecture", "industry", "body", "page_size", "page_token"], "a token of other conditions");
}

async fn a_company_is_found_by_its_number_however_it_is_written(stage: &Stage) {
    let company = enter(stage, sample("見本製作所", "7123456789012")).await;
    enter(stage, sample("番号のない会社", "")).await;
    for spelling in ["7123456789012", "７１２３４５６７８９０１２", "7-1234-5678-9012", " 7123456 789012 "]
    {
        let request = FindCompanyRequest { corporate_number: spelling.to_owned() };
        let found = stage.companies().find_company(request).await.unwrap().into_inner().companies;
        assert_eq!(found, vec![company.clone()], "{spelling}");
    }
    for (number, reason) in [("", "REQUIRED"), ("7123456789013", "BAD_CHECK_DIGIT"), ("712345", "BAD_CORPORATE_NUMBER")]
    {
        let request = FindCompanyRequest { corporate_number: number.to_owned() };
        let refused = stage.companies().find_company(request).await.unwrap_err();
        assert_eq!(faults_of(&refused), [("corporate_number".to_owned(), reason.to_owned())]);
    }
    let request = FindCompanyRequest { corporate_number: "4011001098993".to_owned() };
    assert_eq!(stage.companies().find_company(request).await.unwrap_err().code(), Code::NotFound);
}

async fn who_changed_what_stands_in_the_history(stage: &Stage) {
    let request =
        CreateCompanyRequest { reason: " 相談会で来訪 ".to_owned(), ..create(sample("見本製作所", "")) };
    let mut company = stage.companies().create_company(request).await.unwrap().into_inner().company.unwrap();
    let later = "2025-02-04T09:00:00+09:00";
    stage.clock_to(later);
    company.facts.as_mut().unwrap().security_staff = "full_time".to_owned();
    let mut desk = stage.companies_by("counsellor-1", Role::Counsellor, &["bodies/osaka"]);
    desk.update_company(change(&company, &["facts.security_staff"])).await.unwrap();
    let erase = EraseCompanyRequest { name: company.name.clone(), ..Default::default() };
    stage.companies().erase_company(erase).await.unwrap();
    let request = GetCompanyHistoryRequest { name: company.name };
    let steps = stage.companies().get_company_history(request).await.unwrap().into_inner().steps;
    let told: Vec<_> = steps
        .iter()
        .map(|step| (step.cause.as_str(), step.actor.as_str(), step.time, step.changed.join(","), step.reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("ENTERED", "operator-1", Some(wire(NOW)), String::new(), ""),
            ("UPDATED", "counsellor-1", Some(wire(later)), "facts.security_staff".to_owned(), ""),
            ("ERASED", "operator-1", Some(wire(later)), String::new(), ""),
        ],
        "the words went with the key"
    );
}

async fn an_erased_company_is_gone_and_still_counts(stage: &Stage) {
    let company = enter(stage, sample("株式会社見本製作所", "7123456789012")).await;
    let id = company.facts.as_ref().unwrap().company_id.clone();
    let erase = EraseCompanyRequest { name: company.name.clone(), ..Default::default() };
    let left = stage.companies().erase_company(erase.clone()).await.unwrap().into_inner().company.unwrap();
    assert_eq!((left.erased, left.details.clone()), (true, Some(CompanyDetails::default())));
    assert_eq!(left.facts, company.facts, "statistics stay");
    assert_eq!(get(stage, &company.name).await, left);
    let event = stage.told().await.pop().unwrap();
    assert_eq!((event.r#type.as_str(), event.personal.is_empty()), (CompanyErased::full_name().as_str(), true));
    assert_eq!(CompanyErased::decode(event.clear).unwrap().facts, company.facts);
    assert!(stage.keys.find(&[id]).await.unwrap().is_empty(), "what engagements sealed under it is gone, too");

    let number = FindCompanyRequest { corporate_number: "7123456789012".to_owned() };
    assert_eq!(stage.companies().find_company(number).await.unwrap_err().code(), Code::NotFound);
    let again = stage.companies().create_company(create(sample("見本製作所", "7123456789012"))).await.unwrap();
    assert_eq!(again.into_inner().possible_duplicates, [], "nobody knows that it was the same");
    let events = stage.told().await.len();
    stage.companies().erase_company(erase).await.unwrap();
    assert_eq!(stage.told().await.len(), events, "erasing again changes nothing");
    let refused = update(stage, &company, &["details.company_name"]).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused).as_str()), (Code::FailedPrecondition, "COMPANY_ERASED"));
    let list = ListCompaniesRequest { prefecture: "27".to_owned(), ..Default::default() };
    assert_eq!(stage.companies().list_companies(list).await.unwrap().into_inner().companies.len(), 2);
}

async fn what_says_who_it_is_stands_nowhere_in_the_clear(stage: &Stage) {
    let request = CreateCompanyRequest {
        reason: "見本氏の紹介".to_owned(),
        request_id: "r-1".to_owned(),
        ..create(sample("株式会社見本製作所", "7123456789012"))
    };
    stage.companies().create_company(request).await.unwrap();
    if stage.backend == Backend::Sqlite {
        for canary in ["見本製作所", "7123456789012", "見本市", "hanako", "06-0000-0000", "紹介"] {
            assert!(!stands_in_the_files(stage, canary), "{canary} is in the clear");
        }
        assert!(stands_in_the_files(stage, "bodies/osaka"), "the scan finds what is there");
    }
    for event in stage.told().await {
        let holds = |text: &str| event.clear.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds("見本") && !holds("7123456789012"));
    }
}

/// Whether a text stands in the register's database or in what is still to be written into it.
fn stands_in_the_files(stage: &Stage, text: &str) -> bool {
    let files = ["registry.db", "registry.db-wal"].map(|name| stage.folder.path().join(name));
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    files.iter().filter_map(|file| std::fs::read(file).ok()).any(holds)
}
