-- Webhooks that providers have sent us.
--
-- Why: 200 is only answered once the message is here, so that none is lost, and a provider's event is known for
-- good, so that a copy of it does nothing, however late it comes (F40, F47, F49).
CREATE TABLE webhook_events (
    merchant_id     @int    NOT NULL,     -- 0: the account at the provider is the whole installation's.
    connector       TEXT    NOT NULL,
    event_id        TEXT    NOT NULL CHECK (length(event_id) BETWEEN 1 AND 255),
    id              @id     NOT NULL,     -- Ours; of its job too.
    event_type      TEXT    NOT NULL,
    reference       TEXT    NOT NULL,     -- Ours of the operation; empty: it names none.
    -- unmatched: genuine, and about nothing that was made here.
    status          TEXT    NOT NULL CHECK (status IN ('received', 'processed', 'unmatched')),
    body_hash       @bytes  NOT NULL,     -- SHA-256: a copy with another body is not taken for the same (F48).
    sealed_body     @bytes  NOT NULL,     -- As it came. It may hold personal data.
    correlation_id  TEXT    NOT NULL,
    created_at      @int    NOT NULL,
    processed_at    @int,
    PRIMARY KEY (merchant_id, connector, event_id),
    CHECK ((processed_at IS NULL) = (status = 'received'))
) @strict;

-- For operators: what came, of one type or state (requirements D-DM-08). How often one was tried and why it failed is
-- told by its job.
CREATE INDEX webhook_events_by_type ON webhook_events (merchant_id, event_type, id);
CREATE INDEX webhook_events_by_status ON webhook_events (merchant_id, status, id);
