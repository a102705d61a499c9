// The failed payments notifier: a customer is told of an attempt that failed, once.

#include "billing_impl.hpp"
#include "florin/json/value.hpp"
#include "florin/notifications/filling.hpp"
#include "florin/notifications/notifications.hpp"

namespace florin::billing {
namespace {

/// What was paid, and has gone again.
constexpr std::string_view returned_event = "florin.billing.charge.returned";

/// The text of a member of the event's charge, a number's as it is written; empty when there is none.
std::string_view text_of(const json::Value& charge, std::string_view name) {
    const json::Value* member = charge.find(name);
    return member == nullptr ? std::string_view{} : member->text();
}

}  // namespace

Task<Result<void>> Billing::Impl::notice(const jobs::Job& job, std::string event_id) const {
    auto told = co_await read_telling(job.merchant, event_id);
    if (!told) co_return fail(std::move(told.error()));
    // What is told is what the event says, not what has become of the charge since.
    const auto data = json::parse(told->event_data);
    const json::Value* charge = data ? data->find("charge") : nullptr;
    if (charge == nullptr) co_return fail(ErrorKind::invalid, "event_unreadable", "The event cannot be read.");

    const std::string_view retry_on = text_of(*charge, "retry_on");
    const std::string& words = retry_on.empty() ? told->policy.final_message : told->policy.retry_message;
    if (words.empty() || on.notifications == nullptr) co_return Result<void>{};
    auto name = co_await on.addressee(job.merchant, told->charge.customer_id);
    if (!name) co_return fail(std::move(name.error()));
    if (!*name) co_return Result<void>{};

    notifications::Filling filling;
    filling.text("name", **name)
        .amount("amount", told->charge.amount)
        .text("description", text_of(*charge, "description"));
    if (const auto day = calendar::parse_date(retry_on)) filling.day("retry_on", *day);
    if (told->event_type == returned_event) filling.flag("is_returned", true);
    const std::string filled = filling.data();
    const notifications::Recipient recipient{.customer_id = told->charge.customer_id, .email = {}, .name = {}};
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        on.notifications->enqueue(tx, {.merchant = job.merchant,
                                       .cause = event_id,
                                       .template_name = words,
                                       .recipient = recipient,
                                       .data = filled,
                                       .correlation_id = told->charge.correlation_id,
                                       .traceparent = job.traceparent});
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

}  // namespace florin::billing
