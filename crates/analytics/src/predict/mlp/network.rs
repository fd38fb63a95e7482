//! Layers of weights, one after another: forward to a row's outputs, backward to the gradient of its loss.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::Activation;
use crate::distribution::logistic;
use crate::predict::weighted::dot;
use crate::random::Generator;

/// Fully connected layers. Numbers have one output, two classes one (the log-odds of the positive one), more classes one each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// What each hidden unit does with its sum.
    pub activation: Activation,
    /// The units of each layer, the columns first and the outputs last.
    pub sizes: Vec<usize>,
    /// Layer by layer, the weights (one row for each unit below, one column for each unit above) and then the constants.
    pub parameters: Vec<f64>,
}

/// What a network's outputs are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Goal<'a> {
    /// A number a row.
    Numbers(&'a [f64]),
    /// A class a row; of two the first output is the log-odds of class 1.
    Classes(&'a [u32]),
}

/// The space a batch needs, kept from batch to batch.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Each layer's outputs, row by row; the first are the columns.
    layers: Vec<Vec<f64>>,
    /// The loss's slope by the sums of the layer above, and of the one below.
    slopes: Vec<f64>,
    below: Vec<f64>,
    /// The gradient of the batch's mean loss.
    pub(super) gradient: Vec<f64>,
}

impl Network {
    /// Weights drawn evenly within `±√(6 / (units below + units above))` (Glorot and Bengio 2010), constants 0. The outputs'
    /// weights are a tenth of that: a network without an opinion at the start has none to unlearn, which shows on small
    /// tables. There the wider start of He et al. (2015) does worse with relu, too: it is made for many layers.
    pub(super) fn draw(sizes: Vec<usize>, activation: Activation, draws: &mut Generator) -> Self {
        let n_layers = sizes.len() - 1;
        let mut parameters = Vec::new();
        for (layer, pair) in sizes.windows(2).enumerate() {
            let part = if layer + 1 == n_layers { 0.1 } else { 1.0 };
            let bound = part * (6.0 / (pair[0] + pair[1]) as f64).sqrt();
            parameters.extend((0..pair[0] * pair[1]).map(|_| draws.gen_range(-bound..bound)));
            parameters.resize(parameters.len() + pair[1], 0.0);
        }
        Self { activation, sizes, parameters }
    }

    pub(super) fn n_layers(&self) -> usize {
        self.sizes.len() - 1
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// Where each layer's weights start and end; its constants follow.
    fn weights(&self, layer: usize) -> std::ops::Range<usize> {
        let before = self.sizes.windows(2).take(layer).map(|pair| (pair[0] + 1) * pair[1]).sum();
        before..before + self.sizes[layer] * self.sizes[layer + 1]
    }

    pub(super) fn workspace(&self, n_rows: usize) -> Workspace {
        let widest = self.sizes.iter().copied().max().unwrap_or(0);
        Workspace {
            layers: self.sizes.iter().map(|size| Vec::with_capacity(n_rows * size)).collect(),
            slopes: Vec::with_capacity(n_rows * widest),
            below: Vec::with_capacity(n_rows * widest),
            gradient: vec![0.0; self.parameters.len()],
        }
    }

    /// Writes the outputs of `rows`, given one after another, and gives them.
    pub(super) fn forward<'a>(
        &self,
        rows: impl Iterator<Item = &'a [f64]>,
        workspace: &'a mut Workspace,
    ) -> &'a [f64] {
        workspace.layers[0].clear();
        rows.for_each(|row| workspace.layers[0].extend_from_slice(row));
        for layer in 0..self.n_layers() {
            let (below, above) = workspace.layers.split_at_mut(layer + 1);
            let (inputs, outputs) = (&below[layer], &mut above[0]);
            let (below, above) = (self.sizes[layer], self.sizes[layer + 1]);
            let weights = self.weights(layer);
            let constants = &self.parameters[weights.end..weights.end + above];
            let weights = &self.parameters[weights];
            outputs.clear();
            for row in inputs.chunks_exact(below) {
                let start = outputs.len();
                outputs.extend_from_slice(constants);
                add_products(row, weights, &mut outputs[start..]);
            }
            if layer + 1 < self.n_layers() {
                outputs.iter_mut().for_each(|value| *value = self.activation.of(*value));
            }
        }
        &workspace.layers[self.n_layers()]
    }

    /// The loss of the rows gone forward, each times its weight, over `total`; their gradient goes to the workspace.
    pub(super) fn backward(
        &self,
        goal: Goal<'_>,
        weights: Option<&[f64]>,
        total: f64,
        workspace: &mut Workspace,
    ) -> f64 {
        let outputs = &workspace.layers[self.n_layers()];
        workspace.slopes.clear();
        workspace.slopes.extend_from_slice(outputs);
        let mut loss = 0.0;
        for (row, slopes) in workspace.slopes.chunks_exact_mut(self.n_outputs()).enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[row]) / total;
            loss += weight * goal.loss(row, slopes);
            slopes.iter_mut().for_each(|slope| *slope *= weight);
        }
        workspace.gradient.fill(0.0);
        for layer in (0..self.n_layers()).rev() {
            self.backward_layer(layer, workspace);
        }
        loss
    }

    fn backward_layer(&self, layer: usize, workspace: &mut Workspace) {
        let (below, above) = (self.sizes[layer], self.sizes[layer + 1]);
        let weights = self.weights(layer);
        let inputs = &workspace.layers[layer];
        let (weight_slopes, rest) = workspace.gradient[weights.start..].split_at_mut(weights.len());
        for (inputs, slopes) in inputs.chunks_exact(below).zip(workspace.slopes.chunks_exact(above)) {
            for (&input, sums) in inputs.iter().zip(weight_slopes.chunks_exact_mut(above)) {
                if input != 0.0 {
                    sums.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += input * slope);
                }
            }
            rest.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
        }
        if layer == 0 {
            return;
        }
        workspace.below.clear();
        for (inputs, slopes) in inputs.chunks_exact(below).zip(workspace.slopes.chunks_exact(above)) {
            let units = inputs.iter().zip(self.parameters[weights.clone()].chunks_exact(above));
            workspace.below.extend(units.map(|(&output, weights)| match self.activation.slope(output) {
                0.0 => 0.0,
                slope => slope * dot(weights, slopes),
            }));
        }
        std::mem::swap(&mut workspace.slopes, &mut workspace.below);
    }

    /// Adds `l2 · weight` to the gradient, constants left out, and gives half `l2` times the weights' squared length.
    pub(super) fn penalize(&self, l2: f64, gradient: &mut [f64]) -> f64 {
        let mut squares = 0.0;
        for layer in 0..self.n_layers() {
            let weights = self.weights(layer);
            let cells = gradient[weights.clone()].iter_mut().zip(&self.parameters[weights]);
            for (slope, weight) in cells {
                *slope += l2 * weight;
                squares += weight * weight;
            }
        }
        0.5 * l2 * squares
    }
}

/// Adds `row` times `weights`, one row of them for each entry, to `sums`; four entries at a time.
fn add_products(row: &[f64], weights: &[f64], sums: &mut [f64]) {
    let width = sums.len();
    let fours = row.len() / 4 * 4;
    for (inputs, weights) in row[..fours].chunks_exact(4).zip(weights.chunks_exact(4 * width)) {
        if inputs == [0.0; 4] {
            continue;
        }
        let (a, rest) = weights.split_at(width);
        let (b, rest) = rest.split_at(width);
        let (c, d) = rest.split_at(width);
        for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(a.iter().zip(b).zip(c.iter().zip(d))) {
            *sum += (inputs[0] * a + inputs[1] * b) + (inputs[2] * c + inputs[3] * d);
        }
    }
    for (input, weights) in row[fours..].iter().zip(weights[fours * width..].chunks_exact(width)) {
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += input * weight);
    }
}

impl Goal<'_> {
    /// A row's loss, with its `outputs` replaced by the loss's slopes: half the squared error, or minus the logarithm of
    /// the class's probability.
    pub(super) fn loss(&self, row: usize, outputs: &mut [f64]) -> f64 {
        match self {
            Self::Numbers(values) => {
                let error = outputs[0] - values[row];
                outputs[0] = error;
                0.5 * error * error
            }
            Self::Classes(codes) => {
                let class = codes[row] as usize;
                if let [log_odds] = outputs {
                    let sign = if class == 1 { 1.0 } else { -1.0 };
                    let margin = sign * *log_odds;
                    *log_odds = -sign * logistic(-margin);
                    return (-margin).max(0.0) + libm::log1p(libm::exp(-margin.abs()));
                }
                let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let own = outputs[class] - most;
                outputs.iter_mut().for_each(|output| *output = libm::exp(*output - most));
                let sum: f64 = outputs.iter().sum();
                outputs.iter_mut().for_each(|output| *output /= sum);
                outputs[class] -= 1.0;
                libm::log(sum) - own
            }
        }
    }
}
