//! `expert standing`, `expert checks`, and when listings are reviewed.

use clap::ValueEnum;

use super::Server;

/// `expert standing`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExpertStanding {
    /// 登録番号（第012345号、12345 など）、または experts/<id> / Registration number in any spelling, or experts/<id>
    #[arg(value_name = "NUMBER|NAME")]
    pub expert: String,
    /// 日本の日付（2025-02-10）、または時刻（RFC 3339） / A day in Japan, or a moment (RFC 3339)
    #[arg(long, value_name = "DAY|TIME")]
    pub on: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `expert checks`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExpertChecks {
    /// 登録番号（第012345号、12345 など）、または experts/<id> / Registration number in any spelling, or experts/<id>
    #[arg(value_name = "NUMBER|NAME")]
    pub expert: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// When listings are reviewed without anybody asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Review {
    /// 毎日、日本時間の一日の始まりに / Once a day, as the day begins in Japan
    Daily,
    /// 行わない（ReviewListings を呼んだときだけ） / Never; only when ReviewListings is called
    Off,
}

impl From<Review> for registry::Review {
    fn from(review: Review) -> Self {
        match review {
            Review::Daily => Self::Daily,
            Review::Off => Self::Off,
        }
    }
}
