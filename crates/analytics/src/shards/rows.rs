//! The rows of one fit, and sums over them by whoever is there.

use super::desk::{Crew, Desk, Pause, Task, turn};
use super::message::{Pass, rows_of, take};
use super::question::{Memory, Question, SharedSum, catch_up};
use crate::partial::CHUNK_ROWS;
use crate::predict::weighted::Rows;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// The multiplications of a pass below which asking others costs more than it saves: some five milliseconds of work, against a
/// message there and back, and rows that must be sent first.
const LEAST_OPERATIONS: usize = 10_000_000;

/// The rows of one fit. Shards hold theirs until it is dropped.
pub(crate) struct SharedRows<'a> {
    rows: Rows<'a>,
    crew: Crew,
    session: Option<u64>,
    n_passes: u64,
    before: Option<Question>,
    memories: Vec<Memory>,
}

impl<'a> SharedRows<'a> {
    /// Shares `rows` when a pass has `operations` multiplications a row; nothing is sent before the first question.
    pub(crate) fn new(crew: &Crew, rows: Rows<'a>, operations: usize) -> Self {
        let n_rows = rows.matrix.n_rows();
        let is_worth_it = n_rows > CHUNK_ROWS && n_rows.saturating_mul(operations) >= LEAST_OPERATIONS;
        let session = crew.desk().filter(|_| is_worth_it).map(|desk| desk.borrow_mut().open());
        Self {
            rows,
            crew: crew.clone(),
            session,
            n_passes: 0,
            before: None,
            memories: vec![Memory::default(); n_rows.div_ceil(CHUNK_ROWS)],
        }
    }

    /// As [`Self::new`], of rows without a target.
    pub(crate) fn unlabelled(crew: &Crew, matrix: &'a Matrix, operations: usize) -> Self {
        Self::new(crew, Rows { matrix, target: &[], weights: None }, operations)
    }

    /// The sum over all rows from `empty` on, chunk by chunk, reporting between chunks.
    pub(crate) async fn sum<S: SharedSum>(
        &mut self,
        stage: &'static str,
        watch: &mut Watch<'_>,
        empty: &S,
    ) -> Result<S> {
        self.n_passes += 1;
        let mut sums: Vec<Option<S>> = vec![None; self.memories.len()];
        if let Some(session) = self.session {
            let question = empty.clone().question();
            if self.n_passes == 1 {
                // Whoever has come since the last turn sits down first.
                self.desk(|desk| {
                    desk.want();
                    desk.pause = Pause::Listen;
                });
                turn().await;
            }
            self.ask_others(session, &question);
            loop {
                match self.desk(Desk::next) {
                    Task::Sum(chunk) => sums[chunk] = Some(self.sum_chunk(chunk, stage, watch, empty)?),
                    Task::EndTurn => turn().await,
                    Task::Finish => break,
                }
            }
            for (chunks, bytes) in self.desk(Desk::finish) {
                let mut bytes = bytes.as_slice();
                for sum in &mut sums[chunks] {
                    let answered = take(&mut bytes);
                    *sum = sum.take().or(answered);
                }
            }
            self.before = Some(question).filter(Question::is_remembered);
        }
        let mut whole: Option<S> = None;
        for (chunk, sum) in sums.into_iter().enumerate() {
            let sum = match sum {
                Some(sum) => sum,
                None => self.sum_chunk(chunk, stage, watch, empty)?,
            };
            match &mut whole {
                Some(whole) => whole.merge(sum),
                None => whole = Some(sum),
            }
        }
        Ok(whole.unwrap_or_else(|| empty.clone()))
    }

    fn sum_chunk<S: SharedSum>(
        &mut self,
        chunk: usize,
        stage: &'static str,
        watch: &mut Watch<'_>,
        empty: &S,
    ) -> Result<S> {
        let n_rows = self.rows.matrix.n_rows();
        let range = rows_of(&(chunk..chunk + 1), n_rows);
        report(watch, stage, range.start, n_rows)?;
        let memory = &mut self.memories[chunk];
        let mut sum = empty.clone();
        catch_up(self.before.as_ref(), self.n_passes, &self.rows, range.clone(), memory);
        sum.absorb(&self.rows, range, memory);
        Ok(sum)
    }

    fn ask_others(&self, session: u64, question: &Question) {
        let pass = Pass { session, number: self.n_passes };
        let (n_chunks, before) = (self.memories.len(), self.before.as_ref());
        self.desk(|desk| desk.ask(pass, &self.rows, n_chunks, question, before));
    }

    /// `does` at the crew's desk; its own default where there is nobody.
    fn desk<T: Default>(&self, does: impl FnOnce(&mut Desk) -> T) -> T {
        self.crew.desk().map(|desk| does(&mut desk.borrow_mut())).unwrap_or_default()
    }
}

impl Drop for SharedRows<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session {
            self.desk(|desk| desk.close(session));
        }
    }
}
