//! Gatherings over gRPC: days to which several companies come.

use contract::engagement::v1 as wire;
use contract::engagement::v1::gatherings_server::Gatherings;
use contract::engagement::v1::{GatheringFacts, GatheringKind, ParticipationState};
use contract::event::v1::Token;
use kit_log::sql::Session;
use kit_log::{KeyStore, Origin, Unit};
use kit_serve::page::{Page, SIZES};
use kit_serve::{Caller, Role};
use tonic::{Request, Response, Status};

use super::Desk;
use super::ask::body;
use super::change::{Receipt, own_name};
use crate::domain::check::Check;
use crate::domain::gathering::{Gathering, Part, Participation, record};
use crate::domain::{Fault, Moment, Reason, wire as wire_time};
use crate::error::Error;
use crate::store::{self, GatheringFilter};
use crate::{enter, names};

/// Most people of one company.
const PEOPLE: i64 = 50;
/// Most companies.
const CAPACITY: i64 = 10_000;

/// Who may handle a gathering: a counsellor those of the own bodies.
fn reaches(caller: &Caller, body: &str) -> Result<(), Error> {
    let everything = [Role::Operator, Role::Portal, Role::Service].into_iter().any(|role| caller.is(role));
    let holds = caller.is(Role::Counsellor) && caller.owns(body);
    if everything || holds { Ok(()) } else { Err(Error::NotOwn) }
}

/// The gathering that an event names, if it names one.
pub(super) async fn gathering_of(session: &mut Session, event: &str) -> Result<Option<GatheringFacts>, Error> {
    let Some(id) = event.strip_prefix("gatherings/") else { return Ok(None) };
    let found = store::gathering(session, id).await?.ok_or(Error::NoSuchGathering)?;
    Ok(Some(found.facts))
}

/// Whether a consultation may belong to the event it names.
pub(super) async fn holds_consultation(session: &mut Session, facts: &wire::ConsultationFacts) -> Result<(), Error> {
    match gathering_of(session, &facts.event).await? {
        Some(held) if held.programme != facts.programme || !["", &facts.body].contains(&held.body.as_str()) => {
            Err(Error::Invalid(vec![Fault::new("event", Reason::OtherGathering)]))
        }
        _ => Ok(()),
    }
}

/// Whether the caller may record who attended an event.
pub(super) async fn may_record(session: &mut Session, caller: &Caller, event: &str) -> Result<(), Error> {
    match gathering_of(session, event).await? {
        Some(held) => reaches(caller, &held.body),
        None => Ok(()),
    }
}

fn shown(gathering: Gathering) -> wire::Gathering {
    wire::Gathering {
        name: names::gathering(&gathering.facts.gathering_id),
        facts: Some(gathering.facts),
        etag: gathering.version.to_string(),
    }
}

fn shown_part(part: Participation) -> wire::Participation {
    wire::Participation {
        name: names::participation(&part.facts.participation_id),
        facts: Some(part.facts),
        company_name: part.company_name,
        etag: part.version.to_string(),
    }
}

fn read(caller: &Caller, given: &wire::CreateGatheringRequest) -> Result<GatheringFacts, Error> {
    let mut check = Check::default();
    check.request_id(&given.request_id);
    let programme = check.programme(&given.programme);
    check.enum_of::<GatheringKind>("kind", given.kind);
    let region = check.region(&given.region);
    let title = check.line("title", &given.title);
    check.needed("title", title.is_empty());
    let body = body(&mut check, caller, &given.body);
    let span = check.gathering_span(given.start_time.as_ref(), given.end_time.as_ref());
    check.between("capacity", i64::from(given.capacity), (0, CAPACITY));
    check.done()?;
    Ok(GatheringFacts {
        programme: programme.map(|programme| programme.id.clone()).unwrap_or_default(),
        kind: given.kind,
        region: Some(region),
        title,
        body,
        start_time: Some(wire_time(span.start)),
        end_time: Some(wire_time(span.end)),
        capacity: given.capacity,
        ..GatheringFacts::default()
    })
}

fn read_part(given: wire::RecordParticipationRequest) -> Result<(String, Part), Error> {
    let mut check = Check::default();
    check.request_id(&given.request_id);
    let id = check.id("gathering", "gatherings", &given.gathering);
    let company = check.company(given.company);
    let company_name = check.line("company_name", &given.company_name);
    let (state, people) = (check.enum_of("state", given.state), given.people);
    if state == ParticipationState::Attended {
        check.between("people", i64::from(people), (1, PEOPLE));
    } else if people != 0 {
        check.fault("people", Reason::NotHere);
    }
    check.done()?;
    Ok((id, Part { company, company_name, state, people }))
}

impl Desk {
    async fn gathering(&self, caller: &Caller, id: &str) -> Result<wire::Gathering, Error> {
        let mut session = self.log.read_session().await?;
        let found = store::gathering(&mut session, id).await?.ok_or(Error::NoSuchGathering)?;
        if let Err(refused) = reaches(caller, &found.facts.body) {
            let mut attended = false;
            for expert in caller.owns.iter().filter(|name| name.starts_with("experts/")) {
                attended |= store::attended_at_all(&mut session, &names::gathering(id), expert).await?;
            }
            if !attended || !caller.is(Role::Expert) {
                return Err(refused);
            }
        }
        Ok(shown(found))
    }

    async fn hold_gathering(
        &self,
        (caller, origin): (Caller, Origin),
        facts: GatheringFacts,
    ) -> Result<(wire::Gathering, Token), Error> {
        reaches(&caller, &facts.body)?;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let gathering = Gathering::enter(&id, facts, &own_name(unit, &actor));
                enter::gathering(unit, &gathering).await?;
                Ok::<_, Error>(Receipt { id, answers: String::new() })
            })
        });
        let committed = committed.await?;
        Ok((self.gathering(&caller, &committed.answer.id).await?, committed.token))
    }

    async fn record_part(
        &self,
        (caller, origin): (Caller, Origin),
        (id, part): (String, Part),
    ) -> Result<(wire::Participation, Token), Error> {
        let keys = self.log.keys().clone();
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let held = store::gathering(unit.session(), &id).await?.ok_or(Error::NoSuchGathering)?;
                reaches(&caller, &held.facts.body)?;
                let actor = unit.actor().to_owned();
                let at = own_name(unit, &actor);
                let id = keep_part(unit, keys.as_ref(), &held.facts, part, &at).await?;
                Ok::<_, Error>(Receipt { id, answers: String::new() })
            })
        });
        let committed = committed.await?;
        let mut session = self.log.read_session().await?;
        let found = store::participation(&mut session, self.log.keys().as_ref(), &committed.answer.id).await?;
        Ok((shown_part(found.ok_or(Error::NoSuchParticipation)?), committed.token))
    }

    async fn gatherings(
        &self,
        caller: &Caller,
        request: &wire::ListGatheringsRequest,
    ) -> Result<wire::ListGatheringsResponse, Error> {
        let mut check = Check::default();
        check.ascii("programme", &request.programme, false);
        check.opt_name("body", "bodies", &request.body);
        let kind = check.opt_enum("kind", request.kind);
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let (mut body, mut none) = (request.body.clone(), String::new());
        super::list::narrow((caller, caller), (&mut body, &mut none))?;
        let filter = GatheringFilter { programme: request.programme.clone(), kind, body };
        let mut session = self.log.read_session().await?;
        let found = store::list_gatherings(&mut session, &filter, page.after(i64::MAX), page.limit()).await?;
        let (gatherings, next_page_token) = page.cut(found);
        let gatherings = gatherings.into_iter().map(shown).collect();
        Ok(wire::ListGatheringsResponse { gatherings, next_page_token })
    }

    async fn participations(
        &self,
        caller: &Caller,
        request: &wire::ListParticipationsRequest,
    ) -> Result<wire::ListParticipationsResponse, Error> {
        let mut check = Check::default();
        let id = check.id("gathering", "gatherings", &request.gathering);
        let page = Page::read(&mut check, request, SIZES);
        check.done()?;
        let mut session = self.log.read_session().await?;
        let held = store::gathering(&mut session, &id).await?.ok_or(Error::NoSuchGathering)?;
        reaches(caller, &held.facts.body)?;
        let keys = self.log.keys().as_ref();
        let found = store::participations(&mut session, keys, &id, page.after(0), page.limit()).await?;
        let (parts, next_page_token) = page.cut(found);
        let participations = parts.into_iter().map(shown_part).collect();
        Ok(wire::ListParticipationsResponse { participations, next_page_token })
    }
}

/// Stores a word about a company's part and tells of it; answers its id. The same word again does nothing.
async fn keep_part(
    unit: &mut Unit,
    keys: &dyn KeyStore,
    held: &GatheringFacts,
    part: Part,
    at: &Moment<'_>,
) -> Result<String, Error> {
    let company = part.company.company.clone();
    let known = store::part_of(unit.session(), keys, &held.gathering_id, &company).await?;
    let taken = store::taken(unit.session(), &held.gathering_id).await?;
    let id = known.as_ref().map_or_else(|| unit.fresh_id(), |known| known.facts.participation_id.clone());
    let part = record(&id, held, known.as_ref(), part, taken, at)?;
    enter::part(unit, keys, known.as_ref(), &part).await?;
    Ok(id)
}

#[tonic::async_trait]
impl Gatherings for Desk {
    async fn create_gathering(
        &self,
        request: Request<wire::CreateGatheringRequest>,
    ) -> Result<Response<wire::CreateGatheringResponse>, Status> {
        let (caller, given) = (Caller::of(&request).clone(), request.get_ref());
        let origin = Origin::of_call(&caller, "CreateGathering", &given.request_id, given);
        let facts = read(&caller, given)?;
        let (gathering, token) = self.hold_gathering((caller, origin), facts).await?;
        Ok(Response::new(wire::CreateGatheringResponse { gathering: Some(gathering), token: Some(token) }))
    }

    async fn get_gathering(
        &self,
        request: Request<wire::GetGatheringRequest>,
    ) -> Result<Response<wire::GetGatheringResponse>, Status> {
        let mut check = Check::default();
        let id = check.id("name", "gatherings", &request.get_ref().name);
        check.done().map_err(Error::from)?;
        let gathering = Some(self.gathering(&self.caller(&request).await?, &id).await?);
        Ok(Response::new(wire::GetGatheringResponse { gathering }))
    }

    async fn list_gatherings(
        &self,
        request: Request<wire::ListGatheringsRequest>,
    ) -> Result<Response<wire::ListGatheringsResponse>, Status> {
        Ok(Response::new(self.gatherings(Caller::of(&request), request.get_ref()).await?))
    }

    async fn record_participation(
        &self,
        request: Request<wire::RecordParticipationRequest>,
    ) -> Result<Response<wire::RecordParticipationResponse>, Status> {
        let caller = Caller::of(&request).clone();
        let given = request.into_inner();
        let origin = Origin::of_call(&caller, "RecordParticipation", &given.request_id, &given);
        let (participation, token) = self.record_part((caller, origin), read_part(given)?).await?;
        Ok(Response::new(wire::RecordParticipationResponse { participation: Some(participation), token: Some(token) }))
    }

    async fn list_participations(
        &self,
        request: Request<wire::ListParticipationsRequest>,
    ) -> Result<Response<wire::ListParticipationsResponse>, Status> {
        Ok(Response::new(self.participations(Caller::of(&request), request.get_ref()).await?))
    }
}
