//! What costs more as the server fills, as small pictures beside one another.

use std::fmt::Write as _;

use crate::measure::{AtMark, Measured};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 220.0;
const MARGIN: f64 = 40.0;
const COLOURS: [&str; 2] = ["#1b6ca8", "#b5541c"];

/// One picture: what is drawn over the operations stored, and how its greatest value is written.
struct Panel {
    unit: &'static str,
    value: fn(&AtMark) -> f64,
}

const PANELS: [Panel; 3] = [
    Panel { unit: "operations/s pushed", value: |mark| mark.insert.ops_per_second },
    Panel { unit: "ms for a page of 500", value: |mark| mark.page.percentile(50).as_secs_f64() * 1_000.0 },
    Panel {
        unit: "ms for a page of 10 news",
        value: |mark| mark.last_page.percentile(50).as_secs_f64() * 1_000.0,
    },
];

/// An SVG with one picture for each cost and one line for each database; the horizontal axes are logarithmic, the vertical ones
/// begin at zero.
pub(crate) fn draw(all: &[Measured]) -> Result<String, std::fmt::Error> {
    let width = WIDTH * PANELS.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <title>What pushing and pulling cost against operations stored</title>\n\
         <rect width=\"{width}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    for (panel, number) in PANELS.iter().zip(0_u32..) {
        writeln!(svg, "<g transform=\"translate({} 0)\">", f64::from(number) * WIDTH)?;
        draw_panel(&mut svg, panel, all)?;
        svg.push_str("</g>\n");
    }
    Ok(svg + "</svg>\n")
}

fn draw_panel(svg: &mut String, panel: &Panel, all: &[Measured]) -> std::fmt::Result {
    let marks = || all.iter().flat_map(|one| &one.marks);
    let greatest = marks().map(panel.value).fold(f64::EPSILON, f64::max);
    let most_stored = marks().map(|mark| mark.n_stored as f64).fold(1.0, f64::max);
    let least_stored = marks().map(|mark| mark.n_stored as f64).fold(most_stored, f64::min);
    let span = (most_stored / least_stored).ln().max(f64::EPSILON);
    let x =
        |mark: &AtMark| MARGIN + (WIDTH - 2.0 * MARGIN) * (mark.n_stored as f64 / least_stored).ln() / span;
    let y = |mark: &AtMark| HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * (panel.value)(mark) / greatest;
    let (base, right, above) = (HEIGHT - MARGIN, WIDTH - MARGIN, MARGIN - 8.0);
    writeln!(svg, "<path d=\"M{MARGIN} {MARGIN} V{base} H{right}\" fill=\"none\" stroke=\"#555\"/>")?;
    writeln!(svg, "<text x=\"{MARGIN}\" y=\"{above}\">{greatest:.0} {}</text>", panel.unit)?;
    for mark in all.first().map(|one| one.marks.as_slice()).unwrap_or_default() {
        let (place, below, millions) = (x(mark), base + 16.0, mark.n_stored as f64 / 1e6);
        writeln!(svg, "<text x=\"{place:.0}\" y=\"{below}\" text-anchor=\"middle\">{millions:.1} M</text>")?;
    }
    for ((one, colour), number) in all.iter().zip(COLOURS).zip(0_u32..) {
        let places: Vec<String> =
            one.marks.iter().map(|mark| format!("{:.1},{:.1}", x(mark), y(mark))).collect();
        let path = places.join(" ");
        writeln!(svg, "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>")?;
        let (line, left) = (HEIGHT - 8.0, MARGIN + 100.0 * f64::from(number));
        writeln!(svg, "<text x=\"{left}\" y=\"{line}\" fill=\"{colour}\">{}</text>", one.database)?;
    }
    Ok(())
}
