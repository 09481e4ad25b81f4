//! What is said of how an expert stood.

use super::Text;

texts! {
    STANDING:
    STOOD_ON: "{time} の時点（日本時間）", "As of {time} (Japan time)";
    RECORDED_THEN: "当時の記録", "Recorded by then";
    KNOWN_BY_NOW: "現在わかっている当時", "Known now of then";
    LIST: "リスト", "List";
    LISTED_ALL_DAY: "掲載", "listed";
    LISTED_PART: "一部の時間に掲載", "listed for a part of it";
    NOT_LISTED: "掲載なし", "not listed";
    STATE: "状態", "State";
    NOT_ENTERED: "未登録", "not entered yet";
    REGISTRATION: "支援士の登録", "Registration";
    REGISTRATION_VALID: "有効", "valid";
    REGISTRATION_LAPSED: "失効", "lapsed";
    REGISTRATION_UNVERIFIED: "確認の記録なし", "not checked";
    CHECK: "確認", "Check";
    CHECK_OF: "{time}　{source}", "{time}  {source}";
    STEPS: "経過", "Steps";
    STEP_TAKEN: "{time}　{from} → {to}　{reason}", "{time}  {from} → {to}  {reason}";
    STEP_AS_OF: "{time} に {as_of} 現在として記録　{from} → {to}　{reason}", "recorded {time} as of {as_of}  {from} → {to}  {reason}";
    MERGED_ENTRY: "統合先: {name}", "Merged into {name}";
    RECORDED: "記録", "Recorded";
    TRUE_AS_OF: "確認した時点", "True as of";
    VALID_UNTIL: "有効期限", "Valid until";
    CHECKED_BY: "確認者", "By";
    CHECKED_WHERE: "確認先", "Where";
    NO_CHECKS: "登録の確認の記録はありません", "nobody has checked the registration";
}
