//! Bad input through gRPC: each a precise error with its field and reason, and nothing stored.

use contract::registry::v1::{Expert, ListExpertsRequest, UpdateExpertRequest};
use contract::search::v1::{Conditions, SearchExpertsRequest};
use contract::survey::v1::{
    BatchSubmitResponsesRequest, GetSurveyStatisticsRequest, ImportNote, ListResponsesRequest, NewResponse,
    ResponseState, SubmitResponseRequest, ValidateResponseRequest,
};
use end_to_end::built;
use end_to_end::chance::Chance;
use end_to_end::clients::Clients;
use end_to_end::deployment::{Deployment, Shape};
use end_to_end::generate::Person;
use end_to_end::submission::{FULL_FORM, Submission};
use kit_serve::fault;
use tonic::{Code, Status};

in_both_shapes!(
    a_bad_answer_is_refused_with_its_question,
    somebody_elses_number_is_disputed,
    a_bad_edit_is_refused_with_its_path,
    a_bad_search_is_refused_with_its_field,
);

fn good() -> Submission {
    Person::new(123_456).answers_in_full(&mut Chance::new(5))
}

/// What is done to a good answer, and the question and reason of the fault.
type Spoiling = (fn(&mut Submission) -> &mut Submission, &'static str, &'static str);

const SPOILED: [Spoiling; 11] = [
    (|a| a.leave_out("name"), "name", "REQUIRED"),
    (|a| a.leave_out("listing_consent"), "listing_consent", "REQUIRED"),
    (|a| a.leave_out("registration_number"), "registration_number", "REQUIRED"),
    (|a| a.code("residence", "99"), "residence", "UNKNOWN_CODE"),
    (|a| a.codes("formats", &["onsite", "telepathy"]), "formats", "UNKNOWN_CODE"),
    (|a| a.amount("S1a1", 4), "S1a1", "OUT_OF_RANGE"),
    (|a| a.leave_out("S6a5"), "S6a5", "INCOMPLETE_GROUP"),
    (|a| a.text("self_pr", &"字".repeat(51)), "self_pr", "TOO_LONG"),
    (|a| a.text("registration_number", "12A456"), "registration_number", "BAD_NUMBER"),
    (|a| a.codes("durations", &["spot", "cannot_support"]), "durations", "EXCLUSIVE"),
    (|a| a.text("S9z9", "?"), "S9z9", "UNKNOWN_QUESTION"),
];

async fn a_bad_answer_is_refused_with_its_question(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    let before = everything(&clients).await;
    for (spoil, question, reason) in SPOILED {
        let mut answer = good();
        spoil(&mut answer);
        let response = answer.to_wire(FULL_FORM);
        let refused = submit(&clients, response.clone()).await.expect_err(question);
        let expected = vec![(format!("response.answers[{question}]"), reason.to_owned())];
        assert_eq!((refused.code(), faults(&refused)), (Code::InvalidArgument, expected), "{question}");
        assert_batch_refused(&clients, response.clone(), question, reason).await;

        let request = ValidateResponseRequest { response: Some(response) };
        let told = clients.responses().validate_response(request).await.expect("an answer").into_inner();
        let told: Vec<_> = told.faults.into_iter().map(|finding| (finding.field, finding.reason)).collect();
        assert_eq!(told, [(format!("answers[{question}]"), reason.to_owned())], "ValidateResponse says the same");
    }
    every_fault_is_told_at_once(&clients).await;
    a_form_or_a_message_that_cannot_be(&clients).await;
    assert_eq!(everything(&clients).await, before, "nothing was stored");
    // The answer that was spoiled is a good one.
    submit(&clients, good().to_wire(FULL_FORM)).await.expect("a good answer");
}

async fn submit(clients: &Clients, response: NewResponse) -> Result<contract::survey::v1::Response, Status> {
    let request = SubmitResponseRequest { response: Some(response), ..Default::default() };
    let answer = crate::portal(clients).responses().submit_response(request).await?;
    Ok(answer.into_inner().response.unwrap_or_default())
}

/// In a batch behind a good answer: the good one is not stored either.
async fn assert_batch_refused(clients: &Clients, response: NewResponse, question: &str, reason: &str) {
    let note =
        ImportNote { as_of: Some(prost_types::Timestamp { seconds: 1_740_000_000, nanos: 0 }), ..Default::default() };
    let other = Person::new(7).answers_in_full(&mut Chance::new(6)).to_wire_with_time(FULL_FORM);
    let responses = vec![other.clone(), NewResponse { submit_time: other.submit_time, ..response }];
    let request = BatchSubmitResponsesRequest { responses, import: Some(note) };
    let refused = clients.responses().batch_submit_responses(request).await.expect_err(question);
    let expected = [(format!("responses[1].answers[{question}]"), reason.to_owned())];
    assert_eq!((refused.code(), faults(&refused)), (Code::InvalidArgument, expected.to_vec()), "{question}");
}

async fn every_fault_is_told_at_once(clients: &Clients) {
    let mut answer = good();
    answer.code("residence", "99").amount("S1a1", 4).amount("S2a1", -1).text("email", "no address");
    answer.leave_out("organisation");
    let refused = submit(clients, answer.to_wire(FULL_FORM)).await.expect_err("five faults");
    let told = faults(&refused);
    for (question, reason) in [
        ("residence", "UNKNOWN_CODE"),
        ("organisation", "REQUIRED"),
        ("email", "BAD_EMAIL"),
        ("S1a1", "OUT_OF_RANGE"),
        ("S2a1", "OUT_OF_RANGE"),
    ] {
        let expected = (format!("response.answers[{question}]"), reason.to_owned());
        assert!(told.contains(&expected), "{question} in {told:?}");
    }
    assert_eq!(told.len(), 5);
    let texts = fault::faults_of(&refused);
    assert!(texts.iter().all(|fault| !fault.ja.is_empty() && !fault.en.is_empty()), "in both languages");
}

async fn a_form_or_a_message_that_cannot_be(clients: &Clients) {
    for form in ["forms/skill-1999", "skill-2024", ""] {
        let refused = submit(clients, good().to_wire(form)).await.expect_err("no such form");
        let told = faults(&refused);
        assert_eq!((refused.code(), told.len()), (Code::InvalidArgument, 1), "{form}: {told:?}");
        assert!(told[0].0.ends_with("form") && !told[0].1.is_empty(), "{form}: {told:?}");
    }
    let mut large = good();
    large.text("support_summary", &"長".repeat(2 << 20));
    let refused = submit(clients, large.to_wire(FULL_FORM)).await.expect_err("6 MiB");
    let reason = fault::reason_of(&refused);
    assert_eq!((refused.code(), reason.as_deref()), (Code::ResourceExhausted, Some("MESSAGE_TOO_LARGE")));
}

async fn somebody_elses_number_is_disputed(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    submit(&clients, good().to_wire(FULL_FORM)).await.expect("the holder");
    let before = everything(&clients).await;
    let rating = end_to_end::readback::rating(&clients, "123456").await;

    let mut stranger = good();
    stranger.text("name", "別人 太郎").text("name_kana", "ベツジン").text("email", "stranger@example.jp");
    stranger.skills(&[3; 34]);
    let refused = submit(&clients, stranger.to_wire(FULL_FORM)).await.expect_err("not the holder");
    let reason = fault::reason_of(&refused);
    assert_eq!((refused.code(), reason.as_deref()), (Code::FailedPrecondition, Some("RESPONSE_DISPUTED")));
    assert_batch_disputed(&clients, &stranger).await;

    assert_eq!(everything(&clients).await.0, before.0, "it counts nowhere");
    assert_eq!(end_to_end::readback::rating(&clients, "123456").await, rating, "the holder's rating stands");
    let statistics = clients.responses().get_survey_statistics(GetSurveyStatisticsRequest {}).await.unwrap();
    assert_eq!(statistics.into_inner().disputed, 1, "it waits for an operator");
    let request = ListResponsesRequest { state: ResponseState::Disputed.into(), ..Default::default() };
    let waiting = clients.responses().list_responses(request).await.unwrap().into_inner().responses;
    assert_eq!(waiting.len(), 1);
}

async fn assert_batch_disputed(clients: &Clients, stranger: &Submission) {
    let as_of = Some(prost_types::Timestamp { seconds: 1_740_000_000, nanos: 0 });
    let responses = vec![stranger.to_wire_with_time(FULL_FORM)];
    let request = BatchSubmitResponsesRequest { responses, import: Some(ImportNote { as_of, ..Default::default() }) };
    let refused = clients.responses().batch_submit_responses(request).await.expect_err("a dispute is a fault here");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let told = faults(&refused);
    assert!(told.iter().all(|(field, _)| field.starts_with("responses[0]")) && !told.is_empty(), "{told:?}");
}

async fn a_bad_edit_is_refused_with_its_path(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    let request = SubmitResponseRequest { response: Some(good().to_wire(FULL_FORM)), ..Default::default() };
    let taken = crate::portal(&clients).responses().submit_response(request).await.unwrap().into_inner();
    let at_least = vec![taken.token.unwrap()];
    let status = contract::search::v1::GetIndexStatusRequest { at_least };
    clients.search().get_index_status(status).await.expect("the registry has read it");
    let request = ListExpertsRequest { registration_number: "123456".to_owned(), ..Default::default() };
    let listed = clients.registry().list_experts(request).await.unwrap().into_inner();
    let [expert] = listed.experts.try_into().expect("one expert");
    let before = everything(&clients).await;

    for (paths, field) in [
        (&["terms.fee_per_visit", "terms.shoe_size"][..], "update_mask.paths[1]"),
        (&["person.registration_number"], "update_mask.paths[0]"),
        (&["state"], "update_mask.paths[0]"),
        (&[], "update_mask"),
    ] {
        let refused = update(&clients, &expert, paths, "").await.expect_err(field);
        let told = faults(&refused);
        assert_eq!((refused.code(), told.len()), (Code::InvalidArgument, 1), "{paths:?}: {told:?}");
        assert!(told[0].0 == field && !told[0].1.is_empty(), "{paths:?}: {told:?}");
    }
    let mut bad = expert.clone();
    bad.terms.as_mut().unwrap().fee_per_visit = "for_free".to_owned();
    let refused = update(&clients, &bad, &["terms.fee_per_visit"], "").await.expect_err("no such band");
    let told = faults(&refused);
    assert_eq!((refused.code(), told.len()), (Code::InvalidArgument, 1), "{told:?}");
    assert!(told[0].0.ends_with("terms.fee_per_visit") && told[0].1 == "UNKNOWN_CODE", "{told:?}");
    let stale = update(&clients, &expert, &["person.self_pr"], "0").await.expect_err("an old etag");
    assert_eq!((stale.code(), fault::reason_of(&stale).as_deref()), (Code::Aborted, Some("STALE_ETAG")));
    assert_eq!(everything(&clients).await, before, "nothing was stored");

    let mut good = expert.clone();
    good.terms.as_mut().unwrap().fee_per_visit = "ge40k".to_owned();
    let changed = update(&clients, &good, &["terms.fee_per_visit"], &expert.etag).await.expect("a good edit");
    assert_eq!(changed.terms.unwrap().fee_per_visit, "ge40k");
    assert_ne!(changed.etag, expert.etag);
}

async fn update(clients: &Clients, expert: &Expert, paths: &[&str], etag: &str) -> Result<Expert, Status> {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    let request = UpdateExpertRequest {
        expert: Some(expert.clone()),
        update_mask: Some(prost_types::FieldMask { paths }),
        etag: etag.to_owned(),
        ..Default::default()
    };
    Ok(clients.registry().update_expert(request).await?.into_inner().expert.unwrap_or_default())
}

async fn a_bad_search_is_refused_with_its_field(shape: Shape) {
    let deployment = Deployment::start(built!(), shape).await;
    let clients = deployment.clients();
    let some = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect::<Vec<_>>();
    let conditions = Conditions {
        menus: some(&["M9"]),
        prefectures: some(&["27", "48"]),
        fee_ceiling: "free".to_owned(),
        ..Default::default()
    };
    let request = SearchExpertsRequest { conditions: Some(conditions), place: "99".to_owned(), ..Default::default() };
    let refused = clients.search().search_experts(request).await.expect_err("unknown codes");
    let mut told = faults(&refused);
    told.sort();
    let fields = ["conditions.fee_ceiling", "conditions.menus", "conditions.prefectures", "place"];
    let expected: Vec<_> = fields.iter().map(|field| ((*field).to_owned(), "UNKNOWN_CODE".to_owned())).collect();
    assert_eq!((refused.code(), told), (Code::InvalidArgument, expected));

    for (request, field) in [
        (SearchExpertsRequest { page_size: 101, ..Default::default() }, "page_size"),
        (SearchExpertsRequest { page_token: "zz".to_owned(), ..Default::default() }, "page_token"),
    ] {
        let refused = clients.search().search_experts(request).await.expect_err(field);
        let told = faults(&refused);
        assert_eq!((refused.code(), told.len()), (Code::InvalidArgument, 1), "{told:?}");
        assert_eq!(told[0].0, field);
    }
}

fn faults(status: &Status) -> Vec<(String, String)> {
    fault::faults_of(status).into_iter().map(|fault| (fault.field, fault.reason)).collect()
}

/// All counts and where both logs stand.
async fn everything(clients: &Clients) -> (end_to_end::model::Statistics, [i64; 2]) {
    let heads = [clients.head("survey").await.position, clients.head("registry").await.position];
    (end_to_end::readback::statistics(clients).await, heads)
}
