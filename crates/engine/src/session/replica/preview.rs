//! What a push contained, in words: opened again from what was sealed, so that the preview shows what really left.

use stillroom_store::sync::{
    SyncTransaction,
    content::{FieldContent, PartContent},
    journal::{Carried, NetworkRequest},
};
use stillroom_sync::{
    client::Exchange,
    wire::{Body, Kind, Op},
};

use super::{Sealer, Workspace, send::read_op};
use crate::{
    platform::Platform,
    protocol::Failure,
    session::{consent::name, customers::text, keys::Randomness, network::Preview},
};

/// Rows of a preview.
const MAX_ROWS: usize = 50;
/// Characters of a cell.
const MAX_CELL: usize = 300;

impl<P: Platform> Workspace<'_, P> {
    /// Notes a request before it leaves.
    pub(super) fn note_exchange(&mut self, exchange: &Exchange) -> Result<(), Failure> {
        let preview = match exchange.device_seqs {
            Some(seqs) => serde_json::to_string(&self.preview(seqs)?).unwrap_or_default(),
            None => String::new(),
        };
        let carried = exchange.carried.iter().map(|carried| Carried {
            purpose: carried.purpose,
            grant: carried.grant,
            groups: carried.groups,
            n_operations: carried.n_ops,
            n_records: carried.n_records,
        });
        *self.line = self.store.note_request(&NetworkRequest {
            at_millis: exchange.at_millis,
            request: format!("{} {}", exchange.method.key(), exchange.endpoint),
            carried: carried.collect(),
            n_operations: exchange.n_ops,
            n_entries: exchange.n_entries,
            device_seqs: exchange.device_seqs,
            bytes_sent: exchange.bytes_sent,
            bytes_received: 0,
            status: None,
            preview,
        })?;
        Ok(())
    }

    fn preview(&mut self, (first, last): (u64, u64)) -> Result<Preview, Failure> {
        let now_millis = self.platform.now_millis();
        let Self { platform, store, enrolment, .. } = self;
        store.sync_transaction(now_millis, |tx| {
            let mut entropy = Randomness(*platform);
            let mut sealer = Sealer::new(enrolment, &mut entropy);
            let mut rows = Vec::new();
            for device_seq in (first..=last).take(MAX_ROWS) {
                let Some(bytes) = tx.outbox_row(device_seq)?.and_then(|row| row.op) else { continue };
                rows.push(row_of(tx, &mut sealer, &read_op(&bytes)?)?);
            }
            let columns = ["record", "what", "content"].map(str::to_owned).to_vec();
            Ok(Preview { columns, rows, n_rows: last.saturating_sub(first) + 1 })
        })
    }
}

fn row_of(tx: &SyncTransaction<'_>, sealer: &mut Sealer<'_>, op: &Op) -> Result<Vec<String>, Failure> {
    let record: String = op.token.to_string().chars().take(8).collect();
    let what = match (op.kind, op.group) {
        (Kind::Set, Some(group)) => group.key().to_owned(),
        (kind, _) => name(&kind),
    };
    let content = match &op.body {
        Body::None => String::new(),
        Body::Readable(numbers) => {
            let numbers = numbers.iter().map(|number| format!("{}: {}", name(&number.column), number.value));
            numbers.collect::<Vec<_>>().join("; ")
        }
        Body::Sealed(_) => match sealer.open(tx, op)? {
            Some(opened) => words(&PartContent::from_bytes(&opened)?),
            None => String::new(),
        },
    };
    Ok(vec![record, what, content.chars().take(MAX_CELL).collect()])
}

fn words(content: &PartContent) -> String {
    let field = |field: &FieldContent| {
        let label = field.shape.as_ref().map_or(field.key.as_str(), |shape| shape.label.as_str());
        format!("{label}: {}", text(&field.value))
    };
    let fields = content.fields.iter().chain(&content.scores).map(field);
    let lines = content.lines.iter().map(|line| format!("{} × {}", line.quantity, line.item_code));
    let words: Vec<String> = fields.chain(lines).collect();
    words.join("; ")
}
