#include "florin/webhooks/signature.hpp"

#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::webhooks {

std::string sign(std::span<const std::uint8_t> secret, std::string_view id, std::int64_t timestamp_s,
                 std::string_view body) {
    std::string signed_text{id};
    signed_text.append(".").append(std::to_string(timestamp_s)).append(".").append(body);
    return "v1," + security::to_base64(security::hmac_sha256(secret, signed_text));
}

std::string to_secret_text(std::span<const std::uint8_t> secret) { return "whsec_" + security::to_base64(secret); }

}  // namespace florin::webhooks
