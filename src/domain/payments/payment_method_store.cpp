#include "columns.hpp"
#include "payment_store.hpp"

namespace florin::payments::rows {
namespace {

using store::Row;
using store::Sql;

Sql insert_method{"payment_methods.insert", R"sql(
    INSERT INTO payment_methods (merchant_id, id, customer_id, connector, status, card_last4, card_brand, card_expiry,
        created_at, updated_at)
    VALUES ($1, $2, $3, $4, 'processing', $5, $6, $7, $8, $8)
)sql"};
Sql finish_method{"payment_methods.finish", R"sql(
    UPDATE payment_methods SET status = $4, sealed_token = $5, updated_at = $6
    WHERE merchant_id = $1 AND id = $2 AND status = 'processing' AND updated_at = $3
)sql"};
Sql resume_method{"payment_methods.resume", R"sql(
    UPDATE payment_methods SET status = 'processing', updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND updated_at = $3 AND status IN ('processing', 'failed')
)sql"};
Sql find_method{"payment_methods.find", R"sql(
    SELECT customer_id, connector, status, card_last4, card_brand, card_expiry, created_at, sealed_token, updated_at
    FROM payment_methods WHERE merchant_id = $1 AND id = $2
)sql"};

}  // namespace

void insert_payment_method(Tx& tx, const PaymentMethod& m) {
    tx.later(insert_method, m.merchant, m.id, or_null(m.customer_id), m.connector, m.card.last4, m.card.brand,
             expiry_number(m.card), m.created_at);
}

bool finish_payment_method(Tx& tx, const PaymentMethod& m, Instant begun_at,
                           std::span<const std::uint8_t> sealed_token) {
    const auto token = sealed_token.empty() ? std::nullopt : std::optional{sealed_token};
    return tx.claim(finish_method, m.merchant, m.id, begun_at, m.status, token, tx.now());
}

bool resume_payment_method(Tx& tx, const MethodRow& row) {
    return tx.claim(resume_method, row.method.merchant, row.method.id, row.updated_at, tx.now());
}

std::optional<MethodRow> find_payment_method(Reader& reader, MerchantId merchant, const PaymentMethodId& id) {
    return reader.first(
        find_method,
        [&](const Row& row) {
            return MethodRow{.method = {.merchant = merchant,
                                        .id = id,
                                        .customer_id = text_or_empty(row, 0),
                                        .connector = row.string(1),
                                        .status = row.string(2),
                                        .card = card_of(row.string(3), row.string(4), row.integer(5)),
                                        .created_at = row.instant(6)},
                             .sealed_token = row.is_null(7) ? std::vector<std::uint8_t>{} : octets_of(row.bytes(7)),
                             .updated_at = row.instant(8)};
        },
        merchant, id);
}

}  // namespace florin::payments::rows
