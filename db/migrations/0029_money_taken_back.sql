-- What of the money that charges collected is not there any more, and what never was at a provider.
--
-- Why: a dispute, a returned debit or a refund made beside billing takes away what billing believed to have; sums of what
-- is paid, schedules and refunds have to know. `taken_back_minor` is what of a charge's money others have taken or given
-- back; `outside_minor` is what was paid, or of a refund given back, without a provider: nothing can be given back from
-- it through one (F28, F95).
ALTER TABLE billing_charges ADD COLUMN taken_back_minor @int NOT NULL DEFAULT 0
    CHECK (taken_back_minor = 0
        OR (is_refund = 0 AND status = 'succeeded' AND taken_back_minor BETWEEN 1 AND amount_minor));
ALTER TABLE billing_charges ADD COLUMN outside_minor @int NOT NULL DEFAULT 0
    CHECK (outside_minor BETWEEN 0 AND amount_minor);
-- Charges whose status a person had set to paid have no payment.
UPDATE billing_charges SET outside_minor = amount_minor
    WHERE status = 'succeeded' AND payment_id IS NULL AND is_refund = 0;

-- And of refunds what a person gave back otherwise.
UPDATE billing_charges SET outside_minor = amount_minor - done_minor, done_minor = amount_minor
    WHERE status = 'succeeded' AND is_refund = 1 AND done_minor < amount_minor;
-- Which attempt's money was there and has gone again, until it is paid once more. Such a charge is owed also when its
-- owner has ended since, because it was counted as paid then.
ALTER TABLE billing_charges ADD COLUMN returned_attempt @int
    CHECK (returned_attempt IS NULL OR (is_refund = 0 AND returned_attempt BETWEEN 1 AND attempts));

-- A debit that is returned is unpaid again, also when something of it had been given back before: then more was given
-- back than is paid, until it is collected again. So the CHECK that no more is given back than was paid becomes one that
-- no more is than was asked for. SQLite cannot change one.
-- only sqlite
CREATE TABLE payment_terms_anew (
    merchant_id         @int  NOT NULL,
    id                  @id   NOT NULL,
    customer_id         TEXT  NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 64),
    status              TEXT  NOT NULL
        CHECK (status IN ('active', 'held', 'completed', 'pending_cancellation', 'canceled')),
    currency            TEXT  NOT NULL CHECK (length(currency) = 3),
    start_on            TEXT  NOT NULL CHECK (length(start_on) = 10),      -- The merchant's day.
    term_months         @int  NOT NULL CHECK (term_months BETWEEN 1 AND 600),
    billing_day         @int  NOT NULL CHECK (billing_day BETWEEN 1 AND 31),
    total_minor         @int  NOT NULL CHECK (total_minor BETWEEN 1 AND 1000000000000000),
    shared_from         @int  NOT NULL CHECK (shared_from BETWEEN 1 AND term_months + 1),
    shared_minor        @int  NOT NULL CHECK (shared_minor BETWEEN 0 AND total_minor),
    billed_count        @int  NOT NULL CHECK (billed_count BETWEEN 0 AND term_months),
    billed_minor        @int  NOT NULL CHECK (billed_minor >= 0),
    returned_minor      @int  NOT NULL CHECK (returned_minor >= 0),
    paid_minor          @int  NOT NULL CHECK (paid_minor BETWEEN 0 AND billed_minor),
    refunded_minor      @int  NOT NULL CHECK (refunded_minor BETWEEN 0 AND returned_minor),
    compensations       @int  NOT NULL CHECK (compensations >= 0),
    cancellation_terms  TEXT  NOT NULL,                                    -- JSON; never changed (A-AS-16).
    adjustment          TEXT  NOT NULL CHECK (adjustment IN ('catch_up', 'spread')),
    retry_policy        TEXT  NOT NULL,
    payment_method_id   @id,
    mandate_of          @id,
    description         TEXT  NOT NULL,
    canceled_on         TEXT,                                              -- The merchant's day.
    settlement          TEXT,                                              -- JSON: what the cancellation came to.
    correlation_id      TEXT  NOT NULL,
    version             @int  NOT NULL CHECK (version >= 1),
    created_at          @int  NOT NULL,
    updated_at          @int  NOT NULL,
    PRIMARY KEY (merchant_id, id),
    -- No more is given back than was ever asked for (F95).
    CHECK (returned_minor <= billed_minor),
    CHECK (payment_method_id IS NULL OR mandate_of IS NULL),
    CHECK ((canceled_on IS NOT NULL) = (status IN ('pending_cancellation', 'canceled'))),
    CHECK (settlement IS NULL OR canceled_on IS NOT NULL),
    CHECK (settlement IS NOT NULL OR status <> 'canceled')
) @strict;
INSERT INTO payment_terms_anew
    SELECT merchant_id, id, customer_id, status, currency, start_on, term_months, billing_day, total_minor, shared_from,
        shared_minor, billed_count, billed_minor, returned_minor, paid_minor, refunded_minor, compensations,
        cancellation_terms, adjustment, retry_policy, payment_method_id, mandate_of, description, canceled_on, settlement,
        correlation_id, version, created_at, updated_at
    FROM payment_terms ORDER BY rowid;
DROP TABLE payment_terms;
ALTER TABLE payment_terms_anew RENAME TO payment_terms;
CREATE INDEX payment_terms_by_customer ON payment_terms (merchant_id, customer_id, id);
CREATE INDEX payment_terms_by_status ON payment_terms (merchant_id, status, id);
-- end
-- only postgres
DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT conname FROM pg_constraint
        WHERE contype = 'c' AND conrelid = 'payment_terms'::regclass
            AND pg_get_constraintdef(oid) LIKE '%returned_minor <= paid_minor%'
    LOOP
        EXECUTE format('ALTER TABLE payment_terms DROP CONSTRAINT %I', made.conname);
    END LOOP;
END $$;
ALTER TABLE payment_terms ADD CHECK (returned_minor <= billed_minor);
-- end
-- What of `paid_minor` is not there any more, though the charges stay paid: disputes, and refunds made beside billing.
ALTER TABLE payment_terms ADD COLUMN taken_back_minor @int NOT NULL DEFAULT 0
    CHECK (taken_back_minor BETWEEN 0 AND paid_minor);
