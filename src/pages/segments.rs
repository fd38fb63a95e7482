//! The page `segments`.

use leptos::prelude::*;

use crate::text::shell::Shell;
use crate::text::words;
use crate::ui::PageHead;

/// The page.
#[component]
pub fn SegmentsPage() -> impl IntoView {
    view! { <PageHead title=words(Shell::Segments) /> }
}
