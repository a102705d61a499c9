#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::audit {

/// Sensitive reads, recorded without slowing them: they are kept in memory and written together, at
/// most a second later. A process that dies loses the reads of its last second; writes are never
/// recorded this way. When the database takes nothing for so long that `max_waiting` reads wait,
/// further ones are counted, and the count is recorded as `audit.reads_lost`.
class ReadTrail {
public:
    static constexpr std::size_t max_waiting = 50'000;
    static constexpr Millis interval{1'000};

    ReadTrail(store::Store& store, const Log& log, World world) : store_{store}, log_{log}, world_{world} {}

    /// Any thread.
    void note(const Entry& entry);
    /// Writes what waits in one unit of work. On error it goes on waiting.
    Task<Result<void>> flush();
    /// Flushes every `interval` until `stop` is set, and then once more.
    Task<void> run(Signal& stop);

private:
    struct Noted {
        MerchantId merchant;
        std::string correlation_id, action, entity_type, entity_id, actor, changes, ip_address, user_agent;
        Instant at;
    };
    void append(Tx& tx, const std::vector<Noted>& reads, std::uint64_t lost) const;

    store::Store& store_;
    const Log& log_;
    World world_;
    std::mutex mutex_;
    std::vector<Noted> waiting_;
    std::uint64_t lost_ = 0;
};

}  // namespace florin::audit
