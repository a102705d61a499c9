#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "florin/jobs/jobs.hpp"

namespace florin::jobs {

/// Which of a merchant's jobs somebody waits for. Kinds are named with commas between them.
struct Awaited {
    /// Waited for until they have ended, also while they wait to be tried again. Of the others only what runs, or is
    /// due and has not been tried; what a job that failed holds up is not waited for.
    std::string_view until_ended;
    std::string_view never;  ///< Not waited for at all.
};
struct OpenJob {
    JobId id;
    std::string kind;
};
/// What there is to wait for now, `limit` at most.
std::vector<OpenJob> open_jobs(Reader& reader, MerchantId merchant, const Awaited& awaited, Instant now, int limit);

/// The ordering keys that begin with `prefix` of a merchant's jobs that have not ended, in their order, those after
/// `after` (empty: from the first), `limit` at most.
std::vector<std::string> open_ordering_keys(Reader& reader, MerchantId merchant, std::string_view prefix,
                                            std::string_view after, std::size_t limit);

}  // namespace florin::jobs
