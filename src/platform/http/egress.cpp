#include "florin/http/egress.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace florin::http {
namespace {

using Network = Egress::Network;

constexpr int v4_prefix_bits = 96;

constexpr Network v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, int bits) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0}, v4_prefix_bits + bits};
}
constexpr Network v6(std::uint16_t a, std::uint16_t b, int bits) {
    return {{static_cast<std::uint8_t>(a >> 8), static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b >> 8),
             static_cast<std::uint8_t>(b)},
            bits};
}

/// Where public unicast is: all of IPv4 and the one block of IPv6 that is given out …
constexpr std::array global{v4(0, 0, 0, 0), v6(0x2000, 0, 3)};
/// … less what lies within and is not public.
constexpr std::array special{
    v4(0, 0, 0, 8),         // this network
    v4(10, 0, 0, 8),        // private
    v4(100, 64, 0, 10),     // carriers' own
    v4(127, 0, 0, 8),       // loopback
    v4(169, 254, 0, 16),    // link-local; clouds tell secrets at 169.254.169.254
    v4(172, 16, 0, 12),     // private
    v4(192, 0, 0, 24),      // protocol assignments
    v4(192, 0, 2, 24),      // documentation
    v4(192, 88, 99, 24),    // 6to4 relays
    v4(192, 168, 0, 16),    // private
    v4(198, 18, 0, 15),     // benchmarks
    v4(198, 51, 100, 24),   // documentation
    v4(203, 0, 113, 24),    // documentation
    v4(224, 0, 0, 4),       // multicast
    v4(240, 0, 0, 4),       // reserved, broadcast
    v6(0x2001, 0, 23),      // protocol assignments, Teredo
    v6(0x2001, 0xdb8, 32),  // documentation
    v6(0x2002, 0, 16),      // 6to4
    v6(0x3fff, 0, 20),      // documentation
};

bool holds(const Network& network, const IpAddress& address) {
    for (int bit = 0; bit < network.bits; bit += 8) {
        const auto i = static_cast<std::size_t>(bit / 8);
        const int left = std::min(8, network.bits - bit);
        const int mask = 0xff & ~(0xff >> left);
        if (((address[i] ^ network.address[i]) & mask) != 0) return false;
    }
    return true;
}

bool is_v4(const IpAddress& address) { return holds(v4(0, 0, 0, 0), address); }

Result<Network> parse_network(std::string_view text) {
    const auto wrong = [] {
        return fail(ErrorKind::invalid, "invalid_network", "Give networks such as 10.1.0.0/16 or fd00:1::/32.");
    };
    const std::size_t slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address) return wrong();
    const int first_bit = is_v4(*address) ? v4_prefix_bits : 0;
    int bits = 128 - first_bit;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        int given = -1;
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
        if (failure != std::errc{} || end != digits.data() + digits.size() || given < 0 || given > bits) return wrong();
        bits = given;
    }
    return Network{*address, first_bit + bits};
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    const std::string copy{text};
    IpAddress address{};
    if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
    address = v4(0, 0, 0, 0).address;
    if (inet_pton(AF_INET, copy.c_str(), address.data() + 12) == 1) return address;
    return std::nullopt;
}

Result<Egress> Egress::allowing(const std::vector<std::string>& networks) {
    Egress egress;
    for (const std::string& text : networks) {
        const auto network = parse_network(text);
        if (!network) return fail(network.error());
        egress.allowed_.push_back(*network);
    }
    return egress;
}

bool Egress::allows(const IpAddress& address) const {
    const auto is_in = [&](const Network& network) { return holds(network, address); };
    if (std::ranges::any_of(allowed_, is_in)) return true;
    return std::ranges::any_of(global, is_in) && std::ranges::none_of(special, is_in);
}

}  // namespace florin::http
