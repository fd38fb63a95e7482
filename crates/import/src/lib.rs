//! Files to rows and back: CSV in every dialect, with bounds and named issues.
