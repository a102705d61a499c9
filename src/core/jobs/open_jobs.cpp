#include "florin/jobs/open_jobs.hpp"

namespace florin::jobs {
namespace {

using store::Row;
using store::Sql;

// $3 and $4 begin and end with a comma. Each part has an index of its own, for which the engines do not look by
// themselves.
const Sql select_open{"jobs.open", R"sql(
    SELECT id, kind FROM jobs
    WHERE merchant_id = $1 AND state = 'running' AND replace($4, ',' || kind || ',', '') = $4
    UNION ALL
    SELECT id, kind FROM jobs
    WHERE merchant_id = $1 AND state = 'queued' AND lost_leases > 0 AND replace($4, ',' || kind || ',', '') = $4
    UNION ALL
    SELECT id, kind FROM jobs AS job
    WHERE job.merchant_id = $1 AND job.state = 'queued' AND job.lost_leases = 0
      AND replace($4, ',' || job.kind || ',', '') = $4
      AND (replace($3, ',' || job.kind || ',', '') <> $3
           OR (job.attempts = 0 AND job.claimable_at <= $2
               AND (job.ordering_key IS NULL OR NOT EXISTS (
                   SELECT 1 FROM jobs AS earlier
                   WHERE earlier.merchant_id = job.merchant_id AND earlier.ordering_key = job.ordering_key
                     AND earlier.finished_at IS NULL AND (earlier.turn, earlier.id) < (job.turn, job.id)
                     AND earlier.state = 'queued' AND (earlier.attempts > 0 OR earlier.claimable_at > $2)))))
    LIMIT $5
)sql"};

const Sql select_keys{"jobs.open_ordering_keys", R"sql(
    SELECT ordering_key FROM jobs
    WHERE merchant_id = $1 AND ordering_key > $2 AND ordering_key < $3 AND finished_at IS NULL
    ORDER BY ordering_key LIMIT $4
)sql"};

std::string between_commas(std::string_view kinds) { return std::string{","}.append(kinds).append(","); }

}  // namespace

std::vector<OpenJob> open_jobs(Reader& reader, MerchantId merchant, const Awaited& awaited, Instant now, int limit) {
    const auto map = [](const Row& row) { return OpenJob{row.id<JobId>(0), row.string(1)}; };
    return reader.all(select_open, map, merchant, now, between_commas(awaited.until_ended),
                      between_commas(awaited.never), limit);
}

std::vector<std::string> open_ordering_keys(Reader& reader, MerchantId merchant, std::string_view prefix,
                                            std::string_view after, std::size_t limit) {
    // The first text behind all that begin with it.
    std::string end{prefix};
    ++end.back();
    return reader.all(
        select_keys, [](const Row& row) { return row.string(0); }, merchant, after.empty() ? prefix : after, end,
        limit);
}

}  // namespace florin::jobs
