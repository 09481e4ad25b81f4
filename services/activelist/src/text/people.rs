//! What is said of disputed responses and of people who may be entered twice.

use super::Text;

texts! {
    WHOSE:
    NO_DISPUTES: "確認待ちの回答はありません", "no response waits";
    NO_DECIDED: "決定済みのものはありません", "none was decided";
    NO_TWINS: "二重登録の疑いはありません", "nobody seems to be entered twice";
    NO_DECISIONS: "決定はありません", "nothing was decided";
    DISPUTE: "確認待ち", "Dispute";
    HANDED_IN: "提出日", "Handed in";
    WHY_DISPUTED: "確認待ちの理由", "Why it waits";
    DECIDED_AS: "決定", "Decision";
    DECIDED_BY: "担当者", "By";
    DECIDED_ON: "決定日", "On";
    DECIDED_WHY: "理由", "Why";
    ABOUT_OTHER: "相手", "Other";
    ABOUT_RESPONSES: "回答", "Responses";
    IDENTITY_DIFFERS: "氏名・フリガナ・メールがすべて違う", "name, kana and address all differ";
    SENDER_UNPROVEN: "ご本人の回答と確認できない", "nothing shows that the holder sent it";
    KEEP: "そのまま", "kept";
    TAKE_OVER: "番号を引き継ぎ", "taken over";
    SAME_PERSON: "同じ方", "same person";
    OTHER_NUMBER: "別の番号", "other number";
    MERGE: "統合", "merged";
    SPLIT: "分割", "split";
    APART: "別の方", "apart";
    COUNTS_NOW: "いまの回答", "What counts";
    SUPERSEDED: "前の回答", "superseded";
    SET_APART: "数えない回答", "set aside";
    RESPONSE: "回答", "Response";
    RESPONSE_STATE: "扱い", "State";
    RESPONSE_FORM: "様式", "Form";
    WAITS: "確認待ちの回答", "What waits";
    QUESTION: "設問", "Question";
    DIFFERENT: "≠", "≠";
    UNANSWERED_HERE: "（未回答）", "(unanswered)";
    PEOPLE_DIFFER: "違う回答 {count} 件", "{count} answers differ";
    SAME_EMAIL: "メール", "mail address";
    SAME_NAME_KANA: "氏名とフリガナ", "name and kana";
    SAME_IN: "同じもの", "The same";
    PERSON_IS: "登録番号 {number}　{name}　{id}", "No. {number}  {name}  {id}";
    ALSO_NUMBERS: "ほかの番号 {numbers}", "also No. {numbers}";
    DECIDED_NOW: "決定しました: {decision}", "decided: {decision}";
    ETAG: "etag {etag}", "etag {etag}";
}
