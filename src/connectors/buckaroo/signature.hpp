#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/message.hpp"

/// How Buckaroo and we sign what we send each other.
namespace florin::buckaroo {

/// One message, either way. `url` is the whole address with its query.
struct Message {
    std::string_view website_key, method, url, nonce, time, body;
};

/// Base 64 of the HMAC-SHA256 over what the message is: the website's key, method, address (lower case, percent
/// encoded), time (seconds since 1970), nonce and the MD5 of the body.
///
/// Source: providers' notes on iDEAL and SEPA, section 1.1.
std::string signature_of(const Message& message, std::string_view secret_key);

/// `hmac <website key>:<signature>:<nonce>:<time>`, taken apart.
struct Authorization {
    std::string_view website_key, signature, nonce, time;
};
/// Nothing when it is not of that form.
std::optional<Authorization> parse_authorization(std::string_view header);
std::string to_text(const Authorization& authorization);

/// The signature of a push as a form: hex of the SHA-1 over all fields called `brq_…`, `add_…` or `cust_…`, but for the
/// signature itself, sorted by name in whatever case, written `name=value` without a separator, then the secret key.
/// So a field may end elsewhere than it seems: nothing of a form is to be believed without asking.
///
/// Source: providers' notes on iDEAL and SEPA, section 3.
std::string form_signature_of(std::vector<http::Header> fields, std::string_view secret_key);

}  // namespace florin::buckaroo
