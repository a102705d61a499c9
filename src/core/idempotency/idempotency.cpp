#include "florin/idempotency/idempotency.hpp"

#include <algorithm>

#include "florin/security/hash.hpp"

namespace florin::idempotency {
namespace {

store::Sql take_key{"idempotency.take", R"sql(
    INSERT INTO idempotency_keys (merchant_id, key, route, fingerprint, transaction_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (merchant_id, key) DO NOTHING
)sql"};

store::Sql find_key{"idempotency.find", R"sql(
    SELECT route, fingerprint, transaction_id, status, body FROM idempotency_keys WHERE merchant_id = $1 AND key = $2
)sql"};

store::Sql finish_key{"idempotency.finish", R"sql(
    UPDATE idempotency_keys SET status = $3, body = $4 WHERE merchant_id = $1 AND key = $2
)sql"};

store::Sql mark_personal{"idempotency.mark_personal", R"sql(
    UPDATE idempotency_keys SET is_personal = 1 WHERE merchant_id = $1 AND key = $2
)sql"};

store::Sql forget_answers{"idempotency.forget", R"sql(
    UPDATE idempotency_keys SET body = $3, is_personal = 0
    WHERE merchant_id = $1 AND transaction_id = $2 AND is_personal = 1
)sql"};

store::Sql read_keys{"idempotency.read_through", R"sql(
    SELECT merchant_id, key FROM idempotency_keys WHERE (merchant_id, key) > ($1, $2)
    ORDER BY merchant_id, key LIMIT $3
)sql"};

store::Sql free_key{"idempotency.free", "DELETE FROM idempotency_keys WHERE merchant_id = $1 AND key = $2"};

}  // namespace

Fingerprint fingerprint_of(const Secret& secret, std::string_view route, std::string_view canonical_body) {
    std::string text;
    text.reserve(route.size() + 1 + canonical_body.size());
    text.append(route).append(1, '\n').append(canonical_body);
    const Fingerprint fingerprint = security::hmac_sha256(secret, text);
    explicit_bzero(text.data(), text.size());
    return fingerprint;
}

Result<void> validate_key(std::string_view key) {
    const bool is_printable = std::ranges::all_of(key, [](char c) { return c >= 0x21 && c <= 0x7e; });
    if (key.empty() || key.size() > 255 || !is_printable)
        return fail(ErrorKind::invalid, "invalid_idempotency_key",
                    "An idempotency key is 1 to 255 printable ASCII characters without spaces.", "Idempotency-Key");
    return {};
}

bool take(store::Tx& tx, MerchantId merchant, const Guard& guard, const Uuid& transaction) {
    if (guard.key.empty()) return true;
    return tx.claim(take_key, merchant, guard.key, guard.route, guard.fingerprint, transaction, tx.now());
}

bool is_taken(store::Reader& reader, MerchantId merchant, const Guard& guard) {
    return reader.first(find_key, [](const store::Row&) { return true; }, merchant, guard.key).value_or(false);
}

Result<Earlier> earlier(store::Reader& reader, MerchantId merchant, const Guard& guard) {
    struct Found {
        bool is_same;
        Earlier earlier;
    };
    auto found = reader.first(
        find_key,
        [&](const store::Row& row) {
            const auto fingerprint = row.bytes(1);
            Found result{.is_same = row.text(0) == guard.route &&
                                    std::ranges::equal(fingerprint, std::as_bytes(std::span{guard.fingerprint})),
                         .earlier = {.transaction = row.uuid(2), .answer = std::nullopt}};
            if (!row.is_null(3)) result.earlier.answer = Answer{static_cast<int>(row.integer(3)), row.string(4)};
            return result;
        },
        merchant, guard.key);
    // The row that kept us out was inserted by a unit that has since been rolled back.
    if (!found)
        return fail(ErrorKind::unavailable, "repeat_request", "A request with this key failed just now. Repeat yours.");
    if (!found->is_same)
        return fail(ErrorKind::mismatch, "idempotency_key_reused",
                    "This idempotency key was used for another request. Use a fresh key for a new payment.",
                    "Idempotency-Key");
    return std::move(found->earlier);
}

void finish(store::Tx& tx, MerchantId merchant, std::string_view key, const Answer& answer, Holds holds) {
    if (key.empty()) return;
    tx.later(finish_key, merchant, key, answer.status, answer.body);
    if (holds == Holds::personal_words) tx.later(mark_personal, merchant, key);
}

void forget(store::Tx& tx, MerchantId merchant, const Uuid& transaction, std::string_view body) {
    tx.later(forget_answers, merchant, transaction, body);
}

std::optional<KeyPlace> read_through(store::Reader& reader, const KeyPlace& from, int limit, std::int64_t& count) {
    int rows = 0;
    KeyPlace last;
    const auto note = [&](const store::Row& row) {
        if (++rows == limit) last = {.merchant = row.merchant(0), .key = row.string(1)};
    };
    reader.each(read_keys, note, from.merchant, from.key, limit);
    count += rows;
    if (rows < limit) return std::nullopt;
    return last;
}

void free(store::Tx& tx, MerchantId merchant, std::string_view key) {
    if (!key.empty()) tx.later(free_key, merchant, key);
}

}  // namespace florin::idempotency
