#include "florin/payments/stored_means.hpp"

namespace florin::payments {
namespace {

using store::Row;
using store::Sql;

Sql find_card{"payment_methods.find_active", R"sql(
    SELECT id, connector, customer_id, card_last4, card_brand, card_expiry FROM payment_methods
    WHERE merchant_id = $1 AND id = $2 AND status = 'active'
)sql"};
Sql newest_card{"payment_methods.newest_of_customer", R"sql(
    SELECT id, connector, customer_id, card_last4, card_brand, card_expiry FROM payment_methods
    WHERE merchant_id = $1 AND customer_id = $2 AND status = 'active' ORDER BY id DESC LIMIT 1
)sql"};
// A payment has the id of its purchase, by which a mandate is named.
Sql find_mandate{"payments.find_paid_debit", R"sql(
    SELECT id, connector, customer_id, method, card_last4 FROM payments
    WHERE merchant_id = $1 AND id = $2 AND state = 'captured' AND method IN ('ideal', 'sepa_debit', 'ach_debit')
)sql"};
Sql newest_mandate{"payments.newest_mandate_of_customer", R"sql(
    SELECT id, connector, customer_id, method, card_last4 FROM payments
    WHERE merchant_id = $1 AND customer_id = $2 AND makes_mandate = 1 AND state = 'captured' ORDER BY id DESC LIMIT 1
)sql"};

StoredMeans stored_card_of(const Row& row) {
    const std::int64_t expiry = row.integer(5);
    return {.method = Method::card,
            .connector = row.string(1),
            .customer_id = row.optional_string(2).value_or(""),
            .payment_method = row.id<PaymentMethodId>(0),
            .card = {.last4 = row.string(3),
                     .brand = row.string(4),
                     .expiry_month = static_cast<int>(expiry % 100),
                     .expiry_year = static_cast<int>(expiry / 100)}};
}

/// What began at the payer's bank goes on as a direct debit (requirements B-FR-23).
StoredMeans mandate_of(const Row& row) {
    const Method by = parse_method(row.text(3)).value_or(Method::sepa_debit);
    return {.method = by == Method::ideal ? Method::sepa_debit : by,
            .connector = row.string(1),
            .customer_id = row.optional_string(2).value_or(""),
            .mandate_of = row.id<TransactionId>(0),
            .card = {.last4 = row.string(4), .brand = {}}};
}

}  // namespace

std::optional<StoredMeans> find_stored_means(store::Reader& reader, MerchantId merchant, const PaymentMethodId& id) {
    return reader.first(find_card, stored_card_of, merchant, id);
}

std::optional<StoredMeans> find_stored_means(store::Reader& reader, MerchantId merchant, const TransactionId& mandate) {
    return reader.first(find_mandate, mandate_of, merchant, mandate);
}

std::optional<StoredMeans> default_means(store::Reader& reader, MerchantId merchant, std::string_view customer_id) {
    if (customer_id.empty()) return std::nullopt;
    if (auto card = reader.first(newest_card, stored_card_of, merchant, customer_id)) return card;
    return reader.first(newest_mandate, mandate_of, merchant, customer_id);
}

}  // namespace florin::payments
