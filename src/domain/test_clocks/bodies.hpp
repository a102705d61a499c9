#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/json/describe.hpp"
#include "florin/test_clocks/test_clocks.hpp"

/// The bodies of the test clocks' routes, in and out.
namespace florin::test_clocks {

struct CreateBody {
    std::optional<Instant> now;
};

struct AdvanceBody {
    std::optional<Instant> to;
    std::optional<std::string> by;
};

struct StillOpenView {
    std::string kind;
    std::int64_t count = 0;
};

struct ClockView {
    TestClockId id;
    Instant now;
    std::string_view status;
    std::optional<Instant> target;
    Instant created_at, updated_at;
    std::optional<std::vector<StillOpenView>> still_open;
};

struct ClockListView {
    std::vector<ClockView> data;
};

ClockView view_of(const TestClock& clock);
ClockView view_of(const Advanced& advanced);

}  // namespace florin::test_clocks

namespace florin::json {

template <>
struct Described<test_clocks::CreateBody> {
    using B = test_clocks::CreateBody;
    static constexpr std::string_view name = "CreateTestClockRequest";
    static constexpr auto fields =
        std::tuple{Field{"now", &B::now, "What it shows at first; left out: the present.", "\"2027-01-31T09:00:00Z\""}};
};

template <>
struct Described<test_clocks::AdvanceBody> {
    using B = test_clocks::AdvanceBody;
    static constexpr std::string_view name = "AdvanceTestClockRequest";
    static constexpr std::string_view doc =
        "Give `to` or `by`; neither: on to where an earlier call, which was interrupted, was going.";
    static constexpr auto fields = std::tuple{
        Field{"to", &B::to, "RFC 3339; not before what the clock shows. Safe to repeat.", "\"2028-01-31T09:00:00Z\""},
        Field{.name = "by",
              .member = &B::by,
              .doc = "An ISO 8601 duration. Years, months, weeks and days are counted on the calendar in your time "
                     "zone; a day that the month lacks is its last.",
              .example = "\"P1M\"",
              .min_length = 1,
              .max_length = 64},
    };
};

template <>
struct Described<test_clocks::StillOpenView> {
    using V = test_clocks::StillOpenView;
    static constexpr std::string_view name = "TestClockStillOpen";
    static constexpr auto fields = std::tuple{
        Field{"kind", &V::kind,
              "Of job; `billing.collect`: a charge of which it is not known yet what became of it, `billing.await`: a "
              "direct debit that is on its way still.",
              "\"billing.await\""},
        Field{"count", &V::count, "How many.", "1"},
    };
};

template <>
struct Described<test_clocks::ClockView> {
    using V = test_clocks::ClockView;
    static constexpr std::string_view name = "TestClock";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "Its id."},
        Field{"now", &V::now, "What the time is for you.", "\"2027-01-31T09:00:00.000Z\""},
        Field{"status", &V::status, "`ready`, or `advancing` until everything due by `target` has happened.",
              "\"ready\""},
        Field{"target", &V::target, "Only while advancing: where it is going."},
        Field{"created_at", &V::created_at, "By the world's time."},
        Field{"updated_at", &V::updated_at, "By the world's time."},
        Field{"still_open", &V::still_open, "Only in the answer to an advance, and only if some work took too long."},
    };
};

template <>
struct Described<test_clocks::ClockListView> {
    using V = test_clocks::ClockListView;
    static constexpr std::string_view name = "TestClockList";
    static constexpr auto fields = std::tuple{Field{"data", &V::data, "None or one."}};
};

}  // namespace florin::json
