#include "florin/jobs/cron.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <vector>

#include "florin/base/check.hpp"

namespace florin::jobs {
namespace {

using std::chrono::days;

constexpr std::array<std::string_view, 12> months{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                  "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekdays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
/// 29 February on a given weekday comes back after 40 years at the latest.
constexpr int most_days = 366 * 41;

std::vector<std::string_view> split_text(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<int> number_of(std::string_view text, std::span<const std::string_view> names, int first_name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (text == names[i]) return static_cast<int>(i) + first_name;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.size() > 2 || number < 0) return std::nullopt;
    return number;
}

struct Range {
    int low;
    int high;
    std::span<const std::string_view> names = {};
    int first_name = 0;
};

template <std::size_t N>
bool read_field(std::string_view text, const Range& range, std::bitset<N>& field) {
    for (std::string_view part : split_text(text, ',')) {
        int step = 1;
        const bool has_step = part.contains('/');
        if (has_step) {
            const auto given = number_of(part.substr(part.find('/') + 1), {}, 0);
            if (!given || *given == 0) return false;
            step = *given;
            part = part.substr(0, part.find('/'));
        }
        int from = range.low;
        int to = range.high;
        if (part != "*") {
            const auto ends = split_text(part, '-');
            const auto first = number_of(ends[0], range.names, range.first_name);
            if (!first || ends.size() > 2) return false;
            from = *first;
            to = has_step ? range.high : from;
            if (ends.size() == 2) {
                const auto last = number_of(ends[1], range.names, range.first_name);
                if (!last) return false;
                to = *last;
            }
        }
        if (from < range.low || to > range.high || from > to) return false;
        for (int value = from; value <= to; value += step) field.set(static_cast<std::size_t>(value));
    }
    return true;
}

template <std::size_t N>
std::optional<std::size_t> at_or_after(const std::bitset<N>& field, std::size_t from) {
    for (; from < N; ++from)
        if (field.test(from)) return from;
    return std::nullopt;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    const auto refused = [] {
        return fail(ErrorKind::invalid, "invalid_schedule", "This is not a cron expression that ever comes due.",
                    "cron");
    };
    std::vector<std::string_view> fields;
    for (const std::string_view field : split_text(text, ' '))
        if (!field.empty()) fields.push_back(field);
    if (fields.size() != 5 && fields.size() != 6) return refused();
    Cron cron;
    const std::size_t first = fields.size() - 5;
    if (first == 0)
        cron.seconds_.set(0);
    else if (!read_field(fields[0], {0, 59}, cron.seconds_))
        return refused();
    const bool is_read = read_field(fields[first], {0, 59}, cron.minutes_) &&
                         read_field(fields[first + 1], {0, 23}, cron.hours_) &&
                         read_field(fields[first + 2], {1, 31}, cron.days_) &&
                         read_field(fields[first + 3], {1, 12, months, 1}, cron.months_) &&
                         read_field(fields[first + 4], {0, 7, weekdays, 0}, cron.weekdays_);
    if (!is_read) return refused();
    if (cron.weekdays_.test(7)) cron.weekdays_.set(0);
    cron.is_any_day_ = fields[first + 2].starts_with('*');
    cron.is_any_weekday_ = fields[first + 4].starts_with('*');

    // 30 February: no day of any year.
    Instant day{0};
    for (int i = 0; i < most_days; ++i, day = day + days{1})
        if (cron.matches_day(day)) return cron;
    return refused();
}

bool Cron::matches_day(Instant midnight) const {
    const std::chrono::sys_days day{std::chrono::floor<days>(std::chrono::milliseconds{midnight.ms})};
    const std::chrono::year_month_day date{day};
    if (!months_.test(static_cast<unsigned>(date.month()))) return false;
    const bool is_day = days_.test(static_cast<unsigned>(date.day()));
    const bool is_weekday = weekdays_.test(std::chrono::weekday{day}.c_encoding());
    if (is_any_day_ || is_any_weekday_) return is_day && is_weekday;
    return is_day || is_weekday;
}

Instant Cron::next(Instant moment) const {
    const auto second = std::chrono::floor<std::chrono::seconds>(Millis{moment.ms}) + std::chrono::seconds{1};
    const auto day = std::chrono::floor<days>(second);
    auto in_day = static_cast<std::size_t>((second - day).count());
    Instant midnight{Millis{day}.count()};
    for (int i = 0; i <= most_days; ++i, midnight = midnight + days{1}, in_day = 0) {
        if (!matches_day(midnight)) continue;
        // The least hour, minute and second that are not before `in_day`: what carries starts over below it.
        for (auto hour = at_or_after(hours_, in_day / 3600); hour; hour = at_or_after(hours_, *hour + 1)) {
            const std::size_t in_hour = *hour == in_day / 3600 ? in_day % 3600 : 0;
            for (auto minute = at_or_after(minutes_, in_hour / 60); minute;
                 minute = at_or_after(minutes_, *minute + 1)) {
                const std::size_t in_minute = *minute == in_hour / 60 ? in_hour % 60 : 0;
                const auto found = at_or_after(seconds_, in_minute);
                if (!found) continue;
                return midnight + Millis{static_cast<std::int64_t>((*hour * 3600 + *minute * 60 + *found) * 1000)};
            }
        }
    }
    check(false, "a schedule that was parsed comes due");
    return {};
}

}  // namespace florin::jobs
