-- Billing over time: whose turn it is when, what is due and what became of it, and how often it is tried.
--
-- Why an agenda: each thing that comes due (a plan, a subscription, a charge that is to be tried again) has one row with
-- its next turn, so that what is due is found without looking at anything else, however much is not due. Taking a turn
-- takes its row away, in the commit that makes its job: of two loaders, one finds it (F70).
CREATE TABLE agenda (
    merchant_id  @int  NOT NULL,
    kind         TEXT  NOT NULL CHECK (kind <> ''),
    id           @id   NOT NULL,
    due_at       @int  NOT NULL,         -- By the merchant's own clock.
    PRIMARY KEY (merchant_id, kind, id)
) @strict;
-- For billing.take_turns, billing.merchants_due and billing.next_turn.
CREATE INDEX agenda_due ON agenda (merchant_id, due_at);

-- What stands still until a person has looked: more came due than may be billed without one (F78).
CREATE TABLE billing_holds (
    merchant_id     @int  NOT NULL,
    kind            TEXT  NOT NULL,
    id              @id   NOT NULL,
    due_at          @int  NOT NULL,      -- The turn at which it stopped.
    periods         @int  NOT NULL CHECK (periods >= 1),
    held_at         @int  NOT NULL,
    released_at     @int,
    released_until  @int,                -- What was due by then may be billed.
    PRIMARY KEY (merchant_id, kind, id),
    CHECK ((released_at IS NULL) = (released_until IS NULL))
) @strict;

-- Amounts that are due: one for each owner, purpose and number, whoever finds them due and however often (F70).
CREATE TABLE billing_charges (
    merchant_id        @int  NOT NULL,
    id                 @id   NOT NULL,
    owner_kind         TEXT  NOT NULL CHECK (owner_kind <> ''),
    owner              @id   NOT NULL,
    purpose            TEXT  NOT NULL CHECK (purpose IN ('instalment', 'compensation', 'final_amount', 'period', 'proration')),
    number             @int  NOT NULL CHECK (number >= 1),
    is_refund          @int  NOT NULL CHECK (is_refund IN (0, 1)),
    status             TEXT  NOT NULL CHECK (status IN ('pending', 'processing', 'retrying', 'succeeded', 'failed',
                             'canceled')),
    amount_minor       @int  NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000000),
    currency           TEXT  NOT NULL CHECK (length(currency) = 3),
    done_minor         @int  NOT NULL DEFAULT 0 CHECK (done_minor BETWEEN 0 AND amount_minor),
    due_on             @int  NOT NULL,   -- Days since 1970-01-01, on the merchant's calendar.
    customer_id        TEXT  NOT NULL,
    payment_method_id  @id,
    mandate_of         @id,
    retry_policy       TEXT  NOT NULL,   -- Empty: the merchant's default.
    description        TEXT  NOT NULL,
    lines              TEXT  NOT NULL,   -- JSON, for the document.
    attempts           @int  NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    failures           @int  NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND attempts),
    first_failed_on    @int,
    decline_class      TEXT  NOT NULL DEFAULT 'none',
    message            TEXT  NOT NULL DEFAULT '',
    payment_id         @id,              -- Of the last attempt.
    retry_on           @int,
    ending             TEXT  CHECK (ending IN ('case', 'cancel', 'keep')),
    correlation_id     TEXT  NOT NULL,
    version            @int  NOT NULL CHECK (version >= 1),
    created_at         @int  NOT NULL,
    updated_at         @int  NOT NULL,
    settled_at         @int,
    PRIMARY KEY (merchant_id, id),
    CHECK ((settled_at IS NOT NULL) = (status IN ('succeeded', 'failed', 'canceled'))),
    CHECK ((retry_on IS NOT NULL) = (status = 'retrying')),
    CHECK ((ending IS NOT NULL) = (status = 'failed')),
    CHECK ((first_failed_on IS NOT NULL) = (failures > 0)),
    CHECK (payment_method_id IS NULL OR mandate_of IS NULL),
    CHECK (is_refund = 1 OR done_minor = 0)
) @strict;
-- For billing.insert_charge, which makes each once, and billing.charges_of.
CREATE UNIQUE INDEX billing_charges_once ON billing_charges (merchant_id, owner_kind, owner, purpose, number);
-- For billing.list_by_customer, newest first.
CREATE INDEX billing_charges_by_customer ON billing_charges (merchant_id, customer_id, id);
-- For billing.list_by_status, and the forecast's open ones.
CREATE INDEX billing_charges_by_status ON billing_charges (merchant_id, status, id);

-- What was tried for a charge: a payment each or, of a refund, a part of it.
CREATE TABLE billing_attempts (
    merchant_id     @int  NOT NULL,
    charge          @id   NOT NULL,
    number          @int  NOT NULL CHECK (number >= 1),
    status          TEXT  NOT NULL CHECK (status IN ('processing', 'succeeded', 'failed')),
    amount_minor    @int  NOT NULL CHECK (amount_minor >= 0),
    parent_id       @id,                 -- Of a part of a refund: the transaction that it gives back from.
    payment_id      @id,
    transaction_id  @id,
    decline_class   TEXT  NOT NULL DEFAULT 'none',
    code            TEXT  NOT NULL DEFAULT '',
    message         TEXT  NOT NULL DEFAULT '',
    begun_at        @int  NOT NULL,
    ended_at        @int,
    PRIMARY KEY (merchant_id, charge, number),
    CHECK ((ended_at IS NULL) = (status = 'processing'))
) @strict;
-- While nobody knows what became of an attempt to charge, there is no other (F83).
CREATE UNIQUE INDEX billing_attempts_one_open ON billing_attempts (merchant_id, charge)
    WHERE status = 'processing' AND parent_id IS NULL;

-- The merchants' own rules of when a charge that failed is tried again, and what happens in the end.
CREATE TABLE retry_policies (
    merchant_id  @int  NOT NULL,
    name         TEXT  NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    rules        TEXT  NOT NULL,         -- JSON.
    version      @int  NOT NULL CHECK (version >= 1),
    created_at   @int  NOT NULL,
    updated_at   @int  NOT NULL,
    PRIMARY KEY (merchant_id, name)
) @strict;

-- Whose payer has agreed to later debits by it: what a customer pays by who has no card.
ALTER TABLE payments ADD COLUMN makes_mandate @int NOT NULL DEFAULT 0 CHECK (makes_mandate IN (0, 1));
-- For payments.newest_mandate_of_customer.
CREATE INDEX payments_with_mandate ON payments (merchant_id, customer_id, id) WHERE makes_mandate = 1;
