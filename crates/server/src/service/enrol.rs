//! Who may enter: workspaces, tokens, pairings.

use sha2::{Digest as _, Sha256};
use stillroom_consent::cbor::{decode, encode};
use stillroom_consent::{Blob, DeviceId, Hash, PairingId, WorkspaceId};
use stillroom_sync::wire::{Claimed, PairClaim, PairOffer, PairOffered, PairState};
use subtle::ConstantTimeEq as _;

use super::Caller;
use super::keys::random;
use crate::Fault;
use crate::repo::{Control, PairingRow, TokenRow};

const MINUTE_MILLIS: i64 = 60_000;
const HOUR_MILLIS: i64 = 60 * MINUTE_MILLIS;
/// How long a token opens after its last use.
const TOKEN_MILLIS: i64 = 90 * 24 * HOUR_MILLIS;
/// How long the token of a device opens that is not in the ledger yet.
const WAITING_MILLIS: i64 = 24 * HOUR_MILLIS;
/// How long an offer to pair stands.
const PAIRING_MILLIS: i64 = 10 * MINUTE_MILLIS;
/// Longest bundle of an offer, in bytes.
const MAX_BUNDLE_BYTES: usize = 16 * 1024;

/// A new device token: 32 random bytes and their hash, which is all that is kept.
pub(super) fn new_token() -> Result<(Blob, Hash), Fault> {
    let token = random::<32>()?;
    Ok((Blob(token.to_vec()), hash_of(&token)))
}

/// What is kept of a token.
pub(super) fn hash_of(token: &[u8; 32]) -> Hash {
    Hash(Sha256::digest(token).into())
}

/// Notes a workspace and the token of its first device.
pub(super) fn add_workspace(
    control: &mut dyn Control,
    workspace: WorkspaceId,
    device: DeviceId,
    token_hash: Hash,
    now: i64,
) -> Result<(), Fault> {
    if !control.add_workspace(workspace, now)? {
        return Err(Fault::Exists);
    }
    control.put_token(&TokenRow {
        workspace,
        device,
        hash: token_hash,
        enrolled_at: now,
        last_seen_at: now,
        expires_at: now + TOKEN_MILLIS,
        is_revoked: false,
    })
}

/// The token a request brings, if it opens anything now.
pub(super) fn open(control: &mut dyn Control, token: &[u8; 32], now: i64) -> Result<TokenRow, Fault> {
    let hash = hash_of(token);
    let row = control.token(hash)?.ok_or(Fault::Unauthorized)?;
    let is_same = bool::from(row.hash.0.ct_eq(&hash.0));
    if is_same && !row.is_revoked && now < row.expires_at { Ok(row) } else { Err(Fault::Unauthorized) }
}

/// Whether the last use is long enough ago to be noted anew.
pub(super) fn is_stale(row: &TokenRow, now: i64) -> bool {
    now.saturating_sub(row.last_seen_at) >= HOUR_MILLIS
}

/// Notes a use; the token of an enrolled device opens for another 90 days.
pub(super) fn touch(
    control: &mut dyn Control,
    row: &TokenRow,
    is_enrolled: bool,
    now: i64,
) -> Result<(), Fault> {
    let Some(stored) = control.token(row.hash)?.filter(|stored| !stored.is_revoked) else { return Ok(()) };
    let expires_at = if is_enrolled { now + TOKEN_MILLIS } else { stored.expires_at };
    control.put_token(&TokenRow { last_seen_at: now, expires_at, ..stored })
}

/// Lets the tokens of devices that joined open for 90 days, and ends those of devices that left.
pub(super) fn follow_ledger(
    control: &mut dyn Control,
    workspace: WorkspaceId,
    added: &[DeviceId],
    revoked: &[DeviceId],
    now: i64,
) -> Result<(), Fault> {
    for row in control.tokens(workspace)? {
        if revoked.contains(&row.device) {
            control.put_token(&TokenRow { is_revoked: true, ..row })?;
        } else if added.contains(&row.device) {
            control.put_token(&TokenRow { expires_at: now + TOKEN_MILLIS, ..row })?;
        }
    }
    Ok(())
}

/// Takes an offer to pair.
pub(super) fn offer(
    control: &mut dyn Control,
    caller: &Caller,
    offer: &PairOffer,
    now: i64,
) -> Result<PairOffered, Fault> {
    if offer.bundle.0.len() > MAX_BUNDLE_BYTES {
        return Err(Fault::TooLarge);
    }
    if control.pairing(offer.pairing)?.is_some() {
        return Err(Fault::Exists);
    }
    let expires_at = now + PAIRING_MILLIS;
    control.put_pairing(&PairingRow {
        pairing: offer.pairing,
        workspace: caller.workspace,
        bundle: offer.bundle.0.clone(),
        expires_at,
        claim: None,
    })?;
    Ok(PairOffered { expires_at })
}

/// Gives the one who claims an offer, once, a token that waits for its device to be enrolled.
pub(super) fn claim(
    control: &mut dyn Control,
    claim: &PairClaim,
    (token, token_hash): (Blob, Hash),
    now: i64,
) -> Result<Claimed, Fault> {
    let row = control.pairing(claim.pairing)?.ok_or(Fault::NotFound)?;
    if row.claim.is_some() || now >= row.expires_at {
        return Err(Fault::NotFound);
    }
    if control.tokens(row.workspace)?.iter().any(|known| known.device == claim.device.device) {
        return Err(Fault::Exists);
    }
    control.put_pairing(&PairingRow { claim: Some(encode(claim)), ..row.clone() })?;
    control.put_token(&TokenRow {
        workspace: row.workspace,
        device: claim.device.device,
        hash: token_hash,
        enrolled_at: now,
        last_seen_at: now,
        expires_at: now + WAITING_MILLIS,
        is_revoked: false,
    })?;
    Ok(Claimed { workspace: row.workspace, token, bundle: Blob(row.bundle) })
}

/// Whether an offer of the caller's workspace was claimed, and by whom.
pub(super) fn pairing(
    control: &mut dyn Control,
    caller: &Caller,
    pairing: PairingId,
    now: i64,
) -> Result<PairState, Fault> {
    let row = control.pairing(pairing)?.filter(|row| now < row.expires_at).ok_or(Fault::NotFound)?;
    if row.workspace != caller.workspace {
        return Err(Fault::Unauthorized);
    }
    let claim = row.claim.as_deref().map(decode).transpose();
    Ok(PairState { claim: claim.map_err(|_| Fault::Corrupt { what: "a claim" })? })
}
