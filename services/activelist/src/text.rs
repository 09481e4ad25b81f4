//! Everything the program says to people, in Japanese first and English beside it.
//!
//! What the services say (faults, obstacles, refusals) comes from them in both languages; help for commands stands with the
//! commands in `args.rs`.

use kit_vocabulary::Lang;

/// A text in both languages, with places such as `{file}` to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    ja: &'static str,
    en: &'static str,
}

impl Text {
    /// The text in one language with its places filled.
    pub fn get(&self, lang: Lang, places: &[(&str, &str)]) -> String {
        let text = match lang {
            Lang::Ja => self.ja,
            Lang::En => self.en,
        };
        filled(text, places)
    }

    /// The text in Japanese, then in English.
    pub fn fill(&self, places: &[(&str, &str)]) -> String {
        format!("{} / {}", filled(self.ja, places), filled(self.en, places))
    }
}

/// Fills each place once, so that what is filled in is never taken for a place.
fn filled(text: &str, places: &[(&str, &str)]) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        match places.iter().find(|(place, _)| *place == name) {
            Some((_, value)) => whole.push_str(value),
            None => whole.extend(["{", name, "}"]),
        }
        rest = after;
    }
    whole + rest
}

macro_rules! texts {
    ($group:ident: $($name:ident: $ja:literal, $en:literal;)*) => {
        $(
            #[doc = $en]
            pub const $name: Text = Text { ja: $ja, en: $en };
        )*

        #[cfg(test)]
        pub(crate) const $group: &[(&str, Text)] = &[$((stringify!($name), $name)),*];
    };
}

mod campaign;
pub use campaign::*;

pub mod policy;

// Errors, and what to do about them.
texts! {
    ERRORS:
    ERROR: "エラー", "error";
    ADVICE: "対処", "what to do";
    ADVICE_ADDRESS: "http:// で始まるアドレスを指定してください", "give an address that begins with http://";
    BAD_ADDRESS: "サーバーのアドレスではありません: {url}", "not the address of a server: {url}";
    BAD_SUBJECT: "--as の名前が使えません", "the name of --as cannot be used";
    ADVICE_SUBJECT: "空白を含まない ASCII 256 文字以内にしてください", "use at most 256 ASCII characters without blanks";
    ADVICE_INPUT: "指摘された項目を直してもう一度実行してください", "correct what is named and run it again";
    ADVICE_UNAVAILABLE: "サーバーが動いているか、--server のアドレスが正しいか確認してください", "see whether the server runs and --server is its address";
    ADVICE_LATE: "サーバーの負荷を見て、もう一度実行してください", "look at the load of the server, then run it again";
    ADVICE_PERMISSION: "担当者の権限のある場所（サーバーと同じ機械など）から実行してください", "run it where an operator is believed, such as on the server's machine";
    ADVICE_BUSY: "少し待ってから、もう一度実行してください", "wait a little, then run it again";
    FAULTS: "入力に誤りが{count}件あります", "{count} faults in what was asked";
    MORE: "ほかに {more} 件", "{more} more";
    ADVICE_VERSION: "サーバーが古い版かもしれません。版を確認してください", "the server may be of an earlier version: check it";
    ADVICE_NOT_FOUND: "番号や名前を確認してください", "check the number or name";
    ADVICE_STATE: "いまの状態をもう一度見て、必要ならやり直してください", "look again at how things stand, then run it if it is still wanted";
    ADVICE_LOG: "サーバーのログを確認してください", "look at the log of the server";
    ADVICE_WRITE: "出力先の空き容量と権限を確認してください", "see whether the place of the output has room and may be written";
    UNWRITABLE: "結果を書き出せません: {error}", "the result cannot be written: {error}";
    BAD_TELEMETRY: "ログやトレースの設定に誤りがあります: {error}", "the settings of logs or traces are wrong: {error}";
    ADVICE_TELEMETRY: "--log と --otlp を確認してください", "check --log and --otlp";
}

mod importing;

pub use self::importing::*;

mod exporting;
mod people;
mod standing;

pub use self::exporting::*;
pub use self::people::*;
pub use self::standing::*;

// Search and experts.
texts! {
    SEARCH:
    UNKNOWN_CONDITION: "条件の意味が分かりません: {conditions}", "unknown condition: {conditions}";
    ADVICE_CONDITION: "コード（M5、27 など）か用語のラベル（大阪府など）で指定してください", "use codes (M5, 27) or labels (大阪府, Osaka)";
    DID_YOU_MEAN: "もしかして {names}", "did you mean {names}";
    ONE_OF: "指定できるのは {names}", "it is one of {names}";
    NOTHING_LIKE_IT: "近い用語がありません（activelist suggest で探せます）", "nothing like it (try activelist suggest)";
    COMMA: "、", ", ";
    FOUND: "{total} 名（{shown} 名を表示）", "{total} experts ({shown} shown)";
    FOUND_ALL: "{total} 名", "{total} experts";
    ROTATION: "並びの日 {day}", "order of {day}";
    NO_CONDITIONS: "条件なし", "no conditions";
    PRESET: "（入口の設定）", " (by the entry)";
    NEAR: "近い順 {place}", "nearest to {place} first";
    NOBODY: "該当する専門家はいません。条件を一つ外すか、件数を見て選び直してください", "nobody meets all of this: drop a condition, or choose by the counts";
    NEXT_PAGE: "続き", "next page";
    STALE: "! は登録内容の確認が期限切れ", "! the entry is overdue for confirmation";
    ENTRY: "入口", "Entry";
    MENU: "支援メニュー", "Menu";
    MENU_ITEM: "メニューの項目", "Menu item";
    FEE_CEILING: "報酬の上限", "Fee at most";
    BODIES: "つながりのある団体", "Tied to";
    SKILL: "スキル項目", "Skill item";
    WORDS: "自由語", "Words";
    POINTS: "点", "Pts";
    MARKS: "評価", "Marks";
    CONFIRMED: "確認日", "Confirmed";
    PREFERRED: "優先", "Pref";
    SAME_PREFECTURE: "同県", "same pref.";
    SAME_REGION: "同地方", "same region";
    OTHERS: "ほか {count}", "+{count}";
    CODE: "コード", "Code";
    LABEL: "名称", "Name";
    ABOUT: "対象", "For";
    PRESETS: "設定", "Presets";
    PREFERS: "優先", "Prefers";
    ASK_NEXT: "次に尋ねる", "Ask next";
    NOTHING_PRESET: "なし", "none";
    OPTION: "指定", "Option";
    NOTHING_SUGGESTED: "「{typed}」で始まる用語はありません", "no term begins with {typed}";
    NAME: "氏名", "Name";
    NUMBER: "登録番号", "Number";
    RESIDENCE: "居住地", "Residence";
    FEE: "報酬（1回2時間）", "Fee (two hours)";
    FEE_SHORT: "報酬/2時間", "Fee/2 h";
    SERVED: "対応地域", "Prefectures served";
    FORMATS: "支援形態", "Formats";
    DURATIONS: "期間", "Durations";
    AFFILIATION: "所属状況", "Affiliation";
    THEMES: "テーマ", "Themes";
    INDUSTRIES: "得意な業界", "Industries";
    QUALIFICATIONS: "保有資格", "Qualifications";
    SUMMARY: "支援実績", "What was supported";
    ORGANISATION: "所属組織", "Organisation";
    SIZES: "企業規模", "Company sizes";
    EXPERIENCE: "実務経験", "Experience";
    SELF_PR: "自己PR", "Self-introduction";
    EMAIL: "メール", "Mail";
    HOMEPAGE: "ホームページ", "Home page";
    NONE_OF_THESE: "該当なし", "None of these";
    ALL_OF_JAPAN: "全国", "All of Japan";
    KANA: "フリガナ", "Kana";
    REGISTERED: "登録年", "Registered";
    PROFILE: "基本属性", "Profile";
    RECORD: "支援実績", "Track record";
    CONFIRMED_RECORD: "本制度での実績（双方確認済み）", "Record here, confirmed by both sides";
    EXECUTED: "実施した指導", "Guidance cases";
    EXECUTED_COUNT: "{count} 件（完了 {completed}、途中終了 {early}）", "{count} ({completed} completed, {early} ended early)";
    VISITS_HELD: "訪問", "Visits held";
    BY_THEME: "テーマ別", "By theme";
    BY_INDUSTRY: "業種別", "By industry";
    BY_OUTCOME: "企業の評価", "Companies say";
    MEAN_MARKS: "企業による採点（平均）", "Companies' mean marks, 1 to 5";
    MARK_KNOWLEDGE: "知識", "knowledge";
    MARK_CLARITY: "説明", "clarity";
    MARK_FIT: "適合", "fit";
    MARK_TIME: "時間配分", "use of time";
    MARK_MANNER: "態度", "manner";
    MARK_EAGERNESS: "熱意", "eagerness";
    MARK_COMMUNICATION: "意思疎通", "communication";
    GUIDES: "支援可能な指導テーマ", "Guidance themes";
    SUPPORTS: "支援メニューの評価", "Support menus";
    RANGE: "提供可能な支援の範囲", "What is offered";
    SUPPORTED: "中小企業支援経験", "Has supported companies";
    CASES: "支援件数", "Cases";
    CASES_COUNT: "{count} 件", "{count}";
    YEARS: "支援年数", "Years of support";
    YEARS_COUNT: "{count} 年", "{count}";
    YES: "あり", "yes";
    NO: "なし", "no";
    ALSO: "（その他: {words}）", " (other: {words})";
    OVERDUE: "期限切れ", "overdue";
    STATE_LISTED: "掲載中", "listed";
    STATE_DRAFT: "下書き", "draft";
    STATE_PAUSED: "休止中", "paused";
    STATE_DELISTED: "掲載終了", "delisted";
    STATE_ERASED: "削除済み", "erased";
    STATE_UNKNOWN: "登録簿になし", "unknown to the register";
    SHORT_BY: "{count} 点不足", "{count} short";
    MET: "達成", "met";
    SUMS: "合計/基準", "Sum/threshold";
    FOLLOWS: "根拠", "Follows from";
    BAD_EXPERT_NAME: "experts/<id> の形で指定してください: {name}", "give experts/<id>: {name}";
    BAD_NUMBER: "登録番号ではありません", "this is no registration number";
    ADVICE_NUMBER: "6 桁までの数字（第012345号、12345 など）で指定してください", "give at most six digits, such as 第012345号 or 12345";
    NO_SUCH_EXPERT: "専門家が見つかりません: {number}", "there is no such expert: {number}";
    RATED_BY: "評価（方針 {policy}）", "Rating (policy {policy})";
    AREA: "分野", "Area";
    MARK: "評価", "Mark";
}

// Companies.
texts! {
    COMPANIES:
    CORPORATE_NUMBER: "法人番号", "Corporate number";
    COMPANY_NAME: "企業名", "Company";
    COMPANY_PLACE: "所在地", "Place";
    COMPANY_INDUSTRY: "業種", "Industry";
    COMPANY_SIZE: "規模", "Size";
    RESOURCE: "リソース名", "Resource";
    CAPITAL: "資本金（円）", "Capital (yen)";
    EMPLOYEES: "従業員数", "Employees";
    SME: "中小企業", "Small or medium-sized";
    SME_SMALL: "該当", "yes";
    SME_NOT_SMALL: "非該当", "no";
    SME_UNKNOWN: "不明", "not known";
    SECURITY_STAFF: "セキュリティ担当者", "In charge of security";
    SECURITY_ACTION: "SECURITY ACTION（自己宣言）", "SECURITY ACTION (its own declaration)";
    CONTACTS: "窓口", "Contacts";
    LOOKED_AFTER: "担当の支援機関", "Looked after by";
    MERGED_INTO: "統合先", "Merged into";
    NO_COMPANIES: "該当する企業はありません", "there is no such company";
    NO_DUPLICATES: "重複の疑いのある組はありません", "no two companies may be the same";
    MAY_BE_SAME: "同じ企業かもしれない登録が {count} 件あります。確認してください", "{count} entered before may be the same company: please check";
    SAME_NUMBER: "法人番号が同じ", "same corporate number";
    SAME_NAME: "名称と都道府県が同じ", "same name and prefecture";
    COMPANIES_GO_ON: "続き: --page-token {token}", "more: --page-token {token}";
}

// Exposure.
texts! {
    EXPOSURE:
    EXPOSED: "表示の偏り {first} ～ {last}（{days} 日間）", "Exposure from {first} to {last} ({days} days)";
    KIND: "種類", "Kind";
    KIND_SHOWN: "表示", "Shown";
    KIND_SHOWN_FIRST: "1ページ目", "On a first page";
    KIND_OPENED: "個票", "Sheet opened";
    KIND_INTRODUCED: "紹介", "Introduced";
    EXPERTS: "専門家", "Experts";
    TIMES: "回数", "Times";
    UNSEEN: "0 回の人", "With none";
    GINI: "ジニ係数", "Gini";
    MEDIAN: "中央値", "Median";
    GREATEST: "最多", "Most";
    GINI_NOTE: "ジニ係数: 0 は全員同じ、1 に近いほど偏り", "Gini: 0 when all had the same, towards 1 when one had everything";
    EQUALS: "{menu} で同順位の専門家（1ページ目に表示）", "Equals in {menu} (on first pages)";
    NO_EQUALS: "同順位の専門家はいません", "no two experts are equal there";
    LEAST_SEEN: "最も見られていない専門家", "Seen least";
    MOST_SEEN: "最も見られた専門家", "Seen most";
    NO_SUCH_MENU: "支援メニューではありません: {menu}", "no such menu: {menu}";
}

// Operating a server.
texts! {
    OPERATE:
    SERVING: "働けます", "serving";
    NOT_SERVING: "まだ働けません", "not serving";
    NOTHING_PARKED: "脇に置かれたイベントはありません", "nothing is parked";
    REPLAYED: "適用 {applied} 件、残り {parked} 件", "{applied} applied, {parked} still parked";
    ADVICE_PARKED: "parked list で理由を見てください", "see why with `parked list`";
    DROPPED: "{dropped} 件をあきらめました", "{dropped} given up";
    READER: "読み手", "Reader";
    PRODUCER: "書き手", "Producer";
    POSITION: "位置", "Position";
    AGGREGATE: "集約", "Aggregate";
    TYPE: "種類", "Type";
    BAD_DATA: "データの置き場 {dir} を使えません: {error}", "the directory {dir} cannot be used: {error}";
    ADVICE_DATA: "書き込めるフォルダーを --data に指定してください", "give a directory that can be written with --data";
    LOCKED: "データの置き場 {dir} は別のプロセスが使っています", "the directory {dir} is used by another process";
    ADVICE_LOCKED: "そのプロセスを終えるか、別の --data を指定してください", "end that process, or give another --data";
    CANNOT_LISTEN: "待ち受けられません: {error}", "cannot listen: {error}";
    ADVICE_LISTEN: "--listen に空いているアドレスを指定してください", "give a free address with --listen";
    BAD_ADDRESSES: "宛先の表 {file} を使えません: {error}", "the addresses in {file} cannot be used: {error}";
    ADVICE_ADDRESSES: "{\"bodies/osaka\": \"desk@example.jp\"} の形の JSON を --mail-addresses に指定してください", "give --mail-addresses a JSON file such as {\"bodies/osaka\": \"desk@example.jp\"}";
    CANNOT_START: "{service} を始められません: {error}", "{service} cannot start: {error}";
    ADVICE_START: "データベースや NATS の URL と稼働、ログを確認してください", "check the URLs of databases and NATS, whether they run, and the log";
    STOPPED: "途中で止まりました: {error}", "stopped: {error}";
    MIGRATED: "{service} の表は最新です", "the tables of {service} are up to date";
    RESTORED: "{service} のログは新しい世代です。読み手は初めから読み直します", "the log of {service} begins a new life; its readers read it from the beginning";
    KEYS_WITHOUT_LOG: "鍵のデータベースにログはありません", "the database of the keys has no log";
    ADVICE_RESTORED: "--restored はほかのサービスのデータベースに使ってください", "give --restored for the databases of the other services";
}

// Notices.
texts! {
    NOTICES:
    NO_NOTICES: "通知はありません", "there are no notices";
    NONE_FAILED: "届いていない配達はありません", "no delivery has failed";
    NOTICE: "通知", "Notice";
    RECIPIENT: "受け手", "For";
    NOTICE_STATE: "状態", "State";
    RAISED: "発行", "Raised";
    DUE: "期限", "Due";
    TRIES: "試行", "Tries";
    NEXT_TRY: "次回", "Next try";
    GIVEN_UP: "あきらめました", "given up";
    NEXT_CURSOR: "続きは --cursor {cursor}", "go on with --cursor {cursor}";
    TAKEN_UP: "{name} をもう一度送ります", "{name} is sent again";
    PENDING: "未受領", "pending";
    HANDED_OVER: "受領済み", "handed over";
    ACKNOWLEDGED: "確認済み", "acknowledged";
    EXPIRED: "期限切れ", "expired";
    WITHDRAWN: "取り下げ", "withdrawn";
}

// The demonstration.
texts! {
    DEMOS:
    DEMO: "アクティブリストの実演", "The active list, demonstrated";
    DEMO_HOW: "一つのプロセス、外部サーバーなし。人物はすべて架空。数字はすべて gRPC で読み戻したもの", "one process, no servers, made-up people; every figure is read back over gRPC";
    DEMO_IMPORT: "2024年度のスキル調査を取り込む", "Importing the skill survey of fiscal 2024";
    DEMO_IMPORTED: "{rows} 行を確認して保存、未回答の設問はのべ {warnings}", "{rows} rows checked and stored, {warnings} answers absent";
    RECEIVED: "受け付けた回答", "responses received";
    PEOPLE: "回答した人", "people";
    REPEATS: "同じ人の再回答（表記ゆれの登録番号を含む）", "repeats, some with the number written differently";
    DEMO_LISTING: "掲載される人、されない理由", "Who is listed, and why the others are not";
    ON_THE_LIST: "掲載中", "listed";
    DEMO_CAPABILITY: "分野ごとに支援できる人（全回答者）と、掲載中の評価", "Who can support each area (all respondents), and the marks of the listed";
    DEMO_CAPABILITY_NOTE: "評価は 2.4.2 (7) の規則、人数は図 2-95 の区分", "marks by the rule of 2.4.2 (7), people by the classes of fig. 2-95";
    ALONE: "単独で可", "Alone";
    WITH_SUPPORT: "支援があれば可", "With support";
    NOT_YET: "まだ", "Not yet";
    DEMO_SEARCH: "いま事故が起きた会社が探す", "A company with an incident searches";
    EVERYBODY: "条件なし", "no conditions";
    DEMO_AGAIN: "一人が回答し直し、同じ検索をもう一度", "One expert answers again, and the same search is made again";
    ANSWERED_AGAIN: "{name}（第{number}号）が S5 の回答を改めた", "{name} ({number}) has changed the answers of S5";
    VISIBLE: "M5 が {before} から {after} に。送信から別の接続の検索に出るまで {ms} ms", "M5 went from {before} to {after}; {ms} ms from the send to the search on another connection";
    VISIBLE_FURTHER: "さらに 20 回: 中央値 {median} ms、最長 {worst} ms", "20 times more: median {median} ms, longest {worst} ms";
    MEASURING: "計測中", "measuring";
    AS_EXPECTED: "期待値とすべて一致しました", "everything is as expected";
    DIFFERS: "期待値と {count} か所違います", "{count} differences from what is expected";
    ADVICE_DIFFERS: "上の ≠ の行を見てください", "see the lines with ≠ above";
    DEMO_COMPANY: "見本精工株式会社", "Sample Works";
    DEMO_QUESTION: "取引先から事故対応の体制を求められている", "A customer asks how we would respond to an incident";
    DEMO_ADVICE: "規程の有無を確かめ、連絡体制から整える", "See which rules there are, and begin with who calls whom";
    DEMO_PLACE: "本社会議室", "Meeting room";
    DEMO_ATTENDEE: "総務部の担当者", "Somebody of general affairs";
    DEMO_OTHER_THEME: "規程は整っており、事故への備えを先にする", "The rules are there; preparing for incidents comes first";
    DEMO_WORDS: "（見本の回答）", "(a made-up answer)";
    DEMO_CASE: "一つの案件: 相談から実績まで（時計を進めながら）", "One case, from the consultation to the track record (the clock is moved)";
    DEMO_SELF_CHECK: "自社診断 {points} 点（{most} 点満点）、テーマ {themes}、訪問 {visits} 回を双方が確認", "self-check {points} of {most} points; themes {themes}; {visits} visits confirmed by both";
    WHEN: "日時", "When";
    WHO: "誰が", "Who";
    WHAT: "何を", "What";
    STEP: "状態", "State";
    STEP_ENTERED: "案件の開始", "case begins";
    STEP_THEME: "テーマの変更", "theme changed";
    STEP_PLANNED: "訪問の予定", "visit planned";
    STEP_HELD: "訪問の実施", "visit held";
    STEP_CONFIRMED: "訪問の確認", "visit confirmed";
    STEP_COMPLETED: "完了", "completed";
    STEP_OUTCOME: "事後アンケート", "survey answered";
    DEMO_NOTICES: "その間に届いた通知", "Notices on the way";
    TO_EXPERT: "専門家", "expert";
    TO_COMPANY: "企業", "company";
    TO_BODY: "支援機関", "body";
    NOTICES_SILENT: "通知サービスが案件の記録に追いつきません", "the notices do not catch up with the record of cases";
    DEMO_RECORD: "個票に実績が出るまで {ms} ms（最後の回答の送信から）", "{ms} ms from sending the last answers until the sheet tells the record";
    DEMO_TABLES: "2024年度の指導 35 件を取り込み、報告書の表を計算し直す", "The 35 guidance cases of fiscal 2024 come in, and the study's tables go out";
    DEMO_CONTRADICTIONS: "公表された {compared} の数のうち、記録や互いに合わないもの {count}（activelist report contradictions で一覧）", "of {compared} published numbers {count} do not hold (activelist report contradictions lists them)";
    DEMO_MATCHING: "2024年度の形で一括して組み合わせる（35社、専門家17名、三地域）", "Matching in the shape of fiscal 2024 at once (35 companies, 17 experts, three regions)";
    DEMO_MATCHED: "依頼の全件を {ms} ms で割り当て（候補の検索を含む）", "all requests assigned in {ms} ms, the search for candidates included";
    DEMO_WITHDRAWN: "一社（{company}）が辞退: 組み直して変わるのは {changes} 件", "One company ({company}) withdraws: solved anew, {changes} proposals change";
    DEMO_WHY: "一組の理由: {company} になぜこの人でないか", "The reasons for one pair: why not this one for {company}";
    DEMO_ACCEPTED: "専門家と企業が受諾 → 案件 {case} が engagement に一件だけ開かれた", "Expert and company accept → the case {case} was opened in engagement, once";
    DEMO_CONSULTATION: "相談会: 23社、専門家4名（3枠では {refused}、6枠で全社着席）", "A consultation event: 23 companies, 4 experts ({refused} with 3 rounds; with 6 everybody is seated)";
    DEMO_EVENT: "情報セキュリティ個別相談会", "Consultations on information security";
    DEMO_VENUE: "見本商工会議所 大会議室", "Sample Chamber, large hall";
    DEMO_LECTURE: "はじめてのセキュリティ対策", "First steps in security";
    DEMO_NTH_COMPANY: "見本企業{number}", "Sample company {number}";
    ROUND: "時間", "Round";
    CASE_SILENT: "受諾から案件が開かれませんでした", "no case was opened after both had accepted";
    DEMO_CALLS: "試せる呼び出し", "Calls to try";
    DEMO_BUF: "buf は deploy/dev/buf、または npx @bufbuild/buf（リフレクションで契約を読む）", "buf is deploy/dev/buf, or npx @bufbuild/buf; it reads the contract by reflection";
    DEMO_SERVES: "{url} で動き続けます。Ctrl-C で終わり、データは消えます", "serving on {url}; Ctrl-C ends it and removes the data";
    BAD_CAMPAIGN: "実演のデータが読めません", "the data of the demonstration cannot be read";
    NOBODY_LISTED: "掲載中の専門家がいません", "nobody is listed";
    LOST_EXPERT: "回答し直した専門家 {number} が検索に出ません", "the expert {number}, who answered again, is not found";
    NO_ROOM: "一時フォルダーを使えません: {error}", "no temporary directory: {error}";
    ADVICE_ROOM: "TMPDIR に書き込めるフォルダーを指定してください", "let TMPDIR name a directory that can be written";
}

// `generate` and `bench`.
texts! {
    FIGURES:
    TOO_MANY_NUMBERS: "登録番号は {most} 人分しかありません。その後の人は 7 桁で、取り込めません", "there are registration numbers for {most} people; those after them have seven digits, and cannot be imported";
    BENCH_SIZE: "専門家 {experts} 人（照合 {verified} 件、すべて一致）", "{experts} experts ({verified} answers compared, all identical)";
    STRUCTURED: "条件だけ", "conditions only";
    PHRASE: "語句つき、初回", "with a phrase, first time";
    WITH_PHRASE: "語句つき", "with a phrase";
    PHRASE_AGAIN: "語句つき、二回目から", "with a phrase, again";
    ALONE_A_SECOND: "件/秒 1 スレッド", "/s, one thread";
    CROWDED_A_SECOND: "件/秒 同時 64", "/s, 64 in flight";
    BYTES_EACH: "バイト/人", "bytes each";
    BUILD_SECONDS: "構築 秒", "build s";
    CHART_TITLE: "一回の検索にかかる時間: 棒は中央値、印は 99 パーセンタイル（対数目盛）", "Time of one search: bars are medians, marks 99th percentiles, on a logarithmic scale";
    SO_MANY_EXPERTS: "{count} 人", "{count} experts";
    WIRE: "gRPC 越し、専門家 {experts} 人", "over gRPC, {experts} experts";
    NOTHING_MUCH: "何もしない呼び出し", "a call that does nothing much";
    ALL_SEARCHES: "検索すべて", "all searches";
    ONE_CALLER: "呼び出し元 1", "one caller";
    MANY_CALLERS: "呼び出し元 64", "64 callers";
    BESIDE_CHANGES: "検索 {alone} 件/秒、毎秒 {changes} 件の更新の最中は {beside} 件/秒（{lost} % 減）", "{alone} searches/s; {beside}/s beside {changes} changes/s, {lost} % less";
    READY_IN: "準備ができるまで、記録だけから {logs} 秒、残した索引とその後の {since} 件ずつから {snapshot} 秒", "ready in {logs} s from the logs alone, in {snapshot} s from the kept index and {since} later events of each log";
    NO_SNAPSHOT: "残した索引から始まりませんでした", "the service did not begin with the kept index";
    ENGINES_DIFFER: "{engine} の答えが照合用の走査と違います: {answer}", "{engine} answers otherwise than the reference scan: {answer}";
    NO_POSTGRES: "ACTIVELIST_TEST_POSTGRES_URL がありません", "ACTIVELIST_TEST_POSTGRES_URL is not set";
    ADVICE_POSTGRES: "deploy/dev/with-servers の中で実行するか、--postgres に URL を指定してください", "run it behind deploy/dev/with-servers, or give --postgres a URL";
    NO_BENCH: "このプログラムは bench なしで作られています", "this program was built without the feature bench";
    ADVICE_BENCH: "cargo run --release --package activelist --features bench -- bench search", "cargo run --release --package activelist --features bench -- bench search";
}

// `report`.
texts! {
    REPORT:
    REPORTS_TITLE: "セキュリティ人材活用の集計", "Tables of the use of security experts";
    DIFFERENCES_TITLE: "公表値との照合", "Comparison with what was published";
    REPORT_FIGURE: "図表 {figure}", "fig. {figure}";
    SO_MANY_YEN: "{yen} 円", "¥{yen}";
    IN_PERCENT: "{label}（%）", "{label} (%)";
    IN_YEN: "{label}（円）", "{label} (yen)";
    SCOPE_ALL: "すべて", "all";
    SCOPE_PROGRAMME: "事業", "programme";
    SCOPE_REGION: "地域", "region";
    SCOPE_PERIOD: "期間", "period";
    PERIOD: "{from} ～ {until}", "{from} to {until}";
    UNHEEDED: "この集計は次では絞り込めないため、すべてを数えています: {parts}", "this cannot be narrowed by the following, and counts all: {parts}";
    AS_KNOWN: "時点", "as known";
    KNOWN_NOW: "作成した時", "when it was written";
    KNOWN_AT: "{time}（日本時間）までに知られたこと", "what was known by {time} (Japan time)";
    POSITIONS: "記録の位置", "positions in the logs";
    MADE_AT: "作成", "written";
    JAPAN_TIME: "{time}（日本時間）", "{time} (Japan time)";
    SET_ASIDE: "読めずに脇へ置かれた記録", "set aside, unread";
    SO_MANY_THINGS: "{count} 件（それ以前の状態で数えています）", "{count} (counted as they stood before)";
    COUNT_APPLIED: "相談会に申し込んだ企業 {size} 社", "{size} companies that applied";
    COUNT_ATTENDED: "相談会に参加した企業 {size} 社", "{size} companies that came";
    COUNT_CONSULTED: "個別相談を行った企業 {size} 社", "{size} consultations held";
    COUNT_NOT_CONVERTED: "指導に進まなかった相談 {size} 件", "{size} consultations without guidance";
    COUNT_MATCHED: "マッチングした案件（辞退を含む） {size} 件", "{size} guidance cases matched, withdrawn ones too";
    COUNT_EXECUTED: "指導を実施した案件 {size} 件", "{size} guidance cases with a visit held";
    COUNT_COMPLETED: "全回の指導を終えた案件 {size} 件", "{size} guidance cases completed";
    COUNT_VISITS: "実施した訪問 {size} 回", "{size} visits held";
    COUNT_EXPERTS: "指導を実施した専門家 {size} 名", "{size} experts with a guidance case held";
    COUNT_RESPONDENTS: "アンケートの有効な回答 {size} 件", "{size} counting answers to the form";
    COUNT_LISTED: "リストに掲載中の専門家 {size} 名", "{size} listed experts";
    POPULATION: "対象", "counted";
    NO_DATA_TITLE: "データがまだない集計", "Tables without data so far";
    NO_DATA: "この条件のデータがまだありません", "there is no data for this yet";
    NOTE: "注", "note";
    CONTENTS: "目次", "Contents";
    REPORT_NAME: "集計", "report";
    FILE_NAME: "ファイル", "file";
    TABLE_NAME: "表", "table";
    SHEET: "シート", "sheet";
    REPORT_TITLE: "表題", "title";
    FIGURES_OF: "図表", "figures";
    HEEDS: "絞り込み", "scope";
    PUBLICATIONS: "照合できる公表資料", "publications to compare with";
    NO_REPORT_DATA: "データのない集計: {titles}", "without data: {titles}";
    WRITTEN: "書き出しました: {path}（表 {tables}）", "written: {path} ({tables} tables)";
    SEVERAL_TABLES: "標準出力に書ける CSV は表一つだけですが、{tables} あります", "only one table fits on standard output as CSV, and there are {tables}";
    ADVICE_DIRECTORY: "--out にフォルダーを指定してください", "give --out a directory";
    BINARY_TERMINAL: "Excel のブックは画面に出せません", "a workbook cannot be shown on a terminal";
    ADVICE_FILE: "--out にファイルを指定してください", "give --out a file";
    CANNOT_WRITE: "書き出せません: {path}: {error}", "cannot be written: {path}: {error}";
    NOT_OURS: "このフォルダーには集計でないものがあります: {path}", "this directory holds what is not a report: {path}";
    ADVICE_EMPTY: "別の場所か空のフォルダーを指定してください（中身は消しません）", "name another place or an empty directory (nothing in it is removed)";
    NOT_A_DIRECTORY: "フォルダーではなくファイルです: {path}", "this is a file, not a directory: {path}";
    ONLY_CONTRADICTIONS: "{option} は contradictions だけのものです", "{option} belongs to contradictions alone";
    ADVICE_REPORT: "activelist help report で使い方を確認してください", "activelist help report tells how";
    COMPARED: "照合した公表値", "published numbers compared";
    DIFFERING: "一致しないもの", "that do not hold";
    NOT_COMPARED: "データがなく照合できないもの", "that could not be, for want of data";
    DIFFERS_PLACE: "場所", "place";
    DIFFERS_ABOUT: "内容", "about";
    DIFFERS_PUBLISHED: "公表値", "published";
    DIFFERS_RECOMPUTED: "再計算", "recomputed";
    DIFFERS_ELSEWHERE: "ほかの公表値", "elsewhere";
    ALL_HOLDS: "一致しない公表値はありません", "every published number holds";
    SECTION: "{place} 節", "section {place}";
    DERIVED: "公表値からの計算", "made of published numbers";
    BAD_PUBLISHED: "公表値のファイルに誤りがあります: {file}", "the published numbers are at fault: {file}";
    ADVICE_PUBLISHED: "place,report,table,row,column,value,unit の列か、同じ名の項目を持つ JSON の配列にしてください", "give columns place,report,table,row,column,value,unit or a JSON array of objects with those fields";
    PUBLISHED_MISSING: "{field} が必要です", "{field} is needed";
    PUBLISHED_UNKNOWN: "{field} という項目はありません", "there is no field {field}";
    PUBLISHED_NUMBER: "整数ではありません: {value}", "not a whole number: {value}";
    PUBLISHED_UNIT: "単位は count、basis_points、hundredths、yen のどれかです: {value}", "a unit is one of count, basis_points, hundredths, yen: {value}";
    PUBLISHED_MANY: "一度に照合できるのは {most} 件までです", "at most {most} numbers are compared at once";
    PUBLISHED_FORM: "読めません: {error}", "cannot be read: {error}";
    CHART_OF: "{title}のグラフ", "Chart of {title}";
    OF_ALL: "全体", "all";
    BACK: "目次へ", "to the contents";
    HOW_TO_READ: "この集計は記録された出来事だけから計算されています。同じ記録の位置からは、いつでも同じ集計になります。– は計算できないもの（分母が 0、回答が少ない平均）です。", "Everything here is computed from recorded events alone: the same positions in the logs give the same tables at any time. A – is what cannot be computed, such as a share of nothing or a mean of too few answers.";
}

// Matching.
texts! {
    MATCHING:
    BATCH_SUM: "依頼 {requests} 件のうち {served} 件に専門家（合計 {score} 点、候補 {experts} 名・{pairs} 組、方針 {policy}）", "{served} of {requests} requests have an expert ({score} points in all; {experts} experts in {pairs} possible pairs; policy {policy})";
    UNSERVED: "専門家のない依頼", "Requests without an expert";
    DESERTS: "専門家の空白（都道府県 × テーマ × 業種）", "Where nobody is (prefecture × theme × industry)";
    PROPOSALS_MOVED: "打診中のもので変わる組", "Proposals that change";
    WHY: "理由", "Why";
    SCORE: "点数", "Points";
    THEME: "テーマ", "Theme";
    EXPERT: "専門家", "Expert";
    REQUESTS: "依頼", "Requests";
    WORK: "担当件数", "Work";
    INTRODUCTIONS: "紹介件数", "Introductions";
    SPREAD: "{measure}の偏り（Gini）: {before} → {after}（なし {none} 名、最多 {most} 件）", "Spread of {measure} (Gini): {before} → {after} ({none} with none, {most} at most)";
    CANDIDATES: "候補 {total} 名（方針 {policy}）", "{total} candidates (policy {policy})";
    TO_APPLY: "このとおり打診するには: activelist match apply --preview {preview}（他の指定は同じに）", "To propose this: activelist match apply --preview {preview} (other options as before)";
    PROPOSED_NOW: "{count} 件を打診しました", "{count} were proposed";
    BAD_PAIR: "「{given}」は 依頼=専門家、または 地域=件数 の形ではありません", "“{given}” is not of the form request=expert or region=count";
    ADVICE_PAIR: "例: --fix requests/ID=experts/ID、--quota 27=10", "For example --fix requests/ID=experts/ID, --quota 27=10";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_places() {
        fn places(text: &str) -> Vec<&str> {
            let mut names: Vec<_> = text.split('{').skip(1).filter_map(|part| part.split_once('}')).collect();
            names.sort_unstable();
            names.into_iter().map(|(name, _)| name).collect()
        }
        let groups = [
            ERRORS, IMPORT, SEARCH, COMPANIES, EXPOSURE, OPERATE, NOTICES, DEMOS, FIGURES, REPORT, MATCHING, WHOSE,
            STANDING, CAMPAIGNS, EXPORT,
        ];
        for (name, text) in groups.concat().into_iter().chain(policy::POLICIES.iter().copied()) {
            assert!(!text.ja.is_empty() && !text.en.is_empty(), "{name}");
            assert_eq!(places(text.ja), places(text.en), "{name}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_taken_for_a_place() {
        let text = Text { ja: "{a}と{b}", en: "{b} {c}" };
        assert_eq!(text.fill(&[("a", "{b}"), ("b", "x")]), "{b}とx / x {c}");
    }
}
