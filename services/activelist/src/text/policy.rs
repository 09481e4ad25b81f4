//! What is said of scoring policies.

use super::Text;

texts! {
    POLICIES:
    IN_FORCE: "適用中", "in force";
    POLICY: "方針", "policy";
    DATE: "日付", "date";
    TITLE: "内容", "what it is";
    NO_POLICY: "この評価の方針はありません: {id}", "there is no such scoring policy: {id}";
    ADVICE_POLICY: "policy list で方針の ID を確認してください", "see the ids with: policy list";
    ADVICE_FILE: "方針の JSON ファイルの場所を確認してください", "check where the JSON file of the policy is";
    ADDED: "評価の方針 {id} があります。policy preview {id} で影響を見られます", "the scoring policy {id} is there; policy preview {id} tells what it would change";
    FITS: "評価の方針 {id} に誤りはありません（追加はしていません）", "the scoring policy {id} has no fault (it was not added)";
    COMPARED: "{against} から {policy} へ：{people}人のうち{changed}人の評価が変わります", "from {against} to {policy}: of {people} people {changed} would be marked otherwise";
    MARK_OF: "評価", "mark";
    FROM: "現在", "now";
    TO: "変更後", "then";
    PEOPLE: "人数", "people";
    BLANK: "（なし）", "(blank)";
    PREFECTURE: "都道府県", "prefecture";
    CHANGED: "変わる人", "changed";
    UNSAID: "（回答なし）", "(not said)";
    NUMBER: "登録番号", "number";
    ERASED: "（消去済み）", "(erased)";
    CHANGES: "変わる評価", "what changes";
    NOT_ALL_LISTED: "ほかにもいます。--people で人数を増やせます（500まで）", "there are more: raise --people, at most to 500";
    ACTIVATION: "切り替え", "activation";
    STATE: "状態", "state";
    DAY: "開始日", "day";
    PROGRESS: "評価済み", "rated";
    ENDED: "完了", "ended";
    BY: "担当者", "by";
    PLANNED: "予定", "planned";
    RATING: "評価中", "rating";
    CHECKING: "確認中", "checking";
    DONE: "適用済み", "done";
    CANCELLED: "取りやめ", "cancelled";
    CANCELLED_BY: "{actor} が取りやめ: {reason}", "cancelled by {actor}: {reason}";
    NO_ACTIVATIONS: "切り替えはまだありません", "there was no activation yet";
    ACTIVATED: "{policy} への切り替え {name}：{state}（{rated}／{people}人）", "{name} to {policy}: {state} ({rated} of {people} people)";
    SEE_STATUS: "進み具合: activelist policy status {name}", "how far it is: activelist policy status {name}";
}
