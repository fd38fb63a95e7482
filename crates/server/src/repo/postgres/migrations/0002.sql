-- The last number whose deletion was dropped, and how deletions are found by their age.
ALTER TABLE stillroom.workspace ADD COLUMN floor bigint NOT NULL DEFAULT 0;
CREATE INDEX op_deleted_at ON stillroom.op (workspace_id, received_at) WHERE bytes IS NOT NULL AND kind = 'delete';
