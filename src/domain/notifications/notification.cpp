#include "florin/notifications/notification.hpp"

#include <algorithm>

#include "florin/notifications/transport.hpp"

namespace florin::notifications {
namespace {

constexpr std::array names{
    std::pair{State::queued, std::string_view{"queued"}},   std::pair{State::sending, std::string_view{"sending"}},
    std::pair{State::unknown, std::string_view{"unknown"}}, std::pair{State::sent, std::string_view{"sent"}},
    std::pair{State::failed, std::string_view{"failed"}},   std::pair{State::canceled, std::string_view{"canceled"}}};

bool is_printable_ascii(char c) { return c > 0x20 && c < 0x7f; }

}  // namespace

std::string_view to_text(State state) {
    for (const auto& [known, name] : names)
        if (known == state) return name;
    __builtin_unreachable();
}

std::optional<State> parse_state(std::string_view text) {
    for (const auto& [state, name] : names)
        if (name == text) return state;
    return std::nullopt;
}

bool is_address(std::string_view email) {
    const std::size_t at = email.find('@');
    if (at == std::string_view::npos || at == 0 || at > 64 || email.size() > 254) return false;
    const std::string_view local = email.substr(0, at), domain = email.substr(at + 1);
    const auto is_dotted_well = [](std::string_view text) {
        return !text.empty() && text.front() != '.' && text.back() != '.' && !text.contains("..");
    };
    return std::ranges::all_of(email, is_printable_ascii) && is_dotted_well(local) && is_dotted_well(domain) &&
           domain.find_first_of("@_") == std::string_view::npos &&
           email.find_first_of("<>(),;:\"[]\\") == std::string_view::npos;
}

bool is_header_text(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace florin::notifications
