-- The double-entry ledger: what moved between which accounts. Rows are only ever added.
--
-- Why: every movement of money is explained by the entries of one journal, whose amounts add up to
-- zero. A journal has the id of the transaction that it belongs to, so posting a transaction twice
-- breaks the primary key instead of the books.
CREATE TABLE ledger_entries (
    merchant_id   @int    NOT NULL,
    journal_id    @id     NOT NULL,
    leg           @int    NOT NULL,
    legs          @int    NOT NULL CHECK (legs >= 2),
    kind          TEXT    NOT NULL,
    account       TEXT    NOT NULL CHECK (account <> ''),
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    -- Positive: debit; negative: credit.
    amount_minor  @int    NOT NULL CHECK (amount_minor <> 0
                                          AND amount_minor BETWEEN -1000000000000000 AND 1000000000000000),
    posted_at     @int    NOT NULL,
    digest        @bytes  NOT NULL CHECK (length(digest) = 16),  -- Of all other columns: finds an altered byte.
    PRIMARY KEY (merchant_id, journal_id, leg),
    CHECK (leg >= 0 AND leg < legs)
) @strict
-- only sqlite
, WITHOUT ROWID
-- end
;

-- For ledger.fold and ledger.next_account, which read nothing but this index.
CREATE INDEX ledger_entries_by_account ON ledger_entries (merchant_id, account, currency, posted_at, amount_minor);

-- What an account's entries before `up_to` add up to, so that a balance need not be folded from the
-- beginning. Derived: `florin ledger check` computes it anew.
CREATE TABLE ledger_balances (
    merchant_id    @int  NOT NULL,
    account        TEXT  NOT NULL,
    currency       TEXT  NOT NULL,
    up_to          @int  NOT NULL,
    balance_minor  @int  NOT NULL,
    PRIMARY KEY (merchant_id, account, currency)
) @strict;
