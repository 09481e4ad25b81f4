//! What is said of campaigns.

use super::Text;

texts! {
    CAMPAIGNS:
    NO_CAMPAIGNS: "調査はありません", "There are no campaigns";
    ADVICE_NO_CAMPAIGNS: "activelist campaign create で計画してください", "activelist campaign create plans one";
    CAMPAIGN_PLANNED: "開始前", "planned";
    CAMPAIGN_OPEN: "実施中", "open";
    CAMPAIGN_CLOSED: "終了", "closed";
    CAMPAIGN_TITLE: "調査", "Campaign";
    CAMPAIGN_STATE: "状態", "State";
    CAMPAIGN_DAYS: "期間", "Days";
    CAMPAIGN_FROM_TO: "{open} ～ {close}（{state}）", "{open} to {close} ({state})";
    CAMPAIGN_FORM: "様式", "Form";
    CAMPAIGN_AUDIENCE: "対象", "Asked";
    CAMPAIGN_REMINDERS: "督促日", "Reminders";
    CAMPAIGN_NOTIFY: "自動の知らせ", "By mail";
    CAMPAIGN_NOTIFIED: "開始と督促を依頼先に知らせる", "recipients are told that it opened, and reminded";
    CAMPAIGN_NOTES: "記録", "Notes";
    CAMPAIGN_CLOSED_BY: "早期の終了", "Closed early";
    CAMPAIGN_ASKED: "依頼数", "people asked";
    CAMPAIGN_RECEIVED: "受け付けた回答", "responses received";
    CAMPAIGN_PEOPLE: "回答した人", "people who answered";
    CAMPAIGN_REPEATS: "同じ人の重複した回答", "repeats by the same person";
    CAMPAIGN_DISPUTED: "確認待ちの回答", "disputed responses that wait";
    CAMPAIGN_DRAFTS: "提出前の下書き", "drafts not handed in";
    CAMPAIGN_LISTED: "依頼先の名簿", "recipients listed";
    CAMPAIGN_LISTED_ANSWERED: "うち回答済み", "of these, answered";
    CAMPAIGN_REMINDED: "うち督促した人", "of these, reminded";
    CAMPAIGN_RATE: "回答率", "response rate";
    RECIPIENT_NUMBER: "登録番号", "Number";
    RECIPIENT_NAME: "氏名", "Name";
    RECIPIENT_EMAIL: "メールアドレス", "Mail";
    RECIPIENT_STATE: "状況", "Standing";
    RECIPIENT_ANSWERED: "回答済み", "answered";
    RECIPIENT_OPTED_OUT: "督促不要", "not to be reminded";
    RECIPIENT_REMINDED: "督促 {count} 回", "reminded {count} times";
    RECIPIENT_ASKED: "依頼済み", "asked";
    RECIPIENT_WAITS: "未依頼", "not asked";
    NO_RECIPIENTS: "該当する依頼先はありません", "Nobody";
    NO_REMINDER_DAY: "この日までの督促日はありません", "No reminder day has come";
    REMINDER_DAY: "督促日 {day}", "Reminder day {day}";
    RECIPIENTS_ADDED: "依頼先: {added} 名を加え、{changed} 名を改めました", "Recipients: {added} added, {changed} changed";
    CONTACTS_RECORDED: "{count} 名について記録しました", "{count} recorded";
    BAD_RECIPIENTS: "{file}: {count} か所に誤りがあります（1 行も登録していません）", "{file}: {count} faults (nothing is stored)";
    RECIPIENT_COLUMN: "「{column}」という列は分かりません", "no column “{column}” is known";
    RECIPIENT_COLUMN_TWICE: "同じ意味の列が二つあります: 「{column}」", "two columns mean the same: “{column}”";
    RECIPIENT_NO_COLUMN: "登録番号かメールアドレスの列が必要です", "a column of numbers or mail addresses is needed";
    RECIPIENT_NEITHER: "「{given}」は はい・いいえ のどちらでもありません", "“{given}” is neither yes nor no";
    DEMO_ASKED: "調査そのものの数", "The campaign's own figures";
}
