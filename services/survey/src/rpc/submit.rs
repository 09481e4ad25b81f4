//! Handing in and validating, one by one and in batches.

use std::collections::{HashMap, HashSet};

use contract::event::v1::Token;
use contract::survey::v1 as wire;
use kit_log::{Committed, Origin, Unit, wire_time};
use kit_serve::{Caller, Fault, Role};
use prost::Message;

use super::check::Check;
use super::finding::{Finding, fault, row};
use super::intake::{Done, Intake, Taken, Terms, distinct};
use super::person::Person;
use super::read::{Reading, Stating, Submission, ahead, moment, read};
use super::{Survey, wire as shown};
use crate::Error;
use crate::domain::holder::{Dispute, Holder, Sender};
use crate::domain::scoring::rate;
use crate::events::response_name;
use crate::store;

/// Most responses of a batch.
const BATCH: usize = 500;
/// Longest name of an import's source, in characters.
const SOURCE: usize = 200;

/// What a batch did; kept for nobody, but a command answers with a message.
#[derive(Clone, PartialEq, Message)]
struct BatchDone {
    #[prost(int32, tag = "1")]
    stored: i32,
    #[prost(int32, tag = "2")]
    repeated: i32,
    /// Of the newest event that any of the responses has.
    #[prost(int64, tag = "3")]
    position: i64,
}

pub(super) fn sender(caller: &Caller) -> Sender {
    if caller.is(Role::Operator) {
        Sender::Operator
    } else if caller.is(Role::Expert) {
        Sender::Expert { subject: caller.subject.clone() }
    } else {
        Sender::Other
    }
}

fn stating(caller: &Caller) -> Stating {
    if caller.is(Role::Operator) { Stating::Allowed } else { Stating::Refused }
}

impl Survey {
    pub(crate) async fn submit(
        &self,
        caller: &Caller,
        request: wire::SubmitResponseRequest,
    ) -> Result<wire::SubmitResponseResponse, Error> {
        let reading = read(request.response.as_ref(), stating(caller), self.log.clock().now());
        let mut check = Check(reading.faults.iter().map(|found| found.fault("response")).collect());
        check.request_id(&request.request_id);
        let Some(submission) = reading.submission.filter(|_| check.0.is_empty()) else {
            return Err(Error::Invalid(check.0));
        };
        let warnings = reading.warnings.into_iter().map(Finding::alone).collect();
        if request.validate_only {
            return self.try_out(caller, &submission, warnings).await;
        }
        let number = submission.number.clone();
        let form = submission.form;
        let origin = Origin::of_call(caller, "SubmitResponse", &request.request_id, &request);
        handed_in(self.store_one(caller, origin, submission).await?, number, &form.version, warnings)
    }

    async fn store_one(
        &self,
        caller: &Caller,
        origin: Origin,
        submission: Submission,
    ) -> Result<Committed<Done>, Error> {
        let terms = self.terms(sender(caller), None, std::slice::from_ref(&submission)).await?;
        self.log.writer().run(origin, move |unit| Box::pin(take_one(unit, terms, submission))).await
    }

    /// What a command needs, made ready outside of the writer's turn: above all the keys of people who are new, which
    /// cost a commit of the key store.
    pub(super) async fn terms(
        &self,
        sender: Sender,
        vouching: Option<wire::Vouching>,
        rows: &[Submission],
    ) -> Result<Terms, Error> {
        let hashes = distinct(rows.iter().map(|row| &row.number_hash));
        let known = store::respondents(&mut self.log.read_session().await?, &hashes).await?;
        let numbers: HashSet<&String> = known.iter().map(|person| &person.number_hash).collect();
        let new = hashes.iter().filter(|hash| !numbers.contains(hash));
        let candidates: HashMap<String, String> = new.map(|hash| (hash.clone(), self.ids.fresh())).collect();
        let keys = self.log.keys().clone();
        keys.ensure(&candidates.values().cloned().collect::<Vec<_>>()).await?;
        keys.find(&known.iter().map(|person| person.id.clone()).collect::<Vec<_>>()).await?;
        Ok(Terms { sender, vouching, policies: self.policies.clone(), keys, candidates, marks: self.marks.clone() })
    }

    /// Answers as if it were stored, or with the faults there would be.
    async fn try_out(
        &self,
        caller: &Caller,
        submission: &Submission,
        warnings: Vec<wire::Finding>,
    ) -> Result<wire::SubmitResponseResponse, Error> {
        if self.judge(&sender(caller), &[submission]).await?[0].is_err() {
            return Err(Error::Invalid(vec![Finding::held_by_another().fault("response")]));
        }
        let response = wire::Response {
            registration_number: submission.number.clone(),
            form: format!("forms/{}", submission.form.version),
            submit_time: submission.stated.map(wire_time),
            ..Default::default()
        };
        let rating = Some(self.would_be_rated(submission).await?);
        Ok(wire::SubmitResponseResponse { response: Some(response), rating, warnings, token: None })
    }

    async fn would_be_rated(&self, submission: &Submission) -> Result<wire::Rating, Error> {
        let rules = self.policies.rules(&mut self.log.read_session().await?).await?;
        let rating = rate(&rules.in_force, &submission.skills, &submission.evidence);
        Ok(shown::rating(&rating, "", "", submission.skills.values().is_some()))
    }

    /// Whether each of these would be taken as its holder's, one after another. What is stored already is taken, but for
    /// what waits for an operator.
    async fn judge(&self, sender: &Sender, rows: &[&Submission]) -> Result<Vec<Result<(), Dispute>>, Error> {
        let mut session = self.log.read_session().await?;
        let hashes = distinct(rows.iter().map(|row| &row.number_hash));
        let known = store::respondents(&mut session, &hashes).await?;
        let roots = store::roots(&mut session, &known).await?;
        let contents = distinct(rows.iter().filter_map(|row| row.content_hash.as_ref()));
        let before = store::with_content(&mut session, &contents).await?;
        drop(session);
        let settled: HashSet<&String> =
            before.iter().filter(|stored| !stored.waits()).filter_map(|stored| stored.content_hash.as_ref()).collect();
        let ids = distinct(known.iter().map(|person| &person.id).chain(roots.values().map(|person| &person.id)));
        let keys = self.log.keys().find(&ids).await?;
        // By the person; a number leads to one.
        let (mut numbers, mut holders): (HashMap<&String, String>, HashMap<String, Holder>) = Default::default();
        for home in &known {
            let root = roots.get(&home.id).unwrap_or(home);
            let key = keys.get(&home.id).and(keys.get(&root.id)).ok_or(Error::Erased)?;
            numbers.insert(&home.number_hash, root.id.clone());
            holders.insert(root.id.clone(), Person::open(root.clone(), key.clone())?.holder);
        }
        let judge = |row: &&Submission| {
            // Nobody's id is a hashed number, so a newcomer can go by it.
            let person = numbers.get(&row.number_hash).unwrap_or(&row.number_hash);
            match holders.get_mut(person) {
                _ if row.content_hash.as_ref().is_some_and(|hash| settled.contains(hash)) => Ok(()),
                Some(holder) => holder.judge(sender, &row.identity).map(|()| holder.complete(&row.identity)),
                None => {
                    holders.insert(person.clone(), Holder::first(sender, row.identity.clone()));
                    Ok(())
                }
            }
        };
        Ok(rows.iter().map(judge).collect())
    }

    pub(crate) async fn validate(
        &self,
        caller: &Caller,
        request: &wire::ValidateResponseRequest,
    ) -> Result<wire::ValidateResponseResponse, Error> {
        let reading = read(request.response.as_ref(), stating(caller), self.log.clock().now());
        let mut faults = reading.faults;
        if let Some(submission) = &reading.submission {
            let held = self.judge(&sender(caller), &[submission]).await?[0].is_err();
            faults.extend(held.then(Finding::held_by_another));
        }
        let rating = match reading.submission.filter(|_| faults.is_empty()) {
            Some(row) => Some(self.would_be_rated(&row).await?),
            None => None,
        };
        Ok(wire::ValidateResponseResponse {
            faults: faults.into_iter().map(Finding::alone).collect(),
            warnings: reading.warnings.into_iter().map(Finding::alone).collect(),
            rating,
        })
    }

    pub(crate) async fn validate_batch(
        &self,
        request: &wire::BatchValidateResponsesRequest,
    ) -> Result<wire::BatchValidateResponsesResponse, Error> {
        let mut check = Check::default();
        check.batch("responses", request.responses.len(), BATCH);
        check.done()?;
        let readings = self.read_batch(&request.responses).await?;
        let mut answer = wire::BatchValidateResponsesResponse::default();
        for (index, reading) in readings.into_iter().enumerate() {
            answer.faults.extend(reading.faults.into_iter().map(|found| found.in_batch(index)));
            answer.warnings.extend(reading.warnings.into_iter().map(|found| found.in_batch(index)));
        }
        Ok(answer)
    }

    /// Reads the rows of an import, with disputes among their faults.
    async fn read_batch(&self, responses: &[wire::NewResponse]) -> Result<Vec<Reading>, Error> {
        let now = self.log.clock().now();
        let mut readings: Vec<Reading> =
            responses.iter().map(|given| read(Some(given), Stating::Required, now)).collect();
        let rows: Vec<&Submission> = readings.iter().filter_map(|reading| reading.submission.as_ref()).collect();
        let verdicts = self.judge(&Sender::Operator, &rows).await?;
        let whole = readings.iter_mut().filter(|reading| reading.submission.is_some());
        for (reading, verdict) in whole.zip(verdicts) {
            reading.faults.extend(verdict.err().map(|_| Finding::held_by_another()));
        }
        Ok(readings)
    }

    pub(crate) async fn submit_batch(
        &self,
        caller: &Caller,
        request: wire::BatchSubmitResponsesRequest,
    ) -> Result<wire::BatchSubmitResponsesResponse, Error> {
        let mut check = Check::default();
        let vouching = self.vouching(caller, request.import.as_ref(), &mut check.0);
        let within = check.batch("responses", request.responses.len(), BATCH);
        let readings = if within { self.read_batch(&request.responses).await? } else { Vec::new() };
        for (index, reading) in readings.iter().enumerate() {
            check.0.extend(reading.faults.iter().map(|found| found.fault(&row(index))));
        }
        check.done()?;
        let rows: Vec<Submission> = readings.into_iter().filter_map(|reading| reading.submission).collect();
        let terms = self.terms(Sender::Operator, vouching, &rows).await?;
        let origin = Origin::of_call(caller, "BatchSubmitResponses", "", &request);
        let work = self.log.writer().run(origin, move |unit| Box::pin(take_all(unit, terms, rows)));
        let Committed { answer, token, .. } = work.await?;
        Ok(wire::BatchSubmitResponsesResponse {
            stored: answer.stored,
            repeated_submissions: answer.repeated,
            token: Some(Token { position: answer.position, ..token }),
        })
    }

    fn vouching(
        &self,
        caller: &Caller,
        import: Option<&wire::ImportNote>,
        faults: &mut Vec<Fault>,
    ) -> Option<wire::Vouching> {
        let Some(import) = import else {
            faults.push(fault("import", "REQUIRED", &[]));
            return None;
        };
        match import.as_of.as_ref().map(|at| moment(at, ahead(self.log.clock().now()))) {
            None => faults.push(fault("import.as_of", "REQUIRED", &[])),
            Some(Err(none)) => faults.push(none.at("import.as_of").fault("")),
            Some(Ok(_)) => {}
        }
        if import.source.chars().count() > SOURCE {
            faults.push(fault("import.source", "TOO_LONG", &[("max", &SOURCE.to_string())]));
        }
        let (operator, source, as_of) = (caller.subject.clone(), import.source.clone(), import.as_of);
        Some(wire::Vouching { operator, source, as_of })
    }
}

/// The answer to a response that was handed in, or that it is disputed.
pub(super) fn handed_in(
    committed: Committed<Done>,
    number: String,
    version: &str,
    warnings: Vec<wire::Finding>,
) -> Result<wire::SubmitResponseResponse, Error> {
    let Committed { answer: done, token, .. } = committed;
    if done.state() == wire::ResponseState::Disputed {
        return Err(Error::Disputed(response_name(&done.response_id)));
    }
    Ok(wire::SubmitResponseResponse {
        response: Some(wire::Response {
            name: response_name(&done.response_id),
            state: done.state,
            respondent_id: done.respondent_id,
            registration_number: number,
            form: format!("forms/{version}"),
            submit_time: Some(super::time(done.submit_time)),
            receive_time: Some(super::time(done.receive_time)),
            answers: Vec::new(),
        }),
        rating: done.rating,
        warnings,
        token: Some(Token { position: done.position, ..token }),
    })
}

/// One response, which waits for an operator when it is disputed.
pub(super) async fn take_one(unit: &mut Unit, terms: Terms, submission: Submission) -> Result<Done, Error> {
    let mut intake = Intake::open(unit, terms, std::slice::from_ref(&submission)).await?;
    let done = match intake.take(&submission).await? {
        Taken::Stored(done) | Taken::Repeated(done) => Done { rating: intake.rating_of(&submission).await?, ..done },
        Taken::Disputed(dispute) => intake.set_aside(&submission, dispute).await?,
        Taken::Waiting(done) => done,
    };
    intake.close().await?;
    Ok(done)
}

/// All responses of a batch, or none.
async fn take_all(unit: &mut Unit, terms: Terms, rows: Vec<Submission>) -> Result<BatchDone, Error> {
    let mut intake = Intake::open(unit, terms, &rows).await?;
    let mut batch = BatchDone::default();
    let mut faults = Vec::new();
    for (index, submission) in rows.iter().enumerate() {
        match intake.take(submission).await? {
            Taken::Stored(done) => {
                batch.stored += 1;
                batch.position = batch.position.max(done.position);
            }
            Taken::Repeated(done) => {
                batch.repeated += 1;
                batch.position = batch.position.max(done.position);
            }
            // Between the check and the writer's turn somebody else became the holder.
            Taken::Disputed(_) | Taken::Waiting(_) => faults.push(Finding::held_by_another().fault(&row(index))),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    intake.close().await?;
    Ok(batch)
}
