//! Forms and the answers to them: by themselves and with the commands of a case.

use contract::engagement::v1::*;
use contract::survey::v1::Answer;
use contract::survey::v1::answer::Value;
use kit_serve::Role;
use prost::Message as _;
use tonic::Code;

use crate::stage::{
    COMPANY, EXPERT, Stage, choice, choices, company, faults_of, held, marks, number, reason_of, text, wire,
};

on_both!(
    every_form_is_told_whole,
    the_later_answers_count_and_the_earlier_stay,
    every_fault_is_told_at_once_and_nothing_is_stored,
    the_report_of_a_visit_is_typed_once,
    the_report_of_a_consultation_is_typed_once,
    the_answers_of_the_company_give_its_outcome,
    what_is_said_twice_must_be_the_same,
    a_withdrawn_case_takes_neither_report_nor_survey,
    who_answers_and_for_whom,
    an_expert_answers_within_a_programme,
);

const DAYS: [&str; 3] = ["10-08 10:00", "10-09 10:00", "10-10 10:00"];

/// The self-check with the same choice everywhere.
fn self_check(code: &str) -> SubmitAnswersRequest {
    SubmitAnswersRequest {
        form: "forms/self-check-2024".to_owned(),
        subject: COMPANY.to_owned(),
        answers: (1..=25).map(|at| choice(&format!("Q{at:02}"), code)).collect(),
        ..Default::default()
    }
}

fn final_report(case: &Case) -> SubmitAnswersRequest {
    SubmitAnswersRequest {
        form: "forms/final-report-2024".to_owned(),
        subject: case.name.clone(),
        answers: vec![choices("goals", &["goal_1", "goal_2"]), text("summary", "規程の案ができた")],
        ..Default::default()
    }
}

fn company_says(case: &Case, answers: Vec<Answer>) -> RecordOutcomeRequest {
    let form = "forms/company-2024".to_owned();
    RecordOutcomeRequest { name: case.name.clone(), form, answers, ..Default::default() }
}

async fn answers_about(stage: &Stage, subject: &str, with_earlier: bool) -> Vec<AnswersRecord> {
    let request = ListAnswersRequest { subject: subject.to_owned(), with_earlier, ..Default::default() };
    stage.forms_by_operator().list_answers(request).await.unwrap().into_inner().answers
}

/// Bodies of the answers' events, and kinds of all events.
async fn told(stage: &Stage) -> Vec<AnswersFacts> {
    let events = stage.events().await;
    let told = events.into_iter().filter(|event| event.aggregate_type == "answers");
    told.map(|event| AnswersChanged::decode(event.clear).unwrap().facts.unwrap()).collect()
}

async fn every_form_is_told_whole(stage: &Stage) {
    let mut anyone = stage.forms_by("x", Role::Anyone, &[]);
    let forms = anyone.list_forms(ListFormsRequest {}).await.unwrap().into_inner().forms;
    assert_eq!(forms.len(), 8);
    for form in forms {
        assert!(form.questions.is_empty());
        let told =
            anyone.get_form(GetFormRequest { name: form.name.clone() }).await.unwrap().into_inner().form.unwrap();
        assert_eq!((told.title, told.questions.is_empty()), (form.title, false));
    }
    let get = |name: &str| GetFormRequest { name: name.to_owned() };
    let check = anyone.get_form(get("forms/self-check-2024")).await.unwrap().into_inner().form.unwrap();
    let points: Vec<_> = check.questions[0].choices.iter().map(|choice| choice.points).collect();
    assert_eq!((points, check.scores.len()), (vec![Some(4), Some(2), Some(0), Some(-1)], 4));
    let missing = anyone.get_form(get("forms/self-check-1999")).await.unwrap_err();
    assert_eq!((missing.code(), reason_of(&missing)), (Code::NotFound, "FORM_NOT_FOUND".to_owned()));
}

async fn the_later_answers_count_and_the_earlier_stay(stage: &Stage) {
    stage.begin(COMPANY, EXPERT).await;
    let mut by = stage.forms_by_company();
    let first = by.submit_answers(self_check("not")).await.unwrap().into_inner().answers.unwrap();
    let again = by.submit_answers(self_check("not")).await.unwrap().into_inner().answers.unwrap();
    assert_eq!(first, again, "the same answers again are no other answers");
    stage.clock_to("12-01 10:00");
    let later = by.submit_answers(self_check("done")).await.unwrap().into_inner().answers.unwrap();
    let total = |record: &AnswersRecord| record.facts.as_ref().unwrap().scores[0].points;
    assert_eq!((total(&first), total(&later)), (0, 100));
    let facts = later.facts.clone().unwrap();
    assert_eq!((facts.programme.as_str(), &facts.company), ("2024", &company(COMPANY)));
    assert_eq!((facts.side(), facts.on_behalf, facts.scores[0].most), (Side::Company, false, 100));

    let counting: Vec<_> = answers_about(stage, COMPANY, false).await;
    assert_eq!(counting, std::slice::from_ref(&later));
    let all = answers_about(stage, COMPANY, true).await;
    let counts: Vec<_> = all.iter().map(|one| (one.name.clone(), one.facts.as_ref().unwrap().counts)).collect();
    assert_eq!(counts, [(later.name.clone(), true), (first.name.clone(), false)]);
    let told: Vec<_> =
        told(stage).await.into_iter().map(|facts| (format!("answers/{}", facts.answers_id), facts.counts)).collect();
    assert_eq!(told, [(first.name.clone(), true), (first.name, false), (later.name, true)]);
    let kinds: Vec<_> = stage.events().await.into_iter().map(|event| event.aggregate_type).collect();
    assert_eq!(
        kinds,
        ["case", "form", "answers", "answers", "answers"],
        "the form is published once, before its answers"
    );
}

async fn every_fault_is_told_at_once_and_nothing_is_stored(stage: &Stage) {
    let case = stage.completed((COMPANY, DAYS)).await;
    let before = (stage.get(&case.name).await, stage.events().await.len());
    let answers = [
        marks(4),
        vec![
            number("knowledge", 6),
            choice("goal", "splendid"),
            choices("again", &["free", "paid"]),
            choice("visits_wanted", "4"),
            text("outcomes", &"あ".repeat(1_001)),
            choice("colour", "blue"),
        ],
    ]
    .concat();
    let refused = stage.company().record_outcome(company_says(&case, answers)).await.unwrap_err();
    let mut expected = [
        ("answers[knowledge]", "REPEATED"),
        ("answers[goal]", "UNKNOWN_CODE"),
        ("answers[again]", "WRONG_KIND"),
        ("answers[visits_wanted]", "NOT_ASKED"),
        ("answers[knowledge]", "OUT_OF_RANGE"),
        ("answers[outcomes]", "TOO_LONG"),
        ("answers[colour]", "UNKNOWN_QUESTION"),
    ]
    .map(|(field, reason)| (field.to_owned(), reason.to_owned()));
    let mut faults = faults_of(&refused);
    faults.sort();
    expected.sort();
    assert_eq!((refused.code(), faults), (Code::InvalidArgument, expected.to_vec()));

    let mut short = self_check("done");
    short.answers.truncate(23);
    short.visit = 1;
    let refused = stage.forms_by_company().submit_answers(short).await.unwrap_err();
    let pair = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    assert_eq!(
        faults_of(&refused),
        [pair("visit", "NOT_HERE"), pair("answers[Q24]", "REQUIRED"), pair("answers[Q25]", "REQUIRED")]
    );
    let only = SubmitAnswersRequest { validate_only: true, ..self_check("done") };
    let tried = stage.forms_by_company().submit_answers(only).await.unwrap().into_inner();
    assert!(tried.token.is_none() && tried.answers.unwrap().facts.unwrap().scores[0].points == 100);
    for (form, reason) in [("", "REQUIRED"), ("forms/skill-2024", "UNKNOWN_CODE"), ("company-2024", "UNKNOWN_CODE")] {
        let request = SubmitAnswersRequest { form: form.to_owned(), ..self_check("done") };
        let refused = stage.forms_by_company().submit_answers(request).await.unwrap_err();
        assert_eq!(faults_of(&refused), [pair("form", reason)], "{form:?}");
    }
    let request = RecordOutcomeRequest { form: "forms/visit-report-2024".to_owned(), ..company_says(&case, vec![]) };
    let refused = stage.company().record_outcome(request).await.unwrap_err();
    assert!(faults_of(&refused).contains(&pair("form", "OTHER_FORM")));
    let request = RecordOutcomeRequest { form: String::new(), ..company_says(&case, marks(3)) };
    let refused = stage.company().record_outcome(request).await.unwrap_err();
    assert!(faults_of(&refused).contains(&pair("form", "REQUIRED")));
    let request = SubmitAnswersRequest { form: "forms/company-2024".to_owned(), ..final_report(&case) };
    let refused = stage.forms_by_company().submit_answers(request).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::FailedPrecondition, "ANSWERED_BY_COMMAND".to_owned()));
    let request = SubmitAnswersRequest { subject: "companies/unknown".to_owned(), ..self_check("done") };
    let refused = stage.forms_by_operator().submit_answers(request).await.unwrap_err();
    assert_eq!((refused.code(), reason_of(&refused)), (Code::NotFound, "SUBJECT_NOT_FOUND".to_owned()));
    assert_eq!((stage.get(&case.name).await, stage.events().await.len()), before);
}

async fn the_report_of_a_visit_is_typed_once(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    stage.plan(&case, "10-08 14:00").await.unwrap();
    stage.clock_to("10-08 17:00");
    // Everything as answers: the fields follow.
    let by_form = HoldVisitRequest {
        name: case.name.clone(),
        form: "forms/visit-report-2024".to_owned(),
        answers: vec![
            number("visit", 1),
            text("date", "2024年10月8日"),
            text("start", "14:00"),
            text("end", "16:05"),
            choice("mode", "onsite"),
            text("place", "本社会議室"),
            text("attendees", "総務の担当者\n工場の担当者"),
            choices("goals", &["goal_1", "goal_3"]),
            text("content", "自社診断を確認した"),
            choices("tools_used", &["self_check"]),
            choice("tools", "tools_and_more"),
            text("deliverables", "基本方針（案）"),
            text("company_tasks", "関連規程を読む"),
        ],
        ..Default::default()
    };
    let answer = stage.expert().hold_visit(by_form).await.unwrap().into_inner();
    let case = answer.case.unwrap();
    let (visit, texts) = (&case.facts.as_ref().unwrap().visits[0], &case.texts.as_ref().unwrap().visits[0]);
    assert_eq!((visit.start_time, visit.end_time), (wire("10-08 14:00"), wire("10-08 16:05")));
    assert_eq!((visit.goals_reached.as_slice(), visit.attendees, visit.online), (&[1, 3][..], 2, false));
    assert_eq!(visit.tools, [ToolUse { tool: "self_check".to_owned(), supplemented: true }]);
    assert_eq!((texts.place.as_str(), texts.next_steps.as_str()), ("本社会議室", "関連規程を読む"));
    assert_eq!((texts.attendees.len(), texts.deliverables.join("")), (2, "基本方針（案）".to_owned()));
    let kept = answers_about(stage, &case.name, true).await;
    let facts = kept[0].facts.clone().unwrap();
    assert_eq!(
        (&kept[0].name, facts.visit, facts.theme.as_str(), facts.side()),
        (&answer.answers, 1, "T1", Side::Expert)
    );
    // What is known need not be said at all: the theme is the case's, and two people were named.
    assert!(facts.answers.contains(&choice("theme", "T1")) && facts.answers.contains(&text("date", "2024-10-08")));
    assert!(kept[0].confidential.contains(&text("content", "自社診断を確認した")));

    // And the reverse: fields as ever, and only what no field says as answers.
    let by_fields = HoldVisitRequest {
        form: "forms/visit-report-2024".to_owned(),
        answers: vec![text("content", "方針を書いた")],
        ..held(&case, 1, "10-08 14:00")
    };
    stage.expert().hold_visit(by_fields).await.unwrap();
    let kept = answers_about(stage, &case.name, false).await.remove(0);
    let clear = kept.facts.unwrap().answers;
    assert!(clear.contains(&text("end", "16:00")) && clear.contains(&number("company_attendees", 1)));
    assert!(clear.contains(&choice("mode", "onsite")) && clear.contains(&choices("goals", &["goal_1"])));
    assert!(kept.confidential.contains(&text("attendees", "総務の担当者")));

    // What is wrong with an answer is told of the answer, whatever field it would have given.
    let odd = HoldVisitRequest {
        name: case.name.clone(),
        form: "forms/visit-report-2024".to_owned(),
        answers: vec![
            number("visit", 1),
            text("date", "2024-13-08"),
            text("start", "14:00"),
            text("end", "16:00"),
            choice("mode", "online"),
            text("place", "会議の接続先"),
            text("attendees", "総務の担当者"),
            choices("goals", &["none"]),
            text("content", "面談"),
            choice("theme", "T5"),
        ],
        ..Default::default()
    };
    let faults = faults_of(&stage.expert().hold_visit(odd).await.unwrap_err());
    let expected = [("answers[place]", "BAD_URL"), ("answers[date]", "BAD_DATE"), ("answers[theme]", "CONTRADICTS")];
    assert_eq!(faults, expected.map(|(field, reason)| (field.to_owned(), reason.to_owned())));
}

async fn the_report_of_a_consultation_is_typed_once(stage: &Stage) {
    let entered = CreateConsultationRequest {
        programme: "2024".to_owned(),
        region: "大阪".to_owned(),
        company: company(COMPANY),
        expert: EXPERT.to_owned(),
        start_time: wire("09-20 14:50"),
        declared_needs: vec!["rules".to_owned()],
        question: "何から始めればよいか".to_owned(),
        ..Default::default()
    };
    let met = stage.counsellor().create_consultation(entered).await.unwrap().into_inner().consultation.unwrap();
    let report = |answers: Vec<Answer>| ReportConsultationRequest {
        name: met.name.clone(),
        form: "forms/consultation-report-2024".to_owned(),
        answers: [vec![choices("diagnosed_needs", &["asset_inventory"]), text("advice", "まず資産を数える")], answers]
            .concat(),
        ..Default::default()
    };
    let state = async |answers: Vec<Answer>| {
        let met = stage.expert().report_consultation(report(answers)).await.unwrap().into_inner().consultation.unwrap();
        let facts = met.facts.unwrap();
        (facts.state(), facts.non_conversion_reason, facts.diagnosed_needs.join(" "), met.texts.unwrap().advice)
    };
    let (needs, advice) = ("asset_inventory".to_owned(), "まず資産を数える".to_owned());
    let undecided = state(vec![choice("goes_on", "undecided")]).await;
    assert_eq!(undecided, (ConsultationState::NotConverted, "other".to_owned(), needs.clone(), advice.clone()));
    let not = state(vec![choice("goes_on", "no"), choice("not_going_reason", "schedule")]).await;
    assert_eq!(not, (ConsultationState::NotConverted, "schedule".to_owned(), needs.clone(), advice.clone()));
    let on = state(vec![choice("goes_on", "yes"), choices("themes", &["T1"])]).await;
    assert_eq!(on, (ConsultationState::GoingOn, String::new(), needs, advice));
    let kept = answers_about(stage, &met.name, true).await;
    assert_eq!(kept.len(), 3);
    let clear = kept[0].facts.clone().unwrap().answers;
    assert!(clear.contains(&text("date", "2024-09-20")) && clear.contains(&choices("declared_needs", &["rules"])));
    assert!(kept[0].confidential.contains(&text("content", "何から始めればよいか")));
    let without = stage.expert().report_consultation(report(vec![])).await.unwrap_err();
    assert_eq!(faults_of(&without), [("answers[goes_on]".to_owned(), "REQUIRED".to_owned())]);
}

async fn the_answers_of_the_company_give_its_outcome(stage: &Stage) {
    let case = stage.completed((COMPANY, DAYS)).await;
    let answers = [
        marks(4),
        vec![
            choice("goal", "partly"),
            choice("tool_clarity", "very_clear"),
            choice("tool_sufficiency", "short"),
            text("expert_comment", "説明が丁寧だった"),
        ],
    ]
    .concat();
    let answer = stage.company().record_outcome(company_says(&case, answers)).await.unwrap().into_inner();
    let outcome = answer.case.unwrap().facts.unwrap().company_outcome.unwrap();
    assert_eq!((outcome.company_scale(), outcome.group()), (CompanyScale::Partly, OutcomeGroup::Able));
    let all = Marks { knowledge: 4, clarity: 4, fit: 4, time: 4, manner: 4, eagerness: 4, communication: 4 };
    assert_eq!(outcome.marks, Some(all));
    // Its answers on the tools hold for the one tool that the visits used.
    assert_eq!(outcome.tools, [ToolJudgement { tool: "self_check".to_owned(), clarity: 5, sufficiency: 2 }]);
    let by_expert = RecordOutcomeRequest {
        name: case.name.clone(),
        form: "forms/expert-company-2024".to_owned(),
        answers: vec![choice("result", "not_quite"), choice("method", "tools")],
        ..Default::default()
    };
    stage.expert().record_outcome(by_expert).await.unwrap();
    let facts = stage.get(&case.name).await.facts.unwrap();
    assert_eq!(facts.expert_outcome.unwrap().expert_scale(), ExpertScale::RatherBadly);
    assert_eq!(facts.due, None);
    let kept = answers_about(stage, &case.name, false).await;
    let of: Vec<_> =
        kept.iter().map(|one| one.facts.as_ref().unwrap()).map(|facts| (facts.form.as_str(), facts.side())).collect();
    assert_eq!(of, [("forms/expert-company-2024", Side::Expert), ("forms/company-2024", Side::Company)]);
    assert!(kept[1].facts.as_ref().unwrap().answers.contains(&choices("themes", &["T1"])));
    assert!(kept[1].confidential.contains(&text("expert_comment", "説明が丁寧だった")));
    assert_eq!(answer.answers, kept[1].name);
    let report = stage.forms_by_expert().submit_answers(final_report(&case)).await.unwrap().into_inner();
    let facts = report.answers.unwrap().facts.unwrap();
    assert!(facts.answers.contains(&number("visits", 3)) && facts.answers.contains(&choice("ended", "completed")));
}

async fn what_is_said_twice_must_be_the_same(stage: &Stage) {
    let case = stage.completed((COMPANY, DAYS)).await;
    let said = |scale: CompanyScale, code: &str| RecordOutcomeRequest {
        side: Side::Company.into(),
        company_scale: scale.into(),
        ..company_says(&case, [marks(4), vec![choice("goal", code)]].concat())
    };
    let refused = stage.company().record_outcome(said(CompanyScale::Fully, "partly")).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("answers[goal]".to_owned(), "CONTRADICTS".to_owned())]);
    stage.company().record_outcome(said(CompanyScale::Fully, "fully")).await.unwrap();
    let mut request = final_report(&case);
    request.answers.push(number("visits", 2));
    let refused = stage.forms_by_expert().submit_answers(request).await.unwrap_err();
    assert_eq!(faults_of(&refused), [("answers[visits]".to_owned(), "CONTRADICTS".to_owned())]);
}

async fn a_withdrawn_case_takes_neither_report_nor_survey(stage: &Stage) {
    let case = stage.begin(COMPANY, EXPERT).await;
    let open = stage.forms_by_expert().submit_answers(final_report(&case)).await.unwrap_err();
    assert_eq!(
        (reason_of(&open), open.message()),
        ("ILLEGAL_TRANSITION".to_owned(), "it stands at accepted; the form is answered at completed,ended_early")
    );
    let ending_reason = "company_busy".to_owned();
    let withdraw = WithdrawCaseRequest { name: case.name.clone(), ending_reason, ..Default::default() };
    stage.counsellor().withdraw_case(withdraw).await.unwrap();
    let before = stage.events().await.len();
    let refused = stage.forms_by_expert().submit_answers(final_report(&case)).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::FailedPrecondition, "it stands at withdrawn; the form is answered at completed,ended_early")
    );
    let survey = company_says(&case, [marks(4), vec![choice("goal", "fully")]].concat());
    let refused = stage.company().record_outcome(survey).await.unwrap_err();
    assert_eq!(
        (reason_of(&refused), refused.message()),
        ("ILLEGAL_TRANSITION".to_owned(), "no step from withdrawn to completed")
    );
    assert_eq!(stage.events().await.len(), before);
}

async fn who_answers_and_for_whom(stage: &Stage) {
    let case = stage.completed((COMPANY, DAYS)).await;
    let on_behalf = |side: Side| SubmitAnswersRequest { on_behalf_of: side.into(), ..self_check("partly") };
    let refused = [
        stage.forms_by_counsellor().submit_answers(self_check("partly")).await.unwrap_err(),
        stage.forms_by_counsellor().submit_answers(on_behalf(Side::Expert)).await.unwrap_err(),
        stage.forms_by_expert().submit_answers(on_behalf(Side::Company)).await.unwrap_err(),
        stage.forms_by_company().submit_answers(final_report(&case)).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|status| reason_of(status) == "NOT_A_PARTY"), "{refused:?}");
    let entered = stage.forms_by_counsellor().submit_answers(on_behalf(Side::Company)).await.unwrap().into_inner();
    let facts = entered.answers.unwrap().facts.unwrap();
    assert_eq!((facts.side(), facts.on_behalf, facts.actor.as_str()), (Side::Company, true, "counsellor-1"));
    // A stranger: another body's counsellor, another expert.
    for (subject, role, owns) in
        [("counsellor-2", Role::Counsellor, "bodies/nagoya"), ("expert-2", Role::Expert, "experts/e-2")]
    {
        let mut stranger = stage.forms_by(subject, role, &[owns]);
        for subject in [COMPANY, case.name.as_str()] {
            let request = ListAnswersRequest { subject: subject.to_owned(), ..Default::default() };
            let refused = stranger.list_answers(request).await.unwrap_err();
            assert_eq!((refused.code(), reason_of(&refused)), (Code::PermissionDenied, "NOT_OWN".to_owned()));
        }
        let refused = stranger.submit_answers(on_behalf(Side::Company)).await.unwrap_err();
        assert_eq!(reason_of(&refused), "NOT_OWN");
    }
    // The expert goes through the self-check with the company in the first visit.
    let request = ListAnswersRequest { subject: COMPANY.to_owned(), ..Default::default() };
    assert_eq!(stage.forms_by_expert().list_answers(request).await.unwrap().into_inner().answers.len(), 1);
}

async fn an_expert_answers_within_a_programme(stage: &Stage) {
    stage.completed((COMPANY, DAYS)).await;
    let survey = |programme: &str| SubmitAnswersRequest {
        form: "forms/expert-2024".to_owned(),
        subject: EXPERT.to_owned(),
        programme: programme.to_owned(),
        answers: required(),
        ..Default::default()
    };
    let refused = stage.forms_by_expert().submit_answers(survey("")).await.unwrap_err();
    assert!(faults_of(&refused).contains(&("programme".to_owned(), "REQUIRED".to_owned())));
    let answer = stage.forms_by_expert().submit_answers(survey("2024")).await.unwrap().into_inner();
    let facts = answer.answers.unwrap().facts.unwrap();
    assert_eq!((facts.programme.as_str(), facts.expert.as_str(), facts.company), ("2024", EXPERT, None));
    let nobody = SubmitAnswersRequest { subject: "experts/e-9".to_owned(), ..survey("2024") };
    assert_eq!(stage.forms_by_operator().submit_answers(nobody).await.unwrap_err().code(), Code::NotFound);
}

/// What the expert's general survey requires.
pub(crate) fn required() -> Vec<Answer> {
    vec![
        choice("contribution", "yes"),
        choice("prospects", "yes"),
        Answer { question: "expert_name".to_owned(), value: Some(Value::Text("例の専門家".to_owned())) },
    ]
}
