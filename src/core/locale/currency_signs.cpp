// The signs of currencies as CLDR has them. Those that it has two of stand by their region. Signs that no font of ours
// can set (the baht's) are left out: their currencies go by their codes.

#include "currency_signs.hpp"

#include <algorithm>
#include <array>

namespace florin::locale {
namespace {

struct Sign {
    std::string_view code, sign;
};
/// What is the same in English and German.
constexpr std::array common{
    Sign{"BRL", "R$"},   Sign{"CAD", "CA$"},        Sign{"CNY", "CN¥"}, Sign{"EUR", "€"},    Sign{"GBP", "£"},
    Sign{"HKD", "HK$"},  Sign{"ILS", "₪"},          Sign{"INR", "₹"},   Sign{"KRW", "₩"},    Sign{"MXN", "MX$"},
    Sign{"NZD", "NZ$"},  Sign{"TWD", "NT$"},        Sign{"VND", "₫"},   Sign{"XAF", "FCFA"}, Sign{"XCD", "EC$"},
    Sign{"XPF", "CFPF"}, Sign{"XOF", "F\u202fCFA"},
};
constexpr std::array english{Sign{"AUD", "A$"}, Sign{"JPY", "JP¥"}, Sign{"PHP", "₱"}, Sign{"USD", "US$"}};
constexpr std::array german{Sign{"AUD", "AU$"}, Sign{"JPY", "¥"}, Sign{"USD", "$"}};
constexpr std::array american{Sign{"JPY", "¥"}, Sign{"USD", "$"}};
constexpr std::array canadian{Sign{"CAD", "$"}};
constexpr std::array australian{Sign{"AUD", "$"}, Sign{"SCR", "Rs"}, Sign{"XPF", "CFP"}};
constexpr std::array new_zealand{Sign{"NZD", "$"}};
constexpr std::array swiss{Sign{"EUR", "EUR"}};

template <std::size_t n>
std::string_view find(const std::array<Sign, n>& table, std::string_view code) {
    const auto found = std::ranges::find(table, code, &Sign::code);
    return found == table.end() ? std::string_view{} : found->sign;
}

std::string_view of_region(std::string_view code, Signs signs) {
    switch (signs) {
        case Signs::american:
            return find(american, code);
        case Signs::canadian:
            return find(canadian, code);
        case Signs::australian:
            return find(australian, code);
        case Signs::new_zealand:
            return find(new_zealand, code);
        case Signs::swiss:
            return find(swiss, code);
        case Signs::world:
        case Signs::german:
            return {};
    }
    return {};
}

}  // namespace

std::string_view sign_of(const Currency& currency, Signs signs) {
    const std::string_view code = currency.code();
    if (const std::string_view sign = of_region(code, signs); !sign.empty()) return sign;
    if (signs == Signs::australian) return code;
    const bool is_german = signs == Signs::german || signs == Signs::swiss;
    const std::string_view own = is_german ? find(german, code) : find(english, code);
    if (!own.empty()) return own;
    const std::string_view sign = find(common, code);
    return sign.empty() ? code : sign;
}

}  // namespace florin::locale
