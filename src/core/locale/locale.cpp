#include "florin/locale/locale.hpp"

#include <algorithm>
#include <array>

#include "currency_signs.hpp"

namespace florin::locale {
namespace {

/// Where the sign of an amount's currency stands.
enum class Place {
    before,         ///< `€1.00`, but `CHF 1.00`
    before_spaced,  ///< `€ 1,00`
    before_minus,   ///< `CHF 1.00`, but `CHF-1.00`
    after,          ///< `1,00 €`
};

}  // namespace

/// How a region writes.
struct Region {
    std::string_view tag;
    Language language;
    Signs signs;
    Place place;
    std::string_view group, point;
    std::string_view count_group;
    bool has_month_first = false;    ///< `January 5, 2026`
    bool has_jaenner = false;        ///< The first month as Austria and South Tyrol call it.
    bool has_percent_apart = false;  ///< `5 %`
};

namespace {

constexpr std::string_view space = "\u00a0", apostrophe = "\u2019";

/// What stands alone for a language comes first of it: it is also how regions write that are not here.
constexpr std::array regions{
    Region{"en", Language::english, Signs::world, Place::before, ",", ".", ","},
    Region{"en-US", Language::english, Signs::american, Place::before, ",", ".", ",", true},
    Region{"en-CA", Language::english, Signs::canadian, Place::before, ",", ".", ",", true},
    Region{"en-AU", Language::english, Signs::australian, Place::before, ",", ".", ","},
    Region{"en-NZ", Language::english, Signs::new_zealand, Place::before, ",", ".", ","},
    Region{"de", Language::german, Signs::german, Place::after, ".", ",", ".", false, false, true},
    Region{"de-AT", Language::german, Signs::german, Place::before_spaced, ".", ",", space, false, true, true},
    Region{"de-IT", Language::german, Signs::german, Place::after, ".", ",", ".", false, true, true},
    Region{"de-CH", Language::german, Signs::swiss, Place::before_minus, apostrophe, ".", apostrophe},
    Region{"de-LI", Language::german, Signs::swiss, Place::before_spaced, apostrophe, ".", apostrophe},
};

constexpr std::array<std::string_view, 12> english_months{"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 12> german_months{"Januar",    "Februar", "März",     "April",
                                                         "Mai",       "Juni",    "Juli",     "August",
                                                         "September", "Oktober", "November", "Dezember"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// `de-AT`, as BCP 47 writes it; empty where it is not a language of two letters and perhaps a region.
std::string canonical(std::string_view tag) {
    const bool has_region = tag.size() == 5 && tag[2] == '-';
    if (tag.size() != 2 && !has_region) return {};
    std::string text{tag};
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 2) continue;
        if (!is_letter(text[i])) return {};
        text[i] = i < 2 ? lower(text[i]) : upper(text[i]);
    }
    return text;
}

const Region* region_of(std::string_view tag) {
    for (const std::string_view wanted : {tag, tag.substr(0, 2)})
        if (const auto found = std::ranges::find(regions, wanted, &Region::tag); found != regions.end()) return found;
    return nullptr;
}

/// `1234567` as `1,234,567`.
std::string grouped(std::string_view digits, std::string_view group) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += group;
        out.push_back(digits[i]);
    }
    return out;
}

/// `1234.50` as `1.234,50`.
std::string written(std::string_view number, const Region& region, std::string_view group) {
    const std::size_t point = std::min(number.find('.'), number.size());
    std::string out = grouped(number.substr(0, point), group);
    if (point < number.size()) out.append(region.point).append(number.substr(point + 1));
    return out;
}

}  // namespace

std::optional<Locale> Locale::find(std::string_view tag) {
    std::string known = canonical(tag);
    const Region* const region = known.empty() ? nullptr : region_of(known);
    if (region == nullptr) return std::nullopt;
    Locale found{*region};
    found.has_letter_paper_ = known.ends_with("-US") || known.ends_with("-CA") || known.ends_with("-MX");
    found.tag_ = std::move(known);
    return found;
}

Locale Locale::of(std::string_view tag) {
    auto found = find(tag);
    return found ? std::move(*found) : *find("en");
}

Language Locale::language() const { return region_->language; }

std::string Locale::money(Money amount) const {
    std::string number = to_major_text(amount);
    std::string minus;
    if (number.starts_with('-')) {
        minus = "-";
        number.erase(0, 1);
    }
    number = written(number, *region_, region_->group);
    const Currency currency = amount.currency();
    const std::string sign{sign_of(currency, region_->signs)};
    const std::string gap{space};
    switch (region_->place) {
        case Place::before:
            return minus + sign + (is_letter(sign.back()) ? gap : "") + number;
        case Place::before_spaced:
            return minus + sign + gap + number;
        case Place::before_minus:
            return sign + (minus.empty() ? gap : minus) + number;
        case Place::after:
            return minus + number + gap + sign;
    }
    return {};
}

std::string Locale::date(calendar::Date date) const {
    const std::string day = std::to_string(unsigned{date.day()}), year = std::to_string(int{date.year()});
    const std::size_t month = unsigned{date.month()} - 1;
    switch (language()) {
        case Language::english: {
            const std::string name{english_months[month]};
            return region_->has_month_first ? name + " " + day + ", " + year : day + " " + name + " " + year;
        }
        case Language::german: {
            const std::string name{month == 0 && region_->has_jaenner ? "Jänner" : german_months[month]};
            return day + ". " + name + " " + year;
        }
    }
    return {};
}

std::string Locale::count(std::int64_t number) const {
    std::string digits = std::to_string(number);
    const bool is_negative = digits.starts_with('-');
    if (is_negative) digits.erase(0, 1);
    return (is_negative ? "-" : "") + grouped(digits, region_->count_group);
}

std::string Locale::percent(std::int64_t basis_points) const {
    // Hundredths are what any currency of two decimals has.
    std::string number = to_major_text(basis_points, *Currency::of("EUR"));
    while (number.ends_with('0')) number.pop_back();
    if (number.ends_with('.')) number.pop_back();
    return written(number, *region_, region_->count_group) + (region_->has_percent_apart ? std::string{space} : "") +
           "%";
}

}  // namespace florin::locale
