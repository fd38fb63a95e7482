//! The page `welcome`.

use leptos::prelude::*;

use crate::text::shell::Shell;
use crate::text::words;
use crate::ui::PageHead;

/// The page.
#[component]
pub fn WelcomePage() -> impl IntoView {
    view! { <PageHead title=words(Shell::Overview) /> }
}
