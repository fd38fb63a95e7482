//! The numbers: tables, methods, models and metrics over plain columns.
