//! A workspace in a folder, opened, with the way out beside it.

use std::{io::Read, path::Path};

use stillroom_engine::{
    failure::failure,
    platform::FolderPlatform,
    protocol::{
        CreateWorkspace, DialectChoice, Failure, ImportInfo, ImportPlan, Request, Secret, Status, Unlock,
        WorkspaceStatus,
    },
    session::{Session, drive},
};

use crate::{
    files::{Source, file_failure, open},
    transport::Transport,
};

/// How much of a file is looked at to find its dialect and columns.
const HEAD_BYTES: usize = 262_144;
/// How much of a file is read at a time.
const PIECE_BYTES: usize = 1 << 20;

/// An open workspace.
pub(crate) struct Place {
    session: Session<FolderPlatform>,
    transport: Transport,
}

impl Place {
    /// Makes a workspace in `folder`; also says its recovery code.
    pub(crate) fn make(folder: &Path, passphrase: &str) -> Result<(Self, String), Failure> {
        let mut session = Session::new(FolderPlatform::open(folder)?);
        let create = CreateWorkspace { passphrase: passphrase.to_owned() };
        let code = session.answer(create.into())?.body;
        let code = code.as_str().unwrap_or_default().to_owned();
        Ok((Self { session, transport: Transport::new() }, code))
    }

    /// Opens the workspace in `folder`.
    pub(crate) fn open(folder: &Path, passphrase: &str) -> Result<Self, Failure> {
        let mut session = Session::new(FolderPlatform::open(folder)?);
        session.answer(Unlock { secret: Secret::Passphrase(passphrase.to_owned()) }.into())?;
        Ok(Self { session, transport: Transport::new() })
    }

    /// Opens it, or makes it and says the recovery code on the standard error stream.
    pub(crate) fn open_or_make(folder: &Path, passphrase: &str) -> Result<Self, Failure> {
        let mut session = Session::new(FolderPlatform::open(folder)?);
        let status = session.answer(Status {}.into())?.body;
        let status: WorkspaceStatus = serde_json::from_value(status)
            .map_err(|error| failure("reply-unreadable", &error.to_string()))?;
        if status.exists {
            return Self::open(folder, passphrase);
        }
        let (place, code) = Self::make(folder, passphrase)?;
        eprintln!("recovery code: {code}");
        Ok(place)
    }

    /// Sends Global Privacy Control along.
    pub(crate) fn set_privacy_control(&mut self, is_on: bool) {
        self.session.set_gpc(is_on);
    }

    /// Asks the session, which may ask the server.
    pub(crate) fn ask(&mut self, request: Request, server: &str) -> Result<serde_json::Value, Failure> {
        let transport = &self.transport;
        let mut send = |outgoing: &_| transport.send(outgoing);
        let answer = drive::answer(&mut self.session, request, server, &mut send, &mut |progress| {
            eprintln!("{} {}/{}", progress.stage, progress.done, progress.total);
        })?;
        Ok(answer.body)
    }

    /// Imports files, each whole or not at all.
    pub(crate) fn import(&mut self, names: &[String]) -> Result<Vec<ImportInfo>, Failure> {
        names.iter().map(|name| self.import_one(name)).collect()
    }

    fn import_one(&mut self, name: &str) -> Result<ImportInfo, Failure> {
        let Source { label, kind, rows: mut file } = open(name)?;
        let unreadable = |error| file_failure("file-unreadable", Path::new(name), &error);
        let mut piece = Vec::new();
        (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut piece).map_err(unreadable)?;
        let is_whole = piece.len() < HEAD_BYTES;
        let found = self.session.inspect(&piece, is_whole, &DialectChoice::default(), kind)?.body;
        let kind = serde_json::from_value(found["kind"].clone())
            .map_err(|error| failure("reply-unreadable", &error.to_string()))?;
        let plan = ImportPlan { label, dialect: DialectChoice::default(), kind, targets: Vec::new() };
        self.session.begin_import(&plan)?;
        while !piece.is_empty() {
            if let Err(refused) = self.session.push_import(&piece) {
                self.session.cancel_import();
                return Err(refused);
            }
            piece.clear();
            (&mut file).take(PIECE_BYTES as u64).read_to_end(&mut piece).map_err(unreadable)?;
        }
        self.session.finish_import()
    }
}
