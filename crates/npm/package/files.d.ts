import type { CallOptions, Column } from "./engine.js";

/** A file: its text, its bytes, or one that a person chose. */
export type FileSource = string | Uint8Array | ArrayBuffer | Blob;

/** What is known of a file. All but `transfer` is about CSV, and guessed from the first megabyte where it is left out. */
export interface ReadOptions extends CallOptions {
  /** `csv` reads the file as CSV whatever it begins with. */
  format?: "csv";
  /** How its characters are written. Text is UTF-8. */
  encoding?: "UTF-8" | "UTF-16LE" | "UTF-16BE" | "windows-1252" | "GB18030";
  /** The character between cells: a tab or ASCII punctuation. */
  delimiter?: string;
  /** The character around cells, doubled inside them; `""` for none. */
  quote?: '"' | "'" | "";
  /** Whether the first row names the columns. */
  header?: boolean;
  /** What columns hold, by name, in place of what is learned from their values. Columns of ids are `text` unless told: `category` makes a dictionary of them. */
  types?: Record<string, "number" | "boolean" | "date" | "category" | "text">;
  /** Gives the bytes away instead of copying them: they are empty afterwards. */
  transfer?: boolean;
}

/** A file as columns. */
export interface FileTable {
  /** As `run` takes them, one value for each row kept: numbers and times as doubles with `NaN` for nothing, dictionaries (yes and no among them), and texts. */
  columns: Record<string, Column>;
  /** What each column was found to hold. */
  types: Record<string, "empty" | "integer" | "number" | "boolean" | "date" | "category" | "identifier" | "text">;
  /** The rows kept. */
  rows: number;
  /** The rows left out; each has an issue. */
  rowsRefused: number;
  /** The first thousand things that did not fit, by line. No value of the file is in them. */
  issues: FileIssue[];
  /** How many there are in all. */
  issueCount: number;
}

/** Something of a CSV file that did not fit. */
export interface FileIssue {
  /** The row, from 1 without the header and blank lines; 0 for a line that is no row. */
  row: number;
  /** The line the row starts on, from 1. */
  line: number;
  /** The column, or `null` when the whole row is meant. */
  field: string | null;
  reason:
    | "too_few_cells" | "too_many_cells" | "stray_quote" | "unclosed_quote" | "invalid_encoding" | "cell_too_long" | "record_too_long"
    | "too_many_columns" | "footer_line" | "not_a_number" | "not_a_date" | "not_a_boolean";
  /** What stood there. */
  value_kind: "row" | "empty" | "number" | "date" | "boolean" | "email" | "text";
  /** Whether the row is in, with the cell emptied where it did not fit its column. */
  outcome: "kept" | "refused" | "not_a_row";
}

/** What a file is written as. */
export type FileFormat = "arrow" | "parquet" | "json" | "csv";
