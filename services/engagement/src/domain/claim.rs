//! What a claimed fee comes to, by the programme's rule (report 2.1.3 and 2.2.2).

use contract::engagement::v1::{Claim, ClaimKind};

use super::Refused;
use super::catalogue::{Part, Programme};

/// Most yen of travel in one claim.
pub const MOST_TRAVEL: i64 = 1_000_000;

/// Fills in the amounts. A waived part is claimed as nothing, and said to be waived.
///
/// # Errors
/// When the programme pays no such fee, or does not let a part be waived.
pub fn priced(claim: Claim, programme: &Programme, travel_yen: i64) -> Result<Claim, Refused> {
    let kind = claim.kind();
    let fee = programme.fee(kind).ok_or(Refused::NoFee)?;
    for (part, waived) in [(Part::Fee, claim.fee_waived), (Part::Travel, claim.travel_waived)] {
        if waived && !programme.waives(kind, part) {
            return Err(Refused::NotWaivable(part));
        }
    }
    Ok(Claim {
        programme: programme.id.clone(),
        fee_yen: if claim.fee_waived { 0 } else { fee },
        travel_yen: if claim.travel_waived { 0 } else { travel_yen },
        ..claim
    })
}

/// What may be claimed only once: a visit, or what an expert did at an event, however many companies came.
pub fn subject(claim: &Claim) -> String {
    match claim.kind() {
        ClaimKind::GuidanceVisit => format!("{}/{}", claim.case, claim.visit),
        kind => format!("{}/{}/{}", claim.event, kind.as_str_name(), claim.expert),
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::programme;
    use super::*;

    #[test]
    fn each_part_is_waived_by_itself() {
        let claim = |fee_waived, travel_waived| {
            let kind = ClaimKind::GuidanceVisit.into();
            let claim = Claim { kind, fee_waived, travel_waived, ..Claim::default() };
            let claim = priced(claim, programme("2024").unwrap(), 1_840).unwrap();
            (claim.fee_yen, claim.travel_yen)
        };
        assert_eq!(claim(false, false), (26_400, 1_840));
        assert_eq!(claim(true, false), (0, 1_840));
        assert_eq!(claim(false, true), (26_400, 0));
    }

    #[test]
    fn a_programme_pays_only_what_it_says() {
        let claim = Claim { kind: ClaimKind::Lecture.into(), ..Claim::default() };
        assert_eq!(priced(claim, programme("standing").unwrap(), 0), Err(Refused::NoFee));
    }
}
