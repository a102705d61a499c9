-- Where merchants want to be told of events.
--
-- Why: an endpoint has a place of its own in its merchant's events, and what is sent to it is a job for each event, so
-- that one that is away holds up nobody but itself, and loses nothing.
CREATE TABLE webhook_endpoints (
    merchant_id             @int    NOT NULL,
    id                      @id     NOT NULL,
    url                     TEXT    NOT NULL CHECK (length(url) BETWEEN 8 AND 2000),
    description             TEXT    NOT NULL,
    event_types             TEXT    NOT NULL,    -- Separated by commas; empty: all.
    status                  TEXT    NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
    disabled_reason         TEXT    NOT NULL CHECK (disabled_reason IN ('', 'gone', 'failing')),
    sealed_secret           @bytes  NOT NULL,
    sealed_previous_secret  @bytes,
    previous_secret_until   @int,
    failing_since           @int,                -- Nothing has been taken since; NULL: the last one was.
    heard_position          @int    NOT NULL CHECK (heard_position >= 0),  -- The last event that was queued for it.
    version                 @int    NOT NULL CHECK (version >= 1),
    created_at              @int    NOT NULL,
    updated_at              @int    NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK ((disabled_reason <> '') = (status = 'disabled')),
    CHECK ((sealed_previous_secret IS NULL) = (previous_secret_until IS NULL))
) @strict;

-- Each try to deliver an event, for the merchant to see.
CREATE TABLE webhook_attempts (
    merchant_id  @int  NOT NULL,
    endpoint_id  @id   NOT NULL,
    id           @id   NOT NULL,
    event_id     TEXT  NOT NULL,
    number       @int  NOT NULL CHECK (number >= 1),
    at           @int  NOT NULL,
    duration_ms  @int  NOT NULL CHECK (duration_ms >= 0),
    status       @int,                           -- The receiver's; NULL: it did not answer.
    error        TEXT  NOT NULL,                 -- Empty: it was taken.
    PRIMARY KEY (merchant_id, endpoint_id, id)
) @strict;

-- For webhooks.attempts_of: how often an event was tried.
CREATE INDEX webhook_attempts_by_event ON webhook_attempts (merchant_id, endpoint_id, event_id);
