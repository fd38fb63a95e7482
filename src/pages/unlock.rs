//! Unlock.
use crate::model::auto_lock::Closing;
use leptos::prelude::*;
#[component]
pub fn UnlockPage(closed_because: Option<Closing>, elsewhere: bool) -> impl IntoView {
    view! { <p>{format!("{closed_because:?} {elsewhere}")}</p> }
}
