//! How a segment comes about: all places of the text are sorted by what stands there, gram by gram, shorter before longer.
//!
//! The places of a gram stand together and in order. To lengthen it, they are counted and moved by the unit that follows,
//! so the work is a pass over the places per unit of depth, and stops where a gram is rare. Grams of one length are all
//! done before the next: the gram without its first unit is then known, and where it has as many documents it has the same
//! ones, and its list serves both; likewise that of the gram without its last unit.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Mutex;

use super::docs;
use super::segment::{Node, Segment, has_children};
use super::units::{self, BREAK, UNIT};

/// A gram is common when it stands in more than one document in this many …
const COMMON_SHARE: usize = 64;
/// … but not when in so few: they are looked through as fast as a list is read …
const COMMON_LEAST: usize = 64;
/// … and in any case when in more than so many. Measured on 131,072 made-up texts: with 1,024 in its place one phrase in a
/// hundred took three times as long, for 6 % less memory.
const COMMON_MOST: usize = 256;
/// How far places that go on alike are followed.
const MAX_ALIKE: usize = 64;
/// Stands for the gram of no unit.
const ROOT: usize = usize::MAX;
/// A place of the text is looked up by the first document of its run of so many units.
const RUN: usize = 64;

/// A slot and its normalised text: fields, a break behind each.
pub(super) struct Document<'a> {
    pub(super) slot: u32,
    pub(super) text: &'a [u8],
}

/// A segment of these documents.
pub(super) fn build(mut documents: Vec<Document<'_>>) -> Segment {
    documents.sort_unstable_by_key(|document| document.slot);
    let mut text = Vec::with_capacity(documents.iter().map(|document| document.text.len()).sum());
    let mut starts = Vec::with_capacity(documents.len() + 1);
    for document in &documents {
        starts.push((text.len() / UNIT) as u32);
        text.extend_from_slice(document.text);
    }
    starts.push((text.len() / UNIT) as u32);
    let common = (documents.len() / COMMON_SHARE).clamp(COMMON_LEAST, COMMON_MOST);
    let mut tree = Tree::new(units::units(&text).collect(), &starts, common);
    tree.grow();
    Segment {
        slots: documents.iter().map(|document| document.slot).collect(),
        starts: starts.clone().into(),
        roots: tree.roots,
        nodes: tree.nodes.into(),
        few: tree.few.into(),
        many: tree.many.into(),
        text: text.into(),
        common,
        remembered: Mutex::default(),
    }
}

/// A gram whose children are still to be made.
struct Open {
    node: usize,
    /// Its places.
    places: Range<usize>,
    length: usize,
    /// The gram without its first unit.
    suffix: usize,
}

struct Tree<'a> {
    units: Vec<u16>,
    starts: &'a [u32],
    /// The document of the first unit of each run.
    runs: Vec<u16>,
    common: usize,
    places: Vec<u32>,
    spare: Vec<u32>,
    /// Per unit: how many places it follows, then where the next of them goes. All 0 between uses.
    counts: Vec<u32>,
    nodes: Vec<Node>,
    roots: usize,
    few: Vec<u8>,
    many: Vec<u64>,
    open: VecDeque<Open>,
}

impl<'a> Tree<'a> {
    fn new(units: Vec<u16>, starts: &'a [u32], common: usize) -> Self {
        let places: Vec<u32> = (0..units.len() as u32).collect();
        let mut document = 0;
        let runs = (0..units.len())
            .step_by(RUN)
            .map(|place| {
                while starts[document + 1] as usize <= place {
                    document += 1;
                }
                document as u16
            })
            .collect();
        Self {
            starts,
            runs,
            common,
            spare: vec![0; places.len()],
            places,
            counts: vec![0; 1 << 16],
            nodes: Vec::new(),
            roots: 0,
            few: Vec::new(),
            many: Vec::new(),
            open: VecDeque::new(),
            units,
        }
    }

    fn grow(&mut self) {
        self.lengthen(Open { node: ROOT, places: 0..self.places.len(), length: 0, suffix: ROOT });
        self.roots = self.nodes.len();
        while let Some(open) = self.open.pop_front() {
            self.lengthen(open);
        }
        self.nodes.shrink_to_fit();
    }

    /// Makes the children of a gram: one per unit that follows it.
    fn lengthen(&mut self, parent: Open) {
        let groups = self.group(parent.places.clone(), parent.length);
        let first_child = self.nodes.len();
        if parent.node != ROOT {
            self.nodes[parent.node].next = first_child as u32;
            self.nodes[parent.node].width = groups.len() as u16;
        }
        for (unit, places) in groups {
            let suffix = if parent.length == 0 { ROOT } else { self.child(parent.suffix, unit) };
            let node = self.nodes.len();
            let documents = self.documents(&places);
            let list = self.list(&documents, [parent.node, suffix]);
            let length = parent.length + 1;
            let (mut next, mut width) = (0, 0);
            if has_children(documents.len(), length, self.common) {
                self.open.push_back(Open { node, places, length, suffix });
            } else {
                next = self.places[places.start];
                width = self.alike(&places, length);
            }
            self.nodes.push(Node { unit, others: (documents.len() - 1) as u16, list, next, width });
        }
    }

    /// How many units all the places go on alike behind the gram, up to [`MAX_ALIKE`].
    fn alike(&self, places: &Range<usize>, length: usize) -> u16 {
        let behind = |place: u32| &self.units[place as usize + length..];
        let mut alike = behind(self.places[places.start]);
        alike = &alike[..alike.iter().take(MAX_ALIKE).position(|unit| *unit == BREAK).unwrap_or(MAX_ALIKE)];
        for place in &self.places[places.clone()] {
            if alike.is_empty() {
                break;
            }
            let same = alike.iter().zip(behind(*place)).take_while(|(a, b)| a == b).count();
            alike = &alike[..same];
        }
        alike.len() as u16
    }

    /// Moves the places by the unit that stands `ahead` of them; the units in order with their places. Places where the
    /// text ends before it are left out.
    fn group(&mut self, places: Range<usize>, ahead: usize) -> Vec<(u16, Range<usize>)> {
        let Self { units, counts, spare, .. } = self;
        let mut found: Vec<u16> = Vec::new();
        let mut kept = 0;
        for place in &self.places[places.clone()] {
            let unit = units[*place as usize + ahead];
            if unit != BREAK {
                let count = &mut counts[usize::from(unit)];
                if *count == 0 {
                    found.push(unit);
                }
                *count += 1;
                kept += 1;
            }
        }
        found.sort_unstable();
        let mut next = places.start;
        let groups = found.iter().map(|unit| {
            let count = &mut counts[usize::from(*unit)];
            let group = next..next + *count as usize;
            *count = next as u32;
            next = group.end;
            (*unit, group)
        });
        let groups: Vec<_> = groups.collect();
        for place in &self.places[places.clone()] {
            let unit = units[*place as usize + ahead];
            if unit != BREAK {
                let to = &mut counts[usize::from(unit)];
                spare[*to as usize] = *place;
                *to += 1;
            }
        }
        found.iter().for_each(|unit| counts[usize::from(*unit)] = 0);
        let kept = places.start..places.start + kept;
        self.places[kept.clone()].copy_from_slice(&spare[kept]);
        groups
    }

    /// The documents of ascending places, each once.
    fn documents(&self, places: &Range<usize>) -> Vec<u16> {
        let mut documents: Vec<u16> = Vec::new();
        let mut end = 0;
        for place in &self.places[places.clone()] {
            if *place >= end {
                let mut document = usize::from(self.runs[*place as usize / RUN]);
                while self.starts[document + 1] <= *place {
                    document += 1;
                }
                documents.push(document as u16);
                end = self.starts[document + 1];
            }
        }
        documents
    }

    /// Where the documents are held: with one of the alike grams if it has as many, else anew.
    fn list(&mut self, documents: &[u16], alike: [usize; 2]) -> u32 {
        if let [only] = documents {
            return u32::from(*only);
        }
        let same = |node: &&Node| node.documents() == documents.len();
        if let Some(same) = alike.into_iter().filter_map(|node| self.nodes.get(node)).find(same) {
            return same.list;
        }
        let all = self.starts.len() - 1;
        if !docs::is_dense(documents.len(), all) {
            let at = self.few.len();
            docs::pack(documents, &mut self.few);
            return at as u32;
        }
        let (at, words) = (self.many.len(), docs::words(all));
        self.many.resize(at + words, 0);
        documents.iter().for_each(|document| docs::put(&mut self.many[at..], usize::from(*document), true));
        (at / words) as u32
    }

    /// The gram of a node and one more unit, which is there.
    fn child(&self, node: usize, unit: u16) -> usize {
        let among = match self.nodes.get(node) {
            None => 0..self.roots,
            Some(node) => node.next as usize..node.next as usize + usize::from(node.width),
        };
        among.start + self.nodes[among].partition_point(|child| child.unit < unit)
    }
}
