#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "date.hpp"
#include "florin/calendar/calendar.hpp"
#include "oracle.hpp"

namespace florin::calendar {
namespace {

/// A calendar that only knows how to go on to the next day, by month lengths that are not ours.
struct Walk {
    explicit Walk(const Oracle& oracle) : oracle{oracle} {}
    void next() {
        ++days;
        if (++d <= length()) return;
        d = 1;
        if (++m <= 12) return;
        m = 1;
        ++y;
    }
    unsigned length() const { return oracle.month_lengths.at(y)[m - 1]; }
    bool is_anchor(unsigned anchor) const { return d == anchor || (d == length() && anchor > d); }
    Date today() const { return date(y, m, d); }

    const Oracle& oracle;
    int y = 1970;
    unsigned m = 1, d = 1;
    std::int64_t days = 0;
};

/// The billing days of an anchor, in order.
std::vector<Date> billing_days(const Oracle& oracle, unsigned anchor, int until) {
    std::vector<Date> found;
    for (Walk walk{oracle}; walk.y < until; walk.next())
        if (walk.is_anchor(anchor)) found.push_back(walk.today());
    return found;
}

TEST(Dates, a_day_has_one_text_and_that_text_one_day) {
    EXPECT_EQ(to_text(date(2028, 2, 29)), "2028-02-29");
    EXPECT_EQ(to_text(date(1970, 1, 1)), "1970-01-01");
    EXPECT_EQ(to_text(date(9999, 12, 31)), "9999-12-31");
    for (const auto* text : {"", "2028-2-29", "2027-02-29", "2100-02-29", "2028-13-01", "2028-00-01", "2028-01-00",
                             "1969-12-31", "2028-02-29 ", "28-02-29", "2028/02/29", "+028-02-29", "2028-02-2x"}) {
        const auto parsed = parse_date(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, "invalid_date");
        EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
    }
}

TEST(Dates, a_day_that_does_not_exist_is_called_so) {
    EXPECT_EQ(parse_date("2027-02-30").error().message, "There is no such day: 2027-02-30.");
    EXPECT_TRUE(is_written_as_date("2027-02-30"));
    for (const auto* text : {"", "2027-02-3", "2027-02-30T", "2027/02/30", "2027-02-3x"})
        EXPECT_FALSE(is_written_as_date(text)) << text;
}

// F74: leap years, 2100 and 2200, and 2000 and 2400.
TEST(Dates, every_day_of_four_centuries_is_where_an_independent_calendar_has_it) {
    const Oracle& oracle = the_oracle();
    const Date first = date(1970, 1, 1);
    for (Walk walk{oracle}; walk.y <= 2420; walk.next()) {
        const Date today = walk.today();
        ASSERT_TRUE(today.ok()) << to_text(today);
        ASSERT_EQ(days_between(first, today), walk.days) << to_text(today);
        ASSERT_EQ(plus_days(first, walk.days), today);
        ASSERT_EQ(plus_days(today, -walk.days), first);
        const auto parsed = parse_date(to_text(today));
        ASSERT_TRUE(parsed);
        ASSERT_EQ(*parsed, today);
        // The day after the month's last is none.
        ASSERT_EQ(date(walk.y, walk.m, walk.length() + 1).ok(), false);
    }
}

TEST(Dates, what_would_lie_beyond_the_calendar_is_its_edge) {
    EXPECT_EQ(plus_days(date(9999, 12, 31), 1), date(9999, 12, 31));
    EXPECT_EQ(plus_days(date(1970, 1, 1), -1), date(1970, 1, 1));
    EXPECT_EQ(plus_days(date(2026, 1, 1), INT64_MAX), date(9999, 12, 31));
    EXPECT_EQ(plus_days(date(2026, 1, 1), INT64_MIN), date(1970, 1, 1));
    EXPECT_EQ(nth(date(2026, 1, 31), {Unit::year, 366}, INT64_MAX, 31), date(9999, 12, 31));
    EXPECT_EQ(nth(date(2026, 1, 31), {Unit::month, 1}, (9999 - 2026) * 12 + 11, 31), date(9999, 12, 31));
    EXPECT_EQ(nth(date(2026, 1, 31), {Unit::month, 1}, (9999 - 2026) * 12 + 12, 31), date(9999, 12, 31));
    EXPECT_EQ(nth(date(2026, 1, 31), {Unit::day, 366}, 2'000'000, 31), date(9999, 12, 31));
}

// F73, X-28: all anchors on every day on which something may start.
TEST(BillingDays, the_first_is_the_first_anchor_day_on_or_after_the_start_for_every_start_and_anchor) {
    const Oracle& oracle = the_oracle();
    for (unsigned anchor = 1; anchor <= 31; ++anchor) {
        const std::vector<Date> expected = billing_days(oracle, anchor, 2201);
        auto next = expected.begin();
        for (Walk walk{oracle}; walk.y <= 2200 && next != expected.end(); walk.next()) {
            ASSERT_EQ(first_on_or_after(walk.today(), anchor), *next) << to_text(walk.today()) << " anchor " << anchor;
            if (walk.today() == *next) ++next;
        }
    }
}

// F73, F74: each due date is the one that a calendar walked day by day has, however far it is from the first.
TEST(BillingDays, months_quarters_and_years_keep_their_anchor_for_centuries) {
    const Oracle& oracle = the_oracle();
    const Cycle cycles[] = {{Unit::month, 1},   {Unit::month, 2},    {Unit::month, 3},   {Unit::month, 5},
                            {Unit::month, 12},  {Unit::month, 366},  {Unit::quarter, 1}, {Unit::quarter, 2},
                            {Unit::quarter, 5}, {Unit::quarter, 40}, {Unit::year, 1},    {Unit::year, 3},
                            {Unit::year, 4},    {Unit::year, 100}};
    std::uint64_t compared = 0;
    for (unsigned anchor = 1; anchor <= 31; ++anchor) {
        const std::vector<Date> all = billing_days(oracle, anchor, 2201);
        for (const Cycle& cycle : cycles) {
            const std::size_t months_per_unit = cycle.unit == Unit::month ? 1 : cycle.unit == Unit::quarter ? 3 : 12;
            const std::size_t step = months_per_unit * static_cast<std::size_t>(cycle.count);
            for (std::size_t start = 0; start < all.size(); ++start) {
                // Near ones, and one far away.
                const std::size_t reach = (all.size() - 1 - start) / step;
                for (std::size_t n = 0; n <= reach; n = n < 14 || n == reach ? n + 1 : reach) {
                    ASSERT_EQ(nth(all[start], cycle, static_cast<std::int64_t>(n), anchor), all[start + n * step])
                        << to_text(all[start]) << " anchor " << anchor << " every " << cycle.count << ' '
                        << to_text(cycle.unit) << " number " << n;
                    ++compared;
                }
            }
        }
    }
    EXPECT_GT(compared, 5'000'000u);
}

TEST(BillingDays, days_and_weeks_are_counted_whatever_the_anchor) {
    const Oracle& oracle = the_oracle();
    std::vector<Date> all;
    for (Walk walk{oracle}; walk.y <= 2200; walk.next()) all.push_back(walk.today());
    const Cycle cycles[] = {{Unit::day, 1}, {Unit::day, 30}, {Unit::day, 366}, {Unit::week, 1}, {Unit::week, 52}};
    for (const Cycle& cycle : cycles) {
        const std::size_t step = static_cast<std::size_t>(cycle.count) * (cycle.unit == Unit::week ? 7 : 1);
        for (std::size_t start = 0; start < all.size(); ++start) {
            const unsigned anchor = 1 + static_cast<unsigned>(start % 31);
            const std::size_t reach = (all.size() - 1 - start) / step;
            for (const std::size_t n : {std::size_t{0}, std::min<std::size_t>(1, reach), reach})
                ASSERT_EQ(nth(all[start], cycle, static_cast<std::int64_t>(n), anchor), all[start + n * step]);
        }
    }
}

// F73: for a person to read.
TEST(BillingDays, the_days_that_a_month_lacks) {
    struct Case {
        const char* why;
        Date first;
        unsigned anchor;
        std::int64_t n;
        Date expected;
    };
    const Case cases[] = {
        {"February is short", date(2026, 1, 31), 31, 1, date(2026, 2, 28)},
        {"March has its 31st again", date(2026, 1, 31), 31, 2, date(2026, 3, 31)},
        {"February of a leap year", date(2028, 1, 31), 31, 1, date(2028, 2, 29)},
        {"the 30th", date(2026, 1, 30), 30, 1, date(2026, 2, 28)},
        {"and it comes back", date(2026, 1, 30), 30, 2, date(2026, 3, 30)},
        {"the 29th in 2100", date(2100, 1, 29), 29, 1, date(2100, 2, 28)},
        {"the 29th in 2000", date(2000, 1, 29), 29, 1, date(2000, 2, 29)},
        {"a short first month does not become the anchor", date(2026, 2, 28), 31, 1, date(2026, 3, 31)},
    };
    for (const Case& one : cases)
        EXPECT_EQ(nth(one.first, {Unit::month, 1}, one.n, one.anchor), one.expected) << one.why;
    EXPECT_EQ(nth(date(2028, 2, 29), {Unit::year, 1}, 1, 29), date(2029, 2, 28));
    EXPECT_EQ(nth(date(2028, 2, 29), {Unit::year, 1}, 4, 29), date(2032, 2, 29));
    // The first may be another day than the anchor's: a first period that is not a whole one.
    EXPECT_EQ(nth(date(2026, 1, 15), {Unit::month, 1}, 0, 31), date(2026, 1, 15));
    EXPECT_EQ(nth(date(2026, 1, 15), {Unit::month, 1}, 1, 31), date(2026, 2, 28));
}

// F81: no day belongs to two periods or to none.
TEST(Periods, they_are_half_open_and_follow_one_another_without_a_hole) {
    const Oracle& oracle = the_oracle();
    const Unit units[] = {Unit::day, Unit::week, Unit::month, Unit::quarter, Unit::year};
    for (Walk walk{oracle}; walk.y < 2032; walk.next()) {
        for (const Unit unit : units) {
            for (const std::int64_t count : {1, 2, 7}) {
                const Cycle cycle{unit, count};
                const unsigned anchor = 1 + static_cast<unsigned>(walk.days * 7 % 31);
                Period before = period(walk.today(), cycle, 0, anchor);
                ASSERT_EQ(before.from, walk.today());
                for (std::int64_t n = 1; n < 8; ++n) {
                    const Period now = period(walk.today(), cycle, n, anchor);
                    ASSERT_EQ(now.from, before.until);
                    ASSERT_LT(now.from, now.until);
                    before = now;
                }
            }
        }
    }
}

TEST(Units, have_names) {
    for (const Unit unit : {Unit::day, Unit::week, Unit::month, Unit::quarter, Unit::year})
        EXPECT_EQ(parse_unit(to_text(unit)), unit);
    EXPECT_EQ(to_text(Unit::quarter), "quarter");
    EXPECT_FALSE(parse_unit("fortnight"));
}

}  // namespace
}  // namespace florin::calendar
