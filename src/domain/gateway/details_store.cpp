#include "details_store.hpp"

namespace florin::gateway::rows {
namespace {

store::Sql put_sql{"gateway.put_details", R"sql(
    INSERT INTO gateway_details (merchant_id, payment_id, sealed_details, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (merchant_id, payment_id) DO UPDATE SET sealed_details = excluded.sealed_details
)sql"};

store::Sql find_sql{"gateway.find_details",
                    "SELECT sealed_details FROM gateway_details WHERE merchant_id = $1 AND payment_id = $2"};

}  // namespace

void put_details(store::Tx& tx, MerchantId merchant, const payments::PaymentId& payment,
                 std::span<const std::uint8_t> sealed) {
    tx.later(put_sql, merchant, payment, sealed, tx.now());
}

std::optional<std::vector<std::uint8_t>> find_details(store::Reader& reader, MerchantId merchant,
                                                      const payments::PaymentId& payment) {
    return reader.first(
        find_sql,
        [](const store::Row& row) {
            const auto bytes = row.bytes(0);
            const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
            return std::vector<std::uint8_t>{begin, begin + bytes.size()};
        },
        merchant, payment);
}

}  // namespace florin::gateway::rows
