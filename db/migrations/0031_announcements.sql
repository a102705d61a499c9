-- What is announced before it is charged: that a card will have expired by then, or that nothing is known to charge.
--
-- Why no turn of its own for each plan: what falls due stands in the agenda already. A merchant's look ahead walks through
-- the agenda as far as so many days ahead as the merchant wants people told, and remembers how far it has come; what is
-- well costs no write.
CREATE TABLE billing_looks (
    merchant_id  @int  NOT NULL,
    days_before  @int  NOT NULL CHECK (days_before BETWEEN 1 AND 60),
    seen_until   @int  NOT NULL,         -- By the merchant's own clock: what falls due by then has been looked at.
    PRIMARY KEY (merchant_id, days_before)
) @strict;

CREATE TABLE billing_announcements (
    merchant_id        @int  NOT NULL,
    id                 @id   NOT NULL,
    reason             TEXT  NOT NULL CHECK (reason IN ('card_expiring', 'payment_method_missing')),
    subject            @id   NOT NULL,   -- The card, or the owner of what falls due.
    day                @int  NOT NULL,   -- The first day on which the card is no longer good, or the due day.
    days_before        @int  NOT NULL CHECK (days_before BETWEEN 1 AND 60),
    owner_kind         TEXT  NOT NULL,
    owner              @id   NOT NULL,
    customer_id        TEXT  NOT NULL,
    payment_method_id  @id,
    card_last4         TEXT  NOT NULL,
    card_brand         TEXT  NOT NULL,
    due_on             @int  NOT NULL,   -- Days since 1970-01-01, on the merchant's calendar.
    amount_minor       @int  NOT NULL CHECK (amount_minor > 0),
    currency           TEXT  NOT NULL CHECK (length(currency) = 3),
    description        TEXT  NOT NULL,
    created_at         @int  NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK ((payment_method_id IS NOT NULL) = (reason = 'card_expiring'))
) @strict;
-- A card is announced once for its expiry, however many plans it pays; what has no card, once for its due day.
CREATE UNIQUE INDEX billing_announcements_once ON billing_announcements (merchant_id, reason, subject, day, days_before);
-- For billing.list_announcements_by_customer.
CREATE INDEX billing_announcements_by_customer ON billing_announcements (merchant_id, customer_id, id);

-- How many days before a charge its customer is told: numbers with commas between them; empty: never.
ALTER TABLE merchant_profiles ADD COLUMN notice_days TEXT NOT NULL DEFAULT '14,3';

-- For billing.list_charges_by_due, the latest first.
CREATE INDEX billing_charges_by_due ON billing_charges (merchant_id, due_on, id);
