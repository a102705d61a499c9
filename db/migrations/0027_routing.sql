-- Through which connectors each merchant's payments go, in the order of preference.
--
-- Why: a merchant with two providers decides who is asked first for what, and who instead while that one cannot be
-- reached. The plan's row is what two who change it at once meet at, so that the routes are always those of one of them.
-- Merchants without a plan go on as before: with their own connector.
CREATE TABLE routing_plans (
    merchant_id  @int  NOT NULL PRIMARY KEY,
    version      @int  NOT NULL CHECK (version >= 1),
    updated_at   @int  NOT NULL
) @strict;

CREATE TABLE routes (
    merchant_id  @int  NOT NULL,
    method       TEXT  NOT NULL
        CHECK (method IN ('card', 'ideal', 'sepa_debit', 'ach_debit', 'wallet', 'hosted_page')),
    currency     TEXT  NOT NULL CHECK (length(currency) IN (0, 3)),             -- Empty: any.
    connectors   TEXT  NOT NULL CHECK (length(connectors) BETWEEN 1 AND 400),   -- Names, separated by one blank.
    PRIMARY KEY (merchant_id, method, currency)
) @strict;
