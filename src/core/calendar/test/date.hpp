#pragma once

#include "florin/calendar/calendar.hpp"

namespace florin::calendar {

/// A day in one breath, for tests.
inline Date date(int year, unsigned month, unsigned day) {
    return {std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
}

}  // namespace florin::calendar
