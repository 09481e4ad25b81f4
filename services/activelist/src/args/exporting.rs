//! What is told to the commands that write a file of everything.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Server;

/// What to export.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// スキル調査の回答（`import survey` で取り込める） / Responses to the skill survey, as `import survey` takes them
    Survey(ExportSurvey),
    /// 登録簿の専門家すべて / Every expert of the register
    Experts(ExportExperts),
}

/// `export survey`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportSurvey {
    /// 有効な回答だけでなく、以前の回答も / Earlier responses, too, not only those that count
    #[arg(long)]
    pub all: bool,
    /// 見出し / Headings
    #[arg(long, value_enum, default_value = "code")]
    pub headings: Headings,
    /// 選択肢の値 / Values of choices
    #[arg(long, value_enum, default_value = "code")]
    pub values: Values,
    /// 書き出す先 / Where to write
    #[command(flatten)]
    pub to: ExportTo,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
}

/// `export experts`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportExperts {
    /// 書き出す先 / Where to write
    #[command(flatten)]
    pub to: ExportTo,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
}

/// Where and how an export is written.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportTo {
    /// 形式 / Form
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// 書き出すファイル（本人だけが読める）。既定: 標準出力 / File to write, readable by its owner alone; default: standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// すでにあるファイルを置き換える / Replace a file that is there
    #[arg(long, requires = "out")]
    pub force: bool,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long, requires = "out")]
    pub json: bool,
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// CSV（UTF-8、BOM 付き） / CSV: UTF-8 with a byte order mark
    Csv,
    /// Excel のブック / An Excel workbook
    Xlsx,
    /// 一行に一つの JSON / One JSON object a line
    Jsonl,
}

/// What stands above the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Headings {
    /// 設問のコード / Codes of the questions
    Code,
    /// 日本語の設問 / The questions in Japanese
    Ja,
}

/// How choices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Values {
    /// コード / Codes
    Code,
    /// 日本語の選択肢 / Labels in Japanese
    Label,
}
