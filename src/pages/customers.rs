//! The page `customers`.

use leptos::prelude::*;

use crate::text::shell::Shell;
use crate::text::words;
use crate::ui::PageHead;

/// The page.
#[component]
pub fn CustomersPage() -> impl IntoView {
    view! { <PageHead title=words(Shell::Customers) /> }
}
