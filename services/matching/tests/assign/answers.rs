//! What an operator reads: why somebody is not served, and what is wrong with a problem.

use matching::domain::assign::{
    Expert, Fault, Link, MAX_SCORE, Pair, Place, Problem, Quota, Reason, Request, Scope, Shortage, What, solve,
};

fn request(id: &str) -> Request {
    Request { id: id.into(), region: None, programme: None }
}

fn expert(id: &str, capacity: u32) -> Expert {
    Expert { id: id.into(), capacity, load: 0 }
}

fn pair(request: &str, expert: &str, score: u32) -> Pair {
    Pair { request: request.into(), expert: expert.into(), score }
}

fn reasons(problem: &Problem) -> (Vec<(String, Reason)>, Vec<Shortage>) {
    let solution = solve(problem).unwrap();
    (solution.unserved.into_iter().map(|one| (one.request, one.reason)).collect(), solution.shortages)
}

#[test]
fn nobody_feasible_everybody_forbidden_and_too_few_places_are_told_apart() {
    let problem = Problem {
        requests: ["alone", "barred", "c1", "c2", "c3", "fine"].map(request).into(),
        experts: vec![expert("narrow", 1), expert("wide", 1), expert("free", 1)],
        pairs: vec![
            pair("barred", "free", 5),
            pair("c1", "narrow", 9),
            pair("c1", "wide", 1),
            pair("c2", "wide", 7),
            pair("c3", "narrow", 3),
            pair("fine", "free", 2),
        ],
        forbidden: vec![Link::new("barred", "free")],
        ..Problem::default()
    };
    let (unserved, shortages) = reasons(&problem);
    let full = |experts: &[&str], shortage| Reason::Full {
        quotas: vec![],
        shortage: Some(shortage),
        experts: experts.iter().map(|id| id.to_string()).collect(),
    };
    assert_eq!(
        unserved,
        [
            ("alone".into(), Reason::NoPair),
            ("barred".into(), Reason::AllForbidden(vec!["free".into()])),
            ("c3".into(), full(&["narrow"], 0)),
        ]
    );
    let strings = |ids: &[&str]| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>();
    let (experts, requests) = (strings(&["narrow", "wide"]), strings(&["c1", "c2", "c3"]));
    assert_eq!(shortages, [Shortage { experts, requests, places: 2 }]);
}

#[test]
fn a_quota_is_named_when_it_and_not_the_experts_is_in_the_way() {
    let mut problem = Problem {
        requests: vec![request("a"), request("b"), request("c")],
        experts: vec![expert("x", 3), expert("y", 2)],
        pairs: vec![pair("a", "x", 3), pair("b", "x", 2), pair("c", "x", 1)],
        quotas: vec![
            Quota { scope: Scope::Region("north".into()), at_most: 1 },
            Quota { scope: Scope::Programme("p".into()), at_most: 5 },
        ],
        ..Problem::default()
    };
    for request in &mut problem.requests[..2] {
        (request.region, request.programme) = (Some("north".into()), Some("p".into()));
    }
    let (unserved, shortages) = reasons(&problem);
    let quotas = vec![Scope::Region("north".into())];
    assert_eq!(unserved, [("b".into(), Reason::Full { quotas: quotas.clone(), shortage: None, experts: vec![] })]);
    assert_eq!(shortages, []);

    problem.experts[0].capacity = 1;
    let (unserved, shortages) = reasons(&problem);
    let full = |quotas| Reason::Full { quotas, shortage: Some(0), experts: vec!["x".into()] };
    assert_eq!(unserved, [("b".into(), full(quotas)), ("c".into(), full(vec![]))]);
    assert_eq!(shortages[0].requests, ["a", "b", "c"]);
}

#[test]
fn every_fault_is_named_at_once_with_its_place() {
    let scope = Scope::Region("north".into());
    let mut problem = Problem {
        requests: vec![request("a"), request("a"), request(""), request("b"), request("c")],
        experts: vec![expert("x", 1), expert("y", 1), Expert { id: "z".into(), capacity: 2_000_000, load: 0 }],
        pairs: vec![
            pair("a", "x", 1),
            pair("a", "nobody", 2),
            pair("b", "x", MAX_SCORE + 1),
            pair("b", "x", 3),
            pair("b", "y", 1),
        ],
        fixed: vec![Link::new("a", "x"), Link::new("b", "x"), Link::new("b", "y"), Link::new("c", "y")],
        forbidden: vec![Link::new("b", "x"), Link::new("nobody", "nobody")],
        quotas: vec![Quota { scope: scope.clone(), at_most: 0 }, Quota { scope: scope.clone(), at_most: 9 }],
        current: vec![Link::new("a", "x"), Link::new("a", "y"), Link::new("a", "x")],
    };
    problem.requests[3].region = Some("north".into());
    let faults: Vec<String> = problem.check().iter().map(Fault::to_string).collect();
    assert_eq!(
        faults,
        [
            "requests[1]: the id a stands at requests[0] already",
            "requests[2]: an id is empty",
            "experts[0]: expert x has 2 fixed requests and a capacity of 1",
            "experts[2]: a capacity or load of 2000000, at most 1000000",
            "pairs[1]: no expert nobody",
            "pairs[2]: a score of 1000001, at most 1000000",
            "pairs[3]: request b and expert x stand at pairs[2] already",
            "fixed[1]: request b and expert x are fixed, and forbidden at forbidden[0]",
            "fixed[2]: request b is fixed to y, and to x at fixed[1]",
            "fixed[3]: request c and expert y are fixed, but not a feasible pair",
            "forbidden[1]: no request nobody",
            "forbidden[1]: no expert nobody",
            "quotas[0]: at most 0 requests of region north may be served, and 1 are fixed",
            "quotas[1]: region north has a quota at quotas[0] already",
            "current[1]: request a is proposed to y, and to x at current[0]",
            "current[2]: request a and expert x stand at current[0] already",
        ]
    );
    assert_eq!(solve(&problem), Err(problem.check()));
}

#[test]
fn quotas_that_cross_are_refused() {
    let mut problem = Problem {
        requests: vec![request("a"), request("b"), request("c")],
        quotas: vec![
            Quota { scope: Scope::Region("north".into()), at_most: 1 },
            Quota { scope: Scope::Programme("p".into()), at_most: 1 },
        ],
        ..Problem::default()
    };
    problem.requests[0].region = Some("north".into());
    problem.requests[1].region = Some("north".into());
    problem.requests[1].programme = Some("p".into());
    assert_eq!(problem.check(), [], "the programme lies within the region");
    problem.requests[2].programme = Some("p".into());
    let (one, other) = (Scope::Region("north".into()), Scope::Programme("p".into()));
    assert_eq!(problem.check(), [Fault { place: Place::Quota(0), what: What::QuotasCross { one, other } }]);
}
