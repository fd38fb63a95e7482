//! The page `settings`.

use leptos::prelude::*;

use crate::text::shell::Shell;
use crate::text::words;
use crate::ui::PageHead;

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! { <PageHead title=words(Shell::Settings) /> }
}
