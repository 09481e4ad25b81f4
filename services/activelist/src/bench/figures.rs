//! What was measured, as a table and as JSON.

use serde_json::{Value, json};

use super::measure::Spread;
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text;

/// What everything is compared with.
const YARDSTICK: &str = "tantivy";

/// Figures of one number of experts.
#[derive(Clone, Debug)]
pub struct Size {
    /// How many experts.
    pub experts: u64,
    /// Queries whose answers were compared with the reference, all of them identical.
    pub verified: usize,
    /// The engines.
    pub engines: Vec<Engine>,
}

/// Figures of one engine.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    /// What it is called.
    pub name: String,
    /// Seconds to build it; nothing when it is another's in another form.
    pub build: Option<f64>,
    /// Bytes an expert.
    pub bytes: Option<f64>,
    /// Queries without a phrase.
    pub structured: Option<Spread>,
    /// Queries with a phrase, the first time each was asked.
    pub phrase: Option<Spread>,
    /// The same queries again.
    pub phrase_again: Option<Spread>,
    /// Answers a second of one thread.
    pub alone: Option<f64>,
    /// Answers a second of all cores with 64 in flight.
    pub crowded: Option<f64>,
    /// Waiting included.
    pub crowded_times: Option<Spread>,
}

/// The kinds of query, with how they are called.
pub const KINDS: [(text::Text, fn(&Engine) -> Option<Spread>); 3] = [
    (text::STRUCTURED, |engine| engine.structured),
    (text::PHRASE, |engine| engine.phrase),
    (text::PHRASE_AGAIN, |engine| engine.phrase_again),
];

impl Size {
    /// The figures as tables.
    pub fn show(&self, out: &mut Output) {
        let (experts, verified) = (thousands(self.experts as f64), self.verified.to_string());
        let heading = text::BENCH_SIZE.fill(&[("experts", &experts), ("verified", &verified)]);
        out.line(out.paint(Tone::Heading, &heading));
        let mut table = Table::new(vec![
            Column::text("", 12, 40),
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
            Column::text("", 12, 40),
            Column::number(text::ALONE_A_SECOND.fill(&[])),
            Column::number(text::CROWDED_A_SECOND.fill(&[])),
            Column::number(text::BYTES_EACH.fill(&[])),
            Column::number(text::BUILD_SECONDS.fill(&[])),
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
    pub fn to_json(&self) -> Value {
        let engines: Vec<Value> = self.engines.iter().map(Engine::to_json).collect();
        json!({"experts": self.experts, "verified": self.verified, "engines": engines})
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
pub fn show(table: &Table, out: &mut Output) {
    for line in table.lines(None, |tone, text| out.paint(tone, text)) {
        out.line(line);
    }
    out.line("");
}

/// Three digits that count.
pub fn shown(figure: f64) -> String {
    match figure {
        figure if figure < 1.0 => format!("{figure:.3}"),
        figure if figure < 10.0 => format!("{figure:.2}"),
        figure if figure < 100.0 => format!("{figure:.1}"),
        figure => thousands(figure),
    }
}

/// A whole number in groups of three.
pub fn thousands(figure: f64) -> String {
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
