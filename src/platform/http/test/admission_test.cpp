#include "florin/http/admission.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "florin/http/router.hpp"
#include "florin/runtime/simulation.hpp"

namespace florin::http {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

TEST(Admission, takes_as_many_as_the_bound_and_refuses_the_next_until_one_has_ended) {  // F115
    Admission admission{{.max_in_progress = 2}};
    auto first = std::make_unique<Admission::Place>(admission.enter(0));
    const Admission::Place second = admission.enter(0);
    EXPECT_TRUE(*first);
    EXPECT_TRUE(second);
    EXPECT_FALSE(admission.enter(0));
    EXPECT_EQ(admission.in_progress(), 2U);
    first.reset();
    EXPECT_TRUE(admission.enter(0));
    EXPECT_EQ(admission.in_progress(), 1U);
}

TEST(Admission, does_not_count_who_waits_for_somebody_else) {
    std::size_t at_the_provider = 0;
    Admission admission{{.max_in_progress = 1, .waiting_elsewhere = [&] { return at_the_provider; }}};
    const Admission::Place first = admission.enter(0);
    EXPECT_FALSE(admission.enter(0));
    at_the_provider = 1;
    EXPECT_TRUE(admission.enter(0));
    // Calls that nobody was admitted for do not make room without end.
    at_the_provider = 100;
    EXPECT_TRUE(admission.enter(0));
}

/// A server that ends `rate` requests a second, in the order in which they came.
class Served {
public:
    explicit Served(Admission& admission) : admission_{admission} {}

    /// Lets `asking` requests come and the server work for a millisecond.
    void tick(std::size_t asking, double rate) {
        for (std::size_t i = 0; i < asking; ++i) {
            Admission::Place place = admission_.enter(now_ns_);
            if (place)
                places_.push_back(std::move(place));
            else
                ++refused;
        }
        work_ += rate / 1'000;
        for (; work_ >= 1 && !places_.empty(); work_ -= 1, ++done) places_.pop_front();
        work_ = std::min(work_, 1.0);
        now_ns_ += ns_per_ms;
    }
    void run(Millis time, std::size_t asking_each_ms, double rate) {
        for (std::int64_t i = 0; i < time.count(); ++i) tick(asking_each_ms, rate);
    }
    std::size_t refused = 0, done = 0;

private:
    Admission& admission_;
    std::deque<Admission::Place> places_;
    std::int64_t now_ns_ = 1;
    double work_ = 0;
};

TEST(Admission, finds_the_bound_at_which_nobody_waits_longer_than_promised) {
    struct Case {
        const char* why;
        double rate;
        std::size_t expected;
    };
    const Case cases[] = {
        {"an ordinary server", 7'000, 700},
        {"a slow disk: no fewer than share a commit", 100, Admission::least_bound},
        {"a big machine", 40'000, 4'000},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.why);
        Admission admission{{.longest_wait = Millis{100}}};
        Served served{admission};
        const auto four_times = static_cast<std::size_t>(one.rate * 4 / 1'000) + 1;
        served.run(Millis{5'000}, four_times, one.rate);
        EXPECT_NEAR(static_cast<double>(admission.bound()), static_cast<double>(one.expected),
                    static_cast<double>(one.expected) / 10);
        // All that it can do it does, however many are turned away.
        served.done = 0;
        served.run(Millis{1'000}, four_times, one.rate);
        EXPECT_GT(static_cast<double>(served.done), one.rate * 0.95);
        EXPECT_GT(served.refused, 0U);
    }
}

TEST(Admission, refuses_nobody_below_the_peak) {
    Admission admission;
    Served served{admission};
    served.run(Millis{3'000}, 7, 8'000);
    EXPECT_EQ(served.refused, 0U);
    EXPECT_EQ(admission.bound(), Admission::usual_bound);
}

TEST(Admission, is_itself_again_after_a_pause) {
    Admission admission;
    Served served{admission};
    served.run(Millis{1'000}, 28, 7'000);
    served.run(Millis{5'000}, 28, 0);  // The disk stands still.
    EXPECT_EQ(admission.bound(), Admission::least_bound);
    served.run(Millis{3'000}, 28, 7'000);
    EXPECT_NEAR(static_cast<double>(admission.bound()), 700, 70);
}

TEST(Admission, does_not_take_the_quiet_between_two_bursts_for_slowness) {
    Admission admission;
    std::int64_t now_ns = 1;
    for (int burst = 0; burst < 20; ++burst, now_ns += 10'000 * ns_per_ms) {
        std::deque<Admission::Place> places;
        for (std::size_t i = 0; i < Admission::usual_bound + 100; ++i)
            if (Admission::Place place = admission.enter(now_ns)) places.push_back(std::move(place));
        EXPECT_EQ(places.size(), Admission::usual_bound) << "burst " << burst;
    }
}

TEST(Admission, keeps_the_bound_that_it_is_told) {
    Admission admission{{.max_in_progress = 5}};
    Served served{admission};
    served.run(Millis{2'000}, 28, 7'000);
    EXPECT_EQ(admission.bound(), 5U);
}

/// Counts who got as far as the gate.
class CountingGate final : public Gatekeeper {
public:
    int asked = 0;
    Task<Result<Principal>> admit(const Request&, const Route&) override {
        ++asked;
        co_return Principal{};
    }
};

class Bounded : public testing::Test {
protected:
    Bounded() {
        const auto done = [](Exchange&) -> Task<Response> { co_return reply(200, "{}"); };
        const auto route = [&](std::string_view method, std::string_view path, bool counts) {
            return Route{.method = method,
                         .path = path,
                         .operation_id = path,
                         .tag = "Tests",
                         .summary = "A test.",
                         .scope = {},
                         .handler = done,
                         .counts_against_limits = counts};
        };
        router.add(route("POST", "/payments", true));
        router.add(route("GET", "/payments", true));
        router.add(route("POST", "/health", false));
        router.bound(admission);
    }
    Response send(std::string method, std::string path) {
        Request request{
            .method = std::move(method), .path = std::move(path), .query = {}, .headers = {}, .body = {}, .peer = {}};
        return scheduler.await(router.handle(request));
    }

    SimClock clock;
    SimRandom random{1};
    SimScheduler scheduler{clock};
    CountingGate gate;
    Admission admission{{.max_in_progress = 1}};
    Router router{World{clock, random}, gate};
};

TEST_F(Bounded, what_has_no_place_is_refused_before_the_key_is_looked_at) {
    const Admission::Place busy = admission.enter(0);
    const Response refused = send("POST", "/payments");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(gate.asked, 0);
    EXPECT_NE(refused.body.find(R"("code":"overloaded")"), std::string::npos);
    const auto is_retry = [](const Header& header) { return header == Header{"Retry-After", "1"}; };
    EXPECT_EQ(std::ranges::count_if(refused.headers, is_retry), 1);
}

TEST_F(Bounded, reads_and_health_are_taken_when_there_is_no_place) {
    const Admission::Place busy = admission.enter(0);
    EXPECT_EQ(send("GET", "/payments").status, 200);
    EXPECT_EQ(send("POST", "/health").status, 200);
}

TEST_F(Bounded, a_place_is_given_back_with_the_answer) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(send("POST", "/payments").status, 200);
    EXPECT_EQ(admission.in_progress(), 0U);
}

}  // namespace
}  // namespace florin::http
