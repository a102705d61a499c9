// Each connector against its stand-in of the sandbox, over a line on virtual time, while everything goes wrong that the
// fault script knows: what is said at once, what a look-up finds afterwards, and what really moved.

#include <gtest/gtest.h>

#include "florin/bank_simulator/bank_simulator.hpp"
#include "florin/chargebee/chargebee.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "line.hpp"
#include "stand_ins.hpp"

namespace florin {
namespace {

using payments::Answer;
using payments::Outcome;
using payments::TransactionType;

struct ChargingProvider {
    std::string_view name;
    /// The sandbox's words for the verbs, in the order of `TransactionType`.
    std::array<std::string_view, 5> verbs;
    std::unique_ptr<payments::Connector> (*make)(World world, http::Client& line);
    /// Money is held first and captured later; else it is taken at once, and the other verbs are refused.
    bool authorizes = true;

    bool does(TransactionType type) const {
        return authorizes || type == TransactionType::purchase || type == TransactionType::refund;
    }
};

const ChargingProvider charging_providers[] = {
    {"authorize_net",
     {"authOnlyTransaction", "authCaptureTransaction", "priorAuthCaptureTransaction", "refundTransaction",
      "voidTransaction"},
     authorize_net_over},
    {"bank_simulator",
     {"payment", "payment", "capture", "refund", "void"},
     [](World world, http::Client& line) {
         return bank_simulator::make_bank_simulator({.base_url = "http://provider.test", .timeout = call_timeout},
                                                    world, [&line]() -> http::Client& { return line; });
     }},
    {"stripe", {"payment_intent", "payment_intent", "capture", "refund", "cancel"}, stripe_over},
    {"chargebee",
     {"invoice", "invoice", "", "refund", ""},
     [](World world, http::Client& line) {
         chargebee::Settings settings;
         settings.base_url = "http://provider.test";
         settings.api_key.assign("test_sandbox");
         settings.charge_timeout = call_timeout;
         settings.query_timeout = call_timeout;
         return chargebee::make_chargebee(std::move(settings), world, [&line]() -> http::Client& { return line; });
     },
     false}};

/// One provider in a world of its own.
struct ConnectorBench {
    explicit ConnectorBench(const ChargingProvider& p) : provider{p} {}

    Money eur(std::int64_t minor) const { return *Money::of(minor, *Currency::of("EUR")); }

    Answer charge(TransactionType type, std::string reference, std::int64_t minor) {
        payments::Card card;
        card.number = *security::Pan::from_json("4111111111111111");
        card.expiry_month = 12;
        card.expiry_year = 2035;
        card.cvv = *security::Cvv::from_json("900");
        const payments::Charge charge{.reference = std::move(reference), .amount = eur(minor), .card = &card};
        return scheduler.await(type == TransactionType::purchase ? connector->purchase(charge)
                                                                 : connector->authorize(charge));
    }
    Answer follow_up(TransactionType type, std::string reference, std::int64_t minor, const Answer& parent,
                     std::string parent_reference, bool is_first_capture = true) {
        const payments::FollowUp follow_up{.reference = std::move(reference),
                                           .amount = eur(minor),
                                           .parent_provider_id = parent.provider_id,
                                           .parent_reference = std::move(parent_reference),
                                           .card_last4 = "1111",
                                           .token = {},
                                           .is_first_capture = is_first_capture};
        return scheduler.await(type == TransactionType::capture  ? connector->capture(follow_up)
                               : type == TransactionType::refund ? connector->refund(follow_up)
                                                                 : connector->cancel(follow_up));
    }
    Answer look_up(TransactionType type, std::string reference, std::int64_t minor, std::string parent_provider_id) {
        const payments::Lookup lookup{.type = type,
                                      .reference = std::move(reference),
                                      .amount = eur(minor),
                                      .parent_provider_id = std::move(parent_provider_id),
                                      .card_last4 = "1111",
                                      .is_first_capture = true,
                                      .sent_at = sent_at};
        return scheduler.await(connector->lookup(lookup));
    }
    void faults(std::string_view rules) {
        const auto set = sandbox->set_faults(R"({"rules":[)" + std::string{rules} + "]}");
        ASSERT_TRUE(set) << rules << ": " << set.error().message;
    }
    /// A rule for the next call of this verb.
    void fault(TransactionType type, std::string_view action) {
        faults(R"({"match":{"provider":")" + std::string{provider.name} + R"(","transactionType":")" +
               std::string{provider.verbs[static_cast<std::size_t>(type)]} + R"("},"action":)" + std::string{action} +
               R"(,"count":1})");
    }
    std::vector<std::int64_t> moved(std::string_view reference) const {
        std::vector<std::int64_t> amounts;
        for (const sandbox::Movement& movement : sandbox->movements())
            if (movement.reference == reference) amounts.push_back(movement.amount_minor);
        return amounts;
    }

    const ChargingProvider& provider;
    SimClock clock;
    SimRandom random{5};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<sandbox::Sandbox> sandbox = *sandbox::Sandbox::open({}, world);
    Line line{scheduler, *sandbox};
    std::unique_ptr<payments::Connector> connector = provider.make(world, line);
    Instant sent_at = clock.now();
};

/// What is asked, and the provider's answer to what it follows.
struct Asked {
    TransactionType type;
    std::string reference;
    std::int64_t minor;
    Answer parent;
};

/// Makes what `type` needs, then sends it while `action` holds.
Answer ask_with_fault(ConnectorBench& bench, Asked& asked, std::string_view action) {
    const std::string parent_reference = "PARENT00000000000001";
    if (asked.type == TransactionType::capture || asked.type == TransactionType::cancel)
        asked.parent = bench.charge(TransactionType::authorize, parent_reference, 9'000);
    if (asked.type == TransactionType::refund)
        asked.parent = bench.charge(TransactionType::purchase, parent_reference, 9'000);
    bench.fault(asked.type, action);
    bench.sent_at = bench.clock.now();
    if (asked.type == TransactionType::purchase || asked.type == TransactionType::authorize)
        return bench.charge(asked.type, asked.reference, asked.minor);
    return bench.follow_up(asked.type, asked.reference, asked.minor, asked.parent, parent_reference);
}

constexpr std::pair<TransactionType, std::int64_t> verbs[] = {{TransactionType::purchase, 5'000},
                                                              {TransactionType::authorize, 5'000},
                                                              {TransactionType::capture, 4'000},
                                                              {TransactionType::refund, 3'000},
                                                              {TransactionType::cancel, 9'000}};

TEST(Connectors, hear_what_happened_or_nothing_and_a_look_up_tells_the_truth) {  // F1, F4, F5, F6, F7, F26
    struct Case {
        std::string_view why, action;
        Outcome at_once, looked_up;
        bool has_moved;
        Outcome much_later;
        bool has_moved_in_the_end;
    };
    using enum Outcome;
    const Case cases[] = {
        {"the answer takes a moment", R"({"kind":"latency","ms":900})", approved, approved, true, approved, true},
        {"the answer takes longer than anybody waits", R"({"kind":"latency","ms":90000})", no_answer, approved, true,
         approved, true},
        {"the request takes a moment", R"({"kind":"late","ms":900})", approved, approved, true, approved, true},
        {"the request arrives when nobody waits any more", R"({"kind":"late","ms":40000})", no_answer, not_found, false,
         approved, true},
        {"the answer is lost", R"({"kind":"drop_after"})", no_answer, approved, true, approved, true},
        {"the connection is reset", R"({"kind":"reset"})", no_answer, approved, true, approved, true},
        {"nothing is said, then the connection ends", R"({"kind":"timeout","ms":5000})", no_answer, approved, true,
         approved, true},
        {"nothing is ever said", R"({"kind":"timeout","ms":80000})", no_answer, approved, true, approved, true},
        {"an error after the deed", R"({"kind":"error_after","status":503})", no_answer, approved, true, approved,
         true},
        {"an answer that is none", R"({"kind":"garbage"})", no_answer, approved, true, approved, true},
        {"an answer in a careless bank's words", R"({"kind":"strange_text"})", approved, approved, true, approved,
         true},
        {"the connection breaks before the deed", R"({"kind":"drop_before"})", no_answer, not_found, false, not_found,
         false},
        {"an error before the deed", R"({"kind":"error_before","status":500})", no_answer, not_found, false, not_found,
         false},
        {"an error of a proxy", R"({"kind":"error_before","status":404})", no_answer, not_found, false, not_found,
         false},
    };
    for (const ChargingProvider& provider : charging_providers)
        for (const auto& [type, minor] : verbs)
            for (const Case& each : cases) {
                if (!provider.does(type)) continue;
                SCOPED_TRACE(std::string{provider.name} + ", " + std::string{to_text(type)} + ": " +
                             std::string{each.why});
                ConnectorBench bench{provider};
                Asked asked{.type = type, .reference = "REFERENCE00000000001", .minor = minor, .parent = {}};
                const Answer at_once = ask_with_fault(bench, asked, each.action);
                EXPECT_EQ(to_text(at_once.outcome), to_text(each.at_once));
                const auto look = [&] { return bench.look_up(type, asked.reference, minor, asked.parent.provider_id); };
                const Answer found = look();
                EXPECT_EQ(to_text(found.outcome), to_text(each.looked_up)) << found.provider_code;
                const std::vector<std::int64_t> whole{minor};
                EXPECT_EQ(bench.moved(asked.reference), each.has_moved ? whole : std::vector<std::int64_t>{});
                EXPECT_TRUE(bench.scheduler.run());
                const Answer later = look();
                EXPECT_EQ(to_text(later.outcome), to_text(each.much_later));
                EXPECT_EQ(bench.moved(asked.reference),
                          each.has_moved_in_the_end ? whole : std::vector<std::int64_t>{});
                if (later.outcome == approved && later.amount) EXPECT_EQ(*later.amount, bench.eur(minor));
            }
}

TEST(Connectors, know_that_nothing_was_sent_when_nobody_is_there) {  // F6
    for (const ChargingProvider& provider : charging_providers)
        for (const auto& [type, minor] : verbs) {
            if (!provider.does(type)) continue;
            SCOPED_TRACE(std::string{provider.name} + ", " + std::string{to_text(type)});
            ConnectorBench bench{provider};
            bench.line.is_cut = true;
            const Answer parent{.outcome = Outcome::approved, .provider_id = "pi_17"};
            const bool is_charge = type == TransactionType::purchase || type == TransactionType::authorize;
            const Answer answer = is_charge ? bench.charge(type, "REFERENCE00000000001", minor)
                                            : bench.follow_up(type, "REFERENCE00000000001", minor, parent, "P");
            EXPECT_EQ(to_text(answer.outcome), "not_sent");
            // But that a look-up could not be made says nothing about what it was about.
            EXPECT_NE(to_text(bench.look_up(type, "REFERENCE00000000001", minor, "pi_17").outcome), "not_found");
        }
}

TEST(Connectors, take_a_trouble_with_the_look_up_for_no_answer_and_never_for_absence) {  // F7
    const std::string_view actions[] = {R"({"kind":"error_before","status":500})",
                                        R"({"kind":"error_before","status":404})",
                                        R"({"kind":"drop_before"})",
                                        R"({"kind":"drop_after"})",
                                        R"({"kind":"garbage"})",
                                        R"({"kind":"latency","ms":90000})",
                                        R"({"kind":"timeout","ms":100})"};
    for (const ChargingProvider& provider : charging_providers)
        for (const auto& [type, minor] : verbs)
            for (const std::string_view action : actions) {
                if (!provider.does(type)) continue;
                SCOPED_TRACE(std::string{provider.name} + ", " + std::string{to_text(type)} + ": " +
                             std::string{action});
                ConnectorBench bench{provider};
                Asked asked{.type = type, .reference = "REFERENCE00000000001", .minor = minor, .parent = {}};
                ask_with_fault(bench, asked, R"({"kind":"drop_after"})");
                bench.faults(R"({"action":)" + std::string{action} + "}");
                const Answer troubled = bench.look_up(type, asked.reference, minor, asked.parent.provider_id);
                EXPECT_TRUE(troubled.outcome == Outcome::no_answer || troubled.outcome == Outcome::not_sent)
                    << to_text(troubled.outcome);
                bench.sandbox->clear_faults();
                const Answer healed = bench.look_up(type, asked.reference, minor, asked.parent.provider_id);
                EXPECT_EQ(to_text(healed.outcome), "approved");
            }
}

TEST(Connectors, find_later_what_the_provider_does_not_show_yet) {  // F7
    for (const ChargingProvider& provider : charging_providers) {
        SCOPED_TRACE(provider.name);
        ConnectorBench bench{provider};
        Asked asked{
            .type = TransactionType::purchase, .reference = "REFERENCE00000000001", .minor = 5'000, .parent = {}};
        ask_with_fault(bench, asked, R"({"kind":"drop_after"})");
        bench.faults(R"({"action":{"kind":"lookup_lag","ms":8000}})");
        const auto look = [&] { return bench.look_up(asked.type, asked.reference, asked.minor, {}).outcome; };
        EXPECT_EQ(to_text(look()), "not_found");
        bench.clock.advance(Millis{7'999});
        EXPECT_EQ(to_text(look()), "not_found");
        bench.clock.advance(Millis{1});
        EXPECT_EQ(to_text(look()), "approved");
    }
}

TEST(Connectors, tell_a_decline_and_its_words_are_fit_to_be_kept) {  // F26, F149
    for (const ChargingProvider& provider : charging_providers)
        for (const TransactionType type : {TransactionType::purchase, TransactionType::authorize}) {
            if (!provider.does(type)) continue;
            SCOPED_TRACE(std::string{provider.name} + ", " + std::string{to_text(type)});
            ConnectorBench bench{provider};
            Asked asked{.type = type, .reference = "REFERENCE00000000001", .minor = 5'000, .parent = {}};
            EXPECT_EQ(to_text(ask_with_fault(bench, asked, R"({"kind":"decline"})").outcome), "declined");
            EXPECT_EQ(to_text(bench.look_up(type, asked.reference, 5'000, {}).outcome), "declined");
            EXPECT_TRUE(bench.moved(asked.reference).empty());

            bench.faults(R"({"action":{"kind":"strange_text"}})");
            const Answer found = bench.look_up(type, asked.reference, 5'000, {});
            EXPECT_EQ(to_text(found.outcome), "declined");
            EXPECT_TRUE(found.message.starts_with("No   funds  <b>caf\xEF\xBF\xBD</b>")) << found.message;
            EXPECT_LT(found.message.size(), 300U);
            EXPECT_TRUE(std::ranges::all_of(found.message, [](char c) { return c < 0 || (c >= 0x20 && c != 0x7F); }));
        }
}

TEST(Connectors, never_take_a_part_for_the_whole) {  // F25
    for (const ChargingProvider& provider : charging_providers)
        for (const TransactionType type : {TransactionType::purchase, TransactionType::authorize}) {
            if (!provider.does(type)) continue;
            SCOPED_TRACE(std::string{provider.name} + ", " + std::string{to_text(type)});
            ConnectorBench bench{provider};
            Asked asked{.type = type, .reference = "REFERENCE00000000001", .minor = 5'000, .parent = {}};
            const Answer at_once = ask_with_fault(bench, asked, R"({"kind":"partial_approval","amount":"12.00"})");
            const bool is_told = at_once.outcome == Outcome::approved && at_once.amount == bench.eur(1'200);
            EXPECT_TRUE(is_told || at_once.outcome == Outcome::pending || at_once.outcome == Outcome::no_answer)
                << to_text(at_once.outcome);
            const Answer found = bench.look_up(type, asked.reference, 5'000, {});
            EXPECT_EQ(to_text(found.outcome), "approved");
            EXPECT_EQ(found.amount, bench.eur(1'200));
            EXPECT_EQ(bench.moved(asked.reference), std::vector<std::int64_t>{1'200});
        }
}

TEST(Connectors, capture_in_parts_also_what_was_authorized_under_a_lost_answer) {  // F1, F19
    for (const ChargingProvider& provider : charging_providers) {
        if (!provider.authorizes) continue;
        SCOPED_TRACE(provider.name);
        ConnectorBench bench{provider};
        Asked asked{
            .type = TransactionType::authorize, .reference = "REFERENCE00000000001", .minor = 9'000, .parent = {}};
        ask_with_fault(bench, asked, R"({"kind":"drop_after"})");
        const Answer held = bench.look_up(asked.type, asked.reference, asked.minor, {});
        ASSERT_EQ(to_text(held.outcome), "approved");
        const auto capture = [&](std::string reference, std::int64_t minor, bool is_first) {
            return bench.follow_up(TransactionType::capture, std::move(reference), minor, held, asked.reference,
                                   is_first);
        };
        EXPECT_EQ(to_text(capture("CAPTURE0000000000001", 5'000, true).outcome), "approved");
        EXPECT_EQ(to_text(capture("CAPTURE0000000000002", 3'000, false).outcome), "approved");
        EXPECT_EQ(to_text(capture("CAPTURE0000000000003", 1'000, false).outcome), "approved");
        EXPECT_EQ(bench.moved("CAPTURE0000000000002"), std::vector<std::int64_t>{3'000});
    }
}

TEST(Connectors, store_a_card_once_however_often_its_answer_is_lost) {
    for (const ChargingProvider& provider : charging_providers) {
        SCOPED_TRACE(provider.name);
        ConnectorBench bench{provider};
        const auto store = [&] {
            payments::Card card;
            card.number = *security::Pan::from_json("4111111111111111");
            card.expiry_month = 12;
            card.expiry_year = 2035;
            return bench.scheduler.await(bench.connector->store_card(card, {}, "customer-7", "STORE000000000000001"));
        };
        for (const std::string_view action :
             {R"({"kind":"drop_after"})", R"({"kind":"error_after"})", R"({"kind":"garbage"})",
              R"({"kind":"drop_before"})", R"({"kind":"latency","ms":90000})"}) {
            bench.faults(R"({"action":)" + std::string{action} + "}");
            const payments::StoredCard lost = store();
            EXPECT_EQ(to_text(lost.outcome), "no_answer") << action;
            EXPECT_EQ(lost.token, "");
        }
        bench.sandbox->clear_faults();
        // The last of them has been answered by now, although nobody waited for it.
        bench.clock.advance(Millis{90'000});
        const payments::StoredCard stored = store();
        EXPECT_EQ(to_text(stored.outcome), "approved");
        EXPECT_EQ(store().token, stored.token);
        EXPECT_FALSE(stored.token.empty());
    }
}

/// A payer's browser, and what is asked about the payment meanwhile.
struct Checkout {
    explicit Checkout(std::string page_reference = "REFERENCE00000000001") : reference{std::move(page_reference)} {}

    Answer open() {
        const payments::Charge charge{.reference = reference,
                                      .amount = bench.eur(5'000),
                                      .method = payments::Method::hosted_page,
                                      .return_url = "https://shop.example/back"};
        return bench.scheduler.await(bench.connector->purchase(charge));
    }
    int click(const Answer& page, std::string_view button, std::string form = {}) {
        http::Request request;
        request.method = "POST";
        request.path = "/pages/v3/" + page.provider_id + "/" + std::string{button};
        request.body = std::move(form);
        return bench.sandbox->serve(request).response.status;
    }
    payments::Lookup lookup_of(const Answer& page) const {
        return {.type = TransactionType::purchase,
                .reference = reference,
                .amount = bench.eur(5'000),
                .method = payments::Method::hosted_page,
                .provider_id = page.provider_id,
                .parent_provider_id = {},
                .card_last4 = {},
                .sent_at = bench.sent_at};
    }
    Answer look(const Answer& page) { return bench.scheduler.await(bench.connector->lookup(lookup_of(page))); }
    void acknowledge(const Answer& page) { bench.scheduler.await(bench.connector->acknowledge(lookup_of(page))); }

    std::string reference;
    ConnectorBench bench{*std::ranges::find(charging_providers, "chargebee", &ChargingProvider::name)};
};

TEST(HostedPages, are_paid_by_the_payer_and_polled_for) {  // F44
    Checkout checkout;
    const Answer page = checkout.open();
    ASSERT_EQ(to_text(page.outcome), "pending");
    EXPECT_NE(page.action_url, "");
    EXPECT_EQ(to_text(checkout.look(page).outcome), "pending");
    EXPECT_EQ(checkout.click(page, "pay", "number=4005519200000004&expiry_month=12&expiry_year=2035"), 402);
    EXPECT_EQ(to_text(checkout.look(page).outcome), "pending") << "another card may do";
    EXPECT_EQ(checkout.click(page, "pay"), 303);
    const Answer paid = checkout.look(page);
    ASSERT_EQ(to_text(paid.outcome), "approved");
    EXPECT_EQ(paid.amount, checkout.bench.eur(5'000));
    checkout.acknowledge(page);
    checkout.acknowledge(page);
    EXPECT_EQ(to_text(checkout.look(page).outcome), "approved") << "acknowledged by now";
    EXPECT_EQ(to_text(checkout.look(paid).outcome), "approved") << "by the payment's id";
    EXPECT_EQ(to_text(checkout.look({}).outcome), "approved") << "by our reference alone";
    EXPECT_EQ(checkout.bench.moved(checkout.reference), std::vector<std::int64_t>{5'000});

    // The card that paid is kept, and pays when its holder is away.
    const payments::Charge later{.reference = "REFERENCE00000000002",
                                 .amount = checkout.bench.eur(700),
                                 .token = paid.stored_token,
                                 .is_merchant_initiated = true};
    EXPECT_EQ(to_text(checkout.bench.scheduler.await(checkout.bench.connector->purchase(later)).outcome), "approved");
    EXPECT_EQ(checkout.bench.moved("REFERENCE00000000002"), std::vector<std::int64_t>{700});
    for (const std::string reference : {"REFUND00000000000001", "REFUND00000000000001", "REFUND00000000000002"})
        EXPECT_EQ(to_text(checkout.bench.follow_up(TransactionType::refund, reference, 1'000, paid, "").outcome),
                  "approved");
    EXPECT_EQ(checkout.bench.moved("REFUND00000000000001"), std::vector<std::int64_t>{1'000});
    EXPECT_EQ(checkout.bench.moved("REFUND00000000000002"), std::vector<std::int64_t>{1'000});
}

TEST(HostedPages, are_found_again_when_the_answer_that_told_of_them_was_lost) {  // F1, F4
    for (const std::string_view action : {R"({"kind":"drop_after"})", R"({"kind":"garbage"})",
                                          R"({"kind":"error_after"})", R"({"kind":"latency","ms":90000})"}) {
        SCOPED_TRACE(action);
        Checkout checkout;
        checkout.bench.faults(R"({"match":{"transactionType":"hosted_page"},"action":)" + std::string{action} +
                              R"(,"count":1})");
        EXPECT_EQ(to_text(checkout.open().outcome), "no_answer");
        const Answer page = checkout.look({});
        ASSERT_EQ(to_text(page.outcome), "pending");
        EXPECT_NE(page.action_url, "");
        EXPECT_EQ(checkout.click(page, "pay"), 303);
        EXPECT_EQ(to_text(checkout.look({}).outcome), "approved");
    }
    Checkout checkout;
    checkout.bench.faults(R"({"match":{"transactionType":"hosted_page"},"action":{"kind":"drop_before"},"count":1})");
    EXPECT_EQ(to_text(checkout.open().outcome), "no_answer");
    EXPECT_EQ(to_text(checkout.look({}).outcome), "not_found");
}

TEST(HostedPages, end_when_the_payer_cancels_or_does_not_come) {
    Checkout canceled;
    const Answer page = canceled.open();
    EXPECT_EQ(canceled.click(page, "cancel"), 303);
    EXPECT_EQ(to_text(canceled.look(page).outcome), "refused");
    EXPECT_EQ(canceled.click(page, "pay"), 303);
    EXPECT_EQ(to_text(canceled.look(page).outcome), "refused");
    EXPECT_TRUE(canceled.bench.moved(canceled.reference).empty());

    Checkout expired;
    const Answer open = expired.open();
    expired.bench.clock.advance(Millis{3 * 3'600'000 - 1});
    EXPECT_EQ(to_text(expired.look(open).outcome), "pending");
    expired.bench.clock.advance(Millis{16 * 60'000});
    EXPECT_EQ(to_text(expired.look(open).outcome), "refused");
    EXPECT_EQ(expired.click(open, "pay"), 410);
}

TEST(Chargebee, pays_back_once_also_when_asked_again_after_its_half_hour) {  // F8, F23
    ConnectorBench bench{*std::ranges::find(charging_providers, "chargebee", &ChargingProvider::name)};
    Asked asked{.type = TransactionType::refund, .reference = "REFERENCE00000000001", .minor = 3'000, .parent = {}};
    EXPECT_EQ(to_text(ask_with_fault(bench, asked, R"({"kind":"drop_after"})").outcome), "no_answer");
    for (const Millis later : {Millis{60'000}, Millis{31 * 60'000}, Millis{24LL * 3'600'000}}) {
        bench.clock.advance(later);
        const Answer again = bench.follow_up(asked.type, asked.reference, asked.minor, asked.parent, "");
        EXPECT_EQ(to_text(again.outcome), "approved");
    }
    EXPECT_EQ(bench.moved(asked.reference), std::vector<std::int64_t>{3'000});
}

TEST(Chargebee, never_collects_by_itself_what_was_declined) {  // F17
    for (const std::string_view trouble : {"", R"({"kind":"drop_before"})", R"({"kind":"drop_after"})",
                                           R"({"kind":"error_before"})", R"({"kind":"garbage"})"}) {
        SCOPED_TRACE(trouble);
        ConnectorBench bench{*std::ranges::find(charging_providers, "chargebee", &ChargingProvider::name)};
        const std::string decline = R"({"match":{"transactionType":"invoice"},"action":{"kind":"decline"},"count":1})";
        bench.faults(trouble.empty() ? decline
                                     : decline + R"(,{"match":{"transactionType":"void"},"action":)" +
                                           std::string{trouble} + R"(,"count":1})");
        const Answer at_once = bench.charge(TransactionType::purchase, "REFERENCE00000000001", 5'000);
        EXPECT_EQ(to_text(at_once.outcome), trouble.empty() ? "declined" : "no_answer");
        const Answer found = bench.look_up(TransactionType::purchase, "REFERENCE00000000001", 5'000, {});
        EXPECT_EQ(to_text(found.outcome), "declined");
        EXPECT_EQ(found.provider_code, "3009");
        bench.clock.advance(Millis{8LL * 24 * 3'600'000});
        EXPECT_EQ(to_text(bench.look_up(TransactionType::purchase, "REFERENCE00000000001", 5'000, {}).outcome),
                  "declined");
        EXPECT_TRUE(bench.moved("REFERENCE00000000001").empty());
    }
}

}  // namespace
}  // namespace florin
