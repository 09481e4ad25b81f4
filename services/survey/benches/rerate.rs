//! A whole population rated by another policy, on a database: read, rate, store, tell.
//!
//! `deploy/dev/with-servers cargo bench -p survey --bench rerate`; `PEOPLE=24000` for fewer than a million, `ON=sqlite` or
//! `ON=postgres` for one of both. The people are put there by SQL with a first rating told in the log; then the policy with
//! a floor is previewed and activated over gRPC, and the activation is waited for.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use contract::survey::v1::scoring_policies_client::ScoringPoliciesClient;
use contract::survey::v1::{
    ActivatePolicyRequest, ActivationState, GetActivationRequest, PreviewPolicyRequest, RatingChanged,
};
use kit_clock::{Clock, Ids};
use kit_log::sql::Value;
use kit_log::{InProcess, LogDeps, NewEvent, Origin, SqlKeys, args};
use kit_serve::{Caller, Client, Lifecycle, Limits, Role, Server, Trust};
use survey::domain::policy::policies;
use survey::domain::scoring::{AuditEvidence, SkillAnswers, rate};

const POLICY: &str = "ipa-2024-floor";
const PAGE: usize = 1_000;

fn people() -> usize {
    std::env::var("PEOPLE").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000)
}

#[expect(clippy::disallowed_methods, reason = "a measured duration")]
fn now() -> Instant {
    Instant::now()
}

/// Made-up answers from a fixed seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn skills(&mut self) -> [u8; 34] {
        std::array::from_fn(|_| [0, 1, 2, 2, 2, 3, 3, 3][(self.next() % 8) as usize])
    }
}

/// A page of people: their rows, ratings and the events of these.
async fn put_page(log: &kit_log::Log, from: usize, rows: Vec<[u8; 34]>) {
    let work = log.writer().run(Origin::default(), move |unit| {
        Box::pin(async move {
            let (mut respondents, mut ratings) = (Vec::new(), Vec::new());
            for (at, skills) in rows.iter().enumerate() {
                let (number, id) = (format!("{:064}", from + at), unit.fresh_id());
                let (response, skills, none) = (format!("r-{}", from + at), skills.as_slice(), [].as_slice());
                let prefecture = format!("{:02}", (from + at) % 47 + 1);
                let row: &[Value] =
                    args![&id, &number, "", none, 1_i64, &response, 0_i64, skills, "", none, none, &prefecture];
                respondents.push(row.to_vec());
                ratings.push(args![&id, "ipa-2024", 0_i64, &response, skills, ""].to_vec());
                let answers = <[u8; 34]>::try_from(skills).ok().and_then(|of| SkillAnswers::try_from(of).ok());
                let answers = answers.unwrap_or_default();
                let rated = rate(&policies()[0], &answers, &AuditEvidence::default());
                // As large as what the survey tells, within a few bytes.
                let told = contract::survey::v1::Rating {
                    respondent_id: id.clone(),
                    policy: rated.policy.clone(),
                    response: "x".repeat(1_700),
                    ..Default::default()
                };
                let body = RatingChanged { rating: Some(told), ..Default::default() };
                unit.emit(NewEvent::new("rating", &id, &body));
            }
            let head = "INSERT INTO respondent (id, number_hash, holder_subject, holder, submissions, counting,
                        counting_time, skills, policy, rating, vouching, prefecture) VALUES";
            unit.session().insert(head, "", respondents).await?;
            let head = "INSERT INTO rating (respondent, policy, rate_time, response, skills, audit) VALUES";
            unit.session().insert(head, "", ratings).await?;
            Ok::<(), kit_log::Error>(())
        })
    });
    work.await.expect("a page of people");
}

async fn measure(name: &str, database: String, keys: String) {
    let lifecycle = Lifecycle::new();
    let keys = SqlKeys::open(&keys).await.expect("keys");
    let log = LogDeps { clock: Clock::System, ids: Ids::Random, keys, carrier: InProcess::new() };
    let deps = survey::Deps { log, lifecycle: lifecycle.clone() };
    let started = survey::start(survey::Config::new(database), deps).await.expect("it starts");
    let (channel, inside) = kit_serve::in_process();
    let server = started.mount(Server::new(Limits::default(), Trust::Near));
    server.serve([inside], &lifecycle).await.expect("it serves");
    let client = Client::new(channel, None).expect("a client");
    let operator = client.acting_as(&Caller::new("bench", [Role::Operator])).expect("an operator");
    let mut policies = ScoringPoliciesClient::new(operator);

    let (people, mut chance, begun) = (people(), Chance(1), now());
    for from in (0..people).step_by(PAGE) {
        let rows = (from..people.min(from + PAGE)).map(|_| chance.skills()).collect();
        put_page(started.log(), from, rows).await;
    }
    println!("{name}: {people} people put there in {:.1} s", begun.elapsed().as_secs_f64());

    let begun = now();
    let request = PreviewPolicyRequest { policy: POLICY.to_owned(), page_size: 100, ..Default::default() };
    let seen = policies.preview_policy(request).await.expect("a preview").into_inner();
    let took = begun.elapsed().as_secs_f64();
    println!("{name}: preview of {} people, of whom {} change, in {took:.2} s", seen.people, seen.changed);

    let begun = now();
    let (day, reason) = (String::new(), "measured".to_owned());
    let request = ActivatePolicyRequest { policy: POLICY.to_owned(), day, reason, request_id: String::new() };
    let name_of = policies.activate_policy(request).await.expect("begun").into_inner().activation.expect("one").name;
    let mut look = tokio::time::interval(Duration::from_millis(20));
    loop {
        look.tick().await;
        let request = GetActivationRequest { name: name_of.clone() };
        let found = policies.get_activation(request).await.expect("its state").into_inner().activation.expect("one");
        if found.state() == ActivationState::Done {
            assert_eq!(found.rated, people as i64);
            break;
        }
        look.reset_after(Duration::from_millis(1_000));
    }
    let took = begun.elapsed().as_secs_f64();
    println!("{name}: {people} people rated anew and in force in {took:.1} s: {:.0} rows/s", people as f64 / took);
    lifecycle.shutdown().await;
    started.log().database().close().await;
}

#[tokio::main]
async fn main() {
    let on = std::env::var("ON").unwrap_or_default();
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    if on != "postgres" {
        measure("SQLite", file("survey.db"), file("keys.db")).await;
        drop(std::fs::remove_file(folder.path().join("survey.db")));
    }
    let Ok(maintenance) = std::env::var("ACTIVELIST_TEST_POSTGRES_URL") else {
        println!("PostgreSQL: not measured, as ACTIVELIST_TEST_POSTGRES_URL names none (deploy/dev/with-servers)");
        return;
    };
    if on != "sqlite" {
        use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
        let name = format!("rerate_{}", Ids::Random.fresh().replace('-', ""));
        let mut connection = PgConnection::connect(&maintenance).await.expect("the PostgreSQL of the bench");
        let ask = |sql: String| AssertSqlSafe(sql).into_sql_str();
        connection.execute(ask(format!("CREATE DATABASE {name}"))).await.expect("a database of its own");
        let (server, _) = maintenance.rsplit_once('/').expect("a URL with a database");
        measure("PostgreSQL", format!("{server}/{name}"), file("keys-2.db")).await;
        connection.execute(ask(format!("DROP DATABASE {name} WITH (FORCE)"))).await.expect("removed");
    }
}
