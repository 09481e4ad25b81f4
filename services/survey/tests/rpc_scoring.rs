//! Forms, ratings, policies and statistics as a client reads them; and the campaign of 2024 as a whole.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::collections::BTreeMap;

use contract::survey::v1::answer::Value;
use contract::survey::v1::*;
use kit_forms::{Kind, Value as Read};
use prost::Message as _;
use stage::{Changed as _, World, choices, on_both, portal, response, text};
use survey::domain::form::form;

on_both!(
    a_rating_can_be_checked_by_hand,
    the_audit_menu_follows_from_qualifications,
    a_form_is_published_before_the_first_response_to_it,
    a_form_is_told_whole,
    policies_are_told_and_an_unknown_one_does_not_start,
    capability_counts_everybody_once,
    the_campaign_of_2024_comes_out_as_it_must,
);

async fn a_rating_can_be_checked_by_hand(world: World) {
    let stage = world.stage().await;
    // S1: 3 4 4 against 13 5 5; S2: 6 6 6; S3: 3 9 2; S5: 8; S6: 14.
    let mut given = response("12345").skilled(3);
    for (item, answer) in [("S1a1", 3), ("S1a2", 0), ("S1a3", 0), ("S1a4", 0), ("S1a5", 0), ("S1b1", 1), ("S1c1", 1)] {
        given = given.with(item, Value::Number(answer));
    }
    given = given.with("S3c1", Value::Number(2)).with("S6a5", Value::Number(2));
    for item in ["S5a1", "S5a2", "S5a3", "S5a4"] {
        given = given.with(item, Value::Number(2));
    }
    stage.submit(&portal(), given).await.unwrap();
    let rating = stage.rating(&portal(), "12345").await.unwrap();
    assert_eq!((rating.policy.as_str(), rating.skills_answered), ("ipa-2024", true));
    let areas: Vec<_> = rating.areas.iter().map(|a| (a.area.as_str(), a.mark(), a.points, a.reason.as_str())).collect();
    assert_eq!(
        areas,
        [
            ("S1", Mark::None, 11, "SEVERAL_NOT_MET"),
            ("S2", Mark::Strong, 18, "ALL_MET"),
            ("S3", Mark::Able, 14, "ONE_NOT_MET"),
            ("S4", Mark::Strong, 15, "ALL_MET"),
            ("S5", Mark::Able, 8, "ONE_NOT_MET"),
            ("S6", Mark::Strong, 14, "ALL_MET"),
        ]
    );
    let sums: Vec<_> = rating.areas[0].sub_items.iter().map(|s| (s.sum, s.threshold, s.questions, s.met)).collect();
    assert_eq!(sums, [(3, 13, 5, false), (4, 5, 2, false), (4, 5, 2, false)]);
    let menus: Vec<_> = rating.menus.iter().map(|m| (m.menu.as_str(), m.mark(), m.points, m.from.as_str())).collect();
    assert_eq!(
        menus,
        [
            ("M0", Mark::None, 11, "S1"),
            ("M1", Mark::None, 11, "S1"),
            ("M2", Mark::Strong, 18, "S2"),
            ("M3", Mark::Able, 14, "S3"),
            ("M4", Mark::Strong, 15, "S4"),
            ("M5", Mark::Able, 8, "S5"),
            ("M6", Mark::Strong, 14, "S6"),
            ("M7", Mark::None, 0, ""),
        ]
    );
    let explained = rating.areas.iter().map(|a| &a.explanation).chain(rating.menus.iter().map(|m| &m.explanation));
    assert!(explained.flatten().filter(|label| !label.ja.is_empty() && !label.en.is_empty()).count() == 14);
}

async fn the_audit_menu_follows_from_qualifications(world: World) {
    let stage = world.stage().await;
    let other = |words: &str| {
        response("2").with("qualifications", choices(&["other"])).with("qualifications_other", text(words))
    };
    for (given, number, mark, from) in [
        (response("1").with("qualifications", choices(&["cisa"])), "1", Mark::Able, "qualifications"),
        (other("公認システム監査人、PMP"), "2", Mark::Able, "qualifications"),
        (other("公認システム監査人").skilled(3), "2", Mark::Strong, "qualifications"),
        (other("PMP"), "2", Mark::None, ""),
    ] {
        let rating = stage.submit(&portal(), given).await.unwrap().rating.unwrap();
        assert_eq!((rating.menus[7].mark(), rating.menus[7].from.as_str()), (mark, from));
        assert_eq!(stage.rating(&portal(), number).await.unwrap(), rating);
    }
}

async fn a_form_is_published_before_the_first_response_to_it(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("1")).await.unwrap();
    stage.submit(&portal(), response("2")).await.unwrap();
    let imported = |number| {
        let form = "forms/skill-2024-import".to_owned();
        NewResponse { form, ..response(number).at("2024-10-01T09:00:00+09:00") }
    };
    stage.import(vec![imported("3"), imported("4")]).await.unwrap();
    stage.close().await;
    let stage = world.stage().await;
    stage.submit(&portal(), response("5")).await.unwrap();
    let log = stage.log().await;
    let places: Vec<_> = log.iter().map(|event| event.aggregate_type.as_str()).collect();
    let pair = ["rating", "response"];
    let expected = [&["policy", "form"][..], &pair, &pair, &["form"], &pair, &pair, &pair].concat();
    assert_eq!(places, expected, "once for each version, over a restart as well");
    for (event, version) in
        log.iter().filter(|event| event.aggregate_type == "form").zip(["skill-2024", "skill-2024-import"])
    {
        let told = FormPublished::decode(event.clear.as_ref()).unwrap().form.unwrap();
        let request = GetFormRequest { name: format!("forms/{version}") };
        assert_eq!(stage.forms().get_form(request).await.unwrap().into_inner().form.unwrap(), told);
        assert_eq!((event.aggregate_id.as_str(), event.personal.len()), (version, 0));
    }
}

async fn a_form_is_told_whole(world: World) {
    let stage = world.stage().await;
    let forms = stage.forms().list_forms(ListFormsRequest {}).await.unwrap().into_inner().forms;
    let names: Vec<&str> = forms.iter().map(|form| form.name.as_str()).collect();
    assert_eq!(names, ["forms/skill-2024", "forms/skill-2024-import"]);
    assert!(forms.iter().all(|form| form.questions.is_empty() && form.form == "skill"));
    for name in names {
        let request = GetFormRequest { name: name.to_owned() };
        let told = stage.forms().get_form(request).await.unwrap().into_inner().form.unwrap();
        let question = |code: &str| told.questions.iter().find(|question| question.code == code).unwrap();
        assert_eq!(question("self_pr").max_chars, 50);
        assert!(question("name").required);
        assert_eq!(question("residence").required, name == "forms/skill-2024");
        assert!(question("email").personal && !question("S1a1").personal);
        assert_eq!(
            (question("S1a1").min, question("S1a1").max, question("S1a1").group.as_str()),
            (Some(0), Some(3), "skills")
        );
        assert_eq!(question("residence").choices.len(), 47);
        assert!(question("durations").choices.iter().any(|choice| choice.code == "cannot_support" && choice.exclusive));
        let reason = question("cannot_support_reason");
        assert_eq!((reason.asked_when_question.as_str(), reason.asked_when_codes.len()), ("durations", 1));
        assert!(told.questions.iter().all(|q| q.kind() != QuestionKind::Unspecified && q.section.is_some()));
        assert_eq!(question("registration_number").format(), TextFormat::RegistrationNumber);
        let skills = told.groups.iter().find(|group| group.code == "skills").unwrap();
        assert!(skills.all_or_none && skills.questions.len() == 34 && question("S1a1").member_of == "skills");
        let scale: Vec<_> = question("S1a1").scale.iter().map(|mark| mark.number).collect();
        assert_eq!(scale, [0, 1, 2, 3]);
        let skills = told.questions.iter().filter(|question| question.group == "skills").count();
        assert_eq!(skills, 34);
    }
}

async fn policies_are_told_and_an_unknown_one_does_not_start(world: World) {
    let stage = world.stage().await;
    let told = stage.scoring(&portal()).list_policies(ListPoliciesRequest {}).await.unwrap().into_inner();
    let ids: Vec<&str> = told.policies.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!((ids, told.active.as_str()), (vec!["ipa-2024", "ipa-2024-floor"], "ipa-2024"));
    for policy in told.policies {
        let definition: serde_json::Value = serde_json::from_str(&policy.definition).unwrap();
        assert_eq!(definition["id"], policy.id.as_str());
        assert!(policy.title.is_some_and(|title| !title.ja.is_empty() && !title.en.is_empty()));
    }
    stage.close().await;
    let refused = world.stage_with(survey::Config { policy: Some("ipa-1999".to_owned()), ..world.config() }).await;
    let text = refused.err().expect("it does not start").to_string();
    for named in ["ipa-1999", "ipa-2024", "ipa-2024-floor"] {
        assert!(text.contains(named), "{text}");
    }
}

async fn capability_counts_everybody_once(world: World) {
    let stage = world.stage().await;
    stage.submit(&portal(), response("1").skilled(3)).await.unwrap();
    stage.submit(&portal(), response("2").skilled(1)).await.unwrap();
    stage.submit(&portal(), response("3").unskilled()).await.unwrap();
    // The earlier answers of a person count no more.
    stage.submit(&portal(), response("2").skilled(2)).await.unwrap();
    let told = stage.scoring(&portal()).get_capability(GetCapabilityRequest {}).await.unwrap().into_inner();
    assert_eq!((told.policy.as_str(), told.people), ("ipa-2024", 3));
    let areas: Vec<_> = told.areas.iter().map(|a| (a.area.as_str(), a.alone, a.with_support, a.not_yet)).collect();
    assert_eq!(areas, ["S1", "S2", "S3", "S4", "S5", "S6"].map(|area| (area, 1, 1, 1)));
    assert_eq!(stage.counts().await, [4, 3, 1, 0, 1]);
}

/// The file's cells as answers to the import form.
fn row(headings: &csv::StringRecord, cells: &csv::StringRecord) -> NewResponse {
    let form = form("skill-2024-import").unwrap();
    let mut response = NewResponse { form: "forms/skill-2024-import".to_owned(), ..Default::default() };
    for (heading, cell) in headings.iter().zip(cells) {
        if heading == "submitted_at" {
            response = response.at(cell);
            continue;
        }
        let question = form.heading(heading).unwrap();
        let value = match form.read_cell(question, cell).unwrap() {
            None => continue,
            Some(Read::Choice(code)) => Value::Choice(code),
            Some(Read::Choices(codes)) => Value::Choices(Choices { codes }),
            Some(Read::Number(number)) => Value::Number(number),
            Some(Read::Text(text)) => Value::Text(text),
        };
        assert!(matches!(question.kind, Kind::Text { .. }) == matches!(value, Value::Text(_)));
        response.answers.push(Answer { question: question.code.clone(), value: Some(value) });
    }
    response
}

async fn the_campaign_of_2024_comes_out_as_it_must(world: World) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fy2024");
    let mut file = csv::Reader::from_path(folder.join("skill_survey.csv")).unwrap();
    let headings = file.headers().unwrap().clone();
    let rows: Vec<_> = file.records().map(|cells| row(&headings, &cells.unwrap())).collect();
    let expected = std::fs::read_to_string(folder.join("skill_survey.expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let number = |key: &str| expected[key].as_i64().unwrap();

    let stage = world.stage().await;
    let request = BatchValidateResponsesRequest { responses: rows.clone() };
    let told = stage.responses(&stage::operator()).batch_validate_responses(request).await.unwrap().into_inner();
    assert_eq!(told.faults, []);
    assert!(!told.warnings.is_empty());
    stage.import(rows).await.unwrap();
    let [received, people, repeats, disputed, unanswered] = stage.counts().await;
    assert_eq!((received, people, repeats), (number("received"), number("distinct"), number("duplicates")));
    assert_eq!((disputed, unanswered), (0, number("unanswered")));

    let told = stage.scoring(&portal()).get_capability(GetCapabilityRequest {}).await.unwrap().into_inner();
    for area in told.areas {
        let counts = serde_json::json!([area.alone, area.with_support, area.not_yet]);
        assert_eq!(counts, expected["capability"][&area.area], "{}", area.area);
    }
    for (number, marks) in expected["ratings"].as_object().unwrap() {
        let rating = stage.rating(&portal(), number).await.unwrap();
        let sign = |area: &AreaRating| match area.mark() {
            Mark::Strong => "◎",
            Mark::Able => "○",
            Mark::None | Mark::Unspecified => "",
        };
        let found: BTreeMap<_, _> = rating.areas.iter().map(|area| (area.area.clone(), sign(area))).collect();
        assert_eq!(serde_json::to_value(found).unwrap(), *marks, "{number}");
    }
}
