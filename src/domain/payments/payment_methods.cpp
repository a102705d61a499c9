#include "means_checks.hpp"
#include "payments_impl.hpp"

namespace florin::payments {

Task<Result<PaymentMethod>> Payments::find_payment_method(MerchantId merchant, PaymentMethodId id) {
    auto read = [&](store::Reader& reader) -> Result<PaymentMethod> {
        auto found = rows::find_payment_method(reader, merchant, id);
        if (!found) return fail(ErrorKind::not_found, "payment_method_not_found", "There is no such payment method.");
        return std::move(found->method);
    };
    co_return co_await impl_->on.store.read(read);
}

SealedToken sealed_token_of(store::Reader& reader, const Payment& payment) {
    if (payment.payment_method) {
        auto method = rows::find_payment_method(reader, payment.merchant, *payment.payment_method);
        if (method && method->method.status == "active")
            return {std::move(method->sealed_token), "payment_methods.sealed_token", payment.payment_method->value};
    }
    return {rows::stored_token(reader, payment.merchant, payment.id), "payments.stored_token", payment.id.value};
}

namespace {

/// What the intent's unit found: a card to be stored, or the answer that the request was given before.
struct StoringIntent {
    PaymentMethod method;
    std::optional<idempotency::Answer> stored;
    Instant begun_at;
};

}  // namespace

Task<Result<StoredMethod>> Payments::store_card(StoreCardCommand command) {
    Impl& my = *impl_;
    Connector* connector = my.on.connector(command.connector);
    if (connector == nullptr || !connector->capabilities().can_store_cards)
        co_return fail(ErrorKind::unavailable, "connector_missing",
                       "The merchant's payment provider cannot store cards.");
    if (auto valid = validate_card(command.card, connector->capabilities(), my.on.world.clock.now()); !valid)
        co_return fail(std::move(valid.error()));
    const auto provider_away = [] {
        return fail(ErrorKind::unavailable, "provider_unavailable",
                    "The provider did not answer. Repeat the request later.");
    };
    if (!co_await my.is_reachable(*connector)) co_return provider_away();

    PaymentMethod method{.merchant = command.merchant,
                         .id = my.on.world.new_id<PaymentMethodTag>(),
                         .customer_id = command.customer_id,
                         .connector = command.connector,
                         .status = "processing",
                         .card = facts_of(command.card),
                         .created_at = my.on.world.clock.now()};
    auto intend = [&](store::Tx& tx) -> Result<StoringIntent> {
        if (idempotency::take(tx, command.merchant, command.guard, method.id.value)) {
            rows::insert_payment_method(tx, method);
            return StoringIntent{method, std::nullopt, method.created_at};
        }
        auto earlier = idempotency::earlier(tx, command.merchant, command.guard);
        if (!earlier) return fail(std::move(earlier.error()));
        auto row = rows::find_payment_method(tx, command.merchant, PaymentMethodId{earlier->transaction});
        check(row.has_value(), "a key that was taken belongs to a payment method");
        if (earlier->answer) return StoringIntent{std::move(row->method), std::move(earlier->answer), row->updated_at};
        // It has no answer because the provider gave none, or because whoever asked died: the same card is
        // stored under the same reference, which finds what the provider made of the first request.
        const bool is_running = row->method.status == "processing" && row->updated_at + my.on.orphaned_after > tx.now();
        if (is_running || !rows::resume_payment_method(tx, *row))
            return fail(ErrorKind::rate_limited, "request_in_progress",
                        "A request with this idempotency key is still running. Repeat it in a second.");
        return StoringIntent{std::move(row->method), std::nullopt, tx.now()};
    };
    auto intent = co_await my.on.store.write(intend);
    if (!intent) co_return fail(std::move(intent.error()));
    method = std::move(intent->method);
    const Instant begun_at = intent->begun_at;
    if (intent->stored) co_return StoredMethod{std::move(method), std::move(intent->stored)};

    const std::string reference = reference_of(TransactionId{method.id.value});
    const StoredCard stored =
        co_await connector->store_card(command.card, command.billing, command.customer_id, reference);
    my.breakers.note(connector->name(), was_answered(stored.outcome));
    command.card.number.wipe();
    command.card.cvv.wipe();

    const bool is_stored = stored.outcome == Outcome::approved;
    const bool is_refused = stored.outcome == Outcome::declined || stored.outcome == Outcome::refused;
    method.status = is_stored ? "active" : "failed";
    const auto sealed =
        is_stored ? my.seal_token(stored.token, "payment_methods.sealed_token", method.merchant, method.id.value)
                  : std::vector<std::uint8_t>{};
    auto record = [&](store::Tx& tx) -> Result<bool> {
        // Whoever took it over while we waited decides.
        if (!rows::finish_payment_method(tx, method, begun_at, sealed)) return false;
        my.announce(tx, method, command.origin);
        if (is_stored) idempotency::finish(tx, method.merchant, command.guard.key, answer_of(method));
        // No money moves: a card that was refused may be offered again.
        if (is_refused) idempotency::free(tx, method.merchant, command.guard.key);
        return true;
    };
    auto recorded = co_await my.on.store.write(record);
    if (!recorded) co_return fail(std::move(recorded.error()));
    if (!*recorded)
        co_return fail(ErrorKind::rate_limited, "request_in_progress",
                       "A request with this idempotency key is still running. Repeat it in a second.");
    if (is_stored) co_return StoredMethod{std::move(method), std::nullopt};
    if (is_refused)
        co_return fail(ErrorKind::declined, "card_refused", "The provider does not accept this card.", "card");
    co_return provider_away();
}

}  // namespace florin::payments
