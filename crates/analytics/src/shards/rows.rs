//! The rows of one fit, and sums over them by whoever is there.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::DeserializeOwned;

use super::desk::{Crew, Desk, Parts, Pause, Task, turn};
use super::message::{Pass, append, rows_of, take};
use super::question::{Memory, Question, SharedSum, catch_up};
use crate::partial::CHUNK_ROWS;
use crate::predict::weighted::Rows;
use crate::progress::{Watch, report};
use crate::{Matrix, Result};

/// The multiplications of a pass below which asking others costs more than it saves: some five milliseconds of work, against a
/// message there and back, and rows that must be sent first.
const LEAST_OPERATIONS: usize = 10_000_000;

/// The bytes of all chunks' sums above which they are not sent: sums over very many columns, which cost more to carry than to make.
const MOST_BYTES: usize = 1 << 26;

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
        Self::open(crew, rows, is_worth_it)
    }

    /// As [`Self::new`], of rows without a target.
    pub(crate) fn unlabelled(crew: &Crew, matrix: &'a Matrix, operations: usize) -> Self {
        Self::new(crew, Rows { matrix, target: &[], weights: None }, operations)
    }

    /// Itself, if there is anybody to share with.
    pub(crate) fn if_shared(self) -> Option<Self> {
        self.session.is_some().then_some(self)
    }

    /// Shares `rows` whole, for `n_parts` pieces of work of `operations` multiplications each.
    pub(crate) fn whole(crew: &Crew, rows: Rows<'a>, n_parts: usize, operations: usize) -> Self {
        let is_worth_it = n_parts > 1 && n_parts.saturating_mul(operations) >= LEAST_OPERATIONS;
        Self::open(crew, rows, is_worth_it)
    }

    fn open(crew: &Crew, rows: Rows<'a>, is_worth_it: bool) -> Self {
        let n_chunks = rows.matrix.n_rows().div_ceil(CHUNK_ROWS);
        Self {
            rows,
            crew: crew.clone(),
            session: crew.desk().filter(|_| is_worth_it).map(|desk| desk.borrow_mut().open()),
            n_passes: 0,
            before: None,
            memories: vec![Memory::default(); n_chunks],
        }
    }

    /// The sum over all rows from `empty` on, chunk by chunk, reporting between chunks.
    pub(crate) async fn sum<S: SharedSum>(
        &mut self,
        stage: &'static str,
        watch: &mut Watch<'_>,
        empty: &S,
    ) -> Result<S> {
        let n_rows = self.rows.matrix.n_rows();
        self.sum_telling(empty, &mut |row| report(watch, stage, row, n_rows)).await
    }

    /// As [`Self::sum`], without a word.
    pub(crate) async fn sum_silently<S: SharedSum>(&mut self, empty: &S) -> Result<S> {
        self.sum_telling(empty, &mut |_| Ok(())).await
    }

    async fn sum_telling<S: SharedSum>(
        &mut self,
        empty: &S,
        tell: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<S> {
        self.n_passes += 1;
        let n_chunks = self.memories.len();
        let mut sum = InOrder::default();
        if let Some(question) = self.question(empty) {
            self.ask_others(&question, Parts::Chunks(n_chunks)).await;
            loop {
                match self.desk(Desk::next) {
                    Task::Do(chunks) => {
                        for chunk in chunks {
                            sum.add(chunk, self.sum_chunk(chunk, empty, tell)?);
                        }
                    }
                    Task::EndTurn => turn().await,
                    Task::Finish => break,
                }
            }
            for (chunks, bytes) in self.desk(Desk::finish) {
                let mut bytes = bytes.as_slice();
                for chunk in chunks {
                    if let Some(answered) = take(&mut bytes) {
                        sum.add(chunk, answered);
                    }
                }
            }
            if question.is_remembered() {
                self.before = Some(question);
            }
        }
        for chunk in 0..n_chunks {
            if !sum.has(chunk) {
                sum.add(chunk, self.sum_chunk(chunk, empty, tell)?);
            }
        }
        Ok(sum.whole.unwrap_or_else(|| empty.clone()))
    }

    /// What `does` gives for each of `n_parts` pieces of work on all rows, which others answer as `question`, in order.
    pub(crate) async fn each<T: DeserializeOwned>(
        &mut self,
        question: &Question,
        n_parts: usize,
        mut does: impl FnMut(Range<usize>) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        self.n_passes += 1;
        if self.session.is_none() {
            return does(0..n_parts);
        }
        let mut found: Vec<Option<T>> = (0..n_parts).map(|_| None).collect();
        self.ask_others(question, Parts::Pieces(n_parts)).await;
        loop {
            match self.desk(Desk::next) {
                Task::Do(parts) => {
                    let done = does(parts.clone())?;
                    found[parts].iter_mut().zip(done).for_each(|(place, part)| *place = Some(part));
                }
                Task::EndTurn => turn().await,
                Task::Finish => break,
            }
        }
        for (parts, bytes) in self.desk(Desk::finish) {
            let mut bytes = bytes.as_slice();
            for place in &mut found[parts] {
                let answered = take(&mut bytes);
                *place = place.take().or(answered);
            }
        }
        for (part, place) in found.iter_mut().enumerate() {
            if place.is_none() {
                *place = does(part..part + 1)?.pop();
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// The question to ask for sums from `empty` on, if there is anybody to ask. Rows whose first answers would be too large stay here.
    fn question<S: SharedSum>(&mut self, empty: &S) -> Option<Question> {
        self.session?;
        let question = empty.clone().question();
        if self.n_passes == 1 {
            let mut bytes = Vec::new();
            append(&question, &mut bytes);
            if bytes.len().saturating_mul(self.memories.len()) > MOST_BYTES {
                self.session = None;
                return None;
            }
        }
        Some(question)
    }

    fn sum_chunk<S: SharedSum>(
        &mut self,
        chunk: usize,
        empty: &S,
        tell: &mut dyn FnMut(usize) -> Result<()>,
    ) -> Result<S> {
        let range = rows_of(&(chunk..chunk + 1), self.rows.matrix.n_rows());
        tell(range.start)?;
        let memory = &mut self.memories[chunk];
        let mut sum = empty.clone();
        catch_up(self.before.as_ref(), self.n_passes, &self.rows, range.clone(), memory);
        sum.absorb(&self.rows, range, memory);
        Ok(sum)
    }

    async fn ask_others(&self, question: &Question, parts: Parts) {
        let Some(session) = self.session else { return };
        if self.n_passes == 1 {
            // Whoever has come since the last turn sits down first.
            self.desk(|desk| {
                desk.want();
                desk.pause = Pause::Listen;
            });
            turn().await;
        }
        while self.desk(|desk| desk.send_rows(session, &self.rows, &parts)) {
            turn().await;
        }
        let pass = Pass { session, number: self.n_passes };
        self.desk(|desk| desk.ask(pass, &parts, question, self.before.as_ref()));
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

/// Sums of chunks that come in any order and merge in theirs.
struct InOrder<S> {
    whole: Option<S>,
    n_merged: usize,
    early: BTreeMap<usize, S>,
}

impl<S> Default for InOrder<S> {
    fn default() -> Self {
        Self { whole: None, n_merged: 0, early: BTreeMap::new() }
    }
}

impl<S: SharedSum> InOrder<S> {
    fn has(&self, chunk: usize) -> bool {
        chunk < self.n_merged || self.early.contains_key(&chunk)
    }

    fn add(&mut self, chunk: usize, sum: S) {
        if self.has(chunk) {
            return;
        }
        self.early.insert(chunk, sum);
        while let Some(next) = self.early.remove(&self.n_merged) {
            self.n_merged += 1;
            match &mut self.whole {
                Some(whole) => whole.merge(next),
                None => self.whole = Some(next),
            }
        }
    }
}
