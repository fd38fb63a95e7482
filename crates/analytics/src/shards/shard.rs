//! A worker's side: rows held, questions answered.

use std::collections::BTreeMap;

use super::message::{Ask, Header, Order, Piece, append, rows_of, take};
use super::question::{Memory, Question, catch_up};
use crate::Matrix;
use crate::partial::CHUNK_ROWS;
use crate::predict::weighted::Rows;
use crate::progress::unwatched;

/// One shard of the rows of running fits.
#[derive(Debug, Default)]
pub struct Shard {
    /// By session, then by first chunk.
    sessions: BTreeMap<u64, BTreeMap<usize, Held>>,
}

/// Rows of whole chunks, and what their passes left.
#[derive(Debug)]
struct Held {
    matrix: Matrix,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
    memories: Vec<Memory>,
}

impl Shard {
    /// Does what a coordinator's message says; the answer goes back to it. A message that does not read, or asks for rows that are
    /// not here, has no answer.
    pub fn heard(&mut self, mut message: &[u8]) -> Option<Vec<u8>> {
        match take::<Order<'static>>(&mut message)? {
            Order::Hold { session, piece } => {
                let first_chunk = piece.first_chunk;
                self.sessions.entry(session).or_default().insert(first_chunk, Held::new(piece)?);
                None
            }
            Order::Ask(ask) => self.answer(*ask),
            Order::Forget { session } => {
                self.sessions.remove(&session);
                None
            }
            Order::ForgetAll => {
                self.sessions.clear();
                None
            }
        }
    }

    fn answer(&mut self, ask: Ask<'_>) -> Option<Vec<u8>> {
        let session = self.sessions.get_mut(&ask.pass.session)?;
        let mut answer = Vec::new();
        append(&Header { pass: ask.pass, parts: ask.parts.clone() }, &mut answer);
        if let Question::Grow(grow) = &*ask.question {
            let trees = grow.trees(&whole(session)?.rows(), ask.parts, &mut unwatched).ok()?;
            trees.iter().for_each(|tree| append(tree, &mut answer));
            return Some(answer);
        }
        for chunk in ask.parts.clone() {
            let (&first, held) = session.range_mut(..=chunk).next_back()?;
            held.answer(&ask, chunk - first, &mut answer)?;
        }
        Some(answer)
    }
}

/// All rows in one piece.
fn whole(session: &mut BTreeMap<usize, Held>) -> Option<&Held> {
    let mut pieces = std::mem::take(session).into_values();
    let first = pieces.next()?;
    let joined = pieces.try_fold(first, Held::joined)?;
    Some(session.entry(0).or_insert(joined))
}

impl Held {
    fn rows(&self) -> Rows<'_> {
        Rows { matrix: &self.matrix, target: &self.target, weights: self.weights.as_deref() }
    }

    /// These rows and those that follow; `None` when they do not fit.
    fn joined(self, later: Self) -> Option<Self> {
        let both = |first: &[f64], later: &[f64]| [first, later].concat();
        let weights = self.weights.zip(later.weights);
        Self::new(Piece {
            first_chunk: 0,
            width: self.matrix.n_columns(),
            values: both(self.matrix.values(), later.matrix.values()).into(),
            target: both(&self.target, &later.target).into(),
            weights: weights.map(|(first, later)| both(&first, &later).into()),
        })
    }

    /// `None` when the columns are not of one length.
    fn new(piece: Piece<'_>) -> Option<Self> {
        let names = (0..piece.width).map(|column| column.to_string()).collect();
        let matrix = Matrix::new(names, piece.values.into_owned()).ok()?;
        let n_rows = matrix.n_rows();
        let is_whole = (piece.target.is_empty() || piece.target.len() == n_rows)
            && piece.weights.as_ref().is_none_or(|weights| weights.len() == n_rows);
        is_whole.then(|| Self {
            memories: vec![Memory::default(); n_rows.div_ceil(CHUNK_ROWS)],
            matrix,
            target: piece.target.into_owned(),
            weights: piece.weights.map(|weights| weights.into_owned()),
        })
    }

    fn answer(&mut self, ask: &Ask<'_>, chunk: usize, answer: &mut Vec<u8>) -> Option<()> {
        let rows = Rows { matrix: &self.matrix, target: &self.target, weights: self.weights.as_deref() };
        let memory = self.memories.get_mut(chunk)?;
        let range = rows_of(&(chunk..chunk + 1), self.matrix.n_rows());
        catch_up(ask.before.as_deref(), ask.pass.number, &rows, range.clone(), memory);
        ask.question.answer(&rows, range, memory, answer);
        Some(())
    }
}
