#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/payments/connector.hpp"

/// The bodies that we send: `application/x-www-form-urlencoded` with brackets for what is nested.
namespace florin::stripe {

/// Room for the longest body: it never grows, so no copy of a card number stays behind in freed memory.
inline constexpr std::size_t body_capacity = 16 * 1024;

/// Writes parameters one after another. Names come as they are sent.
class Form {
public:
    Form() { text_.reserve(body_capacity); }
    Form(const Form&) = delete;
    /// At most `max` characters of it, never half of one; nothing when there is none.
    Form& add(std::string_view name, std::string_view value, std::size_t max = 500);
    Form& add(std::string_view name, std::int64_t value) { return add(name, std::string_view{std::to_string(value)}); }
    std::string finish() { return std::move(text_); }

private:
    std::string text_;
};

/// Percent-encoded, for the path and the query.
std::string encoded(std::string_view text);

/// A stored card: whose it is, and which. Written `cus_…/pm_…` in our tokens.
struct StoredIds {
    std::string customer, method;
};
std::optional<StoredIds> parse_token(std::string_view token);
std::string to_token(const StoredIds& ids);
/// An id as Stripe makes them: letters, digits and underscores.
bool is_id(std::string_view text, std::string_view prefix);

std::string method_body(const payments::Card& card, const payments::BillingAddress& billing);
/// Of a charge of a bank account.
std::string bank_body(const payments::Charge& charge);
/// `card`, `sepa_debit` or `us_bank_account`; empty for what Stripe is not asked for.
std::string_view type_of(payments::Method method);

/// What a charge is made to.
struct Source {
    StoredIds ids;        ///< The customer may be empty.
    std::string mandate;  ///< Of an earlier debit; empty: the payer gives it with this one.
};
/// Confirms at once. What a card's holder would have to confirm is declined (`error_on_requires_action`) when there is
/// no address for them to come back to.
std::string charge_body(const payments::Charge& charge, std::int64_t amount, const Source& source, bool is_captured);
/// `is_final`: what is not captured now is let go of. Leaves `capture_<reference>` in the intent's metadata: by that
/// the capture is found again.
std::string capture_body(std::string_view reference, std::int64_t amount, bool is_final, bool says_so);
std::string refund_body(std::string_view reference, std::string_view intent, std::int64_t amount);
std::string customer_body(std::string_view name, std::string_view email, std::string_view customer_id,
                          std::string_view reference);
std::string setup_body(const StoredIds& ids, std::string_view reference);

/// The key of a capture in the metadata of its intent.
std::string capture_key(std::string_view reference);

}  // namespace florin::stripe
