//! A job in, a reply out: recipes over the store and the analytics.

pub mod protocol;
pub mod recipe;
pub mod reply;
