//! The bytes of a nasty file, from its entry in the manifest.

use std::io::{Cursor, Write as _};

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

pub(crate) fn bytes(case: &Value) -> Vec<u8> {
    if let Some(parts) = case["parts"].as_array() {
        let encoding = case["encoding"].as_str().unwrap_or("utf-8");
        return parts.iter().flat_map(|part| piece(part.as_str().unwrap(), encoding)).collect();
    }
    if let Some(files) = case["zip"].as_object() {
        let files: Vec<_> =
            files.iter().map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned())).collect();
        return zipped(&files);
    }
    zipped(&workbook(&case["workbook"]))
}

fn piece(piece: &str, encoding: &str) -> Vec<u8> {
    if let Some(hex) = piece.strip_prefix("x:") {
        let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
        return digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect();
    }
    match encoding {
        "utf-8" => piece.as_bytes().to_vec(),
        "cp932" => encoded(piece, SHIFT_JIS),
        "euc-jp" => encoded(piece, EUC_JP),
        "iso-2022-jp" => encoded(piece, ISO_2022_JP),
        "utf-16le" => piece.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => piece.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        other => panic!("no encoding {other}"),
    }
}

fn encoded(piece: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, replaced) = encoding.encode(piece);
    assert!(!replaced, "{piece} cannot be written in {}", encoding.name());
    bytes.into_owned()
}

pub(crate) fn zipped(files: &[(String, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The parts of a workbook.
pub(crate) fn workbook(book: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (mut sheets, mut relations, mut files) = (String::new(), String::new(), Vec::new());
    for (at, sheet) in book["sheets"].as_array().unwrap().iter().enumerate() {
        let state = sheet["state"].as_str().unwrap_or("visible");
        let name = text(&sheet["name"]);
        sheets += &format!(r#"<sheet name="{name}" sheetId="{}" state="{state}" r:id="rId{at}"/>"#, at + 1);
        relations +=
            &format!(r#"<Relationship Id="rId{at}" Type="{RELATIONS}/worksheet" Target="worksheets/s{at}.xml"/>"#);
        let (doctype, before) = (text(&sheet["doctype"]), text(&sheet["before"]));
        let mut xml = format!("<?xml version=\"1.0\"?>{doctype}<worksheet xmlns=\"{MAIN}\">{before}<sheetData>");
        xml += &text(&sheet["rows"]);
        if sheet["cut"].as_bool() != Some(true) {
            xml += &format!("</sheetData>{}</worksheet>", text(&sheet["after"]));
        }
        files.push((format!("xl/worksheets/s{at}.xml"), xml));
    }
    if let Some(strings) = book["strings"].as_array() {
        let items: String = strings.iter().map(|item| format!("<si>{}</si>", text(item))).collect();
        files.push(("xl/sharedStrings.xml".to_owned(), format!("<sst xmlns=\"{MAIN}\">{items}</sst>")));
        relations +=
            &format!(r#"<Relationship Id="s" Type="{RELATIONS}/sharedStrings" Target="/xl/sharedStrings.xml"/>"#);
    }
    if let Some(formats) = book["formats"].as_array() {
        let codes = book["codes"].as_object().into_iter().flatten();
        let escaped = |code: &Value| text(code).replace('"', "&quot;");
        let codes = codes.map(|(id, code)| format!(r#"<numFmt numFmtId="{id}" formatCode="{}"/>"#, escaped(code)));
        let styles: String = formats.iter().map(|id| format!(r#"<xf numFmtId="{id}"/>"#)).collect();
        let xml = format!(
            "<styleSheet xmlns=\"{MAIN}\"><numFmts>{}</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
             <cellXfs>{styles}</cellXfs></styleSheet>",
            codes.collect::<String>()
        );
        files.push(("xl/styles.xml".to_owned(), xml));
        relations += &format!(r#"<Relationship Id="f" Type="{RELATIONS}/styles" Target="styles.xml"/>"#);
    }
    let from_1904 = if book["from_1904"].as_bool() == Some(true) { "<workbookPr date1904=\"1\"/>" } else { "" };
    let main = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">{from_1904}<sheets>{sheets}</sheets>{}</workbook>",
        text(&book["after"])
    );
    let related = |relations: &str| format!("<Relationships xmlns=\"{PACKAGE}\">{relations}</Relationships>");
    let root = format!(r#"<Relationship Id="m" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>"#);
    files.push(("xl/workbook.xml".to_owned(), main));
    files.push(("xl/_rels/workbook.xml.rels".to_owned(), related(&relations)));
    files.push(("_rels/.rels".to_owned(), related(&root)));
    files
}
