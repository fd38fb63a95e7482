//! Files of text: a CSV file of mixed columns, and short texts in classes.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::draw::Draw;

const CITIES: [&str; 12] = [
    "Wien",
    "Graz",
    "Linz",
    "Salzburg",
    "Innsbruck",
    "Bregenz",
    "Klagenfurt",
    "Villach",
    "Wels",
    "Steyr",
    "Krems",
    "Leoben",
];
const SYLLABLES: [&str; 16] =
    ["ka", "lo", "mi", "ren", "to", "sa", "vel", "dor", "in", "pa", "qui", "ster", "ul", "ba", "ne", "gra"];

/// A word that stands for `number`.
fn word(mut number: usize) -> String {
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[number % SYLLABLES.len()]);
        number /= SYLLABLES.len();
        if number == 0 {
            return word;
        }
    }
}

/// Ten columns of about a hundred bytes a row. One value in twenty is missing where values may be; notes hold commas and quotes.
pub(super) fn mixed(path: &Path, n_rows: usize) -> Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut draw = Draw::new(71);
    writeln!(file, "id,name,city,segment,joined,seen,spent,visits,active,note")?;
    for row in 0..n_rows {
        let is_missing = |draw: &mut Draw| draw.below(20) == 0;
        let (day, second) = (draw.below(28) + 1, draw.below(86_400));
        let joined = format!("20{:02}-{:02}-{day:02}", 15 + draw.below(10), draw.below(12) + 1);
        let seen = format!(
            "2025-{:02}-{day:02}T{:02}:{:02}:{:02}",
            draw.below(12) + 1,
            second / 3600,
            second / 60 % 60,
            second % 60
        );
        let spent = if is_missing(&mut draw) {
            String::new()
        } else {
            format!("{:.2}", (draw.normal() * 1.2 + 4.0).exp())
        };
        let visits = if is_missing(&mut draw) { String::new() } else { draw.skewed(400).to_string() };
        let note = match draw.below(4) {
            0 => String::new(),
            1 => format!("\"{}, {}\"", word(draw.below(4_000)), word(draw.below(4_000))),
            2 => format!("\"said \"\"{}\"\"\"", word(draw.below(4_000))),
            _ => format!("{} {}", word(draw.below(4_000)), word(draw.below(4_000))),
        };
        let (first, last) = (word(draw.below(3_000)), word(draw.below(40_000)));
        let (city, segment) =
            (CITIES[draw.skewed(CITIES.len())], ["gold", "silver", "bronze", "none"][draw.below(4)]);
        let is_active = draw.share() < 0.6;
        writeln!(
            file,
            "{row},{first} {last},{city},{segment},{joined},{seen},{spent},{visits},{is_active},{note}"
        )?;
    }
    Ok(file.flush()?)
}

const N_CLASSES: usize = 77;
const N_UNSEEN: usize = 3_000;

/// Texts of about twelve words: half of what everybody says, half of what only their class and its neighbours say.
pub(super) fn texts(path: &Path, n_rows: usize) -> Result<()> {
    let mut draw = Draw::new(83);
    let mut some = |n: usize| {
        let classes: Vec<usize> = (0..n).map(|_| draw.below(N_CLASSES)).collect();
        let texts: Vec<String> = classes.iter().map(|&class| text(&mut draw, class)).collect();
        json!({ "texts": texts, "classes": classes })
    };
    // The texts for judging come first, so that they are the same for every length.
    let unseen = some(N_UNSEEN);
    let learned = some(n_rows);
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut file, &json!({ "learned": learned, "unseen": unseen }))?;
    Ok(file.flush()?)
}

fn text(draw: &mut Draw, class: usize) -> String {
    const COMMON: usize = 600;
    const OWN: usize = 40;
    let n_words = 6 + draw.below(12);
    let one = |draw: &mut Draw| {
        if draw.share() < 0.6 {
            return word(1_000 + draw.skewed(COMMON));
        }
        // Neighbouring classes share words, so that no classifier is always right.
        word(2_000 + class * OWN / 2 + draw.below(OWN))
    };
    let words: Vec<String> = (0..n_words).map(|_| one(draw)).collect();
    words.join(" ")
}
