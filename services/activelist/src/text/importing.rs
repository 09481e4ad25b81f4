//! What is said while a file is imported. What the reader of files says comes from `kit-tables`.

use super::Text;

texts! {
    IMPORT:
    NO_FILE: "ファイルがありません: {file}", "there is no such file: {file}";
    IS_DIRECTORY: "ファイルではなくフォルダーです: {file}", "this is a directory, not a file: {file}";
    UNREADABLE_FILE: "ファイルを読めません: {file}: {error}", "the file cannot be read: {file}: {error}";
    ADVICE_PATH: "ファイルの場所を確認してください", "check where the file is";
    NO_ROWS: "見出しの下に回答の行がありません", "there are no rows below the headings";
    ADVICE_ROWS: "一行目に見出し、二行目から一人一行の回答がある CSV か Excel ブックを指定してください", "give a CSV or workbook with headings on the first line and one response a line below";
    ADVICE_SPLIT: "ファイルを分けて、順に取り込んでください", "split the file and import the parts one after another";
    LINE: "行", "line";
    COLUMN: "列", "column";
    REASON: "理由", "reason";
    MEANING: "説明", "meaning";
    MORE_FAULTS: "ほかに {more} 件の誤りがあります", "and {more} faults more";
    MISSING_COLUMN: "「{label}」（{column}）の列がありません", "the column {column} ({label}) is missing";
    DOUBLED_COLUMN: "{earlier} 列目と同じ設問 {code} の列です", "column {earlier} holds {code} already";
    UNKNOWN_COLUMN: "様式にない列です", "the form has no such column";
    ROW_TOO_LARGE: "一行が大きすぎます", "the row is too large";
    NO_TIME: "提出時刻が必要です", "the time of submission is needed";
    BAD_TIME: "時差付きの時刻（2025-02-03T23:59:59+09:00）でも、表計算ソフトの日時（2025/2/3 23:59、日本時間）でもありません", "neither a time with an offset (2025-02-03T23:59:59+09:00) nor one as spreadsheets write it (2025/2/3 23:59, in Japan)";
    TWO_HOLDERS: "この登録番号は前の行で、氏名・フリガナ・メールのすべてが違う人のものです", "an earlier row gives this number to somebody whose name, kana and address all differ";
    CHECKING: "確認中", "checking";
    STORING: "保存中", "storing";
    UNCHECKED: "サーバーでの確認はできていません。ほかにも誤りがあるかもしれません", "the server has not checked the rest: there may be more";
    FAULTY_FILE: "{file}: 誤りが {count} 件あります。保存した行: {stored}", "{file}: {count} faults; rows stored: {stored}";
    ADVICE_FAULTS: "上の行と列を直して、もう一度取り込んでください（保存済みの行は変わりません）", "correct the lines and columns above and import it again (rows stored before do not change)";
    STOPPED_HALF_WAY: "{rows} 行のうち {stored} 行まで保存して止まりました", "stopped after {stored} of {rows} rows";
    ADVICE_RERUN: "同じファイルをもう一度取り込めば続きから終わります", "import the same file again: it goes on where it stopped";
    NOT_VISIBLE: "{rows} 行を保存しましたが、検索への反映を確かめられません", "{rows} rows are stored, but search does not show them yet";
    ADVICE_VISIBLE: "search サービスが動いているか確認し、もう一度実行してください", "see whether the search service runs, then run it again";
    CHECKED: "{rows} 行に誤りはありません（保存していません）", "{rows} rows are good (nothing was stored)";
    IMPORTED: "{rows} 行を取り込みました（新規 {stored}、取込済み {repeated}）", "{rows} rows imported ({stored} new, {repeated} there before)";
    LISTED: "検索に掲載中: {count} 名", "listed in search: {count}";
    SEARCH_UNASKED: "検索への反映は確かめていません（--search で指定できます）", "search was not asked (give its address with --search)";
    GUIDANCE_IMPORTED: "{rows} 件の案件を取り込みました（新規 {stored}、取込済み {repeated}）", "{rows} cases imported ({stored} new, {repeated} there before)";
    UNKNOWN_HEADING: "案件の一覧にない列です", "a list of cases has no such column";
    UNANSWERED: "未回答として保存した設問（件数）", "questions taken as unanswered (times)";
    ADVICE_KIND: "CSV（UTF-8 か Shift_JIS）か Excel ブック（.xlsx）にして、もう一度取り込んでください", "make it a CSV (UTF-8 or Shift_JIS) or a workbook (.xlsx) and import it again";
    ADVICE_SHEET: "--sheet で読むシートを指定できます", "--sheet names the sheet that is read";
    TOO_MANY_ROWS: "行が多すぎます（{most} 行まで）", "too many rows (at most {most})";
    CHANGED_MEANWHILE: "{file}: 読んでいる間にファイルが変わりました。この取込では何も保存していません", "{file}: the file changed while it was read; this import stored nothing";
    ADVICE_CHANGED: "ファイルの保存が終わってから、もう一度取り込んでください", "import it again when nobody writes to it";
    NO_ROOM_TO_KEEP: "{file}: 読むための一時ファイルを作れません: {error}", "{file}: no passing file to read it from can be made: {error}";
    ADVICE_KEEP: "一時フォルダー（TMPDIR）に、ファイルと同じだけの空きを作ってください", "see that the directory for passing files (TMPDIR) has as much room as the file takes";
    READ_SHEET: "シート「{sheet}」を読みました（ほかのシート: {others}）。--sheet で選べます", "the sheet {sheet} was read (others: {others}); choose with --sheet";
    READ_HIDDEN: "非表示の {rows} 行・{columns} 列も読みました", "{rows} hidden rows and {columns} hidden columns were read too";
    READ_ENCODING: "{encoding} として読みました", "read as {encoding}";
    FAULT_COLUMN: "取込時の誤り", "import faults";
    BAD_EXISTS: "{file} はすでにあります", "{file} exists";
    ADVICE_BAD: "書き込めるフォルダーにある、まだないファイルを --bad に指定してください", "give --bad a file that does not exist yet, in a directory that can be written";
    BAD_UNWRITABLE: "誤りのある行を {file} に書き出せません: {error}", "the rows with faults cannot be written to {file}: {error}";
    BAD_WRITTEN: "誤りのある {bad} 行を書き出しました: {file}", "{bad} rows with faults were written to {file}";
    BAD_COUNTED: "誤りのある行: {bad}（書き出していません）", "rows with faults: {bad} (not written)";
    MEND: "直して、そのまま取り込めます（「{column}」の列は読まれません）", "mend it and import it as it is (the column “{column}” is not read)";
    STORED_UNWRITTEN: "{rows} 行を保存しましたが、誤りのある行は書き出せませんでした", "{rows} rows are stored, but those with faults could not be written";
    ADVICE_UNWRITTEN: "書き込める場所の、まだないファイルを --bad に指定して、同じファイルをもう一度取り込んでください（保存済みの行は変わりません）", "import the same file again with --bad, a file that does not exist yet in a place that can be written (rows stored before do not change)";
}
