-- One row for every idempotency key that a merchant has used.
--
-- Why: the row is inserted before anything else of a request is done, in the same commit as its
-- intent; the primary key lets one request in (F11, F34). Its answer is kept as long as the payment it made.
CREATE TABLE idempotency_keys (
    merchant_id     @int    NOT NULL,
    key             TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    route           TEXT    NOT NULL,
    fingerprint     @bytes  NOT NULL,               -- Keyed hash of the request: the body held a card number.
    transaction_id  @id     NOT NULL,
    status          @int,                           -- NULL while there is no final answer.
    body            TEXT,
    created_at      @int    NOT NULL,
    PRIMARY KEY (merchant_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
) @strict;
