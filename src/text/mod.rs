//! Every word the app says, in English and in Simplified Chinese.
//!
//! One file a page, both languages side by side: a key without a translation does not compile, and a native test holds the
//! placeholders of both languages together. Reading a text inside a view follows the language at once. In the browser the
//! Chinese comes from a file of its own, which the build writes from these sources and [`chinese`] loads when it is wanted.

pub mod chinese;
pub mod format;
mod language;

pub mod analysis;
pub mod charts;
pub mod codes;
pub mod customers;
pub mod explain;
mod faults;
pub mod fields;
pub mod import;
pub mod issues;
pub mod methods;
pub mod models;
pub mod notes;
pub mod overview;
pub mod predict;
pub mod privacy;
pub mod recommend;
pub mod rights;
pub mod segments;
pub mod settings;
pub mod shell;
pub mod sync;
pub mod welcome;

use leptos::prelude::Signal;

pub use language::{Language, have_words, language, set_language};

/// A set of texts, made by [`texts!`].
pub trait Text: Copy + Send + Sync + 'static {
    /// The text as a value of one type, whatever its set: views are compiled once, not once a set.
    fn word(self) -> Word;
}

/// A text of any set.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    look_up: fn(usize, Language) -> &'static str,
    at: usize,
}

impl Word {
    /// The text in one language, placeholders unfilled.
    pub fn in_language(self, language: Language) -> &'static str {
        (self.look_up)(self.at, language)
    }

    fn said(self) -> &'static str {
        self.in_language(language())
    }

    fn view(self) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || self.said()
    }

    fn signal(self) -> Signal<String> {
        Signal::derive(move || self.said().to_owned())
    }
}

/// Makes an enum of texts: `Key: "English", "中文";`. An English text with a count holds both forms, `one|other`.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $english:literal, $chinese:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(clippy::enum_variant_names, reason = "a key names its text, whatever the set is called")]
        pub enum $name { $(#[doc = $english] $key),* }

        impl $crate::text::Text for $name {
            fn word(self) -> $crate::text::Word {
                fn look_up(at: usize, language: $crate::text::Language) -> &'static str {
                    static ENGLISH: &[&str] = &[$($english),*];
                    #[cfg(not(target_arch = "wasm32"))]
                    static CHINESE: &[&str] = &[$($chinese),*];
                    let chinese = match language {
                        $crate::text::Language::English => None,
                        #[cfg(not(target_arch = "wasm32"))]
                        $crate::text::Language::Chinese => CHINESE.get(at).copied(),
                        #[cfg(target_arch = "wasm32")]
                        $crate::text::Language::Chinese => $crate::text::chinese::word(stringify!($name), at),
                    };
                    chinese.or_else(|| ENGLISH.get(at).copied()).unwrap_or_default()
                }
                $crate::text::Word { look_up, at: self as usize }
            }
        }

        #[cfg(test)]
        mod texts_tests {
            #[test]
            fn both_languages_are_whole_and_hold_the_same_placeholders() {
                for (key, english, chinese) in [$((stringify!($key), $english, $chinese)),*] {
                    $crate::text::check_pair(key, english, chinese);
                }
            }
        }
    };
}
pub(crate) use texts;

/// The text in today's language; follows the language when read inside a view.
pub fn say(text: impl Text) -> &'static str {
    text.word().said()
}

/// A view of a text: `{t(Shell::Save)}` or `aria-label=t(Shell::Save)`.
pub fn t(text: impl Text) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    text.word().view()
}

/// The text as a signal, for the parts' labels: `label=words(Shell::Save)`.
pub fn words(text: impl Text) -> Signal<String> {
    text.word().signal()
}

/// The text with its placeholders filled: `fill(Import::RowsOf, &[("n", rows)])`.
pub fn fill(text: impl Text, values: &[(&str, String)]) -> String {
    filled(say(text), values)
}

/// The text with `{n}` filled by a count and the form that fits it.
pub fn count(text: impl Text, n: u64) -> String {
    count_with(text, n, &[])
}

/// As [`count`], with further placeholders.
pub fn count_with(text: impl Text, n: u64, values: &[(&str, String)]) -> String {
    let form = plural_form(say(text), n);
    filled(&filled(form, &[("n", format::integer(n))]), values)
}

fn filled(text: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// The form of a text for a count: English has one and other, Chinese one form for all.
fn plural_form(text: &str, n: u64) -> &str {
    match text.split_once('|') {
        Some((one, _)) if n == 1 => one,
        Some((_, other)) => other,
        None => text,
    }
}

/// The names of the placeholders in a text, sorted.
#[cfg(test)]
fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<_> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Asserts that a pair of texts is complete and speaks of the same values.
#[cfg(test)]
fn check_pair(key: &str, english: &str, chinese: &str) {
    assert!(!english.trim().is_empty() && !chinese.trim().is_empty(), "{key} is empty");
    assert_eq!(placeholders(english), placeholders(chinese), "{key} fills different placeholders");
    assert!(english.matches('|').count() <= 1, "{key} has more than two forms");
    assert!(!chinese.contains('|'), "{key}: Chinese has one form");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_choose_their_form() {
        for (n, expected) in [(0, "{n} rows"), (1, "{n} row"), (2, "{n} rows"), (21, "{n} rows")] {
            assert_eq!(plural_form("{n} row|{n} rows", n), expected);
        }
        assert_eq!(plural_form("{n} 行", 1), "{n} 行");
    }

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        let text = filled("{a} of {b}, {a}", &[("a", "1".to_owned()), ("b", "2".to_owned())]);
        assert_eq!(text, "1 of 2, 1");
    }

    #[test]
    fn placeholder_names_are_found_once_each() {
        assert_eq!(placeholders("{n} of {total}, {n}"), ["n", "total"]);
    }
}
