//! Where a sealed envelope belongs. The place is authenticated with the content but never stored in it.

use crate::cbor::CborWriter;
use crate::keys::Id16;

/// The kind of thing that is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// A wrapped key in a slot.
    Slot,
    /// An entry of the consent ledger or the change log.
    Ledger,
    /// A chunk of a backup.
    Backup,
    /// A saved model that leaves the workspace.
    Model,
    /// One field group of a synced record.
    SyncField,
    /// The sync keys of a workspace, at home.
    SyncKeys,
    /// The key of one synced record, wrapped by a sync key.
    DataKey,
    /// The keys of one device, at home.
    DeviceKeys,
    /// A message to one device.
    ForDevice,
    /// What a new device is handed when it is paired.
    PairBundle,
}

impl Namespace {
    fn name(self) -> &'static str {
        match self {
            Self::Slot => "slot",
            Self::Ledger => "ledger",
            Self::Backup => "backup",
            Self::Model => "model",
            Self::SyncField => "sync-field",
            Self::SyncKeys => "sync-keys",
            Self::DataKey => "data-key",
            Self::DeviceKeys => "device-keys",
            Self::ForDevice => "for-device",
            Self::PairBundle => "pair-bundle",
        }
    }
}

/// Where among its siblings an envelope stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// It stands alone.
    Single,
    /// It is entry `sequence` of a log whose head before it was `previous_head`.
    Entry {
        /// The entry's number.
        sequence: u64,
        /// The hash that the log's head had before this entry.
        previous_head: [u8; 32],
    },
    /// It is chunk `index`, counted from 0, of a file.
    Chunk {
        /// The chunk's number.
        index: u64,
        /// Whether nothing follows it.
        last: bool,
    },
}

/// What an envelope is bound to. Opening under any other place fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The kind of thing.
    pub namespace: Namespace,
    /// The workspace it belongs to.
    pub workspace_id: Id16,
    /// Which thing of its kind, in bytes chosen by the caller.
    pub object_id: &'a [u8],
    /// The version of the content's own format.
    pub schema_version: u32,
    /// Where it stands among its siblings.
    pub position: Position,
}

impl Place<'_> {
    /// `["stillroom/1", namespace, workspace_id, object_id, key_id, schema_version, position]` in deterministic CBOR.
    pub(crate) fn associated_data(&self, key_id: Id16) -> Vec<u8> {
        let start = CborWriter::default()
            .array(7)
            .text("stillroom/1")
            .text(self.namespace.name())
            .bytes(&self.workspace_id.0)
            .bytes(self.object_id)
            .bytes(&key_id.0)
            .uint(u64::from(self.schema_version));
        match self.position {
            Position::Single => start.null(),
            Position::Entry { sequence, previous_head } => {
                start.array(2).uint(sequence).bytes(&previous_head)
            }
            Position::Chunk { index, last } => start.array(2).uint(index).boolean(last),
        }
        .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::hex_from_bytes;

    #[test]
    fn associated_data_is_the_documented_array() {
        let place = Place {
            namespace: Namespace::Backup,
            workspace_id: Id16([0x11; 16]),
            object_id: b"ab",
            schema_version: 3,
            position: Position::Chunk { index: 300, last: true },
        };
        let expected = [
            "87",
            "6b7374696c6c726f6f6d2f31",
            "666261636b7570",
            "5011111111111111111111111111111111",
            "426162",
            "5022222222222222222222222222222222",
            "03",
            "8219012cf5",
        ]
        .concat();
        assert_eq!(hex_from_bytes(&place.associated_data(Id16([0x22; 16]))), expected);
    }
}
