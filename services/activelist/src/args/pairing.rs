//! What is told to the commands that match companies and experts.

use clap::{Subcommand, ValueEnum};

use super::Server;

/// Whom to match with whom.
#[derive(Debug, Subcommand)]
pub enum Match {
    /// 事業の受付中の依頼すべてについて、最適な組合せを見る（何も保存しない） / The best assignment of all open requests; stores nothing
    Preview(Box<MatchPreview>),
    /// 最適な組合せで専門家に打診する / Propose what the preview says
    Apply(Box<MatchApply>),
    /// 一つの依頼について、なぜこの専門家か、なぜ別の人でないか / Why this expert for a request, and why not another
    Explain(MatchExplain),
    /// 相談会の時間割を見る・書き出す / The timetable of a consultation event
    Timetable(MatchTimetable),
}

/// What a batch has to respect.
#[derive(Debug, Clone, clap::Args)]
pub struct Batch {
    /// 事業（2024） / Programme
    #[arg(long, value_name = "PROGRAMME", default_value = super::DEFAULT_PROGRAMME)]
    pub programme: String,
    /// 重み付けの方針 / Weight policy; the default one when left out
    #[arg(long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    pub policy: String,
    /// 必ず組む：依頼=専門家 / A pair that has to be, requests/<id>=experts/<id>
    #[arg(long, value_name = "REQUEST=EXPERT")]
    pub fix: Vec<String>,
    /// 組まない：依頼=専門家 / A pair that must not be
    #[arg(long, value_name = "REQUEST=EXPERT")]
    pub forbid: Vec<String>,
    /// 上限：地域=件数、全体は all=件数 / Most that are matched in a region, or in all
    #[arg(long, value_name = "REGION=COUNT")]
    pub quota: Vec<String>,
    /// この専門家だけから選ぶ（繰り返し可） / Only these experts, experts/<id>
    #[arg(long, value_name = "EXPERT")]
    pub expert: Vec<String>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `match preview`.
#[derive(Debug, Clone, clap::Args)]
pub struct MatchPreview {
    /// 何を守るか / What to respect
    #[command(flatten)]
    pub batch: Batch,
}

/// `match apply`.
#[derive(Debug, Clone, clap::Args)]
pub struct MatchApply {
    /// 何を守るか / What to respect
    #[command(flatten)]
    pub batch: Batch,
    /// 見た組合せの印（preview の出力）。省けば、今見たものを実行する / The preview it carries out; what is seen now when left out
    #[arg(long, value_name = "PREVIEW", default_value = "", hide_default_value = true)]
    pub preview: String,
}

/// `match explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct MatchExplain {
    /// 依頼 / The request, requests/<id>
    #[arg(value_name = "REQUEST")]
    pub request: String,
    /// 専門家。省けば候補を並べる / An expert, experts/<id>; the candidates when left out
    #[arg(value_name = "EXPERT")]
    pub expert: Option<String>,
    /// 重み付けの方針 / Weight policy
    #[arg(long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    pub policy: String,
    /// 候補の数（100 まで） / How many candidates, at most 100
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub count: i32,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// In which form a timetable is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimetableFormat {
    /// 印刷用のページ / A page to print
    Html,
    /// 表（CSV） / A table
    Csv,
    /// カレンダー（iCalendar） / A calendar
    Ics,
}

/// `match timetable`.
#[derive(Debug, Clone, clap::Args)]
pub struct MatchTimetable {
    /// 相談会 / The event, consultationEvents/<id>
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// 出力の形 / Form
    #[arg(long, value_enum, default_value = "csv")]
    pub format: TimetableFormat,
    /// 一人分・一社分・一卓分 / Only of experts/<id>, applications/<id> or booths/<name>
    #[arg(long, value_name = "PART", default_value = "", hide_default_value = true)]
    pub part: String,
    /// 書き出すファイル。省けば標準出力 / File to write; standard output when left out
    #[arg(long, value_name = "FILE")]
    pub out: Option<std::path::PathBuf>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
}
