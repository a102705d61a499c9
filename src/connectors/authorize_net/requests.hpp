#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/payments/connector.hpp"

/// The bodies that we send. Authorize.Net turns JSON into XML and validates it against a schema of
/// sequences, so the order of members is part of the format: the golden texts in test/ pin it.
namespace florin::authorize_net {

/// Views into the settings' hidden texts.
struct Credentials {
    std::string_view login, transaction_key;
};

/// A stored card's two ids. Written `customerProfileId/customerPaymentProfileId` in our tokens.
struct ProfileIds {
    std::string customer, payment;
};
std::optional<ProfileIds> parse_token(std::string_view token);
std::string to_token(const ProfileIds& ids);

/// Room for the longest body: it never grows, so no copy of a card number stays behind in freed memory.
inline constexpr std::size_t body_capacity = 12 * 1024;

/// A card or a token (`token` wins when both are there). An authorization with a card also makes a
/// profile, so that it can be captured more than once.
std::string authorize_body(Credentials credentials, const payments::Charge& charge,
                           const std::optional<ProfileIds>& token);
std::string purchase_body(Credentials credentials, const payments::Charge& charge,
                          const std::optional<ProfileIds>& token);
std::string capture_body(Credentials credentials, const payments::FollowUp& capture);
/// An authorization is captured once only; what comes later is a new charge on the stored card.
std::string later_capture_body(Credentials credentials, const payments::FollowUp& capture, const ProfileIds& token);
std::string refund_body(Credentials credentials, const payments::FollowUp& refund);
std::string void_body(Credentials credentials, const payments::FollowUp& cancel);

std::string create_profile_body(Credentials credentials, const payments::Card& card,
                                const payments::BillingAddress& billing, std::string_view customer_id,
                                std::string_view reference);
std::string get_profile_body(Credentials credentials, std::string_view customer_profile_id);
/// By what we called it: the reference of the operation that made it.
std::string find_profile_body(Credentials credentials, std::string_view merchant_customer_id);

/// Newest first. `page` counts from 1.
inline constexpr int page_size = 500;
std::string details_body(Credentials credentials, std::string_view transaction_id);
std::string unsettled_body(Credentials credentials, int page);
std::string batches_body(Credentials credentials, Instant first, Instant last);
std::string batch_body(Credentials credentials, std::string_view batch_id, int page);
/// The same batches with their statistics; at most 31 days at once.
std::string settlements_body(Credentials credentials, Instant first, Instant last);
/// The same transactions in the order of their ids, which no page moves.
std::string settlement_lines_body(Credentials credentials, std::string_view batch_id, int page, int limit = page_size);
std::string merchant_body(Credentials credentials);

}  // namespace florin::authorize_net
