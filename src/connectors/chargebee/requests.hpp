#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/payments/connector.hpp"

/// The bodies that we send: `application/x-www-form-urlencoded`, with the index of a list behind the field's name.
namespace florin::chargebee {

/// Room for the longest body: it never grows, so no copy of a card number stays behind in freed memory.
inline constexpr std::size_t body_capacity = 16 * 1024;

/// Writes parameters one after another. Names come as they are sent.
class Form {
public:
    Form() { text_.reserve(body_capacity); }
    Form(const Form&) = delete;
    /// At most `max` characters of it, never half of one; nothing when there is none.
    Form& add(std::string_view name, std::string_view value, std::size_t max = 250);
    Form& add(std::string_view name, std::int64_t value) { return add(name, std::string_view{std::to_string(value)}); }
    std::string finish() { return std::move(text_); }

private:
    std::string text_;
};

/// Percent-encoded, for the path and the query.
std::string encoded(std::string_view text);

/// A stored card: whose it is, and which. Written `CUSTOMER/pm_…` in our tokens.
struct StoredIds {
    std::string customer, source;
};
std::optional<StoredIds> parse_token(std::string_view token);
std::string to_token(const StoredIds& ids);
/// An id that may stand in a path: letters, digits, `_` and `-`, 50 at most.
bool is_id(std::string_view text);

/// A customer of that id with the card as their payment source.
std::string customer_body(const payments::Card& card, const payments::BillingAddress& billing, std::string_view id);
/// An invoice over one charge, which Chargebee collects from the card at once. Its `po_number` is our reference: by
/// that it is found again.
std::string invoice_body(const payments::Charge& charge, const StoredIds& ids);
/// A page on which the payer pays one charge. The reference is the invoice's `po_number`, the page's
/// `pass_thru_content`, and the id of the customer whom it makes.
std::string checkout_body(const payments::Charge& charge);
/// The reference is the note on the credit note that Chargebee makes.
std::string refund_body(std::string_view reference, std::int64_t amount);

}  // namespace florin::chargebee
