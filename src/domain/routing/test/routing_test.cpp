#include "florin/routing/routing.hpp"

#include <gtest/gtest.h>

#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::routing {
namespace {

using payments::Method;

/// Only what a connector can do matters here.
class Able final : public payments::Connector {
public:
    explicit Able(payments::Capabilities can) : can_{std::move(can)} {}
    std::string_view name() const override { return "able"; }
    payments::Capabilities capabilities() const override { return can_; }
    Task<payments::Answer> authorize(const payments::Charge&) override { return nothing(); }
    Task<payments::Answer> purchase(const payments::Charge&) override { return nothing(); }
    Task<payments::Answer> capture(const payments::FollowUp&) override { return nothing(); }
    Task<payments::Answer> refund(const payments::FollowUp&) override { return nothing(); }
    Task<payments::Answer> cancel(const payments::FollowUp&) override { return nothing(); }
    Task<payments::Answer> lookup(const payments::Lookup&) override { return nothing(); }
    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view) override {
        co_return payments::StoredCard{};
    }

private:
    static Task<payments::Answer> nothing() { co_return payments::Answer{}; }
    payments::Capabilities can_;
};

payments::Capabilities capabilities_of(std::vector<Method> methods, std::vector<std::string> currencies) {
    payments::Capabilities can;
    can.methods = std::move(methods);
    can.currencies = std::move(currencies);
    return can;
}

Currency currency(std::string_view code) { return *Currency::of(code); }

class RoutingTest : public testing::Test {
protected:
    static constexpr MerchantId shop{1}, another{2};

    Result<Plan> replace(std::vector<Route> routes, std::optional<std::int64_t> version = {}, MerchantId of = shop) {
        Asker asker{.merchant = of, .actor = "key:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c"};
        return scheduler.await(routing.replace(std::move(asker), std::move(routes), version));
    }
    /// Code and field of the refusal.
    std::string refusal(std::vector<Route> routes) {
        const auto replaced = replace(std::move(routes));
        return replaced ? "accepted" : replaced.error().code + " " + replaced.error().field;
    }
    Plan recent(MerchantId of = shop) { return *scheduler.await(routing.recent(of)); }
    const payments::Connector* connector(std::string_view name) const {
        if (name == "cards") return &cards;
        if (name == "more_cards") return &more_cards;
        return name == "dutch" ? &dutch : nullptr;
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    audit::Log audit{{}};
    Able cards{capabilities_of({Method::card}, {})}, more_cards{capabilities_of({Method::card}, {})};
    Able dutch{capabilities_of({Method::ideal, Method::sepa_debit}, {"EUR"})};
    Routing routing{{.world = world, .store = *database, .audit = audit, .connector = [this](std::string_view name) {
                         return connector(name);
                     }}};
};

TEST(Plans, the_route_of_a_currency_comes_before_the_route_of_any) {
    const Plan plan{.routes = {{Method::card, std::nullopt, {"any"}}, {Method::card, currency("EUR"), {"euro", "any"}}},
                    .version = 1,
                    .updated_at = std::nullopt};
    using Names = std::vector<std::string>;
    EXPECT_EQ(connectors_for(plan, Method::card, currency("EUR")), (Names{"euro", "any"}));
    EXPECT_EQ(connectors_for(plan, Method::card, currency("USD")), Names{"any"});
    EXPECT_EQ(connectors_for(plan, Method::card, std::nullopt), Names{"any"}) << "a card that is only stored";
    EXPECT_EQ(connectors_for(plan, Method::ideal, currency("EUR")), Names{});
}

TEST_F(RoutingTest, a_plan_is_replaced_as_a_whole_and_kept_in_order) {
    EXPECT_EQ(recent().version, 0);
    ASSERT_TRUE(replace({{Method::ideal, currency("EUR"), {"dutch"}}, {Method::card, std::nullopt, {"more_cards"}}}));
    const auto second = replace({{Method::card, currency("USD"), {"cards", "more_cards"}}});
    ASSERT_TRUE(second);
    const Plan plan = recent();
    EXPECT_EQ(plan.version, 2);
    ASSERT_EQ(plan.routes.size(), 1u);
    EXPECT_EQ(plan.routes[0].connectors, (std::vector<std::string>{"cards", "more_cards"}));
    EXPECT_EQ(plan.routes[0].currency, currency("USD"));
    EXPECT_EQ(recent(another).version, 0) << "a merchant's own";
    ASSERT_TRUE(replace({}));
    EXPECT_TRUE(recent().routes.empty());
}

TEST_F(RoutingTest, a_wrong_route_is_refused_and_named) {
    EXPECT_EQ(refusal({{Method::card, std::nullopt, {"cards", "nobody"}}}), "unknown_connector routes.0.connectors.1");
    EXPECT_EQ(refusal({{Method::card, std::nullopt, {"dutch"}}}), "method_not_supported routes.0.connectors.0");
    EXPECT_EQ(refusal({{Method::card, std::nullopt, {"cards"}}, {Method::ideal, currency("USD"), {"dutch"}}}),
              "method_not_supported routes.1.connectors.0");
    EXPECT_EQ(refusal({{Method::ideal, std::nullopt, {"dutch"}}}), "accepted") << "where it takes the currency";
    EXPECT_EQ(refusal({{Method::card, std::nullopt, {"cards", "cards"}}}), "duplicate_connector routes.0.connectors.0");
    EXPECT_EQ(refusal({{Method::card, std::nullopt, {}}}), "invalid_connectors routes.0.connectors");
    EXPECT_EQ(refusal({{Method::card, std::nullopt, {"cards"}}, {Method::card, std::nullopt, {"more_cards"}}}),
              "duplicate_route routes.1");
    EXPECT_EQ(recent().version, 1) << "what is refused changes nothing";
}

TEST_F(RoutingTest, a_change_of_another_version_is_refused) {
    ASSERT_TRUE(replace({{Method::card, std::nullopt, {"cards"}}}, 0));
    const auto late = replace({{Method::card, std::nullopt, {"more_cards"}}}, 0);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "routing_changed_meanwhile");
    EXPECT_TRUE(replace({{Method::card, std::nullopt, {"more_cards"}}}, 1));
}

TEST_F(RoutingTest, what_another_process_changes_is_known_after_a_second) {
    ASSERT_TRUE(replace({{Method::card, std::nullopt, {"cards"}}}));
    EXPECT_EQ(recent().routes.size(), 1u);
    Routing elsewhere{{.world = world, .store = *database, .audit = audit, .connector = [this](std::string_view name) {
                           return connector(name);
                       }}};
    Asker asker{.merchant = shop, .actor = "key:2", .ip_address = {}, .user_agent = {}, .correlation_id = "c"};
    ASSERT_TRUE(scheduler.await(elsewhere.replace(std::move(asker), {}, std::nullopt)));
    clock.advance(Millis{1'001});
    EXPECT_TRUE(recent().routes.empty());
}

}  // namespace
}  // namespace florin::routing
