#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/store/tx.hpp"

namespace florin::jobs {

using store::Reader;
using store::Tx;
using JobId = Id<struct JobOf>;

/// Work to be done after the unit that enqueues it commits. Borrowed for the length of a call.
struct NewJob {
    MerchantId merchant;
    JobId id;
    std::string_view kind;            ///< `payments.settle`; without commas.
    std::string_view payload = "{}";  ///< JSON; ids rather than facts, which will be old (F61).
    /// At most one job of the kind ever has it, also after it is done (F66).
    std::optional<std::string_view> unique_key = {};
    /// The merchant's jobs that share it run one after another, in the order of enqueuing (F63).
    std::optional<std::string_view> ordering_key = {};
    std::optional<Instant> run_at = {};  ///< Not before; now if none.
    std::int64_t max_attempts = 20;
    std::string_view correlation_id = {};
    std::string_view traceparent = {};
};

/// Enqueues in the caller's unit, so the job exists exactly if the change does (F54). One pipelined
/// statement. Where the unique key is taken, nothing happens.
void enqueue(Tx& tx, const NewJob& job);

/// A job that this process may work on for as long as its lease lasts.
struct Job {
    MerchantId merchant;
    JobId id;
    std::string kind;
    std::string payload;
    std::int64_t attempt = 0;  ///< This one's number, from 1.
    std::int64_t max_attempts = 0;
    std::int64_t lost_leases = 0;
    std::int64_t lease_token = 0;
    std::string correlation_id;
    std::string traceparent;
    /// Set when the lease was found lost while the job ran: what it still does is no longer its own.
    std::shared_ptr<bool> is_lost = std::make_shared<bool>(false);
    /// Set by `finish` and `postpone`: the worker has nothing to record any more.
    std::shared_ptr<bool> is_settled = std::make_shared<bool>(false);
};

/// Marks the job done within the unit that has its effect, so that both happen once (F55). False: the
/// lease is lost, another worker has the job, and the unit must refuse (F56). A handler need not call
/// this: the worker marks done what ends without an error.
[[nodiscard]] bool finish(Tx& tx, const Job& job);

/// Puts the job off until then, without an attempt having been made: what it needs is not there. As `finish`; the
/// handler then ends without an error.
[[nodiscard]] bool postpone(Tx& tx, const Job& job, Instant until);
/// How many jobs wait or run under ordering keys that begin with `prefix`.
std::int64_t count_open(Reader& reader, MerchantId merchant, std::string_view prefix);
enum class Hasten {
    everything,
    untried,  ///< Not what has failed before and waits to be repeated.
};
/// Makes due at once what waits under ordering keys that begin with `prefix`.
void hasten(Tx& tx, MerchantId merchant, std::string_view prefix, Hasten what = Hasten::everything);
/// Ends what is not running under ordering keys that begin with `prefix`, as if it had been done.
void cancel(Tx& tx, MerchantId merchant, std::string_view prefix);

/// How many jobs wait or run, and how many wait for a person, over all merchants: for metrics.
struct Counts {
    std::int64_t open = 0;
    std::int64_t dead = 0;
    /// Since when the job that waits longest is due, or its lease has ended. May lie ahead: nothing waits.
    std::optional<Instant> oldest_due_at;
};
Counts count(Reader& reader);

/// What is open or dead of one kind, over all merchants: for metrics.
struct KindCounts {
    std::string kind;
    std::int64_t waiting = 0;   ///< Never tried.
    std::int64_t retrying = 0;  ///< Tried before, and waiting to be tried again.
    std::int64_t running = 0;
    std::int64_t dead = 0;
    std::optional<Instant> oldest_due_at;  ///< As in `Counts`.
};
std::vector<KindCounts> count_by_kind(Reader& reader);

}  // namespace florin::jobs
