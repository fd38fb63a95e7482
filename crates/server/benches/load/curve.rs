//! Operations a second against operations stored, as a small picture.

use crate::measure::Measured;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 48.0;
const COLOURS: [&str; 2] = ["#1b6ca8", "#b5541c"];

/// An SVG with one line for each database; the horizontal axis is logarithmic.
pub(crate) fn draw(all: &[Measured]) -> String {
    let points = || all.iter().flat_map(|one| &one.marks);
    let most_stored = points().map(|mark| mark.n_stored as f64).fold(1.0, f64::max);
    let least_stored = points().map(|mark| mark.n_stored as f64).fold(most_stored, f64::min);
    let fastest = points().map(|mark| mark.insert.ops_per_second).fold(1.0, f64::max);
    let span = (most_stored / least_stored).ln().max(f64::EPSILON);
    let x = |n_stored: u64| MARGIN + (WIDTH - 2.0 * MARGIN) * (n_stored as f64 / least_stored).ln() / span;
    let y = |rate: f64| HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * rate / fastest;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>Operations a second against operations stored</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <path d=\"M{MARGIN} {top} V{base} H{right}\" fill=\"none\" stroke=\"#555\"/>\n\
         <text x=\"{MARGIN}\" y=\"{above}\">{fastest:.0} operations/s</text>\n",
        top = MARGIN,
        base = HEIGHT - MARGIN,
        right = WIDTH - MARGIN,
        above = MARGIN - 8.0,
    );
    if let Some(one) = all.first() {
        for mark in &one.marks {
            let (place, below) = (x(mark.n_stored), HEIGHT - MARGIN + 16.0);
            svg += &format!(
                "<text x=\"{place:.0}\" y=\"{below}\" text-anchor=\"middle\">{}</text>\n",
                mark.n_stored
            );
        }
    }
    for ((number, one), colour) in all.iter().enumerate().zip(COLOURS) {
        let places = one.marks.iter().map(|mark| (x(mark.n_stored), y(mark.insert.ops_per_second)));
        let path: Vec<String> = places.clone().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        svg += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
            path.join(" ")
        );
        for (x, y) in places {
            svg += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>\n");
        }
        let line = HEIGHT - 10.0;
        let left = MARGIN + 140.0 * number as f64;
        svg += &format!("<text x=\"{left}\" y=\"{line}\" fill=\"{colour}\">{}</text>\n", one.database);
    }
    svg + "</svg>\n"
}
