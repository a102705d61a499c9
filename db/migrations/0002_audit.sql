-- Who did or read what: append-only, and chained so that nothing can be changed or taken out unseen.
--
-- Why: each record's hash is keyed and covers the record before it in its lane. A lane is one writing
-- connection's sequence of commits, so no two writers ever wait for each other's chain.
CREATE TABLE audit_log (
    merchant_id     @int    NOT NULL,
    lane            TEXT    NOT NULL,
    sequence        @int    NOT NULL CHECK (sequence >= 1),
    created_at      @int    NOT NULL,
    correlation_id  TEXT    NOT NULL,
    action          TEXT    NOT NULL CHECK (action <> ''),
    entity_type     TEXT    NOT NULL,
    entity_id       TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    changes         TEXT    NOT NULL,
    ip_address      TEXT    NOT NULL,
    user_agent      TEXT    NOT NULL,
    hash            @bytes  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (merchant_id, lane, sequence)
) @strict
-- only sqlite
, WITHOUT ROWID
-- end
;

-- For audit.list_by_correlation, audit.list_by_entity and audit.list_by_time (D-DM-09).
CREATE INDEX audit_log_correlation ON audit_log (merchant_id, correlation_id);
CREATE INDEX audit_log_entity ON audit_log (merchant_id, entity_type, entity_id, created_at);
CREATE INDEX audit_log_created ON audit_log (merchant_id, created_at);

-- Signed statements of how far each lane reached. The same statements are exported to a file.
--
-- Why: a chain shows what is missing between two records, not what is missing after the last.
CREATE TABLE audit_heads (
    merchant_id  @int    NOT NULL,
    lane         TEXT    NOT NULL,
    sequence     @int    NOT NULL CHECK (sequence >= 1),
    hash         @bytes  NOT NULL CHECK (length(hash) = 32),
    signed_at    @int    NOT NULL,
    mac          @bytes  NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (merchant_id, lane, sequence)
) @strict;
