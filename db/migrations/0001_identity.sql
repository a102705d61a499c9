-- Merchants: the tenants to whom every other row belongs.
--
-- Why a small number for a key: it leads every key and index of every table. Numbers are given out one
-- after another (not by the engine's sequence, which a distributed database cannot count on) and are
-- never used again, because merchants are switched off and never deleted.
CREATE TABLE merchants (
    id                @int  NOT NULL PRIMARY KEY CHECK (id >= 1),
    name              TEXT  NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    connector         TEXT  NOT NULL CHECK (connector <> ''),  -- who moves this merchant's money
    time_zone         TEXT  NOT NULL DEFAULT 'UTC' CHECK (time_zone <> ''),
    default_currency  TEXT  NOT NULL CHECK (length(default_currency) = 3),
    is_active         @int  NOT NULL CHECK (is_active IN (0, 1)),
    is_sandbox        @int  NOT NULL CHECK (is_sandbox IN (0, 1)),
    created_at        @int  NOT NULL,
    updated_at        @int  NOT NULL CHECK (updated_at >= created_at),
    version           @int  NOT NULL CHECK (version >= 1)
) @strict;

-- API keys, of which only the hash is kept.
--
-- Why plain SHA-256 and no slow hash: a key is 256 random bits, so there is no list of likely ones to
-- try, and a slow hash would only slow down every request.
CREATE TABLE api_keys (
    merchant_id   @int    NOT NULL,
    id            @id     NOT NULL,
    hash          @bytes  NOT NULL CHECK (length(hash) = 32),
    label         TEXT    NOT NULL CHECK (length(label) <= 100),
    scopes        TEXT    NOT NULL CHECK (scopes <> ''),  -- separated by single spaces
    expires_at    @int,                                   -- NULL: never
    revoked_at    @int,                                   -- NULL: in use
    rotated_from  @id,                                    -- the key whose place it takes
    created_at    @int    NOT NULL,
    CHECK (expires_at IS NULL OR expires_at >= created_at),
    CHECK (revoked_at IS NULL OR revoked_at >= created_at),
    PRIMARY KEY (merchant_id, id)
) @strict;

-- For identity.find_key. It does not begin with the merchant, because this is where we find out which
-- merchant asks; it also keeps two merchants from ever holding one key.
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
