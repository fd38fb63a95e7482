//! The page `customer`.

use leptos::prelude::*;

use crate::text::shell::Shell;
use crate::text::words;
use crate::ui::PageHead;

/// The page.
#[component]
pub fn CustomerPage() -> impl IntoView {
    view! { <PageHead title=words(Shell::Customers) /> }
}
