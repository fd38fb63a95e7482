//! Looking at a file's beginning: its dialect, its columns and what they probably mean.

use stillroom_import::{
    Dialect, Encoding, FieldChoice, Header, Inference, Mapping, MatchReason, Reader, Sniffed, TargetKind,
    Warning, guess_mapping, sniff,
};

use super::field_kind;
use crate::{
    failure::failure,
    protocol::{ColumnGuess, DialectChoice, Failure, FileKind, Inspection},
};

/// Rows shown in the preview.
const PREVIEW_ROWS: usize = 50;

/// What a look at the beginning found.
pub(super) struct Looked {
    pub(super) sniffed: Sniffed,
    pub(super) mapping: Mapping,
    preview: Vec<Vec<String>>,
    has_issues: bool,
}

/// Sniffs `head`, reads its whole records and guesses what the columns mean; `kind` overrides what the rows are.
pub(super) fn look(
    head: &[u8],
    is_whole: bool,
    choice: &DialectChoice,
    kind: Option<FileKind>,
) -> Result<Looked, Failure> {
    let mut sniffed = sniff(head, is_whole);
    override_dialect(&mut sniffed.dialect, choice)?;
    let mut reader = Reader::new(sniffed.dialect)?;
    reader.push(head);
    if is_whole {
        reader.finish();
    }
    let mut preview = Vec::new();
    let mut inference = Inference::new(0);
    while let Some(record) = reader.next_record() {
        if preview.len() < PREVIEW_ROWS {
            preview.push(record.iter().map(str::to_owned).collect());
        }
        inference.observe(&record);
    }
    let profiles = inference.into_profiles(reader.columns().len());
    let mapping = match kind {
        Some(kind) => Mapping::guess_for(target_kind(kind), reader.columns(), &profiles),
        None => guess_mapping(reader.columns(), &profiles),
    };
    Ok(Looked { sniffed, mapping, preview, has_issues: !reader.take_issues().is_empty() })
}

/// What the page shows before an import.
pub(crate) fn inspect(
    head: &[u8],
    is_whole: bool,
    choice: &DialectChoice,
    kind: Option<FileKind>,
) -> Result<Inspection, Failure> {
    let looked = look(head, is_whole, choice, kind)?;
    let dialect = &looked.sniffed.dialect;
    Ok(Inspection {
        dialect: DialectChoice {
            encoding: Some(dialect.encoding.label().to_lowercase()),
            delimiter: Some(char::from(dialect.delimiter)),
            has_header: Some(dialect.header == Header::Present),
        },
        kind: match looked.mapping.target {
            TargetKind::Customers => FileKind::Customers,
            TargetKind::OrderLines => FileKind::OrderLines,
        },
        columns: looked.mapping.columns.iter().map(column_guess).collect(),
        warnings: warnings(&looked),
        preview: looked.preview,
    })
}

fn column_guess(column: &stillroom_import::ColumnMapping) -> ColumnGuess {
    ColumnGuess {
        header: column.column.clone(),
        value_type: field_kind(column.column_type).key().to_owned(),
        field: match &column.choice {
            FieldChoice::Standard { field } => Some(field.clone()),
            FieldChoice::Custom { .. } | FieldChoice::Skip => None,
        },
        reason: match column.reason {
            MatchReason::HeaderKnown | MatchReason::HeaderPartKnown => "header",
            MatchReason::ValuesAreEmails | MatchReason::ValuesArePhones => "values",
            MatchReason::NothingMatched => "",
            MatchReason::NoValues => "no-values",
        }
        .to_owned(),
    }
}

fn warnings(looked: &Looked) -> Vec<String> {
    let mut codes: Vec<&str> = Vec::new();
    if looked.sniffed.is_empty {
        codes.push("empty-file");
    }
    if looked.has_issues {
        codes.push("odd-rows");
    }
    codes.extend(looked.mapping.warnings.iter().map(|warning| match warning {
        Warning::LooksLikeDeals => "looks-like-deals",
        Warning::NoIdentity => "no-identity",
        Warning::AmbiguousDates => "ambiguous-dates",
        Warning::AmbiguousNumbers => "ambiguous-numbers",
    }));
    codes.into_iter().map(str::to_owned).collect()
}

fn override_dialect(dialect: &mut Dialect, choice: &DialectChoice) -> Result<(), Failure> {
    if let Some(name) = &choice.encoding {
        dialect.encoding = encoding(name)?;
    }
    if let Some(delimiter) = choice.delimiter {
        dialect.delimiter = u8::try_from(delimiter)
            .map_err(|_| failure("bad-delimiter", "the delimiter must be one of , ; | or a tab"))?;
    }
    if let Some(has_header) = choice.has_header {
        dialect.header = if has_header { Header::Present } else { Header::Absent };
    }
    Ok(dialect.check()?)
}

fn encoding(name: &str) -> Result<Encoding, Failure> {
    [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252, Encoding::Gb18030]
        .into_iter()
        .find(|encoding| encoding.label().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            failure("unknown-encoding", "choose utf-8, utf-16le, utf-16be, windows-1252 or gb18030")
        })
}

/// The import room's word for what rows are.
pub(super) fn target_kind(kind: FileKind) -> TargetKind {
    match kind {
        FileKind::Customers => TargetKind::Customers,
        FileKind::OrderLines => TargetKind::OrderLines,
    }
}
