#include <gtest/gtest.h>

#include <algorithm>

#include "date.hpp"
#include "florin/calendar/calendar.hpp"
#include "oracle.hpp"

namespace florin::calendar {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

Date date_of_day(std::int64_t day) { return plus_days(date(1970, 1, 1), day); }
std::string text_at(std::string_view zone, Date on, Millis time) { return to_text(Zone::find(zone)->at(on, time)); }

/// The first moment from 1970 on at which the zone's clocks show at least `local_ms` (milliseconds since 1970 as clocks
/// count). That is the rule, said otherwise than `Zone::at` does it.
std::int64_t first_moment(const OracleZone& zone, std::int64_t local_ms) {
    // A clock is never a day and a half ahead or behind, so no earlier change matters.
    auto from = std::ranges::upper_bound(zone.changes, local_ms / 1'000 - 129'600, {}, &OracleZone::Change::at);
    if (from != zone.changes.begin()) --from;
    for (; from != zone.changes.end(); ++from) {
        const std::int64_t begin = from == zone.changes.begin() ? INT64_MIN : from->at * 1'000;
        const std::int64_t end = from + 1 == zone.changes.end() ? INT64_MAX : from[1].at * 1'000;
        const std::int64_t at = std::max(local_ms - from->offset * 1'000, begin);
        if (at < end) return at;
    }
    return INT64_MAX;
}

std::int64_t offset_at(const OracleZone& zone, std::int64_t at_ms) {
    auto after = std::ranges::upper_bound(zone.changes, at_ms, {}, [](const auto& c) { return c.at * 1'000; });
    return (after == zone.changes.begin() ? after : after - 1)->offset;
}

std::int64_t floor_day(std::int64_t ms) { return (ms - ((ms % day_ms) + day_ms) % day_ms) / day_ms; }

/// Compares the days around a moment, at times that matter.
void compare_days_around(const OracleZone& expected, Zone zone, std::int64_t at_ms) {
    const std::int64_t local = at_ms + offset_at(expected, at_ms) * 1'000;
    const std::int64_t time_there = ((local % day_ms) + day_ms) % day_ms;
    const std::int64_t times[] = {0,         1,          1'799'999,  1'800'000,  3'600'000, 7'199'999,  7'200'000,
                                  9'000'000, 10'800'000, 43'200'000, 86'399'999, day_ms,    time_there, time_there / 2};
    for (std::int64_t day = floor_day(local) - 1; day <= floor_day(local) + 1; ++day) {
        if (day < 1) continue;
        for (const std::int64_t time : times) {
            ASSERT_EQ(zone.at(date_of_day(day), Millis{time}).ms, first_moment(expected, day * day_ms + time))
                << zone.name() << ' ' << to_text(date_of_day(day)) << " at " << time << " ms";
        }
    }
}

// F75: every zone, every change of its clocks until 2037, and what its rules say until 2200.
TEST(Zones, each_day_has_each_time_once_at_every_change_of_clocks_that_there_is) {
    std::uint64_t changes = 0;
    for (const OracleZone& expected : the_oracle().zones) {
        const auto zone = Zone::find(expected.names.front());
        ASSERT_TRUE(zone) << expected.names.front();
        for (const OracleZone::Change& change : expected.changes) {
            const std::int64_t at = change.at * 1'000;
            // Half of what follows from rules, by turns: the same again and again.
            if (change.at > 2'145'916'800 && ++changes % 2 == 0) continue;
            compare_days_around(expected, *zone, at);
            if (HasFatalFailure()) return;
            for (const std::int64_t moment : {at - 1, at, at + 1}) {
                if (moment < 0) continue;
                ASSERT_EQ(zone->date_of({moment}), date_of_day(floor_day(moment + offset_at(expected, moment) * 1'000)))
                    << zone->name() << ' ' << to_text(Instant{moment});
                ASSERT_EQ(zone->time_of_day({moment}).count(),
                          (moment + offset_at(expected, moment) * 1'000 + day_ms) % day_ms);
            }
        }
    }
}

TEST(Zones, days_between_the_changes_are_as_the_oracle_has_them) {
    for (const OracleZone& expected : the_oracle().zones) {
        const auto zone = Zone::find(expected.names.front());
        ASSERT_TRUE(zone);
        for (std::int64_t day = 2; day < 84'000; day += day < 24'837 ? 1 : 29) {
            const Instant noon = zone->at(date_of_day(day), Millis{day_ms / 2});
            ASSERT_EQ(noon.ms, first_moment(expected, day * day_ms + day_ms / 2))
                << zone->name() << ' ' << to_text(date_of_day(day));
        }
    }
}

// F75: neither skipped nor doubled. A day that a zone has left out (Samoa's 30 December 2011) is over as it begins.
TEST(Zones, days_follow_one_another_and_times_of_a_day_rise) {
    for (const auto* name : {"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
                             "Asia/Kolkata", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "Europe/Dublin",
                             "America/Havana", "Asia/Gaza", "Africa/Casablanca"}) {
        const auto zone = Zone::find(name);
        ASSERT_TRUE(zone) << name;
        for (std::int64_t day = 2; day < 24'837; ++day) {
            const Date today = date_of_day(day);
            Instant before = zone->at(today);
            // Midnight is the day's first moment, except where a change leaves the whole day out.
            if (zone->date_of(before) != today) ASSERT_EQ(before, zone->at(plus_days(today, 1)));
            ASSERT_LT(zone->date_of(before - Millis{1}), today);
            for (std::int64_t time = 1'800'000; time <= day_ms; time += 1'800'000) {
                const Instant now = zone->at(today, Millis{time});
                ASSERT_GE(now, before) << name << ' ' << to_text(today) << ' ' << time;
                before = now;
            }
            ASSERT_EQ(before, zone->at(plus_days(today, 1))) << name << ' ' << to_text(today);
        }
    }
}

// F75: for a person to read.
TEST(Zones, a_time_that_is_left_out_is_the_moment_of_the_change_and_one_that_comes_twice_the_first) {
    constexpr Millis half_past_two{9'000'000}, midnight{0};
    EXPECT_EQ(text_at("Europe/Berlin", date(2026, 3, 29), half_past_two), "2026-03-29T01:00:00.000Z");
    EXPECT_EQ(text_at("Europe/Berlin", date(2026, 10, 25), half_past_two), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(text_at("Europe/Berlin", date(2026, 7, 1), midnight), "2026-06-30T22:00:00.000Z");
    EXPECT_EQ(text_at("America/New_York", date(2026, 3, 8), half_past_two), "2026-03-08T07:00:00.000Z");
    // Cuba's clocks change at midnight, so that day begins at one.
    EXPECT_EQ(text_at("America/Havana", date(2018, 3, 11), midnight), "2018-03-11T05:00:00.000Z");
    EXPECT_EQ(text_at("Pacific/Apia", date(2011, 12, 30), Millis{43'200'000}), "2011-12-30T10:00:00.000Z");
    EXPECT_EQ(text_at("UTC", date(2026, 3, 29), half_past_two), "2026-03-29T02:30:00.000Z");
    // Beyond the years that zone files list.
    EXPECT_EQ(text_at("America/New_York", date(2060, 7, 1), midnight), "2060-07-01T04:00:00.000Z");
    EXPECT_EQ(text_at("America/New_York", date(2060, 1, 1), midnight), "2060-01-01T05:00:00.000Z");
}

TEST(Zones, are_found_by_their_names_only) {
    for (const OracleZone& expected : the_oracle().zones) {
        for (const std::string& name : expected.names) {
            const auto zone = Zone::find(name);
            ASSERT_TRUE(zone) << name;
            EXPECT_EQ(zone->name(), name);
        }
    }
    for (const auto* name : {"", "Europe/Berlinn", "europe/berlin", "Europe", "Europe/", "right/UTC", "posix/UTC",
                             "posixrules", "localtime", "tzdata.zi", "zone.tab", "/usr/share/zoneinfo/UTC", "../UTC",
                             "Europe/../UTC", "Fixed/UTC+01:00:00", "UTC ", "Etc//UTC", "Etc/GMT+99"}) {
        const auto zone = Zone::find(name);
        ASSERT_FALSE(zone) << name;
        EXPECT_EQ(zone.error().code, "unknown_time_zone");
        EXPECT_EQ(zone.error().field, "time_zone");
    }
    EXPECT_EQ(Zone::utc().name(), "UTC");
    EXPECT_TRUE(*Zone::find("UTC") == Zone::utc());
    EXPECT_TRUE(*Zone::find("Europe/Berlin") == *Zone::find("Europe/Berlin"));
}

TEST(Zones, any_moment_has_a_day) {
    const auto zone = Zone::find("Pacific/Auckland");
    ASSERT_TRUE(zone);
    EXPECT_EQ(zone->date_of({INT64_MAX}), date(9999, 12, 31));
    EXPECT_EQ(zone->date_of({INT64_MIN}), date(1970, 1, 1));
}

TEST(Zones, a_machine_without_a_database_says_so) {
    ASSERT_TRUE(check_zones());
    // A name that nobody has asked for yet; nothing else runs in this program meanwhile.
    const char* const before = getenv("TZDIR");
    const std::string kept = before ? before : "";
    setenv("TZDIR", "/nonexistent", 1);
    EXPECT_EQ(check_zones().error().code, "time_zones_missing");
    EXPECT_EQ(Zone::find("Europe/Nowhere").error().code, "time_zones_missing");
    EXPECT_EQ(Zone::find("Europe/Nowhere").error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(Zone::find("UTC"));
    if (before)
        setenv("TZDIR", kept.c_str(), 1);
    else
        unsetenv("TZDIR");
}

}  // namespace
}  // namespace florin::calendar
