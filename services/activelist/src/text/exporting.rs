//! What is said while a file is written.

use super::Text;

texts! {
    EXPORT:
    EXPORTED: "{rows} 行を書き出しました: {path}", "{rows} rows written: {path}";
    EXPORTED_OUT: "{rows} 行を書き出しました", "{rows} rows written";
    EXPORTING: "書き出し中", "exporting";
    IS_THERE: "すでにあるファイルです: {path}", "there is such a file already: {path}";
    ADVICE_FORCE: "別の名前にするか、--force を付けてください", "give another name, or --force";
    WORKBOOK_OUT: "Excel のブックは標準出力に書けません", "a workbook is not written to standard output";
    TOO_MUCH_FOR_SHEET: "Excel のシートに収まりません: {error}", "this does not fit on a sheet of Excel: {error}";
    ADVICE_OTHER_FORMAT: "--format csv か jsonl を使ってください", "use --format csv or jsonl";
    LEFT_OUT: "取り込み用の様式にない設問の回答 {count} 件は書き出していません: {questions}", "{count} answers to questions that files have not were left out: {questions}";
}
