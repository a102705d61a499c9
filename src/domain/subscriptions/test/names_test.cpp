// What subscriptions are called: by a name of their own, by their plan's, or by the word for them.

#include "subscriptions_world.hpp"

namespace florin::subscriptions::test {
namespace {

Changes another_name(std::string name) {
    Changes changes;
    changes.name = std::move(name);
    return changes;
}

std::string last_line(const SubscriptionsWorld& sim) { return sim.billing.made.back().lines.back().description; }

/// The plan's id, or why there is none.
Result<std::string> offer_coffee(SubscriptionsWorld& sim, std::string name = "Coffee") {
    NewPlan wish{.plan_id = "coffee",
                 .name = std::move(name),
                 .amount = *Money::of(1'500, eur()),
                 .cycle = *parse_cycle("monthly"),
                 .retry_policy = {}};
    auto made = sim.scheduler.await(sim.plans.create(sim.asker(), sim.guard(), std::move(wish)));
    if (!made) return fail(made.error());
    return made->plan.plan_id;
}

NewSubscription of_plan(std::string plan_id) {
    NewSubscription wish = SubscriptionsWorld::wish();
    wish.plan_id = std::move(plan_id);
    wish.amount.reset();
    wish.currency.reset();
    wish.cycle.reset();
    return wish;
}

TEST(SubscriptionNames, are_its_own_the_plans_or_the_customers_word_for_one) {
    SubscriptionsWorld sim;
    const std::string coffee = offer_coffee(sim).value();
    NewSubscription own = SubscriptionsWorld::wish();
    own.name = "Tea every month";
    NewSubscription both = of_plan(coffee);
    both.name = "Coffee for the office";
    EXPECT_EQ(sim.made(of_plan(coffee)).name, "Coffee");
    EXPECT_EQ(sim.made(own).name, "Tea every month");
    EXPECT_EQ(last_line(sim), "Tea every month, 31 January 2027 to 27 February 2027");
    EXPECT_EQ(sim.made(both).name, "Coffee for the office");
    EXPECT_EQ(sim.made(SubscriptionsWorld::wish()).name, "Subscription");
    sim.language = "de";
    EXPECT_EQ(sim.made(SubscriptionsWorld::wish()).name, "Abonnement");
    EXPECT_EQ(last_line(sim), "Abonnement, 31. Januar 2027 bis 27. Februar 2027");
}

TEST(SubscriptionNames, change_at_once_and_cost_nothing) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    EXPECT_EQ(sim.change(made, another_name("Tea"))->subscription.name, "Tea");
    EXPECT_EQ(sim.change(made, another_name("Tea"))->subscription.version, sim.found(made).version);
    EXPECT_EQ(sim.events(), (std::vector<std::string>{"created", "updated"})) << "the same name again is no change";
    EXPECT_EQ(sim.mails, std::vector<std::string>{"subscription_welcome"});
    EXPECT_EQ(sim.forecast("2027-03-01T00:00:00Z").at(0).description, "Tea");
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(last_line(sim), "Tea, 28 February 2027 to 30 March 2027");
    EXPECT_EQ(sim.amounts(), (std::vector<std::int64_t>{1'000, 1'000}));
}

TEST(SubscriptionNames, of_what_is_scheduled_come_with_it) {
    SubscriptionsWorld sim;
    const std::string coffee = offer_coffee(sim).value();
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    sim.settle_all();
    // Dearer from the next period on, and called the same: another name is then for both.
    Changes dearer;
    dearer.amount = "12.00";
    dearer.when = When::period_end;
    ASSERT_TRUE(sim.change(made, dearer));
    Subscription now = sim.change(made, another_name("Tea"))->subscription;
    EXPECT_EQ(now.name, "Tea");
    EXPECT_EQ(now.scheduled->name, "Tea");
    // A plan that is to follow has its own, or the one that is given with it.
    Changes to_plan;
    to_plan.plan_id = coffee;
    to_plan.when = When::period_end;
    now = sim.change(made, to_plan)->subscription;
    EXPECT_EQ(now.scheduled->name, "Coffee");
    now = sim.change(made, another_name("Tea, for now"))->subscription;
    EXPECT_EQ(now.name, "Tea, for now");
    EXPECT_EQ(now.scheduled->name, "Coffee");
    to_plan.name = "Coffee at last";
    now = sim.change(made, to_plan)->subscription;
    EXPECT_EQ(now.name, "Tea, for now");
    EXPECT_EQ(now.scheduled->name, "Coffee at last");
    sim.advance("2027-02-28T00:00:00Z");
    EXPECT_EQ(sim.found(made).name, "Coffee at last");
    EXPECT_EQ(last_line(sim), "Coffee at last, 28 February 2027 to 30 March 2027");
}

TEST(SubscriptionNames, are_one_line_of_text_that_customers_may_read) {
    SubscriptionsWorld sim;
    const Subscription made = sim.made(SubscriptionsWorld::wish());
    const std::pair<std::string, std::string_view> cases[] = {{"", "invalid_name"},
                                                              {"   ", "invalid_name"},
                                                              {std::string(101, 'a'), "invalid_name"},
                                                              {"Tea\nBcc: all", "invalid_text"},
                                                              {"4111 1111 1111 1111", "card_number_in_text"}};
    for (const auto& [name, code] : cases) {
        NewSubscription wish = SubscriptionsWorld::wish();
        wish.name = name;
        const Error refused[] = {sim.create(wish).error(), sim.change(made, another_name(name)).error(),
                                 offer_coffee(sim, name).error()};
        for (const Error& error : refused) {
            EXPECT_EQ(error.code, code) << name;
            EXPECT_EQ(error.field, "name") << name;
        }
    }
    EXPECT_EQ(sim.found(made).name, "Subscription");
}

}  // namespace
}  // namespace florin::subscriptions::test
