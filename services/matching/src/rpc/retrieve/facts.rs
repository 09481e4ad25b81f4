//! What the search, and matching itself, know of an expert and a request, as the rules speak of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use contract::engagement::v1::{OutcomeGroup, TrackRecord};
use contract::matching::v1::{Bar, Payer as WirePayer, RequestFacts};
use contract::search::v1::{Hit, Sheet};
use contract::survey::v1::Mark as WireMark;
use kit_log::sql::Session;

use crate::domain::candidates::{
    Asked, Codes, Conflict, ConflictKind, Counts, Facts, Kind, Mark, Outcomes, Payer, Place, Record, Work,
};
use crate::error::Error;
use crate::names;
use crate::store::{self, Load};

/// A pair barred because of a declared conflict, a group, a vendor, a rule.
pub(crate) const BAR_KINDS: [&str; 4] = ["DECLARED_CONFLICT", "SAME_GROUP", "OWN_VENDOR", "RULE"];

/// What matching itself knows.
pub(crate) struct Known {
    default_capacity: u32,
    loads: BTreeMap<String, Load>,
    records: BTreeMap<String, TrackRecord>,
    bars: BTreeMap<String, Vec<Bar>>,
    unlisted: BTreeSet<String>,
}

impl Known {
    /// For a programme, without what a request (may be empty) has out; of one expert, or of all when `expert` is empty.
    pub(crate) async fn load(
        session: &mut Session,
        (programme, default_capacity): (&str, u32),
        expert: &str,
        but: &str,
    ) -> Result<Self, Error> {
        let mut bars: BTreeMap<String, Vec<Bar>> = BTreeMap::new();
        let persons = store::persons(session).await?;
        for name in persons.names(expert) {
            for bar in store::bars(session, &name, "").await? {
                for of in persons.led_to(&bar.expert) {
                    bars.entry(of.to_owned()).or_default().push(bar.clone());
                }
            }
        }
        Ok(Self {
            default_capacity,
            loads: store::loads(session, programme, expert, but).await?,
            records: store::records(session, expert).await?,
            bars,
            unlisted: store::unlisted(session, expert).await?,
        })
    }

    /// What an expert takes and has.
    pub(crate) fn work(&self, expert: &str) -> Work {
        let load = self.loads.get(expert).copied().unwrap_or_default();
        Work {
            capacity: load.capacity.unwrap_or(self.default_capacity),
            cases: load.cases,
            proposals: load.proposals,
            past: load.elsewhere,
            introductions: load.introductions,
        }
    }

    /// Leaves out a proposal that is out to an expert: it is neither for nor against anybody while it may be replaced.
    pub(crate) fn without(&mut self, expert: &str) {
        if let Some(load) = self.loads.get_mut(expert) {
            load.proposals = load.proposals.saturating_sub(1);
            load.introductions = load.introductions.saturating_sub(1);
        }
    }

    /// Completes what the search knows of many.
    pub(crate) fn complete_all(&self, facts: &[Facts]) -> Arc<Vec<Facts>> {
        Arc::new(facts.iter().map(|facts| self.complete(facts.clone())).collect())
    }

    /// Completes what the search knows.
    pub(crate) fn complete(&self, mut facts: Facts) -> Facts {
        facts.listed = facts.listed && !self.unlisted.contains(&facts.id);
        facts.work = self.work(&facts.id);
        facts.record = self.records.get(&facts.id).map(record).unwrap_or_default();
        facts.conflicts.clear();
        facts.belongs_to.clear();
        for bar in self.bars.get(&facts.id).into_iter().flatten() {
            let conflict = |kind| Conflict { with: bar.company.clone(), kind, reason: String::new() };
            match bar.kind.as_str() {
                "SAME_GROUP" => facts.belongs_to.push(bar.company.clone()),
                "OWN_VENDOR" => facts.belongs_to.push(vendor_of(&bar.company)),
                "DECLARED_CONFLICT" => facts.conflicts.push(conflict(ConflictKind::Declared)),
                _ => facts.conflicts.push(conflict(ConflictKind::Barred)),
            }
        }
        facts
    }
}

/// An own vendor of a company, whoever it is.
fn vendor_of(company: &str) -> String {
    format!("vendor of {company}")
}

/// Codes of a list; what it does not hold is left out.
fn codes<K: Kind>(codes: &[String]) -> Codes<K> {
    codes.iter().filter_map(|code| Place::of(code)).collect()
}

/// What a hit of the search, and the sheet where it was asked for, say of an expert.
pub(crate) fn of_expert(hit: &Hit, sheet: Option<&Sheet>) -> Facts {
    let mut facts = Facts {
        id: hit.name.clone(),
        listed: true,
        stale: hit.stale,
        prefectures: codes(&hit.prefectures),
        residence: Place::of(&hit.residence),
        themes: codes(&hit.themes),
        industries: codes(&hit.industries),
        formats: codes(&hit.formats),
        durations: codes(&hit.durations),
        fee: Place::of(&hit.fee_per_visit),
        qualifications: codes(&hit.qualifications),
        ..Facts::default()
    };
    for mark in &hit.menus {
        let Some(menu) = Place::of(&mark.menu) else { continue };
        let given = match mark.mark() {
            WireMark::Strong => Mark::Strong,
            WireMark::Able => Mark::Able,
            WireMark::None | WireMark::Unspecified => Mark::None,
        };
        facts.rate(menu, given, u8::try_from(mark.points).unwrap_or_default());
    }
    if let Some(sheet) = sheet {
        facts.sizes = codes(&sheet.company_sizes);
        facts.bodies = codes(&sheet.organisations);
        facts.experience = Place::of(&sheet.experience);
        facts.registered = (sheet.registration_year > 0).then_some(sheet.registration_year);
    }
    facts
}

/// What came of an expert's cases.
pub(crate) fn record(told: &TrackRecord) -> Record {
    let number = |count: i32| u32::try_from(count).unwrap_or_default();
    let group =
        |group: OutcomeGroup| told.outcomes.iter().find(|one| one.group() == group).map_or(0, |one| number(one.count));
    let (mut themes, mut industries) = (Counts::default(), Counts::default());
    for one in &told.themes {
        Place::of(&one.code).into_iter().for_each(|code| themes.add(code, number(one.count)));
    }
    for one in &told.industries {
        Place::of(&one.code).into_iter().for_each(|code| industries.add(code, number(one.count)));
    }
    let communication = told.marks.iter().find(|mark| mark.mark == "communication");
    Record {
        executed: number(told.cases),
        completed: number(told.completed),
        themes,
        industries,
        outcomes: (!told.outcomes.is_empty()).then(|| Outcomes {
            good: group(OutcomeGroup::Strong),
            fair: group(OutcomeGroup::Able),
            poor: group(OutcomeGroup::Weak),
        }),
        communication: communication.and_then(|mark| u16::try_from(mark.hundredths).ok()),
    }
}

/// These companies by all the names that they have had.
fn all_names(of: impl Iterator<Item = String>, merged: &HashMap<String, String>) -> Vec<String> {
    let mut all: Vec<String> = of.collect();
    let mut next = 0;
    while let Some(name) = all.get(next).cloned() {
        let others = merged.iter().filter_map(|(gone, into)| match &name {
            name if name == gone => Some(into),
            name if name == into => Some(gone),
            _ => None,
        });
        let mut others: Vec<String> =
            others.filter(|other| !other.is_empty() && !all.contains(other)).cloned().collect();
        others.sort_unstable();
        all.extend(others);
        next += 1;
    }
    all
}

/// The prefecture of a request's company, or of its region where that is not known.
pub(super) fn prefecture(facts: &RequestFacts) -> String {
    let company = facts.company.as_ref().map_or("", |company| company.prefecture.as_str());
    let region = facts.region.as_ref().map_or("", |region| region.prefecture.as_str());
    if company.is_empty() { region } else { company }.to_owned()
}

/// What a request asks for as things stand.
pub(crate) async fn asked_now(session: &mut Session, facts: &RequestFacts) -> Result<Asked, Error> {
    let declined = store::spent(session, &names::request(&facts.request_id)).await?;
    Ok(asked(facts, declined, &store::merged_companies(session).await?))
}

/// What a request asks for. `declined`: experts to whom it is not proposed again. `merged`: companies that are another one, with
/// that one: whoever must not be matched with any of them must not be with all.
pub(crate) fn asked(facts: &RequestFacts, declined: Vec<String>, merged: &HashMap<String, String>) -> Asked {
    let need = facts.need.clone().unwrap_or_default();
    let company = facts.company.clone().unwrap_or_default();
    let mut vendors = all_names([company.company.clone()].into_iter(), merged);
    vendors.iter_mut().for_each(|name| *name = vendor_of(name));
    if !facts.vendor.is_empty() && facts.vendor != company.company {
        vendors.extend(all_names([facts.vendor.clone()].into_iter(), merged));
    }
    let guideline =
        need.guidelines.first().map(|asked| if asked.level.is_empty() { &asked.guideline } else { &asked.level });
    Asked {
        id: format!("requests/{}", facts.request_id),
        prefecture: Place::of(&prefecture(facts)),
        industry: Place::of(&company.industry),
        size: Place::of(&company.size),
        group: all_names([company.company].into_iter().chain(facts.related.iter().cloned()), merged),
        vendors,
        themes: need.themes.iter().filter_map(|code| Place::of(code)).collect(),
        all_themes: false,
        menu_items: codes(&need.menu_items),
        skill_items: codes(&need.skill_items),
        roles: codes(&need.roles),
        formats: codes(&need.formats),
        durations: codes(&need.durations),
        payer: if need.payer() == WirePayer::Company { Payer::Company } else { Payer::Programme },
        fee_ceiling: Place::of(&need.fee_ceiling),
        guideline: guideline.and_then(|code| Place::of(code)),
        emergency: false,
        declined,
    }
}
