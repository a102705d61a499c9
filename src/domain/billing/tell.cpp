// Which of the notifiers a job is for, and what it tells of.

#include "billing_impl.hpp"
#include "florin/events/events.hpp"
#include "job_payloads.hpp"

namespace florin::billing {

Task<Result<void>> Billing::tell(const jobs::Job& job) {
    const auto payload = read_payload<EventPayload>(job);
    if (!payload) co_return fail(payload.error());
    if (job.kind == receipt_kind) {
        std::optional<calendar::Date> happened_on;
        if (payload->happened_on) {
            const auto day = calendar::parse_date(*payload->happened_on);
            if (!day) co_return fail(day.error());
            happened_on = *day;
        }
        co_return co_await impl_->receipt(job, payload->event, happened_on, payload->refund, payload->document);
    }
    if (job.kind == ahead_kind) co_return co_await impl_->mail_ahead(job, payload->event);
    if (job.kind == case_kind) co_return co_await impl_->open_case(job, payload->event);
    co_return co_await impl_->notice(job, payload->event);
}

Task<Result<Billing::Impl::Telling>> Billing::Impl::read_telling(MerchantId merchant, std::string event_id) const {
    auto read = [&](Reader& reader) -> Result<Telling> {
        const auto event = events::find(reader, merchant, event_id);
        const auto id = event ? ChargeId::parse(event->subject_id) : std::nullopt;
        auto charge = id ? rows::find_charge(reader, merchant, *id) : std::nullopt;
        if (!charge) return fail(ErrorKind::invalid, "event_not_found", "There is no such event of a charge.");
        RetryPolicy policy = policy_of(reader, *charge);
        return Telling{.charge = std::move(*charge),
                       .event_type = event->type,
                       .event_data = event->data,
                       .policy = std::move(policy)};
    };
    co_return co_await on.store.read(read);
}

}  // namespace florin::billing
