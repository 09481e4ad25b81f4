//! How long it takes to find a phrase of 2 to 8 characters in made-up Japanese texts of 100 to 400 characters and another 50
//! at most, at 24,000 and at 1,000,000; how long to build, to store, to restore, to change, and how many bytes a text takes.
//!
//! `cargo bench -p search --bench text` (24,000), `… -- 1000000`, `… -- 24000 1000000` (some 2 GB, two minutes)

// A bench measures durations, and nothing of it runs in production.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use search::domain::text::{TextIndex, TextQuery, TextRestore, TextSnapshot, normalise};

const PHRASES: usize = 1_000;
const ROUNDS: usize = 5;
const CHANGES: u32 = 10_000;

fn main() {
    let sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for documents in if sizes.is_empty() { vec![24_000] } else { sizes } {
        measure(documents);
    }
}

fn measure(documents: u32) {
    let sample = documents.min(1_000);
    let characters: usize = (0..sample).flat_map(fields).map(|field| field.chars().count()).sum();
    println!("\n{documents} texts of {} characters on average", characters / sample as usize);

    let mut index = TextIndex::new();
    let working = processor();
    (0..documents).for_each(|slot| drop(std::hint::black_box(fields(slot))));
    let making = processor() - working;
    let before = memory("VmRSS");
    let working = processor();
    let building = timed(|| index.load((0..documents).map(|slot| (slot, fields(slot).to_vec())))).1;
    let working = (processor() - working).saturating_sub(making);
    println!("  build                {:>9.2} s, of the processor", working.as_secs_f64());
    println!("                       {:>9.2} s, until it was done", building.saturating_sub(making).as_secs_f64());
    println!("  most memory meanwhile{:>9} bytes per text", (memory("VmHWM") - before) / documents as usize);
    sizes(&index, documents);
    store(&index, documents);

    for (name, least, most) in [("phrases of 2 to 8", 2, 8), ("one character", 1, 1), ("phrases of 9 to 16", 9, 16)] {
        let phrases = phrases(documents, least, most);
        verify(&index.snapshot(), documents.min(2_000), &phrases[..20]);
        report(name, &index.snapshot(), &phrases);
    }
    let pairs: Vec<String> = phrases(documents, 2, 4).chunks(2).map(|pair| pair.join(" ")).collect();
    report("two words of 2 to 4", &index.snapshot(), &pairs);
    change(&mut index, documents);
    report("2 to 8 after changes", &index.snapshot(), &phrases(documents, 2, 8));
}

/// A track record and what somebody says of oneself.
fn fields(slot: u32) -> [String; 2] {
    let mut writer = Writer(Chance(u64::from(slot)));
    let length = 100 + writer.0.below(301);
    let record = writer.text(length);
    let length = writer.0.below(51);
    [record, writer.text(length)]
}

/// Bytes of this process that the system tells of: `VmRSS` now, `VmHWM` at most so far; 0 where it does not tell.
fn memory(what: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok()).unwrap_or_default() * 1_024
}

/// How long a processor has worked for this thread, as the system counts it, to a few milliseconds; never how long it had
/// to wait for one. The clock where the system does not tell.
fn processor() -> Duration {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    status.split(' ').next().and_then(|time| time.parse().ok()).map_or_else(clock, Duration::from_nanos)
}

fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn sizes(index: &TextIndex, documents: u32) {
    let bytes = index.snapshot().bytes();
    let per_text = |bytes: usize| bytes / documents as usize;
    println!(
        "  bytes per text       {:>9}: text {}, grams {}, lists {}, tables {}, writer {}",
        per_text(index.bytes()),
        per_text(bytes.text),
        per_text(bytes.grams),
        per_text(bytes.lists),
        per_text(bytes.tables),
        per_text(index.bytes() - bytes.total()),
    );
}

/// Piece by piece to another index, without a disk between.
fn store(index: &TextIndex, documents: u32) {
    let (snapshot, mut count, mut bytes) = (index.snapshot(), 0, 0);
    let (working, mut storing, mut restoring) = (processor(), Duration::ZERO, Duration::ZERO);
    let mut pieces = snapshot.pieces();
    let head = pieces.next().expect("there is always a head");
    let mut restore = TextRestore::begin(&head, documents).expect("its own head");
    loop {
        let (piece, took) = timed(|| pieces.next());
        storing += took;
        let Some(piece) = piece else { break };
        (count, bytes) = (count + 1, bytes + piece.len());
        restoring += timed(|| restore.piece(&piece).expect("its own piece")).1;
    }
    let (restored, took) = timed(|| restore.finish().expect("its own pieces"));
    restoring += took;
    assert_eq!(restored.len(), index.len());
    let working = processor() - working;
    let rate =
        |took: Duration| format!("{:.2} s ({:.0} MB/s)", took.as_secs_f64(), bytes as f64 / 1e6 / took.as_secs_f64());
    let per_text = bytes / documents as usize;
    println!("  stored               {per_text:>9} bytes per text, {count} pieces");
    println!("                       made in {}, restored in {}", rate(storing), rate(restoring));
    println!("                       both, of the processor, in {}", rate(working));
}

/// Phrases that occur: cut out of random texts.
fn phrases(documents: u32, least: usize, most: usize) -> Vec<String> {
    let mut chance = Chance(99);
    let mut phrases = Vec::with_capacity(PHRASES);
    while phrases.len() < PHRASES {
        let characters: Vec<char> = fields(chance.below(documents as usize) as u32)[0].chars().collect();
        let length = least + chance.below(most - least + 1);
        let start = chance.below(characters.len() - length);
        let phrase: String = characters[start..start + length].iter().collect();
        if !phrase.contains(char::is_whitespace) {
            phrases.push(phrase);
        }
    }
    phrases
}

/// The first slots of the answers are those a look at each text gives.
fn verify(snapshot: &TextSnapshot, documents: u32, phrases: &[String]) {
    let forms: Vec<_> = (0..documents).map(|slot| fields(slot).map(|field| normalise(&field))).collect();
    for phrase in phrases {
        let query = TextQuery::parse(phrase).expect("a phrase within the limits");
        let found = snapshot.search(&query).expect("a phrase");
        let form = normalise(phrase);
        let expected: Vec<u32> =
            (0..documents).filter(|slot| forms[*slot as usize].iter().any(|text| text.contains(&form))).collect();
        assert_eq!(found.iter().take_while(|slot| *slot < documents).collect::<Vec<_>>(), expected, "{phrase}");
    }
}

/// All rounds; the first one, before anything is remembered; and of each phrase the quickest, which shows least of what
/// else the machine was doing.
fn report(name: &str, snapshot: &TextSnapshot, phrases: &[String]) {
    let mut hits = 0;
    let mut round = || -> Vec<Duration> {
        let ask = |phrase: &String| {
            let (found, took) = timed(|| {
                let query = TextQuery::parse(phrase).expect("a phrase within the limits");
                snapshot.search(&query).expect("a phrase")
            });
            hits += found.len();
            took
        };
        phrases.iter().map(ask).collect()
    };
    let rounds: Vec<Vec<Duration>> = (0..ROUNDS).map(|_| round()).collect();
    let quickest = (0..phrases.len()).filter_map(|at| rounds.iter().map(|round| round[at]).min()).collect();
    println!(
        "  {name:<20} µs: {}   first {}   quickest {}   {} hits on average",
        spread(rounds.concat()),
        spread(rounds[0].clone()),
        spread(quickest),
        hits / (ROUNDS * phrases.len())
    );
}

fn spread(mut durations: Vec<Duration>) -> String {
    durations.sort_unstable();
    let at =
        |permille: usize| durations[(durations.len() * permille / 1_000).min(durations.len() - 1)].as_secs_f64() * 1e6;
    format!("p50 {:>7.1} p99 {:>8.1}", at(500), at(990))
}

/// Changes one by one, each with a snapshot, as when every change is shown at once.
fn change(index: &mut TextIndex, documents: u32) {
    let mut chance = Chance(5);
    let changes: Vec<(u32, [String; 2])> =
        (0..CHANGES).map(|n| (chance.below(documents as usize) as u32, fields(documents + n))).collect();
    let mut durations = Vec::with_capacity(changes.len());
    let mut merging = Duration::ZERO;
    for (slot, fields) in &changes {
        let held = index.snapshot();
        durations.push(timed(|| index.put(*slot, fields)).1);
        drop(held);
        merging +=
            timed(|| index.next_merge().map(|merge| merge.run()).into_iter().for_each(|merged| index.install(merged)))
                .1;
    }
    durations.sort_unstable();
    println!(
        "  a change             p50 {:>8.1}  p99 {:>8.1}  most {:>8.1} µs   merges beside it {:.2} s for {CHANGES}",
        durations[durations.len() / 2].as_secs_f64() * 1e6,
        durations[durations.len() * 99 / 100].as_secs_f64() * 1e6,
        durations[durations.len() - 1].as_secs_f64() * 1e6,
        merging.as_secs_f64(),
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// SplitMix64: the same run after run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// Writes track records. Words early in their list come more often, as words do.
struct Writer(Chance);

const CLIENTS: [&str; 24] = [
    "部品メーカー",
    "中小製造業",
    "自動車部品の下請企業",
    "金属加工業",
    "食品卸",
    "地域の信用金庫",
    "診療所",
    "建設会社",
    "運送会社",
    "ソフトウェア開発会社",
    "小売チェーン",
    "社会福祉法人",
    "学校法人",
    "半導体製造装置メーカー",
    "印刷会社",
    "不動産管理会社",
    "旅館",
    "水産加工業",
    "農業協同組合",
    "税理士事務所",
    "化学メーカー",
    "電気工事業",
    "物流倉庫",
    "自治体",
];
const TASKS: [&str; 32] = [
    "情報セキュリティ規程の整備",
    "リスクアセスメント",
    "情報資産台帳の作成",
    "従業員向け教育",
    "標的型攻撃メール訓練",
    "インシデント対応手順の策定",
    "クラウドサービスの利用ルール作成",
    "ＩＳＭＳ認証の取得",
    "プライバシーマークの更新審査対応",
    "脆弱性診断",
    "アクセス権限の見直し",
    "ランサムウェア感染時の初動対応",
    "バックアップ体制の構築",
    "ログ監視の導入",
    "サプライチェーン対策の評価",
    "自工会ガイドラインへの対応",
    "内部監査",
    "事業継続計画の策定",
    "テレワーク環境の点検",
    "ＥＤＲ製品の選定",
    "ネットワーク分離の設計",
    "パスワード管理の改善",
    "委託先管理",
    "経営層への説明",
    "ゼロトラスト移行の計画",
    "フォレンジック調査",
    "個人情報漏えい時の報告支援",
    "工場の制御システムの保護",
    "セキュリティポリシーの改訂",
    "システム監査",
    "多要素認証の展開",
    "机上演習の企画と運営",
];
const ROLES: [&str; 12] = [
    "責任者として",
    "外部専門家として",
    "プロジェクトマネージャーとして",
    "講師として",
    "監査人として",
    "ＣＩＳＯ補佐として",
    "顧問として",
    "主任審査員として",
    "現場の担当者と共に",
    "商工会議所の専門家派遣で",
    "地域の支援機関と連携して",
    "単独で",
];
const RESULTS: [&str; 20] = [
    "三か月で完了した",
    "経営者から高い評価を得た",
    "取引先の監査に合格した",
    "担当者だけで運用できるようになった",
    "事故の件数が半減した",
    "毎年の見直しが定着した",
    "対策費用を抑えることができた",
    "復旧までの時間を短縮した",
    "全社に展開した",
    "現在も継続して支援している",
    "翌年の認証更新でも指摘がなかった",
    "従業員の意識が変わった",
    "被害の拡大を防いだ",
    "補助金の申請にもつながった",
    "社内に推進体制ができた",
    "保険の加入条件を満たした",
    "親会社の基準に適合した",
    "手順書を整えた",
    "課題の優先順位を明らかにした",
    "次の投資計画に反映された",
];
const JOINS: [&str; 8] = [
    "を担当し、",
    "に取り組み、",
    "を支援し、",
    "を主導し、",
    "について助言し、",
    "の仕組みを作り、",
    "を実施した結果、",
    "を引き受け、",
];
const SYLLABLES: [&str; 40] = [
    "山", "川", "田", "中", "本", "木", "村", "井", "原", "野", "上", "下", "東", "西", "北", "南", "大", "小", "高",
    "松", "竹", "梅", "石", "金", "水", "谷", "森", "林", "池", "橋", "宮", "島", "崎", "浜", "沢", "岡", "藤", "佐",
    "安", "吉",
];

impl Writer {
    fn text(&mut self, length: usize) -> String {
        let mut text = String::new();
        let mut characters = 0;
        while characters < length {
            let sentence = self.sentence();
            characters += sentence.chars().count();
            text.push_str(&sentence);
        }
        text.chars().take(length).collect()
    }

    fn sentence(&mut self) -> String {
        let (client, task, role, result) = (self.one(&CLIENTS), self.one(&TASKS), self.one(&ROLES), self.one(&RESULTS));
        let join = self.one(&JOINS);
        match self.0.below(9) {
            6 => format!("{}の{}と{}{join}{result}。", self.word(), self.word(), self.word()),
            7 => format!("{}では{}を{}に{}し、{result}。", self.word(), self.word(), self.word(), self.word()),
            8 => format!("{client}の{}における{}{join}{}が{}した。", self.word(), task, self.word(), self.word()),
            0 => format!("{}年より{client}にて{role}{task}{join}{result}。", 1995 + self.0.below(30)),
            1 => format!("{client}（従業員{}名）の{task}{join}{result}。", 5 + self.0.below(300)),
            2 => format!(
                "{}{}株式会社の{client}部門で{task}{join}{result}。",
                self.one(&SYLLABLES),
                self.one(&SYLLABLES)
            ),
            3 => format!("{role}{task}と{}{join}{result}。", self.one(&TASKS)),
            4 => format!(
                "{}市の{client}{}社で{task}{join}{}、{result}。",
                self.place(),
                2 + self.0.below(40),
                self.one(&RESULTS)
            ),
            _ => format!("また、{task}{join}{result}。"),
        }
    }

    /// One of forty thousand words, in kanji or katakana; the earlier the more often.
    fn word(&mut self) -> String {
        let rank = (0..3).map(|_| self.0.below(40_000)).min().unwrap_or(0);
        let mut letters = Chance(rank as u64);
        let mut some = |least: usize, more: usize, first: u32, many: usize| -> String {
            let length = least + letters.below(more);
            let letter = || char::from_u32(first + letters.below(many).min(letters.below(many)) as u32);
            std::iter::repeat_with(letter).take(length).flatten().collect()
        };
        if rank % 3 == 0 { some(3, 4, 'ァ' as u32, 80) } else { some(2, 3, '一' as u32, 6_000) }
    }

    fn place(&mut self) -> String {
        format!("{}{}", self.one(&SYLLABLES), self.one(&SYLLABLES))
    }

    fn one(&mut self, words: &[&'static str]) -> &'static str {
        let rank = self.0.below(words.len()).min(self.0.below(words.len()));
        words[rank]
    }
}
