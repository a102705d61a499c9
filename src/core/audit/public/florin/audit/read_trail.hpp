#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::audit {

/// Sensitive reads, recorded without slowing them: they are kept in memory and written together, soon
/// after. A process that dies loses the reads of its last tenth of a second (and what a slow disk has
/// made wait); writes are never recorded this way. When the database takes nothing for so long that
/// `max_waiting` reads wait, further ones are counted, and the count is recorded as `audit.reads_lost`.
class ReadTrail {
public:
    static constexpr std::size_t max_waiting = 50'000;
    /// More would keep writes waiting for the unit of work that records them.
    static constexpr std::size_t reads_per_unit = 500;
    static constexpr Millis interval{100};

    ReadTrail(store::Store& store, const Log& log, World world) : store_{store}, log_{log}, world_{world} {}

    /// Any thread.
    void note(const Entry& entry);
    /// Writes what waits, oldest first. On error it goes on waiting.
    Task<Result<void>> flush();
    /// Flushes every `interval` until `stop` is set, and then once more.
    Task<void> run(Signal& stop);

private:
    /// What one unit of work records. The texts stand in one piece of memory, one behind the other.
    struct Batch {
        struct Read {
            MerchantId merchant;
            Instant at;
            std::array<std::size_t, 8> text_sizes;
        };
        std::vector<Read> reads;
        std::string texts;
    };
    static void add(Batch& batch, const Entry& entry, Instant at);
    void append(Tx& tx, const Batch& batch, std::uint64_t lost) const;

    store::Store& store_;
    const Log& log_;
    World world_;
    std::mutex mutex_;
    std::deque<Batch> waiting_;
    std::size_t waiting_reads_ = 0;
    /// An empty one with its memory.
    Batch spare_;
    std::uint64_t lost_ = 0;
};

}  // namespace florin::audit
