//! The page `import`.

use leptos::prelude::*;

use crate::text::shell::Shell;
use crate::text::words;
use crate::ui::PageHead;

/// The page.
#[component]
pub fn ImportPage() -> impl IntoView {
    view! { <PageHead title=words(Shell::Import) /> }
}
