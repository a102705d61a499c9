#include "florin/telemetry/scrubber.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace florin::telemetry {
namespace {

constexpr std::string_view mask = "[hidden]";
constexpr std::size_t min_digits = 13;
constexpr std::size_t max_digits = 19;
/// More between two digits means that they do not belong together.
constexpr std::size_t max_separators = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_word(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '-'; }

/// How many characters at `at` separate groups of digits: a space, a dash, a space in a URL.
std::size_t separator_at(std::string_view text, std::size_t at) {
    if (at < text.size() && (text[at] == ' ' || text[at] == '-' || text[at] == '+')) return 1;
    if (text.substr(at, 3) == "%20") return 3;
    return 0;
}

/// A digit, where it stands, and whether a group begins or ends with it.
struct Digit {
    std::size_t at;
    bool begins;
    bool ends;
};

bool passes_luhn(std::string_view text, const Digit* first, std::size_t count) {
    int sum = 0;
    bool is_doubled = false;
    for (std::size_t i = count; i-- > 0; is_doubled = !is_doubled) {
        const int digit = text[first[i].at] - '0';
        sum += is_doubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    }
    return sum % 10 == 0;
}

bool is_moment(std::string_view text, const Digit* first, std::size_t count) {
    return count == min_digits && text[first->at] == '1';
}

/// Overwrites card numbers in a row of digits. They may begin and end where a group of digits does.
void mask_cards(std::string& text, const std::vector<Digit>& digits) {
    for (std::size_t from = 0; from + min_digits <= digits.size(); ++from) {
        if (!digits[from].begins) continue;
        for (std::size_t count = std::min(max_digits, digits.size() - from); count >= min_digits; --count) {
            const Digit* const first = &digits[from];
            if (!first[count - 1].ends || is_moment(text, first, count) || !passes_luhn(text, first, count)) continue;
            for (std::size_t i = 0; i < count; ++i) text[first[i].at] = '*';
            from += count - 1;
            break;
        }
    }
}

void mask_cards_between(std::string& text, std::size_t from, std::size_t until) {
    std::vector<Digit> digits;
    for (std::size_t at = from; at < until;) {
        if (!is_digit(text[at])) {
            ++at;
            continue;
        }
        digits.clear();
        for (std::size_t next = at; next < until && is_digit(text[next]);) {
            const bool begins = digits.empty() || next != digits.back().at + 1;
            digits.push_back({next, begins, true});
            if (!begins) digits[digits.size() - 2].ends = false;
            at = ++next;
            for (std::size_t i = 0; i < max_separators; ++i) next += separator_at(text, next);
        }
        if (digits.size() >= min_digits) mask_cards(text, digits);
    }
}

constexpr std::size_t uuid_length = 36;

/// Whether an id of RFC 9562's form stands at `at` and nothing touches it. Many of ours are nearly digits alone, and a
/// tenth of those pass the check.
bool is_uuid_at(std::string_view text, std::size_t at) {
    const std::string_view id = text.substr(at, uuid_length);
    if (id.size() < uuid_length || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-') return false;
    // `pm_…` is one too.
    const auto touches = [](char c) { return is_word(c) && c != '_'; };
    if (at > 0 && touches(text[at - 1])) return false;
    if (at + uuid_length < text.size() && touches(text[at + uuid_length])) return false;
    constexpr std::size_t version = 14, variant = 19;
    if (id[version] < '1' || id[version] > '8' || !std::string_view{"89abAB"}.contains(id[variant])) return false;
    return std::ranges::all_of(id,
                               [](char c) { return c == '-' || is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); });
}

void mask_all_cards(std::string& text) {
    std::size_t from = 0;
    for (std::size_t at = 0; at + uuid_length <= text.size(); ++at) {
        if (!is_uuid_at(text, at)) continue;
        mask_cards_between(text, from, at);
        from = at + uuid_length;
        at = from - 1;
    }
    mask_cards_between(text, from, text.size());
}

bool begins_with(std::string_view text, std::size_t at, std::string_view lower_case_word) {
    if (text.size() < at + lower_case_word.size()) return false;
    return std::ranges::equal(text.substr(at, lower_case_word.size()), lower_case_word, {}, lower);
}

/// The length of the secret after `Bearer `, `Basic ` or `fk_live_` at `at`, and of what leads to it.
struct Credential {
    std::size_t lead = 0;
    std::size_t length = 0;
};
Credential credential_at(std::string_view text, std::size_t at) {
    constexpr std::string_view leads[] = {"bearer ", "basic ", "fk_live_", "fk_test_"};
    for (const std::string_view lead : leads) {
        if (!begins_with(text, at, lead)) continue;
        std::size_t end = at + lead.size();
        while (end < text.size() && text[end] > ' ' && text[end] != '"' && text[end] != '\'' && text[end] != ',' &&
               text[end] != ';' && text[end] != '&' && text[end] != '\\') {
            ++end;
        }
        return {lead.size(), end - at - lead.size()};
    }
    return {};
}

/// Letters and digits alone, lower case: `Card-Number`, `cardNumber` and `card_number` are one name.
std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c != '_' && c != '-') out.push_back(lower(c));
    }
    return out;
}

/// Where the value of `name` stands that ends before `after`: `"cvv": "123"`, `cvv=123`, `cvv: 123`.
/// Nothing when no value follows.
std::string_view value_after(std::string_view text, std::size_t after) {
    std::size_t at = after;
    const auto skip = [&](std::string_view set) {
        while (at < text.size() && set.find(text[at]) != std::string_view::npos) ++at;
    };
    // The quote may be escaped, where JSON stands in JSON.
    skip("\\\"' ]");
    if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return {};
    ++at;
    skip(" ");
    const std::size_t before_quote = at;
    skip("\\\"'");
    const bool is_quoted = at != before_quote;
    for (const std::string_view done : {"[hidden]", "bearer [hidden]", "basic [hidden]"}) {
        if (begins_with(text, at, done)) return {};
    }
    const std::string_view ends = is_quoted ? "\"'\\" : "&,;}])\r\n\t <\"'\\";
    const std::size_t end = std::min(text.find_first_of(ends, at), text.size());
    return text.substr(at, end - at);
}

void mask_named(std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_word(text[at]) || (at > 0 && is_word(text[at - 1]))) continue;
        std::size_t end = at;
        while (end < text.size() && is_word(text[end])) ++end;
        const std::string_view name = std::string_view{text}.substr(at, end - at);
        if (const std::string_view value = is_secret_name(name) ? value_after(text, end) : ""; !value.empty()) {
            const auto from = static_cast<std::size_t>(value.data() - text.data());
            text.replace(from, value.size(), mask);
            end = from + mask.size();
        }
        at = end - 1;
    }
}

/// XML elements: `<cardCode>123</cardCode>`.
void mask_elements(std::string& text) {
    for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
        const std::size_t end = text.find('>', at);
        if (end == std::string::npos) return;
        if (!is_secret_name(std::string_view{text}.substr(at + 1, end - at - 1))) continue;
        const std::size_t close = std::min(text.find('<', end), text.size());
        if (close > end + 1) text.replace(end + 1, close - end - 1, mask);
    }
}

void mask_credentials(std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at > 0 && is_word(text[at - 1])) continue;
        const auto [lead, length] = credential_at(text, at);
        if (length == 0 || std::string_view{text}.substr(at + lead).starts_with(mask)) continue;
        text.replace(at + lead, length, mask);
        at += lead + mask.size() - 1;
    }
}

}  // namespace

bool is_secret_name(std::string_view name) {
    static constexpr std::array names = std::to_array<std::string_view>({"accesstoken",
                                                                         "accountnumber",
                                                                         "apikey",
                                                                         "authorization",
                                                                         "cardcode",
                                                                         "cardnumber",
                                                                         "clientsecret",
                                                                         "cookie",
                                                                         "cvc",
                                                                         "cvc2",
                                                                         "cvn",
                                                                         "cvv",
                                                                         "cvv2",
                                                                         "cardcvc",
                                                                         "cardcvv",
                                                                         "cvvnumber",
                                                                         "iban",
                                                                         "pan",
                                                                         "passphrase",
                                                                         "password",
                                                                         "privatekey",
                                                                         "refreshtoken",
                                                                         "secret",
                                                                         "securitycode",
                                                                         "signaturekey",
                                                                         "transactionkey",
                                                                         "verificationvalue",
                                                                         "xapikey"});
    if (name.size() > 32) return false;
    const std::string text = folded(name);
    return std::ranges::find(names, text) != names.end();
}

std::string scrub(std::string_view text) {
    std::string out{text};
    mask_credentials(out);
    mask_named(out);
    mask_elements(out);
    mask_all_cards(out);
    return out;
}

}  // namespace florin::telemetry
