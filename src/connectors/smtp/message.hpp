#pragma once

#include <string>
#include <string_view>

#include "florin/base/result.hpp"
#include "florin/notifications/transport.hpp"

/// From a letter to the octets that are sent: RFC 5322, MIME (2045 to 2047, 2231). The same letter, the same octets.
namespace florin::smtp {

/// Header and body with CRLF, all of it ASCII in lines of at most 78 octets, none of which begins with a point. Error
/// (`invalid`) `invalid_header_text` or `invalid_email`: something would break out of its header (F144).
Result<std::string> message_of(const notifications::Letter& letter);

/// RFC 2045, 6.7; line ends become CRLF.
std::string quoted_printable(std::string_view text);
/// RFC 2047: as it is where it is short and plain, else encoded words, folded.
std::string header_text(std::string_view text);
/// RFC 5322, 3.3: `Fri, 20 Nov 2026 12:00:00 +0000`.
std::string date_text(Instant at);

}  // namespace florin::smtp
