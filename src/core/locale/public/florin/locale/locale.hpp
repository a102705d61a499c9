#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/money.hpp"
#include "florin/calendar/calendar.hpp"

/// How amounts and days are written where their reader lives.
namespace florin::locale {

/// The languages that Florin has words in.
enum class Language { english, german };

/// Whether that is a country's code: two capital letters, as ISO 3166-1 alpha-2 has them.
bool is_country(std::string_view code);

struct Region;

/// A reader's language and region. Any thread; copies are cheap.
///
/// Source: requirements A-FR-14; Unicode CLDR, as Node's `Intl` has it.
class Locale {
public:
    /// `de`, `de-AT`, in whatever case. Nothing: Florin has no words in that language, or it is no such tag.
    static std::optional<Locale> find(std::string_view tag);
    /// What is not known is English.
    static Locale of(std::string_view tag);

    Language language() const;
    /// `de-AT`, as BCP 47 writes it.
    const std::string& tag() const { return tag_; }
    /// `€1,234.50`, `1.234,50 €`. With no-break spaces.
    std::string money(Money amount) const;
    /// `20 November 2026`, `November 20, 2026`, `20. November 2026`.
    std::string date(calendar::Date date) const;
    /// `1,234`
    std::string count(std::int64_t number) const;
    /// Hundredths of a percent as `12.5%`, `12,5 %`.
    std::string percent(std::int64_t basis_points) const;
    /// `DE` as `Germany`, `Deutschland`; what is no code as it is.
    std::string_view country(std::string_view code) const;
    /// Whether paper is of the American size.
    bool has_letter_paper() const { return has_letter_paper_; }

private:
    explicit Locale(const Region& region) : region_{&region} {}
    const Region* region_;
    std::string tag_;
    bool has_letter_paper_ = false;
};

}  // namespace florin::locale
