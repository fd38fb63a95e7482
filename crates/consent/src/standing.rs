//! What follows from the ledger: folding entries into a register, and asking it for the facts of an operation.
//!
//! A register is wherever the standing is kept: tables of the workspace, tables of the server, or memory. The fold and the
//! questions are the same for all, so that no two places can disagree about what an entry means.

use crate::{
    DeviceId, DeviceInfo, Error, Event, Facts, GrantId, GrantRecord, Hash, Operation, Purpose, Scope,
    SignedEntry, SubjectBasis, SubjectToken, WorkspaceId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What was said about a record, whatever the purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubjectFlags {
    /// Processing is restricted.
    pub is_restricted: bool,
    /// It was erased, for ever.
    pub is_erased: bool,
}

/// A device of the workspace and whether it still belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Its keys.
    pub info: DeviceInfo,
    /// It was revoked.
    pub is_revoked: bool,
}

/// Where a standing is kept. One register holds one workspace. Writes are part of the caller's transaction.
pub trait Register {
    /// What reading or writing can fail with.
    type Error: From<Error>;

    /// The workspace it is of.
    fn workspace(&self) -> WorkspaceId;
    /// The number and hash of the last folded entry; 0 and zeros at first.
    ///
    /// # Errors
    /// What the place refuses; so for all.
    fn head(&mut self) -> Result<(u64, Hash), Self::Error>;
    /// Notes the last folded entry.
    fn set_head(&mut self, seq: u64, hash: Hash) -> Result<(), Self::Error>;
    /// A device.
    fn device(&mut self, device: DeviceId) -> Result<Option<DeviceRecord>, Self::Error>;
    /// Writes a device.
    fn set_device(&mut self, record: &DeviceRecord) -> Result<(), Self::Error>;
    /// A grant.
    fn grant(&mut self, grant: GrantId) -> Result<Option<GrantRecord>, Self::Error>;
    /// Writes a grant.
    fn set_grant(&mut self, record: &GrantRecord) -> Result<(), Self::Error>;
    /// Whether a record is listed for a grant.
    fn is_member(&mut self, grant: GrantId, token: SubjectToken) -> Result<bool, Self::Error>;
    /// Lists records for a grant.
    fn add_members(&mut self, grant: GrantId, tokens: &[SubjectToken]) -> Result<(), Self::Error>;
    /// A record's basis.
    fn basis(&mut self, token: SubjectToken, purpose: Purpose) -> Result<Option<SubjectBasis>, Self::Error>;
    /// Writes the basis of records.
    fn set_bases(
        &mut self,
        tokens: &[SubjectToken],
        purpose: Purpose,
        basis: &SubjectBasis,
    ) -> Result<(), Self::Error>;
    /// What was said about a record.
    fn flags(&mut self, token: SubjectToken) -> Result<SubjectFlags, Self::Error>;
    /// Writes what was said about a record.
    fn set_flags(&mut self, token: SubjectToken, flags: SubjectFlags) -> Result<(), Self::Error>;
}

/// Checks one entry against the register and folds it in. The caller's transaction must be dropped when this fails.
///
/// # Errors
/// [`Error::BrokenChain`] when it does not follow the head; [`Error::UnknownDevice`], [`Error::BadSignature`],
/// [`Error::Invalid`]; and what the register refuses.
pub fn fold<R: Register + ?Sized>(register: &mut R, signed: &SignedEntry) -> Result<Hash, R::Error> {
    let entry = &signed.entry;
    let (seq, hash) = register.head()?;
    if entry.workspace != register.workspace() || entry.seq != seq + 1 || entry.prev != hash {
        return Err(Error::BrokenChain.into());
    }
    entry.event.check()?;
    let signer = signer_of(register, signed)?;
    signed.verify(&signer.signing_key)?;
    apply(register, entry.device, entry.at, &entry.event)?;
    let hash = entry.hash();
    register.set_head(entry.seq, hash)?;
    Ok(hash)
}

/// The keys an entry must be signed with: the first entry brings its own, all others are of an enrolled device.
fn signer_of<R: Register + ?Sized>(register: &mut R, signed: &SignedEntry) -> Result<DeviceInfo, R::Error> {
    let entry = &signed.entry;
    match &entry.event {
        Event::DeviceAdded(info) if entry.seq == 1 && info.device == entry.device => Ok(*info),
        _ if entry.seq == 1 => Err(Error::Invalid { reason: "a ledger begins with its first device" }.into()),
        _ => match register.device(entry.device)? {
            Some(record) if !record.is_revoked => Ok(record.info),
            _ => Err(Error::UnknownDevice.into()),
        },
    }
}

fn apply<R: Register + ?Sized>(
    register: &mut R,
    signer: DeviceId,
    at: i64,
    event: &Event,
) -> Result<(), R::Error> {
    match event {
        Event::DeviceAdded(info) => match register.device(info.device)? {
            Some(_) => Err(Error::Invalid { reason: "a device joins once" }.into()),
            None => register.set_device(&DeviceRecord { info: *info, is_revoked: false }),
        },
        Event::DeviceRevoked { device, .. } => match register.device(*device)? {
            Some(record) if !record.is_revoked => {
                register.set_device(&DeviceRecord { is_revoked: true, ..record })
            }
            _ => Err(Error::UnknownDevice.into()),
        },
        Event::GrantGiven(grant) => {
            let is_known = register.grant(grant.id)?.is_some();
            if is_known || grant.workspace != register.workspace() || grant.device != signer {
                return Err(Error::Invalid {
                    reason: "a grant is given once, by its own device, for its workspace",
                }
                .into());
            }
            register.set_grant(&GrantRecord { grant: grant.clone(), withdrawn_at: None })
        }
        Event::GrantWithdrawn { grant } => {
            let record = known_grant(register, *grant)?;
            register
                .set_grant(&GrantRecord { withdrawn_at: Some(record.withdrawn_at.unwrap_or(at)), ..record })
        }
        Event::Members { grant, tokens } => {
            let record = known_grant(register, *grant)?;
            if record.withdrawn_at.is_some() || record.grant.scope != Scope::Members {
                return Err(Error::Invalid {
                    reason: "records are listed for a grant that has a list and holds",
                }
                .into());
            }
            register.add_members(*grant, tokens)
        }
        Event::Bases { purpose, basis, tokens } => {
            for token in tokens {
                let before = register.basis(*token, *purpose)?;
                if before.is_some_and(|before| !basis.may_follow(&before)) {
                    return Err(Error::Invalid {
                        reason: "after a no, a basis needs evidence and a later date",
                    }
                    .into());
                }
            }
            register.set_bases(tokens, *purpose, basis)
        }
        Event::Restricted { on, tokens } => {
            mark(register, tokens, |flags| SubjectFlags { is_restricted: *on, ..flags })
        }
        Event::Erased { tokens } => mark(register, tokens, |flags| SubjectFlags { is_erased: true, ..flags }),
    }
}

fn known_grant<R: Register + ?Sized>(register: &mut R, grant: GrantId) -> Result<GrantRecord, R::Error> {
    let unknown = Error::Invalid { reason: "there is no such grant" };
    register.grant(grant)?.ok_or_else(|| unknown.into())
}

fn mark<R: Register + ?Sized>(
    register: &mut R,
    tokens: &[SubjectToken],
    change: impl Fn(SubjectFlags) -> SubjectFlags,
) -> Result<(), R::Error> {
    for token in tokens {
        let flags = register.flags(*token)?;
        register.set_flags(*token, change(flags))?;
    }
    Ok(())
}

/// What the register says about an operation.
///
/// # Errors
/// What the register refuses.
pub fn facts_of<R: Register + ?Sized>(
    register: &mut R,
    operation: &Operation<'_>,
) -> Result<Facts, R::Error> {
    let flags = register.flags(operation.token)?;
    Ok(Facts {
        is_enrolled: operation.workspace == register.workspace()
            && register.device(operation.device)?.is_some_and(|record| !record.is_revoked),
        grant: register.grant(operation.grant)?,
        basis: register.basis(operation.token, operation.purpose)?,
        is_member: register.is_member(operation.grant, operation.token)?,
        is_restricted: flags.is_restricted,
        is_erased: flags.is_erased,
    })
}

/// A register in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryRegister {
    workspace: WorkspaceId,
    head: (u64, Hash),
    devices: BTreeMap<DeviceId, DeviceRecord>,
    grants: BTreeMap<GrantId, GrantRecord>,
    members: BTreeSet<(GrantId, SubjectToken)>,
    bases: BTreeMap<(SubjectToken, Purpose), SubjectBasis>,
    flags: BTreeMap<SubjectToken, SubjectFlags>,
}

impl MemoryRegister {
    /// The register of a workspace whose ledger is empty.
    #[must_use]
    pub fn new(workspace: WorkspaceId) -> Self {
        MemoryRegister {
            workspace,
            head: (0, Hash::ZERO),
            devices: BTreeMap::new(),
            grants: BTreeMap::new(),
            members: BTreeSet::new(),
            bases: BTreeMap::new(),
            flags: BTreeMap::new(),
        }
    }
}

impl Register for MemoryRegister {
    type Error = Error;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn head(&mut self) -> Result<(u64, Hash), Error> {
        Ok(self.head)
    }

    fn set_head(&mut self, seq: u64, hash: Hash) -> Result<(), Error> {
        self.head = (seq, hash);
        Ok(())
    }

    fn device(&mut self, device: DeviceId) -> Result<Option<DeviceRecord>, Error> {
        Ok(self.devices.get(&device).copied())
    }

    fn set_device(&mut self, record: &DeviceRecord) -> Result<(), Error> {
        self.devices.insert(record.info.device, *record);
        Ok(())
    }

    fn grant(&mut self, grant: GrantId) -> Result<Option<GrantRecord>, Error> {
        Ok(self.grants.get(&grant).cloned())
    }

    fn set_grant(&mut self, record: &GrantRecord) -> Result<(), Error> {
        self.grants.insert(record.grant.id, record.clone());
        Ok(())
    }

    fn is_member(&mut self, grant: GrantId, token: SubjectToken) -> Result<bool, Error> {
        Ok(self.members.contains(&(grant, token)))
    }

    fn add_members(&mut self, grant: GrantId, tokens: &[SubjectToken]) -> Result<(), Error> {
        self.members.extend(tokens.iter().map(|token| (grant, *token)));
        Ok(())
    }

    fn basis(&mut self, token: SubjectToken, purpose: Purpose) -> Result<Option<SubjectBasis>, Error> {
        Ok(self.bases.get(&(token, purpose)).copied())
    }

    fn set_bases(
        &mut self,
        tokens: &[SubjectToken],
        purpose: Purpose,
        basis: &SubjectBasis,
    ) -> Result<(), Error> {
        self.bases.extend(tokens.iter().map(|token| ((*token, purpose), *basis)));
        Ok(())
    }

    fn flags(&mut self, token: SubjectToken) -> Result<SubjectFlags, Error> {
        Ok(self.flags.get(&token).copied().unwrap_or_default())
    }

    fn set_flags(&mut self, token: SubjectToken, flags: SubjectFlags) -> Result<(), Error> {
        self.flags.insert(token, flags);
        Ok(())
    }
}
