//! What the coordinator knows of its shards: who holds what, who was asked what, what came back.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::message::{Ask, Header, Order, PIECE_CHUNKS, Pass, Piece, append, take};
use super::question::Question;
use crate::partial::CHUNK_ROWS;
use crate::predict::weighted::Rows;

/// Passes in a row that a shard may miss before it is given up. A few may be a busy machine: with two, on one with a load of 15,
/// shards were replaced that were only late. Who drives says when a shard is known to have ended, which needs no patience.
const PATIENCE: u32 = 8;

/// The workers that share the rows of a fit; none unless a [`super::Coordinator`] leads it.
#[derive(Debug, Clone, Default)]
pub struct Crew {
    desk: Option<Rc<RefCell<Desk>>>,
}

impl Crew {
    /// Nobody but the caller.
    #[must_use]
    pub fn alone() -> Self {
        Self::default()
    }

    pub(super) fn at(desk: Rc<RefCell<Desk>>) -> Self {
        Self { desk: Some(desk) }
    }

    /// The desk, when there is anybody to share with.
    pub(super) fn desk(&self) -> Option<&Rc<RefCell<Desk>>> {
        self.desk.as_ref().filter(|desk| !desk.borrow().seats.is_empty())
    }
}

/// A turn that ends: messages go out and come in before the next.
pub(super) async fn turn() {
    struct Turn {
        has_ended: bool,
    }
    impl Future for Turn {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.has_ended, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }
    Turn { has_ended: false }.await;
}

/// Why a leader ends its turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Pause {
    /// To send what it has to say.
    #[default]
    Send,
    /// To hear what has come.
    Listen,
    /// To wait for somebody to be heard.
    Wait,
}

/// What the leader of a pass does next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Task {
    /// Does parts of the pass itself.
    Do(Range<usize>),
    /// Ends its turn.
    EndTurn,
    /// Nothing: every part is done.
    #[default]
    Finish,
}

/// What a pass falls into, and how many of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parts {
    /// Chunks, of which each shard holds its own.
    Chunks(usize),
    /// Pieces of work on all rows.
    Pieces(usize),
}

#[derive(Debug, Default)]
pub(super) struct Desk {
    seats: Vec<Seat>,
    pub(super) outbox: VecDeque<(usize, Vec<u8>)>,
    /// Seats to be taken by fresh shards.
    pub(super) wanted: Vec<usize>,
    /// Why the turn ended.
    pub(super) pause: Pause,
    last_session: u64,
    running: Option<Running>,
}

/// A shard as the coordinator sees it.
#[derive(Debug, Default)]
struct Seat {
    is_taken: bool,
    is_wanted: bool,
    /// The chunk to be sent next, by session.
    holds: BTreeMap<u64, usize>,
    is_asked: bool,
    n_missed: u32,
}

/// The pass under way.
#[derive(Debug)]
struct Running {
    pass: Pass,
    own: Range<usize>,
    /// Who was asked for which parts.
    shares: Vec<Range<usize>>,
    is_done: Vec<bool>,
    answers: Vec<(Range<usize>, Vec<u8>)>,
    /// Whether shards are given the time to answer.
    is_patient: bool,
    /// Whether the leader has listened and now does a part that others were asked for.
    is_next_taken_over: bool,
    has_begun: bool,
}

impl Desk {
    /// A desk with `n_shards` empty seats. `era` tells its sessions from those of other desks.
    pub(super) fn new(era: u32, n_shards: usize) -> Self {
        let seats = (0..n_shards).map(|_| Seat::default()).collect();
        Self { seats, last_session: u64::from(era) << 32, ..Self::default() }
    }

    /// A number for rows to be shared.
    pub(super) fn open(&mut self) -> u64 {
        self.last_session += 1;
        self.last_session
    }

    /// Asks for shards in the seats that are empty, each once until somebody sits there.
    pub(super) fn want(&mut self) {
        for (shard, seat) in self.seats.iter_mut().enumerate() {
            if !seat.is_taken && !std::mem::replace(&mut seat.is_wanted, true) {
                self.wanted.push(shard);
            }
        }
    }

    /// Lets everybody forget the rows of `session`.
    pub(super) fn close(&mut self, session: u64) {
        self.running = None;
        for shard in 0..self.seats.len() {
            if self.seats[shard].holds.remove(&session).is_some() {
                self.send(shard, &Order::Forget { session });
            }
        }
    }

    /// Sends somebody rows it lacks, a piece a turn, so that they are not all there twice; `false` when nobody lacks any.
    pub(super) fn send_rows(&mut self, session: u64, rows: &Rows<'_>, parts: &Parts) -> bool {
        for shard in 0..self.seats.len() {
            let chunks = match parts {
                Parts::Chunks(_) => self.share(shard + 1, parts),
                Parts::Pieces(_) => 0..rows.matrix.n_rows().div_ceil(CHUNK_ROWS),
            };
            let seat = &mut self.seats[shard];
            let next = seat.holds.get(&session).copied().unwrap_or(chunks.start);
            if seat.is_taken && next < chunks.end {
                let end = (next + PIECE_CHUNKS).min(chunks.end);
                seat.holds.insert(session, end);
                self.send(shard, &Order::Hold { session, piece: Piece::of(rows, next..end) });
                self.pause = Pause::Send;
                return true;
            }
        }
        false
    }

    /// Who does what of `parts`: the leader, who is hand 0, as much as each shard.
    fn share(&self, hand: usize, parts: &Parts) -> Range<usize> {
        let (Parts::Chunks(n_parts) | Parts::Pieces(n_parts)) = *parts;
        let n_hands = self.seats.len() + 1;
        hand * n_parts / n_hands..(hand + 1) * n_parts / n_hands
    }

    /// Asks every shard that has its rows for its share.
    pub(super) fn ask(&mut self, pass: Pass, parts: &Parts, question: &Question, before: Option<&Question>) {
        let shares: Vec<Range<usize>> = (1..=self.seats.len()).map(|hand| self.share(hand, parts)).collect();
        for (shard, parts) in shares.iter().enumerate() {
            if !self.seats[shard].holds.contains_key(&pass.session) || parts.is_empty() {
                continue;
            }
            self.seats[shard].is_asked = true;
            self.send(
                shard,
                &Order::Ask(Box::new(Ask {
                    pass,
                    question: Cow::Borrowed(question),
                    before: before.map(Cow::Borrowed),
                    parts: parts.clone(),
                })),
            );
        }
        let (Parts::Chunks(n_parts) | Parts::Pieces(n_parts)) = *parts;
        self.running = Some(Running {
            pass,
            own: self.share(0, parts),
            shares,
            is_done: vec![false; n_parts],
            answers: Vec::new(),
            is_patient: true,
            is_next_taken_over: false,
            has_begun: false,
        });
    }

    /// What the leader does next: its own share, then what nobody answers, from the last part on.
    pub(super) fn next(&mut self) -> Task {
        let Some(running) = &mut self.running else { return Task::Finish };
        if !std::mem::replace(&mut running.has_begun, true) {
            self.pause = Pause::Send;
            return Task::EndTurn;
        }
        let own = std::mem::take(&mut running.own);
        if !own.is_empty() {
            running.is_done[own.clone()].fill(true);
            return Task::Do(own);
        }
        let missing = running.is_done.iter().rposition(|is_done| !is_done);
        let Some(missing) = missing else { return Task::Finish };
        let mut shares = running.shares.iter().zip(&self.seats);
        let is_awaited = shares.any(|(parts, seat)| seat.is_asked && parts.contains(&missing));
        if is_awaited && !std::mem::replace(&mut running.is_next_taken_over, false) {
            running.is_next_taken_over = !running.is_patient;
            self.pause = if running.is_patient { Pause::Wait } else { Pause::Listen };
            return Task::EndTurn;
        }
        running.is_done[missing] = true;
        Task::Do(missing..missing + 1)
    }

    /// The answers to the pass that is over.
    pub(super) fn finish(&mut self) -> Vec<(Range<usize>, Vec<u8>)> {
        let answers = self.running.take().map(|running| running.answers).unwrap_or_default();
        for shard in 0..self.seats.len() {
            if std::mem::take(&mut self.seats[shard].is_asked) {
                self.seats[shard].n_missed += 1;
                if self.seats[shard].n_missed >= PATIENCE {
                    self.give_up(shard);
                }
            }
        }
        answers
    }

    /// Takes in an answer; one to an earlier pass only shows that the shard is alive.
    pub(super) fn heard(&mut self, shard: usize, mut answer: &[u8]) {
        let Some(header) = take::<Header>(&mut answer) else { return self.give_up(shard) };
        let Some(seat) = self.seats.get_mut(shard) else { return };
        seat.n_missed = 0;
        let Some(running) = &mut self.running else { return };
        if header.pass != running.pass || running.shares[shard] != header.parts {
            return;
        }
        seat.is_asked = false;
        let parts = &mut running.is_done[header.parts.clone()];
        if !parts.iter().all(|is_done| *is_done) {
            parts.fill(true);
            running.answers.push((header.parts, answer.to_vec()));
        }
    }

    /// Nothing came for a while: the leader takes over, a part a turn.
    pub(super) fn silence(&mut self) {
        if let Some(running) = &mut self.running {
            running.is_patient = false;
        }
    }

    /// A shard is gone, and with it what it held.
    pub(super) fn lost(&mut self, shard: usize) {
        if let Some(seat) = self.seats.get_mut(shard) {
            *seat = Seat::default();
            self.outbox.retain(|(to, _)| *to != shard);
        }
    }

    /// A shard sits down, and forgets what it held for others.
    pub(super) fn seated(&mut self, shard: usize) {
        self.lost(shard);
        if let Some(seat) = self.seats.get_mut(shard) {
            seat.is_taken = true;
            self.send(shard, &Order::ForgetAll);
        }
    }

    fn give_up(&mut self, shard: usize) {
        self.lost(shard);
        self.want();
    }

    fn send(&mut self, shard: usize, order: &Order<'_>) {
        let mut bytes = Vec::new();
        append(order, &mut bytes);
        self.outbox.push_back((shard, bytes));
    }
}
