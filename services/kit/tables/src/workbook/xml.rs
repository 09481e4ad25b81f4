//! A part as XML, one node at a time, and never more than one node in memory.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::package::{Part, broken};
use crate::fault::{Complaint, Reason};

/// Elements within elements; a sheet has some six.
const MOST_DEPTH: usize = 100;
const BUFFER: usize = 32 << 10;

/// A part of a workbook as XML.
pub(crate) struct Xml<R: Read> {
    reader: Reader<Bounded<Part<R>>>,
    buffer: Vec<u8>,
    depth: usize,
    name: String,
    most: u64,
    node_bytes: usize,
}

/// What stands next. Names are without their prefix.
pub(crate) enum Node<'a> {
    Begin(Element<'a>),
    End(End<'a>),
    Text(Cow<'a, str>),
    /// A comment and the like.
    Aside,
    /// The end of the part.
    Nothing,
}

/// An element that ends.
pub(crate) struct End<'a>(BytesEnd<'a>);

impl End<'_> {
    pub(crate) fn name(&self) -> &str {
        local(self.0.name().into_inner())
    }
}

/// An element that begins.
pub(crate) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    pub(crate) fn name(&self) -> &str {
        local(self.0.name().into_inner())
    }

    /// The value of an attribute, whatever its prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.0.attributes();
        attributes.with_checks(false);
        let found = attributes.filter_map(Result::ok).find(|found| local(found.key.into_inner()) == name)?;
        found.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
    }

    /// `1` or `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|value| matches!(value.as_str(), "1" | "true"))
    }

    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.attribute(name)?.trim().parse().ok()
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

impl<R: Read> Xml<R> {
    /// A part by its name, with bounds on one node and, for what is said, on the whole workbook.
    pub(crate) fn new(part: Part<R>, name: &str, node_bytes: usize, most: u64) -> Self {
        let bounded = Bounded { inner: BufReader::with_capacity(BUFFER, part), left: 0 };
        let mut reader = Reader::from_reader(bounded);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self { reader, buffer: Vec::new(), depth: 0, name: name.to_owned(), most, node_bytes }
    }

    /// The next node.
    pub(crate) fn next(&mut self) -> Result<Node<'_>, Complaint> {
        self.buffer.clear();
        self.reader.get_mut().left = self.node_bytes;
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(complaint(error, &self.name, self.most, self.node_bytes)),
        };
        let broken = || Complaint::broken(&self.name);
        Ok(match event {
            Event::Start(element) => {
                self.depth += 1;
                if self.depth > MOST_DEPTH {
                    return Err(broken());
                }
                Node::Begin(Element(element))
            }
            Event::End(element) => {
                self.depth = self.depth.saturating_sub(1);
                Node::End(End(element))
            }
            Event::Text(text) => Node::Text(text.xml10_content()),
            Event::CData(text) => Node::Text(text.xml10_content()),
            Event::GeneralRef(entity) => Node::Text(meant(&entity).ok_or_else(broken)?.into()),
            // Entities of its own are how XML is made to blow up.
            Event::DocType(_) => return Err(broken()),
            Event::Eof if self.depth > 0 => return Err(broken()),
            Event::Eof => Node::Nothing,
            _ => Node::Aside,
        })
    }
}

fn meant(entity: &BytesRef<'_>) -> Option<String> {
    if entity.is_char_ref() {
        return entity.resolve_char_ref().ok().flatten().map(String::from);
    }
    resolve_predefined_entity(entity).map(str::to_owned)
}

fn complaint(error: quick_xml::Error, name: &str, most: u64, node_bytes: usize) -> Complaint {
    let quick_xml::Error::Io(error) = error else { return Complaint::broken(name) };
    match error.kind() {
        ErrorKind::FileTooLarge => Complaint::of(Reason::UnpacksTooLarge).with("most", most >> 20),
        ErrorKind::QuotaExceeded => Complaint::of(Reason::CellTooLong).with("most", node_bytes),
        kind => broken(io::Error::new(kind, error), name),
    }
}

/// Fails when one node takes more than it may.
struct Bounded<R> {
    inner: BufReader<R>,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(ErrorKind::QuotaExceeded, "a node takes too much"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, read: usize) {
        self.left = self.left.saturating_sub(read);
        self.inner.consume(read);
    }
}
