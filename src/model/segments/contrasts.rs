//! What sets a segment apart, in words and as small pictures.

use stillroom_engine::reply::{Contrast, SegmentCard};

use super::Labels;
use crate::model::analysis::{EffectSize, effect_size};
use crate::text::analysis::{Analysis, column_words, level_words};
use crate::text::segments::Segments;
use crate::text::{fill, format, say};

/// Effects beyond this are drawn at the edge.
const WIDEST_EFFECT: f64 = 3.0;

/// What sets a segment apart in one column, in a sentence.
pub fn contrast_words(contrast: &Contrast, labels: &Labels) -> String {
    let column = column_words(&contrast.column, labels);
    match &contrast.level {
        Some(level) => fill(
            if direction(contrast) >= 0.0 {
                Segments::ContrastLevelMore
            } else {
                Segments::ContrastLevelLess
            },
            &[
                ("column", column),
                ("level", level_words(level)),
                ("inside", format::percent(contrast.inside, 0)),
                ("outside", format::percent(contrast.outside, 0)),
            ],
        ),
        None => fill(
            if direction(contrast) >= 0.0 { Segments::ContrastMore } else { Segments::ContrastLess },
            &[
                ("column", column),
                ("inside", written(contrast.inside)),
                ("outside", written(contrast.outside)),
            ],
        ),
    }
}

/// The effect with its sign; where values do not vary within the groups, an endless one towards the larger mean.
pub(super) fn direction(contrast: &Contrast) -> f64 {
    let endless = || (contrast.inside - contrast.outside).signum() * f64::MAX;
    contrast.effect.unwrap_or_else(endless)
}

/// What the interval is of: the effect for numbers, the difference of shares for a level.
fn measured(contrast: &Contrast) -> f64 {
    if contrast.level.is_some() { contrast.inside - contrast.outside } else { direction(contrast) }
}

/// A contrast as a small picture: where its estimate and interval lie between -1 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContrastPicture {
    /// The estimate.
    pub middle: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A contrast as a small picture: effects up to 3 and differences of shares up to 1 fill the width.
pub fn contrast_picture(contrast: &Contrast) -> ContrastPicture {
    let widest = if contrast.level.is_some() { 1.0 } else { WIDEST_EFFECT };
    let place = |value: f64| (value / widest).clamp(-1.0, 1.0);
    let middle = place(measured(contrast));
    ContrastPicture {
        middle,
        low: contrast.low.map_or(middle, place),
        high: contrast.high.map_or(middle, place),
    }
}

/// The size of a contrast in words and numbers.
pub fn effect_words(contrast: &Contrast) -> String {
    let size = match effect_size(direction(contrast)) {
        EffectSize::Tiny => Analysis::EffectTiny,
        EffectSize::Small => Analysis::EffectSmall,
        EffectSize::Medium => Analysis::EffectMedium,
        EffectSize::Large => Analysis::EffectLarge,
    };
    let (Some(low), Some(high)) = (contrast.low, contrast.high) else {
        return say(Segments::EffectComplete).to_owned();
    };
    let write =
        |value| if contrast.level.is_some() { format::percent(value, 0) } else { format::fixed(value, 2) };
    let values = [
        ("size", say(size).to_owned()),
        ("effect", write(measured(contrast))),
        ("low", write(low)),
        ("high", write(high)),
    ];
    fill(if contrast.level.is_some() { Segments::EffectOfLevel } else { Segments::EffectOf }, &values)
}

/// The contrasts worth a sentence: those of some size whose interval leaves zero out, largest first; the largest one alone
/// when there is none.
pub fn telling_contrasts(card: &SegmentCard, most: usize) -> Vec<Contrast> {
    let is_telling = |contrast: &&Contrast| {
        let holds_zero =
            contrast.low.is_some_and(|low| low <= 0.0) && contrast.high.is_some_and(|high| high >= 0.0);
        effect_size(direction(contrast)) != EffectSize::Tiny && !holds_zero
    };
    let telling: Vec<Contrast> = card.contrasts.iter().filter(is_telling).take(most).cloned().collect();
    if telling.is_empty() { card.contrasts.iter().take(1).cloned().collect() } else { telling }
}

fn written(value: f64) -> String {
    if value.abs() >= 100.0 { format::number(value, 0) } else { format::significant(value, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::segments::tests::{card, contrast};

    #[test]
    fn pictures_stay_within_their_frame() {
        let mut endless = contrast("visits", 9.0);
        assert_eq!(contrast_picture(&endless).middle, 1.0);
        (endless.effect, endless.low, endless.high) = (None, None, None);
        assert_eq!(contrast_picture(&endless), ContrastPicture { middle: -1.0, low: -1.0, high: -1.0 });
        let mut level = contrast("plan", 0.4);
        (level.level, level.inside, level.outside) = (Some("x".to_owned()), 0.9, 0.4);
        assert_eq!(contrast_picture(&level).middle, 0.5);
    }

    #[test]
    fn contrasts_without_weight_are_left_out_unless_alone() {
        let mut weak = card(0, [1.0, 0.1, 0.05]);
        assert_eq!(telling_contrasts(&weak, 5).len(), 1);
        weak.contrasts.remove(0);
        assert_eq!(telling_contrasts(&weak, 5).len(), 1);
    }
}
