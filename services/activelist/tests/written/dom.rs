//! A page as a browser understands it.

use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element, with what is in it.
#[derive(Clone)]
pub(crate) struct Element(Handle);

/// Reads a page; whatever a browser would have to mend fails the test.
pub(crate) fn read(page: &str) -> Element {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(page);
    let errors = dom.errors.borrow();
    assert!(errors.is_empty(), "{errors:?}");
    Element(dom.document.clone())
}

impl Element {
    /// Elements below this one, by names from the outer to the inner one: `table`, `tr.total`, `th[scope=row]`, `[src]`.
    pub(crate) fn all(&self, path: &str) -> Vec<Element> {
        path.split(' ').fold(vec![self.clone()], |within, step| {
            let mut found: Vec<Element> = Vec::new();
            for element in within.iter().flat_map(Self::below).filter(|element| element.is(step)) {
                if !found.iter().any(|known| std::rc::Rc::ptr_eq(&known.0, &element.0)) {
                    found.push(element);
                }
            }
            found
        })
    }

    /// What stands in each of [`Element::all`].
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        self.all(path).iter().map(|element| element.text().trim().to_owned()).collect()
    }

    /// Everything written in it.
    pub(crate) fn text(&self) -> String {
        match &self.0.data {
            NodeData::Text { contents } => contents.borrow().to_string(),
            _ => self.0.children.borrow().iter().map(|child| Element(child.clone()).text()).collect(),
        }
    }

    /// An attribute.
    pub(crate) fn attribute(&self, wanted: &str) -> Option<String> {
        let NodeData::Element { attrs, .. } = &self.0.data else { return None };
        let attrs = attrs.borrow();
        attrs.iter().find(|attribute| &*attribute.name.local == wanted).map(|attribute| attribute.value.to_string())
    }

    fn below(&self) -> Vec<Element> {
        let children = self.0.children.borrow();
        children
            .iter()
            .flat_map(|child| {
                let child = Element(child.clone());
                std::iter::once(child.clone()).chain(child.below())
            })
            .collect()
    }

    fn is(&self, step: &str) -> bool {
        let NodeData::Element { name, .. } = &self.0.data else { return false };
        let (step, condition) = step.split_once('[').unwrap_or((step, ""));
        let (tag, class) = step.split_once('.').unwrap_or((step, ""));
        let attributes = match condition.trim_end_matches(']').split_once('=') {
            Some((attribute, value)) => self.attribute(attribute).as_deref() == Some(value),
            None => condition.is_empty() || self.attribute(condition.trim_end_matches(']')).is_some(),
        };
        let classes = self.attribute("class").unwrap_or_default();
        let class = class.is_empty() || classes.split(' ').any(|known| known == class);
        (tag.is_empty() || &*name.local == tag) && class && attributes
    }
}
