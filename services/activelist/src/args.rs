//! What the program is told: commands, options, and the settings that may stand in the environment.

mod campaign;
mod company;
mod exporting;
mod importing;
mod looking;
mod notices;
mod pairing;
mod people;
mod policy;
mod reporting;
mod standing;

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use kit_clock::Timestamp;
use kit_log::NatsConfig;

pub use self::campaign::{
    Campaign, CampaignClose, CampaignContacted, CampaignCreate, CampaignList, CampaignReminders, CampaignShow,
    CampaignUpdate, Contact, Recipients, RecipientsAdd, RecipientsList,
};
pub use self::company::{Company, CompanyAdd, CompanyDuplicates, CompanyList, CompanyShow};
pub use self::exporting::{Export, ExportExperts, ExportFormat, ExportSurvey, ExportTo, Headings, Values};
pub use self::importing::{DEFAULT_PROGRAMME, Import, ImportGuidance, ImportSurvey, Taken};
pub use self::looking::{Entries, Exposure, Search, Suggest};
pub use self::notices::{Mail, Notices, NoticesFailed, NoticesList, NoticesPull, NoticesRetry, ServeNotices};
pub use self::pairing::{Batch, Match, MatchApply, MatchExplain, MatchPreview, MatchTimetable, TimetableFormat};
pub use self::people::{
    At, Decision, Dispute, DisputeDecide, DisputeList, DisputeShow, Page, Person, PersonApart, PersonCompare,
    PersonDuplicates, PersonHistory, PersonMerge, PersonShow, PersonSplit,
};
pub use self::policy::{
    Policy, PolicyActivate, PolicyAdd, PolicyCancel, PolicyList, PolicyPreview, PolicyShow, PolicyStatus, Rating,
};
pub use self::reporting::{Report, ReportFormat};
pub use self::standing::{ExpertChecks, ExpertStanding, Review};

const ABOUT: &str = "セキュリティ専門家のアクティブリスト / The list of security experts who can be called on";

const EXIT_CODES: &str = "終了コード / Exit codes:
  0  できた / done
  1  できなかった（接続、権限、サーバーの都合、照合の不一致） / could not (connection, permission, server, a check that fails)
  2  入力の誤り（コマンド、ファイル）。何も保存されない / the input is at fault (command, file); nothing is stored
  3  --keep-good で良い行だけを保存した / --keep-good stored the good rows, and others were not good";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "activelist", version, about = ABOUT, after_help = EXIT_CODES, propagate_version = true)]
pub struct Args {
    /// 何をするか / What to do
    #[command(subcommand)]
    pub command: Command,
    /// ログの絞り込み（RUST_LOG の書式）。既定: serve は info、他は warn / Log filter, as in RUST_LOG
    #[arg(long, global = true, value_name = "FILTER", env = "ACTIVELIST_LOG")]
    pub log: Option<String>,
    /// ログの形（stderr） / Form of the log lines on stderr
    #[arg(long, global = true, value_enum, default_value = "text", env = "ACTIVELIST_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// 見出しと用語の言語 / Language of headings and labels
    #[arg(long, global = true, value_enum, default_value = "ja", env = "ACTIVELIST_LANG")]
    pub lang: Language,
    /// トレースとメトリクスの送り先（OTLP、HTTP） / OTLP collector over HTTP, such as http://127.0.0.1:4318
    #[arg(long, global = true, value_name = "URL", env = "ACTIVELIST_OTLP")]
    pub otlp: Option<String>,
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 日本語 / Japanese
    Ja,
    /// 英語 / English
    En,
}

impl From<Language> for kit_vocabulary::Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Ja => Self::Ja,
            Language::En => Self::En,
        }
    }
}

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// 一行ずつ読める形 / Readable lines
    Text,
    /// 一行に一つの JSON / One JSON object a line
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// サービスを動かす / Run services
    #[command(subcommand)]
    Serve(Serve),
    /// データベースの表を最新にして終わる（起動時にも行われる） / Bring a database's tables up and exit
    Migrate(Migrate),
    /// ファイルを取り込む / Import a file
    #[command(subcommand)]
    Import(Import),
    /// ファイルに書き出す / Export to a file
    #[command(subcommand)]
    Export(Export),
    /// 掲載中の専門家を探す / Search the listed experts
    Search(Box<Search>),
    /// 検索の入口（五つ）とその設定 / The five ways into the search, and what they preset
    Entries(Entries),
    /// 打ちかけの語から用語を探す / Terms that begin with what was typed
    Suggest(Suggest),
    /// 専門家が均等に見られているか / How evenly the experts are seen
    Exposure(Exposure),
    /// 専門家を見る / Look at an expert
    #[command(subcommand)]
    Expert(Expert),
    /// ご本人の回答か確認待ちのもの / Responses that somebody else than the holder of a number sent
    #[command(subcommand)]
    Dispute(Dispute),
    /// 二重登録の疑い、統合、分割 / People who may be entered twice: compared, merged, split
    #[command(subcommand)]
    Person(Person),
    /// 調査の期間、依頼先、督促、回答率 / Survey campaigns: when, whom, reminders, response rate
    #[command(subcommand)]
    Campaign(Campaign),
    /// 支援を求める企業 / Companies that seek support
    #[command(subcommand)]
    Company(Company),
    /// 企業と専門家を組み合わせる / Match companies and experts
    #[command(subcommand)]
    Match(Match),
    /// 評価の方針（見る、試す、切り替える） / Scoring policies: look, try out, change over
    #[command(subcommand)]
    Policy(Policy),
    /// 集計を表・CSV・Excel・ページに書き出す / Write the study's tables as text, CSV, Excel or a page
    Report(Box<Report>),
    /// サーバーが働けるかを尋ねる / Ask whether a server can work
    Health(Health),
    /// 適用できず脇に置かれたイベント / Events that a reader set aside
    #[command(subcommand)]
    Parked(Parked),
    /// 通知（やるべきこと、知らせること）とその配達 / Notices and their delivery
    #[command(subcommand)]
    Notices(Notices),
    /// サーバーなしで一通り見せる / Show the main job in one process, without any server
    Demo(Demo),
    /// 架空の専門家を何人でも作る（取り込めるファイル） / Make up any number of experts, as a file to import
    Generate(Generate),
    /// 速さを測る / Measure how fast it is
    #[command(subcommand)]
    Bench(Bench),
}

impl Args {
    /// What the process is told, by its command line and its environment. Ends the process where that makes no sense.
    pub fn of_process() -> Self {
        let told = without_empty(Self::command()).get_matches();
        Self::from_arg_matches(&told).unwrap_or_else(|error| error.exit())
    }
}

/// A setting that is there and empty is not set: `NAME=` is how `.env` and compose files take one back.
fn without_empty(command: clap::Command) -> clap::Command {
    let given = |arg: clap::Arg| match arg.get_env().and_then(std::env::var_os) {
        Some(value) if value.is_empty() => arg.env(Resettable::Reset),
        _ => arg,
    };
    command.mut_args(given).mut_subcommands(without_empty)
}

/// Which services to run.
#[derive(Debug, Subcommand)]
pub enum Serve {
    /// すべてを一つのプロセスで、SQLite で / All of them in one process, on SQLite
    All(ServeAll),
    /// アンケートと評価 / Survey forms, responses and ratings
    Survey(ServeSurvey),
    /// 専門家の登録簿 / The register of experts
    Registry(ServeRegistry),
    /// 検索 / The search
    Search(ServeSearch),
    /// 相談・指導の案件 / Consultations and guidance cases
    Engagement(ServeEngagement),
    /// 集計 / The reports
    Insights(ServeInsights),
    /// 通知（やるべきこと、知らせること） / Notices: what people must learn or do
    Notices(Box<ServeNotices>),
    /// マッチング（支援の求め、相談会、専門家の提案） / Matching: requests, consultation events, who is proposed to whom
    Matching(ServeMatching),
}

/// `serve all`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeAll {
    /// データの置き場（なければ作る） / Directory of the databases; made when absent
    #[arg(long, value_name = "DIR", env = "ACTIVELIST_DATA")]
    pub data: PathBuf,
    /// 待ち受けるアドレス（ポート 0 は空きを選ぶ） / Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8400", env = "ACTIVELIST_LISTEN")]
    pub listen: String,
    /// 新しいデータベースが始まる評価の方針（なければ ipa-2024）。切り替えは policy activate / Scoring policy that a new database begins with
    #[arg(long, value_name = "ID", env = "ACTIVELIST_POLICY")]
    pub policy: Option<String>,
    /// 評価の方針の切り替えの進め方 / How activations of scoring policies are carried on
    #[command(flatten)]
    pub rating: Rating,
    /// 止まった時計で動かす（RFC 3339） / Run on a clock that stands at this moment
    #[arg(long, value_name = "TIME", env = "ACTIVELIST_CLOCK")]
    pub clock: Option<Timestamp>,
    /// 呼び出し元の名乗りを誰から信じるか / Whose word about the caller is believed
    #[arg(long, value_enum, default_value = "near", env = "ACTIVELIST_TRUST")]
    pub trust: Trust,
    /// 掲載の点検（確認の期限切れ、登録の失効）をいつ行うか / When overdue and lapsed entries are taken off the list
    #[arg(long, value_enum, default_value = "daily", env = "ACTIVELIST_REVIEW")]
    pub review: Review,
    /// 通知のメール / Notices by mail
    #[command(flatten)]
    pub mail: Mail,
}

/// What every service of its own process needs.
#[derive(Debug, Clone, clap::Args)]
pub struct Surroundings {
    /// 待ち受けるアドレス / Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8400", env = "ACTIVELIST_LISTEN")]
    pub listen: String,
    /// 個人ごとの鍵の置き場 / Database of the person keys: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_KEYS", hide_env_values = true)]
    pub keys: String,
    /// イベントを運ぶ NATS。なければ読み手が尋ねに行く / NATS server; without it readers poll
    #[arg(long, value_name = "URL", env = "ACTIVELIST_NATS", hide_env_values = true)]
    pub nats: Option<String>,
    /// NATS に置くログの写し 1 本の上限（MiB） / Most that NATS keeps of this service's log, in MiB, which it reserves
    #[arg(long, value_name = "MIB", default_value_t = NatsConfig::STREAM >> 20, env = "ACTIVELIST_STREAM_MIB",
          value_parser = clap::value_parser!(i64).range(1..=1 << 20))]
    pub stream_mib: i64,
    /// 呼び出し元の名乗りを誰から信じるか / Whose word about the caller is believed
    #[arg(long, value_enum, default_value = "near", env = "ACTIVELIST_TRUST")]
    pub trust: Trust,
    /// 止まった時計で動かす（RFC 3339） / Run on a clock that stands at this moment
    #[arg(long, value_name = "TIME", env = "ACTIVELIST_CLOCK")]
    pub clock: Option<Timestamp>,
}

/// `serve survey`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeSurvey {
    /// データベース / Database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// 新しいデータベースが始まる評価の方針（なければ ipa-2024）。切り替えは policy activate / Scoring policy that a new database begins with
    #[arg(long, value_name = "ID", env = "ACTIVELIST_POLICY")]
    pub policy: Option<String>,
    /// 評価の方針の切り替えの進め方 / How activations of scoring policies are carried on
    #[command(flatten)]
    pub rating: Rating,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// `serve registry`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeRegistry {
    /// データベース / Database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// survey サービスのアドレス / Address of the survey service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SURVEY")]
    pub survey: String,
    /// 掲載の点検（確認の期限切れ、登録の失効）をいつ行うか / When overdue and lapsed entries are taken off the list
    #[arg(long, value_enum, default_value = "daily", env = "ACTIVELIST_REVIEW")]
    pub review: Review,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// `serve search`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeSearch {
    /// 閲覧数を数えるデータベース / Database of the counts of exposure: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// 索引を残すファイル（複製ごとに別） / File to keep the index in between starts, one a replica; without it every start reads the logs
    #[arg(long, value_name = "FILE", env = "ACTIVELIST_SNAPSHOT")]
    pub snapshot: Option<PathBuf>,
    /// survey サービスのアドレス / Address of the survey service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SURVEY")]
    pub survey: String,
    /// registry サービスのアドレス / Address of the registry service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_REGISTRY")]
    pub registry: String,
    /// engagement サービスのアドレス。なければ実績を示さない / Address of the engagement service; without it sheets tell no track record
    #[arg(long, value_name = "URL", env = "ACTIVELIST_ENGAGEMENT")]
    pub engagement: Option<String>,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// `serve engagement`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeEngagement {
    /// データベース / Database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// matching サービスのアドレス。なければ案件は手でだけ始まる / Address of the matching service; without it cases begin by hand alone
    #[arg(long, value_name = "URL", env = "ACTIVELIST_MATCHING")]
    pub matching: Option<String>,
    /// registry サービスのアドレス。なければ統合された専門家の実績は合算されない / Address of the registry service; without it the records of merged experts stay apart
    #[arg(long, value_name = "URL", env = "ACTIVELIST_REGISTRY")]
    pub registry: Option<String>,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// `serve matching`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeMatching {
    /// データベース / Database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// registry サービスのアドレス / Address of the registry service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_REGISTRY")]
    pub registry: String,
    /// search サービスのアドレス / Address of the search service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SEARCH")]
    pub search: String,
    /// engagement サービスのアドレス / Address of the engagement service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_ENGAGEMENT")]
    pub engagement: String,
    /// notices サービスのアドレス / Address of the notices service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_NOTICES")]
    pub notices: String,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// `serve insights`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeInsights {
    /// engagement サービスのアドレス / Address of the engagement service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_ENGAGEMENT")]
    pub engagement: String,
    /// survey サービスのアドレス / Address of the survey service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SURVEY")]
    pub survey: String,
    /// registry サービスのアドレス / Address of the registry service
    #[arg(long, value_name = "URL", env = "ACTIVELIST_REGISTRY")]
    pub registry: String,
    /// ほかのすべて / The rest
    #[command(flatten)]
    pub around: Surroundings,
}

/// Whose word about the caller is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Trust {
    /// このプロセスとループバックだけ / Only this process and the loopback interface
    Near,
    /// 誰でも（ほかに誰もつながらない網でだけ） / Everybody: only on a network where nobody else can connect
    Any,
}

/// `migrate`.
#[derive(Debug, Clone, clap::Args)]
pub struct Migrate {
    /// データベース / Database: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL", env = "ACTIVELIST_DATABASE", hide_env_values = true)]
    pub database: String,
    /// どのサービスのものか / Whose database it is
    #[arg(long, value_enum)]
    pub service: Store,
    /// survey の新しいデータベースが始まる評価の方針（なければ ipa-2024） / The scoring policy that a new database of the survey begins with
    #[arg(long, value_name = "ID", env = "ACTIVELIST_POLICY")]
    pub policy: Option<String>,
    /// バックアップから戻した。ログを新しい世代にし、読み手はすべて読み直す（サービスを止めて行う） / It was restored from a backup: its log begins a new life, which every reader reads from the beginning. With the services stopped
    #[arg(long)]
    pub restored: bool,
}

/// Who has a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// アンケートと評価 / Survey
    Survey,
    /// 登録簿 / Registry
    Registry,
    /// 検索（閲覧数） / Search: counts of exposure
    Search,
    /// 相談・指導の案件 / Consultations and guidance cases
    Engagement,
    /// 通知 / Notices
    Notices,
    /// マッチング / Matching
    Matching,
    /// 個人ごとの鍵 / Person keys
    Keys,
}

/// The server a command talks to.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Server {
    /// サーバーのアドレス / Address of the server, such as http://127.0.0.1:8400
    #[arg(long = "server", value_name = "URL", env = "ACTIVELIST_SERVER")]
    pub url: String,
    /// 記録に残る担当者の名（見える ASCII 256 文字まで） / Operator in whose name this is done
    #[arg(long = "as", value_name = "SUBJECT", env = "ACTIVELIST_SUBJECT")]
    pub subject: Option<String>,
    /// survey サービスが別のアドレスにあるとき / Address of the survey service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SURVEY")]
    pub survey: Option<String>,
    /// registry サービスが別のアドレスにあるとき / Address of the registry service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_REGISTRY")]
    pub registry: Option<String>,
    /// search サービスが別のアドレスにあるとき / Address of the search service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_SEARCH")]
    pub search: Option<String>,
    /// engagement サービスが別のアドレスにあるとき / Address of the engagement service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_ENGAGEMENT")]
    pub engagement: Option<String>,
    /// insights サービスが別のアドレスにあるとき / Address of the insights service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_INSIGHTS")]
    pub insights: Option<String>,
    /// notices サービスが別のアドレスにあるとき / Address of the notices service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_NOTICES")]
    pub notices: Option<String>,
    /// matching サービスが別のアドレスにあるとき / Address of the matching service, where it is another
    #[arg(long, value_name = "URL", env = "ACTIVELIST_MATCHING")]
    pub matching: Option<String>,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum Expert {
    /// 一人の個票（掲載されていなければ理由も） / The sheet of one, or why there is none
    Show(ExpertShow),
    /// ある日に掲載・登録されていたか / Whether somebody was listed and registered on a day
    Standing(ExpertStanding),
    /// 登録の確認の記録 / The checks of a registration
    Checks(ExpertChecks),
}

/// `expert show`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExpertShow {
    /// 登録番号（第012345号、12345 など） / Registration number in any spelling
    #[arg(value_name = "NUMBER", required_unless_present = "name")]
    pub number: Option<String>,
    /// 番号の代わりに experts/<id>（検索の --json の name） / By resource name instead of the number
    #[arg(long, value_name = "NAME", conflicts_with = "number")]
    pub name: Option<String>,
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `health`.
#[derive(Debug, Clone, clap::Args)]
pub struct Health {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// このサービスだけ / Only this service, such as activelist.search.v1.ExpertSearch
    #[arg(long, value_name = "NAME", default_value = "")]
    pub service: String,
}

/// What to do with events set aside.
#[derive(Debug, Subcommand)]
pub enum Parked {
    /// 一覧 / List them
    List(ParkedList),
    /// もう一度適用する / Try those of one aggregate again
    Replay(ParkedOf),
    /// あきらめる / Give those of one aggregate up
    Drop(ParkedOf),
}

/// `parked list`.
#[derive(Debug, Clone, clap::Args)]
pub struct ParkedList {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// この読み手のものだけ / Only those of this reader
    #[arg(long, value_name = "SERVICE", default_value = "")]
    pub reader: String,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `parked replay`, `parked drop`.
#[derive(Debug, Clone, clap::Args)]
pub struct ParkedOf {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 読み手 / The reader's service
    #[arg(long, value_name = "SERVICE")]
    pub reader: String,
    /// 書き手 / The producer's service
    #[arg(long, value_name = "SERVICE")]
    pub producer: String,
    /// 集約（expert/…） / The aggregate, as the list shows it
    #[arg(value_name = "AGGREGATE")]
    pub aggregate: String,
}

/// `demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct Demo {
    /// 期待値と照合して終わる / Compare with what must come out, and exit
    #[arg(long)]
    pub check: bool,
    /// 最後の行に JSON を一つ / One JSON object as the last line
    #[arg(long)]
    pub json: bool,
    /// 待ち受けるアドレス / Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", env = "ACTIVELIST_LISTEN")]
    pub listen: String,
}

/// `generate`.
#[derive(Debug, Clone, clap::Args)]
pub struct Generate {
    /// 人数。登録番号は 999,999 人分しかない / How many; there are registration numbers for 999,999
    #[arg(long, value_name = "N")]
    pub experts: u64,
    /// 同じ種からは同じファイルができる / The same seed gives the same file
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// 形式 / Form
    #[arg(long, value_enum, default_value = "csv")]
    pub format: GeneratedFormat,
    /// 書き出すファイル。既定: 標準出力 / File to write; default: standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Form of made-up experts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GeneratedFormat {
    /// `import survey` で取り込める CSV / CSV that `import survey` takes
    Csv,
    /// 一行に一つの JSON、CSV と同じ項目 / One JSON object a line, with the columns of the CSV
    Jsonl,
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// 検索を tantivy と PostgreSQL に並べて / The search, beside tantivy and PostgreSQL
    Search(BenchSearch),
}

/// `bench search`.
#[derive(Debug, Clone, clap::Args)]
pub struct BenchSearch {
    /// 専門家の人数 / How many experts
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "203,24000")]
    pub experts: Vec<u64>,
    /// 問い合わせの数 / How many queries
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub queries: usize,
    /// 同じ種からは同じ人と問い合わせができる / The same seed gives the same people and queries
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// PostgreSQL も測る（auto は ACTIVELIST_TEST_POSTGRES_URL のもの） / Measure PostgreSQL too; auto takes that of ACTIVELIST_TEST_POSTGRES_URL
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// gRPC でも測る / Measure it over gRPC too
    #[arg(long)]
    pub grpc: bool,
    /// 結果を書く JSON / File for the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// 結果を描く SVG / File for a chart
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_and_option_says_what_it_is_for() {
        fn look(command: &clap::Command, at: &str) {
            let at = format!("{at} {}", command.get_name());
            assert!(command.get_about().is_some(), "{at} has no words");
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{at}: {} has no words", arg.get_id());
            }
            command.get_subcommands().for_each(|inner| look(inner, &at));
        }
        let command = Args::command();
        command.clone().debug_assert();
        look(&command, "");
    }
}
