//! The language of the app: chosen by the browser at first, then by the person, and remembered on this device.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::chinese;
use crate::browser;

const REMEMBERED_AS: &str = "stillroom-language";

/// A language the app speaks whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// Both languages, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The tag for `lang` attributes and for remembering the choice.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// What the language calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// The language a tag such as `zh-Hans-CN` or `en-GB` asks for.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// The first language of a person's list that the app speaks, English when it speaks none.
    pub fn of_preferences<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        tags.into_iter().find_map(Self::from_tag).unwrap_or(Self::English)
    }
}

thread_local! {
    static LANGUAGE: ArcRwSignal<Language> = ArcRwSignal::new(remembered());
}

fn remembered() -> Language {
    let chosen = browser::remembered(REMEMBERED_AS);
    let offered = browser::languages();
    Language::of_preferences(chosen.iter().chain(&offered).map(String::as_str))
}

/// Today's language; followed when read inside a view.
pub fn language() -> Language {
    LANGUAGE.with(|language| language.try_get().unwrap_or(Language::English))
}

/// Changes the language everywhere once its wording is here, and remembers it.
pub fn set_language(language: Language) {
    spawn_local(async move {
        if language == Language::English || chinese::load().await {
            browser::remember(REMEMBERED_AS, language.tag());
            LANGUAGE.with(|signal| signal.set(language));
        }
    });
}

/// Has the wording of today's language at hand before anything is shown; English where it cannot be had.
pub async fn have_words() {
    if untrack(language) == Language::Chinese && !chinese::load().await {
        LANGUAGE.with(|signal| signal.set(Language::English));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_spoken_language_wins() {
        let cases: [(&[&str], Language); 5] = [
            (&["fr-FR", "zh-Hans-CN", "en"], Language::Chinese),
            (&["en-GB", "zh"], Language::English),
            (&["ZH"], Language::Chinese),
            (&["de"], Language::English),
            (&[], Language::English),
        ];
        for (tags, language) in cases {
            assert_eq!(Language::of_preferences(tags.iter().copied()), language);
        }
    }

    #[test]
    fn tags_go_there_and_back() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }
}
