-- What a merchant's customers see of it, and at which hour it bills. Its time zone and currency stay where they are.
--
-- Why a table of its own: keys are looked up in `merchants` with each request, and a logo is none of their business. A
-- merchant without a row has what is usual everywhere.
CREATE TABLE merchant_profiles (
    merchant_id    @int    NOT NULL PRIMARY KEY,
    billing_hour   @int    NOT NULL CHECK (billing_hour BETWEEN 0 AND 23),
    locale         TEXT    NOT NULL CHECK (locale <> ''),
    legal_name     TEXT    NOT NULL,
    address        TEXT    NOT NULL,         -- Lines, with a line end between them.
    tax_line       TEXT    NOT NULL,
    support_email  TEXT    NOT NULL,
    logo_png       @bytes  CHECK (length(logo_png) BETWEEN 1 AND 65536),
    updated_at     @int    NOT NULL,
    version        @int    NOT NULL CHECK (version >= 1)
) @strict;

-- Clocks that merchants in the sandbox move themselves: what the time is for all of their billing.
--
-- Why the target rests: whoever advances a clock may die on the way; then somebody else goes on to the same moment.
CREATE TABLE test_clocks (
    merchant_id   @int  NOT NULL PRIMARY KEY,  -- At most one each.
    id            @id   NOT NULL,
    shows_at      @int  NOT NULL CHECK (shows_at >= 0),
    target_at     @int,                        -- NULL: it stands still.
    driven_until  @int,                        -- By the world's time: until then somebody is at it.
    created_at    @int  NOT NULL,
    updated_at    @int  NOT NULL,
    version       @int  NOT NULL CHECK (version >= 1),
    CHECK (target_at IS NULL OR target_at >= shows_at),
    CHECK (target_at IS NOT NULL OR driven_until IS NULL)
) @strict;

-- For test_clocks.forsaken.
CREATE INDEX test_clocks_advancing ON test_clocks (driven_until) WHERE target_at IS NOT NULL;
