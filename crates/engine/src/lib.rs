//! A job in, a reply out: recipes over the store and the analytics.
//!
//! With its default features this crate is types only: what the page says to the worker ([`protocol`]), the analysis as a
//! document ([`recipe`]) and its result ([`reply`]). The feature `compute` runs a recipe over columns ([`compute`]); `run` brings
//! the rest of the machinery: [`session`] answers questions about one workspace, [`batch`] runs a recipe over files.

#[cfg(feature = "run")]
pub mod batch;
#[cfg(feature = "compute")]
pub mod compute;
#[cfg(feature = "run")]
pub mod duplicates;
#[cfg(feature = "compute")]
pub mod failure;
#[cfg(feature = "run")]
mod intake;
#[cfg(feature = "compute")]
pub mod methods;
pub mod notice;
#[cfg(feature = "run")]
pub mod platform;
pub mod protocol;
pub mod recipe;
pub mod reply;
#[cfg(feature = "run")]
pub mod sample;
#[cfg(feature = "run")]
pub mod session;
#[cfg(feature = "run")]
pub mod transport;
