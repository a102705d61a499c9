#include "job_store.hpp"

#include "florin/base/check.hpp"

namespace florin::jobs {
namespace {

using store::Row;
using store::Sql;

// `turn` is the moment, but after the last open job of the ordering key: so it rises for ever, and a dead job that is
// let go again still comes before what was enqueued later. Jobs that two units enqueue for one key at the same time may
// have the same turn: then nothing says which was first, and the id decides.
const Sql enqueue_sql{"jobs.enqueue", R"sql(
    INSERT INTO jobs (merchant_id, id, kind, state, unique_key, ordering_key, turn, payload, claimable_at, attempts,
                      max_attempts, lost_leases, lease_token, correlation_id, traceparent, created_at)
    VALUES ($1, $2, $3, 'queued', $4, $5,
            (SELECT CASE WHEN MAX(turn) >= $11 THEN MAX(turn) + 1 ELSE $11 END FROM jobs
             WHERE merchant_id = $1 AND ordering_key = $5 AND finished_at IS NULL),
            $6, $7, 0, $8, 0, 0, $9, $10, $11)
    ON CONFLICT (merchant_id, kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING
)sql"};

const Sql enqueue_freely_sql{"jobs.enqueue_freely", R"sql(
    INSERT INTO jobs (merchant_id, id, kind, state, unique_key, payload, claimable_at, attempts,
                      max_attempts, lost_leases, lease_token, correlation_id, traceparent, created_at)
    VALUES ($1, $2, $3, 'queued', $4, $5, $6, 0, $7, 0, 0, $8, $9, $10)
    ON CONFLICT (merchant_id, kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING
)sql"};

// What may conflict PostgreSQL writes in two steps, and what has no key cannot.
const Sql enqueue_plainly_sql{"jobs.enqueue_plainly", R"sql(
    INSERT INTO jobs (merchant_id, id, kind, state, payload, claimable_at, attempts,
                      max_attempts, lost_leases, lease_token, correlation_id, traceparent, created_at)
    VALUES ($1, $2, $3, 'queued', $4, $5, 0, $6, 0, 0, $7, $8, $9)
)sql"};

// Jumps from merchant to merchant in the index, however many jobs each of them has; LIMIT keeps PostgreSQL from reading
// them all where it believes that there are few. The engines differ in how they split the list of kinds.
const Sql due_jobs_sql{"jobs.due",
                       R"sql(
    WITH RECURSIVE merchants (merchant_id) AS (
        SELECT (SELECT first.merchant_id FROM jobs AS first WHERE first.state = 'queued' AND first.lost_leases = 0
                ORDER BY first.merchant_id, first.kind, first.claimable_at LIMIT 1)
        UNION ALL
        SELECT (SELECT next.merchant_id FROM jobs AS next
                WHERE next.state = 'queued' AND next.lost_leases = 0 AND next.merchant_id > merchants.merchant_id
                ORDER BY next.merchant_id, next.kind, next.claimable_at LIMIT 1)
        FROM merchants WHERE merchants.merchant_id IS NOT NULL
    )
    SELECT merchants.merchant_id, kinds.value
    FROM merchants CROSS JOIN json_each('["' || replace($1, ',', '","') || '"]') AS kinds
    WHERE (SELECT job.claimable_at FROM jobs AS job
           WHERE job.merchant_id = merchants.merchant_id AND job.kind = kinds.value AND job.state = 'queued'
             AND job.lost_leases = 0 ORDER BY job.claimable_at LIMIT 1) <= $2
    ORDER BY 1, 2
)sql",
                       R"sql(
    WITH RECURSIVE merchants (merchant_id) AS (
        SELECT (SELECT first.merchant_id FROM jobs AS first WHERE first.state = 'queued' AND first.lost_leases = 0
                ORDER BY first.merchant_id, first.kind, first.claimable_at LIMIT 1)
        UNION ALL
        SELECT (SELECT next.merchant_id FROM jobs AS next
                WHERE next.state = 'queued' AND next.lost_leases = 0 AND next.merchant_id > merchants.merchant_id
                ORDER BY next.merchant_id, next.kind, next.claimable_at LIMIT 1)
        FROM merchants WHERE merchants.merchant_id IS NOT NULL
    )
    SELECT merchants.merchant_id, kinds.value
    FROM merchants CROSS JOIN unnest(string_to_array($1, ',')) AS kinds (value)
    WHERE (SELECT job.claimable_at FROM jobs AS job
           WHERE job.merchant_id = merchants.merchant_id AND job.kind = kinds.value AND job.state = 'queued'
             AND job.lost_leases = 0 ORDER BY job.claimable_at LIMIT 1) <= $2
    ORDER BY 1, 2
)sql"};

// SQLite's writer is alone, and finds its rows by their number. PostgreSQL's pass over what another is claiming at this
// moment.
const Sql claim_sql{"jobs.claim",
                    R"sql(
    UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = lease_token + 1,
                    claimable_at = $4, leased_by = $5
    WHERE rowid IN (
        SELECT job.rowid FROM jobs AS job
        WHERE job.merchant_id = $1 AND job.kind = $2 AND job.state = 'queued' AND job.lost_leases = 0
          AND job.claimable_at <= $3
          AND (job.ordering_key IS NULL OR NOT EXISTS (
              SELECT 1 FROM jobs AS earlier
              WHERE earlier.merchant_id = job.merchant_id AND earlier.ordering_key = job.ordering_key
                AND earlier.finished_at IS NULL AND (earlier.turn, earlier.id) < (job.turn, job.id)))
        ORDER BY job.claimable_at LIMIT $6)
    RETURNING merchant_id, id, kind, payload, attempts, max_attempts, lost_leases, lease_token, correlation_id,
              traceparent
)sql",
                    R"sql(
    WITH picked AS MATERIALIZED (
        SELECT job.merchant_id, job.id FROM jobs AS job
        WHERE job.merchant_id = $1 AND job.kind = $2 AND job.state = 'queued' AND job.lost_leases = 0
          AND job.claimable_at <= $3
          AND (job.ordering_key IS NULL OR NOT EXISTS (
              SELECT 1 FROM jobs AS earlier
              WHERE earlier.merchant_id = job.merchant_id AND earlier.ordering_key = job.ordering_key
                AND earlier.finished_at IS NULL AND (earlier.turn, earlier.id) < (job.turn, job.id)))
        ORDER BY job.claimable_at LIMIT $6 FOR UPDATE OF job SKIP LOCKED)
    UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = lease_token + 1,
                    claimable_at = $4, leased_by = $5
    FROM picked WHERE jobs.merchant_id = picked.merchant_id AND jobs.id = picked.id
    RETURNING jobs.merchant_id, jobs.id, kind, payload, attempts, max_attempts, lost_leases, lease_token,
              correlation_id, traceparent
)sql"};

const Sql is_expired_sql{"jobs.is_expired", R"sql(
    SELECT 1 FROM jobs WHERE state = 'running' AND claimable_at <= $1 LIMIT 1
)sql"};

// Those whose lease has ended, and, for a node that starts, those that it had when it died.
const Sql rescue_sql{"jobs.rescue", R"sql(
    UPDATE jobs SET state = 'queued', lost_leases = lost_leases + 1, claimable_at = $1, leased_by = NULL
    WHERE state = 'running' AND (claimable_at <= $1 OR leased_by = $2)
)sql"};

const Sql suspects_sql{"jobs.suspects", R"sql(
    SELECT job.merchant_id, job.id, job.kind, job.lost_leases, job.attempts, job.correlation_id FROM jobs AS job
    WHERE job.state = 'queued' AND job.lost_leases > 0 AND job.claimable_at <= $1
      AND (job.ordering_key IS NULL OR NOT EXISTS (
          SELECT 1 FROM jobs AS earlier
          WHERE earlier.merchant_id = job.merchant_id AND earlier.ordering_key = job.ordering_key
            AND earlier.finished_at IS NULL AND (earlier.turn, earlier.id) < (job.turn, job.id)))
    ORDER BY job.lost_leases DESC, job.claimable_at, job.id LIMIT $2
)sql"};

const Sql claim_suspect_sql{"jobs.claim_suspect", R"sql(
    UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = lease_token + 1,
                    claimable_at = $4, leased_by = $5
    WHERE merchant_id = $1 AND id = $2 AND state = 'queued' AND lost_leases = $3
    RETURNING merchant_id, id, kind, payload, attempts, max_attempts, lost_leases, lease_token, correlation_id,
              traceparent
)sql"};

const Sql condemn_sql{"jobs.condemn", R"sql(
    UPDATE jobs SET state = 'dead', finished_at = $4, last_error = $5, leased_by = NULL
    WHERE merchant_id = $1 AND id = $2 AND state = 'queued' AND lost_leases = $3
)sql"};

// Under way is what somebody has. Said by its state, PostgreSQL may look through all that is under way for each row.
const Sql renew_sql{"jobs.renew", R"sql(
    UPDATE jobs SET claimable_at = $4
    WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND leased_by IS NOT NULL
)sql"};

const Sql finish_sql{"jobs.finish", R"sql(
    UPDATE jobs SET state = 'done', finished_at = $4, leased_by = NULL
    WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND leased_by IS NOT NULL
)sql"};

// PostgreSQL takes one statement for many: lists of merchants, ids and tokens.
const Sql finish_all_sql{"jobs.finish_all", finish_sql.sqlite(), R"sql(
    UPDATE jobs SET state = 'done', finished_at = $4, leased_by = NULL
    FROM unnest(CAST($1 AS bigint[]), CAST($2 AS uuid[]), CAST($3 AS bigint[])) AS done (merchant_id, id, lease_token)
    WHERE jobs.merchant_id = done.merchant_id AND jobs.id = done.id AND jobs.lease_token = done.lease_token
      AND jobs.leased_by IS NOT NULL
)sql"};

// Whoever has failed has not killed anybody: it is no suspect any more.
const Sql put_back_sql{"jobs.put_back", R"sql(
    UPDATE jobs SET state = 'queued', claimable_at = $4, last_error = $5, lost_leases = 0, leased_by = NULL
    WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND leased_by IS NOT NULL
)sql"};

const Sql postpone_sql{"jobs.postpone", R"sql(
    UPDATE jobs SET state = 'queued', claimable_at = $4, attempts = attempts - 1, leased_by = NULL
    WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND leased_by IS NOT NULL
)sql"};

// $3 is the first text that does not begin with the prefix $2 any more.
const Sql hasten_sql{"jobs.hasten", R"sql(
    UPDATE jobs SET claimable_at = $4
    WHERE merchant_id = $1 AND ordering_key >= $2 AND ordering_key < $3 AND finished_at IS NULL AND state = 'queued'
        AND claimable_at > $4 AND attempts <= $5
)sql"};

const Sql count_open_sql{"jobs.count_open", R"sql(
    SELECT COUNT(*) FROM jobs
    WHERE merchant_id = $1 AND ordering_key >= $2 AND ordering_key < $3 AND finished_at IS NULL
)sql"};

const Sql cancel_sql{"jobs.cancel", R"sql(
    UPDATE jobs SET state = 'done', finished_at = $4
    WHERE merchant_id = $1 AND ordering_key >= $2 AND ordering_key < $3 AND finished_at IS NULL AND state = 'queued'
)sql"};

const Sql bury_job_sql{"jobs.bury", R"sql(
    UPDATE jobs SET state = 'dead', finished_at = $4, last_error = $5, leased_by = NULL
    WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND leased_by IS NOT NULL
)sql"};

// A unit of the handler's may have buried it under the same lease.
const Sql is_buried_sql{"jobs.is_buried", R"sql(
    SELECT 1 FROM jobs WHERE merchant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'dead'
)sql"};

const Sql count_jobs_sql{"jobs.count", R"sql(
    SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'queued' AND lost_leases = 0) +
               (SELECT COUNT(*) FROM jobs WHERE state = 'queued' AND lost_leases > 0) +
               (SELECT COUNT(*) FROM jobs WHERE state = 'running'),
           (SELECT COUNT(*) FROM dead_letters WHERE status = 'open'),
           (SELECT MIN(since) FROM (
               SELECT MIN(claimable_at) AS since FROM jobs WHERE state = 'queued' AND lost_leases = 0
               UNION ALL SELECT MIN(claimable_at) FROM jobs WHERE state = 'queued' AND lost_leases > 0
               UNION ALL SELECT MIN(claimable_at) FROM jobs WHERE state = 'running') AS open)
)sql"};

// What is open and what is dead have an index each; what is done is not looked at.
const Sql count_by_kind_sql{"jobs.count_by_kind", R"sql(
    SELECT kind, SUM(waiting), SUM(retrying), SUM(running), SUM(dead), MIN(due) FROM (
        SELECT kind, CASE WHEN state = 'queued' AND attempts = 0 THEN 1 ELSE 0 END AS waiting,
               CASE WHEN state = 'queued' AND attempts > 0 THEN 1 ELSE 0 END AS retrying,
               CASE WHEN state = 'running' THEN 1 ELSE 0 END AS running, 0 AS dead, claimable_at AS due
        FROM jobs WHERE finished_at IS NULL
        UNION ALL
        SELECT kind, 0, 0, 0, 1, NULL FROM jobs WHERE state = 'dead'
    ) AS each_job GROUP BY kind ORDER BY kind
)sql"};

Job job_of(const Row& row) {
    return {.merchant = row.merchant(0),
            .id = row.id<JobId>(1),
            .kind = row.string(2),
            .payload = row.string(3),
            .attempt = row.integer(4),
            .max_attempts = row.integer(5),
            .lost_leases = row.integer(6),
            .lease_token = row.integer(7),
            .correlation_id = row.string(8),
            .traceparent = row.string(9)};
}

}  // namespace

void enqueue(Tx& tx, const NewJob& job) {
    check(!job.kind.empty() && !job.kind.contains(','), "a kind of job is a name");
    const Instant run_at = job.run_at.value_or(tx.now());
    if (job.ordering_key)
        tx.later(enqueue_sql, job.merchant, job.id, job.kind, job.unique_key, job.ordering_key, job.payload, run_at,
                 job.max_attempts, job.correlation_id, job.traceparent, tx.now());
    else if (!job.unique_key)
        tx.later(enqueue_plainly_sql, job.merchant, job.id, job.kind, job.payload, run_at, job.max_attempts,
                 job.correlation_id, job.traceparent, tx.now());
    else
        tx.later(enqueue_freely_sql, job.merchant, job.id, job.kind, job.unique_key, job.payload, run_at,
                 job.max_attempts, job.correlation_id, job.traceparent, tx.now());
}

bool finish(Tx& tx, const Job& job) {
    *job.is_settled = true;
    return tx.run(finish_sql, job.merchant, job.id, job.lease_token, tx.now()) == 1;
}

bool postpone(Tx& tx, const Job& job, Instant until) {
    *job.is_settled = true;
    return tx.run(postpone_sql, job.merchant, job.id, job.lease_token, until) == 1;
}

namespace {
/// The first text behind all that begin with `prefix`, which does not end in the last character there is.
std::string behind(std::string_view prefix) {
    std::string text{prefix};
    text.back() = static_cast<char>(text.back() + 1);
    return text;
}
}  // namespace

void hasten(Tx& tx, MerchantId merchant, std::string_view prefix, Hasten what) {
    const std::int64_t most_attempts = what == Hasten::untried ? 0 : INT64_MAX;
    tx.later(hasten_sql, merchant, prefix, behind(prefix), tx.now(), most_attempts);
}

std::int64_t count_open(Reader& reader, MerchantId merchant, std::string_view prefix) {
    const auto count = [](const Row& row) { return row.integer(0); };
    return *reader.first(count_open_sql, count, merchant, prefix, behind(prefix));
}

void cancel(Tx& tx, MerchantId merchant, std::string_view prefix) {
    tx.later(cancel_sql, merchant, prefix, behind(prefix), tx.now());
}

std::vector<Due> select_due(Reader& reader, std::string_view kinds, Instant now) {
    return reader.all(due_jobs_sql, [](const Row& row) { return Due{row.merchant(0), row.string(1)}; }, kinds, now);
}

std::vector<Job> claim(Tx& tx, const Claim& claim) {
    return tx.all(claim_sql, job_of, claim.due.merchant, claim.due.kind, tx.now(), tx.now() + claim.lease, claim.worker,
                  claim.limit);
}

bool is_expired(Reader& reader, Instant now) {
    return reader.first(is_expired_sql, [](const Row& row) { return row.integer(0); }, now).has_value();
}

std::int64_t rescue(Tx& tx, std::string_view node) { return tx.run(rescue_sql, tx.now(), node); }

std::vector<Suspect> select_suspects(Reader& reader, Instant now, int limit) {
    const auto map = [](const Row& row) {
        return Suspect{row.merchant(0), row.id<JobId>(1), row.string(2), row.integer(3), row.integer(4), row.string(5)};
    };
    return reader.all(suspects_sql, map, now, limit);
}

std::optional<Job> claim(Tx& tx, const Suspect& suspect, std::string_view worker, Millis lease) {
    return tx.first(claim_suspect_sql, job_of, suspect.merchant, suspect.id, suspect.lost_leases, tx.now() + lease,
                    worker);
}

void condemn(Tx& tx, const Suspect& suspect, std::string_view error) {
    tx.later(condemn_sql, suspect.merchant, suspect.id, suspect.lost_leases, tx.now(), error);
    note_death(tx, suspect.merchant, suspect.id, error);
}

void finish_all(Tx& tx, std::span<const Job* const> jobs) {
    if (jobs.empty()) return;
    if (tx.engine() == store::Engine::sqlite) {
        for (const Job* job : jobs) tx.later(finish_all_sql, job->merchant, job->id, job->lease_token, tx.now());
        return;
    }
    std::string merchants{"{"}, ids{"{"}, tokens{"{"};
    for (const Job* job : jobs) {
        const char* separator = job == jobs.front() ? "" : ",";
        merchants.append(separator).append(std::to_string(job->merchant.value));
        ids.append(separator).append(job->id.text());
        tokens.append(separator).append(std::to_string(job->lease_token));
    }
    for (std::string* list : {&merchants, &ids, &tokens}) list->push_back('}');
    tx.later(finish_all_sql, merchants, ids, tokens, tx.now());
}

bool renew(Tx& tx, const Job& job, Millis lease) {
    return tx.run(renew_sql, job.merchant, job.id, job.lease_token, tx.now() + lease) == 1;
}

bool put_back(Tx& tx, const Job& job, Millis delay, std::string_view error) {
    return tx.run(put_back_sql, job.merchant, job.id, job.lease_token, tx.now() + delay, error) == 1;
}

bool bury(Tx& tx, const Job& job, std::string_view error) {
    if (tx.run(bury_job_sql, job.merchant, job.id, job.lease_token, tx.now(), error) != 1)
        return tx.first(
                     is_buried_sql, [](const Row&) { return true; }, job.merchant, job.id, job.lease_token)
            .value_or(false);
    note_death(tx, job.merchant, job.id, error);
    return true;
}

Counts count(Reader& reader) {
    return *reader.first(count_jobs_sql, [](const Row& row) {
        return Counts{.open = row.integer(0), .dead = row.integer(1), .oldest_due_at = row.optional_instant(2)};
    });
}

std::vector<KindCounts> count_by_kind(Reader& reader) {
    return reader.all(count_by_kind_sql, [](const Row& row) {
        return KindCounts{.kind = row.string(0),
                          .waiting = row.integer(1),
                          .retrying = row.integer(2),
                          .running = row.integer(3),
                          .dead = row.integer(4),
                          .oldest_due_at = row.optional_instant(5)};
    });
}

}  // namespace florin::jobs
