//! Everything held about a workspace, read in steps so that neither side ever holds it whole.

use std::sync::Arc;

use stillroom_consent::{DataKeyId, WorkspaceId};
use stillroom_sync::wire::{Exported, MAX_BYTES, MAX_OPS, Op, Row, decode, encode};
use tokio::sync::mpsc;

use super::{Desk, Rules, ledger};
use crate::Fault;
use crate::repo::{StoredRow, Workspace};

/// Ledger entries or keys read at once.
const STEP: usize = 64;

/// Chunks of the sequence; the channel ends early when something fails, and whoever reads notices the missing end of the body.
pub(crate) type Chunks = mpsc::Receiver<Result<Vec<u8>, Fault>>;

/// Begins an export. It goes on for as long as somebody reads.
pub(crate) fn begin(desk: Arc<Desk>, workspace: WorkspaceId) -> Chunks {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        if let Err(fault) = send_all(&desk, workspace, &sender).await {
            let _ = sender.send(Err(fault)).await;
        }
    });
    receiver
}

/// Where the next step of an export begins.
#[derive(Debug, Clone, Copy)]
enum Place {
    Entries(u64),
    Rows(u64),
    Keys(Option<DataKeyId>),
    End,
}

async fn send_all(
    desk: &Desk,
    workspace: WorkspaceId,
    sender: &mpsc::Sender<Result<Vec<u8>, Fault>>,
) -> Result<(), Fault> {
    let rules = desk.rules();
    let head = desk.repo().read_with(workspace, move |room| heads(room, &rules)).await?;
    let devices = desk.all_devices(workspace).await?.devices.into_iter().map(Exported::Device);
    let receipts = desk.all_receipts(workspace).await?.receipts.into_iter().map(Exported::Receipt);
    let first: Vec<Exported> = std::iter::once(head).chain(devices).chain(receipts).collect();
    let mut chunk = sequence(&first);
    let mut place = Place::Entries(0);
    loop {
        if sender.send(Ok(chunk)).await.is_err() {
            return Ok(());
        }
        let at = place;
        let (items, next) = match at {
            Place::End => return Ok(()),
            _ => desk.repo().read_with(workspace, move |room| step(room, at)).await?,
        };
        chunk = sequence(&items);
        place = next;
    }
}

fn sequence(items: &[Exported]) -> Vec<u8> {
    items.iter().flat_map(encode).collect()
}

fn heads(room: &mut dyn Workspace, rules: &Rules) -> Result<Exported, Fault> {
    let (workspace, tail) = (room.workspace(), room.tail()?);
    Ok(Exported::Heads {
        ledger: rules.keys.ledger_head(workspace, room.head()?, rules.now),
        sequence: rules.keys.sequence_head(workspace, (tail.seq, tail.chain), rules.now),
    })
}

fn step(room: &mut dyn Workspace, place: Place) -> Result<(Vec<Exported>, Place), Fault> {
    match place {
        Place::Entries(since) => {
            let rows = room.entries_since(since, STEP)?;
            let next = rows.last().map_or(Place::Rows(0), |row| Place::Entries(row.seq));
            let items =
                rows.iter().map(|row| ledger::read(row).map(Exported::Entry)).collect::<Result<_, _>>()?;
            Ok((items, next))
        }
        Place::Rows(since) => {
            let rows = room.rows_since(since, MAX_OPS, MAX_BYTES)?;
            let next = rows.last().map_or(Place::Keys(None), |row| Place::Rows(row.seq));
            let items = rows.into_iter().map(|row| held(row).map(Exported::Row)).collect::<Result<_, _>>()?;
            Ok((items, next))
        }
        Place::Keys(after) => {
            let keys = room.keys_after(after, STEP)?;
            let next = keys.last().map_or(Place::End, |key| Place::Keys(Some(key.dek)));
            Ok((keys.into_iter().map(Exported::Key).collect(), next))
        }
        Place::End => Ok((Vec::new(), Place::End)),
    }
}

/// A row exactly as it is held, whatever the consent says by now: who asks wants to know what is here.
fn held(row: StoredRow) -> Result<Row, Fault> {
    let (seq, op_hash) = (row.seq, row.op_hash);
    match row.bytes.as_deref().map(decode::<Op>).transpose() {
        Ok(Some(op)) => Ok(Row::Op { seq, op }),
        Ok(None) => Ok(Row::Gone { seq, op_hash }),
        Err(_) => Err(Fault::Corrupt { what: "an operation" }),
    }
}
