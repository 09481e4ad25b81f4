//! Files that nobody has seen before: other people, other answers, written in many ways.

use contract::search::v1::{Conditions, SearchExpertsRequest};
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::model::Model;
use end_to_end::{built, file, generate, readback};
use kit_vocabulary::List;
use serde_json::Value;

in_both_shapes!(everything_read_back_is_what_the_rules_say);

async fn everything_read_back_is_what_the_rules_say(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    let mut chance = Chance::new(20_250_314);
    let mut model = Model::default();
    for part in 0..2 {
        let numbers = part * 400_000 + 1..part * 400_000 + 300_000;
        let rows = generate::campaign(&mut chance, numbers, 120, 150);
        let path = deployment.home().join(format!("part-{part}.csv"));
        file::write_freely(&path, &rows, &mut chance);
        let new = model.import(&rows);
        let said = deployment.import(&path).await;
        let counts = [rows.len(), new, rows.len() - new].map(Value::from);
        assert_eq!([&said["rows"], &said["stored"], &said["repeated"]], counts.each_ref());
        readback::assert_shows(&clients, &model).await;
    }
    let people: Vec<String> = model.people().keys().map(|&number| number.to_owned()).collect();
    for number in people.iter().step_by(3) {
        readback::assert_sheet(&clients, &model, number).await;
        assert_eq!(readback::responses(&clients, number).await.len(), model.submissions_of(number), "{number}");
    }
    let places = kit_vocabulary::prefectures();
    for _ in 0..6 {
        let place = chance.pick(&codes(places));
        readback::assert_finds(&clients, &model, &conditions(&mut chance), &place).await;
    }
    pages_do_not_depend_on_their_size(&clients).await;
}

/// Two or three conditions, one or more codes each.
fn conditions(chance: &mut Chance) -> Conditions {
    use kit_vocabulary as lists;
    let mut conditions = Conditions::default();
    for _ in 0..chance.between(2, 3) {
        let which = chance.below(12);
        let mut some = |list: &List| chance.some(&codes(list));
        match which {
            0 => conditions.menus = some(lists::menus()),
            1 => conditions.prefectures = some(lists::prefectures()),
            2 => conditions.industries = some(lists::expert_industries()),
            3 => conditions.fee_ceiling = chance.pick(&codes(lists::fees())),
            4 => conditions.durations = some(lists::durations()),
            5 => conditions.formats = some(lists::formats()),
            6 => conditions.company_sizes = some(lists::company_sizes()),
            7 => conditions.qualifications = some(lists::qualifications()),
            8 => conditions.themes = some(lists::themes()),
            9 => conditions.organisations = some(lists::bodies()),
            10 => conditions.skill_items = some(lists::skill_items()),
            _ => conditions.menu_items = some(lists::menu_items()),
        }
    }
    conditions
}

fn codes(list: &List) -> Vec<String> {
    list.codes().iter().map(|code| code.code.clone()).collect()
}

/// Small pages, one after another, give the order of the large ones; nobody is shown twice or left out.
async fn pages_do_not_depend_on_their_size(clients: &Clients) {
    let asked = Conditions { menus: vec!["M2".to_owned(), "M3".to_owned()], ..Default::default() };
    let names = async |page_size: i32| {
        let mut request = SearchExpertsRequest {
            conditions: Some(asked.clone()),
            page_size,
            rotation_day: 20_100,
            ..Default::default()
        };
        let mut names = Vec::new();
        loop {
            let page = clients.search().search_experts(request.clone()).await.unwrap().into_inner();
            assert!(page.hits.len() <= usize::try_from(page_size).unwrap());
            names.extend(page.hits.into_iter().map(|hit| hit.name));
            if page.next_page_token.is_empty() {
                return names;
            }
            request.page_token = page.next_page_token;
        }
    };
    let large = names(100).await;
    assert!(large.len() > 20, "enough for several pages");
    assert_eq!(names(7).await, large);
}
