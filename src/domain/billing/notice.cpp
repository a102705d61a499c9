// The failed payments notifier: what a customer is told of an attempt that failed, once.

#include "billing_impl.hpp"
#include "florin/events/events.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/notifications/notifications.hpp"
#include "job_payloads.hpp"

namespace florin::billing {
namespace {

/// The text of a member of the event's charge, a number's as it is written; empty when there is none.
std::string_view text_of(const json::Value& charge, std::string_view name) {
    const json::Value* member = charge.find(name);
    return member == nullptr ? std::string_view{} : member->text();
}

}  // namespace

Task<Result<void>> Billing::tell(const jobs::Job& job) {
    const auto payload = read_payload<EventPayload>(job);
    if (!payload) co_return fail(payload.error());
    co_return co_await impl_->notice(job, payload->event);
}

Task<Result<void>> Billing::Impl::notice(const jobs::Job& job, std::string event_id) const {
    struct Told {
        std::optional<events::Event> event;
        std::optional<Charge> charge;
        RetryPolicy policy;
        merchants::Profile profile;
    };
    auto read = [&](Reader& reader) -> Result<Told> {
        Told told{.event = events::find(reader, job.merchant, event_id),
                  .charge = std::nullopt,
                  .policy = {},
                  .profile = on.merchants.profile(reader, job.merchant)};
        if (const auto id = told.event ? ChargeId::parse(told.event->subject_id) : std::nullopt)
            told.charge = rows::find_charge(reader, job.merchant, *id);
        if (told.charge) told.policy = policy_of(reader, *told.charge);
        return told;
    };
    auto told = co_await on.store.read(read);
    if (!told) co_return fail(std::move(told.error()));
    if (!told->charge) co_return fail(ErrorKind::invalid, "event_not_found", "There is no such event of a charge.");
    const auto data = json::parse(told->event->data);
    const json::Value* charge = data ? data->find("charge") : nullptr;
    if (charge == nullptr) co_return fail(ErrorKind::invalid, "event_unreadable", "The event cannot be read.");

    const std::string_view retry_on = text_of(*charge, "retry_on");
    const std::string& words = retry_on.empty() ? told->policy.final_message : told->policy.retry_message;
    if (words.empty() || on.notifications == nullptr) co_return Result<void>{};
    auto name = co_await on.addressee(job.merchant, told->charge->customer_id);
    if (!name) co_return fail(std::move(name.error()));
    if (!*name) co_return Result<void>{};

    std::string filling;
    json::Writer json{filling};
    json.open('{')
        .field("name", **name)
        .field("amount", text_of(*charge, "amount"))
        .field("currency", text_of(*charge, "currency"))
        .field("description", text_of(*charge, "description"))
        .field("merchant", told->profile.legal_name.empty() ? told->profile.name : told->profile.legal_name);
    if (!retry_on.empty()) json.field("retry_on", retry_on);
    json.close('}');
    const notifications::Recipient recipient{.customer_id = told->charge->customer_id, .email = {}, .name = {}};
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        on.notifications->enqueue(tx, {.merchant = job.merchant,
                                       .cause = event_id,
                                       .template_name = words,
                                       .recipient = recipient,
                                       .data = filling,
                                       .language = told->profile.locale,
                                       .correlation_id = told->charge->correlation_id});
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

}  // namespace florin::billing
