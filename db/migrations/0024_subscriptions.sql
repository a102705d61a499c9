-- Plans with their prices, subscriptions, and the lines that wait for a charge.
--
-- Why: a subscription says which period comes next, from which day its periods are counted, and what it costs; billing
-- turns what is due into charges. A price is a row that nobody changes, so that what somebody agreed to stays what
-- they pay. A line rests until a charge takes it, so credits and prorations are neither lost nor taken twice.
CREATE TABLE plans (
    merchant_id    @int    NOT NULL,
    plan_id        TEXT    NOT NULL CHECK (length(plan_id) BETWEEN 1 AND 64),
    name           TEXT    NOT NULL,
    price_number   @int    NOT NULL CHECK (price_number >= 1),  -- The newest of plan_prices.
    trial_days     @int    NOT NULL CHECK (trial_days BETWEEN 0 AND 730),
    retry_policy   TEXT    NOT NULL,                 -- Empty: standard_dunning.
    is_active      @int    NOT NULL CHECK (is_active IN (0, 1)),
    version        @int    NOT NULL CHECK (version >= 1),
    created_at     @int    NOT NULL,
    updated_at     @int    NOT NULL,
    PRIMARY KEY (merchant_id, plan_id)
) @strict;

CREATE TABLE plan_prices (
    merchant_id    @int    NOT NULL,
    plan_id        TEXT    NOT NULL,
    number         @int    NOT NULL CHECK (number >= 1),
    amount_minor   @int    NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000),
    currency       TEXT    NOT NULL CHECK (length(currency) = 3),
    cycle_unit     TEXT    NOT NULL CHECK (cycle_unit IN ('day', 'week', 'month', 'quarter', 'year')),
    cycle_count    @int    NOT NULL CHECK (cycle_count BETWEEN 1 AND 366),
    created_at     @int    NOT NULL,
    PRIMARY KEY (merchant_id, plan_id, number)
) @strict;

-- Days are the merchant's, as YYYY-MM-DD, so that they sort and compare as text.
CREATE TABLE subscriptions (
    merchant_id           @int    NOT NULL,
    id                    @id     NOT NULL,
    customer_id           TEXT    NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 64),
    plan_id               TEXT,                      -- NULL: the price was agreed for this one alone.
    price_number          @int    NOT NULL CHECK (price_number >= 0),
    name                  TEXT    NOT NULL,
    status                TEXT    NOT NULL CHECK (status IN ('trialing', 'active', 'past_due', 'paused', 'canceled')),
    amount_minor          @int    NOT NULL CHECK (amount_minor BETWEEN 0 AND 1000000000000),  -- Of one.
    currency              TEXT    NOT NULL CHECK (length(currency) = 3),
    quantity              @int    NOT NULL CHECK (quantity BETWEEN 1 AND 1000000),
    cycle_unit            TEXT    NOT NULL CHECK (cycle_unit IN ('day', 'week', 'month', 'quarter', 'year')),
    cycle_count           @int    NOT NULL CHECK (cycle_count BETWEEN 1 AND 366),
    scheduled             TEXT,                      -- What takes the place of the price with the next period: JSON.
    payment_method_id     @id,                       -- Either this …
    mandate_of            @id,                       -- … or this, or the customer's default.
    retry_policy          TEXT    NOT NULL,
    first_date            TEXT    NOT NULL CHECK (length(first_date) = 10),
    anchor_day            @int    NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    next_index            @int    NOT NULL CHECK (next_index >= 0),
    period_number         @int    NOT NULL CHECK (period_number >= 0),
    period_from           TEXT    NOT NULL CHECK (length(period_from) = 10),
    period_until          TEXT    NOT NULL CHECK (length(period_until) = 10),
    next_billing_date     TEXT    CHECK (length(next_billing_date) = 10),
    trial_end_date        TEXT    CHECK (length(trial_end_date) = 10),
    is_trial_notice_sent  @int    NOT NULL CHECK (is_trial_notice_sent IN (0, 1)),
    is_period_unpaid      @int    NOT NULL CHECK (is_period_unpaid IN (0, 1)),
    cancels_at_period_end @int    NOT NULL CHECK (cancels_at_period_end IN (0, 1)),
    canceled_at           @int,
    paused_on             TEXT    CHECK (length(paused_on) = 10),
    resume_on             TEXT    CHECK (length(resume_on) = 10),
    is_held               @int    NOT NULL CHECK (is_held IN (0, 1)),
    owed_back_minor       @int    CHECK (owed_back_minor >= 0),
    prorated_numerator    @int    NOT NULL,
    change_count          @int    NOT NULL CHECK (change_count >= 0),
    line_count            @int    NOT NULL CHECK (line_count >= 0),
    metadata              TEXT    NOT NULL,
    correlation_id        TEXT    NOT NULL,
    version               @int    NOT NULL CHECK (version >= 1),
    created_at            @int    NOT NULL,
    updated_at            @int    NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK (payment_method_id IS NULL OR mandate_of IS NULL),
    CHECK ((plan_id IS NULL) = (price_number = 0)),
    CHECK ((canceled_at IS NOT NULL) = (status = 'canceled')),
    CHECK ((paused_on IS NOT NULL) = (status = 'paused')),
    CHECK (resume_on IS NULL OR status = 'paused'),
    -- What is neither paused nor canceled is billed on, or somebody has to say.
    CHECK ((next_billing_date IS NULL) = (status IN ('paused', 'canceled'))),
    -- Days of this form compare as text; a period is never empty.
    CHECK (period_from < period_until)
) @strict;

-- For subscriptions.list of one customer, newest first (D-DM-07).
CREATE INDEX subscriptions_by_customer ON subscriptions (merchant_id, customer_id, id);
-- For subscriptions.list of one status (D-DM-07).
CREATE INDEX subscriptions_by_status ON subscriptions (merchant_id, status, id);
-- For subscriptions.list by the day of the next charge, and the forecast (D-DM-07).
CREATE INDEX subscriptions_by_next_billing ON subscriptions (merchant_id, next_billing_date, id)
    WHERE next_billing_date IS NOT NULL;

-- A line of a charge to come, or of one that was made.
CREATE TABLE subscription_lines (
    merchant_id      @int    NOT NULL,
    subscription_id  @id     NOT NULL,
    number           @int    NOT NULL CHECK (number >= 1),
    description      TEXT    NOT NULL,
    quantity         @int    NOT NULL CHECK (quantity >= 1),
    amount_minor     @int    NOT NULL,               -- Of a credit negative.
    created_on       TEXT    NOT NULL CHECK (length(created_on) = 10),
    -- Which charge took it: its purpose and number; 'none': it was let go. NULL: it waits.
    taken_by         TEXT    CHECK (taken_by IN ('period', 'proration', 'final_amount', 'none')),
    taken_number     @int,
    PRIMARY KEY (merchant_id, subscription_id, number),
    CHECK ((taken_by IS NULL) = (taken_number IS NULL))
) @strict;

-- For subscriptions.pending_lines.
CREATE INDEX subscription_lines_pending ON subscription_lines (merchant_id, subscription_id, number)
    WHERE taken_by IS NULL;
