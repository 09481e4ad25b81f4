//! What is told to the commands that look for experts and at how they are seen.

use super::Server;

/// `search`. Values are labels or codes in either language; one option several times means any of them.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Search {
    /// 自由語。すべてを含む人を探す（自己PR、支援実績、所属組織、資格） / Words that must all stand in what an expert wrote
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 入口（worries、training、guideline、incident、technical）。条件を設定する / Entry: presets conditions (see `activelist entries`)
    #[arg(long, value_name = "ENTRY")]
    pub entry: Option<String>,
    /// 自由語（語の並びと同じ） / Words, the same as the words themselves
    #[arg(long, value_name = "WORDS")]
    pub text: Vec<String>,
    /// 支援メニュー（M5、インシデント発生時の対応） / Support menu
    #[arg(long, value_name = "MENU")]
    pub menu: Vec<String>,
    /// 支援メニューの項目（M5-2、シナリオ作成と机上演習） / Item of a support menu
    #[arg(long, value_name = "ITEM")]
    pub menu_item: Vec<String>,
    /// 対応する都道府県（27、大阪府） / Prefecture served
    #[arg(long, value_name = "PREFECTURE")]
    pub prefecture: Vec<String>,
    /// 得意とする業界 / Industry of strength
    #[arg(long, value_name = "INDUSTRY")]
    pub industry: Vec<String>,
    /// 報酬の上限（20_30k、20,000円以上～30,000円未満） / Highest fee band still paid
    #[arg(long, value_name = "FEE")]
    pub fee_ceiling: Option<String>,
    /// 支援期間 / Duration
    #[arg(long, value_name = "DURATION")]
    pub duration: Vec<String>,
    /// 支援形態（incident、訪問） / Format of support
    #[arg(long, value_name = "FORMAT")]
    pub format: Vec<String>,
    /// 企業規模（11_50、11-50名） / Company size served
    #[arg(long, value_name = "SIZE")]
    pub size: Vec<String>,
    /// 保有資格 / Qualification
    #[arg(long, value_name = "QUALIFICATION")]
    pub qualification: Vec<String>,
    /// 所属状況（independent、独立） / Affiliation
    #[arg(long, value_name = "AFFILIATION")]
    pub affiliation: Vec<String>,
    /// 指導テーマ（T4） / Guidance theme
    #[arg(long, value_name = "THEME")]
    pub theme: Vec<String>,
    /// 所属・つながりのある団体（jama_japia、自工会・部工会） / Body the expert is tied to
    #[arg(long, value_name = "BODY")]
    pub organisation: Vec<String>,
    /// できるスキル項目（S5a3） / Skill item the expert can do
    #[arg(long, value_name = "ITEM")]
    pub skill_item: Vec<String>,
    /// 企業の所在地。近い順に並ぶ / Prefecture of the company: nearer experts come first
    #[arg(long, value_name = "PREFECTURE")]
    pub place: Option<String>,
    /// 件数の表示: all、none、または prefectures,industries など。既定は主な値だけ / Counts: all, none, or some by name
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub facets: Vec<String>,
    /// 同順位の並びを決める日（1970-01-01 からの日数） / Day of the rotation among equals; default: today
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub day: Option<i64>,
    /// 一度に取る件数 / Hits a page
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100))]
    pub page_size: Option<i32>,
    /// 続きのしるし / Token of the next page, from the page before
    #[arg(long, value_name = "TOKEN", conflicts_with = "all")]
    pub page_token: Option<String>,
    /// 続きのページの最初の順位 / Place in the list of the first on that page
    #[arg(long, value_name = "N", requires = "page_token", value_parser = clap::value_parser!(u64).range(1..))]
    pub from: Option<u64>,
    /// 最後のページまで / All pages
    #[arg(long)]
    pub all: bool,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `entries`.
#[derive(Debug, Clone, clap::Args)]
pub struct Entries {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `suggest`.
#[derive(Debug, Clone, clap::Args)]
pub struct Suggest {
    /// 用語や読みの初め（おおさ、イン、cis） / The beginning of a name or its reading
    #[arg(value_name = "TYPED")]
    pub typed: String,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `exposure`.
#[derive(Debug, Clone, clap::Args)]
pub struct Exposure {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 今日までの日数。既定は 60 / Days up to today; default: 60
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=400))]
    pub days: Option<i64>,
    /// この支援メニューで同順位の人のあいだの偏りも / Also the spread among equals in this menu
    #[arg(long, value_name = "MENU")]
    pub menu: Option<String>,
    /// 最も見られた人、見られていない人を何人ずつ / How many of those seen least and most to name
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(i32).range(0..=100))]
    pub extremes: i32,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}
