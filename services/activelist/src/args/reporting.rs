//! What is told to the command that writes reports.

use std::path::PathBuf;

use clap::ValueEnum;
use kit_clock::{JapanDay, Timestamp};

use super::Server;

/// `report`.
#[derive(Debug, Clone, clap::Args)]
pub struct Report {
    /// 集計の名前。all はすべて、list は一覧、contradictions は公表値との照合 / Name of a report; all of them, their list, or the comparison with what was published
    #[arg(value_name = "REPORT")]
    pub report: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 形式 / Form
    #[arg(long, value_enum, default_value = "table")]
    pub format: ReportFormat,
    /// 書き出す先（csv はフォルダー、ほかはファイル、- は標準出力）。既定: table は標準出力、ほかは REPORT.xlsx など / Where to write: a directory for csv, else a file, or - for standard output; default: table to standard output, else REPORT.xlsx and so on
    #[arg(long, value_name = "PATH", conflicts_with = "json")]
    pub out: Option<PathBuf>,
    /// 事業（2024 など）。既定: すべて / Programme; default: all
    #[arg(long, value_name = "ID")]
    pub programme: Option<String>,
    /// 地域（27、大阪、近畿）。既定: すべて / Region, by code or label; default: all
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// この日から（日本の日付、2024-10-01） / From this day in Japan on
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<JapanDay>,
    /// この日まで（その日を含む） / Until this day in Japan, which counts
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub until: Option<JapanDay>,
    /// この時点で知られていたことだけで（RFC 3339） / As things were known at this time
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
    /// contradictions: 照合する公表値のファイル（.json か .csv） / contradictions: published numbers to compare, as .json or .csv
    #[arg(long, value_name = "FILE")]
    pub published: Option<PathBuf>,
    /// contradictions: 組み込みの公表資料（ipa-2025）。既定: サーバーにあるものすべて、--published があれば無し / contradictions: a publication that ships with the service; default: all of them, or none beside --published
    #[arg(long, value_name = "ID")]
    pub publication: Option<String>,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// Form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// 端末で読む表 / Tables for a terminal
    Table,
    /// 表ごとの CSV と目録 / A CSV file a table, and a list of them
    Csv,
    /// Excel のブック一つ（表ごとのシート） / One Excel workbook, a sheet a table
    Xlsx,
    /// 図のある一枚のページ（印刷できる） / One page with charts, fit for print
    Html,
}

/// A day in Japan, as `2024-10-01`.
fn date(text: &str) -> Result<JapanDay, String> {
    let start = format!("{text}T00:00:00+09:00").parse::<Timestamp>();
    match start {
        Ok(start) if text.len() == "2024-10-01".len() => Ok(start.japan_day()),
        _ => Err("2024-10-01 のような日付で / give a date such as 2024-10-01".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_in_japan() {
        assert_eq!(date("2025-02-03").unwrap().start().to_string(), "2025-02-03T00:00:00+09:00");
        for bad in ["2025-2-3", "2025-02-30", "20250203", "2025-02-03T00:00:00+09:00", "", "今日"] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }
}
