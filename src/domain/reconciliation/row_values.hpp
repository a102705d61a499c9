#pragma once

#include <optional>
#include <string_view>

#include "florin/base/money.hpp"
#include "florin/store/store.hpp"

/// What rows hold, read back. One damaged row must not stop the process that works on all others (F59, F105).
namespace florin::reconciliation::rows {

[[noreturn]] inline void raise_unreadable() {
    throw store::Failure{store::Failure::Kind::fault, "a row of a settlement cannot be read"};
}
template <class T>
T known(const std::optional<T>& value) {
    if (!value) raise_unreadable();
    return *value;
}
inline Currency currency_of(std::string_view code) {
    const auto currency = Currency::of(code);
    if (!currency) raise_unreadable();
    return *currency;
}
inline Money money_of(std::int64_t minor, Currency currency) {
    const auto money = Money::of(minor, currency);
    if (!money) raise_unreadable();
    return *money;
}

}  // namespace florin::reconciliation::rows
