#include "breaker.hpp"

#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"

namespace florin::payments {
namespace {

using Verdict = Breakers::Verdict;

struct BreakersTest : testing::Test {
    void answers(int count) {
        for (int i = 0; i < count; ++i) breakers.note("bank", true);
    }
    void silence(int count) {
        for (int i = 0; i < count; ++i) breakers.note("bank", false);
    }
    SimClock clock;
    Breakers breakers{clock};
};

TEST_F(BreakersTest, half_of_twenty_calls_without_an_answer_open_it) {  // D-DE-05
    silence(1);
    answers(10);
    silence(8);
    EXPECT_EQ(breakers.ask("bank"), Verdict::go) << "nineteen are too few";
    silence(1);
    EXPECT_EQ(breakers.ask("bank"), Verdict::wait);
    EXPECT_TRUE(breakers.is_open("bank"));
    EXPECT_TRUE(breakers.is_any_open());
    EXPECT_EQ(breakers.ask("another"), Verdict::go);
}

TEST_F(BreakersTest, fewer_than_half_do_not) {
    silence(1);
    answers(11);
    silence(9);
    EXPECT_EQ(breakers.ask("bank"), Verdict::go);
}

TEST_F(BreakersTest, what_is_older_than_a_minute_does_not_count) {
    silence(19);
    clock.advance(Millis{60'001});
    silence(10);
    EXPECT_EQ(breakers.ask("bank"), Verdict::go);
}

TEST_F(BreakersTest, after_a_minute_one_caller_probes_and_the_others_wait) {  // F35
    silence(20);
    clock.advance(Millis{59'999});
    EXPECT_EQ(breakers.ask("bank"), Verdict::wait);
    clock.advance(Millis{1});
    EXPECT_EQ(breakers.ask("bank"), Verdict::probe);
    EXPECT_EQ(breakers.ask("bank"), Verdict::wait);
    breakers.note("bank", false);
    EXPECT_EQ(breakers.ask("bank"), Verdict::wait);
    clock.advance(Millis{60'000});
    EXPECT_EQ(breakers.ask("bank"), Verdict::probe);
    breakers.note("bank", true);
    EXPECT_EQ(breakers.ask("bank"), Verdict::go);
    EXPECT_FALSE(breakers.is_any_open());
}

TEST_F(BreakersTest, an_answered_look_up_closes_it_at_once) {
    silence(20);
    breakers.note("bank", true);
    EXPECT_EQ(breakers.ask("bank"), Verdict::go);
    silence(19);
    EXPECT_EQ(breakers.ask("bank"), Verdict::go) << "and it starts counting anew";
}

}  // namespace
}  // namespace florin::payments
