#include <algorithm>
#include <vector>

#include "digit.hpp"
#include "florin/security/card.hpp"

namespace florin::security {
namespace {

constexpr std::size_t min_digits = 13;
constexpr std::size_t max_digits = 19;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// The length of the UUID that begins at `at`; 0 when none does.
std::size_t uuid_at(std::string_view text, std::size_t at) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() - at < form.size()) return 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const char c = text[at + i];
        if (form[i] == 'x' ? !is_hexadecimal(c) : c != '-') return 0;
    }
    const bool goes_on = text.size() > at + form.size() && is_hexadecimal(text[at + form.size()]);
    return goes_on ? 0 : form.size();
}

/// Card numbers begin with 3 to 6, 8 or 9, or with Mir's and Mastercard's 2200 to 2720: years and counts of
/// seconds, milli- or nanoseconds since 1970 do not.
bool begins_like_a_card(std::string_view digits) {
    const char first = digits[0];
    if (first == '2') return digits.substr(0, 4) >= "2200" && digits.substr(0, 4) <= "2720";
    return first >= '3' && first != '7';
}

bool passes_luhn(std::string_view digits) {
    int sum = 0;
    bool is_doubled = false;
    for (std::size_t i = digits.size(); i-- > 0; is_doubled = !is_doubled) {
        const int digit = digits[i] - '0';
        sum += is_doubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    }
    return sum % 10 == 0;
}

/// Digits with at most one space or dash between two of them.
struct Run {
    std::string digits;
    /// Where in `digits` each group begins, and the end: a card number begins and ends with a group.
    std::vector<std::size_t> bounds;
    /// Behind the last digit in the text.
    std::size_t end;
};

Run run_at(std::string_view text, std::size_t at) {
    Run run{.digits = {}, .bounds = {0}, .end = at};
    while (at < text.size()) {
        if (is_digit(text[at])) {
            run.digits.push_back(text[at]);
            run.end = ++at;
        } else if ((text[at] == ' ' || text[at] == '-') && at + 1 < text.size() && is_digit(text[at + 1])) {
            run.bounds.push_back(run.digits.size());
            ++at;
        } else {
            break;
        }
    }
    run.bounds.push_back(run.digits.size());
    return run;
}

/// Whether the digit at `at` continues a word. The letter of an escape in JSON (`\n`) is none.
bool touches_letter(std::string_view text, std::size_t at) {
    return at > 0 && is_letter(text[at - 1]) && (at < 2 || text[at - 2] != '\\');
}

bool holds_pan(const Run& run, bool touches_letter_before, bool touches_letter_behind) {
    const std::size_t first = touches_letter_before ? 1 : 0;
    const std::size_t last = run.bounds.size() - (touches_letter_behind ? 1 : 0);
    for (std::size_t from = first; from < last; ++from) {
        for (std::size_t to = from + 1; to < last; ++to) {
            const std::size_t size = run.bounds[to] - run.bounds[from];
            if (size > max_digits) break;
            if (size < min_digits) continue;
            const auto digits = std::string_view{run.digits}.substr(run.bounds[from], size);
            if (begins_like_a_card(digits) && passes_luhn(digits)) return true;
        }
    }
    return false;
}

}  // namespace

Result<void> refuse_card_number(std::string_view text, std::string_view field) {
    if (!looks_like_pan(text)) return {};
    return fail(ErrorKind::invalid, "card_number_in_text",
                "This holds what looks like a card number. It is never stored; leave it out.", field);
}

bool looks_like_pan(std::string_view text) {
    if (text.size() < min_digits) return false;
    for (std::size_t at = 0; at < text.size();) {
        const bool begins_word = at == 0 || !(is_letter(text[at - 1]) || is_digit(text[at - 1]));
        if (begins_word && is_hexadecimal(text[at])) {
            if (const std::size_t size = uuid_at(text, at); size > 0) {
                at += size;
                continue;
            }
        }
        if (!is_digit(text[at])) {
            ++at;
            continue;
        }
        const Run run = run_at(text, at);
        const bool is_letter_behind = run.end < text.size() && is_letter(text[run.end]);
        if (run.digits.size() >= min_digits && holds_pan(run, touches_letter(text, at), is_letter_behind)) return true;
        at = run.end;
    }
    return false;
}

}  // namespace florin::security
