//! The encrypted database in the browser.
