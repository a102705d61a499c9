#pragma once

#include <string>
#include <string_view>

#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"

namespace florin::salesforce {

struct Claims {
    std::string_view issuer, subject, audience;
    Instant expires_at;  ///< At most three minutes ahead.
};

/// What is signed: header and claims, as base64url with a point between.
std::string signing_input(const Claims& claims);
/// The JWT, signed by RSASSA-PKCS1-v1_5 with SHA-256. Error `invalid_private_key`.
Result<std::string> sign_assertion(const Claims& claims, std::string_view private_key_pem);

}  // namespace florin::salesforce
