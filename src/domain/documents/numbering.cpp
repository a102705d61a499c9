#include "numbering.hpp"

#include <array>

namespace florin::documents {
namespace {

struct Named {
    Kind kind;
    std::string_view text, series;
};
constexpr std::array kinds{Named{Kind::invoice, "invoice", "INV"}, Named{Kind::receipt, "receipt", "RCT"},
                           Named{Kind::credit_note, "credit_note", "CN"}, Named{Kind::agreement, "agreement", "AGR"},
                           Named{Kind::statement, "statement", "STM"}};

const Named& named(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

}  // namespace

std::string_view to_text(Kind kind) { return named(kind).text; }

std::optional<Kind> parse_kind(std::string_view text) {
    for (const Named& one : kinds)
        if (one.text == text) return one.kind;
    return std::nullopt;
}

std::string_view series_of(Kind kind) { return named(kind).series; }

std::string number_text(std::string_view series, std::int64_t number) {
    const std::string digits = std::to_string(number);
    constexpr std::size_t usual = 6;
    std::string text{series};
    text.push_back('-');
    text.append(digits.size() < usual ? usual - digits.size() : 0, '0');
    return text + digits;
}

}  // namespace florin::documents
