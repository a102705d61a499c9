-- Jobs that wait, jobs that may have killed their process, and jobs under way: an index for each.
--
-- Why: what was under way when a process died is not simply run again with all others. It may be what killed the
-- process, so it waits for its turn among the suspects (F59), and those who look for work must not pass over them, nor
-- over what is under way. Old rows need no change.
DROP INDEX jobs_claimable;
-- For jobs.due and jobs.claim.
CREATE INDEX jobs_waiting ON jobs (merchant_id, kind, claimable_at) WHERE state = 'queued' AND lost_leases = 0;
-- For jobs.suspects.
CREATE INDEX jobs_suspect ON jobs (merchant_id, kind, claimable_at) WHERE state = 'queued' AND lost_leases > 0;
-- For jobs.rescue and jobs.expired.
CREATE INDEX jobs_running ON jobs (merchant_id, claimable_at) WHERE state = 'running';

-- only postgres
-- Each job is updated twice within seconds. Left to a fifth of a table that keeps all that was ever done, the versions
-- that nobody sees any more would lie in front of those that are looked for.
ALTER TABLE jobs SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
-- end
