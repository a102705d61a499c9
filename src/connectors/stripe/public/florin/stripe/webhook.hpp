#pragma once

#include <string_view>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/payments/connector.hpp"

namespace florin::stripe {

/// How old a signature may be, as in Stripe's own libraries.
inline constexpr Millis signature_tolerance{300'000};

/// True when one of the `v1` in `header` (`Stripe-Signature: t=<seconds>,v1=<hex>[,v1=…]`) is the HMAC-SHA256 of
/// `<t>.<body>` under the endpoint's secret, all of its text with `whsec_`, and `t` is at most `tolerance` before
/// `now`. Schemes other than v1 are skipped. Compared in constant time.
///
/// Source: providers' notes on Stripe, section 10; failures F45, F46, F47, F53.
bool is_signed(std::string_view body, std::string_view header, std::string_view secret, Instant now,
               Millis tolerance = signature_tolerance);

/// What a genuine event is about: its reference is the one in the metadata of the object that it shows. Error
/// `webhook_unreadable`.
Result<payments::Notice> read_notice(std::string_view body);

}  // namespace florin::stripe
