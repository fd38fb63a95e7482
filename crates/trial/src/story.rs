//! What a device was told is safe, and whether it is there.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use stillroom_consent::{Blob, DeviceId, Hash};
use stillroom_sync::wire::{Push, Pushed, Row, next_chain};

use crate::{Connection, Device, Refused};

/// How long a device waits before it sends again.
const PAUSE: Duration = Duration::from_millis(10);

/// Every operation that was acknowledged, by device and its number.
pub type Acknowledged = BTreeMap<(DeviceId, u64), Hash>;

/// The whole sequence of a workspace as a device pulls it.
#[derive(Debug)]
pub struct Sequence {
    /// Its rows, from number 1 on.
    pub rows: Vec<Row>,
    /// The chain's hash after the last one, recomputed here.
    pub chain: Hash,
}

/// Sends `push` until the server says that all of it is safe, however often the answer is lost.
///
/// # Errors
/// When the server refuses for good, or `is_over` says to stop.
pub fn push_until_safe(
    device: &Device,
    connection: &mut Connection,
    push: &Push,
    is_over: impl Fn() -> bool,
) -> Result<Pushed> {
    loop {
        match device.push(connection, push) {
            Ok(pushed) => {
                ensure!(pushed.denied.is_none(), "an operation was denied: {:?}", pushed.denied);
                let n_safe = pushed.n_known as usize + pushed.n_accepted as usize;
                ensure!(n_safe == push.ops.len(), "only {n_safe} operations of a push are safe");
                return Ok(pushed);
            }
            Err(error) if is_final(&error) => return Err(error),
            Err(error) if is_over() => return Err(error.context("no answer came in time")),
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Whether sending again cannot help: the server was there, and the fault is not its own.
fn is_final(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| {
        // 507: the workspace is full, and stays so.
        refused.status == 507 || (refused.status < 500 && refused.status != 429)
    })
}

/// Pulls the whole sequence and follows its chain.
///
/// # Errors
/// When a number is missing or twice there, or the chain is not the one the server says.
pub fn pull_all(device: &Device, connection: &mut Connection) -> Result<Sequence> {
    let mut sequence = Sequence { rows: Vec::new(), chain: Hash::ZERO };
    let mut cursor: Option<Blob> = None;
    loop {
        let page = device.pull(connection, cursor.as_ref())?;
        for row in page.rows {
            ensure!(row.seq() == sequence.rows.len() as u64 + 1, "number {} is out of place", row.seq());
            sequence.chain = next_chain(&sequence.chain, &row.op_hash());
            sequence.rows.push(row);
        }
        let head = page.head.head;
        ensure!(head.seq == sequence.rows.len() as u64, "the head is of another number");
        ensure!(head.chain == sequence.chain, "the chain is another");
        cursor = Some(page.cursor);
        if !page.has_more {
            return Ok(sequence);
        }
    }
}

impl Sequence {
    /// Checks that every acknowledged operation is there, once, and nothing else.
    ///
    /// # Errors
    /// With the first that is missing, altered or not acknowledged.
    pub fn expect_exactly(&self, acknowledged: &Acknowledged) -> Result<()> {
        let mut found = Acknowledged::new();
        for row in &self.rows {
            let Row::Op { op, seq } = row else { bail!("operation {} is gone", row.seq()) };
            let before = found.insert((op.device, op.device_seq), op.hash());
            ensure!(before.is_none(), "the operation at {seq} is there twice");
        }
        for (key, hash) in acknowledged {
            let there = found.get(key).with_context(|| format!("operation {} was lost", key.1))?;
            ensure!(there == hash, "operation {} was altered", key.1);
        }
        ensure!(found.len() == acknowledged.len(), "an operation is there that was not acknowledged");
        Ok(())
    }
}
