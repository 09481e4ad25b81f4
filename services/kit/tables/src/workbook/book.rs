//! The workbook: its sheets, where its parts are, and from which day it counts.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::package::Package;
use super::xml::{Node, Xml};
use crate::fault::{Complaint, Reason};

/// Sheets of a workbook that are looked at.
const MOST_SHEETS: usize = 10_000;

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetName {
    /// As the workbook calls it.
    pub name: String,
    /// Whether people do not see it.
    pub hidden: bool,
}

/// What the workbook says of itself.
pub(crate) struct Book {
    /// Every sheet with cells, and the name of its part.
    pub(crate) sheets: Vec<(SheetName, String)>,
    pub(crate) strings: Option<String>,
    pub(crate) styles: Option<String>,
    /// Whether days are counted from 1904, as older programs on Macs did.
    pub(crate) from_1904: bool,
    /// Whether formulas are to be worked out when it is opened: programs that cannot say so, and store anything as their values.
    pub(crate) uncalculated: bool,
}

impl Book {
    pub(crate) fn read<R: Read + Seek>(package: &mut Package<R>, node_bytes: usize) -> Result<Self, Complaint> {
        let main = main_part(package, node_bytes)?;
        let parts = relations(package, &main, node_bytes)?;
        let of_kind = |kind: &str| {
            let found = parts.values().find(|relation| relation.kind == kind && package.has(&relation.part));
            found.map(|relation| relation.part.clone())
        };
        let (strings, styles) = (of_kind("sharedStrings"), of_kind("styles"));
        let mut book = Self { sheets: Vec::new(), strings, styles, from_1904: false, uncalculated: false };
        let most = package.most();
        let mut xml = Xml::new(package.part(&main)?, &main, node_bytes, most);
        let mut depth = 0_usize;
        loop {
            let node = xml.next()?;
            match &node {
                Node::Begin(_) => depth += 1,
                Node::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            match node {
                // Extensions further down have elements of these names, too.
                Node::Begin(element) if depth == 2 && element.name() == "workbookPr" => {
                    book.from_1904 = element.flag("date1904");
                }
                Node::Begin(element) if depth == 2 && element.name() == "calcPr" => {
                    book.uncalculated = element.flag("fullCalcOnLoad");
                }
                Node::Begin(element) if element.name() == "sheet" => {
                    let name = element.attribute("name").unwrap_or_default();
                    let hidden = element.attribute("state").is_some_and(|state| state != "visible");
                    let relation = element.attribute("id").and_then(|id| parts.get(&id));
                    // A chart or a dialogue has no cells.
                    if let Some(relation) = relation.filter(|relation| relation.kind == "worksheet") {
                        book.sheets.push((SheetName { name, hidden }, relation.part.clone()));
                    }
                    if book.sheets.len() > MOST_SHEETS {
                        return Err(Complaint::broken(&main));
                    }
                }
                Node::Nothing => return Ok(book),
                _ => {}
            }
        }
    }

    /// The sheet of this name, or the first that is shown.
    pub(crate) fn sheet(&self, asked: Option<&str>) -> Result<&(SheetName, String), Complaint> {
        match asked {
            None => {
                let shown = self.sheets.iter().find(|(sheet, _)| !sheet.hidden);
                shown.ok_or_else(|| Complaint::of(Reason::NoSheet))
            }
            Some(asked) => {
                let names = || self.sheets.iter().map(|(sheet, _)| sheet.name.as_str());
                let unknown = || {
                    let names = names().take(20).collect::<Vec<_>>().join("、");
                    Complaint::of(Reason::UnknownSheet).with("sheets", names).with("sheet", asked)
                };
                self.sheets.iter().find(|(sheet, _)| sheet.name == asked).ok_or_else(unknown)
            }
        }
    }
}

struct Relation {
    /// The last word of its type: `worksheet`.
    kind: String,
    part: String,
}

fn main_part<R: Read + Seek>(package: &mut Package<R>, node_bytes: usize) -> Result<String, Complaint> {
    const USUAL: &str = "xl/workbook.xml";
    let stated = if package.has("_rels/.rels") { relations(package, "", node_bytes)? } else { HashMap::new() };
    let mut stated = stated.into_values().filter(|relation| relation.kind == "officeDocument");
    let main = stated.next().map_or_else(|| USUAL.to_owned(), |relation| relation.part);
    if main.ends_with(".bin") || package.has("xl/workbook.bin") {
        return Err(Complaint::of(Reason::BinaryWorkbook));
    }
    if !package.has(&main) || main.to_lowercase().starts_with("word/") || main.to_lowercase().starts_with("ppt/") {
        return Err(Complaint::of(Reason::NotAWorkbook));
    }
    Ok(main)
}

/// What a part, or with no name the whole package, refers to, by id.
fn relations<R: Read + Seek>(
    package: &mut Package<R>,
    of: &str,
    node_bytes: usize,
) -> Result<HashMap<String, Relation>, Complaint> {
    let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
    let name = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
    let mut relations = HashMap::new();
    let most = package.most();
    let mut xml = Xml::new(package.part(&name)?, &name, node_bytes, most);
    loop {
        match xml.next()? {
            Node::Begin(element) if element.name() == "Relationship" => {
                let [id, kind, target] = ["Id", "Type", "Target"].map(|name| element.attribute(name));
                if let (Some(id), Some(kind), Some(target)) = (id, kind, target) {
                    let kind = kind.rsplit_once('/').map_or(kind.as_str(), |(_, kind)| kind).to_owned();
                    relations.insert(id, Relation { kind, part: resolved(folder, &target) });
                }
                if relations.len() > MOST_SHEETS {
                    return Err(Complaint::broken(&name));
                }
            }
            Node::Nothing => return Ok(relations),
            _ => {}
        }
    }
}

/// The name of a part that is told from a folder: `../media/x` or `/xl/x`.
fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut path: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(path.pop()),
            step => path.push(step),
        }
    }
    path.retain(|step| !step.is_empty());
    path.join("/")
}
