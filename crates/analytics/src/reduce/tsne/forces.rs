//! What pulls points of the picture together and pushes them apart, far groups of them at once.

use super::EXACT_ROWS;
use super::affinity::Affinities;

/// A box seen under less than this (its width over its distance) counts as one point.
const ANGLE: f64 = 0.5;
/// A box this deep is not halved further: its points are the same.
const MAX_DEPTH: usize = 48;
const NONE: u32 = u32::MAX;

/// The gradient and what it is computed with, kept between steps.
#[derive(Debug)]
pub(super) struct Forces {
    gradient: Vec<f64>,
    tree: QuadTree,
    is_exact: bool,
}

impl Forces {
    pub(super) fn new(n_rows: usize) -> Self {
        Self { gradient: vec![0.0; 2 * n_rows], tree: QuadTree::default(), is_exact: n_rows <= EXACT_ROWS }
    }

    /// The gradient of the divergence at `places`, attraction exaggerated by `attraction`.
    pub(super) fn gradient(&mut self, affinities: &Affinities, places: &[f64], attraction: f64) -> &[f64] {
        let normalizer = self.repel(places);
        let scale = 4.0 / normalizer;
        self.gradient.iter_mut().for_each(|force| *force *= -scale);
        for (row, (force, place)) in self.gradient.chunks_exact_mut(2).zip(places.chunks_exact(2)).enumerate()
        {
            let (mut x, mut y) = (0.0, 0.0);
            for (other, share) in affinities.row(row) {
                let (dx, dy) = (place[0] - places[2 * other], place[1] - places[2 * other + 1]);
                let pull = share / (1.0 + dx * dx + dy * dy);
                (x, y) = (x + pull * dx, y + pull * dy);
            }
            force[0] += 4.0 * attraction * x;
            force[1] += 4.0 * attraction * y;
        }
        &self.gradient
    }

    /// The Kullback–Leibler divergence of the picture from the rows.
    pub(super) fn divergence(&mut self, affinities: &Affinities, places: &[f64]) -> f64 {
        let normalizer = self.repel(places);
        let mut sum = 0.0;
        for row in 0..places.len() / 2 {
            for (other, share) in affinities.row(row) {
                let (dx, dy) =
                    (places[2 * row] - places[2 * other], places[2 * row + 1] - places[2 * other + 1]);
                if share > 0.0 {
                    sum += share * libm::log(share * (1.0 + dx * dx + dy * dy) * normalizer);
                }
            }
        }
        sum
    }

    /// Fills the gradient with unscaled repulsion; answers the sum of all pairs' nearness.
    fn repel(&mut self, places: &[f64]) -> f64 {
        if self.is_exact {
            return repel_exactly(places, &mut self.gradient);
        }
        self.tree.fill(places);
        let mut total = 0.0;
        for (row, force) in self.gradient.chunks_exact_mut(2).enumerate() {
            let (x, y, nearness) = self.tree.repulsion(places[2 * row], places[2 * row + 1], row);
            (force[0], force[1]) = (x, y);
            total += nearness;
        }
        total.max(f64::MIN_POSITIVE)
    }
}

fn repel_exactly(places: &[f64], forces: &mut [f64]) -> f64 {
    let mut total = 0.0;
    for (force, place) in forces.chunks_exact_mut(2).zip(places.chunks_exact(2)) {
        let (mut x, mut y, mut sum) = (0.0, 0.0, 0.0);
        for other in places.chunks_exact(2) {
            let (dx, dy) = (place[0] - other[0], place[1] - other[1]);
            let near = 1.0 / (1.0 + dx * dx + dy * dy);
            (x, y, sum) = (x + near * near * dx, y + near * near * dy, sum + near);
        }
        (force[0], force[1]) = (x, y);
        // Itself is at distance 0.
        total += sum - 1.0;
    }
    total.max(f64::MIN_POSITIVE)
}

/// Points in nested squares, each with its centre of mass.
#[derive(Debug, Default)]
struct QuadTree {
    nodes: Vec<Node>,
    /// The leaf of each point.
    leaves: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Node {
    /// The centre of mass: a sum while filling.
    mass: (f64, f64),
    count: f64,
    centre: (f64, f64),
    half: f64,
    /// The first of four children side by side; [`NONE`] for a leaf.
    child: u32,
    /// A leaf's first point.
    point: u32,
}

impl Node {
    fn new(centre: (f64, f64), half: f64) -> Self {
        Self { mass: (0.0, 0.0), count: 0.0, centre, half, child: NONE, point: NONE }
    }

    /// Which of its quarters a place lies in.
    fn quarter(&self, x: f64, y: f64) -> u32 {
        u32::from(x > self.centre.0) + 2 * u32::from(y > self.centre.1)
    }
}

impl QuadTree {
    fn fill(&mut self, places: &[f64]) {
        let reach = places.iter().fold(0.0, |most: f64, place| most.max(place.abs()));
        self.nodes.clear();
        self.nodes.push(Node::new((0.0, 0.0), reach.max(f64::MIN_POSITIVE)));
        self.leaves.clear();
        self.leaves.resize(places.len() / 2, 0);
        for point in 0..places.len() / 2 {
            self.insert(places, point);
        }
        for node in self.nodes.iter_mut().filter(|node| node.count > 0.0) {
            node.mass = (node.mass.0 / node.count, node.mass.1 / node.count);
        }
    }

    fn insert(&mut self, places: &[f64], point: usize) {
        let (x, y) = (places[2 * point], places[2 * point + 1]);
        let (mut at, mut depth) = (0usize, 0);
        loop {
            let node = &mut self.nodes[at];
            node.mass = (node.mass.0 + x, node.mass.1 + y);
            node.count += 1.0;
            if node.child == NONE {
                let first = node.point;
                if first == NONE || depth == MAX_DEPTH {
                    if first == NONE {
                        node.point = point as u32;
                    }
                    self.leaves[point] = at as u32;
                    return;
                }
                self.split(at, places, first as usize);
            }
            let node = &self.nodes[at];
            at = (node.child + node.quarter(x, y)) as usize;
            depth += 1;
        }
    }

    /// Gives a leaf four children and its point to one of them.
    fn split(&mut self, at: usize, places: &[f64], first: usize) {
        let node = self.nodes[at].clone();
        let child = self.nodes.len() as u32;
        let half = node.half / 2.0;
        for (x, y) in [(-half, -half), (half, -half), (-half, half), (half, half)] {
            self.nodes.push(Node::new((node.centre.0 + x, node.centre.1 + y), half));
        }
        let (x, y) = (places[2 * first], places[2 * first + 1]);
        let target = child + node.quarter(x, y);
        let leaf = &mut self.nodes[target as usize];
        (leaf.mass, leaf.count, leaf.point) = ((x, y), 1.0, first as u32);
        self.leaves[first] = target;
        self.nodes[at].child = child;
        self.nodes[at].point = NONE;
    }

    /// The unscaled push on a point, and its summed nearness to all others.
    fn repulsion(&self, x: f64, y: f64, point: usize) -> (f64, f64, f64) {
        let own = self.leaves[point] as usize;
        let mut stack = [0u32; 4 * MAX_DEPTH + 8];
        let mut n_left = 1;
        let (mut push_x, mut push_y, mut total) = (0.0, 0.0, 0.0);
        while n_left > 0 {
            n_left -= 1;
            let at = stack[n_left] as usize;
            let node = &self.nodes[at];
            if node.count == 0.0 {
                continue;
            }
            let (dx, dy) = (x - node.mass.0, y - node.mass.1);
            let square = dx * dx + dy * dy;
            let width = 2.0 * node.half;
            if node.child != NONE && width * width >= ANGLE * ANGLE * square {
                for child in node.child..node.child + 4 {
                    stack[n_left] = child;
                    n_left += 1;
                }
                continue;
            }
            let count = if at == own { node.count - 1.0 } else { node.count };
            let near = 1.0 / (1.0 + square);
            total += count * near;
            let push = count * near * near;
            (push_x, push_y) = (push_x + push * dx, push_y + push * dy);
        }
        (push_x, push_y, total)
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn far_groups_repel_as_their_points_do() {
        let mut draws = crate::random::generator(1, 0);
        let mut places: Vec<f64> = (0..1200).map(|_| draws.gen_range(-30.0..30.0)).collect();
        // Equal points share a leaf.
        places.extend([1.0, 2.0].repeat(5));
        let mut exact = vec![0.0; places.len()];
        let total = repel_exactly(&places, &mut exact);
        let mut tree = QuadTree::default();
        tree.fill(&places);
        let (mut sum, mut off, mut size) = (0.0, 0.0, 0.0);
        for (row, force) in exact.chunks_exact(2).enumerate() {
            let (x, y, nearness) = tree.repulsion(places[2 * row], places[2 * row + 1], row);
            sum += nearness;
            off += (x - force[0]).powi(2) + (y - force[1]).powi(2);
            size += force[0] * force[0] + force[1] * force[1];
        }
        // With an angle of 0.5 van der Maaten (2014) finds errors of about a hundredth.
        assert!((sum / total - 1.0).abs() < 0.01, "{sum} {total}");
        assert!((off / size).sqrt() < 0.02, "{}", (off / size).sqrt());
    }
}
