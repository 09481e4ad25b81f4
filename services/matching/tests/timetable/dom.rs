//! A page as a browser understands it.

use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// What is in a page.
pub(crate) struct Page(Handle);

/// Reads a page; whatever a browser would have to mend fails the test.
pub(crate) fn read(page: &str) -> Page {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(page);
    let errors = dom.errors.borrow();
    assert!(errors.is_empty(), "{errors:?}");
    Page(dom.document.clone())
}

/// A name as it is shown: one line, nothing that turns it around.
pub(crate) fn squeezed(text: &str) -> String {
    text.replace('\u{202e}', "").replace(['\r', '\n'], " ")
}

impl Page {
    /// How many elements there are of a name.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.texts(name).len()
    }

    /// What stands in elements, by names from the outer to the inner one: `table.grid td`.
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        let mut found = vec![self.0.clone()];
        for step in path.split(' ') {
            found = found.iter().flat_map(below).filter(|handle| is(handle, step)).collect();
        }
        found.iter().map(|handle| text(handle).trim().to_owned()).collect()
    }
}

fn below(handle: &Handle) -> Vec<Handle> {
    let children = handle.children.borrow();
    children.iter().flat_map(|child| std::iter::once(child.clone()).chain(below(child))).collect()
}

fn text(handle: &Handle) -> String {
    match &handle.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => handle.children.borrow().iter().map(text).collect(),
    }
}

fn is(handle: &Handle, step: &str) -> bool {
    let NodeData::Element { name, attrs, .. } = &handle.data else { return false };
    let (tag, class) = step.split_once('.').unwrap_or((step, ""));
    let attrs = attrs.borrow();
    let classes = attrs.iter().find(|one| &*one.name.local == "class").map(|one| one.value.to_string());
    let classes = classes.unwrap_or_default();
    &*name.local == tag && (class.is_empty() || classes.split(' ').any(|one| one == class))
}
