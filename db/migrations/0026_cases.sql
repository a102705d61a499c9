-- Cases: what a machine could not finish and a person has to.
--
-- Why: one cause has one case, however often what causes it is repeated: the unique index says so. What happened to a
-- case is counted by its version, so that no two people decide on the same state of it. A case knows of its customer
-- nothing but the id.
CREATE TABLE cases (
    merchant_id     @int  NOT NULL,
    id              @id   NOT NULL,
    cause           TEXT  NOT NULL CHECK (length(cause) BETWEEN 1 AND 255),
    reason          TEXT  NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
    customer_id     TEXT,                    -- NULL: it is about nobody.
    owner_kind      TEXT  NOT NULL CHECK (length(owner_kind) BETWEEN 1 AND 64),
    owner_id        @id   NOT NULL,
    amount_minor    @int,                    -- What is at stake; NULL: no money.
    currency        TEXT,
    due_date        TEXT,
    attempts        @int  NOT NULL CHECK (attempts >= 0),
    decline_class   TEXT  NOT NULL,
    message         TEXT  NOT NULL,
    assignee        TEXT,
    status          TEXT  NOT NULL CHECK (status IN ('open', 'resolved')),
    resolution      TEXT  CHECK (resolution IN ('paid_elsewhere', 'waived', 'retry', 'canceled')),
    resolved_minor  @int,                    -- What was paid elsewhere.
    resolution_note TEXT  NOT NULL,
    resolved_by     TEXT,
    resolved_at     @int,
    mirror_wanted   @int  NOT NULL CHECK (mirror_wanted >= 0),  -- How many states of it the CRM is to be told.
    mirror_done     @int  NOT NULL CHECK (mirror_done BETWEEN 0 AND mirror_wanted),
    mirror_tried    @int  NOT NULL CHECK (mirror_tried IN (0, 1)),  -- 1: the CRM may know of it.
    mirror_refused  @int  NOT NULL CHECK (mirror_refused IN (0, 1)),  -- 1: nothing more is tried by itself.
    crm_id          TEXT  NOT NULL,          -- Empty: not there yet, as far as we know.
    crm_error_code  TEXT  NOT NULL,          -- Empty: nothing is wrong.
    crm_error       TEXT  NOT NULL,
    correlation_id  TEXT  NOT NULL,
    version         @int  NOT NULL CHECK (version >= 1),
    created_at      @int  NOT NULL,
    updated_at      @int  NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CHECK (amount_minor IS NULL OR amount_minor BETWEEN 0 AND 1000000000000000),
    CHECK ((status = 'resolved') = (resolution IS NOT NULL)),
    CHECK ((status = 'resolved') = (resolved_by IS NOT NULL)),
    CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
    -- Money is recorded where it was paid elsewhere, and never more than was at stake.
    CHECK ((resolved_minor IS NOT NULL) = (resolution IS NOT NULL AND resolution = 'paid_elsewhere')),
    CHECK (resolved_minor IS NULL OR resolved_minor BETWEEN 1 AND amount_minor)
) @strict;

-- For cases.insert: one cause, one case.
CREATE UNIQUE INDEX cases_once ON cases (merchant_id, cause);
-- For cases.list_by_status, _by_customer and _by_owner.
CREATE INDEX cases_by_status ON cases (merchant_id, status, id);
CREATE INDEX cases_by_customer ON cases (merchant_id, customer_id, id);
CREATE INDEX cases_by_owner ON cases (merchant_id, owner_id, id);
-- For cases.count_open, over all merchants.
CREATE INDEX cases_open ON cases (created_at) WHERE status = 'open';

-- What happened to a case, numbered by the version that it had then.
CREATE TABLE case_entries (
    merchant_id  @int  NOT NULL,
    case_id      @id   NOT NULL,
    number       @int  NOT NULL CHECK (number >= 1),
    kind         TEXT  NOT NULL CHECK (kind IN ('opened', 'assigned', 'noted', 'resolved', 'reopened', 'mirrored',
                                                'mirror_refused')),
    actor        TEXT  NOT NULL,
    text         TEXT  NOT NULL,             -- The note, the assignee, the resolution …
    created_at   @int  NOT NULL,
    PRIMARY KEY (merchant_id, case_id, number)
) @strict;
