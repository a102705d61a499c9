#include "florin/audit/read_trail.hpp"

#include <utility>

namespace florin::audit {
namespace {

constexpr std::string_view Entry::* texts_of_entry[] = {&Entry::correlation_id, &Entry::action,    &Entry::entity_type,
                                                        &Entry::entity_id,      &Entry::actor,     &Entry::changes,
                                                        &Entry::ip_address,     &Entry::user_agent};

}  // namespace

void ReadTrail::add(Batch& batch, const Entry& entry, Instant at) {
    Batch::Read& read = batch.reads.emplace_back(Batch::Read{entry.merchant, at, {}});
    static_assert(std::size(texts_of_entry) == std::tuple_size_v<decltype(read.text_sizes)>);
    for (std::size_t i = 0; i < read.text_sizes.size(); ++i) {
        const std::string_view text = entry.*texts_of_entry[i];
        read.text_sizes[i] = text.size();
        batch.texts.append(text);
    }
}

void ReadTrail::note(const Entry& entry) {
    const Instant at = entry.at.value_or(world_.clock.now());
    const std::lock_guard lock{mutex_};
    if (waiting_reads_ >= max_waiting) {
        ++lost_;
        return;
    }
    if (waiting_.empty() || waiting_.back().reads.size() >= reads_per_unit)
        waiting_.push_back(std::exchange(spare_, Batch{}));
    add(waiting_.back(), entry, at);
    ++waiting_reads_;
}

void ReadTrail::append(Tx& tx, const Batch& batch, std::uint64_t lost) const {
    std::string_view texts = batch.texts;
    for (const Batch::Read& read : batch.reads) {
        Entry entry{.merchant = read.merchant, .at = read.at};
        for (std::size_t i = 0; i < read.text_sizes.size(); ++i) {
            entry.*texts_of_entry[i] = texts.substr(0, read.text_sizes[i]);
            texts.remove_prefix(read.text_sizes[i]);
        }
        log_.append(tx, entry);
    }
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
    // What comes meanwhile is for the next time.
    std::size_t batches = 0;
    {
        const std::lock_guard lock{mutex_};
        batches = waiting_.empty() && lost_ > 0 ? 1 : waiting_.size();
    }
    for (; batches > 0; --batches) {
        Batch batch;
        std::uint64_t lost = 0;
        {
            const std::lock_guard lock{mutex_};
            if (!waiting_.empty()) {
                batch = std::move(waiting_.front());
                waiting_.pop_front();
                waiting_reads_ -= batch.reads.size();
            }
            lost = std::exchange(lost_, 0);
        }
        auto write_reads = [&](Tx& tx) -> Result<void> {
            append(tx, batch, lost);
            return {};
        };
        auto written = co_await store_.write(write_reads);
        const std::lock_guard lock{mutex_};
        // After a commit without an answer a read may be recorded twice, which is better than not at all.
        if (!written) {
            lost_ += lost;
            waiting_reads_ += batch.reads.size();
            waiting_.push_front(std::move(batch));
            co_return written;
        }
        batch.reads.clear();
        batch.texts.clear();
        spare_ = std::move(batch);
    }
    co_return Result<void>{};
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
