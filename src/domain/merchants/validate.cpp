#include "validate.hpp"

#include <algorithm>
#include <array>

#include "florin/security/card.hpp"

namespace florin::merchants {
namespace {

constexpr std::size_t most_notices = 5;
constexpr std::size_t most_lines = 6, longest_line = 100, largest_logo = 64 * 1024;
/// Of each side: a small file can unfold to a picture that fills the memory.
constexpr std::uint32_t largest_side = 2'000;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// A language, and perhaps a region: `de`, `de-AT`.
bool is_locale(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const std::string_view language = text.substr(0, dash);
    if (language.size() < 2 || language.size() > 3 || !std::ranges::all_of(language, is_lower)) return false;
    if (dash == text.size()) return true;
    const std::string_view region = text.substr(dash + 1);
    return region.size() == 2 && std::ranges::all_of(region, is_upper);
}

bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
    const std::string_view domain = text.substr(at + 1);
    const auto is_odd = [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || std::string_view{"<>,;\""}.contains(c);
    };
    return domain.find('@') == std::string_view::npos && !domain.starts_with('.') && !domain.ends_with('.') &&
           std::ranges::none_of(text, is_odd);
}

std::uint32_t big_endian(std::string_view octets) {
    std::uint32_t number = 0;
    for (const char c : octets) number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

/// A whole PNG of a size that can be drawn: its signature, its header's chunk, its end.
bool is_png(std::string_view octets) {
    constexpr std::string_view signature{"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16}, end{"\0\0\0\0IEND\xae\x42\x60\x82", 12};
    if (octets.size() < 45 || !octets.starts_with(signature) || !octets.ends_with(end)) return false;
    const std::uint32_t width = big_endian(octets.substr(16, 4)), height = big_endian(octets.substr(20, 4));
    return width >= 1 && width <= largest_side && height >= 1 && height <= largest_side;
}

Result<void> validate_address(const std::vector<std::string>& lines) {
    if (lines.size() > most_lines)
        return fail(ErrorKind::invalid, "too_many", "An address has at most 6 lines.", "address_lines");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string field = "address_lines." + std::to_string(i);
        if (lines[i].empty()) return fail(ErrorKind::invalid, "too_short", "A line has at least 1 character.", field);
        if (lines[i].size() > longest_line)
            return fail(ErrorKind::invalid, "too_long", "A line has at most 100 characters.", field);
        if (auto fit = security::refuse_card_number(lines[i], field); !fit) return fit;
    }
    return {};
}

Result<void> validate_notice_days(std::vector<std::int64_t> days) {
    const bool is_in_range =
        std::ranges::all_of(days, [](std::int64_t day) { return day >= 1 && day <= earliest_notice_days; });
    std::ranges::sort(days);
    if (days.size() <= most_notices && is_in_range && std::ranges::adjacent_find(days) == days.end()) return {};
    return fail(ErrorKind::invalid, "invalid_notice_days", "Give at most 5 different numbers of days from 1 to 60.",
                "payment_notice_days");
}

}  // namespace

Result<void> validate(const ProfileWish& wish) {
    if (auto zone = calendar::Zone::find(wish.time_zone); !zone) return fail(std::move(zone.error()));
    if (wish.billing_hour < 0 || wish.billing_hour > 23)
        return fail(ErrorKind::invalid, "out_of_range", "An hour of the day is 0 to 23.", "billing_hour");
    if (!is_locale(wish.locale))
        return fail(ErrorKind::invalid, "invalid_locale", "Give a language, and perhaps a region, such as de or de-AT.",
                    "locale");
    if (!wish.support_email.empty() && !is_email(wish.support_email))
        return fail(ErrorKind::invalid, "invalid_email", "This is not an e-mail address.", "support_email");
    if (wish.logo_png.size() > largest_logo || (!wish.logo_png.empty() && !is_png(wish.logo_png)))
        return fail(ErrorKind::invalid, "invalid_logo",
                    "Give a PNG of at most 64 KiB and 2,000 by 2,000 pixels, in base64.", "logo_png");
    if (auto fit = validate_address(wish.address_lines); !fit) return fit;
    if (auto fit = validate_notice_days(wish.notice_days); !fit) return fit;
    const std::array<std::pair<std::string_view, const std::string*>, 2> texts{
        {{"legal_name", &wish.legal_name}, {"tax_line", &wish.tax_line}}};
    for (const auto& [field, text] : texts)
        if (auto fit = security::refuse_card_number(*text, field); !fit) return fit;
    return {};
}

}  // namespace florin::merchants
