#include <algorithm>
#include <charconv>

#include "session.hpp"

namespace florin::smtp {
namespace {

using notifications::Delivery;
using notifications::Outcome;

/// `250 2.0.0 Ok: queued as 4C1BE53E` without the codes.
std::string reference_of(std::string_view line) {
    constexpr std::size_t longest = 100;
    if (line.size() > 4) line.remove_prefix(4);
    if (line.starts_with("2.") && line.contains(' ')) line.remove_prefix(line.find(' ') + 1);
    return std::string{line.substr(0, longest)};
}

int code_of(std::string_view line) {
    int code = 0;
    std::from_chars(line.data(), line.data() + std::min<std::size_t>(line.size(), 3), code);
    return code;
}

bool is_about_login(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

}  // namespace

Delivery delivery_of(bool is_done, bool is_whole, std::string_view line, std::string_view trouble) {
    const int code = code_of(line);
    // What it says before it has the whole mail ends in 354.
    if (is_done || (is_whole && code == 250)) return {.outcome = Outcome::accepted, .reference = reference_of(line)};
    const std::string reason = code >= 400 ? std::string{line} : std::string{trouble};
    if (code >= 400 && code < 500) return {.outcome = Outcome::deferred, .code = "mail_deferred", .reason = reason};
    if (is_about_login(code)) return {.outcome = Outcome::refused, .code = "mail_login_refused", .reason = reason};
    if (code >= 500 && code < 600) return {.outcome = Outcome::refused, .code = "mail_refused", .reason = reason};
    // The server has not said anything since it had the whole mail: it may have it, or not.
    if (is_whole) return {.outcome = Outcome::unknown, .code = "mail_answer_lost", .reason = reason};
    return {.outcome = Outcome::deferred, .code = "mail_server_unreachable", .reason = reason};
}

}  // namespace florin::smtp
