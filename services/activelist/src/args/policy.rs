//! What is told to the commands that change the scoring policy.

use std::path::PathBuf;

use clap::Subcommand;

use super::Server;

/// Scoring policies, and putting one in force.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// 評価の方針と適用中のもの / The policies there are, and the one in force
    List(PolicyList),
    /// 評価の方針の定義 / The definition of a policy
    Show(PolicyShow),
    /// 評価の方針を追加する（ファイルは JSON） / Add a policy from a JSON file
    Add(PolicyAdd),
    /// 別の方針なら誰の評価がどう変わるか（何も保存しない） / Whose marks another policy would change; stores nothing
    Preview(PolicyPreview),
    /// 方針を切り替える（全員の評価がそろった時点で一斉に） / Put a policy in force, for everybody in one step
    Activate(PolicyActivate),
    /// 切り替えの進み具合 / How far an activation is
    Status(PolicyStatus),
    /// 予定中または実行中の切り替えを取りやめる / End an activation that is planned or under way
    Cancel(PolicyCancel),
}

/// How a survey carries on an activation of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct Rating {
    /// 切り替えのとき一度に評価する人数 / People rated in one commit while another policy comes into force
    #[arg(long, value_name = "PEOPLE", default_value_t = 500, env = "ACTIVELIST_RATING_PAGE",
          value_parser = clap::value_parser!(u16).range(1..=5_000))]
    pub rating_page: u16,
    /// そのあいだの休み（ミリ秒） / Milliseconds between two of them
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, env = "ACTIVELIST_RATING_PAUSE")]
    pub rating_pause: u32,
}

impl Default for Rating {
    fn default() -> Self {
        Self { rating_page: 500, rating_pause: 0 }
    }
}

impl Rating {
    /// The same, as the survey is told it.
    pub fn pace(self) -> survey::Pace {
        let pause = std::time::Duration::from_millis(self.rating_pause.into());
        survey::Pace { people: self.rating_page.into(), pause }
    }
}

/// `policy list`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyList {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `policy show`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyShow {
    /// 方針の ID（なければ適用中のもの） / Id of the policy; the one in force when left out
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `policy add`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyAdd {
    /// 方針の JSON ファイル / The policy as a JSON file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// 確認だけして追加しない / Only check it
    #[arg(long)]
    pub check: bool,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `policy preview`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyPreview {
    /// 方針の ID / Id of the policy
    #[arg(value_name = "ID", required_unless_present = "file", conflicts_with = "file")]
    pub id: Option<String>,
    /// まだ追加していない方針の JSON ファイル / A policy that is not added yet, as a JSON file
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// 変わる人を何人まで挙げるか（500 まで） / How many of those who change are listed, at most 500
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub people: i32,
    /// この都道府県（01〜47）の人だけを挙げる / List only those of this prefecture
    #[arg(long, value_name = "PREFECTURE", default_value = "", hide_default_value = true)]
    pub prefecture: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `policy activate`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyActivate {
    /// 方針の ID / Id of the policy
    #[arg(value_name = "ID")]
    pub id: String,
    /// 始める日（YYYY-MM-DD、日本時間。なければ今すぐ） / The day in Japan it begins on; at once when left out
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    pub day: String,
    /// 理由（記録に残る） / Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `policy status`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyStatus {
    /// 切り替えの名（activations/…。なければ新しい順に） / Name of the activation; all, newest first, when left out
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `policy cancel`.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyCancel {
    /// 切り替えの名（activations/…） / Name of the activation
    #[arg(value_name = "NAME")]
    pub name: String,
    /// 理由（記録に残る） / Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}
