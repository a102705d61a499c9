#include "florin/ledger/ledger.hpp"
#include "florin/payments/stored_means.hpp"
#include "payments_impl.hpp"

namespace florin::payments {

std::vector<TransactionId> without_journal(store::Reader& reader) {
    std::vector<TransactionId> missing;
    for (const rows::Due& transaction : rows::approved(reader)) {
        const TransactionId id{transaction.id};
        if (!ledger::is_posted(reader, transaction.merchant, ledger::journal_of(id))) missing.push_back(id);
    }
    return missing;
}

Payments::Payments(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Payments::~Payments() = default;

bool Payments::takes(const StoredMeans& means, Currency currency) const {
    const Connector* connector = impl_->on.connector(means.connector);
    if (connector == nullptr) return true;
    const Capabilities can = connector->capabilities();
    const bool is_refused = can.refuses_currency != nullptr && can.refuses_currency(means.method, currency);
    return can.takes(means.method, currency.code()) && !is_refused;
}

Task<Result<Payment>> Payments::create(MerchantId merchant, Currency currency, std::string connector,
                                       Instant expires_at, Origin origin) {
    Impl& my = *impl_;
    const PaymentId id = my.on.world.new_id<PaymentTag>();
    auto insert = [&](store::Tx& tx) -> Result<Payment> {
        Payment payment{.merchant = merchant,
                        .id = id,
                        .state = PaymentState::created,
                        .amount = Money::zero(currency),
                        .customer_id = {},
                        .connector = connector,
                        .payment_method = std::nullopt,
                        .card = {},
                        .version = 1,
                        .created_at = tx.now(),
                        .updated_at = tx.now(),
                        .expires_at = expires_at};
        rows::insert_payment(tx, payment);
        my.announce(tx, payment, "florin.payment.created", origin);
        return payment;
    };
    co_return co_await my.on.store.write(insert);
}

BreakerState Payments::breaker(std::string_view connector) { return impl_->breakers.state(connector); }

Task<Result<PaymentDetails>> Payments::find(MerchantId merchant, PaymentId id) {
    auto read = [&](store::Reader& reader) -> Result<PaymentDetails> {
        auto found = rows::find_details(reader, merchant, id);
        if (!found) return fail(ErrorKind::not_found, "payment_not_found", "There is no such payment.");
        return std::move(*found);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Executed>> Payments::find_transaction(MerchantId merchant, TransactionId id) {
    auto read = [&](store::Reader& reader) -> Result<Executed> {
        auto transaction = rows::find_transaction(reader, merchant, id);
        if (!transaction) return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.");
        auto payment = rows::find_payment(reader, merchant, transaction->payment);
        check(payment.has_value(), "a transaction has a payment");
        return Executed{.payment = std::move(*payment), .transaction = std::move(*transaction)};
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<Payment>>> Payments::list(MerchantId merchant, PaymentFilter filter) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<Payment>> {
        return rows::list(reader, merchant, filter);
    };
    co_return co_await impl_->on.store.read(read);
}

}  // namespace florin::payments
