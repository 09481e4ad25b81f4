//! What is told to the commands about companies.

use clap::Subcommand;

use super::Server;

/// What to do with companies.
#[derive(Debug, Subcommand)]
pub enum Company {
    /// 一社を見る / One company
    Show(CompanyShow),
    /// 企業の一覧（登録順） / Companies in order of entry
    List(CompanyList),
    /// 企業を登録する。重複の疑いがあれば知らせる / Enter a company; tells which ones may be the same
    Add(Box<CompanyAdd>),
    /// 重複の疑いのある組（決めるのは人） / Pairs that may be the same, for a person to decide
    Duplicates(CompanyDuplicates),
}

/// `company show`.
#[derive(Debug, Clone, clap::Args)]
pub struct CompanyShow {
    /// 法人番号、または companies/<id> / Corporate number in any spelling, or companies/<id>
    #[arg(value_name = "NUMBER|NAME")]
    pub company: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `company list`.
#[derive(Debug, Clone, clap::Args)]
pub struct CompanyList {
    /// 都道府県（27、大阪府） / Prefecture
    #[arg(long, value_name = "PREFECTURE", default_value = "", hide_default_value = true)]
    pub prefecture: String,
    /// 業種（automotive、建設業） / Industry
    #[arg(long, value_name = "INDUSTRY", default_value = "", hide_default_value = true)]
    pub industry: String,
    /// 担当の支援機関 / Body that looks after them, bodies/<id>
    #[arg(long, value_name = "BODY", default_value = "", hide_default_value = true)]
    pub body: String,
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

/// `company add`.
#[derive(Debug, Clone, clap::Args)]
pub struct CompanyAdd {
    /// 企業名 / Name of the company
    #[arg(value_name = "NAME")]
    pub name: String,
    /// フリガナ / Name in kana
    #[arg(long, value_name = "KANA", default_value = "", hide_default_value = true)]
    pub kana: String,
    /// 法人番号（全角、空白、ハイフン可） / Corporate number in any spelling
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true)]
    pub number: String,
    /// 個人事業主（法人番号と資本金はない） / A sole proprietor: no corporate number, no capital
    #[arg(long)]
    pub sole_proprietor: bool,
    /// 都道府県（27、大阪府） / Prefecture
    #[arg(long, value_name = "PREFECTURE", default_value = "", hide_default_value = true)]
    pub prefecture: String,
    /// 都道府県より先の住所 / Address below the prefecture
    #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    pub address: String,
    /// 業種（automotive、建設業） / Industry
    #[arg(long, value_name = "INDUSTRY", default_value = "", hide_default_value = true)]
    pub industry: String,
    /// 資本金（円） / Capital in yen
    #[arg(long, value_name = "YEN")]
    pub capital: Option<i64>,
    /// 従業員数 / Employees
    #[arg(long, value_name = "COUNT")]
    pub employees: Option<i64>,
    /// セキュリティ担当者（full_time、part_time、none） / Who is in charge of security
    #[arg(long, value_name = "STAFF", default_value = "", hide_default_value = true)]
    pub security_staff: String,
    /// 担当の支援機関 / Body that looks after it, bodies/<id>
    #[arg(long, value_name = "BODY", default_value = "", hide_default_value = true)]
    pub body: String,
    /// 調べるだけで保存しない / Check only, store nothing
    #[arg(long)]
    pub dry_run: bool,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `company duplicates`.
#[derive(Debug, Clone, clap::Args)]
pub struct CompanyDuplicates {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 前の一覧の続き / Where the list before ended
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub page_token: String,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}
