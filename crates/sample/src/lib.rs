//! Seeded sample workspaces with planted truth.
//!
//! A newcomer tries the product on a made-up shop, bank or clinic, and a test asks whether the analyses find what was
//! planted there: segments, a known outcome model, items that bring others, duplicates. The samples are plain CSV text and
//! go in through the ordinary import.
//!
//! The same kind, seed and size give the same bytes on every target and in every release; nothing here reads a clock.
//! People, addresses and numbers are invented: mail goes to `example.org` and `example.com`, telephone numbers lie in ranges
//! that regulators keep free for fiction.
//!
//! ```
//! use stillroom_sample::{Kind, generate};
//!
//! let sample = generate(Kind::Clinic, 7, 50);
//! assert_eq!(sample.customers_csv.lines().count(), 51);
//! assert_eq!(sample.truth.customers.len(), 50);
//! ```

mod bank;
mod clinic;
mod csv;
mod dates;
mod large;
mod names;
mod orders;
mod outcome;
mod people;
mod random;
mod shop;
mod truth;

pub use large::{Large, large};
pub use truth::{Affinity, CustomerTruth, Kind, LinearTruth, LogisticTruth, Sample, Truth};

/// Makes a sample of `n_customers` people, duplicates included.
///
/// Time and memory grow linearly; the shop's 2,000 customers make about 27,000 order lines in tens of milliseconds.
pub fn generate(kind: Kind, seed: u64, n_customers: usize) -> Sample {
    match kind {
        Kind::Shop => shop::generate(seed, n_customers),
        Kind::Bank => bank::generate(seed, n_customers),
        Kind::Clinic => clinic::generate(seed, n_customers),
    }
}
