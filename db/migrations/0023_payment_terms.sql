-- Payment terms: a total that a customer pays in monthly instalments, and what came of it so far.
--
-- Why: what is still to come is not rows but a rule (instalments from `shared_from` to the last share `shared_minor`),
-- so ten million terms are ten million rows, and an adjustment changes one. What was charged is billing's; the sums of
-- it are kept here because the next instalment, a compensation and a refund are computed from them in one unit.
-- (A-CM-11, A-ST-01, X-28, X-29)
CREATE TABLE payment_terms (
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
    -- No more is given back than was received (F95).
    CHECK (returned_minor <= paid_minor),
    CHECK (payment_method_id IS NULL OR mandate_of IS NULL),
    CHECK ((canceled_on IS NOT NULL) = (status IN ('pending_cancellation', 'canceled'))),
    CHECK (settlement IS NULL OR canceled_on IS NOT NULL),
    CHECK (settlement IS NOT NULL OR status <> 'canceled')
) @strict;

-- For payment_terms.list_by_customer and payment_terms.list_by_both, newest first.
CREATE INDEX payment_terms_by_customer ON payment_terms (merchant_id, customer_id, id);
-- For payment_terms.list_by_status, and payment_terms.running for the forecast.
CREATE INDEX payment_terms_by_status ON payment_terms (merchant_id, status, id);
