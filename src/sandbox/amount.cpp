#include "amount.hpp"

namespace florin::sandbox {

std::expected<std::int64_t, AmountError> parse_amount(std::string_view text, int decimals) {
    constexpr std::int64_t limit = 1'000'000'000'000'000;
    bool is_negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        is_negative = text.front() == '-';
        text.remove_prefix(1);
    }
    std::int64_t minor = 0;
    int after_point = -1;
    bool has_digit = false;
    bool is_too_precise = false;
    const auto append = [&](int digit) {
        if (minor <= limit) minor = minor * 10 + digit;
    };
    for (const char c : text) {
        if (c == '.' && after_point < 0) {
            after_point = 0;
        } else if (c >= '0' && c <= '9') {
            has_digit = true;
            if (after_point >= decimals) {
                is_too_precise = is_too_precise || c != '0';
            } else {
                append(c - '0');
                if (after_point >= 0) ++after_point;
            }
        } else {
            return std::unexpected{AmountError::not_decimal};
        }
    }
    if (!has_digit) return std::unexpected{AmountError::not_decimal};
    if (is_too_precise) return std::unexpected{AmountError::too_precise};
    for (int digits = after_point < 0 ? 0 : after_point; digits < decimals; ++digits) append(0);
    if (minor > limit) return std::unexpected{AmountError::too_large};
    return is_negative ? -minor : minor;
}

}  // namespace florin::sandbox
