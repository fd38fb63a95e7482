//! The reference page: every method of the registry as Markdown.

use std::fmt::Write;

use stillroom_analytics::registry::{Family, Method, methods};

use super::{example, range};

const HEAD: &str = "# Methods

Every method by the name it has in a recipe, with its parameters, formula, source and a recipe that runs on the sample shop
(`stillroom sample shop`). This page is made from the registry by `cargo xtask docs`; `stillroom methods` prints the same.
[RECIPES.md](RECIPES.md) describes recipes.
";

/// The families in the order of the page.
const FAMILIES: &[(Family, &str)] = &[
    (Family::Prepare, "Prepare"),
    (Family::Reduce, "Reduce"),
    (Family::Group, "Group"),
    (Family::Predict, "Predict"),
    (Family::Judge, "Judge"),
    (Family::Explain, "Explain"),
    (Family::Recommend, "Recommend"),
];

/// The whole page.
#[must_use]
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for (family, title) in FAMILIES {
        let of_family = || methods().iter().filter(|method| method.family == *family);
        let links: Vec<String> = of_family().map(|method| format!("[`{0}`](#{0})", method.name)).collect();
        write(&mut page, format_args!("\n## {title}\n\n{}\n", links.join(" · ")));
        of_family().for_each(|method| section(&mut page, method));
    }
    page
}

fn section(page: &mut String, method: &Method) {
    write(page, format_args!("\n### {}\n\n{}\n", method.name, method.summary));
    if !method.parameters.is_empty() {
        write(page, format_args!("\n| parameter | values | default | meaning |\n|---|---|---|---|\n"));
    }
    for parameter in method.parameters {
        let cells = [range(&parameter.kind), format!("`{}`", parameter.default), cell(parameter.doc)];
        write(page, format_args!("| `{}` | {} |\n", parameter.name, cells.join(" | ")));
    }
    write(
        page,
        format_args!(
            "\n- Formula: {}\n- Source: {}\n- Cost: {}\n",
            method.formula, method.source, method.cost
        ),
    );
    let recipe = serde_json::to_string_pretty(&example(method)).unwrap_or_default();
    write(page, format_args!("\n```json\n{recipe}\n```\n"));
}

/// Text that may stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("text grows without failing");
}
