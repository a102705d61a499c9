#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "florin/calendar/calendar.hpp"

/// Rows keep a date as days since 1970.
namespace florin::billing::rows {

inline std::int64_t days_of(calendar::Date date) { return std::chrono::sys_days{date}.time_since_epoch().count(); }
inline calendar::Date date_of(std::int64_t days) { return std::chrono::sys_days{std::chrono::days{days}}; }
inline std::optional<std::int64_t> days_of(const std::optional<calendar::Date>& date) {
    return date ? std::optional{days_of(*date)} : std::nullopt;
}

}  // namespace florin::billing::rows
