//! `campaign`: whom a survey was sent to, when it runs, and what came of it.

mod recipients;
mod show;

use contract::survey::v1::{
    Campaign, CampaignFigures, CloseCampaignRequest, CreateCampaignRequest, GetCampaignRequest, Label,
    ListCampaignsRequest, UpdateCampaignRequest,
};
use serde_json::json;

use crate::args::{self, CampaignClose, CampaignCreate, CampaignList, CampaignShow, CampaignUpdate, Recipients};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::text;

pub(crate) use show::figures_json;

pub(crate) const SECONDS: u64 = 30;

/// Runs the command.
///
/// # Errors
/// When the input is at fault, there is no such campaign, or the server refuses.
pub async fn run(command: &args::Campaign, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Campaign::Create(args) => create(args, out).await,
        args::Campaign::Update(args) => update(args, out).await,
        args::Campaign::List(args) => list(args, out).await,
        args::Campaign::Show(args) => look(args, out).await,
        args::Campaign::Close(args) => close(args, out).await,
        args::Campaign::Recipients(Recipients::Add(args)) => recipients::add(args, out).await,
        args::Campaign::Recipients(Recipients::List(args)) => recipients::list(args, out).await,
        args::Campaign::Reminders(args) => recipients::reminders(args, out).await,
        args::Campaign::Contacted(args) => recipients::contacted(args, out).await,
    }
}

/// A campaign with what came of it.
pub(crate) async fn get(of: &Connection, name: &str) -> Result<(Campaign, CampaignFigures), Failure> {
    let request = within(GetCampaignRequest { name: name.to_owned() }, SECONDS);
    let answer = of.campaigns().get_campaign(request).await.map_err(|status| refused(&status))?.into_inner();
    Ok((answer.campaign.unwrap_or_default(), answer.figures.unwrap_or_default()))
}

/// Plans a campaign.
pub(crate) async fn plan(of: &Connection, campaign: Campaign, dry_run: bool) -> Result<Campaign, Failure> {
    let request =
        CreateCampaignRequest { campaign: Some(campaign), validate_only: dry_run, ..CreateCampaignRequest::default() };
    let answer = of.campaigns().create_campaign(within(request, SECONDS)).await;
    Ok(answer.map_err(|status| refused(&status))?.into_inner().campaign.unwrap_or_default())
}

/// A campaign on the screen, with what came of it.
pub(crate) fn show(campaign: &Campaign, figures: &CampaignFigures, out: &mut Output) {
    show::campaign(campaign, out);
    show::figures(figures, out);
}

async fn create(args: &CampaignCreate, out: &mut Output) -> Result<Exit, Failure> {
    let campaign = Campaign {
        title: Some(Label { ja: args.title.clone(), en: args.title_en.clone() }),
        form: args.form.clone(),
        open_day: args.open.clone(),
        close_day: args.close.clone(),
        reminder_days: args.remind.clone(),
        audience: args.audience.clone(),
        asked: args.asked,
        notes: args.notes.clone(),
        notify: args.notify,
        ..Campaign::default()
    };
    let made = plan(&Connection::to(&args.server)?, campaign, args.dry_run).await?;
    told(&made, args.json, out);
    Ok(Exit::Done)
}

async fn update(args: &CampaignUpdate, out: &mut Output) -> Result<Exit, Failure> {
    let connection = Connection::to(&args.server)?;
    let (before, _) = get(&connection, &args.campaign).await?;
    let title = before.title.clone().unwrap_or_default();
    let title = Label { ja: args.title.clone().unwrap_or(title.ja), en: args.title_en.clone().unwrap_or(title.en) };
    // The etag it was looked at with goes along: nobody's change in between is overwritten.
    let campaign = Campaign {
        title: Some(title),
        open_day: args.open.clone().unwrap_or_else(|| before.open_day.clone()),
        close_day: args.close.clone().unwrap_or_else(|| before.close_day.clone()),
        reminder_days: match &args.remind {
            _ if args.no_reminders => Vec::new(),
            Some(days) => days.clone(),
            None => before.reminder_days.clone(),
        },
        audience: args.audience.clone().unwrap_or_else(|| before.audience.clone()),
        asked: args.asked.unwrap_or(before.asked),
        notes: args.notes.clone().unwrap_or_else(|| before.notes.clone()),
        notify: args.notify.unwrap_or(before.notify),
        ..before
    };
    let request = UpdateCampaignRequest { campaign: Some(campaign), ..UpdateCampaignRequest::default() };
    let answer = connection.campaigns().update_campaign(within(request, SECONDS)).await;
    let changed = answer.map_err(|status| refused(&status))?.into_inner().campaign.unwrap_or_default();
    told(&changed, args.json, out);
    Ok(Exit::Done)
}

async fn list(args: &CampaignList, out: &mut Output) -> Result<Exit, Failure> {
    let request = ListCampaignsRequest { page_size: args.page_size, page_token: args.page_token.clone() };
    let answer = Connection::to(&args.server)?.campaigns().list_campaigns(within(request, SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    if args.json {
        let campaigns: Vec<_> = answer.campaigns.iter().map(show::campaign_json).collect();
        out.line(json!({"campaigns": campaigns, "next_page_token": answer.next_page_token}).to_string());
        return Ok(Exit::Done);
    }
    if answer.campaigns.is_empty() {
        out.line(text::NO_CAMPAIGNS.get(out.lang(), &[]));
    }
    for line in show::table(&answer.campaigns, out.lang()).lines(out.width(), out.pen()) {
        out.line(line);
    }
    go_on(&answer.next_page_token, out);
    Ok(Exit::Done)
}

async fn look(args: &CampaignShow, out: &mut Output) -> Result<Exit, Failure> {
    let connection = Connection::to(&args.server)?;
    let name = match &args.campaign {
        Some(name) => name.clone(),
        None => latest(&connection).await?,
    };
    let (campaign, figures) = get(&connection, &name).await?;
    if args.json {
        let mut object = show::campaign_json(&campaign);
        object["figures"] = figures_json(&figures);
        out.line(object.to_string());
    } else {
        show(&campaign, &figures, out);
    }
    Ok(Exit::Done)
}

async fn latest(of: &Connection) -> Result<String, Failure> {
    let request = within(ListCampaignsRequest { page_size: 1, ..ListCampaignsRequest::default() }, SECONDS);
    let answer = of.campaigns().list_campaigns(request).await.map_err(|status| refused(&status))?.into_inner();
    let first = answer.campaigns.into_iter().next();
    let none = || Failure::other(text::NO_CAMPAIGNS.fill(&[]), text::ADVICE_NO_CAMPAIGNS);
    Ok(first.ok_or_else(none)?.name)
}

async fn close(args: &CampaignClose, out: &mut Output) -> Result<Exit, Failure> {
    let request = CloseCampaignRequest {
        name: args.campaign.clone(),
        notes: args.notes.clone(),
        ..CloseCampaignRequest::default()
    };
    let answer = Connection::to(&args.server)?.campaigns().close_campaign(within(request, SECONDS)).await;
    let closed = answer.map_err(|status| refused(&status))?.into_inner().campaign.unwrap_or_default();
    told(&closed, args.json, out);
    Ok(Exit::Done)
}

fn told(campaign: &Campaign, json: bool, out: &mut Output) {
    if json {
        out.line(show::campaign_json(campaign).to_string());
    } else {
        show::campaign(campaign, out);
    }
}

fn go_on(token: &str, out: &mut Output) {
    if !token.is_empty() {
        out.line(text::COMPANIES_GO_ON.get(out.lang(), &[("token", token)]));
    }
}
