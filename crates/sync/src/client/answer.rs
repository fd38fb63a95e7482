//! Answers: what they say, whether they are believed, and what follows.

use super::{Answer, Asked, Client, Failure, MAX_ANSWER_BYTES, Outcome, Problem, Step, check, newer};
use crate::replica::Folding;
use crate::wire::{Appended, Kind, Ledger, Op, Page, Problem as Refused, Pushed, Refusal, Withdrawn, decode};
use crate::{Error, Replica};
use stillroom_consent::{SignedEntry, SignedHead};

/// Resyncs in a row that a server may ask for.
const MAX_RESYNCS: u32 = 1;

impl Client {
    /// Takes an answer. One that nobody waits for (late, twice, of an earlier client) changes nothing.
    ///
    /// # Errors
    /// What the replica refuses; the request counts as unanswered and is made again.
    pub fn on_answer<R: Replica>(
        &mut self,
        replica: &mut R,
        id: u64,
        answer: Answer<'_>,
        now_millis: i64,
    ) -> Result<(), R::Error> {
        let Some((_, asked)) = self.asked.take_if(|(asked, _)| *asked == id) else { return Ok(()) };
        self.step = Step::Ledger;
        replica.note_outcome(&Outcome {
            id,
            status: Some(answer.status),
            bytes_received: answer.body.len() as u64,
        })?;
        if !(200..300).contains(&answer.status) {
            return self.on_refusal(replica, asked, answer, now_millis);
        }
        if answer.body.len() > MAX_ANSWER_BYTES {
            self.distrust(Error::Malformed, now_millis);
            return Ok(());
        }
        match asked {
            Asked::Ledger => self.on_ledger(replica, answer.body, now_millis),
            Asked::Append { entries, is_urgent } => {
                self.on_appended(replica, entries, is_urgent, answer.body, now_millis)
            }
            Asked::Pull => self.on_page(replica, answer.body, now_millis),
            Asked::Push { ops } => self.on_pushed(replica, ops, answer.body, now_millis),
        }
    }

    /// Takes the news that there will be no answer.
    ///
    /// # Errors
    /// What the replica refuses; the failure counts all the same.
    pub fn on_failure<R: Replica>(
        &mut self,
        replica: &mut R,
        id: u64,
        failure: Failure,
        now_millis: i64,
    ) -> Result<(), R::Error> {
        if self.asked.take_if(|(asked, _)| *asked == id).is_none() {
            return Ok(());
        }
        self.retry(Problem::NoAnswer(failure), None, now_millis);
        replica.note_outcome(&Outcome { id, status: None, bytes_received: 0 })
    }

    fn succeed(&mut self, next: Step) {
        self.backoff.succeeded();
        self.problem = None;
        self.step = next;
    }

    fn on_ledger<R: Replica>(
        &mut self,
        replica: &mut R,
        body: &[u8],
        now_millis: i64,
    ) -> Result<(), R::Error> {
        let at = replica.position()?;
        let checked = decode::<Ledger>(body).map_err(|_| Error::Malformed).and_then(|ledger| {
            let has_more = ledger.has_more;
            check::ledger(&self.expected, &at, ledger).map(|checked| (checked, has_more))
        });
        let (checked, has_more) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                self.distrust(error, now_millis);
                return Ok(());
            }
        };
        match replica.fold(&checked, None)? {
            Folding::Refused(error) => self.distrust(Error::Ledger(error), now_millis),
            Folding::Folded if has_more => self.succeed(Step::Ledger),
            Folding::Folded => {
                self.suspects.n_late_appends = 0;
                self.succeed(Step::Append);
            }
        }
        Ok(())
    }

    fn on_appended<R: Replica>(
        &mut self,
        replica: &mut R,
        sent: Vec<SignedEntry>,
        is_urgent: bool,
        body: &[u8],
        now_millis: i64,
    ) -> Result<(), R::Error> {
        let at = replica.position()?;
        let checked = read_appended(body).and_then(|(head, receipt)| {
            check::appended(&self.expected, &at, sent, &head).map(|checked| (checked, receipt))
        });
        let (checked, receipt) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                self.distrust(error, now_millis);
                return Ok(());
            }
        };
        match replica.fold(&checked, receipt.as_deref())? {
            Folding::Refused(error) => self.distrust(Error::Ledger(error), now_millis),
            Folding::Folded => {
                self.suspects.n_clock_refusals = 0;
                self.succeed(if is_urgent { Step::Ledger } else { Step::Append });
            }
        }
        Ok(())
    }

    fn on_page<R: Replica>(&mut self, replica: &mut R, body: &[u8], now_millis: i64) -> Result<(), R::Error> {
        let page: Page = match decode(body) {
            Ok(page) => page,
            Err(_) if newer::is_of_newer(body) => return self.on_newer_content(now_millis),
            Err(_) => {
                self.distrust(Error::Malformed, now_millis);
                return Ok(());
            }
        };
        if newer::is_newer(&page) {
            return self.on_newer_content(now_millis);
        }
        let has_more = page.has_more;
        let at = replica.position()?;
        match check::page(&self.expected, &at, replica, page) {
            Ok(checked) => {
                replica.apply(&checked, now_millis)?;
                self.suspects.n_resyncs = 0;
                self.suspects.has_unknown_erasure = false;
                self.succeed(if has_more { Step::Pull } else { Step::Push });
            }
            Err(check::Objection::Replica(error)) => return Err(error),
            Err(check::Objection::CopiedDevice) => self.stop(Problem::CopiedDevice),
            Err(check::Objection::Error(error)) => self.distrust(error, now_millis),
            Err(check::Objection::UnknownErasure) if self.suspects.has_unknown_erasure => {
                self.distrust(Error::UnsignedErasure, now_millis);
            }
            Err(check::Objection::UnknownErasure) => {
                self.suspects.has_unknown_erasure = true;
                self.step = Step::Ledger;
            }
        }
        Ok(())
    }

    /// Nothing is pulled or pushed until this program is updated; the ledger still goes.
    fn on_newer_content<E>(&mut self, now_millis: i64) -> Result<(), E> {
        self.has_newer_content = true;
        self.finish(now_millis);
        Ok(())
    }

    fn on_pushed<R: Replica>(
        &mut self,
        replica: &mut R,
        sent: Vec<Op>,
        body: &[u8],
        now_millis: i64,
    ) -> Result<(), R::Error> {
        let at = replica.position()?;
        let checked = decode::<Pushed>(body).map_err(|_| Error::Malformed).and_then(|pushed| {
            check::pushed(&self.expected, &at, &sent, &pushed).map(|checked| (checked, pushed.denied))
        });
        let (checked, denied) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                self.distrust(error, now_millis);
                return Ok(());
            }
        };
        if let Some(last) = checked.n_safe.checked_sub(1).and_then(|position| sent.get(position)) {
            replica.acknowledged(last.device_seq, checked.stored, &checked.head)?;
            self.suspects.equivocation_at = None;
            self.suspects.n_clock_refusals = 0;
        }
        let Some(denied) = denied else {
            self.succeed(Step::Push);
            return Ok(());
        };
        match sent.get(checked.n_safe) {
            Some(op) => self.on_denied(replica, op, denied.reason, checked.head.at, now_millis),
            None => {
                self.distrust(Error::Malformed, now_millis);
                Ok(())
            }
        }
    }

    fn on_denied<R: Replica>(
        &mut self,
        replica: &mut R,
        op: &Op,
        reason: Refusal,
        server_millis: i64,
        now_millis: i64,
    ) -> Result<(), R::Error> {
        if reason == Refusal::ClockAhead {
            replica.refused(op.device_seq, reason, server_millis, now_millis)?;
            self.suspects.n_clock_refusals += 1;
            if self.suspects.n_clock_refusals > 1 {
                self.retry(Problem::Busy, None, now_millis);
            } else {
                self.succeed(Step::Push);
            }
            return Ok(());
        }
        if op.kind == Kind::Void {
            self.distrust(Error::RefusedVoid, now_millis);
            return Ok(());
        }
        replica.refused(op.device_seq, reason, server_millis, now_millis)?;
        self.succeed(Step::Ledger);
        Ok(())
    }

    /// Anything but a 2xx.
    fn on_refusal<R: Replica>(
        &mut self,
        replica: &mut R,
        asked: Asked,
        answer: Answer<'_>,
        now_millis: i64,
    ) -> Result<(), R::Error> {
        let said =
            if answer.body.len() <= MAX_ANSWER_BYTES { decode::<Refused>(answer.body).ok() } else { None };
        let asked_seconds =
            answer.retry_after_seconds.or(said.as_ref().and_then(|said| said.retry_after_seconds));
        let status = answer.status;
        match (status, asked) {
            (401, _) => self.stop(Problem::Unauthorized),
            (426, _) => self.stop(Problem::Update),
            (409, asked) => self.on_conflict(asked, said, now_millis),
            (410, Asked::Pull) => return self.on_resync(replica, now_millis),
            (422, Asked::Append { .. }) => return self.on_refused_entries(replica, said, now_millis),
            (429, _) => self.retry(Problem::SlowDown, asked_seconds, now_millis),
            (503, _) => self.retry(Problem::Busy, asked_seconds, now_millis),
            (507, _) => self.retry(Problem::Full, asked_seconds, now_millis),
            (400..500, _) => self.retry(Problem::Refused { status }, asked_seconds, now_millis),
            _ => self.retry(Problem::Failed { status }, asked_seconds, now_millis),
        }
        Ok(())
    }

    fn on_resync<R: Replica>(&mut self, replica: &mut R, now_millis: i64) -> Result<(), R::Error> {
        if self.suspects.n_resyncs >= MAX_RESYNCS {
            self.distrust(Error::Malformed, now_millis);
            return Ok(());
        }
        self.suspects.n_resyncs += 1;
        replica.resync()?;
        self.step = Step::Pull;
        Ok(())
    }

    /// Entries dated ahead of the server's clock get its date; what else is wrong with an entry stays until somebody looks.
    fn on_refused_entries<R: Replica>(
        &mut self,
        replica: &mut R,
        said: Option<Refused>,
        now_millis: i64,
    ) -> Result<(), R::Error> {
        let is_ahead = |said: &Refused| said.code == stillroom_consent::Error::ClockAhead.code();
        let head = said.filter(is_ahead).and_then(|said| self.expected.ledger_head(&said.head?).ok());
        let Some(head) = head else {
            self.retry(Problem::Refused { status: 422 }, None, now_millis);
            return Ok(());
        };
        replica.redate(head.at)?;
        self.suspects.n_clock_refusals += 1;
        if self.suspects.n_clock_refusals > 1 {
            self.retry(Problem::Busy, None, now_millis);
        } else {
            self.step = Step::Ledger;
        }
        Ok(())
    }

    fn on_conflict(&mut self, asked: Asked, said: Option<Refused>, now_millis: i64) {
        let Some(said) = said else { return self.distrust(Error::Malformed, now_millis) };
        match (said.code.as_str(), asked) {
            ("head_moved", Asked::Append { .. }) => self.on_late_append(now_millis),
            ("gap", Asked::Push { ops }) => {
                let first = ops.first().map_or(0, |op| op.device_seq);
                let is_lost = said.expected.is_some_and(|expected| expected < first);
                self.distrust(if is_lost { Error::LostOperation } else { Error::Malformed }, now_millis);
            }
            ("equivocation", Asked::Push { ops }) => {
                let first = ops.first().map(|op| op.device_seq);
                if self.suspects.equivocation_at == first {
                    self.stop(Problem::CopiedDevice);
                } else {
                    self.suspects.equivocation_at = first;
                    self.step = Step::Ledger;
                }
            }
            _ => self.retry(Problem::Refused { status: 409 }, None, now_millis),
        }
    }

    /// The ledger moved on: read it, sign anew. Where that happens again and again, others get a turn.
    fn on_late_append(&mut self, now_millis: i64) {
        self.suspects.n_late_appends += 1;
        if self.suspects.n_late_appends > 1 {
            self.retry(Problem::Busy, None, now_millis);
        } else {
            self.step = Step::Ledger;
        }
    }
}

fn read_appended(body: &[u8]) -> Result<(SignedHead, Option<String>), Error> {
    match decode::<Withdrawn>(body) {
        Ok(withdrawn) => Ok((withdrawn.head, Some(withdrawn.receipt))),
        Err(_) => {
            decode::<Appended>(body).map(|appended| (appended.head, None)).map_err(|_| Error::Malformed)
        }
    }
}
