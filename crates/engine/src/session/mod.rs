//! One workspace's session: questions in, answers out. Synchronous and free of browser types; the worker and the command
//! line drive it.

mod analysis;
mod backup;
mod chores;
pub(crate) mod columns;
mod consent;
mod customers;
pub mod drive;
mod enrolled;
mod enrolment;
pub(crate) mod import;
mod keys;
mod network;
mod overview;
mod pairing;
mod receipts;
mod replica;
mod rights;
mod shelf;
mod sync;
mod talk;
mod views;

use serde::Serialize;
use stillroom_store::Store;
use stillroom_vault::{KeyRecord, WorkspaceKey};

pub use self::{
    chores::Chore,
    sync::SyncStep,
    talk::{Step, Talk},
};
use crate::{
    compute::RecommendModel,
    failure::failure,
    platform::Platform,
    protocol::{Failure, Request},
    reply::Reply,
};

/// An answer: its body, and bytes to hand over beside it.
#[derive(Debug)]
pub struct Answer {
    /// The structured body.
    pub body: serde_json::Value,
    /// A file for the user, when the question asked for one.
    pub bytes: Option<Vec<u8>>,
}

impl Answer {
    /// An answer of `body` alone.
    ///
    /// # Errors
    /// A failure when the body cannot be written, which types of the protocol never cause.
    pub fn of(body: &impl Serialize) -> Result<Self, Failure> {
        let body =
            serde_json::to_value(body).map_err(|error| failure("answer-unwritable", &error.to_string()))?;
        Ok(Self { body, bytes: None })
    }

    /// An answer of `body` with `bytes` beside it.
    ///
    /// # Errors
    /// As [`Answer::of`].
    pub fn with_bytes(body: &impl Serialize, bytes: Vec<u8>) -> Result<Self, Failure> {
        Ok(Self { bytes: Some(bytes), ..Self::of(body)? })
    }
}

/// An open workspace.
struct Open {
    store: Store,
    key: WorkspaceKey,
    /// What makes it one of the devices of a synced workspace, once it is.
    syncing: Option<sync::Syncing>,
}

/// A workspace on one platform, open or locked.
pub struct Session<P> {
    platform: P,
    record: Option<KeyRecord>,
    open: Option<Open>,
    importing: Option<import::Importing>,
    views: views::Views,
    last: Option<Reply>,
    recommender: Option<(Option<i64>, RecommendModel)>,
    /// The offer to pair that this device made last.
    offer: Option<pairing::Offer>,
    /// Global Privacy Control is on where this runs.
    gpc: bool,
}

impl<P> std::fmt::Debug for Session<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("unlocked", &self.open.is_some()).finish_non_exhaustive()
    }
}

impl<P: Platform> Session<P> {
    /// A session on `platform`, locked.
    pub fn new(platform: P) -> Self {
        Self {
            platform,
            record: None,
            open: None,
            importing: None,
            views: views::Views::default(),
            last: None,
            recommender: None,
            offer: None,
            gpc: false,
        }
    }

    /// The platform, for what only its maker knows.
    pub fn platform_mut(&mut self) -> &mut P {
        &mut self.platform
    }

    /// Answers a question that needs no file and no long computation; the others have functions of their own.
    ///
    /// # Errors
    /// The room's error as a failure; `locked` when the workspace must be opened first.
    pub fn answer(&mut self, request: Request) -> Result<Answer, Failure> {
        match request {
            Request::Status(_) => Answer::of(&self.status()?),
            Request::Strength(ask) => Answer::of(&keys::strength(&ask.passphrase)),
            Request::SuggestPassphrase(_) => Answer::of(&self.suggest_passphrase()?),
            Request::CreateWorkspace(ask) => Answer::of(&self.create(&ask.passphrase)?),
            Request::Unlock(ask) => Answer::of(&self.unlock(&ask.secret)?),
            Request::ChangePassphrase(ask) => Answer::of(&self.change_passphrase(&ask.current, &ask.new)?),
            Request::ReplaceRecoveryCode(ask) => Answer::of(&self.replace_recovery_code(&ask.passphrase)?),
            Request::EraseWorkspace(_) => Answer::of(&self.erase()?),
            Request::Backup(ask) => self.backup(&ask.passphrase),
            Request::Summary(_) => Answer::of(&self.counts()?),
            Request::Setting(ask) => Answer::of(&self.setting(&ask.key)?),
            Request::SetSetting(ask) => Answer::of(&self.set_setting(&ask.key, &ask.value)?),
            Request::Imports(_) => Answer::of(&self.imports()?),
            Request::ImportIssues(ask) => Answer::of(&self.import_issues(ask.import, ask.offset, ask.limit)?),
            Request::ExportIssues(ask) => self.export_issues(ask.import),
            Request::UndoPreview(ask) => Answer::of(&self.undo_preview(ask.import)?),
            Request::UndoImport(ask) => Answer::of(&self.undo_import(ask.import)?),
            Request::Fields(_) => Answer::of(&self.fields()?),
            Request::OpenView(ask) => Answer::of(&self.open_view(&ask)?),
            Request::Window(ask) => Answer::of(&self.window(ask.view, ask.offset, ask.limit)?),
            Request::ExportView(ask) => self.export_view(ask.view),
            Request::Customer(ask) => Answer::of(&self.customer(ask.id)?),
            Request::UpdateCustomer(ask) => Answer::of(&self.update_customer(ask.id, &ask.field, ask.value)?),
            Request::Duplicates(ask) => {
                let mut pairs = crate::duplicates::duplicates(self.store()?)?;
                pairs.truncate(ask.limit as usize);
                Answer::of(&pairs)
            }
            Request::CustomerLines(ask) => Answer::of(&self.customer_lines(ask.id, ask.offset, ask.limit)?),
            Request::Methods(_) => Answer::of(&crate::methods::methods()),
            Request::Keep(ask) => Answer::of(&self.keep(&ask.name, &ask.label_names)?),
            Request::ExportResult(_) => self.export_result(),
            Request::Models(_) => Answer::of(&self.models()?),
            Request::OpenModel(ask) => Answer::of(&self.open_model(ask.id)?),
            Request::ExportModel(ask) => self.export_model(ask.id),
            Request::DeleteModel(ask) => Answer::of(&self.delete_model(ask.id)?),
            Request::Recommend(ask) => Answer::of(&self.recommend(&ask)?),
            Request::InspectFile(_)
            | Request::ImportFile(_)
            | Request::ImportSample(_)
            | Request::Restore(_)
            | Request::Run(_)
            | Request::Rescore(_)
            | Request::Explain(_)
            | Request::Migrate(_) => {
                Err(failure("protocol", "this question needs a file or a computation beside it"))
            }
            Request::Privacy(ask) => Answer::of(&self.privacy(ask.gpc)?),
            Request::WithdrawGrant(ask) => Answer::of(&self.withdraw_grant(&ask.purpose)?),
            Request::CustomerConsents(ask) => Answer::of(&self.customer_consents(ask.id)?),
            Request::Restrict(ask) => Answer::of(&self.restrict(ask.id, ask.on)?),
            Request::ErasePreview(ask) => Answer::of(&self.erase_preview(ask.id)?),
            Request::EraseCustomer(ask) => Answer::of(&self.erase_customer(ask.id)?),
            Request::ExportCustomer(ask) => self.export_customer(ask.id, ask.form),
            Request::Parked(ask) => Answer::of(&self.parked(ask.offset, ask.limit)?),
            Request::RetryParked(_) => Answer::of(&self.retry_parked()?),
            Request::Conflicts(_) => Answer::of(&self.conflicts()?),
            Request::SettleConflict(ask) => Answer::of(&self.settle_conflict(ask.id, ask.take_other)?),
            Request::NetworkLog(ask) => Answer::of(&self.network_log(ask.offset, ask.limit)?),
            Request::PreviewExchange(ask) => Answer::of(&self.preview_exchange(ask.id)?),
            Request::RevokeDevice(ask) => Answer::of(&self.revoke_device(&ask.id)?),
            Request::Receipts(_) => Answer::of(&self.receipts()?),
            Request::ExportReceipt(ask) => self.export_receipt(ask.id),
            Request::ExportProcessingRecord(_) => self.export_processing_record(),
            ref asked @ (Request::GiveGrant(_) | Request::SetBasis(_)) => self.finish_chore(asked),
            Request::ConnectServer(_)
            | Request::SyncNow(_)
            | Request::OfferPairing(_)
            | Request::CheckPairing(_)
            | Request::JoinWorkspace(_)
            | Request::Devices(_) => {
                Err(failure("protocol", "this question needs the server: ask it where requests can be made"))
            }
        }
    }

    /// The open database.
    fn store(&mut self) -> Result<&mut Store, Failure> {
        match &mut self.open {
            Some(open) => Ok(&mut open.store),
            None => Err(locked()),
        }
    }

    /// Forgets what was computed: it may hold what was just removed.
    fn forget_results(&mut self) {
        self.last = None;
        self.recommender = None;
        self.views.clear();
    }

    /// The open database for a write, which an import under way does not allow.
    fn store_for_write(&mut self) -> Result<&mut Store, Failure> {
        if self.importing.is_some() {
            return Err(failure("busy", "an import is under way: wait for its end or cancel it"));
        }
        self.store()
    }
}

fn locked() -> Failure {
    failure("locked", "the workspace is locked: open it with the passphrase first")
}
