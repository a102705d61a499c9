-- Payments, and the transactions (operations at a provider) that they consist of.
--
-- Why: a transaction's row is committed before the provider is called, so that after a crash we know
-- which operations may have happened and can look them up.
CREATE TABLE payments (
    merchant_id        @int  NOT NULL,
    id                 @id   NOT NULL,
    state              TEXT  NOT NULL CHECK (state IN ('created', 'processing', 'unknown', 'pending', 'authorized',
                             'captured', 'quarantined', 'declined', 'failed', 'canceled', 'expired')),
    currency           TEXT  NOT NULL CHECK (length(currency) = 3),
    amount_minor       @int  NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000000),
    authorized_minor   @int  NOT NULL DEFAULT 0 CHECK (authorized_minor >= 0),
    captured_minor     @int  NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    refunded_minor     @int  NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    customer_id        TEXT,
    connector          TEXT  NOT NULL,
    payment_method_id  @id,
    card_last4         TEXT  NOT NULL DEFAULT '' CHECK (length(card_last4) IN (0, 4)),
    card_brand         TEXT  NOT NULL DEFAULT '',
    card_expiry        @int  NOT NULL DEFAULT 0,    -- Year * 100 + month; 0: no card yet.
    stored_token       @bytes,                      -- The provider's token of the card, sealed.
    metadata           TEXT  NOT NULL DEFAULT '{}',
    version            @int  NOT NULL CHECK (version >= 0),
    created_at         @int  NOT NULL,
    updated_at         @int  NOT NULL,
    expires_at         @int,
    PRIMARY KEY (merchant_id, id)
) @strict;

-- For payments.list by customer and by state, newest first.
CREATE INDEX payments_by_customer ON payments (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX payments_by_state ON payments (merchant_id, state, id);
-- For payments.due_to_expire.
CREATE INDEX payments_expiring ON payments (merchant_id, expires_at)
    WHERE expires_at IS NOT NULL AND state IN ('created', 'authorized', 'captured', 'quarantined');

CREATE TABLE transactions (
    merchant_id        @int  NOT NULL,
    id                 @id   NOT NULL,
    payment_id         @id   NOT NULL,
    type               TEXT  NOT NULL CHECK (type IN ('authorize', 'purchase', 'capture', 'refund', 'cancel')),
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
    -- What is open is looked at. What never reached the provider is too, for a day: it may still come true.
    CHECK (next_check_at IS NOT NULL OR status IN ('approved', 'quarantined', 'declined', 'failed')),
    CHECK (next_check_at IS NULL OR status NOT IN ('approved', 'declined')),
    CHECK ((parent_id IS NOT NULL) = (type IN ('capture', 'refund', 'cancel')))
) @strict;

-- For payments.transactions_of: all but the first, which shares the payment's id.
CREATE INDEX transactions_by_payment ON transactions (merchant_id, payment_id, id) WHERE parent_id IS NOT NULL;
-- For the filters of the list (requirements D-DM-06). The idempotency key is found in its own table, the
-- creation time in the id.
CREATE INDEX transactions_by_correlation ON transactions (merchant_id, correlation_id);
CREATE INDEX transactions_by_customer ON transactions (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX transactions_by_status ON transactions (merchant_id, status, id);
-- For payments.due_for_settling, oldest first.
CREATE INDEX transactions_open ON transactions (merchant_id, next_check_at) WHERE next_check_at IS NOT NULL;

-- Cards that a provider keeps for us: token in, token out.
CREATE TABLE payment_methods (
    merchant_id   @int    NOT NULL,
    id            @id     NOT NULL,
    customer_id   TEXT,
    connector     TEXT    NOT NULL,
    status        TEXT    NOT NULL CHECK (status IN ('processing', 'active', 'failed', 'deleted')),
    sealed_token  @bytes,                           -- The provider's token, sealed.
    card_last4    TEXT    NOT NULL CHECK (length(card_last4) = 4),
    card_brand    TEXT    NOT NULL,
    card_expiry   @int    NOT NULL,
    created_at    @int    NOT NULL,
    updated_at    @int    NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK ((sealed_token IS NOT NULL) = (status = 'active'))
) @strict;

-- For payment_methods.list of a customer.
CREATE INDEX payment_methods_by_customer ON payment_methods (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;
