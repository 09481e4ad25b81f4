//! `policy`: scoring policies, what another one would change, and putting one in force.

mod show;

use std::path::Path;

use contract::survey::v1::{
    ActivatePolicyRequest, Activation, AddPolicyRequest, CancelActivationRequest, GetActivationRequest,
    ListActivationsRequest, ListPoliciesRequest, ListPoliciesResponse, PreviewPolicyRequest,
};
use serde_json::json;

use crate::args::{self, PolicyActivate, PolicyAdd, PolicyCancel, PolicyList, PolicyPreview, PolicyShow, PolicyStatus};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::text::policy as said;

const SECONDS: u64 = 30;
/// A preview reads everybody.
const PREVIEW_SECONDS: u64 = 300;
/// Activations of a list.
const NEWEST: i32 = 20;

/// Runs the command.
///
/// # Errors
/// When the input is at fault or the server refuses.
pub async fn run(command: &args::Policy, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Policy::List(args) => list(args, out).await,
        args::Policy::Show(args) => one(args, out).await,
        args::Policy::Add(args) => add(args, out).await,
        args::Policy::Preview(args) => preview(args, out).await,
        args::Policy::Activate(args) => activate(args, out).await,
        args::Policy::Status(args) => status(args, out).await,
        args::Policy::Cancel(args) => cancel(args, out).await,
    }
}

async fn known(to: &Connection) -> Result<ListPoliciesResponse, Failure> {
    let answer = to.scoring().list_policies(within(ListPoliciesRequest {}, SECONDS)).await;
    answer.map(tonic::Response::into_inner).map_err(|status| refused(&status))
}

async fn list(args: &PolicyList, out: &mut Output) -> Result<Exit, Failure> {
    let known = known(&Connection::to(&args.server)?).await?;
    if args.json {
        let policies: Vec<_> = known.policies.iter().map(show::policy_json).collect();
        out.line(json!({"active": known.active, "policies": policies}).to_string());
    } else {
        show::policies(&known, out);
    }
    Ok(Exit::Done)
}

async fn one(args: &PolicyShow, out: &mut Output) -> Result<Exit, Failure> {
    let known = known(&Connection::to(&args.server)?).await?;
    let id = args.id.as_ref().unwrap_or(&known.active);
    let Some(policy) = known.policies.iter().find(|policy| policy.id == *id) else {
        return Err(Failure::input(said::NO_POLICY.fill(&[("id", id)]), said::ADVICE_POLICY));
    };
    if args.json {
        let mut object = show::policy_json(policy);
        object["active"] = json!(policy.id == known.active);
        object["definition"] = serde_json::from_str(&policy.definition).unwrap_or_default();
        out.line(object.to_string());
    } else {
        // What can be saved, changed and added again.
        out.line(policy.definition.trim_end());
    }
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let (file, error) = (file.display().to_string(), error.to_string());
        let places = [("file", file.as_str()), ("error", error.as_str())];
        Failure::input(crate::text::UNREADABLE_FILE.fill(&places), said::ADVICE_FILE)
    })
}

async fn add(args: &PolicyAdd, out: &mut Output) -> Result<Exit, Failure> {
    let definition = read(&args.file)?;
    let to = Connection::to(&args.server)?;
    let request = AddPolicyRequest { definition, request_id: String::new(), validate_only: args.check };
    let answer = to.policies().add_policy(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let policy = answer.into_inner().policy.unwrap_or_default();
    if args.json {
        let mut object = show::policy_json(&policy);
        object["added"] = json!(!args.check);
        out.line(object.to_string());
    } else {
        let told = if args.check { said::FITS } else { said::ADDED };
        out.line(out.paint(Tone::Good, &told.get(out.lang(), &[("id", &policy.id)])));
    }
    Ok(Exit::Done)
}

async fn preview(args: &PolicyPreview, out: &mut Output) -> Result<Exit, Failure> {
    let definition = args.file.as_deref().map(read).transpose()?.unwrap_or_default();
    let to = Connection::to(&args.server)?;
    let request = PreviewPolicyRequest {
        policy: args.id.clone().unwrap_or_default(),
        definition,
        page_size: args.people,
        prefecture: args.prefecture.clone(),
        ..Default::default()
    };
    let answer = to.policies().preview_policy(within(request, PREVIEW_SECONDS)).await;
    let answer = answer.map_err(|status| refused(&status))?.into_inner();
    if args.json {
        out.line(show::preview_json(&answer).to_string());
    } else {
        show::preview(&answer, out);
    }
    Ok(Exit::Done)
}

fn told(activation: &Activation, json: bool, out: &mut Output) {
    if json {
        out.line(show::activation_json(activation).to_string());
    } else {
        show::activation(activation, out);
    }
}

async fn activate(args: &PolicyActivate, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let request = ActivatePolicyRequest {
        policy: args.id.clone(),
        day: args.day.clone(),
        reason: args.reason.clone(),
        request_id: String::new(),
    };
    let answer = to.policies().activate_policy(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let activation = answer.into_inner().activation.unwrap_or_default();
    told(&activation, args.json, out);
    if !args.json {
        out.line(said::SEE_STATUS.get(out.lang(), &[("name", &activation.name)]));
    }
    Ok(Exit::Done)
}

async fn status(args: &PolicyStatus, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    if let Some(name) = &args.name {
        let request = GetActivationRequest { name: name.clone() };
        let answer = to.policies().get_activation(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
        told(&answer.into_inner().activation.unwrap_or_default(), args.json, out);
        return Ok(Exit::Done);
    }
    let request = ListActivationsRequest { page_size: NEWEST, page_token: String::new() };
    let answer = to.policies().list_activations(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let activations = answer.into_inner().activations;
    if args.json {
        let all: Vec<_> = activations.iter().map(show::activation_json).collect();
        out.line(json!({"activations": all}).to_string());
    } else {
        show::activations(&activations, out);
    }
    Ok(Exit::Done)
}

async fn cancel(args: &PolicyCancel, out: &mut Output) -> Result<Exit, Failure> {
    let to = Connection::to(&args.server)?;
    let request = CancelActivationRequest { name: args.name.clone(), reason: args.reason.clone() };
    let answer = to.policies().cancel_activation(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    told(&answer.into_inner().activation.unwrap_or_default(), args.json, out);
    Ok(Exit::Done)
}
