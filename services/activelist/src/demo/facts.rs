//! What the services say once the campaign is in.

use std::collections::BTreeMap;

use contract::registry::v1::{GetListingStatisticsRequest, ListingObstacle};
use contract::search::v1::{MarkCount, SearchExpertsRequest};
use contract::survey::v1::{AreaCapability, GetCapabilityRequest, GetSurveyStatisticsRequest};
use serde_json::{Map, Value, json};

use crate::connect::{Connection, refused, within};
use crate::failure::Failure;
use crate::{marks, search};

const SECONDS: u64 = 30;

/// The figures, read back over gRPC.
pub(super) struct Facts {
    /// Submissions stored.
    pub(super) received: i64,
    /// Distinct registration numbers.
    pub(super) people: i64,
    /// Submissions beyond each person's first.
    pub(super) repeats: i64,
    /// Experts on the list, as the register says.
    pub(super) listed: i64,
    /// Why the others are not, with how many.
    pub(super) obstacles: Vec<(ListingObstacle, i64)>,
    /// Fig. 2-95.
    pub(super) capability: Vec<AreaCapability>,
    /// Marks per area over the listed, as search counts them.
    pub(super) ratings: Vec<MarkCount>,
    /// How many search finds without conditions.
    pub(super) found: i64,
    /// Marks by number and area, as search shows them.
    pub(super) marks: BTreeMap<String, BTreeMap<String, &'static str>>,
}

impl Facts {
    pub(super) async fn ask(of: &Connection) -> Result<Self, Failure> {
        let refused = |status: tonic::Status| refused(&status);
        let received = of.responses().get_survey_statistics(within(GetSurveyStatisticsRequest {}, SECONDS)).await;
        let received = received.map_err(refused)?.into_inner();
        let listing = of.experts().get_listing_statistics(within(GetListingStatisticsRequest {}, SECONDS)).await;
        let listing = listing.map_err(refused)?.into_inner();
        let capability = of.scoring().get_capability(within(GetCapabilityRequest {}, SECONDS)).await;
        let capability = capability.map_err(refused)?.into_inner();
        let everybody = SearchExpertsRequest { page_size: 100, ..SearchExpertsRequest::default() };
        let found = search::find(of, everybody, true).await?;
        let obstacles = listing.obstacles.into_iter();
        let marks = found.hits.iter().map(|hit| {
            let areas = hit.areas.iter().map(|area| (area.area.clone(), marks::sign(area.mark)));
            (hit.registration_number.clone(), areas.collect())
        });
        Ok(Self {
            received: received.received,
            people: received.people,
            repeats: received.repeats,
            listed: listing.listed,
            obstacles: obstacles.map(|count| (count.obstacle.unwrap_or_default(), count.count)).collect(),
            capability: capability.areas,
            ratings: found.area_marks,
            found: found.total,
            marks: marks.collect(),
        })
    }

    /// How many are not listed for this reason.
    pub(super) fn barred_by(&self, reason: &str) -> i64 {
        self.obstacles.iter().filter(|(obstacle, _)| obstacle.reason == reason).map(|(_, count)| count).sum()
    }

    /// Alone, with support, not yet; by area.
    pub(super) fn capability_json(&self) -> Value {
        let row = |area: &AreaCapability| (area.area.clone(), json!([area.alone, area.with_support, area.not_yet]));
        self.capability.iter().map(row).collect::<Map<_, _>>().into()
    }

    /// The figures for programs.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "received": self.received,
            "people": self.people,
            "duplicates": self.repeats,
            "listed": self.listed,
            "capability": self.capability_json(),
            "ratings": search::counts_json(&self.ratings),
        })
    }
}
