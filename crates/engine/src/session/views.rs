//! Opened views, kept under small handles so that the page can ask for windows.

use std::collections::BTreeMap;

use stillroom_records::FieldKey;
use stillroom_store::View;

/// Views kept at once; opening one more forgets the oldest.
const MAX_VIEWS: usize = 16;

/// A view and the fields its rows show.
#[derive(Debug)]
pub(super) struct OpenedView {
    pub(super) view: View,
    pub(super) fields: Vec<FieldKey>,
}

/// The opened views, by handle.
#[derive(Debug, Default)]
pub(super) struct Views {
    next: u32,
    opened: BTreeMap<u32, OpenedView>,
}

impl Views {
    /// Keeps a view and gives its handle.
    pub(super) fn keep(&mut self, view: OpenedView) -> u32 {
        if self.opened.len() >= MAX_VIEWS {
            self.opened.pop_first();
        }
        self.next += 1;
        self.opened.insert(self.next, view);
        self.next
    }

    /// The view under `handle`, unless it was forgotten.
    pub(super) fn get(&self, handle: u32) -> Option<&OpenedView> {
        self.opened.get(&handle)
    }

    /// Forgets all views: what they list may no longer be there.
    pub(super) fn clear(&mut self) {
        self.opened.clear();
    }
}
