// Tells whoever had a payment made of its money that goes back or comes from there again: in the unit that books it,
// or, where that cannot be, by a job which that unit leaves. So nobody who is told can keep it from being booked.

#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

/// A payment's are told in their order.
std::string ordering_key_of(const PaymentId& payment) { return "payments/money_back/" + payment.text(); }

}  // namespace

void note_not_told(const Transaction& by, std::string_view reason) {
    telemetry::error(
        "payment.money_back_not_told",
        {{"transaction_id", by.id.text()}, {"reason", reason}, {"correlation_id", by.origin.correlation_id}});
}

Result<void> Payments::Impl::tell_of_money_back(store::Tx& tx, const Recording& now, Telling telling) const {
    if (!on.on_money_back) return {};
    const Transaction& by = now.transaction;
    const PaymentDetails details{now.payment, rows::transactions_of(tx, now.payment.merchant, now.payment.id)};
    // What no other module has asked for concerns none.
    if (details.transactions.empty() || !idempotency::is_internal(details.transactions.front().idempotency_key))
        return {};
    const std::string ordering = ordering_key_of(now.payment.id);
    if (telling == Telling::at_once && (is_open(by.status) || jobs::count_open(tx, by.merchant, ordering) == 0)) {
        auto told = on.on_money_back(tx, details, by);
        if (told) return {};
        if (told.error().kind == ErrorKind::conflict)
            return fail(ErrorKind::conflict, "recorded_meanwhile", "Whoever is told was changed by somebody else.");
        return fail(ErrorKind::unavailable, money_back_not_told, told.error().message);
    }
    std::string payload;
    json::Writer json{payload};
    json.open('{').field("transaction_id", by.id).close('}');
    const std::string unique = by.id.text() + ":" + std::to_string(now.payment.version);
    jobs::enqueue(tx, {.merchant = by.merchant,
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = money_back_kind,
                       .payload = payload,
                       .unique_key = unique,
                       .ordering_key = ordering,
                       .correlation_id = by.origin.correlation_id});
    return {};
}

Task<Result<void>> Payments::tell_money_back(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto payload = json::parse(job.payload);
    const json::Value* text = payload ? payload->find("transaction_id") : nullptr;
    const auto id = text != nullptr ? TransactionId::parse(text->text()) : std::nullopt;
    if (!id) co_return fail(ErrorKind::invalid, "transaction_not_found", "The job names no transaction.");
    auto tell = [&](store::Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job))
            return fail(ErrorKind::conflict, "lease_lost", "Another worker has this job by now.");
        const auto by = rows::find_transaction(tx, job.merchant, *id);
        const auto details = by ? rows::find_details(tx, job.merchant, by->payment) : std::nullopt;
        if (!details) return fail(ErrorKind::invalid, "transaction_not_found", "There is no such transaction.");
        if (auto told = my.on.on_money_back(tx, *details, *by); !told) return fail(std::move(told.error()));
        return true;
    };
    const auto told = co_await my.on.store.write(tell);
    if (!told) co_return fail(told.error());
    co_return Result<void>{};
}

Task<Result<Recording>> Payments::Impl::record_alone(const Recording& known, const Answer& answer) {
    auto write_told = [&](store::Tx& tx) { return record(tx, known, answer, Telling::at_once); };
    if (known.transaction.type != TransactionType::refund) co_return co_await on.store.write(write_told);
    try {
        auto recorded = co_await on.store.write(write_told);
        if (recorded || recorded.error().code != money_back_not_told) co_return recorded;
        note_not_told(known.transaction, recorded.error().message);
    } catch (const std::exception& failure) {
        note_not_told(known.transaction, failure.what());
    }
    auto write_outcome = [&](store::Tx& tx) { return record(tx, known, answer, Telling::by_job); };
    co_return co_await on.store.write(write_outcome);
}

Task<bool> Payments::Impl::record_reversal_alone(const Transaction& charge, const Reversal& reversal) {
    constexpr int most_tries = 10;
    Telling telling = Telling::at_once;
    auto write = [&](store::Tx& tx) { return record_reversal(tx, charge.id, charge.merchant, reversal, telling); };
    for (int attempt = 1;; ++attempt) {
        bool is_told = true;
        try {
            const auto recorded = co_await on.store.write(write);
            if (recorded) co_return true;
            const Error& error = recorded.error();
            if (error.code == money_back_not_told) {
                note_not_told(charge, error.message);
                is_told = false;
            } else if (error.code != "recorded_meanwhile" || attempt == most_tries) {
                co_return false;
            }
        } catch (const std::exception& failure) {
            if (telling == Telling::by_job) throw;
            note_not_told(charge, failure.what());
            is_told = false;
        }
        if (!is_told) telling = Telling::by_job;
    }
}

}  // namespace florin::payments
