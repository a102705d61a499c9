// What customers are told of the money of a change, and where they read its document.

#include <gtest/gtest.h>

#include "florin/json/value.hpp"
#include "subscriptions_world.hpp"

namespace florin::subscriptions {
namespace {

using test::SubscriptionsWorld;

/// What the last mail is filled with: an amount or a text; `none` where it says nothing of it.
std::string told(const SubscriptionsWorld& sim, std::string_view name) {
    const auto data = *json::parse(sim.last_mail);
    const json::Value* const found = data.find(name);
    if (found == nullptr) return "none";
    const json::Value* const amount = found->find("amount");
    return std::string{amount == nullptr ? found->text() : amount->text()};
}

Changes to_amount(std::string text) {
    Changes changes;
    changes.amount = std::move(text);
    changes.proration = Proration::charge_now;
    return changes;
}

TEST(SubscriptionMails, tell_what_is_charged_at_once_and_lead_to_its_invoice) {  // A-FR-23
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    EXPECT_EQ(told(sim, "charge"), "10.00");
    EXPECT_EQ(told(sim, "link"), "https://pay.example.com/1");
    sim.settle_all();
    sim.advance("2027-02-14T09:00:00Z");
    ASSERT_TRUE(sim.change(made, to_amount("20.00")));
    EXPECT_EQ(sim.mails.back(), "subscription_changed");
    EXPECT_EQ(told(sim, "charge"), "5.00");
    EXPECT_EQ(told(sim, "link"), "https://pay.example.com/2");
    EXPECT_EQ(told(sim, "credit"), "none");
}

TEST(SubscriptionMails, tell_of_a_credit_that_waits_for_the_next_charge) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    sim.advance("2027-02-14T09:00:00Z");
    ASSERT_TRUE(sim.change(made, to_amount("4.00")));
    EXPECT_EQ(told(sim, "credit"), "3.00");
    EXPECT_EQ(told(sim, "charge"), "none");
    EXPECT_EQ(told(sim, "link"), "none");
}

TEST(SubscriptionMails, of_an_end_tell_what_is_given_back_for_the_days_that_are_left) {  // F85
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    sim.advance("2027-02-14T09:00:00Z");
    ASSERT_TRUE(sim.cancel(made, When::now, Refund::unused));
    EXPECT_EQ(sim.mails.back(), "subscription_canceled");
    EXPECT_EQ(told(sim, "refund"), "5.00");
    EXPECT_EQ(told(sim, "charge"), "none");
    EXPECT_EQ(told(sim, "link"), "none") << "its credit note comes when the money goes";
}

}  // namespace
}  // namespace florin::subscriptions
