//! Everything a deployment shows, read through its calls and held against the model.

use std::collections::{BTreeMap, BTreeSet};

use contract::registry::v1::{ExpertChanged, ExpertState, GetListingStatisticsRequest, ListExpertsRequest};
use contract::search::v1::{Conditions, Facet, GetSheetRequest, Hit, SearchExpertsRequest, SearchExpertsResponse};
use contract::survey::v1 as survey;
use contract::survey::v1::{
    GetCapabilityRequest, GetRatingRequest, GetSurveyStatisticsRequest, ListResponsesRequest, ResponseReceived,
};
use prost::Name as _;
use tonic::Code;

use crate::clients::Clients;
use crate::model::{self, ABLE, BLANK, Mark, Model, Rating, STRONG, Statistics};
use crate::submission::Submission;

/// Day of the rotation, so that pages of one reading belong together.
const DAY: i64 = 20_000;
/// Calls under way at once.
const AT_ONCE: usize = 8;

/// Holds everything against the model: counts, capability, ratings, experts, search, and the logs.
///
/// # Panics
/// At the first difference.
pub async fn assert_shows(clients: &Clients, model: &Model) {
    // Search has read what the logs hold now.
    let at_least = vec![clients.head("survey").await, clients.head("registry").await];
    let status = contract::search::v1::GetIndexStatusRequest { at_least };
    let status = clients.search().get_index_status(status).await.expect("search catches up").into_inner();
    assert_eq!(status.parked, 0, "no event is set aside");
    assert_eq!(statistics(clients).await, model.statistics());
    assert_eq!(capability(clients).await, model.capability());
    assert_logs(clients, model).await;
    assert_listing(clients, model).await;
    assert_ratings(clients, model).await;
    assert_finds(clients, model, &Conditions::default(), "").await;
    let (listed, people) = (model.listed().len(), model.people().len());
    let shown = [status.listed, status.hidden].map(|count| usize::try_from(count).expect("a count"));
    assert_eq!(shown, [listed, people - listed], "listed and hidden in the index");
}

/// The survey's counts.
///
/// # Panics
/// When the survey is away.
pub async fn statistics(clients: &Clients) -> Statistics {
    let answer = clients.responses().get_survey_statistics(GetSurveyStatisticsRequest {}).await;
    let survey::GetSurveyStatisticsResponse { received, people, repeats, skills_unanswered, .. } =
        answer.expect("the counts").into_inner();
    Statistics { received, people, repeats, skills_unanswered }
}

/// The capability table.
///
/// # Panics
/// When the survey is away.
pub async fn capability(clients: &Clients) -> BTreeMap<String, [i64; 3]> {
    let answer = clients.scoring().get_capability(GetCapabilityRequest {}).await.expect("the table").into_inner();
    answer.areas.into_iter().map(|row| (row.area, [row.alone, row.with_support, row.not_yet])).collect()
}

/// How many are listed, and why the others are not.
///
/// # Panics
/// When the registry is away.
pub async fn listing(clients: &Clients) -> (i64, i64, BTreeMap<String, i64>) {
    let answer = clients.registry().get_listing_statistics(GetListingStatisticsRequest {}).await;
    let answer = answer.expect("the counts").into_inner();
    let reason = |count: &contract::registry::v1::ObstacleCount| {
        (count.obstacle.clone().unwrap_or_default().reason, count.count)
    };
    let obstacles = answer.obstacles.iter().map(reason).filter(|(_, count)| *count > 0).collect();
    (answer.experts, answer.listed, obstacles)
}

async fn assert_listing(clients: &Clients, model: &Model) {
    let count = |n: usize| i64::try_from(n).expect("small");
    let expected = (count(model.people().len()), count(model.listed().len()), model.obstacles());
    assert_eq!(listing(clients).await, expected);
    let mut request = ListExpertsRequest { page_size: 200, ..Default::default() };
    let mut seen = BTreeMap::new();
    loop {
        let page = clients.registry().list_experts(request.clone()).await.expect("a page").into_inner();
        for expert in page.experts {
            let reasons: Vec<String> = expert.obstacles.iter().map(|obstacle| obstacle.reason.clone()).collect();
            let number = expert.person.clone().expect("a person").registration_number;
            assert_eq!(expert.state() == ExpertState::Listed, reasons.is_empty(), "{number}");
            assert!(seen.insert(number.clone(), reasons).is_none(), "{number} stands twice in the register");
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let expected = model.people().into_iter().map(|(number, person)| (number.to_owned(), model::against(person)));
    let seen: BTreeMap<String, Vec<&str>> =
        seen.iter().map(|(number, reasons)| (number.clone(), reasons.iter().map(String::as_str).collect())).collect();
    assert_eq!(seen, expected.collect());
}

async fn assert_ratings(clients: &Clients, model: &Model) {
    use futures::StreamExt as _;
    let people = model.people();
    let all = futures::stream::iter(people).map(async |(number, counting)| {
        assert_eq!(rating(clients, number).await, model::rate(counting), "the rating of {number}");
    });
    all.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

/// The rating in force of a number.
///
/// # Panics
/// When there is none.
pub async fn rating(clients: &Clients, number: &str) -> Rating {
    let request = GetRatingRequest { registration_number: number.to_owned() };
    let answer = clients.scoring().get_rating(request).await.unwrap_or_else(|status| panic!("{number}: {status}"));
    rating_of(&answer.into_inner().rating.expect("a rating"))
}

/// A rating as the model writes it; every mark has its reason.
///
/// # Panics
/// When a mark contradicts its sums or its reason.
pub fn rating_of(rating: &survey::Rating) -> Rating {
    assert_eq!(rating.policy, "ipa-2024");
    let (mut areas, mut menus, mut sub_items) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for area in &rating.areas {
        let short = area.sub_items.iter().filter(|sub_item| !sub_item.met).count();
        let reason = match short {
            _ if !rating.skills_answered => "UNANSWERED",
            0 => "ALL_MET",
            1 => "ONE_NOT_MET",
            _ => "SEVERAL_NOT_MET",
        };
        assert_eq!(area.reason, reason, "{area:?}");
        let words = area.explanation.clone().unwrap_or_default();
        assert!(!words.ja.is_empty() && !words.en.is_empty(), "{area:?}");
        areas.insert(area.area.clone(), (sign(area.mark()), i64::from(area.points)));
        for sub_item in &area.sub_items {
            let (sum, threshold) = (i64::from(sub_item.sum), i64::from(sub_item.threshold));
            assert_eq!(sub_item.met, sum >= threshold, "{sub_item:?}");
            sub_items.insert(sub_item.sub_item.clone(), (sum, threshold));
        }
    }
    for menu in &rating.menus {
        menus.insert(menu.menu.clone(), (sign(menu.mark()), i64::from(menu.points)));
    }
    Rating { answered: rating.skills_answered, areas, menus, sub_items }
}

/// A mark as people read it.
///
/// # Panics
/// When it is none.
pub fn sign(mark: survey::Mark) -> Mark {
    match mark {
        survey::Mark::Strong => STRONG,
        survey::Mark::Able => ABLE,
        survey::Mark::None => BLANK,
        survey::Mark::Unspecified => panic!("a mark that is not stated"),
    }
}

/// Logs without gaps; one expert event for each response event; every response stored once and in the history.
async fn assert_logs(clients: &Clients, model: &Model) {
    let mut counts = Vec::new();
    for (service, kind) in [("survey", ResponseReceived::full_name()), ("registry", ExpertChanged::full_name())] {
        let events = clients.events(service).await;
        for (event, expected) in events.iter().zip(1..) {
            assert_eq!(event.position, expected, "positions of {service} have no gap");
        }
        counts.push(events.iter().filter(|event| event.r#type == kind).count());
        assert_eq!(clients.head(service).await.position, i64::try_from(events.len()).expect("small"));
    }
    let received = usize::try_from(model.statistics().received).expect("small");
    assert_eq!(counts, [received, received], "events of the survey and of the registry, one a response");
    assert_eq!(responses(clients, "").await.len(), received, "responses in the history");
}

/// All stored responses of a number, or of everybody; newest first, each once.
///
/// # Panics
/// When one is listed twice.
pub async fn responses(clients: &Clients, number: &str) -> Vec<survey::Response> {
    let registration_number = number.to_owned();
    let mut request = ListResponsesRequest { registration_number, page_size: 200, ..Default::default() };
    let mut found: Vec<survey::Response> = Vec::new();
    loop {
        let page = clients.responses().list_responses(request.clone()).await.expect("a page").into_inner();
        found.extend(page.responses);
        if page.next_page_token.is_empty() {
            let names: BTreeSet<&str> = found.iter().map(|response| response.name.as_str()).collect();
            assert_eq!(names.len(), found.len(), "each response is listed once");
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

/// Searches through all pages; the last answer has the counts.
///
/// # Panics
/// When a page is refused.
pub async fn search(clients: &Clients, conditions: &Conditions, place: &str) -> (Vec<Hit>, SearchExpertsResponse) {
    let mut request = SearchExpertsRequest {
        conditions: Some(conditions.clone()),
        place: place.to_owned(),
        page_size: 100,
        rotation_day: DAY,
        ..Default::default()
    };
    let mut hits = Vec::new();
    loop {
        let page = clients.search().search_experts(request.clone()).await.expect("a page of hits").into_inner();
        hits.extend(page.hits.iter().cloned());
        if page.next_page_token.is_empty() {
            return (hits, page);
        }
        request.page_token.clone_from(&page.next_page_token);
    }
}

/// Holds one search against the model: who, how each is shown, in which order, and all counts.
///
/// # Panics
/// At the first difference.
pub async fn assert_finds(clients: &Clients, model: &Model, conditions: &Conditions, place: &str) {
    let (hits, counts) = search(clients, conditions, place).await;
    let numbers: BTreeSet<String> = hits.iter().map(|hit| hit.registration_number.clone()).collect();
    assert_eq!(numbers, model.found(conditions), "{conditions:?}");
    assert_eq!((hits.len(), counts.total), (numbers.len(), i64::try_from(hits.len()).expect("small")));
    let listed = model.listed();
    for hit in &hits {
        assert_hit(hit, listed[hit.registration_number.as_str()]);
    }
    let ranks: Vec<_> = hits.iter().map(|hit| rank(hit, conditions, place)).collect();
    assert!(ranks.is_sorted(), "in order of marks, points and nearness: {conditions:?} {place}");
    for row in counts.area_marks.iter().chain(&counts.menu_marks) {
        let has = |hit: &&Hit, sign: Mark| mark_in(hit, &row.code).0 == sign;
        let count = |sign: Mark| i64::try_from(hits.iter().filter(|hit| has(hit, sign)).count()).expect("small");
        assert_eq!([row.strong, row.able, row.none], [count(STRONG), count(ABLE), count(BLANK)], "{}", row.code);
    }
    counts.facets.iter().for_each(|facet| assert_facet(facet, &listed, conditions));
}

fn mark_in(hit: &Hit, code: &str) -> (Mark, i64) {
    let menu = hit.menus.iter().find(|menu| menu.menu == code).map(|menu| (menu.mark(), menu.points));
    let area = hit.areas.iter().find(|area| area.area == code).map(|area| (area.mark(), area.points));
    let (mark, points) = menu.or(area).unwrap_or_else(|| panic!("no mark in {code}"));
    (sign(mark), i64::from(points))
}

/// More ◎ first, then more ○, then more points of the areas behind the menus, then nearer.
fn rank(hit: &Hit, conditions: &Conditions, place: &str) -> (i64, i64, i64, usize) {
    let of_items = conditions.menu_items.iter().filter_map(|item| item.split('-').next());
    let asked: BTreeSet<&str> = conditions.menus.iter().map(String::as_str).chain(of_items).collect();
    let with = |sign: Mark| asked.iter().filter(|menu| mark_in(hit, menu).0 == sign).count();
    // M0 and M1 both follow from S1, whose points count once.
    let areas = asked.iter().map(|menu| if *menu == "M0" { "M1" } else { *menu }).collect::<BTreeSet<_>>();
    let points: i64 = areas.iter().map(|menu| mark_in(hit, menu).1).sum();
    let region = |prefecture: &str| kit_vocabulary::prefectures().get(prefecture).map(|p| p.links("regions").to_vec());
    let far = match hit.residence.as_str() {
        _ if place.is_empty() => 2,
        home if home == place => 0,
        "" => 2,
        home => {
            if region(home) == region(place) {
                1
            } else {
                2
            }
        }
    };
    let less = |n: usize| -i64::try_from(n).expect("small");
    (less(with(STRONG)), less(with(ABLE)), -points, far)
}

fn assert_facet(facet: &Facet, listed: &BTreeMap<&str, &Submission>, conditions: &Conditions) {
    for value in &facet.values {
        let mut narrowed = conditions.clone();
        let only = vec![value.code.clone()];
        let has = |person: &Submission| match facet.facet.as_str() {
            "residence" => person.code_of("residence") == value.code,
            "fee" => person.code_of("fee_per_visit") == value.code,
            _ => true,
        };
        match facet.facet.as_str() {
            "prefectures" => narrowed.prefectures = only,
            "industries" => narrowed.industries = only,
            "formats" => narrowed.formats = only,
            "durations" => narrowed.durations = only,
            "company_sizes" => narrowed.company_sizes = only,
            "qualifications" => narrowed.qualifications = only,
            "affiliations" => narrowed.affiliations = only,
            "themes" => narrowed.themes = only,
            "organisations" => narrowed.organisations = only,
            "skill_items" => narrowed.skill_items = only,
            "fee" => narrowed.fee_ceiling.clear(),
            "residence" => {}
            other => panic!("facet {other} is not in the contract"),
        }
        let meets = |person: &&&Submission| has(person) && model::meets(person, &narrowed);
        let count = i64::try_from(listed.values().filter(meets).count()).expect("small");
        assert_eq!(value.count, count, "{} {} under {conditions:?}", facet.facet, value.code);
    }
}

/// How a listed person is shown in the list.
fn assert_hit(hit: &Hit, person: &Submission) {
    let number = &hit.registration_number;
    let rating = model::rate(person);
    for (code, expected) in rating.areas.iter().chain(&rating.menus) {
        assert_eq!(mark_in(hit, code), *expected, "{code} of {number}");
    }
    for (shown, question) in
        [(&hit.full_name, "name"), (&hit.support_summary, "support_summary"), (&hit.organisation, "organisation")]
    {
        assert_eq!(shown, person.text_of(question), "{question} of {number}");
    }
    for (shown, question) in
        [(&hit.fee_per_visit, "fee_per_visit"), (&hit.affiliation, "affiliation"), (&hit.residence, "residence")]
    {
        assert_eq!(shown, person.code_of(question), "{question} of {number}");
    }
    for (shown, question) in [
        (&hit.themes, "themes"),
        (&hit.industries, "industries"),
        (&hit.prefectures, "prefectures"),
        (&hit.formats, "formats"),
        (&hit.durations, "durations"),
        (&hit.qualifications, "qualifications"),
    ] {
        // That none of the codes applies may be shown, or nothing.
        let own: BTreeSet<&String> = person.codes_of(question).iter().filter(|code| *code != "none").collect();
        let shown: BTreeSet<&String> = shown.iter().filter(|code| *code != "none").collect();
        assert_eq!(shown, own, "{question} of {number}");
    }
}

/// Holds the sheet of a number against the model; somebody who is not listed has none.
///
/// # Panics
/// When they differ.
pub async fn assert_sheet(clients: &Clients, model: &Model, number: &str) {
    let request =
        GetSheetRequest { name: "experts/-".to_owned(), registration_number: number.to_owned(), ..Default::default() };
    let answer = clients.search().get_sheet(request).await;
    let Some(person) = model.listed().get(number).copied() else {
        let code = answer.expect_err("no sheet of somebody who is not listed").code();
        assert_eq!(code, Code::NotFound, "{number}");
        return;
    };
    let sheet = answer.unwrap_or_else(|status| panic!("{number}: {status}")).into_inner().sheet.expect("a sheet");
    assert_hit(&sheet.summary.clone().expect("a summary"), person);
    assert_eq!(rating_of(&sheet.rating.clone().expect("a rating")), model::rate(person), "{number}");
    for (shown, question) in [
        (&sheet.full_name_kana, "name_kana"),
        (&sheet.homepage, "homepage"),
        (&sheet.residence_city, "residence_city"),
        (&sheet.self_pr, "self_pr"),
        (&sheet.qualifications_other, "qualifications_other"),
    ] {
        assert_eq!(shown, person.text_of(question), "{question} of {number}");
    }
    let email = if person.code_of("contact_consent") == "yes" { person.text_of("email") } else { "" };
    assert_eq!(sheet.email, email, "the address of {number} is shown only with consent");
    assert_eq!(sheet.experience, person.code_of("experience"), "{number}");
    let year = person.number_of("registration_year").unwrap_or(0);
    assert_eq!(i64::from(sheet.registration_year), year, "{number}");
    let counts = ["support_cases", "support_years"].map(|question| person.number_of(question));
    assert_eq!([sheet.support_cases, sheet.support_years], counts, "{number}");
}
