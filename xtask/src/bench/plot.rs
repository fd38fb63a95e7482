//! Cost against rows as a picture that reads on light and on dark pages: both axes by powers of ten.

use std::fmt::Write as _;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 44.0;

const STYLE: &str = "text{font:12px sans-serif;fill:#333}.grid{stroke:#8884;fill:none}.even{stroke:#888;fill:none;stroke-dasharray:4 4}\
    .line{stroke:#1b6ca8;fill:none;stroke-width:2}.dot{fill:#1b6ca8}\
    @media(prefers-color-scheme:dark){text{fill:#ddd}.line{stroke:#6cb4ee}.dot{fill:#6cb4ee}}";

/// One axis: the powers of ten that hold all values.
struct Axis {
    low: i32,
    high: i32,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let greatest = values.fold(f64::MIN_POSITIVE, f64::max);
        let low = least.min(greatest).log10().floor() as i32;
        Self { low, high: (greatest.log10().ceil() as i32).max(low + 1) }
    }

    /// Where a value lies, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low)
    }
}

fn x(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

/// An SVG of milliseconds over rows; the dashed line is what costs in proportion, through the last point.
pub(super) fn draw(title: &str, points: &[(usize, f64)]) -> Result<String, std::fmt::Error> {
    let rows = Axis::over(points.iter().map(|point| point.0 as f64));
    let millis = Axis::over(points.iter().map(|point| point.1));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <text x=\"{LEFT}\" y=\"20\">{title}</text>\n"
    );
    grid(&mut svg, &rows, &millis)?;
    if let Some(&(n_rows, cost)) = points.last() {
        // Down to where the line leaves the picture at the left or at the bottom.
        let decades = (n_rows as f64).log10() - f64::from(rows.low);
        let decades = decades.min(cost.log10() - f64::from(millis.low));
        let first = 10.0_f64.powf(-decades);
        let ends = [(n_rows as f64 * first, cost * first), (n_rows as f64, cost)];
        let [from, to] =
            ends.map(|(n_rows, cost)| format!("{:.1} {:.1}", x(rows.share(n_rows)), y(millis.share(cost))));
        writeln!(svg, "<path class=\"even\" d=\"M{from} L{to}\"/>")?;
    }
    let places: Vec<(f64, f64)> =
        points.iter().map(|&(n_rows, cost)| (x(rows.share(n_rows as f64)), y(millis.share(cost)))).collect();
    let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    writeln!(svg, "<polyline class=\"line\" points=\"{}\"/>", path.join(" "))?;
    for (x, y) in places {
        writeln!(svg, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>")?;
    }
    Ok(svg + "</svg>\n")
}

fn grid(svg: &mut String, rows: &Axis, millis: &Axis) -> std::fmt::Result {
    let (left, right, top, bottom) = (x(0.0), x(1.0), y(1.0), y(0.0));
    for power in rows.low..=rows.high {
        let place = x(rows.share(10.0_f64.powi(power)));
        writeln!(svg, "<path class=\"grid\" d=\"M{place:.1} {top} V{bottom}\"/>")?;
        writeln!(
            svg,
            "<text x=\"{place:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            rows_word(power)
        )?;
    }
    for power in millis.low..=millis.high {
        let place = y(millis.share(10.0_f64.powi(power)));
        writeln!(svg, "<path class=\"grid\" d=\"M{left} {place:.1} H{right}\"/>")?;
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            place + 4.0,
            time_word(power)
        )?;
    }
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">rows</text>",
        (left + right) / 2.0,
        HEIGHT - 8.0
    )
}

/// A power of ten rows, as people say it.
fn rows_word(power: i32) -> String {
    match power {
        6.. => format!("{} M", 10_i64.pow(power.unsigned_abs() - 6)),
        3..6 => format!("{} k", 10_i64.pow(power.unsigned_abs() - 3)),
        _ => format!("{}", 10.0_f64.powi(power)),
    }
}

/// A power of ten milliseconds, as people say it.
fn time_word(power: i32) -> String {
    if power >= 3 {
        format!("{} s", 10_i64.pow(power.unsigned_abs() - 3))
    } else {
        format!("{} ms", 10.0_f64.powi(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_where_their_powers_are() {
        let svg = draw("a", &[(10_000, 1.0), (1_000_000, 100.0)]).expect("text is written to memory");
        let corners = format!("{:.1},{:.1} {:.1},{:.1}", x(0.0), y(0.0), x(1.0), y(1.0));
        assert!(svg.contains(&corners), "{svg}");
        assert!(svg.contains(">10 k<") && svg.contains(">1 M<") && svg.contains(">100 ms<"), "{svg}");
    }
}
