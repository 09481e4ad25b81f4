//! Taking files in.

use std::path::PathBuf;

use clap::Subcommand;
use kit_clock::Timestamp;

use super::Server;

/// The programme of the report.
pub const DEFAULT_PROGRAMME: &str = "2024";

/// What to import.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// スキル調査の CSV か Excel ブック（誤りが一つでもあれば何も保存しない） / A CSV or workbook of the skill survey; all or nothing
    Survey(ImportSurvey),
    /// 過去の指導事業の CSV か Excel ブック（誤りが一つでもあれば何も保存しない） / A CSV or workbook of the guidance cases of a past programme; all or nothing
    Guidance(ImportGuidance),
}

/// A file, and how it is taken in.
#[derive(Debug, Clone, clap::Args)]
pub struct Taken {
    /// CSV（UTF-8、Shift_JIS、BOM 付き UTF-16）か Excel ブック（.xlsx）。一行目は見出し / A CSV (UTF-8, Shift_JIS, UTF-16 with a mark) or workbook (.xlsx), headings on the first line
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 読むシート。既定: 表示されている最初のシート / The sheet of a workbook; default: the first that is shown
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// 良い行だけを保存し、誤りのある行は誤りの列を付けて別のファイルに書き出す / Store the good rows, and write the others with their faults to a file
    #[arg(long)]
    pub keep_good: bool,
    /// 誤りのある行を書き出すファイル（既存のファイルには書かない）。既定: 元のファイルの隣の NAME.bad.csv / File for the rows with faults, never an existing one; default: NAME.bad.csv beside the file
    #[arg(long, value_name = "FILE", requires = "keep_good")]
    pub bad: Option<PathBuf>,
    /// 記録に残すファイルの説明（200 文字まで）。既定: ファイル名 / What the file is, for the record; default: its name
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
    /// 調べるだけで保存しない（ファイルも書き出さない） / Check only: store nothing, write no file
    #[arg(long)]
    pub dry_run: bool,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `import survey`.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportSurvey {
    /// どのファイルを、どう / Which file, and how
    #[command(flatten)]
    pub taken: Taken,
    /// 登録の確認がいつの時点か（RFC 3339）。既定: ファイルで最も新しい提出時刻 / When the registrations were true; default: the latest submission in the file
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
}

/// `import guidance`.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportGuidance {
    /// どのファイルを、どう / Which file, and how
    #[command(flatten)]
    pub taken: Taken,
    /// どの事業のものか / The programme it is of
    #[arg(long, value_name = "ID", default_value = DEFAULT_PROGRAMME)]
    pub programme: String,
    /// 案件の始まり（RFC 3339）。既定: 事業の始まり / When the cases began; default: when the programme did
    #[arg(long, value_name = "TIME")]
    pub begin: Option<Timestamp>,
}
