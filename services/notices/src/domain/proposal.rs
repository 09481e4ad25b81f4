//! Proposals, and the requests they are for, as rules look at them.

use contract::engagement::v1::Side;
use contract::matching::v1::{ProposalFacts, RequestFacts, RequestKind};

use super::case::lower;
use super::read;
use super::situation::{PROPOSAL, REQUEST, Situation};

/// What can be said of a proposal after a change.
pub fn situation(facts: &ProposalFacts, company_name: &str) -> Situation {
    let company = facts.company.clone().unwrap_or_default();
    let ended_by = match facts.ended_by() {
        Side::Unspecified => String::new(),
        side => lower(side.as_str_name(), "SIDE_"),
    };
    Situation::new(&PROPOSAL, &format!("proposals/{}", facts.proposal_id))
        .value("proposal", &facts.proposal_id)
        .value("request", id(&facts.request))
        .value("kind", kind(facts.kind()))
        .value("theme", &facts.theme)
        .value("industry", &company.industry)
        .value("prefecture", &company.prefecture)
        .value("state", lower(facts.state().as_str_name(), "PROPOSAL_STATE_"))
        .value("ended_by", ended_by)
        .time("create", facts.create_time.as_ref().map(read))
        .time("update", facts.update_time.as_ref().map(read))
        .time("expire", facts.expire_time.as_ref().map(read))
        .word("company_name", company_name)
        .person("company", &company.company)
        .person("expert", &facts.expert)
        .person("body", &facts.body)
}

/// What can be said of a request after a change.
pub fn of_request(facts: &RequestFacts, company_name: &str) -> Situation {
    let need = facts.need.clone().unwrap_or_default();
    Situation::new(&REQUEST, &format!("requests/{}", facts.request_id))
        .value("request", &facts.request_id)
        .value("kind", kind(need.kind()))
        .value("theme", need.themes.first().map_or("", String::as_str))
        .value("state", lower(facts.state().as_str_name(), "REQUEST_STATE_"))
        .value("seeking_reason", facts.seeking_reason.to_ascii_lowercase())
        .time("create", facts.create_time.as_ref().map(read))
        .time("update", facts.update_time.as_ref().map(read))
        .time("expire", facts.expire_time.as_ref().map(read))
        .word("company_name", company_name)
        .person("company", facts.company.as_ref().map_or("", |company| &company.company))
        .person("body", &facts.body)
}

fn kind(kind: RequestKind) -> String {
    lower(kind.as_str_name(), "REQUEST_KIND_")
}

fn id(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, id)| id)
}
