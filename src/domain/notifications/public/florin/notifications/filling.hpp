#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "florin/base/money.hpp"

namespace florin::notifications {

/// What fills a template, as `render` reads it: amounts and days are given as what they are, and written in the form of
/// whoever reads the mail when it is made. Each name once. `name`, `merchant` and `support_email` need not be given.
class Filling {
public:
    Filling& text(std::string_view name, std::string_view value);
    Filling& amount(std::string_view name, Money value);
    Filling& day(std::string_view name, std::chrono::year_month_day value);
    Filling& flag(std::string_view name, bool value);
    /// `NewNotification::data`.
    std::string data() const { return "{" + members_ + "}"; }

private:
    void key(std::string_view name);
    std::string members_;
};

}  // namespace florin::notifications
