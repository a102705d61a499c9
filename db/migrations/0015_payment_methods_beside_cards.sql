-- Payments by other means than cards, payers who have something to do first, and money that is taken back.
--
-- Why the tables are made anew on SQLite: it cannot change a CHECK, and both have one that lists words.
-- `method` is how the payer pays; `card_last4` is then of whatever account pays. `action_url` is where the payer has to go
-- while the state is `requires_action`. `charged_back_minor` is what was taken back and has not come back: it may exceed
-- what refunds have left, since a chargeback asks nobody (F28).
-- only sqlite
CREATE TABLE payments_anew (
    merchant_id         @int  NOT NULL,
    id                  @id   NOT NULL,
    state               TEXT  NOT NULL CHECK (state IN ('created', 'processing', 'unknown', 'requires_action', 'pending',
                              'authorized', 'captured', 'quarantined', 'declined', 'failed', 'canceled', 'expired')),
    currency            TEXT  NOT NULL CHECK (length(currency) = 3),
    amount_minor        @int  NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000000),
    authorized_minor    @int  NOT NULL DEFAULT 0 CHECK (authorized_minor >= 0),
    captured_minor      @int  NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    refunded_minor      @int  NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    charged_back_minor  @int  NOT NULL DEFAULT 0 CHECK (charged_back_minor BETWEEN 0 AND captured_minor),
    method              TEXT  NOT NULL DEFAULT 'card' CHECK (method IN ('card', 'ideal', 'sepa_debit', 'ach_debit',
                              'wallet', 'hosted_page')),
    customer_id         TEXT,
    connector           TEXT  NOT NULL,
    payment_method_id   @id,
    card_last4          TEXT  NOT NULL DEFAULT '' CHECK (length(card_last4) IN (0, 4)),
    card_brand          TEXT  NOT NULL DEFAULT '',
    card_expiry         @int  NOT NULL DEFAULT 0,    -- Year * 100 + month; 0: none.
    stored_token        @bytes,                      -- The provider's token of the card, sealed.
    action_url          TEXT,
    metadata            TEXT  NOT NULL DEFAULT '{}',
    version             @int  NOT NULL CHECK (version >= 0),
    created_at          @int  NOT NULL,
    updated_at          @int  NOT NULL,
    expires_at          @int,
    PRIMARY KEY (merchant_id, id)
) @strict;
INSERT INTO payments_anew (merchant_id, id, state, currency, amount_minor, authorized_minor, captured_minor,
        refunded_minor, customer_id, connector, payment_method_id, card_last4, card_brand, card_expiry, stored_token,
        metadata, version, created_at, updated_at, expires_at)
    SELECT merchant_id, id, state, currency, amount_minor, authorized_minor, captured_minor, refunded_minor, customer_id,
        connector, payment_method_id, card_last4, card_brand, card_expiry, stored_token, metadata, version, created_at,
        updated_at, expires_at
    FROM payments ORDER BY rowid;
DROP TABLE payments;
ALTER TABLE payments_anew RENAME TO payments;
CREATE INDEX payments_by_customer ON payments (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX payments_by_state ON payments (merchant_id, state, id);
CREATE INDEX payments_expiring ON payments (merchant_id, expires_at)
    WHERE expires_at IS NOT NULL AND state IN ('created', 'authorized', 'captured', 'quarantined');

CREATE TABLE transactions_anew (
    merchant_id        @int  NOT NULL,
    id                 @id   NOT NULL,
    payment_id         @id   NOT NULL,
    type               TEXT  NOT NULL CHECK (type IN ('authorize', 'purchase', 'capture', 'refund', 'cancel',
                             'chargeback', 'chargeback_reversal')),
    status             TEXT  NOT NULL CHECK (status IN ('processing', 'unknown', 'pending', 'approved', 'quarantined',
                             'declined', 'failed')),
    amount_minor       @int  NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    currency           TEXT  NOT NULL CHECK (length(currency) = 3),
    approved_minor     @int  NOT NULL DEFAULT 0 CHECK (approved_minor >= 0),
    used_minor         @int  NOT NULL DEFAULT 0 CHECK (used_minor BETWEEN 0 AND approved_minor),
    parent_id          @id,
    correlation_id     TEXT  NOT NULL,
    reference_number   TEXT  NOT NULL CHECK (length(reference_number) = 20),
    customer_id        TEXT,
    payment_method_id  @id,
    provider_id        TEXT,
    auth_code          TEXT,
    decline_class      TEXT,
    provider_code      TEXT,
    message            TEXT,
    avs                TEXT,
    cvv                TEXT,
    idempotency_key    TEXT,
    metadata           TEXT  NOT NULL DEFAULT '{}',
    flags              @int  NOT NULL DEFAULT 0,     -- 1: made by an expiry; 2: a later capture of its authorization.
    actor              TEXT  NOT NULL,
    ip_address         TEXT  NOT NULL,
    user_agent         TEXT  NOT NULL,
    traceparent        TEXT  NOT NULL DEFAULT '',
    node               TEXT  NOT NULL,               -- Who sent it: after a crash that node's open rows are orphans.
    checks             @int  NOT NULL DEFAULT 0,
    not_found          @int  NOT NULL DEFAULT 0,
    next_check_at      @int,                         -- When to look at it next; NULL: nothing can come of it any more.
    created_at         @int  NOT NULL,
    updated_at         @int  NOT NULL,
    expires_at         @int,
    PRIMARY KEY (merchant_id, id),
    -- What is open is looked at. What never reached the provider is too, for a day: it may still come true. And so is
    -- money that may be taken back: a direct debit.
    CHECK (next_check_at IS NOT NULL OR status IN ('approved', 'quarantined', 'declined', 'failed')),
    CHECK (next_check_at IS NULL OR status <> 'declined'),
    CHECK (next_check_at IS NULL OR status <> 'approved' OR type IN ('purchase', 'capture')),
    CHECK ((parent_id IS NOT NULL) = (type NOT IN ('authorize', 'purchase')))
) @strict;
INSERT INTO transactions_anew SELECT merchant_id, id, payment_id, type, status, amount_minor, currency, approved_minor,
        used_minor, parent_id, correlation_id, reference_number, customer_id, payment_method_id, provider_id, auth_code,
        decline_class, provider_code, message, avs, cvv, idempotency_key, metadata, flags, actor, ip_address, user_agent,
        traceparent, node, checks, not_found, next_check_at, created_at, updated_at, expires_at
    FROM transactions ORDER BY rowid;
DROP TABLE transactions;
ALTER TABLE transactions_anew RENAME TO transactions;
CREATE INDEX transactions_by_payment ON transactions (merchant_id, payment_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX transactions_by_correlation ON transactions (merchant_id, correlation_id);
CREATE INDEX transactions_by_customer ON transactions (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX transactions_by_status ON transactions (merchant_id, status, id);
CREATE INDEX transactions_open ON transactions (merchant_id, next_check_at) WHERE next_check_at IS NOT NULL;
-- end
-- only postgres
DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT conname, conrelid::regclass::text AS belongs_to FROM pg_constraint
        WHERE contype = 'c' AND ((conrelid = 'payments'::regclass AND pg_get_constraintdef(oid) LIKE '%''quarantined''%')
            OR (conrelid = 'transactions'::regclass AND (pg_get_constraintdef(oid) LIKE '%''capture''%'
                OR pg_get_constraintdef(oid) LIKE '%next_check_at IS NULL%')))
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', made.belongs_to, made.conname);
    END LOOP;
END $$;
ALTER TABLE payments
    ADD COLUMN charged_back_minor @int NOT NULL DEFAULT 0 CHECK (charged_back_minor BETWEEN 0 AND captured_minor),
    ADD COLUMN method TEXT NOT NULL DEFAULT 'card' CHECK (method IN ('card', 'ideal', 'sepa_debit', 'ach_debit', 'wallet',
        'hosted_page')),
    ADD COLUMN action_url TEXT,
    ADD CHECK (state IN ('created', 'processing', 'unknown', 'requires_action', 'pending', 'authorized', 'captured',
        'quarantined', 'declined', 'failed', 'canceled', 'expired'));
ALTER TABLE transactions
    ADD CHECK (type IN ('authorize', 'purchase', 'capture', 'refund', 'cancel', 'chargeback', 'chargeback_reversal')),
    ADD CHECK (next_check_at IS NULL OR status <> 'declined'),
    ADD CHECK (next_check_at IS NULL OR status <> 'approved' OR type IN ('purchase', 'capture')),
    ADD CHECK ((parent_id IS NOT NULL) = (type NOT IN ('authorize', 'purchase')));
-- end

-- What a provider has taken back is known by the provider's own id of it, for good: told twice, it is booked once.
CREATE UNIQUE INDEX transactions_chargebacks ON transactions (merchant_id, parent_id, provider_id)
    WHERE type IN ('chargeback', 'chargeback_reversal');
