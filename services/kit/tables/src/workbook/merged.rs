//! Which cells are merged. A sheet tells it behind its rows, so it is read before them.

use std::io::{Read, Seek};

use super::package::{Package, broken};
use super::xml::{Node, Xml};
use crate::fault::{Complaint, Reason};
use crate::place::{cell_name, parse_cell};
use crate::row::RowFault;

/// Merged ranges of a sheet that are looked at.
const MOST: usize = 200_000;

/// A merged range; columns from 0, rows from 1, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    top: u64,
    bottom: u64,
    left: usize,
    right: usize,
}

/// The merged ranges of a sheet, for rows that are asked for in order.
pub(crate) struct Merged {
    /// Those below the last row that was asked for, the first one last.
    ahead: Vec<Range>,
    here: Vec<Range>,
}

impl Merged {
    pub(crate) fn read<R: Read + Seek>(
        package: &mut Package<R>,
        part: &str,
        columns: usize,
        node_bytes: usize,
    ) -> Result<Self, Complaint> {
        let mut ahead = Vec::new();
        let (most, left) = (package.most(), package.left());
        // To look for the word is much cheaper than to read a sheet as XML.
        if holds(package.part(part)?, b"mergeCell", part, most)? {
            let mut xml = Xml::new(package.part(part)?, part, node_bytes, most);
            loop {
                match xml.next()? {
                    Node::Begin(element) if element.name() == "mergeCell" => {
                        let range = element.attribute("ref").and_then(|name| range(&name, columns));
                        ahead.push(range.ok_or_else(|| Complaint::broken(part))?);
                    }
                    Node::Nothing => break,
                    _ => {}
                }
                if ahead.len() > MOST {
                    return Err(Complaint::broken(part));
                }
            }
        }
        package.leave(left);
        ahead.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self { ahead, here: Vec::new() })
    }

    /// A fault for each of the first `ends` cells of a row that is merged, but for the first cell of its range. Nothing when
    /// ranges overlap, which no program writes. Rows may be left out.
    pub(crate) fn faults(&mut self, row: u64, columns: usize, ends: usize) -> Option<Vec<RowFault>> {
        while self.ahead.last().is_some_and(|range| range.top <= row) {
            self.here.extend(self.ahead.pop());
        }
        self.here.retain(|range| range.bottom >= row);
        if self.here.iter().map(|range| range.right - range.left + 1).sum::<usize>() > columns {
            return None;
        }
        let columns = |range: &Range| range.left..ends.min(range.right + 1);
        let covered = self.here.iter().flat_map(|range| columns(range).map(move |column| (range, column)));
        let others = covered.filter(|(range, column)| (range.top, range.left) != (row, *column));
        let fault = |(range, column): (&Range, usize)| {
            RowFault::of_cell(column, Reason::MergedCell).with("first", cell_name(range.left, range.top))
        };
        Some(others.map(fault).collect())
    }
}

fn range(name: &str, columns: usize) -> Option<Range> {
    let (first, last) = name.split_once(':').unwrap_or((name, name));
    let ((left, top), (right, bottom)) = (parse_cell(first, columns)?, parse_cell(last, columns)?);
    (left <= right && top <= bottom).then_some(Range { top, bottom, left, right })
}

fn holds(mut part: impl Read, word: &[u8], name: &str, most: u64) -> Result<bool, Complaint> {
    let mut piece = vec![0; 64 << 10];
    let mut kept = 0;
    loop {
        let read = part.read(&mut piece[kept..]).map_err(|error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => Complaint::of(Reason::UnpacksTooLarge).with("most", most >> 20),
            _ => broken(error, name),
        })?;
        if read == 0 {
            return Ok(false);
        }
        let end = kept + read;
        if memchr::memmem::find(&piece[..end], word).is_some() {
            return Ok(true);
        }
        // The word may be cut in two.
        kept = end.min(word.len() - 1);
        piece.copy_within(end - kept..end, 0);
    }
}
