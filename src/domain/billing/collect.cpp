// The collector: intent, act and record of one charge.

#include <charconv>

#include "billing_impl.hpp"
#include "florin/base/check.hpp"
#include "florin/json/writer.hpp"
#include "job_payloads.hpp"
#include "ordering_keys.hpp"

namespace florin::billing {
namespace {

constexpr Millis shortest_wait{1'000}, longest_wait{600'000};
constexpr std::string_view key_prefix = "billing ";

/// As long again as it has waited so far.
Millis wait_since(Instant began, Instant now) { return std::clamp(now - began, shortest_wait, longest_wait); }

}  // namespace

idempotency::Guard guard_of(const Charge& charge, std::int64_t number) {
    idempotency::Guard guard{.key = std::string{key_prefix} + charge.id.text() + " " + std::to_string(number),
                             .route = "billing.collect"};
    std::ranges::copy(charge.id.value, guard.fingerprint.begin());
    return guard;
}

std::optional<AttemptKey> attempt_of(std::string_view key) {
    constexpr std::size_t id_size = 36;
    if (!key.starts_with(key_prefix) || key.size() < key_prefix.size() + id_size + 2) return std::nullopt;
    const auto id = ChargeId::parse(key.substr(key_prefix.size(), id_size));
    const std::string_view digits = key.substr(key_prefix.size() + id_size + 1);
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!id || failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return AttemptKey{.charge = *id, .number = number};
}

std::string metadata_of(const Charge& charge) {
    std::string text;
    json::Writer json{text};
    json.open('{')
        .field("charge_id", charge.id)
        .field("owner_kind", charge.owner_kind)
        .field("owner_id", charge.owner)
        .field("description", charge.description)
        .close('}');
    return text;
}

bool is_repeatable(const Error& error) {
    return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::rate_limited ||
           error.kind == ErrorKind::outcome_unknown;
}

Task<Result<void>> Billing::collect(const jobs::Job& job) {
    const auto payload = read_payload<CollectPayload>(job);
    if (!payload) co_return fail(payload.error());
    auto read = [&](Reader& reader) -> Result<std::optional<Impl::Work>> {
        auto charge = rows::find_charge(reader, job.merchant, payload->charge);
        if (!charge) return std::optional<Impl::Work>{};
        auto attempt = rows::find_attempt(reader, job.merchant, payload->charge, payload->attempt);
        return std::optional{
            Impl::Work{.charge = std::move(*charge), .number = payload->attempt, .attempt = std::move(attempt)}};
    };
    auto work = co_await impl_->on.store.read(read);
    if (!work) co_return fail(std::move(work.error()));
    if (!*work) co_return fail(ErrorKind::invalid, "charge_not_found", "There is no such charge.");
    const Charge& charge = (*work)->charge;
    const bool is_under_way = charge.status == ChargeStatus::processing && charge.attempts == payload->attempt;
    const bool may_begin = (charge.status == ChargeStatus::pending || charge.status == ChargeStatus::retrying) &&
                           charge.attempts + 1 == payload->attempt;
    // A refund's attempts are its parts, which one job goes through.
    const bool is_refund_open = charge.is_refund && charge.status == ChargeStatus::processing;
    // Canceled, or recorded before this job could say so.
    if (!is_under_way && !may_begin && !is_refund_open) co_return Result<void>{};
    co_return co_await impl_->charge_now(job, std::move(**work));
}

std::optional<payments::StoredMeans> Billing::Impl::stored_means(Reader& reader, MerchantId merchant,
                                                                 const Means& means, std::string_view customer_id) {
    if (means.payment_method) return payments::find_stored_means(reader, merchant, *means.payment_method);
    if (means.mandate_of) return payments::find_stored_means(reader, merchant, *means.mandate_of);
    return payments::default_means(reader, merchant, customer_id);
}

Result<void> Billing::check_currency(Reader& reader, MerchantId merchant, const Means& means,
                                     std::string_view customer_id, Currency currency, std::string_view field) const {
    const auto by = Impl::stored_means(reader, merchant, means, customer_id);
    if (!by || impl_->on.payments.takes(*by, currency)) return {};
    const std::string message = "What this customer pays by does not take " + std::string{currency.code()} +
                                ": give another currency, or another means of payment.";
    return fail(ErrorKind::invalid, "currency_not_supported", message, field);
}

Task<Result<void>> Billing::await_outcome(const jobs::Job& job) { return collect(job); }

Task<Result<void>> Billing::Impl::charge_now(const jobs::Job& job, Work work) {
    const Charge& charge = work.charge;
    if (charge.amount.is_zero()) {
        Ended nothing_to_pay{.is_success = true};
        co_return co_await refuse(job, std::move(work), std::move(nothing_to_pay));
    }
    if (charge.is_refund) co_return co_await refund_now(job, std::move(work));
    if (work.attempt && work.attempt->transaction) {
        auto found = co_await on.payments.find_transaction(charge.merchant, *work.attempt->transaction);
        if (!found) co_return fail(std::move(found.error()));
        co_return co_await follow(job, std::move(work), found->transaction);
    }
    auto read_means = [&](Reader& reader) -> Result<std::optional<payments::StoredMeans>> {
        return stored_means(reader, charge.merchant, charge.means, charge.customer_id);
    };
    const auto means = co_await on.store.read(read_means);
    if (!means) co_return fail(means.error());
    const bool has_begun = charge.status == ChargeStatus::processing;
    Ended unpaid{.decline = payments::DeclineClass::hard,
                 .code = "no_payment_method",
                 .message = "The customer has no payment method that can be charged."};
    if (!*means && !has_begun) co_return co_await refuse(job, std::move(work), std::move(unpaid));
    const payments::StoredMeans by = means->value_or(payments::StoredMeans{});
    const auto expired = by.payment_method ? expired_on(by.card) : std::nullopt;
    if (expired && calendar::days_between(charge.due_date, *expired) <= merchants::earliest_notice_days)
        if (auto looked = co_await look_beyond(charge); !looked) co_return looked;
    payments::ChargeCommand command{.merchant = charge.merchant,
                                    .type = payments::TransactionType::purchase,
                                    .guard = guard_of(charge, work.number),
                                    .connector = by.connector,
                                    .amount = charge.amount,
                                    .card = std::nullopt,
                                    .payment_method = by.payment_method,
                                    .method = by.method,
                                    .mandate_of = by.mandate_of,
                                    .billing = {},
                                    .customer_id = charge.customer_id,
                                    .metadata = metadata_of(charge),
                                    .is_merchant_initiated = true,
                                    .origin = {.actor = "system",
                                               .ip_address = {},
                                               .user_agent = {},
                                               .correlation_id = charge.correlation_id,
                                               .traceparent = job.traceparent},
                                    .created_payment = std::nullopt};
    // The intent: once this is committed the charge is under way, and can no longer be prevented (F85).
    command.with_intent = [&charge, number = work.number](Tx& tx) -> Result<void> {
        if (!rows::begin_attempt(tx, charge, number, tx.now()))
            return fail(ErrorKind::conflict, "charge_changed_meanwhile", "The charge was canceled meanwhile.");
        rows::insert_attempt(tx, {.merchant = charge.merchant,
                                  .charge = charge.id,
                                  .number = number,
                                  .amount_minor = charge.amount.minor(),
                                  .begun_at = tx.now()});
        return {};
    };
    // What the provider's answer means for the charge becomes true with it. What is found out later comes by `follow`.
    command.with_outcome = [this, &job, &charge, number = work.number](
                               Tx& tx, const payments::Payment& payment,
                               const payments::Transaction& transaction) -> Result<void> {
        if (!jobs::finish(tx, job)) return lease_lost();
        return record(tx, charge.id, charge.merchant, number, ended_as(transaction), &payment);
    };
    auto executed = co_await on.payments.charge(std::move(command));
    if (executed && executed->is_told) {
        note_recorded(ended_as(executed->transaction));
        co_return Result<void>{};
    }
    if (executed) co_return co_await follow(job, std::move(work), executed->transaction);
    const Error& error = executed.error();
    // It was begun by means that are gone since, and payments knows of nothing that was sent by them.
    if (!*means && error.code == "connector_missing")
        co_return co_await refuse(job, std::move(work), std::move(unpaid));
    switch (error.kind) {
        case ErrorKind::unavailable:
            co_return co_await put_off(job, std::move(work));
        case ErrorKind::rate_limited:
        case ErrorKind::outcome_unknown:
        case ErrorKind::conflict:
            co_return co_await wait(job, std::move(work), nullptr, false);
        case ErrorKind::invalid:
        case ErrorKind::unauthenticated:
        case ErrorKind::forbidden:
        case ErrorKind::not_found:
        case ErrorKind::mismatch:
        case ErrorKind::declined:
        case ErrorKind::too_large:
            break;
    }
    Ended refused{.code = error.code, .message = error.message};
    co_return co_await refuse(job, std::move(work), std::move(refused));
}

Task<Result<void>> Billing::Impl::follow(const jobs::Job& job, Work work,
                                         const payments::Transaction& transaction) const {
    switch (transaction.status) {
        case payments::TransactionStatus::processing:
        case payments::TransactionStatus::unknown:
            co_return co_await wait(job, std::move(work), &transaction, false);
        case payments::TransactionStatus::pending:
        case payments::TransactionStatus::quarantined:  // A person decides.
            co_return co_await wait(job, std::move(work), &transaction, true);
        case payments::TransactionStatus::approved:
        case payments::TransactionStatus::declined:
        case payments::TransactionStatus::failed:
            break;
    }
    co_return co_await record_and_finish(job, work.charge.id, work.number, ended_as(transaction));
}

Task<Result<void>> Billing::Impl::refuse(const jobs::Job& job, Work work, Ended ended) const {
    const Charge& charge = work.charge;
    auto begin = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        // Canceled meanwhile: then there is nothing to record either.
        if (!rows::begin_attempt(tx, charge, work.number, tx.now())) return false;
        rows::insert_attempt(tx, {.merchant = charge.merchant,
                                  .charge = charge.id,
                                  .number = work.number,
                                  .amount_minor = charge.is_refund ? 0 : charge.amount.minor(),
                                  .begun_at = tx.now()});
        if (auto recorded = record(tx, charge.id, charge.merchant, work.number, ended); !recorded)
            return fail(std::move(recorded.error()));
        return true;
    };
    auto written = co_await on.store.write(begin);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

Task<Result<void>> Billing::Impl::wait(const jobs::Job& job, Work work, const payments::Transaction* known,
                                       bool is_slow) const {
    const Charge& charge = work.charge;
    auto write = [&](Tx& tx) -> Result<bool> {
        const Instant began = work.attempt ? work.attempt->begun_at : charge.updated_at;
        const Instant until = tx.now() + wait_since(began, tx.now());
        if (known != nullptr && !charge.is_refund)
            rows::update_attempt(tx, {.merchant = charge.merchant,
                                      .charge = charge.id,
                                      .number = work.number,
                                      .payment = known->payment,
                                      .transaction = known->id,
                                      .begun_at = {}});
        if (!is_slow || job.kind == await_kind) {
            if (!jobs::postpone(tx, job, until)) return lease_lost();
            return true;
        }
        // The provider has it and takes its time: what the owner owes next need not wait for that.
        if (!jobs::finish(tx, job)) return lease_lost();
        const std::string ordering = ordering_keys::await(charge.id);
        const std::string unique = charge.id.text() + ":" + std::to_string(work.number);
        jobs::enqueue(tx, {.merchant = charge.merchant,
                           .id = on.world.new_id<jobs::JobOf>(),
                           .kind = await_kind,
                           .payload = job.payload,
                           .unique_key = unique,
                           .ordering_key = ordering,
                           .run_at = until,
                           .correlation_id = charge.correlation_id});
        auto now = rows::find_charge(tx, charge.merchant, charge.id);
        check(now.has_value(), "an attempt belongs to a charge");
        if (now->status != ChargeStatus::processing || (now->attempts != work.number && !now->is_refund)) return true;
        const std::int64_t before = now->version;
        now->version += 1;
        now->updated_at = tx.now();
        now->payment = known->payment;
        if (!rows::update_charge(tx, *now, before)) return lease_lost();
        announce(tx, *now, "processing", "system");
        tell_owner(tx, *now, *now);
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    co_return Result<void>{};
}

Task<Result<void>> Billing::Impl::put_off(const jobs::Job& job, Work work) const {
    const Charge& charge = work.charge;
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::postpone(tx, job, tx.now() + wait_since(charge.updated_at, tx.now()))) return lease_lost();
        // It was under way before: what this call could not send, an earlier one may have.
        if (charge.status == ChargeStatus::processing) return true;
        const auto now = rows::find_charge(tx, charge.merchant, charge.id);
        if (!now || now->status != ChargeStatus::processing || now->attempts != work.number) return true;
        if (!rows::withdraw_attempt(tx, charge, work.number)) return lease_lost();
        if (!is_wanted(tx, charge)) let_go(tx, charge);
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    co_return Result<void>{};
}

void Billing::hear(Tx& tx, const payments::Transaction& transaction) {
    const auto attempt = attempt_of(transaction.idempotency_key);
    if (!attempt) return;
    jobs::hasten(tx, transaction.merchant, ordering_keys::await(attempt->charge));
    if (const auto charge = rows::find_charge(tx, transaction.merchant, attempt->charge))
        jobs::hasten(tx, transaction.merchant, ordering_keys::collect(charge->owner_kind, charge->owner));
}

}  // namespace florin::billing
