-- The desk for what no machine could do: one row for each job that has died, also after it was let go again.
--
-- Why: what a person decides of it, and why, outlives the job's next attempt; and its cause, without what differs from
-- job to job, is an index, so that ten thousand of one cause are seen, and treated, as one thing.
CREATE TABLE dead_letters (
    merchant_id     @int  NOT NULL,          -- 0: the platform's own.
    job_id          @id   NOT NULL,
    kind            TEXT  NOT NULL,
    status          TEXT  NOT NULL CHECK (status IN ('open', 'retried', 'discarded')),
    cause           TEXT  NOT NULL,          -- `last_error` without numbers and ids.
    last_error      TEXT  NOT NULL,
    attempts        @int  NOT NULL CHECK (attempts >= 0),
    deaths          @int  NOT NULL CHECK (deaths >= 1),
    correlation_id  TEXT  NOT NULL,
    created_at      @int  NOT NULL,          -- When the job was enqueued.
    died_at         @int  NOT NULL,          -- The last time.
    announced_at    @int,                    -- NULL: nobody has been told yet.
    mailed_at       @int,                    -- NULL: it stands in no mail to the team.
    decided_at      @int,
    decided_by      TEXT,
    reason          TEXT,                    -- Of the decision.
    version         @int  NOT NULL CHECK (version >= 1),
    PRIMARY KEY (merchant_id, job_id),
    CHECK ((status = 'open') = (decided_at IS NULL)),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CHECK (status <> 'discarded' OR reason <> '')
) @strict;

-- For dead_letters.list.
CREATE INDEX dead_letters_by_time ON dead_letters (merchant_id, died_at, job_id);
-- For dead_letters.groups and dead_letters.chosen.
CREATE INDEX dead_letters_by_cause ON dead_letters (merchant_id, status, kind, cause, created_at);
-- For dead_letters.count: what is open, over all merchants.
CREATE INDEX dead_letters_open ON dead_letters (kind) WHERE status = 'open';
-- For dead_letters.unannounced.
CREATE INDEX dead_letters_unannounced ON dead_letters (merchant_id, died_at) WHERE announced_at IS NULL;
-- For dead_letters.unmailed and dead_letters.mail.
CREATE INDEX dead_letters_unmailed ON dead_letters (merchant_id, died_at) WHERE mailed_at IS NULL AND status = 'open';
-- For dead_letters.last_mail.
CREATE INDEX dead_letters_mailed ON dead_letters (mailed_at);
-- For dead_letters.owner: the command line names a letter without its merchant.
CREATE INDEX dead_letters_by_job ON dead_letters (job_id);

-- What a person has changed in a dead job, as it was before.
CREATE TABLE dead_letter_edits (
    merchant_id     @int  NOT NULL,
    job_id          @id   NOT NULL,
    number          @int  NOT NULL CHECK (number >= 1),
    payload_before  TEXT  NOT NULL,
    edited_at       @int  NOT NULL,
    edited_by       TEXT  NOT NULL,
    reason          TEXT  NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (merchant_id, job_id, number)
) @strict;

-- What had died before there was a desk. Its cause is the error's code; it was told of when it died.
INSERT INTO dead_letters (merchant_id, job_id, kind, status, cause, last_error, attempts, deaths, correlation_id,
                          created_at, died_at, announced_at, version)
SELECT merchant_id, id, kind, 'open',
-- only sqlite
       substr(COALESCE(last_error, ''), 1, instr(COALESCE(last_error, '') || ':', ':') - 1),
-- end
-- only postgres
       split_part(COALESCE(last_error, ''), ':', 1),
-- end
       COALESCE(last_error, ''), attempts, 1, correlation_id, created_at, finished_at, finished_at, 1
FROM jobs WHERE state = 'dead';

-- Its statement reads the table above.
DROP INDEX jobs_dead;
