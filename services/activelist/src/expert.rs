//! `expert`: the sheet of one, or why there is none to show; how one stood, and the checks of the registration.

mod sheet;
mod standing;

use contract::registry::v1::{Expert, ExpertState, GetExpertRequest, ListExpertsRequest};
use contract::search::v1::{GetSheetRequest, Sheet};
use contract::survey::v1::{GetRatingRequest, Rating};
use kit_vocabulary::Lang;
use serde_json::{Map, Value, json};
use tonic::{Code, Response, Status};

pub use self::sheet::{show_rating, show_sheet};
pub use self::standing::{checks, standing};
use crate::args::ExpertShow;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::text::{self, Text};
use crate::{marks, search};

const SECONDS: u64 = 30;
/// A name that says that the number tells who is meant.
const BY_NUMBER: &str = "experts/-";

/// An expert, listed or not.
#[derive(Debug, Clone)]
pub struct Found {
    /// Six digits; empty for an expert who is only known by name.
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
/// When the number or name is none, nobody has it, or the server refuses.
pub async fn run(args: &ExpertShow, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let found = match &args.name {
        Some(name) => find_by_name(&to, name).await?,
        None => find(&to, args.number.as_deref().unwrap_or_default()).await?,
    };
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
    let sheet = sheet(to, BY_NUMBER, &number).await?;
    let expert = if sheet.is_some() { None } else { registered(to, &number).await? };
    let rating = match sheet.as_ref().and_then(|sheet| sheet.rating.clone()) {
        Some(rating) => Some(rating),
        None => rating(to, &number).await?,
    };
    if sheet.is_none() && expert.is_none() && rating.is_none() {
        return Err(nobody(&number));
    }
    Ok(Found { number, sheet, expert, rating })
}

/// Asks for an expert by `experts/<id>`.
///
/// # Errors
/// As [`run`].
pub async fn find_by_name(to: &Connection, name: &str) -> Result<Found, Failure> {
    if name == BY_NUMBER || !name.starts_with("experts/") {
        return Err(Failure::input(text::BAD_EXPERT_NAME.fill(&[("name", name)]), text::ADVICE_NOT_FOUND));
    }
    if let Some(sheet) = sheet(to, name, "").await? {
        let number = sheet.summary.as_ref().map(|hit| hit.registration_number.clone()).unwrap_or_default();
        let rating = sheet.rating.clone();
        return Ok(Found { number, sheet: Some(sheet), expert: None, rating });
    }
    let request = GetExpertRequest { name: name.to_owned() };
    let answer = found(to.experts().get_expert(within(request, SECONDS)).await)?;
    let Some(expert) = answer.and_then(|answer| answer.expert) else { return Err(nobody(name)) };
    let number = expert.person.as_ref().map(|person| person.registration_number.clone()).unwrap_or_default();
    let rating = if number.is_empty() { None } else { rating(to, &number).await? };
    Ok(Found { number, sheet: None, expert: Some(expert), rating })
}

async fn sheet(to: &Connection, name: &str, number: &str) -> Result<Option<Sheet>, Failure> {
    let (name, registration_number) = (name.to_owned(), number.to_owned());
    let request = GetSheetRequest { name, registration_number, ..Default::default() };
    Ok(found(to.searching().get_sheet(within(request, SECONDS)).await)?.and_then(|answer| answer.sheet))
}

async fn registered(to: &Connection, number: &str) -> Result<Option<Expert>, Failure> {
    let request = ListExpertsRequest { registration_number: number.to_owned(), ..ListExpertsRequest::default() };
    let answer = to.experts().list_experts(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    Ok(answer.into_inner().experts.into_iter().next())
}

async fn rating(to: &Connection, number: &str) -> Result<Option<Rating>, Failure> {
    let request = GetRatingRequest { registration_number: number.to_owned() };
    Ok(found(to.scoring().get_rating(within(request, SECONDS)).await)?.and_then(|answer| answer.rating))
}

/// An answer; nothing where there is no such thing.
fn found<T>(answer: Result<Response<T>, Status>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(refused(&status)),
    }
}

fn nobody(asked: &str) -> Failure {
    Failure::other(text::NO_SUCH_EXPERT.fill(&[("number", asked)]), text::ADVICE_NOT_FOUND)
}

impl Found {
    /// For programs, and for people.
    fn state(&self) -> (&'static str, Text) {
        if self.sheet.is_some() {
            return ("listed", text::STATE_LISTED);
        }
        match self.expert.as_ref().map(|expert| expert.state()) {
            Some(ExpertState::Listed) => ("listed", text::STATE_LISTED),
            Some(ExpertState::Draft) => ("draft", text::STATE_DRAFT),
            Some(ExpertState::Paused) => ("paused", text::STATE_PAUSED),
            Some(ExpertState::Delisted) => ("delisted", text::STATE_DELISTED),
            Some(ExpertState::Erased) => ("erased", text::STATE_ERASED),
            Some(ExpertState::Unspecified) | None => ("unknown", text::STATE_UNKNOWN),
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
            "state": self.state().0,
            "obstacles": obstacles,
            "areas": areas,
            "menus": menus,
        });
        if let Some(sheet) = &self.sheet {
            object["sheet"] = sheet::to_json(sheet);
        }
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
        let lang = out.lang();
        let title = match lang {
            Lang::Ja => format!("{} 第{}号", self.full_name(), self.number),
            Lang::En => format!("{} No. {}", self.full_name(), self.number),
        };
        let tone = if self.sheet.is_some() { Tone::Good } else { Tone::Notice };
        let state = self.state().1.get(lang, &[]);
        let title = crate::failure::one_line(title.trim());
        out.line(format!("{}  {}", out.paint(Tone::Heading, &title), out.paint(tone, &state)));
        for obstacle in self.expert.iter().flat_map(|expert| &expert.obstacles) {
            let reason = out.paint(Tone::Bad, &obstacle.reason);
            let words = match lang {
                Lang::Ja => &obstacle.ja,
                Lang::En => &obstacle.en,
            };
            out.line(format!("  {reason}  {words}"));
        }
        if let Some(sheet) = &self.sheet {
            show_sheet(sheet, out);
        }
        if let Some(rating) = &self.rating {
            out.line("");
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
