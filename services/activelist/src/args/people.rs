//! What is told to the commands about disputed responses and people who may be entered twice.

use clap::{Subcommand, ValueEnum};

use super::Server;

/// What to do with disputed responses.
#[derive(Debug, Subcommand)]
pub enum Dispute {
    /// 確認待ちの回答（古い順）、または決定済み（新しい順） / Those that wait, oldest first, or were decided, newest first
    List(DisputeList),
    /// 一件を、数えられている回答と並べて見る / One, side by side with what counts
    Show(DisputeShow),
    /// 一件を決める（理由が要る。取り消せない） / Decide about one, with a reason, once
    Decide(DisputeDecide),
}

/// `dispute list`.
#[derive(Debug, Clone, clap::Args)]
pub struct DisputeList {
    /// 決定済みのもの / Those that were decided
    #[arg(long)]
    pub decided: bool,
    /// この登録番号のものだけ / Only under this registration number
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true)]
    pub number: String,
    /// 見る範囲と結果の形 / Which part, and how it is shown
    #[command(flatten)]
    pub page: Page,
}

/// A part of a list, and how it is shown.
#[derive(Debug, Clone, clap::Args)]
pub struct Page {
    /// 一度に見る件数（200 まで） / How many at once, at most 200
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub page_size: i32,
    /// 前の一覧の続き / Where the list before ended
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub page_token: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// Where to, and how the result is shown.
#[derive(Debug, Clone, clap::Args)]
pub struct At {
    /// サーバー / The server
    #[command(flatten)]
    pub server: Server,
    /// 結果を一行の JSON で / The result as one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `dispute show`.
#[derive(Debug, Clone, clap::Args)]
pub struct DisputeShow {
    /// disputes/<id>（一覧にある名前） / As the list names it
    #[arg(value_name = "DISPUTE")]
    pub name: String,
    /// 違う回答だけ / Only answers that differ
    #[arg(long)]
    pub differing: bool,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// A decision about a disputed response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// そのまま（この回答は数えない） / The holder keeps the number; the response never counts
    Keep,
    /// 番号は送り手のもの（新しい方として登録） / The sender takes the number over, as a new person
    TakeOver,
    /// 同じ方（名前や連絡先が変わった） / It is the holder after all
    SamePerson,
    /// 別の番号のもの（--number） / It belongs to another number, given with --number
    OtherNumber,
}

/// `dispute decide`.
#[derive(Debug, Clone, clap::Args)]
pub struct DisputeDecide {
    /// disputes/<id>（一覧にある名前） / As the list names it
    #[arg(value_name = "DISPUTE")]
    pub name: String,
    /// どう決めるか / What is decided
    #[arg(value_name = "DECISION", value_enum)]
    pub decision: Decision,
    /// 別の登録番号（other-number のとき） / The number it belongs to, for other-number
    #[arg(long, value_name = "NUMBER", default_value = "", hide_default_value = true)]
    pub number: String,
    /// 理由（500 文字まで） / Why, at most 500 characters
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// 見たときから変わっていなければ決める / Only when it has not changed since it was shown
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    pub etag: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// What to do with people who answered.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// 別の番号で二重に登録された疑いのある組 / Pairs under different numbers who may be the same
    Duplicates(PersonDuplicates),
    /// 一人と、その回答の一覧（split に使う responses/<id>） / One person, and every response, as split names them
    Show(PersonShow),
    /// 二人の回答を並べて見る / Two people side by side
    Compare(PersonCompare),
    /// 二人を一人にまとめる（split と apart で戻せる） / Two people are one
    Merge(PersonMerge),
    /// 一部の回答を別の番号に移す / Some responses are somebody else's
    Split(PersonSplit),
    /// 二人は別の方（まとめていれば分ける） / Two people are two; parts them when they were merged
    Apart(PersonApart),
    /// 誰が、いつ、なぜ決めたか / Who decided what about a person, when and why
    History(PersonHistory),
}

/// `person duplicates`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonDuplicates {
    /// 見る範囲と結果の形 / Which part, and how it is shown
    #[command(flatten)]
    pub page: Page,
}

/// `person show`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonShow {
    /// 登録番号、または people/<id> / Registration number, or people/<id>
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// `person compare`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonCompare {
    /// 登録番号、または people/<id> / Registration number, or people/<id>
    #[arg(value_name = "PERSON")]
    pub first: String,
    /// もう一人 / The other one
    #[arg(value_name = "OTHER")]
    pub second: String,
    /// 違う回答だけ / Only answers that differ
    #[arg(long)]
    pub differing: bool,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// `person merge`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonMerge {
    /// まとめられる方: 登録番号、または people/<id> / Who is merged: registration number, or people/<id>
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// 残る方 / Who stays
    #[arg(value_name = "INTO")]
    pub into: String,
    /// 理由（500 文字まで） / Why, at most 500 characters
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// `person split`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonSplit {
    /// 登録番号、または people/<id> / Registration number, or people/<id>
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// 移す回答 responses/<id>（100 件まで） / Responses that go, at most 100
    #[arg(long = "response", value_name = "RESPONSE", required = true)]
    pub responses: Vec<String>,
    /// 移す先の登録番号（なければ新しく登録） / The number they go to; somebody is entered when there is none
    #[arg(long, value_name = "NUMBER")]
    pub number: String,
    /// 理由（500 文字まで） / Why, at most 500 characters
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// `person apart`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonApart {
    /// people/<id>、または登録番号 / people/<id>, or registration number
    #[arg(value_name = "PERSON")]
    pub first: String,
    /// もう一人 / The other one
    #[arg(value_name = "OTHER")]
    pub second: String,
    /// 理由（500 文字まで） / Why, at most 500 characters
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}

/// `person history`.
#[derive(Debug, Clone, clap::Args)]
pub struct PersonHistory {
    /// 登録番号、または people/<id> / Registration number, or people/<id>
    #[arg(value_name = "PERSON")]
    pub person: String,
    /// サーバーと結果の形 / The server, and how it is shown
    #[command(flatten)]
    pub at: At,
}
