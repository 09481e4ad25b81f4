//! Who is told of proposals and requests: whoever is asked, by when, again before it lapses; and what came of it.

use contract::engagement::v1::{CompanySnapshot, Side};
use contract::matching::v1::*;
use contract::notices::v1::*;
use kit_log::NewEvent;

use crate::stage::{BODY, COMPANY, EXPERT, Stage, of, told, wire};

on_both!(
    the_expert_is_asked_and_reminded_once_the_time_runs,
    the_company_and_its_body_are_told_when_it_is_asked,
    what_came_of_a_proposal_is_told_to_whom_it_concerns,
    a_body_learns_of_requests_that_lead_nowhere,
    repeats_and_a_reading_from_nothing_raise_nothing_twice,
);

fn proposal(state: ProposalState) -> ProposalFacts {
    let company = CompanySnapshot {
        company: COMPANY.to_owned(),
        industry: "automotive".to_owned(),
        prefecture: "27".to_owned(),
        ..Default::default()
    };
    ProposalFacts {
        proposal_id: "p-1".to_owned(),
        request: "requests/r-1".to_owned(),
        programme: "2024".to_owned(),
        company: Some(company),
        body: BODY.to_owned(),
        expert: EXPERT.to_owned(),
        theme: "T1".to_owned(),
        kind: RequestKind::Guidance.into(),
        state: state.into(),
        create_time: wire("10-01 09:00"),
        update_time: wire("10-01 09:00"),
        ..Default::default()
    }
}

fn changed(facts: &ProposalFacts) -> NewEvent {
    let body = ProposalChanged { facts: Some(facts.clone()), changed: vec![] };
    let personal = ProposalPersonal { company_name: "見本製作所".to_owned() };
    NewEvent::new("proposal", &facts.proposal_id, &body).personal("c-1", &personal)
}

async fn the_expert_is_asked_and_reminded_once_the_time_runs(stage: &Stage) {
    let asked = proposal(ProposalState::AwaitingExpert);
    stage.matching_tells(changed(&asked)).await;
    let first = ("proposal_expert", EXPERT, 0);
    let all = stage.raised(&[first]).await;
    let facts = all[0].facts.clone().unwrap();
    assert_eq!(
        (facts.subject.as_str(), facts.due_time, facts.link.as_str()),
        ("proposals/p-1", None, "/proposals/p-1")
    );
    let text = all[0].text.clone().unwrap();
    assert!(text.ja.contains("大阪府") && text.ja.contains("受け取りから数えます"), "{text:?}");
    assert!(!text.ja.contains("見本製作所"), "who the company is, an expert learns when both accepted: {text:?}");
    assert_eq!(stage.events().await[0].0.key_id, "", "and nothing of it is kept");
    // Handed over: matching starts the time and says so.
    let handed = ProposalFacts { hand_over_time: wire("10-01 09:00"), expire_time: wire("10-08 09:00"), ..asked };
    stage.matching_tells(changed(&handed)).await;
    assert_eq!(told(&stage.all().await).len(), 1, "the same notice still");
    stage.clock_to("10-06 09:00");
    let all = stage.raised(&[first, ("proposal_expert", EXPERT, 1)]).await;
    assert_eq!(of(&all, "proposal_expert")[1].due_time, wire("10-08 09:00"));
    // Answered: nothing is asked of the expert any more.
    stage.matching_tells(changed(&ProposalFacts { state: ProposalState::Declined.into(), ..handed })).await;
    let states: Vec<_> = of(&stage.all().await, "proposal_expert").iter().map(NoticeFacts::state).collect();
    assert_eq!(states, [NoticeState::Withdrawn; 2]);
}

async fn the_company_and_its_body_are_told_when_it_is_asked(stage: &Stage) {
    let handed = ProposalFacts { expire_time: wire("10-08 09:00"), ..proposal(ProposalState::AwaitingCompany) };
    stage.matching_tells(changed(&handed)).await;
    let all = stage.raised(&[("proposal_company", COMPANY, 0), ("proposal_company_body", BODY, 0)]).await;
    let to_body = all.iter().find(|one| one.facts.as_ref().unwrap().recipient == BODY).unwrap();
    assert!(to_body.subject.clone().unwrap().ja.contains("見本製作所"));
    assert!(of(&all, "proposal_company").iter().all(|facts| facts.due_time == wire("10-08 09:00")));
    stage.clock_to("10-06 09:00");
    let reminded = [
        ("proposal_company", COMPANY, 0),
        ("proposal_company", COMPANY, 1),
        ("proposal_company_body", BODY, 0),
        ("proposal_company_body", BODY, 1),
    ];
    stage.raised(&reminded).await;
}

async fn what_came_of_a_proposal_is_told_to_whom_it_concerns(stage: &Stage) {
    let mut wanted = vec![("proposal_accepted", COMPANY, 0), ("proposal_accepted", EXPERT, 0)];
    stage.matching_tells(changed(&proposal(ProposalState::Accepted))).await;
    let all = stage.raised(&wanted).await;
    assert!(all.iter().all(|one| one.subject.clone().unwrap().ja.contains("見本製作所")), "both know each other now");
    use ProposalState::{Declined, Expired, Withdrawn};
    let ends = [(Declined, "proposal_declined"), (Expired, "proposal_expired"), (Withdrawn, "proposal_withdrawn")];
    for (n, (state, template)) in (2..).zip(ends) {
        let ended_by = Side::Expert.into();
        let facts = ProposalFacts { proposal_id: format!("p-{n}"), ended_by, ..proposal(state) };
        stage.matching_tells(changed(&facts)).await;
        wanted.push((template, BODY, 0));
        let all = stage.raised(&wanted).await;
        let text = all.last().unwrap().text.clone().unwrap();
        assert!(text.ja.contains("見本製作所"), "{text:?}");
        assert_eq!(text.ja.contains("専門家から") || text.ja.contains("専門家に"), state != Withdrawn, "{text:?}");
    }
}

async fn a_body_learns_of_requests_that_lead_nowhere(stage: &Stage) {
    let request = |state: RequestState, reason: &str| {
        let need = Need { kind: RequestKind::Guidance.into(), themes: vec!["T1".to_owned()], ..Default::default() };
        let facts = RequestFacts {
            request_id: "r-1".to_owned(),
            programme: "2024".to_owned(),
            company: Some(CompanySnapshot { company: COMPANY.to_owned(), ..Default::default() }),
            body: BODY.to_owned(),
            need: Some(need),
            state: state.into(),
            seeking_reason: reason.to_owned(),
            expire_time: wire("12-01 09:00"),
            update_time: wire("10-01 09:00"),
            ..Default::default()
        };
        let texts =
            RequestTexts { company_name: "見本製作所".to_owned(), circumstances: "秘密の事情".to_owned() };
        let body = RequestChanged { facts: Some(facts), changed: vec![] };
        NewEvent::new("request", "r-1", &body).personal("c-1", &texts)
    };
    stage.matching_tells(request(RequestState::Open, "")).await;
    stage.matching_tells(request(RequestState::Seeking, "SEARCH_AWAY")).await;
    assert_eq!(told(&stage.all().await), [], "what will mend itself is no news");
    stage.matching_tells(request(RequestState::Seeking, "NO_CANDIDATE")).await;
    let all = stage.raised(&[("request_no_candidate", BODY, 0)]).await;
    let notice = all[0].clone();
    assert_eq!(notice.facts.unwrap().subject, "requests/r-1");
    let ja = notice.text.unwrap().ja;
    assert!(ja.contains("見本製作所") && !ja.contains("秘密"), "{ja}");
    let name = ("company_name".to_owned(), "見本製作所".to_owned());
    assert_eq!(stage.words().await.into_iter().collect::<Vec<_>>(), [name], "of all that was told in confidence");
    stage.matching_tells(request(RequestState::Expired, "")).await;
    let all = stage.raised(&[("request_expired", BODY, 0), ("request_no_candidate", BODY, 0)]).await;
    assert_eq!(of(&all, "request_no_candidate")[0].state(), NoticeState::Withdrawn);
}

async fn repeats_and_a_reading_from_nothing_raise_nothing_twice(stage: &Stage) {
    let asked = changed(&proposal(ProposalState::AwaitingExpert));
    stage.matching_tells(asked).await;
    stage.matching_tells(changed(&proposal(ProposalState::AwaitingExpert))).await;
    stage.stop().await;
    stage.matching.renew_epoch("another-life").await.unwrap();
    stage.start(stage.config.clone()).await;
    stage.matching_tells(changed(&proposal(ProposalState::AwaitingExpert))).await;
    stage.raised(&[("proposal_expert", EXPERT, 0)]).await;
    assert_eq!(stage.times("proposal_expert", "raised").await, 1);
}
