#include "customer_store.hpp"

namespace florin::customers::rows {
namespace {

using store::Row;
using store::Sql;

#define FLORIN_CUSTOMER_COLUMNS \
    "id, customer_id, sealed_key, sealed_profile, version, created_at, updated_at, erased_at"

Sql insert_sql{"customers.insert", R"sql(
    INSERT INTO customers (merchant_id, id, customer_id, sealed_key, sealed_profile, email_digest, version, created_at,
        updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    ON CONFLICT (merchant_id, customer_id) DO NOTHING
)sql"};
Sql update_sql{"customers.update", R"sql(
    UPDATE customers SET sealed_key = $3, sealed_profile = $4, email_digest = $5, version = $6, updated_at = $7
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $6 AND erased_at IS NULL
)sql"};
Sql erase_sql{"customers.erase", R"sql(
    UPDATE customers SET sealed_key = NULL, sealed_profile = NULL, email_digest = NULL, version = $3, updated_at = $4,
        erased_at = $4
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $3 AND erased_at IS NULL
)sql"};

Sql find_sql{"customers.find", "SELECT " FLORIN_CUSTOMER_COLUMNS " FROM customers WHERE merchant_id = $1 AND id = $2"};
Sql find_by_customer_id_sql{"customers.find_by_customer_id",
                            "SELECT " FLORIN_CUSTOMER_COLUMNS
                            " FROM customers WHERE merchant_id = $1 AND customer_id = $2"};

// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_LIST_TAIL " AND id < $2 AND created_at >= $3 AND created_at < $4 ORDER BY id DESC LIMIT $5"
Sql list_all{"customers.list",
             "SELECT " FLORIN_CUSTOMER_COLUMNS " FROM customers WHERE merchant_id = $1" FLORIN_LIST_TAIL};
Sql list_by_email{"customers.list_by_email",
                  "SELECT " FLORIN_CUSTOMER_COLUMNS
                  " FROM customers WHERE merchant_id = $1 AND email_digest = $6" FLORIN_LIST_TAIL};
Sql list_by_customer_id{"customers.list_by_customer_id",
                        "SELECT " FLORIN_CUSTOMER_COLUMNS
                        " FROM customers WHERE merchant_id = $1 AND customer_id = $6" FLORIN_LIST_TAIL};
Sql list_by_both{"customers.list_by_customer_id_and_email",
                 "SELECT " FLORIN_CUSTOMER_COLUMNS
                 " FROM customers WHERE merchant_id = $1 AND customer_id = $6 AND email_digest = $7" FLORIN_LIST_TAIL};

std::vector<std::uint8_t> octets_of(const Row& row, int column) {
    if (row.is_null(column)) return {};
    const auto bytes = row.bytes(column);
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {begin, begin + bytes.size()};
}

CustomerRow row_of(const Row& row, MerchantId merchant) {
    return {.customer = {.merchant = merchant,
                         .id = row.id<CustomerId>(0),
                         .customer_id = row.string(1),
                         .profile = {},
                         .version = row.integer(4),
                         .created_at = row.instant(5),
                         .updated_at = row.instant(6),
                         .erased_at = row.optional_instant(7)},
            .sealed_key = octets_of(row, 2),
            .sealed_profile = octets_of(row, 3),
            .email_digest = std::nullopt};
}

}  // namespace

bool insert(Tx& tx, const CustomerRow& row) {
    const Customer& c = row.customer;
    return tx.claim(insert_sql, c.merchant, c.id, c.customer_id, row.sealed_key, row.sealed_profile, row.email_digest,
                    c.version, c.created_at);
}

bool update(Tx& tx, const CustomerRow& row) {
    const Customer& c = row.customer;
    return tx.claim(update_sql, c.merchant, c.id, row.sealed_key, row.sealed_profile, row.email_digest, c.version,
                    c.updated_at);
}

bool erase(Tx& tx, const Customer& erased) {
    return tx.claim(erase_sql, erased.merchant, erased.id, erased.version, *erased.erased_at);
}

std::optional<CustomerRow> find(Reader& reader, MerchantId merchant, const CustomerId& id) {
    return reader.first(find_sql, [&](const Row& row) { return row_of(row, merchant); }, merchant, id);
}

std::optional<CustomerRow> find_by_customer_id(Reader& reader, MerchantId merchant, std::string_view customer_id) {
    return reader.first(
        find_by_customer_id_sql, [&](const Row& row) { return row_of(row, merchant); }, merchant, customer_id);
}

std::vector<CustomerRow> list(Reader& reader, MerchantId merchant, const CustomerFilter& filter,
                              const std::optional<Digest>& email_digest) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const std::int64_t from = filter.created_from ? filter.created_from->ms : 0;
    const std::int64_t until = filter.created_before ? filter.created_before->ms : INT64_MAX;
    const auto map = [&](const Row& row) { return row_of(row, merchant); };
    if (filter.customer_id && email_digest)
        return reader.all(list_by_both, map, merchant, before, from, until, filter.limit, *filter.customer_id,
                          *email_digest);
    if (filter.customer_id)
        return reader.all(list_by_customer_id, map, merchant, before, from, until, filter.limit, *filter.customer_id);
    if (email_digest) return reader.all(list_by_email, map, merchant, before, from, until, filter.limit, *email_digest);
    return reader.all(list_all, map, merchant, before, from, until, filter.limit);
}

}  // namespace florin::customers::rows
