//! The guidance cases of a past programme, from rows as a file has them (figs. 2-39, 2-56, 2-70, 2-72). Every row becomes
//! a case with placeholders for company and expert, or every fault is told.

use std::collections::BTreeMap;

use contract::engagement::v1::{
    CaseFacts, CaseState, CaseTexts, CompanyScale, CompanySnapshot, ExpertScale, GuidanceRow, Outcome, OutcomeGroup,
    ThemePeriod, Visit, VisitState,
};
use kit_clock::Timestamp;
use kit_vocabulary::{company_industries, key};
use sha2::{Digest as _, Sha256};

use super::case::{Case, state_name};
use super::catalogue::{self, Programme};
use super::check::Check;
use super::fault::{Fault, Reason};
use super::outcome::group_of_sign;
use super::{Change, Moment, wire};

/// Longest label, and longest reason.
const LABEL: usize = 20;
const WORDS: usize = 500;
/// How a file may write how a case ended.
const STATUSES: [(CaseState, [&str; 4]); 3] = [
    (CaseState::Completed, ["completed", "完了", "終了", "3回の指導を終了"]),
    (CaseState::EndedEarly, ["ended_early", "途中終了", "早期終了", "2回目の指導で終了"]),
    (CaseState::Withdrawn, ["withdrawn", "辞退", "事前辞退", "取下げ"]),
];

/// A row in its normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `G01`.
    pub label: String,
    facts: CaseFacts,
    reason: String,
}

/// A fault of a row: which, and what.
pub type RowFault = (usize, Fault);

/// Reads all rows.
///
/// # Errors
/// Every fault of every row; its field is the column.
pub fn rows(given: &[GuidanceRow], programme: &Programme) -> Result<Vec<Row>, Vec<RowFault>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, row) in given.iter().enumerate() {
        let mut check = Check::default();
        let read = read_row(row, programme, &mut check);
        if seen.insert(row.case.trim(), at).is_some() && !row.case.trim().is_empty() {
            check.fault("case", Reason::Repeated);
        }
        faults.extend(check.0.faults.into_iter().map(|fault| (at, fault)));
        rows.push(read);
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn read_row(row: &GuidanceRow, programme: &Programme, check: &mut Check) -> Row {
    let label = label(check, "case", &row.case);
    let expert = self::label(check, "expert", &row.expert);
    let region = check.region(&row.region);
    let industry = company_industries()
        .find(&row.industry)
        .map_or_else(|| unknown(check, "industry", &row.industry), |code| code.code.clone());
    let theme = catalogue::theme_meant(&row.theme)
        .map_or_else(|| unknown(check, "theme", &row.theme), |code| code.code.clone());
    let meant = |(_, spellings): &&(CaseState, [&str; 4])| spellings.iter().any(|known| key(known) == key(&row.status));
    let state = STATUSES.iter().find(meant).map(|(state, _)| *state);
    if state.is_none() {
        unknown(check, "status", &row.status);
    }
    let visits = visits(check, &row.visits, state, programme);
    let reason = check.text("reason", &row.reason, WORDS, true);
    let ended = matches!(state, Some(CaseState::EndedEarly | CaseState::Withdrawn));
    if ended && reason.is_empty() {
        check.fault("reason", Reason::Required);
    }
    let answered = state != Some(CaseState::Withdrawn);
    let expert_outcome = outcome(check, "expert_evaluation", &row.expert_evaluation, answered);
    let company_outcome = outcome(check, "company_evaluation", &row.company_evaluation, answered);
    let code = catalogue::reasons().ending.find(&reason).map_or("other", |code| code.code.as_str());
    let place = |what: &str, label: &str| format!("{what}/imported-{}-{label}", programme.id);
    let facts = CaseFacts {
        programme: programme.id.clone(),
        region: Some(region.clone()),
        company: Some(CompanySnapshot {
            company: place("companies", &label),
            industry,
            size: String::new(),
            prefecture: region.prefecture,
        }),
        expert: place("experts", &expert),
        state: state.unwrap_or_default().into(),
        visits: (1..=visits).map(|number| imported_visit(number, &theme)).collect(),
        theme,
        ending_reason: if ended { code.to_owned() } else { String::new() },
        company_outcome: company_outcome.map(|group| Outcome { company_scale: company_scale(group), ..said(group) }),
        expert_outcome: expert_outcome.map(|group| Outcome { expert_scale: expert_scale(group), ..said(group) }),
        imported_as: label.clone(),
        ..CaseFacts::default()
    };
    Row { label, facts, reason }
}

fn unknown(check: &mut Check, field: &str, given: &str) -> String {
    check.unknown(field, given.trim());
    String::new()
}

fn label(check: &mut Check, field: &str, given: &str) -> String {
    let label = given.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if label.is_empty() {
        check.fault(field, Reason::Required);
    } else if label.len() > LABEL || !label.chars().all(plain) {
        check.fault(field, Reason::BadLabel);
    }
    label.to_owned()
}

/// The visits that a status allows: all, some but not all, none.
fn visits(check: &mut Check, given: &str, state: Option<CaseState>, programme: &Programme) -> i32 {
    let cell = key(given);
    if cell.is_empty() {
        check.fault("visits", Reason::Required);
        return 0;
    }
    let most = programme.visits;
    let Some(visits) = cell.parse().ok().filter(|visits| (0..=most).contains(visits)) else {
        check.between("visits", -1, (0, i64::from(most)));
        return 0;
    };
    let (least, most) = match state {
        Some(CaseState::Completed) => (most, most),
        Some(CaseState::EndedEarly) => (1, most - 1),
        Some(CaseState::Withdrawn) => (0, 0),
        _ => (0, most),
    };
    if !(least..=most).contains(&visits) {
        check.faults.push(Fault::new("visits", Reason::VisitsDoNotFit).with("min", least).with("max", most));
    }
    visits
}

fn outcome(check: &mut Check, field: &str, given: &str, answered: bool) -> Option<OutcomeGroup> {
    let given = given.trim();
    if given.is_empty() {
        return None;
    }
    if !answered {
        check.fault(field, Reason::NotHere);
        return None;
    }
    let group = group_of_sign(given);
    if group.is_none() {
        check.fault(field, Reason::UnknownCode);
    }
    group
}

fn said(group: OutcomeGroup) -> Outcome {
    Outcome { group: group.into(), ..Outcome::default() }
}

/// A table's ◎ and ○ are one grade each; of △ and 不明 only the group is known.
fn company_scale(group: OutcomeGroup) -> i32 {
    match group {
        OutcomeGroup::Strong => CompanyScale::Fully.into(),
        OutcomeGroup::Able => CompanyScale::Partly.into(),
        OutcomeGroup::Weak | OutcomeGroup::Unknown | OutcomeGroup::Unspecified => 0,
    }
}

fn expert_scale(group: OutcomeGroup) -> i32 {
    match group {
        OutcomeGroup::Strong => ExpertScale::VeryWell.into(),
        OutcomeGroup::Able => ExpertScale::Well.into(),
        OutcomeGroup::Weak | OutcomeGroup::Unknown | OutcomeGroup::Unspecified => 0,
    }
}

fn imported_visit(number: i32, theme: &str) -> Visit {
    Visit { number, state: VisitState::Confirmed.into(), theme: theme.to_owned(), ..Visit::default() }
}

impl Row {
    /// Tells whether a row says the same as one before, however it is spelt. Only codes count: labels may be reworded.
    pub fn digest(&self) -> Vec<u8> {
        let facts = &self.facts;
        let code = |text: Option<&String>| text.cloned().unwrap_or_default();
        let group = |outcome: &Option<Outcome>| outcome.as_ref().map_or(0, |outcome| outcome.group).to_string();
        let parts = [
            self.label.clone(),
            code(facts.region.as_ref().map(|region| &region.code)),
            code(facts.company.as_ref().map(|company| &company.industry)),
            facts.expert.clone(),
            facts.theme.clone(),
            facts.visits.len().to_string(),
            state_name(facts.state()),
            self.reason.clone(),
            group(&facts.expert_outcome),
            group(&facts.company_outcome),
        ];
        Sha256::digest(parts.join("\u{1f}")).to_vec()
    }

    /// The case it becomes.
    pub fn case(&self, id: &str, begin: Timestamp, at: &Moment<'_>) -> (Case, Change) {
        let (now, begin) = (Some(wire(at.now)), Some(wire(begin)));
        let mut facts = CaseFacts {
            case_id: id.to_owned(),
            company_accept_time: begin,
            expert_accept_time: begin,
            themes: vec![ThemePeriod { theme: self.facts.theme.clone(), since: begin, actor: at.actor.to_owned() }],
            create_time: now,
            update_time: now,
            ..self.facts.clone()
        };
        for outcome in [&mut facts.company_outcome, &mut facts.expert_outcome].into_iter().flatten() {
            (outcome.time, outcome.actor, outcome.on_behalf) = (now, at.actor.to_owned(), true);
        }
        let words = if self.reason.is_empty() { at.words } else { self.reason.as_str() };
        let state = state_name(facts.state());
        let step = Moment { words, ..*at }.step("IMPORTED", ("", &state), 0, &facts.ending_reason);
        (Case { facts, texts: CaseTexts::default(), version: 1 }, Change::of(&["entered"], step))
    }
}
