//! What the engine reports, as TypeScript: the structures of `crates/engine/src/reply` with their documentation.
//!
//! Only what those structures use is understood. Anything else is an error that names it, so that a new shape there cannot reach the
//! package without a type.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use syn::{
    Attribute, Expr, Fields, GenericArgument, Item, ItemEnum, ItemStruct, Lit, Meta, PathArguments, Type,
    Variant,
};

/// Structures that reach JavaScript in another form, which is written by hand.
const BY_HAND: [&str; 3] = ["Reply", "RowResults", "Recipe"];

/// Structures that have another name in JavaScript, where the plain one is taken.
const RENAMED: [(&str, &str); 1] = [("Report", "MethodReport")];

/// Every structure under `folder`, as one module of declarations.
pub(crate) fn declarations(folder: &Path) -> Result<String> {
    let mut files: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let mut text = String::new();
    let mut known = Known::default();
    for file in files {
        let source = fs::read_to_string(&file)?;
        let parsed = syn::parse_file(&source).with_context(|| format!("cannot read {}", file.display()))?;
        for item in parsed.items {
            let declared = match &item {
                Item::Struct(item) => structure(item, &mut known),
                Item::Enum(item) => choice(item, &mut known),
                _ => continue,
            };
            text.push_str(
                &declared.with_context(|| format!("cannot tell {} in TypeScript", file.display()))?,
            );
        }
    }
    match known.used.difference(&known.declared).find(|name| !BY_HAND.contains(&name.as_str())) {
        Some(name) => bail!("{name} is used in the replies and not declared there"),
        None => Ok(text),
    }
}

/// Names that are declared, and names that are used.
#[derive(Default)]
struct Known {
    declared: BTreeSet<String>,
    used: BTreeSet<String>,
}

fn name_of(name: &str) -> String {
    let other = RENAMED.iter().find(|(plain, _)| *plain == name);
    other.map_or(name, |(_, other)| other).to_owned()
}

fn structure(item: &ItemStruct, known: &mut Known) -> Result<String> {
    let name = name_of(&item.ident.to_string());
    if BY_HAND.contains(&name.as_str()) {
        return Ok(String::new());
    }
    known.declared.insert(name.clone());
    let body = fields(&item.fields, "  ", known)?;
    Ok(format!("\n{}export interface {name} {{\n{body}}}\n", comment(&item.attrs, "")))
}

/// An enumeration whose variants are told apart by a field.
fn choice(item: &ItemEnum, known: &mut Known) -> Result<String> {
    let name = name_of(&item.ident.to_string());
    let tag = serde_text(&item.attrs, "tag").with_context(|| format!("{name} has no tag"))?;
    known.declared.insert(name.clone());
    let variants: Vec<String> =
        item.variants.iter().map(|variant| one_of(variant, &tag, known)).collect::<Result<_>>()?;
    Ok(format!("\n{}export type {name} =\n{};\n", comment(&item.attrs, ""), variants.join("\n")))
}

fn one_of(variant: &Variant, tag: &str, known: &mut Known) -> Result<String> {
    let word = snake(&variant.ident.to_string());
    let content = match &variant.fields {
        Fields::Unnamed(inner) => {
            let inner = inner.unnamed.first().context("a variant without content")?;
            format!(" & {}", typed(&inner.ty, known)?)
        }
        Fields::Named(_) => format!(" & {{\n{}    }}", fields(&variant.fields, "      ", known)?),
        Fields::Unit => String::new(),
    };
    Ok(format!("{}  | ({{ {tag}: \"{word}\" }}{content})", comment(&variant.attrs, "  ")))
}

fn fields(fields: &Fields, indent: &str, known: &mut Known) -> Result<String> {
    let mut text = String::new();
    for field in fields {
        let name = field.ident.as_ref().context("a field without a name")?;
        let mark = if serde_text(&field.attrs, "skip_serializing_if").is_some() { "?" } else { "" };
        let declared = typed(&field.ty, known)?;
        text.push_str(&format!("{}{indent}{name}{mark}: {declared};\n", comment(&field.attrs, indent)));
    }
    Ok(text)
}

fn typed(declared: &Type, known: &mut Known) -> Result<String> {
    match declared {
        Type::Tuple(tuple) => {
            let parts: Vec<_> = tuple.elems.iter().map(|part| typed(part, known)).collect::<Result<_>>()?;
            Ok(format!("[{}]", parts.join(", ")))
        }
        Type::Array(array) => Ok(format!("{}[]", typed(&array.elem, known)?)),
        Type::Path(path) => {
            let last = path.path.segments.last().context("an empty path")?;
            let inner: Vec<&Type> = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => arguments
                    .args
                    .iter()
                    .filter_map(|of| if let GenericArgument::Type(of) = of { Some(of) } else { None })
                    .collect(),
                _ => Vec::new(),
            };
            named(&last.ident.to_string(), &inner, known)
        }
        _ => bail!("a type that is neither a name, a tuple nor an array"),
    }
}

fn named(name: &str, inner: &[&Type], known: &mut Known) -> Result<String> {
    Ok(match (name, inner) {
        ("String", []) => "string".to_owned(),
        ("bool", []) => "boolean".to_owned(),
        ("f64" | "u64" | "u32" | "i64" | "usize", []) => "number".to_owned(),
        ("Value", []) => "unknown".to_owned(),
        ("Box", [of]) => typed(of, known)?,
        ("Option", [of]) => format!("{} | null", typed(of, known)?),
        ("Vec", [of]) => format!("({})[]", typed(of, known)?),
        ("Map" | "BTreeMap", [_, of]) => format!("Record<string, {}>", typed(of, known)?),
        (name, []) => {
            let name = name_of(name);
            known.used.insert(name.clone());
            name
        }
        _ => bail!("{name} with {} arguments", inner.len()),
    })
}

/// The documentation as a comment above what it is of.
fn comment(attributes: &[Attribute], indent: &str) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(documentation).collect();
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{indent}/** {} */\n", plain(line)),
        lines => {
            let lines: String = lines.iter().map(|line| format!("{indent} * {}\n", plain(line))).collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

fn documentation(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(literal) = &pair.value else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    attribute.path().is_ident("doc").then(|| text.value().trim().to_owned())
}

/// Without the links of Rust's documentation.
fn plain(line: &str) -> String {
    line.replace("[`", "`").replace("`]", "`")
}

/// The text of one setting in `#[serde(…)]`.
fn serde_text(attributes: &[Attribute], wanted: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            let text = match meta.value() {
                Ok(value) => value.parse::<syn::LitStr>()?.value(),
                Err(_) => String::new(),
            };
            if meta.path.is_ident(wanted) {
                found = Some(text);
            }
            Ok(())
        });
        read.ok()?;
    }
    found
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> Result<String> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("reply.rs"), source)?;
        declarations(folder.path())
    }

    #[test]
    fn structures_keep_their_words_and_say_what_may_be_missing() {
        let text = told(
            r#"
            /// One score.
            pub struct Score {
                /// Its [`Kind`].
                pub kind: Kind,
                #[serde(default, skip_serializing_if = "Vec::is_empty")]
                pub pairs: Vec<(String, Option<f64>)>,
            }
            /// A kind.
            #[serde(tag = "kind", rename_all = "snake_case")]
            pub enum Kind {
                /// Two of them.
                TwoClasses(Box<Score>),
                Rest { left: u64 },
            }"#,
        );
        let expected = "\n/** One score. */\nexport interface Score {\n  /** Its `Kind`. */\n  kind: Kind;\n  pairs?: ([string, number | null])[];\n}\n\
            \n/** A kind. */\nexport type Kind =\n  /** Two of them. */\n  | ({ kind: \"two_classes\" } & Score)\n  | ({ kind: \"rest\" } & {\n      left: number;\n    });\n";
        assert_eq!(text.expect("understood"), expected);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (source, named) in [
            ("pub struct A { pub b: Missing }", "Missing"),
            ("pub enum A { B(String) }", "A has no tag"),
            ("pub struct A { pub b: Result<f64, String> }", "Result"),
        ] {
            let error = format!("{:#}", told(source).expect_err("refused"));
            assert!(error.contains(named), "{error}");
        }
    }
}
