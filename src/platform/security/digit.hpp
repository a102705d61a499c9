#pragma once

namespace florin::security {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace florin::security
