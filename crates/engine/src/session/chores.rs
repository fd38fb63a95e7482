//! Consent work that touches many customers, done in pieces short enough that others get a turn in between.

use stillroom_consent::{Event, Purpose, SubjectBasis, SubjectToken, SyncGrant};
use stillroom_records::CustomerId;

use super::{Answer, Session, customers::read_filter};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{Failure, JobProgress, Request, Whose},
};

/// Customers taken at once: well below what one ledger entry may list, so that a step takes some tens of milliseconds in a browser.
const PIECE: usize = 500;

/// Work under way.
pub struct Chore {
    task: Task,
    /// Who, as it stood when the work began.
    customers: Vec<CustomerId>,
    n_done: usize,
    /// Every customer has a record id.
    is_named: bool,
}

impl std::fmt::Debug for Chore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Chore")
            .field("n_done", &self.n_done)
            .field("n_customers", &self.customers.len())
            .finish_non_exhaustive()
    }
}

enum Task {
    Bases { purpose: Purpose, basis: Box<SubjectBasis> },
    Members { grant: Box<SyncGrant> },
}

impl Task {
    fn purpose(&self) -> Purpose {
        match self {
            Self::Bases { purpose, .. } => *purpose,
            Self::Members { grant } => grant.purpose,
        }
    }

    fn event(&self, tokens: Vec<SubjectToken>) -> Event {
        match self {
            Self::Bases { purpose, basis } => Event::Bases { purpose: *purpose, basis: **basis, tokens },
            Self::Members { grant } => Event::Members { grant: grant.id, tokens },
        }
    }
}

impl<P: Platform> Session<P> {
    /// Begins the work a question asks for; `None` when it needs none. What the work is about is fixed now.
    ///
    /// # Errors
    /// What is wrong with the question, before anything was entered.
    pub fn begin_chore(&mut self, request: &Request) -> Result<Option<Chore>, Failure> {
        match request {
            Request::SetBasis(ask) => {
                let customers = self.customers_of(&ask.whose)?;
                let (purpose, basis) = self.basis_of(&ask.choice)?;
                let task = Task::Bases { purpose, basis: Box::new(basis) };
                Ok(Some(Chore { task, customers, n_done: 0, is_named: false }))
            }
            Request::GiveGrant(ask) => {
                self.enrolment()?;
                let customers = match &ask.scope {
                    Some(filter) => self.customers_of(&Whose::Filter(filter.clone()))?,
                    None => Vec::new(),
                };
                let grant = Box::new(self.enter_grant(ask)?);
                Ok(Some(Chore { task: Task::Members { grant }, customers, n_done: 0, is_named: false }))
            }
            _ => Ok(None),
        }
    }

    /// Does the next piece; `None` when none is left. Bases of a workspace that is not connected are noted here, to be entered into
    /// the ledger once there is one. What was done stays when the work is dropped.
    ///
    /// # Errors
    /// The store's error.
    pub fn step_chore(&mut self, chore: &mut Chore) -> Result<Option<JobProgress>, Failure> {
        let total = chore.customers.len() as u64;
        let is_noted_only = !self.is_connected();
        if !chore.is_named && !is_noted_only {
            chore.is_named = !self.name_records()?;
            return Ok(Some(JobProgress { stage: "naming".to_owned(), done: 0, total }));
        }
        let end = chore.customers.len().min(chore.n_done + PIECE);
        let Some(piece) = chore.customers.get(chore.n_done..end).filter(|piece| !piece.is_empty()) else {
            return Ok(None);
        };
        match &chore.task {
            Task::Bases { purpose, basis } if is_noted_only => {
                self.store_for_write()?.note_bases(piece, *purpose, basis)?;
            }
            task => {
                let tokens = self.store_for_write()?.tokens_of(piece, task.purpose())?;
                if !tokens.is_empty() {
                    self.enter(task.event(tokens))?;
                }
            }
        }
        chore.n_done = end;
        Ok(Some(JobProgress { stage: "recording".to_owned(), done: end as u64, total }))
    }

    /// The answer of finished work.
    ///
    /// # Errors
    /// The store's error.
    pub fn end_chore(&mut self, chore: Chore) -> Result<Answer, Failure> {
        self.wake_sync();
        match chore.task {
            Task::Bases { .. } => Answer::of(&(chore.n_done as u64)),
            Task::Members { grant } => Answer::of(&self.grant_receipt(&grant)?),
        }
    }

    /// The same at one go, for callers that wait.
    pub(super) fn finish_chore(&mut self, request: &Request) -> Result<Answer, Failure> {
        let begun = self.begin_chore(request)?;
        let mut chore = begun.ok_or_else(|| failure("protocol", "this question asks for no long work"))?;
        while self.step_chore(&mut chore)?.is_some() {}
        self.end_chore(chore)
    }

    /// Gives some customers the ids that other devices know them by; says whether there may be more.
    pub(super) fn name_records(&mut self) -> Result<bool, Failure> {
        self.enrolment()?;
        match self.replica_and_client() {
            Some((mut workspace, _)) => workspace.name_step(),
            None => Ok(false),
        }
    }

    fn customers_of(&mut self, whose: &Whose) -> Result<Vec<CustomerId>, Failure> {
        let store = self.store_for_write()?;
        let filter = match whose {
            Whose::Customer(id) => return Ok(vec![store.customer(CustomerId(*id))?.id]),
            Whose::Filter(text) => read_filter(Some(text))?,
            Whose::Everybody => None,
        };
        Ok(store.open_view(filter.as_ref(), &[], None)?.customers().collect())
    }
}
