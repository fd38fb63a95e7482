//! The theme: the system's, unless the person chose light or dark; remembered on this device.

use gloo::events::EventListener;
use leptos::prelude::*;

use crate::browser;

const REMEMBERED_AS: &str = "stillroom-theme";
const SYSTEM_IS_DARK: &str = "(prefers-color-scheme: dark)";

/// Which colours the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    System,
    /// Light, whatever the system says.
    Light,
    /// Dark, whatever the system says.
    Dark,
}

impl Theme {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The stable word.
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme with a stable word, the system's for any other word.
    pub fn from_key(key: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.key() == key).unwrap_or(Self::System)
    }
}

thread_local! {
    static THEME: ArcRwSignal<Theme> =
        ArcRwSignal::new(Theme::from_key(&browser::remembered(REMEMBERED_AS).unwrap_or_default()));
    static SYSTEM_DARK: ArcRwSignal<bool> = ArcRwSignal::new(browser::matches_media(SYSTEM_IS_DARK));
}

/// The chosen theme; followed when read inside a view.
pub fn theme() -> Theme {
    THEME.with(|theme| theme.get())
}

/// Changes the theme at once and remembers it.
pub fn set_theme(theme: Theme) {
    browser::remember(REMEMBERED_AS, theme.key());
    THEME.with(|signal| signal.set(theme));
}

/// Whether the page is dark now; followed when read inside a view, so that charts can follow it too.
pub fn is_dark() -> bool {
    match theme() {
        Theme::System => SYSTEM_DARK.with(|dark| dark.get()),
        Theme::Light => false,
        Theme::Dark => true,
    }
}

/// Keeps the page's theme and language in step with the choices, for as long as the page lives.
pub fn follow() {
    if let Ok(Some(list)) = window().match_media(SYSTEM_IS_DARK) {
        let listener = EventListener::new(&list, "change", |_| {
            SYSTEM_DARK.with(|dark| dark.set(browser::matches_media(SYSTEM_IS_DARK)));
        });
        listener.forget();
    }
    Effect::new(|| {
        let theme = theme();
        browser::set_root_attribute("data-theme", (theme != Theme::System).then(|| theme.key()));
    });
    Effect::new(|| browser::set_root_attribute("lang", Some(crate::text::language().tag())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_mean_the_systems_theme() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_key(theme.key()), theme);
        }
        assert_eq!(Theme::from_key("sepia"), Theme::System);
    }
}
