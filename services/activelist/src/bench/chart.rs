//! The figures as a picture: median as a bar, 99th percentile as a mark, on a scale where each line is ten times the one
//! before.

use std::fmt::Write as _;

use kit_vocabulary::Lang;

use super::figures::{KINDS, Kind, Size, shown, thousands};
use super::measure::Spread;
use crate::text;

const LEFT: f64 = 210.0;
const WIDTH: f64 = 560.0;
const RIGHT: f64 = 90.0;
const BAR: f64 = 16.0;
const GROUP: f64 = 34.0;
const TOP: f64 = 64.0;
const OURS: &str = "#1b6ca8";
const OTHERS: &str = "#b9c2cb";
const MARK: &str = "#333";

/// A bar: whose, the figures, whether it is ours.
type Bar<'a> = (&'a str, Spread, bool);

/// The picture, as SVG.
pub(super) fn chart(sizes: &[Size]) -> String {
    let groups: Vec<(String, Vec<Bar<'_>>)> = sizes.iter().flat_map(groups).collect();
    let spreads = || groups.iter().flat_map(|(_, bars)| bars.iter().map(|(_, spread, _)| *spread));
    let least = spreads().map(|spread| spread.p50).fold(f64::MAX, f64::min).max(0.01);
    let most = spreads().map(|spread| spread.p99).fold(1.0, f64::max);
    let (low, high) = (least.log10().floor(), most.log10().ceil().max(least.log10().floor() + 1.0));
    let x = |micros: f64| LEFT + WIDTH * ((micros.max(least).log10() - low) / (high - low)).clamp(0.0, 1.0);
    let bars: usize = groups.iter().map(|(_, bars)| bars.len()).sum();
    let height = TOP + GROUP * groups.len() as f64 + BAR * bars as f64 + 30.0;
    let mut svg = String::new();
    let whole = LEFT + WIDTH + RIGHT;
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {height}\" width=\"{whole}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    );
    let title = text::CHART_TITLE.get(Lang::Ja, &[]);
    let below = text::CHART_TITLE.get(Lang::En, &[]);
    let _ = writeln!(svg, "<title>{title}</title>\n<text x=\"12\" y=\"22\" font-size=\"15\">{title}</text>");
    let _ = writeln!(svg, "<text x=\"12\" y=\"40\" fill=\"#555\">{below}</text>");
    for power in low as i32..=high as i32 {
        let (at, bottom) = (x(10f64.powi(power)), height - 24.0);
        let _ = writeln!(svg, "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#e3e6e9\"/>");
        let label = label(power);
        let _ = writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{label}</text>",
            bottom + 14.0
        );
    }
    let mut y = TOP;
    for (heading, bars) in &groups {
        let _ = writeln!(svg, "<text x=\"12\" y=\"{:.1}\" font-weight=\"bold\">{heading}</text>", y + 22.0);
        y += GROUP;
        for (name, spread, ours) in bars {
            bar(&mut svg, y, (name, *spread, *ours), &x);
            y += BAR;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn bar(svg: &mut String, y: f64, (name, spread, ours): Bar<'_>, x: &impl Fn(f64) -> f64) {
    let colour = if ours { OURS } else { OTHERS };
    let (to, mark, thick, base) = (x(spread.p50), x(spread.p99), BAR - 5.0, y + BAR - 7.0);
    let _ = writeln!(svg, "<text x=\"{}\" y=\"{base:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 8.0);
    let width = (to - LEFT).max(1.0);
    let _ =
        writeln!(svg, "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{thick}\" fill=\"{colour}\"/>");
    let middle = y + thick / 2.0;
    let _ = writeln!(
        svg,
        "<line x1=\"{to:.1}\" x2=\"{mark:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"{MARK}\"/>"
    );
    let _ = writeln!(
        svg,
        "<line x1=\"{mark:.1}\" x2=\"{mark:.1}\" y1=\"{y:.1}\" y2=\"{:.1}\" stroke=\"{MARK}\"/>",
        y + thick
    );
    let figures = format!("{} / {}", shown(spread.p50), shown(spread.p99));
    let _ =
        writeln!(svg, "<text x=\"{:.1}\" y=\"{base:.1}\" font-size=\"10\" fill=\"#555\">{figures}</text>", mark + 4.0);
}

/// The bars of one number of experts, a group for each kind of query.
fn groups(size: &Size) -> Vec<(String, Vec<Bar<'_>>)> {
    let group = |(kind, of): Kind| {
        let bars: Vec<Bar<'_>> = size
            .engines
            .iter()
            .filter_map(|engine| Some((engine.name.as_str(), of(engine)?, engine.name.starts_with("activelist"))))
            .collect();
        let people = text::SO_MANY_EXPERTS.get(Lang::Ja, &[("count", &thousands(size.experts as f64))]);
        (!bars.is_empty()).then(|| (format!("{people} · {}", kind.fill(&[])), bars))
    };
    KINDS.into_iter().filter_map(group).collect()
}

fn label(power: i32) -> String {
    match power {
        ..0 => format!("{} ns", 10i64.pow((3 + power).max(0) as u32)),
        0..3 => format!("{} µs", 10i64.pow(power as u32)),
        3..6 => format!("{} ms", 10i64.pow(power as u32 - 3)),
        _ => format!("{} s", 10i64.pow(power as u32 - 6)),
    }
}
