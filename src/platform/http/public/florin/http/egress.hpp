#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/result.hpp"

namespace florin::http {

/// An IPv6 address in network order; an IPv4 one as `::ffff:a.b.c.d`.
using IpAddress = std::array<std::uint8_t, 16>;
/// Dotted decimal or RFC 4291; nothing else that a resolver would understand.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// Which addresses may be called when somebody else has chosen where: public unicast ones, and networks that the
/// operator has named. IPv6 that carries an IPv4 address within (6to4, NAT64, Teredo) is not public: it would reach
/// what the other refuses.
///
/// Source: the special-purpose registries of RFC 6890 as IANA keeps them; failures F142.
class Egress {
public:
    Egress() = default;
    /// `networks`: `10.1.0.0/16`, `fd00:1::/32`, `192.0.2.7`. Error `invalid_network`.
    static Result<Egress> allowing(const std::vector<std::string>& networks);
    bool allows(const IpAddress& address) const;

    struct Network {
        IpAddress address{};
        int bits = 0;  ///< Of the 128.
    };

private:
    std::vector<Network> allowed_;
};

}  // namespace florin::http
