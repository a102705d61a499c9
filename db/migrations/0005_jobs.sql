-- Work to be done after a commit: enqueued with the change, done at least once, under a lease.
--
-- Why: a job that exists is run however often processes die; the token that rises with each claim
-- keeps a worker that was away for too long from recording what another has taken over (F56).
CREATE TABLE jobs (
    merchant_id     @int  NOT NULL,
    id              @id   NOT NULL,
    kind            TEXT  NOT NULL CHECK (kind <> ''),
    state           TEXT  NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
    unique_key      TEXT,                -- At most one job of its kind ever has it (F66).
    ordering_key    TEXT,                -- Jobs that share it run one after another, over all kinds.
    turn            @int,                -- Among the jobs of an ordering key.
    payload         TEXT  NOT NULL,
    claimable_at    @int  NOT NULL,      -- Queued: when it is due. Running: when its lease ends.
    attempts        @int  NOT NULL CHECK (attempts >= 0),
    max_attempts    @int  NOT NULL CHECK (max_attempts >= 1),
    lost_leases     @int  NOT NULL CHECK (lost_leases >= 0),
    lease_token     @int  NOT NULL,
    leased_by       TEXT,
    last_error      TEXT,
    correlation_id  TEXT  NOT NULL,
    traceparent     TEXT  NOT NULL,
    created_at      @int  NOT NULL,
    finished_at     @int,
    PRIMARY KEY (merchant_id, id),
    CHECK ((ordering_key IS NULL) = (turn IS NULL)),
    CHECK ((finished_at IS NULL) = (state IN ('queued', 'running')))
) @strict;

-- For jobs.enqueue: at most one.
CREATE UNIQUE INDEX jobs_unique ON jobs (merchant_id, kind, unique_key) WHERE unique_key IS NOT NULL;
-- For jobs.due and jobs.claim: what is open, whether it waits or its lease may have ended.
CREATE INDEX jobs_claimable ON jobs (merchant_id, kind, claimable_at) WHERE finished_at IS NULL;
-- For jobs.enqueue and jobs.claim: whose turn it is.
CREATE INDEX jobs_in_order ON jobs (merchant_id, ordering_key, turn, id)
    WHERE ordering_key IS NOT NULL AND finished_at IS NULL;
-- For jobs.dead.
CREATE INDEX jobs_dead ON jobs (merchant_id, finished_at, id) WHERE state = 'dead';

-- What is to be done at which times (cron).
CREATE TABLE schedules (
    merchant_id  @int  NOT NULL,         -- 0: the platform's own.
    name         TEXT  NOT NULL,
    cron         TEXT  NOT NULL,
    time_zone    TEXT  NOT NULL,
    kind         TEXT  NOT NULL,
    payload      TEXT  NOT NULL,
    catch_up     TEXT  NOT NULL CHECK (catch_up IN ('all', 'latest')),
    next_due_at  @int  NOT NULL,
    is_held      @int  NOT NULL CHECK (is_held IN (0, 1)),  -- Missed more than it may catch up alone (F78).
    PRIMARY KEY (merchant_id, name)
) @strict;

-- One row for each time that a schedule came due: two schedulers cannot both start it (F70).
CREATE TABLE schedule_ticks (
    merchant_id  @int  NOT NULL,
    name         TEXT  NOT NULL,
    due_at       @int  NOT NULL,
    PRIMARY KEY (merchant_id, name, due_at)
) @strict;
