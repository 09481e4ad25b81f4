//! The tables counted a second time, the slow way: the newest of each thing, filtered and counted one by one.

mod grid;

use std::collections::{BTreeMap, BTreeSet};

use contract::engagement::v1::*;
use contract::event::v1::Event;
use contract::insights::v1::{Report, Scope, Table};
use contract::registry::v1::{ExpertChanged, ExpertMerged, ExpertState};
use contract::survey::v1::{
    Answer, DisputeDecided, DisputeDecision, Mark, PersonMerged, PolicyActivated, Rating, RatingChanged,
    ResponseReceived, answer,
};
use kit_log::clock_time;
use prost::{Message, Name};
use prost_types::Timestamp;

use self::grid::{Grid, mean, share};
use crate::history::{AREAS, MENUS};

/// Cells that are not nothing, by row and column.
pub(crate) type Cells = BTreeMap<(String, String), i64>;

/// The cells of a table as it was answered.
pub(crate) fn cells(table: &Table) -> Cells {
    let codes = |axis: &Option<contract::insights::v1::Axis>| -> Vec<String> {
        axis.iter().flat_map(|axis| &axis.entries).map(|entry| entry.code.clone()).collect()
    };
    let (rows, columns) = (codes(&table.rows), codes(&table.columns));
    assert_eq!(rows.len(), table.lines.len(), "{}", table.table);
    let mut cells = Cells::new();
    for (row, line) in rows.iter().zip(&table.lines) {
        assert_eq!(columns.len(), line.cells.len(), "{}", table.table);
        for (column, cell) in columns.iter().zip(&line.cells) {
            if let Some(value) = cell.value.filter(|value| *value != 0) {
                assert!(cells.insert((row.clone(), column.clone()), value).is_none(), "{row} {column} twice");
            }
        }
    }
    cells
}

/// What the newest of each thing says, as of some places.
pub(crate) struct Naive {
    cases: Vec<CaseFacts>,
    consultations: Vec<ConsultationFacts>,
    participations: Vec<ParticipationFacts>,
    answers: Vec<AnswersFacts>,
    claims: Vec<Claim>,
    attendances: Vec<(i64, AttendanceRecorded)>,
    published: bool,
    responses: Vec<ResponseReceived>,
    ratings: BTreeMap<String, Rating>,
    experts: Vec<(i64, ExpertChanged)>,
    merged: BTreeMap<String, String>,
    scope: Scope,
}

fn micros(at: &Option<Timestamp>) -> Option<i64> {
    at.as_ref().map(|at| clock_time(at).micros())
}

fn month(at: Option<i64>) -> String {
    at.map_or("unknown".to_owned(), |at| kit_clock::Timestamp::from_micros(at).to_string()[..7].to_owned())
}

fn newest<B: Message + Name + Default>(events: &[Event]) -> Vec<(i64, i64, B)> {
    let mut newest: BTreeMap<String, (usize, i64, i64, B)> = BTreeMap::new();
    for (at, event) in events.iter().enumerate().filter(|(_, event)| event.r#type == B::full_name()) {
        let body = B::decode(event.clear.as_ref()).unwrap();
        let time = micros(&event.time).unwrap();
        let first = newest.get(&event.aggregate_id).map_or(time, |known| known.1);
        newest.insert(event.aggregate_id.clone(), (at, first, time, body));
    }
    newest.into_values().map(|(_, first, time, body)| (first, time, body)).collect()
}

/// Of whom an event tells that he or she counts no more: merged into somebody else, or the number was another one's.
pub(crate) fn leaves(event: &Event) -> Option<String> {
    if event.r#type == PersonMerged::full_name() {
        let merged = PersonMerged::decode(event.clear.as_ref()).unwrap();
        (!merged.merged_into.is_empty()).then_some(merged.respondent_id)
    } else if event.r#type == DisputeDecided::full_name() {
        let decided = DisputeDecided::decode(event.clear.as_ref()).unwrap();
        (decided.decision() == DisputeDecision::TakeOver).then_some(decided.respondent_id)
    } else {
        None
    }
}

/// What the survey told, without answers and ratings of people who left behind them. What is told of somebody who came back
/// stands behind that.
fn still_true(survey: &[Event]) -> Vec<Event> {
    let personal = [ResponseReceived::full_name(), RatingChanged::full_name()];
    let left = |at: usize, of: &str| survey[at..].iter().any(|later| leaves(later).as_deref() == Some(of));
    let gone = |at: usize, event: &Event| personal.contains(&event.r#type) && left(at, &event.aggregate_id);
    survey.iter().enumerate().filter(|(at, event)| !gone(*at, event)).map(|(_, event)| event.clone()).collect()
}

impl Naive {
    pub(crate) fn new(engagement: &[Event], survey: &[Event], registry: &[Event], scope: &Scope) -> Self {
        let survey = &still_true(survey);
        let in_force = newest::<PolicyActivated>(survey).pop().map(|(.., body)| body.policy);
        let rating = |body: RatingChanged| match body.next.filter(|next| Some(&next.policy) == in_force.as_ref()) {
            Some(next) => next,
            None => body.rating.unwrap(),
        };
        let facts = |all: Vec<(i64, i64, CaseChanged)>| all.into_iter().map(|(.., body)| body.facts.unwrap()).collect();
        Self {
            cases: facts(newest(engagement)),
            consultations: newest::<ConsultationChanged>(engagement)
                .into_iter()
                .map(|(.., b)| b.facts.unwrap())
                .collect(),
            participations: newest::<ParticipationChanged>(engagement)
                .into_iter()
                .map(|(.., b)| b.facts.unwrap())
                .collect(),
            answers: newest::<AnswersChanged>(engagement).into_iter().map(|(.., b)| b.facts.unwrap()).collect(),
            claims: newest::<FeeClaimed>(engagement).into_iter().map(|(.., b)| b.claim.unwrap()).collect(),
            attendances: newest::<AttendanceRecorded>(engagement).into_iter().map(|(_, time, b)| (time, b)).collect(),
            published: !newest::<FormPublished>(engagement).is_empty(),
            responses: newest::<ResponseReceived>(survey).into_iter().map(|(.., body)| body).collect(),
            ratings: newest::<RatingChanged>(survey)
                .into_iter()
                .map(|(.., body)| rating(body))
                .map(|rating| (rating.respondent_id.clone(), rating))
                .collect(),
            experts: newest::<ExpertChanged>(registry).into_iter().map(|(first, _, body)| (first, body)).collect(),
            merged: newest::<ExpertMerged>(registry)
                .into_iter()
                .map(|(.., body)| (format!("experts/{}", body.expert_id), body.merged_into))
                .collect(),
            scope: scope.clone(),
        }
    }

    /// The name under which an expert is found now.
    fn person<'a>(&'a self, expert: &'a str) -> &'a str {
        match self.merged.get(expert) {
            Some(into) if !into.is_empty() => self.person(into),
            _ => expert,
        }
    }

    fn at(&self, programme: &str, region: &str, time: i64) -> bool {
        (self.scope.programme.is_empty() || self.scope.programme == programme) && self.near(region) && self.then(time)
    }

    fn near(&self, region: &str) -> bool {
        match self.scope.region.as_str() {
            "" => true,
            "23" => ["23", "nagoya"].contains(&region),
            "chubu" => ["23", "nagoya"].contains(&region),
            "kinki" => ["27", "kinki"].contains(&region),
            other => other == region,
        }
    }

    fn then(&self, time: i64) -> bool {
        micros(&self.scope.from).is_none_or(|from| time >= from)
            && micros(&self.scope.until).is_none_or(|until| time < until)
    }

    fn cases(&self) -> impl Iterator<Item = &CaseFacts> {
        self.cases.iter().filter(|case| {
            let begin = micros(&case.company_accept_time).max(micros(&case.expert_accept_time));
            self.at(&case.programme, code(&case.region), begin.or(micros(&case.create_time)).unwrap())
        })
    }

    /// Visits in the scope, with their case and the time they have of their own.
    fn visits(&self) -> Vec<(&CaseFacts, &Visit, Option<i64>)> {
        let all = self.cases.iter().flat_map(|case| case.visits.iter().map(move |visit| (case, visit)));
        let own = |visit: &Visit| micros(&visit.start_time).or(micros(&visit.planned_start));
        let all = all.map(|(case, visit)| (case, visit, own(visit)));
        all.filter(|(case, _, own)| {
            self.at(&case.programme, code(&case.region), own.or(micros(&case.create_time)).unwrap())
        })
        .collect()
    }

    fn consultations(&self) -> impl Iterator<Item = &ConsultationFacts> {
        self.consultations.iter().filter(|one| {
            let time = micros(&one.start_time).or(micros(&one.create_time)).unwrap();
            self.at(&one.programme, code(&one.region), time)
        })
    }

    fn participations(&self) -> impl Iterator<Item = &ParticipationFacts> {
        self.participations.iter().filter(|one| {
            let time = micros(&one.start_time).or(micros(&one.apply_time)).unwrap();
            self.at(&one.programme, code(&one.region), time)
        })
    }

    /// Every table that is counted here, by report and table.
    pub(crate) fn tables(&self) -> BTreeMap<(&'static str, String), Cells> {
        let mut all = BTreeMap::new();
        self.participation(&mut all);
        self.consulted(&mut all);
        self.guided(&mut all);
        self.visited(&mut all);
        self.judged(&mut all);
        self.paid(&mut all);
        self.answered(&mut all);
        self.surveyed(&mut all);
        self.listed(&mut all);
        all
    }

    fn participation(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let (mut region, mut industry, mut cross) = (Grid::default(), Grid::default(), Grid::default());
        let (mut gathering, mut kind, mut absent) = (Grid::default(), Grid::default(), Grid::default());
        let mut conversion = [Grid::default(), Grid::default()];
        let mut pairs: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
        for one in self.participations() {
            let company = one.company.as_ref().unwrap();
            let place = code(&one.region);
            let came = one.state() == ParticipationState::Attended;
            if one.kind() == GatheringKind::ConsultationEvent {
                if !one.walk_in {
                    region.each(place, "applied", &company.company);
                }
                if came {
                    region.each(place, "attended", &company.company);
                    region.each(place, if one.walk_in { "walked_in" } else { "kept" }, &company.company);
                    region.some(place, "people", one.people.into());
                    industry.each(&company.industry, "attended", &company.company);
                    pairs.insert((place, &company.industry, &company.company));
                    conversion[0].each(&company.industry, "attended", &company.company);
                    conversion[1].each(place, "attended", &company.company);
                }
            }
            let held = one.gathering.strip_prefix("gatherings/").unwrap();
            let of = one.kind().as_str_name().strip_prefix("GATHERING_KIND_").unwrap().to_lowercase();
            for (grid, row) in [(&mut gathering, held), (&mut kind, of.as_str())] {
                if !one.walk_in {
                    grid.one(row, "applied");
                }
                if came {
                    grid.one(row, "attended");
                    grid.some(row, "people", one.people.into());
                }
            }
            let state = one.state();
            if state == ParticipationState::Absent {
                gathering.one(held, "absent");
                absent.one(place, "absent");
            }
            if state == ParticipationState::CalledOff {
                gathering.one(held, "called_off");
                absent.one(place, "called_off");
            }
            if !one.walk_in {
                absent.one(place, "applied");
                if came || state == ParticipationState::Absent {
                    absent.one(place, "expected");
                }
            }
        }
        region.share("share", "kept", "applied");
        all.insert(("participation", "by-region".into()), region.without(&["kept"], true));
        let everybody = industry.count("total", "attended");
        for row in industry.rows().into_iter().filter(|_| everybody > 0) {
            let count = industry.count(&row, "attended");
            industry.cells.insert((row, "share".to_owned()), share(count, everybody));
        }
        all.insert(("participation", "by-industry".into()), industry.without(&[], true));
        // One company may have been of several industries, and at several places.
        for (place, of, company) in &pairs {
            for (row, column) in [(*place, *of), (*place, "total"), ("total", *of), ("total", "total")] {
                cross.ids.entry((row.to_owned(), column.to_owned())).or_default().insert((*company).to_owned());
            }
        }
        all.insert(("participation", "by-region-and-industry".into()), cross.without(&[], true));
        all.insert(("participation", "by-gathering".into()), gathering.without(&[], true));
        all.insert(("participation", "by-kind".into()), kind.without(&[], true));
        absent.share("share", "absent", "expected");
        all.insert(("no-shows", "gatherings".into()), absent.without(&["expected"], true));

        for one in self.consultations().filter(|one| took_place(one)) {
            let company = one.company.as_ref().unwrap();
            conversion[0].each(&company.industry, "consulted", &company.company);
            conversion[1].each(code(&one.region), "consulted", &company.company);
        }
        for (mut grid, name) in conversion.into_iter().zip(["by-industry", "by-region"]) {
            grid.share("share", "consulted", "attended");
            all.insert(("consultation-conversion", name.into()), grid.without(&[], true));
        }
    }

    fn consulted(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let (mut industry, mut region, mut reasons, mut absent) =
            (Grid::default(), Grid::default(), Grid::default(), Grid::default());
        let (mut needs, mut by_industry, mut by_region) = (Grid::default(), Grid::default(), Grid::default());
        for one in self.consultations() {
            let (of, place) = (one.company.as_ref().unwrap().industry.as_str(), code(&one.region));
            absent.one(place, "arranged");
            let unique = |needs: &[String]| needs.iter().cloned().collect::<BTreeSet<_>>();
            for need in unique(&one.declared_needs) {
                needs.one(&need, "declared_beforehand");
            }
            if one.state() == ConsultationState::Absent {
                absent.one(place, "absent");
                absent.one(place, "due");
            }
            if !took_place(one) {
                continue;
            }
            absent.one(place, "consulted");
            absent.one(place, "due");
            for need in unique(&one.declared_needs) {
                needs.one(&need, "declared");
            }
            for need in unique(&one.diagnosed_needs) {
                needs.one(&need, "diagnosed");
                for (grid, column) in [(&mut by_industry, of), (&mut by_region, place)] {
                    grid.add(&need, column, 1);
                    grid.add(&need, "total", 1);
                }
            }
            for (grid, row) in [(&mut industry, of), (&mut region, place)] {
                grid.one(row, "consulted");
                match one.state() {
                    ConsultationState::Converted => grid.one(row, "matched"),
                    ConsultationState::GoingOn => grid.one(row, "going_on"),
                    _ => {}
                }
            }
            if one.state() == ConsultationState::NotConverted {
                reasons.one(&one.non_conversion_reason, "cases");
            }
        }
        for (mut grid, name) in [(industry, "by-industry"), (region, "by-region")] {
            grid.share("share", "matched", "consulted");
            all.insert(("guidance-conversion", name.into()), grid.without(&[], true));
        }
        let everybody = reasons.count("total", "cases");
        for row in reasons.rows().into_iter().filter(|_| everybody > 0) {
            let count = reasons.count(&row, "cases");
            reasons.cells.insert((row, "share".to_owned()), share(count, everybody));
        }
        all.insert(("guidance-conversion", "reasons".into()), reasons.without(&[], true));
        absent.share("share", "absent", "due");
        all.insert(("no-shows", "consultations".into()), absent.without(&["due"], true));
        all.insert(("needs", "declared-and-diagnosed".into()), needs.without(&[], false));
        all.insert(("needs", "diagnosed-by-industry".into()), by_industry.without(&[], false));
        all.insert(("needs", "diagnosed-by-region".into()), by_region.without(&[], false));
    }

    fn guided(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let mut grids: BTreeMap<(&'static str, String), Grid> = BTreeMap::new();
        let mut grid = |report: &'static str, table: &str, add: &mut dyn FnMut(&mut Grid)| {
            add(grids.entry((report, table.to_owned())).or_default());
        };
        let group = |said: &Option<Outcome>| {
            let group = said.as_ref().map_or(OutcomeGroup::Unspecified, Outcome::group);
            let name = group.as_str_name().strip_prefix("OUTCOME_GROUP_").unwrap().to_lowercase();
            if name == "unspecified" { "none".to_owned() } else { name }
        };
        for case in self.cases() {
            let (place, theme) = (code(&case.region), case.theme.as_str());
            let of = case.company.as_ref().unwrap();
            let executed = case.visits.iter().any(held);
            let state = case.state().as_str_name().strip_prefix("CASE_STATE_").unwrap().to_lowercase();
            let ended = ["completed", "ended_early", "withdrawn"].contains(&state.as_str());
            grid("themes-by-region", "matched", &mut |grid| grid.both(place, theme));
            grid("themes-by-industry", "matched", &mut |grid| grid.both(&of.industry, theme));
            grid("matched-companies", "by-region-and-industry", &mut |grid| grid.both(place, &of.industry));
            for (table, row) in [("by-industry", &of.industry), ("by-size", &of.size)] {
                grid("matched-companies", table, &mut |grid| {
                    grid.one(row, "matched");
                    grid.some(row, "executed", executed.into());
                });
            }
            grid("completion", "by-region", &mut |grid| grid.both(place, &state));
            grid("completion", "by-theme", &mut |grid| {
                grid.one(theme, "matched");
                grid.one(theme, if ended { &state } else { "open" });
                grid.some(theme, "followed", case.follow_on.is_some().into());
                grid.some(theme, "theme_changed", case.themes.iter().any(|period| period.theme != theme).into());
            });
            if ["ended_early", "withdrawn"].contains(&state.as_str()) {
                grid("completion", "ending-reasons", &mut |grid| grid.one(&case.ending_reason, &state));
            }
            if state == "completed" {
                grid("themes-by-region", "completed", &mut |grid| grid.both(place, theme));
            }
            if executed {
                let expert = self.person(&case.expert).strip_prefix("experts/").unwrap();
                let (said, heard) = (group(&case.expert_outcome), group(&case.company_outcome));
                grid("themes-by-region", "executed", &mut |grid| grid.both(place, theme));
                grid("themes-by-industry", "executed", &mut |grid| grid.both(&of.industry, theme));
                grid("experts-and-cases", "by-expert-and-theme", &mut |grid| grid.both(expert, theme));
                for (table, row) in [("by-region", place), ("by-theme", theme)] {
                    grid("experts-and-cases", table, &mut |grid| {
                        grid.one(row, "cases");
                        grid.each(row, "experts", expert);
                    });
                }
                grid("outcomes", "by-theme", &mut |grid| {
                    grid.one(theme, "executed");
                    grid.one(theme, &format!("expert_{said}"));
                    grid.one(theme, &format!("company_{heard}"));
                });
                grid("outcomes", &format!("company-by-expert.{theme}"), &mut |grid| grid.both(&heard, &said));
            }
        }
        if let Some(grid) = grids.get_mut(&("matched-companies", "by-industry".to_owned())) {
            let everybody = grid.count("total", "matched");
            for row in grid.rows() {
                let count = grid.count(&row, "matched");
                grid.cells.insert((row, "share".to_owned()), share(count, everybody));
            }
        }
        let names: [(&'static str, &[&str]); 6] = [
            ("themes-by-region", &["matched", "executed", "completed"]),
            ("themes-by-industry", &["matched", "executed"]),
            ("matched-companies", &["by-region-and-industry", "by-industry", "by-size"]),
            ("completion", &["by-region", "by-theme", "ending-reasons"]),
            ("experts-and-cases", &["by-expert-and-theme", "by-region", "by-theme"]),
            ("outcomes", &["by-theme", "company-by-expert.T1", "company-by-expert.T3", "company-by-expert.T5"]),
        ];
        for (report, table) in
            names.iter().flat_map(|(report, tables)| tables.iter().map(move |table| (*report, *table)))
        {
            let grid = grids.remove(&(report, table.to_owned())).unwrap_or_default();
            all.insert((report, table.to_owned()), grid.without(&[], true));
        }
    }

    fn visited(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let mut grids = [Grid::default(), Grid::default(), Grid::default()];
        let (mut tool_theme, mut tool) = (Grid::default(), Grid::default());
        for (case, visit, own) in self.visits() {
            let rows = [code(&case.region).to_owned(), visit.theme.clone(), month(own)];
            for (at, (grid, row)) in grids.iter_mut().zip(&rows).enumerate() {
                let state = visit.state();
                if state == VisitState::Cancelled {
                    grid.one(row, "cancelled");
                } else {
                    grid.one(row, "planned");
                }
                if held(visit) {
                    grid.one(row, "held");
                    if visit.online && at == 0 {
                        grid.one(row, "online");
                    }
                }
                if state == VisitState::Confirmed {
                    grid.one(row, "confirmed");
                }
            }
            for used in visit.tools.iter().filter(|_| held(visit)) {
                tool.one(&used.tool, "uses");
                for (grid, row) in [(&mut tool_theme, &visit.theme), (&mut tool, &used.tool)] {
                    grid.each(row, "cases", &case.case_id);
                    if used.supplemented {
                        grid.each(row, "supplemented", &case.case_id);
                    }
                }
            }
        }
        for (grid, name) in grids.into_iter().zip(["by-region", "by-theme", "by-month"]) {
            all.insert(("visits", name.into()), grid.without(&[], true));
        }
        for (mut grid, name) in [(tool_theme, "by-theme"), (tool, "by-tool")] {
            grid.share("share", "supplemented", "cases");
            all.insert(("tools", name.into()), grid.without(&[], true));
        }
    }

    fn judged(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let (mut marks, mut spread, mut by_theme) = (Grid::default(), Grid::default(), Grid::default());
        let (mut judged, mut gains, mut gained) = (Grid::default(), Grid::default(), Grid::default());
        for case in &self.cases {
            let mut counted: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
            for (said, company) in [(&case.company_outcome, true), (&case.expert_outcome, false)] {
                let Some(said) = said else { continue };
                let time = micros(&said.time).or(micros(&case.create_time)).unwrap();
                for gain in &said.gains {
                    let known = counted.entry(&gain.code).or_insert((0, time));
                    known.0 = known.0.max(gain.count.into());
                }
                if !self.at(&case.programme, code(&case.region), time) {
                    continue;
                }
                let given = said.marks.as_ref().filter(|_| company).map(|m| {
                    [
                        ("knowledge", m.knowledge),
                        ("clarity", m.clarity),
                        ("fit", m.fit),
                        ("time", m.time),
                        ("manner", m.manner),
                        ("eagerness", m.eagerness),
                        ("communication", m.communication),
                    ]
                });
                for (mark, value) in given.into_iter().flatten().filter(|(_, value)| *value > 0) {
                    for (grid, row) in [(&mut marks, mark), (&mut by_theme, case.theme.as_str())] {
                        grid.one(row, "answers");
                        grid.number(row, "mean", value.into());
                    }
                    spread.add(mark, &value.to_string(), 1);
                    spread.add(mark, "total", 1);
                }
                for tool in &said.tools {
                    for (value, name) in [(tool.clarity, "clarity"), (tool.sufficiency, "sufficiency")] {
                        if value > 0 {
                            judged.one(&tool.tool, &format!("{name}_judged"));
                            judged.number(&tool.tool, name, value.into());
                        }
                    }
                }
            }
            for (gain, (count, time)) in counted {
                if self.at(&case.programme, code(&case.region), time) {
                    gains.each(gain, "cases", &case.case_id);
                    gains.some(gain, "gained", count);
                    for (row, column) in
                        [(&*case.theme, gain), (&*case.theme, "total"), ("total", gain), ("total", "total")]
                    {
                        gained.add(row, column, count);
                    }
                }
            }
        }
        marks.mean("mean", "mean");
        by_theme.mean("mean", "mean");
        judged.mean("clarity", "clarity");
        judged.mean("sufficiency", "sufficiency");
        all.insert(("marks", "by-mark".into()), marks.without(&[], false));
        all.insert(("marks", "distribution".into()), spread.without(&[], false));
        all.insert(("marks", "by-theme".into()), by_theme.without(&[], true));
        all.insert(("tools", "judgements".into()), judged.without(&[], true));
        all.insert(("gains", "by-gain".into()), gains.without(&[], true));
        all.insert(("gains", "by-theme".into()), gained.without(&[], true));
    }

    fn paid(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let mut grids = [Grid::default(), Grid::default(), Grid::default()];
        let kind = |kind: ClaimKind| kind.as_str_name().strip_prefix("CLAIM_KIND_").unwrap().to_lowercase();
        for claim in &self.claims {
            let time = micros(&claim.time).unwrap();
            // A fee has no region.
            let programme = &self.scope.programme;
            if !self.then(time) || (!programme.is_empty() && *programme != claim.programme) {
                continue;
            }
            let rows = [kind(claim.kind()), claim.programme.clone(), month(Some(time))];
            for (at, (grid, row)) in grids.iter_mut().zip(&rows).enumerate() {
                grid.one(row, "claims");
                grid.some(row, "fees", claim.fee_yen);
                grid.some(row, "travel", claim.travel_yen);
                if at == 0 {
                    grid.each(row, "experts", self.person(&claim.expert));
                    grid.some(row, "fees_waived", claim.fee_waived.into());
                    grid.some(row, "travel_waived", claim.travel_waived.into());
                }
            }
        }
        for (grid, name) in grids.into_iter().zip(["by-kind", "by-programme", "by-month"]) {
            all.insert(("fees", name.into()), grid.without(&[], true));
        }
        let mut came = Grid::default();
        for (_, record) in self.attendances.iter().filter(|(time, _)| self.then(*time)) {
            came.one(&kind(record.kind()), "attendances");
            came.each(&kind(record.kind()), "experts", self.person(&record.expert));
        }
        all.insert(("expert-attendance", "by-kind".into()), came.without(&[], true));
    }

    fn answered(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let counting = self.answers.iter().filter(|answers| {
            answers.counts && self.at(&answers.programme, code(&answers.region), micros(&answers.time).unwrap())
        });
        let (checks, surveys): (Vec<_>, Vec<_>) = counting.partition(|answers| answers.form == "forms/self-check-2024");
        let (mut scores, mut industry, mut region) = (Grid::default(), Grid::default(), Grid::default());
        for check in checks {
            let of = check.company.as_ref().unwrap().industry.as_str();
            for score in &check.scores {
                scores.one(&score.code, "answers");
                scores.number(&score.code, "mean", score.points);
                let known = |column: &str| (score.code.clone(), column.to_owned());
                let least = scores.cells.entry(known("least")).or_insert(score.points);
                *least = (*least).min(score.points);
                let most = scores.cells.entry(known("most")).or_insert(score.points);
                *most = (*most).max(score.points);
                for (grid, row) in [(&mut industry, of), (&mut region, code(&check.region))] {
                    if score.code == "total" {
                        grid.one(row, "answers");
                        grid.number(row, "mean", score.points);
                    }
                }
            }
        }
        // The score that is called `total` is a row of its own here.
        let own = ("total".to_owned(), "answers".to_owned());
        let answers =
            scores.numbers.get(&("total".to_owned(), "mean".to_owned())).map_or(0, |all| all.len() as i64 / 3);
        scores.cells.insert(own, answers);
        if let Some(numbers) = scores.numbers.remove(&("total".to_owned(), "mean".to_owned())) {
            // Both scores of a check were noted under the total, and the one that is called so once more.
            let own: Vec<i64> = numbers.chunks(3).map(|three| three[0]).collect();
            scores.numbers.insert(("total".to_owned(), "mean".to_owned()), own);
        }
        for grid in [&mut scores, &mut industry, &mut region] {
            grid.mean("mean", "mean");
        }
        all.insert(("self-check", "scores".into()), scores.without(&[], true));
        all.insert(("self-check", "total-by-industry".into()), industry.without(&[], true));
        all.insert(("self-check", "total-by-region".into()), region.without(&[], true));
        if surveys.is_empty() {
            return;
        }
        let values = |answers: &[Answer], question: &str| -> Vec<String> { given(answers, question) };
        let everybody = surveys.len() as i64;
        let mut choices = vec!["goal", "purposes"];
        if !self.published {
            let numbers = ["manner", "employees"].into_iter();
            choices.extend(numbers.filter(|q| surveys.iter().any(|one| !values(&one.answers, q).is_empty())));
        }
        for question in choices {
            let (mut grid, mut by_theme) = (Grid::default(), Grid::default());
            for one in &surveys {
                let taken = values(&one.answers, question);
                by_theme.add("total", &one.theme, 1);
                for choice in &taken {
                    grid.add(choice, "answers", 1);
                    by_theme.add(choice, &one.theme, 1);
                }
                if taken.is_empty() {
                    grid.add("unanswered", "answers", 1);
                }
                grid.add("total", "answers", 1);
            }
            for row in grid.rows() {
                let count = grid.count(&row, "answers");
                grid.cells.insert((row, "share".to_owned()), share(count, everybody));
            }
            let anybody = surveys.iter().any(|one| !values(&one.answers, question).is_empty());
            if self.published || anybody {
                all.insert(("company-survey", question.to_owned()), grid.without(&[], true));
                all.insert(("company-survey", format!("{question}-by-theme")), by_theme.without(&[], true));
            }
        }
        if self.published {
            let (mut scale, mut numbers) = (Grid::default(), Grid::default());
            for one in &surveys {
                for value in values(&one.answers, "manner") {
                    scale.add("manner", &value, 1);
                    scale.add("manner", "total", 1);
                }
            }
            for question in ["manner", "employees"] {
                let said: Vec<i64> = surveys
                    .iter()
                    .flat_map(|one| values(&one.answers, question))
                    .map(|value| value.parse().unwrap())
                    .collect();
                numbers.add(question, "answers", said.len() as i64);
                numbers.add(question, "mean", mean(&said).unwrap_or(0));
                numbers.add(question, "least", said.iter().copied().min().unwrap_or(0));
                numbers.add(question, "most", said.iter().copied().max().unwrap_or(0));
            }
            all.insert(("company-survey", "scale-1-5".into()), scale.without(&[], true));
            all.insert(("company-survey", "numbers".into()), numbers.without(&[], true));
        }
    }

    fn surveyed(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let (mut chambers, mut capability, mut members) = (Grid::default(), Grid::default(), Grid::default());
        let people = self.responses.iter().filter(|one| {
            let home = given(&one.answers, "residence").first().cloned().unwrap_or_default();
            self.near(&home) && self.then(micros(&one.submit_time).unwrap())
        });
        for one in people {
            let home = given(&one.answers, "residence").first().cloned().unwrap_or_default();
            let has = |question: &str, code: &str| given(&one.answers, question).iter().any(|taken| taken == code);
            chambers.one(&home, "respondents");
            if has("organisations", "chambers") {
                chambers.one(&home, "tied");
            }
            for (row, held, body) in [
                ("riss", true, "riss_association"),
                ("sme_consultant", has("qualifications", "sme_consultant"), "sme_consultants"),
                ("it_coordinator", has("qualifications", "it_coordinator"), "itc_association"),
            ] {
                members.add(row, "holders", held.into());
                members.add(row, "members", (held && has("organisations", body)).into());
            }
            let rating = &self.ratings[&one.respondent_id];
            for (area, rated) in AREAS.iter().zip(&rating.areas) {
                // Five questions here: a mean of 1.5 is 7.5 points.
                let class = match rated.mark() {
                    Mark::Strong => "alone",
                    _ if rating.skills_answered && rated.points >= 8 => "with_support",
                    _ => "not_yet",
                };
                capability.add(area, class, 1);
                capability.add(area, "total", 1);
            }
        }
        chambers.share("share", "tied", "respondents");
        members.share("share", "members", "holders");
        let any = !self.responses.is_empty();
        all.insert(("skill-survey", "chambers-by-residence".into()), chambers.without(&[], true));
        all.insert(("memberships", "by-qualification".into()), members.without(&[], any));
        all.insert(("capability", "by-area".into()), capability.without(&[], false));
    }

    fn listed(&self, all: &mut BTreeMap<(&'static str, String), Cells>) {
        let (mut states, mut homes, mut served, mut menus) =
            (Grid::default(), Grid::default(), Grid::default(), Grid::default());
        for (entered, expert) in &self.experts {
            if expert.obstacles.iter().any(|obstacle| obstacle.reason == "MERGED") {
                continue;
            }
            let terms = expert.terms.as_ref().unwrap();
            if !self.near(&terms.residence) || !self.then(*entered) {
                continue;
            }
            let state = expert.state().as_str_name().strip_prefix("EXPERT_STATE_").unwrap().to_lowercase();
            states.one(&state, "experts");
            if expert.state() != ExpertState::Listed {
                continue;
            }
            homes.one(&terms.residence, "listed");
            for prefecture in terms.prefectures.iter().collect::<BTreeSet<_>>() {
                served.add(prefecture, "listed", 1);
            }
            let rating = self.ratings.get(&expert.respondent_id);
            for (menu, rated) in MENUS.iter().zip(rating.iter().flat_map(|rating| &rating.menus)) {
                let mark = rated.mark().as_str_name().strip_prefix("MARK_").unwrap().to_lowercase();
                menus.add(menu, &mark, 1);
            }
        }
        all.insert(("listed-experts", "by-state".into()), states.without(&[], true));
        all.insert(("listed-experts", "by-residence".into()), homes.without(&[], true));
        all.insert(("listed-experts", "by-prefecture-served".into()), served.without(&[], true));
        all.insert(("listed-experts", "by-menu".into()), menus.without(&[], true));
    }
}

/// The tables of reports as they were answered, as far as they were counted here; a report without data has none.
pub(crate) fn answered(
    reports: &BTreeMap<&'static str, Report>,
    of: &BTreeMap<(&'static str, String), Cells>,
) -> BTreeMap<(&'static str, String), Cells> {
    let one = |(report, table): &(&'static str, String)| {
        let found = reports[report].tables.iter().find(|found| found.table == *table);
        ((*report, table.clone()), found.map(cells).unwrap_or_default())
    };
    of.keys().map(one).collect()
}

fn given(answers: &[Answer], question: &str) -> Vec<String> {
    match answers.iter().find(|answer| answer.question == question).and_then(|answer| answer.value.as_ref()) {
        Some(answer::Value::Choice(code)) => vec![code.clone()],
        Some(answer::Value::Choices(several)) => several.codes.clone(),
        Some(answer::Value::Number(number)) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

fn code(region: &Option<Region>) -> &str {
    region.as_ref().map_or("", |region| region.code.as_str())
}

fn held(visit: &Visit) -> bool {
    matches!(visit.state(), VisitState::Held | VisitState::Confirmed)
}

fn took_place(one: &ConsultationFacts) -> bool {
    use ConsultationState::{Converted, GoingOn, NotConverted};
    matches!(one.state(), GoingOn | NotConverted | Converted)
}
