-- Reconciliation: what providers say they have paid out, line by line, beside what our books say.
--
-- Why: each line is stored, and its journal posted, in one commit, so that a settlement that is read twice, by two nodes
-- or after a crash between two pages, is booked once: by the unique line, and by the version of its settlement. A provider's account is
-- the installation's, so a settlement's lines may be of several merchants: each line is its merchant's row. The settlement
-- itself is a row of the merchant whose account it is, and unique over all of them.
CREATE TABLE settlements (
    merchant_id   @int  NOT NULL,
    id            @id   NOT NULL,
    connector     TEXT  NOT NULL,
    provider_id   TEXT  NOT NULL CHECK (length(provider_id) BETWEEN 1 AND 255),
    state         TEXT  NOT NULL CHECK (state IN ('open', 'paid', 'failed')),
    settled_at    @int  NOT NULL,
    currency      TEXT,                             -- NULL: neither total nor lines have told it yet.
    total_minor   @int,                             -- What the provider says was paid; NULL: it does not say.
    progress      TEXT  NOT NULL CHECK (progress IN ('waiting', 'imported')),
    cursor        TEXT  NOT NULL,                   -- Of the page to be read next.
    lines         @int  NOT NULL DEFAULT 0,
    gross_minor   @int  NOT NULL DEFAULT 0,
    fee_minor     @int  NOT NULL DEFAULT 0,
    bank_minor    @int  NOT NULL DEFAULT 0,         -- Booked beside the lines, so that `bank` has what was paid.
    version       @int  NOT NULL CHECK (version >= 1),
    imported_at   @int,
    created_at    @int  NOT NULL,
    updated_at    @int  NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK (total_minor IS NULL OR currency IS NOT NULL)
) @strict;

-- For settlements.find_by_provider_id: a provider's account belongs to the installation.
CREATE UNIQUE INDEX settlements_once ON settlements (connector, provider_id);
-- For settlements.waiting: what has lines to be read, or is not paid yet.
CREATE INDEX settlements_unfinished ON settlements (connector, settled_at) WHERE progress = 'waiting';

-- A merchant's part of a settlement: its lines together.
CREATE TABLE settlement_shares (
    merchant_id          @int  NOT NULL,
    settlement_id        @id   NOT NULL,
    account_merchant_id  @int  NOT NULL,            -- Whose the settlement is.
    connector            TEXT  NOT NULL,
    settled_at           @int  NOT NULL,
    lines                @int  NOT NULL,
    gross_minor          @int  NOT NULL,
    fee_minor            @int  NOT NULL,
    PRIMARY KEY (merchant_id, settlement_id)
) @strict;

-- For settlement_shares.of_settlement: every merchant's part of one.
CREATE INDEX settlement_shares_by_settlement ON settlement_shares (settlement_id, merchant_id);

CREATE TABLE settlement_lines (
    merchant_id     @int  NOT NULL,
    id              @id   NOT NULL,
    settlement_id   @id   NOT NULL,
    provider_id     TEXT  NOT NULL CHECK (length(provider_id) BETWEEN 1 AND 255),
    kind            TEXT  NOT NULL CHECK (kind IN ('charge', 'refund', 'chargeback', 'chargeback_reversal', 'fee',
                          'adjustment')),
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
    CHECK (expected_minor = 0 OR (status IN ('matched', 'amount_differs') AND transaction_id IS NOT NULL))
) @strict;

-- For settlement_lines.insert: a line is booked once, whoever's it turns out to be.
CREATE UNIQUE INDEX settlement_lines_once ON settlement_lines (settlement_id, provider_id);
-- For settlement_lines.settled_of: a transaction is settled by one line.
CREATE UNIQUE INDEX settlement_lines_settled ON settlement_lines (merchant_id, payment_id, transaction_id)
    WHERE transaction_id IS NOT NULL AND status IN ('matched', 'amount_differs');
-- For settlement_lines.list.
CREATE INDEX settlement_lines_by_settlement ON settlement_lines (merchant_id, settlement_id, id);

-- What does not agree: of a line, of a settlement, or of a payment that was not settled.
CREATE TABLE settlement_differences (
    merchant_id         @int  NOT NULL,
    id                  @id   NOT NULL,
    kind                TEXT  NOT NULL CHECK (kind IN ('amount_differs', 'currency_differs', 'not_approved', 'open',
                              'unknown_operation', 'settled_twice', 'total_differs', 'failed', 'not_settled')),
    connector           TEXT  NOT NULL,
    settlement_id       @id,
    line_id             @id,
    payment_id          @id,
    currency            TEXT  NOT NULL,             -- Empty: no money, and nobody has said which.
    missing_minor       @int  NOT NULL,             -- What the books expect beyond what was paid; negative: less than that.
    status              TEXT  NOT NULL CHECK (status IN ('open', 'resolved')),
    resolution          TEXT  CHECK (resolution IN ('matched', 'waived', 'paid_elsewhere', 'undone')),
    case_id             @id,                        -- NULL: on nobody's desk (yet).
    opening_journal_id  @id,                        -- NULL: it is in the line's own, or nothing was booked.
    closing_journal_id  @id,
    version             @int  NOT NULL CHECK (version >= 1),
    created_at          @int  NOT NULL,
    updated_at          @int  NOT NULL,
    resolved_at         @int,
    PRIMARY KEY (merchant_id, id),
    CHECK ((status = 'resolved') = (resolution IS NOT NULL)),
    CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    CHECK (kind NOT IN ('total_differs', 'failed', 'not_settled') OR line_id IS NULL),
    CHECK ((kind = 'not_settled') = (settlement_id IS NULL)),
    CHECK (kind <> 'not_settled' OR payment_id IS NOT NULL)
) @strict;

-- One difference for a line; one at a time for a settlement as a whole, and for a payment.
CREATE UNIQUE INDEX settlement_differences_of_line ON settlement_differences (merchant_id, line_id)
    WHERE line_id IS NOT NULL;
CREATE UNIQUE INDEX settlement_differences_of_settlement ON settlement_differences (merchant_id, settlement_id)
    WHERE settlement_id IS NOT NULL AND line_id IS NULL AND status = 'open';
CREATE UNIQUE INDEX settlement_differences_of_payment ON settlement_differences (merchant_id, payment_id)
    WHERE kind = 'not_settled' AND status = 'open';
CREATE INDEX settlement_differences_by_settlement ON settlement_differences (merchant_id, settlement_id, id)
    WHERE settlement_id IS NOT NULL AND line_id IS NULL;
-- For settlement_lines.settled_of: what was given up of a payment, or came otherwise.
CREATE INDEX settlement_differences_given_up ON settlement_differences (merchant_id, payment_id)
    WHERE kind = 'not_settled' AND status = 'resolved';
-- For settlement_differences.sum_open.
CREATE INDEX settlement_differences_open_of ON settlement_differences (merchant_id, connector, currency)
    WHERE status = 'open';
-- For settlement_differences.open and .count_open, over all merchants.
CREATE INDEX settlement_differences_open ON settlement_differences (connector, merchant_id, id) WHERE status = 'open';

-- How far the import of a connector's settlements has come, and how it last went.
CREATE TABLE settlement_imports (
    merchant_id    @int  NOT NULL CHECK (merchant_id = 0),  -- The installation's.
    connector      TEXT  NOT NULL,
    listed_since   @int  NOT NULL,                  -- From when on settlements are known.
    listed_until   @int  NOT NULL,
    begun_at       @int  NOT NULL,
    succeeded_at   @int,
    failed_at      @int,
    error_code     TEXT  NOT NULL DEFAULT '',       -- Empty: the last one went well.
    error          TEXT  NOT NULL DEFAULT '',
    PRIMARY KEY (merchant_id, connector)
) @strict;

-- How far a merchant's clearing account was looked through for what was not settled in time.
CREATE TABLE settlement_sweeps (
    merchant_id   @int  NOT NULL,
    connector     TEXT  NOT NULL,
    currency      TEXT  NOT NULL,
    posted_at     @int  NOT NULL,
    amount_minor  @int  NOT NULL,
    journal_id    @id   NOT NULL,
    PRIMARY KEY (merchant_id, connector, currency)
) @strict;

-- For payments.find_by_provider_id: what a settlement names by the provider's own id alone, a chargeback above all. Not of
-- charges, which our reference finds.
CREATE INDEX transactions_by_provider_id ON transactions (merchant_id, provider_id)
    WHERE parent_id IS NOT NULL AND provider_id IS NOT NULL;
