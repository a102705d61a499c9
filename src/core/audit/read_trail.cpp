#include "florin/audit/read_trail.hpp"

#include <iterator>

namespace florin::audit {

void ReadTrail::note(const Entry& entry) {
    Noted noted{entry.merchant,
                std::string{entry.correlation_id},
                std::string{entry.action},
                std::string{entry.entity_type},
                std::string{entry.entity_id},
                std::string{entry.actor},
                std::string{entry.changes},
                std::string{entry.ip_address},
                std::string{entry.user_agent},
                entry.at.value_or(world_.clock.now())};
    const std::lock_guard lock{mutex_};
    if (waiting_.size() < max_waiting)
        waiting_.push_back(std::move(noted));
    else
        ++lost_;
}

void ReadTrail::append(Tx& tx, const std::vector<Noted>& reads, std::uint64_t lost) const {
    for (const Noted& read : reads)
        log_.append(tx, {.merchant = read.merchant,
                         .correlation_id = read.correlation_id,
                         .action = read.action,
                         .entity_type = read.entity_type,
                         .entity_id = read.entity_id,
                         .actor = read.actor,
                         .changes = read.changes,
                         .ip_address = read.ip_address,
                         .user_agent = read.user_agent,
                         .at = read.at});
    if (lost == 0) return;
    const std::string changes = R"({"count":)" + std::to_string(lost) + "}";
    // Of no merchant: which ones they were is what was lost.
    log_.append(tx, {.merchant = {0},
                     .action = "audit.reads_lost",
                     .entity_type = "audit",
                     .entity_id = "reads",
                     .actor = "system",
                     .changes = changes});
}

Task<Result<void>> ReadTrail::flush() {
    std::vector<Noted> reads;
    std::uint64_t lost = 0;
    {
        const std::lock_guard lock{mutex_};
        reads.swap(waiting_);
        lost = std::exchange(lost_, 0);
    }
    if (reads.empty() && lost == 0) co_return Result<void>{};
    auto write_reads = [&](Tx& tx) -> Result<void> {
        append(tx, reads, lost);
        return {};
    };
    auto written = co_await store_.write(write_reads);
    // After a commit without an answer a read may be recorded twice, which is better than not at all.
    if (!written) {
        const std::lock_guard lock{mutex_};
        lost_ += lost;
        reads.insert(reads.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
        waiting_ = std::move(reads);
    }
    co_return written;
}

Task<void> ReadTrail::run(Signal& stop) {
    while (!co_await stop.wait_for(interval)) {
        // What could not be written waits for the next time.
        const auto flushed = co_await flush();
        static_cast<void>(flushed);
    }
    const auto flushed = co_await flush();
    static_cast<void>(flushed);
}

}  // namespace florin::audit
