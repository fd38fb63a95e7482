//! What a chart shows, as data: axes, series, guides and the table behind it. How it is drawn is the charts' own matter.

use serde::Serialize;

/// How numbers of an axis are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Four significant digits.
    #[default]
    Number,
    /// Whole numbers.
    Integer,
    /// Shares, as per cent.
    Percent,
}

/// How values lie on an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Evenly.
    #[default]
    Value,
    /// By their logarithm; every value is above 0.
    Log,
    /// One place a name.
    Category,
    /// Evenly, with a name at each whole number: room between names for points that share one.
    Named,
}

/// An axis.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Axis {
    /// What it measures.
    pub name: String,
    /// How values lie on it.
    pub kind: Scale,
    /// How they are written.
    pub format: Format,
    /// Its names, when they are places of names; points then hold positions in this list.
    pub categories: Vec<String>,
    /// Where it begins; found from the points when not given.
    pub min: Option<f64>,
    /// Where it ends.
    pub max: Option<f64>,
}

impl Axis {
    /// An axis of numbers.
    pub fn of(name: impl Into<String>, format: Format) -> Self {
        Self { name: name.into(), format, ..Self::default() }
    }

    /// An axis of names.
    pub fn of_names(name: impl Into<String>, categories: Vec<String>) -> Self {
        Self { name: name.into(), kind: Scale::Category, categories, ..Self::default() }
    }

    /// An axis of names with room between them, from top to bottom.
    pub fn of_lanes(names: Vec<String>) -> Self {
        let end = names.len() as f64;
        Self { kind: Scale::Named, ..Self::of_names("", names).between(-1.0, end) }
    }

    /// The same axis between two ends.
    pub fn between(self, min: f64, max: f64) -> Self {
        Self { min: Some(min), max: Some(max), ..self }
    }

    /// The same axis by logarithm.
    pub fn by_logarithm(self) -> Self {
        Self { kind: Scale::Log, ..self }
    }
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A line through its points.
    Line,
    /// A thin pale line, one of many.
    Faint,
    /// A bar for each point; a point of four numbers also gets a whisker.
    Bar,
    /// A dot for each point.
    Scatter,
    /// A dot with a whisker for each point of four numbers.
    Interval,
}

/// Points drawn alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// How it is drawn.
    pub kind: Mark,
    /// Which of the palette's colours and shapes it takes; none for a muted reference.
    pub slot: Option<usize>,
    /// A line with gaps.
    pub dashed: bool,
    /// `x, y`, or `x, y, low, high` where there is an interval of the measured value.
    pub points: Vec<Vec<f64>>,
    /// What each point stands for, when it can be opened: one a point, or none.
    pub keys: Vec<i64>,
}

impl Series {
    /// A series in the palette's colour number `slot`.
    pub fn new(name: impl Into<String>, kind: Mark, slot: usize, points: Vec<Vec<f64>>) -> Self {
        Self { name: name.into(), kind, slot: Some(slot), dashed: false, points, keys: Vec::new() }
    }

    /// One thin pale line of many.
    pub fn faint(points: Vec<Vec<f64>>) -> Self {
        Self { kind: Mark::Faint, dashed: false, ..Self::reference("", points) }
    }

    /// A muted dashed line to compare with.
    pub fn reference(name: impl Into<String>, points: Vec<Vec<f64>>) -> Self {
        Self { name: name.into(), kind: Mark::Line, slot: None, dashed: true, points, keys: Vec::new() }
    }
}

/// A dashed line across the chart.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Guide {
    /// The words at its end.
    pub name: String,
    /// Where it stands, when it is upright.
    pub x: Option<f64>,
    /// Where it lies, when it is level.
    pub y: Option<f64>,
}

impl Guide {
    /// An upright line.
    pub fn upright(name: impl Into<String>, x: f64) -> Self {
        Self { name: name.into(), x: Some(x), y: None }
    }

    /// A level line.
    pub fn level(name: impl Into<String>, y: f64) -> Self {
        Self { name: name.into(), x: None, y: Some(y) }
    }
}

/// What a chart shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChartSpec {
    /// The axis from left to right.
    pub x: Axis,
    /// The axis from bottom to top; names run from top to bottom.
    pub y: Axis,
    /// The series.
    pub series: Vec<Series>,
    /// Lines across.
    pub lines: Vec<Guide>,
    /// Whether the series are named above the chart.
    pub legend: bool,
}

/// A chart with all that stands around it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figure {
    /// What it shows.
    pub title: String,
    /// What it says, in a sentence or two.
    pub summary: String,
    /// The picture.
    pub spec: ChartSpec,
    /// The numbers behind it.
    pub table: ChartTable,
}

/// The numbers behind a chart, written for reading and plain for files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartTable {
    /// Heading of each column and whether it holds numbers.
    pub columns: Vec<(String, bool)>,
    /// The rows, written in today's language.
    pub rows: Vec<Vec<String>>,
}

impl ChartTable {
    /// The table as CSV with a byte order mark, so that spreadsheets read its letters right.
    ///
    /// A value that a spreadsheet would take for a formula is quoted with an apostrophe (CWE-1236).
    pub fn to_csv(&self) -> String {
        let line = |values: &mut dyn Iterator<Item = &str>| {
            values.map(csv_value).collect::<Vec<_>>().join(",") + "\r\n"
        };
        let mut text = String::from('\u{feff}');
        text += &line(&mut self.columns.iter().map(|(name, _)| name.as_str()));
        for row in &self.rows {
            text += &line(&mut row.iter().map(String::as_str));
        }
        text
    }
}

fn csv_value(value: &str) -> String {
    let is_number = value.replace([',', '%', '−'], "").parse::<f64>().is_ok();
    let is_formula = !is_number && value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = if is_formula { format!("'{value}") } else { value.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_keeps_numbers_and_disarms_formulas() {
        for (value, expected) in [
            ("-1.5", "-1.5"),
            ("12 %", "12 %"),
            ("=1+1", "'=1+1"),
            ("@here", "'@here"),
            ("-2+3", "'-2+3"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
        ] {
            assert_eq!(csv_value(value), expected);
        }
    }

    #[test]
    fn csv_begins_with_the_headings() {
        let table = ChartTable {
            columns: vec![("segment".to_owned(), false), ("size".to_owned(), true)],
            rows: vec![vec!["1".to_owned(), "20".to_owned()]],
        };
        assert_eq!(table.to_csv(), "\u{feff}segment,size\r\n1,20\r\n");
    }

    #[test]
    fn specs_cross_under_the_names_the_charts_read() {
        let spec = ChartSpec {
            x: Axis::of("share", Format::Percent).between(0.0, 1.0),
            y: Axis::of_names("", vec!["a".to_owned()]),
            series: vec![Series::new("s", Mark::Interval, 2, vec![vec![0.5, 0.0, 0.4, 0.6]])],
            lines: vec![Guide::upright("even", 0.5)],
            legend: false,
        };
        let json = serde_json::to_value(&spec).expect("plain data serializes");
        assert_eq!(json["x"]["format"], "percent");
        assert_eq!(json["y"]["kind"], "category");
        assert_eq!(json["series"][0]["kind"], "interval");
        assert_eq!(json["lines"][0]["x"], 0.5);
    }
}
