#include "warm_up.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <optional>

#include "blocking_store.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::app {
namespace {

/// A few milliseconds' worth, so that a stop need not wait and no snapshot stands long.
constexpr int page = 2'000;

}  // namespace

WarmUp::WarmUp(store::Store& store) {
    if (store.engine() == store::Engine::sqlite) thread_ = std::thread{[this, &store] { run(store); }};
}

WarmUp::~WarmUp() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void WarmUp::run(store::Store& store) {
    // Of this thread alone, as Linux has it.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
    auto& is_done = telemetry::metrics().gauge(
        "florin_warm_up_done", "1 once the index of idempotency keys has been read into memory after the start.");
    std::int64_t count = 0;
    std::optional<idempotency::KeyPlace> place = idempotency::KeyPlace{};
    while (place && !is_stopping_) {
        auto read_page = [&](store::Reader& reader) -> Result<std::optional<idempotency::KeyPlace>> {
            return idempotency::read_through(reader, *place, page, count);
        };
        // It only saves time: what cannot be read now is read when it is needed, and a damaged index is found by
        // whoever needs it, or by `florin doctor`.
        try {
            auto read = read_blocking(store, read_page);
            if (!read) return;
            place = std::move(*read);
        } catch (const store::Failure& damaged) {
            telemetry::error("warm_up.index_unreadable", {{"what", damaged.what()}, {"idempotency_keys", count}});
            return;
        }
    }
    if (is_stopping_) return;
    is_done.set(1);
    telemetry::info("warm_up.done", {{"idempotency_keys", count}});
}

}  // namespace florin::app
