-- A payout that somebody has made by hand lies between automatic ones: a line of its own kind.
--
-- Why: a provider does not say what such a payout is of, and takes it off the next one. So it moves what it paid from the
-- clearing account to the bank without being of a transaction, and back where it is taken off. A CHECK lists the kinds of
-- lines, and another says that only transactions are settled; SQLite cannot change one, so the table is copied there. What
-- was imported before as an adjustment stays with whoever has its case.
-- only sqlite
CREATE TABLE settlement_lines_anew (
    merchant_id     @int  NOT NULL,
    id              @id   NOT NULL,
    settlement_id   @id   NOT NULL,
    provider_id     TEXT  NOT NULL CHECK (length(provider_id) BETWEEN 1 AND 255),
    kind            TEXT  NOT NULL CHECK (kind IN ('charge', 'refund', 'chargeback', 'chargeback_reversal', 'fee',
                          'adjustment', 'payout')),
    status          TEXT  NOT NULL CHECK (status IN ('matched', 'amount_differs', 'currency_differs', 'not_approved',
                          'open', 'unknown_operation', 'settled_twice')),
    currency        TEXT  NOT NULL CHECK (length(currency) = 3),
    gross_minor     @int  NOT NULL CHECK (gross_minor BETWEEN -1000000000000000 AND 1000000000000000),
    fee_minor       @int  NOT NULL CHECK (fee_minor BETWEEN -1000000000000000 AND 1000000000000000),
    expected_minor  @int  NOT NULL,                 -- What it settles in our books.
    reference       TEXT  NOT NULL,
    operation_id    TEXT  NOT NULL,                 -- The provider's own of the operation.
    description     TEXT  NOT NULL,
    payment_id      @id,
    transaction_id  @id,
    created_at      @int  NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK (expected_minor = 0 OR (kind = 'payout' AND status = 'matched')
        OR (status IN ('matched', 'amount_differs') AND transaction_id IS NOT NULL))
) @strict;
INSERT INTO settlement_lines_anew
    SELECT merchant_id, id, settlement_id, provider_id, kind, status, currency, gross_minor, fee_minor, expected_minor,
        reference, operation_id, description, payment_id, transaction_id, created_at
    FROM settlement_lines ORDER BY rowid;
DROP TABLE settlement_lines;
ALTER TABLE settlement_lines_anew RENAME TO settlement_lines;
-- For settlement_lines.insert: a line is booked once, whoever's it turns out to be.
CREATE UNIQUE INDEX settlement_lines_once ON settlement_lines (settlement_id, provider_id);
-- For settlement_lines.settled_of: a transaction is settled by one line.
CREATE UNIQUE INDEX settlement_lines_settled ON settlement_lines (merchant_id, payment_id, transaction_id)
    WHERE transaction_id IS NOT NULL AND status IN ('matched', 'amount_differs');
-- For settlement_lines.list.
CREATE INDEX settlement_lines_by_settlement ON settlement_lines (merchant_id, settlement_id, id);
-- end
-- only postgres
DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT conname FROM pg_constraint
        WHERE contype = 'c' AND conrelid = 'settlement_lines'::regclass
            AND (pg_get_constraintdef(oid) LIKE '%adjustment%' OR pg_get_constraintdef(oid) LIKE '%expected_minor%')
    LOOP
        EXECUTE format('ALTER TABLE settlement_lines DROP CONSTRAINT %I', made.conname);
    END LOOP;
END $$;
ALTER TABLE settlement_lines ADD CHECK (kind IN ('charge', 'refund', 'chargeback', 'chargeback_reversal', 'fee',
    'adjustment', 'payout'));
ALTER TABLE settlement_lines ADD CHECK (expected_minor = 0 OR (kind = 'payout' AND status = 'matched')
    OR (status IN ('matched', 'amount_differs') AND transaction_id IS NOT NULL));
-- end
