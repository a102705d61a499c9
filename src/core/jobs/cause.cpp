#include <algorithm>

#include "florin/jobs/dead_letters.hpp"

namespace florin::jobs {
namespace {

constexpr std::size_t longest_cause = 200;
/// Shorter words of capitals are abbreviations.
constexpr std::size_t shortest_reference = 12;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
/// What an id is made of. Octets beyond ASCII belong to words too.
bool is_word(char c) {
    return is_digit(c) || is_capital(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool differs_from_job_to_job(std::string_view word) {
    return std::ranges::any_of(word, is_digit) ||
           (word.size() >= shortest_reference && std::ranges::all_of(word, is_capital));
}

/// The end of an e-mail address at `at`; `at` itself where there is none. Whose it is differs too.
std::size_t behind_address(std::string_view error, std::size_t at) {
    std::size_t end = at;
    bool is_address = false;
    for (; end < error.size() && (is_word(error[end]) || error[end] == '.' || error[end] == '@' || error[end] == '+');
         ++end)
        is_address |= error[end] == '@';
    while (end > at && error[end - 1] == '.') --end;
    return is_address ? end : at;
}

}  // namespace

std::string cause_of(std::string_view error) {
    std::string cause;
    for (std::size_t at = 0; at < error.size() && cause.size() < longest_cause;) {
        std::size_t end = behind_address(error, at);
        if (end > at) {
            cause.push_back('#');
            at = end;
            continue;
        }
        while (end < error.size() && is_word(error[end])) ++end;
        if (end == at) {
            cause.push_back(error[at++]);
            continue;
        }
        const std::string_view word = error.substr(at, end - at);
        cause += differs_from_job_to_job(word) ? std::string_view{"#"} : word;
        at = end;
    }
    return cause;
}

}  // namespace florin::jobs
