//! `company`: who seeks support, entered and looked at, and which of them may be the same.

use contract::registry::v1::{
    Company, CompanyDetails, CompanyFacts, CreateCompanyRequest, DuplicateReason, FindCompanyRequest,
    GetCompanyRequest, ListCompaniesRequest, ListPossibleDuplicatesRequest, PossibleDuplicate, SmeStanding,
};
use kit_vocabulary::{self as lists, Lang, List};
use serde_json::{Value, json};

use crate::args::{self, CompanyAdd, CompanyDuplicates, CompanyList, CompanyShow};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::labels::label;
use crate::output::{Output, Tone, USUAL_WIDTH};
use crate::table::{Column, Table, paragraph, width};
use crate::text::{self, Text};

const SECONDS: u64 = 30;
/// Cells before what is said of a company.
const INDENT: usize = 2;

/// Runs the command.
///
/// # Errors
/// When the input is at fault, there is no such company, or the server refuses.
pub async fn run(command: &args::Company, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        args::Company::Show(args) => look(args, out).await,
        args::Company::List(args) => list(args, out).await,
        args::Company::Add(args) => add(args, out).await,
        args::Company::Duplicates(args) => duplicates(args, out).await,
    }
}

async fn look(args: &CompanyShow, out: &mut Output) -> Result<Exit, Failure> {
    let mut to = Connection::to(&args.server)?.companies();
    let found = if args.company.starts_with("companies/") {
        let request = within(GetCompanyRequest { name: args.company.clone() }, SECONDS);
        let answer = to.get_company(request).await.map_err(|status| refused(&status))?;
        answer.into_inner().company.into_iter().collect()
    } else {
        let request = within(FindCompanyRequest { corporate_number: args.company.clone() }, SECONDS);
        to.find_company(request).await.map_err(|status| refused(&status))?.into_inner().companies
    };
    if args.json {
        out.line(json!({"companies": found.iter().map(to_json).collect::<Vec<_>>()}).to_string());
    } else {
        found.iter().for_each(|company| show(company, out));
    }
    Ok(Exit::Done)
}

async fn list(args: &CompanyList, out: &mut Output) -> Result<Exit, Failure> {
    let request = ListCompaniesRequest {
        prefecture: meant(lists::prefectures(), &args.prefecture),
        industry: meant(lists::company_industries(), &args.industry),
        body: args.body.clone(),
        page_size: args.page_size,
        page_token: args.page_token.clone(),
    };
    let mut to = Connection::to(&args.server)?.companies();
    let answer = to.list_companies(within(request, SECONDS)).await.map_err(|status| refused(&status))?.into_inner();
    if args.json {
        let companies: Vec<_> = answer.companies.iter().map(to_json).collect();
        out.line(json!({"companies": companies, "next_page_token": answer.next_page_token}).to_string());
        return Ok(Exit::Done);
    }
    if answer.companies.is_empty() {
        out.line(text::NO_COMPANIES.get(out.lang(), &[]));
    }
    for line in table(&answer.companies, out.lang()).lines(out.width(), out.pen()) {
        out.line(line);
    }
    go_on(&answer.next_page_token, out);
    Ok(Exit::Done)
}

async fn add(args: &CompanyAdd, out: &mut Output) -> Result<Exit, Failure> {
    let facts = CompanyFacts {
        prefecture: meant(lists::prefectures(), &args.prefecture),
        industry: meant(lists::company_industries(), &args.industry),
        sole_proprietor: args.sole_proprietor,
        capital_yen: args.capital,
        employees: args.employees,
        security_staff: meant(lists::security_staff(), &args.security_staff),
        body: args.body.clone(),
        ..CompanyFacts::default()
    };
    let details = CompanyDetails {
        company_name: args.name.clone(),
        company_name_kana: args.kana.clone(),
        corporate_number: args.number.clone(),
        address: args.address.clone(),
        ..CompanyDetails::default()
    };
    let company = Some(Company { facts: Some(facts), details: Some(details), ..Company::default() });
    let request = CreateCompanyRequest { company, validate_only: args.dry_run, ..CreateCompanyRequest::default() };
    let mut to = Connection::to(&args.server)?.companies();
    let answer = to.create_company(within(request, SECONDS)).await.map_err(|status| refused(&status))?.into_inner();
    let (company, same) = (answer.company.unwrap_or_default(), answer.possible_duplicates);
    if args.json {
        let same: Vec<_> = same.iter().map(pair_json).collect();
        let mut object = to_json(&company);
        object["stored"] = json!(!args.dry_run);
        object["possible_duplicates"] = json!(same);
        object["duplicates_elsewhere"] = json!(answer.duplicates_elsewhere);
        out.line(object.to_string());
        return Ok(Exit::Done);
    }
    show(&company, out);
    if !same.is_empty() {
        out.line(out.paint(Tone::Notice, &text::MAY_BE_SAME.get(out.lang(), &[("count", &same.len().to_string())])));
        show_pairs(&same, out);
    }
    Ok(Exit::Done)
}

async fn duplicates(args: &CompanyDuplicates, out: &mut Output) -> Result<Exit, Failure> {
    let page_token = args.page_token.clone();
    let request = ListPossibleDuplicatesRequest { page_token, ..ListPossibleDuplicatesRequest::default() };
    let mut to = Connection::to(&args.server)?.companies();
    let answer = to.list_possible_duplicates(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
    let answer = answer.into_inner();
    if args.json {
        let pairs: Vec<_> = answer.duplicates.iter().map(pair_json).collect();
        out.line(json!({"duplicates": pairs, "next_page_token": answer.next_page_token}).to_string());
        return Ok(Exit::Done);
    }
    if answer.duplicates.is_empty() {
        out.line(text::NO_DUPLICATES.get(out.lang(), &[]));
    }
    show_pairs(&answer.duplicates, out);
    go_on(&answer.next_page_token, out);
    Ok(Exit::Done)
}

/// The code that somebody means by a code or label; what is none goes as it is, and the server names it.
fn meant(list: &List, typed: &str) -> String {
    list.find(typed).filter(|_| !typed.is_empty()).map_or_else(|| typed.to_owned(), |code| code.code.clone())
}

fn go_on(token: &str, out: &mut Output) {
    if !token.is_empty() {
        out.line(text::COMPANIES_GO_ON.get(out.lang(), &[("token", token)]));
    }
}

/// A company for programs.
fn to_json(company: &Company) -> Value {
    let facts = company.facts.clone().unwrap_or_default();
    let details = company.details.clone().unwrap_or_default();
    let sme = facts.sme.clone().unwrap_or_default();
    json!({
        "name": company.name,
        "company_name": details.company_name,
        "company_name_kana": details.company_name_kana,
        "corporate_number": details.corporate_number,
        "address": details.address,
        "contacts": details.contacts.iter().map(|one| json!({
            "full_name": one.full_name, "post": one.post, "email": one.email, "phone": one.phone,
            "outside": one.outside, "organisation": one.organisation,
        })).collect::<Vec<_>>(),
        "prefecture": facts.prefecture,
        "industry": facts.industry,
        "sole_proprietor": facts.sole_proprietor,
        "capital_yen": facts.capital_yen,
        "employees": facts.employees,
        "size": facts.size,
        "security_staff": facts.security_staff,
        "sme": {"standing": standing(&sme.standing()), "rule": sme.rule, "reason": sme.reason},
        "security_actions": facts.security_actions.iter().map(|one| json!({
            "state": one.state, "declared_on": one.declared_on, "ended_on": one.ended_on, "source": one.source,
        })).collect::<Vec<_>>(),
        "services": facts.services.iter().map(|one| json!({
            "service": one.service, "since": one.since, "until": one.until,
        })).collect::<Vec<_>>(),
        "body": facts.body,
        "merged_into": facts.merged_into,
        "erased": company.erased,
        "etag": company.etag,
    })
}

fn pair_json(pair: &PossibleDuplicate) -> Value {
    let reasons: Vec<_> = pair.reasons().map(|reason| reason_name(reason).0).collect();
    json!({"company": pair.company, "later": pair.later, "reasons": reasons})
}

const fn reason_name(reason: DuplicateReason) -> (&'static str, Text) {
    match reason {
        DuplicateReason::CorporateNumber => ("corporate_number", text::SAME_NUMBER),
        DuplicateReason::Name | DuplicateReason::Unspecified => ("name", text::SAME_NAME),
    }
}

const fn standing(standing: &SmeStanding) -> &'static str {
    match standing {
        SmeStanding::Small => "small",
        SmeStanding::NotSmall => "not_small",
        SmeStanding::Unknown | SmeStanding::Unspecified => "unknown",
    }
}

/// What is known of a company, a line each; what is not known is left out.
fn show(company: &Company, out: &mut Output) {
    let (lang, room, pen) = (out.lang(), out.width().unwrap_or(USUAL_WIDTH), out.pen());
    let title = company.details.as_ref().map(|details| details.company_name.clone()).unwrap_or_default();
    let title = if company.erased { text::STATE_ERASED.get(lang, &[]) } else { crate::failure::one_line(&title) };
    out.line(format!("{}  {}", out.paint(Tone::Heading, &title), out.paint(Tone::Faint, &company.name)));
    let lines: Vec<_> = known(company, lang).into_iter().filter(|(_, said)| !said.is_empty()).collect();
    let widest = lines.iter().map(|(name, _)| width(&name.get(lang, &[]))).max().unwrap_or(0);
    for (name, said) in lines {
        let name = name.get(lang, &[]);
        let lead = format!("{}{name}{}  ", " ".repeat(INDENT), " ".repeat(widest - width(&name)));
        let said = crate::failure::one_line(&said);
        paragraph(&lead, &[(said, None)], "", room, pen).into_iter().for_each(|line| out.line(line));
    }
}

fn known(company: &Company, lang: Lang) -> Vec<(Text, String)> {
    let facts = company.facts.clone().unwrap_or_default();
    let details = company.details.clone().unwrap_or_default();
    let of = |list: &List, code: &str| if code.is_empty() { String::new() } else { label(list, code, lang) };
    let sme = facts.sme.unwrap_or_default();
    let why = match lang {
        Lang::Ja => &sme.ja,
        Lang::En => &sme.en,
    };
    let small = match sme.standing() {
        SmeStanding::Small => text::SME_SMALL,
        SmeStanding::NotSmall => text::SME_NOT_SMALL,
        SmeStanding::Unknown | SmeStanding::Unspecified => text::SME_UNKNOWN,
    };
    let place = format!("{} {}", of(lists::prefectures(), &facts.prefecture), details.address);
    let contacts = details.contacts.iter().map(|one| format!("{} {}", one.full_name, one.post).trim().to_owned());
    let star = |one: &contract::registry::v1::SecurityActionDeclaration| {
        format!("{} {}", of(lists::security_action(), &one.state), one.declared_on)
    };
    let counted = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
    let comma = text::COMMA.get(lang, &[]);
    vec![
        (text::KANA, details.company_name_kana),
        (text::CORPORATE_NUMBER, details.corporate_number),
        (text::COMPANY_PLACE, place.trim().to_owned()),
        (text::COMPANY_INDUSTRY, of(lists::company_industries(), &facts.industry)),
        (text::CAPITAL, counted(facts.capital_yen)),
        (text::EMPLOYEES, counted(facts.employees)),
        (text::COMPANY_SIZE, of(lists::company_sizes(), &facts.size)),
        (text::SME, format!("{} ({why})", small.get(lang, &[]))),
        (text::SECURITY_STAFF, of(lists::security_staff(), &facts.security_staff)),
        (text::SECURITY_ACTION, facts.security_actions.iter().map(star).collect::<Vec<_>>().join(&comma)),
        (text::CONTACTS, contacts.collect::<Vec<_>>().join(&comma)),
        (text::LOOKED_AFTER, facts.body),
        (text::MERGED_INTO, facts.merged_into),
    ]
}

fn table(companies: &[Company], lang: Lang) -> Table {
    let headings =
        [text::COMPANY_NAME, text::COMPANY_PLACE, text::COMPANY_INDUSTRY, text::COMPANY_SIZE, text::RESOURCE];
    let [name, place, industry, size, resource] = headings.map(|heading| heading.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(name, 12, 40).rank(0),
        Column::text(place, 6, 10),
        Column::text(industry, 8, 30),
        Column::text(size, 6, 20),
        Column::text(resource, 20, 50),
    ]);
    for company in companies {
        let facts = company.facts.clone().unwrap_or_default();
        let name = match &company.details {
            Some(details) if !company.erased => details.company_name.clone(),
            _ => text::STATE_ERASED.get(lang, &[]),
        };
        let of = |list: &List, code: &str| if code.is_empty() { String::new() } else { label(list, code, lang) };
        table.plain([
            name,
            of(lists::prefectures(), &facts.prefecture),
            of(lists::company_industries(), &facts.industry),
            of(lists::company_sizes(), &facts.size),
            company.name.clone(),
        ]);
    }
    table
}

fn show_pairs(pairs: &[PossibleDuplicate], out: &mut Output) {
    let lang = out.lang();
    for pair in pairs {
        let reasons: Vec<_> = pair.reasons().map(|reason| reason_name(reason).1.get(lang, &[])).collect();
        let names = [pair.company.as_str(), pair.later.as_str()];
        let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let reasons = reasons.join(&text::COMMA.get(lang, &[]));
        out.line(format!("{}{}  {reasons}", " ".repeat(INDENT), names.join(" = ")));
    }
}
