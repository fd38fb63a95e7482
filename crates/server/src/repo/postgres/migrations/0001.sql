-- The first schema. Migrations are only added: a number that was released never changes.
--
-- Four schemas, so that each can be dumped, kept and put back apart: `stillroom` holds the records, `stillroom_keys` the
-- wrapped data keys that open them, `stillroom_ledger` what a restore of the records must not forget, and
-- `stillroom_control` who may enter.

CREATE SCHEMA stillroom;
CREATE SCHEMA stillroom_keys;
CREATE SCHEMA stillroom_ledger;
CREATE SCHEMA stillroom_control;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stillroom_work') THEN
        CREATE ROLE stillroom_work NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    -- Another database of the same cluster made it at the same moment.
    NULL;
END
$$;
GRANT stillroom_work TO CURRENT_USER;

-- The workspace a transaction is about, or null: then no row of any table is visible or can be written.
CREATE FUNCTION stillroom.current_workspace() RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN decode(current_setting('app.ws', true), 'hex');

-- Whether a transaction is about what spans workspaces: who may enter.
CREATE FUNCTION stillroom.is_control() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('app.control', true), '') = 'on';

-- Which workspaces there are and were.
CREATE TABLE stillroom_control.directory (
    workspace_id bytea PRIMARY KEY CHECK (octet_length(workspace_id) = 16),
    created_at bigint NOT NULL,
    deleted_at bigint
);

CREATE TABLE stillroom_control.token (
    workspace_id bytea NOT NULL,
    device bytea NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    enrolled_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    is_revoked boolean NOT NULL,
    PRIMARY KEY (workspace_id, device)
);

CREATE TABLE stillroom_control.pairing (
    workspace_id bytea NOT NULL,
    pairing bytea NOT NULL UNIQUE,
    bundle bytea NOT NULL,
    expires_at bigint NOT NULL,
    claim bytea,
    PRIMARY KEY (workspace_id, pairing)
);

-- One row for each workspace: where ledger and sequence stand. Writers lock it, so numbers have no gaps; a sequence
-- object would leave one with every transaction that fails.
CREATE TABLE stillroom.workspace (
    workspace_id bytea PRIMARY KEY CHECK (octet_length(workspace_id) = 16),
    ledger_seq bigint NOT NULL DEFAULT 0,
    ledger_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    seq bigint NOT NULL DEFAULT 0,
    chain bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    held_ops bigint NOT NULL DEFAULT 0,
    held_bytes bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

CREATE TABLE stillroom.device (
    workspace_id bytea NOT NULL,
    device bytea NOT NULL,
    signing_key bytea NOT NULL,
    sealing_key bytea NOT NULL,
    is_revoked boolean NOT NULL,
    PRIMARY KEY (workspace_id, device)
);

-- How far each device is. Its numbers only rise.
CREATE TABLE stillroom.progress (
    workspace_id bytea NOT NULL,
    device bytea NOT NULL,
    seq bigint NOT NULL,
    entry bigint NOT NULL,
    PRIMARY KEY (workspace_id, device)
) WITH (fillfactor = 50);

CREATE TABLE stillroom.sync_grant (
    workspace_id bytea NOT NULL,
    grant_id bytea NOT NULL,
    purpose text NOT NULL,
    valid_from bigint NOT NULL,
    expires_at bigint NOT NULL,
    withdrawn_at bigint,
    record bytea NOT NULL,
    PRIMARY KEY (workspace_id, grant_id)
);

CREATE TABLE stillroom.member (
    workspace_id bytea NOT NULL,
    grant_id bytea NOT NULL,
    token bytea NOT NULL,
    PRIMARY KEY (workspace_id, grant_id, token)
);

CREATE TABLE stillroom.basis (
    workspace_id bytea NOT NULL,
    token bytea NOT NULL,
    purpose text NOT NULL,
    expires_at bigint,
    record bytea NOT NULL,
    PRIMARY KEY (workspace_id, token, purpose)
);
CREATE INDEX basis_expires_at ON stillroom.basis (workspace_id, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE stillroom.subject (
    workspace_id bytea NOT NULL,
    token bytea NOT NULL,
    is_restricted boolean NOT NULL,
    is_erased boolean NOT NULL,
    PRIMARY KEY (workspace_id, token)
);

CREATE TABLE stillroom_ledger.entry (
    workspace_id bytea NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    received_at bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);

-- Records erased for ever, whatever a restored backup says.
CREATE TABLE stillroom_ledger.erased (
    workspace_id bytea NOT NULL,
    token bytea NOT NULL,
    PRIMARY KEY (workspace_id, token)
);

-- The sequence. What is gone keeps number, kind, device number and hash.
CREATE TABLE stillroom.op (
    workspace_id bytea NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('set', 'delete', 'erase', 'void')),
    device bytea NOT NULL,
    device_seq bigint NOT NULL,
    chain bytea NOT NULL,
    op_hash bytea NOT NULL,
    n_bytes integer NOT NULL,
    received_at bigint,
    hlc bigint,
    token bytea,
    purpose text,
    grant_id bytea,
    field_group text,
    part bigint,
    bytes bytea,
    PRIMARY KEY (workspace_id, seq),
    UNIQUE (workspace_id, device, device_seq)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
-- Sealed content does not compress; trying costs time.
ALTER TABLE stillroom.op ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX op_token ON stillroom.op (workspace_id, token) WHERE bytes IS NOT NULL;
CREATE INDEX op_grant ON stillroom.op (workspace_id, grant_id) WHERE bytes IS NOT NULL AND kind = 'set';
CREATE INDEX op_received_at ON stillroom.op (workspace_id, purpose, received_at) WHERE bytes IS NOT NULL AND kind = 'set';

CREATE TABLE stillroom.removal (
    workspace_id bytea NOT NULL,
    last_entry bigint NOT NULL,
    first_entry bigint NOT NULL,
    next_entry bigint NOT NULL,
    requested_at bigint NOT NULL,
    completed_at bigint,
    n_rows bigint NOT NULL,
    n_keys bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (workspace_id, last_entry)
);

CREATE TABLE stillroom_keys.data_key (
    workspace_id bytea NOT NULL,
    dek bytea NOT NULL,
    token bytea NOT NULL,
    epoch bigint NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (workspace_id, dek)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX data_key_token ON stillroom_keys.data_key (workspace_id, token);

-- The last of the places that refuse: whatever a program above believes, no content is stored without a live grant.
CREATE FUNCTION stillroom.refuse_without_grant() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added
        LEFT JOIN stillroom.sync_grant AS given
            ON given.workspace_id = added.workspace_id AND given.grant_id = added.grant_id
        WHERE added.kind = 'set'
          AND NOT coalesce(
              given.withdrawn_at IS NULL
              AND given.purpose = added.purpose
              AND given.valid_from <= added.received_at
              AND added.received_at < given.expires_at, false)
    ) THEN
        RAISE EXCEPTION 'a set without a live grant' USING ERRCODE = 'SR001';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refuse_without_grant AFTER INSERT ON stillroom.op
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION stillroom.refuse_without_grant();

GRANT USAGE ON SCHEMA stillroom, stillroom_keys, stillroom_ledger, stillroom_control TO stillroom_work;

DO $$
DECLARE
    place record;
BEGIN
    FOR place IN
        SELECT schemaname, tablename FROM pg_tables
        WHERE schemaname IN ('stillroom', 'stillroom_keys', 'stillroom_ledger', 'stillroom_control')
    LOOP
        EXECUTE format(
            CASE place.schemaname
                WHEN 'stillroom_control' THEN 'CREATE POLICY control ON %I.%I USING (stillroom.is_control())'
                ELSE 'CREATE POLICY own ON %I.%I
                      USING (workspace_id = (SELECT stillroom.current_workspace()))
                      WITH CHECK (workspace_id = stillroom.current_workspace())'
            END, place.schemaname, place.tablename);
        EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', place.schemaname, place.tablename);
        EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', place.schemaname, place.tablename);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO stillroom_work', place.schemaname, place.tablename);
    END LOOP;
    -- What a ledger says is never rewritten.
    REVOKE UPDATE ON stillroom_ledger.entry, stillroom_ledger.erased FROM stillroom_work;
END
$$;
