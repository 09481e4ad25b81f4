//! What was measured, as a table and as JSON.

use kit_vocabulary::Lang;
use serde_json::{Value, json};

use super::asked::Answer;
use super::measure::Spread;
use super::wire::Wire;
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text;

/// What everything is compared with.
const YARDSTICK: &str = "tantivy";

/// Figures of one number of experts.
#[derive(Clone, Debug)]
pub(super) struct Size {
    /// How many experts.
    pub(super) experts: u64,
    /// Answers of the reference; every engine gave the same.
    pub(super) expected: Vec<Answer>,
    /// The engines.
    pub(super) engines: Vec<Engine>,
    /// Our service over gRPC.
    pub(super) wire: Option<Wire>,
}

/// Figures of one engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Engine {
    /// What it is called.
    pub(super) name: String,
    /// Seconds to build it; nothing when it is another's in another form.
    pub(super) build: Option<f64>,
    /// Bytes an expert.
    pub(super) bytes: Option<f64>,
    /// Queries without a phrase.
    pub(super) structured: Option<Spread>,
    /// Queries with a phrase, the first time each was asked.
    pub(super) phrase: Option<Spread>,
    /// The same queries again.
    pub(super) phrase_again: Option<Spread>,
    /// Answers a second of one thread.
    pub(super) alone: Option<f64>,
    /// Answers a second of all cores with 64 in flight.
    pub(super) crowded: Option<f64>,
    /// Waiting included.
    pub(super) crowded_times: Option<Spread>,
}

/// How a kind of query is called, and its figures of an engine.
pub(super) type Kind = (text::Text, fn(&Engine) -> Option<Spread>);

/// The kinds of query.
pub(super) const KINDS: [Kind; 3] = [
    (text::STRUCTURED, |engine| engine.structured),
    (text::PHRASE, |engine| engine.phrase),
    (text::PHRASE_AGAIN, |engine| engine.phrase_again),
];

impl Size {
    /// The figures as tables.
    pub(super) fn show(&self, out: &mut Output) {
        let (experts, verified) = (thousands(self.experts as f64), self.expected.len().to_string());
        let heading = text::BENCH_SIZE.fill(&[("experts", &experts), ("verified", &verified)]);
        out.line(out.paint(Tone::Heading, &heading));
        let mut table = Table::new(vec![
            Column::text("", 12, 60),
            Column::number("p50 µs"),
            Column::number("p99 µs"),
            Column::number(format!("p50 / {YARDSTICK}")),
            Column::number(format!("p99 / {YARDSTICK}")),
        ]);
        for (kind, of) in KINDS {
            table.plain([kind.fill(&[])]);
            let yardstick = self.engines.iter().find(|engine| engine.name == YARDSTICK).and_then(of);
            for (engine, spread) in self.engines.iter().filter_map(|engine| Some((engine, of(engine)?))) {
                let ratio = |own: f64, of: fn(&Spread) -> f64| {
                    yardstick.map(|yardstick| shown(own / of(&yardstick))).unwrap_or_default()
                };
                let ratios = [ratio(spread.p50, |s| s.p50), ratio(spread.p99, |s| s.p99)];
                let [fifty, ninety_nine] = ratios;
                let cells = [format!("  {}", engine.name), shown(spread.p50), shown(spread.p99), fifty, ninety_nine];
                table.plain(cells);
            }
        }
        show(&table, out);
        let mut table = Table::new(vec![
            Column::text("", 12, 60),
            Column::number(text::ALONE_A_SECOND.get(Lang::Ja, &[])),
            Column::number(text::CROWDED_A_SECOND.get(Lang::Ja, &[])),
            Column::number(text::BYTES_EACH.get(Lang::Ja, &[])),
            Column::number(text::BUILD_SECONDS.get(Lang::Ja, &[])),
        ]);
        let number = |figure: Option<f64>| figure.map(thousands).unwrap_or_default();
        for engine in &self.engines {
            let build = engine.build.map(shown).unwrap_or_default();
            let name = format!("  {}", engine.name);
            table.plain([name, number(engine.alone), number(engine.crowded), number(engine.bytes), build]);
        }
        show(&table, out);
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Value {
        let engines: Vec<Value> = self.engines.iter().map(Engine::to_json).collect();
        let grpc = self.wire.as_ref().map(Wire::to_json);
        json!({"experts": self.experts, "verified": self.expected.len(), "engines": engines, "grpc": grpc})
    }
}

impl Engine {
    fn to_json(&self) -> Value {
        let spread = |spread: Option<Spread>| spread.map(|spread| json!({"p50_us": spread.p50, "p99_us": spread.p99}));
        json!({
            "name": self.name,
            "build_seconds": self.build,
            "bytes_per_expert": self.bytes,
            "structured": spread(self.structured),
            "phrase": spread(self.phrase),
            "phrase_again": spread(self.phrase_again),
            "per_second_one_thread": self.alone,
            "per_second_64_in_flight": self.crowded,
            "times_64_in_flight": spread(self.crowded_times),
        })
    }
}

/// Prints a table.
pub(super) fn show(table: &Table, out: &mut Output) {
    for line in table.lines(None, |tone, text| out.paint(tone, text)) {
        out.line(line);
    }
    out.line("");
}

/// Three digits that count.
pub(super) fn shown(figure: f64) -> String {
    match figure {
        figure if figure < 1.0 => format!("{figure:.3}"),
        figure if figure < 10.0 => format!("{figure:.2}"),
        figure if figure < 100.0 => format!("{figure:.1}"),
        figure => thousands(figure),
    }
}

/// A whole number in groups of three.
pub(super) fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
