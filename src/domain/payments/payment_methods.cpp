#include "card_checks.hpp"
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

Task<Result<PaymentMethod>> Payments::store_card(StoreCardCommand command) {
    Impl& my = *impl_;
    Connector* connector = my.on.connector(command.connector);
    if (connector == nullptr || !connector->capabilities().can_store_cards)
        co_return fail(ErrorKind::unavailable, "connector_missing", "The merchant's payment provider cannot store cards.");
    if (auto valid = validate_card(command.card, connector->capabilities(), my.on.world.clock.now()); !valid)
        co_return fail(std::move(valid.error()));

    PaymentMethod method{.merchant = command.merchant,
                         .id = my.on.world.new_id<PaymentMethodTag>(),
                         .customer_id = command.customer_id,
                         .connector = command.connector,
                         .status = "processing",
                         .card = facts_of(command.card),
                         .created_at = my.on.world.clock.now()};
    auto intend = [&](store::Tx& tx) -> Result<bool> {
        rows::insert_payment_method(tx, method);
        return true;
    };
    auto intended = co_await my.on.store.write(intend);
    if (!intended) co_return fail(std::move(intended.error()));

    const std::string reference = reference_of(TransactionId{method.id.value});
    const StoredCard stored = co_await connector->store_card(command.card, command.billing, command.customer_id, reference);
    command.card.number.wipe();
    command.card.cvv.wipe();

    // Nothing has moved: a card whose answer was lost is stored again by whoever repeats the request.
    const bool is_stored = stored.outcome == Outcome::approved;
    method.status = is_stored ? "active" : "failed";
    const auto sealed = is_stored ? my.seal_token(stored.token, "payment_methods.sealed_token", method.merchant, method.id.value)
                                  : std::vector<std::uint8_t>{};
    auto record = [&](store::Tx& tx) -> Result<bool> {
        rows::finish_payment_method(tx, method, sealed);
        my.announce(tx, method, command.origin);
        return true;
    };
    auto recorded = co_await my.on.store.write(record);
    if (!recorded) co_return fail(std::move(recorded.error()));
    if (is_stored) co_return method;
    if (stored.outcome == Outcome::declined || stored.outcome == Outcome::refused)
        co_return fail(ErrorKind::declined, "card_refused", "The provider does not accept this card.", "card");
    co_return fail(ErrorKind::unavailable, "provider_unavailable", "The provider did not answer. Repeat the request later.");
}

}  // namespace florin::payments
