//! Learning a target from columns: numbers or classes, by methods that share one way in and one way out.
//!
//! A [`TrainingSet`] is checked once; a method's `fit` takes it, its parameters, a seed and a watcher, and gives a model whose
//! `predict` turns a [`Matrix`](crate::Matrix) of the same columns into a [`Prediction`]. [`ModelParams`] and [`Model`] hold any
//! one of them, as recipes and saved models need.

pub mod average;
pub mod calibration;
mod contributions;
pub mod discriminant;
mod frame;
pub mod glm;
pub mod linear;
pub mod logistic;
mod model;
mod outcome;
pub mod penalized;
pub(crate) mod supervised;
mod svd;
pub mod svm;
pub mod trees;
pub(crate) mod weighted;

pub use self::contributions::{LinearContributions, Scale, linear_contributions};
pub use self::model::{Model, ModelParams, Takes};
pub use self::outcome::{Outcome, Prediction, TrainingSet};
