//! What is too much is refused before it takes memory; what is damaged is refused and never panics.

use kit_tables::{Complaint, Limits, Options, Scanned, scan};
use serde_json::json;

use crate::build::{bytes, workbook, zipped};
use crate::manifest;

fn small() -> Options {
    let limits = Limits { cell_bytes: 1_000, row_bytes: 3_000, cells: 10_000, ..Limits::default() };
    Options { limits, ..Options::default() }
}

fn refused(bytes: &[u8], options: &Options) -> (String, String) {
    match scan(bytes, options) {
        Err(complaint) => (complaint.code().to_owned(), complaint.told().en),
        Ok(scanned) => panic!("it is read: {scanned:?}"),
    }
}

fn sheet(rows: &str) -> Vec<(String, String)> {
    workbook(&json!({"sheets": [{"name": "S", "rows": rows}]}))
}

#[test]
fn a_text_that_is_too_much_is_refused_with_its_line() {
    let columns = format!("a,b\n1{}\n", ",".repeat(20_000));
    let (code, told) = refused(columns.as_bytes(), &Options::default());
    assert_eq!(code, "TOO_MANY_COLUMNS");
    assert!(told.contains("line 2") && told.contains("16384"), "{told}");
    let cell = format!("a,b\n1,2\n3,{}\n", "x".repeat(1_001));
    assert!(refused(cell.as_bytes(), &small()).1.starts_with("line 3: "));
    let open = format!("a,b\n1,2\n3,\"{}\n", "x,y\n".repeat(1_000));
    assert_eq!(refused(open.as_bytes(), &small()).0, "CELL_TOO_LONG");
    let row = format!("a,b\n{}\n", "y".repeat(900).repeat(4).replace("yyyyyyyyy", "yyyyyyyy,"));
    assert_eq!(refused(row.as_bytes(), &small()).0, "ROW_TOO_LONG");
    let cells = format!("a,b\n{}", "1,2\n".repeat(5_001));
    assert_eq!(refused(cells.as_bytes(), &small()).0, "TOO_MANY_CELLS_IN_ALL");
    let large = Options { limits: Limits { bytes: 10, ..Limits::default() }, ..Options::default() };
    assert_eq!(refused(b"a,b\n1,2\n3,4", &large).0, "TOO_LARGE");
    assert_eq!(scan(b"a,b\n1,2\n3", &large).unwrap().rows, 2);
}

#[test]
fn a_workbook_that_is_too_much_is_refused() {
    let long =
        |text: &str| format!("<row><c><v>1</v></c></row><row><c t=\"inlineStr\"><is><t>{text}</t></is></c></row>");
    assert_eq!(refused(&zipped(&sheet(&long(&"x".repeat(2_000)))), &small()).0, "CELL_TOO_LONG");
    let pieces = format!("{}{}", "x".repeat(600), "&amp;".repeat(600));
    assert_eq!(refused(&zipped(&sheet(&long(&pieces))), &small()).0, "CELL_TOO_LONG");
    let columns = format!("<row>{}</row>", "<c/>".repeat(16_385));
    assert_eq!(refused(&zipped(&sheet(&columns)), &Options::default()).0, "TOO_MANY_COLUMNS");
    let cells = "<row><c><v>1</v></c><c/></row>".repeat(5_001);
    let (code, told) = refused(&zipped(&sheet(&cells)), &small());
    assert_eq!((code.as_str(), told.contains("sheet 'S' row 5001")), ("TOO_MANY_CELLS_IN_ALL", true), "{told}");
    let deep = "<a>".repeat(1_000_000);
    assert_eq!(refused(&zipped(&sheet(&deep)), &Options::default()).0, "BROKEN_WORKBOOK");
}

/// A merged range reaches over the whole sheet; what nobody looks at makes no work.
#[test]
fn a_range_over_rows_and_columns_that_hold_nothing_is_no_matter() {
    let rows = format!("<row><c><v>1</v></c></row>{}", "<row/><row><c/></row>".repeat(5_000));
    let (first, last) =
        ("<row r=\"20000\"><c><v>2</v></c></row>", "<mergeCells><mergeCell ref=\"A2:XFD1048576\"/></mergeCells>");
    let parts = workbook(&json!({"sheets": [{"name": "S", "rows": format!("{rows}{first}"), "after": last}]}));
    assert_eq!(scan(&zipped(&parts), &small()).unwrap(), Scanned { rows: 1, cells: 1, faults: 1 });
}

/// A few kilobytes that unpack to megabytes: in the sheet, in the shared texts, in one piece of text.
#[test]
fn a_bomb_is_refused_where_it_unpacks_to_too_much() {
    let limits = Limits { ratio: 2, unpacked_free: 1 << 20, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let rows = "<row><c/></row>".repeat(200_000);
    assert_eq!(refused(&zipped(&sheet(&rows)), &options).0, "UNPACKS_TOO_LARGE");
    let mut parts = sheet("<row><c><v>1</v></c></row>");
    parts.retain(|(name, _)| name != "xl/_rels/workbook.xml.rels");
    let strings = workbook(&json!({"sheets": [{"name": "S", "rows": ""}], "strings": ["<t>x</t>"]}));
    parts.extend(strings.into_iter().filter(|(name, _)| name == "xl/_rels/workbook.xml.rels"));
    parts.push(("xl/sharedStrings.xml".to_owned(), format!("<sst>{}</sst>", "<si><t/></si>".repeat(200_000))));
    assert_eq!(refused(&zipped(&parts), &options).0, "UNPACKS_TOO_LARGE");
    assert_eq!(refused(&zipped(&sheet(&" ".repeat(2 << 20))), &Options::default()).0, "CELL_TOO_LONG");
}

/// Cut off anywhere, or with any byte changed, a file is read or refused; a workbook that is cut off is always refused.
#[test]
fn damage_is_refused_and_never_panics() {
    let mut refusals = 0;
    for case in manifest() {
        let whole = bytes(&case);
        let workbook = !case["workbook"].is_null();
        for end in (0..whole.len()).step_by(if workbook { 13 } else { 1 }) {
            let came = scan(&whole[..end], &Options::default());
            assert!(!workbook || came.is_err(), "{} cut off at {end} is read: {came:?}", case["name"]);
        }
        for at in (0..whole.len()).step_by(if workbook { 11 } else { 1 }) {
            let mut changed = whole.clone();
            changed[at] ^= 0x20 + (at % 0xDF) as u8;
            refusals += usize::from(scan(&changed, &Options::default()).is_err());
        }
    }
    assert!(refusals > 1_000, "{refusals}");
}

#[test]
fn a_damaged_part_is_told_by_its_checksum() {
    let parts = sheet("<row><c><v>1234567</v></c></row><row><c><v>7654321</v></c></row>");
    // Not compressed, so that a changed digit is a digit.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in &parts {
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name.as_str(), stored).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    assert_eq!(scan(&bytes, &Options::default()).unwrap(), Scanned { rows: 1, cells: 1, faults: 0 });
    let at = bytes.windows(7).position(|seven| seven == b"7654321").unwrap();
    bytes[at] = b'8';
    let came = scan(&bytes, &Options::default());
    assert!(
        matches!(&came, Err(complaint @ Complaint::Faulty { .. }) if complaint.code() == "BROKEN_WORKBOOK"),
        "{came:?}"
    );
}
