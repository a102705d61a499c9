#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>

#include "florin/base/check.hpp"
#include "florin/calendar/calendar.hpp"

namespace florin::calendar {
namespace {

constexpr std::int64_t ms_per_second = 1'000, ms_per_day = 86'400'000;

struct Known {
    std::string name;
    absl::TimeZone zone;
};

const Known& known(const void* zone) { return *static_cast<const Known*>(zone); }

/// What has been loaded, for ever: a `Zone` points to it. They are at most as many as there are files.
struct Zones {
    std::mutex mutex;
    std::map<std::string, Known, std::less<>> by_name;
};
Zones& zones() {
    static Zones all;
    return all;
}

/// Where the library looks, too.
std::filesystem::path database() {
    const char* const set = std::getenv("TZDIR");
    return set != nullptr && *set != '\0' ? set : "/usr/share/zoneinfo";
}

bool has_file(std::string_view name) {
    std::error_code failure;
    return std::filesystem::is_regular_file(database() / name, failure);
}

/// As IANA names them: parts that begin with a capital letter. So what else lies in the database (other forms of the
/// same zones, tables, leap seconds) is none, nor can a name lead out of it.
bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > 64) return false;
    bool is_first = true;
    for (const char c : name) {
        const bool is_capital = c >= 'A' && c <= 'Z';
        if (is_first && !is_capital) return false;
        const bool is_plain = is_capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                              c == '+' || c == '/';
        if (!is_plain) return false;
        is_first = c == '/';
    }
    return !is_first;
}

absl::CivilSecond civil(std::int64_t day, std::int64_t second_of_day) {
    return absl::CivilSecond{absl::CivilDay{1970, 1, 1} + day} + second_of_day;
}

/// What the clocks show, for moments that are on the calendar or near it.
absl::CivilSecond civil(Instant at, const absl::TimeZone& zone) {
    constexpr std::int64_t latest_ms = 254'000'000'000'000;
    return zone.At(absl::FromUnixMillis(std::clamp(at.ms, -ms_per_day, latest_ms))).cs;
}

}  // namespace

Zone Zone::utc() {
    static const Known utc{"UTC", absl::UTCTimeZone()};
    return Zone{&utc};
}

Result<Zone> Zone::find(std::string_view name) {
    if (name == "UTC") return utc();
    if (is_zone_name(name)) {
        Zones& all = zones();
        const std::lock_guard lock{all.mutex};
        if (const auto found = all.by_name.find(name); found != all.by_name.end()) return Zone{&found->second};
        // The library remembers every name that it was asked for, so it is asked for none but files.
        const std::string key{name};
        if (absl::TimeZone zone; has_file(name) && absl::LoadTimeZone(key, &zone)) {
            return Zone{&all.by_name.emplace(key, Known{key, zone}).first->second};
        }
    }
    if (auto there = check_zones(); !there) return fail(std::move(there.error()));
    return fail(ErrorKind::invalid, "unknown_time_zone",
                "There is no such time zone. Give a name of the IANA database, such as Europe/Berlin or UTC.",
                "time_zone");
}

std::string_view Zone::name() const { return known(zone_).name; }

Date Zone::date_of(Instant at) const {
    const absl::CivilDay day{civil(at, known(zone_).zone)};
    return plus_days(Date{std::chrono::year{1970} / 1 / 1}, day - absl::CivilDay{1970, 1, 1});
}

Millis Zone::time_of_day(Instant at) const {
    const absl::CivilSecond there = civil(at, known(zone_).zone);
    const std::int64_t seconds = there.hour() * 3'600 + there.minute() * 60 + there.second();
    return Millis{seconds * ms_per_second + (at.ms % ms_per_second + ms_per_second) % ms_per_second};
}

Instant Zone::at(Date date, Millis time_of_day) const {
    check(time_of_day.count() >= 0 && time_of_day.count() <= ms_per_day, "a time of day is within the day");
    const std::int64_t day = std::chrono::sys_days{date}.time_since_epoch().count();
    const auto there = known(zone_).zone.At(civil(day, time_of_day.count() / ms_per_second));
    if (there.kind == absl::TimeZone::TimeInfo::SKIPPED) return {absl::ToUnixMillis(there.trans)};
    return {absl::ToUnixMillis(there.pre) + time_of_day.count() % ms_per_second};
}

Result<void> check_zones() {
    if (has_file("Europe/Berlin")) return {};
    return fail(ErrorKind::unavailable, "time_zones_missing",
                "The time zone database is not on this machine. Install the package tzdata.", "time_zone");
}

}  // namespace florin::calendar
