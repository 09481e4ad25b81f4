//! What is told to the notices, in a process of their own or among all, and to the commands that look at them.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Server, Surroundings};

/// `serve notices`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeNotices {
    /// データベース / Database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// engagement サービスのアドレス / Address of the engagement service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_ENGAGEMENT")]
    pub engagement: String,
    /// registry サービスのアドレス / Address of the registry service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_REGISTRY")]
    pub registry: String,
    /// matching サービスのアドレス。なければ提案や相談会は知らせない / Address of the matching service; without it nobody is told of proposals and consultation events
    #[arg(long, value_name = "URL", env = "ACTIVELIST_MATCHING")]
    pub matching: Option<String>,
    /// survey サービスのアドレス。なければ調査の開始や督促は知らせない / Address of the survey service; without it nobody is told of campaigns
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SURVEY")]
    pub survey: Option<String>,
    /// 通知のメール / Notices by mail
    #[command(flatten)]
    pub mail: Mail,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// How notices are sent by mail, beside the portal that pulls them.
#[derive(Clone, Default, clap::Args)]
pub struct Mail {
    /// 通知を送るメールサーバー。なければ送らない / SMTP server for notices, smtp://HOST[:PORT], smtp://…?tls=required or smtps://…, with USER:PASSWORD@ where wanted; nothing is sent without it
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SMTP", hide_env_values = true, requires = "mail_from")]
    pub smtp: Option<String>,
    /// 差出人 / Sender of the mails, such as 'アクティブリスト <list@example.jp>'
    #[arg(long, value_name = "ADDRESS", env = "ACTIVELIST_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// 宛先の表（JSON: 受け手からアドレスへ）。専門家は本人の登録アドレスも使う / JSON object of recipient (bodies/…, companies/…, experts/…) and address; experts also have the address they registered
    #[arg(long, value_name = "FILE", env = "ACTIVELIST_MAIL_ADDRESSES")]
    pub mail_addresses: Option<PathBuf>,
    /// メールのリンクの先頭につけるポータルのアドレス / Address of the portal, put before the links in mails
    #[arg(long, value_name = "URL", env = "ACTIVELIST_PORTAL")]
    pub portal: Option<String>,
}

impl std::fmt::Debug for Mail {
    /// Without the server's address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("mail_from", &self.mail_from).finish_non_exhaustive()
    }
}

/// What to do with notices.
#[derive(Debug, Subcommand)]
pub enum Notices {
    /// 一覧、新しい順（渡したことにはならない） / List them, newest first; hands nothing over
    List(NoticesList),
    /// ポータルとして受け取る（渡したことになる） / Take them as the portal does; hands them over
    Pull(NoticesPull),
    /// 届いていない配達とその理由 / Deliveries that failed, and why
    Failed(NoticesFailed),
    /// あきらめた配達をもう一度試す / Take up a delivery by mail that was given up
    Retry(NoticesRetry),
}

/// `notices list`.
#[derive(Debug, Clone, clap::Args)]
pub struct NoticesList {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// この受け手あてだけ / Only those for this recipient: experts/…, companies/…, bodies/…
    #[arg(long, value_name = "NAME", default_value = "")]
    pub recipient: String,
    /// これについてだけ / Only those about this: cases/…, consultations/…, experts/…
    #[arg(long, value_name = "NAME", default_value = "")]
    pub about: String,
    /// 何件まで（200 まで） / At most so many, up to 200
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i32,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `notices pull`.
#[derive(Debug, Clone, clap::Args)]
pub struct NoticesPull {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// この受け手あてだけ / Only those for this recipient
    #[arg(long, value_name = "NAME", default_value = "")]
    pub recipient: String,
    /// 前回の続きから / From where the pull before ended
    #[arg(long, value_name = "CURSOR", default_value = "")]
    pub cursor: String,
    /// 何件まで（200 まで） / At most so many, up to 200
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i32,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `notices failed`.
#[derive(Debug, Clone, clap::Args)]
pub struct NoticesFailed {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 何件まで（200 まで） / At most so many, up to 200
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i32,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `notices retry`.
#[derive(Debug, Clone, clap::Args)]
pub struct NoticesRetry {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 通知（notices/…） / The notice
    #[arg(value_name = "NAME")]
    pub name: String,
}
