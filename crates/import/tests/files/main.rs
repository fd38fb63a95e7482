//! Files in, rows and issues out: real exports, acid tests, quirks made in code, and arbitrary bytes.

mod acid_files;
mod columns;
mod crm_exports;
mod data_sets;
mod properties;
mod quirks;
mod support;
