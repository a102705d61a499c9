-- Events to and from a message broker, and the webhooks of one payment for its timeline.
--
-- Why: one process at a time speaks with the broker, so that each event is sent once as a rule and an object's in their
-- order. How far it has come stands in event_cursors under the name 'broker'.
CREATE TABLE broker_leases (
    merchant_id  @int  NOT NULL,     -- 0: the broker is the installation's.
    name         TEXT  NOT NULL,
    holder       TEXT  NOT NULL,
    held_until   @int  NOT NULL,
    PRIMARY KEY (merchant_id, name)
) @strict;

-- Messages that came from the broker.
--
-- Why: one is accepted only once it is here, so that none is lost, and it is known for good, so that a copy of it does
-- nothing, however late it comes (F66). Its job has its id and tells what became of it.
CREATE TABLE broker_messages (
    merchant_id     @int    NOT NULL,     -- Whom it is for; 0: it names nobody that there is.
    message_id      TEXT    NOT NULL CHECK (length(message_id) BETWEEN 1 AND 255),
    id              @id     NOT NULL,
    type            TEXT    NOT NULL,
    body_hash       @bytes  NOT NULL,     -- SHA-256: a copy with another body is told from the same.
    sealed_body     @bytes  NOT NULL,     -- As it came. It may hold personal data.
    correlation_id  TEXT    NOT NULL,
    received_at     @int    NOT NULL,
    PRIMARY KEY (merchant_id, message_id)
) @strict;

-- The webhooks that name an operation. They belong to the installation, so its reference alone leads from a payment to
-- them. For webhook_events.of_reference.
CREATE INDEX webhook_events_by_reference ON webhook_events (merchant_id, reference, created_at) WHERE reference <> '';
