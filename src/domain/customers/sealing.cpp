#include "sealing.hpp"

#include <cstring>

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "profile.hpp"

namespace florin::customers {
namespace {

void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

std::string place(std::string_view column, const Customer& customer) {
    return std::string{column} + "." + std::to_string(customer.merchant.value) + "." + customer.id.text();
}
constexpr std::string_view key_column = "customers.sealed_key";
constexpr std::string_view profile_column = "customers.sealed_profile";
constexpr std::string_view answer_column = "idempotency_keys.body";

}  // namespace

Sealing::Sealing(const security::KeyRing& keys, Random& random)
    : keys_{keys}, random_{random}, email_key_{keys.derive("customers.email")} {}

rows::CustomerRow Sealing::seal_new(const Customer& customer) const {
    const security::SecretKey key = security::make_data_key(random_);
    rows::CustomerRow row{.customer = {}, .sealed_key = {}, .sealed_profile = {}, .email_digest = std::nullopt};
    row.sealed_key = security::seal_data_key(keys_, key, place(key_column, customer));
    seal_profile(row, customer, key);
    return row;
}

Result<rows::CustomerRow> Sealing::seal_again(const Customer& customer, const rows::CustomerRow& before) const {
    const auto key = key_of(before);
    if (!key) return fail(key.error());
    rows::CustomerRow row{
        .customer = {}, .sealed_key = before.sealed_key, .sealed_profile = {}, .email_digest = std::nullopt};
    if (keys_.needs_rewrap(before.sealed_key))
        row.sealed_key = security::seal_data_key(keys_, *key, place(key_column, customer));
    seal_profile(row, customer, *key);
    return row;
}

void Sealing::seal_profile(rows::CustomerRow& row, const Customer& customer, const security::SecretKey& key) const {
    std::string text = to_text(customer.profile);
    row.sealed_profile = security::seal_with(key, random_, text, place(profile_column, customer));
    wipe(text);
    if (!customer.profile.email.empty()) row.email_digest = digest_of(customer.merchant, customer.profile.email);
    row.customer = customer;
    row.customer.profile = {};
}

Result<Customer> Sealing::open(const rows::CustomerRow& row) const {
    Customer customer = row.customer;
    if (customer.erased_at) return customer;
    const auto key = key_of(row);
    if (!key) return fail(key.error());
    auto text = security::open_with(*key, row.sealed_profile, place(profile_column, customer));
    if (!text) return fail(std::move(text.error()));
    customer.profile = parse_profile(*text);
    wipe(*text);
    return customer;
}

Result<std::string> Sealing::seal_answer(std::string_view body, const rows::CustomerRow& row) const {
    const auto key = key_of(row);
    if (!key) return fail(key.error());
    return security::to_base64(security::seal_with(*key, random_, body, place(answer_column, row.customer)));
}

Result<std::string> Sealing::open_answer(std::string_view sealed, const rows::CustomerRow& row) const {
    const auto key = key_of(row);
    if (!key) return fail(key.error());
    const auto bytes = security::from_base64(sealed);
    return security::open_with(*key, bytes.value_or(std::vector<std::uint8_t>{}), place(answer_column, row.customer));
}

rows::Digest Sealing::digest_of(MerchantId merchant, std::string_view email) const {
    return security::hmac_sha256(email_key_.expose(), std::to_string(merchant.value) + ":" + folded_email(email));
}

Result<security::SecretKey> Sealing::key_of(const rows::CustomerRow& row) const {
    return security::open_data_key(keys_, row.sealed_key, place(key_column, row.customer));
}

}  // namespace florin::customers
