//! Attendances and claims.

use contract::engagement::v1 as wire;
use contract::engagement::v1::{Claim, ClaimKind};
use contract::event::v1::Token;
use kit_log::Origin;
use kit_serve::{Caller, Role};
use prost::Message;

use super::Desk;
use super::change::{carry_out, own_name, programme_of};
use super::gatherings::{gathering_of, may_record};
use super::reach::reaches;
use crate::domain::catalogue::Programme;
use crate::domain::check::Check;
use crate::domain::claim::{MOST_TRAVEL, priced};
use crate::domain::{Deed, Fault, Reason, Refused, wire as wire_time};
use crate::error::Error;
use crate::{enter, events, store};

/// What is kept of a claim for a repeat of its request.
#[derive(Clone, PartialEq, Message)]
struct Claimed {
    #[prost(message, optional, tag = "1")]
    claim: Option<Claim>,
}

/// Nothing is kept of an attendance.
#[derive(Clone, PartialEq, Message)]
struct Nothing {}

/// A claim, read.
struct Wanted {
    claim: Claim,
    case_id: String,
    travel: i64,
    programme: Option<&'static Programme>,
}

fn kind(check: &mut Check, given: i32) -> ClaimKind {
    let kind = ClaimKind::try_from(given).unwrap_or_default();
    check.needed("kind", kind == ClaimKind::Unspecified);
    kind
}

fn read(request: &wire::ClaimFeeRequest) -> Result<Wanted, Error> {
    let mut check = Check::default();
    check.request_id(&request.request_id);
    check.between("travel_yen", request.travel_yen, (0, MOST_TRAVEL));
    let kind = kind(&mut check, request.kind);
    let mut wanted = Wanted {
        claim: Claim {
            kind: kind.into(),
            fee_waived: request.waive_fee,
            travel_waived: request.waive_travel,
            ..Claim::default()
        },
        case_id: String::new(),
        travel: request.travel_yen,
        programme: None,
    };
    let mut unused: Vec<(&str, bool)> = Vec::new();
    if kind == ClaimKind::GuidanceVisit {
        wanted.case_id = check.id("case", "cases", &request.case);
        (wanted.claim.case, wanted.claim.visit) = (request.case.clone(), request.visit);
        wanted.claim.expert = check.opt_name("expert", "experts", &request.expert);
        unused.extend([("event", !request.event.is_empty()), ("programme", !request.programme.is_empty())]);
    } else if kind != ClaimKind::Unspecified {
        wanted.programme = check.programme(&request.programme);
        wanted.claim.expert = check.name("expert", "experts", &request.expert);
        wanted.claim.event = check.ascii("event", &request.event, true);
        unused.extend([("case", !request.case.is_empty()), ("visit", request.visit != 0)]);
    }
    for (field, _) in unused.into_iter().filter(|(_, given)| *given) {
        check.fault(field, Reason::NotHere);
    }
    check.done()?;
    Ok(wanted)
}

impl Desk {
    /// Claims a fee.
    pub(super) async fn claim(
        &self,
        (caller, origin): (Caller, Origin),
        request: &wire::ClaimFeeRequest,
    ) -> Result<(Claim, Token), Error> {
        let wanted = read(request)?;
        let committed = if wanted.claim.kind() == ClaimKind::GuidanceVisit {
            self.claim_visit(caller, origin, wanted).await?
        } else {
            self.claim_event(&caller, origin, wanted).await?
        };
        Ok((committed.answer.claim.unwrap_or_default(), committed.token))
    }

    async fn claim_visit(
        &self,
        caller: Caller,
        origin: Origin,
        wanted: Wanted,
    ) -> Result<kit_log::writer::Committed<Claimed>, Error> {
        let keys = self.log.keys().clone();
        let Wanted { claim, case_id, travel, .. } = wanted;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                let keys = keys.as_ref();
                let mut case = store::by_id(unit.session(), keys, &case_id).await?.ok_or(Error::NoSuchCase)?;
                reaches(&caller, &case.facts)?;
                let names = store::names_of_person(unit.session(), &case.facts.expert).await?;
                if !claim.expert.is_empty() && !names.contains(&claim.expert) {
                    return Err(Error::Invalid(vec![Fault::new("expert", Reason::OtherExpert)]));
                }
                let (id, actor) = (unit.fresh_id(), unit.actor().to_owned());
                let at = own_name(unit, &actor);
                let name = format!("claims/{id}");
                let expert = case.facts.expert.clone();
                let claim =
                    Claim { name: name.clone(), expert, time: Some(wire_time(at.now)), actor: actor.clone(), ..claim };
                let claim = priced(claim, programme_of(&case.facts.programme)?, travel)?;
                carry_out(unit, keys, &mut case, Deed::Claim(claim.visit, name), &at).await?;
                store::add_claim(unit.session(), &claim).await?;
                events::claim(unit, &claim);
                Ok::<_, Error>(Claimed { claim: Some(claim) })
            })
        });
        committed.await
    }

    async fn claim_event(
        &self,
        caller: &Caller,
        origin: Origin,
        wanted: Wanted,
    ) -> Result<kit_log::writer::Committed<Claimed>, Error> {
        let Wanted { claim, travel, programme, .. } = wanted;
        if !caller.is(Role::Operator) && !caller.is(Role::Portal) && !caller.owns(&claim.expert) {
            return Err(Error::NotOwn);
        }
        let programme = programme.ok_or_else(|| Error::Invalid(vec![Fault::new("programme", Reason::Required)]))?;
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                // Whoever was there under two names was there once; the claim stands under a name that was there.
                let (mut attended, mut claimed) = (None, false);
                let mut names = store::names_of_person(unit.session(), &claim.expert).await?;
                names.sort_by_key(|name| *name != claim.expert);
                for expert in names {
                    let claim = Claim { expert, ..claim.clone() };
                    claimed |= store::is_claimed(unit.session(), &claim).await?;
                    if attended.is_none()
                        && store::attended(unit.session(), &claim.event, &claim.expert, claim.kind()).await?
                    {
                        attended = Some(claim);
                    }
                }
                let claim = attended.ok_or(Error::NoAttendance)?;
                let held = gathering_of(unit.session(), &claim.event).await?;
                if held.is_some_and(|held| held.programme != programme.id) {
                    return Err(Error::Invalid(vec![Fault::new("programme", Reason::OtherGathering)]));
                }
                if claimed {
                    return Err(Refused::AlreadyClaimed.into());
                }
                let (name, actor) = (format!("claims/{}", unit.fresh_id()), unit.actor().to_owned());
                let claim = Claim { name, time: Some(wire_time(unit.now())), actor, ..claim };
                let claim = priced(claim, programme, travel)?;
                store::add_claim(unit.session(), &claim).await?;
                events::claim(unit, &claim);
                Ok::<_, Error>(Claimed { claim: Some(claim) })
            })
        });
        committed.await
    }

    /// Records an attendance.
    pub(super) async fn attend(
        &self,
        (caller, origin): (Caller, Origin),
        request: &wire::RecordAttendanceRequest,
    ) -> Result<Token, Error> {
        let mut check = Check::default();
        check.request_id(&request.request_id);
        let event = check.ascii("event", &request.event, true);
        let expert = check.name("expert", "experts", &request.expert);
        let kind = kind(&mut check, request.kind);
        if kind == ClaimKind::GuidanceVisit {
            check.fault("kind", Reason::NotHere);
        }
        check.done()?;
        let body = wire::AttendanceRecorded { event, expert, kind: kind.into() };
        let committed = self.log.writer().run(origin, move |unit| {
            Box::pin(async move {
                may_record(unit.session(), &caller, &body.event).await?;
                let actor = unit.actor().to_owned();
                let at = own_name(unit, &actor);
                enter::attendance(unit, &body, &at).await?;
                Ok::<_, Error>(Nothing {})
            })
        });
        Ok(committed.await?.token)
    }
}
