#include <algorithm>
#include <array>

#include "florin/base/check.hpp"
#include "florin/calendar/calendar.hpp"

namespace florin::calendar {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month;

constexpr Date first_date{year{1970}, month{1}, day{1}}, last_date{year{9999}, month{12}, day{31}};
constexpr std::int64_t days_in_all = (sys_days{last_date} - sys_days{first_date}).count();

constexpr std::array<std::string_view, 5> unit_names{"day", "week", "month", "quarter", "year"};

/// Two digits or more, with leading zeros.
void append(std::string& out, unsigned number, int digits) {
    if (digits > 1) append(out, number / 10, digits - 1);
    out.push_back(static_cast<char>('0' + number % 10));
}

/// The digits' number; nothing when there is anything else among them.
unsigned number_of(std::string_view digits) {
    unsigned number = 0;
    for (const char c : digits) number = number * 10 + static_cast<unsigned>(c - '0');
    return number;
}

/// How many days, or how many months, one unit has.
struct Length {
    std::int64_t days = 0, months = 0;
};
constexpr std::array<Length, 5> unit_lengths{{{.days = 1}, {.days = 7}, {.months = 1}, {.months = 3}, {.months = 12}}};

}  // namespace

std::string to_text(Date date) {
    std::string text;
    append(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    text.push_back('-');
    append(text, static_cast<unsigned>(date.month()), 2);
    text.push_back('-');
    append(text, static_cast<unsigned>(date.day()), 2);
    return text;
}

bool is_written_as_date(std::string_view text) {
    if (text.size() != 10) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
    return true;
}

Result<Date> parse_date(std::string_view text) {
    const auto wrong = [] {
        return fail(ErrorKind::invalid, "invalid_date",
                    "Give a day from 1970-01-01 to 9999-12-31 that there is, such as 2028-02-29.");
    };
    if (!is_written_as_date(text)) return wrong();
    const Date date{year{static_cast<int>(number_of(text.substr(0, 4)))}, month{number_of(text.substr(5, 2))},
                    day{number_of(text.substr(8, 2))}};
    if (!date.ok()) return fail(ErrorKind::invalid, "invalid_date", "There is no such day: " + std::string{text} + ".");
    if (date < first_date) return wrong();
    return date;
}

std::int64_t days_between(Date from, Date to) { return (sys_days{to} - sys_days{from}).count(); }

Date plus_days(Date date, std::int64_t count) {
    const std::int64_t since_first = days_between(first_date, date);
    const std::int64_t sum = since_first + std::clamp(count, -days_in_all, days_in_all);
    return Date{sys_days{first_date} + days{std::clamp<std::int64_t>(sum, 0, days_in_all)}};
}

std::string_view to_text(Unit unit) { return unit_names[static_cast<std::size_t>(unit)]; }

std::optional<Unit> parse_unit(std::string_view text) {
    const auto found = std::ranges::find(unit_names, text);
    if (found == unit_names.end()) return std::nullopt;
    return static_cast<Unit>(found - unit_names.begin());
}

Date anchored(year_month in, unsigned anchor) {
    check(in.ok() && anchor >= 1 && anchor <= 31, "an anchor is a day from 1 to 31");
    const Date last{in / std::chrono::last};
    return {in.year(), in.month(), std::min(day{anchor}, last.day())};
}

Date first_on_or_after(Date start, unsigned anchor) {
    const year_month in{start.year(), start.month()};
    const Date here = anchored(in, anchor);
    return here >= start ? here : anchored(in + months{1}, anchor);
}

Date nth(Date first, const Cycle& cycle, std::int64_t n, unsigned anchor) {
    check(n >= 0 && cycle.count >= 1 && cycle.count <= 366, "periods are counted from 0, every 1 to 366 units");
    if (n == 0) return first;
    // Further than the calendar reaches, by whatever unit.
    if (n > days_in_all) return last_date;
    const Length length = unit_lengths[static_cast<std::size_t>(cycle.unit)];
    if (length.days > 0) return plus_days(first, n * cycle.count * length.days);
    const std::int64_t ahead = n * cycle.count * length.months;
    const auto year_now = static_cast<int>(first.year());
    const std::int64_t from_year_zero = year_now * 12LL + static_cast<unsigned>(first.month()) - 1 + ahead;
    if (from_year_zero / 12 > static_cast<int>(last_date.year())) return last_date;
    return anchored(year{static_cast<int>(from_year_zero / 12)} / month{static_cast<unsigned>(from_year_zero % 12) + 1},
                    anchor);
}

Period period(Date first, const Cycle& cycle, std::int64_t n, unsigned anchor) {
    return {nth(first, cycle, n, anchor), nth(first, cycle, n + 1, anchor)};
}

}  // namespace florin::calendar
