#pragma once

#include <string_view>

#include "florin/base/money.hpp"
#include "florin/locale/locale.hpp"

namespace florin::locale {

/// Which signs a region writes; what has none is written by its code.
enum class Signs {
    world,        ///< `€`, `US$`, `JP¥`
    american,     ///< As the world's, with `$` and `¥`.
    canadian,     ///< As the world's; `$` is the Canadian one.
    australian,   ///< `$` is the Australian one, and all others are codes.
    new_zealand,  ///< As the world's; `$` is the one of New Zealand.
    german,       ///< `€`, `$`, `¥`, `AU$`
    swiss,        ///< As the German ones, but `EUR`.
};

/// `US$`; the code where there is no sign, borrowed from the currency.
std::string_view sign_of(const Currency& currency, Signs signs);

}  // namespace florin::locale
