//! What a claimed fee comes to, by the programme's rule (report 2.1.3 and 2.2.2).

use contract::engagement::v1::{Claim, ClaimKind};

use super::catalogue::Programme;

/// Most yen of travel in one claim.
pub const MOST_TRAVEL: i64 = 1_000_000;

/// Fills in the amounts. A waived part is claimed as nothing, and said to be waived.
#[must_use]
pub fn priced(claim: Claim, programme: &Programme, travel_yen: i64) -> Claim {
    let fee = programme.fee(claim.kind()).unwrap_or(0);
    Claim {
        programme: programme.id.clone(),
        fee_yen: if claim.fee_waived { 0 } else { fee },
        travel_yen: if claim.travel_waived { 0 } else { travel_yen },
        ..claim
    }
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
            let claim = priced(claim, programme("2024").unwrap(), 1_840);
            (claim.fee_yen, claim.travel_yen)
        };
        assert_eq!(claim(false, false), (26_400, 1_840));
        assert_eq!(claim(true, false), (0, 1_840));
        assert_eq!(claim(false, true), (26_400, 0));
    }
}
