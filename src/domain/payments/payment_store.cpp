#include "payment_store.hpp"

#include <algorithm>

#include "columns.hpp"
#include "florin/security/encoding.hpp"

namespace florin::payments::rows {
namespace {

using store::Row;
using store::Sql;

/// As the statements below say.
constexpr std::size_t most_merchants_due = 16;
constexpr std::int64_t flag_expiry = 1;
constexpr std::int64_t flag_later_capture = 2;
constexpr std::int64_t flag_of_created = 4;

#define FLORIN_PAYMENT_COLUMNS                                                                                        \
    "id, state, currency, amount_minor, authorized_minor, captured_minor, refunded_minor, customer_id, connector, "   \
    "payment_method_id, card_last4, card_brand, card_expiry, metadata, version, created_at, updated_at, expires_at, " \
    "charged_back_minor, method, action_url"

#define FLORIN_TRANSACTION_COLUMNS                                                                                  \
    "id, payment_id, type, status, amount_minor, currency, approved_minor, used_minor, parent_id, correlation_id, " \
    "reference_number, customer_id, payment_method_id, provider_id, auth_code, decline_class, provider_code, "      \
    "message, avs, cvv, idempotency_key, metadata, flags, actor, ip_address, user_agent, traceparent, checks, "     \
    "not_found, next_check_at, created_at, updated_at, expires_at"

/// How many columns a list like those above names.
constexpr int columns_in(std::string_view list) { return static_cast<int>(std::ranges::count(list, ',')) + 1; }
constexpr int payment_columns = columns_in(FLORIN_PAYMENT_COLUMNS);
constexpr int transaction_columns = columns_in(FLORIN_TRANSACTION_COLUMNS);

Sql insert_payment_sql{"payments.insert", R"sql(
    INSERT INTO payments (merchant_id, id, state, currency, amount_minor, customer_id, connector, payment_method_id,
        card_last4, card_brand, card_expiry, metadata, version, created_at, updated_at, expires_at, method)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16)
)sql"};

Sql mark_mandate_sql{"payments.mark_mandate",
                     "UPDATE payments SET makes_mandate = 1 WHERE merchant_id = $1 AND id = $2"};

Sql insert_transaction_sql{"payments.insert_transaction", R"sql(
    INSERT INTO transactions (merchant_id, id, payment_id, type, status, amount_minor, currency, parent_id,
        correlation_id, reference_number, customer_id, payment_method_id, idempotency_key, metadata, flags, actor,
        ip_address, user_agent, traceparent, node, next_check_at, created_at, updated_at)
    VALUES ($1, $2, $3, $4, 'processing', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, $21)
)sql"};

// The row of a charge that was never sent, under the same reference.
Sql renew_transaction_sql{"payments.renew_transaction", R"sql(
    UPDATE transactions SET status = 'processing', amount_minor = $3, currency = $4, correlation_id = $5,
        idempotency_key = $6, actor = $7, ip_address = $8, user_agent = $9, traceparent = $10, node = $11,
        next_check_at = $12, updated_at = $13, decline_class = NULL, provider_code = NULL,
        message = NULL, checks = 0, not_found = 0
    WHERE merchant_id = $1 AND id = $2 AND status = 'failed'
)sql"};

Sql find_payment_sql{"payments.find",
                     "SELECT " FLORIN_PAYMENT_COLUMNS " FROM payments WHERE merchant_id = $1 AND id = $2"};
// A payment, the transaction that shares its id (a created payment has none yet), and whether others follow it: one
// statement, because a read costs as much in beginning and ending statements as in finding the rows.
Sql find_details_sql{"payments.find_details",
                     "SELECT p.*, t.*, CASE WHEN EXISTS (SELECT 1 FROM transactions f WHERE f.merchant_id = $1 "
                     "AND f.payment_id = $2 AND f.parent_id IS NOT NULL) THEN 1 ELSE 0 END "
                     "FROM (SELECT " FLORIN_PAYMENT_COLUMNS
                     " FROM payments WHERE merchant_id = $1 AND id = $2) p "
                     "LEFT JOIN (SELECT " FLORIN_TRANSACTION_COLUMNS
                     " FROM transactions WHERE merchant_id = $1 AND id = $2) t ON TRUE"};
Sql find_transaction_sql{"payments.find_transaction",
                         "SELECT " FLORIN_TRANSACTION_COLUMNS " FROM transactions WHERE merchant_id = $1 AND id = $2"};
Sql follow_ups_sql{
    "payments.transactions_of",
    "SELECT " FLORIN_TRANSACTION_COLUMNS
    " FROM transactions WHERE merchant_id = $1 AND payment_id = $2 AND parent_id IS NOT NULL ORDER BY id"};

// Hops from merchant to merchant in the key, and looks for the id in each.
Sql find_anywhere_sql{"payments.find_anywhere", R"sql(
    WITH RECURSIVE merchant(id) AS (
        SELECT (SELECT merchant_id FROM transactions ORDER BY merchant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT t.merchant_id FROM transactions t WHERE t.merchant_id > merchant.id
                ORDER BY t.merchant_id LIMIT 1)
        FROM merchant WHERE merchant.id IS NOT NULL)
    SELECT t.merchant_id, t.payment_id FROM merchant JOIN transactions t ON t.merchant_id = merchant.id AND t.id = $1
)sql"};

// Likewise, by the provider's own id of what is no charge.
Sql find_by_provider_id_sql{"payments.find_by_provider_id", R"sql(
    WITH RECURSIVE merchant(id) AS (
        SELECT (SELECT merchant_id FROM transactions ORDER BY merchant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT t.merchant_id FROM transactions t WHERE t.merchant_id > merchant.id
                ORDER BY t.merchant_id LIMIT 1)
        FROM merchant WHERE merchant.id IS NOT NULL)
    SELECT t.merchant_id, t.payment_id FROM merchant JOIN transactions t
        ON t.merchant_id = merchant.id AND t.provider_id = $1 AND t.parent_id IS NOT NULL AND t.provider_id IS NOT NULL
)sql"};

// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_LIST_TAIL " AND id < $2 AND id >= $6 AND created_at >= $3 AND created_at < $4 ORDER BY id DESC LIMIT $5"
Sql list_all{"payments.list",
             "SELECT " FLORIN_PAYMENT_COLUMNS " FROM payments WHERE merchant_id = $1" FLORIN_LIST_TAIL};
Sql list_by_state{"payments.list_by_state", "SELECT " FLORIN_PAYMENT_COLUMNS
                                            " FROM payments WHERE merchant_id = $1 AND state = $7" FLORIN_LIST_TAIL};
Sql list_by_customer{"payments.list_by_customer",
                     "SELECT " FLORIN_PAYMENT_COLUMNS
                     " FROM payments WHERE merchant_id = $1 AND customer_id = $7" FLORIN_LIST_TAIL};
Sql list_by_customer_and_state{
    "payments.list_by_customer_and_state",
    "SELECT " FLORIN_PAYMENT_COLUMNS
    " FROM payments WHERE merchant_id = $1 AND customer_id = $7 AND state = $8" FLORIN_LIST_TAIL};

Sql stored_token_sql{
    "payments.stored_token",
    "SELECT stored_token FROM payments WHERE merchant_id = $1 AND id = $2 AND stored_token IS NOT NULL"};

Sql reserve_sql{"payments.reserve", R"sql(
    UPDATE transactions SET used_minor = used_minor + $3, updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND status IN ('approved', 'quarantined') AND used_minor + $3 <= approved_minor
)sql"};
// Who captures first does so alone: of two at once, the other is a later one.
Sql reserve_first_sql{"payments.reserve_first", R"sql(
    UPDATE transactions SET used_minor = $3, updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND status IN ('approved', 'quarantined') AND used_minor = 0
        AND approved_minor >= $3
)sql"};
Sql reserve_whole_sql{"payments.reserve_whole", R"sql(
    UPDATE transactions SET used_minor = approved_minor, updated_at = $3
    WHERE merchant_id = $1 AND id = $2 AND status IN ('approved', 'quarantined') AND used_minor = 0 AND approved_minor > 0
)sql"};
Sql release_sql{"payments.release", R"sql(
    UPDATE transactions SET used_minor = used_minor - $3, updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND used_minor >= $3
)sql"};

Sql update_outcome_sql{"payments.record_transaction", R"sql(
    UPDATE transactions SET status = $5, approved_minor = $6, provider_id = $7, auth_code = $8, decline_class = $9,
        provider_code = $10, message = $11, avs = $12, cvv = $13, checks = $14, not_found = $15, next_check_at = $16,
        expires_at = $17, updated_at = $18
    WHERE merchant_id = $1 AND id = $2 AND status = $3 AND checks = $4
)sql"};
Sql update_payment_sql{"payments.record_payment", R"sql(
    UPDATE payments SET state = $4, authorized_minor = $5, captured_minor = $6, refunded_minor = $7,
        stored_token = COALESCE($8, stored_token), version = $9, updated_at = $10, expires_at = $11,
        charged_back_minor = $13, action_url = $14, card_last4 = $15
    WHERE merchant_id = $1 AND id = $2 AND version = $3 AND state = $12
)sql"};
Sql submit_created_sql{"payments.submit_created", R"sql(
    UPDATE payments SET state = 'processing', currency = $4, amount_minor = $5, card_last4 = $6, card_brand = $7,
        card_expiry = $8, connector = $9, version = $10, updated_at = $11
    WHERE merchant_id = $1 AND id = $2 AND version = $3 AND state = 'created'
)sql"};

// Only what nobody has looked at yet: who looks, does so at the connector that the payment had.
Sql reroute_transaction_sql{"payments.reroute_transaction", R"sql(
    UPDATE transactions SET next_check_at = $4, updated_at = $5
    WHERE merchant_id = $1 AND id = $2 AND status = 'processing' AND checks = $3
)sql"};
Sql reroute_payment_sql{"payments.reroute", R"sql(
    UPDATE payments SET connector = $5, version = $6, updated_at = $7
    WHERE merchant_id = $1 AND id = $2 AND version = $3 AND connector = $4 AND state = 'processing'
)sql"};

// Hops from merchant to merchant in the index, so that one statement finds those that have something due.
Sql merchants_with_due{"payments.merchants_with_due", R"sql(
    WITH RECURSIVE waiting(merchant_id) AS (
        SELECT (SELECT merchant_id FROM transactions WHERE merchant_id > $1 AND next_check_at IS NOT NULL
                ORDER BY merchant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT t.merchant_id FROM transactions t
                WHERE t.merchant_id > waiting.merchant_id AND t.next_check_at IS NOT NULL
                ORDER BY t.merchant_id LIMIT 1)
        FROM waiting WHERE waiting.merchant_id IS NOT NULL)
    SELECT merchant_id FROM waiting
    WHERE EXISTS (SELECT 1 FROM transactions t
                  WHERE t.merchant_id = waiting.merchant_id AND t.next_check_at IS NOT NULL AND t.next_check_at <= $2)
    LIMIT 16
)sql"};
Sql due_sql{"payments.due_for_settling", R"sql(
    SELECT t.id, (SELECT p.connector FROM payments p WHERE p.merchant_id = $1 AND p.id = t.payment_id)
    FROM transactions t WHERE t.merchant_id = $1 AND t.next_check_at IS NOT NULL AND t.next_check_at <= $2
    ORDER BY t.next_check_at LIMIT $3
)sql"};
Sql merchants_with_expiring{"payments.merchants_with_expiring", R"sql(
    WITH RECURSIVE waiting(merchant_id) AS (
        SELECT (SELECT merchant_id FROM payments WHERE merchant_id > $1 AND )sql" FLORIN_EXPIRING R"sql(
                ORDER BY merchant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT p.merchant_id FROM payments p WHERE p.merchant_id > waiting.merchant_id AND )sql" FLORIN_EXPIRING
                                                                R"sql(
                ORDER BY p.merchant_id LIMIT 1)
        FROM waiting WHERE waiting.merchant_id IS NOT NULL)
    SELECT merchant_id FROM waiting
    WHERE EXISTS (SELECT 1 FROM payments p
                  WHERE p.merchant_id = waiting.merchant_id AND p.expires_at <= $2 AND )sql" FLORIN_EXPIRING R"sql()
    LIMIT 16
)sql"};
Sql expiring_sql{"payments.due_to_expire", R"sql(
    SELECT id, connector FROM payments WHERE merchant_id = $1 AND expires_at <= $2 AND )sql" FLORIN_EXPIRING R"sql(
    ORDER BY expires_at LIMIT $3
)sql"};
Sql next_merchant_open{"payments.next_merchant_open", R"sql(
    SELECT merchant_id FROM transactions WHERE merchant_id > $1 AND next_check_at IS NOT NULL
    ORDER BY merchant_id LIMIT 1
)sql"};
Sql put_off_sql{"payments.put_off_expiry",
                "UPDATE payments SET expires_at = $4 WHERE merchant_id = $1 AND id = $2 AND expires_at = $3"};
Sql lease_sql{"payments.lease_check", R"sql(
    UPDATE transactions SET next_check_at = $5, checks = checks + 1
    WHERE merchant_id = $1 AND id = $2 AND checks = $3 AND next_check_at = $4
)sql"};
Sql put_off_check_sql{"payments.put_off_check", R"sql(
    UPDATE transactions SET next_check_at = $4
    WHERE merchant_id = $1 AND id = $2 AND checks = $3 AND status IN ('approved', 'failed', 'quarantined')
)sql"};
// What a chargeback takes is no longer there to be refunded, as far as it was not refunded before.
Sql keep_from_refunds_sql{"payments.keep_from_refunds", R"sql(
    UPDATE transactions SET used_minor = used_minor + $3, updated_at = $4
    WHERE merchant_id = $1 AND id = $2 AND used_minor = $5 AND used_minor + $3 <= approved_minor
)sql"};
Sql insert_told_sql{"payments.insert_chargeback", R"sql(
    INSERT INTO transactions (merchant_id, id, payment_id, type, status, amount_minor, currency, approved_minor, used_minor,
        parent_id, correlation_id, reference_number, customer_id, payment_method_id, provider_id, provider_code, message,
        actor, ip_address, user_agent, node, created_at, updated_at, decline_class)
    VALUES ($1, $2, $3, $4, $20, $5, $6, $21, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', '', $17, $18, $18, $19)
)sql"};
Sql find_told_sql{"payments.find_chargeback",
                  "SELECT " FLORIN_TRANSACTION_COLUMNS
                  " FROM transactions WHERE merchant_id = $1 AND parent_id = $2 AND provider_id = $3 AND type IN "
                  "('chargeback', 'chargeback_reversal')"};
Sql hasten_sql{"payments.hasten", R"sql(
    UPDATE transactions SET next_check_at = $2
    WHERE merchant_id = $1 AND status IN ('processing', 'unknown', 'pending') AND next_check_at > $2
)sql"};
Sql orphans_sql{"payments.adopt_orphans", R"sql(
    UPDATE transactions SET next_check_at = $2, updated_at = $2
    WHERE merchant_id = $3 AND next_check_at > $2 AND status = 'processing' AND node = $1
)sql"};

Sql approved_sql{"payments.approved",
                 "SELECT merchant_id, id FROM transactions WHERE approved_minor > 0 ORDER BY merchant_id, id"};

/// One damaged row must not stop the process that works on all others (F59, F105).
[[noreturn]] void raise_unreadable(const char* what) { throw store::Failure{store::Failure::Kind::fault, what}; }

Money money_of(const Row& row, int minor, int currency) {
    const auto known = Currency::of(row.text(currency));
    if (!known) raise_unreadable("a row holds a currency that is not known");
    const auto money = Money::of(row.integer(minor), *known);
    if (!money) raise_unreadable("a row holds an amount out of range");
    return *money;
}

template <class Enum>
Enum parse(std::string_view text, int count) {
    for (int i = 0; i < count; ++i)
        if (to_text(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    raise_unreadable("a row holds a word that is not known");
}

Payment payment_of(const Row& row, MerchantId merchant) {
    return {.merchant = merchant,
            .id = row.id<PaymentId>(0),
            .state = parse<PaymentState>(row.text(1), payment_state_count),
            .amount = money_of(row, 3, 2),
            .authorized_minor = row.integer(4),
            .captured_minor = row.integer(5),
            .refunded_minor = row.integer(6),
            .charged_back_minor = row.integer(18),
            .method = parse<Method>(row.text(19), method_count),
            .customer_id = text_or_empty(row, 7),
            .connector = row.string(8),
            .payment_method = row.optional_id<PaymentMethodId>(9),
            .card = card_of(row.string(10), row.string(11), row.integer(12)),
            .action_url = text_or_empty(row, 20),
            .metadata = row.string(13),
            .version = row.integer(14),
            .created_at = row.instant(15),
            .updated_at = row.instant(16),
            .expires_at = row.optional_instant(17)};
}

/// Of a row whose columns from `at` on are those of a transaction.
Transaction transaction_of(const Row& row, MerchantId merchant, int at = 0) {
    const std::int64_t flags = row.integer(at + 22);
    return {.merchant = merchant,
            .id = row.id<TransactionId>(at),
            .payment = row.id<PaymentId>(at + 1),
            .type = parse<TransactionType>(row.text(at + 2), transaction_type_count),
            .status = parse<TransactionStatus>(row.text(at + 3), 7),
            .amount = money_of(row, at + 4, at + 5),
            .approved_minor = row.integer(at + 6),
            .used_minor = row.integer(at + 7),
            .parent = row.optional_id<TransactionId>(at + 8),
            .reference_number = row.string(at + 10),
            .provider_id = text_or_empty(row, at + 13),
            .auth_code = text_or_empty(row, at + 14),
            .decline = row.is_null(at + 15) ? DeclineClass::none : parse<DeclineClass>(row.text(at + 15), 9),
            .provider_code = text_or_empty(row, at + 16),
            .message = text_or_empty(row, at + 17),
            .avs = text_or_empty(row, at + 18),
            .cvv = text_or_empty(row, at + 19),
            .customer_id = text_or_empty(row, at + 11),
            .payment_method = row.optional_id<PaymentMethodId>(at + 12),
            .idempotency_key = text_or_empty(row, at + 20),
            .metadata = row.string(at + 21),
            .is_expiry = (flags & flag_expiry) != 0,
            .is_first_capture = (flags & flag_later_capture) == 0,
            .is_of_created = (flags & flag_of_created) != 0,
            .origin = {.actor = row.string(at + 23),
                       .ip_address = row.string(at + 24),
                       .user_agent = row.string(at + 25),
                       .correlation_id = row.string(at + 9),
                       .traceparent = row.string(at + 26)},
            .checks = row.integer(at + 27),
            .not_found = row.integer(at + 28),
            .next_check_at = row.optional_instant(at + 29),
            .created_at = row.instant(at + 30),
            .updated_at = row.instant(at + 31),
            .expires_at = row.optional_instant(at + 32)};
}

void append_follow_ups(Reader& reader, MerchantId merchant, const PaymentId& id, std::vector<Transaction>& to) {
    reader.each(follow_ups_sql, [&](const Row& row) { to.push_back(transaction_of(row, merchant)); }, merchant, id);
}

/// Of the merchants that have something due, beginning behind `after` and going round: the oldest of each, then
/// the second of each, and so on.
std::vector<Due> due_of_all(Reader& reader, const Sql& merchants, const Sql& due_of_one, Instant now,
                            MerchantId after) {
    std::vector<std::vector<Due>> queues;
    const auto gather = [&](MerchantId behind, MerchantId last) {
        const auto waiting = reader.all(merchants, [](const Row& row) { return row.merchant(0); }, behind, now);
        for (const MerchantId merchant : waiting) {
            if (merchant.value > last.value) return;
            const auto due = [&](const Row& row) { return Due{merchant, row.uuid(0), row.string(1)}; };
            queues.push_back(reader.all(due_of_one, due, merchant, now, most_due_of_one));
        }
    };
    gather(after, MerchantId{INT64_MAX});
    if (after.value >= 0 && queues.size() < most_merchants_due) gather(MerchantId{-1}, after);
    std::vector<Due> due;
    for (std::size_t place = 0; place < most_due_of_one; ++place)
        for (std::vector<Due>& queue : queues)
            if (place < queue.size()) due.push_back(std::move(queue[place]));
    return due;
}

}  // namespace

Uuid first_id_at(Instant at) {
    Uuid id{};
    const auto moment = static_cast<std::uint64_t>(std::max<std::int64_t>(at.ms, 0));
    for (std::size_t i = 0; i < 6; ++i) id[i] = static_cast<std::uint8_t>(moment >> (8 * (5 - i)));
    return id;
}

void insert_payment(Tx& tx, const Payment& payment) {
    tx.later(insert_payment_sql, payment.merchant, payment.id, to_text(payment.state), payment.amount.currency().code(),
             payment.amount.minor(), or_null(payment.customer_id), payment.connector, payment.payment_method,
             payment.card.last4, payment.card.brand, expiry_number(payment.card), payment.metadata, payment.version,
             payment.created_at, payment.expires_at, to_text(payment.method));
}

void insert_transaction(Tx& tx, const Transaction& t, std::string_view node) {
    const std::int64_t flags = (t.is_expiry ? flag_expiry : 0) | (t.is_first_capture ? 0 : flag_later_capture) |
                               (t.is_of_created ? flag_of_created : 0);
    tx.later(insert_transaction_sql, t.merchant, t.id, t.payment, to_text(t.type), t.amount.minor(),
             t.amount.currency().code(), t.parent, t.origin.correlation_id, t.reference_number, or_null(t.customer_id),
             t.payment_method, or_null(t.idempotency_key), t.metadata, flags, t.origin.actor, t.origin.ip_address,
             t.origin.user_agent, t.origin.traceparent, node, t.next_check_at, t.created_at);
}

void mark_mandate(Tx& tx, MerchantId merchant, const PaymentId& id) { tx.later(mark_mandate_sql, merchant, id); }

bool renew_transaction(Tx& tx, const Transaction& t, std::string_view node) {
    return tx.claim(renew_transaction_sql, t.merchant, t.id, t.amount.minor(), t.amount.currency().code(),
                    t.origin.correlation_id, or_null(t.idempotency_key), t.origin.actor, t.origin.ip_address,
                    t.origin.user_agent, t.origin.traceparent, node, t.next_check_at, t.updated_at);
}

std::optional<Payment> find_payment(Reader& reader, MerchantId merchant, const PaymentId& id) {
    return reader.first(find_payment_sql, [&](const Row& row) { return payment_of(row, merchant); }, merchant, id);
}

std::optional<Transaction> find_transaction(Reader& reader, MerchantId merchant, const TransactionId& id) {
    return reader.first(
        find_transaction_sql, [&](const Row& row) { return transaction_of(row, merchant); }, merchant, id);
}

std::optional<Place> find_by_reference(Reader& reader, std::string_view reference, Instant at) {
    constexpr std::int64_t longest_ago_ms = 400LL * 24 * 3'600'000;
    const auto place = [](const Row& row) { return Place{row.merchant(0), row.id<PaymentId>(1)}; };
    // Whoever made the id may have had a clock that is a little ahead.
    const std::int64_t newest_ms = at.ms + clock_slack.count();
    for (std::int64_t ago_ms = 0; ago_ms < longest_ago_ms; ago_ms += security::reference_period_ms) {
        const auto id = security::newest_id_of(reference, newest_ms - ago_ms);
        if (!id) return std::nullopt;
        if (auto found = reader.first(find_anywhere_sql, place, *id)) return found;
    }
    return std::nullopt;
}

std::vector<Place> find_by_provider_id(Reader& reader, std::string_view provider_id) {
    return reader.all(
        find_by_provider_id_sql, [](const Row& row) { return Place{row.merchant(0), row.id<PaymentId>(1)}; },
        provider_id);
}

std::vector<Transaction> transactions_of(Reader& reader, MerchantId merchant, const PaymentId& id) {
    std::vector<Transaction> transactions;
    if (auto first = find_transaction(reader, merchant, TransactionId{id.value}))
        transactions.push_back(std::move(*first));
    append_follow_ups(reader, merchant, id, transactions);
    return transactions;
}

std::optional<PaymentDetails> find_details(Reader& reader, MerchantId merchant, const PaymentId& id) {
    bool has_more = false;
    const auto map = [&](const Row& row) {
        PaymentDetails details{payment_of(row, merchant), {}};
        if (!row.is_null(payment_columns))
            details.transactions.push_back(transaction_of(row, merchant, payment_columns));
        has_more = row.integer(payment_columns + transaction_columns) != 0;
        return details;
    };
    auto found = reader.first(find_details_sql, map, merchant, id);
    if (has_more) append_follow_ups(reader, merchant, id, found->transactions);
    return found;
}

std::vector<Payment> list(Reader& reader, MerchantId merchant, const PaymentFilter& filter) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const Instant from = filter.created_from.value_or(Instant{0});
    const Instant until = filter.created_before.value_or(Instant{INT64_MAX});
    // An id begins with the moment it was made at, so the index leads to the times that are asked for.
    const Uuid newest = std::min(before, filter.created_before ? first_id_at(until + clock_slack) : before);
    const Uuid oldest = filter.created_from ? first_id_at(from - clock_slack) : Uuid{};
    const auto map = [&](const Row& row) { return payment_of(row, merchant); };
    if (filter.customer_id && filter.state)
        return reader.all(list_by_customer_and_state, map, merchant, newest, from, until, filter.limit, oldest,
                          *filter.customer_id, to_text(*filter.state));
    if (filter.customer_id)
        return reader.all(list_by_customer, map, merchant, newest, from, until, filter.limit, oldest,
                          *filter.customer_id);
    if (filter.state)
        return reader.all(list_by_state, map, merchant, newest, from, until, filter.limit, oldest,
                          to_text(*filter.state));
    return reader.all(list_all, map, merchant, newest, from, until, filter.limit, oldest);
}

std::vector<std::uint8_t> stored_token(Reader& reader, MerchantId merchant, const PaymentId& id) {
    return reader.first(
                     stored_token_sql, [](const Row& row) { return octets_of(row.bytes(0)); }, merchant, id)
        .value_or(std::vector<std::uint8_t>{});
}

bool reserve(Tx& tx, const Transaction& parent, std::int64_t amount_minor) {
    return tx.claim(reserve_sql, parent.merchant, parent.id, amount_minor, tx.now());
}
bool reserve_first(Tx& tx, const Transaction& parent, std::int64_t amount_minor) {
    return tx.claim(reserve_first_sql, parent.merchant, parent.id, amount_minor, tx.now());
}
bool reserve_whole(Tx& tx, const Transaction& parent) {
    return tx.claim(reserve_whole_sql, parent.merchant, parent.id, tx.now());
}
bool release(Tx& tx, MerchantId merchant, const TransactionId& parent, std::int64_t amount_minor) {
    return tx.claim(release_sql, merchant, parent, amount_minor, tx.now());
}

bool update_outcome(Tx& tx, const Transaction& before, const Transaction& t) {
    return tx.claim(update_outcome_sql, t.merchant, t.id, to_text(before.status), before.checks, to_text(t.status),
                    t.approved_minor, or_null(t.provider_id), or_null(t.auth_code),
                    t.decline == DeclineClass::none ? std::nullopt : std::optional{to_text(t.decline)},
                    or_null(t.provider_code), or_null(t.message), or_null(t.avs), or_null(t.cvv), t.checks, t.not_found,
                    t.next_check_at, t.expires_at, t.updated_at);
}

bool update_payment(Tx& tx, const Payment& before, const Payment& p, std::span<const std::uint8_t> sealed_token) {
    const auto token = sealed_token.empty() ? std::nullopt : std::optional{sealed_token};
    return tx.claim(update_payment_sql, p.merchant, p.id, before.version, to_text(p.state), p.authorized_minor,
                    p.captured_minor, p.refunded_minor, token, p.version, p.updated_at, p.expires_at,
                    to_text(before.state), p.charged_back_minor, or_null(p.action_url), p.card.last4);
}

bool submit_created(Tx& tx, const Payment& before, const Payment& p) {
    return tx.claim(submit_created_sql, p.merchant, p.id, before.version, p.amount.currency().code(), p.amount.minor(),
                    p.card.last4, p.card.brand, expiry_number(p.card), p.connector, p.version, p.updated_at);
}

bool reroute(Tx& tx, const Payment& before, const Payment& after, const Transaction& charge, Instant next_check_at) {
    return tx.claim(reroute_transaction_sql, charge.merchant, charge.id, charge.checks, next_check_at,
                    after.updated_at) &&
           tx.claim(reroute_payment_sql, before.merchant, before.id, before.version, before.connector, after.connector,
                    after.version, after.updated_at);
}

std::vector<Due> due_for_settling(Reader& reader, Instant now, MerchantId after) {
    return due_of_all(reader, merchants_with_due, due_sql, now, after);
}
std::vector<Due> due_to_expire(Reader& reader, Instant now, MerchantId after) {
    return due_of_all(reader, merchants_with_expiring, expiring_sql, now, after);
}

bool put_off_expiry(Tx& tx, const Payment& payment, std::optional<Instant> until) {
    return tx.claim(put_off_sql, payment.merchant, payment.id, payment.expires_at, until);
}

bool put_off_check(Tx& tx, const Transaction& t, std::optional<Instant> until) {
    return tx.claim(put_off_check_sql, t.merchant, t.id, t.checks, until);
}

bool keep_from_refunds(Tx& tx, const Transaction& charge, std::int64_t amount_minor) {
    return tx.claim(keep_from_refunds_sql, charge.merchant, charge.id, amount_minor, tx.now(), charge.used_minor);
}

void insert_told(Tx& tx, const Transaction& t, std::string_view node) {
    tx.later(insert_told_sql, t.merchant, t.id, t.payment, to_text(t.type), t.amount.minor(),
             t.amount.currency().code(), t.used_minor, t.parent, t.origin.correlation_id, t.reference_number,
             or_null(t.customer_id), t.payment_method, t.provider_id, or_null(t.provider_code), or_null(t.message),
             t.origin.actor, node, t.created_at,
             t.decline == DeclineClass::none ? std::nullopt : std::optional{to_text(t.decline)}, to_text(t.status),
             t.approved_minor);
}

std::optional<Transaction> find_told(Reader& reader, const Transaction& parent, std::string_view provider_id) {
    return reader.first(
        find_told_sql, [&](const Row& row) { return transaction_of(row, parent.merchant); }, parent.merchant, parent.id,
        provider_id);
}

bool lease_check(Tx& tx, const Transaction& t, Instant until) {
    return tx.claim(lease_sql, t.merchant, t.id, t.checks, t.next_check_at, until);
}

void hasten(Tx& tx, Instant at) {
    MerchantId merchant{-1};
    for (;;) {
        const auto found = tx.first(next_merchant_open, [](const Row& row) { return row.merchant(0); }, merchant);
        if (!found) return;
        merchant = *found;
        tx.run(hasten_sql, merchant, at);
    }
}

std::int64_t adopt_orphans(Tx& tx, std::string_view node) {
    std::int64_t adopted = 0;
    MerchantId merchant{-1};
    for (;;) {
        const auto found = tx.first(next_merchant_open, [](const Row& row) { return row.merchant(0); }, merchant);
        if (!found) return adopted;
        merchant = *found;
        adopted += tx.run(orphans_sql, node, tx.now(), merchant);
    }
}

std::vector<Due> approved(Reader& reader) {
    return reader.all(approved_sql, [](const Row& row) { return Due{row.merchant(0), row.uuid(1), {}}; });
}

}  // namespace florin::payments::rows
