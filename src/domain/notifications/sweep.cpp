// Mails for which nothing happens any more. Row and job are one commit, so there are none unless somebody took a job
// away or it died without having said so; but a mail that nobody sends is seen by nobody else either (F123).

#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "notifications_impl.hpp"

namespace florin::notifications {
namespace {

constexpr std::int64_t swept_at_once = 100;
constexpr std::int64_t most_sweeps = 1;
constexpr Millis pause{60'000};
constexpr Millis until_next_look = std::chrono::hours{2};

}  // namespace

Task<std::size_t> Notifications::sweep() {
    Impl& my = *impl_;
    auto look = [&](store::Reader& reader) -> Result<std::vector<rows::Row>> {
        return rows::overdue(reader, my.on.world.clock.now(), swept_at_once);
    };
    const auto found = co_await my.on.store.read(look);
    if (!found) co_return 0;
    std::size_t swept = 0;
    for (const rows::Row& row : *found) {
        const Notification& late = row.notification;
        auto let_go_on = [&](store::Tx& tx) -> Result<bool> {
            rows::Row changed = row;
            if (jobs::count_open(tx, late.merchant, job_key(late.id)) > 0) {
                // It waits in a queue that is long, or held up: somebody will come to it.
                changed.notification.due_at = tx.now() + until_next_look;
                changed.notification.version += 1;
                return rows::update(tx, changed) && false;
            }
            if (late.sweeps < most_sweeps) {
                changed.notification.sweeps += 1;
                changed.notification.due_at = tx.now() + until_next_look;
                changed.notification.version += 1;
                if (!rows::update(tx, changed)) return false;
                const std::string payload = R"({"notification":")" + late.id.text() + R"("})", order = job_key(late.id);
                jobs::enqueue(tx, {.merchant = late.merchant,
                                   .id = my.on.world.new_id<struct jobs::JobOf>(),
                                   .kind = job_kind,
                                   .payload = payload,
                                   .ordering_key = order,
                                   .max_attempts = 100,
                                   .correlation_id = late.correlation_id});
                return true;
            }
            auto given_up =
                Impl::after(row, late.state == State::sending ? Happening::lost : Happening::refused, tx.now());
            if (late.state == State::unknown) given_up = changed, given_up->notification.version += 1;
            given_up->notification.due_at = std::nullopt;
            given_up->notification.error_code = "never_sent";
            given_up->notification.error = "It was tried as often as it may be, and nobody has taken it.";
            return my.move(tx, *given_up);
        };
        const auto written = co_await my.on.store.write(let_go_on);
        if (!written || !*written) continue;
        ++swept;
        telemetry::error("notification.was_forgotten", {{"notification_id", late.id},
                                                        {"merchant", late.merchant},
                                                        {"state", to_text(late.state)},
                                                        {"correlation_id", late.correlation_id}});
        telemetry::metrics()
            .counter("florin_notifications_swept_total", "Mails that were found open without a job to send them.")
            .add();
    }
    if (swept > 0) wake();
    co_return swept;
}

Task<void> Notifications::run(Signal& stop) {
    while (!stop.is_set()) {
        co_await sweep();
        co_await stop.wait_for(pause);
    }
}

}  // namespace florin::notifications
