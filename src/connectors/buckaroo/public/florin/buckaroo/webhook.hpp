#pragma once

#include "florin/base/instant.hpp"
#include "florin/buckaroo/buckaroo.hpp"
#include "florin/http/message.hpp"
#include "florin/payments/connector.hpp"

namespace florin::buckaroo {

/// How far the moment of a signature may be from ours. Forms carry none.
inline constexpr Millis signature_tolerance{300'000};

/// Reads a push, as JSON or as a form: genuine when it names our website and is signed with its secret key, the new one
/// or the one before, compared in constant time over the bytes as they came. Errors: those of
/// `Connector::read_webhook`.
///
/// Source: providers' notes on iDEAL and SEPA, section 3; failures F45, F46, F47, F51, F53.
Result<payments::Notice> read_push(const http::Request& request, const Settings& settings, Instant now);

}  // namespace florin::buckaroo
