//! `expert show`: the sheet of one expert, or why there is none to show.

use contract::registry::v1::{Expert, ExpertState, ListExpertsRequest};
use contract::search::v1::{GetSheetRequest, Sheet};
use contract::survey::v1::{GetRatingRequest, Rating};
use kit_vocabulary::Lang;
use serde_json::{Map, Value, json};
use tonic::Code;

use crate::args::ExpertShow;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::{marks, search, text};

const SECONDS: u64 = 30;

/// An expert, listed or not.
#[derive(Debug, Clone)]
pub struct Found {
    /// Six digits.
    pub number: String,
    /// What everybody sees, when listed.
    pub sheet: Option<Sheet>,
    /// What the register holds, when not.
    pub expert: Option<Expert>,
    /// The rating in force; nothing for somebody who never answered.
    pub rating: Option<Rating>,
}

/// Runs the command.
///
/// # Errors
/// When the number is none, nobody has it, or the server refuses.
pub async fn run(args: &ExpertShow, out: &mut Output) -> Result<Exit, Failure> {
    let found = find(&Connection::to(&args.server)?, &args.number).await?;
    if args.json {
        out.line(found.to_json().to_string());
    } else {
        found.show(out);
    }
    Ok(Exit::Done)
}

/// Asks for an expert by number.
///
/// # Errors
/// As [`run`].
pub async fn find(to: &Connection, number: &str) -> Result<Found, Failure> {
    let number = kit_vocabulary::registration_number(number)
        .map_err(|_| Failure::input(text::BAD_NUMBER.fill(&[]), text::ADVICE_NUMBER))?;
    let request =
        GetSheetRequest { name: "experts/-".to_owned(), registration_number: number.clone(), ..Default::default() };
    let sheet = match to.searching().get_sheet(within(request, SECONDS)).await {
        Ok(answer) => answer.into_inner().sheet,
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(refused(&status)),
    };
    let expert = if sheet.is_some() { None } else { registered(to, &number).await? };
    let request = GetRatingRequest { registration_number: number.clone() };
    let rating = match to.scoring().get_rating(within(request, SECONDS)).await {
        Ok(answer) => answer.into_inner().rating,
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(refused(&status)),
    };
    if sheet.is_none() && expert.is_none() && rating.is_none() {
        return Err(Failure::other(text::NO_SUCH_EXPERT.fill(&[("number", &number)]), text::ADVICE_NOT_FOUND));
    }
    Ok(Found { number, sheet, expert, rating })
}

async fn registered(to: &Connection, number: &str) -> Result<Option<Expert>, Failure> {
    let request = ListExpertsRequest { registration_number: number.to_owned(), ..ListExpertsRequest::default() };
    let answer = to.experts().list_experts(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    Ok(answer.into_inner().experts.into_iter().next())
}

impl Found {
    fn state(&self) -> &'static str {
        if self.sheet.is_some() {
            return "listed";
        }
        match self.expert.as_ref().map(|expert| expert.state()) {
            Some(ExpertState::Listed) => "listed",
            Some(ExpertState::Draft) => "draft",
            Some(ExpertState::Paused) => "paused",
            Some(ExpertState::Delisted) => "delisted",
            Some(ExpertState::Erased) => "erased",
            Some(ExpertState::Unspecified) | None => "unknown",
        }
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let obstacles = self.expert.iter().flat_map(|expert| &expert.obstacles);
        let obstacles: Vec<&str> = obstacles.map(|obstacle| obstacle.reason.as_str()).collect();
        let (areas, menus) = match (&self.sheet, &self.rating) {
            (Some(Sheet { summary: Some(hit), .. }), _) => {
                let hit = search::hit_json(hit);
                (hit["areas"].clone(), hit["menus"].clone())
            }
            (_, Some(rating)) => signs(rating),
            _ => (json!({}), json!({})),
        };
        let name = match (&self.sheet, &self.expert) {
            (Some(Sheet { summary: Some(hit), .. }), _) => hit.name.as_str(),
            (_, Some(expert)) => expert.name.as_str(),
            _ => "",
        };
        let mut object = json!({
            "name": name,
            "registration_number": self.number,
            "full_name": self.full_name(),
            "state": self.state(),
            "obstacles": obstacles,
            "areas": areas,
            "menus": menus,
        });
        if let Some(rating) = &self.rating {
            object["policy"] = json!(rating.policy);
            object["skills_answered"] = json!(rating.skills_answered);
            object["points"] =
                rating.areas.iter().map(|area| (area.area.clone(), json!(area.points))).collect::<Map<_, _>>().into();
            object["sums"] = sums(rating);
            object["reasons"] =
                rating.areas.iter().map(|area| (area.area.clone(), json!(area.reason))).collect::<Map<_, _>>().into();
        }
        object
    }

    fn full_name(&self) -> &str {
        let listed = self.sheet.as_ref().and_then(|sheet| sheet.summary.as_ref()).map(|hit| hit.full_name.as_str());
        let known = || self.expert.as_ref()?.person.as_ref().map(|person| person.full_name.as_str());
        listed.or_else(known).unwrap_or_default()
    }

    fn show(&self, out: &mut Output) {
        let title = format!("{} 第{}号", self.full_name(), self.number);
        let tone = if self.sheet.is_some() { Tone::Good } else { Tone::Notice };
        out.line(format!("{}  {}", out.paint(Tone::Heading, title.trim()), out.paint(tone, self.state())));
        for obstacle in self.expert.iter().flat_map(|expert| &expert.obstacles) {
            let reason = out.paint(Tone::Bad, &obstacle.reason);
            out.line(format!("  {reason}  {} / {}", obstacle.ja, obstacle.en));
        }
        if let Some(sheet) = &self.sheet {
            for (heading, said) in sheet_lines(sheet).into_iter().filter(|(_, said)| !said.is_empty()) {
                out.line(format!("  {}: {}", heading.get(Lang::Ja, &[]), crate::failure::one_line(&said)));
            }
        }
        if let Some(rating) = &self.rating {
            show_rating(rating, out);
        }
    }
}

fn signs(rating: &Rating) -> (Value, Value) {
    let areas: Map<_, _> = rating.areas.iter().map(|area| (area.area.clone(), marks::sign(area.mark).into())).collect();
    let menus: Map<_, _> = rating.menus.iter().map(|menu| (menu.menu.clone(), marks::sign(menu.mark).into())).collect();
    (areas.into(), menus.into())
}

fn sums(rating: &Rating) -> Value {
    let sum = |sum: &contract::survey::v1::SubItemSum| {
        (sum.sub_item.clone(), json!({"sum": sum.sum, "threshold": sum.threshold, "met": sum.met}))
    };
    rating.areas.iter().flat_map(|area| &area.sub_items).map(sum).collect::<Map<_, _>>().into()
}

fn sheet_lines(sheet: &Sheet) -> Vec<(text::Text, String)> {
    use kit_vocabulary as lists;
    let hit = sheet.summary.clone().unwrap_or_default();
    vec![
        (text::ORGANISATION, hit.organisation),
        (text::AFFILIATION, search::label(lists::affiliations(), &hit.affiliation)),
        (text::RESIDENCE, search::label(lists::prefectures(), &hit.residence)),
        (text::SERVED, search::labels(lists::prefectures(), &hit.prefectures)),
        (text::SIZES, search::labels(lists::company_sizes(), &sheet.company_sizes)),
        (text::FORMATS, search::labels(lists::formats(), &hit.formats)),
        (text::DURATIONS, search::labels(lists::durations(), &hit.durations)),
        (text::FEE, search::label(lists::fees(), &hit.fee_per_visit)),
        (text::THEMES, search::labels(lists::themes(), &hit.themes)),
        (text::INDUSTRIES, search::labels(lists::expert_industries(), &hit.industries)),
        (text::QUALIFICATIONS, search::labels(lists::qualifications(), &hit.qualifications)),
        (text::EXPERIENCE, search::label(lists::experience(), &sheet.experience)),
        (text::SUMMARY, hit.support_summary),
        (text::SELF_PR, sheet.self_pr.clone()),
        (text::EMAIL, sheet.email.clone()),
        (text::HOMEPAGE, sheet.homepage.clone()),
    ]
}

/// The marks with what they follow from.
pub fn show_rating(rating: &Rating, out: &mut Output) {
    out.line(out.paint(Tone::Heading, &text::RATED_BY.fill(&[("policy", &rating.policy)])));
    let headings = [text::AREA, text::MARK, text::SUMS, text::MEANING].map(|said| said.get(Lang::Ja, &[]));
    let [area, mark, points, meaning] = headings;
    let mut table = Table::new(vec![
        Column::text(area, 6, 44),
        Column::text(mark, 4, 4),
        Column::text(points, 10, 40),
        Column::text(meaning, 10, 80),
    ]);
    for area in &rating.areas {
        let name = format!("{} {}", area.area, search::label(kit_vocabulary::skill_areas(), &area.area));
        let sums = area.sub_items.iter().map(|sub| format!("{} {}/{}", sub.sub_item, sub.sum, sub.threshold));
        let sums = sums.collect::<Vec<_>>().join("  ");
        let meaning = area.explanation.as_ref().map(|said| said.ja.clone()).unwrap_or_default();
        let mark = (marks::sign(area.mark).to_owned(), marks::tone(area.mark));
        table.row([(name, None), mark, (sums, None), (meaning, Some(Tone::Faint))]);
    }
    for line in table.lines(out.width(), |tone, text| out.paint(tone, text)) {
        out.line(format!("  {line}"));
    }
}
