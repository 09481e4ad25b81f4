//! What is said in confidence: sealed wherever it is kept, gone with the company's key, and not shown to the other side.

use contract::engagement::v1::*;
use kit_log::KeyStore as _;
use prost::Message as _;

use crate::stage::{Backend, COMPANY, EXPERT, Stage, choice, marks, text};

on_both!(
    what_one_side_said_is_not_shown_to_the_other,
    texts_are_sealed_and_go_with_the_key,
    answers_are_sealed_and_go_with_the_keys,
);

async fn what_one_side_said_is_not_shown_to_the_other(stage: &Stage) {
    let case = stage.completed((COMPANY, ["10-08 10:00", "10-09 10:00", "10-10 10:00"])).await;
    let said = |side: Side, company_scale: i32, expert_scale: i32, value: &str| RecordOutcomeRequest {
        name: case.name.clone(),
        side: side.into(),
        company_scale,
        expert_scale,
        reason: value.to_owned(),
        ..Default::default()
    };
    let company = RecordOutcomeRequest {
        form: "forms/company-2024".to_owned(),
        answers: [marks(4), vec![text("expert_comment", "期待と違った")]].concat(),
        ..said(Side::Company, 3, 0, "期待と違った")
    };
    let answer = stage.company().record_outcome(company).await.unwrap().into_inner();
    assert!(answer.case.unwrap().facts.unwrap().company_outcome.is_some() && !answer.answers.is_empty());
    let expert = RecordOutcomeRequest {
        form: "forms/expert-company-2024".to_owned(),
        answers: vec![choice("method", "tools"), text("result_reason", "協力が少ない")],
        ..said(Side::Expert, 0, 2, "協力が少ない")
    };
    let seen = stage.expert().record_outcome(expert).await.unwrap().into_inner().case.unwrap();
    let facts = seen.facts.unwrap();
    assert!(facts.company_outcome.is_none() && facts.expert_outcome.is_some());
    let request = GetHistoryRequest { name: case.name.clone() };
    let steps = stage.expert().get_history(request).await.unwrap().into_inner().steps;
    let words: Vec<_> = steps.iter().filter(|step| step.cause == "OUTCOME_RECORDED").map(|step| &step.reason).collect();
    assert_eq!(words, ["", "協力が少ない"]);
    let request = GetCaseRequest { name: case.name.clone() };
    let seen = stage.company().get_case(request).await.unwrap().into_inner().case.unwrap();
    assert!(seen.facts.unwrap().expert_outcome.is_none());
    let full = stage.get(&case.name).await.facts.unwrap();
    assert!(full.company_outcome.is_some() && full.expert_outcome.is_some());

    let about = || ListAnswersRequest { subject: case.name.clone(), ..Default::default() };
    let mut listed = Vec::new();
    for mut client in [stage.forms_by_expert(), stage.forms_by_company(), stage.forms_by_operator()] {
        let answers = client.list_answers(about()).await.unwrap().into_inner().answers;
        listed.push(answers.into_iter().map(|one| one.facts.unwrap().form).collect::<Vec<_>>());
    }
    let (expert, company) = ("forms/expert-company-2024".to_owned(), "forms/company-2024".to_owned());
    assert_eq!(listed, [vec![expert.clone()], vec![company.clone()], vec![expert, company]]);
}

async fn texts_are_sealed_and_go_with_the_key(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    stage.hold(&case, 1, "10-08 14:00").await.unwrap();
    let change = ChangeThemeRequest {
        name: case.name.clone(),
        theme: "T4".to_owned(),
        reason: "秘密の理由".to_owned(),
        ..Default::default()
    };
    stage.expert().change_theme(change).await.unwrap();
    let secrets = ["見本製作所", "本社会議室", "総務の担当者", "基本方針（案）", "関連規程を読む", "秘密の理由"];
    for event in stage.events().await {
        let bytes = [event.clear.as_ref(), event.personal.as_ref()].concat();
        for secret in secrets {
            assert!(!holds(&bytes, secret), "{secret} in {}", event.r#type);
        }
        assert!(event.aggregate_type != "case" || event.key_id == "c-1");
    }
    if stage.backend == Backend::Sqlite {
        for name in ["engagement.db", "engagement.db-wal"] {
            let bytes = std::fs::read(stage.folder.path().join(name)).unwrap_or_default();
            assert!(secrets.iter().all(|secret| !holds(&bytes, secret)), "a secret in {name}");
        }
    }
    let texts = stage.get(&case.name).await.texts.unwrap();
    assert_eq!((texts.company_name.as_str(), texts.visits[0].place.as_str()), ("見本製作所", "本社会議室"));
    let last = stage.events().await.into_iter().rfind(|event| event.aggregate_type == "case").unwrap();
    let keys = stage.keys.find(std::slice::from_ref(&last.key_id)).await.unwrap();
    let body = keys[&last.key_id].open(&last.id, &last.personal).unwrap();
    let body = CasePersonal::decode(body.as_slice()).unwrap();
    assert_eq!((body.reason.as_str(), body.texts), ("秘密の理由", Some(texts)));

    stage.keys.destroy("c-1").await.unwrap();
    let case = stage.get(&case.name).await;
    assert_eq!(case.texts.unwrap(), CaseTexts::default());
    assert_eq!(case.facts.unwrap().visits.len(), 1, "figures stay");
    assert!(stage.history(&case.name).await.iter().all(|step| step.reason.is_empty()));
    let ended = EndCaseEarlyRequest {
        name: case.name.clone(),
        ending_reason: "other".to_owned(),
        reason: "消した後の理由".to_owned(),
        ..Default::default()
    };
    let case = stage.operator().end_case_early(ended).await.unwrap().into_inner().case.unwrap();
    assert_eq!(case.facts.unwrap().state(), CaseState::EndedEarly);
    assert!(stage.history(&case.name).await.iter().all(|step| step.reason.is_empty()), "nothing is written any more");
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// What is said of a company goes with the company's key, what an expert says of the programme with the expert's; ids,
/// codes and figures stay.
async fn answers_are_sealed_and_go_with_the_keys(stage: &Stage) {
    let case = stage.completed((COMPANY, ["10-08 10:00", "10-09 10:00", "10-10 10:00"])).await;
    let of_company = |comment: &str| RecordOutcomeRequest {
        name: case.name.clone(),
        form: "forms/company-2024".to_owned(),
        answers: [marks(4), vec![choice("goal", "fully"), text("expert_comment", comment)]].concat(),
        ..Default::default()
    };
    stage.company().record_outcome(of_company("秘密の感想")).await.unwrap();
    let of_expert = SubmitAnswersRequest {
        form: "forms/expert-2024".to_owned(),
        subject: EXPERT.to_owned(),
        programme: "2024".to_owned(),
        answers: [crate::forms::required(), vec![text("further_themes", "秘密の提案")]].concat(),
        ..Default::default()
    };
    stage.forms_by_expert().submit_answers(of_expert).await.unwrap();
    let secrets = ["秘密の感想", "秘密の提案", "例の専門家"];
    for event in stage.events().await {
        let bytes = [event.clear.as_ref(), event.personal.as_ref()].concat();
        assert!(secrets.iter().all(|secret| !holds(&bytes, secret)), "a secret in {}", event.r#type);
    }
    if stage.backend == Backend::Sqlite {
        for name in ["engagement.db", "engagement.db-wal"] {
            let bytes = std::fs::read(stage.folder.path().join(name)).unwrap_or_default();
            assert!(secrets.iter().all(|secret| !holds(&bytes, secret)), "a secret in {name}");
        }
    }
    let keys: Vec<_> = stage.events().await.into_iter().filter(|event| event.aggregate_type == "answers").collect();
    assert_eq!(keys.iter().map(|event| event.key_id.as_str()).collect::<Vec<_>>(), ["c-1", "e-1"]);
    let words = async |subject: &str| {
        let request = ListAnswersRequest { subject: subject.to_owned(), ..Default::default() };
        let answers = stage.forms_by_operator().list_answers(request).await.unwrap().into_inner().answers;
        assert!(!answers[0].facts.as_ref().unwrap().answers.is_empty(), "figures stay");
        answers[0].confidential.len()
    };
    assert_eq!((words(&case.name).await, words(EXPERT).await), (1, 2));
    stage.keys.destroy("e-1").await.unwrap();
    assert_eq!((words(&case.name).await, words(EXPERT).await), (1, 0));
    stage.keys.destroy("c-1").await.unwrap();
    assert_eq!((words(&case.name).await, words(EXPERT).await), (0, 0));
    // Whoever answers again after that leaves figures only, and what counted before is told as such all the same.
    let later = RecordOutcomeRequest { side: Side::Company.into(), ..of_company("消した後の感想") };
    stage
        .operator()
        .record_outcome(RecordOutcomeRequest { on_behalf_of: Side::Company.into(), ..later })
        .await
        .unwrap();
    assert_eq!(words(&case.name).await, 0);
    let counts = stage.events().await.into_iter().filter(|event| event.aggregate_type == "answers");
    let counts: Vec<_> =
        counts.map(|event| AnswersChanged::decode(event.clear).unwrap().facts.unwrap().counts).collect();
    assert_eq!(counts, [true, true, false, true]);
}
