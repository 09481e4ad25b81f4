//! Whose answers are whose: what waits for somebody's decision, and the decisions.

mod ask;
mod desk;
mod dispute;
mod merge;
mod show;

use std::sync::Arc;

use contract::survey::v1 as wire;
use contract::survey::v1::people_server::People;
use kit_log::keys::Key;
use kit_log::{KeyStore, Origin, Unit};
use kit_serve::Caller;
use tonic::{Request, Response, Status, async_trait};

use super::Survey;
use super::person::Person;
use crate::Error;
use crate::store;

/// `people/<id>`.
pub(crate) fn person_name(id: &str) -> String {
    format!("people/{id}")
}

pub(crate) use ask::person as person_id;

/// `disputes/<id>`.
pub(crate) fn dispute_name(id: &str) -> String {
    format!("disputes/{id}")
}

/// What a command did; its message is kept for a repeated request, so it holds nothing personal.
#[derive(Clone, PartialEq, prost::Message)]
struct Done {
    /// Whom it was about besides, where that is found out on the way.
    #[prost(string, tag = "1")]
    other: String,
}

/// How many people's marks were noted.
#[derive(Clone, PartialEq, prost::Message)]
struct Noted {
    #[prost(int64, tag = "1")]
    people: i64,
}

impl Survey {
    /// Notes the marks of those who were there before there were any.
    pub(crate) async fn note_likeness(&self) -> Result<(), Error> {
        loop {
            let (keys, marks) = (self.log.keys().clone(), self.marks.clone());
            let origin = Origin { actor: format!("service:{}", self.log.service()), ..Default::default() };
            let work = self.log.writer().run(origin, move |unit| Box::pin(note_some(unit, keys, marks))).await?;
            if work.answer.people == 0 {
                return Ok(());
            }
        }
    }

    /// Clears the marks of people who are erased: who has the key they are made with could still try a name out.
    pub(crate) async fn forget_likeness(&self, people: Vec<String>) -> Result<(), Error> {
        if people.is_empty() {
            return Ok(());
        }
        let origin = Origin { actor: format!("service:{}", self.log.service()), ..Default::default() };
        self.log.writer().run(origin, move |unit| Box::pin(forget_some(unit, people))).await.map(drop)
    }
}

/// Clears the marks of people.
async fn forget_some(unit: &mut Unit, people: Vec<String>) -> Result<Noted, Error> {
    for person in &people {
        store::forget(unit.session(), person).await?;
    }
    Ok(Noted { people: i64::try_from(people.len()).unwrap_or_default() })
}

async fn note_some(unit: &mut Unit, keys: Arc<dyn KeyStore>, marks: Option<Key>) -> Result<Noted, Error> {
    let rows = store::unmarked(unit.session()).await?;
    let keys = keys.find(&rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>()).await?;
    let people = i64::try_from(rows.len()).unwrap_or_default();
    let mut noted = Vec::new();
    for row in rows {
        if let Some(key) = keys.get(&row.id) {
            let person = Person::open(row, key.clone())?;
            noted.push((person.row.id.clone(), person.likeness(marks.as_ref())));
        }
    }
    store::note_likeness(unit.session(), &noted).await?;
    Ok(Noted { people })
}

#[async_trait]
impl People for Survey {
    async fn list_disputes(
        &self,
        request: Request<wire::ListDisputesRequest>,
    ) -> Result<Response<wire::ListDisputesResponse>, Status> {
        Ok(Response::new(self.disputes(request.get_ref()).await?))
    }

    async fn get_dispute(
        &self,
        request: Request<wire::GetDisputeRequest>,
    ) -> Result<Response<wire::GetDisputeResponse>, Status> {
        let id = ask::dispute(&request.get_ref().name)?;
        Ok(Response::new(self.dispute_side_by_side(&id).await?))
    }

    async fn decide_dispute(
        &self,
        request: Request<wire::DecideDisputeRequest>,
    ) -> Result<Response<wire::DecideDisputeResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.decide(&caller, request.into_inner()).await?))
    }

    async fn list_possible_duplicate_people(
        &self,
        request: Request<wire::ListPossibleDuplicatePeopleRequest>,
    ) -> Result<Response<wire::ListPossibleDuplicatePeopleResponse>, Status> {
        Ok(Response::new(self.possible_duplicates(request.get_ref()).await?))
    }

    async fn compare_people(
        &self,
        request: Request<wire::ComparePeopleRequest>,
    ) -> Result<Response<wire::ComparePeopleResponse>, Status> {
        Ok(Response::new(self.people_side_by_side(request.get_ref()).await?))
    }

    async fn merge_people(
        &self,
        request: Request<wire::MergePeopleRequest>,
    ) -> Result<Response<wire::MergePeopleResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.merge(&caller, request.into_inner()).await?))
    }

    async fn split_person(
        &self,
        request: Request<wire::SplitPersonRequest>,
    ) -> Result<Response<wire::SplitPersonResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.split(&caller, request.into_inner()).await?))
    }

    async fn keep_people_apart(
        &self,
        request: Request<wire::KeepPeopleApartRequest>,
    ) -> Result<Response<wire::KeepPeopleApartResponse>, Status> {
        let caller = Caller::of(&request).clone();
        Ok(Response::new(self.keep_apart(&caller, request.into_inner()).await?))
    }

    async fn get_person(
        &self,
        request: Request<wire::GetPersonRequest>,
    ) -> Result<Response<wire::GetPersonResponse>, Status> {
        let person = Some(self.person(request.get_ref()).await?);
        Ok(Response::new(wire::GetPersonResponse { person }))
    }

    async fn list_person_decisions(
        &self,
        request: Request<wire::ListPersonDecisionsRequest>,
    ) -> Result<Response<wire::ListPersonDecisionsResponse>, Status> {
        Ok(Response::new(self.decisions(&request.get_ref().name).await?))
    }
}
