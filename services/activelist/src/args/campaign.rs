//! What is told to the commands about campaigns.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use kit_clock::Timestamp;

use super::Server;

/// What to do with campaigns.
#[derive(Debug, Subcommand)]
pub enum Campaign {
    /// 調査を計画する（過去の期間なら、その間の回答を数える） / Plan a campaign; one of the past counts what came in then
    Create(Box<CampaignCreate>),
    /// 調査を改める。書かなかったものはそのまま / Change a campaign; what is not given stays
    Update(Box<CampaignUpdate>),
    /// 調査の一覧（新しい順） / The campaigns, the latest first
    List(CampaignList),
    /// 一つの調査と、その結果の数（日ごとのグラフつき） / One campaign with what came of it, day by day
    Show(CampaignShow),
    /// 最終日より前に終える / Close it before its last day
    Close(CampaignClose),
    /// 依頼先 / Whom it was sent to
    #[command(subcommand)]
    Recipients(Recipients),
    /// 督促すべき人 / Who is to be reminded
    Reminders(CampaignReminders),
    /// 依頼または督促したことを記録する / Record that people were asked or reminded
    Contacted(Box<CampaignContacted>),
}

/// What to do with the people a survey was sent to.
#[derive(Debug, Subcommand)]
pub enum Recipients {
    /// CSV の依頼先を加える（同じ人は改める） / Add those of a CSV file; who is there already is changed
    Add(RecipientsAdd),
    /// 依頼先と、回答したかどうか / The people, and whether they answered
    List(RecipientsList),
}

/// `campaign create`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignCreate {
    /// 名称 / Title
    #[arg(value_name = "TITLE")]
    pub title: String,
    /// 初日（2024-12-25） / First day
    #[arg(long, value_name = "DAY")]
    pub open: String,
    /// 最終日 / Last day
    #[arg(long, value_name = "DAY")]
    pub close: String,
    /// 様式 / Form
    #[arg(long, value_name = "FORM", default_value = "skill")]
    pub form: String,
    /// 名称（英語） / Title in English
    #[arg(long, value_name = "TITLE", default_value = "", hide_default_value = true)]
    pub title_en: String,
    /// 督促日（何度でも） / A day on which to remind; may be repeated
    #[arg(long, value_name = "DAY")]
    pub remind: Vec<String>,
    /// 誰に依頼したか / Who was asked, in words
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub audience: String,
    /// 数だけ分かる依頼数 / How many were asked, where only the number is known
    #[arg(long, value_name = "COUNT", default_value_t = 0, hide_default_value = true)]
    pub asked: i64,
    /// 記録 / Notes for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub notes: String,
    /// 依頼先に開始と督促を自動で知らせる / Tell the recipients by mail that it opened, and remind them
    #[arg(long)]
    pub notify: bool,
    /// 調べるだけで、残さない / Check only
    #[arg(long)]
    pub dry_run: bool,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign update`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignUpdate {
    /// campaigns/<id>
    #[arg(value_name = "NAME")]
    pub campaign: String,
    /// 名称 / Title
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// 名称（英語） / Title in English
    #[arg(long, value_name = "TITLE")]
    pub title_en: Option<String>,
    /// 初日 / First day
    #[arg(long, value_name = "DAY")]
    pub open: Option<String>,
    /// 最終日 / Last day
    #[arg(long, value_name = "DAY")]
    pub close: Option<String>,
    /// 督促日（何度でも。前の督促日に代わる） / Days on which to remind, instead of those before
    #[arg(long, value_name = "DAY")]
    pub remind: Option<Vec<String>>,
    /// 督促日をなくす / No reminders any more
    #[arg(long, conflicts_with = "remind")]
    pub no_reminders: bool,
    /// 誰に依頼したか / Who was asked, in words
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    /// 数だけ分かる依頼数 / How many were asked, where only the number is known
    #[arg(long, value_name = "COUNT")]
    pub asked: Option<i64>,
    /// 記録 / Notes for the record
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// 依頼先に自動で知らせるか / Whether the recipients are told by mail
    #[arg(long, value_name = "BOOL")]
    pub notify: Option<bool>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign list`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignList {
    /// 一度に見る件数（200 まで） / How many at once, at most 200
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub page_size: i32,
    /// 前の一覧の続き / Where the list before ended
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub page_token: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign show`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignShow {
    /// campaigns/<id>。既定: 最も新しい調査 / Default: the latest
    #[arg(value_name = "NAME")]
    pub campaign: Option<String>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign close`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignClose {
    /// campaigns/<id>
    #[arg(value_name = "NAME")]
    pub campaign: String,
    /// 締めの記録 / Closing notes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub notes: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign recipients add`.
#[derive(Debug, Clone, clap::Args)]
pub struct RecipientsAdd {
    /// campaigns/<id>
    #[arg(value_name = "NAME")]
    pub campaign: String,
    /// 見出し行のある UTF-8 の CSV / A CSV file in UTF-8 with headings
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign recipients list`.
#[derive(Debug, Clone, clap::Args)]
pub struct RecipientsList {
    /// campaigns/<id>
    #[arg(value_name = "NAME")]
    pub campaign: String,
    /// まだ回答していない人だけ / Only those who have not answered
    #[arg(long)]
    pub unanswered: bool,
    /// 一度に見る人数（500 まで） / How many at once, at most 500
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub page_size: i32,
    /// 前の一覧の続き / Where the list before ended
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub page_token: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `campaign reminders`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignReminders {
    /// campaigns/<id>
    #[arg(value_name = "NAME")]
    pub campaign: String,
    /// いつの日について（既定: 今日） / As of which day; default: today
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    pub day: String,
    /// 一度に見る人数（500 まで） / How many at once, at most 500
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub page_size: i32,
    /// 前の一覧の続き / Where the list before ended
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub page_token: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// What people were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contact {
    /// 依頼した / Asked to answer
    Asked,
    /// 督促した / Reminded
    Reminded,
}

/// `campaign contacted`.
#[derive(Debug, Clone, clap::Args)]
pub struct CampaignContacted {
    /// campaigns/<id>
    #[arg(value_name = "NAME")]
    pub campaign: String,
    /// 依頼したか、督促したか / Asked or reminded
    #[arg(value_enum, value_name = "WHAT")]
    pub what: Contact,
    /// campaigns/<id>/recipients/<id>
    #[arg(value_name = "RECIPIENT", required_unless_present = "all")]
    pub recipients: Vec<String>,
    /// 依頼ならまだの全員、督促なら今日督促すべき全員 / Everybody not asked yet, or everybody to be reminded today
    #[arg(long, conflicts_with = "recipients")]
    pub all: bool,
    /// いつ（RFC 3339）。既定: 今 / When; default: now
    #[arg(long, value_name = "TIME")]
    pub time: Option<Timestamp>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}
