//! Files as they come: texts in Japan's encodings, and workbooks.

use std::io::{Cursor, Write as _};

use kit_tables::{Complaint, Limits, Options, Row, Table, scan};

use crate::bytes::{Bytes, parts};

pub(super) const TEXT_WORDS: &[&str] =
    &["sep=;\r\n", "\"\"", "\"", ",", ";", "\t", "\r", "\n", "\u{FEFF}", "#REF!", "\u{82A0}", "氏名", "\0"];

/// Small bounds, so that they are met.
fn options() -> Options {
    let limits = Limits {
        bytes: 8 << 20,
        unpacked: 8 << 20,
        unpacked_free: 1 << 20,
        ratio: 200,
        columns: 600,
        cells: 200_000,
        cell_bytes: 4_000,
        row_bytes: 20_000,
    };
    Options { sheet: None, limits }
}

/// Texts in every encoding.
pub(super) fn text_seeds() -> Vec<Vec<u8>> {
    let text = "氏名,件数,備考\r\n見本 太郎,3,\"一行目\r\n二行目、\"\"引用\"\"\"\r\n,,#N/A\r\n";
    let wide = |mark: u16, swap: bool| {
        let units = std::iter::once(mark).chain(text.encode_utf16());
        units.flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect::<Vec<u8>>()
    };
    vec![
        text.as_bytes().to_vec(),
        [b"\xEF\xBB\xBF", text.replace(',', ";").as_bytes()].concat(),
        b"sep=;\r\na;b\r\n1;2\r\n3\r\n".to_vec(),
        // 氏名 and カナ in code page 932.
        b"\x8E\x81\x96\xBC\t\xB6\xC5\r\n\x8C\xA9\x96\x7B\t1\r\n".to_vec(),
        wide(0xFEFF, false),
        wide(0xFEFF, true),
    ]
}

/// A file reads to its end or to a complaint with words and a place; the rows of a text, written as CSV, read the same.
pub(super) fn text(bytes: &[u8]) {
    let read = rows(bytes, &options());
    let scanned = scan(bytes, &options());
    match (&read, &scanned) {
        (Ok(rows), Ok(scanned)) => assert_eq!(scanned.rows, rows.len() as u64 - 1),
        (Err(one), Err(other)) => assert_eq!(one.code(), other.code()),
        _ => panic!("read twice, it is another file"),
    }
    let Ok(rows) = read else { return };
    assert!(rows.is_sorted_by(|one, other| one.number < other.number));
    // With its mark and what parts its cells said, nothing in a first heading can be taken for either.
    let kept = |row: &&Row| row.faults.is_empty() && row.cells.len() == rows[0].cells.len();
    let good: Vec<&Row> = rows.iter().filter(kept).collect();
    if good.len() < rows.len() {
        return;
    }
    let mut writer =
        csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(b"\xEF\xBB\xBFsep=,\r\n".to_vec());
    good.iter().for_each(|row| writer.write_record(&row.cells).expect("memory takes it"));
    let written = writer.into_inner().expect("memory takes it");
    let wider = Limits { bytes: 64 << 20, ..options().limits };
    let again = self::rows(&written, &Options { sheet: None, limits: wider }).expect("what we write reads");
    assert_eq!(
        again.iter().map(|row| &row.cells).collect::<Vec<_>>(),
        good.iter().map(|row| &row.cells).collect::<Vec<_>>()
    );
}

#[allow(clippy::result_large_err, reason = "the complaint is what it is")]
fn rows(bytes: &[u8], options: &Options) -> Result<Vec<Row>, Complaint> {
    let told = |complaint: Complaint| {
        assert!(!complaint.code().is_empty() && !complaint.told().ja.is_empty() && !complaint.told().en.is_empty());
        complaint
    };
    let mut table = Table::open(Cursor::new(bytes), options).map_err(told)?;
    let mut rows = vec![table.headings().clone()];
    while let Some(row) = table.next_row().map_err(told)? {
        for column in 0..row.cells.len().min(8) {
            assert!(row.place(column).line() >= row.begin().line());
            assert!(!row.place(column).told().en.is_empty());
        }
        for fault in &row.faults {
            assert!(!fault.fault.code().is_empty() && !fault.fault.told().ja.is_empty());
        }
        rows.push(row);
        // The rest is as the first.
        if rows.len() > 5_000 {
            break;
        }
    }
    let _ = table.hidden();
    Ok(rows)
}

// --- workbooks -------------------------------------------------------------------------------------------------------

pub(super) const BOOK_WORDS: &[&str] = &[
    "<row r=\"",
    "<c r=\"A1\" t=\"s\">",
    "<v>",
    "</v>",
    "</c>",
    "</row>",
    "<mergeCell ref=\"A1:XFD1048576\"/>",
    "<is><t>",
    "<rPh>",
    "t=\"inlineStr\"",
    "t=\"b\"",
    "t=\"e\"",
    "t=\"str\"",
    "s=\"1\"",
    "hidden=\"1\"",
    "<col min=\"1\" max=\"16384\" hidden=\"1\"/>",
    "<f>",
    "&#x0;",
    "&amp;",
    "&lol;",
    "<![CDATA[",
    "<!--",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "_x000D_",
    "numFmtId=\"14\"",
    "formatCode=\"yyyy\"",
    "date1904=\"1\"",
    "sharedStrings",
    "worksheet",
    "../",
    "XFD1048576",
    "1E308",
    "60",
    "2958466",
    "-0.0",
];

const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cols><col min="2" max="3" hidden="1"/></cols><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><r><t>件</t></r><r><t>数</t></r><rPh><t>けん</t></rPh></is></c><c r="C1" t="str"><v>日</v></c></row>
<row r="3" hidden="1"><c r="A3" t="s"><v>1</v></c><c r="B3"><v>1.5E3</v></c><c r="C3" s="1"><v>45000.5</v></c></row>
<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4" t="e"><v>#N/A</v></c><c r="C4"><f>A1</f></c></row>
</sheetData><mergeCells><mergeCell ref="A4:B5"/></mergeCells></worksheet>"#;
const STRINGS: &str =
    r#"<sst xmlns="x"><si><t>氏名</t></si><si><r><t>見本_x000D_</t></r><rPh><t>みほん</t></rPh></si></sst>"#;
const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy/m/d h:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
const BOOK: &str = r#"<workbook xmlns:r="r"><workbookPr date1904="0"/><sheets><sheet name="一" sheetId="1" r:id="rId1"/><sheet name="隠" state="hidden" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="x/styles" Target="/xl/styles.xml"/></Relationships>"#;
const PARTS: [&str; 5] = [
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
];

/// The parts of a workbook, which are packed before they are read; and a packed one.
pub(super) fn book_seeds() -> Vec<Vec<u8>> {
    let whole = parts([BOOK, RELATIONS, SHEET, STRINGS, STYLES]);
    let merged = SHEET.replace("A4:B5", "A1:XFD1048576");
    let packed = packed(&[BOOK, RELATIONS, SHEET, STRINGS, STYLES].map(str::as_bytes));
    vec![
        [vec![0], whole].concat(),
        [vec![0], parts([BOOK, RELATIONS, &merged, STRINGS, STYLES])].concat(),
        [vec![1], packed].concat(),
        b"\x01\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(),
    ]
}

fn packed(parts: &[&[u8]]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, part) in PARTS.iter().zip(parts) {
        writer.start_file(*name, stored).expect("memory takes it");
        writer.write_all(part).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

/// A workbook reads to its end or to a complaint, within its bounds.
pub(super) fn book(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let file = match bytes.byte() {
        1 => bytes.rest().to_vec(),
        _ => packed(&std::array::from_fn::<_, 5, _>(|_| bytes.part())),
    };
    let Ok(rows) = rows(&file, &options()) else { return };
    let most = options().limits;
    for row in &rows {
        assert!(
            row.cells.len() <= most.columns && row.bytes() <= most.row_bytes + most.cell_bytes,
            "row {}",
            row.number
        );
        assert!(row.cells.iter().all(|cell| cell.len() <= most.cell_bytes), "row {}", row.number);
    }
    assert!(rows.is_sorted_by(|one, other| one.number < other.number));
}
