//! What a compute worker is asked: a recipe, one customer's explanation, or a migration between two dates.

use serde::{Deserialize, Serialize};
use stillroom_analytics::{
    progress::Watch,
    shards::{Crew, at_once},
};

use super::{Work, compute_among, explain, migrate};
use crate::{
    protocol::{Failure, Wish},
    reply::{Explanation, MigrationReport, Reply},
};

/// One computation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Job {
    /// A recipe, or a kept model applied.
    Recipe(Work),
    /// Why the model of `work` says what it says of `customer`.
    Explain {
        /// The model and the rows.
        work: Work,
        /// The customer, by the workspace's numbering.
        customer: i64,
        /// What other answer is wished for.
        wish: Option<Wish>,
    },
    /// How the rows of `work` move between the groups of its model from one date to another.
    Migrate {
        /// The model and the order lines.
        work: Work,
        /// The dates in milliseconds since 1970.
        millis: (f64, f64),
    },
}

impl Job {
    /// How long a search may take, in seconds.
    #[must_use]
    pub fn time_limit_seconds(&self) -> Option<f64> {
        match self {
            Self::Recipe(work) => work.recipe.time_limit_seconds,
            Self::Explain { .. } | Self::Migrate { .. } => None,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Done {
    /// Of a recipe.
    Reply(Box<Reply>),
    /// Of an explanation.
    Explanation(Box<Explanation>),
    /// Of a migration.
    Migration(Box<MigrationReport>),
}

/// Does the job; a search goes on while `budget` answers `true`. The same job gives the same answer on the same target.
///
/// # Errors
/// As [`super::compute`]; `customer-not-scored` when the model has no row for the customer; `no-groups` when it finds none.
pub fn perform(job: &Job, budget: &mut dyn FnMut() -> bool, watch: &mut Watch<'_>) -> Result<Done, Failure> {
    at_once(perform_among(job, &Crew::alone(), budget, watch))
}

/// As [`perform`], with the rows of a recipe's fits shared with `crew`: the same answer to the last bit.
///
/// # Errors
/// As [`perform`].
pub async fn perform_among(
    job: &Job,
    crew: &Crew,
    budget: &mut dyn FnMut() -> bool,
    watch: &mut Watch<'_>,
) -> Result<Done, Failure> {
    match job {
        Job::Recipe(work) => compute_among(work, crew, budget, watch).await.map(Box::new).map(Done::Reply),
        Job::Explain { work, customer, wish } => {
            explain::explain(work, *customer, wish.as_ref(), watch).map(Box::new).map(Done::Explanation)
        }
        Job::Migrate { work, millis } => migrate::migrate(work, *millis).map(Box::new).map(Done::Migration),
    }
}
