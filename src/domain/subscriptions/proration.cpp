#include "proration.hpp"

#include "florin/base/check.hpp"

namespace florin::subscriptions {

std::int64_t rounded(std::int64_t numerator, std::int64_t days) {
    check(days >= 1, "a period has days");
    // The floor of numerator / days + 1/2, in whole numbers.
    const std::int64_t doubled = 2 * numerator + days;
    const std::int64_t divisor = 2 * days;
    const std::int64_t towards_zero = doubled / divisor;
    return doubled % divisor < 0 ? towards_zero - 1 : towards_zero;
}

std::int64_t prorate(std::int64_t& numerator, std::int64_t price_minor, std::int64_t left, std::int64_t days) {
    check(days >= 1 && days <= 1'100 && left >= 0 && left <= days, "what is left of a period lies within it");
    check(price_minor >= -1'000'000'000'000 && price_minor <= 1'000'000'000'000, "a period's price has a bound");
    const std::int64_t before = rounded(numerator, days);
    numerator += price_minor * left;
    return rounded(numerator, days) - before;
}

}  // namespace florin::subscriptions
